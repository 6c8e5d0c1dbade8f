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
 * From files to tokens: reads the configuration and what it includes, expands
 * macros, keeps track of places, and sees to it that braces are balanced in
 * each file, so that the grammar can skip a block that it does not understand.
 * It knows no keyword.
 */

#ifndef APPLIKATONID_LEXER_H
#define APPLIKATONID_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_file.h"

#define CONFIG_TEXT_MAX		(8 * 1024 * 1024)	/* of all files */
#define CONFIG_DEPTH_MAX	16			/* of includes */
#define CONFIG_INCLUDES_MAX	1000
#define CONFIG_EXPANSIONS_MAX	100000
#define CONFIG_MACRO_DEPTH_MAX	8

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_WORD,			/* bare: may be a keyword */
	TOKEN_STRING			/* in quotes */
};

/* text is the lexer's and lives as long as it. */
struct token {
	enum token_kind	 kind;
	const char	*text;		/* of words and strings */
	struct place	 place;
	uint32_t	 origin;	/* the file that text stands in (a
					   macro's may differ from place);
					   UINT32_MAX: -D */
	bool		 bad;		/* its problem has been reported */
	bool		 is_file;	/* the grammar's: the value is there */
};

struct lexer;

/* macros may be NULL.  Both outlive the lexer. */
struct lexer	*lexer_new(struct macros *, struct problems *);
/* Wipes the text of all files and tokens. */
void		 lexer_free(struct lexer *);

/* Reads on in this file.  -1: a problem has been added. */
int		 lexer_open(struct lexer *, const char *path);
/* The same for the file that a statement includes, just after its newline. */
int		 lexer_include(struct lexer *, const struct token *);
/* Whether what is read now begins as JSON does. */
bool		 lexer_is_json(const struct lexer *);
/*
 * Takes all that is left of the file that is read now: its text, valid until
 * the next token is asked for, and its index.
 */
const char	*lexer_take(struct lexer *, size_t *len, uint32_t *file);
void		 lexer_define(struct lexer *, const struct token *name,
		    const struct token *value);

void		 lexer_next(struct lexer *, struct token *);
/* Braces that are open after the last token. */
unsigned	 lexer_depth(const struct lexer *);

/* The files so far, by their index in places. */
size_t		 lexer_files(const struct lexer *);
const char	*lexer_file_name(const struct lexer *, uint32_t);
/* Whether someone else can read that file. */
bool		 lexer_file_exposed(const struct lexer *, uint32_t);
/* What the path means in a statement of that file; for free(). */
char		*lexer_path(const struct lexer *, uint32_t file,
		    const char *path);

#endif
