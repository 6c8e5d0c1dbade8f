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
 * Rendering: from the configuration of a target to the scripts that run on
 * its hosts, all of them at once and before anything connects, and the same
 * as a check that names every problem.  It decides nothing about who may
 * deploy what, and touches no key.
 */

#ifndef EXECUTOR_RENDER_H
#define EXECUTOR_RENDER_H

#include <stddef.h>
#include <time.h>

#include "../common/conf.h"
#include "job.h"

#define RENDER_ERROR_SIZE	1024

/* Lines of a script, at most. */
#define SCRIPT_LINES_MAX	100000

/* Told of each problem; text is one clause. */
typedef void render_problem(void *arg, const struct place *, const char *text);

/*
 * Renders all scripts of a target's roles as they would be for a commit;
 * every problem goes to the function.
 */
void	 render_check(const struct conf_target *, render_problem *, void *);

/*
 * The roles, hosts and secrets of a job that runs these stages of the target,
 * begun at that time.  Returns 0, or -1 with the first problem in err, which
 * may also be that a host has no role, or two with a script for one stage.
 */
int	 render_job(const struct conf_target *, const char *sha, time_t,
	    const char *const *stages, size_t nstages, struct job *,
	    char *err, size_t errlen);

#endif
