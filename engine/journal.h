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
 * The journal: what workers have said and what is not yet committed.  Batches
 * of log entries, changes of state and ends wait here in the order in which
 * they came; a group of them is one transaction, at most a few tens of
 * milliseconds late.  Only what has been committed is acknowledged and shown.
 */

#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/msg.h"

struct deployment;

int	 journal_init(void);

/* A batch that entries_check() found to be whole; the bytes are copied. */
void	 journal_batch(struct deployment *, uint64_t seq, uint32_t count,
	    const void *, size_t);
/* The deployment is active. */
void	 journal_active(struct deployment *);
/*
 * It ends: by is ENDED_BY_NONE for success.  With the seq of the worker's own
 * end, or 0; say_commands: the reason names the hosts where one may still run.
 */
void	 journal_end(struct deployment *, enum ended_by by,
	    const char *reason, uint64_t seq, bool say_commands);

/*
 * An entry of our own, at once, within a transaction of the caller, who then
 * calls journal_count and, after the commit, feed_publish.  0 or -1.
 */
int	 journal_own(struct deployment *, enum entry_type, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
int	 journal_count(struct deployment *);

/* Whether nothing waits to be written. */
bool	 journal_is_empty(void);
/* Tries to commit all there is; 0 when nothing is left. */
int	 journal_flush(void);

#endif
