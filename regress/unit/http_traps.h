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
 * Requests of which each has something that someone could read in another
 * way, or that a server may refuse, and the status that it gets.
 */

#ifndef HTTP_TRAPS_H
#define HTTP_TRAPS_H

#include <stddef.h>

#define H	"Host: h\r\n"
#define GET	"GET / HTTP/1.1\r\n" H
#define POST	"POST /p HTTP/1.1\r\n" H
#define CHUNKED	POST "Transfer-Encoding: chunked\r\n\r\n"
#define KEY	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define WS	"Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define WS13	"Sec-WebSocket-Version: 13\r\n"

struct trap {
	const char	*name;
	const char	*data;
	size_t		 len;
	int		 status;	/* 0: it is a good request */
};

#define T(status, name, data)	{ name, data, sizeof(data) - 1, status }

static const struct trap	traps[] = {
	/* The request line. */
	T(0, "a plain request", GET "\r\n"),
	T(0, "one empty line before it", "\r\n" GET "\r\n"),
	T(400, "two empty lines before it", "\r\n\r\n" GET "\r\n"),
	T(400, "a bare LF before it", "\n" GET "\r\n"),
	T(400, "a blank before the method", " GET / HTTP/1.1\r\n" H "\r\n"),
	T(400, "two blanks behind the method",
	    "GET  / HTTP/1.1\r\n" H "\r\n"),
	T(400, "two blanks behind the target",
	    "GET /  HTTP/1.1\r\n" H "\r\n"),
	T(400, "a blank behind the version",
	    "GET / HTTP/1.1 \r\n" H "\r\n"),
	T(400, "a blank in the target", "GET /a b HTTP/1.1\r\n" H "\r\n"),
	T(400, "a tab between the parts", "GET\t/ HTTP/1.1\r\n" H "\r\n"),
	T(400, "a tab in the target", "GET /\t HTTP/1.1\r\n" H "\r\n"),
	T(400, "a method alone", "GET\r\n" H "\r\n"),
	T(400, "no target", "GET  HTTP/1.1\r\n" H "\r\n"),
	T(400, "a bad character in the method",
	    "G(T / HTTP/1.1\r\n" H "\r\n"),
	T(400, "TLS instead of HTTP", "\x16\x03\x01\x02"),
	T(400, "NUL in the request line", "GET /\0 HTTP/1.1\r\n"),
	T(400, "a byte beyond ASCII in the target",
	    "GET /\xc3\xa4 HTTP/1.1\r\n"),
	T(501, "an unknown method", "BREW / HTTP/1.1\r\n" H "\r\n"),
	T(501, "a method in lower case", "get / HTTP/1.1\r\n" H "\r\n"),
	T(0, "DELETE is known", "DELETE / HTTP/1.1\r\n" H "\r\n"),
	T(0, "OPTIONS is known", "OPTIONS / HTTP/1.1\r\n" H "\r\n"),
	T(505, "HTTP/0.9 without a version", "GET /\r\n"),
	T(505, "HTTP/0.9", "GET / HTTP/0.9\r\n" H "\r\n"),
	T(505, "HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n"),
	T(505, "HTTP/9.9", "GET / HTTP/9.9\r\n" H "\r\n"),
	T(505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	T(0, "HTTP/1.2 is read as 1.1", "GET / HTTP/1.2\r\n" H "\r\n"),
	T(0, "HTTP/1.0", "GET / HTTP/1.0\r\n" H "\r\n"),
	T(0, "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
	T(400, "a version in lower case", "GET / http/1.1\r\n" H "\r\n"),
	T(400, "HTTP/1", "GET / HTTP/1\r\n" H "\r\n"),
	T(400, "HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n"),
	T(400, "HTTP/11.1", "GET / HTTP/11.1\r\n" H "\r\n"),
	T(400, "HTTP/1,1", "GET / HTTP/1,1\r\n" H "\r\n"),
	T(400, "HTTPS/1.1", "GET / HTTPS/1.1\r\n" H "\r\n"),

	/* Line ends and bytes. */
	T(400, "a bare LF behind the request line",
	    "GET / HTTP/1.1\nHost: h\r\n\r\n"),
	T(400, "a bare LF behind a field", "GET / HTTP/1.1\r\nHost: h\n\r\n"),
	T(400, "a bare LF as the end", GET "\n"),
	T(400, "a bare CR in a value", GET "X: a\rb\r\n\r\n"),
	T(400, "CR CR LF", GET "X: a\r\r\n\r\n"),
	T(400, "a bare CR as a line end", "GET / HTTP/1.1\rHost: h\r\r"),
	T(400, "NUL in a value", GET "X: a\0b\r\n\r\n"),
	T(400, "a control character in a value", GET "X: a\001b\r\n\r\n"),
	T(400, "escape in a value", GET "X: a\033[1mb\r\n\r\n"),
	T(400, "DEL in a value", GET "X: a\177b\r\n\r\n"),
	T(0, "a tab in a value", GET "X: a\tb\r\n\r\n"),
	T(0, "bytes beyond ASCII in a value", GET "X: \xff\xfe\r\n\r\n"),

	/* Field lines. */
	T(400, "folding with a blank", GET "X: a\r\n b\r\n\r\n"),
	T(400, "folding with a tab", GET "X: a\r\n\tb\r\n\r\n"),
	T(400, "a blank before the first field",
	    "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
	T(400, "a line of blanks", GET "  \r\n\r\n"),
	T(400, "a blank before the colon", GET "X : a\r\n\r\n"),
	T(400, "a tab before the colon", GET "X\t: a\r\n\r\n"),
	T(400, "a blank before the Host's colon",
	    "GET / HTTP/1.1\r\nHost : h\r\n\r\n"),
	T(400, "no colon", GET "X\r\n\r\n"),
	T(400, "no name", GET ": a\r\n\r\n"),
	T(400, "a bad character in a name", GET "X(y): a\r\n\r\n"),
	T(400, "a byte beyond ASCII in a name", GET "X\xc3: a\r\n\r\n"),
	T(400, "NUL in a name", GET "X\0y: a\r\n\r\n"),
	T(400, "a slash in a name", GET "X/y: a\r\n\r\n"),
	T(0, "an empty value", GET "X:\r\n\r\n"),
	T(0, "no blank behind the colon", GET "X:a\r\n\r\n"),
	T(0, "a name of odd tokens", GET "!#$%&'*+-.^_`|~: a\r\n\r\n"),

	/* Host. */
	T(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
	T(400, "two Hosts", GET H "\r\n"),
	T(400, "two Hosts that differ", GET "Host: i\r\n\r\n"),
	T(400, "two Hosts in different case", GET "hOST: h\r\n\r\n"),
	T(400, "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
	T(400, "a Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
	T(400, "a list of Hosts", "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n"),
	T(400, "a blank in Host", "GET / HTTP/1.1\r\nHost: h i\r\n\r\n"),
	T(400, "a user in Host", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
	T(400, "an escape in Host", "GET / HTTP/1.1\r\nHost: h%41\r\n\r\n"),
	T(400, "an empty port", "GET / HTTP/1.1\r\nHost: h:\r\n\r\n"),
	T(400, "port 0", "GET / HTTP/1.1\r\nHost: h:0\r\n\r\n"),
	T(400, "port 65536", "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n"),
	T(400, "port 000080", "GET / HTTP/1.1\r\nHost: h:000080\r\n\r\n"),
	T(400, "a port that is no number",
	    "GET / HTTP/1.1\r\nHost: h:x\r\n\r\n"),
	T(400, "two ports", "GET / HTTP/1.1\r\nHost: h:1:2\r\n\r\n"),
	T(400, "an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
	T(400, "empty brackets", "GET / HTTP/1.1\r\nHost: []\r\n\r\n"),
	T(400, "a zone in brackets",
	    "GET / HTTP/1.1\r\nHost: [fe80::1%25lo]\r\n\r\n"),
	T(0, "a port", "GET / HTTP/1.1\r\nHost: h:65535\r\n\r\n"),
	T(0, "an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
	T(0, "a Host in capitals",
	    "GET / HTTP/1.1\r\nHost: A-b.Example.COM\r\n\r\n"),

	/* Forms of the target. */
	T(0, "an absolute target", "GET http://h/a?b HTTP/1.1\r\n" H "\r\n"),
	T(0, "an absolute target in capitals",
	    "GET HTTP://H/a HTTP/1.1\r\n" H "\r\n"),
	T(0, "an https target", "GET https://h/ HTTP/1.1\r\n" H "\r\n"),
	T(0, "an absolute target without a path",
	    "GET http://h HTTP/1.1\r\n" H "\r\n"),
	T(400, "an absolute target of another Host",
	    "GET http://i/ HTTP/1.1\r\n" H "\r\n"),
	T(400, "an absolute target of another port",
	    "GET http://h:81/ HTTP/1.1\r\n" H "\r\n"),
	T(400, "an absolute target without Host",
	    "GET http://h/ HTTP/1.1\r\n\r\n"),
	T(400, "an absolute target with a user",
	    "GET http://u@h/ HTTP/1.1\r\n" H "\r\n"),
	T(400, "an absolute target without an authority",
	    "GET http:/// HTTP/1.1\r\n" H "\r\n"),
	T(400, "another scheme", "GET ftp://h/ HTTP/1.1\r\n" H "\r\n"),
	T(400, "a file target", "GET file:///x HTTP/1.1\r\n" H "\r\n"),
	T(400, "the authority form", "CONNECT h:80 HTTP/1.1\r\n" H "\r\n"),
	T(400, "the asterisk form", "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
	T(400, "a path without a slash", "GET a HTTP/1.1\r\n" H "\r\n"),
	T(400, "a query alone", "GET ?a HTTP/1.1\r\n" H "\r\n"),

	/* Paths. */
	T(400, "%00", "GET /a%00b HTTP/1.1\r\n" H "\r\n"),
	T(400, "%0a", "GET /a%0ab HTTP/1.1\r\n" H "\r\n"),
	T(400, "%7F", "GET /a%7Fb HTTP/1.1\r\n" H "\r\n"),
	T(400, "%2F", "GET /a%2Fb HTTP/1.1\r\n" H "\r\n"),
	T(400, "%2f alone", "GET /%2f HTTP/1.1\r\n" H "\r\n"),
	T(400, "a lone %", "GET /% HTTP/1.1\r\n" H "\r\n"),
	T(400, "half an escape", "GET /%4 HTTP/1.1\r\n" H "\r\n"),
	T(400, "an escape over a slash", "GET /%4/1 HTTP/1.1\r\n" H "\r\n"),
	T(400, "an escape of no digits", "GET /%zz HTTP/1.1\r\n" H "\r\n"),
	T(400, "..", "GET /.. HTTP/1.1\r\n" H "\r\n"),
	T(400, ".. inside", "GET /a/../b HTTP/1.1\r\n" H "\r\n"),
	T(400, ". inside", "GET /a/./b HTTP/1.1\r\n" H "\r\n"),
	T(400, ". at the end", "GET /a/. HTTP/1.1\r\n" H "\r\n"),
	T(400, "%2e%2E", "GET /a/%2e%2E/b HTTP/1.1\r\n" H "\r\n"),
	T(400, ".%2e", "GET /.%2e/b HTTP/1.1\r\n" H "\r\n"),
	T(400, "//", "GET // HTTP/1.1\r\n" H "\r\n"),
	T(400, "// in front", "GET //evil HTTP/1.1\r\n" H "\r\n"),
	T(400, "// inside", "GET /a//b HTTP/1.1\r\n" H "\r\n"),
	T(400, "// at the end", "GET /a// HTTP/1.1\r\n" H "\r\n"),
	T(400, "a fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n"),
	T(400, "a backslash", "GET /a\\b HTTP/1.1\r\n" H "\r\n"),
	T(400, "a quote", "GET /a\"b HTTP/1.1\r\n" H "\r\n"),
	T(400, "angle brackets", "GET /<a> HTTP/1.1\r\n" H "\r\n"),
	T(400, "a path that is not UTF-8", "GET /%ff HTTP/1.1\r\n" H "\r\n"),
	T(400, "an overlong slash", "GET /%c0%af HTTP/1.1\r\n" H "\r\n"),
	T(400, "a bad escape in the query", "GET /?a=% HTTP/1.1\r\n" H "\r\n"),
	T(400, "a fragment in the query", "GET /?a#b HTTP/1.1\r\n" H "\r\n"),
	T(400, "a quote in the query", "GET /?a=\" HTTP/1.1\r\n" H "\r\n"),
	T(404, "too many segments",
	    "GET /1/2/3/4/5/6/7/8/9 HTTP/1.1\r\n" H "\r\n"),
	T(0, "as many segments as there may be",
	    "GET /1/2/3/4/5/6/7/8/ HTTP/1.1\r\n" H "\r\n"),
	T(0, "three dots", "GET /... HTTP/1.1\r\n" H "\r\n"),
	T(0, "an escape of an escape", "GET /%252F HTTP/1.1\r\n" H "\r\n"),
	T(0, "a slash and .. in the query",
	    "GET /a?b=/../?c HTTP/1.1\r\n" H "\r\n"),

	/* Content-Length. */
	T(0, "a body", POST "Content-Length: 3\r\n\r\nabc"),
	T(0, "an empty body", POST "Content-Length: 0\r\n\r\n"),
	T(0, "leading zeros", POST "Content-Length: 0003\r\n\r\nabc"),
	T(411, "POST without a length", POST "\r\n"),
	T(411, "PUT without a length", "PUT / HTTP/1.1\r\n" H "\r\n"),
	T(400, "differing lengths",
	    POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
	T(400, "a repeated length",
	    POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
	T(400, "a list of lengths", POST "Content-Length: 3, 3\r\n\r\nabc"),
	T(400, "+3", POST "Content-Length: +3\r\n\r\nabc"),
	T(400, "-1", POST "Content-Length: -1\r\n\r\n"),
	T(400, "0x3", POST "Content-Length: 0x3\r\n\r\nabc"),
	T(400, "3.0", POST "Content-Length: 3.0\r\n\r\nabc"),
	T(400, "3 and a blank inside", POST "Content-Length: 3 3\r\n\r\nabc"),
	T(400, "an empty length", POST "Content-Length:\r\n\r\n"),
	T(400, "a comma behind a length", POST "Content-Length: 3,\r\n\r\nabc"),
	T(400, "a length with a parameter",
	    POST "Content-Length: 3;q=1\r\n\r\nabc"),
	T(400, "a quoted length", POST "Content-Length: \"3\"\r\n\r\nabc"),
	T(400, "a length with digits of another script",
	    POST "Content-Length: \xd9\xa3\r\n\r\nabc"),
	T(400, "differing lengths in HTTP/1.0", "POST / HTTP/1.0\r\n"
	    "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
	T(411, "HTTP/1.0 without a length", "POST / HTTP/1.0\r\n\r\nabc"),
	T(0, "a tab before a length", POST "Content-Length:\t3\r\n\r\nabc"),
	T(0, "a length that Connection names",
	    POST "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc"),
	T(413, "one byte more than the limit",
	    POST "Content-Length: 65537\r\n\r\n"),
	T(413, "a length of 2^64",
	    POST "Content-Length: 18446744073709551616\r\n\r\n"),
	T(413, "a length of 2^64 and 3",
	    POST "Content-Length: 18446744073709551619\r\n\r\nabc"),
	T(413, "a length of 40 digits", POST "Content-Length: "
	    "9999999999999999999999999999999999999999\r\n\r\n"),
	T(400, "GET with a body", GET "Content-Length: 1\r\n\r\na"),
	T(0, "GET with an empty body", GET "Content-Length: 0\r\n\r\n"),
	T(400, "HEAD with a body",
	    "HEAD / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\na"),
	T(400, "GET with a chunked body",
	    GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),

	/* Transfer-Encoding. */
	T(0, "chunked", CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
	T(0, "Chunked in capitals",
	    POST "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"),
	T(400, "Transfer-Encoding and Content-Length",
	    POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
	T(400, "Content-Length and Transfer-Encoding",
	    POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
	T(400, "Content-Length and an unknown Transfer-Encoding",
	    POST "Content-Length: 3\r\nTransfer-Encoding: x\r\n\r\nabc"),
	T(501, "identity", POST "Transfer-Encoding: identity\r\n\r\n"),
	T(501, "gzip, chunked",
	    POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
	T(501, "chunked, gzip",
	    POST "Transfer-Encoding: chunked, gzip\r\n\r\n"),
	T(501, "chunked, chunked",
	    POST "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	T(501, "two chunked", POST "Transfer-Encoding: chunked\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"),
	T(501, "chunked and identity", POST "Transfer-Encoding: chunked\r\n"
	    "Transfer-Encoding: identity\r\n\r\n"),
	T(501, "xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n"),
	T(501, "chunked;q=1", POST "Transfer-Encoding: chunked;q=1\r\n\r\n"),
	T(501, "a comma behind chunked",
	    POST "Transfer-Encoding: chunked,\r\n\r\n"),
	T(501, "gzip and chunked in two lines",
	    POST "Transfer-Encoding: gzip\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"),
	T(400, "a coding with a blank before the colon",
	    POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	T(400, "a folded coding",
	    POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
	T(411, "a coding by another name",
	    POST "Transfer_Encoding: chunked\r\n\r\n"),
	T(0, "a blank behind chunked",
	    POST "Transfer-Encoding: chunked \t\r\n\r\n0\r\n\r\n"),
	T(0, "chunked that Connection names", POST "Connection: "
	    "Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "0\r\n\r\n"),
	T(501, "an empty coding", POST "Transfer-Encoding:\r\n\r\n"),
	T(501, "quoted chunked",
	    POST "Transfer-Encoding: \"chunked\"\r\n\r\n"),
	T(400, "vertical tab before chunked",
	    POST "Transfer-Encoding: \013chunked\r\n\r\n"),
	T(400, "chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" H
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	T(415, "a coded body", POST "Content-Encoding: gzip\r\n"
	    "Content-Length: 1\r\n\r\na"),

	/* Chunks. */
	T(0, "several chunks", CHUNKED "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
	T(0, "a size in hexadecimal", CHUNKED "A\r\n0123456789\r\n0\r\n\r\n"),
	T(0, "zeros before a size", CHUNKED "0003\r\nabc\r\n000\r\n\r\n"),
	T(0, "an extension", CHUNKED "3;a\r\nabc\r\n0;b\r\n\r\n"),
	T(0, "an extension with values",
	    CHUNKED "3;a=b;c=\"d;\\\"\"\r\nabc\r\n0\r\n\r\n"),
	T(0, "blanks around an extension",
	    CHUNKED "3 ; a = b\r\nabc\r\n0\r\n\r\n"),
	T(0, "a trailer", CHUNKED "0\r\nX: y\r\n\r\n"),
	T(400, "no size", CHUNKED "\r\n"),
	T(400, "a size that is not hexadecimal", CHUNKED "g\r\n"),
	T(400, "0x3", CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
	T(400, "a negative size", CHUNKED "-3\r\n"),
	T(400, "a sign", CHUNKED "+3\r\nabc\r\n"),
	T(400, "a blank before a size", CHUNKED " 3\r\nabc\r\n"),
	T(400, "a blank behind a size", CHUNKED "3 \r\nabc\r\n"),
	T(400, "a tab behind a size", CHUNKED "3\t\r\nabc\r\n"),
	T(400, "a size with an h", CHUNKED "3h\r\nabc\r\n"),
	T(400, "a size with a point", CHUNKED "3.0\r\nabc\r\n"),
	T(400, "two sizes", CHUNKED "3,3\r\nabc\r\n"),
	T(413, "a size of 2^32", CHUNKED "100000000\r\n"),
	T(413, "a size of 2^63", CHUNKED "8000000000000000\r\n"),
	T(413, "a size of 2^64", CHUNKED "10000000000000000\r\n"),
	T(413, "a size of 2^64 and 3", CHUNKED "10000000000000003\r\nabc"),
	T(413, "a size beyond the limit", CHUNKED "10001\r\n"),
	T(413, "sizes beyond the limit together",
	    CHUNKED "1\r\na\r\n10000\r\n"),
	T(400, "a bare LF behind a size", CHUNKED "3\nabc\r\n0\r\n\r\n"),
	T(400, "a bare LF behind a chunk", CHUNKED "3\r\nabc\n0\r\n\r\n"),
	T(400, "a chunk longer than its size", CHUNKED "3\r\nabcd\r\n"),
	T(400, "a chunk shorter than its size", CHUNKED "3\r\nab\r\n0\r\n"),
	T(400, "no line end behind a chunk", CHUNKED "3\r\nabc0\r\n\r\n"),
	T(400, "CR without LF behind a chunk", CHUNKED "3\r\nabc\rx"),
	T(400, "an extension without a name", CHUNKED "3;\r\nabc\r\n"),
	T(400, "an extension without a value", CHUNKED "3;a=\r\nabc\r\n"),
	T(400, "an open quote", CHUNKED "3;a=\"b\r\nabc\r\n"),
	T(400, "an open quote behind a backslash",
	    CHUNKED "3;a=\"b\\\r\nabc\r\n"),
	T(400, "LF in an extension", CHUNKED "3;a\nb\r\nabc\r\n"),
	T(400, "NUL in an extension", CHUNKED "3;a\0b\r\nabc\r\n"),
	T(400, "an extension without a semicolon", CHUNKED "3 a\r\nabc\r\n"),
	T(0, "trailers that would mean something in the head", CHUNKED
	    "0\r\nHost: evil\r\nTransfer-Encoding: x\r\n"
	    "Content-Length: 99\r\n\r\n"),
	T(400, "a NUL in a trailer", CHUNKED "0\r\nX: \0\r\n\r\n"),
	T(400, "a malformed trailer", CHUNKED "0\r\nX : y\r\n\r\n"),
	T(400, "a folded trailer", CHUNKED "0\r\nX: y\r\n z\r\n\r\n"),
	T(400, "a bare LF in the trailers", CHUNKED "0\r\nX: y\n\r\n"),
	T(400, "the next request in place of the end",
	    CHUNKED "0\r\nGET / HTTP/1.1\r\n\r\n"),

	/* Other fields that stand once. */
	T(400, "two Cookies", GET "Cookie: a=1\r\nCookie: b=2\r\n\r\n"),
	T(400, "two Origins",
	    GET "Origin: http://h\r\nOrigin: http://h\r\n\r\n"),
	T(400, "two Authorizations",
	    GET "Authorization: a\r\nAuthorization: b\r\n\r\n"),
	T(400, "two tokens", GET "X-Api-Token: a\r\nX-Api-Token: b\r\n\r\n"),
	T(400, "two Content-Types", POST "Content-Length: 0\r\n"
	    "Content-Type: a/b\r\nContent-Type: a/c\r\n\r\n"),
	T(0, "two Accepts", GET "Accept: a/b\r\nAccept: c/d\r\n\r\n"),
	T(0, "Expect", POST "Expect: 100-continue\r\n"
	    "Content-Length: 1\r\n\r\na"),
	T(417, "an unknown expectation", GET "Expect: cookies\r\n\r\n"),
	T(417, "a list of expectations",
	    GET "Expect: 100-continue, x\r\n\r\n"),
	T(417, "an empty expectation", GET "Expect:\r\n\r\n"),

	/* WebSocket. */
	T(0, "a WebSocket", GET WS WS13 KEY "\r\n"),
	T(0, "a WebSocket with lists", GET "Connection: keep-alive, upgrade"
	    "\r\nUpgrade: h2c, WebSocket\r\n" WS13 KEY "\r\n"),
	T(426, "no version", GET WS KEY "\r\n"),
	T(426, "version 8",
	    GET WS "Sec-WebSocket-Version: 8\r\n" KEY "\r\n"),
	T(426, "version 130",
	    GET WS "Sec-WebSocket-Version: 130\r\n" KEY "\r\n"),
	T(400, "two versions", GET WS WS13 WS13 KEY "\r\n"),
	T(400, "no key", GET WS WS13 "\r\n"),
	T(400, "two keys", GET WS WS13 KEY KEY "\r\n"),
	T(400, "a short key",
	    GET WS WS13 "Sec-WebSocket-Key: dGhl\r\n\r\n"),
	T(400, "a key of 17 bytes", GET WS WS13
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=\r\n\r\n"),
	T(400, "a key that is not base64", GET WS WS13
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n\r\n"),
	T(400, "a key with stray bits", GET WS WS13
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n\r\n"),
	T(400, "a WebSocket by POST",
	    POST WS WS13 KEY "Content-Length: 0\r\n\r\n"),
	T(0, "Upgrade that Connection does not name",
	    GET "Upgrade: websocket\r\n\r\n"),
	T(0, "Connection without Upgrade",
	    GET "Connection: upgrade\r\n\r\n"),
	T(0, "an upgrade to something else",
	    GET "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
	T(0, "an upgrade in HTTP/1.0", "GET / HTTP/1.0\r\n" H WS "\r\n")
};

#define NTRAPS	(sizeof(traps) / sizeof(traps[0]))

#endif
