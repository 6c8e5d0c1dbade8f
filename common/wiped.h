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
 * Memory that is wiped when it is freed, for libraries that copy secrets and
 * let their memory be chosen: what malloc(3) and its like do, at the price of
 * a few bytes for the size.
 */

#ifndef COMMON_WIPED_H
#define COMMON_WIPED_H

#include <stddef.h>

void	*wiped_malloc(size_t);
void	*wiped_calloc(size_t, size_t);
/* What it moves away from is wiped too. */
void	*wiped_realloc(void *, size_t);
char	*wiped_strdup(const char *);
void	 wiped_free(void *);

#endif
