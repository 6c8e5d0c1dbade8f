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
 * What the files of the store share: fixed statements, prepared once, and how
 * they are bound and run.  Only store*.c includes this.
 */

#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdint.h>

struct statement {
	const char	*sql;
	sqlite3_stmt	*handle;
};

/* Tables of the files, each ended by one without SQL. */
extern struct statement	deployment_statements[], entry_statements[],
			people_statements[], outbox_statements[],
			store_statements[];

sqlite3		*store_database(void);
const char	*store_path(void);

/*
 * Binds values by letters: q int64_t; z int64_t, 0 is NULL; s string, may be
 * NULL; d pointer and size_t.  store_start readies a query; store_step gives
 * 1 for each row, then 0, or -1; store_stop ends it early.  store_run runs it
 * to its end and returns how many rows it changed, or -1.
 */
sqlite3_stmt	*store_start(struct statement *, const char *letters, ...);
int		 store_step(sqlite3_stmt *);
void		 store_stop(sqlite3_stmt *);
int		 store_run(struct statement *, const char *letters, ...);

/* Logs what SQLite says, not more often than now and then; returns -1. */
int		 store_failed(const char *doing);

/* A column as text, never NULL; copied into a buffer. */
const char	*column_string(sqlite3_stmt *, int);
void		 column_copy(sqlite3_stmt *, int, char *, size_t);

#endif
