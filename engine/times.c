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
 * The clocks, and times as text.  The text of a second is kept, because
 * thousands of log entries have the same one.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "times.h"

#define SECOND_LEN	19	/* 2026-01-02T03:04:05 */
/* The last second of the year 9999. */
#define SECONDS_MAX	UINT64_C(253402300799)

static const char	*second_format(uint64_t);

int64_t
now_ms(void)
{
	return now_ns() / 1000000;
}

uint64_t
now_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const char *
second_format(uint64_t second)
{
	static char	 text[SECOND_LEN + 1];
	static uint64_t	 last = UINT64_MAX;
	struct tm	 tm;
	time_t		 t;

	if (second > SECONDS_MAX)
		second = SECONDS_MAX;
	if (second != last) {
		t = second;
		if (gmtime_r(&t, &tm) == NULL ||
		    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) !=
		    SECOND_LEN)
			strlcpy(text, "1970-01-01T00:00:00", sizeof(text));
		last = second;
	}
	return text;
}

/* A point, the digits and the Z. */
static size_t
fraction_add(char *buf, uint64_t fraction, int digits)
{
	int	i;

	buf[SECOND_LEN] = '.';
	for (i = digits; i > 0; i--, fraction /= 10)
		buf[SECOND_LEN + i] = '0' + fraction % 10;
	buf[SECOND_LEN + digits + 1] = 'Z';
	buf[SECOND_LEN + digits + 2] = '\0';
	return SECOND_LEN + digits + 2;
}

const char *
time_format(int64_t ms, char buf[TIME_LEN])
{
	if (ms < 0)
		ms = 0;
	memcpy(buf, second_format(ms / 1000), SECOND_LEN);
	fraction_add(buf, ms % 1000, 3);
	return buf;
}

size_t
time_format_ns(uint64_t ns, char buf[TIME_LEN])
{
	memcpy(buf, second_format(ns / 1000000000), SECOND_LEN);
	return fraction_add(buf, ns % 1000000000, 9);
}
