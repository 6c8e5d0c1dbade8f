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
 * A strict reading of the Cookie header field (RFC 6265, section 4.2.1).
 */

#ifndef WEB_COOKIE_H
#define WEB_COOKIE_H

#include <sys/types.h>

/*
 * Copies the value of the cookie of this name to value.  header may be NULL.
 * Returns 1 if it was found, 0 if not, -1 if the name stands twice, its value
 * is malformed, or it does not fit.  Other cookies of the same site may be as
 * odd as they like.
 */
int	 cookie_find(const char *header, const char *name, char *value, size_t);

#endif
