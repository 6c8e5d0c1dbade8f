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
 * Reading files on root's behalf: what configuration, secrets and keys are
 * read from must be a regular file of root's or the caller's that nobody else
 * can change.  All is checked on the open descriptor; symbolic links are
 * followed, for it is the file behind them that counts.  What is not read but
 * run, or lived in, is checked by its path.
 */

#ifndef APPLIKATONID_FILES_H
#define APPLIKATONID_FILES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum file_result {
	FILE_READ,
	FILE_MISSING,		/* there is none */
	FILE_DENIED,		/* it may not be opened */
	FILE_BAD		/* anything else */
};

#define FILE_SECRET	0x01	/* others must not be able to read it */
#define FILE_LINE	0x02	/* a newline at its end is cut off, and
				   another is an error */
#define FILE_ANY_BYTES	0x04	/* NUL bytes are fine */
#define FILE_EMPTY	0x08	/* so is an empty one */

struct file {
	char	*data;		/* a NUL behind it; wipe it when it goes */
	size_t	 len;
	bool	 exposed;	/* others can read it */
	dev_t	 dev;
	ino_t	 ino;
};

/*
 * Reads the whole file, of at most max bytes.  On anything but FILE_READ,
 * out is zeroed and why holds a clause for people, with the remedy.
 */
enum file_result file_read_root(const char *path, unsigned flags, size_t max,
		    struct file *out, char *why, size_t whylen);
/* Wipes and frees the data. */
void		 file_clear(struct file *);

/*
 * Why somebody else could put something else at this path, or NULL: it must
 * be root's or the caller's and closed to others, and for root so must be all
 * that is above it.  where, of PATH_MAX bytes, gets what is wrong.
 */
const char	*path_error(const char *path, char *where);

#endif
