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
 * Putting replies together.  Redirects are paths, so they lead to the host of
 * the public URL, which is the only one that is served; cookies are made from
 * the settings alone.
 */

#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/log.h"
#include "head.h"
#include "reply.h"
#include "settings.h"

#define SENTENCE_MAX	512
#define LOGIN_PATH	"/-/login"

static void	reply_begin(const struct connection *, struct head *, int);
static int	reply_head(struct connection *, struct head *);
static void	reply_broken(struct connection *);
static bool	reply_length(const struct connection *, struct head *, size_t);
static void	reply_sentence(struct connection *, struct head *,
		    const char *);
static void	reply_shell(struct connection *, int);
static void	reply_cookie(struct head *, const char *);
static bool	answer_is_sane(const struct answered *);

static const char *const types[CONTENT_MAX] = {
	[CONTENT_JSON] =	"application/json",
	[CONTENT_NDJSON] =	"application/x-ndjson",
	[CONTENT_TEXT] =	"text/plain; charset=utf-8",
	[CONTENT_METRICS] =	"text/plain; version=0.0.4; charset=utf-8",
};

static void
reply_begin(const struct connection *c, struct head *head, int status)
{
	head_begin(head, status, time(NULL));
	if (!c->asked.keepalive)
		head_add(head, "Connection", "close");
	if (status == 401)
		head_add(head, "WWW-Authenticate", "Bearer");
	else if (status == 503)
		head_add(head, "Retry-After", "1");
}

/* Ends and queues the head; -1 if it can't be sent: the request is over. */
static int
reply_head(struct connection *c, struct head *head)
{
	ssize_t	len;

	if ((len = head_end(head)) != -1)
		output_add(&c->out, head->buf, (size_t)len);
	else
		reply_broken(c);
	explicit_bzero(head->buf, head->len);
	return len == -1 ? -1 : 0;
}

/* What was to be said has bytes that no head may have. */
static void
reply_broken(struct connection *c)
{
	static const char	fixed[] =
	    "HTTP/1.1 500 Internal Server Error\r\n"
	    "Connection: close\r\n"
	    "Content-Length: 0\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "\r\n";

	log_warnx("reply failed: reason=\"its head is too long or "
	    "malformed\"");
	output_add_static(&c->out, fixed, sizeof(fixed) - 1);
	c->asked.keepalive = false;
}

/* True: the body goes out, too. */
static bool
reply_length(const struct connection *c, struct head *head, size_t len)
{
	if (head->status == 204 || head->status == 304)
		return false;
	head_add(head, "Content-Length", "%zu", len);
	return c->asked.method != HTTP_HEAD;
}

/* The body of an error. */
static void
reply_sentence(struct connection *c, struct head *head, const char *sentence)
{
	char	body[MSG_SHORT_MAX + 32];
	bool	full;
	int	n;

	n = snprintf(body, sizeof(body), c->asked.plain ? "%s\n" :
	    "{\"error\":\"%s\"}\n", sentence);
	head_add(head, "Content-Type", "%s",
	    types[c->asked.plain ? CONTENT_TEXT : CONTENT_JSON]);
	full = reply_length(c, head, (size_t)n);
	if (reply_head(c, head) == 0 && full)
		output_add(&c->out, body, (size_t)n);
}

void
reply_error(struct connection *c, int status, const char *fmt, ...)
{
	struct head	head;
	char		sentence[SENTENCE_MAX];
	va_list		ap;

	if (c->phase == PHASE_DEAD)
		return;
	/* Who is not signed in is led to where one signs in. */
	if (status == 401 && c->asked.page && c->asked.browser) {
		reply_redirect(c, LOGIN_PATH);
		return;
	}
	if (c->asked.page && status != 401) {
		reply_page(c, status);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	reply_begin(c, &head, status);
	reply_sentence(c, &head, sentence);
	connection_replied(c);
}

void
reply_malformed(struct connection *c, const struct http_request *req)
{
	struct head	head;

	memset(&c->asked, 0, sizeof(c->asked));
	c->asked.method = req->method;
	reply_begin(c, &head, req->status);
	if (req->status == 426) {
		head_add(&head, "Connection", "Upgrade");
		head_add(&head, "Upgrade", "websocket");
		head_add(&head, "Sec-WebSocket-Version", "13");
	}
	reply_sentence(c, &head, req->error);
	connection_replied(c);
}

void
reply_late(struct connection *c)
{
	if (!http_is_started(c->parser)) {
		connection_close(c);
		return;
	}
	memset(&c->asked, 0, sizeof(c->asked));
	reply_error(c, 408, "the request did not come in time");
}

void
reply_not_allowed(struct connection *c, const char *allow)
{
	struct head	head;

	reply_begin(c, &head, 405);
	head_add(&head, "Allow", "%s", allow);
	reply_sentence(c, &head, "this method is not allowed here");
	connection_replied(c);
}

void
reply_redirect(struct connection *c, const char *path)
{
	struct head	head;

	reply_begin(c, &head, 303);
	head_add(&head, "Location", "%s", path);
	head_add(&head, "Content-Length", "0");
	reply_head(c, &head);
	connection_replied(c);
}

void
reply_page(struct connection *c, int status)
{
	reply_shell(c, status);
	connection_replied(c);
}

static void
reply_shell(struct connection *c, int status)
{
	const struct asset	*shell = asset_find("index.html");
	struct head		 head;
	size_t			 len;
	bool			 full, gzip;

	if (shell == NULL)
		fatalx("no index.html was compiled in");
	gzip = c->asked.gzip && shell->gziplen > 0;
	len = gzip ? shell->gziplen : shell->plainlen;
	reply_begin(c, &head, status);
	if (c->answered.session != NULL)
		reply_cookie(&head, c->answered.session);
	head_add(&head, "Content-Type", "%s", shell->type);
	head_add(&head, "Vary", "Accept, Accept-Encoding");
	if (gzip)
		head_add(&head, "Content-Encoding", "gzip");
	full = reply_length(c, &head, len);
	if (reply_head(c, &head) == 0 && full)
		output_add_static(&c->out, gzip ? shell->gzip : shell->plain,
		    len);
}

void
reply_asset(struct connection *c, const struct asset *asset, const char *match)
{
	struct head	head;
	size_t		len;
	bool		full, gzip;

	gzip = c->asked.gzip && asset->gziplen > 0;
	len = gzip ? asset->gziplen : asset->plainlen;
	reply_begin(c, &head, http_etag_matches(match, asset->etag) ? 304 :
	    200);
	head_add(&head, "Cache-Control", "no-cache");
	head_add(&head, "ETag", "%s", asset->etag);
	head_add(&head, "Vary", "Accept-Encoding");
	if (head.status == 200) {
		head_add(&head, "Content-Type", "%s", asset->type);
		if (gzip)
			head_add(&head, "Content-Encoding", "gzip");
	}
	full = reply_length(c, &head, len);
	if (reply_head(c, &head) == 0 && full)
		output_add_static(&c->out, gzip ? asset->gzip : asset->plain,
		    len);
	connection_replied(c);
}

/* The session's cookie; "-" ends it. */
static void
reply_cookie(struct head *head, const char *session)
{
	const char	*secure = web_settings.https ? "; Secure" : "";

	if (strcmp(session, "-") == 0)
		head_add(head, "Set-Cookie", "%s=; Path=/; Max-Age=0; "
		    "HttpOnly; SameSite=Lax%s", web_settings.cookie, secure);
	else
		head_add(head, "Set-Cookie", "%s=%s; Path=/; Max-Age=%" PRIu64
		    "; HttpOnly; SameSite=Lax%s", web_settings.cookie, session,
		    web_settings.limits[LIMIT_SESSION_AGE] / 1000, secure);
}

/*
 * A path here, or a page on another site, and a value that a cookie can have:
 * what else a sibling says becomes no header field.
 */
static bool
answer_is_sane(const struct answered *a)
{
	const char	*l = a->location;

	if (l != NULL && strncmp(l, "https://", 8) != 0 &&
	    (l[0] != '/' || l[1] == '/' || l[1] == '\\'))
		return false;
	return a->session == NULL || strcspn(a->session, " \t\",;\\") ==
	    strlen(a->session);
}

void
reply_answer(struct connection *c)
{
	struct answered	*a = &c->answered;
	struct head	 head;
	bool		 full;

	if (!answer_is_sane(a)) {
		reply_broken(c);
		return;
	}
	reply_begin(c, &head, (int)a->status);
	if (a->location != NULL)
		head_add(&head, "Location", "%s", a->location);
	if (a->session != NULL)
		reply_cookie(&head, a->session);
	if (a->sentence != NULL && c->asked.plain) {
		reply_sentence(c, &head, a->sentence);
		return;
	}
	if (types[a->content] != NULL)
		head_add(&head, "Content-Type", "%s", types[a->content]);
	full = reply_length(c, &head, a->len);
	if (reply_head(c, &head) == -1 || !full)
		return;
	if (a->len < OUTPUT_SMALL)
		output_add(&c->out, a->body, a->len);
	else {
		output_add_owned(&c->out, a->body, a->len);
		a->body = NULL;
	}
}

int
reply_page_answer(struct connection *c)
{
	struct answered	*a = &c->answered;
	struct head	 head;

	if (!answer_is_sane(a)) {
		reply_broken(c);
		return 1;
	}
	/* A program gets the engine's own words, when they have come. */
	if (a->status == 401 && !c->asked.browser)
		return 0;
	if (a->status != 401 && a->location == NULL) {
		reply_shell(c, (int)a->status);
		return 1;
	}
	reply_begin(c, &head, 303);
	head_add(&head, "Location", "%s", a->status == 401 ? LOGIN_PATH :
	    a->location);
	if (a->session != NULL)
		reply_cookie(&head, a->session);
	head_add(&head, "Content-Length", "0");
	reply_head(c, &head);
	return 1;
}

void
reply_log(struct connection *c, enum content content)
{
	struct head	head;

	reply_begin(c, &head, 200);
	head_add(&head, "Content-Type", "%s", types[content]);
	head_add(&head, "X-Accel-Buffering", "no");
	if (content == CONTENT_TEXT)
		head_add(&head, "Content-Disposition",
		    "inline; filename=\"deployment-%" PRIu64 ".log\"",
		    c->asked.deployment);
	if (c->asked.minor > 0)
		head_add(&head, "Transfer-Encoding", "chunked");
	reply_head(c, &head);
}

void
reply_upgrade(struct connection *c)
{
	struct head	head;

	head_begin(&head, 101, time(NULL));
	head_add(&head, "Upgrade", "websocket");
	head_add(&head, "Connection", "Upgrade");
	head_add(&head, "Sec-WebSocket-Accept", "%s", c->asked.accept);
	reply_head(c, &head);
}
