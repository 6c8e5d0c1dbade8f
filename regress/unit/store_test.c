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
 * The store: files that it must refuse, what it keeps, that it is all or
 * nothing, and that no question reads more than its answer: the query plan of
 * every statement is looked at.
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/entries.h"
#include "../../engine/store.h"
#include "../../common/log.h"
#include "tap.h"

static char	dir[] = "/tmp/store.XXXXXX";
static char	path[64];

static void
files_remove(void)
{
	static const char *const names[] = { "", "-wal", "-shm", "-reserve",
	    "-journal", "-backup" };
	char	name[128];
	size_t	i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, names[i]);
		unlink(name);
	}
}

/* Makes a file with other people's SQL, and tries to open it. */
static void
is_refused(const char *sql, const char *why_wanted, const char *name)
{
	struct stat	 before, after;
	sqlite3		*db;
	const char	*why = "";

	files_remove();
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		diag("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	stat(path, &before);
	ok(store_open(path, &why) == -1, "%s is refused", name);
	ok(strstr(why, why_wanted) != NULL, "with a sentence: %s", why);
	store_close();
	stat(path, &after);
	ok(before.st_size == after.st_size && before.st_mtime ==
	    after.st_mtime, "and is as it was");
}

static void
refusals(void)
{
	const char	*why = "";
	char		 garbage[8192];
	int		 fd;

	is_refused("CREATE TABLE goose_db_version (id INTEGER);"
	    "CREATE TABLE deployments (id INTEGER)", "original Applikatoni",
	    "a database of the original");
	is_refused("CREATE TABLE songs (id INTEGER)", "another program",
	    "somebody else's database");
	is_refused("CREATE TABLE users (id INTEGER);"
	    "PRAGMA application_id = 1097886580; PRAGMA user_version = 99",
	    "newer version", "one of a newer version");
	files_remove();
	memset(garbage, 'x', sizeof(garbage));
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (write(fd, garbage, sizeof(garbage)) == -1)
		diag("write");
	close(fd);
	ok(store_open(path, &why) == -1, "no database at all is refused");
	ok(strstr(why, "not a database") != NULL, "with a sentence: %s", why);
	store_close();
	files_remove();
	if (symlink("/tmp/elsewhere", path) == -1)
		diag("symlink");
	ok(store_open(path, &why) == -1, "a symbolic link is refused");
	store_close();
	files_remove();
}

static void
locked(void)
{
	const char	*why = "";
	int		 status;
	pid_t		 pid;

	if ((pid = fork()) == 0) {
		/* Another process has descriptors of its own. */
		closefrom(3);
		_exit(store_open(path, &why) == -1 &&
		    strstr(why, "another daemon") != NULL ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a second daemon is refused");
}

/* Questions that may look at all there is of something small. */
static const char *const scans[] = {
	"SCAN d USING INDEX deployments_running",	/* those that run */
	"SCAN sessions USING COVERING INDEX",		/* bounded per user */
	"SCAN outbox USING INDEX outbox_waiting",	/* what waits */
	"SCAN outbox USING COVERING INDEX outbox_waiting",
	"SCAN CONSTANT ROW",
};

static bool
is_allowed(const char *detail)
{
	size_t	i;

	for (i = 0; i < sizeof(scans) / sizeof(scans[0]); i++)
		if (strncmp(detail, scans[i], strlen(scans[i])) == 0)
			return true;
	return false;
}

static void
plans(void)
{
	sqlite3_stmt	*st;
	sqlite3		*db;
	const char	*sql, *detail;
	char		 explain[2048];
	size_t		 n, bad;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		return;
	for (n = 0; (sql = store_sql(n)) != NULL; n++) {
		snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s",
		    sql);
		if (sqlite3_prepare_v2(db, explain, -1, &st, NULL) !=
		    SQLITE_OK) {
			ok(0, "%s: %s", sql, sqlite3_errmsg(db));
			continue;
		}
		bad = 0;
		while (sqlite3_step(st) == SQLITE_ROW) {
			detail = (const char *)sqlite3_column_text(st, 3);
			if ((strncmp(detail, "SCAN", 4) == 0 &&
			    !is_allowed(detail)) ||
			    strstr(detail, "TEMP B-TREE") != NULL) {
				diag("%s", detail);
				bad++;
			}
		}
		sqlite3_finalize(st);
		is_int(bad, 0, "by an index: %.60s", sql);
	}
	ok(n > 40, "all statements have been looked at: %zu", n);
	sqlite3_close(db);
}

static void
copy_row(const struct store_deployment *d, void *arg)
{
	struct store_deployment	*to = arg;

	*to = *d;
	to->user = strdup(d->user);
	to->stages = strdup(d->stages);
	to->reason = d->reason == NULL ? NULL : strdup(d->reason);
}

static void
count_row(const struct store_deployment *d, void *arg)
{
	(void)d;
	++*(unsigned *)arg;
}

static uint64_t
deployment_add(const char *target, int *r)
{
	struct store_deployment	d = { .user_id = 1, .application = "shop",
	    .target = target, .sha = "abc", .branch = "main",
	    .comment = "c", .stages = "A\nB", .created_at = 1000 };
	uint64_t		id = 0;

	*r = store_deployment_add(&d, &id);
	return id;
}

static void
deployments(void)
{
	struct store_deployment	 d;
	struct store_user	 u;
	uint64_t		 id, totals[STATE_MAX], entries;
	unsigned		 n = 0;
	int			 r;

	store_begin();
	is_int(store_user_add("alice", 1000, &u), 1, "a user is made");
	is_int(store_user_add("Alice", 1000, &u), 0, "once, without case");
	is_str(u.login, "alice", "and is found");
	id = deployment_add("production", &r);
	ok(r == 1 && id == 1, "a deployment is made");
	deployment_add("production", &r);
	is_int(r, 0, "a second one of the target is not");
	is_int(store_deployment_running("shop", "production"), 1,
	    "the first one is named");
	deployment_add("staging", &r);
	is_int(r, 1, "another target is free");
	store_commit();
	store_begin();
	deployment_add("third", &r);
	store_rollback();
	is_int(store_deployment_running("shop", "third"), 0,
	    "what is rolled back never was");
	ok(store_failing_since() == 0, "and is no failure");
	store_begin();
	store_deployment_active(1, 2000);
	store_deployment_end(1, STATE_FAILED, ENDED_BY_HOST, "no", 3000);
	store_commit();
	is_int(store_deployment_find(1, copy_row, &d), 1, "it is found");
	is_str(d.user, "alice", "with its user");
	is_str(d.stages, "A\nB", "its stages");
	is_str(d.reason, "no", "its reason");
	is_int(d.state, STATE_FAILED, "its state");
	is_int(d.ended_by, ENDED_BY_HOST, "and who ended it");
	is_int(d.ended_at, 3000, "and when");
	free((char *)d.user);
	free((char *)d.stages);
	free((char *)d.reason);
	store_begin();
	deployment_add("production", &r);
	store_commit();
	is_int(r, 1, "the target is free again");
	is_int(store_deployments("shop", NULL, 0, 10, count_row, &n), 3,
	    "all are listed");
	is_int(store_deployments("shop", "production", 3, 10, count_row, &n),
	    1, "or those of a target, below a number");
	is_int(store_deployments_unfinished(count_row, &n), 2,
	    "or those that have not ended");
	is_int(store_totals(totals, &entries), 0, "totals are kept");
	ok(totals[STATE_NEW] == 2 && totals[STATE_ACTIVE] == 0 &&
	    totals[STATE_FAILED] == 1, "and are right");
}

static bool
check_entry(const struct entry *e, void *arg)
{
	unsigned	*n = arg;

	if (e->id != *n + 1 || e->len != *n % 3 || strcmp(e->origin,
	    "web1:22") != 0)
		*n = 1000000;
	return ++*n != 500;
}

static void
entries(void)
{
	struct entry	e = { .type = ENTRY_COMMAND_STDOUT_OUTPUT,
	    .origin = "web1:22", .message = "\0\xff", .time = 5 };
	unsigned	n = 0;
	int		r = 0;

	store_begin();
	for (e.id = 1; e.id <= 3000; e.id++) {
		e.len = (e.id - 1) % 3;
		r |= store_entry_add(1, &e);
	}
	is_int(r, 0, "entries are added");
	ok(store_entry_add(1, &(struct entry){ .id = 7, .origin = "x",
	    .message = "" }) == -1, "none twice");
	store_commit();
	is_int(store_entries(1, 1, check_entry, &n), 1, "read until stopped");
	is_int(n, 500, "in order");
	store_entries(1, 501, check_entry, &n);
	is_int(n, 3000, "and on from there");
}

static void
retention(void)
{
	unsigned	n = 0;
	int		slices = 0, r;

	do {
		store_begin();
		r = store_deployments_expire(4000, 1000);
		store_commit();
		slices++;
	} while (r == 1 && slices < 100);
	is_int(r, 0, "what is old goes");
	ok(slices >= 4 && slices <= 6, "in slices: %d", slices);
	is_int(store_deployment_find(1, count_row, &n), 0, "all of it");
	n = 0;
	store_entries(1, 1, check_entry, &n);
	is_int(n, 0, "its entries too");
	is_int(store_deployment_find(3, count_row, &n), 1,
	    "what runs stays");
}

static void
ignore(uint64_t id, void *arg)
{
	(void)id;
	++*(unsigned *)arg;
}

static void
people(void)
{
	struct store_session	s;
	struct store_token	t = { .user_id = 1, .deploy = true,
	    .application = "shop", .created_at = 5, .expires_at = 9 };
	struct store_user	u;
	char			secret[SECRET_LEN + 1], other[SECRET_LEN + 1];
	uint64_t		id;
	unsigned		i, n = 0;

	secret_make(secret);
	secret_make(other);
	is_int(strlen(secret), SECRET_LEN, "a secret has 43 characters");
	ok(strcmp(secret, other) != 0, "and is another one each time");
	is_int(strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
	    "uvwxyz0123456789-_"), SECRET_LEN, "of base64url");
	is_int(store_session_add(1, secret, "c", 10, &id), 0, "a session");
	is_int(store_session_find(secret, &s), 1, "is found by its secret");
	is_str(s.login, "alice", "and is somebody's");
	is_int(store_session_find(other, &s), 0, "another one is nobody's");
	for (i = 0; i < 5; i++) {
		secret_make(other);
		store_session_add(1, other, "c", 20 + i, &id);
	}
	is_int(store_sessions_trim(1, 5, ignore, &n), 0, "too many are cut");
	is_int(n, 1, "down to the limit");
	is_int(store_session_find(secret, &s), 0, "the oldest goes");
	is_int(store_session_find(other, &s), 1, "the newest stays");
	is_int(store_sessions_expire(24, 0), 0, "those not used go");
	is_int(store_sessions_count(), 1, "so that one is left");
	is_int(store_token_add(&t, secret, &id), 0, "a token");
	is_int(store_token_find(secret, &t), 1, "is found");
	ok(t.deploy && strcmp(t.application, "shop") == 0 &&
	    *t.target == '\0' && t.expires_at == 9 && t.used_at == 0,
	    "as it was made");
	is_int(store_token_remove(id), 1, "and taken away");
	is_int(store_token_find(secret, &t), 0, "for good");
	is_int(store_link_add(1, secret, 100), 0, "a link");
	is_int(store_link_take(secret, 50, &u), 1, "is used");
	is_int(store_link_take(secret, 50, &u), 0, "once");
	store_link_add(1, secret, 100);
	is_int(store_link_take(secret, 100, &u), 0, "and not too late");
	is_int(store_link_take(secret, 50, &u), 0, "nor after that");
}

static void
delivery_seen(const struct store_delivery *o, void *arg)
{
	*(uint64_t *)arg = o->id;
}

static void
receiver_seen(const char *name, void *arg)
{
	strlcat(arg, name, 64);
}

static void
outbox(void)
{
	uint64_t	id = 0;
	char		names[64] = "";

	store_outbox_add("b", 3, STATE_NEW, 1);
	store_outbox_add("a", 3, STATE_NEW, 1);
	store_outbox_add("b", 3, STATE_ACTIVE, 2);
	is_int(store_outbox_receivers(receiver_seen, names), 0, "receivers");
	is_str(names, "ab", "each once");
	is_int(store_outbox_next("b", delivery_seen, &id), 1, "the oldest");
	is_int(id, 1, "comes first");
	store_outbox_tried(1, 1, "busy");
	store_outbox_given_up(1, 2, "refused", 3);
	store_outbox_next("b", delivery_seen, &id);
	is_int(id, 3, "then the next");
	store_outbox_delivered(3);
	is_int(store_outbox_next("b", delivery_seen, &id), 0, "then none");
	is_int(store_outbox_depth(), 1, "one waits for another");
}

static void
backup(void)
{
	struct backup	*b;
	const char	*why;
	sqlite3		*db;
	sqlite3_stmt	*st;
	char		 name[128], data[4096];
	ssize_t		 n;
	int		 fd, r;

	ok((b = store_backup_start(&why)) != NULL, "a backup is begun");
	ok(store_backup_start(&why) == NULL, "but one at a time");
	store_begin();
	store_deployment_active(3, 77);
	store_commit();
	while ((r = store_backup_step(b)) == 1)
		continue;
	is_int(r, 0, "and is whole");
	snprintf(name, sizeof(name), "%s/copy", dir);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	while ((n = store_backup_read(b, data, sizeof(data))) > 0)
		if (write(fd, data, n) != n)
			diag("write");
	close(fd);
	store_backup_free(b);
	sqlite3_open(name, &db);
	sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL);
	ok(sqlite3_step(st) == SQLITE_ROW && strcmp((const char *)
	    sqlite3_column_text(st, 0), "ok") == 0, "sound");
	sqlite3_finalize(st);
	sqlite3_prepare_v2(db, "SELECT count(*) FROM deployments", -1, &st,
	    NULL);
	ok(sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) == 3,
	    "and has what is in it");
	sqlite3_finalize(st);
	sqlite3_close(db);
	unlink(name);
	snprintf(name, sizeof(name), "%s/copy-wal", dir);
	unlink(name);
	snprintf(name, sizeof(name), "%s/copy-shm", dir);
	unlink(name);
}

/* What the store says of the failures that are made here is no news. */
static void
line_drop(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

int
main(void)
{
	const char	*why = "";
	struct stat	 st;

	log_init("store_test", 1, 0);
	log_to(line_drop);
	if (mkdtemp(dir) == NULL)
		return skip_all("no directory in /tmp");
	snprintf(path, sizeof(path), "%s/test.db", dir);
	refusals();
	umask(022);
	if (!ok(store_open(path, &why) == 0, "a new one is made"))
		diag("%s", why);
	ok(stat(path, &st) == 0 && (st.st_mode & 077) == 0,
	    "for its owner alone");
	locked();
	deployments();
	entries();
	people();
	outbox();
	backup();
	retention();
	store_close();
	ok(store_open(path, &why) == 0, "it can be opened again");
	plans();
	store_close();
	files_remove();
	ok(rmdir(dir) == 0, "no file is left behind");
	return done_testing();
}
