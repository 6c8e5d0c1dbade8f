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
 * What our templates make of templates: reads cases on stdin and writes
 * results on stdout, as cases.py describes them, for comparison with Go.
 * With -u it writes what is known of each character.
 */

#include "config.h"

#include <sys/types.h>

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/template_internal.h"

enum stage { RENDERED, NOT_PARSED, NOT_EXECUTED };

static uint32_t
number_get(void)
{
	uint32_t	n;

	if (fread(&n, sizeof(n), 1, stdin) != 1)
		exit(1);
	return ntohl(n);
}

static char *
text_get(void)
{
	uint32_t	 len = number_get();
	char		*s = calloc(1, (size_t)len + 1);

	if (s == NULL || (len > 0 && fread(s, len, 1, stdin) != 1))
		exit(1);
	return s;
}

static void
number_put(uint32_t n)
{
	n = htonl(n);
	fwrite(&n, sizeof(n), 1, stdout);
}

static void
text_put(const char *s, size_t len)
{
	number_put((uint32_t)len);
	if (len > 0)
		fwrite(s, 1, len, stdout);
}

static void
case_run(const char *name, const char *text,
    const struct template_variable *v, size_t n)
{
	struct template_error	 err = { 1, 1, "", false };
	struct template		*t;
	enum stage		 stage = RENDERED;
	char			*out = NULL, *shown = NULL;
	size_t			 len = 0;

	if (template_parse(name, text, &t, &err) == -1)
		stage = NOT_PARSED;
	else if (template_render(t, v, n, &out, &len, &shown, &err) == -1)
		stage = NOT_EXECUTED;
	template_free(t);
	putchar(stage);
	text_put(out, len);
	text_put(err.msg, strlen(err.msg));
	putchar(err.is_undefined);
	number_put(err.line);
	number_put(err.column);
	free(out);
	free(shown);
}

static void
case_read(void)
{
	struct template_variable	*v;
	char				*name = text_get(), *text = text_get();
	uint32_t			 n = number_get(), i;

	if ((v = calloc((size_t)n + 1, sizeof(*v))) == NULL)
		exit(1);
	for (i = 0; i < n; i++) {
		v[i].name = text_get();
		v[i].value = text_get();
	}
	case_run(name, text, v, n);
	for (i = 0; i < n; i++) {
		free((char *)(uintptr_t)v[i].name);
		free((char *)(uintptr_t)v[i].value);
	}
	free(v);
	free(name);
	free(text);
}

int
main(int argc, char *argv[])
{
	uint32_t	n;
	int32_t		r;

	(void)argv;
	if (argc > 1) {
		for (r = 0; r <= RUNE_MAX; r++)
			putchar('0' | (rune_is_print(r) ? 1 : 0) |
			    (rune_is_word(r) ? 2 : 0));
		return 0;
	}
	for (n = number_get(); n > 0; n--)
		case_read();
	return 0;
}
