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
 * Everything that the HTTP parser says about a stream of requests, as text,
 * so that two ways of cutting the stream can be compared.  Shared by the unit
 * test and the fuzz target; owns nothing.
 */

#ifndef HTTP_DUMP_H
#define HTTP_DUMP_H

#include <stdio.h>
#include <string.h>

#include "../../web/http.h"

static void
http_dump_string(FILE *f, const char *name, const char *s)
{
	fprintf(f, "%s=%s%s\n", name, s == NULL ? "NULL" : "'",
	    s == NULL ? "" : s);
}

static void
http_dump(FILE *f, enum http_result result, const struct http_request *req)
{
	size_t	i;

	if (result == HTTP_FAIL) {
		fprintf(f, "fail %d %s %d\n", req->status, req->error,
		    req->keepalive);
		return;
	}
	if (result == HTTP_MORE) {
		fprintf(f, "more\n");
		return;
	}
	fprintf(f, "%s minor=%d keepalive=%d websocket=%d slash=%d\n",
	    http_method_name(req->method), req->minor, req->keepalive,
	    req->websocket, req->trailing_slash);
	http_dump_string(f, "path", req->path);
	http_dump_string(f, "query", req->query);
	http_dump_string(f, "host", req->host);
	http_dump_string(f, "type", req->content_type);
	http_dump_string(f, "key", req->websocket_key);
	for (i = 0; i < req->nsegments; i++)
		http_dump_string(f, "segment", req->segment[i]);
	for (i = 0; i < req->nfields; i++)
		http_dump_string(f, req->field[i].name, req->field[i].value);
	fprintf(f, "json=%d body=%zu ", http_wants_json(req), req->bodylen);
	if (req->body != NULL)
		fwrite(req->body, 1, req->bodylen, f);
	fprintf(f, "\n");
}

/*
 * Feeds the whole stream in pieces: the first one of first bytes, the others
 * of step bytes; each is copied to memory of its own size, so that a read
 * behind it is seen.  Writes what came out, and how many bytes were used.
 */
static void
http_dump_stream(FILE *f, const char *data, size_t len, size_t first,
    size_t step, size_t maxbody)
{
	struct http_parser	*p;
	enum http_result	 result = HTTP_MORE;
	char			*piece;
	size_t			 used, n, done = 0, off = 0;

	if ((p = http_new(maxbody)) == NULL)
		return;
	while (off < len && result != HTTP_FAIL) {
		n = off == 0 ? first : step;
		if (n > len - off)
			n = len - off;
		if (n == 0)
			n = 1;
		if ((piece = malloc(n)) == NULL)
			break;
		memcpy(piece, data + off, n);
		result = http_feed(p, piece, n, &used);
		memset(piece, '#', n);
		free(piece);
		off += used;
		if (result == HTTP_MORE && used != n)
			abort();
		if (result == HTTP_DONE) {
			fprintf(f, "used=%zu ", off - done);
			done = off;
			http_dump(f, result, http_request(p));
			http_reset(p);
		}
	}
	if (result != HTTP_DONE) {
		fprintf(f, "used=%zu ", off - done);
		http_dump(f, result, http_request(p));
	}
	http_free(p);
}

#endif
