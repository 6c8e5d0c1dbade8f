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
 * The least that a program on libssh2 needs for many hosts, for the daemon to
 * be measured by: one loop connects to all of them at once, authenticates
 * with a key that is read once (libssh2 by itself would read it again for
 * each host, which takes longer than all the rest), and when all are there
 * runs a command on all, and the next when all have ended.  `hosts_loop HOSTS PORT USER KEY COMMAND...`; the hosts are
 * 127.0.0.1 and those after it, 250 of each net.  It checks no host keys.  It
 * prints the seconds until all were connected, and of each command.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../executor/key.h"

#define WINDOW	(64 * 1024)
#define PACKET	32768
#define EVENTS	256

enum state {
	CONNECTING, HANDSHAKE, AUTHENTICATE, READY, OPEN, EXEC, END_OF_INPUT,
	READ_OUTPUT, CLOSE, WAIT, FREE
};

struct host {
	LIBSSH2_SESSION	*session;
	LIBSSH2_CHANNEL	*channel;
	enum state	 state;
	int		 fd;
	uint32_t	 watched;
};

static struct host	*hosts;
static size_t		 nhosts, nready;
static const char	*user, *command;
static struct key	*key;
static int		 poller;

static double
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
key_read(const char *path)
{
	char	text[KEY_FILE_MAX], error[KEY_ERROR_SIZE];
	ssize_t	n;
	int	fd;

	if ((fd = open(path, O_RDONLY)) == -1 ||
	    (n = read(fd, text, sizeof(text))) == -1)
		err(1, "%s", path);
	if (key_load(text, n, NULL, &key, error, sizeof(error)) == -1)
		errx(1, "%s: %s", path, error);
	close(fd);
}

static int
key_use(LIBSSH2_SESSION *session, unsigned char **sig, size_t *siglen,
    const unsigned char *data, size_t len, void **abstract)
{
	(void)session;
	(void)abstract;
	return key_sign(key, NULL, data, len, sig, siglen);
}

static void
host_watch(struct host *h, uint32_t events)
{
	struct epoll_event	ev = { .events = events, .data.ptr = h };

	if (events == h->watched)
		return;
	if (epoll_ctl(poller, h->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
	    h->fd, &ev) == -1)
		err(1, "epoll_ctl");
	h->watched = events;
}

static void
host_connect(struct host *h, size_t n, uint16_t port)
{
	struct sockaddr_in	sin;
	int			on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + n / 250 * 256 +
	    n % 250 + 1);
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (h->fd == -1 || (connect(h->fd, (struct sockaddr *)&sin,
	    sizeof(sin)) == -1 && errno != EINPROGRESS))
		err(1, "connect");
	setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	h->state = CONNECTING;
	host_watch(h, EPOLLOUT);
}

/* The next call of libssh2: LIBSSH2_ERROR_EAGAIN, or nothing to wait for. */
static int
host_call(struct host *h)
{
	static void	*nothing;
	char		 buf[4096];
	const uint8_t	*blob;
	size_t		 len;
	int		 r, extended;

	switch (h->state) {
	case HANDSHAKE:
		return libssh2_session_handshake(h->session, h->fd);
	case AUTHENTICATE:
		blob = key_blob(key, &len);
		return libssh2_userauth_publickey(h->session, user, blob, len,
		    key_use, &nothing);
	case OPEN:
		h->channel = libssh2_channel_open_ex(h->session, "session", 7,
		    WINDOW, PACKET, NULL, 0);
		return h->channel != NULL ? 0 :
		    libssh2_session_last_errno(h->session);
	case EXEC:
		return libssh2_channel_exec(h->channel, command);
	case END_OF_INPUT:
		return libssh2_channel_send_eof(h->channel);
	case READ_OUTPUT:
		for (extended = 0; extended < 2; extended++)
			while ((r = libssh2_channel_read_ex(h->channel,
			    extended, buf, sizeof(buf))) > 0)
				;
		if (r < 0 && r != LIBSSH2_ERROR_EAGAIN)
			return r;
		return libssh2_channel_eof(h->channel) ? 0 :
		    LIBSSH2_ERROR_EAGAIN;
	case CLOSE:
		return libssh2_channel_close(h->channel);
	case WAIT:
		return libssh2_channel_wait_closed(h->channel);
	case FREE:
		if (libssh2_channel_get_exit_status(h->channel) != 0)
			errx(1, "a command failed");
		return libssh2_channel_free(h->channel);
	default:
		return 0;
	}
}

static void
host_step(struct host *h)
{
	uint32_t	events = EPOLLIN;
	int		r;

	if (h->state == CONNECTING) {
		if ((h->session = libssh2_session_init()) == NULL)
			errx(1, "out of memory");
		libssh2_session_set_blocking(h->session, 0);
		h->state = HANDSHAKE;
	}
	while (h->state != READY) {
		if ((r = host_call(h)) == LIBSSH2_ERROR_EAGAIN)
			break;
		if (r < 0)
			errx(1, "libssh2: %d in state %d", r, h->state);
		h->state = h->state == FREE ? READY : h->state + 1;
		if (h->state == READY)
			nready++;
	}
	if (libssh2_session_block_directions(h->session) &
	    LIBSSH2_SESSION_BLOCK_OUTBOUND)
		events |= EPOLLOUT;
	host_watch(h, events);
}

/* Until all hosts have got where they were going; how long it took. */
static double
all_wait(double began)
{
	struct epoll_event	events[EVENTS];
	int			i, n;

	while (nready < nhosts) {
		n = epoll_wait(poller, events, EVENTS, 60000);
		if (n == 0 || (n == -1 && errno != EINTR))
			err(1, "epoll_wait");
		for (i = 0; i < n; i++)
			host_step(events[i].data.ptr);
	}
	return now() - began;
}

static double
all_run(void)
{
	double	began = now();
	size_t	i;

	nready = 0;
	for (i = 0; i < nhosts; i++) {
		hosts[i].state = OPEN;
		host_step(&hosts[i]);
	}
	return all_wait(began);
}

int
main(int argc, char **argv)
{
	double	began = now();
	size_t	i;
	int	a;

	if (argc < 6)
		errx(1, "usage: hosts_loop hosts port user key command ...");
	nhosts = strtoul(argv[1], NULL, 10);
	user = argv[3];
	key_read(argv[4]);
	if ((hosts = calloc(nhosts, sizeof(*hosts))) == NULL ||
	    (poller = epoll_create1(0)) == -1 || libssh2_init(0) != 0)
		err(1, "no memory");
	for (i = 0; i < nhosts; i++)
		host_connect(&hosts[i], i, strtoul(argv[2], NULL, 10));
	printf("%.4f", all_wait(began));
	for (a = 5; a < argc; a++) {
		command = argv[a];
		printf(" %.4f", all_run());
	}
	printf("\n");
	for (i = 0; i < nhosts; i++) {
		libssh2_session_disconnect(hosts[i].session, "done");
		libssh2_session_free(hosts[i].session);
		close(hosts[i].fd);
	}
	return 0;
}
