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
 * Decides.  Nothing here is remembered: each request is looked up and decided
 * anew, so that what was taken away is gone with the next one.
 */

#include "config.h"

#include <string.h>

#include "../common/log.h"
#include "access.h"
#include "times.h"

struct conf	*engine_conf;

bool
is_login(const char *s)
{
	size_t	n;

	n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.-");
	return n > 0 && n <= LOGIN_MAX && s[n] == '\0';
}

static bool
conf_reads(const struct conf_application *a, const char *login)
{
	const struct conf_target	*t;
	size_t				 i;

	if (conf_has_login(a->readers.v, a->readers.n, login))
		return true;
	for (i = 0; i < a->targets.n; i++) {
		t = a->targets.v[i];
		if (conf_has_login(t->deployers.v, t->deployers.n, login))
			return true;
	}
	return false;
}

bool
access_known(const char *login)
{
	size_t	i;

	for (i = 0; i < engine_conf->applications.n; i++)
		if (conf_reads(engine_conf->applications.v[i], login))
			return true;
	return false;
}

bool
access_reads(const struct who *w, const struct conf_application *a)
{
	return (*w->application == '\0' ||
	    strcmp(w->application, a->name) == 0) &&
	    conf_reads(a, w->login);
}

bool
access_reads_target(const struct who *w, const struct conf_application *a,
    const char *target)
{
	return access_reads(w, a) &&
	    (*w->target == '\0' || strcmp(w->target, target) == 0);
}

bool
access_deploys(const struct who *w, const struct conf_application *a,
    const struct conf_target *t)
{
	return w->deploy && access_reads_target(w, a, t->name) &&
	    conf_has_login(t->deployers.v, t->deployers.n, w->login);
}

const char *
access_refusal(const struct who *w, const struct conf_target *t)
{
	return !w->deploy && t != NULL &&
	    conf_has_login(t->deployers.v, t->deployers.n, w->login) ?
	    "this API token can only read" :
	    "not authorized to deploy to this target";
}

/* When a session ends if it is not used any more, by both its limits. */
static int64_t
session_end(const struct store_session *s)
{
	int64_t	idle, age;

	idle = s->used_at + engine_conf->limits[LIMIT_SESSION_IDLE];
	age = s->created_at + engine_conf->limits[LIMIT_SESSION_AGE];
	return idle < age ? idle : age;
}

static void
session_fill(const struct store_session *s, struct who *w)
{
	w->user_id = s->user_id;
	w->credential_id = s->id;
	strlcpy(w->login, s->login, sizeof(w->login));
	w->deploy = true;
	w->expires_at = session_end(s);
}

static void
token_fill(const struct store_token *t, struct who *w)
{
	w->user_id = t->user_id;
	w->credential_id = t->id;
	strlcpy(w->login, t->login, sizeof(w->login));
	w->deploy = t->deploy;
	strlcpy(w->application, t->application, sizeof(w->application));
	strlcpy(w->target, t->target, sizeof(w->target));
	w->expires_at = t->expires_at;
}

static const char *
session_identify(const char *secret, struct who *w)
{
	struct store_session	s;
	int64_t			now = now_ms();

	if (store_session_find(secret, &s) != 1 || session_end(&s) <= now)
		return "you are not signed in";
	/* Whether the touch succeeds changes nothing for this request. */
	if (now - s.used_at >= MINUTE_MS &&
	    store_session_touch(s.id, now) == 0)
		s.used_at = now;
	session_fill(&s, w);
	return NULL;
}

static const char *
token_identify(const char *secret, struct who *w)
{
	struct store_token	t;
	int64_t			now = now_ms();

	if (store_token_find(secret, &t) != 1)
		return "wrong API token";
	if (t.expires_at != 0 && t.expires_at <= now)
		return "this API token has expired";
	if (now - t.used_at >= MINUTE_MS)
		store_token_touch(t.id, now);
	token_fill(&t, w);
	return NULL;
}

const char *
access_identify(enum credential kind, const char *secret, struct who *w)
{
	memset(w, 0, sizeof(*w));
	w->kind = kind;
	if (*secret == '\0')
		return "you are not signed in";
	switch (kind) {
	case CREDENTIAL_SESSION:
		return session_identify(secret, w);
	case CREDENTIAL_TOKEN:
		return token_identify(secret, w);
	default:
		return "you are not signed in";
	}
}

bool
access_stands(struct who *w)
{
	struct store_session	s;
	struct store_token	t;

	if (w->kind == CREDENTIAL_SESSION) {
		if (store_session_get(w->credential_id, &s) != 1)
			return false;
		session_fill(&s, w);
	} else {
		if (store_token_get(w->credential_id, &t) != 1)
			return false;
		token_fill(&t, w);
	}
	return w->expires_at == 0 || w->expires_at > now_ms();
}
