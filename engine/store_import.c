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
 * The import of an Applikatoni database: its people, API tokens, deployments
 * and log entries go into an empty store, in one transaction, a slice at a
 * time.
 *
 * The old file is read through a descriptor that the parent has opened for
 * reading: SQLite is told to open that one, as a file which does not change,
 * so it neither locks it nor looks for a journal beside it.  Nothing of it is
 * copied but what is wanted, and of the old tokens only their hashes.
 *
 * The transaction has a rollback journal for once.  It grows the database in
 * place, where the log of changes would hold all of it a second time, and
 * whoever opens the store after an interruption finds it empty.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "access.h"
#include "entries.h"
#include "store.h"
#include "store_import.h"
#include "store_sql.h"
#include "times.h"

/* The name under which SQLite opens the descriptor. */
#define OLD_NAME	"/applikatoni-to-import"
/* Old bytes that make one new byte at most, and what sorting takes. */
#define SPACE(size)	((size) + (size) / 4)
#define COMMENT_MAX	(64 * 1024)

#define UNFINISHED	"it had not ended when it was imported"

/* The schemas that Applikatoni had, by the number of their migration. */
enum schema {
	SCHEMA_NONE,
	SCHEMA_DEPLOYMENTS,
	SCHEMA_ENTRIES,
	SCHEMA_USERS,
	SCHEMA_BRANCH,
	SCHEMA_TOKEN,
	SCHEMA_MAX
};

static const int64_t migrations[SCHEMA_MAX] = {
	[SCHEMA_NONE] =		0,
	[SCHEMA_DEPLOYMENTS] =	20150126134810,
	[SCHEMA_ENTRIES] =	20150127160204,
	[SCHEMA_USERS] =	20150129113927,
	[SCHEMA_BRANCH] =	20150209102540,
	[SCHEMA_TOKEN] =	20150715101900,
};

/* What goose says is applied: the newest that was not taken back. */
static const char version_sql[] =
"SELECT version_id FROM goose_db_version g WHERE is_applied"
"    AND NOT EXISTS (SELECT 1 FROM goose_db_version l"
"        WHERE l.version_id = g.version_id AND l.id > g.id"
"        AND NOT l.is_applied)"
"    ORDER BY id DESC LIMIT 1";

/* Statements on the old database; each with the schema that it needs. */
enum {
	OLD_PEOPLE,
	OLD_DEPLOYMENTS,
	OLD_SEQUENCE,
	OLD_COUNT,
	OLD_ORDER,
	OLD_ENTRY,
	OLD_MAX
};

static const struct {
	enum schema	 since;
	const char	*sql;
	enum schema	 whole_since;	/* and from here on: */
	const char	*whole_sql;
} old_sql[OLD_MAX] = {
	[OLD_PEOPLE] = { SCHEMA_USERS,
	    "SELECT id, name, count(*) OVER (PARTITION BY lower(name)), NULL"
	    " FROM users", SCHEMA_TOKEN,
	    "SELECT id, name, count(*) OVER (PARTITION BY lower(name)),"
	    " api_token FROM users" },
	[OLD_DEPLOYMENTS] = { SCHEMA_DEPLOYMENTS,
	    "SELECT id, user_id, application_name, target_name, commit_sha,"
	    " comment, state, created_at, '' FROM deployments ORDER BY id",
	    SCHEMA_BRANCH,
	    "SELECT id, user_id, application_name, target_name, commit_sha,"
	    " comment, state, created_at, branch FROM deployments"
	    " ORDER BY id" },
	[OLD_SEQUENCE] = { SCHEMA_DEPLOYMENTS, "SELECT seq FROM"
	    " sqlite_sequence WHERE name = 'deployments'", SCHEMA_MAX, NULL },
	[OLD_COUNT] = { SCHEMA_ENTRIES, "SELECT count(*) FROM log_entries",
	    SCHEMA_MAX, NULL },
	/* Small rows to sort; the lines themselves are fetched one by one. */
	[OLD_ORDER] = { SCHEMA_ENTRIES, "SELECT id, deployment_id FROM"
	    " log_entries ORDER BY deployment_id, timestamp, id", SCHEMA_MAX,
	    NULL },
	[OLD_ENTRY] = { SCHEMA_ENTRIES, "SELECT entry_type, origin, message,"
	    " timestamp FROM log_entries WHERE id = ?1", SCHEMA_MAX, NULL },
};

/* And those on the store, which nobody else needs. */
enum {
	NEW_IS_EMPTY,
	NEW_USER,
	NEW_USER_OF,
	NEW_DEPLOYMENT,
	NEW_SEQUENCE,
	NEW_FIND,
	NEW_COUNT,
	NEW_SILENT,
	NEW_MAX
};

static const char *const new_sql[NEW_MAX] = {
	[NEW_IS_EMPTY] = "SELECT NOT EXISTS (SELECT 1 FROM users) AND"
	    " NOT EXISTS (SELECT 1 FROM deployments)",
	[NEW_USER] = "INSERT INTO users (login, github_id, created_at)"
	    " VALUES (?1, ?2, ?3) RETURNING id",
	[NEW_USER_OF] = "SELECT id FROM users WHERE github_id IS ?1"
	    " AND (?1 IS NOT NULL OR login = '(unknown)')",
	[NEW_DEPLOYMENT] = "INSERT INTO deployments (id, user_id, application,"
	    " target, commit_sha, branch, comment, stages, state, ended_by,"
	    " reason, created_at, started_at, ended_at) VALUES (?1, ?2, ?3,"
	    " ?4, ?5, ?6, ?7, '', ?8, ?9, ?10, ?11, ?11, ?11)",
	[NEW_SEQUENCE] = "UPDATE sqlite_sequence SET seq = max(seq, ?1)"
	    " WHERE name = 'deployments'",
	[NEW_FIND] = "SELECT created_at, ended_by IS NOT NULL FROM deployments"
	    " WHERE id = ?1",
	[NEW_COUNT] = "UPDATE deployments SET entries = ?2, output = ?3,"
	    " ended_at = ?4 WHERE id = ?1",
	[NEW_SILENT] = "SELECT id FROM deployments WHERE id > ?1 AND"
	    " entries = 0 AND ended_by IS NOT NULL ORDER BY id LIMIT 1",
};

/* The deployment whose log entries come now. */
struct writing {
	int64_t		 id;		/* 0: none */
	uint64_t	 entries;
	uint64_t	 output;
	uint64_t	 time;		/* of the last entry, in ns */
	enum entry_type	 last;
	bool		 exists;
	bool		 unfinished;
};

struct import {
	sqlite3			*db;
	sqlite3_stmt		*old[OLD_MAX];
	sqlite3_stmt		*new[NEW_MAX];
	int			 phase;
	int64_t			 now;
	struct writing		 writing;
	int64_t			 silent;	/* the last of them */
	struct import_counts	 counts;
	char			 error[256];
};

static int	old_fd = -1;		/* while it is being opened */

static int	phase_people(struct import *);
static int	phase_deployments(struct import *);
static int	phase_entries(struct import *);
static int	phase_silent(struct import *);

/* In this order; each does one row: 1, no more: 0, failed: -1. */
static int (*const phases[])(struct import *) = {
	phase_people,
	phase_deployments,
	phase_entries,
	phase_silent
};
#define NPHASES	((int)(sizeof(phases) / sizeof(phases[0])))

static int fail(struct import *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct import *im, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(im->error, sizeof(im->error), fmt, ap);
	va_end(ap);
	return -1;
}

static int
fail_old(struct import *im)
{
	return fail(im, "it can't be read: %s", sqlite3_errmsg(im->db));
}

static int
fail_new(struct import *im)
{
	return fail(im, "the store does not take it: %s",
	    sqlite3_errmsg(store_database()));
}

/* What SQLite calls to open a file. */
static int
old_open(const char *name, int flags, int mode)
{
	if (strcmp(name, OLD_NAME) != 0) {
		errno = ENOENT;
		return -1;
	}
	(void)flags;
	(void)mode;
	return fcntl(old_fd, F_DUPFD_CLOEXEC, 3);
}

/* Opens the descriptor as a database that does not change. */
static int
old_database(struct import *im, int fd)
{
	sqlite3_vfs	*vfs = sqlite3_vfs_find(NULL);
	int		 r;

	if (vfs == NULL || vfs->iVersion < 3 || vfs->xSetSystemCall(vfs,
	    "open", (sqlite3_syscall_ptr)old_open) != SQLITE_OK)
		return fail(im, "this SQLite can't open a descriptor");
	old_fd = fd;
	r = sqlite3_open_v2("file:" OLD_NAME "?immutable=1", &im->db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
	    NULL);
	/* It is opened when it is read for the first time. */
	if (r == SQLITE_OK) {
		sqlite3_db_config(im->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		r = sqlite3_exec(im->db, "PRAGMA trusted_schema = OFF;"
		    "PRAGMA cell_size_check = ON;"
		    "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	}
	old_fd = -1;
	vfs->xSetSystemCall(vfs, "open", NULL);
	if (r == SQLITE_NOTADB)
		return fail(im, "it is not an SQLite database");
	return r == SQLITE_OK ? 0 : fail_old(im);
}

/* The first value of a query on the old one; -1 in *r when that fails. */
static int64_t
old_number(struct import *im, const char *sql, int *r)
{
	sqlite3_stmt	*st;
	int64_t		 v = 0;

	*r = -1;
	if (sqlite3_prepare_v2(im->db, sql, -1, &st, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	if (sqlite3_finalize(st) == SQLITE_OK)
		*r = 0;
	return v;
}

static enum schema
schema_find(struct import *im)
{
	int64_t		version;
	enum schema	s;
	int		r;

	if (old_number(im, "SELECT count(*) FROM sqlite_master WHERE type ="
	    " 'table' AND name = 'goose_db_version'", &r) == 0) {
		fail(im, "it is not a database of Applikatoni");
		return SCHEMA_NONE;
	}
	version = old_number(im, version_sql, &r);
	for (s = SCHEMA_NONE; s < SCHEMA_MAX; s++)
		if (migrations[s] == version)
			break;
	if (r == -1)
		fail_old(im);
	else if (s == SCHEMA_NONE)
		fail(im, "it has no tables yet, so there is nothing to "
		    "import");
	else if (s == SCHEMA_MAX)
		fail(im, version > migrations[SCHEMA_TOKEN] ?
		    "its schema %lld is newer than the last one of Applikatoni"
		    : "its schema %lld is none that Applikatoni had",
		    (long long)version);
	else
		return s;
	return SCHEMA_NONE;
}

static int
old_check(struct import *im)
{
	sqlite3_stmt	*st;
	int		 r = -1;

	if (sqlite3_prepare_v2(im->db, "PRAGMA quick_check(1)", -1, &st,
	    NULL) != SQLITE_OK)
		return fail_old(im);
	if (sqlite3_step(st) == SQLITE_ROW &&
	    strcmp(column_string(st, 0), "ok") == 0)
		r = 0;
	else
		fail(im, "it is damaged: %.200s", column_string(st, 0));
	sqlite3_finalize(st);
	return r;
}

static int
statements_prepare(struct import *im, enum schema schema)
{
	const char	*sql;
	int		 i;

	for (i = 0; i < OLD_MAX; i++) {
		sql = schema >= old_sql[i].whole_since ? old_sql[i].whole_sql :
		    old_sql[i].sql;
		if (schema >= old_sql[i].since && sqlite3_prepare_v2(im->db,
		    sql, -1, &im->old[i], NULL) != SQLITE_OK)
			return fail_old(im);
	}
	for (i = 0; i < NEW_MAX; i++)
		if (sqlite3_prepare_v2(store_database(), new_sql[i], -1,
		    &im->new[i], NULL) != SQLITE_OK)
			return fail_new(im);
	return 0;
}

static int
space_check(struct import *im, int fd, int64_t floor)
{
	struct stat	st;
	int64_t		needed;

	if (fstat(fd, &st) == -1)
		return fail(im, "it can't be read: %s", strerror(errno));
	needed = SPACE(st.st_size) + floor;
	if (store_free_space() < needed)
		return fail(im, "importing it may need %lld MB beside the "
		    "store; %lld MB are free", (long long)needed / 1000000 + 1,
		    (long long)store_free_space() / 1000000);
	return 0;
}

static int
store_is_ready(struct import *im)
{
	sqlite3_stmt	*st = im->new[NEW_IS_EMPTY];
	bool		 is_empty;

	is_empty = sqlite3_step(st) == SQLITE_ROW &&
	    sqlite3_column_int(st, 0);
	sqlite3_reset(st);
	if (!is_empty)
		return fail(im, "the store has people or deployments already; "
		    "move its files away, or name another database, to import "
		    "into an empty one");
	if (sqlite3_exec(store_database(), "PRAGMA journal_mode = DELETE",
	    NULL, NULL, NULL) != SQLITE_OK || store_begin() == -1)
		return fail_new(im);
	return 0;
}

struct import *
store_import_start(int fd, int64_t floor, const char *tmpdir, const char **why)
{
	static char	 error[256];
	struct import	*im;
	enum schema	 schema;
	int		 r;

	if ((im = calloc(1, sizeof(*im))) == NULL)
		fatal("calloc");
	im->now = now_ms();
	/* For the sorting of many lines. */
	sqlite3_temp_directory = sqlite3_mprintf("%s", tmpdir);
	if (space_check(im, fd, floor) == 0 && old_database(im, fd) == 0 &&
	    (schema = schema_find(im)) != SCHEMA_NONE && old_check(im) == 0 &&
	    statements_prepare(im, schema) == 0 && store_is_ready(im) == 0) {
		if (im->old[OLD_COUNT] != NULL)
			im->counts.all = old_number(im,
			    old_sql[OLD_COUNT].sql, &r);
		return im;
	}
	strlcpy(error, im->error, sizeof(error));
	*why = error;
	store_import_free(im);
	return NULL;
}

/* The next row of the old database: 1, no more: 0, failed: -1. */
static int
old_row(struct import *im, int i)
{
	if (im->old[i] == NULL)
		return 0;
	switch (sqlite3_step(im->old[i])) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(im->old[i]);
		return 0;
	default:
		return fail_old(im);
	}
}

/* Runs one on the store, whose parameters are bound; *v: its first value. */
static int
new_run(struct import *im, int i, int64_t *v)
{
	sqlite3_stmt	*st = im->new[i];
	int		 r, rows = 0;

	while ((r = sqlite3_step(st)) == SQLITE_ROW) {
		rows++;
		if (v != NULL)
			*v = sqlite3_column_int64(st, 0);
	}
	if (r != SQLITE_DONE)
		fail_new(im);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return r == SQLITE_DONE ? rows : -1;
}

/* Nobody can have a login with a bracket, so nobody takes such a row over. */
static int
user_add(struct import *im, const char *login, int64_t github_id, int64_t *id)
{
	sqlite3_stmt	*st = im->new[NEW_USER];
	char		 nobody[LOGIN_MAX];

	if (login == NULL && github_id > 0)
		snprintf(nobody, sizeof(nobody), "(github %lld)",
		    (long long)github_id);
	else
		strlcpy(nobody, "(unknown)", sizeof(nobody));
	sqlite3_bind_text(st, 1, login == NULL ? nobody : login, -1,
	    SQLITE_TRANSIENT);
	if (github_id > 0)
		sqlite3_bind_int64(st, 2, github_id);
	sqlite3_bind_int64(st, 3, im->now);
	return new_run(im, NEW_USER, id) == -1 ? -1 : 0;
}

/* Who has two rows with one name has neither of them any more. */
static int
phase_people(struct import *im)
{
	sqlite3_stmt		*row = im->old[OLD_PEOPLE];
	struct store_token	 token = { .deploy = true };
	const char		*login, *secret;
	int64_t			 id, github_id;
	uint64_t		 token_id;
	int			 r;

	if ((r = old_row(im, OLD_PEOPLE)) != 1)
		return r;
	github_id = sqlite3_column_int64(row, 0);
	login = column_string(row, 1);
	if (!is_login(login) || sqlite3_column_int64(row, 2) > 1) {
		log_warnx("person without a login: github_id=%lld name=%s "
		    "reason=\"%s\"", (long long)github_id, log_quote(login),
		    is_login(login) ? "others have it too" : "it is none");
		login = NULL;
	}
	if (user_add(im, login, github_id, &id) == -1)
		return -1;
	im->counts.people++;
	secret = column_string(row, 3);
	if (*secret == '\0' || store_token_find(secret, &token) == 1)
		return 1;
	memset(&token, 0, sizeof(token));
	token.user_id = id;
	token.deploy = true;
	token.created_at = im->now;
	if (store_token_add(&token, secret, &token_id) == -1)
		return fail_new(im);
	im->counts.tokens++;
	return 1;
}

static int
user_of(struct import *im, int64_t github_id, int64_t *id)
{
	int	r;

	if (github_id > 0)
		sqlite3_bind_int64(im->new[NEW_USER_OF], 1, github_id);
	if ((r = new_run(im, NEW_USER_OF, id)) == 0)
		return user_add(im, NULL, github_id, id);
	return r == -1 ? -1 : 0;
}

static int64_t
column_time(sqlite3_stmt *st, int i, int64_t otherwise)
{
	uint64_t	ns;

	if (time_parse(column_string(st, i), &ns) == -1)
		return otherwise;
	return ns / 1000000;
}

/* Copies a column as text, cut at max bytes. */
static void
text_bind(sqlite3_stmt *to, int i, sqlite3_stmt *from, int column, int max)
{
	const char	*s = column_string(from, column);
	int		 n = sqlite3_column_bytes(from, column);

	sqlite3_bind_text(to, i, s, n > max ? max : n, SQLITE_TRANSIENT);
}

static int
sequence_take(struct import *im)
{
	int	r;

	if ((r = old_row(im, OLD_SEQUENCE)) != 1)
		return r;
	sqlite3_bind_int64(im->new[NEW_SEQUENCE], 1,
	    sqlite3_column_int64(im->old[OLD_SEQUENCE], 0));
	sqlite3_reset(im->old[OLD_SEQUENCE]);
	return new_run(im, NEW_SEQUENCE, NULL);
}

static int
phase_deployments(struct import *im)
{
	sqlite3_stmt	*row = im->old[OLD_DEPLOYMENTS];
	sqlite3_stmt	*st = im->new[NEW_DEPLOYMENT];
	const char	*state;
	int64_t		 id, user;
	int		 r, i;

	if ((r = old_row(im, OLD_DEPLOYMENTS)) != 1)
		return r == 0 ? sequence_take(im) : r;
	id = sqlite3_column_int64(row, 0);
	state = column_string(row, 6);
	if (id < 1)
		return fail(im, "a deployment has the number %lld",
		    (long long)id);
	if (state_by_name(state) == STATE_MAX)
		return fail(im, "deployment %lld has the state %s",
		    (long long)id, log_quote(state));
	if (user_of(im, sqlite3_column_int64(row, 1), &user) == -1)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, user);
	for (i = 0; i < 3; i++)
		text_bind(st, 3 + i, row, 2 + i, NAME_MAX_BYTES);
	text_bind(st, 6, row, 8, NAME_MAX_BYTES);
	text_bind(st, 7, row, 5, COMMENT_MAX);
	if (strcmp(state, state_name(STATE_SUCCESSFUL)) != 0 &&
	    strcmp(state, state_name(STATE_FAILED)) != 0) {
		state = state_name(STATE_FAILED);
		sqlite3_bind_text(st, 9, ended_by_name(ENDED_BY_DAEMON), -1,
		    SQLITE_STATIC);
		sqlite3_bind_text(st, 10, UNFINISHED, -1, SQLITE_STATIC);
	}
	sqlite3_bind_text(st, 8, state, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 11, column_time(row, 7, im->now));
	im->counts.deployments++;
	return new_run(im, NEW_DEPLOYMENT, NULL) == -1 ? -1 : 1;
}

static int
entry_write(struct import *im, struct entry *e)
{
	struct writing	*w = &im->writing;

	e->id = ++w->entries;
	w->last = e->type;
	if (entry_is_output(e))
		w->output += e->len;
	return store_entry_add(w->id, e) == -1 ? fail_new(im) : 0;
}

/* A log ends with a final entry, also of what had not ended. */
static int
final_write(struct import *im)
{
	struct writing	*w = &im->writing;
	struct entry	 e = { .type = ENTRY_DEPLOYMENT_FAIL,
			    .origin = "applikatoni", .time = w->time };
	char		 text[128];

	if (!w->unfinished || (w->entries > 0 &&
	    (w->last == ENTRY_DEPLOYMENT_SUCCESS ||
	    w->last == ENTRY_DEPLOYMENT_FAIL)))
		return 0;
	e.len = snprintf(text, sizeof(text), "deployment_id=%lld, err="
	    UNFINISHED, (long long)w->id);
	e.message = text;
	return entry_write(im, &e);
}

static int
writing_begin(struct import *im, int64_t id)
{
	sqlite3_stmt	*st = im->new[NEW_FIND];

	im->writing = (struct writing){ .id = id };
	sqlite3_bind_int64(st, 1, id);
	if (sqlite3_step(st) == SQLITE_ROW) {
		im->writing.exists = true;
		im->writing.time = sqlite3_column_int64(st, 0) * 1000000;
		im->writing.unfinished = sqlite3_column_int(st, 1);
	}
	return sqlite3_reset(st) == SQLITE_OK ? 0 : fail_new(im);
}

static int
writing_end(struct import *im)
{
	struct writing	*w = &im->writing;
	sqlite3_stmt	*st = im->new[NEW_COUNT];

	if (!w->exists)
		return 0;
	if (final_write(im) == -1)
		return -1;
	sqlite3_bind_int64(st, 1, w->id);
	sqlite3_bind_int64(st, 2, w->entries);
	sqlite3_bind_int64(st, 3, w->output);
	sqlite3_bind_int64(st, 4, w->time / 1000000);
	w->exists = false;
	return new_run(im, NEW_COUNT, NULL) == -1 ? -1 : 0;
}

/* A line of the old log, in pieces if it is longer than ours are. */
static int
entry_copy(struct import *im, sqlite3_stmt *row, int64_t id)
{
	struct entry	 e;
	const char	*message;
	size_t		 left;
	int		 type;

	if ((type = entry_type_by_name(column_string(row, 0))) == -1)
		return fail(im, "log entry %lld has the type %s",
		    (long long)id, log_quote(column_string(row, 0)));
	memset(&e, 0, sizeof(e));
	e.type = type;
	e.origin = column_string(row, 1);
	if (!is_origin(e.origin) || strlen(e.origin) > ENTRY_ORIGIN_MAX)
		e.origin = "unknown";
	if (time_parse(column_string(row, 3), &im->writing.time) == -1)
		log_debug("log entry without a time: id=%lld", (long long)id);
	e.time = im->writing.time;
	message = column_string(row, 2);
	left = sqlite3_column_bytes(row, 2);
	do {
		e.message = message;
		e.len = left > ENTRY_MESSAGE_MAX ? ENTRY_MESSAGE_MAX : left;
		left -= e.len;
		message += e.len;
		e.flags = left > 0 ? ENTRY_CONTINUED : 0;
		if (entry_write(im, &e) == -1)
			return -1;
	} while (left > 0);
	return 0;
}

static int
phase_entries(struct import *im)
{
	sqlite3_stmt	*row = im->old[OLD_ENTRY];
	int64_t		 id, deployment;
	int		 r;

	if ((r = old_row(im, OLD_ORDER)) != 1)
		return r == 0 ? writing_end(im) : r;
	id = sqlite3_column_int64(im->old[OLD_ORDER], 0);
	deployment = sqlite3_column_int64(im->old[OLD_ORDER], 1);
	im->counts.done++;
	if (deployment != im->writing.id && (writing_end(im) == -1 ||
	    writing_begin(im, deployment) == -1))
		return -1;
	if (!im->writing.exists) {
		im->counts.orphans++;
		return 1;
	}
	sqlite3_bind_int64(row, 1, id);
	if ((r = old_row(im, OLD_ENTRY)) == 1)
		r = entry_copy(im, row, id);
	else if (r == 0)
		fail(im, "it is damaged: log entry %lld", (long long)id);
	sqlite3_reset(row);
	return r == 0 ? 1 : -1;
}

/* Those that had not ended and have no log at all get their last line. */
static int
phase_silent(struct import *im)
{
	int	r;

	/* One at a time: writing changes what is found. */
	sqlite3_bind_int64(im->new[NEW_SILENT], 1, im->silent);
	if ((r = new_run(im, NEW_SILENT, &im->silent)) != 1)
		return r;
	if (writing_begin(im, im->silent) == -1 || writing_end(im) == -1)
		return -1;
	return 1;
}

int
store_import_step(struct import *im, unsigned rows)
{
	int	r = 1;

	while (rows-- > 0 && im->phase < NPHASES) {
		if ((r = phases[im->phase](im)) == -1)
			return -1;
		if (r == 0)
			im->phase++;
	}
	return im->phase < NPHASES;
}

const struct import_counts *
store_import_counts(const struct import *im)
{
	return &im->counts;
}

const char *
store_import_error(const struct import *im)
{
	return im->error;
}

int
store_import_commit(struct import *im)
{
	char	text[128];

	snprintf(text, sizeof(text), "deployments=%llu entries=%llu",
	    (unsigned long long)im->counts.deployments,
	    (unsigned long long)im->counts.done);
	if (store_audit_add(im->now, "root", "import", text) == -1 ||
	    store_commit() == -1)
		return fail_new(im);
	return 0;
}

void
store_import_free(struct import *im)
{
	int	i;

	if (im == NULL)
		return;
	for (i = 0; i < OLD_MAX; i++)
		sqlite3_finalize(im->old[i]);
	for (i = 0; i < NEW_MAX; i++)
		sqlite3_finalize(im->new[i]);
	sqlite3_close(im->db);
	/* What has not been committed is gone. */
	store_rollback();
	free(im);
}
