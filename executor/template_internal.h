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
 * What the files of templates share: tokens become nodes (template_lex.c,
 * template_parse.c), nodes are walked (template_exec.c), which calls functions
 * (template_funcs.c) with values and makes texts (template_text.c).  No other
 * file includes it.
 */

#ifndef EXECUTOR_TEMPLATE_INTERNAL_H
#define EXECUTOR_TEMPLATE_INTERNAL_H

#include <sys/tree.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "template.h"

#define FORMAT(f, a)	__attribute__((__format__(__printf__, f, a)))

/* Memory that a template, or rendering it, takes at most. */
#define TEMPLATE_TREE_MAX	(64 * 1024 * 1024)
#define TEMPLATE_VALUES_MAX	(16 * 1024 * 1024)
/* What rendering does at most: a step each node and each few bytes. */
#define TEMPLATE_STEPS_MAX	2000000
#define TEMPLATE_STEP_BYTES	32
/* Calls of C that rendering nests at most. */
#define TEMPLATE_DEPTH_MAX	4000

/* Bytes with a length; no NUL ends them. */
struct str {
	const char	*p;
	size_t		 len;
};

#define STR(literal)	((struct str){ "" literal, sizeof(literal) - 1 })

/* ---- template_text.c: memory and texts */

/* Memory that is freed, and wiped, at once. */
struct arena {
	struct chunk	*chunks;
	size_t		 taken, max;
};

/* Zeroed; NULL when there is none or max is reached. */
void	*arena_alloc(struct arena *, size_t);
/* Fails as arena_alloc() does; then p is NULL. */
struct str arena_copy(struct arena *, struct str);
void	 arena_free(struct arena *);

/*
 * A text that grows, and beside it what can be shown of it, from where a
 * secret went in.  It keeps in mind that something did not fit.
 */
struct buffer {
	char	*p;
	size_t	 len, room;
};

struct text {
	struct buffer	 real, shown;
	bool		 is_split;	/* shown is not the same as real */
	bool		 is_full;	/* of TEMPLATE_OUTPUT_MAX, or memory */
};

void	 text_add(struct text *, const char *, size_t);
void	 text_add_str(struct text *, const char *);
void	 text_add_rune(struct text *, int32_t);
void	 text_fill(struct text *, char, size_t);
/* As shown as the second says; where lines differ, as *** and its lines. */
void	 text_add_both(struct text *, struct str real, struct str shown);
/* Something that was made of a secret: *** and its lines are shown. */
void	 text_add_secret(struct text *, struct str real);
struct str text_real(const struct text *);
struct str text_shown(const struct text *);
void	 text_clear(struct text *);

bool	 str_equals(struct str, struct str);
bool	 str_is(struct str, const char *);
int	 str_compare(struct str, struct str);

/* ---- template_quote.c: characters and quoted strings */

#define RUNE_ERROR	0xfffd
#define RUNE_MAX	0x10ffff

/* One character and its length; RUNE_ERROR and 1 for what is not UTF-8. */
int32_t	 rune_decode(struct str, size_t *len);
/* Writes up to four bytes; RUNE_ERROR for what is no character. */
size_t	 rune_encode(int32_t, char *);
size_t	 rune_count(struct str);
bool	 rune_is_valid(int32_t);
/* In template_unicode.c: letters and digits; what is printable. */
bool	 rune_is_word(int32_t);
bool	 rune_is_print(int32_t);
/* U+0041 'A' */
void	 rune_describe(struct text *, int32_t);

void	 quote_string(struct text *, struct str, bool ascii);
void	 quote_rune(struct text *, int32_t, bool ascii);
bool	 quote_can_raw(struct str);
/* The value of a quoted string, in the arena; -1: it is malformed. */
int	 unquote_string(struct arena *, struct str, struct str *);
/* The value of a character constant without its first quote. */
int	 unquote_rune(struct str, int32_t *, const char **end);

/* ---- template_lex.c */

enum token_type {
	TOKEN_ERROR, TOKEN_BOOL, TOKEN_CHAR, TOKEN_CHAR_CONSTANT,
	TOKEN_COMPLEX, TOKEN_ASSIGN, TOKEN_DECLARE, TOKEN_EOF, TOKEN_FIELD,
	TOKEN_IDENTIFIER, TOKEN_LEFT_DELIM, TOKEN_LEFT_PAREN, TOKEN_NUMBER,
	TOKEN_PIPE, TOKEN_RAW_STRING, TOKEN_RIGHT_DELIM, TOKEN_RIGHT_PAREN,
	TOKEN_SPACE, TOKEN_STRING, TOKEN_TEXT, TOKEN_VARIABLE,
	TOKEN_KEYWORDS,		/* those after it are keywords */
	TOKEN_BLOCK, TOKEN_BREAK, TOKEN_CONTINUE, TOKEN_DOT, TOKEN_DEFINE,
	TOKEN_ELSE, TOKEN_END, TOKEN_IF, TOKEN_NIL, TOKEN_RANGE,
	TOKEN_TEMPLATE, TOKEN_WITH
};

struct token {
	enum token_type	 type;
	size_t		 pos;		/* where it begins in the text */
	struct str	 val;		/* of TOKEN_ERROR: what is wrong */
};

struct lexer {
	struct str	 in;
	size_t		 pos, start, width;
	int		 parens;
	enum {
		LEX_TEXT, LEX_LEFT, LEX_ACTION, LEX_RIGHT, LEX_DONE
	}		 state;
	struct token	 queue[2];
	unsigned	 nqueue, first;
	char		 error[128];
};

void		 lex_begin(struct lexer *, struct str);
/* After TOKEN_EOF and TOKEN_ERROR there are only empty errors. */
struct token	 lex_token(struct lexer *);
/* How a message names it. */
void		 token_describe(struct text *, const struct token *);

/* ---- nodes */

enum node_type {
	NODE_TEXT, NODE_ACTION, NODE_BOOL, NODE_CHAIN, NODE_COMMAND, NODE_DOT,
	NODE_ELSE, NODE_END, NODE_FIELD, NODE_FUNCTION, NODE_IF, NODE_LIST,
	NODE_NIL, NODE_NUMBER, NODE_PIPE, NODE_RANGE, NODE_STRING,
	NODE_TEMPLATE, NODE_VARIABLE, NODE_WITH, NODE_BREAK, NODE_CONTINUE
};

struct ident {
	struct ident	*next;
	struct str	 name;
};

enum number_kind {
	NUMBER_INT, NUMBER_FLOAT, NUMBER_TOO_BIG	/* for an int */
};

struct node {
	struct node	*next;		/* in a list, of arguments, commands */
	struct node	*list, *last;	/* what is in it: nodes of a list or of
					   a body, commands, arguments */
	struct node	*other;		/* of a block, its else; of a chain,
					   its term; of a pipe, its variables */
	struct node	*pipe;
	struct ident	*idents;	/* fields, the first one first */
	struct str	 text;		/* as it was written */
	struct str	 value;		/* string; name of a template */
	const struct function *function;
	union {
		int64_t	 i;
		double	 f;
	}		 number;
	unsigned	 pos;
	unsigned	 count;		/* of arguments, variables */
	uint8_t		 type, kind;
	bool		 is_assign, is_true;
};

/* A named template: the whole, those defined and blocks. */
struct tree {
	RB_ENTRY(tree)	 entry;
	struct str	 name;
	struct node	*root;
	bool		 is_empty;
};

RB_HEAD(tree_set, tree);
RB_PROTOTYPE(tree_set, tree, entry, tree_compare)

struct template {
	struct str	 text;
	struct arena	 arena;
	struct tree_set	 trees;
	struct tree	*main;
};

int	 tree_compare(const struct tree *, const struct tree *);
struct tree *tree_find(const struct template *, struct str name);
/* How a message names it: as it could be written. */
void	 node_describe(struct text *, const struct node *);
/* Parses text into trees. */
int	 template_parse_trees(struct template *, struct str name,
	    struct template_error *);
/* Returns -1, so that a caller can return it. */
int	 error_at(struct template_error *, struct str text, size_t pos,
	    const char *fmt, ...) FORMAT(4, 5);
/* The text of a constant becomes the node's number; -1: err says why not. */
int	 number_parse(struct node *, enum token_type, struct text *err);

/* ---- values */

enum value_kind {
	VALUE_NONE,		/* there is none: name says what is missing */
	VALUE_NIL,		/* nil, as it is written */
	VALUE_BOOL, VALUE_INT, VALUE_BYTE, VALUE_FLOAT, VALUE_STRING,
	VALUE_MAP		/* all variables */
};

struct value {
	enum value_kind	 kind;
	bool		 secret;	/* made of secrets; shown is shown */
	int64_t		 i;		/* bool, int, byte */
	double		 f;
	struct str	 s;		/* string; name of what is missing */
	struct str	 shown;
	const struct node *from;	/* of VALUE_NONE: where it came from */
};

/* A variable as it was given; shown is that of a secret. */
struct variable {
	struct str	 name, value, shown;
	bool		 secret;
};

struct local {
	struct str	 name;
	struct value	 value;
};

/* The state of rendering. */
struct exec {
	const struct template		*t;
	struct variable			*variables;	/* sorted */
	size_t				 nvariables;
	const struct node		*node;		/* where an error is */
	struct local			*locals; /* a stack; from base on those
						    of this template */
	size_t				 nlocals, locals_room, base;
	struct value			*args;	/* a stack, of calls */
	size_t				 nargs, args_room;
	unsigned			 calls, depth, steps;
	bool				 is_full; /* something did not fit */
	struct arena			 arena;
	struct text			 out;
	struct template_error		*err;
};

const char	*value_type(const struct value *);
bool		 value_is_true(const struct exec *,
	    const struct value *);
/* Takes the text; what does not fit is kept in mind (is_full). */
struct value	 value_string(struct exec *, struct text *);
struct value	 variable_value(const struct variable *);
const struct variable *variable_find(const struct exec *, struct str);

/* ---- template_exec.c */

/* Runs the whole; what it printed is e->out.  -1: err is set. */
int	 exec_run(struct exec *);
/* -1 with an error at e->node, so that a caller can return it. */
int	 exec_error(struct exec *, const char *fmt, ...) FORMAT(2, 3);
/* The same: something without a value would become text. */
int	 exec_undefined(struct exec *, const struct value *);
/* The same: something did not fit. */
int	 exec_full(struct exec *);
/* Counts a step and some bytes; -1: it is too much. */
int	 exec_steps(struct exec *, size_t bytes);
/* Counts calls that are nested; what enters leaves, but for errors. */
int	 exec_enter(struct exec *);
void	 exec_leave(struct exec *);
/* Variables of this template. */
int	 local_push(struct exec *, struct str name, const struct value *);
/* NULL with an error. */
struct local *local_find(struct exec *, struct str name);

/* ---- template_eval.c */

int	 eval_pipeline(struct exec *, const struct value *dot,
	    const struct node *, struct value *);

/* ---- template_funcs.c */

/* What an argument of a function is. */
enum param {
	PARAM_VALUE,		/* whatever it is */
	PARAM_PRINTABLE,	/* whatever becomes text */
	PARAM_STRING
};

struct function {
	const char	*name;
	unsigned	 fixed;		/* how many there must be */
	bool		 is_variadic;
	bool		 is_lazy;	/* and, or: not called */
	enum param	 first, rest;
	/* -1: err says why, or e->err if it is empty */
	int		(*call)(struct exec *, const struct value *, size_t n,
			    struct value *, struct text *err);
};

const struct function	*function_find(struct str);

/* ---- template_print.c: what fmt prints */

void	 print_values(struct exec *, struct text *, const struct value *,
	    size_t, bool line);
/* -1: of a verb that can't be. */
int	 print_format(struct exec *, struct text *, struct str format,
	    const struct value *, size_t);

/* ---- template_float.c */

/* As strconv does it: verb b e E f g G x X; precision -1 is the shortest. */
void	 float_format(struct text *, double, char verb, int precision);

#endif
