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
 * The key derivation of encrypted OpenSSH keys: bcrypt_pbkdf, that is PBKDF2
 * with bcrypt and SHA-512 inside, whose output is spread over the key.  Slow
 * by intention, some 7 ms a round and 32 bytes.  It keeps nothing secret
 * after it has returned.
 */

#ifndef EXECUTOR_BCRYPT_KDF_H
#define EXECUTOR_BCRYPT_KDF_H

#include <stddef.h>
#include <stdint.h>

#define BLOWFISH_P	18
#define BLOWFISH_S	1024

struct blowfish {
	uint32_t	p[BLOWFISH_P];
	uint32_t	s[BLOWFISH_S];
};

/*
 * Derive keylen (1 to 1024) bytes; pass and salt are not empty, rounds at
 * least 1.  Returns 0, or -1 with key wiped.
 */
int bcrypt_kdf(const char *pass, size_t passlen, const uint8_t *salt,
    size_t saltlen, unsigned rounds, uint8_t *key, size_t keylen);

/*
 * Blowfish before any key: the digits of pi after the point, computed at the
 * first call (a few ms).  NULL when memory is short.
 */
const struct blowfish *blowfish_initial(void);

#endif /* EXECUTOR_BCRYPT_KDF_H */
