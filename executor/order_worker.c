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
 * An order's worker: its channel, and what it says.  It has read what hosts
 * send and may be anybody's by now: it is held to its own deployment, to the
 * next number, and to its share of memory, and its entries are not looked at.
 */

#include "config.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "../common/process.h"
#include "order.h"

#define WORKER_LINGER	20000	/* ms from its last message to its end */
#define WORKER_HUNG	10000	/* ms after its own limits */
#define GONE_WAIT	2000	/* ms until the parent says how it ended */
#define WORKER_LINES	200	/* of a worker that are logged */

static void	worker_ready(struct channel *, struct msg *);
static void	worker_log(struct channel *, struct msg *);
static void	worker_entries(struct channel *, struct msg *);
static void	worker_progress(struct channel *, struct msg *);
static void	worker_end(struct channel *, struct msg *);

static const struct msg_handler worker_handlers[] = {
	{ MSG_READY, worker_ready },
	{ MSG_LOG, worker_log },
	{ MSG_JOB_ENTRIES, worker_entries },
	{ MSG_JOB_PROGRESS, worker_progress },
	{ MSG_JOB_END, worker_end },
	{ MSG_NONE, NULL }
};

static void
worker_closed(struct channel *ch)
{
	struct order	*o = ch->arg;

	channel_free(o->worker);
	o->worker = NULL;
	if (o->state == ORDER_ENDED) {
		event_del(o->timer);
		if (o->is_acked)
			order_free(o);
	} else if (o->worker_gone)
		order_died(o);
	else
		order_timer(o, GONE_WAIT);
}

static void
worker_ready(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	struct ibuf	*b;
	int		 r;

	if (o->state != ORDER_STARTING)
		return;
	log_debug("worker ready: deployment=%" PRIu64 " sandbox=%s",
	    o->deployment, log_quote(msg_get_string(m)));
	b = msg_new();
	msg_put_u8(b, log_is_verbose());
	msg_send(ch, MSG_VERBOSE, 0, -1, b);
	if ((b = record_encode(&job_record, o->job, PROC_WORKER)) == NULL) {
		order_lost(o, "its scripts are too large");
		return;
	}
	r = record_send(ch, MSG_JOB, 0, b);
	ibuf_free(b);
	if (r == -1) {
		order_lost(o, "the worker can't be given its job");
		return;
	}
	job_free(o->job);
	o->job = NULL;
	o->state = ORDER_RUNNING;
	/* It keeps the limits by itself, unless it hangs or is another's. */
	order_timer(o, o->limit_deployment + o->limit_kill + WORKER_HUNG);
}

static void
worker_log(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint8_t		 priority = msg_get_u8(m);
	const char	*text = msg_get_string(m);

	if (priority <= LOG_WARNING) {
		if (o->lines++ < WORKER_LINES)
			log_warnx("worker: deployment=%" PRIu64 " %s",
			    o->deployment, log_quote(text));
	} else if (log_is_verbose() && o->lines++ < WORKER_LINES)
		log_debug("worker: deployment=%" PRIu64 " %s", o->deployment,
		    log_quote(text));
}

/* It does what no worker does: it is not one any more. */
static void
worker_misbehaves(struct order *o, const char *how)
{
	log_warnx("worker misbehaves: deployment=%" PRIu64 " how=%s",
	    o->deployment, how);
	if (o->state != ORDER_ENDED)
		order_lost(o, "the worker misbehaved");
	else
		order_worker_end(o);
}

/* Whether it may say this of this deployment, under this number. */
static bool
worker_may(struct order *o, uint64_t deployment, uint64_t seq)
{
	if (o->state == ORDER_RUNNING && deployment == o->deployment &&
	    seq == o->next_seq)
		return true;
	worker_misbehaves(o, "number out of turn");
	return false;
}

static void
worker_entries(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m), first = msg_get_u64(m);
	uint32_t	 count = msg_get_u32(m);
	const void	*data;
	size_t		 len;

	data = msg_get_data(m, &len);
	if (!worker_may(o, deployment, first))
		return;
	if (count == 0 || len > MSG_DATA_MAX || count > len) {
		worker_misbehaves(o, "impossible count");
		return;
	}
	order_entries(o, count, data, len);
	/* It stops at its limit; half-sent batches and messages go beyond. */
	if (order_kept(o) > 2 * o->limit_memory + 16 * MSG_DATA_MAX)
		worker_misbehaves(o, "more than its limit of memory");
}

static void
worker_progress(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m);

	if (!worker_may(o, deployment, o->next_seq))
		return;
	strlcpy(o->progress.stage, msg_get_string(m),
	    sizeof(o->progress.stage));
	o->progress.hosts = msg_get_u32(m);
	o->progress.connected = msg_get_u32(m);
	o->progress.done = msg_get_u32(m);
	o->progress.failed = msg_get_u32(m);
	order_progress(o);
}

static void
worker_end(struct channel *ch, struct msg *m)
{
	struct order	*o = ch->arg;
	uint64_t	 deployment = msg_get_u64(m), seq = msg_get_u64(m);
	uint8_t		 by = msg_get_u8(m);
	const char	*error = msg_get_string(m);

	if (!worker_may(o, deployment, seq))
		return;
	if (by >= ENDED_BY_MAX || (by == ENDED_BY_NONE) != (*error == '\0')) {
		worker_misbehaves(o, "impossible end");
		return;
	}
	order_timer(o, WORKER_LINGER);
	order_end(o, by, error);
}

int
order_worker_open(struct order *o, int fd)
{
	o->worker = channel_new(fd, PROC_EXECUTOR, PROC_WORKER,
	    worker_handlers, worker_closed, o);
	if (o->worker == NULL)
		return -1;
	o->state = ORDER_STARTING;
	return 0;
}

void
order_worker_kill(struct order *o, const char *reason)
{
	struct ibuf	*b;

	if (o->worker == NULL)
		return;
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_string(b, reason);
	msg_send(o->worker, MSG_JOB_KILL, 0, -1, b);
	order_timer(o, o->limit_kill + WORKER_HUNG);
}

void
order_worker_ack(struct order *o, uint64_t seq)
{
	struct ibuf	*b;

	if (o->worker == NULL || o->state != ORDER_RUNNING)
		return;
	b = msg_new();
	msg_put_u64(b, o->deployment);
	msg_put_u64(b, seq);
	msg_send(o->worker, MSG_JOB_ACK, 0, -1, b);
}
