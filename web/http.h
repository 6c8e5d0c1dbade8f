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
 * A strict HTTP/1.1 request parser: a pure function over bytes.  It owns the
 * memory of the one request that it is reading, refuses whatever RFC 9110
 * and RFC 9112 let a server refuse, and never does I/O.  The result depends
 * on the bytes alone, not on how they were cut into pieces.
 */

#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <sys/types.h>
#include <stdint.h>

#define HTTP_MAX_LINE		8192	/* request line; beyond: 414 */
#define HTTP_MAX_FIELDS		64	/* header fields; beyond: 431 */
#define HTTP_MAX_FIELD		8192	/* bytes of one field; beyond: 431 */
#define HTTP_MAX_HEADERS	16384	/* bytes of all fields; beyond: 431 */
#define HTTP_MAX_SEGMENTS	8	/* of a path; beyond: 404 */
#define HTTP_MAX_BODY		65536	/* default limit; beyond: 413 */
#define HTTP_MAX_CHUNK_LINE	256	/* chunk size and extensions */
#define HTTP_MAX_CHUNK_EXT	4096	/* extensions of one body in all */
#define HTTP_MAX_TRAILERS	4096	/* bytes of all trailer fields */

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_TRACE,
	HTTP_CONNECT
};

enum http_result {
	HTTP_MORE,	/* not complete: feed more bytes */
	HTTP_DONE,	/* a whole request stands in the parser */
	HTTP_FAIL	/* answer with status and error, then close */
};

struct http_field {
	const char	*name;		/* lower case */
	const char	*value;		/* without blanks around it */
};

/*
 * One request.  All strings are NUL-terminated, contain no NUL and belong to
 * the parser: they are valid until http_reset() or http_free().  Before
 * HTTP_DONE only status, error and (after a request line) method and
 * minor mean something.
 */
struct http_request {
	enum http_method	 method;
	int			 minor;		/* 0 or 1: HTTP/1.minor */
	const char		*path;		/* as sent, in origin form */
	const char		*query;		/* as sent; NULL: no '?' */
	const char		*segment[HTTP_MAX_SEGMENTS]; /* decoded UTF-8 */
	size_t			 nsegments;	/* 0: "/" */
	int			 trailing_slash; /* "/a/" but not "/" */
	const char		*host;		/* lower case; NULL: 1.0 */
	const char		*content_type;	/* lower case, no parameters */
	struct http_field	 field[HTTP_MAX_FIELDS];
	size_t			 nfields;
	const uint8_t		*body;		/* NULL: none; ends in a NUL */
	size_t			 bodylen;
	int			 keepalive;	/* may go on after the reply */
	int			 websocket;	/* a valid upgrade request */
	const char		*websocket_key;	/* set if websocket is */
	int			 status;	/* HTTP_FAIL: 4xx or 5xx */
	const char		*error;		/* HTTP_FAIL: one sentence */
};

struct http_parser;

/*
 * A parser for one connection; maxbody is the largest body that it takes
 * (0: HTTP_MAX_BODY; at most 64 MB).  Returns NULL without memory.
 */
struct http_parser	*http_new(size_t);

/* Wipes and frees the parser and its request. */
void			 http_free(struct http_parser *);

/* Wipes the request and makes ready for the next one on the connection. */
void			 http_reset(struct http_parser *);

/*
 * Reads on.  *used is set to the number of bytes that were taken from data;
 * what stays behind HTTP_DONE belongs to the next request (pipelining): feed
 * it again after http_reset().  After HTTP_DONE and HTTP_FAIL nothing more is
 * taken and the same result is returned.
 */
enum http_result	 http_feed(struct http_parser *, const void *, size_t,
			    size_t *used);

/* The request; never NULL. */
const struct http_request *http_request(const struct http_parser *);

/* Has a byte of the current request come?  (Idle or slow?) */
int			 http_is_started(const struct http_parser *);

/*
 * Is the head complete, did it say "Expect: 100-continue", and has no byte
 * of the body come?  Then the caller should send HTTP_CONTINUE_REPLY; this is
 * true once only.
 */
int			 http_wants_continue(struct http_parser *);
#define HTTP_CONTINUE_REPLY	"HTTP/1.1 100 Continue\r\n\r\n"

/*
 * The value of a field, NULL if there is none.  Name in lower case.  The
 * fields that must stand once (Host, Cookie, Origin, Authorization,
 * X-Api-Token, Content-Type ...) are known to do so; of others, it is the
 * first one: walk over field[] for all.
 */
const char		*http_field(const struct http_request *, const char *);

/* Does a comma-separated list of tokens hold this one, without case? */
int			 http_list_has(const char *, const char *);

/*
 * The weight, in thousandths (0 to 1000), that an Accept or Accept-Encoding
 * value gives to exactly this item; -1 if it does not name it or value is
 * NULL.  Wildcards name nothing.
 */
int			 http_list_weight(const char *, const char *);

/*
 * Does the client ask for JSON rather than for the page?  It does if Accept
 * names application/json (or application/x-ndjson) and no text/html that
 * weighs more.
 */
int			 http_wants_json(const struct http_request *);

/* Does an If-None-Match value (may be NULL) name this entity tag? */
int			 http_etag_matches(const char *, const char *);

/* "GET" ... */
const char		*http_method_name(enum http_method);

#endif
