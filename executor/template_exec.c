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
 * Rendering: the nodes of a template are walked and what they print is
 * gathered, in the order of Go's text/template, so that errors are the same.
 * It is bounded in depth, in steps and in memory.
 */

#include "config.h"

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

enum walk {
	WALK_FAILED = -1,
	WALK_ON,
	WALK_BREAK,
	WALK_CONTINUE
};

static enum walk walk_list(struct exec *, const struct value *,
		    const struct node *);

int
exec_error(struct exec *e, const char *fmt, ...)
{
	char	msg[sizeof(e->err->msg)];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return error_at(e->err, e->t->text, e->node->pos, "%s", msg);
}

int
exec_steps(struct exec *e, size_t bytes)
{
	e->steps += 1 + (unsigned)(bytes / TEMPLATE_STEP_BYTES);
	if (e->steps <= TEMPLATE_STEPS_MAX)
		return 0;
	return exec_error(e, "this template does too much");
}

int
exec_full(struct exec *e)
{
	return exec_error(e, "output of more than %d bytes, or values of more "
	    "than %d", TEMPLATE_OUTPUT_MAX, TEMPLATE_VALUES_MAX);
}

int
exec_undefined(struct exec *e, const struct value *v)
{
	if (v->from != NULL)
		e->node = v->from;
	if (v->s.len == 0)
		exec_error(e, "there is no value here");
	else
		exec_error(e, "variable %.*s is not defined", (int)v->s.len,
		    v->s.p);
	e->err->is_undefined = true;
	return -1;
}

int
exec_enter(struct exec *e)
{
	if (e->depth++ < TEMPLATE_DEPTH_MAX)
		return exec_steps(e, 0);
	return exec_error(e, "nested too deep");
}

void
exec_leave(struct exec *e)
{
	e->depth--;
}

/* ---- variables of the template: the last one of a name is meant */

int
local_push(struct exec *e, struct str name, const struct value *v)
{
	struct local	*locals;
	size_t		 room;

	if (e->nlocals == e->locals_room) {
		room = e->locals_room == 0 ? 32 : e->locals_room * 2;
		locals = recallocarray(e->locals, e->locals_room, room,
		    sizeof(*locals));
		if (locals == NULL)
			return exec_error(e, "out of memory");
		e->locals = locals;
		e->locals_room = room;
	}
	e->locals[e->nlocals++] = (struct local){ name, *v };
	return 0;
}

struct local *
local_find(struct exec *e, struct str name)
{
	size_t	i;

	for (i = e->nlocals; i > e->base; i--)
		if (str_equals(e->locals[i - 1].name, name))
			return &e->locals[i - 1];
	exec_error(e, "undefined variable: %.*s", (int)name.len, name.p);
	return NULL;
}

/* The n-th from the top of the stack, which range counts on. */
static int
local_set_top(struct exec *e, size_t n, const struct value *v)
{
	if (e->nlocals - e->base < n)
		return exec_error(e, "range has no variable to assign to");
	e->locals[e->nlocals - n].value = *v;
	return 0;
}

/* ---- nodes */

static int
walk_action(struct exec *e, const struct value *dot, const struct node *n)
{
	struct value	v;

	if (eval_pipeline(e, dot, n->pipe, &v) == -1)
		return -1;
	if (n->pipe->count > 0)
		return 0;
	e->node = n;
	if (v.kind == VALUE_NONE)
		return exec_undefined(e, &v);
	print_values(e, &e->out, &v, 1, false);
	return e->out.is_full ? exec_full(e) : exec_steps(e, v.s.len);
}

static int
walk_text(struct exec *e, const struct node *n)
{
	text_add(&e->out, n->value.p, n->value.len);
	return e->out.is_full ? exec_full(e) : exec_steps(e, n->value.len);
}

static enum walk
walk_if_with(struct exec *e, const struct value *dot, const struct node *n)
{
	size_t		mark = e->nlocals;
	struct value	v;
	enum walk	how = WALK_ON;

	if (eval_pipeline(e, dot, n->pipe, &v) == -1)
		return WALK_FAILED;
	if (value_is_true(e, &v))
		how = walk_list(e, n->type == NODE_WITH ? &v : dot, n->list);
	else if (n->other != NULL)
		how = walk_list(e, dot, n->other);
	e->nlocals = mark;
	return how;
}

/* Once through a range, with the variables that it declares. */
static enum walk
walk_element(struct exec *e, const struct node *n, size_t mark,
    const struct variable *element)
{
	struct value	name = { .kind = VALUE_STRING, .s = element->name };
	struct value	v = variable_value(element);
	enum walk	how;

	if (n->pipe->count > 0 && local_set_top(e, 1, &v) == -1)
		return WALK_FAILED;
	if (n->pipe->count > 1 && local_set_top(e, 2, &name) == -1)
		return WALK_FAILED;
	how = walk_list(e, &v, n->list);
	e->nlocals = mark;
	return how;
}

static enum walk
walk_range(struct exec *e, const struct value *dot, const struct node *n)
{
	size_t		before = e->nlocals, mark, i;
	struct value	v;
	enum walk	how = WALK_ON;

	if (eval_pipeline(e, dot, n->pipe, &v) == -1)
		return WALK_FAILED;
	if (v.kind != VALUE_MAP && v.kind != VALUE_NONE)
		return exec_error(e, "range can't iterate over %s",
		    value_type(&v));
	mark = e->nlocals;
	if (v.kind == VALUE_MAP && e->nvariables > 0) {
		for (i = 0; i < e->nvariables && how != WALK_BREAK; i++)
			if ((how = walk_element(e, n, mark,
			    &e->variables[i])) == WALK_FAILED)
				return WALK_FAILED;
		how = WALK_ON;
	} else if (n->other != NULL)
		how = walk_list(e, dot, n->other);
	e->nlocals = before;
	return how;
}

static int
fail_template(struct exec *e, struct str name)
{
	struct text	t = { 0 };

	quote_string(&t, name, false);
	exec_error(e, "template %s not defined", text_real(&t).p);
	text_clear(&t);
	return -1;
}

/* Another template, which knows no variable of this one. */
static int
walk_template(struct exec *e, const struct value *dot, const struct node *n)
{
	const struct tree	*tree;
	struct value		 v = { .kind = VALUE_NONE };
	size_t			 base = e->base, mark;

	if ((tree = tree_find(e->t, n->value)) == NULL)
		return fail_template(e, n->value);
	if (e->calls == TEMPLATE_CALLS_MAX)
		return exec_error(e, "exceeded maximum template depth (%d)",
		    TEMPLATE_CALLS_MAX);
	if (n->pipe != NULL && eval_pipeline(e, dot, n->pipe, &v) == -1)
		return -1;
	mark = e->nlocals;
	if (local_push(e, STR("$"), &v) == -1)
		return -1;
	e->base = mark;
	e->calls++;
	if (walk_list(e, &v, tree->root) == WALK_FAILED)
		return -1;
	e->calls--;
	e->base = base;
	e->nlocals = mark;
	return 0;
}

static enum walk
walk(struct exec *e, const struct value *dot, const struct node *n)
{
	e->node = n;
	switch (n->type) {
	case NODE_TEXT:
		return walk_text(e, n);
	case NODE_ACTION:
		return walk_action(e, dot, n);
	case NODE_TEMPLATE:
		return walk_template(e, dot, n);
	case NODE_IF:
	case NODE_WITH:
		return walk_if_with(e, dot, n);
	case NODE_RANGE:
		return walk_range(e, dot, n);
	case NODE_BREAK:
		return WALK_BREAK;
	default:
		return WALK_CONTINUE;
	}
}

static enum walk
walk_list(struct exec *e, const struct value *dot, const struct node *list)
{
	const struct node	*n;
	enum walk		 how = WALK_ON;

	if (exec_enter(e) == -1)
		return WALK_FAILED;
	for (n = list->list; n != NULL && how == WALK_ON; n = n->next)
		how = walk(e, dot, n);
	exec_leave(e);
	return how;
}

int
exec_run(struct exec *e)
{
	struct value	dot = { .kind = VALUE_MAP };

	e->node = e->t->main->root;
	if (local_push(e, STR("$"), &dot) == -1)
		return -1;
	return walk_list(e, &dot, e->t->main->root) == WALK_FAILED ?
	    -1 : 0;
}
