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
 * The command line, read as Go's flag package reads one: the forms of the
 * client that this one replaces.
 */

#ifndef TONI_OPTIONS_H
#define TONI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define EXIT_USAGE	2

enum mode {
	MODE_DEPLOY,
	MODE_DIFF,		/* -d */
	MODE_PLAN,		/* -n */
	MODE_WATCH,		/* -w */
	MODE_LIST,		/* -l */
	MODE_KILL		/* -k */
};

/* Strings belong to argv; "" is as good as not given. */
struct options {
	const char	*target;
	const char	*comment;
	const char	*commit;
	const char	*branch;
	const char	*watch;
	const char	*kill;
	bool		 diff;
	bool		 list;
	bool		 plan;
	bool		 quiet;
	bool		 json;
	bool		 help;
	bool		 version;
	enum mode	 mode;
	uint64_t	 id;		/* of -w and -k */
};

/* Ends the program with EXIT_USAGE when it can't be understood. */
void	options_read(struct options *, int, char **);
/* All of the help, as -h prints it. */
void	options_help(void);
/* A complaint about the command line; ends the program. */
void	options_fail(const char *, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));

#endif
