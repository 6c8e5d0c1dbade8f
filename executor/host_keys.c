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
 * Host keys for operators: the executor has a worker look at the hosts that
 * it knows, and passes on what that sees.  Such a worker has the number 0,
 * which no deployment has, so there is one at a time; it gets no key.
 */

#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "host_keys.h"
#include "job.h"

/* Milliseconds that a look may take; the hosts have limits of their own. */
#define LOOK_WAIT	(15 * 60 * 1000)
#define WORKER_LINGER	5000	/* from its last message to its end */
/* Keys and errors of a host, and lines of the worker that are logged. */
#define KEYS_MAX	8
#define WORKER_LINES	100

static struct job	*job;		/* NULL: nobody looks */
static struct channel	*worker;
static struct event	*timer;
static uint32_t		 id;		/* of the engine's request */
static uint64_t		 left;		/* messages that may still come */
static unsigned		 lines;
static char		*verdict;	/* NULL: it goes on */
static bool		 given;		/* the worker has its job */
static bool		 gone;		/* the worker is */

static void	ready_arrives(struct channel *, struct msg *);
static void	log_arrives(struct channel *, struct msg *);
static void	key_arrives(struct channel *, struct msg *);
static void	end_arrives(struct channel *, struct msg *);

static const struct msg_handler worker_handlers[] = {
	{ MSG_READY, ready_arrives },
	{ MSG_LOG, log_arrives },
	{ MSG_HOST_KEY, key_arrives },
	{ MSG_HOST_KEYS_END, end_arrives },
	{ MSG_NONE, NULL }
};

static void
end_tell(uint32_t to, const char *error)
{
	struct channel	*engine = child_peer(PROC_ENGINE);
	struct ibuf	*b;

	if (engine == NULL)
		return;
	b = msg_new();
	msg_put_text(b, error);
	msg_send(engine, MSG_HOST_KEYS_END, to, -1, b);
}

static void
parent_tell(enum msg_type type)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, 0);
	msg_send(child_parent(), type, 0, -1, b);
}

/* It is over when the worker is: then there can be another one. */
static void
look_over(void)
{
	if (job == NULL || worker != NULL || !gone)
		return;
	end_tell(id, verdict);
	event_del(timer);
	job_free(job);
	job = NULL;
	free(verdict);
	verdict = NULL;
}

static void
verdict_set(const char *error)
{
	if (verdict == NULL && (verdict = strdup(error)) == NULL)
		fatal("strdup");
}

/* The worker ends now, whatever it does. */
static void
look_end(const char *error)
{
	if (job == NULL)
		return;
	verdict_set(error);
	if (!gone)
		parent_tell(MSG_WORKER_UNWANTED);
	channel_free(worker);
	worker = NULL;
	look_over();
}

static void
timer_set(uint64_t ms)
{
	struct timeval	tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(timer, &tv);
}

static void
look_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look_end("it took too long");
}

static int
host_compare(const void *a, const void *b)
{
	const struct job_host	*x = *(struct job_host *const *)a;
	const struct job_host	*y = *(struct job_host *const *)b;
	int			 r = strcmp(x->name, y->name);

	return r != 0 ? r : (x->port > y->port) - (x->port < y->port);
}

/* Each host once, whatever targets it has. */
static void
hosts_unite(struct job *j)
{
	size_t	i, n = 0;

	if (j->hosts.n == 0)
		return;
	qsort(j->hosts.v, j->hosts.n, sizeof(j->hosts.v[0]), host_compare);
	for (i = 1; i < j->hosts.n; i++)
		if (host_compare(&j->hosts.v[n], &j->hosts.v[i]) != 0) {
			struct job_host *h = j->hosts.v[++n];

			j->hosts.v[n] = j->hosts.v[i];
			j->hosts.v[i] = h;
		}
	while (j->hosts.n > n + 1)
		record_free(&job_host_record, j->hosts.v[--j->hosts.n]);
}

static void
hosts_add(struct job *j, const struct conf_target *t)
{
	struct job_host	*h;
	size_t		 i;

	for (i = 0; i < t->hosts.n; i++) {
		h = record_new(&job_host_record);
		if ((h->name = strdup(t->hosts.v[i]->name)) == NULL)
			fatal("strdup");
		h->port = t->hosts.v[i]->port;
		list_add(&j->hosts, h);
	}
}

static struct job *
look_job(const struct conf *conf, const char *application, const char *target)
{
	const struct conf_application	*a;
	struct job			*j = job_new();
	size_t				 i, k;

	if ((j->user = strdup("")) == NULL)
		fatal("strdup");
	memcpy(j->limits, conf->limits, sizeof(j->limits));
	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		if (*application != '\0' && strcmp(a->name, application) != 0)
			continue;
		for (k = 0; k < a->targets.n; k++)
			if (*target == '\0' ||
			    strcmp(a->targets.v[k]->name, target) == 0)
				hosts_add(j, a->targets.v[k]);
	}
	hosts_unite(j);
	return j;
}

void
host_keys_look(const struct conf *conf, struct msg *m)
{
	const char	*application = msg_get_string(m);
	const char	*target = msg_get_string(m);

	if (job != NULL || conf == NULL) {
		end_tell(m->id, "the host keys are being looked at already");
		return;
	}
	if (timer == NULL &&
	    (timer = evtimer_new(base, look_timeout, NULL)) == NULL)
		fatal("evtimer_new");
	job = look_job(conf, application, target);
	id = m->id;
	left = (uint64_t)job->hosts.n * KEYS_MAX;
	lines = 0;
	given = gone = false;
	timer_set(LOOK_WAIT);
	log_info("host keys: app=%s target=%s hosts=%zu",
	    log_quote(application), log_quote(target), job->hosts.n);
	parent_tell(MSG_WORKER_WANTED);
}

static void
worker_closed(struct channel *ch)
{
	channel_free(ch);
	worker = NULL;
	verdict_set("the worker died");
	look_over();
}

void
host_keys_worker(int fd)
{
	if (job == NULL || verdict != NULL || worker != NULL) {
		close(fd);
		return;
	}
	worker = channel_new(fd, PROC_EXECUTOR, PROC_WORKER, worker_handlers,
	    worker_closed, NULL);
	if (worker == NULL)
		fatal("channel to worker");
}

void
host_keys_worker_gone(const char *how)
{
	if (job == NULL)
		return;
	gone = true;
	/* What it has said before is still read. */
	if (worker == NULL)
		verdict_set(how);
	look_over();
}

void
host_keys_drop(void)
{
	look_end("the engine is not there any more");
}

static void
ready_arrives(struct channel *ch, struct msg *m)
{
	struct ibuf	*b;

	(void)m;
	if (given)
		return;
	given = true;
	b = record_encode(&job_record, job, PROC_WORKER);
	if (b == NULL || record_send(ch, MSG_JOB, 0, b) == -1)
		look_end("there are too many hosts");
	ibuf_free(b);
}

static void
log_arrives(struct channel *ch, struct msg *m)
{
	uint8_t	priority = msg_get_u8(m);

	(void)ch;
	(void)priority;
	if (lines++ < WORKER_LINES)
		log_debug("worker: deployment=0 %s",
		    log_quote(msg_get_string(m)));
}

/* What a host shows is checked by whoever reads it; here it is bounded. */
static void
key_arrives(struct channel *ch, struct msg *m)
{
	struct channel	*engine = child_peer(PROC_ENGINE);
	struct ibuf	*b;

	(void)ch;
	if (left == 0 || verdict != NULL || engine == NULL) {
		look_end("the worker misbehaved");
		return;
	}
	left--;
	b = msg_new();
	msg_put_string(b, msg_get_string(m));
	msg_put_u8(b, msg_get_u8(m));
	msg_put_text(b, msg_get_string(m));
	msg_send(engine, MSG_HOST_KEY, id, -1, b);
}

static void
end_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	verdict_set(msg_get_string(m));
	timer_set(WORKER_LINGER);
}
