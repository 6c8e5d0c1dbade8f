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
 * Script templates: text with actions in {{ and }}, as it stands in a
 * configuration, turned into the script that runs on a host.  A template is
 * parsed once and rendered often; it owns a copy of its text and never runs
 * anything, reads files or knows what a variable means.
 *
 * The language is all of text/template of Go 1.19 over a map of strings, but
 * for complex numbers: what it prints is what Go prints, and what is an error
 * there is one here, at the same stage.  One thing is an error here alone: a
 * variable that is not defined, wherever its value would become text, for it
 * must never end in a command.
 */

#ifndef EXECUTOR_TEMPLATE_H
#define EXECUTOR_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_TEXT_MAX	(1024 * 1024)	/* bytes of a template */
#define TEMPLATE_OUTPUT_MAX	(1024 * 1024)	/* bytes it renders to */
#define TEMPLATE_NESTING_MAX	500	/* blocks and parentheses */
#define TEMPLATE_CALLS_MAX	1000	/* templates in templates */
#define TEMPLATE_VARIABLES_MAX	1000	/* $names at a place */

struct template;

/* Where in the template, from 1 (columns count bytes), and what is wrong. */
struct template_error {
	unsigned	line;
	unsigned	column;
	char		msg[256];
	bool		is_undefined;	/* a variable that is not defined */
};

/* A variable; a secret one is *** in what is shown. */
struct template_variable {
	const char	*name;
	const char	*value;
	bool		 secret;
};

/*
 * The name is what the template can call itself by.  Returns 0, or -1 with
 * err filled in (and *out NULL).
 */
int template_parse(const char *name, const char *text, struct template **out,
    struct template_error *err);

/*
 * Render with these variables, in any order but each with a name of its own,
 * into *out: *outlen bytes and a NUL, in memory for freezero.  *shown is
 * NULL, or what can be shown where secrets went in: as many lines, and *** for
 * all that was made of a secret.  No copy of a secret is left elsewhere.
 * Returns 0, or -1 with err filled in (and *out and *shown NULL).
 */
int template_render(const struct template *,
    const struct template_variable *, size_t n, char **out, size_t *outlen,
    char **shown, struct template_error *err);

void template_free(struct template *);

#endif /* EXECUTOR_TEMPLATE_H */
