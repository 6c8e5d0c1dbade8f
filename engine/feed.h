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
 * The feed: the viewers of deployments' logs.  One that has caught up is live
 * and gets new lines as they are committed, written down once for all of
 * them; one that is behind reads on from the store, a slice at a time, and
 * slows nobody.
 */

#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/msg.h"
#include "access.h"

struct channel;
struct feed;

/* WebSocket close codes. */
#define CLOSE_NORMAL	1000	/* the log is at its end */
#define CLOSE_STOP	1001	/* the daemon stops */
#define CLOSE_RIGHTS	1008	/* a right was lost, a session ended */
#define CLOSE_ERROR	1011

/* What is to be shown, to whom, from where. */
struct viewing {
	struct channel	*channel;	/* to web or to an operator */
	uint32_t	 id;
	const struct who *who;		/* NULL: an operator */
	uint64_t	 deployment;
	const char	*application;
	const char	*target;
	uint64_t	 from;
	enum content	 format;
};

int	 feed_init(void);

/*
 * NULL when there is room for this viewer, or why not, and the status.
 * feed_open begins to send; the answer's head has gone before.
 */
const char *feed_admits(const struct viewing *, unsigned *status);
void	 feed_open(const struct viewing *);
void	 feed_credit(uint32_t id, uint32_t bytes);
void	 feed_close(uint32_t id);
/* A channel has gone, or takes more again. */
void	 feed_channel_gone(struct channel *);
void	 feed_channel_writable(struct channel *);

/*
 * Lines of a running deployment: feed_find gives the feed, NULL when nobody
 * watches; feed_entry writes a line down within the transaction; then it is
 * published when that was committed, or discarded.
 */
struct feed *feed_find(uint64_t deployment);
void	 feed_entry(struct feed *, const struct entry *);
void	 feed_publish(uint64_t deployment);
void	 feed_discard(uint64_t deployment);
/* The deployment has ended, with all of its lines. */
void	 feed_ended(uint64_t deployment);

/* Decides all viewers anew, by the configuration in force. */
void	 feed_decide(void);
/* Ends those of a session or token that has been taken away. */
void	 feed_credential_gone(enum credential, uint64_t id);
/* Once a second: credentials expire. */
void	 feed_tick(void);
void	 feed_stop(void);
unsigned feed_count(void);

#endif
