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
 * Who may do what: readers, deployers, what a token narrows, and credentials
 * that have had their time.
 */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include "../../engine/access.h"
#include "../../engine/times.h"
#include "../../common/log.h"
#include "tap.h"

static char	dir[] = "/tmp/access.XXXXXX";
static char	path[64];

static struct conf_target *
target_add(struct conf_application *a, const char *name, const char *deployer)
{
	struct conf_target	*t = record_new(&conf_target_record);
	char			*s = strdup(deployer);

	t->name = strdup(name);
	list_add(&t->deployers, s);
	list_add(&a->targets, t);
	return t;
}

static struct conf_application *
application_add(struct conf *c, const char *name, const char *reader)
{
	struct conf_application	*a;
	char			*s = strdup(reader);

	a = record_new(&conf_application_record);
	a->name = strdup(name);
	list_add(&a->readers, s);
	list_add(&c->applications, a);
	return a;
}

/* r: reads, d: deploys to production, D: to staging. */
static void
rights(const struct who *w, const char *want, const char *name)
{
	const struct conf_application	*a = engine_conf->applications.v[0];
	char				 got[4] = "", *p = got;

	if (access_reads(w, a))
		*p++ = 'r';
	if (access_deploys(w, a, a->targets.v[0]))
		*p++ = 'd';
	if (access_deploys(w, a, a->targets.v[1]))
		*p++ = 'D';
	*p = '\0';
	is_str(got, want, "%s", name);
}

static struct who
somebody(const char *login)
{
	struct who	w = { .kind = CREDENTIAL_SESSION, .deploy = true };

	strlcpy(w.login, login, sizeof(w.login));
	return w;
}

static void
decisions(void)
{
	struct who	w;

	w = somebody("alice");
	rights(&w, "rd", "a deployer of one target reads all, deploys that");
	w = somebody("ALICE");
	rights(&w, "rd", "logins have no case");
	w = somebody("bob");
	rights(&w, "r", "a reader reads");
	w = somebody("carol");
	rights(&w, "rD", "a deployer of the other target");
	w = somebody("erin");
	rights(&w, "", "a reader of another application");
	w = somebody("ali");
	rights(&w, "", "a part of a login is nobody");
	w = somebody("alice");
	w.deploy = false;
	rights(&w, "r", "a token for reading only reads");
	w = somebody("alice");
	strlcpy(w.application, "blog", sizeof(w.application));
	rights(&w, "", "a token for another application");
	strlcpy(w.application, "shop", sizeof(w.application));
	rights(&w, "rd", "one for this application");
	strlcpy(w.target, "staging", sizeof(w.target));
	rights(&w, "r", "a target of a token gives no right");
	ok(!access_reads_target(&w, engine_conf->applications.v[0],
	    "production"), "and takes away the others");
	ok(access_known("Bob") && access_known("carol") &&
	    !access_known("mallory"), "who is in the configuration");
	ok(is_login("a-b_c.D9") && !is_login("") && !is_login("a b") &&
	    !is_login("a\nb") && !is_login("\xc3\xa4"), "logins");
}

static void
credentials(void)
{
	struct store_token	t = { .deploy = true };
	struct store_user	u;
	struct who		w;
	uint64_t		id;
	int64_t			now = now_ms();

	store_user_add("alice", now, &u);
	ok(access_identify(CREDENTIAL_NONE, "", &w) != NULL, "nobody");
	ok(access_identify(CREDENTIAL_SESSION, "", &w) != NULL,
	    "no session");
	ok(access_identify(CREDENTIAL_TOKEN, "", &w) != NULL, "no token");
	ok(access_identify(CREDENTIAL_MAX, "x", &w) != NULL,
	    "an unknown kind");
	store_session_add(u.id, "fresh", "c", now, &id);
	ok(access_identify(CREDENTIAL_SESSION, "fresh", &w) == NULL,
	    "a session");
	is_str(w.login, "alice", "is its user");
	ok(access_identify(CREDENTIAL_TOKEN, "fresh", &w) != NULL,
	    "and no token");
	ok(access_identify(CREDENTIAL_LINK, "fresh", &w) != NULL,
	    "nor a link");
	access_identify(CREDENTIAL_SESSION, "fresh", &w);
	ok(access_stands(&w), "it stands");
	store_session_remove(id);
	ok(!access_stands(&w), "until it is taken away");
	store_session_add(u.id, "idle", "c", now - 8 * DAY_MS, &id);
	ok(access_identify(CREDENTIAL_SESSION, "idle", &w) != NULL,
	    "one that was not used for long has ended");
	store_session_add(u.id, "old", "c", now - 31 * DAY_MS, &id);
	store_session_touch(id, now);
	ok(access_identify(CREDENTIAL_SESSION, "old", &w) != NULL,
	    "one that is too old, too, however much it was used");
	store_session_add(u.id, "used", "c", now - 6 * DAY_MS, &id);
	ok(access_identify(CREDENTIAL_SESSION, "used", &w) == NULL &&
	    w.expires_at > now + 6 * DAY_MS, "use makes it younger");
	t.user_id = u.id;
	t.created_at = now;
	t.expires_at = now - 1;
	store_token_add(&t, "late", &id);
	ok(access_identify(CREDENTIAL_TOKEN, "late", &w) != NULL,
	    "a token that has expired");
	t.expires_at = now + 60000;
	store_token_add(&t, "token", &id);
	ok(access_identify(CREDENTIAL_TOKEN, "token", &w) == NULL,
	    "one that has not");
	store_token_get(id, &t);
	ok(t.used_at >= now, "remembers its use");
	ok(access_stands(&w), "it stands");
	store_token_remove(id);
	ok(!access_stands(&w), "until it is revoked");
}

int
main(void)
{
	static const char *const names[] = { "", "-wal", "-shm", "-reserve" };
	struct conf_application	*a;
	const char		*why = "";
	char			 name[128];
	size_t			 i;

	log_init("access_test", 1, 0);
	if (mkdtemp(dir) == NULL)
		return skip_all("no directory in /tmp");
	snprintf(path, sizeof(path), "%s/test.db", dir);
	engine_conf = conf_new();
	a = application_add(engine_conf, "shop", "bob");
	target_add(a, "production", "Alice");
	target_add(a, "staging", "carol");
	application_add(engine_conf, "blog", "erin");
	conf_limits_resolve(engine_conf);
	decisions();
	if (ok(store_open(path, &why) == 0, "a store %s", why))
		credentials();
	store_close();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, names[i]);
		unlink(name);
	}
	rmdir(dir);
	conf_free(engine_conf);
	return done_testing();
}
