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
 * The request target.  A path that a proxy could read in another way than we
 * do is refused rather than normalised: empty and dot segments, an encoded
 * slash, an encoded NUL.  It touches no bytes but those it is given.
 */

#include <sys/types.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "../common/utf8.h"
#include "decode.h"
#include "http.h"
#include "target.h"

static int		 target_absolute(char **, const char **,
			    const char **);
static int		 target_path(struct http_request *, const char *,
			    char *, const char **);
static const char	*target_segment(const char *, size_t, char *,
			    size_t *);
static int		 is_path_char(int);
static int		 is_query(const char *);
static int		 is_port(const char *);

int
target_parse(struct http_request *req, char *target, char *decoded,
    const char **authority, const char **error)
{
	char	*path = target, *query;

	*authority = NULL;
	if (*target != '/') {
		if (target_absolute(&path, authority, error) == -1)
			return 400;
	}
	if ((query = strchr(path, '?')) != NULL) {
		*query++ = '\0';
		if (!is_query(query)) {
			*error = "the query has a character or an escape "
			    "that may not stand there";
			return 400;
		}
	}
	req->query = query;
	req->path = *path == '\0' ? "/" : path;
	return target_path(req, req->path, decoded, error);
}

/*
 * "http://host[:port][/path][?query]": the host moves to the left, over the
 * scheme, so that a NUL fits behind it.
 */
static int
target_absolute(char **target, const char **authority, const char **error)
{
	char	*p = *target;
	size_t	 len, scheme;

	*error = "the request target is neither a path nor an http URL";
	if (strncasecmp(p, "http://", 7) == 0)
		scheme = 7;
	else if (strncasecmp(p, "https://", 8) == 0)
		scheme = 8;
	else
		return -1;
	len = strcspn(p + scheme, "/?");
	*target = p + scheme + len;
	memmove(p, p + scheme, len);
	p[len] = '\0';
	*authority = p;
	return target_host(p) ? 0 : -1;
}

static int
target_path(struct http_request *req, const char *p, char *decoded,
    const char **error)
{
	size_t	len, n;

	req->nsegments = 0;
	req->trailing_slash = 0;
	for (p++; *p != '\0'; p += len) {
		len = strcspn(p, "/");
		if ((*error = target_segment(p, len, decoded, &n)) != NULL)
			return 400;
		if (req->nsegments == HTTP_MAX_SEGMENTS) {
			*error = "there is no page at such a long path";
			return 404;
		}
		req->segment[req->nsegments++] = decoded;
		decoded += n + 1;
		if (p[len] == '/' && p[++len] == '\0')
			req->trailing_slash = 1;
	}
	return 0;
}

/* Decodes one segment.  Returns what is wrong with it. */
static const char *
target_segment(const char *p, size_t len, char *decoded, size_t *result)
{
	ssize_t	n;
	size_t	i;

	if (len == 0)
		return "the path has an empty segment";
	for (i = 0; i < len; i++)
		if (!is_path_char((unsigned char)p[i]))
			return "the path has a character that may not stand "
			    "there";
	if ((n = percent_decode(decoded, p, len, 0)) == -1)
		return "the path has an invalid %-escape";
	for (i = 0; i < (size_t)n; i++)
		if ((unsigned char)decoded[i] < 0x20 || decoded[i] == 0x7f ||
		    decoded[i] == '/')
			return "the path has an escaped slash or control "
			    "character";
	decoded[n] = '\0';
	if (strcmp(decoded, ".") == 0 || strcmp(decoded, "..") == 0)
		return "the path has a dot segment";
	if (!utf8_is_valid(decoded, (size_t)n))
		return "the path is not valid UTF-8";
	*result = (size_t)n;
	return NULL;
}

/* RFC 3986's pchar, and '%', whose digits are checked when it is decoded. */
static int
is_path_char(int c)
{
	return c < 0x80 && (isalnum(c) ||
	    (c != '\0' && strchr("-._~!$&'()*+,;=:@%", c) != NULL));
}

static int
is_query(const char *p)
{
	for (; *p != '\0'; p++) {
		if (!is_path_char((unsigned char)*p) && *p != '/' && *p != '?')
			return 0;
		if (*p == '%' && (hex_value((unsigned char)p[1]) == -1 ||
		    hex_value((unsigned char)p[2]) == -1))
			return 0;
	}
	return 1;
}

int
target_host(char *host)
{
	char	*p = host;

	if (*p == '[') {
		p += 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
		if (p - host < 3 || *p++ != ']')
			return 0;
	} else {
		p += strspn(p, "0123456789abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._");
		if (p == host)
			return 0;
	}
	if (*p != '\0' && (*p != ':' || !is_port(p + 1)))
		return 0;
	for (p = host; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return 1;
}

static int
is_port(const char *p)
{
	unsigned long	port = 0;
	size_t		i;

	for (i = 0; p[i] >= '0' && p[i] <= '9' && i < 5; i++)
		port = port * 10 + (unsigned long)(p[i] - '0');
	return i > 0 && p[i] == '\0' && port > 0 && port <= 65535;
}
