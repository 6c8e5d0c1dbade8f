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
 * People in the store: users, and what they prove themselves with.  Sessions,
 * API tokens and sign-in links are kept as SHA-256 of their text only, so
 * that who reads the database can't use them.
 */

#include "config.h"

#include <sha2.h>
#include <string.h>

#include "../common/random.h"
#include "store.h"
#include "store_sql.h"

#define SESSION_COLUMNS							\
	"SELECT s.id, s.user_id, u.login, s.created_at, s.used_at"	\
	" FROM sessions s JOIN users u ON u.id = s.user_id "
#define TOKEN_COLUMNS							\
	"SELECT t.id, t.user_id, u.login, t.scope, t.application,"	\
	" t.target, t.created_at, t.expires_at, t.last_used_at"		\
	" FROM tokens t JOIN users u ON u.id = t.user_id "

enum {
	USER_ADD,
	USER_FIND,
	USERS,
	SESSION_ADD,
	SESSION_FIND,
	SESSION_GET,
	SESSION_TOUCH,
	SESSION_REMOVE,
	SESSIONS_BEYOND,
	SESSIONS_EXPIRE,
	SESSIONS_EXPIRE_OLD,
	SESSIONS_COUNT,
	TOKEN_ADD,
	TOKEN_FIND,
	TOKEN_GET,
	TOKEN_TOUCH,
	TOKEN_REMOVE,
	TOKENS,
	TOKENS_OF,
	TOKENS_EXPIRE,
	LINK_ADD,
	LINK_FIND,
	LINK_REMOVE,
	LINKS_EXPIRE
};

struct statement people_statements[] = {
	[USER_ADD] = { "INSERT INTO users (login, created_at)"
	    " VALUES (?1, ?2) ON CONFLICT DO NOTHING", NULL },
	[USER_FIND] = { "SELECT id, github_id, login, created_at FROM users"
	    " WHERE login = ?1", NULL },
	[USERS] = { "SELECT u.id, u.github_id, u.login, u.created_at,"
	    " (SELECT count(*) FROM tokens t WHERE t.user_id = u.id),"
	    " (SELECT count(*) FROM sessions s WHERE s.user_id = u.id)"
	    " FROM users u WHERE u.id > 0 ORDER BY u.id", NULL },
	[SESSION_ADD] = { "INSERT INTO sessions (hash, user_id, client,"
	    " created_at, used_at) VALUES (?1, ?2, ?3, ?4, ?4)", NULL },
	[SESSION_FIND] = { SESSION_COLUMNS "WHERE s.hash = ?1", NULL },
	[SESSION_GET] = { SESSION_COLUMNS "WHERE s.id = ?1", NULL },
	[SESSION_TOUCH] = { "UPDATE sessions SET used_at = ?2 WHERE id = ?1",
	    NULL },
	[SESSION_REMOVE] = { "DELETE FROM sessions WHERE id = ?1", NULL },
	[SESSIONS_BEYOND] = { "SELECT id FROM sessions WHERE user_id = ?1"
	    " ORDER BY used_at DESC LIMIT -1 OFFSET ?2", NULL },
	[SESSIONS_EXPIRE] = { "DELETE FROM sessions WHERE used_at < ?1",
	    NULL },
	[SESSIONS_EXPIRE_OLD] = { "DELETE FROM sessions"
	    " WHERE created_at < ?1", NULL },
	[SESSIONS_COUNT] = { "SELECT count(*) FROM sessions", NULL },
	[TOKEN_ADD] = { "INSERT INTO tokens (hash, user_id, scope,"
	    " application, target, created_at, expires_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", NULL },
	[TOKEN_FIND] = { TOKEN_COLUMNS "WHERE t.hash = ?1", NULL },
	[TOKEN_GET] = { TOKEN_COLUMNS "WHERE t.id = ?1", NULL },
	[TOKEN_TOUCH] = { "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1",
	    NULL },
	[TOKEN_REMOVE] = { "DELETE FROM tokens WHERE id = ?1", NULL },
	[TOKENS] = { TOKEN_COLUMNS "WHERE t.id > 0 ORDER BY t.id", NULL },
	[TOKENS_OF] = { TOKEN_COLUMNS "WHERE t.user_id = ?1 ORDER BY t.id",
	    NULL },
	[TOKENS_EXPIRE] = { "DELETE FROM tokens WHERE expires_at < ?1", NULL },
	[LINK_ADD] = { "INSERT INTO links (hash, user_id, expires_at)"
	    " VALUES (?1, ?2, ?3)", NULL },
	[LINK_FIND] = { "SELECT u.id, u.github_id, u.login, u.created_at,"
	    " l.expires_at FROM links l JOIN users u ON u.id = l.user_id"
	    " WHERE l.hash = ?1", NULL },
	[LINK_REMOVE] = { "DELETE FROM links WHERE hash = ?1", NULL },
	[LINKS_EXPIRE] = { "DELETE FROM links WHERE expires_at < ?1", NULL },
	{ NULL, NULL }
};

static struct statement *const st = people_statements;

void
secret_make(char text[SECRET_LEN + 1])
{
	static const char	 set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char		 raw[33];
	char			*p = text;
	size_t			 i;

	random_bytes(raw, 32);
	raw[32] = 0;
	for (i = 0; i < sizeof(raw); i += 3) {
		*p++ = set[raw[i] >> 2];
		*p++ = set[(raw[i] & 3) << 4 | raw[i + 1] >> 4];
		*p++ = set[(raw[i + 1] & 15) << 2 | raw[i + 2] >> 6];
		if (i + 3 < sizeof(raw))
			*p++ = set[raw[i + 2] & 63];
	}
	*p = '\0';
	explicit_bzero(raw, sizeof(raw));
}

static void
secret_hash(const char *secret, uint8_t hash[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX	ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)secret, strlen(secret));
	SHA256Final(hash, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
}

static void
user_read(sqlite3_stmt *row, struct store_user *u)
{
	memset(u, 0, sizeof(*u));
	u->id = sqlite3_column_int64(row, 0);
	u->github_id = sqlite3_column_int64(row, 1);
	column_copy(row, 2, u->login, sizeof(u->login));
	u->created_at = sqlite3_column_int64(row, 3);
}

int
store_user_find(const char *login, struct store_user *u)
{
	sqlite3_stmt	*row = store_start(&st[USER_FIND], "s", login);
	int		 r;

	if ((r = store_step(row)) == 1) {
		user_read(row, u);
		store_stop(row);
	}
	return r;
}

int
store_user_add(const char *login, int64_t now, struct store_user *u)
{
	int	r;

	if ((r = store_run(&st[USER_ADD], "sq", login, now)) == -1 ||
	    store_user_find(login, u) != 1)
		return -1;
	return r;
}

int
store_users(store_user_fn fn, void *arg)
{
	sqlite3_stmt		*row = store_start(&st[USERS], "");
	struct store_user	 u;
	int			 r;

	while ((r = store_step(row)) == 1) {
		user_read(row, &u);
		u.tokens = sqlite3_column_int64(row, 4);
		u.sessions = sqlite3_column_int64(row, 5);
		fn(&u, arg);
	}
	return r;
}

int
store_session_add(uint64_t user, const char *secret, const char *client,
    int64_t now, uint64_t *id)
{
	uint8_t	hash[SHA256_DIGEST_LENGTH];

	secret_hash(secret, hash);
	if (store_run(&st[SESSION_ADD], "dqsq", hash, sizeof(hash), user,
	    client, now) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(store_database());
	return 0;
}

static int
session_read(sqlite3_stmt *row, struct store_session *s)
{
	int	r;

	if ((r = store_step(row)) != 1)
		return r;
	s->id = sqlite3_column_int64(row, 0);
	s->user_id = sqlite3_column_int64(row, 1);
	column_copy(row, 2, s->login, sizeof(s->login));
	s->created_at = sqlite3_column_int64(row, 3);
	s->used_at = sqlite3_column_int64(row, 4);
	store_stop(row);
	return 1;
}

int
store_session_find(const char *secret, struct store_session *s)
{
	uint8_t	hash[SHA256_DIGEST_LENGTH];

	secret_hash(secret, hash);
	return session_read(store_start(&st[SESSION_FIND], "d", hash,
	    sizeof(hash)), s);
}

int
store_session_get(uint64_t id, struct store_session *s)
{
	return session_read(store_start(&st[SESSION_GET], "q", id), s);
}

int
store_session_touch(uint64_t id, int64_t now)
{
	return store_run(&st[SESSION_TOUCH], "qq", id, now) == -1 ? -1 : 0;
}

int
store_session_remove(uint64_t id)
{
	return store_run(&st[SESSION_REMOVE], "q", id);
}

int
store_sessions_trim(uint64_t user, uint64_t keep, store_id_fn fn, void *arg)
{
	sqlite3_stmt	*row;
	uint64_t	 id;
	int		 r;

	for (;;) {
		row = store_start(&st[SESSIONS_BEYOND], "qq", user, keep);
		if ((r = store_step(row)) != 1)
			return r;
		id = sqlite3_column_int64(row, 0);
		store_stop(row);
		if (store_session_remove(id) == -1)
			return -1;
		fn(id, arg);
	}
}

int
store_sessions_expire(int64_t used_before, int64_t made_before)
{
	if (store_run(&st[SESSIONS_EXPIRE], "q", used_before) == -1 ||
	    store_run(&st[SESSIONS_EXPIRE_OLD], "q", made_before) == -1)
		return -1;
	return 0;
}

uint64_t
store_sessions_count(void)
{
	sqlite3_stmt	*row = store_start(&st[SESSIONS_COUNT], "");
	uint64_t	 n = 0;

	if (store_step(row) == 1) {
		n = sqlite3_column_int64(row, 0);
		store_stop(row);
	}
	return n;
}

static const char *
null_if_empty(const char *s)
{
	return *s == '\0' ? NULL : s;
}

int
store_token_add(const struct store_token *t, const char *secret,
    uint64_t *id)
{
	uint8_t	hash[SHA256_DIGEST_LENGTH];

	secret_hash(secret, hash);
	if (store_run(&st[TOKEN_ADD], "dqsssqz", hash, sizeof(hash),
	    t->user_id, t->deploy ? "deploy" : "read",
	    null_if_empty(t->application), null_if_empty(t->target),
	    t->created_at, t->expires_at) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(store_database());
	return 0;
}

static void
token_fill(sqlite3_stmt *row, struct store_token *t)
{
	t->id = sqlite3_column_int64(row, 0);
	t->user_id = sqlite3_column_int64(row, 1);
	column_copy(row, 2, t->login, sizeof(t->login));
	t->deploy = strcmp(column_string(row, 3), "deploy") == 0;
	column_copy(row, 4, t->application, sizeof(t->application));
	column_copy(row, 5, t->target, sizeof(t->target));
	t->created_at = sqlite3_column_int64(row, 6);
	t->expires_at = sqlite3_column_int64(row, 7);
	t->used_at = sqlite3_column_int64(row, 8);
}

static int
token_read(sqlite3_stmt *row, struct store_token *t)
{
	int	r;

	if ((r = store_step(row)) != 1)
		return r;
	token_fill(row, t);
	store_stop(row);
	return 1;
}

int
store_token_find(const char *secret, struct store_token *t)
{
	uint8_t	hash[SHA256_DIGEST_LENGTH];

	secret_hash(secret, hash);
	return token_read(store_start(&st[TOKEN_FIND], "d", hash,
	    sizeof(hash)), t);
}

int
store_token_get(uint64_t id, struct store_token *t)
{
	if (id > INT64_MAX)
		return 0;
	return token_read(store_start(&st[TOKEN_GET], "q", id), t);
}

int
store_token_touch(uint64_t id, int64_t now)
{
	return store_run(&st[TOKEN_TOUCH], "qq", id, now) == -1 ? -1 : 0;
}

int
store_token_remove(uint64_t id)
{
	return store_run(&st[TOKEN_REMOVE], "q", id);
}

int
store_tokens(uint64_t user, store_token_fn fn, void *arg)
{
	struct store_token	 t;
	sqlite3_stmt		*row;
	int			 r;

	row = user == 0 ? store_start(&st[TOKENS], "") :
	    store_start(&st[TOKENS_OF], "q", user);
	while ((r = store_step(row)) == 1) {
		token_fill(row, &t);
		fn(&t, arg);
	}
	return r;
}

int
store_tokens_expire(int64_t expired_before)
{
	return store_run(&st[TOKENS_EXPIRE], "q", expired_before);
}

int
store_link_add(uint64_t user, const char *secret, int64_t expires)
{
	uint8_t	hash[SHA256_DIGEST_LENGTH];

	secret_hash(secret, hash);
	return store_run(&st[LINK_ADD], "dqq", hash, sizeof(hash), user,
	    expires) == -1 ? -1 : 0;
}

int
store_link_take(const char *secret, int64_t now, struct store_user *u)
{
	uint8_t		 hash[SHA256_DIGEST_LENGTH];
	sqlite3_stmt	*row;
	int64_t		 expires;
	int		 r;

	secret_hash(secret, hash);
	row = store_start(&st[LINK_FIND], "d", hash, sizeof(hash));
	if ((r = store_step(row)) != 1)
		return r;
	user_read(row, u);
	expires = sqlite3_column_int64(row, 4);
	store_stop(row);
	if (store_run(&st[LINK_REMOVE], "d", hash, sizeof(hash)) == -1)
		return -1;
	return expires > now;
}

int
store_links_expire(int64_t now)
{
	return store_run(&st[LINKS_EXPIRE], "q", now);
}
