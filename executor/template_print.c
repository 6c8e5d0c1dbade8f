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
 * Values as texts, as Go's package fmt makes them for each verb; one that is
 * not right for a value is named in the text.  What is made of a secret is
 * shown as ***.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "template_printer.h"

static void
padding_add(struct printer *p, int n)
{
	if (n > 0)
		text_fill(p->out, p->f.zero ? '0' : ' ', (size_t)n);
}

static void
pad(struct printer *p, struct str s)
{
	int	n;

	if (!p->f.has_width || p->width == 0) {
		text_add(p->out, s.p, s.len);
		return;
	}
	n = s.len > NUMBER_MAX * 4 ? 0 : p->width - (int)rune_count(s);
	if (!p->f.minus)
		padding_add(p, n);
	text_add(p->out, s.p, s.len);
	if (p->f.minus)
		padding_add(p, n);
}

/* Pads a text that is not needed any more. */
static void
pad_text(struct printer *p, struct text *t)
{
	if (t->is_full)
		p->out->is_full = true;
	pad(p, text_real(t));
	text_clear(t);
}

/* As pad(), never with zeros. */
static void
pad_spaces(struct printer *p, struct text *t)
{
	bool	zero = p->f.zero;

	p->f.zero = false;
	pad_text(p, t);
	p->f.zero = zero;
}

static void
bad_verb(struct printer *p, const struct value *v, int32_t verb)
{
	text_add_str(p->out, "%!");
	text_add_rune(p->out, verb);
	text_add_str(p->out, "(");
	if (v->kind == VALUE_NIL)
		text_add_str(p->out, "<nil>");
	else {
		text_add_str(p->out, value_type(v));
		text_add_str(p->out, "=");
		print_value(p, v, 'v');
	}
	text_add_str(p->out, ")");
}

/* ---- integers */

static void
print_unicode(struct printer *p, uint64_t u)
{
	struct text	t = { 0 };
	char		digits[16];
	int		n = 0, least = 4;

	if (p->f.has_precision && p->precision > least)
		least = p->precision;
	do {
		digits[sizeof(digits) - 1 - n++] = "0123456789ABCDEF"[u & 0xf];
	} while ((u >>= 4) != 0);
	text_add_str(&t, "U+");
	text_fill(&t, '0', n < least ? (size_t)(least - n) : 0);
	text_add(&t, digits + sizeof(digits) - n, (size_t)n);
	pad_spaces(p, &t);
}

/* With the character, if it can be shown. */
static void
print_unicode_char(struct printer *p, uint64_t u)
{
	struct printer	 plain = *p;
	struct text	 t = { 0 };

	plain.out = &t;
	plain.f.has_width = false;
	print_unicode(&plain, u);
	if (p->f.sharp && u <= RUNE_MAX && rune_is_print((int32_t)u)) {
		text_add_str(&t, " '");
		text_add_rune(&t, (int32_t)u);
		text_add_str(&t, "'");
	}
	pad_spaces(p, &t);
}

/* The digits, and zeros before them up to the precision. */
static void
digits_add(struct printer *p, struct text *t, uint64_t u, unsigned base,
    const char *digits, int precision)
{
	char	buf[64];
	int	n = 0;

	do {
		buf[sizeof(buf) - 1 - n++] = digits[u % base];
	} while ((u /= base) != 0);
	text_fill(t, '0', n < precision ? (size_t)(precision - n) : 0);
	if (p->f.sharp && base == 8 && n >= precision &&
	    buf[sizeof(buf) - n] != '0')
		text_add_str(t, "0");
	text_add(t, buf + sizeof(buf) - n, (size_t)n);
}

static void
print_integer(struct printer *p, uint64_t u, unsigned base, bool is_signed,
    int32_t verb)
{
	const char	*digits = verb == 'X' ? "0123456789ABCDEFX" :
			    "0123456789abcdefx";
	struct text	 t = { 0 };
	bool		 negative = is_signed && (int64_t)u < 0;
	bool		 zero = p->f.zero;
	int		 precision = 0;

	if (negative)
		u = 0 - u;
	if (p->f.has_precision) {
		if ((precision = p->precision) == 0 && u == 0) {
			p->f.zero = false;
			padding_add(p, p->width);
			p->f.zero = zero;
			return;
		}
	} else if (p->f.zero && p->f.has_width)
		precision = p->width -
		    (negative || p->f.plus || p->f.space);
	if (negative)
		text_add_str(&t, "-");
	else if (p->f.plus || p->f.space)
		text_add_str(&t, p->f.plus ? "+" : " ");
	if (verb == 'O')
		text_add_str(&t, "0o");
	if (p->f.sharp && base == 2)
		text_add_str(&t, "0b");
	if (p->f.sharp && base == 16) {
		text_add_str(&t, "0");
		text_add(&t, &digits[16], 1);
	}
	digits_add(p, &t, u, base, digits, precision);
	pad_spaces(p, &t);
}

static void
print_char(struct printer *p, uint64_t u, int32_t verb)
{
	struct text	t = { 0 };
	int32_t		r = u > RUNE_MAX ? RUNE_ERROR : (int32_t)u;

	if (verb == 'c')
		text_add_rune(&t, r);
	else
		quote_rune(&t, r, p->f.plus);
	pad_text(p, &t);
}

static void
print_int(struct printer *p, const struct value *v, int32_t verb)
{
	static const struct {
		char		verb;
		unsigned	base;
	} bases[] = {
		{ 'v', 10 }, { 'd', 10 }, { 'b', 2 }, { 'o', 8 }, { 'O', 8 },
		{ 'x', 16 }, { 'X', 16 }, { 0, 0 }
	};
	bool	is_signed = v->kind == VALUE_INT, sharp = p->f.sharp;
	size_t	i;

	if (verb == 'c' || verb == 'q')
		print_char(p, (uint64_t)v->i, verb);
	else if (verb == 'U')
		print_unicode_char(p, (uint64_t)v->i);
	else if (verb == 'v' && p->f.sharp_v && !is_signed) {
		p->f.sharp = true;
		print_integer(p, (uint64_t)v->i, 16, false, verb);
		p->f.sharp = sharp;
	} else {
		for (i = 0; bases[i].base != 0 && bases[i].verb != verb;)
			i++;
		if (bases[i].base == 0)
			bad_verb(p, v, verb);
		else
			print_integer(p, (uint64_t)v->i, bases[i].base,
			    is_signed, verb);
	}
}

/* ---- floats */

/*
 * With a point and, for some verbs, zeros behind it: what # asks for.  The
 * sign is not in number.
 */
static void
float_sharpen(struct text *to, struct str number, int32_t verb, int precision)
{
	bool	has_point = false, has_digit = false;
	int	digits = 0;
	size_t	i;
	char	c;

	if (verb == 'g' || verb == 'G' || verb == 'x')
		digits = precision == -1 ? 6 : precision;
	for (i = 0; i < number.len; i++) {
		c = number.p[i];
		if (c == 'p' || c == 'P' || (verb != 'x' && verb != 'X' &&
		    (c == 'e' || c == 'E')))
			break;
		if (c == '.') {
			has_point = true;
			continue;
		}
		has_digit = has_digit || c != '0';
		digits -= has_digit;
	}
	text_add(to, number.p, i);
	if (!has_point) {
		/* A zero that stands alone counts. */
		if (i == 1 && number.p[0] == '0')
			digits--;
		text_add_str(to, ".");
	}
	text_fill(to, '0', digits > 0 ? (size_t)digits : 0);
	text_add(to, number.p + i, number.len - i);
}

static void
print_number(struct printer *p, char sign, struct str number)
{
	struct text	t = { 0 };
	int		len;

	if (sign == '\0') {
		pad(p, number);
		return;
	}
	text_add(&t, &sign, 1);
	len = (int)number.len + 1;
	if (p->f.zero && p->f.has_width && p->width > len) {
		text_add(p->out, &sign, 1);
		padding_add(p, p->width - len);
		text_add(p->out, number.p, number.len);
		text_clear(&t);
		return;
	}
	text_add(&t, number.p, number.len);
	pad_text(p, &t);
}

static void
print_float(struct printer *p, const struct value *v, int32_t verb)
{
	struct text	 t = { 0 }, sharp = { 0 };
	struct str	 s;
	int		 precision = -1;
	char		 sign = '\0';

	if (verb == 'v')
		verb = 'g';
	else if (verb == 'F')
		verb = 'f';
	if (verb >= 0x80 || verb == '\0' ||
	    strchr("beEfgGxX", verb) == NULL) {
		bad_verb(p, v, verb);
		return;
	}
	if (verb == 'f' || verb == 'e' || verb == 'E')
		precision = 6;
	if (p->f.has_precision)
		precision = p->precision;
	float_format(&t, v->f, (char)verb, precision);
	s = text_real(&t);
	if (s.p[0] == '-') {
		sign = '-';
		s.p++;
		s.len--;
	} else if (p->f.plus)
		sign = '+';
	else if (p->f.space)
		sign = ' ';
	if (p->f.sharp && verb != 'b') {
		float_sharpen(&sharp, s, verb, precision);
		s = text_real(&sharp);
	}
	if (t.is_full || sharp.is_full)
		p->out->is_full = true;
	print_number(p, sign, s);
	text_clear(&t);
	text_clear(&sharp);
}

/* ---- strings */

static struct str
truncated(struct printer *p, struct str s)
{
	struct str	rest = s;
	size_t		len;
	int		n = p->precision;

	if (!p->f.has_precision)
		return s;
	for (; n > 0 && rest.len != 0; n--, rest.p += len, rest.len -= len)
		rune_decode(rest, &len);
	return (struct str){ s.p, s.len - rest.len };
}

static void
print_quoted(struct printer *p, struct str s)
{
	struct text	t = { 0 };

	s = truncated(p, s);
	if (p->f.sharp && quote_can_raw(s)) {
		text_add_str(&t, "`");
		text_add(&t, s.p, s.len);
		text_add_str(&t, "`");
	} else
		quote_string(&t, s, p->f.plus);
	pad_text(p, &t);
}

static void
print_hex(struct printer *p, struct str s, int32_t verb)
{
	const char	*digits = verb == 'X' ? "0123456789ABCDEFX" :
			    "0123456789abcdefx";
	size_t		 i, width;
	int		 padding;

	if (p->f.has_precision && (size_t)p->precision < s.len)
		s.len = (size_t)p->precision;
	width = 2 * s.len;
	if (s.len == 0) {
		if (p->f.has_width)
			padding_add(p, p->width);
		return;
	}
	if (p->f.space)
		width = width * (p->f.sharp ? 2 : 1) + s.len - 1;
	else if (p->f.sharp)
		width += 2;
	padding = p->f.has_width && (size_t)p->width > width ?
	    p->width - (int)width : 0;
	if (!p->f.minus)
		padding_add(p, padding);
	for (i = 0; i < s.len; i++) {
		if (p->f.space && i > 0)
			text_add_str(p->out, " ");
		if (p->f.sharp && (i == 0 || p->f.space)) {
			text_add_str(p->out, "0");
			text_add(p->out, &digits[16], 1);
		}
		text_add(p->out, &digits[(unsigned char)s.p[i] >> 4], 1);
		text_add(p->out, &digits[s.p[i] & 0xf], 1);
	}
	if (p->f.minus)
		padding_add(p, padding);
}

static void
print_string(struct printer *p, const struct value *v, int32_t verb)
{
	if (verb == 's' || (verb == 'v' && !p->f.sharp_v))
		pad(p, truncated(p, v->s));
	else if (verb == 'q' || verb == 'v')
		print_quoted(p, v->s);
	else if (verb == 'x' || verb == 'X')
		print_hex(p, v->s, verb);
	else
		bad_verb(p, v, verb);
}

/* ---- all of them */

static void
print_bool(struct printer *p, const struct value *v, int32_t verb)
{
	if (verb == 't' || verb == 'v')
		pad(p, v->i ? STR("true") : STR("false"));
	else
		bad_verb(p, v, verb);
}

static void
print_map(struct printer *p, const struct value *v, int32_t verb)
{
	struct value	name = { .kind = VALUE_STRING }, value;
	size_t		i;

	if (verb == 'w') {
		bad_verb(p, v, verb);
		return;
	}
	text_add_str(p->out, p->f.sharp_v ? "map[string]string{" : "map[");
	for (i = 0; i < p->e->nvariables && !p->out->is_full; i++) {
		if (i > 0)
			text_add_str(p->out, p->f.sharp_v ? ", " : " ");
		name.s = p->e->variables[i].name;
		value = variable_value(&p->e->variables[i]);
		print_value(p, &name, verb);
		text_add_str(p->out, ":");
		print_value(p, &value, verb);
	}
	text_add_str(p->out, p->f.sharp_v ? "}" : "]");
}

static void
print_plain(struct printer *p, const struct value *v, int32_t verb)
{
	switch (v->kind) {
	case VALUE_BOOL:
		print_bool(p, v, verb);
		break;
	case VALUE_INT:
	case VALUE_BYTE:
		print_int(p, v, verb);
		break;
	case VALUE_FLOAT:
		print_float(p, v, verb);
		break;
	case VALUE_STRING:
		print_string(p, v, verb);
		break;
	case VALUE_MAP:
		print_map(p, v, verb);
		break;
	case VALUE_NIL:
	case VALUE_NONE:
		if (verb == 'v')
			pad(p, STR("<nil>"));
		else
			bad_verb(p, v, verb);
	}
}

/*
 * A secret: as it is, and beside it what can be shown.  For a string that is
 * what stands for it, in the same form; else ***.
 */
static void
print_secret(struct printer *p, const struct value *v, int32_t verb)
{
	struct text	 real = { 0 }, shown = { 0 }, *out = p->out;
	struct value	 plain = *v;

	plain.secret = false;
	p->out = &real;
	print_plain(p, &plain, verb);
	if (v->kind == VALUE_STRING && !p->f.has_precision &&
	    (verb == 'v' || verb == 's' || verb == 'q')) {
		plain.s = v->shown;
		p->out = &shown;
		print_plain(p, &plain, verb);
		text_add_both(out, text_real(&real), text_real(&shown));
	} else
		text_add_secret(out, text_real(&real));
	out->is_full = out->is_full || real.is_full || shown.is_full;
	p->out = out;
	text_clear(&real);
	text_clear(&shown);
}

void
print_value(struct printer *p, const struct value *v, int32_t verb)
{
	struct str	type = { value_type(v), strlen(value_type(v)) };

	if (verb == 'T')
		pad(p, v->kind == VALUE_NIL ? type : truncated(p, type));
	else if (verb == 'p' && v->kind == VALUE_MAP)
		p->is_unsupported = true;
	else if (verb == 'p')
		bad_verb(p, v, verb);
	else if (v->secret)
		print_secret(p, v, verb);
	else
		print_plain(p, v, verb);
}

void
print_values(struct exec *e, struct text *out, const struct value *v,
    size_t n, bool line)
{
	struct printer	p = { .e = e, .out = out };
	size_t		i;

	for (i = 0; i < n; i++) {
		if (i > 0 && (line || (v[i].kind != VALUE_STRING &&
		    v[i - 1].kind != VALUE_STRING)))
			text_add_str(out, " ");
		print_value(&p, &v[i], 'v');
	}
	if (line)
		text_add_str(out, "\n");
}
