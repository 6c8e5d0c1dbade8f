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
 * WebSocket through wslay.  A client's messages are checked for their form
 * and thrown away; a large one is answered with a close.
 */

#include "config.h"

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "../common/utf8.h"
#include "websocket.h"

#define MESSAGE_MAX	4096		/* that a client may send */
#define LINE_MAX	(1024 * 1024)	/* that comes in parts */
#define CONTROL_MAX	125		/* bytes of a control frame */
#define REASON_MAX	(CONTROL_MAX - 2)

struct websocket {
	wslay_event_context_ptr	 ctx;
	struct output		*out;
	const uint8_t		*in;	/* being read */
	size_t			 inlen;
	uint8_t			*line;	/* begun, but not ended yet */
	size_t			 linelen;
	bool			 broken;	/* the client can't frame */
	uint8_t			 opcode;	/* of the frame that comes */
	uint64_t		 message;	/* bytes of its message */
	uint8_t			 close[CONTROL_MAX];
	size_t			 closelen;
};

static ssize_t	ws_recv(wslay_event_context_ptr, uint8_t *, size_t, int,
		    void *);
static ssize_t	ws_send(wslay_event_context_ptr, const uint8_t *, size_t, int,
		    void *);
static void	ws_frame(wslay_event_context_ptr,
		    const struct wslay_event_on_frame_recv_start_arg *, void *);
static void	ws_frame_data(wslay_event_context_ptr,
		    const struct wslay_event_on_frame_recv_chunk_arg *, void *);
static void	ws_frame_end(wslay_event_context_ptr, void *);
static unsigned	close_answer(const uint8_t *, size_t);
static int	line_send(struct websocket *, const uint8_t *, size_t);
static int	line_keep(struct websocket *, const uint8_t *, size_t);
static bool	is_close_code(unsigned);

static const struct wslay_event_callbacks	callbacks = {
	.recv_callback = ws_recv,
	.send_callback = ws_send,
	.on_frame_recv_start_callback = ws_frame,
	.on_frame_recv_chunk_callback = ws_frame_data,
	.on_frame_recv_end_callback = ws_frame_end,
};

struct websocket *
websocket_new(struct output *out)
{
	struct websocket	*ws;

	if ((ws = calloc(1, sizeof(*ws))) == NULL)
		return NULL;
	ws->out = out;
	if (wslay_event_context_server_init(&ws->ctx, &callbacks, ws) != 0) {
		free(ws);
		return NULL;
	}
	wslay_event_config_set_no_buffering(ws->ctx, 1);
	wslay_event_config_set_max_recv_msg_length(ws->ctx, MESSAGE_MAX);
	return ws;
}

void
websocket_free(struct websocket *ws)
{
	if (ws == NULL)
		return;
	wslay_event_context_free(ws->ctx);
	free(ws->line);
	free(ws);
}

static ssize_t
ws_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags,
    void *arg)
{
	struct websocket	*ws = arg;

	(void)flags;
	if (ws->inlen == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (len > ws->inlen)
		len = ws->inlen;
	memcpy(buf, ws->in, len);
	ws->in += len;
	ws->inlen -= len;
	return (ssize_t)len;
}

static ssize_t
ws_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len,
    int flags, void *arg)
{
	struct websocket	*ws = arg;

	(void)ctx;
	(void)flags;
	output_add(ws->out, data, len);
	return (ssize_t)len;
}

/* wslay bounds a frame; its fragments bound a message. */
static void
ws_frame(wslay_event_context_ptr ctx,
    const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct websocket	*ws = arg;

	ws->opcode = frame->opcode;
	ws->closelen = 0;
	if (wslay_is_ctrl_frame(frame->opcode))
		return;
	if (frame->opcode != WSLAY_CONTINUATION_FRAME)
		ws->message = 0;
	ws->message += frame->payload_length;
	if (ws->message > MESSAGE_MAX) {
		wslay_event_queue_close(ctx, WSLAY_CODE_MESSAGE_TOO_BIG, NULL,
		    0);
		wslay_event_shutdown_read(ctx);
	}
}

static void
ws_frame_data(wslay_event_context_ptr ctx,
    const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *arg)
{
	struct websocket	*ws = arg;

	(void)ctx;
	if (ws->opcode != WSLAY_CONNECTION_CLOSE ||
	    chunk->data_length > sizeof(ws->close) - ws->closelen)
		return;
	memcpy(ws->close + ws->closelen, chunk->data, chunk->data_length);
	ws->closelen += chunk->data_length;
}

/*
 * The client's goodbye is answered here, before wslay does it: what wslay
 * makes of its code and reason depends on how the bytes were cut.
 */
static void
ws_frame_end(wslay_event_context_ptr ctx, void *arg)
{
	struct websocket	*ws = arg;

	if (ws->opcode == WSLAY_CONNECTION_CLOSE && ws->closelen > 0)
		wslay_event_queue_close(ctx, (uint16_t)close_answer(ws->close,
		    ws->closelen), NULL, 0);
}

/* The code is said back, unless there is something wrong with it. */
static unsigned
close_answer(const uint8_t *p, size_t len)
{
	unsigned	code = len < 2 ? 0 : (unsigned)p[0] << 8 | p[1];

	if (!is_close_code(code))
		return WSLAY_CODE_PROTOCOL_ERROR;
	if (!utf8_is_valid(p + 2, len - 2))
		return WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA;
	return code;
}

int
websocket_input(struct websocket *ws, const void *data, size_t len)
{
	/* wslay would say goodbye without a code here. */
	static const uint8_t	protocol_error[] = { 0x88, 2, 1002 >> 8,
				    1002 & 0xff };
	int			r;

	if (ws->broken)
		return 0;
	ws->in = data;
	ws->inlen = len;
	r = wslay_event_recv(ws->ctx);
	ws->inlen = 0;
	if (r == 0)
		return wslay_event_send(ws->ctx) == 0 ? 0 : -1;
	if (r != WSLAY_ERR_CALLBACK_FAILURE)
		return -1;
	if (!wslay_event_get_close_sent(ws->ctx))
		output_add(ws->out, protocol_error, sizeof(protocol_error));
	wslay_event_shutdown_write(ws->ctx);
	ws->broken = true;
	return 0;
}

int
websocket_lines(struct websocket *ws, const void *data, size_t len)
{
	const uint8_t	*p = data, *end;

	for (; len > 0; p = end + 1) {
		if ((end = memchr(p, '\n', len)) == NULL)
			return line_keep(ws, p, len);
		if (line_send(ws, p, (size_t)(end - p)) == -1)
			return -1;
		len -= (size_t)(end + 1 - p);
	}
	return 0;
}

static int
line_send(struct websocket *ws, const uint8_t *p, size_t len)
{
	struct wslay_event_msg	msg = { WSLAY_TEXT_FRAME, p, len };
	int			r;

	if (ws->line != NULL) {
		if (line_keep(ws, p, len) == -1)
			return -1;
		msg.msg = ws->line;
		msg.msg_length = ws->linelen;
	}
	r = wslay_event_queue_msg(ws->ctx, &msg);
	free(ws->line);
	ws->line = NULL;
	ws->linelen = 0;
	/* No more messages: a close is on its way. */
	if (r != 0)
		return r == WSLAY_ERR_NO_MORE_MSG ? 0 : -1;
	return wslay_event_send(ws->ctx) == 0 ? 0 : -1;
}

static int
line_keep(struct websocket *ws, const uint8_t *p, size_t len)
{
	uint8_t	*line;

	if (len > LINE_MAX - ws->linelen)
		return -1;
	if ((line = realloc(ws->line, ws->linelen + len + 1)) == NULL)
		return -1;
	memcpy(line + ws->linelen, p, len);
	ws->line = line;
	ws->linelen += len;
	return 0;
}

void
websocket_ping(struct websocket *ws)
{
	struct wslay_event_msg	msg = { WSLAY_PING, NULL, 0 };

	if (wslay_event_queue_msg(ws->ctx, &msg) == 0)
		wslay_event_send(ws->ctx);
}

static bool
is_close_code(unsigned code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 &&
	    code != 1005 && code != 1006) || (code >= 3000 && code <= 4999);
}

void
websocket_end(struct websocket *ws, unsigned code, const char *reason)
{
	size_t	len = strlen(reason);

	/* The protocol has no room for more, and a cut must not split UTF-8. */
	if (len > REASON_MAX)
		len = 0;
	if (!is_close_code(code))
		code = WSLAY_CODE_INTERNAL_SERVER_ERROR;
	if (wslay_event_queue_close(ws->ctx, (uint16_t)code,
	    (const uint8_t *)reason, len) == 0)
		wslay_event_send(ws->ctx);
}

bool
websocket_is_closed(const struct websocket *ws)
{
	return ws->broken || (wslay_event_get_close_sent(ws->ctx) &&
	    !wslay_event_get_read_enabled(ws->ctx));
}
