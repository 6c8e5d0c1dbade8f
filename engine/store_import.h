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
 * Importing the database of the original Applikatoni.
 */

#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include <stdint.h>

struct import;

struct import_counts {
	uint64_t	people;
	uint64_t	tokens;
	uint64_t	deployments;
	uint64_t	done;		/* log entries */
	uint64_t	all;
	uint64_t	orphans;	/* of no deployment: left out */
};

/*
 * Begins the import of the database behind fd (which stays the caller's, and
 * open until the end) into the store, which is open and must be empty; floor:
 * bytes that must stay free; tmpdir: where the sorting may put files.  NULL:
 * *why is a sentence about it.
 */
struct import	*store_import_start(int fd, int64_t floor, const char *tmpdir,
		    const char **why);
/* So many rows: 1 more to do; 0 all is there, to be committed; -1 failed. */
int		 store_import_step(struct import *, unsigned rows);
const struct import_counts *store_import_counts(const struct import *);
const char	*store_import_error(const struct import *);
int		 store_import_commit(struct import *);
/* What has not been committed is undone.  NULL is fine. */
void		 store_import_free(struct import *);

#endif
