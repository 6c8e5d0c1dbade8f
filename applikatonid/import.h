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
 * Importing the database of an Applikatoni: the parent's part.
 */

#ifndef APPLIKATONID_IMPORT_H
#define APPLIKATONID_IMPORT_H

#include <sys/types.h>

#include <stdbool.h>

/*
 * Opens the old database and holds off who would write it.  Says what is
 * wrong and returns -1.
 */
int	 import_open(const char *path);

/*
 * The configuration is good and the database's directory is there: begins.
 * It ends with exit(3): 0 when all has been imported, 1 when nothing has.
 */
void	 import_start(void);
/* Somebody wants it to end now; nothing will have been imported. */
void	 import_cancel(void);
/* A process has ended; whether it was ours. */
bool	 import_reap(pid_t, int status);

#endif
