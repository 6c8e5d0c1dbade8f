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
 * application/x-www-form-urlencoded, decoded into one buffer that holds every
 * name and value with a NUL behind each.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "../common/utf8.h"
#include "decode.h"
#include "form.h"

static const char	*form_add(struct form *, const char *, size_t,
			    size_t *);
static const char	*form_decode(struct form *, const char *, size_t,
			    size_t *, const char **);

int
form_parse(struct form *form, const void *data, size_t len,
    const char **error)
{
	const char	*p = data, *end;
	size_t		 n, off = 0;

	memset(form, 0, sizeof(*form));
	*error = NULL;
	if (len == 0)
		return 0;
	/* A pair of n bytes becomes at most n + 2: "a" is the name a, "". */
	form->bufsize = len + 2 * FORM_MAX_FIELDS;
	if ((form->buf = malloc(form->bufsize)) == NULL) {
		form->bufsize = 0;
		*error = "out of memory";
		return -1;
	}
	for (;;) {
		if ((end = memchr(p, '&', len)) == NULL)
			end = p + len;
		n = (size_t)(end - p);
		if (n > 0 && (*error = form_add(form, p, n, &off)) != NULL) {
			form_clear(form);
			return -1;
		}
		if (n == len)
			return 0;
		p += n + 1;
		len -= n + 1;
	}
}

/* One "name=value" or "name".  Returns what is wrong with it. */
static const char *
form_add(struct form *form, const char *p, size_t len, size_t *off)
{
	struct form_field	*field;
	const char		*error, *equal;
	size_t			 namelen;

	if (form->nfields == FORM_MAX_FIELDS)
		return "the form has too many fields";
	field = &form->field[form->nfields];
	equal = memchr(p, '=', len);
	namelen = equal == NULL ? len : (size_t)(equal - p);
	if ((error = form_decode(form, p, namelen, off, &field->name)) != NULL)
		return error;
	if (equal != NULL) {
		p += namelen + 1;
		len -= namelen + 1;
	} else
		len = 0;
	if ((error = form_decode(form, p, len, off, &field->value)) != NULL)
		return error;
	form->nfields++;
	return NULL;
}

static const char *
form_decode(struct form *form, const char *p, size_t len, size_t *off,
    const char **result)
{
	char	*dst = form->buf + *off;
	ssize_t	 n;

	if ((n = percent_decode(dst, p, len, 1)) == -1)
		return "the form has an invalid %-escape";
	if (memchr(dst, '\0', (size_t)n) != NULL)
		return "the form has a NUL byte";
	if (!utf8_is_valid(dst, (size_t)n))
		return "the form is not valid UTF-8";
	dst[n] = '\0';
	*off += (size_t)n + 1;
	*result = dst;
	return NULL;
}

int
form_one(const struct form *form, const char *name, const char **value)
{
	size_t	i = 0;

	if ((*value = form_next(form, name, &i)) == NULL)
		return 0;
	if (form_next(form, name, &i) != NULL) {
		*value = NULL;
		return -1;
	}
	return 1;
}

const char *
form_next(const struct form *form, const char *name, size_t *i)
{
	while (*i < form->nfields) {
		(*i)++;
		if (strcmp(form->field[*i - 1].name, name) == 0)
			return form->field[*i - 1].value;
	}
	return NULL;
}

void
form_clear(struct form *form)
{
	if (form->buf != NULL)
		freezero(form->buf, form->bufsize);
	memset(form, 0, sizeof(*form));
}
