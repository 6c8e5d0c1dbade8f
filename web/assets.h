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
 * The static files, compiled into the program: assets.c is made from
 * web/static by web/embed.sh.
 */

#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <sys/types.h>
#include <stdint.h>

struct asset {
	const char	*name;		/* "app.js": below /assets/ */
	const char	*type;		/* Content-Type */
	const char	*etag;		/* W/"...": good for both forms */
	const uint8_t	*plain;
	size_t		 plainlen;
	const uint8_t	*gzip;		/* the same, gzip'ed */
	size_t		 gziplen;
};

extern const struct asset	 assets[];
extern const size_t		 nassets;

/*
 * Finds by name; NULL if there is none.  "index.html" is the shell of every
 * page, "favicon.ico" is for /favicon.ico.
 */
const struct asset	*asset_find(const char *);

#endif
