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
 * The engine: the hub between the other processes.  It owns the database and
 * every decision: who someone is, what they may do, what runs, what is shown,
 * what is told to whom.  It has no network, no SSH key and no key of any
 * service, and runs in the directory of its database.
 *
 * One loop, one thread.  Requests from web become answers (views.c,
 * request.c, people.c); orders go to the executor and come back as log
 * entries (jobs.c), which wait in the journal for their commit (journal.c)
 * and are then shown (feed.c); the outbox tells the notifier (outbox.c);
 * operators come in through the control socket (control.c).
 */

#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/utf8.h"
#include "access.h"
#include "control.h"
#include "deployments.h"
#include "feed.h"
#include "host_keys.h"
#include "import.h"
#include "journal.h"
#include "json.h"
#include "outbox.h"
#include "people.h"
#include "plans.h"
#include "request.h"
#include "times.h"
#include "views.h"

#define EXPIRE_EVERY	60		/* seconds */
#define SWEEP_SLICE	250		/* entries removed in one go */
#define SWEEP_PAUSE	20		/* ms between them */
#define IDLE_WAIT	50		/* ms for the last lines */

static void	engine_check(const struct conf *);
static void	engine_configure(struct conf *);
static void	engine_start(void);
static void	engine_peer_up(struct channel *);
static void	engine_peer_down(struct channel *);
static void	engine_stop(void);
static void	engine_idle(void);
static void	idle(evutil_socket_t, short, void *);

static const struct msg_handler handlers[] = {
	{ MSG_VIEW, handle_view },
	{ MSG_DEPLOY, handle_deploy },
	{ MSG_KILL, handle_kill },
	{ MSG_LOG_OPEN, handle_log_open },
	{ MSG_LOG_CREDIT, handle_log_credit },
	{ MSG_LOG_CLOSE, handle_log_close },
	{ MSG_LOGIN, handle_login },
	{ MSG_LOGOUT, handle_logout },
	{ MSG_TOKEN_ADD, handle_token_add },
	{ MSG_TOKEN_REVOKE, handle_token_revoke },
	{ MSG_PLAN, handle_plan },
	{ MSG_RENDERED, handle_rendered },
	{ MSG_JOB_ANNOUNCE, handle_job_announce },
	{ MSG_JOBS_ANNOUNCED, handle_jobs_announced },
	{ MSG_JOB_ENTRIES, handle_job_entries },
	{ MSG_JOB_PROGRESS, handle_job_progress },
	{ MSG_JOB_END, handle_job_end },
	{ MSG_HOST_KEY, handle_host_key },
	{ MSG_HOST_KEYS_END, handle_host_keys_end },
	{ MSG_DELIVERED, handle_delivered },
	{ MSG_PROCESS, handle_process },
	{ MSG_IMPORT, handle_import },
	{ MSG_IMPORT_COMMIT, handle_import_commit },
	{ MSG_NONE, NULL }
};

static const struct child child = {
	.process = PROC_ENGINE,
	.handlers = handlers,
	.check = engine_check,
	.configure = engine_configure,
	.start = engine_start,
	.peer_up = engine_peer_up,
	.peer_down = engine_peer_down,
	.listening = control_listening,
	.stop = engine_stop,
};

static struct event	*tick_event, *sweep_event, *idle_event;
static bool		 stopping, drained;

int
main(int argc, char **argv)
{
	control_init();
	return child_main(argc, argv, &child);
}

static void
name_check(const char *what, const char *name, const struct place *p)
{
	const unsigned char	*c = (const unsigned char *)name;

	if (strlen(name) > NAME_MAX_BYTES)
		child_problem(false, p->file, p->line,
		    "the name of this %s is longer than %d bytes", what,
		    NAME_MAX_BYTES);
	for (; *c != '\0'; c++)
		if (*c < 0x20 || *c == 0x7f) {
			child_problem(false, p->file, p->line,
			    "the name of this %s has a control character",
			    what);
			break;
		}
	if (!utf8_is_valid(name, strlen(name)))
		child_problem(false, p->file, p->line,
		    "the name of this %s is not UTF-8", what);
}

static void
logins_check(char *const *v, size_t n, const struct place *p)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (!is_login(v[i]))
			child_problem(true, p->file, p->line,
			    "nobody can have the login \"%s\"", v[i]);
}

static void
engine_check(const struct conf *c)
{
	const struct conf_application	*a;
	const struct conf_target	*t;
	size_t				 i, k, s;

	for (i = 0; i < c->applications.n; i++) {
		a = c->applications.v[i];
		name_check("application", a->name, &a->place);
		logins_check(a->readers.v, a->readers.n, &a->place);
		for (k = 0; k < a->targets.n; k++) {
			t = a->targets.v[k];
			name_check("target", t->name, &t->place);
			logins_check(t->deployers.v, t->deployers.n,
			    &t->place);
			for (s = 0; s < t->stages.n; s++)
				name_check("stage", t->stages.v[s],
				    &t->place);
		}
	}
}

/* In a chroot the database lies in the root directory. */
static const char *
database_path(const struct conf *c)
{
	const char	*slash = strrchr(c->database, '/');

	return child_root() != NULL && slash != NULL ? slash : c->database;
}

static void
engine_open(const struct conf *c)
{
	const char	*why;

	idle_event = evtimer_new(base, idle, NULL);
	if (idle_event == NULL || feed_init() == -1 || journal_init() == -1 ||
	    outbox_init() == -1)
		fatalx("no timers");
	deployments_idle = engine_idle;
	if (store_open(database_path(c), &why) == -1)
		fatalx("database %s: %s", c->database, why);
	if (deployments_load() == -1)
		fatalx("database %s: it can't be read", c->database);
}

static void
engine_configure(struct conf *c)
{
	struct conf	*former = engine_conf;

	engine_conf = c;
	if (former == NULL)
		engine_open(c);
	conf_free(former);
	/* What was taken away is gone from here on. */
	feed_decide();
	people_decide();
	outbox_kick();
}

static void
again_in(struct event *ev, int64_t ms)
{
	struct timeval	tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(ev, &tv);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	deployments_tick();
	feed_tick();
	again_in(tick_event, SECOND_MS);
}

/* Removes a slice of the history that is older than is wanted. */
static int
history_sweep(void)
{
	int64_t	age = engine_conf->limits[LIMIT_RETENTION];
	int	r;

	if (age == 0 || store_begin() == -1)
		return 0;
	if ((r = store_deployments_expire(now_ms() - age, SWEEP_SLICE)) == -1)
		store_rollback();
	else if (store_commit() == -1)
		r = -1;
	return r;
}

static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	static int64_t	expired;

	(void)fd;
	(void)what;
	(void)arg;
	if (stopping)
		return;
	if (expired == 0 || clock_now() - expired >= EXPIRE_EVERY * SECOND_MS) {
		people_expire();
		expired = clock_now();
	}
	again_in(sweep_event, history_sweep() == 1 ? SWEEP_PAUSE :
	    EXPIRE_EVERY * SECOND_MS);
}

static void
engine_start(void)
{
	tick_event = evtimer_new(base, tick, NULL);
	sweep_event = evtimer_new(base, sweep, NULL);
	if (tick_event == NULL || sweep_event == NULL)
		fatalx("no timers");
	again_in(tick_event, SECOND_MS);
	again_in(sweep_event, SECOND_MS);
}

static void
engine_peer_up(struct channel *ch)
{
	ch->strict = true;
	switch (ch->peer) {
	case PROC_WEB:
		ch->writable = feed_channel_writable;
		break;
	case PROC_EXECUTOR:
		executor_up();
		break;
	case PROC_NOTIFIER:
		outbox_notifier_up();
		break;
	default:
		break;
	}
}

static void
engine_peer_down(struct channel *ch)
{
	switch (ch->peer) {
	case PROC_WEB:
		feed_channel_gone(ch);
		break;
	case PROC_EXECUTOR:
		executor_down();
		host_keys_executor_gone();
		plans_drop();
		break;
	case PROC_NOTIFIER:
		outbox_notifier_down();
		break;
	default:
		break;
	}
}

static void
engine_stop(void)
{
	stopping = true;
	deployments_stop();
}

/*
 * Nothing runs any more.  Viewers get their last lines, which lie behind us
 * in the loop; then it is over.
 */
static void
idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (stopping) {
		journal_flush();
		feed_stop();
		control_stop();
		import_stop();
		store_close();
		child_done();
	} else if (!drained) {
		drained = true;
		log_info("drain done");
		control_drained();
		child_done();
	}
}

static void
engine_idle(void)
{
	if (!event_pending(idle_event, EV_TIMEOUT, NULL))
		again_in(idle_event, IDLE_WAIT);
}
