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
 * The workers: one process a deployment, started and ended on the executor's
 * word.
 */

#ifndef WORKERS_H
#define WORKERS_H

#include <sys/types.h>

#include "../common/channel.h"

/* Of the executor: MSG_WORKER_WANTED, MSG_WORKER_UNWANTED. */
void	 worker_wanted(struct channel *, struct msg *);
void	 worker_unwanted(struct channel *, struct msg *);
/* The executor has gone: they have nobody to work for. */
void	 workers_orphan(void);
bool	 workers_any(void);
/* Names their deployments in the log, for what they are lost to. */
void	 workers_log(const char *why);
/* A process has ended; whether it was one of ours. */
bool	 workers_reap(pid_t, int status);

#endif
