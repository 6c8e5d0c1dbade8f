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
 * Gives bytes of a client to a WebSocket, whole and one by one, with lines
 * going out behind, and aborts if what is sent is not a row of well-formed
 * frames, or goes on behind a close.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../web/output.h"
#include "../../web/websocket.h"

#define SENT_MAX	65536

int		LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t	answer(const uint8_t *, size_t, size_t, uint8_t *);
static size_t	collect(struct output *, uint8_t *, size_t);
static void	check_frames(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t	sent[SENT_MAX];

	if (len > 4096)
		return 0;
	/* When wslay sees what is wrong may depend on how bytes are cut. */
	check_frames(sent, answer(data, len, len == 0 ? 1 : len, sent));
	check_frames(sent, answer(data, len, 1, sent));
	return 0;
}

/* Text, pong, ping, and one close at the end: all short, none masked. */
static void
check_frames(const uint8_t *p, size_t len)
{
	size_t	n;

	for (; len > 0; p += n, len -= n) {
		if (len < 2 || strchr("\x81\x88\x89\x8a", p[0]) == NULL ||
		    p[1] > 125 || (n = 2 + (size_t)p[1]) > len ||
		    (p[0] == 0x88 && n != len))
			abort();
	}
}

/* What is sent for the bytes, taken so many at a time. */
static size_t
answer(const uint8_t *data, size_t len, size_t step, uint8_t *sent)
{
	struct output		 out;
	struct websocket	*ws;
	size_t			 i, n = 0;

	output_init(&out);
	if ((ws = websocket_new(&out)) == NULL)
		abort();
	for (i = 0; i < len; i += step)
		if (websocket_input(ws, data + i, step) == -1)
			abort();
	websocket_lines(ws, "a line\nand", 10);
	websocket_lines(ws, " one\n", 5);
	websocket_ping(ws);
	websocket_end(ws, 1000, "end");
	websocket_free(ws);
	n = collect(&out, sent, SENT_MAX);
	output_clear(&out);
	return n;
}

static size_t
collect(struct output *out, uint8_t *sent, size_t size)
{
	size_t	n = 0;
	ssize_t	r;
	int	fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		abort();
	while (out->size > 0 && n < size) {
		if (output_write(out, fd[0]) == -1 ||
		    (r = read(fd[1], sent + n, size - n)) <= 0)
			abort();
		n += (size_t)r;
	}
	shutdown(fd[0], SHUT_WR);
	while (n < size && (r = read(fd[1], sent + n, size - n)) > 0)
		n += (size_t)r;
	close(fd[0]);
	close(fd[1]);
	return n;
}
