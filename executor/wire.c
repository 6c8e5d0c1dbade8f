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
 * Reading and writing SSH's wire format; see wire.h.  Knows nothing of keys
 * or of what the values mean.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define WRITER_START	256

int
wire_get_bytes(struct wire_reader *r, size_t n, const uint8_t **bytes)
{
	if (n > r->left)
		return -1;
	*bytes = r->at;
	r->at += n;
	r->left -= n;
	return 0;
}

int
wire_get_u32(struct wire_reader *r, uint32_t *v)
{
	const uint8_t	*p;

	if (wire_get_bytes(r, 4, &p) == -1)
		return -1;
	*v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
	return 0;
}

int
wire_get_string(struct wire_reader *r, const uint8_t **s, size_t *len)
{
	uint32_t	 n;

	if (wire_get_u32(r, &n) == -1 || wire_get_bytes(r, n, s) == -1)
		return -1;
	*len = n;
	return 0;
}

int
wire_get_mpint(struct wire_reader *r, const uint8_t **n, size_t *len)
{
	if (wire_get_string(r, n, len) == -1)
		return -1;
	if (*len == 0)
		return 0;
	if ((*n)[0] & 0x80)
		return -1;
	if ((*n)[0] != 0)
		return 0;
	if (*len == 1 || ((*n)[1] & 0x80) == 0)
		return -1;
	(*n)++;
	(*len)--;
	return 0;
}

int
wire_get_text(struct wire_reader *r, const char *text)
{
	const uint8_t	*s;
	size_t		 len;

	if (wire_get_string(r, &s, &len) == -1)
		return -1;
	return len == strlen(text) && memcmp(s, text, len) == 0 ? 0 : -1;
}

void
wire_put_bytes(struct wire_writer *w, const void *bytes, size_t len)
{
	uint8_t	*buf;
	size_t	 room;

	if (w->failed || len == 0)
		return;
	for (room = w->room; room - w->len < len;)
		room = room == 0 ? WRITER_START : room * 2;
	if (room != w->room) {
		if ((buf = recallocarray(w->buf, w->room, room, 1)) == NULL) {
			w->failed = 1;
			return;
		}
		w->buf = buf;
		w->room = room;
	}
	memcpy(w->buf + w->len, bytes, len);
	w->len += len;
}

void
wire_put_u32(struct wire_writer *w, uint32_t v)
{
	uint8_t	 b[4] = { v >> 24, v >> 16, v >> 8, v };

	wire_put_bytes(w, b, sizeof(b));
}

void
wire_put_string(struct wire_writer *w, const void *s, size_t len)
{
	wire_put_u32(w, len);
	wire_put_bytes(w, s, len);
}

void
wire_put_text(struct wire_writer *w, const char *text)
{
	wire_put_string(w, text, strlen(text));
}

void
wire_put_mpint(struct wire_writer *w, const uint8_t *n, size_t len)
{
	while (len > 0 && n[0] == 0) {
		n++;
		len--;
	}
	if (len == 0 || (n[0] & 0x80) == 0) {
		wire_put_string(w, n, len);
		return;
	}
	wire_put_u32(w, len + 1);
	wire_put_bytes(w, "", 1);
	wire_put_bytes(w, n, len);
}

int
wire_take(struct wire_writer *w, uint8_t **buf, size_t *len)
{
	if (w->failed || w->buf == NULL) {
		freezero(w->buf, w->room);
		memset(w, 0, sizeof(*w));
		return -1;
	}
	*buf = w->buf;
	*len = w->len;
	memset(w, 0, sizeof(*w));
	return 0;
}
