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
 * Host keys for operators: for each target the executor has a worker look at
 * the hosts, one target after the other, and passes on what that sees of
 * them.  Such a worker has the number 0, which no deployment has; it gets no
 * key, and no word of it about another target's hosts is heard.
 */

#include "config.h"

#include <event2/event.h>
#include <stdio.h>
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

static LIST_OF(struct job) jobs;	/* a target each; none: nobody looks */
static size_t		 current;	/* the job that is done now */
static struct channel	*worker;
static struct event	*timer;
static uint32_t		 id;		/* of the engine's request */
static uint64_t		 left;		/* messages that may still come */
static unsigned		 lines;
static char		*verdict;	/* NULL: it goes on */
static bool		 given;		/* the worker has its job */
static bool		 gone;		/* the worker is */

static void	timer_set(uint64_t);
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

static bool
is_looking(void)
{
	return jobs.n > 0;
}

static void
look_next(void)
{
	free(verdict);
	verdict = NULL;
	given = gone = false;
	left = (uint64_t)jobs.v[current]->hosts.n * KEYS_MAX;
	timer_set(LOOK_WAIT);
	parent_tell(MSG_WORKER_WANTED);
}

/*
 * The worker is over, and with it its target; what was wrong there ends all,
 * if there is something.
 */
static void
look_over(void)
{
	size_t	i;

	if (!is_looking() || worker != NULL || !gone)
		return;
	if (*verdict == '\0' && ++current < jobs.n) {
		look_next();
		return;
	}
	end_tell(id, verdict);
	event_del(timer);
	for (i = 0; i < jobs.n; i++)
		job_free(jobs.v[i]);
	free(jobs.v);
	jobs.v = NULL;
	jobs.n = 0;
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
	if (!is_looking())
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

/* A host and the job that it stands in. */
struct place_of {
	struct job_host	*host;
	size_t		 job;
};

static int
host_compare(const struct job_host *x, const struct job_host *y)
{
	int	r = strcmp(x->name, y->name);

	return r != 0 ? r : (x->port > y->port) - (x->port < y->port);
}

static int
place_compare(const void *a, const void *b)
{
	const struct place_of	*x = a, *y = b;
	int			 r = host_compare(x->host, y->host);

	return r != 0 ? r : (x->job > y->job) - (x->job < y->job);
}

/* All hosts, which the jobs give away, in order. */
static struct place_of *
hosts_take(size_t *n)
{
	struct place_of	*all;
	struct job	*j;
	size_t		 i, k;

	for (*n = i = 0; i < jobs.n; i++)
		*n += jobs.v[i]->hosts.n;
	if ((all = calloc(*n + 1, sizeof(*all))) == NULL)
		fatal("calloc");
	for (*n = i = 0; i < jobs.n; i++) {
		j = jobs.v[i];
		for (k = 0; k < j->hosts.n; k++)
			all[(*n)++] = (struct place_of){ j->hosts.v[k], i };
		j->hosts.n = 0;
	}
	qsort(all, *n, sizeof(*all), place_compare);
	return all;
}

/* Each host once, with the first of its targets. */
static void
hosts_unite(void)
{
	struct place_of	*all;
	struct job_host	*last = NULL;
	struct job	*j;
	size_t		 i, n;

	all = hosts_take(&n);
	for (i = 0; i < n; i++) {
		if (last != NULL && host_compare(last, all[i].host) == 0) {
			record_free(&job_host_record, all[i].host);
			continue;
		}
		last = all[i].host;
		j = jobs.v[all[i].job];
		j->hosts.v[j->hosts.n++] = last;
	}
	free(all);
	for (i = n = 0; i < jobs.n; i++)
		if (jobs.v[i]->hosts.n > 0)
			jobs.v[n++] = jobs.v[i];
		else
			job_free(jobs.v[i]);
	jobs.n = n;
}

static void
job_add(const struct conf *conf, const struct conf_target *t)
{
	struct job	*j = job_new();
	struct job_host	*h;
	size_t		 i;

	if ((j->user = strdup("")) == NULL)
		fatal("strdup");
	memcpy(j->limits, conf->limits, sizeof(j->limits));
	for (i = 0; i < t->hosts.n; i++) {
		h = record_new(&job_host_record);
		if ((h->name = strdup(t->hosts.v[i]->name)) == NULL)
			fatal("strdup");
		h->port = t->hosts.v[i]->port;
		list_add(&j->hosts, h);
	}
	list_add(&jobs, j);
}
static void
jobs_make(const struct conf *conf, const char *application,
    const char *target)
{
	const struct conf_application	*a;
	size_t				 i, k;

	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		if (*application != '\0' && strcmp(a->name, application) != 0)
			continue;
		for (k = 0; k < a->targets.n; k++)
			if (*target == '\0' ||
			    strcmp(a->targets.v[k]->name, target) == 0)
				job_add(conf, a->targets.v[k]);
	}
	hosts_unite();
}

void
host_keys_look(const struct conf *conf, struct msg *m)
{
	const char	*application = msg_get_string(m);
	const char	*target = msg_get_string(m);

	if (is_looking() || conf == NULL) {
		end_tell(m->id, "the host keys are being looked at already");
		return;
	}
	if (timer == NULL &&
	    (timer = evtimer_new(base, look_timeout, NULL)) == NULL)
		fatal("evtimer_new");
	log_info("host keys: app=%s target=%s", log_quote(application),
	    log_quote(target));
	jobs_make(conf, application, target);
	if (!is_looking()) {
		end_tell(m->id, "");
		return;
	}
	id = m->id;
	lines = 0;
	current = 0;
	look_next();
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
	if (!is_looking() || verdict != NULL || worker != NULL) {
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
	if (!is_looking())
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
	look_end("nobody wants to know any more");
}

static void
ready_arrives(struct channel *ch, struct msg *m)
{
	struct ibuf	*b;

	(void)m;
	if (given)
		return;
	given = true;
	b = record_encode(&job_record, jobs.v[current], PROC_WORKER);
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

/* Whether it is a line of known hosts, and of that host. */
static bool
is_line_of(const char *line, const struct job_host *h)
{
	char		 name[MSG_SHORT_MAX + 16];
	const char	*p;
	size_t		 n;

	n = snprintf(name, sizeof(name), h->port == CONF_SSH_PORT ? "%s " :
	    "[%s]:%u ", h->name, h->port);
	for (p = line; *p >= ' ' && *p <= '~'; p++)
		continue;
	return *p == '\0' && strncasecmp(line, name, n) == 0;
}

/* The id is the number of the host; which that is, we know ourselves. */
static void
key_arrives(struct channel *ch, struct msg *m)
{
	struct channel		*engine = child_peer(PROC_ENGINE);
	const struct job	*j = jobs.v[current];
	const struct job_host	*h;
	const char		*text;
	struct ibuf		*b;
	char			 origin[ORIGIN_SIZE];
	bool			 is_error;

	(void)ch;
	msg_get_string(m);
	is_error = msg_get_u8(m);
	text = msg_get_string(m);
	h = m->id < j->hosts.n ? j->hosts.v[m->id] : NULL;
	if (left == 0 || verdict != NULL || h == NULL || engine == NULL ||
	    (!is_error && !is_line_of(text, h))) {
		look_end("the worker misbehaved");
		return;
	}
	left--;
	host_origin(h->name, h->port, origin, sizeof(origin));
	b = msg_new();
	msg_put_string(b, origin);
	msg_put_u8(b, is_error);
	msg_put_text(b, text);
	msg_send(engine, MSG_HOST_KEY, id, -1, b);
}

static void
end_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	verdict_set(msg_get_string(m));
	timer_set(WORKER_LINGER);
}
