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
 * Lists of deployments, as every page of the history has them.
 */

#ifndef HISTORY_H
#define HISTORY_H

#include <stdint.h>

#include "json.h"

/*
 * Adds the member "deployments": at most n of an application, also of one
 * target unless that is NULL, newest first, below before (0: from the newest).
 * *next: where the next page begins, 0 when there is none.  -1: the store
 * can't be read; what was added is of no use then.
 */
int	 history_put(struct json *, const char *application,
	    const char *target, uint64_t before, unsigned n, uint64_t *next);

#endif
