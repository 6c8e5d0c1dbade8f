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
 * Writes the head of a reply: status line, Date, the security headers that
 * every reply carries, and the fields of this one.  It writes into memory and
 * never to a socket, and lets no control character into a field.
 */

#ifndef WEB_HEAD_H
#define WEB_HEAD_H

#include <sys/types.h>

#include <time.h>

#define HEAD_MAX	4096

struct head {
	char	 buf[HEAD_MAX];
	size_t	 len;
	int	 failed;	/* too long, or a bad value */
	int	 status;
	int	 has_cache;	/* Cache-Control was given */
};

/* Starts with the status line and Date. */
void		 head_begin(struct head *, int status, time_t now);

/*
 * Adds a field.  A value with a control character, or one that does not fit,
 * makes head_end() fail.
 */
void		 head_add(struct head *, const char *name, const char *fmt, ...)
		    __attribute__((__format__ (printf, 3, 4)));

/*
 * Adds the security headers (not to a 1xx), Cache-Control: no-store unless
 * one was added, and the empty line.  Returns the length, -1 on failure: the
 * caller then replies 500 from fixed text, or closes.
 */
ssize_t		 head_end(struct head *);

/* "Not Found" ...; "Unknown" if it is not known. */
const char	*head_reason(int status);

#endif
