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
 * Logging: formats a line and gives it to stderr, syslog or the sink that the
 * process has set.  It never decides what is worth a line.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <vis.h>

#include "log.h"

#define LINE_MAX_BYTES	4096
#define QUOTE_MAX	512
#define QUOTES		8
#define FIRST_LINES	20	/* of a kind that are all written */

static const char	*log_name = "applikatonid";
static log_sink		 sink;
static int		 to_stderr = 1;
static int		 verbosity;

void
log_init(const char *name, int debug, int verbose)
{
	log_name = name;
	to_stderr = debug;
	verbosity = verbose;
	if (!debug)
		openlog("applikatonid", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	tzset();
}

void
log_to(log_sink s)
{
	sink = s;
}

void
log_verbose(int v)
{
	verbosity = v;
}

int
log_is_verbose(void)
{
	return verbosity;
}

int
log_is_due(unsigned n)
{
	return n <= FIRST_LINES || (n & (n - 1)) == 0;
}

void
log_line(int priority, const char *process, const char *text)
{
	if (to_stderr)
		fprintf(stderr, "%s: %s\n", process, text);
	else
		syslog(priority, "%s: %s", process, text);
}

__attribute__((format(printf, 3, 0)))
static void
vlog(int priority, int error, const char *fmt, va_list ap)
{
	char	line[LINE_MAX_BYTES];
	size_t	n;

	vsnprintf(line, sizeof(line), fmt, ap);
	if (error != 0) {
		n = strlen(line);
		snprintf(line + n, sizeof(line) - n, ": %s", strerror(error));
	}
	if (sink != NULL)
		sink(priority, line);
	else
		log_line(priority, log_name, line);
}

void
log_warn(const char *fmt, ...)
{
	int	saved = errno;
	va_list	ap;

	va_start(ap, fmt);
	vlog(LOG_WARNING, saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vlog(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vlog(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list	ap;

	if (verbosity < 1)
		return;
	va_start(ap, fmt);
	vlog(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int	saved = errno;
	va_list	ap;

	va_start(ap, fmt);
	vlog(LOG_CRIT, saved, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vlog(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

const char *
log_quote_data(const void *data, size_t len)
{
	static char	 bufs[QUOTES][QUOTE_MAX];
	static int	 next;
	const char	*p = data;
	char		*buf = bufs[next], *out = buf;

	next = (next + 1) % QUOTES;
	*out++ = '"';
	/* One byte becomes at most four, then the quote and the NUL. */
	for (; len > 0 && out < buf + QUOTE_MAX - 8; p++, len--)
		if (*p == '"') {
			*out++ = '\\';
			*out++ = '"';
		} else
			out = vis(out, *p, VIS_CSTYLE | VIS_NL | VIS_TAB,
			    len > 1 ? p[1] : '\0');
	if (len > 0) {
		memcpy(out, "...", 3);
		out += 3;
	}
	*out++ = '"';
	*out = '\0';
	return buf;
}

const char *
log_quote(const char *s)
{
	return log_quote_data(s, strlen(s));
}
