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
 * People and what they prove themselves with.  A secret is shown once, when
 * it is made; the store has its hash.  Taking one away ends what it opened.
 */

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "answer.h"
#include "audit.h"
#include "feed.h"
#include "people.h"
#include "request.h"
#include "times.h"

#define LINK_AGE	(10 * MINUTE_MS)
#define TOKENS_MAX	100		/* of a user */
#define DAYS_MAX	3650
#define EXPIRED_KEPT	(30 * DAY_MS)	/* tokens stay in the list so long */

/* Ends a transaction in which all went well, or not. */
static int
finish(bool good, struct refusal *why)
{
	if (good && store_commit() == 0)
		return 0;
	if (!good)
		store_rollback();
	return refuse_store(why);
}

static int
login_check(const char *login, struct refusal *why)
{
	if (!is_login(login))
		return refuse(why, 422, "a login has letters, digits, '-', "
		    "'_' and '.', at most %d", LOGIN_MAX);
	if (!access_known(login))
		return refuse(why, 422, "%s is neither reader nor deployer of "
		    "any application in the configuration", login);
	return 0;
}

static void
count_token(const struct store_token *t, void *arg)
{
	(void)t;
	++*(unsigned *)arg;
}

static int
token_check(const struct token_order *o, struct refusal *why)
{
	struct conf_application	*a;

	if (login_check(o->login, why) == -1)
		return -1;
	if (strcmp(o->scope, "read") != 0 && strcmp(o->scope, "deploy") != 0)
		return refuse(why, 422, "the scope of a token is read or "
		    "deploy");
	if (o->days > DAYS_MAX)
		return refuse(why, 422, "a token lives at most %d days",
		    DAYS_MAX);
	if (*o->application == '\0') {
		if (*o->target != '\0')
			return refuse(why, 422, "a target needs its "
			    "application");
		return 0;
	}
	/* What its owner may do with it is decided when it is used. */
	if ((a = conf_application(engine_conf, o->application)) == NULL)
		return refuse(why, 404, "application not found");
	if (*o->target != '\0' && conf_target(a, o->target) == NULL)
		return refuse(why, 404, "target not found");
	return 0;
}

static int
token_store(const struct token_order *o, const char *secret, uint64_t *id,
    struct refusal *why)
{
	struct store_token	t = { 0 };
	struct store_user	u;
	int64_t			now = now_ms();
	unsigned		n = 0;

	if (store_begin() == -1)
		return refuse_store(why);
	if (store_user_add(o->login, now, &u) == -1 ||
	    store_tokens(u.id, count_token, &n) == -1)
		return finish(false, why);
	if (n >= TOKENS_MAX) {
		store_rollback();
		return refuse(why, 422, "%s has %u tokens: revoke one first",
		    u.login, n);
	}
	t.user_id = u.id;
	t.deploy = strcmp(o->scope, "deploy") == 0;
	strlcpy(t.application, o->application, sizeof(t.application));
	strlcpy(t.target, o->target, sizeof(t.target));
	t.created_at = now;
	t.expires_at = o->days == 0 ? 0 : now + o->days * DAY_MS;
	return finish(store_token_add(&t, secret, id) == 0 &&
	    audit_add(o->audit, "token add", "token %" PRIu64 " user=%s "
	    "scope=%s app=%s target=%s", *id, u.login, o->scope,
	    o->application, o->target) == 0, why);
}

int
token_make(const struct token_order *o, struct json *j, struct refusal *why)
{
	char		secret[SECRET_LEN + 1];
	uint64_t	id;
	int		r;

	if (token_check(o, why) == -1)
		return -1;
	secret_make(secret);
	if ((r = token_store(o, secret, &id, why)) == 0) {
		json_put_number(j, "id", id);
		json_put_string(j, "token", secret);
		json_put_string(j, "user", o->login);
	}
	explicit_bzero(secret, sizeof(secret));
	return r;
}

int
token_revoke(uint64_t id, uint64_t user, const char *audit,
    struct refusal *why)
{
	struct store_token	t;

	/* That of somebody else is none at all. */
	if (store_token_get(id, &t) != 1 || (user != 0 && t.user_id != user))
		return refuse(why, 404, "token not found");
	if (store_begin() == -1)
		return refuse_store(why);
	if (finish(store_token_remove(id) != -1 && audit_add(audit,
	    "token revoke", "token %" PRIu64 " user=%s", id, t.login) == 0,
	    why) == -1)
		return -1;
	feed_credential_gone(CREDENTIAL_TOKEN, id);
	return 0;
}

int
user_make(const char *login, const char *audit, struct refusal *why)
{
	struct store_user	u;
	int			r;

	if (login_check(login, why) == -1)
		return -1;
	if (store_begin() == -1)
		return refuse_store(why);
	if ((r = store_user_add(login, now_ms(), &u)) == 0) {
		store_rollback();
		return refuse(why, 409, "%s is there already", u.login);
	}
	return finish(r == 1 && audit_add(audit, "user add", "user=%s",
	    u.login) == 0, why);
}

int
link_make(const char *login, const char *audit, struct json *j,
    struct refusal *why)
{
	struct store_user	u;
	struct buf		b = { 0 };
	char			secret[SECRET_LEN + 1];
	int64_t			now = now_ms();

	if (login_check(login, why) == -1)
		return -1;
	if (store_begin() == -1)
		return refuse_store(why);
	secret_make(secret);
	if (finish(store_user_add(login, now, &u) != -1 &&
	    store_link_add(u.id, secret, now + LINK_AGE) == 0 &&
	    audit_add(audit, "login link", "user=%s", u.login) == 0, why) ==
	    -1) {
		explicit_bzero(secret, sizeof(secret));
		return -1;
	}
	/* In one piece of memory, which is wiped below. */
	buf_reserve(&b, strlen(engine_conf->public_url) + sizeof("/-/login#") +
	    sizeof(secret));
	buf_add_string(&b, engine_conf->public_url);
	buf_add_string(&b, "/-/login#");
	buf_add_string(&b, secret);
	json_put_string(j, "url", buf_string(&b));
	json_put_time(j, "expires_at", now + LINK_AGE);
	json_put_string(j, "user", u.login);
	explicit_bzero(b.data, b.size);
	explicit_bzero(secret, sizeof(secret));
	buf_free(&b);
	return 0;
}

static void
session_gone(uint64_t id, void *arg)
{
	(void)arg;
	feed_credential_gone(CREDENTIAL_SESSION, id);
}

static void
nothing(uint64_t id, void *arg)
{
	(void)id;
	(void)arg;
}

struct gone {
	LIST_OF(struct store_user)	 users;
};

static void
user_decide(const struct store_user *u, void *arg)
{
	struct gone		*gone = arg;
	struct store_user	*copy;

	if (u->sessions == 0 || access_known(u->login))
		return;
	if ((copy = malloc(sizeof(*copy))) == NULL)
		fatal("malloc");
	*copy = *u;
	list_add(&gone->users, copy);
}

static int
sessions_end(const struct gone *gone)
{
	size_t	i;

	if (store_begin() == -1)
		return -1;
	for (i = 0; i < gone->users.n; i++)
		if (store_sessions_trim(gone->users.v[i]->id, 0, nothing,
		    NULL) == -1) {
			store_rollback();
			return -1;
		}
	return store_commit();
}

/* In two steps: nothing is changed while rows are read. */
void
people_decide(void)
{
	struct gone	gone = { { NULL, 0 } };
	size_t		i;
	int		r = -1;

	if (store_users(user_decide, &gone) == 0 && gone.users.n > 0)
		r = sessions_end(&gone);
	for (i = 0; i < gone.users.n; i++) {
		if (r == 0)
			log_info("sessions ended: user=%s reason=\"may read "
			    "nothing any more\"",
			    log_quote(gone.users.v[i]->login));
		free(gone.users.v[i]);
	}
	free(gone.users.v);
}

void
people_expire(void)
{
	int64_t	now = now_ms();

	if (store_begin() == -1)
		return;
	if (store_links_expire(now) == -1 ||
	    store_tokens_expire(now - EXPIRED_KEPT) == -1 ||
	    store_sessions_expire(now -
	    (int64_t)engine_conf->limits[LIMIT_SESSION_IDLE], now -
	    (int64_t)engine_conf->limits[LIMIT_SESSION_AGE]) == -1)
		store_rollback();
	else
		store_commit();
}

void
json_token(struct json *j, const struct store_token *t)
{
	json_put_number(j, "id", t->id);
	json_put_string(j, "scope", t->deploy ? "deploy" : "read");
	json_put_string(j, "application", *t->application == '\0' ? NULL :
	    t->application);
	json_put_string(j, "target", *t->target == '\0' ? NULL : t->target);
	json_put_time(j, "created_at", t->created_at);
	json_put_time(j, "expires_at", t->expires_at);
	json_put_time(j, "last_used_at", t->used_at);
}

/* 1: signed in; 0: the link is none (any more); -1. */
static int
link_use(const char *link, const char *client, const char *secret,
    struct store_user *u)
{
	struct refusal	why;
	uint64_t	session;
	int64_t		now = now_ms();
	int		r;

	if (store_begin() == -1)
		return -1;
	/* One that has expired is used up too: committed. */
	r = store_link_take(link, now, u);
	if (r == 0 || (r == 1 && !access_known(u->login)))
		return store_commit() == -1 ? -1 : 0;
	if (finish(r == 1 &&
	    store_session_add(u->id, secret, client, now, &session) == 0 &&
	    store_sessions_trim(u->id, engine_conf->limits[LIMIT_SESSIONS],
	    session_gone, NULL) == 0 &&
	    audit_add(u->login, "sign in", "by=link session=%" PRIu64
	    " client=%s", session, client) == 0, &why) == -1)
		return -1;
	return 1;
}

void
handle_login(struct channel *ch, struct msg *m)
{
	struct json		 j = { 0 };
	struct store_user	 u;
	char			 secret[SECRET_LEN + 1];
	const char		*link, *client;
	uint8_t			 kind;
	int			 r = 0;

	(void)ch;
	kind = msg_get_u8(m);
	link = msg_get_string(m);
	client = msg_get_string(m);
	secret_make(secret);
	if (kind == CREDENTIAL_LINK && *link != '\0')
		r = link_use(link, client, secret, &u);
	if (r == 1) {
		json_open(&j, NULL);
		json_open(&j, "user");
		json_put_string(&j, "login", u.login);
		json_close(&j);
		json_close(&j);
		answer_session(m->id, &j, secret);
	} else if (r == 0)
		answer_error(m->id, 401, "this sign-in link has expired or was "
		    "used already");
	else
		answer_error(m->id, 503, "the database can't be written now");
	explicit_bzero(secret, sizeof(secret));
}

void
handle_logout(struct channel *ch, struct msg *m)
{
	struct json	j = { 0 };
	struct refusal	why;
	struct who	who;
	struct request	r;

	(void)ch;
	request_read(&r, m);
	if (access_identify(r.kind, r.secret, &who) == NULL &&
	    who.kind == CREDENTIAL_SESSION) {
		if (store_begin() == -1 ||
		    finish(store_session_remove(who.credential_id) != -1 &&
		    audit_add(who.login, "sign out", "session=%" PRIu64,
		    who.credential_id) == 0, &why) == -1) {
			answer_error(r.id, 503, "the database can't be written "
			    "now");
			return;
		}
		feed_credential_gone(CREDENTIAL_SESSION, who.credential_id);
	}
	json_open(&j, NULL);
	json_close(&j);
	answer_session(r.id, &j, "-");
}

/* Tokens are made and taken away by people, not by tokens. */
static bool
is_person(const struct request *r, struct who *who)
{
	if (!request_identify(r, who))
		return false;
	if (who->kind == CREDENTIAL_SESSION)
		return true;
	answer_error(r->id, 403, "sign in to manage API tokens");
	return false;
}

void
handle_token_add(struct channel *ch, struct msg *m)
{
	struct token_order	 o;
	struct refusal		 why;
	struct request		 r;
	struct json		 j = { 0 };
	struct who		 who;

	(void)ch;
	request_read(&r, m);
	o.scope = msg_get_string(m);
	o.application = msg_get_string(m);
	o.target = msg_get_string(m);
	o.days = msg_get_u32(m);
	if (!is_person(&r, &who) || (*o.application != '\0' &&
	    request_application(&r, &who, o.application) == NULL))
		return;
	o.audit = o.login = who.login;
	json_open(&j, NULL);
	if (token_make(&o, &j, &why) == -1) {
		answer_error(r.id, why.status, why.text);
		buf_free(&j.buf);
		return;
	}
	json_close(&j);
	answer_bytes(r.id, 200, CONTENT_JSON, &j.buf);
	explicit_bzero(j.buf.data, j.buf.size);
	buf_free(&j.buf);
}

void
handle_token_revoke(struct channel *ch, struct msg *m)
{
	struct refusal	why;
	struct request	r;
	struct json	j = { 0 };
	struct who	who;
	uint64_t	id;

	(void)ch;
	request_read(&r, m);
	id = msg_get_u64(m);
	if (!is_person(&r, &who))
		return;
	if (token_revoke(id, who.user_id, who.login, &why) == -1) {
		answer_error(r.id, why.status, why.text);
		return;
	}
	json_open(&j, NULL);
	json_close(&j);
	answer_json(r.id, 200, &j);
}
