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
 * Script templates: text with variables, as it stands in a configuration,
 * turned into the script that runs on a host.  A template is parsed once and
 * rendered often; it owns a copy of its text and never runs anything, reads
 * files or knows what a variable means.
 *
 * The language is Go's text/template over a map of strings, of which this
 * understands text, verbatim, and {{.Name}} with optional blanks inside the
 * braces.  Everything else between {{ and }} is an error, and so is a
 * variable that is not defined: it must never end as text in a command.
 */

#ifndef EXECUTOR_TEMPLATE_H
#define EXECUTOR_TEMPLATE_H

#include <stddef.h>

#define TEMPLATE_TEXT_MAX	(1024 * 1024)	/* bytes of a template */
#define TEMPLATE_OUTPUT_MAX	(1024 * 1024)	/* bytes it renders to */

struct template;

/* Where in the template, from 1 (columns count bytes), and what is wrong. */
struct template_error {
	unsigned	line;
	unsigned	column;
	char		msg[256];
};

/*
 * The value of a variable, or NULL when it is not defined.  The value must
 * stay as it is until the next call.
 */
typedef const char *template_lookup(void *arg, const char *name);

/* Returns 0, or -1 with err filled in (and *out NULL). */
int template_parse(const char *text, struct template **out,
    struct template_error *err);

/*
 * Render into *out: *outlen bytes and a NUL, in memory for free() (or
 * freezero when variables are secret; no other copy is left behind).
 * Returns 0, or -1 with err filled in (and *out NULL).
 */
int template_render(const struct template *, template_lookup *lookup,
    void *arg, char **out, size_t *outlen, struct template_error *err);

void template_free(struct template *);

#endif /* EXECUTOR_TEMPLATE_H */
