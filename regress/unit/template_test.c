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
 * Tests of executor/template.c: text goes through verbatim, variables are
 * filled in, and whatever is not understood or not defined is an error with
 * its place, never text in a command.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/template.h"
#include "tap.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name, *value;
} variables[] = {
	{ "Dir", "/var/www/shop" }, { "Empty", "" }, { "_x9", "{{.Dir}}" },
	{ "A", "a" }, { "Long", NULL }
};

static const struct {
	const char	*text, *want;
} good[] = {
	{ "", "" },
	{ "no variable", "no variable" },
	{ "cd {{.Dir}} && ls\n", "cd /var/www/shop && ls\n" },
	{ "{{ .Dir }}", "/var/www/shop" },
	{ "{{\t .Dir\t\t}}", "/var/www/shop" },
	{ "{{.A}}{{.A}}", "aa" },
	{ "{{.Empty}}", "" },
	{ "[{{.Empty}}]", "[]" },
	{ "{{._x9}}", "{{.Dir}}" },
	{ "} }} { { {a{{.A}}}", "} }} { { {aa}" },
	{ "${A} $(b) `c` \\ \" ' %s %n\r\n",
	    "${A} $(b) `c` \\ \" ' %s %n\r\n" },
	{ "gr\xc3\xbc\xc3\x9f \xff\x01 {{.A}}",
	    "gr\xc3\xbc\xc3\x9f \xff\x01 a" },
};

static const struct {
	const char	*text;
	unsigned	 line, column;
	const char	*word;
} bad[] = {
	{ "{{.Name", 1, 1, "unclosed" },
	{ "x\n  {{.Name }", 2, 3, "unclosed" },
	{ "{{", 1, 1, "unclosed" },
	{ "{{}}", 1, 1, "not supported" },
	{ "{{.}}", 1, 1, "not supported" },
	{ "{{Name}}", 1, 1, "not supported" },
	{ "{{.9a}}", 1, 1, "not supported" },
	{ "{{. a}}", 1, 1, "not supported" },
	{ "{{.a b}}", 1, 1, "not supported" },
	{ "{{.a.b}}", 1, 1, "not supported" },
	{ "{{.a-b}}", 1, 1, "not supported" },
	{ "{{.gr\xc3\xbc\xc3\x9f}}", 1, 1, "not supported" },
	{ "{{- .a -}}", 1, 1, "not supported" },
	{ "{{.a\n}}", 1, 1, "not supported" },
	{ "{{/* remark */}}", 1, 1, "not supported" },
	{ "{{if .a}}b{{end}}", 1, 1, "not supported" },
	{ "{{{.a}}}", 1, 1, "not supported" },
	{ "a{{.A}}\nb {{.A}}{{.a|b}}", 2, 9, "not supported" },
};

static char	*huge;

static const char *
lookup(void *arg, const char *name)
{
	size_t	 i;

	if (arg != NULL)
		++*(int *)arg;
	for (i = 0; i < nitems(variables); i++)
		if (strcmp(variables[i].name, name) == 0)
			return i == nitems(variables) - 1 ? huge :
			    variables[i].value;
	return NULL;
}

static void
test_good(void)
{
	struct template_error	 err;
	struct template		*t;
	char			*out;
	size_t			 i, len;

	for (i = 0; i < nitems(good); i++) {
		if (template_parse(good[i].text, &t, &err) == -1) {
			ok(0, "good %zu is parsed: %s", i, err.msg);
			continue;
		}
		if (template_render(t, lookup, NULL, &out, &len, &err) == -1)
			ok(0, "good %zu is rendered: %s", i, err.msg);
		else {
			is_str(out, good[i].want, "good %zu is rendered", i);
			is_int(len, strlen(good[i].want), "its length");
			free(out);
		}
		template_free(t);
	}
}

static void
test_bad(void)
{
	struct template_error	 err;
	struct template		*t;
	size_t			 i;

	for (i = 0; i < nitems(bad); i++) {
		t = (struct template *)&err;
		ok(template_parse(bad[i].text, &t, &err) == -1 && t == NULL &&
		    strstr(err.msg, bad[i].word) != NULL &&
		    err.line == bad[i].line && err.column == bad[i].column,
		    "bad %zu is an error at its place: %u:%u: %s", i,
		    err.line, err.column, err.msg);
	}
}

static void
test_undefined(void)
{
	struct template_error	 err;
	struct template		*t;
	char			*out = huge;
	size_t			 len;

	if (!ok(template_parse("{{.A}}\n\ncd {{ .Dri }}", &t, &err) == 0,
	    "a template with an unknown name is parsed"))
		return;
	ok(template_render(t, lookup, NULL, &out, &len, &err) == -1 &&
	    out == NULL && len == 0, "an undefined variable is an error");
	is_str(err.msg, "variable Dri is not defined", "it is named");
	ok(err.line == 3 && err.column == 4, "with its place");
	template_free(t);
}

/* Text that is rendered again and again needs no new parse. */
static void
test_again(void)
{
	struct template_error	 err;
	struct template		*t;
	char			 text[] = "{{.A}} and {{ .Dir }}", *out;
	size_t			 len;
	int			 i, calls = 0;

	if (!ok(template_parse(text, &t, &err) == 0, "parsed once"))
		return;
	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 3; i++) {
		if (template_render(t, lookup, &calls, &out, &len, &err) != 0)
			break;
		if (strcmp(out, "a and /var/www/shop") != 0)
			break;
		free(out);
	}
	is_int(i, 3, "rendered three times from a text that is gone");
	is_int(calls, 6, "each variable is looked up once a rendering");
	template_free(t);
}

static void
test_limits(void)
{
	struct template_error	 err;
	struct template		*t;
	char			*text, *out = NULL;
	size_t			 len = 0;
	const char		*const two = "{{.Long}}{{.Long}}";

	huge = malloc(TEMPLATE_OUTPUT_MAX + 2);
	text = malloc(TEMPLATE_TEXT_MAX + 2);
	if (huge == NULL || text == NULL)
		exit(1);
	memset(huge, 'h', TEMPLATE_OUTPUT_MAX + 1);
	huge[TEMPLATE_OUTPUT_MAX / 2] = '\0';

	ok(template_parse(two, &t, &err) == 0 &&
	    template_render(t, lookup, NULL, &out, &len, &err) == 0 &&
	    len == TEMPLATE_OUTPUT_MAX, "the largest output is rendered");
	ok(out != NULL && strlen(out) == len, "and ends with NUL");
	free(out);
	template_free(t);

	ok(template_parse("{{.Long}}\n{{.Long}}", &t, &err) == 0 &&
	    template_render(t, lookup, NULL, &out, &len, &err) == -1 &&
	    out == NULL && strstr(err.msg, "1048576") != NULL &&
	    err.line == 2 && err.column == 1,
	    "one byte more is an error: %s", err.msg);
	template_free(t);

	memset(text, 't', TEMPLATE_TEXT_MAX + 1);
	text[TEMPLATE_TEXT_MAX + 1] = '\0';
	ok(template_parse(text, &t, &err) == -1 && t == NULL,
	    "a template that is too long is an error: %s", err.msg);
	text[TEMPLATE_TEXT_MAX] = '\0';
	ok(template_parse(text, &t, &err) == 0, "the longest one is not");
	template_free(t);
	template_free(NULL);
	free(text);
	free(huge);
}

int
main(void)
{
	test_good();
	test_bad();
	test_undefined();
	test_again();
	test_limits();
	return done_testing();
}
