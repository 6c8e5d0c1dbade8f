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
 * an error has no place or message, or when text without an action changes.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/template.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *lookup(void *, const char *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct template_error	 err = { 0, 0, "" };
	struct template		*t;
	char			*text, *out;
	size_t			 outlen;

	if ((text = malloc(len + 1)) == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (template_parse(text, &t, &err) == -1) {
		require(t == NULL && err.line > 0 && err.column > 0 &&
		    err.msg[0] != '\0');
		free(text);
		return 0;
	}
	if (template_render(t, lookup, NULL, &out, &outlen, &err) == 0) {
		require(strlen(out) == outlen);
		require(strstr(text, "{{") != NULL || strcmp(text, out) == 0);
		free(out);
	} else
		require(out == NULL && err.line > 0 && err.column > 0);
	template_free(t);
	free(text);
	return 0;
}

/* Names that begin with U are not defined. */
static const char *
lookup(void *arg, const char *name)
{
	(void)arg;
	require(name[0] != '\0' && strpbrk(name, " {}.\n") == NULL);
	return name[0] == 'U' ? NULL : name;
}

static void
require(int good)
{
	if (!good)
		abort();
}
