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
 * Memory that is wiped when it is freed; see wiped.h.  In front of each piece
 * stands its size.
 */

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wiped.h"

/* What stands in front; the piece behind it stays aligned. */
#define HEAD	sizeof(max_align_t)

void *
wiped_calloc(size_t n, size_t size)
{
	char	*p;

	if (size != 0 && n > (SIZE_MAX - HEAD) / size)
		return NULL;
	size *= n;
	if ((p = calloc(1, HEAD + size)) == NULL)
		return NULL;
	memcpy(p, &size, sizeof(size));
	return p + HEAD;
}

void *
wiped_malloc(size_t size)
{
	return wiped_calloc(1, size);
}

static size_t
wiped_size(const void *v)
{
	size_t	size;

	memcpy(&size, (const char *)v - HEAD, sizeof(size));
	return size;
}

void *
wiped_realloc(void *v, size_t size)
{
	size_t	 old = v == NULL ? 0 : wiped_size(v);
	void	*new;

	if ((new = wiped_malloc(size)) == NULL)
		return NULL;
	if (old > 0)
		memcpy(new, v, old < size ? old : size);
	wiped_free(v);
	return new;
}

char *
wiped_strdup(const char *s)
{
	size_t	 size = strlen(s) + 1;
	char	*new;

	if ((new = wiped_malloc(size)) != NULL)
		memcpy(new, s, size);
	return new;
}

void
wiped_free(void *v)
{
	if (v != NULL)
		freezero((char *)v - HEAD, HEAD + wiped_size(v));
}
