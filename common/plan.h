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
 * A plan: what a deployment would run, host by host, as the executor has
 * rendered it for people to read.  It has nothing secret: *** stands for what
 * is.  It travels by the tables in plan.c, as MSG_RENDERED.
 */

#ifndef PLAN_H
#define PLAN_H

#include "record.h"

/*
 * The text of all commands of a plan, and how many there are, at most: one
 * may not hold the engine's loop for long.
 */
#define PLAN_BYTES_MAX		(1024 * 1024)
#define PLAN_COMMANDS_MAX	100000

struct plan_script {
	char				*stage;
	LIST_OF(char)			 commands;	/* a line each */
};

struct plan_role {
	char				*name;
	LIST_OF(struct plan_script)	 scripts;
};

struct plan_host {
	char				*origin;	/* name:port */
	LIST_OF(char)			 roles;
};

struct plan {
	char				*error;	/* NULL, or why there is none */
	LIST_OF(char)			 stages;	/* in order */
	LIST_OF(struct plan_role)	 roles;
	LIST_OF(struct plan_host)	 hosts;
};

extern const struct record	plan_record;

/* An empty one; fatal without memory.  NULL is fine for plan_free. */
struct plan	*plan_new(void);
void		 plan_free(struct plan *);
/* Whether one that was decoded has every name that it must have. */
bool		 plan_is_whole(const struct plan *);

#endif
