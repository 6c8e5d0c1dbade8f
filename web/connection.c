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
 * The life of a connection.  Its phase says what it waits for; what follows
 * from that (which events are watched, which deadline runs) is decided in one
 * place, connection_settle(), after anything has happened.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "connection.h"
#include "exchange.h"
#include "listener.h"
#include "reply.h"
#include "routes.h"
#include "settings.h"
#include "stream.h"

#define READ_SIZE	16384	/* bytes taken from a socket at a time */
#define IN_HIGH		16384	/* unread requests that are kept */
#define OUT_HIGH	65536	/* waiting bytes that stop further requests */
#define WRITE_RATE	16	/* bytes in a ms that a client takes at least */
#define LINGER_TIME	2000
#define LINGER_SIZE	(1024 * 1024)

static void	connection_readable(evutil_socket_t, short, void *);
static void	connection_writable(evutil_socket_t, short, void *);
static void	connection_timeout(evutil_socket_t, short, void *);
static void	connection_reap(evutil_socket_t, short, void *);
static void	connection_take(struct connection *, const uint8_t *, size_t);
static size_t	connection_feed(struct connection *, const uint8_t *, size_t);
static void	connection_keep(struct connection *, const uint8_t *, size_t);
static void	connection_forget(struct connection *);
static void	connection_ended(struct connection *);
static void	connection_linger(struct connection *);
static bool	connection_wants_read(const struct connection *);
static enum timer connection_timer(const struct connection *);
static void	connection_name_timer(struct connection *, enum timer);
static void	connection_set_timer(struct connection *, enum timer);

TAILQ_HEAD(connections, connection);

static struct connections *waiting_list(enum timer);

static struct connections connections = TAILQ_HEAD_INITIALIZER(connections);
static struct connections dead = TAILQ_HEAD_INITIALIZER(dead);
/* Those without a request, and those with a part of one; oldest first. */
static struct connections idle = TAILQ_HEAD_INITIALIZER(idle);
static struct connections slow = TAILQ_HEAD_INITIALIZER(slow);
static struct event	*reaper;
static size_t		 nconnections;

void
connection_open(int fd, const struct address *address, bool local,
    struct client *client)
{
	struct connection	*c;

	if (reaper == NULL &&
	    (reaper = event_new(base, -1, 0, connection_reap, NULL)) == NULL)
		fatal("%s", __func__);
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->parser = http_new(0)) == NULL) {
		free(c);
		close(fd);
		client_leave(client);
		return;
	}
	c->fd = fd;
	c->address = *address;
	c->local = local;
	c->client = client;
	output_init(&c->out);
	event_assign(&c->ev_read, base, fd, EV_READ | EV_PERSIST,
	    connection_readable, c);
	event_assign(&c->ev_write, base, fd, EV_WRITE | EV_PERSIST,
	    connection_writable, c);
	evtimer_assign(&c->ev_timer, base, connection_timeout, c);
	TAILQ_INSERT_TAIL(&connections, c, entry);
	nconnections++;
	connection_set_timer(c, TIMER_FRESH);
	connection_settle(c);
}

void
connection_close(struct connection *c)
{
	if (c->phase == PHASE_DEAD)
		return;
	exchange_drop(c);
	stream_free(c);
	connection_rewind(c);
	event_del(&c->ev_timer);
	event_del(&c->ev_read);
	event_del(&c->ev_write);
	c->phase = PHASE_DEAD;
	close(c->fd);
	client_leave(c->client);
	client_leave(c->forwarded);
	http_free(c->parser);
	c->parser = NULL;
	connection_forget(c);
	output_clear(&c->out);
	TAILQ_REMOVE(&connections, c, entry);
	TAILQ_INSERT_TAIL(&dead, c, entry);
	nconnections--;
	event_active(reaper, EV_TIMEOUT, 0);
	listener_resume();
}

static void
connection_reap(evutil_socket_t fd, short what, void *arg)
{
	struct connection	*c;

	(void)fd;
	(void)what;
	(void)arg;
	while ((c = TAILQ_FIRST(&dead)) != NULL) {
		TAILQ_REMOVE(&dead, c, entry);
		freezero(c, sizeof(*c));
	}
}

static void
connection_readable(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t		 buf[READ_SIZE];
	struct connection	*c = arg;
	ssize_t			 n;

	(void)what;
	if ((n = recv(fd, buf, sizeof(buf), 0)) == -1) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			connection_close(c);
		return;
	}
	if (n == 0)
		connection_ended(c);
	else
		connection_take(c, buf, (size_t)n);
	explicit_bzero(buf, (size_t)n);
	connection_settle(c);
}

static void
connection_take(struct connection *c, const uint8_t *data, size_t len)
{
	size_t	used = 0;

	switch (c->phase) {
	case PHASE_READ:
		if (c->inlen == 0)
			used = connection_feed(c, data, len);
		connection_keep(c, data + used, len - used);
		if (c->inlen > 0)
			connection_run(c);
		break;
	case PHASE_ASK:
		connection_keep(c, data, len);
		break;
	case PHASE_STREAM:
		if (stream_input(c, data, len) == 0)
			connection_keep(c, data, len);
		break;
	case PHASE_LINGER:
		if ((c->inlen += len) > LINGER_SIZE)
			connection_close(c);
		break;
	default:
		break;
	}
}

/* Handles what has come, as far as it goes.  Returns how much it used. */
static size_t
connection_feed(struct connection *c, const uint8_t *data, size_t len)
{
	enum http_result	r;
	size_t			n, used = 0;

	c->running = true;
	while (used < len && c->phase == PHASE_READ && c->out.size < OUT_HIGH) {
		r = http_feed(c->parser, data + used, len - used, &n);
		switch (r) {
		case HTTP_MORE:
			if (http_wants_continue(c->parser))
				output_add(&c->out, HTTP_CONTINUE_REPLY,
				    strlen(HTTP_CONTINUE_REPLY));
			break;
		case HTTP_DONE:
			routes_handle(c, http_request(c->parser));
			break;
		case HTTP_FAIL:
			reply_malformed(c, http_request(c->parser));
			break;
		}
		if (r != HTTP_MORE && c->phase != PHASE_DEAD)
			http_reset(c->parser);
		used += n;
	}
	c->running = false;
	return used;
}

/* Bytes of requests whose turn has not come. */
static void
connection_keep(struct connection *c, const uint8_t *data, size_t len)
{
	uint8_t	*in;

	if (len == 0 || c->phase == PHASE_DEAD || c->phase >= PHASE_DRAIN)
		return;
	if ((in = malloc(c->inlen + len)) == NULL) {
		connection_close(c);
		return;
	}
	if (c->inlen > 0) {
		memcpy(in, c->in, c->inlen);
		freezero(c->in, c->inlen);
	}
	memcpy(in + c->inlen, data, len);
	c->in = in;
	c->inlen += len;
}

static void
connection_forget(struct connection *c)
{
	if (c->in != NULL)
		freezero(c->in, c->inlen);
	c->in = NULL;
	c->inlen = 0;
}

void
connection_run(struct connection *c)
{
	uint8_t	*in;
	size_t	 len, used;

	if (c->running)
		return;
	connection_settle(c);
	while (c->phase == PHASE_READ && c->inlen > 0 &&
	    c->out.size < OUT_HIGH) {
		in = c->in;
		len = c->inlen;
		c->in = NULL;
		c->inlen = 0;
		used = connection_feed(c, in, len);
		connection_keep(c, in + used, len - used);
		freezero(in, len);
		connection_settle(c);
	}
}

/*
 * The client has closed its half.  What it asked before is still answered,
 * but someone who watches a log is taken to be gone.
 */
static void
connection_ended(struct connection *c)
{
	c->eof = true;
	if (c->phase == PHASE_STREAM || c->phase == PHASE_LINGER)
		connection_close(c);
}

void
connection_replied(struct connection *c)
{
	client_leave(c->forwarded);
	c->forwarded = NULL;
	connection_rewind(c);
	if (c->asked.keepalive)
		c->phase = PHASE_READ;
	else
		connection_drain(c);
	connection_run(c);
}

void
connection_drain(struct connection *c)
{
	if (c->phase == PHASE_DEAD)
		return;
	connection_forget(c);
	connection_rewind(c);
	c->phase = PHASE_DRAIN;
}

/*
 * To close with bytes unread would make the kernel send a reset, and that can
 * take the reply away from the client.
 */
static void
connection_linger(struct connection *c)
{
	if (c->eof || shutdown(c->fd, SHUT_WR) == -1) {
		connection_close(c);
		return;
	}
	c->phase = PHASE_LINGER;
}

void
connection_settle(struct connection *c)
{
	size_t	before = c->out.size;
	bool	read, write;

	if (c->phase == PHASE_DEAD || c->running)
		return;
	if (output_write(&c->out, c->fd) == -1 || c->out.failed) {
		connection_close(c);
		return;
	}
	if (c->stream != NULL)
		stream_sent(c, before - c->out.size);
	if (c->phase == PHASE_READ && c->eof && c->inlen == 0)
		connection_drain(c);
	if (c->phase == PHASE_DRAIN && c->out.size == 0)
		connection_linger(c);
	if (c->phase == PHASE_DEAD)
		return;
	read = connection_wants_read(c);
	write = c->out.size > 0;
	if (read != c->reading) {
		read ? event_add(&c->ev_read, NULL) : event_del(&c->ev_read);
		c->reading = read;
	}
	if (write != c->writing) {
		write ? event_add(&c->ev_write, NULL) :
		    event_del(&c->ev_write);
		c->writing = write;
	}
	connection_set_timer(c, connection_timer(c));
}

static bool
connection_wants_read(const struct connection *c)
{
	if (c->eof)
		return false;
	switch (c->phase) {
	case PHASE_READ:
		return c->inlen == 0;
	case PHASE_ASK:
		return c->inlen < IN_HIGH;
	case PHASE_STREAM:
		return c->inlen < IN_HIGH && c->out.size < OUT_HIGH;
	case PHASE_LINGER:
		return true;
	default:
		return false;
	}
}

static void
connection_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection	*c = arg;

	(void)fd;
	(void)what;
	connection_settle(c);
	connection_run(c);
}

static enum timer
connection_timer(const struct connection *c)
{
	switch (c->phase) {
	case PHASE_READ:
		if (c->out.size > 0)
			return TIMER_WRITE;
		if (http_is_started(c->parser))
			return TIMER_REQUEST;
		return c->timer == TIMER_FRESH ? TIMER_FRESH : TIMER_IDLE;
	case PHASE_ASK:
		return TIMER_ASK;
	case PHASE_STREAM:
		return TIMER_STREAM;
	case PHASE_DRAIN:
		return TIMER_WRITE;
	case PHASE_LINGER:
		return TIMER_LINGER;
	default:
		return TIMER_NONE;
	}
}

static struct connections *
waiting_list(enum timer timer)
{
	if (timer == TIMER_IDLE || timer == TIMER_FRESH)
		return &idle;
	return timer == TIMER_REQUEST ? &slow : NULL;
}

/* Which timer is set, and with that, where the connection waits. */
static void
connection_name_timer(struct connection *c, enum timer timer)
{
	struct connections	*list;

	if ((list = waiting_list(c->timer)) != NULL)
		TAILQ_REMOVE(list, c, waiting);
	if ((list = waiting_list(timer)) != NULL)
		TAILQ_INSERT_TAIL(list, c, waiting);
	c->timer = timer;
}

/* One that runs goes on: only another one, or a rewind, starts it anew. */
static void
connection_set_timer(struct connection *c, enum timer timer)
{
	struct timeval	tv;
	uint64_t	ms = 0;
	enum timer	before = c->timer;

	if (timer == before)
		return;
	connection_name_timer(c, timer);
	/* From the first byte on it is the same deadline. */
	if (before == TIMER_FRESH && timer == TIMER_REQUEST)
		return;
	switch (timer) {
	case TIMER_NONE:
		event_del(&c->ev_timer);
		return;
	case TIMER_IDLE:
		ms = web_settings.limits[LIMIT_IDLE];
		break;
	case TIMER_FRESH:
	case TIMER_REQUEST:
		ms = web_settings.limits[LIMIT_REQUEST];
		break;
	case TIMER_ASK:
		ms = EXCHANGE_TIME;
		break;
	case TIMER_WRITE:
		ms = web_settings.limits[LIMIT_REQUEST] +
		    c->out.size / WRITE_RATE;
		break;
	case TIMER_STREAM:
		ms = stream_interval(c);
		break;
	case TIMER_LINGER:
		ms = LINGER_TIME;
		break;
	}
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	event_add(&c->ev_timer, &tv);
}

void
connection_rewind(struct connection *c)
{
	connection_name_timer(c, TIMER_NONE);
}

static void
connection_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct connection	*c = arg;

	(void)fd;
	(void)what;
	switch (c->timer) {
	case TIMER_REQUEST:
		reply_late(c);
		/* Half a request may have shown a credential. */
		if (c->phase != PHASE_DEAD)
			http_reset(c->parser);
		connection_settle(c);
		break;
	case TIMER_ASK:
		exchange_timeout(c);
		break;
	case TIMER_STREAM:
		connection_rewind(c);
		stream_tick(c);
		connection_settle(c);
		break;
	default:
		connection_close(c);
		break;
	}
}

bool
connection_is_proxied(const struct connection *c)
{
	return c->local || settings_is_proxy(&c->address);
}

size_t
connection_count(void)
{
	return nconnections;
}

int
connection_evict(void)
{
	struct connection	*c;

	if ((c = TAILQ_FIRST(&idle)) == NULL &&
	    (c = TAILQ_FIRST(&slow)) == NULL)
		return -1;
	connection_close(c);
	return 0;
}

void
connection_each(void (*fn)(struct connection *))
{
	struct connection	*c, *next;

	TAILQ_FOREACH_SAFE(c, &connections, entry, next)
		fn(c);
}
