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
 * Answers for people, or with -j for programs: the list of deployments, the
 * commits and the commands that would go out.
 */

#ifndef TONI_SHOW_H
#define TONI_SHOW_H

#include <jansson.h>

#include "options.h"
#include "settings.h"

/* What is about to be done. */
void	 show_order(const struct options *, const struct settings *,
	    const struct settings_target *);
void	 show_list(const json_t *, bool as_json);
void	 show_plan(const json_t *, bool as_json);
void	 show_diff(const json_t *, bool as_json);

#endif
