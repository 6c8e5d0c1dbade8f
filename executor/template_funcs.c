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
 * The functions that templates can call, by a table: how many arguments they
 * take and of what kind, as in Go's text/template.  `and` and `or` stand in
 * the table, but rendering itself does what they do.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "mask.h"
#include "template_internal.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

static int	call_call(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_eq(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_ge(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_gt(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_html(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_index(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_js(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_le(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_len(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_lt(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_ne(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_not(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_print(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_printf(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_println(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_slice(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);
static int	call_urlquery(struct exec *, const struct value *, size_t,
		    struct value *, struct text *);

#define ANY	PARAM_VALUE
#define TEXT	PARAM_PRINTABLE
#define STRING	PARAM_STRING

/* name; least arguments, more?, lazy?; the first one, the others; call */
static const struct function functions[] = {
	{ "and", 1, true, true, ANY, ANY, NULL },
	{ "call", 1, true, false, ANY, ANY, call_call },
	{ "eq", 1, true, false, ANY, ANY, call_eq },
	{ "ge", 2, false, false, ANY, ANY, call_ge },
	{ "gt", 2, false, false, ANY, ANY, call_gt },
	{ "html", 0, true, false, TEXT, TEXT, call_html },
	{ "index", 1, true, false, ANY, ANY, call_index },
	{ "js", 0, true, false, TEXT, TEXT, call_js },
	{ "le", 2, false, false, ANY, ANY, call_le },
	{ "len", 1, false, false, ANY, ANY, call_len },
	{ "lt", 2, false, false, ANY, ANY, call_lt },
	{ "ne", 2, false, false, ANY, ANY, call_ne },
	{ "not", 1, false, false, ANY, ANY, call_not },
	{ "or", 1, true, true, ANY, ANY, NULL },
	{ "print", 0, true, false, TEXT, TEXT, call_print },
	{ "printf", 1, true, false, STRING, TEXT, call_printf },
	{ "println", 0, true, false, TEXT, TEXT, call_println },
	{ "slice", 1, true, false, ANY, ANY, call_slice },
	{ "urlquery", 0, true, false, TEXT, TEXT, call_urlquery },
};

const struct function *
function_find(struct str name)
{
	size_t	i;

	for (i = 0; i < nitems(functions); i++)
		if (str_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

static void
number_add(struct text *t, int64_t n)
{
	char	buf[24];
	int	i = sizeof(buf);
	bool	negative = n < 0;

	do {
		buf[--i] = (char)('0' + (negative ? -(n % 10) : n % 10));
	} while ((n /= 10) != 0);
	if (negative)
		buf[--i] = '-';
	text_add(t, buf + i, sizeof(buf) - (size_t)i);
}

/* Returns -1, so that a caller can return it. */
static int
fail(struct text *err, const char *what, const char *type)
{
	text_add_str(err, what);
	text_add_str(err, type);
	return -1;
}

static int
call_call(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	(void)e;
	(void)n;
	(void)result;
	if (v[0].kind == VALUE_NONE)
		return fail(err, "call of nil", "");
	return fail(err, "non-function of type ", value_type(&v[0]));
}

/* ---- parts: index, slice, len */

/* An index of what has so many parts, not beyond its end. */
static int
index_get(const struct value *v, size_t most, size_t *index, struct text *err)
{
	if (v->kind == VALUE_NONE)
		return fail(err, "cannot index slice/array with nil", "");
	if (v->kind != VALUE_INT && v->kind != VALUE_BYTE)
		return fail(err, "cannot index slice/array with type ",
		    value_type(v));
	if (v->i < 0 || (uint64_t)v->i > most) {
		text_add_str(err, "index out of range: ");
		if (v->secret)
			text_add_str(err, SECRET_SHOWN);
		else
			number_add(err, v->i);
		return -1;
	}
	*index = (size_t)v->i;
	return 0;
}

static int
map_index(struct exec *e, const struct value *v, struct value *item,
    struct text *err)
{
	const struct variable	*variable;

	if (v->kind == VALUE_NONE)
		return fail(err, "value is nil; should be of type string", "");
	if (v->kind != VALUE_STRING) {
		text_add_str(err, "value has type ");
		text_add_str(err, value_type(v));
		return fail(err, "; should be string", "");
	}
	if ((variable = variable_find(e, v->s)) != NULL)
		*item = variable_value(variable);
	else
		*item = (struct value){ .kind = VALUE_STRING, .s = STR("") };
	return 0;
}

static int
string_index(const struct value *v, struct value *item, struct text *err)
{
	size_t	index;

	if (index_get(v, item->s.len, &index, err) == -1)
		return -1;
	if (index == item->s.len)
		return fail(err, "reflect: string index out of range", "");
	item->kind = VALUE_BYTE;
	item->i = (unsigned char)item->s.p[index];
	item->s = (struct str){ NULL, 0 };
	return 0;
}

static int
call_index(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	struct value	item = v[0];
	size_t		i;

	if (item.kind == VALUE_NONE)
		return fail(err, "index of untyped nil", "");
	for (i = 1; i < n; i++) {
		if (item.kind == VALUE_STRING) {
			if (string_index(&v[i], &item, err) == -1)
				return -1;
		} else if (item.kind == VALUE_MAP) {
			if (map_index(e, &v[i], &item, err) == -1)
				return -1;
		} else
			return fail(err, "can't index item of type ",
			    value_type(&item));
	}
	*result = item;
	return 0;
}

static int
string_slice(struct exec *e, const struct value *v, const size_t *index,
    struct value *result)
{
	struct text	t = { 0 };
	struct str	s;

	*result = v[0];
	s = (struct str){ v[0].s.p + index[0], index[1] - index[0] };
	result->s = s;
	if (!v[0].secret)
		return 0;
	/* What is shown can't be cut at the same places. */
	text_add_secret(&t, s);
	*result = value_string(e, &t);
	return 0;
}

static int
call_slice(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	size_t	index[2], i;

	if (v[0].kind == VALUE_NONE)
		return fail(err, "slice of untyped nil", "");
	if (n > 4) {
		text_add_str(err, "too many slice indexes: ");
		number_add(err, (int64_t)n - 1);
		return -1;
	}
	if (v[0].kind != VALUE_STRING)
		return fail(err, "can't slice item of type ",
		    value_type(&v[0]));
	if (n == 4)
		return fail(err, "cannot 3-index slice a string", "");
	index[0] = 0;
	index[1] = v[0].s.len;
	for (i = 1; i < n; i++)
		if (index_get(&v[i], v[0].s.len, &index[i - 1], err) == -1)
			return -1;
	if (index[0] > index[1]) {
		text_add_str(err, "invalid slice index: ");
		number_add(err, (int64_t)index[0]);
		text_add_str(err, " > ");
		number_add(err, (int64_t)index[1]);
		return -1;
	}
	return string_slice(e, v, index, result);
}

static int
call_len(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	(void)n;
	if (v[0].kind == VALUE_STRING)
		*result = (struct value){ .kind = VALUE_INT,
		    .i = (int64_t)v[0].s.len, .secret = v[0].secret };
	else if (v[0].kind == VALUE_MAP)
		*result = (struct value){ .kind = VALUE_INT,
		    .i = (int64_t)e->nvariables };
	else if (v[0].kind == VALUE_NONE)
		return fail(err, "len of nil", "");
	else
		return fail(err, "len of type ", value_type(&v[0]));
	return 0;
}

/* ---- truth and order */

static void
bool_set(struct value *v, bool is_true)
{
	*v = (struct value){ .kind = VALUE_BOOL, .i = is_true };
}

static int
call_not(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	(void)n;
	(void)err;
	bool_set(result, !value_is_true(e, &v[0]));
	return 0;
}

static bool
is_whole(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_BYTE;
}

static bool
is_basic(const struct value *v)
{
	return v->kind != VALUE_NONE && v->kind != VALUE_MAP;
}

/* Two values that are no map and of a kind, or integers. */
static bool
values_equal(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_STRING)
		return str_equals(a->s, b->s);
	if (a->kind == VALUE_FLOAT)
		return a->f == b->f;
	return a->i == b->i;
}

static int
equality_find(const struct value *a, const struct value *b, bool *equal,
    struct text *err)
{
	*equal = false;
	if (is_basic(a) && is_basic(b)) {
		if (a->kind != b->kind && !(is_whole(a) && is_whole(b)))
			return fail(err, "incompatible types for comparison",
			    "");
		*equal = values_equal(a, b);
		return 0;
	}
	if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
		*equal = a->kind == b->kind;
	else if (a->kind == b->kind)
		return fail(err, "non-comparable type ", value_type(a));
	else
		return fail(err, "incompatible types for comparison", "");
	return 0;
}

static int
call_eq(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	bool	equal = false;
	size_t	i;

	if (n == 1)
		return fail(err, "missing argument for comparison", "");
	for (i = 1; i < n && !equal; i++) {
		if (v[0].kind == VALUE_STRING &&
		    exec_steps(e, v[0].s.len) == -1)
			return -1;
		if (equality_find(&v[0], &v[i], &equal, err) == -1)
			return -1;
	}
	bool_set(result, equal);
	return 0;
}

static int
call_ne(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	if (call_eq(e, v, n, result, err) == -1)
		return -1;
	result->i = !result->i;
	return 0;
}

static int
is_less(struct exec *e, const struct value *a, const struct value *b,
    bool *less, struct text *err)
{
	if (!is_basic(a) || !is_basic(b))
		return fail(err, "invalid type for comparison", "");
	if (a->kind != b->kind && !(is_whole(a) && is_whole(b)))
		return fail(err, "incompatible types for comparison", "");
	if (a->kind == VALUE_BOOL)
		return fail(err, "invalid type for comparison", "");
	if (a->kind == VALUE_STRING) {
		if (exec_steps(e, a->s.len) == -1)
			return -1;
		*less = str_compare(a->s, b->s) < 0;
	} else
		*less = a->kind == VALUE_FLOAT ? a->f < b->f : a->i < b->i;
	return 0;
}

static int
call_lt(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	bool	less;

	(void)n;
	if (is_less(e, &v[0], &v[1], &less, err) == -1)
		return -1;
	bool_set(result, less);
	return 0;
}

static int
call_le(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	bool	less;

	(void)n;
	if (is_less(e, &v[0], &v[1], &less, err) == -1)
		return -1;
	bool_set(result, less || values_equal(&v[0], &v[1]));
	return 0;
}

static int
call_gt(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	if (call_le(e, v, n, result, err) == -1)
		return -1;
	result->i = !result->i;
	return 0;
}

static int
call_ge(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	if (call_lt(e, v, n, result, err) == -1)
		return -1;
	result->i = !result->i;
	return 0;
}

/* ---- texts */

static int
call_print(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	struct text	t = { 0 };

	(void)err;
	print_values(e, &t, v, n, false);
	*result = value_string(e, &t);
	return 0;
}

static int
call_println(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	struct text	t = { 0 };

	(void)err;
	print_values(e, &t, v, n, true);
	*result = value_string(e, &t);
	return 0;
}

static int
call_printf(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	struct text	t = { 0 }, secret = { 0 };

	if (print_format(e, &t, v[0].s, v + 1, n - 1) == -1) {
		text_clear(&t);
		return fail(err, "%p is not supported", "");
	}
	if (v[0].secret) {
		text_add_secret(&secret, text_real(&t));
		secret.is_full = secret.is_full || t.is_full;
		text_clear(&t);
		t = secret;
	}
	*result = value_string(e, &t);
	return 0;
}

static void
html_add(struct text *t, struct str s)
{
	static const struct {
		char		 c;
		const char	*escaped;
	} escapes[] = {
		{ '\0', "\xef\xbf\xbd" }, { '"', "&#34;" }, { '\'', "&#39;" },
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }
	};
	size_t	i, j;

	for (i = 0; i < s.len; i++) {
		for (j = 0; j < nitems(escapes) &&
		    escapes[j].c != s.p[i];)
			j++;
		if (j < nitems(escapes))
			text_add_str(t, escapes[j].escaped);
		else
			text_add(t, &s.p[i], 1);
	}
}

/* \u and four digits or more. */
static void
js_add_code(struct text *t, int32_t r)
{
	char	digits[8];
	int	n = 0;

	do {
		digits[sizeof(digits) - 1 - n++] =
		    "0123456789ABCDEF"[r & 0xf];
	} while ((r >>= 4) != 0);
	text_add_str(t, "\\u");
	text_fill(t, '0', n < 4 ? 4 - (size_t)n : 0);
	text_add(t, digits + sizeof(digits) - n, (size_t)n);
}

static void
js_add(struct text *t, struct str s)
{
	int32_t	r;
	size_t	len;

	for (; s.len != 0; s.p += len, s.len -= len) {
		r = rune_decode(s, &len);
		if (r == '\\' || r == '\'' || r == '"') {
			text_add_str(t, "\\");
			text_add(t, s.p, 1);
		} else if (r < ' ' || r == '<' || r == '>' || r == '&' ||
		    r == '=' || (r >= 0x80 && !rune_is_print(r)))
			js_add_code(t, r);
		else
			text_add(t, s.p, len);
	}
}

static void
urlquery_add(struct text *t, struct str s)
{
	const char	*digits = "0123456789ABCDEF";
	char		 c;
	size_t		 i;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if ((c & 0x80) == 0 && c != '\0' && (rune_is_word(c) ||
		    strchr("-_.~", c) != NULL))
			text_add(t, &c, 1);
		else if (c == ' ')
			text_add_str(t, "+");
		else {
			text_add_str(t, "%");
			text_add(t, &digits[(unsigned char)c >> 4], 1);
			text_add(t, &digits[c & 0xf], 1);
		}
	}
}

/* What print makes of the arguments, escaped. */
static int
escape(struct exec *e, const struct value *v, size_t n, struct value *result,
    struct text *err, void (*add)(struct text *, struct str))
{
	struct text	plain = { 0 }, t = { 0 }, shown = { 0 }, both = { 0 };
	size_t		i;

	for (i = 0; i < n; i++)
		if (v[i].kind == VALUE_NIL)
			return fail(err, "nil has no value", "");
	print_values(e, &plain, v, n, false);
	add(&t, text_real(&plain));
	if (plain.is_split) {
		add(&shown, text_shown(&plain));
		/* The sign for a secret stays what it is. */
		if (str_is(text_shown(&plain), SECRET_SHOWN))
			text_add_secret(&both, text_real(&t));
		else
			text_add_both(&both, text_real(&t),
			    text_shown(&shown));
		both.is_full = both.is_full || t.is_full || shown.is_full;
		text_clear(&t);
		text_clear(&shown);
		t = both;
	}
	t.is_full = t.is_full || plain.is_full;
	text_clear(&plain);
	*result = value_string(e, &t);
	return 0;
}

static int
call_html(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	return escape(e, v, n, result, err, html_add);
}

static int
call_js(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	return escape(e, v, n, result, err, js_add);
}

static int
call_urlquery(struct exec *e, const struct value *v, size_t n,
    struct value *result, struct text *err)
{
	return escape(e, v, n, result, err, urlquery_add);
}
