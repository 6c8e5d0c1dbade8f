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
 * application/x-www-form-urlencoded, in bodies and in query strings: bounded,
 * strict decoding.  A form owns the decoded bytes; it knows no field names.
 */

#ifndef WEB_FORM_H
#define WEB_FORM_H

#include <sys/types.h>

#define FORM_MAX_FIELDS	64

struct form_field {
	const char	*name;
	const char	*value;
};

struct form {
	struct form_field	 field[FORM_MAX_FIELDS];
	size_t			 nfields;
	char			*buf;		/* decoded names and values */
	size_t			 bufsize;
};

/*
 * Decodes len bytes; data may be NULL if len is 0.  Names and values are
 * NUL-terminated valid UTF-8.  Returns -1 and points error to one sentence
 * for an invalid escape, a NUL, invalid UTF-8 or too many fields; then the
 * form is empty.  In both cases form_clear() is harmless.
 */
int		 form_parse(struct form *, const void *, size_t,
		    const char **error);

/*
 * A field that may stand once: returns 1 and sets *value, 0 if there is none
 * (*value is then NULL), -1 if it is repeated.
 */
int		 form_one(const struct form *, const char *, const char **);

/*
 * A field that may be repeated ("stages[]"): the next value, NULL at the end.
 * The counter starts at 0.
 */
const char	*form_next(const struct form *, const char *, size_t *);

/* Wipes (a form may hold a token) and frees. */
void		 form_clear(struct form *);

#endif
