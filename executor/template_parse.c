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
 * The parser of templates: from tokens to a tree of nodes for each template
 * that the text defines, as Go's text/template/parse does it, so that the
 * same texts are errors.  It runs nothing.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "template_parser.h"

static int	 list_parse(struct parser *, struct node **list,
		    struct node **end);
static struct node *block_parse(struct parser *, enum token_type);

/* Is there nothing but space in it? */
static bool
is_blank(struct str s)
{
	int32_t	r;
	size_t	len;

	for (; s.len != 0; s.p += len, s.len -= len) {
		r = rune_decode(s, &len);
		if (!((r >= '\t' && r <= '\r') || r == ' ' || r == 0x85 ||
		    r == 0xa0 || r == 0x1680 || (r >= 0x2000 && r <= 0x200a) ||
		    r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f ||
		    r == 0x3000))
			return false;
	}
	return true;
}

static bool
is_empty(const struct node *root)
{
	const struct node	*n;

	for (n = root->list; n != NULL; n = n->next)
		if (n->type != NODE_TEXT || !is_blank(n->value))
			return false;
	return true;
}

/* One that is empty gives way to another of its name. */
static int
tree_add(struct parser *p, struct str name, struct node *root)
{
	struct template	*t = p->source->t;
	struct tree	*tree;
	bool		 empty = is_empty(root);

	if ((tree = tree_find(t, name)) == NULL) {
		if ((tree = arena_alloc(&t->arena, sizeof(*tree))) == NULL) {
			parser_fail(p, "this template needs too much memory");
			return -1;
		}
		tree->name = name;
		RB_INSERT(tree_set, &t->trees, tree);
	} else if (!tree->is_empty) {
		if (empty)
			return 0;
		parser_fail_name(p, "multiple definition of template ", name,
		    "");
		return -1;
	}
	tree->root = root;
	tree->is_empty = empty;
	return 0;
}

static int
parser_begin(struct parser *p, struct source *s)
{
	memset(p, 0, sizeof(*p));
	p->source = s;
	p->base = s->nvariables;
	return parser_declare(p, STR("$"));
}

static void
parser_end(struct parser *p)
{
	p->source->nvariables = p->base;
}

/*
 * Nodes up to the end of a template of its own, which is then known; outer is
 * where an else in it is an error.
 */
static int
definition_parse(struct parser *p, struct parser *outer, struct str name,
    const char *context)
{
	struct node	*list, *end;

	if (list_parse(p, &list, &end) == -1)
		return -1;
	if (end->type != NODE_END) {
		parser_fail_node(outer, "unexpected ", end, context);
		return -1;
	}
	if (tree_add(p, name, list) == -1)
		return -1;
	parser_end(p);
	return 0;
}

/* {{define "name"}}; its keyword has been read. */
static int
define_parse(struct source *s)
{
	static const char	 context[] = "define clause";
	struct parser		 p;
	struct token		 token;
	struct str		 name;

	if (parser_begin(&p, s) == -1)
		return -1;
	token = parser_next_word(&p);
	if (token.type != TOKEN_STRING && token.type != TOKEN_RAW_STRING) {
		parser_unexpected(&p, &token, context);
		return -1;
	}
	if (parser_string(&p, &token, &name) == -1 ||
	    !parser_expect(&p, TOKEN_RIGHT_DELIM, context))
		return -1;
	return definition_parse(&p, &p, name, context);
}

/* {{template "name" pipeline}} and {{block "name" pipeline}} */
static struct node *
call_parse(struct parser *p, bool is_block)
{
	const char	*context = is_block ? "block clause" :
			    "template clause";
	struct token	 token = parser_next_word(p);
	struct parser	 block;
	struct node	*n;

	if (token.type != TOKEN_STRING && token.type != TOKEN_RAW_STRING)
		return parser_unexpected(p, &token, context);
	if ((n = parser_node(p, NODE_TEMPLATE, token.pos)) == NULL ||
	    parser_string(p, &token, &n->value) == -1)
		return NULL;
	if (!is_block && parser_next_word(p).type == TOKEN_RIGHT_DELIM)
		return n;
	if (!is_block)
		parser_backup(p);
	n->pipe = pipeline_parse(p, context, TOKEN_RIGHT_DELIM);
	if (n->pipe == NULL || !is_block)
		return n->pipe == NULL ? NULL : n;
	if (!parser_enter(p) || parser_begin(&block, p->source) == -1 ||
	    definition_parse(&block, p, n->value, context) == -1)
		return NULL;
	parser_leave(p);
	return n;
}

/* {{break}} and {{continue}} */
static struct node *
jump_parse(struct parser *p, const struct token *token)
{
	bool	is_break = token->type == TOKEN_BREAK;

	if (!parser_expect(p, TOKEN_RIGHT_DELIM, is_break ? "{{break}}" :
	    "{{continue}}"))
		return NULL;
	if (p->ranges == 0)
		return parser_fail(p, is_break ? "{{break}} outside {{range}}" :
		    "{{continue}} outside {{range}}");
	return parser_node(p, is_break ? NODE_BREAK : NODE_CONTINUE,
	    token->pos);
}

/* {{else}}; an if behind it is left for the block that it belongs to. */
static struct node *
else_parse(struct parser *p)
{
	struct token	token = parser_peek_word(p);

	if (token.type != TOKEN_IF &&
	    !parser_expect(p, TOKEN_RIGHT_DELIM, "else"))
		return NULL;
	return parser_node(p, NODE_ELSE, token.pos);
}

/* What stands behind an else, up to the end. */
static int
block_parse_else(struct parser *p, struct node *n)
{
	struct node	*end, *nested;

	if (n->type == NODE_IF && parser_peek(p).type == TOKEN_IF) {
		parser_next(p);
		/* {{else if}} is {{else}}{{if}}, and they share their end. */
		if ((n->other = parser_node(p, NODE_LIST, n->pos)) == NULL ||
		    (nested = block_parse(p, TOKEN_IF)) == NULL)
			return -1;
		node_add(n->other, nested);
		return 0;
	}
	if (list_parse(p, &n->other, &end) == -1)
		return -1;
	if (end->type != NODE_END) {
		parser_fail_node(p, "expected end; found ", end, NULL);
		return -1;
	}
	return 0;
}

/* if, range, with */
static struct node *
block_parse(struct parser *p, enum token_type type)
{
	static const struct {
		enum node_type	 type;
		const char	*context;
	} kinds[] = {
		[TOKEN_IF] = { NODE_IF, "if" },
		[TOKEN_RANGE] = { NODE_RANGE, "range" },
		[TOKEN_WITH] = { NODE_WITH, "with" }
	};
	size_t		 mark = p->source->nvariables;
	struct node	*n, *end;

	if (!parser_enter(p) ||
	    (n = parser_node(p, kinds[type].type, 0)) == NULL ||
	    (n->pipe = pipeline_parse(p, kinds[type].context,
	    TOKEN_RIGHT_DELIM)) == NULL)
		return NULL;
	n->pos = n->pipe->pos;
	p->ranges += type == TOKEN_RANGE;
	if (list_parse(p, &n->list, &end) == -1)
		return NULL;
	p->ranges -= type == TOKEN_RANGE;
	if (end->type == NODE_ELSE && block_parse_else(p, n) == -1)
		return NULL;
	p->source->nvariables = mark;
	parser_leave(p);
	return n;
}

/* What stands between delimiters; the first has been read. */
static struct node *
action_parse(struct parser *p)
{
	struct token	 token = parser_next_word(p);
	struct node	*n;

	switch (token.type) {
	case TOKEN_BLOCK:
		return call_parse(p, true);
	case TOKEN_TEMPLATE:
		return call_parse(p, false);
	case TOKEN_BREAK:
	case TOKEN_CONTINUE:
		return jump_parse(p, &token);
	case TOKEN_ELSE:
		return else_parse(p);
	case TOKEN_END:
		if (!parser_expect(p, TOKEN_RIGHT_DELIM, "end"))
			return NULL;
		return parser_node(p, NODE_END, token.pos);
	case TOKEN_IF:
	case TOKEN_RANGE:
	case TOKEN_WITH:
		return block_parse(p, token.type);
	default:
		parser_backup(p);
		if ((n = parser_node(p, NODE_ACTION, token.pos)) == NULL ||
		    (n->pipe = pipeline_parse(p, "command",
		    TOKEN_RIGHT_DELIM)) == NULL)
			return NULL;
		return n;
	}
}

static struct node *
text_or_action(struct parser *p)
{
	struct token	 token = parser_next_word(p);
	struct node	*n;

	if (token.type == TOKEN_TEXT) {
		if ((n = parser_node(p, NODE_TEXT, token.pos)) != NULL)
			n->value = token.val;
		return n;
	}
	if (token.type != TOKEN_LEFT_DELIM)
		return parser_unexpected(p, &token, "input");
	p->action = token.pos;
	p->is_in_action = true;
	n = action_parse(p);
	p->is_in_action = false;
	return n;
}

/* Nodes up to an end or else, which is given apart. */
static int
list_parse(struct parser *p, struct node **list, struct node **end)
{
	struct node	*n;

	*list = parser_node(p, NODE_LIST, parser_peek_word(p).pos);
	if (*list == NULL)
		return -1;
	while (parser_peek_word(p).type != TOKEN_EOF) {
		if ((n = text_or_action(p)) == NULL)
			return -1;
		if (n->type == NODE_END || n->type == NODE_ELSE) {
			*end = n;
			return 0;
		}
		node_add(*list, n);
	}
	parser_fail(p, "unexpected EOF");
	return -1;
}

/* All of the text; definitions can stand here and nowhere else. */
static int
main_parse(struct parser *p, struct node *root)
{
	struct token	 delim;
	struct node	*n;

	while (parser_peek(p).type != TOKEN_EOF) {
		if (parser_peek(p).type == TOKEN_LEFT_DELIM) {
			delim = parser_next(p);
			if (parser_next_word(p).type == TOKEN_DEFINE) {
				if (define_parse(p->source) == -1)
					return -1;
				continue;
			}
			p->token[1] = delim;
			p->peeks = 2;
		}
		if ((n = text_or_action(p)) == NULL)
			return -1;
		if (n->type == NODE_END || n->type == NODE_ELSE) {
			parser_fail_node(p, "unexpected ", n, NULL);
			return -1;
		}
		node_add(root, n);
	}
	return 0;
}

int
template_parse_trees(struct template *t, struct str name,
    struct template_error *err)
{
	struct source	 s = { .t = t, .err = err };
	struct parser	 p;
	struct node	*root;
	int		 result = -1;

	lex_begin(&s.lexer, t->text);
	if (parser_begin(&p, &s) == 0 &&
	    (root = parser_node(&p, NODE_LIST, 0)) != NULL &&
	    main_parse(&p, root) == 0 && tree_add(&p, name, root) == 0) {
		t->main = tree_find(t, name);
		result = 0;
	}
	free(s.variables);
	return result;
}
