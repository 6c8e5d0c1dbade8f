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
 * Reads configuration.json of the Go program Applikatoni into the structures
 * that the native grammar fills.  Its places are indexes into the tree that
 * the problems take over, so that all that is said about them, here, by
 * validate.c or by a child, has a line and a path.
 */

#ifndef APPLIKATONID_CONF_JSON_H
#define APPLIKATONID_CONF_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "config_file.h"

struct conf_json {
	struct conf	*conf;
	struct problems	*problems;
	const char	*name;		/* of the file, in messages */
	uint32_t	 file;		/* its index in places */
	bool		 is_exposed;	/* others can read it */
	bool		 has_github;	/* native lines have set that */
	LIST_OF(void)	 given;		/* strings that JSON has set */
};

/* Adds what the text says to the configuration; what is set already stays. */
void	 conf_json_read(struct conf_json *, const char *text, size_t len);
/* Whether that string came from JSON; it is forgotten then. */
bool	 conf_json_gave(struct conf_json *, const void *);
/* Whether something does. */
bool	 conf_json_has(const struct conf_json *, const struct place *);

#endif
