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

struct worker {
	LIST_ENTRY(worker)	 entry;
	uint64_t		 deployment;
	pid_t			 pid;
	bool			 is_orphan;
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
	struct worker	*w;
	struct ibuf	*b;
	uint64_t	 deployment = msg_get_u64(m);
	size_t		 n = 0;
	int		 fd;

	LIST_FOREACH(w, &workers, entry)
		n++;
	if (n >= conf->limits[LIMIT_DEPLOYMENTS] ||
	    worker_find(deployment) != NULL) {
		log_warnx("worker refused: deployment=%" PRIu64 " workers=%zu",
		    deployment, n);
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
		log_warn("worker not started: deployment=%" PRIu64,
		    deployment);
		worker_gone(ch, deployment, strerror(errno));
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

void
workers_orphan(void)
{
	struct worker	*w;

	LIST_FOREACH(w, &workers, entry) {
		w->is_orphan = true;
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
	free(w);
	return true;
}
