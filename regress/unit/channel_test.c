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
 * Tests of channels: two ends in one process, and where it matters a raw
 * socket in place of one of them, which sends what no channel would.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../common/channel.h"
#include "../../common/log.h"
#include "tap.h"

/* What the handlers have seen. */
static struct {
	int		 kills, views, runs, listens, closed, writable;
	int		 answers, ends;
	uint64_t	 last;
	bool		 in_order;
	int		 fd;
} seen;

static struct channel	*web, *engine, *victim;
static int		 log_lines;

static void	kill_handle(struct channel *, struct msg *);
static void	view_handle(struct channel *, struct msg *);
static void	listen_handle(struct channel *, struct msg *);
static void	free_handle(struct channel *, struct msg *);

static const struct msg_handler handlers[] = {
	{ MSG_KILL, kill_handle },
	{ MSG_VIEW, view_handle },
	{ MSG_LISTEN, listen_handle },
	{ MSG_LOGOUT, free_handle },
	{ MSG_NONE, NULL }
};

static void
kill_handle(struct channel *ch, struct msg *m)
{
	uint64_t	id;

	(void)ch;
	msg_get_u8(m);
	msg_get_string(m);
	msg_get_string(m);
	msg_get_string(m);
	id = msg_get_u64(m);
	if (id != seen.last + 1)
		seen.in_order = false;
	seen.last = id;
	seen.kills++;
}

static void
view_handle(struct channel *ch, struct msg *m)
{
	(void)ch;
	(void)m;
	seen.views++;
}

static void
listen_handle(struct channel *ch, struct msg *m)
{
	(void)ch;
	seen.listens++;
	seen.fd = m->fd;
}

static void
free_handle(struct channel *ch, struct msg *m)
{
	(void)m;
	channel_free(ch);
	if (ch == victim)
		victim = NULL;
}

static void
closed(struct channel *ch)
{
	(void)ch;
	seen.closed++;
}

static void
writable(struct channel *ch)
{
	(void)ch;
	seen.writable++;
}

static void
line_count(int priority, const char *text)
{
	(void)priority;
	(void)text;
	log_lines++;
}

static int
descriptors(void)
{
	struct dirent	*d;
	DIR		*dir;
	int		 n = 0;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
pair_make(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		abort();
}

static void
open_both(void)
{
	int	pair[2];

	memset(&seen, 0, sizeof(seen));
	seen.in_order = true;
	seen.fd = -1;
	pair_make(pair);
	web = channel_new(pair[0], PROC_WEB, PROC_ENGINE, handlers, closed,
	    NULL);
	engine = channel_new(pair[1], PROC_ENGINE, PROC_WEB, handlers, closed,
	    NULL);
	if (web == NULL || engine == NULL)
		abort();
}

static void
close_both(void)
{
	channel_free(web);
	channel_free(engine);
	web = engine = NULL;
}

static void
loop_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	event_base_loopbreak(base);
}

/* Runs the loop until *value is as wanted, or two seconds are over. */
static void
loop_until(const int *value, int wanted)
{
	struct timeval	 limit = { 2, 0 };
	struct event	*e = evtimer_new(base, loop_end, NULL);

	evtimer_add(e, &limit);
	while (*value != wanted && evtimer_pending(e, NULL))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(e);
}

/* Runs what can run at once. */
static void
loop_idle(void)
{
	int	i;

	for (i = 0; i < 100; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static struct ibuf *
kill_body(uint64_t deployment)
{
	struct ibuf	*b = msg_new();

	msg_put_u8(b, CREDENTIAL_NONE);
	msg_put_string(b, "");
	msg_put_string(b, "127.0.0.1");
	msg_put_string(b, "shop");
	msg_put_u64(b, deployment);
	return b;
}

/* Writes one message as it is, past all checks. */
static void
raw_send(int fd, uint32_t type, uint32_t id, const void *data, size_t len,
    int passed)
{
	struct imsgbuf	imsgbuf;

	if (imsgbuf_init(&imsgbuf, fd) == -1)
		abort();
	imsgbuf_allow_fdpass(&imsgbuf);
	if (imsg_compose(&imsgbuf, type, id, 0, passed, data, len) == -1 ||
	    imsgbuf_flush(&imsgbuf) == -1)
		abort();
	imsgbuf_clear(&imsgbuf);
}

/* The engine's end and a raw one in place of that process. */
static int
open_raw(enum process self, enum process peer)
{
	int	pair[2];

	memset(&seen, 0, sizeof(seen));
	seen.in_order = true;
	seen.fd = -1;
	log_lines = 0;
	pair_make(pair);
	engine = channel_new(pair[0], self, peer, handlers, closed, NULL);
	if (engine == NULL)
		abort();
	return pair[1];
}

static void
test_delivery(void)
{
	open_both();
	msg_send(web, MSG_KILL, 5, -1, kill_body(1));
	msg_send(web, MSG_KILL, 0, -1, kill_body(2));
	loop_until(&seen.kills, 2);
	ok(seen.kills == 2 && seen.in_order, "messages reach their handler");
	close_both();
	loop_idle();
	is_int(seen.closed, 0, "who frees a channel is not told of its end");
}

static void
test_forged(void)
{
	struct ibuf	*b = kill_body(1);
	int		 fd, before;

	fd = open_raw(PROC_ENGINE, PROC_WEB);
	raw_send(fd, MSG_RELOADED, 0, "\1\0\0\0\0", 6, -1);
	raw_send(fd, MSG_CTL_USERS, 0, NULL, 0, -1);
	raw_send(fd, 4711, 0, NULL, 0, -1);
	raw_send(fd, MSG_KILL, 0, ibuf_data(b), ibuf_size(b) - 1, -1);
	raw_send(fd, MSG_KILL, 0, NULL, 0, -1);
	before = descriptors();
	raw_send(fd, MSG_KILL, 0, ibuf_data(b), ibuf_size(b),
	    open("/dev/null", O_RDONLY));
	raw_send(fd, MSG_KILL, 0, ibuf_data(b), ibuf_size(b), -1);
	loop_until(&seen.kills, 1);
	is_int(seen.kills, 1, "of forged messages none reaches a handler, and "
	    "the next good one does");
	is_int(log_lines, 6, "each of them is logged");
	is_int(descriptors(), before, "a descriptor that came with one is "
	    "closed");
	is_int(seen.closed, 0, "the channel stays open");
	while (log_lines < 100 && engine->refused < 1000) {
		raw_send(fd, 4711, 0, NULL, 0, -1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ok(log_lines < 50, "a flood of them does not flood the log");
	ibuf_free(b);
	close(fd);
	channel_free(engine);
}

static void
test_descriptor(void)
{
	struct ibuf	*b = msg_new();
	int		 fd, pipes[2];
	char		 byte = 0;

	fd = open_raw(PROC_ENGINE, PROC_PARENT);
	if (pipe(pipes) == -1)
		abort();
	msg_put_string(b, "control");
	raw_send(fd, MSG_LISTEN, 0, ibuf_data(b), ibuf_size(b), -1);
	raw_send(fd, MSG_LISTEN, 0, ibuf_data(b), ibuf_size(b), pipes[1]);
	loop_until(&seen.listens, 1);
	is_int(seen.listens, 1, "a missing descriptor is refused");
	ok(seen.fd != -1 && write(seen.fd, "x", 1) == 1 &&
	    read(pipes[0], &byte, 1) == 1 && byte == 'x',
	    "one that was passed works");
	ok(fcntl(seen.fd, F_GETFD) & FD_CLOEXEC, "and is closed on exec");
	close(seen.fd);
	close(pipes[0]);
	ibuf_free(b);
	close(fd);
	channel_free(engine);
}

static void
answer(struct channel *ch, struct msg *m, void *arg)
{
	uint32_t	*id = arg;

	if (m == NULL) {
		seen.ends++;
		return;
	}
	seen.answers++;
	if (m->type == MSG_REPLY_END)
		request_end(ch, *id);
}

static void
reply_end_send(uint32_t id)
{
	struct ibuf	*b = msg_new();

	msg_put_u32(b, 1000);
	msg_put_string(b, "");
	msg_send(engine, MSG_REPLY_END, id, -1, b);
}

static void
test_requests(void)
{
	struct ibuf	*b;
	uint32_t	 id, other;

	open_both();
	id = request_new(web, 0, answer, &id);
	other = request_new(web, 0, answer, &other);
	ok(id != 0 && other != 0 && id != other, "requests have their ids");
	b = msg_new();
	msg_put_u32(b, 200);
	msg_put_u8(b, CONTENT_JSON);
	msg_put_string(b, "");
	msg_put_string(b, "");
	msg_send(engine, MSG_REPLY, id, -1, b);
	reply_end_send(id);
	loop_until(&seen.answers, 2);
	is_int(seen.answers, 2, "all messages of an answer arrive there");
	log_lines = 0;
	reply_end_send(id);
	loop_until(&log_lines, 1);
	ok(seen.answers == 2 && log_lines == 1,
	    "after its end they are refused");
	close_both();
	is_int(seen.ends, 1, "the end of the channel ends a request");
}

static void
test_timeout(void)
{
	struct timespec	begin, now;
	uint32_t	id;

	open_both();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	id = request_new(web, 50, answer, &id);
	loop_until(&seen.ends, 1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	ok(seen.ends == 1 && (now.tv_sec - begin.tv_sec) * 1000 +
	    (now.tv_nsec - begin.tv_nsec) / 1000000 >= 49,
	    "a request times out, not too early");
	reply_end_send(id);
	loop_idle();
	is_int(seen.answers, 0, "a late answer finds nobody");
	close_both();
	is_int(seen.ends, 1, "and it is told once");
}

static void
free_again(struct channel *ch, struct msg *m, void *arg)
{
	(void)m;
	(void)arg;
	seen.ends++;
	channel_free(ch);
}

static void
test_free(void)
{
	struct ibuf	*b;

	open_both();
	victim = engine;
	b = msg_new();
	msg_put_u8(b, 0);
	msg_put_string(b, "");
	msg_put_string(b, "");
	msg_send(web, MSG_LOGOUT, 0, -1, b);
	msg_send(web, MSG_KILL, 0, -1, kill_body(1));
	loop_until(&seen.closed, 1);
	ok(victim == NULL && seen.kills == 0,
	    "a channel may be freed by its handler");
	channel_free(web);
	open_both();
	request_new(web, 0, free_again, NULL);
	request_new(web, 0, free_again, NULL);
	channel_free(web);
	is_int(seen.ends, 2, "and by a request that is told of its end");
	channel_free(engine);
	channel_free(NULL);
}

static void
test_pause(void)
{
	int	i;

	open_both();
	channel_pause(engine);
	for (i = 1; i <= 300; i++)
		msg_send(web, MSG_KILL, 0, -1, kill_body(i));
	loop_idle();
	is_int(seen.kills, 0, "a paused channel handles nothing");
	channel_resume(engine);
	/* One turn: some have been handled, more have been read. */
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	channel_pause(engine);
	i = seen.kills;
	loop_idle();
	ok(seen.kills == i && i < 300, "nor what it has read already");
	channel_resume(engine);
	loop_until(&seen.kills, 300);
	ok(seen.kills == 300 && seen.in_order,
	    "resumed, it handles all of them in order");
	close_both();
}

static void
test_last_words(void)
{
	struct ibuf	*b = kill_body(1);
	struct imsgbuf	 imsgbuf;
	int		 fd, i;

	fd = open_raw(PROC_ENGINE, PROC_WEB);
	if (imsgbuf_init(&imsgbuf, fd) == -1)
		abort();
	for (i = 1; i <= 500; i++)
		imsg_compose(&imsgbuf, MSG_KILL, 0, 0, -1, ibuf_data(b),
		    ibuf_size(b));
	imsgbuf_flush(&imsgbuf);
	imsgbuf_clear(&imsgbuf);
	close(fd);
	loop_until(&seen.closed, 1);
	is_int(seen.kills, 500, "all that a peer has said before it went is "
	    "handled");
	is_int(seen.closed, 1, "before its end, which is told once");
	ibuf_free(b);
	channel_free(engine);
}

static void
test_full(void)
{
	struct ibuf	*b;
	char		*chunk = calloc(1, MSG_CHUNK);
	uint32_t	 id = 1;
	int		 n = 0, fd;

	open_both();
	engine->writable = writable;
	channel_pause(web);
	while (!channel_is_full(engine) && n < 1000) {
		b = msg_new();
		msg_put_ids(b, &id, 1);
		msg_put_data(b, chunk, MSG_CHUNK);
		msg_send(engine, MSG_REPLY_DATA, 0, -1, b);
		n++;
	}
	ok(n > 10 && n < 40, "a channel is full after about a megabyte");
	loop_idle();
	is_int(seen.writable, 0, "and stays so while nobody reads");
	is_int(channel_flush(engine, 100), -1, "a flush has its time limit");
	channel_resume(web);
	loop_until(&seen.writable, 1);
	ok(seen.writable == 1 && !channel_is_full(engine),
	    "its producer is told when it is writable again");
	close_both();

	fd = open_raw(PROC_ENGINE, PROC_WEB);
	reply_end_send(1);
	is_int(channel_flush(engine, 1000), 0, "a flush sends what is queued");
	close(fd);
	loop_until(&seen.closed, 1);
	log_lines = 0;
	b = msg_new();
	msg_put_u32(b, 0);
	msg_put_string(b, "");
	ok(msg_send(engine, MSG_REPLY_END, 1, -1, b) == -1 && errno == EPIPE,
	    "nothing is sent to a peer that has gone");
	channel_free(engine);
	free(chunk);
}

/* One that asks and asks, and takes no answer. */
static void
test_strict(void)
{
	struct ibuf	*b;
	char		*chunk = calloc(1, MSG_CHUNK);
	uint32_t	 id = 1;
	int		 i;

	open_both();
	engine->strict = true;
	channel_pause(web);
	msg_send(web, MSG_KILL, 0, -1, kill_body(1));
	loop_until(&seen.kills, 1);
	is_int(seen.kills, 1, "a strict channel handles what comes");
	for (i = 0; !channel_is_full(engine) && i < 1000; i++) {
		b = msg_new();
		msg_put_ids(b, &id, 1);
		msg_put_data(b, chunk, MSG_CHUNK);
		msg_send(engine, MSG_REPLY_DATA, 0, -1, b);
	}
	for (i = 2; i <= 200; i++)
		msg_send(web, MSG_KILL, 0, -1, kill_body(i));
	loop_idle();
	is_int(seen.kills, 1, "but nothing more of who takes no answers");
	channel_resume(web);
	loop_until(&seen.kills, 200);
	ok(seen.kills == 200 && seen.in_order, "until they are taken");
	channel_pause(web);
	for (i = 0; !channel_is_full(engine) && i < 1000; i++) {
		b = msg_new();
		msg_put_ids(b, &id, 1);
		msg_put_data(b, chunk, MSG_CHUNK);
		msg_send(engine, MSG_REPLY_DATA, 0, -1, b);
	}
	channel_free(web);
	loop_until(&seen.closed, 1);
	is_int(seen.closed, 1, "its end is noticed all the same");
	channel_free(engine);
	free(chunk);
}

static void
test_broken(void)
{
	static const unsigned char	 bad[64] = { 0, 0, 0, 1, 0xff, 0xff,
					    0xff, 0xff };
	static const unsigned char	 tiny[16] = { 1, 0, 0, 0, 3, 0, 0, 0 };
	int				 fd;

	fd = open_raw(PROC_ENGINE, PROC_WEB);
	if (write(fd, bad, sizeof(bad)) != sizeof(bad))
		abort();
	loop_until(&seen.closed, 1);
	is_int(seen.closed, 1, "a length beyond the limit ends the channel");
	close(fd);
	channel_free(engine);
	fd = open_raw(PROC_ENGINE, PROC_WEB);
	if (write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		abort();
	loop_until(&seen.closed, 1);
	is_int(seen.closed, 1, "and so does one below the header's");
	close(fd);
	channel_free(engine);
}

int
main(void)
{
	int	before;

	if ((base = event_base_new()) == NULL)
		abort();
	log_to(line_count);
	before = descriptors();
	test_delivery();
	test_forged();
	test_descriptor();
	test_requests();
	test_timeout();
	test_free();
	test_pause();
	test_last_words();
	test_full();
	test_strict();
	test_broken();
	is_int(descriptors(), before, "no descriptor is left open");
	event_base_free(base);
	return done_testing();
}
