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
 * Feeds bodies of messages to the check, and reads those that pass field by
 * field: a getter that does not fit ends the program, and so does a byte that
 * is left.  The first bytes choose the type, the processes and a descriptor.
 */

#include "config.h"

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/msg.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	 fields_read(struct msg *, const char *);
static void	 require(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct msg	 m = { .fd = -1 };
	char		*copy;

	if (len < 4)
		return 0;
	/* A copy that ends where the body does, so that a read past is seen. */
	if ((copy = malloc(len - 4 + 1)) == NULL)
		abort();
	memcpy(copy, data + 4, len - 4);
	if ((copy = realloc(copy, len == 4 ? 1 : len - 4)) == NULL)
		abort();
	m.type = data[0];
	ibuf_from_buffer(&m.body, copy, len - 4);
	if (msg_check(data[1] % (PROC_MAX + 1), data[2] % (PROC_MAX + 1),
	    data[0], data[3] & 1, &m.body) == NULL) {
		require(msg_fields(m.type) != NULL);
		fields_read(&m, msg_fields(m.type));
		require(ibuf_size(&m.body) == 0);
	}
	free(copy);
	return 0;
}

static void
fields_read(struct msg *m, const char *f)
{
	const void	*data;
	const char	*s;
	uint32_t	 n;
	size_t		 len;

	for (; *f != '\0'; f++)
		switch (*f) {
		case 'b':
			msg_get_u8(m);
			break;
		case 'u':
			msg_get_u32(m);
			break;
		case 'q':
			msg_get_u64(m);
			break;
		case 's':
			require(strlen(msg_get_string(m)) <= MSG_SHORT_MAX);
			break;
		case 't':
			require(strlen(msg_get_string(m)) <= MSG_DATA_MAX);
			break;
		case 'd':
			data = msg_get_data(m, &len);
			require(data != NULL && len <= MSG_DATA_MAX);
			break;
		case 'S':
			n = msg_get_count(m);
			require(n <= MSG_LIST_MAX);
			while (n-- > 0) {
				s = msg_get_string(m);
				require(strlen(s) <= MSG_SHORT_MAX);
			}
			break;
		case 'U':
			n = msg_get_count(m);
			require(n <= MSG_IDS_MAX);
			while (n-- > 0)
				msg_get_u32(m);
			break;
		default:
			abort();
		}
}

static void
require(int condition)
{
	if (!condition)
		abort();
}
