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
 * The mask, see mask.h: a list of secrets, the longest first, and the set of
 * their first bytes, which makes text without secrets cheap.
 */

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../common/log.h"
#include "mask.h"

struct secret {
	char	*value;
	size_t	 len;
};

struct mask {
	struct secret	*secrets;
	size_t		 n;
	size_t		 longest;
	bool		 begins[256];
};

static int
longer_first(const void *a, const void *b)
{
	const struct secret	*x = a, *y = b;

	return x->len < y->len ? 1 : x->len > y->len ? -1 : 0;
}

struct mask *
mask_new(char *const *secrets, size_t n)
{
	struct mask	*m;
	struct secret	*s;
	size_t		 i, len;

	if ((m = calloc(1, sizeof(*m))) == NULL ||
	    (m->secrets = calloc(n + 1, sizeof(*m->secrets))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < n; i++) {
		if ((len = strlen(secrets[i])) < SECRET_MIN)
			continue;
		s = &m->secrets[m->n++];
		s->len = len;
		if ((s->value = strdup(secrets[i])) == NULL)
			fatal("%s", __func__);
		m->begins[(unsigned char)s->value[0]] = true;
		if (len > m->longest)
			m->longest = len;
	}
	qsort(m->secrets, m->n, sizeof(*m->secrets), longer_first);
	return m;
}

void
mask_free(struct mask *m)
{
	size_t	i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		freezero(m->secrets[i].value, m->secrets[i].len);
	free(m->secrets);
	free(m);
}

/* The length of the secret at this place, or 0. */
static size_t
secret_at(const struct mask *m, const char *p, size_t left)
{
	size_t	i;

	if (!m->begins[(unsigned char)*p])
		return 0;
	for (i = 0; i < m->n; i++)
		if (m->secrets[i].len <= left &&
		    memcmp(p, m->secrets[i].value, m->secrets[i].len) == 0)
			return m->secrets[i].len;
	return 0;
}

size_t
mask_apply(const struct mask *m, char *buf, size_t len)
{
	size_t	from = 0, to = 0, n;

	if (m->n == 0)
		return len;
	while (from < len) {
		if ((n = secret_at(m, buf + from, len - from)) == 0) {
			buf[to++] = buf[from++];
			continue;
		}
		memcpy(buf + to, SECRET_SHOWN, sizeof(SECRET_SHOWN) - 1);
		to += sizeof(SECRET_SHOWN) - 1;
		from += n;
	}
	return to;
}

/* Whether the end of the bytes is the beginning of a longer secret. */
static bool
secret_begins(const struct mask *m, const char *p, size_t left)
{
	size_t	i;

	if (!m->begins[(unsigned char)*p])
		return false;
	for (i = 0; i < m->n && m->secrets[i].len > left; i++)
		if (memcmp(p, m->secrets[i].value, left) == 0)
			return true;
	return false;
}

size_t
mask_safe(const struct mask *m, const char *buf, size_t len)
{
	size_t	at, n;

	/* From the start, as mask_apply goes, so that it cuts no whole one. */
	for (at = 0; m->n > 0 && at < len; at += n) {
		if (len - at < m->longest &&
		    secret_begins(m, buf + at, len - at))
			return at;
		if ((n = secret_at(m, buf + at, len - at)) == 0)
			n = 1;
	}
	return len;
}
