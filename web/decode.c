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
 * Percent-encoding and UTF-8.  Pure functions; what a decoded byte may be is
 * decided by those who call them.
 */

#include <sys/types.h>

#include <stdint.h>

#include "decode.h"

static size_t	utf8_sequence(const uint8_t *, size_t);

int
hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

ssize_t
percent_decode(char *dst, const char *src, size_t len, int plus)
{
	size_t	i, n = 0;
	int	high, low;

	for (i = 0; i < len; i++) {
		if (src[i] != '%') {
			dst[n++] = plus && src[i] == '+' ? ' ' : src[i];
			continue;
		}
		if (len - i < 3)
			return -1;
		high = hex_value((unsigned char)src[i + 1]);
		low = hex_value((unsigned char)src[i + 2]);
		if (high == -1 || low == -1)
			return -1;
		dst[n++] = (char)(high << 4 | low);
		i += 2;
	}
	return (ssize_t)n;
}

int
utf8_is_valid(const char *s, size_t len)
{
	const uint8_t	*p = (const uint8_t *)s;
	size_t		 n;

	for (; len > 0; p += n, len -= n)
		if ((n = utf8_sequence(p, len)) == 0)
			return 0;
	return 1;
}

/*
 * The length of the sequence that starts here, 0 if it is not valid.  The
 * ranges of the second byte are those of Unicode's table 3-7.
 */
static size_t
utf8_sequence(const uint8_t *p, size_t len)
{
	uint8_t	low = 0x80, high = 0xbf;
	size_t	i, n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}
