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
 * The executor's side of deployments: orders to it, and what it hands over
 * from the workers.  It may be started again, and so may we: after each new
 * channel it says what it has, and sends again what we have not acknowledged.
 */

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "deployments.h"
#include "entries.h"
#include "journal.h"
#include "times.h"

#define SEQ_MAX		(UINT64_MAX / 4)
#define STAGES_MAX	MSG_LIST_MAX

static bool	ready;		/* all jobs have been announced */
static unsigned	said;		/* of this executor: refusals */

static void	job_refused(const struct msg *, uint64_t, const char *);

bool
executor_is_ready(void)
{
	return ready;
}

void
executor_up(void)
{
	struct deployment	*d;

	ready = false;
	said = 0;
	RB_FOREACH(d, deployments, &deployments_running)
		d->announced = false;
}

void
executor_down(void)
{
	ready = false;
}

void
job_run(struct deployment *d)
{
	const char	*stages[STAGES_MAX];
	char		*copy, *rest, *s;
	struct ibuf	*b;
	size_t		 n = 0;

	if (!ready || d->sent || d->kill_reason != NULL || d->ending)
		return;
	if ((copy = rest = strdup(d->stages)) == NULL)
		fatal("strdup");
	while (n < STAGES_MAX && (s = strsep(&rest, "\n")) != NULL)
		stages[n++] = s;
	b = msg_new();
	msg_put_u64(b, d->id);
	msg_put_string(b, d->application);
	msg_put_string(b, d->target);
	msg_put_string(b, d->sha);
	msg_put_strings(b, stages, n);
	free(copy);
	d->sent = true;
	d->announced = true;
	d->since = clock_now();
	journal_active(d);
	msg_send(child_peer(PROC_EXECUTOR), MSG_RUN, 0, -1, b);
}

static void
kill_send(uint64_t deployment, const char *reason)
{
	struct ibuf	*b;

	b = msg_new();
	msg_put_u64(b, deployment);
	msg_put_string(b, reason);
	msg_send(child_peer(PROC_EXECUTOR), MSG_JOB_KILL, 0, -1, b);
}

void
job_kill(struct deployment *d)
{
	/* When it is announced, this is done again. */
	if (child_peer(PROC_EXECUTOR) != NULL)
		kill_send(d->id, d->kill_reason);
}

void
job_ack(uint64_t deployment, uint64_t seq)
{
	struct channel	*ch = child_peer(PROC_EXECUTOR);
	struct ibuf	*b;

	if (ch == NULL)
		return;
	b = msg_new();
	msg_put_u64(b, deployment);
	msg_put_u64(b, seq);
	msg_send(ch, MSG_JOB_ACK, 0, -1, b);
}

/* Said a bounded number of times: a sibling can't fill the log. */
static bool
is_said(void)
{
	return log_is_due(++said);
}

static void
job_refused(const struct msg *m, uint64_t deployment, const char *why)
{
	if (!is_said())
		return;
	log_warnx("message refused: from=executor name=%s deployment=%" PRIu64
	    " reason=%s", log_quote(msg_name(m->type)), deployment,
	    log_quote(why));
}

void
handle_job_announce(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	uint64_t		 id = msg_get_u64(m), first = msg_get_u64(m);

	(void)ch;
	if (ready) {
		job_refused(m, id, "all have been announced");
		return;
	}
	if ((d = deployment_find(id)) == NULL || d->ending) {
		/* It ended without the executor: it may forget it. */
		kill_send(id, "it has ended already");
		return;
	}
	if (!d->sent) {
		job_refused(m, id, "it has not been ordered");
		return;
	}
	d->announced = d->lives = true;
	log_debug("deployment %" PRIu64 " announced: first=%" PRIu64
	    " have=%" PRIu64, id, first, d->committed.seq);
	/* We may have died between the order and what we keep of it. */
	if (d->state == STATE_NEW)
		journal_active(d);
	if (d->kill_reason != NULL)
		job_kill(d);
}

void
handle_jobs_announced(struct channel *ch, struct msg *m)
{
	struct deployment	*d;

	(void)ch;
	if (ready) {
		job_refused(m, 0, "all have been announced");
		return;
	}
	ready = true;
	RB_FOREACH(d, deployments, &deployments_running) {
		if (d->ending || d->announced)
			continue;
		if (!d->sent)
			job_run(d);
		else
			journal_end(d, d->kill_reason != NULL ? d->killed_by :
			    ENDED_BY_DAEMON, d->loaded ?
			    "daemon was stopped or died while it ran" :
			    "executor was stopped or died while it ran", 0,
			    true);
	}
}

/* What has been lost on the way is said, and not waited for. */
static void
seq_check(const struct deployment *d, uint64_t seq)
{
	if (seq > d->queued + 1 && is_said())
		log_warnx("log entries lost: deployment=%" PRIu64
		    " from=%" PRIu64 " to=%" PRIu64, d->id, d->queued + 1,
		    seq - 1);
}

void
handle_job_entries(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	const void		*data;
	uint64_t		 id = msg_get_u64(m), seq = msg_get_u64(m);
	uint32_t		 count = msg_get_u32(m);
	size_t			 len;

	(void)ch;
	data = msg_get_data(m, &len);
	if (count == 0 || seq == 0 || seq > SEQ_MAX ||
	    entries_check(data, len, count) == -1) {
		job_refused(m, id, "its entries are malformed");
		return;
	}
	d = deployment_find(id);
	if (d == NULL || d->ending) {
		job_ack(id, seq + count - 1);
		return;
	}
	if (!d->sent) {
		job_refused(m, id, "it has not been ordered");
		return;
	}
	if (seq + count - 1 <= d->queued) {
		/* Sent again: what waits here is acknowledged later. */
		if (d->committed.seq >= seq + count - 1)
			job_ack(id, d->committed.seq);
		return;
	}
	seq_check(d, seq);
	d->lives = true;
	d->queued = seq + count - 1;
	journal_batch(d, seq, count, data, len);
}

void
handle_job_progress(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	const char		*stage;
	uint64_t		 id = msg_get_u64(m);
	char			*s;

	(void)ch;
	stage = msg_get_string(m);
	if ((d = deployment_find(id)) == NULL || d->ending || !d->sent)
		return;
	if ((s = strdup(stage)) == NULL)
		fatal("strdup");
	free(d->stage);
	d->stage = s;
	d->hosts = msg_get_u32(m);
	d->connected = msg_get_u32(m);
	d->done = msg_get_u32(m);
	d->failed = msg_get_u32(m);
	d->lives = true;
}

void
handle_job_end(struct channel *ch, struct msg *m)
{
	struct deployment	*d;
	const char		*error;
	uint64_t		 id = msg_get_u64(m), seq = msg_get_u64(m);
	uint8_t			 by = msg_get_u8(m);

	(void)ch;
	error = msg_get_string(m);
	if (by >= ENDED_BY_MAX || seq == 0 || seq > SEQ_MAX) {
		job_refused(m, id, "its end is malformed");
		return;
	}
	d = deployment_find(id);
	if (d == NULL || d->ending) {
		job_ack(id, seq);
		return;
	}
	if (!d->sent) {
		job_refused(m, id, "it has not been ordered");
		return;
	}
	seq_check(d, seq);
	d->queued = seq;
	if (*error == '\0')
		journal_end(d, ENDED_BY_NONE, "", seq, false);
	else if (d->kill_reason != NULL)
		journal_end(d, d->killed_by, d->kill_reason, seq, false);
	else
		journal_end(d, by == ENDED_BY_NONE ? ENDED_BY_HOST : by, error,
		    seq, false);
}
