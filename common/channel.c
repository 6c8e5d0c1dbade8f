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
 * Channels: reading and writing imsgs under libevent, the check of each
 * message against the table, and the requests whose answers are awaited.
 */

#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "random.h"

/* Messages, and milliseconds, before the rest of the loop gets its turn. */
#define CHANNEL_SLICE	64
#define CHANNEL_TIME	5
/* A timer, because an event that is made active gets its turn before others. */
static const struct timeval	at_once = { 0, 0 };

struct request {
	RB_ENTRY(request)	 entry;
	struct channel		*channel;
	struct event		*timer;
	uint32_t		 id;
	request_fn		 fn;
	void			*arg;
};

static int	request_cmp(struct request *, struct request *);
static int	channel_dispatch(struct channel *);
static void	channel_read(evutil_socket_t, short, void *);
static void	channel_write(evutil_socket_t, short, void *);
static void	channel_dead(struct channel *);
static void	channel_watch(struct channel *);

RB_PROTOTYPE(requests, request, entry, request_cmp)
RB_GENERATE(requests, request, entry, request_cmp)

static int
request_cmp(struct request *a, struct request *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static struct request *
request_find(struct channel *ch, uint32_t id)
{
	struct request	key = { .id = id };

	return RB_FIND(requests, &ch->requests, &key);
}

static void
request_free(struct request *r)
{
	RB_REMOVE(requests, &r->channel->requests, r);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r);
}

static void
request_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct request	*r = arg;
	struct channel	*ch = r->channel;
	request_fn	 fn = r->fn;
	void		*fn_arg = r->arg;

	(void)fd;
	(void)what;
	request_free(r);
	fn(ch, NULL, fn_arg);
}

uint32_t
request_new(struct channel *ch, unsigned timeout, request_fn fn, void *arg)
{
	struct timeval	 tv = { timeout / 1000, (timeout % 1000) * 1000 };
	struct request	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return 0;
	r->channel = ch;
	r->fn = fn;
	r->arg = arg;
	do {
		r->id = ch->next_id++;
	} while (r->id == 0 || RB_INSERT(requests, &ch->requests, r) != NULL);
	if (timeout != 0) {
		r->timer = event_new(base, -1, 0, request_timeout, r);
		if (r->timer == NULL || event_add(r->timer, &tv) == -1) {
			request_free(r);
			return 0;
		}
	}
	return r->id;
}

void
request_end(struct channel *ch, uint32_t id)
{
	struct request	*r;

	if ((r = request_find(ch, id)) != NULL)
		request_free(r);
}

struct channel *
channel_new(int fd, enum process self, enum process peer,
    const struct msg_handler *handlers, void (*closed)(struct channel *),
    void *arg)
{
	struct channel	*ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		goto fail;
	if (evutil_make_socket_nonblocking(fd) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    imsgbuf_init(&ch->imsgbuf, fd) == -1) {
		free(ch);
		goto fail;
	}
	imsgbuf_set_maxsize(&ch->imsgbuf, MSG_SIZE_MAX);
	imsgbuf_allow_fdpass(&ch->imsgbuf);
	ch->self = self;
	ch->peer = peer;
	ch->handlers = handlers;
	ch->closed = closed;
	ch->arg = arg;
	RB_INIT(&ch->requests);
	random_bytes(&ch->next_id, sizeof(ch->next_id));
	ch->ev_read = event_new(base, fd, EV_READ | EV_PERSIST, channel_read,
	    ch);
	ch->ev_write = event_new(base, fd, EV_WRITE, channel_write, ch);
	ch->ev_more = evtimer_new(base, channel_read, ch);
	if (ch->ev_read == NULL || ch->ev_write == NULL ||
	    ch->ev_more == NULL ||
	    event_add(ch->ev_read, NULL) == -1) {
		channel_free(ch);
		errno = ENOMEM;
		return NULL;
	}
	return ch;
 fail:
	close(fd);
	return NULL;
}

void
channel_free(struct channel *ch)
{
	struct request	*r;
	request_fn	 fn;
	void		*arg;
	bool		 inside;

	if (ch == NULL)
		return;
	inside = ch->dispatching;
	if (ch->imsgbuf.fd != -1) {
		if (ch->ev_read != NULL)
			event_free(ch->ev_read);
		if (ch->ev_write != NULL)
			event_free(ch->ev_write);
		if (ch->ev_more != NULL)
			event_free(ch->ev_more);
		ch->ev_read = ch->ev_write = ch->ev_more = NULL;
		imsgbuf_clear(&ch->imsgbuf);
		close(ch->imsgbuf.fd);
		ch->imsgbuf.fd = -1;
		ch->queued = 0;
		ch->dead = true;
		/* Who is told may call this again. */
		ch->dispatching = true;
		while ((r = RB_MIN(requests, &ch->requests)) != NULL) {
			fn = r->fn;
			arg = r->arg;
			request_free(r);
			fn(ch, NULL, arg);
		}
		ch->dispatching = inside;
	}
	if (!inside)
		free(ch);
}

static bool
is_reading(const struct channel *ch)
{
	return !ch->paused && !(ch->strict && ch->full);
}

/* Waits for the peer, or not. */
static void
channel_watch(struct channel *ch)
{
	if (ch->ev_read == NULL || ch->dead)
		return;
	if (!is_reading(ch)) {
		event_del(ch->ev_read);
		event_del(ch->ev_more);
		return;
	}
	event_add(ch->ev_read, NULL);
	/* What has been read already makes no socket readable. */
	event_add(ch->ev_more, &at_once);
}

void
channel_pause(struct channel *ch)
{
	ch->paused = true;
	channel_watch(ch);
}

void
channel_resume(struct channel *ch)
{
	if (!ch->paused)
		return;
	ch->paused = false;
	channel_watch(ch);
}

bool
channel_is_full(const struct channel *ch)
{
	return ch->full;
}

/* Milliseconds since then. */
static int
elapsed(const struct timespec *begin)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin->tv_sec) * 1000 +
	    (now.tv_nsec - begin->tv_nsec) / 1000000;
}

int
channel_flush(struct channel *ch, int timeout)
{
	struct pollfd	pfd = { .fd = ch->imsgbuf.fd, .events = POLLOUT };
	struct timespec	begin;
	int		left;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (!ch->dead && imsgbuf_queuelen(&ch->imsgbuf) > 0) {
		if (imsgbuf_write(&ch->imsgbuf) == -1)
			return -1;
		left = timeout - elapsed(&begin);
		if (imsgbuf_queuelen(&ch->imsgbuf) == 0)
			break;
		if (left <= 0 || poll(&pfd, 1, left) == 0)
			return -1;
	}
	return ch->dead ? -1 : 0;
}

int
msg_send(struct channel *ch, enum msg_type type, uint32_t id, int fd,
    struct ibuf *body)
{
	const char	*why;
	size_t		 len;

	why = msg_check(ch->self, ch->peer, type, fd != -1, body);
	if (why != NULL)
		fatalx("message %s to %s: %s", msg_name(type),
		    process_name(ch->peer), why);
	if (ch->dead) {
		if (fd != -1)
			close(fd);
		ibuf_free(body);
		errno = EPIPE;
		return -1;
	}
	len = ibuf_size(body);
	if (fd != -1)
		ibuf_fd_set(body, fd);
	if (imsg_compose_ibuf(&ch->imsgbuf, type, id, 0, body) == -1)
		return -1;
	ch->queued += len;
	if (ch->queued > CHANNEL_HIGH && !ch->full) {
		ch->full = true;
		channel_watch(ch);
	}
	event_add(ch->ev_write, NULL);
	return 0;
}

/* The peer has gone or can't be understood: the owner hears of it once. */
static void
channel_dead(struct channel *ch)
{
	if (ch->dead)
		return;
	ch->dead = true;
	event_del(ch->ev_read);
	event_del(ch->ev_write);
	event_del(ch->ev_more);
	if (ch->closed != NULL)
		ch->closed(ch);
}

static void
channel_write(evutil_socket_t fd, short what, void *arg)
{
	struct channel	*ch = arg;
	uint32_t	 before, after;

	(void)fd;
	(void)what;
	before = imsgbuf_queuelen(&ch->imsgbuf);
	if (imsgbuf_write(&ch->imsgbuf) == -1) {
		/* What the peer said before it went is still to be read. */
		if (!is_reading(ch))
			channel_dead(ch);
		return;
	}
	after = imsgbuf_queuelen(&ch->imsgbuf);
	/* The queue tells its length in buffers only. */
	ch->queued = before == 0 ? 0 : (uint64_t)ch->queued * after / before;
	if (after > 0)
		event_add(ch->ev_write, NULL);
	if (ch->full && ch->queued < CHANNEL_LOW) {
		ch->full = false;
		channel_watch(ch);
		if (ch->writable != NULL)
			ch->writable(ch);
	}
}

static void
channel_read(evutil_socket_t fd, short what, void *arg)
{
	struct channel	*ch = arg;
	int		 r = 1;

	(void)fd;
	/* What has come is handled first, so that it can't pile up. */
	if ((what & EV_READ) && !ch->more)
		r = imsgbuf_read(&ch->imsgbuf);
	/* A reset is how a peer that died with bytes unread goes. */
	if (r == -1 && errno != ECONNRESET)
		log_warn("channel broken: peer=%s", process_name(ch->peer));
	ch->dispatching = true;
	if (channel_dispatch(ch) == -1)
		r = -1;
	if (r != 1 && ch->imsgbuf.fd != -1 && is_reading(ch))
		channel_dead(ch);
	ch->dispatching = false;
	if (ch->imsgbuf.fd == -1)
		free(ch);
}

/* Says no, a bounded number of times: a sibling can't fill the log. */
static void
channel_refuse(struct channel *ch, uint32_t type, const char *why)
{
	if (log_is_due(++ch->refused))
		log_warnx("message refused: from=%s type=%u name=%s reason=%s "
		    "count=%u", process_name(ch->peer), type,
		    log_quote(msg_name(type)), log_quote(why), ch->refused);
}

static void
channel_handle(struct channel *ch, struct msg *m)
{
	const struct msg_handler	*h;
	struct request			*r;

	if (m->id != 0 && (r = request_find(ch, m->id)) != NULL) {
		r->fn(ch, m, r->arg);
		return;
	}
	for (h = ch->handlers; h->type != MSG_NONE; h++)
		if (h->type == m->type) {
			h->handle(ch, m);
			return;
		}
	channel_refuse(ch, m->type, "nobody waits for it");
	if (m->fd != -1)
		close(m->fd);
}

/* Handles a slice of what has come; -1 when the peer can't be understood. */
static int
channel_dispatch(struct channel *ch)
{
	struct timespec	 begin;
	struct imsg	 imsg;
	struct msg	 m;
	const char	*why;
	int		 n, r;

	ch->more = false;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (n = 0; n < CHANNEL_SLICE && elapsed(&begin) < CHANNEL_TIME; n++) {
		if (ch->imsgbuf.fd == -1)
			return 0;
		if (!is_reading(ch))
			break;
		if ((r = imsgbuf_get(&ch->imsgbuf, &imsg)) == -1)
			log_warn("channel broken: peer=%s",
			    process_name(ch->peer));
		if (r != 1)
			return r;
		memset(&m, 0, sizeof(m));
		m.type = imsg_get_type(&imsg);
		m.id = imsg_get_id(&imsg);
		m.fd = imsg_get_fd(&imsg);
		if (imsg_get_len(&imsg) == 0)
			ibuf_from_buffer(&m.body, &m, 0);
		else if (imsg_get_ibuf(&imsg, &m.body) == -1)
			fatal("imsg_get_ibuf");
		why = msg_check(ch->peer, ch->self, imsg_get_type(&imsg),
		    m.fd != -1, &m.body);
		if (why != NULL) {
			channel_refuse(ch, imsg_get_type(&imsg), why);
			if (m.fd != -1)
				close(m.fd);
		} else
			channel_handle(ch, &m);
		imsg_free(&imsg);
	}
	/* More may be there that makes no socket readable. */
	if (ch->imsgbuf.fd != -1) {
		ch->more = true;
		if (is_reading(ch))
			event_add(ch->ev_more, &at_once);
	}
	return 0;
}
