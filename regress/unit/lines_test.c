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
 * The log lines of children: how many a process may say, and that the reason
 * of its end is heard even when it has said too much.
 */

#include "config.h"

#include <string.h>
#include <syslog.h>

#include "../../applikatonid/lines.h"
#include "../../applikatonid/parent.h"
#include "tap.h"

static unsigned	 said, critical;
static char	 last[4096];

/* The parent's own, in place of the log. */
void
parent_line(int priority, const char *name, const char *text)
{
	(void)name;
	said++;
	if (priority == LOG_CRIT)
		critical++;
	strlcpy(last, text, sizeof(last));
}

static void
say(struct lines *l, int priority, const char *text)
{
	struct ibuf	*b = msg_new();
	struct msg	 m = { .type = MSG_LOG, .fd = -1 };

	msg_put_u8(b, priority);
	msg_put_text(b, text);
	ibuf_from_buffer(&m.body, ibuf_data(b), ibuf_size(b));
	lines_take(l, "web", &m);
	ibuf_free(b);
}

int
main(void)
{
	struct lines	 l;
	unsigned	 flood;
	int		 i;

	lines_init(&l);
	say(&l, LOG_INFO, "a\nline\x1b");
	is_str(last, "a\\012line\\033", "a line is encoded");
	say(&l, LOG_EMERG, "to every terminal");
	is_int(critical, 1, "none is above critical");
	for (i = 0; i < 20000; i++)
		say(&l, LOG_INFO, "noise");
	flood = said;
	ok(flood >= 1000 && flood < 3000, "a flood ends: %u lines", flood);
	critical = 0;
	say(&l, LOG_CRIT, "why it ends");
	is_str(last, "why it ends", "the reason of an end is heard after it");
	for (i = 0; i < 20000; i++)
		say(&l, LOG_CRIT, "noise");
	ok(critical < 1000, "but no flood of reasons: %u", critical);
	lines_init(&l);
	for (i = 0; lines_spend(&l, 20); i++)
		;
	ok(i >= 50 && i < 100, "what it makes others say ends too: %d", i);
	return done_testing();
}
