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
 * Reads bytes as a Cookie header field, and aborts if what is found is not
 * what RFC 6265 lets a value be, or not what a plain search by hand finds.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../web/cookie.h"

#define VALUE_SIZE	8
#define ODD		" \t\",;\\\x7f"

int			 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int		 count(char *, const char *, const char **);
static void		 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "a", "__Host-s" };
	char			*header, *copy, value[VALUE_SIZE];
	const char		*want;
	size_t			 i;
	int			 found, n;

	for (i = 0; i < 2; i++) {
		header = malloc(len + 1);
		require(header != NULL);
		memcpy(header, data, len);
		header[len] = '\0';
		copy = strdup(header);
		require(copy != NULL);
		memset(value, 'x', sizeof(value));
		found = cookie_find(header, names[i], value, sizeof(value));
		n = count(copy, names[i], &want);
		require(n > 0 || found == 0);
		require(n < 2 || found == -1);
		if (found == 1)
			require(strcmp(value, want) == 0 &&
			    strpbrk(value, ODD) == NULL);
		else
			require(n == 0 || found == -1);
		free(header);
		free(copy);
	}
	return 0;
}

/* How many there are of that name, and the last one's value. */
static int
count(char *header, const char *name, const char **value)
{
	char	*p;
	size_t	 len = strlen(name);
	int	 n = 0;

	while ((p = strsep(&header, ";")) != NULL) {
		p += strspn(p, " \t");
		if (strncmp(p, name, len) == 0 && p[len] == '=') {
			*value = p + len + 1;
			n++;
		}
	}
	return n;
}

static void
require(int condition)
{
	if (!condition)
		abort();
}
