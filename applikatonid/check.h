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
 * The check of a configuration by the programs of the children.
 */

#ifndef CHECK_H
#define CHECK_H

#include <sys/types.h>

#include "config_file.h"

/*
 * Runs a fresh child of each kind in check mode on this configuration and
 * calls done when all have ended; what they find, and that one of them could
 * not, is added to the problems.  Both must live until then.  One check at a
 * time.
 */
void	 check_start(const struct conf *, struct problems *,
	    void (*done)(void));
/* Ends it early; done is not called. */
void	 check_cancel(void);
/* A process has ended; whether it was one of ours. */
bool	 check_reap(pid_t, int status);

#endif
