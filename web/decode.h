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
 * Percent-encoding: what paths, query strings and forms have in common.
 */

#ifndef WEB_DECODE_H
#define WEB_DECODE_H

#include <sys/types.h>

/*
 * Decodes %XX, and '+' as a blank if plus is set.  dst holds at least len
 * bytes and may be src; nothing is added at its end.  Returns the decoded
 * length, -1 for an escape without two hexadecimal digits.
 */
ssize_t	 percent_decode(char *dst, const char *src, size_t len, int plus);

/* 0 to 15; -1 if it is not a hexadecimal digit. */
int	 hex_value(int);

#endif
