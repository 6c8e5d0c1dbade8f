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
 * The check of a configuration, as far as it is the executor's: keys,
 * templates and known hosts, which the parent does not parse.
 */

#ifndef EXECUTOR_CHECK_H
#define EXECUTOR_CHECK_H

#include "../common/conf.h"

/* Names every problem by child_problem(). */
void		 executor_check(const struct conf *);

/*
 * The text that a target's hosts are known by, its own or that of all, or
 * NULL; *path gets its name for people.
 */
const char	*known_hosts_of(const struct conf *,
		    const struct conf_target *, const char **path);

#endif
