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
 * Requests, as the page and the original's client make them.
 */

#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "screen.h"
#include "server.h"

#define SENTENCE_MAX	1000

#define SEE_OTHER	303

static const struct settings	*settings;
static char			*application;	/* as it stands in a path */

const char *
json_text(const json_t *json, const char *key)
{
	const char	*s = json_string_value(json_object_get(json, key));

	return s == NULL ? "" : s;
}

void
server_init(const struct settings *s)
{
	char	*name, *p;

	settings = s;
	http_init(s->host, s->token);
	/* The original took slashes around the name. */
	p = s->application + strspn(s->application, "/");
	if ((name = strdup(p)) == NULL)
		die("out of memory");
	while (*name != '\0' && name[strlen(name) - 1] == '/')
		name[strlen(name) - 1] = '\0';
	application = http_escape(name);
	free(name);
}

static __attribute__((format(printf, 1, 2))) char *
text_make(const char *fmt, ...)
{
	va_list	ap;
	char	*s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		die("out of memory");
	va_end(ap);
	return s;
}

/* "/APP/deployments/ID" and what follows; to be freed. */
static char *
path_make(uint64_t id, const char *rest)
{
	return text_make("/%s/deployments/%" PRIu64 "%s", application, id,
	    rest);
}

/* Adds "name=value" to a form, which is replaced. */
static void
field_add(char **form, const char *name, const char *value)
{
	char	*escaped = http_escape(value), *longer;

	longer = text_make("%s%s%s=%s", *form == NULL ? "" : *form,
	    *form == NULL ? "" : "&", name, escaped);
	free(*form);
	free(escaped);
	*form = longer;
}

static void
stages_add(char **form, const struct settings_target *t)
{
	size_t	i;

	for (i = 0; i < t->nstages; i++)
		field_add(form, "stages%5B%5D", t->stages[i]);
}

/* The first line of a text, if it is one for people. */
static char *
line_take(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && n < SENTENCE_MAX && s[n] != '\n' && s[n] != '\0')
		n++;
	return n == 0 || *s == '<' || *s == '{' ? NULL :
	    text_make("%.*s", (int)n, s);
}

char *
server_sentence(const struct transfer *t)
{
	const char	*body, *error = http_error(t);
	char		*s = NULL;
	json_t		*json;
	size_t		 len;

	if (error != NULL)
		return text_make("%s", error);
	body = http_body(t, &len);
	json = json_loadb(body, len, 0, NULL);
	if (*json_text(json, "error") != '\0')
		s = text_make("%.*s", SENTENCE_MAX, json_text(json, "error"));
	else
		s = line_take(body, len);
	json_decref(json);
	if (s == NULL)
		s = text_make("the server answered with status %ld",
		    http_status(t));
	return s;
}

static void
refused_token(const char *why)
{
	die("the server does not accept the API token: %s\n"
	    "Make a new one at %s/-/tokens, for api_token in .toni.yml.", why,
	    http_address());
}

void
server_refused(const struct transfer *t)
{
	long	status = http_status(t);
	char	*why = server_sentence(t);

	if (status == 0)
		die("can't reach the server at %s: %s\n%s", http_address(),
		    why, http_advice(t));
	if (status == 401 || (status == 500 &&
	    strcmp(why, "wrong API token") == 0))
		refused_token(why);
	if (status >= 300 && status < 400)
		refused_token("it wants somebody to sign in");
	if (status == 404 && strcmp(why, "application not found") == 0)
		die("the server has no application \"%s\"\n"
		    "Is application in .toni.yml right?",
		    settings->application);
	if (status == 421)
		die("%s\nhost in .toni.yml must be the server's own address, "
		    "not %s.", why, http_address());
	die("%s (status %ld)", why, status);
}

json_t *
server_json(const struct transfer *t)
{
	const char	*body;
	size_t		 len;

	if (http_error(t) != NULL || http_status(t) != 200)
		return NULL;
	body = http_body(t, &len);
	return json_loadb(body, len, JSON_ALLOW_NUL, NULL);
}

static void
left_waiting(void)
{
	exit(130);
}

/* Waits; whatever is no 200 with JSON ends the program. */
static json_t *
json_await(struct transfer *t)
{
	json_t	*json;

	http_finish(t, left_waiting);
	if (http_error(t) != NULL || http_status(t) != 200)
		server_refused(t);
	if ((json = server_json(t)) == NULL)
		die("the server's answer is no JSON: is there an applikatonid "
		    "at %s?", http_address());
	http_end(t);
	return json;
}

/* A GET of what the application has there; frees the query. */
static struct transfer *
get_start(const char *what, char *query)
{
	struct transfer	*t;
	char		*path;

	path = text_make("/%s%s%s%s", application, what,
	    query == NULL ? "" : "?", query == NULL ? "" : query);
	t = http_start(path, NULL, NULL, NULL);
	free(path);
	free(query);
	return t;
}

json_t *
server_list(const char *target)
{
	char	*query = NULL;

	if (*target != '\0')
		field_add(&query, "target", target);
	return json_await(get_start("/deployments", query));
}

json_t *
server_plan(const struct options *o, const struct settings_target *t)
{
	char	*query = NULL;

	field_add(&query, "target", o->target);
	field_add(&query, "sha", o->commit);
	stages_add(&query, t);
	return json_await(get_start("/plan", query));
}

json_t *
server_diff(const struct options *o)
{
	struct transfer	*t;
	char		*query = NULL, *why;
	long		 status;

	field_add(&query, "target", o->target);
	field_add(&query, "sha", o->commit);
	t = get_start("/diff", query);
	http_finish(t, left_waiting);
	status = http_error(t) != NULL ? 0 : http_status(t);
	if (status == 204) {
		http_end(t);
		return NULL;
	}
	why = server_sentence(t);
	if (status == 501 || (status == 404 &&
	    strcmp(why, "application not found") != 0 &&
	    strcmp(why, "target not found") != 0))
		die("the server can't show the commits: %s\n"
		    "That needs GitHub; -n shows the commands instead.", why);
	free(why);
	return json_await(t);
}

struct transfer *
server_kill_start(uint64_t id)
{
	char		*path = path_make(id, "/kill");
	struct transfer	*t;

	t = http_start(path, "", NULL, NULL);
	free(path);
	return t;
}

void
server_kill(uint64_t id)
{
	struct transfer	*t = server_kill_start(id);

	http_finish(t, left_waiting);
	if (http_error(t) != NULL || http_status(t) != 200)
		server_refused(t);
	http_end(t);
}

struct transfer *
server_log(uint64_t id, uint64_t from, http_data *data, void *arg)
{
	char		*query = text_make("/log?from=%" PRIu64 "&format=json",
			    from);
	char		*path = path_make(id, query);
	struct transfer	*t;

	t = http_start(path, NULL, data, arg);
	free(path);
	free(query);
	return t;
}

struct transfer *
server_deployment(uint64_t id)
{
	char		*path = path_make(id, "");
	struct transfer	*t;

	t = http_start(path, NULL, NULL, NULL);
	free(path);
	return t;
}

/* The server knows targets, but not this one: which, then? */
static void
refused_target(const char *target)
{
	struct transfer	*t;
	json_t		*json, *one, *all;
	size_t		 i;

	complain("the server has no target \"%s\"", target);
	t = get_start("", NULL);
	http_finish(t, left_waiting);
	json = server_json(t);
	all = json_object_get(json_object_get(json, "application"), "targets");
	if (json_array_size(all) > 0)
		complain_more("It has:");
	json_array_foreach(all, i, one)
		complain_more("%s", json_text(one, "name"));
	json_decref(json);
	http_end(t);
	exit(1);
}

/* The number at the end of "/APP/deployments/12". */
static uint64_t
location_id(const struct transfer *t)
{
	const char	*slash, *error = "";
	char		*path = http_location(t);
	uint64_t	 id = 0;

	if (path != NULL && (slash = strrchr(path, '/')) != NULL)
		id = strtonum(slash + 1, 1, INT64_MAX, &error);
	if (id == 0 || error != NULL) {
		/* Or it wants somebody to sign in. */
		if (path == NULL || strstr(path, "/deployments/") == NULL)
			server_refused(t);
		die("the server does not say which deployment it has started: "
		    "toni -l lists them");
	}
	free(path);
	return id;
}

/* Nobody knows yet what to kill. */
static void
create_interrupted(void)
{
	if (interrupt_count() == 1) {
		complain("waiting for the server's answer; ^C again leaves");
		return;
	}
	complain("left before the server answered: whether the deployment "
	    "runs is not known, toni -l lists them");
	exit(130);
}

uint64_t
server_create(const struct options *o, const struct settings_target *target)
{
	struct transfer	*t;
	char		*form = NULL, *path, *why;
	uint64_t	 id;
	bool		 no_target;

	field_add(&form, "target", o->target);
	field_add(&form, "commitsha", o->commit);
	field_add(&form, "branch", o->branch);
	field_add(&form, "comment", o->comment);
	stages_add(&form, target);
	path = text_make("/%s/deployments", application);
	t = http_start(path, form, NULL, NULL);
	free(path);
	free(form);
	http_finish(t, create_interrupted);
	if (http_error(t) != NULL && !http_is_unsent(t))
		die("the connection ended before the server answered: %s\n"
		    "Whether the deployment runs is not known: toni -l lists "
		    "them.", http_error(t));
	if (http_error(t) != NULL)
		server_refused(t);
	why = server_sentence(t);
	no_target = http_status(t) == 404 &&
	    strcmp(why, "target not found") == 0;
	free(why);
	if (no_target)
		refused_target(o->target);
	if (http_status(t) != SEE_OTHER)
		server_refused(t);
	id = location_id(t);
	http_end(t);
	return id;
}
