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
 * A client's connection: what has been read, what waits to be sent, what it
 * waits for, and how long it may.  One request at a time is being answered;
 * those that were sent behind it wait for their turn.
 */

#ifndef WEB_CONNECTION_H
#define WEB_CONNECTION_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/msg.h"
#include "client.h"
#include "http.h"
#include "output.h"
#include "wskey.h"

struct stream;

enum phase {
	PHASE_READ,		/* a request comes, or may come */
	PHASE_ASK,		/* the engine has been asked */
	PHASE_STREAM,		/* a log goes out */
	PHASE_DRAIN,		/* what waits goes out, then it ends */
	PHASE_LINGER,		/* all is said; what comes is thrown away */
	PHASE_DEAD		/* closed; freed when nobody looks at it */
};

/* What the one timer of a connection is set for. */
enum timer {
	TIMER_NONE,
	TIMER_FRESH,		/* the first request */
	TIMER_IDLE,		/* another request */
	TIMER_REQUEST,		/* the whole of a request */
	TIMER_ASK,		/* the engine's answer */
	TIMER_WRITE,		/* that the client takes what waits */
	TIMER_STREAM,		/* a look at the stream, again and again */
	TIMER_LINGER
};

/* What is done with an answer of the engine. */
enum answer {
	ANSWER_REPLY,		/* it is the reply */
	ANSWER_PAGE,		/* the page, with the status of the answer */
	ANSWER_LOG		/* a stream, if the status is 200 */
};

/* What is kept of a request after its bytes were wiped. */
struct asked {
	enum http_method method;
	int		 minor;
	bool		 keepalive;
	bool		 gzip;		/* the client takes it */
	bool		 page;		/* the page, rather than JSON */
	bool		 browser;	/* a person looks at the answer */
	bool		 plain;		/* errors as plain sentences */
	bool		 websocket;
	char		 accept[WSKEY_ACCEPT_SIZE];
	uint64_t	 deployment;	/* of a log */
};

/* An answer as it comes in. */
struct answered {
	unsigned	 status;	/* 0: nothing has come yet */
	enum content	 content;
	char		*location;
	char		*sentence;	/* of an error */
	char		*session;
	uint8_t		*body;
	size_t		 len;
	size_t		 size;
};

struct connection {
	TAILQ_ENTRY(connection)	 entry;
	TAILQ_ENTRY(connection)	 waiting;
	RB_ENTRY(connection)	 asking;
	struct event		 ev_read;
	struct event		 ev_write;
	struct event		 ev_timer;
	int			 fd;
	enum phase		 phase;
	enum timer		 timer;
	bool			 reading;	/* ev_read is added */
	bool			 writing;	/* ev_write is added */
	bool			 eof;		/* the client says no more */
	bool			 local;		/* over a unix socket */
	bool			 running;	/* in connection_run() */
	struct address		 address;	/* of the peer */
	struct client		*client;	/* the place it holds */
	struct client		*forwarded;	/* that of the request */
	struct http_parser	*parser;
	uint8_t			*in;		/* of the requests behind */
	size_t			 inlen;
	struct output		 out;
	struct asked		 asked;
	uint32_t		 id;		/* asked under it; 0: not */
	enum answer		 answer;
	struct answered		 answered;
	struct stream		*stream;
};

/* A connection was accepted; closes fd when there is no memory. */
void	 connection_open(int fd, const struct address *, bool local,
	    struct client *);
/* Ends it at once.  The memory stays until the loop comes round again. */
void	 connection_close(struct connection *);
/* The reply to the request is queued whole: the next one, or the end. */
void	 connection_replied(struct connection *);
/* Sends what waits, then ends it. */
void	 connection_drain(struct connection *);
/* Handles the requests that have come, and connection_settle(). */
void	 connection_run(struct connection *);
/* Writes, and sets events and timer to what is waited for now. */
void	 connection_settle(struct connection *);
/* The timer is to start anew at the next connection_settle(). */
void	 connection_rewind(struct connection *);

/* May the peer say for whom it speaks? */
bool	 connection_is_proxied(const struct connection *);

size_t	 connection_count(void);
/*
 * Closes the one that has been idle longest; where none is, the one whose
 * request has been coming longest.  Returns -1 if all are being answered.
 */
int	 connection_evict(void);
/* Calls for each; it may close the one it is called with. */
void	 connection_each(void (*)(struct connection *));

#endif
