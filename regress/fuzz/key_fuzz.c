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
 * Feeds texts, OpenSSH envelopes and exported keys to the key readers, as the
 * first byte says; aborts when an error has no message, or when a key that
 * was read does not survive its own export or can't sign.
 */

#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "../../executor/key.h"

#define ROUNDS_FAST	1	/* more take too long here */

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 text_check(const char *, size_t, const char *);
static void	 envelope_check(const uint8_t *, size_t);
static int	 is_fast(const uint8_t *, size_t);
static void	 key_check(struct key *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct key	*k;
	char		 err[KEY_ERROR_SIZE] = "";

	if (len == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		text_check((const char *)data + 1, len - 1, NULL);
		break;
	case 1:
		envelope_check(data + 1, len - 1);
		break;
	case 2:
		if (key_import(data + 1, len - 1, &k, err, sizeof(err)) == 0)
			key_check(k);
		else
			require(k == NULL && err[0] != '\0');
		break;
	}
	return 0;
}

static void
text_check(const char *text, size_t len, const char *passphrase)
{
	struct key	*k;
	char		 err[KEY_ERROR_SIZE] = "";

	if (key_load(text, len, passphrase, &k, err, sizeof(err)) == 0)
		key_check(k);
	else
		require(k == NULL && err[0] != '\0');
}

/* The base64 and the lines around it would only be in the fuzzer's way. */
static void
envelope_check(const uint8_t *data, size_t len)
{
	unsigned char	*base64;
	char		*text;
	int		 n;

	if ((base64 = malloc(len * 2 + 5)) == NULL)
		return;
	EVP_EncodeBlock(base64, data, len);
	n = asprintf(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n"
	    "-----END OPENSSH PRIVATE KEY-----\n", (char *)base64);
	free(base64);
	if (n == -1)
		return;
	text_check(text, n, is_fast(data, len) ? "p" : NULL);
	free(text);
}

/* Does the first bcrypt named ask for few rounds? */
static int
is_fast(const uint8_t *data, size_t len)
{
	const uint8_t	*p, *end = data + len;

	p = memmem(data, len, "bcrypt", 6);
	if (p == NULL || end - p < 14)
		return 0;
	p += 6 + 4;
	if (p[0] != 0 || p[1] != 0 || p[2] != 0 || end - p < 4 + p[3] + 4)
		return 0;
	p += 4 + p[3];
	return p[0] == 0 && p[1] == 0 && p[2] == 0 && p[3] <= ROUNDS_FAST;
}

static void
key_check(struct key *k)
{
	struct key	*copy;
	const uint8_t	*blob, *again;
	uint8_t		*bytes, *sig;
	size_t		 len, bloblen, againlen;
	char		 err[KEY_ERROR_SIZE];

	require(key_sign(k, key_is_rsa(k) ? "rsa-sha2-256" : NULL,
	    (const uint8_t *)"x", 1, &sig, &len) == 0);
	free(sig);
	require(key_export(k, &bytes, &len) == 0);
	require(key_import(bytes, len, &copy, err, sizeof(err)) == 0);
	freezero(bytes, len);
	blob = key_blob(k, &bloblen);
	again = key_blob(copy, &againlen);
	require(bloblen == againlen && memcmp(blob, again, bloblen) == 0);
	key_free(copy);
	key_free(k);
}

static void
require(int good)
{
	if (!good)
		abort();
}
