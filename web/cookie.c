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
 * The Cookie header field.  Other software of the same site can set cookies
 * of any shape, so only the one that is asked for has to be well-formed; but
 * it must stand once, or someone could plant a second one beside it.
 */

#include <sys/types.h>

#include <string.h>

#include "cookie.h"

static int	is_cookie_octet(unsigned char);
static int	cookie_copy(const char *, size_t, char *, size_t);

int
cookie_find(const char *header, const char *name, char *value, size_t size)
{
	const char	*p, *end;
	size_t		 len, namelen = strlen(name);
	int		 found = 0;

	if (header == NULL)
		return 0;
	for (p = header; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		p += strspn(p, " \t");
		end = p + strcspn(p, ";");
		len = (size_t)(end - p);
		if (len <= namelen || p[namelen] != '=' ||
		    strncmp(p, name, namelen) != 0)
			continue;
		if (found || cookie_copy(p + namelen + 1, len - namelen - 1,
		    value, size) == -1) {
			explicit_bzero(value, size);
			return -1;
		}
		found = 1;
	}
	return found;
}

static int
cookie_copy(const char *p, size_t len, char *value, size_t size)
{
	size_t	i;

	if (len >= size)
		return -1;
	for (i = 0; i < len; i++)
		if (!is_cookie_octet((unsigned char)p[i]))
			return -1;
	memcpy(value, p, len);
	value[len] = '\0';
	return 0;
}

static int
is_cookie_octet(unsigned char c)
{
	return c > 0x20 && c < 0x7f && strchr("\",;\\", c) == NULL;
}
