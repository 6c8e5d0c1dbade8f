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
 * JSON: every answer of the engine is written here, as UTF-8 in one line.  It
 * writes values one after the other into a buffer and builds no trees; bytes
 * that are not UTF-8 become U+FFFD.
 */

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct entry;
struct store_deployment;

struct json {
	struct buf	 buf;
	bool		 comma;		/* one stands before the next value */
};

/*
 * A value; key is NULL in an array and outside of everything.  A string that
 * is NULL, an id of 0 and a time of 0 are null.
 */
void	 json_open(struct json *, const char *key);
void	 json_close(struct json *);
void	 json_open_list(struct json *, const char *key);
void	 json_close_list(struct json *);
void	 json_put_string(struct json *, const char *key, const char *);
void	 json_put_number(struct json *, const char *key, uint64_t);
void	 json_put_id(struct json *, const char *key, uint64_t);
void	 json_put_bool(struct json *, const char *key, bool);
void	 json_put_time(struct json *, const char *key, int64_t ms);
void	 json_put_strings(struct json *, const char *key, char *const *,
	    size_t);
/* An array of the lines of a text. */
void	 json_put_lines(struct json *, const char *key, const char *);

/* The members of a deployment, to stand in an object. */
void	 json_deployment(struct json *, const struct store_deployment *);

/* {"error":"..."} */
void	 json_error(struct json *, const char *);

/* A log entry, a newline at its end. */
void	 json_entry(struct buf *, uint64_t deployment, const struct entry *);

/* The bytes in double quotes. */
void	 json_quote(struct buf *, const void *, size_t);

#endif
