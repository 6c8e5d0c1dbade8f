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
 * Percent-encoding.  Pure functions; what a decoded byte may be is decided by
 * those who call them.
 */

#include <sys/types.h>

#include "decode.h"

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
