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
 * Starting the programs of the children: fork and exec with an empty
 * environment and nothing but a channel.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "../common/process.h"

/*
 * Programs are found in PROGRAM_DIR or, when build_dir is not NULL, below it.
 * Says what is wrong (a program is missing or, as root, somebody else can
 * write it; a user is missing) and returns -1.
 */
int	 spawn_programs(const char *build_dir);
int	 spawn_users(void);
/* Under -n there may be no users yet: nobody is as good for a check. */
void	 spawn_users_missing_ok(void);

/*
 * Starts one; as root chrooted to root, else free to write below writable
 * (may be NULL).  *fd gets our end of its channel.  Returns the process id,
 * or -1 with errno set.
 */
pid_t	 spawn(enum process, bool check, const char *root,
	    const char *writable, int *fd);

/* "exit 1" or "signal 9 (Killed)", in a static buffer. */
const char	*spawn_how(int status);

#endif
