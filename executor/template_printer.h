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
 * The state of printing values, which template_format.c follows a format with
 * and template_print.c prints by.  No other file includes it.
 */

#ifndef EXECUTOR_TEMPLATE_PRINTER_H
#define EXECUTOR_TEMPLATE_PRINTER_H

#include "template_internal.h"

/* A larger width or precision is none. */
#define NUMBER_MAX	1000000

struct flags {
	bool	has_width, has_precision;
	bool	minus, plus, sharp, space, zero;
	bool	sharp_v;		/* of %#v, where # is another */
};

struct printer {
	struct exec		*e;
	struct text		*out;
	struct flags		 f;
	int			 width, precision;

	struct str		 format;
	size_t			 at;		/* in format */
	const struct value	*args;
	size_t			 nargs, arg;	/* arg: the next one */
	bool			 is_reordered, is_good_index, is_after_index;
	bool			 is_without_close; /* no ] is left in format */
	bool			 is_unsupported; /* something that can't be */
};

/* One value, by the flags that are set. */
void	 print_value(struct printer *, const struct value *, int32_t verb);

#endif
