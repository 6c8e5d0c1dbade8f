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
 * Orders: what the executor knows of a deployment from the moment it takes it
 * until the engine has acknowledged its end, and the messages that are kept
 * for the engine.  A message of the worker is a stretch of bytes here.
 */

#ifndef EXECUTOR_ORDER_H
#define EXECUTOR_ORDER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/msg.h"
#include "job.h"

struct channel;
struct event;
struct kept;

enum order_state {
	ORDER_WANTED,			/* the parent starts a worker */
	ORDER_STARTING,			/* there is a channel to it */
	ORDER_RUNNING,			/* it has its job */
	ORDER_ENDED			/* its end is kept or acknowledged */
};

/* What the worker last said. */
struct progress {
	char		stage[MSG_SHORT_MAX + 1];
	uint32_t	hosts, connected, done, failed;
};

struct order {
	TAILQ_ENTRY(order)	 entry;
	uint64_t		 deployment;
	char			*application;
	char			*target;
	enum order_state	 state;
	struct job		*job;		/* until it has been given */
	struct channel		*worker;
	struct event		*timer;
	char			*hosts;		/* their names, for errors */
	uint64_t		 limit_deployment;
	uint64_t		 limit_kill;
	uint64_t		 limit_memory;
	uint64_t		 next_seq;
	STAILQ_HEAD(, kept)	 kept;
	size_t			 kept_size;
	struct kept		*unsent;	/* the first of these */
	struct progress		 progress;
	char			*kill_reason;	/* NULL: nobody kills it */
	char			*how;		/* the worker ended */
	bool			 worker_gone;
	bool			 is_acked;	/* only the worker is left */
	unsigned		 lines;		/* of the worker, logged */
};

/*
 * Finds one by its number, or NULL; whether one of that target has not ended;
 * how many have not.
 */
struct order	*order_find(uint64_t deployment);
bool		 orders_has(const char *application, const char *target);
uint64_t	 orders_running(void);
/* More wait for an acknowledgement than an engine can have ordered. */
bool		 orders_are_full(void);

struct order	*order_new(uint64_t deployment, const char *application,
		    const char *target);
void		 order_free(struct order *);
/* The worker must have said something within so many milliseconds. */
void		 order_timer(struct order *, uint64_t ms);
/* Takes the job over and asks the parent for a worker. */
void		 order_begin(struct order *, struct job *);

/* Entries for the engine: counted, kept, sent. */
void		 order_entries(struct order *, uint32_t count, const void *,
		    size_t);
/* So many bytes of them are kept. */
size_t		 order_kept(const struct order *);
/* The progress, for an engine that is there and not busy. */
void		 order_progress(const struct order *);

/*
 * The end: as the worker says it; by ourselves, with the worker gone or to be
 * ended; because it is lost (what: one clause) or died.
 */
void		 order_end(struct order *, enum ended_by, const char *error);
void		 order_fail(struct order *, enum ended_by, const char *error);
void		 order_lost(struct order *, const char *what);
void		 order_died(struct order *);

/* The worker has said its last, or is to: the order may go with it. */
void		 order_worker_end(struct order *);

/* The engine has committed up to this; true when that is the end. */
bool		 order_acked(struct order *, uint64_t seq);

/* Tells a new engine what there is, and sends it all that is kept. */
void		 orders_announce(struct channel *engine);
/* Everything ends here. */
void		 orders_drop(void);

/* order_worker.c: the channel to the worker; -1 when it can't be had. */
int		 order_worker_open(struct order *, int fd);
void		 order_worker_kill(struct order *, const char *reason);
void		 order_worker_ack(struct order *, uint64_t seq);

#endif
