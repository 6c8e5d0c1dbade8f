/*
 * Copyright (c) 2026 The applikatonid authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Records: trees of structs described by tables of fields, and from these
 * tables their way over a channel, their copies' end, and who may see which
 * field.  A field that a process is not meant to have never leaves the parent.
 */

#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../imsg/imsg.h"
#include "msg.h"

/* Arrays of pointers: LIST_OF(struct host) hosts; hosts.v[i], hosts.n. */
#define LIST_OF(type)	struct { type **v; size_t n; }

#define RECORD_LIST_MAX		100000
#define RECORD_STRING_MAX	(4 * 1024 * 1024)
#define RECORD_SIZE_MAX		(64 * 1024 * 1024)

enum field_type {
	FIELD_END,
	FIELD_BOOL,		/* bool */
	FIELD_U32,		/* uint32_t */
	FIELD_U64,		/* uint64_t */
	FIELD_STRING,		/* char *, may be NULL; wiped when freed */
	FIELD_DATA,		/* struct record_data, likewise */
	FIELD_STRINGS,		/* LIST_OF(char) */
	FIELD_RECORDS,		/* LIST_OF(struct ...) described by of */
	FIELD_NUMBERS		/* uint64_t[size] */
};

struct record_data {
	void	*v;
	size_t	 n;
};

struct record {
	size_t			 size;
	const struct field	*fields;
};

struct field {
	enum field_type		 type;
	size_t			 offset;
	uint32_t		 readers;	/* PROC_BITs that get it */
	const struct record	*of;
	size_t			 size;
};

/* Adds to a list (of any pointer type); fatal without memory. */
#define list_add(list, item) do {					\
	(list)->v = list_grow((list)->v, (list)->n);			\
	(list)->v[(list)->n++] = (item);				\
} while (0)
void	*list_grow(void *, size_t);

/* A zeroed struct of that record; fatal without memory. */
void	*record_new(const struct record *);
/* Frees it and all below; strings and data are wiped.  NULL is fine. */
void	 record_free(const struct record *, void *);

/*
 * The bytes of what that process may see (the other fields stay empty there).
 * Returns NULL when they exceed RECORD_SIZE_MAX.
 */
struct ibuf	*record_encode(const struct record *, const void *,
		    enum process);
/* NULL when the bytes are malformed, too long or left over. */
void		*record_decode(const struct record *, struct ibuf *);

/*
 * Sends bytes in parts as messages of that type ("b last, d part"); the other
 * end gathers them.  record_gather returns 1 when the last part has come (then
 * *whole is the caller's, to be freed), 0 before that, -1 when it is too much.
 */
int		 record_send(struct channel *, enum msg_type, uint32_t id,
		    const struct ibuf *);
int		 record_gather(struct ibuf **whole, struct msg *);

#endif
