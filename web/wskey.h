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
 * The key of the WebSocket handshake (RFC 6455, section 4.2.2).
 */

#ifndef WEB_WSKEY_H
#define WEB_WSKEY_H

#define WSKEY_ACCEPT_SIZE	29	/* 28 characters of base64 and a NUL */

/* Is this the canonical base64 of 16 bytes? */
int	 wskey_is_valid(const char *);

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key. */
void	 wskey_accept(const char *, char [WSKEY_ACCEPT_SIZE]);

#endif
