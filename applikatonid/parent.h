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
 * What the files of the parent share: its settings from the command line, and
 * the accepted configuration.
 */

#ifndef PARENT_H
#define PARENT_H

#include <stdbool.h>

#include "config_file.h"

struct settings {
	const char	*conf_path;
	struct macros	 macros;
	bool		 is_root;
	bool		 is_debug;	/* -d: in the foreground, to stderr */
	int		 verbose;
};

extern struct settings	 settings;
/* What runs now, with all its secrets; replaced by a reload. */
extern struct conf	*conf;

/*
 * The end of the daemon, called once all children are gone: unlinks its
 * sockets and exits.
 */
__attribute__((noreturn))
void	 parent_exit(int status);
/* A ready line to the log, and to who waits for the daemon to come up. */
void	 parent_line(int priority, const char *name, const char *text);
/* The daemon is up: whoever waits for that is told. */
void	 parent_ready(void);

#endif
