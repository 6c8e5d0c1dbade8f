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
 * The request target and the Host field: what a request is for.
 */

#ifndef WEB_TARGET_H
#define WEB_TARGET_H

#include "http.h"

/*
 * Takes the target of a request line apart, in place: sets path, query,
 * segment[], nsegments and trailing_slash.  The absolute form becomes the
 * origin form; its authority (else NULL) is handed out, to be compared with
 * Host.  decoded gets the decoded segments and holds as many bytes as target.
 * Returns 0, or the status to refuse it with, and then sets *error.
 */
int	 target_parse(struct http_request *, char *target, char *decoded,
	    const char **authority, const char **error);

/*
 * Is this a host name or address, with or without a port?  Makes it lower
 * case on the way.
 */
int	 target_host(char *);

#endif
