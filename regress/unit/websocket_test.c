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
#define M	"\0\0\0\0"
#define F(name, bytes, answer, closed)	\
	{ name, bytes, sizeof(bytes) - 1, answer, closed }
#define PING	"\x89\x80" M
#define PONG	"8a00"
#define E1002	"880203ea"	/* a protocol error */
#define E1007	"880203ef"	/* not UTF-8 */
#define E1009	"880203f1"	/* too large */

static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	const char	*answer;
	bool		 closed;
} frames[] = {
	F("a text is ignored", "\x81\x81" M "a", "", false),
	F("bytes too", "\x82\x81" M "\xff", "", false),
	F("a mask is taken off", "\x89\x82\x11\x22\x33\x44yK", "8a026869",
	    false),
	F("no mask", "\x81\x01" "a", E1002, true),
	F("a ping without a mask", "\x89\0", E1002, true),
	F("a close without a mask", "\x88\x02\x03\xe8", E1002, true),

	F("the first reserved bit", "\xc1\x81" M "a", E1002, true),
	F("the second", "\xa1\x81" M "a", E1002, true),
	F("the third", "\x91\x81" M "a", E1002, true),
	F("one in a ping", "\xc9\x80" M, E1002, true),
	F("opcode 3", "\x83\x80" M, E1002, true),
	F("opcode 7", "\x87\x80" M, E1002, true),
	F("opcode 11", "\x8b\x80" M, E1002, true),
	F("opcode 15", "\x8f\x80" M, E1002, true),

	F("a ping is answered", "\x89\x82" M "hi", "8a026869", false),
	F("a pong is not", "\x8a\x82" M "hi", "", false),
	F("a ping in fragments", "\x09\x80" M, E1002, true),
	F("a close in fragments", "\x08\x82" M "\x03\xe8", E1002, true),
	F("a ping of 126 bytes", "\x89\xfe\0\x7e" M, E1002, true),
	F("a pong of 126 bytes", "\x8a\xfe\0\x7e" M, E1002, true),
	F("a close of 126 bytes", "\x88\xfe\0\x7e" M, E1002, true),
	F("a ping with a length of 64 bits", "\x89\xff\0\0\0\0\0\0\0\0" M,
	    E1002, true),

	F("a message in fragments", "\x01\x81" M "a" "\0\x81" M "b"
	    "\x80\x81" M "c" PING, PONG, false),
	F("a ping between fragments", "\x01\x81" M "a" PING "\x80\x81" M "b",
	    PONG, false),
	F("fragments of nothing", "\x01\x80" M "\0\x80" M "\x80\x80" M PING,
	    PONG, false),
	F("a continuation of nothing", "\x80\x81" M "a", E1002, true),
	F("one behind the end", "\x81\x81" M "a" "\x80\x81" M "b", E1002,
	    true),
	F("a text inside a text", "\x01\x81" M "a" "\x81\x81" M "b", E1002,
	    true),
	F("bytes inside a text", "\x01\x81" M "a" "\x02\x81" M "b", E1002,
	    true),
	F("a close inside a text", "\x01\x81" M "a" "\x88\x82" M "\x03\xe8",
	    "880203e8", true),

	F("a text that is not UTF-8", "\x81\x81" M "\xff", E1007, true),
	F("a surrogate", "\x81\x83" M "\xed\xa0\x80", E1007, true),
	F("an overlong slash", "\x81\x82" M "\xc0\xaf", E1007, true),
	F("a character that is cut off", "\x81\x81" M "\xc3", E1007, true),
	F("one over two fragments", "\x01\x81" M "\xc3" PING "\x80\x81" M
	    "\xa4", PONG, false),
	F("one whose end is missing", "\x01\x81" M "\xc3" "\x80\x80" M, E1007,
	    true),

	F("a length of 16 bits that has seven", "\x81\xfe\0\x05" M "abcde",
	    E1002, true),
	F("a length of 64 bits that has 16",
	    "\x81\xff\0\0\0\0\0\0\x01\0" M "a", E1002, true),
	F("a message that is too large", "\x81\xfe\x20\0" M "a", E1009, true),
	F("one of 64 bits", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" M "a",
	    E1009, true),
	F("a length with the highest bit",
	    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" M, E1002, true),

	F("a close without a code", "\x88\x80" M, "8800", true),
	F("half a code", "\x88\x81" M "\x03", E1002, true),
	F("a reason", "\x88\x85" M "\x03\xe8" "b\xc3\xa4", "880203e8", true),
	F("a reason that is not UTF-8", "\x88\x83" M "\x03\xe8\xff", E1007,
	    true),
	F("a reason that is cut off", "\x88\x84" M "\x03\xe8" "b\xc3", E1007,
	    true),
	F("nothing is heard behind a close", "\x88\x82" M "\x03\xe8" PING
	    "\xff\xff", "880203e8", true),
	F("nothing behind an error", "\x83\x80" M PING "\x88\x82" M "\x03\xe8",
	    E1002, true),
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

/* A code that may stand in a close is said back, others are an error. */
static void
test_codes(void)
{
	static const struct {
		unsigned	first;
		unsigned	last;
		bool		good;
	} codes[] = {
		{ 0, 999, false }, { 1000, 1003, true },
		{ 1004, 1006, false }, { 1007, 1014, true },
		{ 1015, 2999, false }, { 3000, 4999, true },
		{ 5000, 65535, false },
	};
	char		bytes[8] = "\x88\x82", answer[9];
	unsigned	code;
	size_t		i;
	int		good;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		good = 1;
		for (code = codes[i].first; code <= codes[i].last; code++) {
			bytes[6] = (char)(code >> 8);
			bytes[7] = (char)code;
			snprintf(answer, sizeof(answer), "8802%04x",
			    codes[i].good ? code : 1002);
			begin();
			websocket_input(ws, bytes, sizeof(bytes));
			good = good && strcmp(sent(), answer) == 0;
			end();
		}
		ok(good, "close codes %u to %u are %s", codes[i].first,
		    codes[i].last, codes[i].good ? "said back" : "an error");
	}
}

/* A message of n bytes in fragments of at most 125; is it too large? */
static bool
is_refused(size_t n)
{
	static const char	data[125] = "";
	char			head[6] = "\x02";
	size_t			len;
	bool			refused;

	begin();
	for (; n > 0; n -= len) {
		len = n < sizeof(data) ? n : sizeof(data);
		head[0] |= (char)(len == n ? 0x80 : 0);
		head[1] = (char)(0x80 | len);
		websocket_input(ws, head, sizeof(head));
		websocket_input(ws, data, len);
		head[0] = 0;
	}
	refused = strcmp(sent(), E1009) == 0 && websocket_is_closed(ws);
	end();
	return refused;
}

static void
test_fragments(void)
{
	static const char	empty[] = "\0\x80\0\0\0\0";
	int			i, r = 0;

	ok(!is_refused(4096), "the largest message, in fragments");
	ok(is_refused(4097), "one byte more");
	ok(is_refused(1000000), "a large one ends early");
	begin();
	websocket_input(ws, "\x01\x80\0\0\0\0", 6);
	for (i = 0; i < 100000 && r == 0; i++)
		r = websocket_input(ws, empty, 6);
	ok(r == 0 && !websocket_is_closed(ws), "empty ones cost nothing");
	end();
}

static void
test_pings(void)
{
	char	bytes[6 + 125];
	int	i, good = 1;

	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, "\x89\xfd\0\0\0\0", 6);
	begin();
	for (i = 0; i < 1000; i++) {
		websocket_input(ws, bytes, sizeof(bytes));
		good = good && strncmp(sent(), "8a7d6161", 8) == 0;
	}
	ok(good, "a ping of 125 bytes is answered, a thousand times");
	end();
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
	test_codes();
	test_fragments();
	test_pings();
	test_end();
	return done_testing();
}
