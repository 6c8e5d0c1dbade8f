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
 * The log lines of children: what a process says is bounded in length and in
 * number, encoded again, and printed under the name of the channel that it
 * came on.  Nothing in it is believed.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "../common/log.h"
#include "lines.h"
#include "parent.h"

#define LINE_BYTES	2048
/* Lines at once, and lines a second after that. */
#define LINES_BURST	1000
/* Of somebody who has none left: why it ends, and a little more. */
#define LINES_LAST	3
#define LINES_SECOND	200
/* Milliseconds between two lines about lines that were dropped. */
#define DROPPED_EVERY	5000

uint64_t
clock_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
lines_init(struct lines *l)
{
	l->filled = clock_ms();
	l->left = LINES_BURST;
	l->last = LINES_LAST;
	l->dropped = 0;
	l->told = 0;
}

static void
lines_fill(struct lines *l)
{
	uint64_t	now = clock_ms();
	uint64_t	more = (now - l->filled) * LINES_SECOND / 1000;

	if (more == 0)
		return;
	l->filled = now;
	l->left = l->left + more > LINES_BURST ? LINES_BURST : l->left + more;
}

/* Printable ASCII stays, backslashes too: the child has quoted already. */
static void
line_encode(const char *text, char *out, size_t len)
{
	const unsigned char	*p = (const unsigned char *)text;
	char			*end = out + len - 5;

	for (; *p != '\0' && out < end; p++)
		if (*p >= ' ' && *p < 0x7f)
			*out++ = *p;
		else
			out += snprintf(out, 5, "\\%03o", *p);
	*out = '\0';
}

/* Whether a line may still be said; it is counted then. */
static bool
is_due(struct lines *l, int priority)
{
	/* Who went beyond it is silent for a second: one line says so then. */
	if (l->left >= (l->dropped > 0 ? LINES_SECOND : 1)) {
		l->left--;
		return true;
	}
	if (priority > LOG_CRIT || l->last == 0)
		return false;
	l->last--;
	return true;
}

bool
lines_spend(struct lines *l, unsigned n)
{
	lines_fill(l);
	if (l->left < n)
		return false;
	l->left -= n;
	return true;
}

void
lines_take(struct lines *l, const char *name, struct msg *m)
{
	char	line[LINE_BYTES];
	int	priority = msg_get_u8(m);

	/* Not above critical: the rest is written to every terminal. */
	if (priority < LOG_CRIT || priority > LOG_DEBUG)
		priority = LOG_CRIT;
	if (priority == LOG_DEBUG && !log_is_verbose())
		return;
	lines_fill(l);
	if (!is_due(l, priority)) {
		l->dropped++;
		return;
	}
	if (clock_ms() - l->told >= DROPPED_EVERY)
		lines_end(l, name);
	line_encode(msg_get_string(m), line, sizeof(line));
	parent_line(priority, name, line);
}

void
lines_end(struct lines *l, const char *name)
{
	if (l->dropped > 0)
		log_warnx("log lines dropped: name=%s count=%u", name,
		    l->dropped);
	l->dropped = 0;
	l->told = clock_ms();
}
