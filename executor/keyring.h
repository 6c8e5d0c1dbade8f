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
 * The keyring: the private key of each target, decrypted once, when the
 * configuration comes.  It forgets the file's text and the passphrase, and
 * gives a key's bytes to nobody but a job.
 */

#ifndef EXECUTOR_KEYRING_H
#define EXECUTOR_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "../common/conf.h"

/* The bytes of key_export(). */
struct target_key {
	uint8_t	*der;
	size_t	 len;
};

/*
 * Takes the keys out of a configuration, in place of those of the former one;
 * a key that can't be used is logged and left out.
 */
void			 keyring_load(struct conf *);

/* The key of a target of that configuration, or NULL. */
const struct target_key	*keyring_find(const struct conf_target *);

#endif
