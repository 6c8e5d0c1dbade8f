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
 * Rendering, see render.h.  A script is rendered once for its role, whatever
 * the number of hosts; where secrets go in, what can be shown comes with it,
 * and the lines of both correspond.
 */

#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "mask.h"
#include "render.h"
#include "template.h"

#define CHECK_SHA	"0000000000000000000000000000000000000000"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

/* What the scripts of a role know. */
struct variables {
	const struct conf_role		*role;
	const char			*sha;
	char				 timestamp[32];
	struct template_variable	*v;	/* of the role */
	size_t				 n;
};

static void
variables_init(struct variables *v, const char *sha, time_t when)
{
	struct tm	tm;

	memset(v, 0, sizeof(*v));
	v->sha = sha;
	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(v->timestamp, sizeof(v->timestamp), "%Y%m%d%H%M.%S",
	    &tm) == 0)
		fatalx("%s: no time", __func__);
}

/* Those of a role: its options, and what no option can change. */
static void
variables_set(struct variables *v, const struct conf_role *role)
{
	const struct template_variable	 own[] = {
		{ "AssetsTimestamp", v->timestamp, false },
		{ "CommitSha", v->sha, false }
	};
	const struct conf_option	*o;
	size_t				 i;

	free(v->v);
	v->v = reallocarray(NULL, role->options.n + nitems(own),
	    sizeof(*v->v));
	if (v->v == NULL)
		fatal("%s", __func__);
	memcpy(v->v, own, sizeof(own));
	v->n = nitems(own);
	v->role = role;
	for (i = 0; i < role->options.n; i++) {
		o = role->options.v[i];
		if (o->value == NULL || strcmp(o->name, own[0].name) == 0 ||
		    strcmp(o->name, own[1].name) == 0)
			continue;
		v->v[v->n++] = (struct template_variable){ o->name, o->value,
		    o->secret };
	}
}

static size_t
lines_count(const char *s)
{
	size_t	n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

/* Where in the configuration, and what: line and column of the script. */
static void
problem_describe(const struct variables *v, const struct conf_script *cs,
    const struct template_error *te, struct place *place, char *err,
    size_t errlen)
{
	*place = conf_script_place(cs, te->line);
	snprintf(err, errlen, "script %s of role %s: %u:%u: %s", cs->stage,
	    v->role->name, te->line, te->column, te->msg);
}

/* What a script can't have; NULL: it is fine. */
static const char *
text_problem(const char *text, size_t len)
{
	if (strlen(text) != len)
		return "a NUL in it";
	if (lines_count(text) >= SCRIPT_LINES_MAX)
		return "too many lines";
	return NULL;
}

/* NULL with the place and the problem in err. */
static struct job_script *
script_render(const struct conf_script *cs, struct variables *v,
    struct place *place, char *err, size_t errlen)
{
	struct template_error	 te;
	struct template		*t;
	struct job_script	*js;
	const char		*problem;
	char			*text, *shown;
	size_t			 len;
	int			 status;

	if (template_parse(cs->stage, cs->text, &t, &te) == -1) {
		problem_describe(v, cs, &te, place, err, errlen);
		return NULL;
	}
	status = template_render(t, v->v, v->n, &text, &len, &shown, &te);
	template_free(t);
	if (status == -1) {
		problem_describe(v, cs, &te, place, err, errlen);
		return NULL;
	}
	if ((problem = text_problem(text, len)) != NULL) {
		*place = cs->place;
		snprintf(err, errlen, "script %s of role %s: %s", cs->stage,
		    v->role->name, problem);
		freezero(text, len);
		free(shown);
		return NULL;
	}
	if ((js = calloc(1, sizeof(*js))) == NULL ||
	    (js->stage = strdup(cs->stage)) == NULL)
		fatal("%s", __func__);
	js->text = text;
	js->shown = shown;
	return js;
}

static void
script_free(struct job_script *js)
{
	if (js == NULL)
		return;
	free(js->stage);
	freezero(js->text, strlen(js->text));
	free(js->shown);
	free(js);
}

static bool
has_script(const struct conf_role *role, const char *stage)
{
	size_t	i;

	for (i = 0; i < role->scripts.n; i++)
		if (strcmp(role->scripts.v[i]->stage, stage) == 0)
			return true;
	return false;
}

/* Two roles of a host must not both have a script for a stage. */
static void
roles_compare(const struct conf_host *h, const struct conf_role *a,
    const struct conf_role *b, render_problem *problem, void *arg)
{
	char	text[RENDER_ERROR_SIZE];
	size_t	i;

	for (i = 0; a != b && i < a->scripts.n; i++) {
		if (!has_script(b, a->scripts.v[i]->stage))
			continue;
		snprintf(text, sizeof(text), "host %s: its roles %s and %s "
		    "both have a script %s", h->name, a->name, b->name,
		    a->scripts.v[i]->stage);
		problem(arg, &h->place, text);
	}
}

static void
host_check(const struct conf_target *t, const struct conf_host *h,
    render_problem *problem, void *arg)
{
	const struct conf_role	*role, *other;
	char			 text[RENDER_ERROR_SIZE];
	size_t			 i, j;

	if (h->roles.n == 0) {
		snprintf(text, sizeof(text), "host %s has no role", h->name);
		problem(arg, &h->place, text);
	}
	for (i = 0; i < h->roles.n; i++) {
		if ((role = conf_role(t, h->roles.v[i])) == NULL) {
			snprintf(text, sizeof(text),
			    "host %s: there is no role %s", h->name,
			    h->roles.v[i]);
			problem(arg, &h->place, text);
			continue;
		}
		for (j = 0; j < i; j++)
			if ((other = conf_role(t, h->roles.v[j])) != NULL)
				roles_compare(h, other, role, problem, arg);
	}
}

void
render_check(const struct conf_target *t, render_problem *problem, void *arg)
{
	struct variables	 v;
	struct job_script	*js;
	struct place		 place;
	char			 err[RENDER_ERROR_SIZE];
	size_t			 i, j;

	variables_init(&v, CHECK_SHA, 0);
	for (i = 0; i < t->roles.n; i++) {
		variables_set(&v, t->roles.v[i]);
		for (j = 0; j < v.role->scripts.n; j++) {
			js = script_render(v.role->scripts.v[j], &v, &place,
			    err, sizeof(err));
			if (js == NULL)
				problem(arg, &place, err);
			script_free(js);
		}
	}
	free(v.v);
}

struct first_problem {
	char	*err;
	size_t	 len;
	bool	 seen;
};

static void
problem_keep(void *arg, const struct place *place, const char *text)
{
	struct first_problem	*first = arg;

	(void)place;
	if (!first->seen)
		strlcpy(first->err, text, first->len);
	first->seen = true;
}

/* Each line of a value that spans several hides by itself. */
static void
secret_add(struct job *job, const char *value)
{
	char	*line;
	size_t	 len;

	for (; value != NULL && *value != '\0'; value += len + 1) {
		len = strcspn(value, "\r\n");
		if (len >= SECRET_MIN) {
			if ((line = strndup(value, len)) == NULL)
				fatal("%s", __func__);
			list_add(&job->secrets, line);
		}
		if (value[len] == '\0')
			break;
	}
}

static void
secrets_add(struct job *job, const struct conf_role *role)
{
	size_t	i;

	for (i = 0; i < role->options.n; i++)
		if (role->options.v[i]->secret)
			secret_add(job, role->options.v[i]->value);
}

static bool
is_wanted(const char *stage, const char *const *stages, size_t n)
{
	while (n-- > 0)
		if (strcmp(stages[n], stage) == 0)
			return true;
	return false;
}

/* The role as it is for these stages; NULL with the problem in err. */
static struct job_role *
role_render(struct variables *v, const char *const *stages, size_t nstages,
    char *err, size_t errlen)
{
	struct job_role		*jr;
	struct job_script	*js;
	struct place		 place;
	size_t			 i;

	if ((jr = calloc(1, sizeof(*jr))) == NULL ||
	    (jr->name = strdup(v->role->name)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < v->role->scripts.n; i++) {
		js = script_render(v->role->scripts.v[i], v, &place, err,
		    errlen);
		if (js == NULL) {
			while (jr->scripts.n > 0)
				script_free(jr->scripts.v[--jr->scripts.n]);
			free(jr->scripts.v);
			free(jr->name);
			free(jr);
			return NULL;
		}
		if (is_wanted(js->stage, stages, nstages))
			list_add(&jr->scripts, js);
		else
			script_free(js);
	}
	return jr;
}

static void
host_add(struct job *job, const struct conf_host *h)
{
	struct job_host	*jh;
	char		*s;
	size_t		 i;

	if ((jh = calloc(1, sizeof(*jh))) == NULL ||
	    (jh->name = strdup(h->name)) == NULL)
		fatal("%s", __func__);
	jh->port = h->port;
	for (i = 0; i < h->roles.n; i++) {
		if ((s = strdup(h->roles.v[i])) == NULL)
			fatal("%s", __func__);
		list_add(&jh->roles, s);
	}
	for (i = 0; i < h->fingerprints.n; i++) {
		if ((s = strdup(h->fingerprints.v[i])) == NULL)
			fatal("%s", __func__);
		list_add(&jh->fingerprints, s);
	}
	list_add(&job->hosts, jh);
}

int
render_job(const struct conf_target *t, const char *sha, time_t when,
    const char *const *stages, size_t nstages, struct job *job, char *err,
    size_t errlen)
{
	struct first_problem	 first = { err, errlen, false };
	struct variables	 v;
	struct job_role		*jr;
	char			*s;
	size_t			 i;

	for (i = 0; i < t->hosts.n; i++)
		host_check(t, t->hosts.v[i], problem_keep, &first);
	if (first.seen)
		return -1;
	variables_init(&v, sha, when);
	for (i = 0; i < t->roles.n; i++) {
		variables_set(&v, t->roles.v[i]);
		jr = role_render(&v, stages, nstages, err, errlen);
		if (jr == NULL) {
			free(v.v);
			return -1;
		}
		list_add(&job->roles, jr);
		secrets_add(job, v.role);
	}
	free(v.v);
	for (i = 0; i < nstages; i++) {
		if ((s = strdup(stages[i])) == NULL)
			fatal("%s", __func__);
		list_add(&job->stages, s);
	}
	for (i = 0; i < t->hosts.n; i++)
		host_add(job, t->hosts.v[i]);
	return 0;
}
