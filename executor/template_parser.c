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
 * The hands of the template parser: tokens that can be taken back, errors
 * with their place, nodes, and the variables that are declared.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template_parser.h"

/* ---- tokens: up to three can be taken back */

struct token
parser_next(struct parser *p)
{
	if (p->peeks > 0)
		p->peeks--;
	else
		p->token[0] = lex_token(&p->source->lexer);
	return p->token[p->peeks];
}

void
parser_backup(struct parser *p)
{
	p->peeks++;
}

struct token
parser_peek(struct parser *p)
{
	struct token	token = parser_next(p);

	parser_backup(p);
	return token;
}

struct token
parser_next_word(struct parser *p)
{
	struct token	token;

	while ((token = parser_next(p)).type == TOKEN_SPACE)
		continue;
	return token;
}

struct token
parser_peek_word(struct parser *p)
{
	struct token	token = parser_next_word(p);

	parser_backup(p);
	return token;
}

/* ---- errors: all of them return NULL, so that a caller can return it */

void *
parser_fail(struct parser *p, const char *what)
{
	error_at(p->source->err, p->source->t->text, p->token[0].pos, "%s",
	    what);
	return NULL;
}

void *
parser_fail_text(struct parser *p, struct text *t)
{
	parser_fail(p, text_real(t).p);
	text_clear(t);
	return NULL;
}

/* before, the name in quotes, after */
void *
parser_fail_name(struct parser *p, const char *before, struct str name,
    const char *after)
{
	struct text	t = { 0 };

	text_add_str(&t, before);
	quote_string(&t, name, false);
	text_add_str(&t, after);
	return parser_fail_text(p, &t);
}

void *
parser_fail_node(struct parser *p, const char *before, const struct node *n,
    const char *in)
{
	struct text	t = { 0 };

	text_add_str(&t, before);
	node_describe(&t, n);
	if (in != NULL) {
		text_add_str(&t, " in ");
		text_add_str(&t, in);
	}
	return parser_fail_text(p, &t);
}

/* An action that began on another line says where. */
static void
action_describe(struct parser *p, struct text *t, const struct token *token)
{
	struct template_error	from, to;
	struct str		text = p->source->t->text;
	const char		*is = "action";
	char			 buf[64];

	if (!p->is_in_action)
		return;
	error_at(&from, text, p->action, "%s", "");
	error_at(&to, text, token->pos, "%s", "");
	if (from.line == to.line)
		return;
	if (token->val.len >= strlen(is) && memcmp(token->val.p +
	    token->val.len - strlen(is), is, strlen(is)) == 0)
		is = "";
	else
		is = " in action";
	snprintf(buf, sizeof(buf), "%s started at %u:%u", is, from.line,
	    from.column);
	text_add_str(t, buf);
}

void *
parser_unexpected(struct parser *p, const struct token *token,
    const char *context)
{
	struct text	t = { 0 };

	if (token->type == TOKEN_ERROR) {
		token_describe(&t, token);
		action_describe(p, &t, token);
	} else {
		text_add_str(&t, "unexpected ");
		token_describe(&t, token);
		text_add_str(&t, " in ");
		text_add_str(&t, context);
	}
	return parser_fail_text(p, &t);
}

/* False with an error: the next word is another. */
bool
parser_expect(struct parser *p, enum token_type type, const char *context)
{
	struct token	token = parser_next_word(p);

	if (token.type == type)
		return true;
	parser_unexpected(p, &token, context);
	return false;
}

/* ---- what nodes are made of */

struct node *
parser_node(struct parser *p, enum node_type type, size_t pos)
{
	struct node	*n;

	if ((n = arena_alloc(&p->source->t->arena, sizeof(*n))) == NULL)
		return parser_fail(p, "this template needs too much memory");
	n->type = (uint8_t)type;
	n->pos = (unsigned)pos;
	return n;
}

void
node_add(struct node *list, struct node *n)
{
	if (list->last != NULL)
		list->last->next = n;
	else
		list->list = n;
	list->last = n;
	list->count++;
}

/* The value of a string that is quoted in the text. */
int
parser_string(struct parser *p, const struct token *token, struct str *value)
{
	if (unquote_string(&p->source->t->arena, token->val, value) == 0)
		return 0;
	parser_fail(p, "invalid syntax");
	return -1;
}

int
parser_declare(struct parser *p, struct str name)
{
	struct source	*s = p->source;
	struct str	*v;
	size_t		 room;

	if (s->nvariables - p->base >= TEMPLATE_VARIABLES_MAX) {
		parser_fail(p, "too many variables");
		return -1;
	}
	if (s->nvariables == s->room) {
		room = s->room == 0 ? 16 : s->room * 2;
		v = reallocarray(s->variables, room, sizeof(*v));
		if (v == NULL) {
			parser_fail(p, "out of memory");
			return -1;
		}
		s->variables = v;
		s->room = room;
	}
	s->variables[s->nvariables++] = name;
	return 0;
}

bool
parser_has(const struct parser *p, struct str name)
{
	size_t	i;

	for (i = p->base; i < p->source->nvariables; i++)
		if (str_equals(p->source->variables[i], name))
			return true;
	return false;
}

/* False with an error: this is nested too deep. */
bool
parser_enter(struct parser *p)
{
	if (p->source->depth++ < TEMPLATE_NESTING_MAX)
		return true;
	parser_fail(p, "nested too deep");
	return false;
}

void
parser_leave(struct parser *p)
{
	p->source->depth--;
}
