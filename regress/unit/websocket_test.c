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
 * The server's end of a WebSocket: lines become messages however they are
 * cut, and what a client sends is answered as RFC 6455 says.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../web/output.h"
#include "../../web/websocket.h"
#include "tap.h"

#define SIZE	400000

static struct output	 out;
static struct websocket	*ws;

static void
begin(void)
{
	output_init(&out);
	if ((ws = websocket_new(&out)) == NULL)
		exit(1);
}

static void
end(void)
{
	websocket_free(ws);
	output_clear(&out);
}

/* What has been sent since the last time, in hexadecimal. */
static const char *
sent(void)
{
	static char	 hex[2 * 512 + 1];
	unsigned char	 buf[512];
	ssize_t		 i, n;
	int		 fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		exit(1);
	output_write(&out, fd[0]);
	close(fd[0]);
	n = read(fd[1], buf, sizeof(buf));
	close(fd[1]);
	hex[0] = '\0';
	for (i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", buf[i]);
	return hex;
}

static void
test_lines(void)
{
	static const char	text[] = "{\"a\":1}\n\n{\"b\":2}\n";
	static const char	want[] = "81077b2261223a317d" "8100"
				    "81077b2262223a327d";
	size_t			i, j, len = sizeof(text) - 1;
	int			good = 1;

	for (i = 0; i <= len; i++)
		for (j = i; j <= len; j++) {
			begin();
			websocket_lines(ws, text, i);
			websocket_lines(ws, text + i, j - i);
			websocket_lines(ws, text + j, len - j);
			good = good && strcmp(sent(), want) == 0;
			end();
		}
	ok(good, "a line is a message, cut in three at every byte");
	begin();
	websocket_lines(ws, "begun", 5);
	is_str(sent(), "", "a line that has not ended is not sent");
	end();
}

static void
test_large(void)
{
	static char	line[SIZE];
	int		r = 0, i;

	memset(line, 'x', sizeof(line));
	begin();
	is_int(websocket_lines(ws, line, SIZE), 0, "a large line is kept");
	is_int(websocket_lines(ws, "\n", 1), 0, "and sent at its end");
	is_int(out.size, SIZE + 10, "in one frame");
	end();
	begin();
	for (i = 0; i < 5 && r == 0; i++)
		r = websocket_lines(ws, line, SIZE);
	is_int(r, -1, "one without an end is not kept for ever");
	end();
}

/* Masked with zeros, so that bytes can be read here. */
static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	const char	*answer;
	bool		 closed;
} frames[] = {
	{ "a text is ignored", "\x81\x81\0\0\0\0a", 7, "", false },
	{ "bytes too", "\x82\x81\0\0\0\0\xff", 7, "", false },
	{ "a ping is answered", "\x89\x82\0\0\0\0hi", 8, "8a026869", false },
	{ "a pong is not", "\x8a\x80\0\0\0\0", 6, "", false },
	{ "a fragmented text with a ping in it",
	    "\x01\x81\0\0\0\0a\x89\x80\0\0\0\0\x80\x81\0\0\0\0b", 20, "8a00",
	    false },
	{ "a close is answered", "\x88\x82\0\0\0\0\x03\xe8", 8, "880203e8",
	    true },
	{ "a close without a code", "\x88\x80\0\0\0\0", 6, "8800", true },
	{ "no mask", "\x81\x01""a", 3, "880203ea", true },
	{ "a reserved bit", "\xc1\x81\0\0\0\0a", 7, "880203ea", true },
	{ "an unknown opcode", "\x83\x80\0\0\0\0", 6, "880203ea", true },
	{ "a ping in fragments", "\x09\x80\0\0\0\0", 6, "880203ea", true },
	{ "a ping of 126 bytes", "\x89\xfe\0\x7e\0\0\0\0", 8, "880203ea",
	    true },
	{ "a continuation of nothing", "\x80\x81\0\0\0\0a", 7, "880203ea",
	    true },
	{ "a text that is not UTF-8", "\x81\x81\0\0\0\0\xff", 7, "880203ef",
	    true },
	{ "a message that is too large", "\x81\xfe\x20\0\0\0\0\0a", 9,
	    "880203f1", true },
	{ "a size beyond all bounds",
	    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14,
	    "880203ea", true },
};
#define NFRAMES	(sizeof(frames) / sizeof(frames[0]))

static void
test_frames(void)
{
	size_t	i, j;
	int	r;

	for (i = 0; i < NFRAMES; i++) {
		begin();
		r = websocket_input(ws, frames[i].bytes, frames[i].len);
		is_str(sent(), frames[i].answer, "%s", frames[i].name);
		ok(r == 0 && websocket_is_closed(ws) == frames[i].closed,
		    "%s: %s", frames[i].name, frames[i].closed ? "the end" :
		    "it goes on");
		end();
		begin();
		for (j = 0; j < frames[i].len; j++)
			websocket_input(ws, frames[i].bytes + j, 1);
		is_str(sent(), frames[i].answer, "%s, byte by byte",
		    frames[i].name);
		end();
	}
}

static void
test_end(void)
{
	begin();
	websocket_end(ws, 1000, "done");
	is_str(sent(), "880603e8646f6e65", "the goodbye has code and reason");
	ok(!websocket_is_closed(ws), "the client's is awaited");
	is_int(websocket_lines(ws, "late\n", 5), 0, "a late line");
	is_str(sent(), "", "is not sent");
	websocket_ping(ws);
	is_str(sent(), "", "nor a ping");
	websocket_input(ws, "\x88\x82\0\0\0\0\x03\xe8", 8);
	is_str(sent(), "", "a second goodbye is not");
	ok(websocket_is_closed(ws), "then it is the end");
	end();
	begin();
	websocket_end(ws, 1006, "");
	is_str(sent(), "880203f3", "a code that may not be sent becomes 1011");
	end();
	begin();
	websocket_ping(ws);
	is_str(sent(), "8900", "a ping");
	end();
}

int
main(void)
{
	test_lines();
	test_large();
	test_frames();
	test_end();
	return done_testing();
}
