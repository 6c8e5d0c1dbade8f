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
 * Logging.  The parent writes to syslog, or to stderr under -d; a child sends
 * each line to the parent over its channel.  One event is one line: a fixed
 * first word, then key=value fields.  Text from outside goes through
 * log_quote() first.
 */

#ifndef LOG_H
#define LOG_H

#include <stdarg.h>
#include <stddef.h>

/* Where the lines of this process go; text is one line without newline. */
typedef void (*log_sink)(int priority, const char *text);

/*
 * Starts logging under a name of the process.  debug: to stderr, else syslog
 * (LOG_DAEMON).  verbose: 0 brief, 1 log_debug() too.  Call before chroot.
 */
void	 log_init(const char *name, int debug, int verbose);

/* Sends the lines elsewhere from now on; NULL: back to stderr or syslog. */
void	 log_to(log_sink);

void	 log_verbose(int);
int	 log_is_verbose(void);

/* A ready line: for the parent, which passes on what its children say. */
void	 log_line(int priority, const char *process, const char *text);

/* log_warn and fatal add the text of errno; fatal ends the process with 1. */
void	 log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
__attribute__((noreturn, format(printf, 1, 2)))
void	 fatal(const char *, ...);
__attribute__((noreturn, format(printf, 1, 2)))
void	 fatalx(const char *, ...);

/*
 * Whether the n-th event of a kind (from 1) is worth a line: the first ones,
 * and then each time that their number has doubled.  So whoever causes them
 * can't fill the log, and it is still seen that they go on.
 */
int	 log_is_due(unsigned n);

/*
 * The text in double quotes, vis-encoded and cut to a bound, in one of eight
 * static buffers: usable up to eight times in one log call.
 */
const char	*log_quote(const char *);
const char	*log_quote_data(const void *, size_t);

#endif
