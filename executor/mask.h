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
 * The mask: replaces the values of secrets by *** in what goes into the log.
 * It works on one line, or a part of one, in place, and knows nothing of
 * where the bytes came from.
 */

#ifndef EXECUTOR_MASK_H
#define EXECUTOR_MASK_H

#include <stddef.h>

/* A shorter value would hide half of the log, and is no secret. */
#define SECRET_MIN	4
#define SECRET_SHOWN	"***"

struct mask;

/*
 * For these secrets, of which those shorter than SECRET_MIN don't count; they
 * are copied.  Fatal without memory.
 */
struct mask	*mask_new(char *const *secrets, size_t n);
/* Wipes; NULL is fine. */
void		 mask_free(struct mask *);

/* Replaces in place; returns the new length, which is never larger. */
size_t		 mask_apply(const struct mask *, char *, size_t len);

/*
 * How many of the first bytes can be shown without what follows: all but an
 * end that may be the beginning of a secret.
 */
size_t		 mask_safe(const struct mask *, const char *, size_t len);

#endif
