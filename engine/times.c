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

/* So many digits, no more; -1 when it is something else. */
static int
digits_read(const char **p, int n)
{
	int	v = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + **p - '0';
	}
	return v;
}

/* Each with the character before it; the count of those that are there. */
static int
fields_read(const char **p, const char *before, const int *widths, int n,
    int *v)
{
	int	i;

	for (i = 0; i < n; i++) {
		if (before[i] == 'T' ? **p != 'T' && **p != ' ' :
		    before[i] != '\0' && **p != before[i])
			break;
		if (before[i] != '\0')
			(*p)++;
		if ((v[i] = digits_read(p, widths[i])) == -1)
			return -1;
	}
	return i;
}

static uint32_t
fraction_read(const char **p)
{
	uint32_t	ns = 0, unit = 100000000;

	if (**p != '.')
		return 0;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		ns += (**p - '0') * unit;
	return ns;
}

/* "Z" or "+02:00" or nothing: seconds east of Greenwich. */
static int
offset_read(const char **p, int *seconds)
{
	static const int	widths[] = { 2, 2 };
	int			v[2], sign;

	*seconds = 0;
	if (**p == 'Z')
		(*p)++;
	else if (**p == '+' || **p == '-') {
		sign = *(*p)++ == '-' ? -1 : 1;
		if (fields_read(p, "\0:", widths, 2, v) != 2)
			return -1;
		*seconds = sign * (v[0] * 3600 + v[1] * 60);
	}
	return 0;
}

static int
unix_parse(const char *s, uint64_t *ns)
{
	uint64_t	v;
	const char	*p;

	for (v = 0, p = s; *p >= '0' && *p <= '9' && p - s < 15; p++)
		v = v * 10 + *p - '0';
	if (p == s || *p != '\0')
		return -1;
	if (v > UINT64_C(1000000000000))
		v = v / 1000;
	if (v > INT64_MAX / UINT64_C(1000000000))
		return -1;
	*ns = v * 1000000000;
	return 0;
}

int
time_parse(const char *s, uint64_t *ns)
{
	static const int	widths[] = { 4, 2, 2, 2, 2, 2 };
	const char		*p = s;
	struct tm		 tm;
	int64_t			 t;
	uint32_t		 fraction;
	int			 v[6] = { 0 }, n, offset;

	n = fields_read(&p, "\0--T::", widths, 6, v);
	if (n != 3 && n != 5 && n != 6)
		return unix_parse(s, ns);
	fraction = n == 6 ? fraction_read(&p) : 0;
	if (offset_read(&p, &offset) == -1 || *p != '\0' || v[0] < 1970 ||
	    v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 ||
	    v[4] > 59 || v[5] > 60)
		return -1;
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = v[0] - 1900;
	tm.tm_mon = v[1] - 1;
	tm.tm_mday = v[2];
	tm.tm_hour = v[3];
	tm.tm_min = v[4];
	tm.tm_sec = v[5];
	t = (int64_t)timegm(&tm) - offset;
	/* What fits into 64 bits of nanoseconds: to the year 2262. */
	if (t < 0 || t >= INT64_MAX / INT64_C(1000000000))
		return -1;
	*ns = (uint64_t)t * 1000000000 + fraction;
	return 0;
}
