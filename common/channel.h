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
 * A channel: an imsgbuf under libevent with a known process at each end.  It
 * is the one dispatcher: a message reaches its handler only when the table in
 * msg.c says that this peer may send it to this process, and when its fields
 * are of the table's form.  Anything else is refused and logged.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include <sys/tree.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../imsg/imsg.h"
#include "msg.h"
#include "process.h"

struct channel;
struct event;
struct request;

typedef void (*msg_handler_fn)(struct channel *, struct msg *);

/* A table of these, ended by type 0, per process. */
struct msg_handler {
	enum msg_type	 type;
	msg_handler_fn	 handle;
};

/* Called once per message of an answer; msg NULL: timed out, or gone. */
typedef void (*request_fn)(struct channel *, struct msg *, void *arg);

RB_HEAD(requests, request);

struct channel {
	struct imsgbuf			 imsgbuf;
	struct event			*ev_read;
	struct event			*ev_write;
	struct event			*ev_more;	/* what has been read */
	enum process			 self;
	enum process			 peer;
	const struct msg_handler	*handlers;
	void				 (*closed)(struct channel *);
	void				 (*writable)(struct channel *);
	void				*arg;
	struct requests			 requests;
	uint32_t			 next_id;
	size_t				 queued;	/* bytes to be sent */
	uint32_t			 refused;
	bool				 dispatching;
	bool				 dead;
	bool				 paused;
	bool				 full;
	bool				 strict;	/* see below */
	bool				 more;		/* read, not handled */
};

/*
 * Opens a channel on a connected socket, which it owns and makes
 * non-blocking.  closed is called once, outside of any handler, when the peer
 * has gone or broke the framing; it may channel_free().  Returns NULL with
 * errno set when there is no memory.
 */
struct channel	*channel_new(int fd, enum process self, enum process peer,
		    const struct msg_handler *,
		    void (*closed)(struct channel *), void *arg);

/*
 * Closes and frees; every pending request is told.  Safe in a handler: the
 * memory then goes when the dispatcher is done.  NULL is fine.
 */
void		 channel_free(struct channel *);

/* Stops and takes up reading: the peer's socket fills, and it waits. */
void		 channel_pause(struct channel *);
void		 channel_resume(struct channel *);

/*
 * More than CHANNEL_HIGH bytes wait to be sent: a producer stops.  writable
 * (may be set at any time) is called when less than CHANNEL_LOW are left.
 * While a strict channel is full, its peer is not read either: who does not
 * take answers can't ask for more.  Only one of two ends may be strict.
 */
#define CHANNEL_HIGH	(1024 * 1024)
#define CHANNEL_LOW	(256 * 1024)
bool		 channel_is_full(const struct channel *);

/* Writes what is queued, waiting up to timeout ms; -1 when some is left. */
int		 channel_flush(struct channel *, int timeout);

/*
 * A request: a fresh id whose answers go to fn instead of a handler, until
 * request_end(), the timeout (ms; 0 for none) or the end of the channel.
 * Returns 0 when there is no memory.
 */
uint32_t	 request_new(struct channel *, unsigned timeout, request_fn,
		    void *arg);
void		 request_end(struct channel *, uint32_t id);

#endif
