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
 * Who is it, and may they: the one place where a credential becomes a person
 * and where rights are decided.  The configuration says who may read and
 * deploy, a token may narrow that and never widens it.
 */

#ifndef ACCESS_H
#define ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/conf.h"
#include "../common/msg.h"
#include "store.h"

/* The configuration in force. */
extern struct conf	*engine_conf;

struct who {
	enum credential	 kind;
	uint64_t	 user_id;
	uint64_t	 credential_id;	/* of the session or the token */
	char		 login[LOGIN_MAX + 1];
	bool		 deploy;	/* what the credential allows at most */
	char		 application[NAME_MAX_BYTES + 1];	/* "": all */
	char		 target[NAME_MAX_BYTES + 1];
	int64_t		 expires_at;	/* now_ms; 0: never */
};

/* A login as GitHub's, or as an operator may choose one. */
bool	 is_login(const char *);

/*
 * Finds out who shows this.  NULL, or why it is nobody (for a 401).  What a
 * session or a token is used for makes it younger, once a minute.
 */
const char *access_identify(enum credential, const char *secret,
	    struct who *);
/* Whether the credential that *who came with still stands. */
bool	 access_stands(struct who *);

/* Rights; logins compare without case. */
bool	 access_reads(const struct who *, const struct conf_application *);
bool	 access_reads_target(const struct who *,
	    const struct conf_application *, const char *target);
bool	 access_deploys(const struct who *, const struct conf_application *,
	    const struct conf_target *);
/* Why somebody who does not deploy there does not. */
const char *access_refusal(const struct who *, const struct conf_target *);
/* Whether the configuration names this login at all. */
bool	 access_known(const char *login);

#endif
