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
 * The log lines of children, on their way to the log of the daemon.
 */

#ifndef LINES_H
#define LINES_H

#include "../common/channel.h"

/* How many lines a process may still say, by the clock. */
struct lines {
	uint64_t	 filled;	/* ms */
	uint64_t	 told;		/* ms, that lines were dropped */
	unsigned	 left;
	unsigned	 last;		/* critical ones beyond that */
	unsigned	 dropped;
};

void	 lines_init(struct lines *);
/* Prints a MSG_LOG under that name: bounded, encoded, not too many. */
void	 lines_take(struct lines *, const char *name, struct msg *);
/* Whether it may still be the cause of n lines of others; it spends them. */
bool	 lines_spend(struct lines *, unsigned n);
/* Says how many were dropped, if any were. */
void	 lines_end(struct lines *, const char *name);

/* Milliseconds of a clock that nobody sets. */
uint64_t clock_ms(void);

#endif
