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
 * What every request from web begins with, and the questions that it has to
 * pass.  Those that return false or NULL have answered it already.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/conf.h"
#include "../common/msg.h"
#include "access.h"
#include "deployments.h"

struct channel;

struct request {
	uint32_t	 id;
	enum credential	 kind;
	const char	*secret;
	const char	*client;
};

/* Reads the fields that come first. */
void			 request_read(struct request *, struct msg *);
bool			 request_identify(const struct request *, struct who *);
/* The application, if it is there and they may read it. */
struct conf_application	*request_application(const struct request *,
			    const struct who *, const char *name);

/*
 * The application and the target of an order, if they are there and they may
 * deploy to it; also who gives it.
 */
bool			 request_order(const struct request *,
			    const struct who *, const char *app,
			    const char *target, struct order *);

/* A deployment of that application, found in the store. */
struct found {
	uint64_t	 id;
	uint64_t	 entries;
	enum state	 state;
	bool		 readable;
	char		 target[NAME_MAX_BYTES + 1];
};
bool			 request_deployment(const struct request *,
			    const struct who *, const struct conf_application *,
			    uint64_t id, struct found *);

void			 handle_deploy(struct channel *, struct msg *);
void			 handle_kill(struct channel *, struct msg *);
void			 handle_log_open(struct channel *, struct msg *);
void			 handle_log_credit(struct channel *, struct msg *);
void			 handle_log_close(struct channel *, struct msg *);

#endif
