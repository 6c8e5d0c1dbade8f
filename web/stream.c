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
 * Streams of log entries.  Credit is counted in the engine's bytes.  What
 * waits to be sent, framing included, is never less than what of it is the
 * engine's: the difference to what the engine has sent has surely left.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "exchange.h"
#include "reply.h"
#include "settings.h"
#include "stream.h"
#include "websocket.h"

/* Bytes that are worth a message at once; fewer go after so many ms. */
#define CREDIT_STEP	32768
#define CREDIT_TIME	500
#define STREAM_MAX	(1024 * 1024)	/* an engine that goes beyond errs */
#define PING_TIME	30000		/* at most: proxies forget the silent */
#define CLOSE_TIME	5000		/* for the peer's closing frame */

struct stream {
	TAILQ_ENTRY(stream)	 entry;
	struct connection	*connection;
	struct websocket	*websocket;	/* or NULL: a streamed reply */
	size_t			 unsent;	/* the engine's bytes, here */
	size_t			 credit;	/* and gone, but not yet said */
	bool			 progress;	/* since the last look */
	bool			 silent;	/* at the last look, too */
	bool			 ended;		/* it waits for the close */
};

static void	probes_set(int);
static void	stream_reply(struct connection *, const void *, size_t);
static void	stream_check(struct connection *);
static void	credit_await(struct stream *);
static void	credit_send(struct stream *);
static void	credit_sweep(evutil_socket_t, short, void *);

/* Streams with credit that is not worth a message yet. */
static TAILQ_HEAD(, stream)	debts = TAILQ_HEAD_INITIALIZER(debts);
static struct event		*sweep;

/* A log can be silent for long: find out whether the viewer still exists. */
static void
probes_set(int fd)
{
	static const int	on = 1;
#ifdef TCP_KEEPIDLE
	static const int	idle = 60, interval = 20, count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
	    sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
#endif
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

void
stream_start(struct connection *c)
{
	struct stream	*s;

	if (c->asked.method == HTTP_HEAD) {
		reply_log(c, c->answered.content);
		exchange_drop(c);
		connection_replied(c);
		return;
	}
	if (c->eof || (s = calloc(1, sizeof(*s))) == NULL) {
		connection_close(c);
		return;
	}
	c->stream = s;
	s->connection = c;
	c->phase = PHASE_STREAM;
	connection_rewind(c);
	if (!c->local)
		probes_set(c->fd);
	if (!c->asked.websocket)
		reply_log(c, c->answered.content);
	else {
		reply_upgrade(c);
		if ((s->websocket = websocket_new(&c->out)) == NULL) {
			connection_close(c);
			return;
		}
		/* The client may have spoken already. */
		stream_input(c, c->in, c->inlen);
		if (c->in != NULL)
			freezero(c->in, c->inlen);
		c->in = NULL;
		c->inlen = 0;
	}
	connection_settle(c);
}

void
stream_free(struct connection *c)
{
	if (c->stream == NULL)
		return;
	if (c->stream->credit > 0)
		TAILQ_REMOVE(&debts, c->stream, entry);
	websocket_free(c->stream->websocket);
	free(c->stream);
	c->stream = NULL;
}

void
stream_data(struct connection *c, const void *data, size_t len)
{
	struct stream	*s = c->stream;

	if (len == 0 || s->ended)
		return;
	s->unsent += len;
	if (s->websocket == NULL)
		stream_reply(c, data, len);
	else if (websocket_lines(s->websocket, data, len) == -1) {
		connection_close(c);
		return;
	}
	if (c->out.size > STREAM_MAX) {
		log_warnx("engine went beyond the credit: bytes=%zu",
		    c->out.size);
		connection_close(c);
		return;
	}
	connection_settle(c);
}

static void
stream_reply(struct connection *c, const void *data, size_t len)
{
	char	size[24];
	int	n;

	if (c->asked.minor == 0) {
		output_add(&c->out, data, len);
		return;
	}
	n = snprintf(size, sizeof(size), "%zx\r\n", len);
	output_add(&c->out, size, (size_t)n);
	output_add(&c->out, data, len);
	output_add(&c->out, "\r\n", 2);
}

void
stream_end(struct connection *c, unsigned code, const char *reason)
{
	struct stream	*s = c->stream;

	if (s->ended || c->phase == PHASE_DEAD)
		return;
	if (s->websocket != NULL) {
		s->ended = true;
		websocket_end(s->websocket, code, reason);
		connection_rewind(c);
		stream_check(c);
		connection_settle(c);
		return;
	}
	stream_free(c);
	if (code != 1000)
		c->asked.keepalive = false;
	else if (c->asked.minor > 0)
		output_add(&c->out, "0\r\n\r\n", 5);
	connection_replied(c);
}

int
stream_input(struct connection *c, const uint8_t *data, size_t len)
{
	struct stream	*s = c->stream;

	if (s->websocket == NULL)
		return 0;
	s->progress = true;
	if (websocket_input(s->websocket, data, len) == -1)
		connection_close(c);
	else
		stream_check(c);
	return 1;
}

/* Both sides of a WebSocket have said goodbye. */
static void
stream_check(struct connection *c)
{
	if (!websocket_is_closed(c->stream->websocket))
		return;
	exchange_drop(c);
	stream_free(c);
	connection_drain(c);
}

void
stream_sent(struct connection *c, size_t len)
{
	struct stream	*s = c->stream;

	/* A ping that has left says nothing of the one it is for. */
	if (len == 0 || s->unsent <= c->out.size)
		return;
	s->progress = true;
	if (s->credit == 0)
		credit_await(s);
	s->credit += s->unsent - c->out.size;
	s->unsent = c->out.size;
	if (s->credit >= CREDIT_STEP)
		credit_send(s);
}

/* A line can be as large as all that the engine may send: it needs it all. */
static void
credit_await(struct stream *s)
{
	static const struct timeval	wait = { 0, CREDIT_TIME * 1000 };

	if (sweep == NULL &&
	    (sweep = evtimer_new(base, credit_sweep, NULL)) == NULL)
		fatal("%s", __func__);
	if (TAILQ_EMPTY(&debts))
		evtimer_add(sweep, &wait);
	TAILQ_INSERT_TAIL(&debts, s, entry);
}

static void
credit_send(struct stream *s)
{
	TAILQ_REMOVE(&debts, s, entry);
	exchange_credit(s->connection, s->credit);
	s->credit = 0;
}

static void
credit_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct stream	*s;

	(void)fd;
	(void)what;
	(void)arg;
	while ((s = TAILQ_FIRST(&debts)) != NULL)
		credit_send(s);
}

unsigned
stream_interval(const struct connection *c)
{
	unsigned	idle = (unsigned)web_settings.limits[LIMIT_IDLE];

	if (c->stream->ended)
		return CLOSE_TIME;
	if (c->stream->websocket == NULL)
		return idle;
	return idle / 2 < PING_TIME ? idle / 2 : PING_TIME;
}

/*
 * A viewer of a WebSocket answers pings, or takes bytes, within two
 * intervals; one of a streamed reply takes bytes if there are any.
 */
void
stream_tick(struct connection *c)
{
	struct stream	*s = c->stream;
	bool		 silent = !s->progress;

	s->progress = false;
	if (s->websocket == NULL) {
		if (silent && c->out.size > 0)
			connection_close(c);
		return;
	}
	if (s->ended || (silent && s->silent)) {
		connection_close(c);
		return;
	}
	s->silent = silent;
	if (c->out.size == 0)
		websocket_ping(s->websocket);
}
