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
 * Feeds texts to the template parser and renders what it takes; aborts when
 * an error has no place or message, when text without an action changes, or
 * when something of a secret is shown.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/template.h"

/* Bytes that no variable but the secret one has. */
#define SECRET	"\1\2\n\3\4"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 render(const char *, const struct template *);
static void	 shown_check(const char *, const char *, const char *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct template_error	 err = { 0, 0, "", false };
	struct template		*t;
	char			*text;

	if ((text = malloc(len + 1)) == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (template_parse("NAME", text, &t, &err) == -1)
		require(t == NULL && err.line > 0 && err.column > 0 &&
		    err.msg[0] != '\0');
	else
		render(text, t);
	template_free(t);
	free(text);
	return 0;
}

static void
render(const char *text, const struct template *t)
{
	static const struct template_variable	 variables[] = {
		{ "S", SECRET, true }, { "A", "a", false },
		{ "B", "<&'\"> \xc3\xbc\xff", false }, { "E", "", false },
	};
	struct template_error	 err = { 0, 0, "", false };
	char			*out, *shown;
	size_t			 len;

	if (template_render(t, variables, 4, &out, &len, &shown, &err) == -1) {
		require(out == NULL && shown == NULL && err.line > 0 &&
		    err.column > 0 && err.msg[0] != '\0');
		return;
	}
	require(out[len] == '\0');
	require(strstr(text, "{{") != NULL || strcmp(text, out) == 0);
	if (shown != NULL)
		shown_check(text, out, shown);
	free(out);
	free(shown);
}

static size_t
count(const char *s, char c)
{
	size_t	n = 0;

	for (; *s != '\0'; s++)
		n += *s == c;
	return n;
}

/* A text can make any byte by itself, with an escape or by %c. */
static void
shown_check(const char *text, const char *out, const char *shown)
{
	if (strpbrk(text, "\1\2\3\4\\%") != NULL)
		return;
	require(strpbrk(shown, "\1\2\3\4") == NULL);
	require(count(out, '\n') == count(shown, '\n'));
}

static void
require(int good)
{
	if (!good)
		abort();
}
