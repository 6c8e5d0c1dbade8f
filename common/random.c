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
 * Randomness from getrandom(2), or getentropy(2) where that is what there is.
 */

#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "log.h"
#include "random.h"

void
random_bytes(void *buf, size_t len)
{
	unsigned char	*p = buf;
	size_t		 n;

	/* getentropy gives at most 256 bytes at a time. */
	for (; len > 0; p += n, len -= n) {
		n = len < 256 ? len : 256;
		if (getentropy(p, n) == -1)
			fatal("getentropy");
	}
}
