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
 * Replies: from an error's sentence, a static file, or an answer of the
 * engine, to the bytes that a client gets.  Unless something else is said, a
 * function here completes the request with connection_replied().
 */

#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include "assets.h"
#include "connection.h"

/*
 * The sentence in JSON, or the page with that status; a 401 leads a browser
 * to the page where one signs in.  There are no quotes in a sentence.
 */
void	 reply_error(struct connection *, int status, const char *, ...)
	    __attribute__((__format__ (printf, 3, 4)));
/* What the parser refused; the connection ends. */
void	 reply_malformed(struct connection *, const struct http_request *);
/* A request that did not come in time; the connection ends. */
void	 reply_late(struct connection *);
/* 405; allow: "GET, HEAD". */
void	 reply_not_allowed(struct connection *, const char *allow);
/* 303 to a path of ours. */
void	 reply_redirect(struct connection *, const char *);
/* The shell of every page. */
void	 reply_page(struct connection *, int status);
/* A static file, or 304 if the client's If-None-Match (or NULL) names it. */
void	 reply_asset(struct connection *, const struct asset *,
	    const char *match);

/*
 * The engine's answer, and the page with its status (0: the answer itself is
 * to be sent instead).  They do not complete the request: the caller first
 * forgets the answer.
 */
void	 reply_answer(struct connection *);
int	 reply_page_answer(struct connection *);

/* The head of a log in that form; the rest is the stream's. */
void	 reply_log(struct connection *, enum content);
/* 101: from here on it is a WebSocket. */
void	 reply_upgrade(struct connection *);

#endif
