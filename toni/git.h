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
 * What git knows: the branch, the commit, and whether it has been pushed.
 */

#ifndef TONI_GIT_H
#define TONI_GIT_H

#include <stdbool.h>

#include "options.h"

/*
 * Fills in branch and commit where they were not given; ends the program
 * when git can't say, or when the commit can't be deployed because no remote
 * has it.  Warns of others that have not been pushed.
 */
void	 git_complete(struct options *);
/* Only fills in the commit. */
void	 git_commit(struct options *);
/* Whether git tracks that file of that directory. */
bool	 git_tracks(const char *directory, const char *name);

#endif
