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
 * Times as text: reading what others wrote, and writing.
 */

#include "config.h"

#include <string.h>

#include "../../engine/times.h"
#include "tap.h"

static const struct {
	const char	*text;
	const char	*time;	/* as we write it, or NULL */
} cases[] = {
	{ "2016-02-03 04:05:06.5+01:00", "2016-02-03T03:05:06.500000000Z" },
	{ "2016-02-03 04:05:06.123456789-07:30",
	    "2016-02-03T11:35:06.123456789Z" },
	{ "2016-02-03T04:05:06.000000001Z", "2016-02-03T04:05:06.000000001Z" },
	{ "2016-02-03 04:05:06", "2016-02-03T04:05:06.000000000Z" },
	{ "2016-02-03T04:05", "2016-02-03T04:05:00.000000000Z" },
	{ "2016-02-29", "2016-02-29T00:00:00.000000000Z" },
	{ "1454468706", "2016-02-03T03:05:06.000000000Z" },
	{ "1454468706000", "2016-02-03T03:05:06.000000000Z" },
	{ "1970-01-01 00:30:00+01:00", NULL },
	{ "1969-12-31 23:59:59", NULL },
	{ "0001-01-01 00:00:00+00:00", NULL },
	{ "2300-01-01 00:00:00", NULL },
	{ "2016-13-01", NULL },
	{ "2016-02-03 25:00:00", NULL },
	{ "2016-02-03 04", NULL },
	{ "2016-02-03 04:05:06 CET", NULL },
	{ "2016-02-03 04:05:06+1:00", NULL },
	{ "2016", "1970-01-01T00:33:36.000000000Z" },
	{ "12345678901234567890", NULL },
	{ "yesterday", NULL },
	{ "", NULL },
};
#define NCASES	(sizeof(cases) / sizeof(cases[0]))

int
main(void)
{
	char		buf[TIME_LEN];
	uint64_t	ns;
	size_t		i;
	int		r;

	for (i = 0; i < NCASES; i++) {
		ns = 7;
		r = time_parse(cases[i].text, &ns);
		time_format_ns(ns, buf);
		if (cases[i].time == NULL)
			ok(r == -1 && ns == 7, "\"%s\" is no time",
			    cases[i].text);
		else
			ok(r == 0 && strcmp(buf, cases[i].time) == 0,
			    "\"%s\" is %s", cases[i].text, buf);
	}
	return done_testing();
}
