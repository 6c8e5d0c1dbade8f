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
 * The HTTP client of the processes that talk to outside services: libcurl's
 * multi interface under libevent, without redirects, proxies or cookies.
 */

#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stddef.h>

struct http_call;

struct http_request {
	const char		*method;
	const char		*url;		/* http or https */
	const char *const	*headers;	/* "Name: value", then NULL */
	const void		*body;		/* copied; may be NULL */
	size_t			 len;
	unsigned		 timeout;	/* for the whole call, ms */
};

struct http_reply {
	long		 status;	/* 0: none came, and error says why */
	const char	*error;
	const void	*body;		/* at most HTTP_REPLY_MAX bytes */
	size_t		 len;
	unsigned	 retry_after;	/* seconds, 0 when not named */
};

#define HTTP_REPLY_MAX	(1024 * 1024)

/* Called once; the reply lives until it returns. */
typedef void (*http_done)(const struct http_reply *, void *arg);

/*
 * Starts the client with a CA bundle in PEM, which it copies; may be called
 * again with a newer one.  -1 when curl can't start or there is no memory.
 */
int		  http_client_init(const void *ca, size_t len);

/* Begins a call; NULL when it can't be begun, and done is not called. */
struct http_call *http_call_start(const struct http_request *, http_done,
		    void *arg);
/* Ends a call early; done is not called. */
void		  http_call_cancel(struct http_call *);

#endif
