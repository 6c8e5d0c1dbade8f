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
 * The life of a deployment.  One transaction makes it (its row, which is the
 * lock on the target, its first log entry, its notifications, the audit), the
 * journal takes what its worker says, and one transaction ends it.
 */

#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "../common/utf8.h"
#include "access.h"
#include "audit.h"
#include "buf.h"
#include "deployments.h"
#include "feed.h"
#include "journal.h"
#include "json.h"
#include "outbox.h"
#include "times.h"

#define COMMENT_MAX	4096
#define BRANCH_MAX	255

/* Milliseconds that are waited for ... */
#define EXECUTOR_WAIT	(15 * SECOND_MS)	/* an executor */
#define WORKER_WAIT	(60 * SECOND_MS)	/* a worker's first word */
#define KILL_WAIT	(10 * SECOND_MS)	/* an end, after its limit */
#define LIMIT_WAIT	(60 * SECOND_MS)	/* the worker's own limit */
#define STORE_WAIT	(30 * SECOND_MS)	/* a commit */
#define STOP_WAIT	(9 * SECOND_MS)		/* all ends */

struct deployments	deployments_running =
			    RB_INITIALIZER(&deployments_running);
void			(*deployments_idle)(void);

static unsigned		nrunning;
static bool		draining;
static int64_t		stop_deadline;	/* clock_now; 0: not stopping */

RB_GENERATE(deployments, deployment, entry, deployment_cmp)

int
deployment_cmp(struct deployment *a, struct deployment *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

struct deployment *
deployment_find(uint64_t id)
{
	struct deployment	key = { .id = id };

	return RB_FIND(deployments, &deployments_running, &key);
}

bool
deployment_is_running(uint64_t id, uint64_t *last)
{
	struct deployment	*d;

	if ((d = deployment_find(id)) == NULL)
		return false;
	*last = d->committed.entries;
	return true;
}

static char *
copy(const char *s)
{
	char	*p;

	if ((p = strdup(s)) == NULL)
		fatal("strdup");
	return p;
}

/* From its row; the limits are those of the target, as it is now. */
static struct deployment *
deployment_new(const struct store_deployment *row)
{
	struct conf_application	*a;
	struct conf_target	*t = NULL;
	struct deployment	*d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("calloc");
	d->id = row->id;
	d->user = copy(row->user);
	d->application = copy(row->application);
	d->target = copy(row->target);
	d->sha = copy(row->sha);
	d->stages = copy(row->stages);
	d->stage = copy("");
	d->state = row->state;
	d->started_at = row->started_at;
	d->count.entries = row->entries;
	d->count.seq = row->seq;
	d->count.output = row->output;
	d->count.dropped_lines = row->dropped_lines;
	d->count.dropped_bytes = row->dropped_bytes;
	d->committed = d->count;
	d->queued = row->seq;
	d->since = clock_now();
	if ((a = conf_application(engine_conf, row->application)) != NULL)
		t = conf_target(a, row->target);
	memcpy(d->limits, t != NULL ? t->limits : engine_conf->limits,
	    sizeof(d->limits));
	RB_INSERT(deployments, &deployments_running, d);
	nrunning++;
	return d;
}

static void
deployment_free(struct deployment *d)
{
	RB_REMOVE(deployments, &deployments_running, d);
	nrunning--;
	while (d->commands_on.n > 0)
		free(d->commands_on.v[--d->commands_on.n]);
	free(d->commands_on.v);
	free(d->user);
	free(d->application);
	free(d->target);
	free(d->sha);
	free(d->stages);
	free(d->stage);
	free(d->kill_reason);
	free(d);
}

static void
commands_load(struct deployment *d, const char *list)
{
	size_t	n;
	char	*s;

	while (list != NULL && *list != '\0') {
		n = strcspn(list, " ");
		if ((s = strndup(list, n)) == NULL)
			fatal("strndup");
		list_add(&d->commands_on, s);
		list += n;
		list += strspn(list, " ");
	}
}

static void
deployment_load(const struct store_deployment *row, void *arg)
{
	struct deployment	*d;

	(void)arg;
	d = deployment_new(row);
	d->loaded = d->sent = true;
	commands_load(d, row->commands_on);
	if (row->reason == NULL)
		return;
	/* It was being killed: that goes on. */
	d->kill_reason = copy(row->reason);
	d->killed_by = row->ended_by;
	d->kill_written = true;
	d->kill_deadline = clock_now() + d->limits[LIMIT_KILL] + KILL_WAIT;
}

int
deployments_load(void)
{
	return store_deployments_unfinished(deployment_load, NULL);
}

static bool
is_sha(const char *s)
{
	size_t	n = strspn(s, "0123456789abcdefABCDEF");

	return s[n] == '\0' && (n == 40 || n == 64);
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static bool
has_control(const char *s, const char *allowed)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 || *s == 0x7f) &&
		    strchr(allowed, *s) == NULL)
			return true;
	return false;
}

static int
stages_check(const struct order *o, struct refusal *why)
{
	const struct conf_target	*t = o->target;
	struct buf			 b = { 0 };
	size_t				 i, at = 0;

	if (o->nstages == 0)
		return refuse(why, 422, "no stages selected");
	/* Each is found behind the one before, so none comes twice. */
	for (i = 0; i < o->nstages; i++, at++) {
		while (at < t->stages.n &&
		    strcmp(t->stages.v[at], o->stages[i]) != 0)
			at++;
		if (at >= t->stages.n)
			break;
	}
	if (i == o->nstages)
		return 0;
	for (i = 0; i < t->stages.n; i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : " ", t->stages.v[i]);
	refuse(why, 422, "stages have wrong order or contain invalid stages. "
	    "Available stages: [%s]", buf_string(&b));
	buf_free(&b);
	return -1;
}

int
order_check_commands(const struct order *o, struct refusal *why)
{
	if (!is_sha(o->sha))
		return refuse(why, 422, "invalid commit sha");
	return stages_check(o, why);
}

static int
order_check(const struct order *o, struct refusal *why)
{
	if (is_blank(o->comment))
		return refuse(why, 422, "comment is empty");
	if (strlen(o->comment) > COMMENT_MAX)
		return refuse(why, 422, "comment is longer than %d bytes",
		    COMMENT_MAX);
	if (!utf8_is_valid(o->comment, strlen(o->comment)) ||
	    has_control(o->comment, "\t\r\n"))
		return refuse(why, 422, "comment is not plain UTF-8 text");
	if (strlen(o->branch) > BRANCH_MAX)
		return refuse(why, 422, "branch is longer than %d bytes",
		    BRANCH_MAX);
	if (!utf8_is_valid(o->branch, strlen(o->branch)) ||
	    has_control(o->branch, ""))
		return refuse(why, 422, "branch is not plain UTF-8 text");
	return order_check_commands(o, why);
}

/* What may be refused to anybody, whatever is ordered. */
static int
room_check(struct refusal *why)
{
	if (stop_deadline != 0)
		return refuse(why, 503, "the daemon stops");
	if (draining)
		return refuse(why, 503, "the daemon is being drained: "
		    "it takes no new deployments");
	if (nrunning >= engine_conf->limits[LIMIT_DEPLOYMENTS])
		return refuse(why, 503, "%u deployments are running, "
		    "which is the limit", nrunning);
	if ((uint64_t)store_free_space() <
	    engine_conf->limits[LIMIT_FREE_SPACE])
		return refuse(why, 507, "there is not enough free space for "
		    "the database");
	return 0;
}

int
deployment_notify(const struct deployment *d, enum state state)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	size_t				 i;

	if ((a = conf_application(engine_conf, d->application)) == NULL ||
	    (t = conf_target(a, d->target)) == NULL)
		return 0;
	for (i = 0; i < t->receivers.n; i++)
		if (store_outbox_add(t->receivers.v[i]->id, d->id, state,
		    now_ms()) == -1)
			return -1;
	return 0;
}

/* Says who is deploying what there. */
static int
refuse_busy(struct refusal *why, const char *application, const char *target)
{
	struct deployment	*d;
	uint64_t		 id;

	id = store_deployment_running(application, target);
	if ((d = deployment_find(id)) == NULL)
		return refuse(why, 409, "another deployment of this target is "
		    "running (number %" PRIu64 ")", id);
	return refuse(why, 409, "another deployment of this target is "
	    "running (number %" PRIu64 "): %s is deploying %.10s to %s", id,
	    d->user, d->sha, d->target);
}

/* The row, and what belongs to it; in a transaction. */
static int
order_store(const struct order *o, struct store_deployment *row,
    struct refusal *why)
{
	int	r;

	if ((r = store_deployment_add(row, &row->id)) == 0)
		return refuse_busy(why, row->application, row->target);
	refuse_store(why);
	if (r == -1)
		return -1;
	return audit_add(o->audit, "deploy",
	    "deployment %" PRIu64 " app=%s target=%s sha=%s user=%s", row->id,
	    row->application, row->target, row->sha, row->user);
}

static void
order_row(const struct order *o, struct store_deployment *row,
    struct buf *sha, struct buf *stages)
{
	const char	*p;
	char		 c;
	size_t		 i;

	for (p = o->sha; *p != '\0'; p++) {
		c = tolower((unsigned char)*p);
		buf_add(sha, &c, 1);
	}
	for (i = 0; i < o->nstages; i++)
		buf_addf(stages, "%s%s", i == 0 ? "" : "\n", o->stages[i]);
	memset(row, 0, sizeof(*row));
	row->user_id = o->user_id;
	row->user = o->user;
	row->application = o->application->name;
	row->target = o->target->name;
	row->sha = buf_string(sha);
	row->branch = o->branch;
	row->comment = o->comment;
	row->stages = buf_string(stages);
	row->state = STATE_NEW;
	row->created_at = now_ms();
}

/* Writes a checked order down; then it is there, or it never was. */
static struct deployment *
order_take(const struct order *o, struct store_deployment *row,
    struct refusal *why)
{
	struct deployment	*d;

	refuse_store(why);
	if (store_begin() == -1)
		return NULL;
	if (order_store(o, row, why) == -1) {
		store_rollback();
		return NULL;
	}
	d = deployment_new(row);
	if (journal_own(d, ENTRY_DEPLOYMENT_START, "deployment_id=%" PRIu64,
	    d->id) == -1 || journal_count(d) == -1 ||
	    deployment_notify(d, STATE_NEW) == -1) {
		store_rollback();
		deployment_free(d);
		return NULL;
	}
	if (store_commit() == -1) {
		deployment_free(d);
		return NULL;
	}
	d->committed = d->count;
	return d;
}

uint64_t
deployment_create(const struct order *o, struct refusal *why)
{
	struct store_deployment	 row;
	struct deployment	*d;
	struct buf		 sha = { 0 }, stages = { 0 };

	if (order_check(o, why) == -1 || room_check(why) == -1)
		return 0;
	order_row(o, &row, &sha, &stages);
	d = order_take(o, &row, why);
	buf_free(&sha);
	buf_free(&stages);
	if (d == NULL)
		return 0;
	outbox_kick();
	job_run(d);
	return d->id;
}

/* -1: it is killed all the same, and said when it ends. */
static int
kill_store(struct deployment *d, const char *who)
{
	if (store_begin() == -1)
		return -1;
	if (journal_own(d, ENTRY_KILL_RECEIVED, "%s", d->kill_reason) == -1 ||
	    journal_count(d) == -1 ||
	    store_deployment_kill(d->id, d->killed_by, d->kill_reason) == -1 ||
	    (who != NULL && audit_add(who, "kill", "deployment %" PRIu64
	    " app=%s target=%s", d->id, d->application, d->target) == -1))
		store_rollback();
	else if (store_commit() == 0)
		return 0;
	return -1;
}

void
deployment_kill(struct deployment *d, enum ended_by by, const char *who,
    const char *reason)
{
	if (d->kill_reason != NULL || d->ending)
		return;
	d->kill_reason = copy(reason);
	d->killed_by = by;
	d->kill_deadline = clock_now() + d->limits[LIMIT_KILL] + KILL_WAIT;
	if (kill_store(d, who) == 0) {
		d->committed = d->count;
		d->kill_written = true;
		feed_publish(d->id);
	} else {
		d->count = d->committed;
		feed_discard(d->id);
	}
	log_info("deployment %" PRIu64 " killed: reason=%s", d->id,
	    log_quote(reason));
	if (d->sent)
		job_kill(d);
	else
		journal_end(d, by, reason, 0, false);
}

static void
nobody_left(void)
{
	if (nrunning == 0 && (draining || stop_deadline != 0))
		deployments_idle();
}

void
deployment_ended(struct deployment *d)
{
	uint64_t	id = d->id;

	log_info("deployment %" PRIu64 " ended: app=%s target=%s state=%s", id,
	    log_quote(d->application), log_quote(d->target),
	    state_name(d->state));
	deployment_free(d);
	feed_ended(id);
	outbox_kick();
	nobody_left();
}

static void
kill_overdue(struct deployment *d)
{
	char	reason[MSG_SHORT_MAX];

	snprintf(reason, sizeof(reason), "%s; its worker did not end in time",
	    d->kill_reason);
	journal_end(d, d->killed_by, reason, 0, true);
}

static void
deployment_tick(struct deployment *d, int64_t now)
{
	if (d->ending)
		return;
	if (d->kill_reason != NULL) {
		if (now >= d->kill_deadline)
			kill_overdue(d);
	} else if (!d->sent) {
		if (now - d->since >= EXECUTOR_WAIT)
			journal_end(d, ENDED_BY_DAEMON, "no executor took it "
			    "within 15 seconds", 0, false);
	} else if (!d->lives) {
		if (now - d->since >= WORKER_WAIT && executor_is_ready())
			deployment_kill(d, ENDED_BY_LIMIT, NULL, "no worker "
			    "began it within 60 seconds");
	} else if (now - d->since >= LIMIT_WAIT +
	    (int64_t)d->limits[LIMIT_DEPLOYMENT])
		deployment_kill(d, ENDED_BY_LIMIT, NULL,
		    "it ran longer than the limit of a deployment");
}

/*
 * Nothing can be written: what runs is ended, and room made to say so.  When
 * nothing waits to be written, nobody would notice that it can be again.
 */
static void
store_tick(int64_t now)
{
	struct deployment	*d;

	if (store_checkpoint_is_due())
		store_checkpoint();
	if (journal_is_empty())
		store_probe();
	/* Output must not take what the ends of deployments need. */
	if (store_failing_since() == 0 && (uint64_t)store_free_space() <
	    engine_conf->limits[LIMIT_FREE_SPACE])
		RB_FOREACH(d, deployments, &deployments_running)
			d->full = true;
	if (store_failing_since() == 0 || nrunning == 0 ||
	    now - store_failing_since() < STORE_WAIT)
		return;
	store_reserve_release();
	RB_FOREACH(d, deployments, &deployments_running) {
		d->full = true;
		deployment_kill(d, ENDED_BY_LIMIT, NULL, "its log could not "
		    "be written for 30 seconds");
	}
}

void
deployments_tick(void)
{
	struct deployment	*d, *next;
	int64_t			 now = clock_now();

	for (d = RB_MIN(deployments, &deployments_running); d != NULL;
	    d = next) {
		next = RB_NEXT(deployments, &deployments_running, d);
		deployment_tick(d, now);
		if (stop_deadline != 0 && now >= stop_deadline && !d->ending)
			kill_overdue(d);
	}
	store_tick(now);
	/* What can't even be written now is for the next start. */
	if (stop_deadline != 0 && now >= stop_deadline + SECOND_MS)
		deployments_idle();
}

void
deployments_drain(void)
{
	draining = true;
	log_info("drain begins: running=%u", nrunning);
	nobody_left();
}

void
deployments_stop(void)
{
	struct deployment	*d, *next;

	stop_deadline = clock_now() + STOP_WAIT;
	for (d = RB_MIN(deployments, &deployments_running); d != NULL;
	    d = next) {
		next = RB_NEXT(deployments, &deployments_running, d);
		deployment_kill(d, ENDED_BY_DAEMON, NULL, "daemon stopped");
	}
	nobody_left();
}

bool
deployments_refused(void)
{
	return draining || stop_deadline != 0;
}
