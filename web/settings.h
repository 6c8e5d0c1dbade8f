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
 * What web has of the configuration, in the form in which it is used.  All
 * links, the Secure flag and what counts as our own site come from here, and
 * never from what a request says.
 */

#ifndef WEB_SETTINGS_H
#define WEB_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/conf.h"
#include "client.h"

#define ORIGIN_SIZE	512

struct settings {
	char		 origin[ORIGIN_SIZE];	/* "https://deploy.example" */
	const char	*host;			/* of origin: host[:port] */
	bool		 https;
	const char	*cookie;		/* the name of ours */
	struct prefix	*proxies;
	size_t		 nproxies;
	uint64_t	 limits[LIMIT_MAX];
};

/* Those in force.  Without a configuration no host is ours. */
extern struct settings	web_settings;

/* Names each problem with child_problem(). */
void	 settings_check(const struct conf *);
/* Takes a checked configuration over into force. */
void	 settings_take(const struct conf *);

/* Is this Host field (lower case, may be NULL) that of the public URL? */
bool	 settings_is_host(const char *);
/* Is this Origin field (may be NULL) the public URL? */
bool	 settings_is_origin(const char *);
/* May this address say who the client is? */
bool	 settings_is_proxy(const struct address *);

#endif
