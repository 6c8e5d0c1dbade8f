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
 * Characters and quoted strings as Go writes and reads them, see
 * template_internal.h.  What is not UTF-8 counts as U+FFFD, byte by byte.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

static const char	hex_digits[] = "0123456789abcdef";

/* The letters of \a and its like, in the order of their codes. */
static const char	control_codes[] = "\a\b\f\n\r\t\v";
static const char	control_letters[] = "abfnrtv";

int32_t
rune_decode(struct str s, size_t *len)
{
	static const struct {
		unsigned char	mask, head;
		int32_t		least;
	} forms[] = {
		{ 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 }
	};
	const unsigned char	*p = (const unsigned char *)s.p;
	size_t			 i, n;
	int32_t			 r;

	*len = 1;
	if (p[0] < 0x80)
		return p[0];
	for (n = 0; n < 3 && (p[0] & forms[n].mask) != forms[n].head;)
		n++;
	if (n == 3 || s.len < n + 2)
		return RUNE_ERROR;
	r = p[0] & ~forms[n].mask;
	for (i = 1; i < n + 2; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return RUNE_ERROR;
		r = r << 6 | (p[i] & 0x3f);
	}
	if (r < forms[n].least || !rune_is_valid(r))
		return RUNE_ERROR;
	*len = n + 2;
	return r;
}

size_t
rune_encode(int32_t r, char *p)
{
	if (!rune_is_valid(r))
		r = RUNE_ERROR;
	if (r < 0x80) {
		p[0] = (char)r;
		return 1;
	}
	if (r < 0x800) {
		p[0] = (char)(0xc0 | r >> 6);
		p[1] = (char)(0x80 | (r & 0x3f));
		return 2;
	}
	if (r < 0x10000) {
		p[0] = (char)(0xe0 | r >> 12);
		p[1] = (char)(0x80 | (r >> 6 & 0x3f));
		p[2] = (char)(0x80 | (r & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | r >> 18);
	p[1] = (char)(0x80 | (r >> 12 & 0x3f));
	p[2] = (char)(0x80 | (r >> 6 & 0x3f));
	p[3] = (char)(0x80 | (r & 0x3f));
	return 4;
}

bool
rune_is_valid(int32_t r)
{
	return r >= 0 && r <= RUNE_MAX && (r < 0xd800 || r > 0xdfff);
}

size_t
rune_count(struct str s)
{
	size_t	len, n;

	for (n = 0; s.len != 0; n++) {
		rune_decode(s, &len);
		s.p += len;
		s.len -= len;
	}
	return n;
}

static void
hex_add(struct text *t, const char *prefix, int32_t r, int digits)
{
	text_add_str(t, prefix);
	while (digits-- > 0)
		text_add(t, &hex_digits[r >> 4 * digits & 0xf], 1);
}

void
rune_describe(struct text *t, int32_t r)
{
	char	buf[] = "U+000000";
	int	digits = r > 0xfffff ? 6 : r > 0xffff ? 5 : 4, i;

	for (i = 0; i < digits; i++)
		buf[2 + i] = "0123456789ABCDEF"
		    [r >> 4 * (digits - 1 - i) & 0xf];
	text_add(t, buf, 2 + (size_t)digits);
	if (!rune_is_print(r))
		return;
	text_add_str(t, " '");
	text_add_rune(t, r);
	text_add_str(t, "'");
}

static void
rune_escape(struct text *t, int32_t r, char quote, bool ascii)
{
	const char	*p;

	if (r == quote || r == '\\') {
		text_add_str(t, "\\");
		text_add_rune(t, r);
	} else if (rune_is_print(r) && (r < 0x80 || !ascii))
		text_add_rune(t, r);
	else if (r != 0 && r < 0x80 &&
	    (p = strchr(control_codes, r)) != NULL) {
		text_add_str(t, "\\");
		text_add(t, &control_letters[p - control_codes], 1);
	} else if (r < ' ' || r == 0x7f)
		hex_add(t, "\\x", r, 2);
	else if (r < 0x10000)
		hex_add(t, "\\u", r, 4);
	else
		hex_add(t, "\\U", r, 8);
}

void
quote_string(struct text *t, struct str s, bool ascii)
{
	int32_t	r;
	size_t	len;

	text_add_str(t, "\"");
	for (; s.len != 0; s.p += len, s.len -= len) {
		r = rune_decode(s, &len);
		if (r == RUNE_ERROR && len == 1)
			hex_add(t, "\\x", (unsigned char)*s.p, 2);
		else
			rune_escape(t, r, '"', ascii);
	}
	text_add_str(t, "\"");
}

void
quote_rune(struct text *t, int32_t r, bool ascii)
{
	text_add_str(t, "'");
	rune_escape(t, rune_is_valid(r) ? r : RUNE_ERROR, '\'', ascii);
	text_add_str(t, "'");
}

/* Whether it can stand in back quotes, on one line. */
bool
quote_can_raw(struct str s)
{
	int32_t	r;
	size_t	len;

	for (; s.len != 0; s.p += len, s.len -= len) {
		r = rune_decode(s, &len);
		if (len > 1 ? r == 0xfeff : r == RUNE_ERROR ||
		    (r < ' ' && r != '\t') || r == '`' || r == 0x7f)
			return false;
	}
	return true;
}

/* So many hexadecimal digits; -1: there are fewer. */
static int64_t
hex_read(struct str s, size_t digits)
{
	const char	*p;
	int64_t		 n = 0;
	size_t		 i;

	if (s.len < digits)
		return -1;
	for (i = 0; i < digits; i++) {
		if (s.p[i] == '\0' || (p = strchr(hex_digits,
		    s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] | 0x20 :
		    s.p[i])) == NULL)
			return -1;
		n = n << 4 | (p - hex_digits);
	}
	return n;
}

/* Three octal digits; -1: there are fewer, or they are no byte. */
static int32_t
octal_read(struct str s)
{
	int32_t	n = 0;
	size_t	i;

	if (s.len < 3)
		return -1;
	for (i = 0; i < 3; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return -1;
		n = n << 3 | (s.p[i] - '0');
	}
	return n > 255 ? -1 : n;
}

/*
 * What a backslash begins, which s is behind; is_byte: not a character but a
 * byte.  Returns how long it is, or 0.
 */
static size_t
escape_read(struct str s, char quote, int32_t *r, bool *is_byte)
{
	const char	*p;
	size_t		 digits;
	int64_t		 n;

	*is_byte = true;
	if (s.len == 0 || s.p[0] == '\0')
		return 0;
	if ((p = strchr(control_letters, s.p[0])) != NULL)
		*r = control_codes[p - control_letters];
	else if (s.p[0] == '\\' || s.p[0] == quote)
		*r = s.p[0];
	else if (s.p[0] >= '0' && s.p[0] <= '7') {
		if ((*r = octal_read(s)) == -1)
			return 0;
		return 3;
	} else {
		digits = s.p[0] == 'x' ? 2 : s.p[0] == 'u' ? 4 :
		    s.p[0] == 'U' ? 8 : 0;
		n = hex_read((struct str){ s.p + 1, s.len - 1 }, digits);
		if (digits == 0 || n == -1)
			return 0;
		if (digits > 2 && (n > RUNE_MAX || !rune_is_valid((int32_t)n)))
			return 0;
		*is_byte = digits == 2;
		*r = (int32_t)n;
		return 1 + digits;
	}
	return 1;
}

/* The next character of what is quoted; returns its length, or 0. */
static size_t
quoted_read(struct str s, char quote, int32_t *r, bool *is_byte)
{
	size_t	len;

	if (s.len == 0 || s.p[0] == quote)
		return 0;
	*is_byte = false;
	if (s.p[0] != '\\') {
		*r = rune_decode(s, &len);
		return len;
	}
	len = escape_read((struct str){ s.p + 1, s.len - 1 }, quote, r,
	    is_byte);
	return len == 0 ? 0 : 1 + len;
}

int
unquote_rune(struct str s, int32_t *r, const char **end)
{
	bool	is_byte;
	size_t	len;

	if ((len = quoted_read(s, '\'', r, &is_byte)) == 0)
		return -1;
	*end = s.p + len;
	return 0;
}

/* A carriage return is not part of a raw string. */
static size_t
raw_copy(char *to, struct str s)
{
	size_t	i, n = 0;

	for (i = 0; i < s.len; i++)
		if (s.p[i] != '\r')
			to[n++] = s.p[i];
	return n;
}

int
unquote_string(struct arena *a, struct str s, struct str *value)
{
	char	*to, quote = s.p[0];
	size_t	 len, n = 0;
	int32_t	 r;
	bool	 is_byte;

	/* No escape is shorter than what it stands for, but bad bytes are. */
	if ((to = arena_alloc(a, s.len * 3)) == NULL)
		return -1;
	s.p++;
	s.len -= 2;
	if (quote == '`') {
		*value = (struct str){ to, raw_copy(to, s) };
		return 0;
	}
	for (; s.len != 0; s.p += len, s.len -= len) {
		if (s.p[0] == '\n' ||
		    (len = quoted_read(s, quote, &r, &is_byte)) == 0)
			return -1;
		if (is_byte)
			to[n++] = (char)r;
		else
			n += rune_encode(r, to + n);
	}
	*value = (struct str){ to, n };
	return 0;
}
