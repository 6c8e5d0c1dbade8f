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
 * The directories that the children live in.
 */

#ifndef DIRECTORIES_H
#define DIRECTORIES_H

#include "../common/conf.h"

/*
 * Makes what is missing and checks what is there: the run directory with the
 * root directories in it (as root), and the database's directory.  Says what
 * is wrong and returns -1.
 */
int		 directories_run(const struct conf *);
int		 directories_database(const struct conf *);

/* Brings the copies of resolver files up to date, where they have changed. */
void		 directories_refresh(void);

/* The root directory of a process; NULL without root. */
const char	*directory_root(enum process, bool check);
/* The engine's directory. */
const char	*directory_database(void);

/*
 * A root directory for checks alone: empty, and gone again at the end.  For
 * -n, which leaves no trace.
 */
int		 directory_check_make(void);
void		 directory_check_remove(void);

/* Whether it is a directory where only we can put files: 0, or -1. */
int		 directory_is_ours(const char *path);

#endif
