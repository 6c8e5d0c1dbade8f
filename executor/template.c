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
 * Script templates, see template.h: what other files see of them, and where
 * an error stands in a text.
 */

#include "config.h"

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

/* A message that was cut must not end within a character. */
static void
message_trim(char *msg)
{
	size_t	len = strlen(msg), back, n;

	for (back = 1; back <= len && back <= 4; back++) {
		if ((msg[len - back] & 0xc0) == 0x80)
			continue;
		rune_decode((struct str){ msg + len - back, back }, &n);
		if (n != back)
			msg[len - back] = '\0';
		return;
	}
}

int
error_at(struct template_error *err, struct str text, size_t pos,
    const char *fmt, ...)
{
	va_list	ap;
	size_t	i;

	err->line = err->column = 1;
	err->is_undefined = false;
	for (i = 0; i < pos && i < text.len; i++) {
		err->column++;
		if (text.p[i] == '\n') {
			err->line++;
			err->column = 1;
		}
	}
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	message_trim(err->msg);
	return -1;
}

int
template_parse(const char *name, const char *text, struct template **out,
    struct template_error *err)
{
	struct template	*t;
	struct str	 s, own;

	*out = NULL;
	s = (struct str){ text, strnlen(text, TEMPLATE_TEXT_MAX + 1) };
	if (s.len > TEMPLATE_TEXT_MAX)
		return error_at(err, s, 0, "template of more than %d bytes",
		    TEMPLATE_TEXT_MAX);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return error_at(err, s, 0, "out of memory");
	RB_INIT(&t->trees);
	t->arena.max = TEMPLATE_TREE_MAX;
	t->text = arena_copy(&t->arena, s);
	own = arena_copy(&t->arena, (struct str){ name, strlen(name) });
	if (t->text.p == NULL || own.p == NULL) {
		template_free(t);
		return error_at(err, s, 0, "out of memory");
	}
	if (template_parse_trees(t, own, err) == -1) {
		template_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	arena_free(&t->arena);
	free(t);
}

static int
variable_compare(const void *a, const void *b)
{
	return str_compare(((const struct variable *)a)->name,
	    ((const struct variable *)b)->name);
}

/* The variables, sorted, with what is shown for those that are secret. */
static int
variables_set(struct exec *e, const struct template_variable *v, size_t n)
{
	struct text	 t = { 0 };
	struct variable	*to;
	size_t		 i;

	if ((e->variables = calloc(n + 1, sizeof(*e->variables))) == NULL)
		return -1;
	e->nvariables = n;
	for (i = 0; i < n; i++) {
		to = &e->variables[i];
		to->name = (struct str){ v[i].name, strlen(v[i].name) };
		to->value = (struct str){ v[i].value, strlen(v[i].value) };
		if (!(to->secret = v[i].secret))
			continue;
		text_add_secret(&t, to->value);
		to->shown = arena_copy(&e->arena, text_shown(&t));
		text_clear(&t);
		if (to->shown.p == NULL)
			return -1;
	}
	qsort(e->variables, n, sizeof(*e->variables), variable_compare);
	return 0;
}

static void
exec_free(struct exec *e)
{
	free(e->variables);
	freezero(e->locals, e->locals_room * sizeof(*e->locals));
	freezero(e->args, e->args_room * sizeof(*e->args));
	arena_free(&e->arena);
	text_clear(&e->out);
}

/* Hands over what a buffer holds; one that is empty has a NUL alone. */
static char *
buffer_take(struct buffer *b)
{
	char	*p = b->p != NULL ? b->p : strdup("");

	memset(b, 0, sizeof(*b));
	return p;
}

int
template_render(const struct template *t, const struct template_variable *v,
    size_t n, char **out, size_t *outlen, char **shown,
    struct template_error *err)
{
	struct exec	e = { .t = t, .err = err };

	*out = *shown = NULL;
	*outlen = 0;
	e.node = t->main->root;
	e.arena.max = TEMPLATE_VALUES_MAX;
	if (variables_set(&e, v, n) == -1)
		exec_error(&e, "out of memory");
	else if (exec_run(&e) == 0) {
		*outlen = e.out.real.len;
		if (e.out.is_split)
			*shown = buffer_take(&e.out.shown);
		*out = buffer_take(&e.out.real);
	}
	exec_free(&e);
	return *out == NULL ? -1 : 0;
}
