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
 * The outbox: tells receivers, through the notifier, what became of a
 * deployment: in order for each receiver, again and again with growing
 * pauses, until it is taken, refused or given up.
 */

#ifndef OUTBOX_H
#define OUTBOX_H

struct channel;
struct msg;

int	 outbox_init(void);
/* Something has been committed that is to be told. */
void	 outbox_kick(void);
void	 outbox_notifier_up(void);
void	 outbox_notifier_down(void);
void	 handle_delivered(struct channel *, struct msg *);

#endif
