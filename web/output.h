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
 * Bytes on their way to a client: a queue that is written with as few calls
 * as possible and wiped behind itself, for it may hold a cookie.  It owns
 * what it copied or took over; it knows nothing of HTTP.
 */

#ifndef WEB_OUTPUT_H
#define WEB_OUTPUT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fewer bytes are better copied than owned. */
#define OUTPUT_SMALL	1024

struct chunk;

struct output {
	STAILQ_HEAD(, chunk)	 chunks;
	size_t			 size;		/* bytes that wait */
	bool			 failed;	/* no memory: bytes are lost */
};

void	 output_init(struct output *);
/* Wipes and frees what waits. */
void	 output_clear(struct output *);

/*
 * Adds bytes: a copy; bytes that never go away; malloc'ed bytes of the
 * caller's, which the queue then owns.  Without memory, failed is set.
 */
void	 output_add(struct output *, const void *, size_t);
void	 output_add_static(struct output *, const void *, size_t);
void	 output_add_owned(struct output *, void *, size_t);

/* Writes what the socket takes.  Returns -1 when it is broken. */
int	 output_write(struct output *, int fd);

#endif
