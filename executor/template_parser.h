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
 * What the files of the template parser share: the state of the parser, and
 * in template_parser.c what all of it does with tokens, errors and nodes.
 */

#ifndef EXECUTOR_TEMPLATE_PARSER_H
#define EXECUTOR_TEMPLATE_PARSER_H

#include "template_internal.h"

/* What the parsers of all templates of a text share. */
struct source {
	struct template		*t;
	struct template_error	*err;
	struct lexer		 lexer;
	struct str		*variables;	/* a stack */
	size_t			 nvariables, room;
	unsigned		 depth;
};

/* The parser of one template. */
struct parser {
	struct source	*source;
	struct token	 token[3];	/* what was read or taken back */
	int		 peeks;
	size_t		 base;		/* of its variables */
	size_t		 action;	/* where it began */
	bool		 is_in_action;
	unsigned	 ranges;	/* around this place */
};

/* Tokens, of which up to three can be taken back; a word is no space. */
struct token	 parser_next(struct parser *);
struct token	 parser_peek(struct parser *);
struct token	 parser_next_word(struct parser *);
struct token	 parser_peek_word(struct parser *);
void		 parser_backup(struct parser *);

/* Errors: NULL, so that a caller can return it. */
void	*parser_fail(struct parser *, const char *);
/* Clears the text. */
void	*parser_fail_text(struct parser *, struct text *);
/* What is before the name, which is quoted, and behind it. */
void	*parser_fail_name(struct parser *, const char *, struct str name,
	    const char *);
/* What is before the node, and in what it is (or NULL). */
void	*parser_fail_node(struct parser *, const char *, const struct node *,
	    const char *);
void	*parser_unexpected(struct parser *, const struct token *,
	    const char *context);
/* False with an error: the next word is another. */
bool	 parser_expect(struct parser *, enum token_type, const char *context);

/* NULL with an error. */
struct node *parser_node(struct parser *, enum node_type, size_t pos);
void	 node_add(struct node *list, struct node *);
/* The value of a quoted string; -1 with an error. */
int	 parser_string(struct parser *, const struct token *, struct str *);

/* Variables that are declared at this place; -1 with an error. */
int	 parser_declare(struct parser *, struct str name);
bool	 parser_has(const struct parser *, struct str name);

/* False with an error: this is nested too deep. */
bool	 parser_enter(struct parser *);
void	 parser_leave(struct parser *);

/* ---- template_pipeline.c: up to that token, which it takes */
struct node	*pipeline_parse(struct parser *, const char *context,
		    enum token_type end);

#endif
