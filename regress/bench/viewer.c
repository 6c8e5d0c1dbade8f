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
 * Those who watch a log, for the benches: many connections that read the log
 * of a deployment as newline-delimited JSON and check it.  Cheap, so that it
 * is not what is measured.  It asks; it decides nothing about the figures.
 *
 *	viewer [-l] [-n connections] port path token
 *
 * Entries must come with numbers from 1 on, without a gap.  On the first
 * connection the output of each origin must be the numbers from 1 on, as
 * seq(1) prints them; with -l it is the time at which it was printed
 * (EPOCHREALTIME of bash), and what is told at the end is how old it was here.
 */

#include "config.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX	4000
#define ORIGINS		4096	/* a power of two, more than there are */
#define LATENCIES	1000000
#define READ_SIZE	(256 * 1024)
#define EVENTS		64

enum phase {
	HEAD,
	SIZE,		/* of a chunk */
	DATA,
	DATA_END,
	ENDED
};

struct connection {
	int		 fd;
	enum phase	 phase;
	unsigned	 matched;	/* of the head's end */
	uint64_t	 left;		/* of a chunk */
	char		*part;		/* of a line */
	size_t		 len;
	size_t		 size;
	uint64_t	 entries;
};

struct origin {
	char		 name[64];
	uint64_t	 lines;
};

static struct connection	 connections[CONNECTIONS_MAX];
static struct origin		 origins[ORIGINS];
static double			*latencies;
static size_t			 nlatencies;
static uint64_t			 bytes, lines, wrong;
static bool			 timed;

static double
seconds(clockid_t clock)
{
	struct timespec	ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
wrong_say(const char *what, const char *line, size_t len)
{
	if (wrong++ < 5)
		fprintf(stderr, "viewer: %s: %.*s\n", what, (int)len, line);
}

static struct origin *
origin_find(const char *name, size_t len)
{
	uint32_t	hash = 5381;
	size_t		i;

	if (len >= sizeof(origins[0].name))
		errx(1, "an origin is too long");
	for (i = 0; i < len; i++)
		hash = hash * 33 + (unsigned char)name[i];
	for (i = hash % ORIGINS; origins[i].name[0] != '\0';
	    i = (i + 1) % ORIGINS)
		if (strncmp(origins[i].name, name, len) == 0 &&
		    origins[i].name[len] == '\0')
			return &origins[i];
	memcpy(origins[i].name, name, len);
	return &origins[i];
}

/* Where what follows the text begins, or NULL. */
static const char *
after(const char *p, size_t len, const char *text)
{
	const char	*found = memmem(p, len, text, strlen(text));

	return found == NULL ? NULL : found + strlen(text);
}

/* A line that a command has printed. */
static void
output_check(const char *line, size_t len)
{
	const char	*name, *name_end, *text;
	struct origin	*o;

	name = after(line, len, "\"origin\":\"");
	if (name == NULL ||
	    (name_end = memchr(name, '"', line + len - name)) == NULL ||
	    (text = after(name_end, line + len - name_end,
	    "\"COMMAND_STDOUT_OUTPUT\",\"message\":\"")) == NULL)
		return;
	lines++;
	if (timed) {
		if (nlatencies < LATENCIES)
			latencies[nlatencies++] = seconds(CLOCK_REALTIME) -
			    strtod(text, NULL);
		return;
	}
	o = origin_find(name, name_end - name);
	if (strtoull(text, NULL, 10) != ++o->lines)
		wrong_say("out of order", line, len);
}

static void
line_check(struct connection *c, const char *line, size_t len)
{
	static const char	begin[] = "{\"id\":";

	c->entries++;
	if (len < sizeof(begin) ||
	    memcmp(line, begin, sizeof(begin) - 1) != 0 ||
	    strtoull(line + sizeof(begin) - 1, NULL, 10) != c->entries)
		wrong_say("not the next entry", line, len);
	if (c == &connections[0])
		output_check(line, len);
}

static void
data_take(struct connection *c, const char *p, size_t n)
{
	char	*line, *nl;

	bytes += n;
	if (c->size - c->len < n) {
		c->size = c->len + n + READ_SIZE / 4;
		if ((c->part = realloc(c->part, c->size)) == NULL)
			err(1, NULL);
	}
	memcpy(c->part + c->len, p, n);
	c->len += n;
	for (line = c->part; (nl = memchr(line, '\n',
	    c->part + c->len - line)) != NULL; line = nl + 1)
		line_check(c, line, nl - line);
	c->len -= line - c->part;
	memmove(c->part, line, c->len);
}

static int
hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* One byte of what stands around the chunks. */
static void
frame_take(struct connection *c, char ch)
{
	static const char	end[] = "\r\n\r\n";

	if (c->phase == HEAD) {
		c->matched = ch == end[c->matched] ? c->matched + 1 :
		    ch == '\r';
		if (c->matched == 4)
			c->phase = SIZE;
	} else if (c->phase == DATA_END) {
		if (ch == '\n')
			c->phase = SIZE;
	} else if (ch == '\n') {
		c->phase = c->left == 0 ? ENDED : DATA;
	} else if (hex_digit(ch) != -1)
		c->left = c->left * 16 + hex_digit(ch);
}

static void
bytes_take(struct connection *c, const char *p, size_t n)
{
	size_t	part;

	while (n > 0 && c->phase != ENDED) {
		if (c->phase != DATA) {
			frame_take(c, *p++);
			n--;
			continue;
		}
		part = n < c->left ? n : c->left;
		data_take(c, p, part);
		c->left -= part;
		p += part;
		n -= part;
		if (c->left == 0)
			c->phase = DATA_END;
	}
}

static void
connection_open(struct connection *c, int port, const char *path,
    const char *token)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET };
	char			status[13] = "";

	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    dprintf(c->fd, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
	    "X-Api-Token: %s\r\n\r\n", path, port, token) < 0)
		err(1, "connection");
	if (recv(c->fd, status, 12, MSG_WAITALL) != 12 ||
	    strcmp(status, "HTTP/1.1 200") != 0)
		errx(1, "the answer is %s", status);
}

static int
latency_cmp(const void *a, const void *b)
{
	double	x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
figures_print(int n, double last)
{
	uint64_t	entries = 0, least = UINT64_MAX;
	int		ended = 0, i;

	for (i = 0; i < n; i++) {
		entries += connections[i].entries;
		if (connections[i].entries < least)
			least = connections[i].entries;
		ended += connections[i].phase == ENDED;
	}
	printf("{\"viewers\":%d,\"ended\":%d,\"entries\":%llu,\"least\":%llu,"
	    "\"lines\":%llu,\"bytes\":%llu,\"wrong\":%llu,\"last\":%.6f", n,
	    ended, (unsigned long long)entries, (unsigned long long)least,
	    (unsigned long long)lines, (unsigned long long)bytes,
	    (unsigned long long)wrong, last);
	if (nlatencies > 0) {
		qsort(latencies, nlatencies, sizeof(*latencies), latency_cmp);
		printf(",\"median\":%.3f,\"p99\":%.3f,\"max\":%.3f",
		    latencies[nlatencies / 2] * 1000,
		    latencies[nlatencies * 99 / 100] * 1000,
		    latencies[nlatencies - 1] * 1000);
	}
	printf("}\n");
}

int
main(int argc, char **argv)
{
	static char		 buf[READ_SIZE];
	struct epoll_event	 ev = { .events = EPOLLIN }, got[EVENTS];
	struct connection	*c;
	double			 last = 0;
	ssize_t			 r;
	int			 ch, ep, i, n = 1, open, ready;

	while ((ch = getopt(argc, argv, "ln:")) != -1)
		switch (ch) {
		case 'l':
			timed = true;
			break;
		case 'n':
			n = strtonum(optarg, 1, CONNECTIONS_MAX, NULL);
			break;
		}
	if (argc - optind != 3 || n == 0)
		errx(1, "usage: viewer [-l] [-n connections] port path token");
	latencies = calloc(LATENCIES, sizeof(*latencies));
	if (latencies == NULL || (ep = epoll_create1(0)) == -1)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		c = &connections[i];
		connection_open(c, strtonum(argv[optind], 1, 65535, NULL),
		    argv[optind + 1], argv[optind + 2]);
		ev.data.ptr = c;
		if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
			err(1, "epoll_ctl");
	}
	printf("watching\n");
	fflush(stdout);
	for (open = n; open > 0;) {
		ready = epoll_wait(ep, got, EVENTS, -1);
		for (i = 0; i < ready; i++) {
			c = got[i].data.ptr;
			if ((r = read(c->fd, buf, sizeof(buf))) > 0)
				bytes_take(c, buf, r);
			if (r > 0 && c->phase != ENDED)
				continue;
			last = seconds(CLOCK_MONOTONIC);
			epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, NULL);
			close(c->fd);
			open--;
		}
	}
	figures_print(n, last);
	return wrong > 0;
}
