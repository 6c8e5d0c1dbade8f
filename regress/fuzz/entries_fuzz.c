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
 * Fuzzing: batches of log entries, as a worker in the hands of a hostile host
 * may send them.  What is found whole must be readable entry by entry, within
 * its bounds, and come out as one line of JSON each.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/utf8.h"
#include "../../engine/buf.h"
#include "../../engine/entries.h"
#include "../../engine/json.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int cond)
{
	if (!cond)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct buf	b;
	struct entry		e;
	struct ibuf		ibuf;
	uint32_t		n = 0;
	int			r;

	ibuf_from_buffer(&ibuf, (void *)(uintptr_t)data, len);
	while ((r = entry_next(&ibuf, &e)) == 1) {
		n++;
		require(e.type < ENTRY_MAX);
		require(e.len <= ENTRY_MESSAGE_MAX);
		require(strlen(e.origin) <= ENTRY_ORIGIN_MAX);
		b.len = 0;
		json_entry(&b, 1, &e);
		require(b.data[0] == '{' && memchr(b.data, '\n', b.len) ==
		    b.data + b.len - 1);
		require(utf8_is_valid(buf_string(&b), strlen(buf_string(&b))));
	}
	if (r == -1)
		require(entries_check(data, len, n) == -1);
	require(entries_check(data, len, n + 1) == -1);
	return 0;
}
