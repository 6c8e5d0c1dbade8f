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
 * Forms, cookies and the percent-encoding below them.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "../../common/utf8.h"
#include "../../web/cookie.h"
#include "../../web/form.h"
#include "tap.h"

static void	test_good(void);
static void	test_bad(void);
static void	test_limits(void);
static void	test_utf8(void);
static void	test_cookies(void);

/* Every form as "name=value;" for each field; "error" if it is refused. */
static const char *
decode(const char *data, size_t len)
{
	static char	 text[1024];
	struct form	 form;
	const char	*error;
	char		*copy;
	size_t		 i;

	text[0] = '\0';
	copy = malloc(len == 0 ? 1 : len);
	memcpy(copy, data, len);
	if (form_parse(&form, copy, len, &error) == -1) {
		snprintf(text, sizeof(text), "error: %s", error);
		if (form.nfields != 0 || form.buf != NULL)
			snprintf(text, sizeof(text), "not empty");
	} else {
		for (i = 0; i < form.nfields; i++)
			snprintf(text + strlen(text),
			    sizeof(text) - strlen(text), "%s=%s;",
			    form.field[i].name, form.field[i].value);
	}
	form_clear(&form);
	form_clear(&form);
	free(copy);
	return text;
}

static void
test_good(void)
{
	static const struct {
		const char	*in;
		const char	*want;
	} t[] = {
		{ "", "" },
		{ "a=1", "a=1;" },
		{ "a=1&b=2", "a=1;b=2;" },
		{ "a", "a=;" },
		{ "a=", "a=;" },
		{ "=1", "=1;" },
		{ "a&b", "a=;b=;" },
		{ "&&a=1&", "a=1;" },
		{ "a=b=c", "a=b=c;" },
		{ "comment=fix+it%21+%2B1%26", "comment=fix it! +1&;" },
		{ "stages%5B%5D=A&stages[]=B", "stages[]=A;stages[]=B;" },
		{ "c=line%0D%0Atwo", "c=line\r\ntwo;" },
		{ "c=%c3%A4%E2%82%ac%F0%9F%9A%80", "c=\u00e4\u20ac"
		    "\U0001f680;" },
		{ "c=\xc3\xa4", "c=\u00e4;" },
		{ "%61=%62", "a=b;" }
	};
	size_t	i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_str(decode(t[i].in, strlen(t[i].in)), t[i].want,
		    "form '%s'", t[i].in);
}

static void
test_bad(void)
{
	static const struct {
		const char	*in;
		size_t		 len;
		const char	*name;
		const char	*want;
	} t[] = {
		{ "a=%", 3, "a lone %", "error: the form has an invalid "
		    "%-escape" },
		{ "a=%4", 4, "half an escape", "error: the form has an "
		    "invalid %-escape" },
		{ "a=%4&b=1", 8, "an escape over the end of a field",
		    "error: the form has an invalid %-escape" },
		{ "a=%zz", 5, "an escape that is not hexadecimal",
		    "error: the form has an invalid %-escape" },
		{ "a=%u0041", 8, "%uXXXX", "error: the form has an invalid "
		    "%-escape" },
		{ "%=1", 3, "a bad escape in a name", "error: the form has an "
		    "invalid %-escape" },
		{ "a=%00", 5, "an escaped NUL", "error: the form has a NUL "
		    "byte" },
		{ "a=x\0y", 5, "a NUL", "error: the form has a NUL byte" },
		{ "%00=1", 5, "a NUL in a name", "error: the form has a NUL "
		    "byte" },
		{ "ok=1&a=%ff", 10, "invalid UTF-8", "error: the form is not "
		    "valid UTF-8" },
		{ "a=%c3", 5, "UTF-8 cut off", "error: the form is not valid "
		    "UTF-8" },
		{ "a=%c3&%a4=1", 11, "UTF-8 over two fields", "error: the "
		    "form is not valid UTF-8" }
	};
	size_t	i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_str(decode(t[i].in, t[i].len), t[i].want, "%s is refused",
		    t[i].name);
}

static void
test_limits(void)
{
	struct form	 form;
	const char	*error, *value;
	char		 many[4 * FORM_MAX_FIELDS + 8] = "";
	size_t		 i;

	for (i = 0; i < FORM_MAX_FIELDS; i++)
		memcpy(many + 2 * i, "a&", 3);
	is_int(form_parse(&form, many, strlen(many), &error), 0,
	    "as many fields as are allowed");
	is_int(form.nfields, FORM_MAX_FIELDS, "all of them stand there");
	form_clear(&form);
	memcpy(many + 2 * i, "a", 2);
	is_int(form_parse(&form, many, strlen(many), &error), -1,
	    "one more is refused");
	is_str(error, "the form has too many fields", "and it says why");

	is_int(form_parse(&form, NULL, 0, &error), 0, "no form at all");
	is_int(form_one(&form, "a", &value), 0, "has no field");
	form_clear(&form);

	form_parse(&form, "a=1&s=x&b=&s=y&s=z", 18, &error);
	is_int(form_one(&form, "a", &value), 1, "a field that stands once");
	is_str(value, "1", "its value");
	is_int(form_one(&form, "b", &value), 1, "an empty one stands once");
	is_str(value, "", "its value is empty");
	is_int(form_one(&form, "s", &value), -1, "a repeated one is told");
	ok(value == NULL, "and gives no value");
	is_int(form_one(&form, "c", &value), 0, "a missing one is told");
	i = 0;
	is_str(form_next(&form, "s", &i), "x", "repeated: the first");
	is_str(form_next(&form, "s", &i), "y", "the second");
	is_str(form_next(&form, "s", &i), "z", "the third");
	ok(form_next(&form, "s", &i) == NULL, "and no more");
	form_clear(&form);
}

static void
test_utf8(void)
{
	static const struct {
		const char	*s;
		int		 valid;
	} t[] = {
		{ "", 1 }, { "plain", 1 }, { "\x7f", 1 }, { "\xc2\x80", 1 },
		{ "\xdf\xbf", 1 }, { "\xe0\xa0\x80", 1 },
		{ "\xed\x9f\xbf", 1 }, { "\xee\x80\x80", 1 },
		{ "\xf0\x90\x80\x80", 1 }, { "\xf4\x8f\xbf\xbf", 1 },
		{ "\x80", 0 }, { "\xc0\x80", 0 }, { "\xc1\xbf", 0 },
		{ "\xc2", 0 }, { "\xc2\x41", 0 }, { "\xe0\x9f\xbf", 0 },
		{ "\xe2\x82", 0 }, { "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "\xfe", 0 }, { "\xff", 0 },
		{ "a\xf0\x9f\x9a", 0 }, { "\xe2\x82\x41", 0 }
	};
	size_t	i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(utf8_is_valid(t[i].s, strlen(t[i].s)), t[i].valid,
		    "UTF-8 sequence %zu", i);
}

static void
test_cookies(void)
{
	static const struct {
		const char	*header;
		int		 found;
		const char	*value;
	} t[] = {
		{ NULL, 0, NULL }, { "", 0, NULL }, { "s", 0, NULL },
		{ "s=abc", 1, "abc" }, { "s=", 1, "" },
		{ "a=1; s=abc; b=2", 1, "abc" }, { "s=a;b=2", 1, "a" },
		{ "s=a=b==", 1, "a=b==" }, { "ss=1; as=2", 0, NULL },
		{ "S=abc", 0, NULL }, { "a=s=1; b", 0, NULL },
		{ "odd name=\"x y\"; s=1; =; ;;", 1, "1" },
		{ "s=1; s=1", -1, "" }, { "s=1; a=2; s=", -1, "" },
		{ "s=a b", -1, "" }, { "s=\"abc\"", -1, "" },
		{ "s=a,b", -1, "" }, { "s=a\\b", -1, "" },
		{ "s=a\tb", -1, "" }, { "s=\xc3\xa4", -1, "" },
		{ "s=abcdefg", 1, "abcdefg" }, { "s=abcdefgh", -1, "" }
	};
	char	value[8];
	size_t	i;
	int	found;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(value, 'x', sizeof(value));
		found = cookie_find(t[i].header, "s", value, sizeof(value));
		is_int(found, t[i].found, "cookie in '%s'",
		    t[i].header == NULL ? "(none)" : t[i].header);
		if (t[i].value != NULL)
			is_str(value, t[i].value, "and its value");
	}
}

int
main(void)
{
	test_good();
	test_bad();
	test_limits();
	test_utf8();
	test_cookies();
	return done_testing();
}
