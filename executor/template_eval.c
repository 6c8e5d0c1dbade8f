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
 * What an action of a template is worth: pipelines, commands and their
 * arguments, see template_internal.h.  An error is where Go has it.
 */

#include "config.h"

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "template_internal.h"

/* What a command is given: its arguments, and what the pipe gives it. */
struct given {
	const struct node	*args;		/* without the command itself */
	unsigned		 n;
	const struct value	*final;		/* NULL: nothing */
};

static const struct given	nothing = { NULL, 0, NULL };

static int	eval_arg(struct exec *, const struct value *dot, enum param,
		    const struct node *, struct value *);

/* ---- values */

const char *
value_type(const struct value *v)
{
	static const char *const	types[] = {
		[VALUE_NONE] = "nil", [VALUE_NIL] = "<nil>",
		[VALUE_BOOL] = "bool", [VALUE_INT] = "int",
		[VALUE_BYTE] = "uint8", [VALUE_FLOAT] = "float64",
		[VALUE_STRING] = "string", [VALUE_MAP] = "map[string]string"
	};

	return types[v->kind];
}

struct value
value_string(struct exec *e, struct text *t)
{
	struct value	v = { .kind = VALUE_STRING, .secret = t->is_split };

	v.s = arena_copy(&e->arena, text_real(t));
	if (v.secret)
		v.shown = arena_copy(&e->arena, text_shown(t));
	if (t->is_full || v.s.p == NULL || (v.secret && v.shown.p == NULL)) {
		e->is_full = true;
		v.s = v.shown = STR("");
	}
	text_clear(t);
	return v;
}

struct value
variable_value(const struct variable *variable)
{
	return (struct value){ .kind = VALUE_STRING, .s = variable->value,
	    .secret = variable->secret, .shown = variable->shown };
}

const struct variable *
variable_find(const struct exec *e, struct str name)
{
	size_t	low = 0, high = e->nvariables, middle;
	int	d;

	while (low < high) {
		middle = low + (high - low) / 2;
		d = str_compare(name, e->variables[middle].name);
		if (d == 0)
			return &e->variables[middle];
		if (d < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool
value_is_true(const struct exec *e, const struct value *v)
{
	switch (v->kind) {
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_BYTE:
		return v->i != 0;
	case VALUE_FLOAT:
		return v->f != 0;
	case VALUE_STRING:
		return v->s.len != 0;
	case VALUE_MAP:
		return e->nvariables != 0;
	default:
		return false;
	}
}

static int
number_value(struct exec *e, const struct node *n, struct value *result)
{
	e->node = n;
	if (n->kind == NUMBER_TOO_BIG)
		return exec_error(e, "%.*s overflows int", (int)n->text.len,
		    n->text.p);
	if (n->kind == NUMBER_FLOAT)
		*result = (struct value){ .kind = VALUE_FLOAT,
		    .f = n->number.f };
	else
		*result = (struct value){ .kind = VALUE_INT,
		    .i = n->number.i };
	return 0;
}

/* A constant; its node is one. */
static int
constant_value(struct exec *e, const struct node *n, struct value *result)
{
	if (n->type == NODE_NUMBER)
		return number_value(e, n, result);
	if (n->type == NODE_BOOL)
		*result = (struct value){ .kind = VALUE_BOOL,
		    .i = n->is_true };
	else
		*result = (struct value){ .kind = VALUE_STRING,
		    .s = n->value };
	return 0;
}

/* An error with a node in it. */
static int
fail_node(struct exec *e, const char *what, const struct node *n)
{
	struct text	t = { 0 };
	int		result;

	node_describe(&t, n);
	result = exec_error(e, "%s%s", what, text_real(&t).p);
	text_clear(&t);
	return result;
}

/* ---- fields and variables */

/* What is no function can't be given anything. */
static int
plain_check(struct exec *e, const struct node *n, const struct given *given)
{
	if (given->n == 0 && given->final == NULL)
		return 0;
	return fail_node(e, "can't give argument to non-function ", n);
}

/* The field of *v, which becomes it. */
static int
eval_field(struct exec *e, struct str name, bool has_args, struct value *v)
{
	const struct variable	*variable;

	if (v->kind != VALUE_NONE && v->kind != VALUE_MAP)
		return exec_error(e, "can't evaluate field %.*s in type %s",
		    (int)name.len, name.p, value_type(v));
	if (v->kind == VALUE_MAP && has_args)
		return exec_error(e, "%.*s is not a method but has arguments",
		    (int)name.len, name.p);
	if (v->kind == VALUE_MAP &&
	    (variable = variable_find(e, name)) != NULL)
		*v = variable_value(variable);
	else if (v->kind == VALUE_MAP || v->s.len == 0)
		*v = (struct value){ .kind = VALUE_NONE, .s = name,
		    .from = e->node };
	return 0;
}

static int
eval_fields(struct exec *e, const struct ident *ident,
    const struct given *given, struct value *v)
{
	bool	has_args = given->n > 0 || given->final != NULL;

	for (; ident != NULL; ident = ident->next)
		if (eval_field(e, ident->name,
		    ident->next == NULL && has_args, v) == -1)
			return -1;
	return 0;
}

static int
eval_variable(struct exec *e, const struct node *n,
    const struct given *given, struct value *result)
{
	struct local	*local;

	e->node = n;
	if ((local = local_find(e, n->text)) == NULL)
		return -1;
	*result = local->value;
	if (n->idents == NULL)
		return plain_check(e, n, given);
	return eval_fields(e, n->idents, given, result);
}

static int
eval_chain(struct exec *e, const struct value *dot, const struct node *n,
    const struct given *given, struct value *result)
{
	e->node = n;
	if (n->other->type == NODE_NIL)
		return fail_node(e, "indirection through explicit nil in ", n);
	if (eval_arg(e, dot, PARAM_VALUE, n->other, result) == -1)
		return -1;
	return eval_fields(e, n->idents, given, result);
}

/* ---- functions */

/* Whether a value can be an argument of that kind. */
static int
param_check(struct exec *e, enum param param, const struct value *v)
{
	if (param != PARAM_STRING)
		return 0;
	if (v->kind == VALUE_NONE)
		return exec_undefined(e, v);
	if (v->kind != VALUE_STRING)
		return exec_error(e, "wrong type for value; expected string; "
		    "got %s", value_type(v));
	return 0;
}

static int
count_check(struct exec *e, const struct function *f,
    const struct given *given)
{
	unsigned	n = given->n + (given->final != NULL);

	if (f->is_variadic && n < f->fixed)
		return exec_error(e, "wrong number of args for %s: want at "
		    "least %u got %u", f->name, f->fixed, given->n);
	if (!f->is_variadic && n != f->fixed)
		return exec_error(e, "wrong number of args for %s: want %u "
		    "got %u", f->name, f->fixed, n);
	return 0;
}

/* and, or: the first argument that decides it, or the last one. */
static int
eval_lazy(struct exec *e, const struct value *dot, const struct function *f,
    const struct given *given, struct value *result)
{
	const struct node	*n;
	bool			 is_or = f->name[0] == 'o';

	for (n = given->args; n != NULL; n = n->next) {
		if (eval_arg(e, dot, PARAM_VALUE, n, result) == -1)
			return -1;
		if (value_is_true(e, result) == is_or)
			return 0;
	}
	if (given->final != NULL)
		*result = *given->final;
	return 0;
}

/* Keeps an argument until its function is called. */
static int
arg_push(struct exec *e, const struct value *v)
{
	struct value	*args;
	size_t		 room;

	if (e->nargs == e->args_room) {
		room = e->args_room == 0 ? 32 : e->args_room * 2;
		args = recallocarray(e->args, e->args_room, room,
		    sizeof(*args));
		if (args == NULL)
			return exec_error(e, "out of memory");
		e->args = args;
		e->args_room = room;
	}
	e->args[e->nargs++] = *v;
	return 0;
}

static int
args_push(struct exec *e, const struct value *dot, const struct function *f,
    const struct given *given)
{
	enum param		 param = f->first;
	const struct node	*n;
	struct value		 v;

	for (n = given->args; n != NULL; n = n->next, param = f->rest)
		if (eval_arg(e, dot, param, n, &v) == -1 ||
		    arg_push(e, &v) == -1)
			return -1;
	if (given->final == NULL)
		return 0;
	if (param_check(e, param, given->final) == -1)
		return -1;
	return arg_push(e, given->final);
}

static int
function_call(struct exec *e, const struct function *f, size_t base,
    const struct node *command, struct value *result)
{
	struct text		 err = { 0 };
	const struct value	*args = e->args;
	size_t			 i;
	int			 status;

	for (i = base; f->rest == PARAM_PRINTABLE && i < e->nargs; i++)
		if (e->args[i].kind == VALUE_NONE)
			return exec_undefined(e, &e->args[i]);

	args = e->nargs > base ? args + base : NULL;
	status = f->call(e, args, e->nargs - base, result, &err);
	e->nargs = base;
	if (status == -1 && err.real.len > 0) {
		e->node = command;
		exec_error(e, "error calling %s: %s", f->name, err.real.p);
	}
	text_clear(&err);
	if (status == -1)
		return -1;
	if (e->is_full) {
		e->node = command;
		return exec_full(e);
	}
	return exec_steps(e, result->s.len + result->shown.len);
}

/* An error of the function itself is at the command. */
static int
eval_function(struct exec *e, const struct value *dot, const struct node *n,
    const struct node *command, const struct given *given,
    struct value *result)
{
	const struct function	*f = n->function;
	size_t			 base = e->nargs;

	e->node = n;
	if (count_check(e, f, given) == -1)
		return -1;
	if (f->is_lazy)
		return eval_lazy(e, dot, f, given, result);
	if (args_push(e, dot, f, given) == -1)
		return -1;
	return function_call(e, f, base, command, result);
}

/* ---- arguments, commands, pipelines */

/* nil, as it is written. */
static int
eval_nil(struct exec *e, const struct node *n, enum param param,
    struct value *result)
{
	if (param == PARAM_STRING)
		return exec_error(e, "cannot assign nil to string");
	*result = (struct value){ .kind = param == PARAM_VALUE ? VALUE_NONE :
	    VALUE_NIL, .from = n };
	return 0;
}

static int
eval_arg(struct exec *e, const struct value *dot, enum param param,
    const struct node *n, struct value *result)
{
	int	status;

	e->node = n;
	switch (n->type) {
	case NODE_NIL:
		return eval_nil(e, n, param, result);
	case NODE_DOT:
		*result = *dot;
		status = 0;
		break;
	case NODE_FIELD:
		*result = *dot;
		status = eval_fields(e, n->idents, &nothing, result);
		break;
	case NODE_VARIABLE:
		status = eval_variable(e, n, &nothing, result);
		break;
	case NODE_PIPE:
		status = eval_pipeline(e, dot, n, result);
		break;
	case NODE_FUNCTION:
		status = eval_function(e, dot, n, n, &nothing, result);
		break;
	case NODE_CHAIN:
		status = eval_chain(e, dot, n, &nothing, result);
		break;
	default:
		if (param == PARAM_STRING && n->type != NODE_STRING)
			return fail_node(e, "expected string; found ", n);
		return constant_value(e, n, result);
	}
	return status == -1 ? -1 : param_check(e, param, result);
}

/* final is what the command before it gave; NULL: there was none. */
static int
eval_command(struct exec *e, const struct value *dot,
    const struct node *command, const struct value *final,
    struct value *result)
{
	const struct node	*n = command->list;
	struct given		 given = { n->next, command->count - 1,
				    final };

	switch (n->type) {
	case NODE_FIELD:
		e->node = n;
		*result = *dot;
		return eval_fields(e, n->idents, &given, result);
	case NODE_CHAIN:
		return eval_chain(e, dot, n, &given, result);
	case NODE_FUNCTION:
		return eval_function(e, dot, n, command, &given, result);
	case NODE_VARIABLE:
		return eval_variable(e, n, &given, result);
	case NODE_PIPE:
		if (plain_check(e, n, &given) == -1)
			return -1;
		return eval_pipeline(e, dot, n, result);
	}
	e->node = n;
	if (plain_check(e, n, &given) == -1)
		return -1;
	if (n->type == NODE_NIL)
		return exec_error(e, "nil is not a command");
	if (n->type != NODE_DOT)
		return constant_value(e, n, result);
	*result = *dot;
	return 0;
}

static int
eval_declarations(struct exec *e, const struct node *pipe,
    const struct value *v)
{
	const struct node	*n;
	struct local		*local;

	for (n = pipe->other; n != NULL; n = n->next) {
		if (!pipe->is_assign) {
			if (local_push(e, n->text, v) == -1)
				return -1;
			continue;
		}
		if ((local = local_find(e, n->text)) == NULL)
			return -1;
		local->value = *v;
	}
	return 0;
}

int
eval_pipeline(struct exec *e, const struct value *dot,
    const struct node *pipe, struct value *result)
{
	const struct node	*n;
	struct value		 v, final;

	e->node = pipe;
	if (exec_enter(e) == -1)
		return -1;
	for (n = pipe->list; n != NULL; n = n->next, final = v)
		if (eval_command(e, dot, n, n == pipe->list ? NULL : &final,
		    &v) == -1)
			return -1;
	exec_leave(e);
	*result = v;
	return eval_declarations(e, pipe, &v);
}
