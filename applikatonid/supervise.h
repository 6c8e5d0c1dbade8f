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
 * Keeping the children alive, from the start of the daemon to its stop.
 */

#ifndef SUPERVISE_H
#define SUPERVISE_H

#include <sys/types.h>

#include "../common/conf.h"

/*
 * Starts all children with conf; parent_ready() is called when all work.  A
 * child that ends before that ends the daemon.
 */
void	 supervise_start(void);
/*
 * Gives everybody conf, which has changed: the engine first, so that what was
 * taken away ends there before anything else.  Who does not take it in time is
 * started again with it.  done is called at the end.
 */
void	 supervise_hand_out(void (*done)(void));
/* Stops all within fifteen seconds, then calls parent_exit(status). */
void	 supervise_stop(const char *reason, int status);
bool	 supervise_is_stopping(void);
/* Ends all at once, before the daemon is ready. */
void	 supervise_abort(void);
/* A process has ended; whether it was one of ours. */
bool	 supervise_reap(pid_t, int status);
/* Processes have ended, workers too: a stop may go on. */
void	 supervise_go_on(void);
/* The channel of a child, or NULL. */
struct channel	*supervise_channel(enum process);
void	 supervise_verbose(int level);

#endif
