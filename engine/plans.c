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
 * Asking the executor for plans.  A question waits here until its answer, its
 * executor's end or its web's patience is over; each person has one at a
 * time, so that nobody has the executor render many in a row before others.
 */

#include "config.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/plan.h"
#include "access.h"
#include "answer.h"
#include "deployments.h"
#include "plans.h"
#include "request.h"
#include "times.h"

#define PLANS_MAX	16
#define PLAN_WAIT	(20 * SECOND_MS)	/* as long as web does */
#define PLAN_JSON_MAX	(3 * 1024 * 1024)	/* web takes 4 MB */

struct question {
	TAILQ_ENTRY(question)	 entry;
	uint32_t		 id;		/* of web's request */
	int64_t			 since;
	struct who		 who;
	char			*application;
	char			*target;
	char			*sha;
};

static TAILQ_HEAD(, question)	questions = TAILQ_HEAD_INITIALIZER(questions);
static unsigned			nquestions;
static struct ibuf		*parts;		/* of a plan, so far */

static void
question_free(struct question *q)
{
	TAILQ_REMOVE(&questions, q, entry);
	nquestions--;
	free(q->application);
	free(q->target);
	free(q->sha);
	freezero(q, sizeof(*q));
}

static struct question *
question_find(uint32_t id)
{
	struct question	*q;

	TAILQ_FOREACH(q, &questions, entry)
		if (q->id == id)
			return q;
	return NULL;
}

void
plans_drop(void)
{
	struct question	*q;

	ibuf_free(parts);
	parts = NULL;
	while ((q = TAILQ_FIRST(&questions)) != NULL) {
		answer_error(q->id, 503, "the executor is starting again");
		question_free(q);
	}
}

/* Those whose asker does not wait any more. */
static void
questions_expire(void)
{
	struct question	*q;

	while ((q = TAILQ_FIRST(&questions)) != NULL &&
	    clock_now() - q->since >= PLAN_WAIT)
		question_free(q);
}

static int
room_check(const struct who *who, struct refusal *why)
{
	struct question	*q;

	questions_expire();
	if (!executor_is_ready())
		return refuse(why, 503, "the executor is not there");
	if (nquestions >= PLANS_MAX)
		return refuse(why, 503, "too many plans are being made");
	TAILQ_FOREACH(q, &questions, entry)
		if (q->who.user_id == who->user_id)
			return refuse(why, 429, "another plan is being made "
			    "for you");
	return 0;
}

static char *
copy(const char *s)
{
	char	*p;

	if ((p = strdup(s)) == NULL)
		fatal("strdup");
	return p;
}

static void
question_ask(const struct request *r, const struct who *who,
    const struct order *o)
{
	struct question	*q;
	struct ibuf	*b;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		fatal("calloc");
	q->id = r->id;
	q->since = clock_now();
	q->who = *who;
	q->application = copy(o->application->name);
	q->target = copy(o->target->name);
	q->sha = copy(o->sha);
	TAILQ_INSERT_TAIL(&questions, q, entry);
	nquestions++;
	b = msg_new();
	msg_put_string(b, q->application);
	msg_put_string(b, q->target);
	msg_put_string(b, q->sha);
	msg_put_strings(b, o->stages, o->nstages);
	msg_send(child_peer(PROC_EXECUTOR), MSG_RENDER, r->id, -1, b);
}

void
handle_plan(struct channel *ch, struct msg *m)
{
	struct request	 r;
	struct refusal	 why;
	struct order	 o = { 0 };
	struct who	 who;
	const char	*app, *target, *stages[MSG_LIST_MAX];

	(void)ch;
	request_read(&r, m);
	app = msg_get_string(m);
	target = msg_get_string(m);
	o.sha = msg_get_string(m);
	o.nstages = msg_get_strings(m, stages);
	o.stages = stages;
	if (!request_identify(&r, &who) || !request_order(&r, &who, app,
	    target, &o))
		return;
	if (o.nstages == 0) {
		o.stages = (const char *const *)o.target->default_stages.v;
		o.nstages = o.target->default_stages.n;
	}
	if (order_check_commands(&o, &why) == -1 ||
	    room_check(&who, &why) == -1)
		answer_error(r.id, why.status, why.text);
	else
		question_ask(&r, &who, &o);
}

static void
role_put(struct json *j, const struct plan_role *role)
{
	const struct plan_script	*s;
	size_t				 i;

	json_open(j, NULL);
	json_put_string(j, "name", role->name);
	json_open_list(j, "scripts");
	for (i = 0; i < role->scripts.n; i++) {
		s = role->scripts.v[i];
		json_open(j, NULL);
		json_put_string(j, "stage", s->stage);
		json_put_strings(j, "commands", s->commands.v, s->commands.n);
		json_close(j);
	}
	json_close_list(j);
	json_close(j);
}

static void
plan_put(struct json *j, const struct question *q, const struct plan *plan)
{
	size_t	i;

	json_open(j, NULL);
	json_put_string(j, "application", q->application);
	json_put_string(j, "target", q->target);
	json_put_string(j, "commit_sha", q->sha);
	json_put_strings(j, "stages", plan->stages.v, plan->stages.n);
	json_open_list(j, "hosts");
	for (i = 0; i < plan->hosts.n; i++) {
		json_open(j, NULL);
		json_put_string(j, "origin", plan->hosts.v[i]->origin);
		json_put_strings(j, "roles", plan->hosts.v[i]->roles.v,
		    plan->hosts.v[i]->roles.n);
		json_close(j);
	}
	json_close_list(j);
	json_open_list(j, "roles");
	for (i = 0; i < plan->roles.n; i++)
		role_put(j, plan->roles.v[i]);
	json_close_list(j);
	json_close(j);
}

/* The right may have been taken away while the executor rendered. */
static bool
is_allowed(struct question *q)
{
	const struct conf_application	*a;
	const struct conf_target	*t;

	return access_stands(&q->who) &&
	    (a = conf_application(engine_conf, q->application)) != NULL &&
	    (t = conf_target(a, q->target)) != NULL &&
	    access_deploys(&q->who, a, t);
}

static void
plan_answer(struct question *q, const struct plan *plan)
{
	struct json	j = { 0 };

	if (!is_allowed(q))
		answer_error(q->id, 403, "not authorized to deploy to this "
		    "target");
	else if (plan->error != NULL)
		answer_error(q->id, 422, plan->error);
	else {
		plan_put(&j, q, plan);
		if (j.buf.len <= PLAN_JSON_MAX)
			answer_json(q->id, 200, &j);
		else {
			buf_free(&j.buf);
			answer_error(q->id, 422,
			    "its commands are too long to be shown");
		}
	}
}

/* The parts of a plan come one behind the other. */
void
handle_rendered(struct channel *ch, struct msg *m)
{
	static unsigned	 refused;
	struct question	*q;
	struct plan	*plan;
	int		 r;

	(void)ch;
	if ((r = record_gather(&parts, m)) == 0)
		return;
	plan = r == 1 ? record_decode(&plan_record, parts) : NULL;
	ibuf_free(parts);
	parts = NULL;
	q = question_find(m->id);
	if (plan == NULL || !plan_is_whole(plan)) {
		if (log_is_due(++refused))
			log_warnx("message refused: from=executor name=%s "
			    "reason=\"the plan is malformed\" count=%u",
			    log_quote(msg_name(m->type)), refused);
		if (q != NULL)
			answer_error(q->id, 502, "the executor's plan was not "
			    "understood");
	} else if (q != NULL)
		plan_answer(q, plan);
	if (q != NULL)
		question_free(q);
	plan_free(plan);
}
