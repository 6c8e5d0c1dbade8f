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
 * What the notifier knows of its receivers: each kind has a file that turns
 * a notification into an HTTP request, and a line in the table of kinds.
 */

#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/conf.h"

/* A change of a deployment's state, as the engine tells it. */
struct notification {
	uint64_t			 id;	/* the same when tried again */
	const struct conf_application	*application;
	const struct conf_target	*target;
	uint64_t			 deployment;
	const char			*state;
	const char			*commit_sha;
	const char			*branch;
	const char			*comment;
	const char			*user;
	const char			*url;	/* of the deployment's page */
	const char			*time;	/* RFC 3339 */
};

struct receiver_kind {
	const char	*name;
	/* The body of the request, to be freed; NULL without memory. */
	char		*(*body)(const struct notification *, size_t *len);
};

extern const struct receiver_kind	webhook;

#endif
