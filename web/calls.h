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
 * What a request asks for, once it has passed the guards: each call reads the
 * fields that it needs and becomes a message to the engine, or is answered
 * from what web has itself.
 */

#ifndef WEB_CALLS_H
#define WEB_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/msg.h"
#include "client.h"
#include "connection.h"
#include "form.h"
#include "http.h"

#define SECRET_SIZE	513		/* of a credential, with its NUL */

struct route;

/* The strings belong to the request. */
struct call {
	const struct http_request	*req;
	const struct route		*route;		/* routes.c knows it */
	const char			*application;
	const char			*name;		/* of an asset */
	uint64_t			 id;		/* deployment, token */
	enum view			 view;
	struct form			 form;		/* query or body */
	enum credential			 credential;
	char				 secret[SECRET_SIZE];
	char				 client[ADDRESS_SIZE];
};

/* Each replies, or asks the engine and leaves the connection waiting. */
void	 call_asset(struct connection *, struct call *);
void	 call_deploy(struct connection *, struct call *);
void	 call_favicon(struct connection *, struct call *);
void	 call_kill(struct connection *, struct call *);
void	 call_log(struct connection *, struct call *);
void	 call_login(struct connection *, struct call *);
void	 call_login_page(struct connection *, struct call *);
void	 call_logout(struct connection *, struct call *);
void	 call_plan(struct connection *, struct call *);
void	 call_settings(struct connection *, struct call *);
void	 call_token_add(struct connection *, struct call *);
void	 call_token_revoke(struct connection *, struct call *);
void	 call_unconfigured(struct connection *, struct call *);
void	 call_view(struct connection *, struct call *);

/* A number above 0, in the one way to write it; false if it is none. */
bool	 call_number(const char *, uint64_t *);

#endif
