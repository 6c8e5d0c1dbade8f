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
 * Tests of templates by themselves; that they print what Go prints is
 * regress/template.t.  Here: what is not defined is an error with its place
 * and never text, secrets are not shown whatever was made of them, nothing is
 * without a limit.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/template.h"
#include "tap.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

static const struct template_variable	variables[] = {
	{ "Dir", "/var/www/shop", false }, { "Empty", "", false },
	{ "_x9", "{{.Dir}}", false }, { "A", "a", false },
	{ "Secret", "tops3cret", true }, { "Lines", "s1\ns2\n", true },
	{ "Pin", "7", true }, { "None", "", true },
};

static char			*out, *shown;
static struct template_error	 err;

/* 0: rendered, into out and shown; 1: not parsed; 2: not executed. */
static int
run(const char *text)
{
	struct template	*t;
	size_t		 len;
	int		 status = 0;

	free(out);
	free(shown);
	out = shown = NULL;
	memset(&err, 0, sizeof(err));
	if (template_parse("NAME", text, &t, &err) == -1)
		return t == NULL ? 1 : -1;
	out = (char *)1;
	shown = (char *)1;
	if (template_render(t, variables, nitems(variables), &out, &len,
	    &shown, &err) == -1)
		status = out == NULL && shown == NULL && len == 0 ? 2 : -1;
	else if (strlen(out) != len)
		status = -1;
	template_free(t);
	return status;
}

static void
test_good(void)
{
	static const struct {
		const char	*text, *want;
	} good[] = {
		{ "", "" },
		{ "no variable", "no variable" },
		{ "cd {{.Dir}} && ls\n", "cd /var/www/shop && ls\n" },
		{ "{{ .Dir }}", "/var/www/shop" },
		{ "[{{.Empty}}]", "[]" },
		{ "{{._x9}}", "{{.Dir}}" },
		{ "} }} { { {a{{.A}}}", "} }} { { {aa}" },
		{ "${A} $(b) `c` \\ \" ' %s %n\r\n",
		    "${A} $(b) `c` \\ \" ' %s %n\r\n" },
		{ "gr\xc3\xbc\xc3\x9f \xff\x01 {{.A}}",
		    "gr\xc3\xbc\xc3\x9f \xff\x01 a" },
		{ "{{if .A}}x{{else}}y{{end}}", "x" },
		{ "{{template \"t\" .A}}{{define \"t\"}}<{{.}}>{{end}}",
		    "<a>" },
	};
	size_t	i;

	for (i = 0; i < nitems(good); i++)
		if (run(good[i].text) == 0)
			is_str(out, good[i].want, "good %zu", i);
		else
			ok(0, "good %zu: %s", i, err.msg);
}

/* Where an error stands: its line, its column, from 1. */
static void
test_places(void)
{
	static const struct {
		const char	*text;
		int		 stage;
		unsigned	 line, column;
		const char	*msg;
	} bad[] = {
		{ "{{.Name", 1, 1, 8, "unclosed action" },
		{ "x\n  {{.Name\n", 1, 3, 1,
		    "unclosed action started at 2:3" },
		{ "{{}}", 1, 1, 3, "missing value for command" },
		{ "a\n{{Name}}", 1, 2, 3, "function \"Name\" not defined" },
		{ "{{if .A}}b", 1, 1, 11, "unexpected EOF" },
		{ "{{print 1i}}", 1, 1, 9,
		    "complex numbers are not supported: \"1i\"" },
		{ "{{1+2i}}", 1, 1, 3,
		    "complex numbers are not supported: \"1+2i\"" },
		{ "a{{.A}}\nb {{.A}}{{.A.b}}", 2, 2, 13,
		    "can't evaluate field b in type string" },
		{ "\n\n {{index . 1}}", 2, 3, 4,
		    "error calling index: value has type int; should be "
		    "string" },
		{ "{{range .Secret}}{{end}}", 2, 1, 9,
		    "range can't iterate over string" },
		{ "{{range .A}}{{end}}", 2, 1, 9,
		    "range can't iterate over string" },
		{ "{{printf \"%p\" .}}", 2, 1, 3,
		    "error calling printf: %p is not supported" },
	};
	size_t	i;

	for (i = 0; i < nitems(bad); i++) {
		is_int(run(bad[i].text), bad[i].stage, "bad %zu is an error",
		    i);
		is_str(err.msg, bad[i].msg, "which says what");
		ok(err.line == bad[i].line && err.column == bad[i].column,
		    "and where: %u:%u", err.line, err.column);
	}
}

/* Where Go prints <no value>, or <nil>. */
static void
test_undefined(void)
{
	static const struct {
		const char	*text;
		unsigned	 line, column;
	} bad[] = {
		{ "{{.A}}\n\ncd {{ .Nope }}", 3, 7 },
		{ "{{$.Nope}}", 1, 4 }, { "{{$x := .Nope}}{{$x}}", 1, 9 },
		{ "{{.Nope.Other}}", 1, 8 }, { "{{print .Nope}}", 1, 9 },
		{ "{{println .A .Nope}}", 1, 14 }, { "{{html .Nope}}", 1, 8 },
		{ "{{js .Nope}}", 1, 6 }, { "{{urlquery .Nope}}", 1, 12 },
		{ "{{printf \"%s\" .Nope}}", 1, 15 },
		{ "{{printf .Nope}}", 1, 10 }, { "{{.Nope | print}}", 1, 3 },
		{ "{{or .Nope .Nope}}", 1, 12 },
		{ "{{and .Nope .A}}", 1, 7 }, { "{{(.Nope)}}", 1, 4 },
		{ "{{with .A}}{{$.Nope}}{{end}}", 1, 15 },
		{ "{{define \"t\"}}{{.Nope}}{{end}}{{template \"t\"}}", 1,
		    17 },
	};
	static const struct {
		const char	*text, *want;
	} good[] = {
		{ "{{if .Nope}}a{{else}}b{{end}}", "b" },
		{ "[{{index . \"Nope\"}}]", "[]" },
		{ "{{or .Nope \"else\"}}", "else" },
		{ "{{with .Nope}}a{{else}}b{{end}}", "b" },
		{ "{{range .Nope}}a{{else}}b{{end}}", "b" },
		{ "{{not .Nope}}", "true" }, { "{{eq .Nope \"a\"}}", "false" },
		{ "{{$x := .Nope}}{{if $x}}a{{end}}", "" },
		{ "{{print nil}}", "<nil>" },
	};
	size_t	i;

	for (i = 0; i < nitems(bad); i++) {
		is_int(run(bad[i].text), 2, "%s is an error", bad[i].text);
		ok(err.is_undefined && err.line == bad[i].line &&
		    err.column == bad[i].column, "at its place: %u:%u",
		    err.line, err.column);
		is_str(err.msg, strstr(bad[i].text, ".Other") == NULL ||
		    strstr(bad[i].text, "Nope") != NULL ?
		    "variable Nope is not defined" : "", "it is named");
	}
	is_int(run("{{define \"t\"}}{{.}}{{end}}{{template \"t\"}}"), 2,
	    "a template without data has nothing to print");
	is_int(run("{{html nil}}"), 2, "nil is no text for html");
	for (i = 0; i < nitems(good); i++)
		if (run(good[i].text) == 0)
			is_str(out, good[i].want, "%s is none", good[i].text);
		else
			ok(0, "%s: %s", good[i].text, err.msg);
}

static void
test_secrets(void)
{
	static const struct {
		const char	*text, *want, *shown;
	} cases[] = {
		{ "{{.A}}", "a", NULL },
		{ "x {{.Secret}} y", "x tops3cret y", "x *** y" },
		{ "{{.Pin}}{{.None}}.", "7.", "******." },
		{ "a{{.Lines}}b\nc", "as1\ns2\nb\nc", "a***\n\nb\nc" },
		{ "{{print .A .Secret}}", "atops3cret", "a***" },
		{ "{{printf \"-p%s %5d\" .Secret 1}}", "-ptops3cret     1",
		    "-p***     1" },
		{ "{{printf \"%q\" .Lines}}", "\"s1\\ns2\\n\"",
		    "\"***\\n\\n\"" },
		{ "{{printf \"%x\" .Pin}}", "37", "***" },
		{ "{{printf \"%.2s\" .Lines}}", "s1", "***" },
		{ "{{slice .Secret 0 4}}", "tops", "***" },
		{ "{{slice .Lines 1}}", "1\ns2\n", "***\n\n" },
		{ "{{index .Secret 0}}", "116", "***" },
		{ "{{printf \"%c\" (index .Secret 0)}}", "t", "***" },
		{ "{{len .Secret}}", "9", "***" },
		{ "{{$x := .Secret}}{{$x | printf \"%s%s\" $x}}",
		    "tops3crettops3cret", "******" },
		{ "{{urlquery .Secret}}", "tops3cret", "***" },
		{ "{{html .A .Secret}}", "atops3cret", "a***" },
		{ "{{with .Secret}}{{.}}{{end}}", "tops3cret", "***" },
		{ "{{index . \"Pin\"}}", "7", "***" },
		{ "{{or .Secret .A}}", "tops3cret", "***" },
		{ "{{printf .Secret}}", "tops3cret", "***" },
		{ "{{if eq .Pin \"7\"}}seven{{end}}", "seven", NULL },
		{ "{{range $k, $v := .}}{{if eq $k \"Pin\"}}{{$v}}{{end}}"
		    "{{end}}", "7", "***" },
		{ "{{define \"t\"}}{{.}}{{end}}{{template \"t\" .Pin}}", "7",
		    "***" },
		{ "{{.}}", "map[A:a Dir:/var/www/shop Empty: Lines:s1\ns2\n "
		    "None: Pin:7 Secret:tops3cret _x9:{{.Dir}}]",
		    "map[A:a Dir:/var/www/shop Empty: Lines:***\n\n "
		    "None:*** Pin:*** Secret:*** _x9:{{.Dir}}]" },
	};
	size_t	i;

	for (i = 0; i < nitems(cases); i++) {
		if (!is_int(run(cases[i].text), 0, "%s", cases[i].text))
			diag("%s", err.msg);
		is_str(out, cases[i].want, "it runs with the secret");
		is_str(shown, cases[i].shown, "and is shown without it");
	}
	run("{{slice .Secret (index .Pin 0)}}");
	is_str(err.msg, "error calling slice: index out of range: ***",
	    "no error tells of a secret");
}

/* Text that is rendered again and again needs no new parse. */
static void
test_again(void)
{
	struct template_variable	 v = { "A", "1", false };
	struct template			*t;
	char				 text[] = "{{$x := .A}}{{$x}}";
	char				*s, *none;
	size_t				 len;
	int				 i;

	if (!ok(template_parse("NAME", text, &t, &err) == 0, "parsed once"))
		return;
	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 3; i++) {
		v.value = i == 1 ? "2" : "1";
		if (template_render(t, &v, 1, &s, &len, &none, &err) != 0 ||
		    strcmp(s, v.value) != 0)
			break;
		free(s);
	}
	is_int(i, 3, "rendered three times from a text that is gone");
	template_free(t);
	template_free(NULL);
}

/* n times this, and that in the middle. */
static char *
repeated(const char *before, size_t n, const char *middle, const char *after)
{
	size_t	 i, room = n * (strlen(before) + strlen(after)) +
		    strlen(middle) + 1;
	char	*s;

	if ((s = calloc(1, room)) == NULL)
		exit(1);
	for (i = 0; i < n; i++)
		memcpy(s + i * strlen(before), before, strlen(before));
	strlcat(s, middle, room);
	for (i = 0; i < n; i++)
		memcpy(s + n * strlen(before) + strlen(middle) +
		    i * strlen(after), after, strlen(after));
	return s;
}

static void
limit_is(const char *what, const char *before, size_t n, const char *middle,
    const char *after, int stage, const char *msg)
{
	char	*text = repeated(before, n, middle, after);
	int	 status = run(text);

	ok(status == stage && (stage == 0 ||
	    (strstr(err.msg, msg) != NULL && err.line > 0)), "%s: %s", what,
	    stage == 0 ? "fits" : err.msg);
	free(text);
}

static void
test_limits(void)
{
	const size_t	 deep = TEMPLATE_NESTING_MAX - 2;
	char		*text;

	limit_is("blocks", "{{if 1}}", deep, "", "{{end}}", 0, "");
	limit_is("too many", "{{if 1}}", deep + 3, "", "{{end}}", 1,
	    "nested too deep");
	limit_is("parentheses", "{{print ((", 1, "1", ")) }}", 0, "");
	limit_is("else if", "{{if 0}}{{else if 1}}", 1000, "", "", 1,
	    "nested too deep");
	limit_is("templates in templates",
	    "{{define \"t\"}}{{if .}}{{template \"t\" (slice . 1)}}{{end}}"
	    "{{end}}{{template \"t\" (printf \"%900d\" 1)}}", 1, "", "", 0,
	    "");
	limit_is("too many", "{{define \"t\"}}{{template \"t\"}}{{end}}"
	    "{{template \"t\"}}", 1, "", "", 2, "maximum template depth");
	limit_is("too many, in blocks", "{{if 1}}", 400,
	    "{{template \"NAME\"}}", "{{end}}", 2, "nested too deep");
	limit_is("for ever", "{{range $}}", 12, "", "{{end}}", 2,
	    "does too much");
	limit_is("variables", "{{$x := 1}}", TEMPLATE_VARIABLES_MAX - 1, "",
	    "", 0, "");
	limit_is("too many", "{{$x := 1}}", TEMPLATE_VARIABLES_MAX, "", "", 1,
	    "too many variables");
	limit_is("nodes", "{{. . . . . }}", 70000, "", "", 1,
	    "too much memory");
	limit_is("output", "{{printf \"%1000000d\" 1}}", 1, "", "", 0, "");
	limit_is("too much", "{{printf \"%1000000d\" 1}}", 2, "", "", 2,
	    "output of more than 1048576 bytes");
	limit_is("too much at once", "{{printf \"%1000000d%1000000d\" 1 1}}",
	    1, "", "", 2, "output of more than 1048576 bytes");
	limit_is("values", "{{$x := printf \"%1000000d\" 1}}", 20, "", "", 2,
	    "values of more than 16777216");
	limit_is("text", "t", TEMPLATE_TEXT_MAX, "", "", 0, "");
	limit_is("too long", "t", TEMPLATE_TEXT_MAX + 1, "", "", 1,
	    "template of more than 1048576 bytes");
	text = repeated("(", 100000, "1", ")");
	memcpy(text, "{{", 2);
	memcpy(text + strlen(text) - 2, "}}", 2);
	ok(run(text) == 1 && strcmp(err.msg, "nested too deep") == 0,
	    "parentheses in parentheses: %s", err.msg);
	free(text);
	text = repeated("n", 100000, "", "");
	text[0] = '{';
	text[1] = '{';
	ok(run(text) == 1 && strlen(err.msg) < sizeof(err.msg),
	    "a long name makes no long message");
	free(text);
}

int
main(void)
{
	test_good();
	test_places();
	test_undefined();
	test_secrets();
	test_again();
	test_limits();
	free(out);
	free(shown);
	return done_testing();
}
