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
 * The server's end of a WebSocket that carries lines: each line is a text
 * message.  wslay does the framing; bytes come from and go to memory.  What
 * the client says, beyond control frames, is not listened to.
 */

#ifndef WEB_WEBSOCKET_H
#define WEB_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

struct websocket;

/* NULL without memory.  Frames go to the output, which is the caller's. */
struct websocket	*websocket_new(struct output *);
void			 websocket_free(struct websocket *);

/* These return -1 when the connection can't go on. */
int			 websocket_input(struct websocket *, const void *,
			    size_t);
int			 websocket_lines(struct websocket *, const void *,
			    size_t);

void			 websocket_ping(struct websocket *);
/* Says goodbye; nothing is sent behind it. */
void			 websocket_end(struct websocket *, unsigned code,
			    const char *reason);
/* Nothing more is to be sent or heard. */
bool			 websocket_is_closed(const struct websocket *);

#endif
