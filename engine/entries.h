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
 * Log entries as bytes: the reader of what a worker sends in a batch.  It
 * takes nothing on trust and knows nothing of deployments or of the store.
 */

#ifndef ENTRIES_H
#define ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../imsg/imsg.h"
#include "../common/msg.h"
#include "buf.h"

#define ENTRY_ORIGIN_MAX	300	/* a host's name, a colon, its port */

/* What the pointers point to is whoever's bytes it was read from. */
struct entry {
	uint64_t	 id;		/* number in the deployment */
	uint64_t	 time;		/* nanoseconds since 1970 */
	enum entry_type	 type;
	uint8_t		 flags;
	const char	*origin;
	const void	*message;
	size_t		 len;
};

/* One word: as text it stands between blanks, in a line of its own. */
bool	 is_origin(const char *);

/* The next one: 1; 0 when there is none any more, -1 when it is malformed. */
int	 entry_next(struct ibuf *, struct entry *);

/*
 * Whether a batch from a worker is whole: so many entries, nothing left over,
 * and none of a type that only the engine makes.  0 or -1.
 */
int	 entries_check(const void *, size_t, uint32_t count);

/* Whether it is output of a command, which a limit may drop. */
bool	 entry_is_output(const struct entry *);

/* Adds it as a line for people: time, origin, type, the message as it is. */
void	 entry_text(struct buf *, const struct entry *);

#endif
