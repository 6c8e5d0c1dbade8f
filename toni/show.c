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
 * Prints answers.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "entry.h"
#include "http.h"
#include "screen.h"
#include "server.h"
#include "show.h"

#define CELL_MAX	48	/* bytes of a cell but the last */

static void
json_say(const json_t *json)
{
	char	*s;

	if ((s = json_dumps(json, JSON_COMPACT)) == NULL)
		die("out of memory");
	say_raw(s, strlen(s));
	say("\n");
	free(s);
}

static void
attribute_say(const char *name, const char *value)
{
	say("\t%-15s = ", name);
	say_string(value);
	say("\n");
}

void
show_order(const struct options *o, const struct settings *s,
    const struct settings_target *t)
{
	size_t	i;

	attribute_say("host", http_address());
	attribute_say("application", s->application);
	attribute_say("target", o->target);
	attribute_say("sha", o->commit);
	attribute_say("branch", o->branch);
	attribute_say("comment", o->comment);
	say("\t%-15s = ", "stages");
	for (i = 0; i < t->nstages; i++) {
		say("%s", i == 0 ? "" : ", ");
		say_string(t->stages[i]);
	}
	say("\n");
}

/*
 * The list.
 */

struct cell {
	const char	*title;
	const char	*key;
};

static const struct cell cells[] = {
	{ "ID", "id" },
	{ "TARGET", "target" },
	{ "STATE", "state" },
	{ "USER", "user" },
	{ "CREATED", "created_at" },
	{ "COMMIT", "commit_sha" },
	{ "BRANCH", "branch" },
	{ "COMMENT", "comment" },
};
#define NCELLS	(sizeof(cells) / sizeof(cells[0]))

/* The text of a cell. */
static const char *
cell_text(const json_t *row, size_t i, char *buf, size_t len)
{
	const char	*key = cells[i].key;

	if (strcmp(key, "id") == 0)
		snprintf(buf, len, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(row, key)));
	else if (strcmp(key, "created_at") == 0)
		time_local(json_text(row, key), TIME_MINUTES, buf, len);
	else if (strcmp(key, "commit_sha") == 0)
		snprintf(buf, len, "%.10s", json_text(row, key));
	else if (i == NCELLS - 1)
		return json_text(row, key);
	else
		strlcpy(buf, json_text(row, key), len);
	return buf;
}

static size_t
columns_count(const char *s)
{
	size_t	n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
cells_measure(const json_t *rows, size_t width[NCELLS])
{
	const json_t	*row;
	char		 buf[CELL_MAX];
	size_t		 i, k, n;

	for (i = 0; i < NCELLS; i++) {
		width[i] = strlen(cells[i].title);
		json_array_foreach(rows, k, row) {
			n = columns_count(cell_text(row, i, buf, sizeof(buf)));
			if (n > width[i])
				width[i] = n;
		}
	}
}

static void
cell_say(const char *text, size_t width, bool last)
{
	size_t	n = columns_count(text);

	/* A comment may have lines. */
	say_text(text, strcspn(text, "\r\n"));
	if (last)
		say("\n");
	else
		say("%*s", (int)(width > n ? width - n : 0) + 2, "");
}

void
show_list(const json_t *json, bool as_json)
{
	const json_t	*rows = json_object_get(json, "deployments"), *row;
	char		 buf[CELL_MAX];
	size_t		 width[NCELLS], i, k;

	if (as_json) {
		json_array_foreach(rows, k, row)
			json_say(row);
		return;
	}
	if (json_array_size(rows) == 0) {
		say("There are no deployments.\n");
		return;
	}
	cells_measure(rows, width);
	for (i = 0; i < NCELLS; i++)
		cell_say(cells[i].title, width[i], i == NCELLS - 1);
	json_array_foreach(rows, k, row)
		for (i = 0; i < NCELLS; i++)
			cell_say(cell_text(row, i, buf, sizeof(buf)),
			    width[i], i == NCELLS - 1);
}

/*
 * The plan.
 */

static bool
has_string(const json_t *list, const char *s)
{
	const json_t	*one;
	size_t		 i;

	json_array_foreach(list, i, one)
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), s) == 0)
			return true;
	return false;
}

/* The commands of one of these roles for a stage, and which role it is. */
static const json_t *
commands_find(const json_t *plan, const json_t *names, const char *stage,
    const char **name)
{
	const json_t	*role, *script;
	size_t		 i, k;

	json_array_foreach(json_object_get(plan, "roles"), i, role) {
		*name = json_text(role, "name");
		if (!has_string(names, *name))
			continue;
		json_array_foreach(json_object_get(role, "scripts"), k, script)
			if (strcmp(json_text(script, "stage"), stage) == 0)
				return json_object_get(script, "commands");
	}
	return NULL;
}

static void
stage_say(const json_t *plan, const json_t *host, const char *stage)
{
	const json_t	*commands, *one;
	const char	*role;
	size_t		 i;

	commands = commands_find(plan, json_object_get(host, "roles"), stage,
	    &role);
	say("  ");
	say_coloured(COLOUR_YELLOW, stage);
	if (commands == NULL) {
		say(": nothing\n");
		return;
	}
	say(" (");
	say_string(role);
	say(")\n");
	json_array_foreach(commands, i, one) {
		say("    $ ");
		say_text(json_string_value(one), json_string_length(one));
		say("\n");
	}
}

void
show_plan(const json_t *plan, bool as_json)
{
	const json_t	*host, *stage;
	size_t		 i, k;

	if (as_json) {
		json_say(plan);
		return;
	}
	json_array_foreach(json_object_get(plan, "hosts"), i, host) {
		say("%s", i == 0 ? "" : "\n");
		say_coloured(COLOUR_MAGENTA, json_text(host, "origin"));
		say("\n");
		json_array_foreach(json_object_get(plan, "stages"), k, stage)
			if (json_is_string(stage))
				stage_say(plan, host,
				    json_string_value(stage));
	}
}

/*
 * The commits, in GitHub's words.
 */

static void
commit_say(const json_t *commit)
{
	const json_t	*inner = json_object_get(commit, "commit");
	const char	*message = json_text(inner, "message");
	const char	*author;
	char		 text[64], when[64];

	author = json_text(json_object_get(commit, "author"), "login");
	if (*author == '\0')
		author = json_text(json_object_get(inner, "author"), "name");
	say("* ");
	snprintf(text, sizeof(text), "%.6s", json_text(commit, "sha"));
	say_coloured(COLOUR_YELLOW, text);
	say("   ");
	time_local(json_text(json_object_get(inner, "committer"), "date"),
	    TIME_ZONE, when, sizeof(when));
	say_coloured(COLOUR_LIGHT_GREEN, when);
	say("   ");
	snprintf(text, sizeof(text), "%-15s", author);
	say_coloured(COLOUR_LIGHT_BLUE, text);
	say(" ");
	say_text(message, strcspn(message, "\r\n"));
	say("\n");
}

void
show_diff(const json_t *diff, bool as_json)
{
	const json_t	*commits = json_object_get(diff, "commits"), *commit;
	size_t		 i;

	if (as_json) {
		json_say(diff);
		return;
	}
	say("Ahead: %" JSON_INTEGER_FORMAT " Commits, Behind: %"
	    JSON_INTEGER_FORMAT " Commits\n",
	    json_integer_value(json_object_get(diff, "ahead_by")),
	    json_integer_value(json_object_get(diff, "behind_by")));
	if (json_array_size(commits) > 0)
		say("Commits that will be deployed:\n");
	json_array_foreach(commits, i, commit)
		commit_say(commit);
}
