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
 * A copy of the database while it is in use: SQLite's online backup, a few
 * pages at a time, into a file beside it that has no name any more.
 */

#include "config.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "store.h"
#include "store_sql.h"

#define PAGES		256	/* a step: a megabyte */
#define SPARE		(1024 * 1024)

struct backup {
	sqlite3		*copy;
	sqlite3_backup	*run;
	int		 fd;
	bool		 whole;
};

static struct backup	*current;

static int
copy_open(struct backup *b)
{
	char	name[PATH_MAX];

	snprintf(name, sizeof(name), "%s-backup", store_path());
	unlink(name);
	b->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (b->fd == -1)
		return -1;
	if (sqlite3_open_v2(name, &b->copy, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    sqlite3_exec(b->copy, "PRAGMA journal_mode = OFF;"
	    "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE",
	    NULL, NULL, NULL) == SQLITE_OK)
		b->run = sqlite3_backup_init(b->copy, "main",
		    store_database(), "main");
	/* The first step opens what there is to be opened. */
	if (b->run != NULL)
		store_backup_step(b);
	unlink(name);
	return b->run == NULL && !b->whole ? -1 : 0;
}

struct backup *
store_backup_start(const char **why)
{
	struct backup	*b;

	if (current != NULL) {
		*why = "another backup is running";
		return NULL;
	}
	if (store_free_space() < store_size() + SPARE) {
		*why = "there is not enough free space for a copy";
		return NULL;
	}
	if ((b = calloc(1, sizeof(*b))) == NULL)
		fatal("calloc");
	b->fd = -1;
	current = b;
	if (copy_open(b) == -1) {
		log_warn("backup failed: error=%s", log_quote(
		    b->copy == NULL ? "" : sqlite3_errmsg(b->copy)));
		store_backup_free(b);
		*why = "the copy can't be made";
		return NULL;
	}
	return b;
}

int
store_backup_step(struct backup *b)
{
	if (b->whole)
		return 0;
	if (b->run == NULL)
		return -1;
	switch (sqlite3_backup_step(b->run, PAGES)) {
	case SQLITE_OK:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return 1;
	case SQLITE_DONE:
		break;
	default:
		sqlite3_backup_finish(b->run);
		b->run = NULL;
		return -1;
	}
	sqlite3_backup_finish(b->run);
	b->run = NULL;
	b->whole = true;
	return lseek(b->fd, 0, SEEK_SET) == -1 ? -1 : 0;
}

ssize_t
store_backup_read(struct backup *b, void *data, size_t len)
{
	return read(b->fd, data, len);
}

void
store_backup_free(struct backup *b)
{
	if (b == NULL)
		return;
	if (b->run != NULL)
		sqlite3_backup_finish(b->run);
	if (b->copy != NULL)
		sqlite3_close(b->copy);
	if (b->fd != -1)
		close(b->fd);
	if (current == b)
		current = NULL;
	free(b);
}
