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
 * The answers to MSG_VIEW.  A view reads the configuration and the store and
 * writes JSON or text; it changes nothing.  Each costs the same however long
 * the history is.
 */

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "answer.h"
#include "feed.h"
#include "history.h"
#include "people.h"
#include "request.h"
#include "times.h"
#include "views.h"

#define NEWEST		10	/* of an application's page */
#define PER_PAGE	25

/* A question, as it came. */
struct asked {
	struct request	 r;
	struct who	 who;
	const char	*app;
	const char	*target;
	uint64_t	 id;
	uint64_t	 before;
};

static void	view_home(struct asked *);
static void	view_application(struct asked *);
static void	view_deployments(struct asked *);
static void	view_deployment(struct asked *);
static void	view_toni(struct asked *);
static void	view_tokens(struct asked *);
static void	view_health(struct asked *);
static void	view_metrics(struct asked *);

static const struct {
	void	(*answer)(struct asked *);
	bool	 anybody;	/* needs no credential */
} views[VIEW_MAX] = {
	[VIEW_HOME] =		{ view_home, false },
	[VIEW_APPLICATION] =	{ view_application, false },
	[VIEW_DEPLOYMENTS] =	{ view_deployments, false },
	[VIEW_DEPLOYMENT] =	{ view_deployment, false },
	[VIEW_TONI] =		{ view_toni, false },
	[VIEW_TOKENS] =		{ view_tokens, false },
	[VIEW_HEALTH] =		{ view_health, true },
	[VIEW_METRICS] =	{ view_metrics, false },
};

void
handle_view(struct channel *ch, struct msg *m)
{
	struct asked	a = { 0 };
	uint8_t		view;

	(void)ch;
	request_read(&a.r, m);
	view = msg_get_u8(m);
	a.app = msg_get_string(m);
	a.target = msg_get_string(m);
	a.id = msg_get_u64(m);
	a.before = msg_get_u64(m);
	if (view >= VIEW_MAX) {
		answer_error(a.r.id, 404, "there is no such view");
		return;
	}
	if (views[view].anybody || request_identify(&a.r, &a.who))
		views[view].answer(&a);
}

/* Every answer to a person begins with who they are. */
static void
page_begin(struct json *j, const struct asked *a)
{
	json_open(j, NULL);
	json_open(j, "user");
	json_put_string(j, "login", a->who.login);
	json_close(j);
}

static void
page_end(struct json *j, const struct asked *a)
{
	json_close(j);
	answer_json(a->r.id, 200, j);
}

static void
unreadable(struct json *j, const struct asked *a)
{
	buf_free(&j->buf);
	answer_error(a->r.id, 503, "the database can't be read now");
}

/* A token for one target sees only this one. */
static const char *
only_target(const struct asked *a)
{
	if (*a->who.target != '\0')
		return a->who.target;
	return *a->target == '\0' ? NULL : a->target;
}

static void
last_add(const struct store_deployment *d, void *arg)
{
	struct json	*j = arg;

	json_open(j, "last");
	json_deployment(j, d);
	json_close(j);
}

static int
home_application(struct json *j, const struct asked *q,
    const struct conf_application *a)
{
	const struct conf_target	*t;
	size_t				 i;
	int				 r;

	json_open(j, NULL);
	json_put_string(j, "name", a->name);
	json_put_string(j, "repository", a->repository);
	json_open_list(j, "targets");
	for (i = 0; i < a->targets.n; i++) {
		t = a->targets.v[i];
		if (!access_reads_target(&q->who, a, t->name))
			continue;
		json_open(j, NULL);
		json_put_string(j, "name", t->name);
		json_put_bool(j, "deployer", access_deploys(&q->who, a, t));
		r = store_deployment_last(a->name, t->name, last_add, j);
		if (r == -1)
			return -1;
		if (r == 0)
			json_put_string(j, "last", NULL);
		json_close(j);
	}
	json_close_list(j);
	json_close(j);
	return 0;
}

static void
view_home(struct asked *q)
{
	const struct conf_application	*a;
	struct json			 j = { 0 };
	size_t				 i;

	page_begin(&j, q);
	json_open_list(&j, "applications");
	for (i = 0; i < engine_conf->applications.n; i++) {
		a = engine_conf->applications.v[i];
		if (access_reads(&q->who, a) &&
		    home_application(&j, q, a) == -1) {
			unreadable(&j, q);
			return;
		}
	}
	json_close_list(&j);
	page_end(&j, q);
}

static uint64_t
running_id(const struct conf_application *a, const struct conf_target *t)
{
	struct deployment	*d;

	RB_FOREACH(d, deployments, &deployments_running)
		if (strcmp(d->application, a->name) == 0 &&
		    strcmp(d->target, t->name) == 0)
			return d->id;
	return 0;
}

static void
application_targets(struct json *j, const struct asked *q,
    const struct conf_application *a)
{
	const struct conf_target	*t;
	size_t				 i;

	json_open_list(j, "targets");
	for (i = 0; i < a->targets.n; i++) {
		t = a->targets.v[i];
		if (!access_reads_target(&q->who, a, t->name))
			continue;
		json_open(j, NULL);
		json_put_string(j, "name", t->name);
		json_put_bool(j, "deployer", access_deploys(&q->who, a, t));
		json_put_bool(j, "host_key_check", !t->unchecked);
		json_put_strings(j, "stages", t->stages.v, t->stages.n);
		json_put_strings(j, "default_stages", t->default_stages.v,
		    t->default_stages.n);
		json_put_id(j, "running", running_id(a, t));
		json_close(j);
	}
	json_close_list(j);
}

static void
view_application(struct asked *q)
{
	const struct conf_application	*a;
	struct json			 j = { 0 };
	uint64_t			 next;

	if ((a = request_application(&q->r, &q->who, q->app)) == NULL)
		return;
	page_begin(&j, q);
	json_open(&j, "application");
	json_put_string(&j, "name", a->name);
	json_put_string(&j, "repository", a->repository);
	json_put_strings(&j, "branches", a->branches.v, a->branches.n);
	application_targets(&j, q, a);
	json_close(&j);
	if (history_put(&j, a->name, only_target(q), 0, NEWEST, &next) == -1) {
		unreadable(&j, q);
		return;
	}
	page_end(&j, q);
}

static void
view_deployments(struct asked *q)
{
	const struct conf_application	*a;
	struct json			 j = { 0 };
	uint64_t			 next;
	size_t				 i;

	if ((a = request_application(&q->r, &q->who, q->app)) == NULL)
		return;
	page_begin(&j, q);
	json_open(&j, "application");
	json_put_string(&j, "name", a->name);
	json_put_string(&j, "repository", a->repository);
	json_open_list(&j, "targets");
	for (i = 0; i < a->targets.n; i++) {
		if (!access_reads_target(&q->who, a, a->targets.v[i]->name))
			continue;
		json_open(&j, NULL);
		json_put_string(&j, "name", a->targets.v[i]->name);
		json_close(&j);
	}
	json_close_list(&j);
	json_close(&j);
	if (history_put(&j, a->name, only_target(q), q->before, PER_PAGE, &next)
	    == -1) {
		unreadable(&j, q);
		return;
	}
	json_put_id(&j, "next", next);
	page_end(&j, q);
}

static void
single_add(const struct store_deployment *d, void *arg)
{
	struct json	*j = arg;

	json_deployment(j, d);
	json_put_number(j, "entries", d->entries);
}

/* How far the stage is that runs; null when nothing is known of it. */
static void
progress_put(struct json *j, const struct deployment *d)
{
	if (d == NULL || d->hosts == 0) {
		json_put_string(j, "progress", NULL);
		return;
	}
	json_open(j, "progress");
	json_put_string(j, "stage", *d->stage == '\0' ? NULL : d->stage);
	json_put_number(j, "hosts", d->hosts);
	json_put_number(j, "connected", d->connected);
	json_put_number(j, "done", d->done);
	json_put_number(j, "failed", d->failed);
	json_close(j);
}

static void
view_deployment(struct asked *q)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	struct json			 j = { 0 };
	struct found			 f;

	if ((a = request_application(&q->r, &q->who, q->app)) == NULL ||
	    !request_deployment(&q->r, &q->who, a, q->id, &f))
		return;
	page_begin(&j, q);
	json_open(&j, "application");
	json_put_string(&j, "name", a->name);
	json_put_string(&j, "repository", a->repository);
	json_close(&j);
	json_open(&j, "deployment");
	if (store_deployment_find(q->id, single_add, &j) != 1) {
		unreadable(&j, q);
		return;
	}
	t = conf_target(a, f.target);
	json_put_bool(&j, "killable", t != NULL &&
	    access_deploys(&q->who, a, t) && deployment_find(q->id) != NULL);
	progress_put(&j, deployment_find(q->id));
	json_close(&j);
	page_end(&j, q);
}

/* A scalar of YAML: plain where that is safe, else as in JSON. */
static void
yaml_add(struct buf *b, const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no",
	    "on", "off", "null", "y", "n" };
	size_t	i;
	bool	plain;

	plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
	plain = plain && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")] == '\0';
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0)
			plain = false;
	if (plain)
		buf_add_string(b, s);
	else
		json_quote(b, s, strlen(s));
}

static void
view_toni(struct asked *q)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	struct buf			 b = { 0 };
	size_t				 i, k;

	if ((a = request_application(&q->r, &q->who, q->app)) == NULL)
		return;
	buf_addf(&b, "host: %s\napplication: ", engine_conf->public_url);
	yaml_add(&b, a->name);
	buf_add_string(&b, "\napi_token: YOUR_API_TOKEN\nstages:\n");
	for (i = 0; i < a->targets.n; i++) {
		t = a->targets.v[i];
		if (!access_reads_target(&q->who, a, t->name))
			continue;
		buf_add_string(&b, "  ");
		yaml_add(&b, t->name);
		buf_add_string(&b, t->default_stages.n == 0 ? ": []\n" :
		    ":\n");
		for (k = 0; k < t->default_stages.n; k++) {
			buf_add_string(&b, "  - ");
			yaml_add(&b, t->default_stages.v[k]);
			buf_add_string(&b, "\n");
		}
	}
	answer_bytes(q->r.id, 200, CONTENT_TEXT, &b);
	buf_free(&b);
}

static void
token_add(const struct store_token *t, void *arg)
{
	struct json	*j = arg;

	json_open(j, NULL);
	json_token(j, t);
	json_close(j);
}

static void
view_tokens(struct asked *q)
{
	struct json	j = { 0 };

	if (q->who.kind != CREDENTIAL_SESSION) {
		answer_error(q->r.id, 403, "sign in to manage API tokens");
		return;
	}
	page_begin(&j, q);
	json_open_list(&j, "tokens");
	if (store_tokens(q->who.user_id, token_add, &j) == -1) {
		unreadable(&j, q);
		return;
	}
	json_close_list(&j);
	page_end(&j, q);
}

static void
view_health(struct asked *q)
{
	struct json	 j = { 0 };
	const char	*bad = NULL;

	if (store_failing_since() != 0)
		bad = "the database can't be written";
	else if (!executor_is_ready())
		bad = "the executor is not there";
	else if (deployments_refused())
		bad = "the daemon stops or is being drained";
	json_open(&j, NULL);
	json_put_string(&j, "status", bad == NULL ? "ok" : bad);
	json_close(&j);
	answer_json(q->r.id, bad == NULL ? 200 : 503, &j);
}

static void
metric_add(struct buf *b, const char *name, const char *type,
    const char *help, uint64_t value)
{
	buf_addf(b, "# HELP applikatoni_%s %s\n# TYPE applikatoni_%s %s\n"
	    "applikatoni_%s %" PRIu64 "\n", name, help, name, type, name,
	    value);
}

static void
view_metrics(struct asked *q)
{
	struct buf	b = { 0 };
	uint64_t	totals[STATE_MAX], entries;
	int64_t		free_space = store_free_space();
	int		i;

	if (q->who.kind != CREDENTIAL_TOKEN || !access_known(q->who.login)) {
		answer_error(q->r.id, 403, "metrics need an API token");
		return;
	}
	if (store_totals(totals, &entries) == -1) {
		answer_error(q->r.id, 503, "the database can't be read now");
		return;
	}
	buf_add_string(&b, "# HELP applikatoni_deployments_total Deployments "
	    "that have ended, by their state.\n"
	    "# TYPE applikatoni_deployments_total counter\n");
	for (i = STATE_SUCCESSFUL; i < STATE_MAX; i++)
		buf_addf(&b, "applikatoni_deployments_total{state=\"%s\"} %"
		    PRIu64 "\n", state_name(i), totals[i]);
	metric_add(&b, "deployments_running", "gauge",
	    "Deployments that have not ended.",
	    totals[STATE_NEW] + totals[STATE_ACTIVE]);
	metric_add(&b, "log_entries_total", "counter",
	    "Log entries written.", entries);
	metric_add(&b, "outbox_depth", "gauge",
	    "Notifications that wait to be delivered.", store_outbox_depth());
	metric_add(&b, "streams", "gauge", "Logs that are being watched.",
	    feed_count());
	metric_add(&b, "sessions", "gauge", "Sessions of people.",
	    store_sessions_count());
	metric_add(&b, "database_bytes", "gauge", "Size of the database.",
	    store_size());
	metric_add(&b, "free_bytes", "gauge",
	    "Free space of its file system.",
	    free_space == INT64_MAX ? 0 : free_space);
	answer_bytes(q->r.id, 200, CONTENT_METRICS, &b);
	buf_free(&b);
}
