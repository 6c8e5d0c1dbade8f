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
 * Reads batches of log entries field by field, and writes an entry as text.
 */

#include "config.h"

#include <string.h>

#include "entries.h"
#include "times.h"

bool
is_origin(const char *s)
{
	const unsigned char	*p;

	for (p = (const unsigned char *)s; *p > 0x20 && *p != 0x7f; p++)
		continue;
	return p != (const unsigned char *)s && *p == '\0';
}

int
entry_next(struct ibuf *b, struct entry *e)
{
	uint8_t	type;

	if (ibuf_size(b) == 0)
		return 0;
	e->id = 0;
	if (field_get_u8(b, &type) == -1 || type >= ENTRY_MAX ||
	    field_get_u8(b, &e->flags) == -1 ||
	    (e->flags & ~ENTRY_CONTINUED) != 0 ||
	    field_get_u64(b, &e->time) == -1 ||
	    field_get_string(b, ENTRY_ORIGIN_MAX, &e->origin) == -1 ||
	    field_get_data(b, ENTRY_MESSAGE_MAX, &e->message, &e->len) == -1)
		return -1;
	e->type = type;
	/* The store's numbers are signed. */
	return e->time > INT64_MAX || !is_origin(e->origin) ? -1 : 1;
}

static bool
is_engines(enum entry_type type)
{
	return type == ENTRY_DEPLOYMENT_START ||
	    type == ENTRY_DEPLOYMENT_SUCCESS ||
	    type == ENTRY_DEPLOYMENT_FAIL || type == ENTRY_KILL_RECEIVED;
}

int
entries_check(const void *data, size_t len, uint32_t count)
{
	struct entry	 e;
	struct ibuf	 b;
	int		 r;

	ibuf_from_buffer(&b, (void *)(uintptr_t)data, len);
	while ((r = entry_next(&b, &e)) == 1) {
		if (count == 0 || is_engines(e.type))
			return -1;
		count--;
	}
	return r == 0 && count == 0 ? 0 : -1;
}

bool
entry_is_output(const struct entry *e)
{
	return e->type == ENTRY_COMMAND_STDOUT_OUTPUT ||
	    e->type == ENTRY_COMMAND_STDERR_OUTPUT;
}

void
entry_text(struct buf *b, const struct entry *e)
{
	char	time[TIME_LEN];

	buf_add(b, time, time_format_ns(e->time, time));
	buf_add(b, " ", 1);
	buf_add_string(b, e->origin);
	buf_add(b, " ", 1);
	buf_add_string(b, entry_type_name(e->type));
	buf_add(b, " ", 1);
	buf_add(b, e->message, e->len);
	buf_add(b, "\n", 1);
}
