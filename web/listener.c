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
 * Accepting connections.  Where there is no room, the connection that has
 * been idle longest makes some; where none is idle, or descriptors are out,
 * the clients wait in the kernel's queue until a connection ends.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/log.h"
#include "connection.h"
#include "head.h"
#include "listener.h"
#include "settings.h"

#define ACCEPT_SLICE	32	/* connections before others get their turn */
#define SPARE_FILES	32	/* descriptors that are no connections */
#define WARN_INTERVAL	60

struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct event		*ev;
	int			 fd;
	bool			 local;
};

static void	listener_accept(evutil_socket_t, short, void *);
static int	listener_admit(const struct listener *, int,
		    const struct sockaddr *);
static void	listener_pause(const char *, int);
static void	listener_retry(evutil_socket_t, short, void *);
static size_t	connections_max(void);
static void	refuse(int);

static TAILQ_HEAD(, listener)	listeners = TAILQ_HEAD_INITIALIZER(listeners);
static struct event		*retry;
static bool			 started;
static bool			 paused;

void
listener_add(int fd, const char *name)
{
	struct listener	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("%s", __func__);
	l->fd = fd;
	l->local = strncmp(name, "unix:", 5) == 0;
	evutil_make_socket_nonblocking(fd);
	l->ev = event_new(base, fd, EV_READ | EV_PERSIST, listener_accept, l);
	if (l->ev == NULL)
		fatal("%s", __func__);
	TAILQ_INSERT_TAIL(&listeners, l, entry);
	if (started && !paused)
		event_add(l->ev, NULL);
}

void
listener_start(void)
{
	started = true;
	if (retry == NULL &&
	    (retry = evtimer_new(base, listener_retry, NULL)) == NULL)
		fatal("%s", __func__);
	paused = true;
	listener_resume();
}

void
listener_stop(void)
{
	struct listener	*l;

	while ((l = TAILQ_FIRST(&listeners)) != NULL) {
		TAILQ_REMOVE(&listeners, l, entry);
		event_free(l->ev);
		close(l->fd);
		free(l);
	}
}

void
listener_resume(void)
{
	struct listener	*l;

	if (!started || !paused)
		return;
	paused = false;
	evtimer_del(retry);
	TAILQ_FOREACH(l, &listeners, entry)
		event_add(l->ev, NULL);
}

static void
listener_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	listener_resume();
}

/* Until a connection ends, or for a second. */
static void
listener_pause(const char *why, int error)
{
	static const struct timeval	 second = { 1, 0 };
	static time_t			 warned;
	struct listener			*l;
	struct timespec			 now;

	TAILQ_FOREACH(l, &listeners, entry)
		event_del(l->ev);
	paused = true;
	evtimer_add(retry, &second);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (warned != 0 && now.tv_sec - warned < WARN_INTERVAL)
		return;
	warned = now.tv_sec;
	log_warnx("connections wait: reason=%s connections=%zu",
	    log_quote(error == 0 ? why : strerror(error)),
	    connection_count());
}

/* What the configuration allows, as far as descriptors go. */
static size_t
connections_max(void)
{
	static size_t	files;
	struct rlimit	rl;
	uint64_t	limit = web_settings.limits[LIMIT_CONNECTIONS];

	if (files == 0) {
		files = 1024;
		if (getrlimit(RLIMIT_NOFILE, &rl) == 0)
			files = rl.rlim_cur;
		files = files > 2 * SPARE_FILES ? files - SPARE_FILES :
		    SPARE_FILES;
	}
	return limit < files ? limit : files;
}

static void
listener_accept(evutil_socket_t fd, short what, void *arg)
{
	const struct listener	*l = arg;
	struct sockaddr_storage	 ss;
	struct sockaddr		*sa = (struct sockaddr *)&ss;
	socklen_t		 len;
	int			 n, client;

	(void)what;
	for (n = 0; n < ACCEPT_SLICE; n++) {
		if (connection_count() >= connections_max()) {
			/* Only the first one is known to wait. */
			if (n > 0)
				return;
			if (connection_evict() == -1) {
				listener_pause("limit connections", 0);
				return;
			}
		}
		len = sizeof(ss);
		memset(&ss, 0, sizeof(ss));
		client = accept4(fd, sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client != -1) {
			if (listener_admit(l, client, sa) == -1)
				refuse(client);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK &&
		    connection_evict() == -1)
			listener_pause(NULL, errno);
		return;
	}
}

/* Returns -1 when this client has too many connections. */
static int
listener_admit(const struct listener *l, int fd, const struct sockaddr *sa)
{
	struct address	 address;
	struct client	*client = NULL;
	int		 on = 1;

	if (address_of(&address, sa) == 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!l->local && !settings_is_proxy(&address)) {
		client = client_enter(&address,
		    web_settings.limits[LIMIT_CONNECTIONS_PER_CLIENT]);
		if (client == NULL)
			return -1;
	}
	connection_open(fd, &address, l->local, client);
	return 0;
}

/* One try: whoever floods is not waited for. */
static void
refuse(int fd)
{
	static const char	body[] =
				    "{\"error\":\"too many connections\"}\n";
	struct head		head;

	head_begin(&head, 429, time(NULL));
	head_add(&head, "Connection", "close");
	head_add(&head, "Content-Type", "application/json");
	head_add(&head, "Content-Length", "%zu", sizeof(body) - 1);
	if (head_end(&head) != -1 &&
	    send(fd, head.buf, head.len, MSG_NOSIGNAL | MSG_MORE) != -1)
		send(fd, body, sizeof(body) - 1, MSG_NOSIGNAL);
	close(fd);
}
