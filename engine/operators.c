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
 * What operators can do, from the control socket.  Who is connected may do
 * all that this table has; each act is audited with the operator's uid.
 */

#include "config.h"

#include <sys/queue.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "audit.h"
#include "control.h"
#include "deployments.h"
#include "feed.h"
#include "host_keys.h"
#include "people.h"
#include "times.h"

#define DEPLOYMENTS_FEW		20	/* when nobody says how many */
#define DEPLOYMENTS_MAX		1000
#define RELOAD_WAIT		60000	/* ms */
#define BACKUP_CHUNK		(32 * 1024)

/* A process of the daemon, as the parent tells. */
struct member {
	TAILQ_ENTRY(member)	 entry;
	enum process		 process;
	uint32_t		 pid;
	int64_t			 started_at;
	char			*sandbox;
};

static void	ctl_users(struct channel *, struct msg *);
static void	ctl_user_add(struct channel *, struct msg *);
static void	ctl_login(struct channel *, struct msg *);
static void	ctl_tokens(struct channel *, struct msg *);
static void	ctl_token_add(struct channel *, struct msg *);
static void	ctl_token_revoke(struct channel *, struct msg *);
static void	ctl_show(struct channel *, struct msg *);
static void	ctl_deployments(struct channel *, struct msg *);
static void	ctl_deploy(struct channel *, struct msg *);
static void	ctl_log(struct channel *, struct msg *);
static void	ctl_kill(struct channel *, struct msg *);
static void	ctl_drain(struct channel *, struct msg *);
static void	ctl_reload(struct channel *, struct msg *);
static void	ctl_backup(struct channel *, struct msg *);
static void	ctl_verbose(struct channel *, struct msg *);

const struct msg_handler operator_handlers[] = {
	{ MSG_CTL_USERS, ctl_users },
	{ MSG_CTL_USER_ADD, ctl_user_add },
	{ MSG_CTL_LOGIN, ctl_login },
	{ MSG_CTL_TOKENS, ctl_tokens },
	{ MSG_CTL_TOKEN_ADD, ctl_token_add },
	{ MSG_CTL_TOKEN_REVOKE, ctl_token_revoke },
	{ MSG_CTL_SHOW, ctl_show },
	{ MSG_CTL_DEPLOYMENTS, ctl_deployments },
	{ MSG_CTL_DEPLOY, ctl_deploy },
	{ MSG_CTL_LOG, ctl_log },
	{ MSG_CTL_KILL, ctl_kill },
	{ MSG_CTL_DRAIN, ctl_drain },
	{ MSG_CTL_RELOAD, ctl_reload },
	{ MSG_CTL_HOST_KEYS, ctl_host_keys },
	{ MSG_CTL_BACKUP, ctl_backup },
	{ MSG_CTL_VERBOSE, ctl_verbose },
	{ MSG_NONE, NULL }
};

static TAILQ_HEAD(, member)	 members = TAILQ_HEAD_INITIALIZER(members);

static const char *
operator(const struct channel *ch)
{
	return ((const struct client *)ch->arg)->name;
}

static int
unreadable(struct refusal *why)
{
	return refuse(why, 503, "the database can't be read now");
}

static void
user_add(const struct store_user *u, void *arg)
{
	struct json	*j = arg;

	json_open(j, NULL);
	json_put_string(j, "login", u->login);
	json_put_id(j, "github_id", u->github_id);
	json_put_time(j, "created_at", u->created_at);
	json_put_number(j, "tokens", u->tokens);
	json_put_number(j, "sessions", u->sessions);
	json_close(j);
}

static void
ctl_users(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;
	int		r;

	json_open(&j, NULL);
	json_open_list(&j, "users");
	if ((r = store_users(user_add, &j)) == -1)
		unreadable(&why);
	json_close_list(&j);
	ctl_answer(ch, m->id, r, &j, &why);
}

static void
ctl_user_add(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;

	json_open(&j, NULL);
	ctl_answer(ch, m->id, user_make(msg_get_string(m), operator(ch), &why),
	    &j, &why);
}

static void
ctl_login(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;

	json_open(&j, NULL);
	ctl_answer(ch, m->id, link_make(msg_get_string(m), operator(ch), &j,
	    &why), &j, &why);
}

static void
token_add(const struct store_token *t, void *arg)
{
	struct json	*j = arg;

	json_open(j, NULL);
	json_token(j, t);
	json_put_string(j, "user", t->login);
	json_close(j);
}

static void
ctl_tokens(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;
	int		r;

	json_open(&j, NULL);
	json_open_list(&j, "tokens");
	if ((r = store_tokens(0, token_add, &j)) == -1)
		unreadable(&why);
	json_close_list(&j);
	ctl_answer(ch, m->id, r, &j, &why);
}

static void
ctl_token_add(struct channel *ch, struct msg *m)
{
	struct token_order	o;
	struct json		j = { 0 };
	struct refusal		why;

	o.audit = operator(ch);
	o.login = msg_get_string(m);
	o.scope = msg_get_string(m);
	o.application = msg_get_string(m);
	o.target = msg_get_string(m);
	o.days = msg_get_u32(m);
	json_open(&j, NULL);
	ctl_answer(ch, m->id, token_make(&o, &j, &why), &j, &why);
}

static void
ctl_token_revoke(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;

	json_open(&j, NULL);
	ctl_answer(ch, m->id, token_revoke(msg_get_u64(m), 0, operator(ch),
	    &why), &j, &why);
}

void
handle_process(struct channel *ch, struct msg *m)
{
	struct member	*p;
	const char	*sandbox;
	uint32_t	 pid;
	uint64_t	 start;
	uint8_t		 process;

	(void)ch;
	process = msg_get_u8(m);
	pid = msg_get_u32(m);
	start = msg_get_u64(m);
	sandbox = msg_get_string(m);
	TAILQ_FOREACH(p, &members, entry)
		if (p->process == process)
			break;
	if (p == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			fatal("calloc");
		p->process = process;
		TAILQ_INSERT_TAIL(&members, p, entry);
	}
	p->pid = pid;
	p->started_at = start * SECOND_MS;
	free(p->sandbox);
	if ((p->sandbox = strdup(sandbox)) == NULL)
		fatal("strdup");
}

static void
deployment_add(struct json *j, const struct deployment *d)
{
	json_open(j, NULL);
	json_put_number(j, "id", d->id);
	json_put_string(j, "application", d->application);
	json_put_string(j, "target", d->target);
	json_put_string(j, "state", state_name(d->state));
	json_put_string(j, "user", d->user);
	json_put_string(j, "stage", *d->stage == '\0' ? NULL : d->stage);
	json_put_number(j, "hosts", d->hosts);
	json_put_number(j, "connected", d->connected);
	json_put_number(j, "done", d->done);
	json_put_number(j, "failed", d->failed);
	json_put_time(j, "started_at", d->started_at);
	json_close(j);
}

static void
ctl_show(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	struct member		*p;
	struct json		 j = { 0 };

	json_open(&j, NULL);
	json_open_list(&j, "processes");
	TAILQ_FOREACH(p, &members, entry) {
		json_open(&j, NULL);
		json_put_string(&j, "name", process_name(p->process));
		json_put_number(&j, "pid", p->pid);
		json_put_time(&j, "started_at", p->started_at);
		json_put_string(&j, "sandbox", p->sandbox);
		json_close(&j);
	}
	json_close_list(&j);
	json_open_list(&j, "deployments");
	RB_FOREACH(d, deployments, &deployments_running)
		deployment_add(&j, d);
	json_close_list(&j);
	json_close(&j);
	ctl_json(ch, m->id, &j);
}

static void
row_add(const struct store_deployment *d, void *arg)
{
	struct json	*j = arg;

	json_open(j, NULL);
	json_deployment(j, d);
	json_close(j);
}

static void
ctl_deployments(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;
	uint32_t	n = msg_get_u32(m);
	int		r;

	if (n == 0)
		n = DEPLOYMENTS_FEW;
	json_open(&j, NULL);
	json_open_list(&j, "deployments");
	if ((r = store_deployments(NULL, NULL, 0, n < DEPLOYMENTS_MAX ? n :
	    DEPLOYMENTS_MAX, row_add, &j)) == -1)
		unreadable(&why);
	json_close_list(&j);
	ctl_answer(ch, m->id, r, &j, &why);
}

/* An operator orders for somebody who could do so, too. */
static int
order_person(struct order *o, const char *login, const char *app,
    const char *target, struct who *who, struct refusal *why)
{
	const struct conf_application	*a;
	struct store_user		 u;
	int				 r;

	if ((a = conf_application(engine_conf, app)) == NULL)
		return refuse(why, 404, "application not found");
	if ((o->target = conf_target(a, target)) == NULL)
		return refuse(why, 404, "target not found");
	o->application = a;
	memset(who, 0, sizeof(*who));
	strlcpy(who->login, login, sizeof(who->login));
	who->deploy = true;
	if (!is_login(login) || !access_deploys(who, a, o->target))
		return refuse(why, 403, "%s is not authorized to deploy to "
		    "this target", login);
	if ((r = store_user_find(login, &u)) == 0) {
		if (user_make(login, o->audit, why) == -1)
			return -1;
		r = store_user_find(login, &u);
	}
	if (r != 1)
		return unreadable(why);
	o->user_id = u.id;
	strlcpy(who->login, u.login, sizeof(who->login));
	o->user = who->login;
	return 0;
}

static void
ctl_deploy(struct channel *ch, struct msg *m)
{
	struct json	 j = { 0 };
	struct refusal	 why;
	struct order	 o;
	struct who	 who;
	const char	*login, *app, *target, *stages[MSG_LIST_MAX];
	uint64_t	 id = 0;

	o.audit = operator(ch);
	login = msg_get_string(m);
	app = msg_get_string(m);
	target = msg_get_string(m);
	o.sha = msg_get_string(m);
	o.branch = msg_get_string(m);
	o.comment = msg_get_string(m);
	o.nstages = msg_get_strings(m, stages);
	o.stages = stages;
	if (order_person(&o, login, app, target, &who, &why) == 0)
		id = deployment_create(&o, &why);
	json_open(&j, NULL);
	json_put_number(&j, "id", id);
	ctl_answer(ch, m->id, id == 0 ? -1 : 0, &j, &why);
}

/* What is to be shown; the strings of a row go with it. */
struct shown {
	uint64_t	 id;
	char		 application[NAME_MAX_BYTES + 1];
	char		 target[NAME_MAX_BYTES + 1];
};

static void
shown_fill(const struct store_deployment *d, void *arg)
{
	struct shown	*s = arg;

	s->id = d->id;
	strlcpy(s->application, d->application, sizeof(s->application));
	strlcpy(s->target, d->target, sizeof(s->target));
}

static void
ctl_log(struct channel *ch, struct msg *m)
{
	struct viewing	 v = { .channel = ch, .id = m->id,
			     .format = CONTENT_NDJSON };
	struct shown	 s;
	const char	*why;
	unsigned	 status;
	uint64_t	 id = msg_get_u64(m);

	if (store_deployment_find(id, shown_fill, &s) != 1) {
		ctl_end(ch, m->id, false, "deployment not found");
		return;
	}
	v.deployment = id;
	v.application = s.application;
	v.target = s.target;
	v.from = msg_get_u64(m);
	if ((why = feed_admits(&v, &status)) != NULL)
		ctl_end(ch, m->id, false, why);
	else
		feed_open(&v);
}

static void
ctl_kill(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	struct json		 j = { 0 };
	struct shown		 s;
	uint64_t		 id = msg_get_u64(m);
	char			 reason[64];

	if ((d = deployment_find(id)) == NULL || d->ending) {
		ctl_end(ch, m->id, false, store_deployment_find(id,
		    shown_fill, &s) != 1 ? "deployment not found" :
		    "this deployment is not running");
		return;
	}
	snprintf(reason, sizeof(reason), "killed by %s", operator(ch));
	deployment_kill(d, ENDED_BY_PERSON, operator(ch), reason);
	json_open(&j, NULL);
	json_put_number(&j, "deployment", id);
	json_close(&j);
	ctl_json(ch, m->id, &j);
}

/* Acts that change nothing in the store are audited all the same. */
static void
act_audit(const struct channel *ch, const char *what)
{
	if (store_begin() == -1)
		return;
	if (audit_add(operator(ch), what, "daemon") == -1)
		store_rollback();
	else
		store_commit();
}

static void
ctl_drain(struct channel *ch, struct msg *m)
{
	struct client	*c = ch->arg;

	act_audit(ch, "drain");
	c->drain_id = m->id;
	deployments_drain();
}

static void
reloaded(struct channel *parent, struct msg *m, void *arg)
{
	struct client	*c = arg;
	uint8_t		 ok = 0;
	const char	*problems = "the reload was not answered in time";

	c->reload = 0;
	if (m != NULL) {
		ok = msg_get_u8(m);
		problems = msg_get_string(m);
		request_end(parent, m->id);
	}
	if (ok)
		ctl_empty(c->channel, c->reload_id);
	else
		ctl_end(c->channel, c->reload_id, false, problems);
}

static void
ctl_reload(struct channel *ch, struct msg *m)
{
	struct client	*c = ch->arg;

	if (c->reload != 0) {
		ctl_end(ch, m->id, false, "a reload is under way");
		return;
	}
	act_audit(ch, "reload");
	c->reload_id = m->id;
	c->reload = request_new(child_parent(), RELOAD_WAIT, reloaded, c);
	if (c->reload == 0)
		fatalx("request_new");
	msg_send_empty(child_parent(), MSG_RELOAD, c->reload);
}

static void
ctl_verbose(struct channel *ch, struct msg *m)
{
	struct ibuf	*b;

	act_audit(ch, "log level");
	b = msg_new();
	msg_put_u8(b, msg_get_u8(m) != 0);
	msg_send(child_parent(), MSG_VERBOSE, 0, -1, b);
	ctl_empty(ch, m->id);
}

void
client_backup(struct client *c)
{
	static const struct timeval	now = { 0, 0 };

	event_add(c->backup_event, &now);
}

static void
backup_end(struct client *c, const char *error)
{
	store_backup_free(c->backup);
	c->backup = NULL;
	ctl_end(c->channel, c->backup_id, error == NULL,
	    error == NULL ? "" : error);
}

static void
ctl_backup(struct channel *ch, struct msg *m)
{
	struct client	*c = ch->arg;
	struct backup	*b;
	const char	*why;

	if ((b = store_backup_start(&why)) == NULL) {
		ctl_end(ch, m->id, false, why);
		return;
	}
	c->backup = b;
	act_audit(ch, "backup");
	c->backup_id = m->id;
	c->backup_whole = false;
	client_backup(c);
}

/* A step: some pages copied, or some bytes of the copy sent. */
void
backup_work(int fd, short what, void *arg)
{
	struct client	*c = arg;
	char		 data[BACKUP_CHUNK];
	ssize_t		 n;

	(void)fd;
	(void)what;
	if (c->backup == NULL)
		return;
	if (!c->backup_whole) {
		n = store_backup_step(c->backup);
		c->backup_whole = n == 0;
		if (n == -1) {
			backup_end(c, "the copy can't be made");
			return;
		}
	} else {
		/* The client takes more when it has taken this. */
		if (channel_is_full(c->channel))
			return;
		n = store_backup_read(c->backup, data, sizeof(data));
		if (n <= 0) {
			backup_end(c, n == 0 ? NULL : "the copy can't be read");
			return;
		}
		ctl_data(c->channel, c->backup_id, data, n);
	}
	client_backup(c);
}
