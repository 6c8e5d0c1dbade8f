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
 * A log on its way to a viewer: a WebSocket, or a streamed reply.  The engine
 * sends what it has been given credit for; credit goes back to it as the
 * bytes leave, so a slow viewer holds a bounded number of bytes here and
 * nobody up.
 */

#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "connection.h"

/* The engine has said yes: the head, or the upgrade. */
void	 stream_start(struct connection *);
/* Whole lines, or parts of one. */
void	 stream_data(struct connection *, const void *, size_t);
/*
 * No more comes.  The code is that of a WebSocket; 1000 says that the log is
 * complete, and only then is a streamed reply ended as it should be.
 */
void	 stream_end(struct connection *, unsigned code, const char *reason);
/* Frees it, if there is one. */
void	 stream_free(struct connection *);

/* Bytes from the viewer.  Returns 0 if they are not the stream's. */
int	 stream_input(struct connection *, const uint8_t *, size_t);
/* So many bytes have left. */
void	 stream_sent(struct connection *, size_t);
/* Milliseconds between two looks, and the look: is the viewer still there? */
unsigned stream_interval(const struct connection *);
void	 stream_tick(struct connection *);

#endif
