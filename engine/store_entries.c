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
 * Log entries in the store: the busiest table, written by one statement and
 * read in order from a number on.
 */

#include "config.h"

#include <string.h>

#include "entries.h"
#include "store.h"
#include "store_sql.h"

enum {
	ADD,
	LIST
};

struct statement entry_statements[] = {
	[ADD] = { "INSERT INTO entries (deployment_id, id, time, type, flags,"
	    " origin, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", NULL },
	[LIST] = { "SELECT id, time, type, flags, origin, message"
	    " FROM entries WHERE deployment_id = ?1 AND id >= ?2"
	    " ORDER BY id", NULL },
	{ NULL, NULL }
};

/* Binds without letters, because there are hundreds of thousands of these. */
int
store_entry_add(uint64_t deployment, const struct entry *e)
{
	sqlite3_stmt	*st = entry_statements[ADD].handle;
	int		 r;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, deployment);
	sqlite3_bind_int64(st, 2, e->id);
	sqlite3_bind_int64(st, 3, e->time);
	sqlite3_bind_int64(st, 4, e->type);
	sqlite3_bind_int64(st, 5, e->flags);
	sqlite3_bind_text(st, 6, e->origin, -1, SQLITE_STATIC);
	/* No bytes is a blob too, and not NULL. */
	if (e->len == 0)
		sqlite3_bind_zeroblob(st, 7, 0);
	else
		sqlite3_bind_blob(st, 7, e->message, e->len, SQLITE_STATIC);
	r = sqlite3_step(st);
	if (r != SQLITE_DONE)
		store_failed("adding a log entry");
	sqlite3_reset(st);
	return r == SQLITE_DONE ? 0 : -1;
}

int
store_entries(uint64_t deployment, uint64_t from, store_entry_fn fn,
    void *arg)
{
	sqlite3_stmt	*st;
	struct entry	 e;
	int64_t		 type;
	int		 r;

	if (deployment > INT64_MAX || from > INT64_MAX)
		return 0;
	st = store_start(&entry_statements[LIST], "qq", deployment, from);
	while ((r = store_step(st)) == 1) {
		e.id = sqlite3_column_int64(st, 0);
		e.time = sqlite3_column_int64(st, 1);
		type = sqlite3_column_int64(st, 2);
		e.type = type < 0 || type >= ENTRY_MAX ?
		    ENTRY_STAGE_RESULT : type;
		e.flags = sqlite3_column_int64(st, 3);
		e.origin = column_string(st, 4);
		e.message = sqlite3_column_blob(st, 5);
		e.len = sqlite3_column_bytes(st, 5);
		if (!fn(&e, arg)) {
			store_stop(st);
			return 1;
		}
	}
	return r;
}
