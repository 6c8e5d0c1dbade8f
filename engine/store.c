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
 * The database file: opening and refusing it, its schema, transactions, and
 * what happens when the disk does not take them.  The subjects that are kept
 * in it have files of their own.
 *
 * WAL with synchronous=FULL: what has been committed survives a loss of
 * power; group commit is what makes that cheap.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "store.h"
#include "store_sql.h"
#include "times.h"

#define SCHEMA_VERSION	1
#define APPLICATION_ID	0x41706b74	/* "Apkt" */

#define BUSY_WAIT	15		/* ms; the loop waits with us */
#define RESERVE		(1024 * 1024)
#define LOG_EVERY	(10 * SECOND_MS)
#define CHECKPOINT_AT	256		/* pages */

#define STRING(x)	#x
#define VALUE(x)	STRING(x)

static const char schema[] =
"CREATE TABLE users ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	login TEXT NOT NULL UNIQUE COLLATE NOCASE,"
"	github_id INTEGER UNIQUE,"
"	github_token BLOB,"
"	bound_at INTEGER,"
"	created_at INTEGER NOT NULL"
") STRICT;"
"CREATE TABLE sessions ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	hash BLOB NOT NULL UNIQUE,"
"	user_id INTEGER NOT NULL REFERENCES users,"
"	client TEXT NOT NULL,"
"	created_at INTEGER NOT NULL,"
"	used_at INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX sessions_user ON sessions (user_id, used_at);"
"CREATE INDEX sessions_used ON sessions (used_at);"
"CREATE INDEX sessions_created ON sessions (created_at);"
"CREATE TABLE tokens ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	hash BLOB NOT NULL UNIQUE,"
"	user_id INTEGER NOT NULL REFERENCES users,"
"	scope TEXT NOT NULL CHECK (scope IN ('read', 'deploy')),"
"	application TEXT,"
"	target TEXT,"
"	created_at INTEGER NOT NULL,"
"	expires_at INTEGER,"
"	last_used_at INTEGER"
") STRICT;"
"CREATE INDEX tokens_user ON tokens (user_id, id);"
"CREATE INDEX tokens_expires ON tokens (expires_at);"
"CREATE TABLE links ("
"	hash BLOB NOT NULL PRIMARY KEY,"
"	user_id INTEGER NOT NULL REFERENCES users,"
"	expires_at INTEGER NOT NULL"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX links_expires ON links (expires_at);"
"CREATE TABLE deployments ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	user_id INTEGER NOT NULL REFERENCES users,"
"	application TEXT NOT NULL,"
"	target TEXT NOT NULL,"
"	commit_sha TEXT NOT NULL,"
"	branch TEXT NOT NULL,"
"	comment TEXT NOT NULL,"
"	stages TEXT NOT NULL,"
"	state TEXT NOT NULL"
"	    CHECK (state IN ('new', 'active', 'successful', 'failed')),"
"	ended_by TEXT"
"	    CHECK (ended_by IN ('person', 'host', 'limit', 'daemon')),"
"	reason TEXT,"
"	commands_on TEXT,"
"	created_at INTEGER NOT NULL,"
"	started_at INTEGER,"
"	ended_at INTEGER,"
"	entries INTEGER NOT NULL DEFAULT 0,"
"	seq INTEGER NOT NULL DEFAULT 0,"
"	output INTEGER NOT NULL DEFAULT 0,"
"	dropped_lines INTEGER NOT NULL DEFAULT 0,"
"	dropped_bytes INTEGER NOT NULL DEFAULT 0"
") STRICT;"
/* The lock on a target is its running deployment itself. */
"CREATE UNIQUE INDEX deployments_running ON deployments (application, target)"
"    WHERE state IN ('new', 'active');"
"CREATE INDEX deployments_application ON deployments (application, id);"
"CREATE INDEX deployments_target ON deployments (application, target, id);"
"CREATE INDEX deployments_ended ON deployments (ended_at);"
/* Counted as they change, so that nobody needs to look at a million rows. */
"CREATE TABLE totals ("
"	state TEXT NOT NULL PRIMARY KEY,"
"	n INTEGER NOT NULL"
") STRICT, WITHOUT ROWID;"
"INSERT INTO totals VALUES ('new', 0), ('active', 0), ('successful', 0),"
"    ('failed', 0), ('entries', 0);"
"CREATE TRIGGER deployments_added AFTER INSERT ON deployments BEGIN"
"	UPDATE totals SET n = n + 1 WHERE state = new.state;"
"END;"
"CREATE TRIGGER deployments_changed AFTER UPDATE OF state ON deployments"
"    BEGIN"
"	UPDATE totals SET n = n - 1 WHERE state = old.state;"
"	UPDATE totals SET n = n + 1 WHERE state = new.state;"
"END;"
"CREATE TRIGGER deployments_written AFTER UPDATE OF entries ON deployments"
"    BEGIN"
"	UPDATE totals SET n = n + new.entries - old.entries"
"	    WHERE state = 'entries';"
"END;"
/* Clustered: the lines of a deployment lie side by side, in order. */
"CREATE TABLE entries ("
"	deployment_id INTEGER NOT NULL,"
"	id INTEGER NOT NULL,"
"	time INTEGER NOT NULL,"
"	type INTEGER NOT NULL,"
"	flags INTEGER NOT NULL,"
"	origin TEXT NOT NULL,"
"	message BLOB NOT NULL,"
"	PRIMARY KEY (deployment_id, id)"
") STRICT, WITHOUT ROWID;"
"CREATE TABLE outbox ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	receiver TEXT NOT NULL,"
"	deployment_id INTEGER NOT NULL REFERENCES deployments,"
"	state TEXT NOT NULL,"
"	time INTEGER NOT NULL,"
"	tries INTEGER NOT NULL DEFAULT 0,"
"	error TEXT,"
"	given_up_at INTEGER"
") STRICT;"
"CREATE INDEX outbox_waiting ON outbox (receiver, id)"
"    WHERE given_up_at IS NULL;"
"CREATE INDEX outbox_deployment ON outbox (deployment_id);"
"CREATE TABLE audit ("
"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
"	time INTEGER NOT NULL,"
"	who TEXT NOT NULL,"
"	what TEXT NOT NULL,"
"	subject TEXT NOT NULL"
") STRICT;"
"PRAGMA application_id = " VALUE(APPLICATION_ID) ";"
"PRAGMA user_version = " VALUE(SCHEMA_VERSION) ";";

static const char settings[] =
"PRAGMA journal_mode = WAL;"
"PRAGMA synchronous = FULL;"
"PRAGMA foreign_keys = OFF;"
"PRAGMA temp_store = MEMORY;"
"PRAGMA cache_size = -4096;"
"PRAGMA trusted_schema = OFF;"
"PRAGMA cell_size_check = ON;"
"PRAGMA journal_size_limit = 16777216;"
"PRAGMA wal_autocheckpoint = 0;";

enum {
	BEGIN,
	COMMIT,
	ROLLBACK,
	AUDIT_ADD
};

struct statement store_statements[] = {
	[BEGIN] = { "BEGIN IMMEDIATE", NULL },
	[COMMIT] = { "COMMIT", NULL },
	[ROLLBACK] = { "ROLLBACK", NULL },
	[AUDIT_ADD] = { "INSERT INTO audit (time, who, what, subject)"
	    " VALUES (?1, ?2, ?3, ?4)", NULL },
	{ NULL, NULL }
};

static struct statement *const tables[] = {
	store_statements, deployment_statements, entry_statements,
	people_statements, outbox_statements
};
#define NTABLES	(sizeof(tables) / sizeof(tables[0]))

static sqlite3	*db;
static char	*path;
static int	 lock_fd = -1;
static int64_t	 failing_since;	/* of the first failure in a row */
static bool	 reserved;
static int	 changes;		/* before this transaction */
static int	 wal_pages;		/* since the last checkpoint */

static int	store_lock(const char **);
static int	store_judge(const char **);
static int	statements_prepare(void);
static int	wal_grown(void *, sqlite3 *, const char *, int);

sqlite3 *
store_database(void)
{
	return db;
}

const char *
store_path(void)
{
	return path;
}

int
store_failed(const char *doing)
{
	static int64_t	logged;
	int64_t		now = clock_now();

	if (failing_since == 0)
		failing_since = now;
	if (logged == 0 || now - logged >= LOG_EVERY) {
		logged = now;
		log_warnx("store failed: doing=%s error=%s", log_quote(doing),
		    log_quote(db == NULL ? "no memory" : sqlite3_errmsg(db)));
	}
	return -1;
}

int
store_open(const char *file, const char **why)
{
	static char	error[256];

	if ((path = strdup(file)) == NULL)
		fatal("strdup");
	if (store_lock(why) == -1)
		return -1;
	/* SQLite needs some space already to begin. */
	if (store_free_space() < RESERVE / 2)
		store_reserve_release();
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		goto fail;
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, 2000);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	*why = NULL;
	if (store_judge(why) == -1) {
		if (*why == NULL)
			goto fail;
		return -1;
	}
	if (sqlite3_exec(db, settings, NULL, NULL, NULL) != SQLITE_OK ||
	    statements_prepare() == -1)
		goto fail;
	sqlite3_busy_timeout(db, BUSY_WAIT);
	sqlite3_wal_hook(db, wal_grown, NULL);
	failing_since = 0;
	store_reserve();
	return 0;
 fail:
	snprintf(error, sizeof(error), "it can't be used: %s%s",
	    db == NULL ? "no memory" : sqlite3_errmsg(db),
	    store_free_space() < RESERVE / 2 ? " (the disk is full)" : "");
	*why = error;
	return -1;
}

/*
 * A lock of our own: it holds for as long as the process lives.  The
 * descriptor is never closed before SQLite is done with the file, because
 * that would take SQLite's own locks away.
 */
static int
store_lock(const char **why)
{
	static char	error[256];

	lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock_fd == -1) {
		snprintf(error, sizeof(error), "it can't be opened: %s",
		    strerror(errno));
		*why = error;
		return -1;
	}
	if (flock(lock_fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK) {
		*why = "another daemon is using it";
		return -1;
	}
	return 0;
}

/* The first value of a query, or -1. */
static int64_t
number_of(const char *sql)
{
	sqlite3_stmt	*st;
	int64_t		 v = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	if (sqlite3_finalize(st) != SQLITE_OK)
		return -1;
	return v;
}

/* Whose is it, and of which version?  A new one gets its schema. */
static int
store_judge(const char **why)
{
	int64_t	version, application, objects, goose;

	version = number_of("PRAGMA user_version");
	application = number_of("PRAGMA application_id");
	objects = number_of("SELECT count(*) FROM sqlite_master");
	goose = number_of("SELECT count(*) FROM sqlite_master"
	    " WHERE type = 'table' AND name = 'goose_db_version'");
	if (version == -1 || application == -1 || objects == -1 || goose == -1)
		return -1;
	if (goose > 0)
		*why = "it is a database of the original Applikatoni: name "
		    "a file of its own for this one, then import the old one "
		    "with applikatonid -i";
	else if (application == APPLICATION_ID && version > SCHEMA_VERSION)
		*why = "it was written by a newer version of applikatonid";
	else if (objects > 0 && application != APPLICATION_ID)
		*why = "it is the database of another program";
	else if (objects > 0 && version != SCHEMA_VERSION)
		*why = "its schema has no version";
	if (*why != NULL)
		return -1;
	if (objects > 0)
		return 0;
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return -1;
	if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	return 0;
}

/* After each commit: how long the log of changes is now. */
static int
wal_grown(void *arg, sqlite3 *d, const char *name, int pages)
{
	(void)arg;
	(void)d;
	(void)name;
	wal_pages = pages;
	return SQLITE_OK;
}

bool
store_checkpoint_is_due(void)
{
	return wal_pages >= CHECKPOINT_AT;
}

void
store_checkpoint(void)
{
	wal_pages = 0;
	if (db != NULL && sqlite3_wal_checkpoint_v2(db, NULL,
	    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
		store_failed("a checkpoint");
}

static int
statements_prepare(void)
{
	struct statement	*s;
	size_t			 i;

	for (i = 0; i < NTABLES; i++)
		for (s = tables[i]; s->sql != NULL; s++)
			if (sqlite3_prepare_v3(db, s->sql, -1,
			    SQLITE_PREPARE_PERSISTENT, &s->handle, NULL) !=
			    SQLITE_OK)
				return -1;
	return 0;
}

void
store_close(void)
{
	struct statement	*s;
	size_t			 i;

	for (i = 0; i < NTABLES; i++)
		for (s = tables[i]; s->sql != NULL; s++) {
			sqlite3_finalize(s->handle);
			s->handle = NULL;
		}
	if (db != NULL && sqlite3_close(db) != SQLITE_OK)
		store_failed("closing");
	db = NULL;
	if (lock_fd != -1)
		close(lock_fd);
	lock_fd = -1;
	free(path);
	path = NULL;
}

const char *
store_sql(size_t n)
{
	struct statement	*s;
	size_t			 i;

	for (i = 0; i < NTABLES; i++)
		for (s = tables[i]; s->sql != NULL; s++)
			if (n-- == 0)
				return s->sql;
	return NULL;
}

static int
letters_bind(sqlite3_stmt *st, const char *letters, va_list ap)
{
	const void	*data;
	const char	*s;
	int64_t		 v;
	int		 i, r = SQLITE_OK;

	for (i = 1; *letters != '\0' && r == SQLITE_OK; i++, letters++)
		switch (*letters) {
		case 'q':
		case 'z':
			v = va_arg(ap, int64_t);
			r = *letters == 'z' && v == 0 ?
			    sqlite3_bind_null(st, i) :
			    sqlite3_bind_int64(st, i, v);
			break;
		case 's':
			s = va_arg(ap, const char *);
			r = sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
			break;
		case 'd':
			data = va_arg(ap, const void *);
			r = sqlite3_bind_blob64(st, i, data,
			    va_arg(ap, size_t), SQLITE_STATIC);
			break;
		default:
			fatalx("%s: letter %c", __func__, *letters);
		}
	return r == SQLITE_OK ? 0 : -1;
}

sqlite3_stmt *
store_start(struct statement *s, const char *letters, ...)
{
	va_list	ap;
	int	r;

	if (s->handle == NULL)
		return NULL;
	va_start(ap, letters);
	r = letters_bind(s->handle, letters, ap);
	va_end(ap);
	if (r == -1) {
		store_failed(s->sql);
		store_stop(s->handle);
		return NULL;
	}
	return s->handle;
}

int
store_step(sqlite3_stmt *st)
{
	if (st == NULL)
		return -1;
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		store_stop(st);
		return 0;
	default:
		store_failed(sqlite3_sql(st));
		store_stop(st);
		return -1;
	}
}

void
store_stop(sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int
store_run(struct statement *s, const char *letters, ...)
{
	va_list	ap;
	int	r;

	if (s->handle == NULL)
		return -1;
	va_start(ap, letters);
	r = letters_bind(s->handle, letters, ap);
	va_end(ap);
	if (r == -1) {
		store_stop(s->handle);
		return store_failed(s->sql);
	}
	while ((r = store_step(s->handle)) == 1)
		continue;
	return r == -1 ? -1 : sqlite3_changes(db);
}

int
store_begin(void)
{
	if (db != NULL)
		changes = sqlite3_total_changes(db);
	return store_run(&store_statements[BEGIN], "") == -1 ? -1 : 0;
}

int
store_commit(void)
{
	if (store_run(&store_statements[COMMIT], "") == -1) {
		store_rollback();
		return -1;
	}
	/* One that changed nothing proves nothing. */
	if (failing_since != 0 && sqlite3_total_changes(db) != changes) {
		log_info("store works again: seconds=%lld",
		    (long long)(clock_now() - failing_since) / 1000);
		failing_since = 0;
		store_reserve();
	}
	return 0;
}

void
store_rollback(void)
{
	/* SQLite may have done so itself. */
	if (db != NULL && !sqlite3_get_autocommit(db))
		store_run(&store_statements[ROLLBACK], "");
}

void
store_probe(void)
{
	if (failing_since == 0) {
		store_reserve();
		return;
	}
	if (store_begin() == -1)
		return;
	if (store_audit_add(now_ms(), "daemon", "store", "it can be written "
	    "again") == -1)
		store_rollback();
	else
		store_commit();
}

int64_t
store_version(void)
{
	return db == NULL ? -1 : sqlite3_total_changes64(db);
}

int64_t
store_failing_since(void)
{
	return failing_since;
}

int64_t
store_free_space(void)
{
	struct statvfs	sv;

	if (fstatvfs(lock_fd, &sv) == -1)
		return INT64_MAX;
	return (int64_t)sv.f_bavail * sv.f_frsize;
}

int64_t
store_size(void)
{
	struct stat	st;

	return fstat(lock_fd, &st) == -1 ? 0 : st.st_size;
}

static void
reserve_path(char *buf, size_t len)
{
	snprintf(buf, len, "%s-reserve", path);
}

void
store_reserve(void)
{
	static const char	 zeros[RESERVE / 16];
	char			 name[PATH_MAX];
	size_t			 n;
	int			 fd;

	if (reserved || store_free_space() < 4 * RESERVE)
		return;
	reserve_path(name, sizeof(name));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return;
	reserved = true;
	for (n = 0; n < RESERVE; n += sizeof(zeros))
		if (write(fd, zeros, sizeof(zeros)) == -1) {
			store_reserve_release();
			break;
		}
	close(fd);
}

void
store_reserve_release(void)
{
	char	name[PATH_MAX];

	reserve_path(name, sizeof(name));
	unlink(name);
	reserved = false;
}

int
store_audit_add(int64_t now, const char *who, const char *what,
    const char *subject)
{
	return store_run(&store_statements[AUDIT_ADD], "qsss", now, who, what,
	    subject) == -1 ? -1 : 0;
}

const char *
column_string(sqlite3_stmt *st, int i)
{
	const char	*s = (const char *)sqlite3_column_text(st, i);

	return s == NULL ? "" : s;
}

void
column_copy(sqlite3_stmt *st, int i, char *buf, size_t len)
{
	strlcpy(buf, column_string(st, i), len);
}
