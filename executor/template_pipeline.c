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
 * Parses what stands in an action of a template: pipelines of commands, their
 * operands, and the variables that they declare.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "template_parser.h"

static int	 operand_parse(struct parser *, struct node **);

static int
ident_add(struct parser *p, struct node *n, struct str name)
{
	struct ident	*ident, **at;

	ident = arena_alloc(&p->source->t->arena, sizeof(*ident));
	if (ident == NULL) {
		parser_fail(p, "this template needs too much memory");
		return -1;
	}
	ident->name = name;
	for (at = &n->idents; *at != NULL;)
		at = &(*at)->next;
	*at = ident;
	return 0;
}

/* The name of a field, without its point. */
static struct str
field_name(struct str s)
{
	return (struct str){ s.p + 1, s.len - 1 };
}

static struct node *
number_node(struct parser *p, const struct token *token)
{
	struct text	 t = { 0 };
	struct node	*n;

	if ((n = parser_node(p, NODE_NUMBER, token->pos)) == NULL)
		return NULL;
	n->text = token->val;
	if (number_parse(n, token->type, &t) == -1)
		return parser_fail_text(p, &t);
	return n;
}

static struct node *
string_node(struct parser *p, const struct token *token)
{
	struct node	*n;

	if ((n = parser_node(p, NODE_STRING, token->pos)) == NULL ||
	    parser_string(p, token, &n->value) == -1)
		return NULL;
	n->text = token->val;
	return n;
}

static struct node *
function_node(struct parser *p, const struct token *token)
{
	const struct function	*f;
	struct node		*n;

	if ((f = function_find(token->val)) == NULL)
		return parser_fail_name(p, "function ", token->val,
		    " not defined");
	if ((n = parser_node(p, NODE_FUNCTION, token->pos)) != NULL) {
		n->function = f;
		n->text = token->val;
	}
	return n;
}

/* A variable that is used, or declared. */
static struct node *
variable_node(struct parser *p, const struct token *token, bool is_used)
{
	struct node	*n;

	if (is_used && !parser_has(p, token->val))
		return parser_fail_name(p, "undefined variable ", token->val,
		    "");
	if ((n = parser_node(p, NODE_VARIABLE, token->pos)) != NULL)
		n->text = token->val;
	return n;
}

static struct node *
field_node(struct parser *p, const struct token *token)
{
	struct node	*n;

	if ((n = parser_node(p, NODE_FIELD, token->pos)) == NULL ||
	    ident_add(p, n, field_name(token->val)) == -1)
		return NULL;
	return n;
}

static struct node *
bool_node(struct parser *p, const struct token *token)
{
	struct node	*n;

	if ((n = parser_node(p, NODE_BOOL, token->pos)) != NULL)
		n->is_true = str_is(token->val, "true");
	return n;
}

/* What an operand begins with; *term is NULL when there is none. */
static int
term_parse(struct parser *p, struct node **term)
{
	struct token	token = parser_next_word(p);

	switch (token.type) {
	case TOKEN_IDENTIFIER:
		*term = function_node(p, &token);
		break;
	case TOKEN_DOT:
		*term = parser_node(p, NODE_DOT, token.pos);
		break;
	case TOKEN_NIL:
		*term = parser_node(p, NODE_NIL, token.pos);
		break;
	case TOKEN_VARIABLE:
		*term = variable_node(p, &token, true);
		break;
	case TOKEN_FIELD:
		*term = field_node(p, &token);
		break;
	case TOKEN_BOOL:
		*term = bool_node(p, &token);
		break;
	case TOKEN_CHAR_CONSTANT:
	case TOKEN_COMPLEX:
	case TOKEN_NUMBER:
		*term = number_node(p, &token);
		break;
	case TOKEN_LEFT_PAREN:
		*term = pipeline_parse(p, "parenthesized pipeline",
		    TOKEN_RIGHT_PAREN);
		break;
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		*term = string_node(p, &token);
		break;
	default:
		parser_backup(p);
		*term = NULL;
		return 0;
	}
	return *term == NULL ? -1 : 0;
}

/* The fields behind a term, .A.B; n takes them. */
static int
fields_parse(struct parser *p, struct node *n)
{
	struct ident	 head = { 0 }, *last = &head, *ident;
	struct token	 token;

	while ((token = parser_peek(p)).type == TOKEN_FIELD) {
		parser_next(p);
		ident = arena_alloc(&p->source->t->arena, sizeof(*ident));
		if (ident == NULL) {
			parser_fail(p, "this template needs too much memory");
			return -1;
		}
		ident->name = field_name(token.val);
		last = last->next = ident;
	}
	if (n->idents == NULL)
		n->idents = head.next;
	else
		n->idents->next = head.next;
	return 0;
}

/* A term and its fields. */
static int
operand_parse(struct parser *p, struct node **operand)
{
	struct text	 t = { 0 };
	struct node	*n, *chain;
	size_t		 pos;

	if (term_parse(p, operand) == -1)
		return -1;
	if ((n = *operand) == NULL || parser_peek(p).type != TOKEN_FIELD)
		return 0;
	pos = parser_peek(p).pos;
	switch (n->type) {
	case NODE_FIELD:
	case NODE_VARIABLE:
		if (fields_parse(p, n) == -1)
			return -1;
		n->pos = (unsigned)pos;
		return 0;
	case NODE_BOOL:
	case NODE_STRING:
	case NODE_NUMBER:
	case NODE_NIL:
	case NODE_DOT:
		/* They are taken first, as Go does: it says where. */
		if ((chain = parser_node(p, NODE_CHAIN, pos)) == NULL ||
		    fields_parse(p, chain) == -1)
			return -1;
		node_describe(&t, n);
		parser_fail_name(p, "unexpected . after term ", text_real(&t),
		    "");
		text_clear(&t);
		return -1;
	default:
		if ((chain = parser_node(p, NODE_CHAIN, pos)) == NULL ||
		    fields_parse(p, chain) == -1)
			return -1;
		chain->other = n;
		*operand = chain;
		return 0;
	}
}

/* Operands up to a | , which it takes, or the end, which it leaves. */
static struct node *
command_parse(struct parser *p)
{
	struct node	*command, *operand;
	struct token	 token;

	command = parser_node(p, NODE_COMMAND, parser_peek_word(p).pos);
	if (command == NULL)
		return NULL;
	do {
		parser_peek_word(p);
		if (operand_parse(p, &operand) == -1)
			return NULL;
		if (operand != NULL)
			node_add(command, operand);
		token = parser_next(p);
	} while (token.type == TOKEN_SPACE);
	if (token.type == TOKEN_RIGHT_DELIM || token.type == TOKEN_RIGHT_PAREN)
		parser_backup(p);
	else if (token.type != TOKEN_PIPE)
		return parser_unexpected(p, &token, "operand");
	if (command->list == NULL)
		return parser_fail(p, "empty command");
	return command;
}

static int
declaration_add(struct parser *p, struct node *pipe,
    const struct token *variable)
{
	struct node	*n, **at;

	parser_next_word(p);
	if ((n = variable_node(p, variable, false)) == NULL)
		return -1;
	for (at = &pipe->other; *at != NULL;)
		at = &(*at)->next;
	*at = n;
	pipe->count++;
	return parser_declare(p, variable->val);
}

/*
 * A variable and a comma: in a range, another may follow.  1: it may; 0 is
 * not returned.
 */
static int
declaration_more(struct parser *p, const struct node *pipe,
    const char *context)
{
	struct text	t = { 0 };

	if (strcmp(context, "range") == 0 && pipe->count < 2) {
		switch (parser_peek_word(p).type) {
		case TOKEN_VARIABLE:
		case TOKEN_RIGHT_DELIM:
		case TOKEN_RIGHT_PAREN:
			return 1;
		default:
			parser_fail(p, "range can only initialize variables");
			return -1;
		}
	}
	text_add_str(&t, "too many declarations in ");
	text_add_str(&t, context);
	parser_fail_text(p, &t);
	return -1;
}

/*
 * The variable that a pipeline may begin with.  1: look for another; 0: there
 * is no more.
 */
static int
declaration_parse(struct parser *p, struct node *pipe, const char *context)
{
	struct token	variable = parser_peek_word(p), after, word;

	if (variable.type != TOKEN_VARIABLE)
		return 0;
	parser_next(p);
	after = parser_peek(p);
	word = parser_peek_word(p);
	if (word.type == TOKEN_ASSIGN || word.type == TOKEN_DECLARE) {
		pipe->is_assign = word.type == TOKEN_ASSIGN;
		return declaration_add(p, pipe, &variable);
	}
	if (word.type == TOKEN_CHAR && str_is(word.val, ",")) {
		if (declaration_add(p, pipe, &variable) == -1)
			return -1;
		return declaration_more(p, pipe, context);
	}
	/* It is an operand: all goes back. */
	if (after.type == TOKEN_SPACE) {
		p->token[1] = after;
		p->token[2] = variable;
		p->peeks = 3;
	} else {
		p->token[1] = variable;
		p->peeks = 2;
	}
	return 0;
}

static bool
is_operand(enum token_type type)
{
	switch (type) {
	case TOKEN_BOOL:
	case TOKEN_CHAR_CONSTANT:
	case TOKEN_COMPLEX:
	case TOKEN_DOT:
	case TOKEN_FIELD:
	case TOKEN_IDENTIFIER:
	case TOKEN_NUMBER:
	case TOKEN_NIL:
	case TOKEN_RAW_STRING:
	case TOKEN_STRING:
	case TOKEN_VARIABLE:
	case TOKEN_LEFT_PAREN:
		return true;
	default:
		return false;
	}
}

/* Only the first command may be a plain value. */
static struct node *
pipeline_check(struct parser *p, struct node *pipe, const char *context)
{
	struct node	*command;
	char		 buf[64];
	unsigned	 stage = 2;

	if (pipe->list == NULL) {
		snprintf(buf, sizeof(buf), "missing value for %s", context);
		return parser_fail(p, buf);
	}
	for (command = pipe->list->next; command != NULL;
	    command = command->next, stage++) {
		switch (command->list->type) {
		case NODE_BOOL:
		case NODE_DOT:
		case NODE_NIL:
		case NODE_NUMBER:
		case NODE_STRING:
			snprintf(buf, sizeof(buf), "non executable command in "
			    "pipeline stage %u", stage);
			return parser_fail(p, buf);
		}
	}
	return pipe;
}

struct node *
pipeline_parse(struct parser *p, const char *context, enum token_type end)
{
	struct node	*pipe, *command;
	struct token	 token;
	int		 more;

	if (!parser_enter(p) || (pipe = parser_node(p, NODE_PIPE,
	    parser_peek_word(p).pos)) == NULL)
		return NULL;
	while ((more = declaration_parse(p, pipe, context)) == 1)
		continue;
	if (more == -1)
		return NULL;
	while ((token = parser_next_word(p)).type != end) {
		if (!is_operand(token.type))
			return parser_unexpected(p, &token, context);
		parser_backup(p);
		if ((command = command_parse(p)) == NULL)
			return NULL;
		/* count is that of the variables */
		node_add(pipe, command);
		pipe->count--;
	}
	parser_leave(p);
	return pipeline_check(p, pipe, context);
}
