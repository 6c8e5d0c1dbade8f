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
 * Requests to the server: the one place that knows libcurl.
 */

#ifndef TONI_HTTP_H
#define TONI_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct transfer;

/*
 * Takes the body of an answer with status 200 as it comes; false: enough, the
 * transfer ends.
 */
typedef bool	http_data(void *arg, const char *, size_t);

/* Ends the program when this is no address of a server. */
void		 http_init(const char *host, const char *token);
/* "https://deploy.example.com", for people: no password in it. */
const char	*http_address(void);
/* Percent-encodes; to be freed. */
char		*http_escape(const char *);

/*
 * Begins a request: a POST when there is a form ("" for an empty one), else a
 * GET.  Without a data function the body is gathered, up to a bound, and the
 * whole has a minute; with one it may last.
 */
struct transfer	*http_start(const char *path, const char *form, http_data *,
		    void *arg);
/*
 * Waits until something has happened: on a transfer, on the descriptor (-1:
 * none), ^C, or so many milliseconds.  Returns whether the descriptor has
 * something to read.
 */
bool		 http_wait(int ms, int fd);
void		 http_pause(struct transfer *, bool);
bool		 http_is_done(const struct transfer *);
/* Whether the server has begun to answer with 200. */
bool		 http_is_answered(const struct transfer *);
/* Ends it if it runs.  NULL is fine. */
void		 http_end(struct transfer *);

/* Waits for its end; each ^C calls interrupted, which may not return. */
void		 http_finish(struct transfer *, void (*interrupted)(void));

/* Of one that is done. */
long		 http_status(const struct transfer *);	/* 0: no answer */
const char	*http_body(const struct transfer *, size_t *len);
/* Where a redirect leads: a path, or NULL. */
char		*http_location(const struct transfer *);
/* NULL when the answer came to its end; else what went wrong. */
const char	*http_error(const struct transfer *);
/* And what to do about it, when there is no answer at all. */
const char	*http_advice(const struct transfer *);
/* Whether nothing of the request can have reached the server. */
bool		 http_is_unsent(const struct transfer *);

#endif
