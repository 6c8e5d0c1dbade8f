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
 * Time: what is stored is milliseconds (entries: nanoseconds) since 1970, what
 * is waited for is milliseconds of a clock that is never set, and what people
 * and programs read is RFC 3339 in UTC.
 */

#ifndef TIMES_H
#define TIMES_H

#include <stddef.h>
#include <stdint.h>

#define SECOND_MS	INT64_C(1000)
#define MINUTE_MS	(60 * SECOND_MS)
#define HOUR_MS		(60 * MINUTE_MS)
#define DAY_MS		(24 * HOUR_MS)

#define TIME_LEN	40	/* room for a time as text */

int64_t		 now_ms(void);
uint64_t	 now_ns(void);
int64_t		 clock_now(void);

/*
 * Reads a time as SQLite's users write it: a date, perhaps with a time, a
 * fraction and an offset, or seconds (milliseconds, when there are so many)
 * since 1970.  -1: it is none, or before 1970; *ns stays as it was.
 */
int		 time_parse(const char *, uint64_t *ns);

/* Writes the time, which is returned: "2026-01-02T03:04:05.123Z". */
const char	*time_format(int64_t ms, char buf[TIME_LEN]);
/* Nine digits of a second; the length of the text is returned. */
size_t		 time_format_ns(uint64_t ns, char buf[TIME_LEN]);

#endif
