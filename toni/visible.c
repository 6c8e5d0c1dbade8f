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
 * Makes text fit for a terminal.  What a host prints may otherwise move the
 * cursor, rewrite what stands above, change the title or type for the person
 * who reads.
 */

#include "config.h"

#include "../common/utf8.h"
#include "visible.h"

#define SGR_MAX		64	/* bytes of a sequence of colours */
#define RESET		"\033[0m"

/* The length of "ESC [ numbers m" here, or 0. */
static size_t
sgr_length(const unsigned char *p, size_t len)
{
	size_t	n = 2;

	if (len < 3 || p[0] != 0x1b || p[1] != '[')
		return 0;
	while (n < len && n < SGR_MAX && ((p[n] >= '0' && p[n] <= '9') ||
	    p[n] == ';' || p[n] == ':'))
		n++;
	return n < len && p[n] == 'm' ? n + 1 : 0;
}

/* Of a character of two or three bytes. */
static unsigned
code_point(const unsigned char *p, size_t n)
{
	return n == 2 ? (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU) :
	    (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
}

/* Controls above ASCII, marks that turn the direction, line separators. */
static bool
is_treacherous(unsigned c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0x61c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

static void
char_put(FILE *out, const unsigned char *p, size_t n)
{
	if (n == 0)
		fprintf(out, "\\x%02x", p[0]);
	else if (n == 1 && (p[0] < 0x20 || p[0] == 0x7f) && p[0] != '\t')
		fprintf(out, "^%c", p[0] ^ 0x40);
	else if ((n == 2 || n == 3) && is_treacherous(code_point(p, n)))
		fprintf(out, "\\u%04x", code_point(p, n));
	else
		fwrite(p, 1, n, out);
}

void
visible_put(FILE *out, const char *s, size_t len, bool colours)
{
	const unsigned char	*p = (const unsigned char *)s;
	bool			 coloured = false;
	size_t			 n;

	for (; len > 0; p += n, len -= n) {
		if ((n = sgr_length(p, len)) > 0) {
			if (colours) {
				fwrite(p, 1, n, out);
				coloured = true;
			}
			continue;
		}
		n = utf8_length(p, len);
		char_put(out, p, n);
		if (n == 0)
			n = 1;
	}
	if (coloured)
		fputs(RESET, out);
}
