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
 * A strict HTTP/1.1 request parser.
 *
 * Lines are taken byte by byte, so that a byte that may not stand there is
 * refused as soon as it comes and the way in which the bytes were cut can't
 * make a difference; bodies are copied.  Every byte is looked at a bounded
 * number of times.  The request line and the header fields stay, each with a
 * NUL behind it, in one buffer that the request points into; lines that are
 * not kept (chunk sizes, trailers) are read into the rest of it.
 *
 * This file frames: what a line is, where a body ends, which fields
 * contradict each other.  The target is target.c's, lists are http_list.c's.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "http.h"
#include "target.h"
#include "wskey.h"

/* Lines are stored with a NUL in place of CR LF. */
#define HEAD_SIZE	(HTTP_MAX_LINE + HTTP_MAX_HEADERS + \
			    HTTP_MAX_TRAILERS)

/* No caller's limit is larger, so that lengths can't overflow. */
#define BODY_SIZE	((size_t)1 << 26)

enum stage {
	STAGE_LINE,		/* the request line */
	STAGE_FIELD,		/* a header field, or the end of the head */
	STAGE_BODY,		/* a body of known length */
	STAGE_CHUNK,		/* a chunk's size */
	STAGE_CHUNK_DATA,
	STAGE_CHUNK_END,	/* the CR LF behind a chunk */
	STAGE_TRAILER,		/* a trailer field, or the end */
	STAGE_DONE,
	STAGE_FAIL
};

struct http_parser {
	struct http_request	 req;
	enum stage		 stage;
	size_t			 maxbody;
	char			*head;
	size_t			 headlen;	/* lines that are kept */
	size_t			 linelen;	/* the line behind them */
	size_t			 written;	/* bytes of head, up to now */
	size_t			 bytes;		/* of fields or trailers */
	size_t			 extensions;	/* bytes of chunk extensions */
	char			*decoded;	/* the path's segments */
	const char		*authority;	/* of an absolute target */
	char			*type;		/* content_type */
	uint8_t			*body;
	size_t			 bodysize;
	uint64_t		 wanted;	/* bytes of body or chunk */
	int			 started;
	int			 blank;		/* one empty line was skipped */
	int			 cr;		/* CR was the last byte */
	int			 expects;	/* 100-continue */
};

static int	http_fail(struct http_parser *, int, const char *);
static void	http_start(struct http_parser *);
static void	http_byte(struct http_parser *, unsigned char);
static void	http_written(struct http_parser *);
static int	http_line_room(struct http_parser *);
static void	http_line(struct http_parser *);
static int	http_request_line(struct http_parser *, char *);
static int	http_version(struct http_parser *, const char *);
static int	http_method(struct http_parser *, const char *);
static int	http_target(struct http_parser *, char *);
static char	*http_field_split(struct http_parser *, char *);
static int	http_field_add(struct http_parser *, char *);
static int	http_head_end(struct http_parser *);
static int	http_check_host(struct http_parser *);
static int	http_check_length(struct http_parser *);
static int	http_check_coding(struct http_parser *);
static int	http_check_expect(struct http_parser *);
static void	http_check_connection(struct http_parser *);
static int	http_check_websocket(struct http_parser *);
static int	http_check_type(struct http_parser *);
static int	http_chunk_size(struct http_parser *, const char *);
static int	is_chunk_extensions(const char *);
static size_t	chunk_value(const char *);
static int	http_trailer(struct http_parser *, char *);
static size_t	http_body(struct http_parser *, const uint8_t *, size_t);
static int	http_body_room(struct http_parser *, size_t);
static int	has_list_token(const struct http_request *, const char *,
		    const char *);
static size_t	token_span(const char *);
static char	ascii_lower(char);

static const char *const	methods[] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
	[HTTP_TRACE] = "TRACE",
	[HTTP_CONNECT] = "CONNECT"
};

#define NMETHODS	(sizeof(methods) / sizeof(methods[0]))

/*
 * Fields that hold one value.  Where two of them stand, someone behind or
 * before us may have taken the other one.
 */
static const char *const	singletons[] = {
	"authorization", "content-encoding", "content-length",
	"content-type", "cookie", "expect", "host", "origin",
	"sec-fetch-site", "sec-websocket-key", "sec-websocket-version",
	"x-api-token"
};

#define NSINGLETONS	(sizeof(singletons) / sizeof(singletons[0]))

struct http_parser *
http_new(size_t maxbody)
{
	struct http_parser	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if (maxbody == 0)
		maxbody = HTTP_MAX_BODY;
	p->maxbody = maxbody < BODY_SIZE ? maxbody : BODY_SIZE;
	return p;
}

void
http_free(struct http_parser *p)
{
	if (p == NULL)
		return;
	http_reset(p);
	free(p);
}

void
http_reset(struct http_parser *p)
{
	size_t	maxbody = p->maxbody;

	/* To wipe all of its size would make memory of what never was. */
	if (p->head != NULL) {
		http_written(p);
		freezero(p->head, p->written);
	}
	if (p->body != NULL)
		freezero(p->body, p->bodysize);
	free(p->decoded);
	free(p->type);
	memset(p, 0, sizeof(*p));
	p->maxbody = maxbody;
}

const struct http_request *
http_request(const struct http_parser *p)
{
	return &p->req;
}

int
http_is_started(const struct http_parser *p)
{
	return p->started;
}

int
http_wants_continue(struct http_parser *p)
{
	int	wants;

	wants = p->expects && p->req.bodylen == 0 && p->linelen == 0 &&
	    !p->cr && (p->stage == STAGE_BODY || p->stage == STAGE_CHUNK);
	if (wants)
		p->expects = 0;
	return wants;
}

const char *
http_method_name(enum http_method method)
{
	return (size_t)method < NMETHODS ? methods[method] : "?";
}

const char *
http_field(const struct http_request *req, const char *name)
{
	size_t	i;

	for (i = 0; i < req->nfields; i++)
		if (strcmp(req->field[i].name, name) == 0)
			return req->field[i].value;
	return NULL;
}

enum http_result
http_feed(struct http_parser *p, const void *data, size_t len, size_t *used)
{
	const uint8_t	*bytes = data;
	size_t		 n = 0;

	if (len > 0 && !p->started)
		http_start(p);
	while (n < len && p->stage != STAGE_DONE && p->stage != STAGE_FAIL) {
		if (p->stage == STAGE_BODY || p->stage == STAGE_CHUNK_DATA)
			n += http_body(p, bytes + n, len - n);
		else
			http_byte(p, bytes[n++]);
	}
	*used = n;
	if (p->stage == STAGE_DONE)
		return HTTP_DONE;
	return p->stage == STAGE_FAIL ? HTTP_FAIL : HTTP_MORE;
}

/* Returns -1 always, for the caller to pass on. */
static int
http_fail(struct http_parser *p, int status, const char *error)
{
	p->stage = STAGE_FAIL;
	p->req.status = status;
	p->req.error = error;
	p->req.keepalive = 0;
	return -1;
}

static void
http_start(struct http_parser *p)
{
	p->started = 1;
	if ((p->head = malloc(HEAD_SIZE)) == NULL)
		http_fail(p, 503, "out of memory");
}

/* One byte of a line. */
static void
http_byte(struct http_parser *p, unsigned char c)
{
	if (p->cr) {
		p->cr = 0;
		if (c != '\n')
			http_fail(p, 400, "a CR stands without LF");
		else
			http_line(p);
		return;
	}
	if (c == '\r') {
		p->cr = 1;
		return;
	}
	if (c == '\n')
		http_fail(p, 400, "a LF stands without CR");
	else if ((c < 0x20 && c != '\t') || c == 0x7f)
		http_fail(p, 400, "a control character stands in the head");
	else if (p->stage == STAGE_LINE && (c == '\t' || c > 0x7f))
		http_fail(p, 400, "the request line has a byte that may not "
		    "stand there");
	else if (http_line_room(p) == 0)
		p->head[p->headlen + p->linelen++] = (char)c;
}

/* How much of the head's memory holds something; the NUL is not worth it. */
static void
http_written(struct http_parser *p)
{
	if (p->headlen + p->linelen > p->written)
		p->written = p->headlen + p->linelen;
}

/*
 * Is there room for one more byte of this line, with CR LF behind it?  These
 * limits keep the sum of all within HEAD_SIZE.
 */
static int
http_line_room(struct http_parser *p)
{
	size_t	len = p->linelen + 3;

	switch (p->stage) {
	case STAGE_LINE:
		if (len > HTTP_MAX_LINE)
			return http_fail(p, 414,
			    "the request line is too long");
		return 0;
	case STAGE_FIELD:
		if (len > HTTP_MAX_FIELD || p->bytes + len > HTTP_MAX_HEADERS)
			return http_fail(p, 431,
			    "the header fields are too large");
		return 0;
	case STAGE_CHUNK:
		if (len > HTTP_MAX_CHUNK_LINE)
			return http_fail(p, 400, "a chunk's size line is too "
			    "long");
		return 0;
	case STAGE_TRAILER:
		if (p->bytes + len > HTTP_MAX_TRAILERS)
			return http_fail(p, 431,
			    "the trailer fields are too large");
		return 0;
	default:
		return http_fail(p, 400, "a chunk is longer than it says");
	}
}

/* A whole line has come; CR LF were taken off. */
static void
http_line(struct http_parser *p)
{
	char	*line = p->head + p->headlen;
	size_t	 len = p->linelen;

	line[len] = '\0';
	http_written(p);
	p->linelen = 0;
	switch (p->stage) {
	case STAGE_LINE:
		if (len == 0 && !p->blank)
			p->blank = 1;
		else if (http_request_line(p, line) == 0) {
			p->headlen += len + 1;
			p->stage = STAGE_FIELD;
		}
		break;
	case STAGE_FIELD:
		p->bytes += len + 2;
		if (len == 0)
			http_head_end(p);
		else if (http_field_add(p, line) == 0)
			p->headlen += len + 1;
		break;
	case STAGE_CHUNK:
		http_chunk_size(p, line);
		break;
	case STAGE_CHUNK_END:
		p->stage = STAGE_CHUNK;
		break;
	case STAGE_TRAILER:
		p->bytes += len + 2;
		if (len == 0)
			p->stage = STAGE_DONE;
		else
			http_trailer(p, line);
		break;
	default:
		break;
	}
}

/* method SP request-target SP HTTP-version, with single blanks. */
static int
http_request_line(struct http_parser *p, char *line)
{
	char	*target, *version;
	size_t	 len;

	len = token_span(line);
	if (len == 0 || line[len] != ' ')
		return http_fail(p, 400, "the request line is malformed");
	line[len] = '\0';
	target = line + len + 1;
	version = target + strcspn(target, " ");
	if (version == target)
		return http_fail(p, 400, "the request line is malformed");
	if (*version == '\0')
		return http_fail(p, 505, "HTTP/0.9 is not supported");
	*version++ = '\0';
	if (http_version(p, version) == -1 || http_method(p, line) == -1)
		return -1;
	return http_target(p, target);
}

/* HTTP/1.2 and up have to be read as HTTP/1.1. */
static int
http_version(struct http_parser *p, const char *s)
{
	if (strlen(s) != 8 || strncmp(s, "HTTP/", 5) != 0 ||
	    s[5] < '0' || s[5] > '9' || s[6] != '.' ||
	    s[7] < '0' || s[7] > '9')
		return http_fail(p, 400, "the HTTP version is malformed");
	if (s[5] != '1')
		return http_fail(p, 505, "this HTTP version is not supported");
	p->req.minor = s[7] == '0' ? 0 : 1;
	return 0;
}

static int
http_method(struct http_parser *p, const char *s)
{
	size_t	i;

	for (i = 0; i < NMETHODS; i++) {
		if (strcmp(methods[i], s) == 0) {
			p->req.method = (enum http_method)i;
			return 0;
		}
	}
	return http_fail(p, 501, "this method is not known");
}

static int
http_target(struct http_parser *p, char *target)
{
	const char	*error;
	int		 status;

	if ((p->decoded = malloc(strlen(target) + 2)) == NULL)
		return http_fail(p, 503, "out of memory");
	status = target_parse(&p->req, target, p->decoded, &p->authority,
	    &error);
	return status == 0 ? 0 : http_fail(p, status, error);
}

/*
 * Cuts "name:value", makes the name lower case and takes the blanks around
 * the value off.  Returns the value, NULL if the line is no field.
 */
static char *
http_field_split(struct http_parser *p, char *line)
{
	char	*value;
	char	*c;
	size_t	 len;

	if (*line == ' ' || *line == '\t') {
		http_fail(p, 400, "a header field goes on in a second line");
		return NULL;
	}
	len = token_span(line);
	if (len == 0 || line[len] != ':') {
		http_fail(p, 400, "a header field's name is malformed");
		return NULL;
	}
	line[len] = '\0';
	for (c = line; *c != '\0'; c++)
		*c = ascii_lower(*c);
	value = line + len + 1;
	value += strspn(value, " \t");
	for (len = strlen(value); len > 0; len--)
		if (value[len - 1] != ' ' && value[len - 1] != '\t')
			break;
	value[len] = '\0';
	return value;
}

static int
http_field_add(struct http_parser *p, char *line)
{
	struct http_request	*req = &p->req;
	char			*value;
	size_t			 i;

	if (req->nfields == HTTP_MAX_FIELDS)
		return http_fail(p, 431, "there are too many header fields");
	if ((value = http_field_split(p, line)) == NULL)
		return -1;
	for (i = 0; i < NSINGLETONS; i++)
		if (strcmp(singletons[i], line) == 0 &&
		    http_field(req, line) != NULL)
			return http_fail(p, 400, "a header field that may "
			    "stand once is repeated");
	if (strcmp(line, "host") == 0) {
		if (!target_host(value))
			return http_fail(p, 400, "the Host is malformed");
		req->host = value;
	}
	req->field[req->nfields].name = line;
	req->field[req->nfields++].value = value;
	return 0;
}

/* The empty line behind the fields: what do they say together? */
static int
http_head_end(struct http_parser *p)
{
	p->bytes = 0;
	if (http_check_host(p) == -1 || http_check_coding(p) == -1 ||
	    http_check_length(p) == -1 || http_check_expect(p) == -1 ||
	    http_check_type(p) == -1)
		return -1;
	http_check_connection(p);
	return http_check_websocket(p);
}

static int
http_check_host(struct http_parser *p)
{
	const struct http_request	*req = &p->req;

	if (req->host == NULL && req->minor > 0)
		return http_fail(p, 400, "the Host is missing");
	if (p->authority != NULL &&
	    (req->host == NULL || strcmp(p->authority, req->host) != 0))
		return http_fail(p, 400, "the Host is not that of the target");
	return 0;
}

/*
 * Transfer-Encoding.  On its own in HTTP/1.1 it may say "chunked"; everything
 * else about it is either not known or made to smuggle a request.
 */
static int
http_check_coding(struct http_parser *p)
{
	struct http_request	*req = &p->req;
	const char		*coding;
	size_t			 i, n = 0;

	if ((coding = http_field(req, "transfer-encoding")) == NULL)
		return 0;
	if (http_field(req, "content-length") != NULL)
		return http_fail(p, 400, "Content-Length and "
		    "Transfer-Encoding exclude each other");
	if (req->minor == 0)
		return http_fail(p, 400, "HTTP/1.0 has no Transfer-Encoding");
	for (i = 0; i < req->nfields; i++)
		n += strcmp(req->field[i].name, "transfer-encoding") == 0;
	if (n > 1 || strcasecmp(coding, "chunked") != 0)
		return http_fail(p, 501, "this transfer coding is not known");
	p->stage = STAGE_CHUNK;
	return 0;
}

/* The other way of framing, and which methods take a body at all. */
static int
http_check_length(struct http_parser *p)
{
	const char	*length;
	enum http_method method = p->req.method;
	int		 takes;

	length = http_field(&p->req, "content-length");
	if (length != NULL) {
		if (*length == '\0' ||
		    length[strspn(length, "0123456789")] != '\0')
			return http_fail(p, 400,
			    "the Content-Length is malformed");
		for (; *length != '\0'; length++) {
			p->wanted = p->wanted * 10 + (uint64_t)(*length - '0');
			if (p->wanted > p->maxbody)
				return http_fail(p, 413,
				    "the body is too large");
		}
	}
	takes = method == HTTP_POST || method == HTTP_PUT ||
	    method == HTTP_PATCH;
	if (p->stage != STAGE_CHUNK) {
		if (takes && length == NULL)
			return http_fail(p, 411, "the Content-Length is "
			    "missing");
		p->stage = p->wanted > 0 ? STAGE_BODY : STAGE_DONE;
	}
	if (!takes && p->stage != STAGE_DONE)
		return http_fail(p, 400, "this method takes no body");
	return 0;
}

static int
http_check_expect(struct http_parser *p)
{
	const char	*expect;

	if ((expect = http_field(&p->req, "expect")) == NULL)
		return 0;
	if (strcasecmp(expect, "100-continue") != 0)
		return http_fail(p, 417, "this expectation is not known");
	p->expects = p->req.minor > 0;
	return 0;
}

/*
 * The media type of the body is a copy without parameters; the field keeps
 * them.  A coded body is not taken.
 */
static int
http_check_type(struct http_parser *p)
{
	const char	*coding, *type;
	char		*c;

	coding = http_field(&p->req, "content-encoding");
	if (coding != NULL && strcasecmp(coding, "identity") != 0)
		return http_fail(p, 415, "a coded body is not taken");
	if ((type = http_field(&p->req, "content-type")) == NULL)
		return 0;
	if ((p->type = strndup(type, strcspn(type, "; \t"))) == NULL)
		return http_fail(p, 503, "out of memory");
	for (c = p->type; *c != '\0'; c++)
		*c = ascii_lower(*c);
	p->req.content_type = p->type;
	return 0;
}

static void
http_check_connection(struct http_parser *p)
{
	p->req.keepalive = p->req.minor > 0 &&
	    !has_list_token(&p->req, "connection", "close");
}

/*
 * Upgrade means something only in HTTP/1.1 and if Connection names it; else
 * it is ignored, as it is for every protocol but WebSocket.
 */
static int
http_check_websocket(struct http_parser *p)
{
	struct http_request	*req = &p->req;
	const char		*key, *version;

	if (req->minor == 0 || !has_list_token(req, "upgrade", "websocket") ||
	    !has_list_token(req, "connection", "upgrade"))
		return 0;
	if (req->method != HTTP_GET)
		return http_fail(p, 400, "a WebSocket opens with GET");
	version = http_field(req, "sec-websocket-version");
	if (version == NULL || strcmp(version, "13") != 0)
		return http_fail(p, 426, "this is not version 13 of "
		    "WebSocket");
	key = http_field(req, "sec-websocket-key");
	if (key == NULL || !wskey_is_valid(key))
		return http_fail(p, 400, "the WebSocket key is malformed");
	req->websocket = 1;
	req->websocket_key = key;
	return 0;
}

static int
http_chunk_size(struct http_parser *p, const char *line)
{
	const char	*s;
	size_t		 size = 0;

	for (s = line; hex_value((unsigned char)*s) != -1; s++) {
		size = size << 4 | (size_t)hex_value((unsigned char)*s);
		if (size > p->maxbody - p->req.bodylen)
			return http_fail(p, 413, "the body is too large");
	}
	if (s == line)
		return http_fail(p, 400, "a chunk's size is malformed");
	p->extensions += strlen(s);
	if (!is_chunk_extensions(s) || p->extensions > HTTP_MAX_CHUNK_EXT)
		return http_fail(p, 400, "a chunk's extension is malformed "
		    "or too long");
	p->wanted = size;
	p->stage = size == 0 ? STAGE_TRAILER : STAGE_CHUNK_DATA;
	return 0;
}

/*
 * *( BWS ";" BWS name [ BWS "=" BWS value ] ), all of which is ignored.  Bad
 * white space has to be taken; not so at the end of the line.
 */
static int
is_chunk_extensions(const char *s)
{
	size_t	len;

	while (*s != '\0') {
		s += strspn(s, " \t");
		if (*s++ != ';')
			return 0;
		s += strspn(s, " \t");
		if ((len = token_span(s)) == 0)
			return 0;
		s += len;
		if (s[strspn(s, " \t")] != '=')
			continue;
		s += strspn(s, " \t") + 1;
		s += strspn(s, " \t");
		if ((len = chunk_value(s)) == 0)
			return 0;
		s += len;
	}
	return 1;
}

/* The length of a token or of a quoted string, 0 if it is neither. */
static size_t
chunk_value(const char *s)
{
	const char	*p = s;

	if (*p != '"')
		return token_span(p);
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return 0;
	}
	return (size_t)(p + 1 - s);
}

/* A trailer field has to be well-formed and is ignored. */
static int
http_trailer(struct http_parser *p, char *line)
{
	return http_field_split(p, line) == NULL ? -1 : 0;
}

/* Takes bytes of a body or of a chunk.  Returns how many. */
static size_t
http_body(struct http_parser *p, const uint8_t *data, size_t len)
{
	struct http_request	*req = &p->req;

	if (len > p->wanted)
		len = (size_t)p->wanted;
	if (http_body_room(p, len) == -1)
		return 0;
	memcpy(p->body + req->bodylen, data, len);
	req->bodylen += len;
	p->body[req->bodylen] = '\0';
	p->wanted -= len;
	if (p->wanted == 0)
		p->stage = p->stage == STAGE_BODY ? STAGE_DONE :
		    STAGE_CHUNK_END;
	return len;
}

/*
 * Makes room for len more bytes and a NUL.  The body grows with what has
 * come, not with what was announced.
 */
static int
http_body_room(struct http_parser *p, size_t len)
{
	uint8_t	*body;
	size_t	 size = p->bodysize == 0 ? 1024 : p->bodysize;

	while (size < p->req.bodylen + len + 1)
		size *= 2;
	if (size == p->bodysize)
		return 0;
	if ((body = malloc(size)) == NULL)
		return http_fail(p, 503, "out of memory");
	if (p->body != NULL) {
		memcpy(body, p->body, p->req.bodylen);
		freezero(p->body, p->bodysize);
	}
	p->body = body;
	p->bodysize = size;
	p->req.body = body;
	return 0;
}

/* Fields of one name are one list, however many there are. */
static int
has_list_token(const struct http_request *req, const char *name,
    const char *token)
{
	size_t	i;

	for (i = 0; i < req->nfields; i++)
		if (strcmp(req->field[i].name, name) == 0 &&
		    http_list_has(req->field[i].value, token))
			return 1;
	return 0;
}

/* RFC 9110's tchar. */
static size_t
token_span(const char *s)
{
	return strspn(s, "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
