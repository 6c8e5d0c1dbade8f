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
 * The key of the WebSocket handshake: SHA-1 from libmd, and as much base64 as
 * it takes.
 */

#include <sys/types.h>

#include <sha1.h>
#include <stdint.h>
#include <string.h>

#include "wskey.h"

#define WSKEY_LENGTH	24	/* 16 bytes in base64 */
#define WSKEY_GUID	"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static const char	 base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * 16 bytes are 21 characters and one more that carries two bits, so this one
 * is A, Q, g or w in the canonical form.
 */
int
wskey_is_valid(const char *key)
{
	return strlen(key) == WSKEY_LENGTH && strspn(key, base64) == 22 &&
	    strchr("AQgw", key[21]) != NULL && strcmp(key + 22, "==") == 0;
}

void
wskey_accept(const char *key, char accept[WSKEY_ACCEPT_SIZE])
{
	SHA1_CTX	 ctx;
	uint8_t		 digest[SHA1_DIGEST_LENGTH + 1];
	uint32_t	 bits;
	size_t		 i;
	char		*p = accept;

	SHA1Init(&ctx);
	SHA1Update(&ctx, (const uint8_t *)key, strlen(key));
	SHA1Update(&ctx, (const uint8_t *)WSKEY_GUID, strlen(WSKEY_GUID));
	SHA1Final(digest, &ctx);

	/* 20 bytes are 27 characters and one '=': as 21 with a zero, cut. */
	digest[SHA1_DIGEST_LENGTH] = 0;
	for (i = 0; i < sizeof(digest); i += 3) {
		bits = (uint32_t)digest[i] << 16 |
		    (uint32_t)digest[i + 1] << 8 | digest[i + 2];
		*p++ = base64[bits >> 18 & 63];
		*p++ = base64[bits >> 12 & 63];
		*p++ = base64[bits >> 6 & 63];
		*p++ = base64[bits & 63];
	}
	p[-1] = '=';
	*p = '\0';
}
