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
 * Answers to web: a status, and bytes that are ready to be passed on.
 */

#ifndef ANSWER_H
#define ANSWER_H

#include "../common/msg.h"
#include "buf.h"
#include "json.h"

/* Each is a whole answer; all do nothing while there is no web process. */
void	 answer_error(uint32_t id, unsigned status, const char *sentence);
void	 answer_bytes(uint32_t id, unsigned status, enum content,
	    const struct buf *);
/* Frees what the answer was written to. */
void	 answer_json(uint32_t id, unsigned status, struct json *);
void	 answer_redirect(uint32_t id, const char *location);
/* session: the cookie's new value, or "-" to end it. */
void	 answer_session(uint32_t id, struct json *, const char *session);

/* The parts, for answers that go on. */
void	 answer_begin(uint32_t id, unsigned status, enum content,
	    const char *location, const char *session);
void	 answer_data(const uint32_t *ids, size_t n, const char *, size_t);
void	 answer_end(uint32_t id, unsigned code, const char *reason);

#endif
