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
 * Reading the configuration: from a file to a struct conf, with the list of
 * everything that is wrong in it, and back to text.  The list takes the
 * problems that the children find in check mode too, and is printed once, in
 * the order of the files and lines.
 */

#ifndef APPLIKATONID_CONFIG_FILE_H
#define APPLIKATONID_CONFIG_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "../common/conf.h"

/* Macros: those of -D, which win over what a file defines. */
struct macro {
	TAILQ_ENTRY(macro)	 entry;
	char			*name;
	char			*value;		/* wiped when freed */
	uint32_t		 file;		/* UINT32_MAX: from -D */
	bool			 used;
};
TAILQ_HEAD(macros, macro);

/* Takes "name=value"; -1 when it is not of that form. */
int		 macro_define(struct macros *, const char *);
/* The list is empty, and usable, afterwards. */
void		 macros_free(struct macros *);

/* Everything that is wrong with a configuration. */
struct problems;
struct json_tree;

struct problems	*problems_new(void);		/* fatal without memory */
void		 problems_free(struct problems *);	/* NULL is fine */
/* Files sort in the order in which they are named, here or by problem_add. */
void		 problems_file(struct problems *, const char *name);
/*
 * From here on the lines of that file are indexes into this tree, and its
 * problems have a path.  Takes the tree.
 */
void		 problems_tree(struct problems *, const char *name,
		    struct json_tree *);
/*
 * Adds one.  file: as messages name it, or NULL for none; line: 0 for none.
 * Line breaks and control bytes in the text are encoded.  At most a thousand
 * are kept; more are only counted.  For what a child reports:
 * problem_add(p, warning, config_file_name(conf, file), line, "%s", text).
 */
void		 problem_add(struct problems *, bool warning, const char *file,
		    uint32_t line, const char *, ...)
		    __attribute__((format(printf, 5, 6)));
/*
 * A name in double quotes for such a message, cut to a bound, in one of eight
 * static buffers.
 */
const char	*quoted(const char *);
size_t		 problems_errors(const struct problems *);
size_t		 problems_warnings(const struct problems *);
/* "file:line: text" or "file:line: warning: text", a line each. */
void		 problems_print(struct problems *, FILE *);
/* The same lines, without newline, for syslog and MSG_RELOADED. */
void		 problems_each(struct problems *,
		    void (*)(void *arg, bool warning, const char *text),
		    void *arg);

/* conf->files[file], or NULL when there is none such (a child said so). */
const char	*config_file_name(const struct conf *, uint32_t file);

/*
 * -n without root: a secret's file that may not be opened is a warning, and
 * the value stays NULL beside the path (key_path, ...), or is UNREAD where a
 * value is needed.  Such a configuration is never to be started.
 */
#define CONFIG_UNREADABLE_OK	0x01
#define CONFIG_UNREAD		"unread"

/*
 * Reads and checks a configuration, limits resolved, defaults filled in, files
 * read.  Adds what is wrong to the problems; NULL when there are errors among
 * them (the caller prints; warnings are there on success too).  macros: those
 * of -D or NULL; used is set in those that the files mention.
 */
struct conf	*config_load(const char *path, struct macros *macros,
		    unsigned flags, struct problems *);

/* In the native grammar, with its secrets; reads back to the same. */
void		 config_print(const struct conf *, FILE *);

#endif
