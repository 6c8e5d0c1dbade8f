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
 * Requests from web that concern a deployment: starting one, killing one,
 * watching one.  The order of the questions is always the same: who is it
 * (401), is there such a thing (404), may they (403), is it sound (422), and
 * can it be now (409, 503, 507).
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../common/channel.h"
#include "answer.h"
#include "feed.h"
#include "request.h"
#include "url.h"

void
request_read(struct request *r, struct msg *m)
{
	r->id = m->id;
	r->kind = msg_get_u8(m);
	r->secret = msg_get_string(m);
	r->client = msg_get_string(m);
}

bool
request_identify(const struct request *r, struct who *who)
{
	const char	*why;

	if ((why = access_identify(r->kind, r->secret, who)) == NULL)
		return true;
	answer_error(r->id, 401, why);
	return false;
}

struct conf_application *
request_application(const struct request *r, const struct who *who,
    const char *name)
{
	struct conf_application	*a;

	if ((a = conf_application(engine_conf, name)) == NULL)
		answer_error(r->id, 404, "application not found");
	else if (!access_reads(who, a)) {
		answer_error(r->id, 403,
		    "not authorized to read this application");
		return NULL;
	}
	return a;
}

struct search {
	const struct conf_application	*application;
	struct found			*found;
};

/* One of another application is none of this. */
static void
found_fill(const struct store_deployment *d, void *arg)
{
	struct search	*s = arg;
	struct found	*f = s->found;

	if (strcmp(d->application, s->application->name) != 0)
		return;
	f->id = d->id;
	f->entries = d->entries;
	f->state = d->state;
	strlcpy(f->target, d->target, sizeof(f->target));
}

bool
request_deployment(const struct request *r, const struct who *who,
    const struct conf_application *a, uint64_t id, struct found *f)
{
	struct search	s = { a, f };

	memset(f, 0, sizeof(*f));
	if (store_deployment_find(id, found_fill, &s) == -1)
		answer_error(r->id, 503, "the database can't be read now");
	else if (f->id == 0)
		answer_error(r->id, 404, "deployment not found");
	else if (!access_reads_target(who, a, f->target))
		answer_error(r->id, 403,
		    "this API token is for another target");
	else
		return true;
	return false;
}

bool
request_order(const struct request *r, const struct who *who,
    const char *app, const char *target, struct order *o)
{
	if ((o->application = request_application(r, who, app)) == NULL)
		return false;
	if ((o->target = conf_target(o->application, target)) == NULL) {
		answer_error(r->id, 404, "target not found");
		return false;
	}
	if (!access_deploys(who, o->application, o->target)) {
		answer_error(r->id, 403, access_refusal(who, o->target));
		return false;
	}
	o->user_id = who->user_id;
	o->user = o->audit = who->login;
	return true;
}

static void
order_take(const struct request *r, struct order *o)
{
	struct refusal	why;
	char		location[MSG_SHORT_MAX];
	uint64_t	id;

	if ((id = deployment_create(o, &why)) == 0) {
		answer_error(r->id, why.status, why.text);
		return;
	}
	url_deployment("", o->application->name, id, location,
	    sizeof(location));
	answer_redirect(r->id, location);
}

void
handle_deploy(struct channel *ch, struct msg *m)
{
	struct request	 r;
	struct order	 o;
	struct who	 who;
	const char	*app, *target, *stages[MSG_LIST_MAX];

	(void)ch;
	request_read(&r, m);
	app = msg_get_string(m);
	target = msg_get_string(m);
	o.sha = msg_get_string(m);
	o.branch = msg_get_string(m);
	o.comment = msg_get_string(m);
	o.nstages = msg_get_strings(m, stages);
	o.stages = stages;
	if (request_identify(&r, &who) &&
	    request_order(&r, &who, app, target, &o))
		order_take(&r, &o);
}

static void
kill_answer(const struct request *r, uint64_t id)
{
	struct json	j = { 0 };

	json_open(&j, NULL);
	json_put_number(&j, "deployment", id);
	json_close(&j);
	answer_json(r->id, 200, &j);
}

void
handle_kill(struct channel *ch, struct msg *m)
{
	struct conf_application	*a;
	struct conf_target	*t;
	struct deployment	*d;
	struct request		 r;
	struct found		 f;
	struct who		 who;
	const char		*app;
	char			 reason[LOGIN_MAX + 16];
	uint64_t		 id;

	(void)ch;
	request_read(&r, m);
	app = msg_get_string(m);
	id = msg_get_u64(m);
	if (!request_identify(&r, &who) ||
	    (a = request_application(&r, &who, app)) == NULL ||
	    !request_deployment(&r, &who, a, id, &f))
		return;
	/* Without its target in the configuration nobody is its deployer. */
	if ((t = conf_target(a, f.target)) == NULL ||
	    !access_deploys(&who, a, t))
		answer_error(r.id, 403, access_refusal(&who, t));
	else if ((d = deployment_find(id)) == NULL || d->ending)
		answer_error(r.id, 409, "this deployment has ended");
	else {
		snprintf(reason, sizeof(reason), "killed by %s", who.login);
		deployment_kill(d, ENDED_BY_PERSON, who.login, reason);
		kill_answer(&r, id);
	}
}

void
handle_log_open(struct channel *ch, struct msg *m)
{
	struct conf_application	*a;
	struct viewing		 v;
	struct request		 r;
	struct found		 f;
	struct who		 who;
	const char		*app, *why;
	unsigned		 status;
	uint64_t		 id;

	request_read(&r, m);
	app = msg_get_string(m);
	id = msg_get_u64(m);
	v.from = msg_get_u64(m);
	v.format = msg_get_u8(m) == CONTENT_TEXT ? CONTENT_TEXT :
	    CONTENT_NDJSON;
	if (!request_identify(&r, &who) ||
	    (a = request_application(&r, &who, app)) == NULL ||
	    !request_deployment(&r, &who, a, id, &f))
		return;
	v.channel = ch;
	v.id = r.id;
	v.who = &who;
	v.deployment = id;
	v.application = a->name;
	v.target = f.target;
	if ((why = feed_admits(&v, &status)) != NULL) {
		answer_error(r.id, status, why);
		return;
	}
	answer_begin(r.id, 200, v.format, "", "");
	feed_open(&v);
}

void
handle_log_credit(struct channel *ch, struct msg *m)
{
	(void)ch;
	feed_credit(m->id, msg_get_u32(m));
}

void
handle_log_close(struct channel *ch, struct msg *m)
{
	(void)ch;
	feed_close(m->id);
}
