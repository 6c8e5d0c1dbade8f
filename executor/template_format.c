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
 * Formats, as Go's printf follows them: flags, width, precision, indexes of
 * arguments.  A mistake in a format is none to Go, which puts it into the
 * text: so does this.
 */

#include "config.h"

#include <string.h>

#include "template_printer.h"

static char
format_char(const struct printer *p)
{
	return p->at < p->format.len ? p->format.p[p->at] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number up to end; one that is too large is none and takes all of it. */
static bool
number_read(struct str s, size_t *at, size_t end, int *n)
{
	size_t	start = *at;

	for (*n = 0; *at < end && is_digit(s.p[*at]); ++*at) {
		if (*n > NUMBER_MAX) {
			*n = 0;
			*at = end;
			return false;
		}
		*n = *n * 10 + (s.p[*at] - '0');
	}
	return *at > start;
}

/* [n]: that argument is the next one.  Whether there was a good one. */
static bool
index_read(struct printer *p)
{
	struct str	 s = p->format;
	const char	*close = NULL;
	size_t		 start = p->at, at = p->at + 1;
	bool		 good;
	int		 n = 0;

	if (format_char(p) != '[')
		return false;
	p->is_reordered = true;
	if (s.len - start >= 3 && !p->is_without_close) {
		close = memchr(s.p + at, ']', s.len - at);
		p->is_without_close = close == NULL;
	}
	p->at = close == NULL ? at : (size_t)(close - s.p) + 1;
	good = close != NULL &&
	    number_read(s, &at, (size_t)(close - s.p), &n) &&
	    s.p + at == close;
	if (good && n >= 1 && (size_t)n <= p->nargs) {
		p->arg = (size_t)n - 1;
		return true;
	}
	p->is_good_index = false;
	return good;
}

/* The next argument is the number that * stands for; false: it is none. */
static bool
star_read(struct printer *p, int *n)
{
	const struct value	*v;

	p->at++;
	*n = 0;
	if (p->arg >= p->nargs)
		return false;
	v = &p->args[p->arg++];
	if ((v->kind != VALUE_INT && v->kind != VALUE_BYTE) ||
	    v->i > NUMBER_MAX || v->i < -NUMBER_MAX)
		return false;
	*n = (int)v->i;
	return true;
}

static void
flags_read(struct printer *p)
{
	memset(&p->f, 0, sizeof(p->f));
	for (;; p->at++) {
		switch (format_char(p)) {
		case '#':
			p->f.sharp = true;
			break;
		case '0':
			p->f.zero = !p->f.minus;
			break;
		case '+':
			p->f.plus = true;
			break;
		case '-':
			p->f.minus = true;
			p->f.zero = false;
			break;
		case ' ':
			p->f.space = true;
			break;
		default:
			return;
		}
	}
}

static void
width_read(struct printer *p)
{
	if (format_char(p) == '*') {
		p->f.has_width = star_read(p, &p->width);
		if (!p->f.has_width)
			text_add_str(p->out, "%!(BADWIDTH)");
		if (p->width < 0) {
			p->width = -p->width;
			p->f.minus = true;
			p->f.zero = false;
		}
		p->is_after_index = false;
		return;
	}
	p->f.has_width = number_read(p->format, &p->at, p->format.len,
	    &p->width);
	if (p->is_after_index && p->f.has_width)
		p->is_good_index = false;
}

static void
precision_read(struct printer *p)
{
	if (format_char(p) != '.' || p->at + 1 >= p->format.len)
		return;
	p->at++;
	if (p->is_after_index)
		p->is_good_index = false;
	p->is_after_index = index_read(p);
	if (format_char(p) == '*') {
		p->f.has_precision = star_read(p, &p->precision);
		if (p->precision < 0) {
			p->precision = 0;
			p->f.has_precision = false;
		}
		if (!p->f.has_precision)
			text_add_str(p->out, "%!(BADPREC)");
		p->is_after_index = false;
		return;
	}
	number_read(p->format, &p->at, p->format.len, &p->precision);
	p->f.has_precision = true;
}

/* For a verb that has no argument: why. */
static void
complaint_add(struct printer *p, int32_t verb, const char *why)
{
	text_add_str(p->out, "%!");
	text_add_rune(p->out, verb);
	text_add_str(p->out, why);
}

static void
verb_apply(struct printer *p, int32_t verb)
{
	if (verb == '%')
		text_add_str(p->out, "%");
	else if (!p->is_good_index)
		complaint_add(p, verb, "(BADINDEX)");
	else if (p->arg >= p->nargs)
		complaint_add(p, verb, "(MISSING)");
	else {
		if (verb == 'v') {
			p->f.sharp_v = p->f.sharp;
			p->f.sharp = p->f.plus = false;
		}
		print_value(p, &p->args[p->arg++], verb);
	}
}

/* What stands behind a %. */
static void
verb_read(struct printer *p)
{
	size_t	len;
	char	c;

	flags_read(p);
	c = format_char(p);
	p->is_good_index = true;
	/* A plain verb takes its argument, whatever index went before. */
	if (c < 'a' || c > 'z' || p->arg >= p->nargs) {
		p->is_after_index = index_read(p);
		width_read(p);
		precision_read(p);
		if (!p->is_after_index)
			p->is_after_index = index_read(p);
	}
	if (p->at >= p->format.len) {
		text_add_str(p->out, "%!(NOVERB)");
		return;
	}
	verb_apply(p, rune_decode((struct str){ p->format.p + p->at,
	    p->format.len - p->at }, &len));
	p->at += len;
}

/* Arguments that no verb took. */
static void
extra_add(struct printer *p)
{
	size_t	first = p->arg;

	memset(&p->f, 0, sizeof(p->f));
	text_add_str(p->out, "%!(EXTRA ");
	for (; p->arg < p->nargs; p->arg++) {
		if (p->arg > first)
			text_add_str(p->out, ", ");
		if (p->args[p->arg].kind != VALUE_NIL) {
			text_add_str(p->out, value_type(&p->args[p->arg]));
			text_add_str(p->out, "=");
		}
		print_value(p, &p->args[p->arg], 'v');
	}
	text_add_str(p->out, ")");
}

int
print_format(struct exec *e, struct text *out, struct str format,
    const struct value *v, size_t n)
{
	struct printer	 p = { .e = e, .out = out, .format = format,
			    .args = v, .nargs = n };
	const char	*percent;
	size_t		 len;

	while (p.at < format.len && !out->is_full) {
		percent = memchr(format.p + p.at, '%', format.len - p.at);
		len = (percent == NULL ? format.p + format.len : percent) -
		    (format.p + p.at);
		text_add(out, format.p + p.at, len);
		p.at += len;
		if (percent == NULL)
			break;
		p.at++;
		verb_read(&p);
	}
	if (!p.is_reordered && p.arg < p.nargs)
		extra_add(&p);
	return p.is_unsupported ? -1 : 0;
}
