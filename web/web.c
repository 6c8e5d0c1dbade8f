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
 * The web process: it takes connections from strangers, reads HTTP strictly,
 * passes on what they want and what they show to the engine, and frames what
 * the engine answers.  It decides nothing about people and applications, and
 * has no files, keys or database.
 *
 * listener.c accepts, connection.c reads and writes, http.c parses, routes.c
 * checks, calls.c makes it a question, exchange.c asks the engine, and
 * reply.c, stream.c and websocket.c bring the answer.
 */

#include "config.h"

#include <event2/event.h>
#include <stdlib.h>

#include "../common/channel.h"
#include "../common/conf.h"
#include "../common/log.h"
#include "connection.h"
#include "exchange.h"
#include "listener.h"
#include "reply.h"
#include "settings.h"
#include "stream.h"

#define STOP_LOOK	20	/* ms between two looks at who is left */
#define STOP_TIME	500	/* ms that clients have to take what waits */

static void	web_configure(struct conf *);
static void	web_start(void);
static void	web_listening(int, const char *);
static void	web_stop(void);
static void	stop_look(evutil_socket_t, short, void *);
static void	connection_dismiss(struct connection *);

static const struct msg_handler handlers[] = {
	{ MSG_REPLY, exchange_reply },
	{ MSG_REPLY_DATA, exchange_data },
	{ MSG_REPLY_END, exchange_end },
	{ MSG_NONE, NULL }
};

static const struct child web = {
	.process = PROC_WEB,
	.handlers = handlers,
	.check = settings_check,
	.configure = web_configure,
	.start = web_start,
	.peer_down = exchange_lost,
	.listening = web_listening,
	.stop = web_stop,
};

static struct event	*stop_timer;

int
main(int argc, char **argv)
{
	return child_main(argc, argv, &web);
}

/* At the start and at every reload; listening sockets stay. */
static void
web_configure(struct conf *conf)
{
	settings_take(conf);
	conf_free(conf);
}

static void
web_listening(int fd, const char *name)
{
	log_debug("listening: socket=%s", log_quote(name));
	listener_add(fd, name);
}

static void
web_start(void)
{
	listener_start();
}

/* Nobody new; those who are here hear of it and get a moment to leave. */
static void
web_stop(void)
{
	static const struct timeval	look = { 0, STOP_LOOK * 1000 };

	listener_stop();
	connection_each(connection_dismiss);
	stop_timer = event_new(base, -1, EV_PERSIST, stop_look, NULL);
	if (stop_timer == NULL || event_add(stop_timer, &look) == -1)
		child_done();
}

static void
stop_look(evutil_socket_t fd, short what, void *arg)
{
	static unsigned	looks;

	(void)fd;
	(void)what;
	(void)arg;
	if (connection_count() > 0 && ++looks < STOP_TIME / STOP_LOOK)
		return;
	event_del(stop_timer);
	child_done();
}

static void
connection_dismiss(struct connection *c)
{
	c->asked.keepalive = false;
	switch (c->phase) {
	case PHASE_READ:
		if (c->out.size == 0)
			connection_close(c);
		else
			connection_drain(c);
		break;
	case PHASE_ASK:
		exchange_drop(c);
		reply_error(c, 503, "the server stops");
		break;
	case PHASE_STREAM:
		exchange_drop(c);
		stream_end(c, 1001, "the server stops");
		break;
	default:
		break;
	}
	connection_settle(c);
}
