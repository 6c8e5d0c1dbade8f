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
 * The deployments that have not ended: made, run, killed, lost and ended.  A
 * deployment is here from the commit of its row to that of its end; all
 * others are in the store only.
 */

#ifndef DEPLOYMENTS_H
#define DEPLOYMENTS_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "../common/conf.h"
#include "../common/msg.h"
#include "../common/record.h"
#include "refusal.h"
#include "store.h"

struct channel;

/* What has been counted of a deployment's log. */
struct counters {
	uint64_t	 entries;	/* number of the last one */
	uint64_t	 seq;		/* last of the worker's */
	uint64_t	 output;	/* bytes that are kept */
	uint64_t	 others;	/* bytes of what no limit drops */
	uint64_t	 dropped_lines;
	uint64_t	 dropped_bytes;
};

struct deployment {
	RB_ENTRY(deployment)	 entry;
	TAILQ_ENTRY(deployment)	 in_dirty;
	uint64_t		 id;
	char			*user;
	char			*application;
	char			*target;
	char			*sha;
	char			*stages;	/* a line each */
	enum state		 state;
	int64_t			 started_at;
	uint64_t		 limits[LIMIT_TARGET_MAX];
	struct counters		 count;		/* as written */
	struct counters		 committed;	/* as committed */
	uint64_t		 queued;	/* last seq that has come in */
	LIST_OF(char)		 commands_on;	/* where a command runs */
	bool			 loaded;	/* from before this engine */
	bool			 sent;		/* the executor has its order */
	bool			 announced;	/* and says so since it is up */
	bool			 lives;		/* its worker has spoken */
	bool			 ending;	/* its end waits for commit */
	bool			 ended;		/* its end has been written */
	bool			 dirty;
	bool			 kill_written;
	bool			 full;		/* the disk: no more output */
	enum ended_by		 killed_by;
	char			*kill_reason;	/* NULL: not killed */
	int64_t			 kill_deadline;	/* clock_now */
	int64_t			 since;		/* clock_now: made or sent */
	char			*stage;		/* progress, for operators */
	uint32_t		 hosts;
	uint32_t		 connected;
	uint32_t		 done;
	uint32_t		 failed;
};

RB_HEAD(deployments, deployment);
RB_PROTOTYPE(deployments, deployment, entry, deployment_cmp)
extern struct deployments	deployments_running;

/* No deployment runs any more: a drain or a stop may be over now. */
extern void	(*deployments_idle)(void);

int	 deployment_cmp(struct deployment *, struct deployment *);

/* What a person orders. */
struct order {
	uint64_t			 user_id;
	const char			*user;
	const char			*audit;	/* who did it, for the audit */
	const struct conf_application	*application;
	const struct conf_target	*target;
	const char			*sha;
	const char			*branch;
	const char			*comment;
	const char *const		*stages;
	size_t				 nstages;
};

/* Reads what had not ended when the engine did. */
int			 deployments_load(void);

/* Whether its commit and its stages can be; -1: *why. */
int			 order_check_commands(const struct order *,
			    struct refusal *);

/* Returns its number, or 0 and *why. */
uint64_t		 deployment_create(const struct order *,
			    struct refusal *why);
struct deployment	*deployment_find(uint64_t id);
/* Whether it has not ended, and the number of its last entry. */
bool			 deployment_is_running(uint64_t id, uint64_t *last);
/*
 * Ends it as soon as can be; who (NULL: nobody, no audit) is for the audit.
 * What is being killed already goes on being so.
 */
void			 deployment_kill(struct deployment *, enum ended_by,
			    const char *who, const char *reason);
/* Its end has been committed: it is freed. */
void			 deployment_ended(struct deployment *);
/* Makes the rows of the outbox for its state; in a transaction. */
int			 deployment_notify(const struct deployment *,
			    enum state);

void			 deployments_tick(void);
/* No new ones from now on; draining: those that run may come to their end. */
void			 deployments_drain(void);
void			 deployments_stop(void);
bool			 deployments_refused(void);

/* --- jobs.c: what the executor does with them --- */

void			 executor_up(void);
void			 executor_down(void);
bool			 executor_is_ready(void);
/* Sends the order, if the executor is there. */
void			 job_run(struct deployment *);
void			 job_kill(struct deployment *);
void			 job_ack(uint64_t deployment, uint64_t seq);

void			 handle_job_announce(struct channel *, struct msg *);
void			 handle_jobs_announced(struct channel *, struct msg *);
void			 handle_job_entries(struct channel *, struct msg *);
void			 handle_job_progress(struct channel *, struct msg *);
void			 handle_job_end(struct channel *, struct msg *);

#endif
