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
 * How applikatonictl shows the engine's JSON to people.
 */

#ifndef PRINT_H
#define PRINT_H

#include <jansson.h>
#include <stddef.h>

/* The array named key of an object as a table with these columns. */
void	 print_table(const json_t *, const char *key,
	    const char *const *columns);
/* The member of that name on a line of its own; nothing when there is none. */
void	 print_member(const json_t *, const char *key);
/* What the engine refuses, with our name, on standard error. */
void	 print_error(const char *);
/* A line for known hosts or, on standard error, why there is none. */
void	 print_host_key(const json_t *);
/* One log entry, control characters made visible. */
void	 print_entry(const json_t *);

#endif
