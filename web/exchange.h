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
 * Questions to the engine and what comes back.  Each connection asks one
 * thing at a time, under an id of its own; an answer whose asker has gone is
 * dropped.
 */

#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

#include <stdbool.h>

#include "../common/channel.h"
#include "connection.h"

#define EXCHANGE_TIME	20000	/* ms that the engine has to answer */

/* Is there an engine that can take a question? */
bool	exchange_is_ready(void);
/* Asks; takes the message over. */
void	exchange_ask(struct connection *, enum msg_type, struct ibuf *,
	    enum answer);
/* The asker does not wait any more; a log is closed. */
void	exchange_drop(struct connection *);
/* No answer came in time. */
void	exchange_timeout(struct connection *);
/* The viewer has taken so many bytes of a log. */
void	exchange_credit(struct connection *, size_t);
/* The engine has gone: everyone who waits is told. */
void	exchange_lost(struct channel *);

/* Handlers of the engine's messages. */
void	exchange_reply(struct channel *, struct msg *);
void	exchange_data(struct channel *, struct msg *);
void	exchange_end(struct channel *, struct msg *);

#endif
