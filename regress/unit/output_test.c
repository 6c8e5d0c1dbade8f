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
 * The queue of bytes to a client: their order, whoever owns them, whatever
 * the socket takes at a time.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../web/output.h"
#include "tap.h"

static int	fd[2];

static void
sockets_open(void)
{
	int	size = 4096;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1 ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(fd[1], F_SETFL, O_NONBLOCK) == -1)
		exit(1);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void
sockets_close(void)
{
	close(fd[0]);
	close(fd[1]);
}

static void *
copy(const char *s)
{
	char	*p = malloc(strlen(s));

	memcpy(p, s, strlen(s));
	return p;
}

static void
test_order(void)
{
	struct output	out;
	char		buf[64];
	ssize_t		n;

	sockets_open();
	output_init(&out);
	output_add(&out, "one ", 4);
	output_add(&out, "two ", 4);
	output_add_static(&out, "three ", 6);
	output_add(&out, "", 0);
	output_add_owned(&out, copy("four "), 5);
	output_add_owned(&out, copy("nothing"), 0);
	output_add(&out, "five", 4);
	is_int(out.size, 23, "what waits is counted");
	is_int(output_write(&out, fd[0]), 0, "all is written");
	is_int(out.size, 0, "nothing waits");
	n = read(fd[1], buf, sizeof(buf) - 1);
	buf[n < 0 ? 0 : n] = '\0';
	is_str(buf, "one two three four five", "in its order");
	output_clear(&out);
	sockets_close();
}

/* More than the socket takes, in pieces of every size and kind. */
static void
test_slow(void)
{
	static char	want[400000], got[sizeof(want)];
	struct output	out;
	char		*p;
	size_t		len, n = 0, sent = 0;
	ssize_t		r;
	int		failed = 0;

	sockets_open();
	output_init(&out);
	for (n = 0; n < sizeof(want); n++)
		want[n] = (char)(n * 31 + n / 253);
	for (n = 0; n < sizeof(want); n += len) {
		len = n * 7 % 5000 + 1;
		if (len > sizeof(want) - n)
			len = sizeof(want) - n;
		switch (n % 3) {
		case 0:
			output_add(&out, want + n, len);
			break;
		case 1:
			output_add_static(&out, want + n, len);
			break;
		default:
			p = malloc(len);
			memcpy(p, want + n, len);
			output_add_owned(&out, p, len);
			break;
		}
	}
	while (sent < sizeof(want) && !failed) {
		failed = output_write(&out, fd[0]) == -1;
		r = read(fd[1], got + sent, sizeof(got) - sent < 777 ?
		    sizeof(got) - sent : 777);
		if (r <= 0)
			break;
		sent += (size_t)r;
	}
	ok(!failed && sent == sizeof(want) && out.size == 0,
	    "a slow reader gets all");
	ok(memcmp(want, got, sizeof(want)) == 0, "and nothing else");
	output_clear(&out);
	sockets_close();
}

static void
test_end(void)
{
	struct output	out;

	sockets_open();
	output_init(&out);
	output_add(&out, "x", 1);
	close(fd[1]);
	is_int(output_write(&out, fd[0]), -1, "the reader has gone");
	output_clear(&out);
	is_int(out.size, 0, "what waits can be dropped");
	output_clear(&out);
	close(fd[0]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_DFL);	/* there is to be none */
	test_order();
	test_slow();
	test_end();
	return done_testing();
}
