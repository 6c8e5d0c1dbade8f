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
 * The workers.  Each is started on demand of the executor, which alone gets
 * the other end of its channel; the parent knows its deployment's number and
 * its process id, and says how it ended.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "directories.h"
#include "parent.h"
#include "spawn.h"
#include "supervise.h"
#include "workers.h"

/*
 * Workers for each deployment that may run: one runs, one is about to exit,
 * or ends what an executor that has died left behind.  The executor is held
 * to the limit of deployments by itself, and this is for one that is not.
 */
#define WORKERS_PER_DEPLOYMENT	2
#define ORPHAN_WAIT		10	/* seconds after the grace of a kill */

struct worker {
	LIST_ENTRY(worker)	 entry;
	uint64_t		 deployment;
	pid_t			 pid;
	bool			 is_orphan;
	struct event		*timer;		/* of an orphan */
};

static LIST_HEAD(, worker)	workers = LIST_HEAD_INITIALIZER(workers);

static struct worker *
worker_find(uint64_t deployment)
{
	struct worker	*w;

	LIST_FOREACH(w, &workers, entry)
		if (w->deployment == deployment && !w->is_orphan)
			return w;
	return NULL;
}

static void
worker_gone(struct channel *ch, uint64_t deployment, const char *how)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, deployment);
	msg_put_string(b, how);
	msg_send(ch, MSG_WORKER_GONE, 0, -1, b);
}

void
worker_wanted(struct channel *ch, struct msg *m)
{
	static unsigned	 refused;
	struct worker	*w;
	struct ibuf	*b;
	uint64_t	 deployment = msg_get_u64(m);
	size_t		 n = 0;
	int		 fd, error;

	LIST_FOREACH(w, &workers, entry)
		n++;
	if (n >= WORKERS_PER_DEPLOYMENT * conf->limits[LIMIT_DEPLOYMENTS] ||
	    worker_find(deployment) != NULL) {
		if (log_is_due(++refused))
			log_warnx("worker refused: deployment=%" PRIu64
			    " workers=%zu count=%u", deployment, n, refused);
		worker_gone(ch, deployment, "not started: too many workers");
		return;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("calloc");
	directories_refresh();
	w->deployment = deployment;
	w->pid = spawn(PROC_WORKER, false, directory_root(PROC_WORKER, false),
	    NULL, &fd);
	if (w->pid == -1) {
		error = errno;
		log_warn("worker not started: deployment=%" PRIu64,
		    deployment);
		worker_gone(ch, deployment, strerror(error));
		free(w);
		return;
	}
	LIST_INSERT_HEAD(&workers, w, entry);
	log_info("worker started: deployment=%" PRIu64 " pid=%d", deployment,
	    w->pid);
	b = msg_new();
	msg_put_u64(b, deployment);
	msg_send(ch, MSG_WORKER, 0, fd, b);
}

void
worker_unwanted(struct channel *ch, struct msg *m)
{
	struct worker	*w;

	(void)ch;
	if ((w = worker_find(msg_get_u64(m))) != NULL)
		kill(w->pid, SIGKILL);
}

static void
orphan_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct worker	*w = arg;

	(void)fd;
	(void)what;
	log_warnx("worker does not end: deployment=%" PRIu64 " pid=%d",
	    w->deployment, w->pid);
	kill(w->pid, SIGKILL);
}

/* The longest grace that a target gives. */
static uint64_t
kill_limit(void)
{
	const struct conf_application	*a;
	uint64_t			 ms = conf->limits[LIMIT_KILL];
	size_t				 i, j;

	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		for (j = 0; j < a->targets.n; j++)
			if (a->targets.v[j]->limits[LIMIT_KILL] > ms)
				ms = a->targets.v[j]->limits[LIMIT_KILL];
	}
	return ms;
}

/*
 * Nobody listens to them any more.  They see it and end what they have begun
 * on the hosts; who has been told before has had its time.
 */
void
workers_orphan(void)
{
	struct timeval	 wait = { kill_limit() / 1000 + ORPHAN_WAIT, 0 };
	struct worker	*w;

	LIST_FOREACH(w, &workers, entry) {
		if (w->is_orphan) {
			kill(w->pid, SIGKILL);
			continue;
		}
		w->is_orphan = true;
		w->timer = evtimer_new(base, orphan_timeout, w);
		if (w->timer == NULL || evtimer_add(w->timer, &wait) == -1)
			kill(w->pid, SIGKILL);
	}
}

bool
workers_any(void)
{
	return !LIST_EMPTY(&workers);
}

void
workers_log(const char *why)
{
	struct worker	*w;
	char		 ids[1024] = "", id[24];

	LIST_FOREACH(w, &workers, entry) {
		if (w->is_orphan)
			continue;
		snprintf(id, sizeof(id), "%s%" PRIu64, *ids == '\0' ? "" : ",",
		    w->deployment);
		strlcat(ids, id, sizeof(ids));
	}
	if (*ids != '\0')
		log_warnx("deployments running: ids=%s reason=\"%s\"", ids,
		    why);
}

bool
workers_reap(pid_t pid, int status)
{
	struct worker	*w;
	struct channel	*ch = supervise_channel(PROC_EXECUTOR);

	LIST_FOREACH(w, &workers, entry)
		if (w->pid == pid)
			break;
	if (w == NULL)
		return false;
	log_info("worker ended: deployment=%" PRIu64 " pid=%d how=\"%s\"",
	    w->deployment, pid, spawn_how(status));
	LIST_REMOVE(w, entry);
	if (!w->is_orphan && ch != NULL)
		worker_gone(ch, w->deployment, spawn_how(status));
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
	return true;
}
