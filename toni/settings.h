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
 * .toni.yml: the server, the application, the API token, and the stages of
 * each target.
 */

#ifndef TONI_SETTINGS_H
#define TONI_SETTINGS_H

#include <stddef.h>

#define SETTINGS_NAME		".toni.yml"
#define SETTINGS_SIZE_MAX	(64 * 1024)
#define SETTINGS_VALUE_MAX	1024	/* bytes of a value */
#define SETTINGS_NESTING_MAX	8
#define SETTINGS_KEYS_MAX	1000	/* of a mapping, items of a list */
#define SETTINGS_ERROR_SIZE	1024

struct settings_target {
	char	*name;
	char	**stages;
	size_t	 nstages;
};

struct settings {
	char			*host;
	char			*application;
	char			*token;
	struct settings_target	*targets;	/* as they stand in the file */
	size_t			 ntargets;
};

/* Told of what is odd but no error; text is a line, with its place. */
typedef void settings_warning(void *arg, const char *text);

/*
 * Reads a text; name is what errors call it.  Returns 0, or -1 with the first
 * error in err and nothing in the settings.
 */
int	 settings_parse(struct settings *, const char *name, const char *text,
	    size_t len, settings_warning *, void *arg,
	    char err[SETTINGS_ERROR_SIZE]);
/* The target of that name, or NULL. */
const struct settings_target *settings_target(const struct settings *,
	    const char *name);
void	 settings_free(struct settings *);

#endif
