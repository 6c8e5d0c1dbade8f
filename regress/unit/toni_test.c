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
 * toni's readers, as functions: .toni.yml, and text that is made visible.
 * The program as a whole is tested in regress/toni.t and toni_watch.t.
 */

#include "config.h"

#include "../../toni/settings.h"
#include "../../toni/visible.h"
#include "tap.h"

#define TOP	"host: http://h\napplication: a\napi_token: t\n"

static char	warned[1024];

static void
warning_keep(void *arg, const char *text)
{
	(void)arg;
	strlcat(warned, text, sizeof(warned));
	strlcat(warned, "\n", sizeof(warned));
}

static int
parse(struct settings *s, const char *text, char err[SETTINGS_ERROR_SIZE])
{
	*warned = '\0';
	return settings_parse(s, "f", text, strlen(text), warning_keep, NULL,
	    err);
}

static void
settings_whole(void)
{
	const struct settings_target	*t;
	struct settings			 s;
	char				 err[SETTINGS_ERROR_SIZE];

	is_int(parse(&s, TOP "stages:\n  p:\n  - A\n  - B\n  q: [C]\n", err),
	    0, "a whole one is read");
	is_str(err, "", "without an error");
	is_str(warned, "", "or a warning");
	is_str(s.host, "http://h", "its host");
	is_str(s.application, "a", "its application");
	is_str(s.token, "t", "its token");
	is_int(s.ntargets, 2, "its targets");
	t = settings_target(&s, "p");
	ok(t != NULL && t->nstages == 2 && strcmp(t->stages[0], "A") == 0 &&
	    strcmp(t->stages[1], "B") == 0, "and their stages, in order");
	ok(settings_target(&s, "r") == NULL, "no others");
	settings_free(&s);
	ok(s.host == NULL && s.ntargets == 0, "nothing is left of it");
	settings_free(&s);
}

static void
settings_error(const char *text, const char *want)
{
	struct settings	s;
	char		err[SETTINGS_ERROR_SIZE];

	is_int(parse(&s, text, err), -1, "refused: %.30s", want);
	is_str(err, want, "with its place");
	ok(s.host == NULL && s.targets == NULL, "and nothing is left of it");
}

static void
settings_others(void)
{
	struct settings	s;
	char		err[SETTINGS_ERROR_SIZE];

	is_int(parse(&s, TOP "x: {y: [z, {a: b}]}\nstages:\n  p: [A]\nz:\n",
	    err), 0, "unknown keys are skipped, with all below them");
	is_str(warned, "f:4:1: x means nothing here: it is ignored\n"
	    "f:7:1: z means nothing here: it is ignored\n", "and said");
	settings_free(&s);
	settings_error("host: a\nhost: b\n", "f:2:1: host stands twice");
	settings_error("host: &a b\nx: *a\n",
	    "f:2:4: the alias *a: write out what it stands for");
	settings_error("x: [[[[[[[[1]]]]]]]]\n",
	    "f:1:11: nested deeper than 8 levels");
	settings_error("\xff\n", "f:1:1: invalid leading UTF-8 octet");
	settings_error("", "f: host is missing or empty: the address of the "
	    "server, for example https://deploy.example.com");
}

static void
is_visible(const char *in, size_t len, bool colours, const char *want,
    const char *name)
{
	char	*out = NULL;
	size_t	 n;
	FILE	*f = open_memstream(&out, &n);

	visible_put(f, in, len, colours);
	fclose(f);
	is_str(out, want, "%s", name);
	free(out);
}

#define VISIBLE(in, colours, want) \
	is_visible(in, sizeof(in) - 1, colours, want, "visible: " #in)

static void
visible(void)
{
	VISIBLE("", true, "");
	VISIBLE("plain\ttext", true, "plain\ttext");
	VISIBLE("\033[31mred", true, "\033[31mred\033[0m");
	VISIBLE("\033[31mred\033[0m", false, "red");
	VISIBLE("\033[m", true, "\033[m\033[0m");
	VISIBLE("\033[38;2;1;2;3m\033[4:3m", true,
	    "\033[38;2;1;2;3m\033[4:3m\033[0m");
	VISIBLE("\033[2J\033[?25l\033[1A", true, "^[[2J^[[?25l^[[1A");
	VISIBLE("\033[31", true, "^[[31");
	VISIBLE("\033[", true, "^[[");
	VISIBLE("\033", true, "^[");
	VISIBLE("\033]0;x\a", true, "^[]0;x^G");
	VISIBLE("\033P1m\033\\", true, "^[P1m^[\\");
	VISIBLE("a\rb\bc\0d\x7f", true, "a^Mb^Hc^@d^?");
	VISIBLE("\x9b" "31m", true, "\\x9b31m");
	VISIBLE("\xc2\x9b" "31m", true, "\\u009b31m");
	VISIBLE("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89", true,
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89");
	VISIBLE("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c", true,
	    "\\u202e\\u2066\\u2028\\u061c");
	VISIBLE("\xc0\x80\xed\xa0\x80\xf5", true,
	    "\\xc0\\x80\\xed\\xa0\\x80\\xf5");
	VISIBLE("\xe2\x82", true, "\\xe2\\x82");
}

int
main(void)
{
	settings_whole();
	settings_others();
	visible();
	return done_testing();
}
