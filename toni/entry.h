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
 * Log entries for people: a line each, as the original's client showed them.
 */

#ifndef TONI_ENTRY_H
#define TONI_ENTRY_H

#include <jansson.h>

void	 entry_say(const json_t *);
enum time_form {
	TIME_SECONDS,		/* 2026/01/31 12:00:00 */
	TIME_MINUTES,		/* 2026-01-31 12:00 */
	TIME_ZONE		/* 31 Jan 2026 12:00 UTC */
};
/* A time of the server's, in this place's time. */
void	 time_local(const char *, enum time_form, char *buf, size_t len);

#endif
