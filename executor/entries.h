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
 * Entries: the way of a worker's log lines to the executor.  Numbers them,
 * puts the mask over them, cuts what is too long, sends them in batches and
 * counts what has not been acknowledged, so that the worker knows when to
 * stop reading.  There is one log in a worker.
 */

#ifndef EXECUTOR_ENTRIES_H
#define EXECUTOR_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/msg.h"
#include "mask.h"

/* The origin of entries that come from no host. */
#define ORIGIN_OWN	"applikatoni"

/*
 * Begins the log of a deployment.  limit: bytes that may be on their way;
 * full(true) is called when they are more, full(false) when less than half
 * of it is left.
 */
void	 entries_begin(struct channel *, uint64_t deployment,
	    const struct mask *, size_t limit, void (*full)(bool));

void	 entry_add(enum entry_type, const char *origin, const void *, size_t);
void	 entry_addf(enum entry_type, const char *origin, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/* The executor has passed on everything up to this number. */
void	 entries_acked(uint64_t seq);

/* More than the limit is on its way. */
bool	 entries_are_full(void);

/* Sends what waits; returns the next number. */
uint64_t entries_end(void);

/* Bytes of a stream on their way to becoming lines. */
struct line {
	const char	*origin;
	enum entry_type	 type;
	char		*buf;
	size_t		 len;
	size_t		 size;
};

void	 line_add(struct line *, const char *, size_t);
/* The stream ends: what there is becomes a line. */
void	 line_end(struct line *);

#endif
