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
 * Sends answers to web, in chunks that fit a message.
 */

#include "config.h"

#include "../common/channel.h"
#include "answer.h"

#define WS_NORMAL	1000

void
answer_begin(uint32_t id, unsigned status, enum content content,
    const char *location, const char *session)
{
	struct channel	*web = child_peer(PROC_WEB);
	struct ibuf	*b;

	if (web == NULL)
		return;
	b = msg_new();
	msg_put_u32(b, status);
	msg_put_u8(b, content);
	msg_put_string(b, location);
	msg_put_string(b, session);
	msg_send(web, MSG_REPLY, id, -1, b);
}

void
answer_data(const uint32_t *ids, size_t n, const char *data, size_t len)
{
	struct channel	*web = child_peer(PROC_WEB);
	struct ibuf	*b;
	size_t		 part;

	for (; web != NULL && len > 0; data += part, len -= part) {
		part = len < MSG_CHUNK ? len : MSG_CHUNK;
		b = msg_new();
		msg_put_ids(b, ids, n);
		msg_put_data(b, data, part);
		msg_send(web, MSG_REPLY_DATA, 0, -1, b);
	}
}

void
answer_end(uint32_t id, unsigned code, const char *reason)
{
	struct channel	*web = child_peer(PROC_WEB);
	struct ibuf	*b;

	if (web == NULL)
		return;
	b = msg_new();
	msg_put_u32(b, code);
	msg_put_string(b, reason);
	msg_send(web, MSG_REPLY_END, id, -1, b);
}

void
answer_bytes(uint32_t id, unsigned status, enum content content,
    const struct buf *buf)
{
	answer_begin(id, status, content, "", "");
	answer_data(&id, 1, buf->data, buf->len);
	answer_end(id, WS_NORMAL, "");
}

void
answer_json(uint32_t id, unsigned status, struct json *j)
{
	answer_bytes(id, status, CONTENT_JSON, &j->buf);
	buf_free(&j->buf);
}

void
answer_error(uint32_t id, unsigned status, const char *sentence)
{
	struct json	j = { 0 };

	json_error(&j, sentence);
	answer_begin(id, status, CONTENT_JSON, sentence, "");
	answer_data(&id, 1, j.buf.data, j.buf.len);
	answer_end(id, WS_NORMAL, "");
	buf_free(&j.buf);
}

void
answer_redirect(uint32_t id, const char *location)
{
	answer_begin(id, 303, CONTENT_NONE, location, "");
	answer_end(id, WS_NORMAL, "");
}

void
answer_session(uint32_t id, struct json *j, const char *session)
{
	answer_begin(id, 200, CONTENT_JSON, "", session);
	answer_data(&id, 1, j->buf.data, j->buf.len);
	answer_end(id, WS_NORMAL, "");
	buf_free(&j->buf);
}
