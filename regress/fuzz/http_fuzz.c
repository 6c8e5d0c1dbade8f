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
 * Feeds a stream of requests to the HTTP parser whole and in pieces, and
 * aborts if that makes a difference, or if a request breaks what http.h
 * promises.  The first two bytes choose the pieces.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/http_dump.h"
#include "../../common/utf8.h"
#include "../../web/cookie.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char	*dump(const char *, size_t, size_t, size_t);
static void	 check(const char *, size_t);
static void	 check_request(const struct http_request *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*stream = (const char *)data + 2;
	char		*whole, *pieces;
	size_t		 first, step;

	if (len < 3)
		return 0;
	first = data[0];
	step = 1 + (data[1] & 31);
	len -= 2;
	whole = dump(stream, len, len, len);
	pieces = dump(stream, len, first, step);
	require(strcmp(whole, pieces) == 0);
	free(pieces);
	pieces = dump(stream, len, 1, 1);
	require(strcmp(whole, pieces) == 0);
	free(pieces);
	free(whole);
	check(stream, len);
	return 0;
}

static char *
dump(const char *stream, size_t len, size_t first, size_t step)
{
	FILE	*f;
	char	*text;
	size_t	 size;

	f = open_memstream(&text, &size);
	require(f != NULL);
	http_dump_stream(f, stream, len, first, step, 2048);
	fclose(f);
	return text;
}

static void
check(const char *stream, size_t len)
{
	struct http_parser	*p;
	size_t			 used;

	p = http_new(2048);
	require(p != NULL);
	if (http_feed(p, stream, len, &used) == HTTP_DONE)
		check_request(http_request(p));
	http_free(p);
}

static void
check_request(const struct http_request *req)
{
	const char	*s;
	char		 value[64];
	size_t		 i;

	require(req->minor == 0 || req->host != NULL);
	require(req->path[0] == '/' && req->bodylen <= 2048);
	require(!req->websocket || strlen(req->websocket_key) == 24);
	require(req->nsegments <= HTTP_MAX_SEGMENTS);
	for (i = 0; i < req->nsegments; i++) {
		s = req->segment[i];
		require(*s != '\0' && strchr(s, '/') == NULL);
		require(strcmp(s, ".") != 0 && strcmp(s, "..") != 0);
		require(utf8_is_valid(s, strlen(s)));
	}
	require(req->nfields <= HTTP_MAX_FIELDS);
	for (i = 0; i < req->nfields; i++) {
		s = req->field[i].name;
		require(*s != '\0' && strpbrk(s, " \t\r\n:") == NULL);
		require(strpbrk(req->field[i].value, "\r\n") == NULL);
	}
	s = http_field(req, "cookie");
	if (cookie_find(s, "s", value, sizeof(value)) == 1)
		require(strlen(value) < sizeof(value));
	http_list_weight(http_field(req, "accept-encoding"), "gzip");
	http_etag_matches(http_field(req, "if-none-match"), "W/\"a\"");
}

static void
require(int condition)
{
	if (!condition)
		abort();
}
