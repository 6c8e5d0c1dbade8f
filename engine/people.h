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
 * Sessions, API tokens and sign-in links: making, using up and taking away.
 */

#ifndef PEOPLE_H
#define PEOPLE_H

#include <stdint.h>

#include "access.h"
#include "deployments.h"
#include "json.h"

struct channel;

/* What a new token is to be. */
struct token_order {
	const char	*audit;		/* who makes it, for the audit */
	const char	*login;		/* whose it will be */
	const char	*scope;		/* "read" or "deploy" */
	const char	*application;	/* "": all */
	const char	*target;
	uint32_t	 days;		/* 0: for ever */
};

/*
 * Each is one transaction with its audit; -1 and *why, or 0.  Those that make
 * something write the answer's members into an open JSON object.
 */
int	 token_make(const struct token_order *, struct json *,
	    struct refusal *why);
/* user: only one of theirs, or 0. */
int	 token_revoke(uint64_t id, uint64_t user, const char *audit,
	    struct refusal *why);
int	 user_make(const char *login, const char *audit, struct refusal *why);
int	 link_make(const char *login, const char *audit, struct json *,
	    struct refusal *why);
/* After a reload: the sessions of those who may not read anything end. */
void	 people_decide(void);
/* What has expired goes. */
void	 people_expire(void);

/* Members of an object for each token. */
void	 json_token(struct json *, const struct store_token *);

void	 handle_login(struct channel *, struct msg *);
void	 handle_logout(struct channel *, struct msg *);
void	 handle_token_add(struct channel *, struct msg *);
void	 handle_token_revoke(struct channel *, struct msg *);

#endif
