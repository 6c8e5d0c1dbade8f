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
 * What a valid configuration is, whatever grammar it was written in: the form
 * of single values, and how the parts must fit together.  Keys, known hosts
 * and templates are not looked into here: the executor does that, unprivileged.
 */

#ifndef APPLIKATONID_VALIDATE_H
#define APPLIKATONID_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "config_file.h"

/* Bounds of lists; what is longer is refused while it is read. */
#define CONFIG_HOST_ROLES_MAX	100
#define CONFIG_STAGES_MAX	1000	/* MSG_LIST_MAX carries them */
#define CONFIG_LIST_MAX		10000

enum value {
	VALUE_TEXT,		/* anything printable */
	VALUE_APPLICATION,	/* its name; it stands in URLs */
	VALUE_NAME,		/* of a target, stage, role */
	VALUE_REPOSITORY,
	VALUE_BRANCH,
	VALUE_LOGIN,
	VALUE_USER,
	VALUE_GROUP,
	VALUE_HOST,
	VALUE_ADDRESS,
	VALUE_NETWORK,		/* an address, with or without /bits */
	VALUE_PORT,
	VALUE_FINGERPRINT,
	VALUE_OPTION,
	VALUE_RECEIVER_URL,
	VALUE_PATH,
	VALUE_SOCKET,		/* a path for a unix socket */
	VALUE_SECRET,
	VALUE_KEY,		/* PEM text */
	VALUE_LINE,		/* of a script; may be empty */
	VALUE_MAX
};

/* NULL, or the clause that follows the value in a message. */
const char	*value_error(enum value, const char *);

/* NULL with *out for free() (no slash at its end), or such a clause. */
const char	*public_url_parse(const char *, char **out);

/* Sets the id from kind and URL. */
void		 receiver_identify(struct conf_receiver *);

/* The kinds of receivers there are. */
bool		 is_receiver_kind(const char *);

/* Adds a problem for everything that does not fit together. */
void		 config_validate(const struct conf *, struct problems *);

/* UTF-8 without control characters (but tabs) and what reorders text. */
bool		 utf8_is_printable(const char *);

#endif
