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
 * Orders, see order.h.  What the engine has not acknowledged is kept, and
 * sent again on a new channel: an engine that was started again misses no
 * line.  Each message is sent when the engine's channel has room; the worker
 * stops by itself when too much has not been acknowledged.
 */

#include "config.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "order.h"

#define ORDERS_MAX	2048	/* twice as many as may run */
#define WORKER_WAIT	20000	/* ms until a worker is ready */
#define HOSTS_NAMED	2048	/* bytes of names in an error */

/* A message that the engine has not acknowledged. */
struct kept {
	STAILQ_ENTRY(kept)	 entry;
	uint64_t		 first;
	uint64_t		 last;
	bool			 is_end;
	uint8_t			 ended_by;
	size_t			 len;
	char			 data[];	/* entries, or the error */
};

static void	order_timeout(evutil_socket_t, short, void *);

static TAILQ_HEAD(, order)	 orders = TAILQ_HEAD_INITIALIZER(orders);
static size_t			 norders;

struct order *
order_find(uint64_t deployment)
{
	struct order	*o;

	TAILQ_FOREACH(o, &orders, entry)
		if (o->deployment == deployment)
			return o;
	return NULL;
}

bool
orders_has(const char *application, const char *target)
{
	const struct order	*o;

	TAILQ_FOREACH(o, &orders, entry)
		if (o->state != ORDER_ENDED &&
		    strcmp(o->application, application) == 0 &&
		    strcmp(o->target, target) == 0)
			return true;
	return false;
}

uint64_t
orders_running(void)
{
	const struct order	*o;
	uint64_t		 n = 0;

	TAILQ_FOREACH(o, &orders, entry)
		n += o->state != ORDER_ENDED;
	return n;
}

bool
orders_are_full(void)
{
	return norders >= ORDERS_MAX;
}

void
order_timer(struct order *o, uint64_t ms)
{
	struct timeval	tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(o->timer, &tv);
}

struct order *
order_new(uint64_t deployment, const char *application, const char *target)
{
	struct order	*o;

	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->application = strdup(application)) == NULL ||
	    (o->target = strdup(target)) == NULL ||
	    (o->timer = evtimer_new(base, order_timeout, o)) == NULL)
		fatal("%s", __func__);
	o->deployment = deployment;
	o->next_seq = 1;
	STAILQ_INIT(&o->kept);
	TAILQ_INSERT_TAIL(&orders, o, entry);
	norders++;
	return o;
}

void
order_free(struct order *o)
{
	struct kept	*k;

	TAILQ_REMOVE(&orders, o, entry);
	norders--;
	channel_free(o->worker);
	event_free(o->timer);
	while ((k = STAILQ_FIRST(&o->kept)) != NULL) {
		STAILQ_REMOVE_HEAD(&o->kept, entry);
		free(k);
	}
	job_free(o->job);
	free(o->application);
	free(o->target);
	free(o->hosts);
	free(o->kill_reason);
	free(o->how);
	free(o);
}

static struct kept *
order_keep(struct order *o, uint64_t count, const void *data, size_t len)
{
	struct kept	*k;

	if ((k = malloc(sizeof(*k) + len)) == NULL)
		fatal("%s", __func__);
	memset(k, 0, sizeof(*k));
	k->first = o->next_seq;
	o->next_seq += count;
	k->last = o->next_seq - 1;
	k->len = len;
	memcpy(k->data, data, len);
	STAILQ_INSERT_TAIL(&o->kept, k, entry);
	o->kept_size += sizeof(*k) + len;
	if (o->unsent == NULL)
		o->unsent = k;
	return k;
}

static int
kept_send(struct channel *engine, const struct order *o, const struct kept *k)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_u64(b, k->first);
	if (k->is_end) {
		msg_put_u8(b, k->ended_by);
		msg_put_text(b, k->data);
		return msg_send(engine, MSG_JOB_END, 0, -1, b);
	}
	msg_put_u32(b, k->last - k->first + 1);
	msg_put_data(b, k->data, k->len);
	return msg_send(engine, MSG_JOB_ENTRIES, 0, -1, b);
}

/* Sends what the engine takes now, of each order in turn. */
static void
orders_forward(struct channel *engine)
{
	struct order	*o;
	bool		 more;

	do {
		more = false;
		TAILQ_FOREACH(o, &orders, entry) {
			if (o->unsent == NULL)
				continue;
			if (channel_is_full(engine) ||
			    kept_send(engine, o, o->unsent) == -1)
				return;
			o->unsent = STAILQ_NEXT(o->unsent, entry);
			more = true;
		}
	} while (more);
}

static void
engine_tell(void)
{
	struct channel	*engine = child_peer(PROC_ENGINE);

	if (engine != NULL)
		orders_forward(engine);
}

static void
progress_send(struct channel *engine, const struct order *o)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_string(b, o->progress.stage);
	msg_put_u32(b, o->progress.hosts);
	msg_put_u32(b, o->progress.connected);
	msg_put_u32(b, o->progress.done);
	msg_put_u32(b, o->progress.failed);
	msg_send(engine, MSG_JOB_PROGRESS, 0, -1, b);
}

static void
order_worker_unwanted(const struct order *o)
{
	struct ibuf	*b;

	if (o->worker_gone)
		return;
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_send(child_parent(), MSG_WORKER_UNWANTED, 0, -1, b);
}

/* The end, as the worker or we ourselves say it. */
void
order_end(struct order *o, enum ended_by by, const char *error)
{
	struct kept	*k;

	k = order_keep(o, 1, error, strlen(error) + 1);
	k->is_end = true;
	k->ended_by = by;
	o->state = ORDER_ENDED;
	job_free(o->job);
	o->job = NULL;
	log_info("order ended: deployment=%" PRIu64 " app=%s target=%s "
	    "by=%s error=%s", o->deployment, log_quote(o->application),
	    log_quote(o->target),
	    by == ENDED_BY_NONE ? "itself" : ended_by_name(by),
	    log_quote(error));
	engine_tell();
}

/* The worker will not end it any more. */
void
order_fail(struct order *o, enum ended_by by, const char *error)
{
	order_worker_unwanted(o);
	channel_free(o->worker);
	o->worker = NULL;
	event_del(o->timer);
	order_end(o, by, error);
}

/* The worker has gone or is given up while it had the job. */
void
order_lost(struct order *o, const char *what)
{
	char		*error;
	bool		 may_run = o->state == ORDER_RUNNING &&
			    o->progress.stage[0] != '\0';

	if (asprintf(&error, "%s%s%s%s%s",
	    o->kill_reason != NULL ? o->kill_reason : "",
	    o->kill_reason != NULL ? "; " : "", what,
	    may_run ? "; commands may still run on " : "",
	    may_run ? o->hosts : "") == -1)
		fatal("%s", __func__);
	order_fail(o, o->kill_reason != NULL ? ENDED_BY_PERSON :
	    ENDED_BY_DAEMON, error);
	free(error);
}

/* With how it ended, if the parent has said that. */
void
order_died(struct order *o)
{
	char	*what;

	if (asprintf(&what, "the worker died%s%s%s",
	    o->how != NULL ? " (" : "", o->how != NULL ? o->how : "",
	    o->how != NULL ? ")" : "") == -1)
		fatal("%s", __func__);
	order_lost(o, what);
	free(what);
}

void
order_worker_end(struct order *o)
{
	order_worker_unwanted(o);
	channel_free(o->worker);
	o->worker = NULL;
	event_del(o->timer);
	if (o->is_acked)
		order_free(o);
}

static void
order_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct order	*o = arg;

	(void)fd;
	(void)what;
	switch (o->state) {
	case ORDER_WANTED:
	case ORDER_STARTING:
		order_lost(o, "no worker could be started");
		break;
	case ORDER_RUNNING:
		if (o->worker == NULL)
			order_died(o);
		else
			order_lost(o, "the worker did not end in time");
		break;
	case ORDER_ENDED:
		/* It said that it was done, and stays. */
		order_worker_end(o);
		break;
	}
}

void
order_entries(struct order *o, uint32_t count, const void *data, size_t len)
{
	order_keep(o, count, data, len);
	engine_tell();
}

size_t
order_kept(const struct order *o)
{
	return o->kept_size;
}

void
order_progress(const struct order *o)
{
	struct channel	*engine = child_peer(PROC_ENGINE);

	if (engine != NULL && !channel_is_full(engine))
		progress_send(engine, o);
}

bool
order_acked(struct order *o, uint64_t seq)
{
	struct kept	*k;
	bool		 ended = false;

	/* What has not been sent can't have been committed. */
	while ((k = STAILQ_FIRST(&o->kept)) != NULL && k->last <= seq &&
	    k != o->unsent) {
		STAILQ_REMOVE_HEAD(&o->kept, entry);
		o->kept_size -= sizeof(*k) + k->len;
		ended = k->is_end;
		free(k);
	}
	return ended;
}

/* The hosts' names for an error, as many as one wants to read. */
static char *
hosts_names(const struct job *job)
{
	char	*s, origin[ORIGIN_SIZE], more[64];
	size_t	 i, size = HOSTS_NAMED + sizeof(more);

	if ((s = calloc(1, size)) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < job->hosts.n; i++) {
		host_origin(job->hosts.v[i]->name, job->hosts.v[i]->port,
		    origin, sizeof(origin));
		if (strlen(s) + strlen(origin) + 2 >= HOSTS_NAMED) {
			snprintf(more, sizeof(more), " and %zu more",
			    job->hosts.n - i);
			strlcat(s, more, size);
			break;
		}
		if (i > 0)
			strlcat(s, ", ", size);
		strlcat(s, origin, size);
	}
	return s;
}

void
order_begin(struct order *o, struct job *job)
{
	struct ibuf	*b;

	o->job = job;
	o->hosts = hosts_names(job);
	o->limit_deployment = job->limits[LIMIT_DEPLOYMENT];
	o->limit_kill = job->limits[LIMIT_KILL];
	o->limit_memory = job->limits[LIMIT_MEMORY];
	o->state = ORDER_WANTED;
	order_timer(o, WORKER_WAIT);
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_send(child_parent(), MSG_WORKER_WANTED, 0, -1, b);
}

void
orders_announce(struct channel *engine)
{
	struct order	*o;
	struct ibuf	*b;

	engine->writable = orders_forward;
	TAILQ_FOREACH(o, &orders, entry) {
		if (o->is_acked)
			continue;
		o->unsent = STAILQ_FIRST(&o->kept);
		b = msg_new();
		msg_put_u64(b, o->deployment);
		msg_put_u64(b, o->unsent != NULL ? o->unsent->first :
		    o->next_seq);
		msg_send(engine, MSG_JOB_ANNOUNCE, 0, -1, b);
	}
	msg_send_empty(engine, MSG_JOBS_ANNOUNCED, 0);
	TAILQ_FOREACH(o, &orders, entry)
		if (o->state == ORDER_RUNNING)
			progress_send(engine, o);
	orders_forward(engine);
}

/* The engine has killed what ran; workers end with their channel. */
void
orders_drop(void)
{
	struct order	*o;

	while ((o = TAILQ_FIRST(&orders)) != NULL) {
		if (o->state != ORDER_ENDED)
			log_warnx("order dropped: deployment=%" PRIu64
			    " reason=\"daemon stopped\" hosts=%s",
			    o->deployment, log_quote(o->hosts));
		order_worker_unwanted(o);
		order_free(o);
	}
}
