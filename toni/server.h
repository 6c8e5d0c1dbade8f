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
 * What is asked of the server, and what its refusals mean for the person who
 * reads them.
 */

#ifndef TONI_SERVER_H
#define TONI_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "http.h"
#include "options.h"
#include "settings.h"

/* The settings stay the caller's, and must stay. */
void		 server_init(const struct settings *);

/*
 * Starts a deployment and returns its number; ends the program where that is
 * refused.
 */
uint64_t	 server_create(const struct options *,
		    const struct settings_target *);

/* Each ends the program with the reason when there is no such answer. */
json_t		*server_list(const char *target);
json_t		*server_plan(const struct options *,
		    const struct settings_target *);
/* NULL: nothing has been deployed to the target so far. */
json_t		*server_diff(const struct options *);
void		 server_kill(uint64_t id);

/* For a watch, which goes on meanwhile. */
struct transfer	*server_log(uint64_t id, uint64_t from, http_data *, void *);
struct transfer	*server_deployment(uint64_t id);
struct transfer	*server_kill_start(uint64_t id);
/* The JSON of a 200, or NULL. */
json_t		*server_json(const struct transfer *);

/* Why, in a sentence of the server's or of libcurl's; to be freed. */
char		*server_sentence(const struct transfer *);
/* Says what an answer that is no success means, and what to do; ends. */
void		 server_refused(const struct transfer *)
		    __attribute__((noreturn));
/* A member that is a string, or "". */
const char	*json_text(const json_t *, const char *key);

#endif
