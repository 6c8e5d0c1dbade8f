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
 * What the files about keys share among themselves, and nobody else needs:
 * the private part of a key in the layout that OpenSSH gives it inside its
 * files, which is also how a key travels to a worker.
 */

#ifndef EXECUTOR_KEY_PRIVATE_H
#define EXECUTOR_KEY_PRIVATE_H

#include <openssl/evp.h>

#include "key.h"
#include "wire.h"

/*
 * Make a struct key of a libcrypto key, after checking that its type and
 * size are good and that it can sign.  Takes pkey over, also on error.
 */
int key_adopt(EVP_PKEY *pkey, struct key **out, char *err, size_t errlen);

/* The libcrypto key inside; it stays the key's. */
EVP_PKEY *key_pkey(const struct key *);

/* Read type and numbers; what follows them is left in the reader. */
int key_private_read(struct wire_reader *, struct key **out, char *err,
    size_t errlen);

/* Always -1, so that a caller can return it. */
int key_error(char *err, size_t errlen, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

#define KEY_MSG_DAMAGED	"the key is damaged or not complete"
#define KEY_MSG_TYPE	"the type of the key is not supported: " \
			"use ed25519, ecdsa or RSA"
#define KEY_MSG_MEMORY	"out of memory"

#endif /* EXECUTOR_KEY_PRIVATE_H */
