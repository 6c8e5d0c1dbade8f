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
 * The data types of SSH's wire format (RFC 4251, section 5) as keys and
 * signatures use them: uint32, string and non-negative mpint.  A reader
 * never passes the end of its bytes and owns none of them; a writer owns
 * what it has written until it is taken, and wipes what it outgrows.
 */

#ifndef EXECUTOR_WIRE_H
#define EXECUTOR_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Every getter returns 0 and moves on, or -1. */
struct wire_reader {
	const uint8_t	*at;
	size_t		 left;
};

int wire_get_bytes(struct wire_reader *, size_t n, const uint8_t **);
int wire_get_u32(struct wire_reader *, uint32_t *);
int wire_get_string(struct wire_reader *, const uint8_t **, size_t *);

/* A non-negative number without needless zeros: its big-endian bytes. */
int wire_get_mpint(struct wire_reader *, const uint8_t **, size_t *);

/* A string that must be this text. */
int wire_get_text(struct wire_reader *, const char *);

/* Start from all zero.  Errors are kept until wire_take. */
struct wire_writer {
	uint8_t		*buf;
	size_t		 len, room;
	int		 failed;
};

void wire_put_bytes(struct wire_writer *, const void *, size_t);
void wire_put_u32(struct wire_writer *, uint32_t);
void wire_put_string(struct wire_writer *, const void *, size_t);
void wire_put_text(struct wire_writer *, const char *);
void wire_put_mpint(struct wire_writer *, const uint8_t *, size_t);

/* The bytes written, for free(); -1 when memory was short. */
int wire_take(struct wire_writer *, uint8_t **, size_t *);

#endif /* EXECUTOR_WIRE_H */
