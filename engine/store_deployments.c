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
 * Deployments in the store.  That there is one at a time for a target is kept
 * by a unique index, not by asking beforehand.
 */

#include "config.h"

#include <string.h>

#include "store.h"
#include "store_sql.h"

#define COLUMNS								\
	"d.id, d.user_id, u.login, d.application, d.target, d.commit_sha,"\
	" d.branch, d.comment, d.stages, d.state, d.ended_by, d.reason,"\
	" d.commands_on, d.created_at, d.started_at, d.ended_at,"	\
	" d.entries, d.seq, d.output, d.dropped_lines, d.dropped_bytes"
#define FROM	" FROM deployments d JOIN users u ON u.id = d.user_id "
#define ORDER	" ORDER BY d.id DESC LIMIT "

enum {
	ADD,
	ACTIVE,
	KILL,
	END,
	COUNT,
	FIND,
	LAST,
	LIST_ALL,
	LIST_APPLICATION,
	LIST_TARGET,
	UNFINISHED,
	RUNNING,
	TOTALS,
	EXPIRED,
	EXPIRE_ENTRIES,
	EXPIRE_OUTBOX,
	EXPIRE
};

struct statement deployment_statements[] = {
	[ADD] = { "INSERT INTO deployments (user_id, application, target,"
	    " commit_sha, branch, comment, stages, state, created_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'new', ?8)"
	    " ON CONFLICT DO NOTHING", NULL },
	[ACTIVE] = { "UPDATE deployments SET state = 'active',"
	    " started_at = ?2 WHERE id = ?1", NULL },
	[KILL] = { "UPDATE deployments SET ended_by = ?2, reason = ?3"
	    " WHERE id = ?1", NULL },
	[END] = { "UPDATE deployments SET state = ?2, ended_by = ?3,"
	    " reason = ?4, ended_at = ?5, commands_on = NULL"
	    " WHERE id = ?1", NULL },
	[COUNT] = { "UPDATE deployments SET entries = ?2, seq = ?3,"
	    " output = ?4, dropped_lines = ?5, dropped_bytes = ?6,"
	    " commands_on = ?7 WHERE id = ?1", NULL },
	[FIND] = { "SELECT " COLUMNS FROM "WHERE d.id = ?1", NULL },
	[LAST] = { "SELECT " COLUMNS FROM "WHERE d.application = ?1"
	    " AND d.target = ?2" ORDER "1", NULL },
	[LIST_ALL] = { "SELECT " COLUMNS FROM "WHERE d.id < ?1" ORDER "?2",
	    NULL },
	[LIST_APPLICATION] = { "SELECT " COLUMNS FROM "WHERE d.application"
	    " = ?3 AND d.id < ?1" ORDER "?2", NULL },
	[LIST_TARGET] = { "SELECT " COLUMNS FROM "WHERE d.application = ?3"
	    " AND d.target = ?4 AND d.id < ?1" ORDER "?2", NULL },
	[UNFINISHED] = { "SELECT " COLUMNS FROM
	    "WHERE d.state IN ('new', 'active')", NULL },
	[RUNNING] = { "SELECT id FROM deployments WHERE application = ?1"
	    " AND target = ?2 AND state IN ('new', 'active')", NULL },
	[TOTALS] = { "SELECT n FROM totals WHERE state = ?1", NULL },
	[EXPIRED] = { "SELECT id FROM deployments WHERE ended_at < ?1"
	    " ORDER BY ended_at LIMIT 1", NULL },
	[EXPIRE_ENTRIES] = { "DELETE FROM entries WHERE deployment_id = ?1"
	    " AND id < (SELECT min(id) FROM entries WHERE deployment_id = ?1)"
	    " + ?2", NULL },
	[EXPIRE_OUTBOX] = { "DELETE FROM outbox WHERE deployment_id = ?1",
	    NULL },
	[EXPIRE] = { "DELETE FROM deployments WHERE id = ?1", NULL },
	{ NULL, NULL }
};

static const char *const names[STATE_MAX] = {
	[STATE_NEW] =		"new",
	[STATE_ACTIVE] =	"active",
	[STATE_SUCCESSFUL] =	"successful",
	[STATE_FAILED] =	"failed",
};

const char *
state_name(enum state s)
{
	return s < STATE_MAX ? names[s] : "unknown";
}

enum state
state_by_name(const char *name)
{
	int	i;

	for (i = 0; i < STATE_MAX; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return i;
}

static enum ended_by
ended_by_by_name(const char *name)
{
	int	i;

	for (i = ENDED_BY_MAX - 1; i > ENDED_BY_NONE; i--)
		if (strcmp(ended_by_name(i), name) == 0)
			break;
	return i;
}

static void
row_read(sqlite3_stmt *st, struct store_deployment *d)
{
	d->id = sqlite3_column_int64(st, 0);
	d->user_id = sqlite3_column_int64(st, 1);
	d->user = column_string(st, 2);
	d->application = column_string(st, 3);
	d->target = column_string(st, 4);
	d->sha = column_string(st, 5);
	d->branch = column_string(st, 6);
	d->comment = column_string(st, 7);
	d->stages = column_string(st, 8);
	d->state = state_by_name(column_string(st, 9));
	if (d->state == STATE_MAX)
		d->state = STATE_FAILED;
	d->ended_by = ended_by_by_name(column_string(st, 10));
	d->reason = (const char *)sqlite3_column_text(st, 11);
	d->commands_on = (const char *)sqlite3_column_text(st, 12);
	d->created_at = sqlite3_column_int64(st, 13);
	d->started_at = sqlite3_column_int64(st, 14);
	d->ended_at = sqlite3_column_int64(st, 15);
	d->entries = sqlite3_column_int64(st, 16);
	d->seq = sqlite3_column_int64(st, 17);
	d->output = sqlite3_column_int64(st, 18);
	d->dropped_lines = sqlite3_column_int64(st, 19);
	d->dropped_bytes = sqlite3_column_int64(st, 20);
}

/* Hands out each row: how many there were, or -1. */
static int
rows_tell(sqlite3_stmt *st, store_deployment_fn fn, void *arg)
{
	struct store_deployment	d;
	int			n = 0, r;

	while ((r = store_step(st)) == 1) {
		row_read(st, &d);
		fn(&d, arg);
		n++;
	}
	return r == -1 ? -1 : n;
}

int
store_deployment_add(const struct store_deployment *d, uint64_t *id)
{
	int	r;

	r = store_run(&deployment_statements[ADD], "qssssssq", d->user_id,
	    d->application, d->target, d->sha, d->branch, d->comment,
	    d->stages, d->created_at);
	if (r == 1)
		*id = sqlite3_last_insert_rowid(store_database());
	return r;
}

int
store_deployment_active(uint64_t id, int64_t now)
{
	return store_run(&deployment_statements[ACTIVE], "qq", id, now) == -1 ?
	    -1 : 0;
}

int
store_deployment_kill(uint64_t id, enum ended_by by, const char *reason)
{
	return store_run(&deployment_statements[KILL], "qss", id,
	    ended_by_name(by), reason) == -1 ? -1 : 0;
}

int
store_deployment_end(uint64_t id, enum state state, enum ended_by by,
    const char *reason, int64_t now)
{
	return store_run(&deployment_statements[END], "qsssq", id,
	    state_name(state), ended_by_name(by), reason, now) == -1 ? -1 : 0;
}

int
store_deployment_count(const struct store_deployment *d)
{
	return store_run(&deployment_statements[COUNT], "qqqqqqs", d->id,
	    d->entries, d->seq, d->output, d->dropped_lines, d->dropped_bytes,
	    d->commands_on) == -1 ? -1 : 0;
}

int
store_deployment_find(uint64_t id, store_deployment_fn fn, void *arg)
{
	if (id > INT64_MAX)
		return 0;
	return rows_tell(store_start(&deployment_statements[FIND], "q", id),
	    fn, arg);
}

int
store_deployment_last(const char *application, const char *target,
    store_deployment_fn fn, void *arg)
{
	return rows_tell(store_start(&deployment_statements[LAST], "ss",
	    application, target), fn, arg);
}

int
store_deployments(const char *application, const char *target,
    uint64_t before, unsigned n, store_deployment_fn fn, void *arg)
{
	struct statement	*s = deployment_statements;
	int64_t			 limit = n;

	if (before == 0 || before > INT64_MAX)
		before = INT64_MAX;
	if (application == NULL)
		return rows_tell(store_start(&s[LIST_ALL], "qq", before,
		    limit), fn, arg);
	if (target == NULL)
		return rows_tell(store_start(&s[LIST_APPLICATION], "qqs",
		    before, limit, application), fn, arg);
	return rows_tell(store_start(&s[LIST_TARGET], "qqss", before, limit,
	    application, target), fn, arg);
}

int
store_deployments_unfinished(store_deployment_fn fn, void *arg)
{
	return rows_tell(store_start(&deployment_statements[UNFINISHED], ""),
	    fn, arg);
}

uint64_t
store_deployment_running(const char *application, const char *target)
{
	sqlite3_stmt	*st;
	uint64_t	 id = 0;

	st = store_start(&deployment_statements[RUNNING], "ss", application,
	    target);
	if (store_step(st) == 1) {
		id = sqlite3_column_int64(st, 0);
		store_stop(st);
	}
	return id;
}

static int
total_read(const char *name, uint64_t *n)
{
	sqlite3_stmt	*st;

	st = store_start(&deployment_statements[TOTALS], "s", name);
	if (store_step(st) != 1)
		return -1;
	*n = sqlite3_column_int64(st, 0);
	store_stop(st);
	return 0;
}

int
store_totals(uint64_t totals[STATE_MAX], uint64_t *entries)
{
	int	i;

	for (i = 0; i < STATE_MAX; i++)
		if (total_read(names[i], &totals[i]) == -1)
			return -1;
	return total_read("entries", entries);
}

int
store_deployments_expire(int64_t before, unsigned slice)
{
	struct statement	*s = deployment_statements;
	sqlite3_stmt		*st;
	uint64_t		 id;
	int			 r;

	st = store_start(&s[EXPIRED], "q", before);
	if ((r = store_step(st)) != 1)
		return r;
	id = sqlite3_column_int64(st, 0);
	store_stop(st);
	r = store_run(&s[EXPIRE_ENTRIES], "qq", id, (int64_t)slice);
	if (r != 0)
		return r == -1 ? -1 : 1;
	if (store_run(&s[EXPIRE_OUTBOX], "q", id) == -1 ||
	    store_run(&s[EXPIRE], "q", id) == -1)
		return -1;
	return 1;
}
