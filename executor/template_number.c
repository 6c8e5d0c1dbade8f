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
 * Constants of templates: numbers and characters, as Go's strconv reads them
 * and as text/template gives them a type.  An int is 64 bits, a float 64 bits;
 * there are no complex numbers.
 */

#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

/* An integer; its sign stands apart. */
struct integer {
	bool		is_negative;
	uint64_t	u;
};

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* The base that a number's beginning gives it, and how long that is. */
static unsigned
base_find(struct str s, size_t *len)
{
	*len = 0;
	if (s.len == 0 || s.p[0] != '0')
		return 10;
	if (s.len >= 3) {
		*len = 2;
		switch (lower(s.p[1])) {
		case 'b':
			return 2;
		case 'o':
			return 8;
		case 'x':
			return 16;
		}
	}
	*len = 1;
	return 8;
}

/* Underscores stand between digits, or between a base and a digit. */
static bool
underscores_fit(struct str s)
{
	bool	is_hex = false;
	size_t	i = 0;
	int	c, saw = '^';	/* what was before: 0 a digit, _, or else */

	if (s.len > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
		s.p++;
		s.len--;
	}
	if (s.len >= 2 && s.p[0] == '0' &&
	    strchr("box", lower(s.p[1])) != NULL) {
		is_hex = lower(s.p[1]) == 'x';
		saw = '0';
		i = 2;
	}
	for (; i < s.len; i++) {
		c = lower(s.p[i]);
		if ((c >= '0' && c <= '9') ||
		    (is_hex && c >= 'a' && c <= 'f'))
			saw = '0';
		else if (c == '_') {
			if (saw != '0')
				return false;
			saw = '_';
		} else {
			if (saw == '_')
				return false;
			saw = '!';
		}
	}
	return saw != '_';
}

static int
digit_value(int c)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* False: it is none, or has more than 64 bits. */
static bool
integer_read(struct str text, struct integer *n)
{
	struct str	s = text;
	size_t		i, skip;
	unsigned	base;
	int		d;

	n->u = 0;
	n->is_negative = s.len > 0 && s.p[0] == '-';
	if (s.len > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
		s.p++;
		s.len--;
	}
	if (s.len == 0)
		return false;
	base = base_find(s, &skip);
	for (i = skip; i < s.len; i++) {
		if (s.p[i] == '_')
			continue;
		if ((d = digit_value(s.p[i])) >= (int)base ||
		    __builtin_mul_overflow(n->u, base, &n->u) ||
		    __builtin_add_overflow(n->u, (unsigned)d, &n->u))
			return false;
	}
	return memchr(text.p, '_', text.len) == NULL || underscores_fit(text);
}

/* Whether what is left of underscores is a float as Go writes it. */
static bool
float_is_sound(const char *s)
{
	const char	*mantissa = "0123456789";
	bool		 is_hex;
	size_t		 n;

	s += *s == '+' || *s == '-';
	is_hex = s[0] == '0' && lower(s[1]) == 'x' && s[2] != '\0';
	if (is_hex) {
		s += 2;
		mantissa = "0123456789abcdefABCDEF";
	}
	n = strspn(s, mantissa);
	s += n;
	if (*s == '.') {
		s++;
		n += strspn(s, mantissa);
		s += strspn(s, mantissa);
	}
	if (n == 0)
		return false;
	if (lower(*s) == (is_hex ? 'p' : 'e')) {
		s++;
		s += *s == '+' || *s == '-';
		if ((n = strspn(s, "0123456789")) == 0)
			return false;
		s += n;
	} else if (is_hex)
		return false;
	return *s == '\0';
}

static bool
float_read(struct str text, double *f)
{
	char	*s, *to;
	size_t	 i;
	bool	 good;

	if (memchr(text.p, '_', text.len) != NULL && !underscores_fit(text))
		return false;
	if ((s = malloc(text.len + 1)) == NULL)
		return false;
	for (to = s, i = 0; i < text.len; i++)
		if (text.p[i] != '_')
			*to++ = text.p[i];
	*to = '\0';
	if ((good = float_is_sound(s))) {
		*f = strtod(s, NULL);
		good = !isinf(*f);
	}
	free(s);
	return good;
}

static bool
str_has_any(struct str s, const char *set)
{
	for (; *set != '\0'; set++)
		if (memchr(s.p, *set, s.len) != NULL)
			return true;
	return false;
}

/* Only without a sign does a hexadecimal number count as one. */
static bool
is_hex_int(struct str s)
{
	return s.len > 2 && s.p[0] == '0' && lower(s.p[1]) == 'x' &&
	    !str_has_any(s, "pP");
}

static int
fail(struct text *err, const char *what, struct str text)
{
	text_add_str(err, what);
	quote_string(err, text, false);
	return -1;
}

static int
rune_parse(struct node *n, struct text *err)
{
	struct str	 s = { n->text.p + 1, n->text.len - 1 };
	const char	*end;
	int32_t		 r;

	if (unquote_rune(s, &r, &end) == -1) {
		text_add_str(err, "invalid syntax");
		return -1;
	}
	if (s.p + s.len - end != 1) {
		text_add_str(err, "malformed character constant: ");
		text_add(err, n->text.p, n->text.len);
		return -1;
	}
	n->number.i = r;
	return 0;
}

/* False: a number with a sign that is out of an int's range. */
static bool
integer_fits(struct node *n, const struct integer *u)
{
	const uint64_t	limit = (uint64_t)1 << 63;

	if (u->u < limit || (u->is_negative && u->u == limit)) {
		n->number.i = u->is_negative ? (int64_t)(0 - u->u) :
		    (int64_t)u->u;
		return true;
	}
	n->kind = NUMBER_TOO_BIG;
	return n->text.p[0] != '-' && n->text.p[0] != '+';
}

static bool
is_complex(struct str text, enum token_type type)
{
	struct str	head = { text.p, text.len - 1 };
	double		f;

	return type == TOKEN_COMPLEX || (text.p[head.len] == 'i' &&
	    float_read(head, &f));
}

int
number_parse(struct node *n, enum token_type type, struct text *err)
{
	struct integer	 u;
	double		 f;
	bool		 looks_float;

	n->kind = NUMBER_INT;
	if (type == TOKEN_CHAR_CONSTANT)
		return rune_parse(n, err);
	if (is_complex(n->text, type))
		return fail(err, "complex numbers are not supported: ",
		    n->text);
	looks_float = !is_hex_int(n->text) && str_has_any(n->text, ".eEpP");
	if (integer_read(n->text, &u) && integer_fits(n, &u)) {
		if (looks_float) {
			n->kind = NUMBER_FLOAT;
			n->number.f = (double)n->number.i;
		}
		return 0;
	}
	if (!float_read(n->text, &f))
		return fail(err, "illegal number syntax: ", n->text);
	if (!str_has_any(n->text, ".eEpP"))
		return fail(err, "integer overflow: ", n->text);
	n->kind = NUMBER_FLOAT;
	n->number.f = f;
	return 0;
}
