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
 * Moving the secrets of a configuration into files of their own, so that what
 * is printed names these and has no secret in it.
 */

#ifndef APPLIKATONID_CONF_SECRETS_H
#define APPLIKATONID_CONF_SECRETS_H

#include "../common/conf.h"

/*
 * Writes each secret that stands in the configuration itself to a file of its
 * own in that directory, which is made if there is none, and puts the file's
 * path beside it.  Nothing is overwritten.  -1: it has said why to standard
 * error, and no new file is left.
 */
int	 conf_secrets_move(struct conf *, const char *directory);

#endif
