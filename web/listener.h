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
 * The listening sockets, which the parent made, and who may come in: so many
 * connections in all, so many of one client.
 */

#ifndef WEB_LISTENER_H
#define WEB_LISTENER_H

/* Takes the socket over; name is "unix:PATH" or "tcp:ADDRESS:PORT". */
void	listener_add(int fd, const char *name);
/* Begins to accept, on those that come later too. */
void	listener_start(void);
/* No more, for good. */
void	listener_stop(void);
/* A connection has ended: there is room again. */
void	listener_resume(void);

#endif
