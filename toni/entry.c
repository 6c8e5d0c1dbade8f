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
 * Writes entries.  Each type has its words and its colour; what hosts print
 * comes behind them, made safe by the screen.
 */

#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "entry.h"
#include "screen.h"
#include "server.h"

static const struct {
	const char	*type;
	const char	*words;
	enum colour	 colour;
	bool		 from_host;
	bool		 all;		/* the message has the colour, too */
} table[] = {
	{ "COMMAND_START", "STARTING:", COLOUR_YELLOW, true, false },
	{ "COMMAND_STDOUT_OUTPUT", "STDOUT --", COLOUR_NONE, true, false },
	{ "COMMAND_STDERR_OUTPUT", "STDERR --", COLOUR_CYAN, true, false },
	{ "COMMAND_FAIL", "FAILED:", COLOUR_RED, true, false },
	{ "COMMAND_SUCCESS", "SUCCESS:", COLOUR_GREEN, true, false },
	{ "STAGE_START", "STARTING STAGE: ", COLOUR_YELLOW, false, true },
	{ "STAGE_FAIL", "STAGE FAILED: ", COLOUR_RED, false, true },
	{ "STAGE_SUCCESS", "STAGE SUCCESS: ", COLOUR_GREEN, false, true },
	{ "STAGE_RESULT", "STAGE RESULT: ", COLOUR_YELLOW, false, true },
	{ "DEPLOYMENT_START", "STARTING DEPLOYMENT: ", COLOUR_MAGENTA, false,
	    true },
	{ "DEPLOYMENT_FAIL", "DEPLOYMENT FAILED: ", COLOUR_RED, false, true },
	{ "DEPLOYMENT_SUCCESS", "DEPLOYMENT FINISHED: ", COLOUR_MAGENTA, false,
	    true },
	{ "KILL_RECEIVED", "KILL RECEIVED: ", COLOUR_RED, false, true },
};
#define NTYPES	(sizeof(table) / sizeof(table[0]))

static size_t
time_write(const struct tm *tm, enum time_form form, char *buf, size_t len)
{
	switch (form) {
	case TIME_SECONDS:
		return strftime(buf, len, "%Y/%m/%d %H:%M:%S", tm);
	case TIME_MINUTES:
		return strftime(buf, len, "%Y-%m-%d %H:%M", tm);
	default:
		return strftime(buf, len, "%d %b %Y %H:%M %Z", tm);
	}
}

void
time_local(const char *s, enum time_form form, char *buf, size_t len)
{
	struct tm	 tm = { 0 };
	const char	*end;
	time_t		 t;

	end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	/* It says UTC, as it must, or is passed on as it is. */
	if (end == NULL || s[strlen(s) - 1] != 'Z' ||
	    (t = timegm(&tm)) == -1 || localtime_r(&t, &tm) == NULL ||
	    time_write(&tm, form, buf, len) == 0)
		strlcpy(buf, s, len);
}

void
entry_say(const json_t *entry)
{
	const json_t	*message = json_object_get(entry, "message");
	const char	*type = json_text(entry, "entry_type");
	const char	*text = json_string_value(message);
	char		 when[64], *all;
	size_t		 i;

	for (i = 0; i < NTYPES && strcmp(table[i].type, type) != 0; i++)
		continue;
	if (i == NTYPES || text == NULL)
		return;
	time_local(json_text(entry, "timestamp"), TIME_SECONDS, when,
	    sizeof(when));
	say_string(when);
	say(" ");
	if (table[i].from_host) {
		say_string(json_text(entry, "origin"));
		say(" -- ");
	}
	if (table[i].all) {
		if (asprintf(&all, "%s%s", table[i].words, text) == -1)
			die("out of memory");
		say_coloured(table[i].colour, all);
		free(all);
	} else {
		say_coloured(table[i].colour, table[i].words);
		say(" ");
		say_text(text, json_string_length(message));
	}
	say("\n");
}
