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
 * What the parser of templates leaves: named trees, and nodes as messages
 * name them.
 */

#include "config.h"

#include <stdlib.h>

#include "template_internal.h"

RB_GENERATE(tree_set, tree, entry, tree_compare)

int
tree_compare(const struct tree *a, const struct tree *b)
{
	return str_compare(a->name, b->name);
}

struct tree *
tree_find(const struct template *t, struct str name)
{
	struct tree	key = { .name = name };

	/* Finding changes nothing. */
	return RB_FIND(tree_set, (struct tree_set *)(uintptr_t)&t->trees,
	    &key);
}

static void	describe_part(struct text *, const struct node *);

static void
describe_all(struct text *t, const struct node *n, const char *between)
{
	const char	*before = "";

	for (; n != NULL; n = n->next, before = between) {
		text_add_str(t, before);
		describe_part(t, n);
	}
}

static void
describe_idents(struct text *t, const struct ident *ident)
{
	for (; ident != NULL; ident = ident->next) {
		text_add_str(t, ".");
		text_add(t, ident->name.p, ident->name.len);
	}
}

static void
describe_pipe(struct text *t, const struct node *n)
{
	if (n->other != NULL) {
		describe_all(t, n->other, ", ");
		text_add_str(t, " := ");
	}
	describe_all(t, n->list, " | ");
}

/* As part of something larger. */
static void
describe_part(struct text *t, const struct node *n)
{
	bool	is_pipe = n->type == NODE_PIPE;

	text_add_str(t, is_pipe ? "(" : "");
	node_describe(t, n);
	text_add_str(t, is_pipe ? ")" : "");
}

void
node_describe(struct text *t, const struct node *n)
{
	switch (n->type) {
	case NODE_BOOL:
		text_add_str(t, n->is_true ? "true" : "false");
		break;
	case NODE_DOT:
		text_add_str(t, ".");
		break;
	case NODE_NIL:
		text_add_str(t, "nil");
		break;
	case NODE_ELSE:
		text_add_str(t, "{{else}}");
		break;
	case NODE_END:
		text_add_str(t, "{{end}}");
		break;
	case NODE_COMMAND:
		describe_all(t, n->list, " ");
		break;
	case NODE_PIPE:
		describe_pipe(t, n);
		break;
	case NODE_CHAIN:
		describe_part(t, n->other);
		describe_idents(t, n->idents);
		break;
	default:
		text_add(t, n->text.p, n->text.len);
		describe_idents(t, n->idents);
	}
}
