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
 * The HTTP request parser: each trap on its own, what good requests mean, the
 * limits to the byte, and that no way of cutting a stream makes a difference.
 * Also the head of a reply and the key of the WebSocket handshake.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../web/head.h"
#include "../../web/http.h"
#include "../../web/wskey.h"
#include "tap.h"
#include "http_dump.h"
#include "http_traps.h"

static void	 test_traps(void);
static void	 test_meaning(void);
static void	 test_body(void);
static void	 test_websocket(void);
static void	 test_limits(void);
static void	 test_splits(void);
static void	 test_pipeline(void);
static void	 test_continue(void);
static void	 test_lists(void);
static void	 test_json(void);
static void	 test_head(void);
static void	 test_linear(void);

static struct http_parser	*parser;

/* Parses with one call; the request is valid until the next one. */
static const struct http_request *
parse(const char *data, size_t len, enum http_result *result)
{
	size_t	used;

	http_reset(parser);
	*result = http_feed(parser, data, len, &used);
	return http_request(parser);
}

static const struct http_request *
parse_good(const char *data)
{
	const struct http_request	*req;
	enum http_result		 result;

	req = parse(data, strlen(data), &result);
	if (result != HTTP_DONE)
		ok(0, "not taken: %s", req->error == NULL ? "incomplete" :
		    req->error);
	return req;
}

static void
test_traps(void)
{
	const struct http_request	*req;
	enum http_result		 result;
	size_t				 i;
	int				 status;

	for (i = 0; i < NTRAPS; i++) {
		req = parse(traps[i].data, traps[i].len, &result);
		status = result == HTTP_DONE ? 0 :
		    result == HTTP_FAIL ? req->status : -1;
		is_int(status, traps[i].status, "%s: %d", traps[i].name,
		    traps[i].status);
		if (result == HTTP_FAIL)
			ok(req->error != NULL && req->error[0] != '\0' &&
			    !req->keepalive, "says why and closes");
	}
}

static void
test_meaning(void)
{
	const struct http_request	*req;

	req = parse_good("GET /my%20shop/deployments?target=a%26b&before=7 "
	    "HTTP/1.1\r\nHost: Deploy.Example.COM:8080\r\n"
	    "X-Api-Token:\t secret \t\r\nAccept: */*\r\n\r\n");
	is_int(req->method, HTTP_GET, "the method");
	is_str(http_method_name(req->method), "GET", "its name");
	is_int(req->minor, 1, "the version");
	is_int(req->nsegments, 2, "the path has two segments");
	is_str(req->segment[0], "my shop", "the first is decoded");
	is_str(req->segment[1], "deployments", "the second");
	is_int(req->trailing_slash, 0, "no slash behind them");
	is_str(req->path, "/my%20shop/deployments", "the path as sent");
	is_str(req->query, "target=a%26b&before=7", "the query as sent");
	is_str(req->host, "deploy.example.com:8080", "the host in lower case");
	is_str(http_field(req, "x-api-token"), "secret", "a trimmed value");
	ok(http_field(req, "cookie") == NULL, "a field that is not there");
	is_int(req->keepalive, 1, "HTTP/1.1 goes on");
	ok(req->content_type == NULL, "no content type");
	ok(req->body == NULL && req->bodylen == 0, "no body");

	req = parse_good(GET "\r\n");
	is_int(req->nsegments, 0, "the root has no segments");
	is_int(req->trailing_slash, 0, "and no slash behind them");
	ok(req->query == NULL, "and no query");
	req = parse_good("GET /a/? HTTP/1.1\r\n" H "\r\n");
	is_int(req->nsegments, 1, "one segment");
	is_int(req->trailing_slash, 1, "with a slash behind it");
	is_str(req->query, "", "an empty query");
	req = parse_good("GET /%C3%A4/%e2%82%ac+ HTTP/1.1\r\n" H "\r\n");
	is_str(req->segment[0], "\u00e4", "UTF-8 in a path");
	is_str(req->segment[1], "\u20ac+", "and a plus is a plus");

	req = parse_good("GET http://H:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n");
	is_str(req->path, "/a", "the path of an absolute target");
	is_str(req->query, "b", "its query");
	is_str(req->host, "h:80", "its host");
	req = parse_good("GET http://h?b HTTP/1.1\r\n" H "\r\n");
	is_str(req->path, "/", "an absolute target without a path");
	is_str(req->query, "b", "but with a query");

	is_int(parse_good(GET "Connection: close\r\n\r\n")->keepalive, 0,
	    "Connection: close");
	is_int(parse_good(GET "Connection: x\r\nConnection: y , CLOSE\r\n\r\n")
	    ->keepalive, 0, "Connection: close in a list");
	is_int(parse_good(GET "Connection: closed\r\n\r\n")->keepalive, 1,
	    "Connection: closed is not close");
	req = parse_good("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	is_int(req->keepalive, 0, "HTTP/1.0 closes");
	is_int(req->minor, 0, "and is told");
	ok(req->host == NULL, "its Host may be missing");
}

static void
test_body(void)
{
	const struct http_request	*req;

	req = parse_good(POST "Content-Type: Application/X-WWW-Form-Urlencoded"
	    " ; charset=UTF-8\r\nContent-Length: 5\r\n\r\nab=\r\n");
	is_str(req->content_type, "application/x-www-form-urlencoded",
	    "the content type without parameters");
	is_str(http_field(req, "content-type"),
	    "Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
	    "the field as it stands");
	is_int(req->bodylen, 5, "the length of the body");
	ok(memcmp(req->body, "ab=\r\n", 6) == 0, "the body and a NUL");

	req = parse_good(CHUNKED "3\r\nabc\r\n5;x=y\r\n\r\n0\r\n\r\n0\r\n"
	    "Host: evil\r\nContent-Length: 7\r\n\r\n");
	is_int(req->bodylen, 8, "the length of a chunked body");
	ok(memcmp(req->body, "abc\r\n0\r\n", 9) == 0, "its bytes");
	is_str(req->host, "h", "trailers are ignored");
	ok(http_field(req, "content-length") == NULL, "all of them");
}

static void
test_websocket(void)
{
	const struct http_request	*req;
	char				 key[WSKEY_ACCEPT_SIZE];

	req = parse_good(GET WS WS13 KEY "\r\n");
	is_int(req->websocket, 1, "a WebSocket is told");
	is_str(req->websocket_key, "dGhlIHNhbXBsZSBub25jZQ==", "its key");
	wskey_accept(req->websocket_key, key);
	is_str(key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	    "the answer of RFC 6455's example");
	wskey_accept("AAAAAAAAAAAAAAAAAAAAAA==", key);
	is_str(key, "ICX+Yqv66kxgM0FcWaLWlFLwTAI=", "and another one");
	ok(wskey_is_valid("AAAAAAAAAAAAAAAAAAAAAA=="), "a key of zeros");
	ok(!wskey_is_valid(""), "an empty key");
	is_int(parse_good(GET "Upgrade: websocket\r\n\r\n")->websocket, 0,
	    "Upgrade alone is no WebSocket");
	is_int(parse_good("GET / HTTP/1.0\r\n" WS WS13 KEY "\r\n")->websocket,
	    0, "HTTP/1.0 has no WebSocket");
}

/* Status of a request that has n bytes of filler; 0: taken. */
static int
limit(const char *head, size_t n, const char *tail, size_t maxbody)
{
	struct http_parser	*p;
	enum http_result	 result;
	char			*data;
	size_t			 used, len = strlen(head);
	int			 status;

	data = malloc(len + n + strlen(tail) + 1);
	memcpy(data, head, len);
	memset(data + len, 'a', n);
	memcpy(data + len + n, tail, strlen(tail) + 1);
	p = http_new(maxbody);
	result = http_feed(p, data, len + n + strlen(tail), &used);
	status = result == HTTP_DONE ? 0 : result == HTTP_FAIL ?
	    http_request(p)->status : -1;
	http_free(p);
	free(data);
	return status;
}

static int
limit_fields(size_t n, const char *field)
{
	char	*tail;
	size_t	 i, len = strlen(field);
	int	 status;

	tail = malloc(n * len + 3);
	for (i = 0; i < n; i++)
		memcpy(tail + i * len, field, len);
	memcpy(tail + n * len, "\r\n", 3);
	status = limit(GET, 0, tail, 0);
	free(tail);
	return status;
}

static int
limit_chunks(size_t n, const char *chunk)
{
	char	*tail;
	size_t	 i, len = strlen(chunk);
	int	 status;

	tail = malloc(n * len + 6);
	for (i = 0; i < n; i++)
		memcpy(tail + i * len, chunk, len);
	memcpy(tail + n * len, "0\r\n\r\n", 6);
	status = limit(CHUNKED, 0, tail, 0);
	free(tail);
	return status;
}

static void
test_limits(void)
{
	char	field[1025];

	/* "GET /" and " HTTP/1.1\r\n" are 16 bytes. */
	is_int(limit("GET /", HTTP_MAX_LINE - 16, " HTTP/1.1\r\n" H "\r\n", 0),
	    0, "the longest request line");
	is_int(limit("GET /", HTTP_MAX_LINE - 15, " HTTP/1.1\r\n" H "\r\n", 0),
	    414, "one byte more");
	is_int(limit("", 100000, "", 0), 414, "a line without an end");
	is_int(limit(GET "X:", HTTP_MAX_FIELD - 4, "\r\n\r\n", 0), 0,
	    "the longest field");
	is_int(limit(GET "X:", HTTP_MAX_FIELD - 3, "\r\n\r\n", 0), 431,
	    "one byte more");
	is_int(limit(GET, 100000, "", 0), 431, "a field without an end");
	is_int(limit(GET, HTTP_MAX_FIELD - 3, ":1\r\n\r\n", 0), 431,
	    "a name of 8 KB is a long field, too");
	is_int(limit_fields(63, "X: a\r\n"), 0, "as many fields as may be");
	is_int(limit_fields(64, "X: a\r\n"), 431, "one more");
	memset(field, 'a', sizeof(field));
	memcpy(field, "X:", 2);
	memcpy(field + sizeof(field) - 3, "\r\n", 3);
	is_int(limit_fields(15, field), 0, "15 fields of 1 KB");
	is_int(limit_fields(16, field), 431, "16 are too large together");

	is_int(limit(POST "Content-Length: 65536\r\n\r\n", 65536, "", 0), 0,
	    "the largest body");
	is_int(limit(POST "Content-Length: 10\r\n\r\n", 10, "", 10), 0,
	    "the largest body of a caller");
	is_int(limit(POST "Content-Length: 11\r\n\r\n", 11, "", 10), 413,
	    "one byte more");
	is_int(limit(POST "Content-Length: 200000\r\n\r\n", 200000, "",
	    200000), 0, "a caller may take more");
	is_int(limit(CHUNKED "10000\r\n", 65536, "\r\n0\r\n\r\n", 0), 0,
	    "the largest chunked body");
	is_int(limit(CHUNKED "10000\r\n", 65536, "\r\n1\r\na\r\n", 0), 413,
	    "one byte more");

	is_int(limit(CHUNKED "0;", HTTP_MAX_CHUNK_LINE - 4, "\r\n\r\n", 0), 0,
	    "the longest line of a chunk");
	is_int(limit(CHUNKED "0;", HTTP_MAX_CHUNK_LINE - 3, "\r\n\r\n", 0),
	    400, "one byte more");
	is_int(limit(CHUNKED, 0, "0000000000000000000000000000000000000000\r\n"
	    "\r\n", 0), 0, "many zeros");
	is_int(limit_chunks(2048, "1;x\r\na\r\n"), 0,
	    "as many bytes of extensions as may be");
	is_int(limit_chunks(2049, "1;x\r\na\r\n"), 400, "one more");
	is_int(limit_chunks(65536, "1\r\na\r\n"), 0, "65536 tiny chunks");
	is_int(limit(CHUNKED "0\r\nX:", HTTP_MAX_TRAILERS - 6, "\r\n\r\n", 0),
	    0, "the longest trailer");
	is_int(limit(CHUNKED "0\r\nX:", HTTP_MAX_TRAILERS - 3, "\r\n\r\n", 0),
	    431, "some bytes more");
}

static char *
dump(const char *data, size_t len, size_t first, size_t step)
{
	FILE	*f;
	char	*text;
	size_t	 size;

	f = open_memstream(&text, &size);
	http_dump_stream(f, data, len, first, step, 0);
	fclose(f);
	return text;
}

/* Every trap, with a good request behind it, cut at every byte. */
static void
test_splits(void)
{
	char	*data, *whole, *pieces;
	size_t	 i, j, len;
	int	 same;

	for (i = 0; i < NTRAPS; i++) {
		len = traps[i].len + sizeof(GET "\r\n") - 1;
		data = malloc(len);
		memcpy(data, traps[i].data, traps[i].len);
		memcpy(data + traps[i].len, GET "\r\n", sizeof(GET "\r\n") - 1);
		whole = dump(data, len, len, len);
		same = 1;
		for (j = 0; j <= len; j++) {
			/* In two, or in one and single bytes. */
			pieces = dump(data, len, j, j < len / 2 ? len : 1);
			same = same && strcmp(whole, pieces) == 0;
			free(pieces);
		}
		ok(same, "cut at every byte: %s", traps[i].name);
		free(whole);
		free(data);
	}
}

static void
test_pipeline(void)
{
	static const char	 data[] = GET "\r\n" POST
				    "Content-Length: 3\r\n\r\nabc" CHUNKED
				    "1\r\nx\r\n0\r\n\r\n" "GET /last HTTP/1.1"
				    "\r\n" H "\r\nrest";
	struct http_parser	*p = http_new(0);
	size_t			 used, off = 0;

	is_int(http_is_started(p), 0, "nothing has come");
	is_int(http_feed(p, data, 0, &used), HTTP_MORE, "still nothing");
	is_int(http_is_started(p), 0, "and it knows");
	is_int(http_feed(p, data, sizeof(data) - 1, &used), HTTP_DONE,
	    "the first of four requests");
	is_int(used, strlen(GET "\r\n"), "takes its own bytes");
	is_int(http_is_started(p), 1, "and has started");
	off += used;
	is_int(http_feed(p, data + off, 5, &used), HTTP_DONE,
	    "it stays as it is");
	is_int(used, 0, "and takes no more");
	http_reset(p);
	is_int(http_is_started(p), 0, "the next has not started");
	http_feed(p, data + off, sizeof(data) - 1 - off, &used);
	off += used;
	is_str((const char *)http_request(p)->body, "abc", "the second");
	http_reset(p);
	http_feed(p, data + off, sizeof(data) - 1 - off, &used);
	off += used;
	is_str((const char *)http_request(p)->body, "x", "the third");
	http_reset(p);
	is_int(http_feed(p, data + off, sizeof(data) - 1 - off, &used),
	    HTTP_DONE, "the fourth");
	off += used;
	is_str(http_request(p)->segment[0], "last", "is the last");
	ok(http_request(p)->body == NULL, "and has no body of others");
	is_str(data + off, "rest", "the rest is left");
	http_reset(p);
	http_feed(p, "\n", 1, &used);
	is_int(http_feed(p, GET "\r\n", 5, &used), HTTP_FAIL,
	    "a failure stays");
	is_int(used, 0, "and takes no more");
	http_free(p);
	http_free(NULL);
}

static void
test_continue(void)
{
	static const char	 head[] = POST "Expect: 100-Continue\r\n"
				    "Content-Length: 2\r\n\r\n";
	struct http_parser	*p = http_new(0);
	size_t			 used;

	http_feed(p, head, sizeof(head) - 2, &used);
	is_int(http_wants_continue(p), 0, "not before the head is complete");
	http_feed(p, "\n", 1, &used);
	is_int(http_wants_continue(p), 1, "100-continue is told");
	is_int(http_wants_continue(p), 0, "once");
	is_int(http_feed(p, "ab", 2, &used), HTTP_DONE, "then comes the body");
	http_reset(p);
	http_feed(p, head, sizeof(head) - 1, &used);
	http_feed(p, "a", 1, &used);
	is_int(http_wants_continue(p), 0, "not when the body has begun");
	http_reset(p);
	http_feed(p, POST "Expect: 100-continue\r\nTransfer-Encoding: chunked"
	    "\r\n\r\n", strlen(POST) + 52, &used);
	is_int(http_wants_continue(p), 1, "before the first chunk");
	http_reset(p);
	http_feed(p, "POST / HTTP/1.0\r\nExpect: 100-continue\r\n"
	    "Content-Length: 1\r\n\r\n", 60, &used);
	is_int(http_wants_continue(p), 0, "not in HTTP/1.0");
	http_free(p);
}

static void
test_lists(void)
{
	is_int(http_list_has("a, b ,c", "B"), 1, "a list has its item");
	is_int(http_list_has("ab", "a"), 0, "but not a part of one");
	is_int(http_list_has(",, ,a", "a"), 1, "empty items don't matter");
	is_int(http_list_has("", "a"), 0, "an empty list");
	is_int(http_list_has(NULL, "a"), 0, "no list");
	is_int(http_list_weight("gzip", "gzip"), 1000, "a weight by default");
	is_int(http_list_weight("gzip;q=0", "gzip"), 0, "none");
	is_int(http_list_weight("br, gzip ; q=0.5", "gzip"), 500, "half");
	is_int(http_list_weight("gzip;q=0.123", "gzip"), 123, "three digits");
	is_int(http_list_weight("gzip;q=1.000", "gzip"), 1000, "all");
	is_int(http_list_weight("gzip;q=1.5", "gzip"), 0, "too much");
	is_int(http_list_weight("gzip;q=x", "gzip"), 0, "no number");
	is_int(http_list_weight("gzip;q=", "gzip"), 1000, "no value");
	is_int(http_list_weight("a;v=1;q=0.2", "a"), 200, "behind another");
	is_int(http_list_weight("x-gzip, *", "gzip"), -1, "not named");
	is_int(http_list_weight(NULL, "gzip"), -1, "no list");
	is_int(http_etag_matches("W/\"a\", \"b\"", "W/\"b\""), 1, "a tag");
	is_int(http_etag_matches("\"a\"", "W/\"b\""), 0, "another tag");
	is_int(http_etag_matches("*", "\"b\""), 1, "any tag");
	is_int(http_etag_matches(NULL, "\"b\""), 0, "no tag");
}

static void
test_json(void)
{
	static const struct {
		const char	*accept;
		int		 json;
	} t[] = {
		{ "", 0 },
		{ "Accept: */*\r\n", 0 },
		{ "Accept: application/json\r\n", 1 },
		{ "Accept: Application/JSON; charset=utf-8\r\n", 1 },
		{ "Accept: application/json, text/plain, */*\r\n", 1 },
		{ "Accept: application/x-ndjson\r\n", 1 },
		{ "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", 0 },
		{ "Accept: text/html, application/json;q=0.9\r\n", 0 },
		{ "Accept: text/html;q=0.5, application/json\r\n", 1 },
		{ "Accept: text/html\r\nAccept: application/json;q=0.1\r\n",
		    0 },
		{ "Accept: application/json;q=0\r\n", 0 }
	};
	char	data[256];
	size_t	i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(data, sizeof(data), GET "%s\r\n", t[i].accept);
		is_int(http_wants_json(parse_good(data)), t[i].json,
		    "JSON or page: %zu", i);
	}
}

static void
test_head(void)
{
	struct head	 head;
	char		 big[HEAD_MAX + 1];
	ssize_t		 n;

	head_begin(&head, 200, 784111777);
	head_add(&head, "Content-Length", "%zu", (size_t)5);
	n = head_end(&head);
	ok(n > 0, "a head");
	head.buf[n] = '\0';
	ok(strncmp(head.buf, "HTTP/1.1 200 OK\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 5\r\n", 73) == 0, "its first lines");
	is_str(head.buf + n - 4, "\r\n\r\n", "its end");
	ok(strstr(head.buf, "\r\nContent-Security-Policy: default-src 'none'; "
	    "script-src 'self'; ") != NULL, "the policy");
	ok(strstr(head.buf, "unsafe-") == NULL, "without unsafe-*");
	ok(strstr(head.buf, "frame-ancestors 'none'\r\n") != NULL,
	    "not to be framed");
	ok(strstr(head.buf, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL,
	    "nosniff");
	ok(strstr(head.buf, "\r\nReferrer-Policy: ") != NULL, "referrer");
	ok(strstr(head.buf, "\r\nCross-Origin-Opener-Policy: same-origin\r\n")
	    != NULL, "opener");
	ok(strstr(head.buf, "\r\nPermissions-Policy: ") != NULL,
	    "permissions");
	ok(strstr(head.buf, "\r\nCache-Control: no-store\r\n") != NULL,
	    "no-store");

	head_begin(&head, 304, 0);
	head_add(&head, "cache-control", "no-cache");
	n = head_end(&head);
	head.buf[n] = '\0';
	ok(strstr(head.buf, "no-store") == NULL, "another cache control");
	head_begin(&head, 101, 0);
	n = head_end(&head);
	head.buf[n] = '\0';
	is_str(head.buf, "HTTP/1.1 101 Switching Protocols\r\n"
	    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n", "a plain 101");

	head_begin(&head, 303, 0);
	head_add(&head, "Location", "/a\r\nSet-Cookie: s=1");
	is_int(head_end(&head), -1, "a line end in a value is refused");
	head_begin(&head, 303, 0);
	head_add(&head, "Location", "/a\nb");
	is_int(head_end(&head), -1, "and LF alone");
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	head_begin(&head, 303, 0);
	head_add(&head, "Location", "%s", big);
	is_int(head_end(&head), -1, "a value too long is refused");
	big[HEAD_MAX - 500] = '\0';
	head_begin(&head, 303, 0);
	head_add(&head, "Location", "%s", big);
	is_int(head_end(&head), -1, "and fields too long together");
	is_str(head_reason(409), "Conflict", "a reason");
	is_str(head_reason(299), "Unknown", "an unknown one");
}

/* 16 MB of body, byte by byte: a quadratic parser would never end. */
static void
test_linear(void)
{
	static const char	 head[] = POST
				    "Content-Length: 16777216\r\n\r\n";
	struct http_parser	*p = http_new(1 << 24);
	enum http_result	 result = HTTP_MORE;
	size_t			 i, used;

	http_feed(p, head, sizeof(head) - 1, &used);
	for (i = 0; i < 1 << 24 && result == HTTP_MORE; i++)
		result = http_feed(p, "a", 1, &used);
	is_int(result, HTTP_DONE, "16 MB in single bytes");
	is_int(http_request(p)->bodylen, 1 << 24, "are 16 MB");
	http_free(p);
}

int
main(void)
{
	parser = http_new(0);
	test_traps();
	test_meaning();
	test_body();
	test_websocket();
	test_limits();
	test_splits();
	test_pipeline();
	test_continue();
	test_lists();
	test_json();
	test_head();
	test_linear();
	http_free(parser);
	return done_testing();
}
