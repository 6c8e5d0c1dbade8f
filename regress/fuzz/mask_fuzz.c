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
 * Puts the mask over a line, whole and as its pieces come, and aborts if that
 * makes a difference or a secret shows.  The input: secrets, each ended by a
 * newline, an empty one behind them, then a byte that says how to cut, and
 * the line.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../executor/mask.h"

#define SECRETS_MAX	8

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t	 in_pieces(const struct mask *, const char *, size_t, size_t,
		    char *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char		*copy, *line, *whole, *pieces, *secrets[SECRETS_MAX];
	struct mask	*m;
	size_t		 n = 0, left, wholelen, step;

	copy = malloc(len + 1);
	require(copy != NULL);
	memcpy(copy, data, len);
	copy[len] = '\0';
	line = copy;
	while (n < SECRETS_MAX && line != NULL && *line != '\n')
		secrets[n++] = strsep(&line, "\n");
	if (line == NULL || (left = len - (size_t)(line - copy)) < 2) {
		free(copy);
		return 0;
	}
	step = 1 + ((uint8_t)line[1] & 7);
	line += 2;
	left -= 2;
	whole = malloc(left + 1);
	pieces = malloc(left + 1);
	require(whole != NULL && pieces != NULL);
	m = mask_new(secrets, n);
	memcpy(whole, line, left);
	wholelen = mask_apply(m, whole, left);
	require(wholelen <= left);
	require(in_pieces(m, line, left, step, pieces) == wholelen);
	require(memcmp(whole, pieces, wholelen) == 0);
	mask_free(m);
	free(whole);
	free(pieces);
	free(copy);
	return 0;
}

/* As a stream does it: what is safe is shown, the rest waits for more. */
static size_t
in_pieces(const struct mask *m, const char *line, size_t len, size_t step,
    char *out)
{
	char	*buf;
	size_t	 have = 0, n, safe, outlen = 0;

	buf = malloc(len + 1);
	require(buf != NULL);
	while (len > 0) {
		n = step < len ? step : len;
		memcpy(buf + have, line, n);
		line += n;
		len -= n;
		have += n;
		safe = len == 0 ? have : mask_safe(m, buf, have);
		require(safe <= have);
		n = mask_apply(m, buf, safe);
		memcpy(out + outlen, buf, n);
		outlen += n;
		memmove(buf, buf + safe, have - safe);
		have -= safe;
	}
	free(buf);
	return outlen;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}
