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
 * The outbox in the store: what is still to be told to whom.  A row is added
 * in the transaction that changes a deployment's state, and goes when it has
 * been delivered; what was given up stays, with the reason.
 */

#include "config.h"

#include <string.h>

#include "store.h"
#include "store_sql.h"

enum {
	ADD,
	NEXT,
	TRIED,
	DELIVERED,
	GIVEN_UP,
	RECEIVERS,
	DEPTH
};

struct statement outbox_statements[] = {
	[ADD] = { "INSERT INTO outbox (receiver, deployment_id, state, time)"
	    " VALUES (?1, ?2, ?3, ?4)", NULL },
	[NEXT] = { "SELECT o.id, o.tries, o.state, o.time, d.id,"
	    " d.application, d.target, d.commit_sha, d.branch, d.comment,"
	    " u.login FROM outbox o JOIN deployments d ON d.id ="
	    " o.deployment_id JOIN users u ON u.id = d.user_id"
	    " WHERE o.receiver = ?1 AND o.given_up_at IS NULL"
	    " ORDER BY o.id LIMIT 1", NULL },
	[TRIED] = { "UPDATE outbox SET tries = ?2, error = ?3 WHERE id = ?1",
	    NULL },
	[DELIVERED] = { "DELETE FROM outbox WHERE id = ?1", NULL },
	[GIVEN_UP] = { "UPDATE outbox SET tries = ?2, error = ?3,"
	    " given_up_at = ?4 WHERE id = ?1", NULL },
	/* One after the other, without a look at all that waits for each. */
	[RECEIVERS] = { "SELECT receiver FROM outbox WHERE receiver > ?1"
	    " AND given_up_at IS NULL ORDER BY receiver LIMIT 1", NULL },
	[DEPTH] = { "SELECT count(*) FROM outbox WHERE given_up_at IS NULL",
	    NULL },
	{ NULL, NULL }
};

static struct statement *const st = outbox_statements;

int
store_outbox_add(const char *receiver, uint64_t deployment, enum state state,
    int64_t now)
{
	return store_run(&st[ADD], "sqsq", receiver, deployment,
	    state_name(state), now) == -1 ? -1 : 0;
}

int
store_outbox_next(const char *receiver, store_delivery_fn fn, void *arg)
{
	sqlite3_stmt		*row = store_start(&st[NEXT], "s", receiver);
	struct store_delivery	 d;
	int			 r, i;

	if ((r = store_step(row)) != 1)
		return r;
	memset(&d, 0, sizeof(d));
	d.id = sqlite3_column_int64(row, 0);
	d.receiver = receiver;
	d.tries = sqlite3_column_int64(row, 1);
	for (i = 0; i < STATE_FAILED; i++)
		if (strcmp(state_name(i), column_string(row, 2)) == 0)
			break;
	d.state = i;
	d.time = sqlite3_column_int64(row, 3);
	d.deployment.id = sqlite3_column_int64(row, 4);
	d.deployment.application = column_string(row, 5);
	d.deployment.target = column_string(row, 6);
	d.deployment.sha = column_string(row, 7);
	d.deployment.branch = column_string(row, 8);
	d.deployment.comment = column_string(row, 9);
	d.deployment.user = column_string(row, 10);
	fn(&d, arg);
	store_stop(row);
	return 1;
}

int
store_outbox_tried(uint64_t id, unsigned tries, const char *error)
{
	return store_run(&st[TRIED], "qqs", id, (int64_t)tries, error) == -1 ?
	    -1 : 0;
}

int
store_outbox_delivered(uint64_t id)
{
	return store_run(&st[DELIVERED], "q", id) == -1 ? -1 : 0;
}

int
store_outbox_given_up(uint64_t id, unsigned tries, const char *error,
    int64_t now)
{
	return store_run(&st[GIVEN_UP], "qqsq", id, (int64_t)tries, error,
	    now) == -1 ? -1 : 0;
}

int
store_outbox_receivers(store_receiver_fn fn, void *arg)
{
	sqlite3_stmt	*row;
	char		 receiver[MSG_SHORT_MAX + 1] = "";
	int		 r;

	for (;;) {
		row = store_start(&st[RECEIVERS], "s", receiver);
		if ((r = store_step(row)) != 1)
			return r;
		column_copy(row, 0, receiver, sizeof(receiver));
		store_stop(row);
		fn(receiver, arg);
	}
}

uint64_t
store_outbox_depth(void)
{
	sqlite3_stmt	*row = store_start(&st[DEPTH], "");
	uint64_t	 n = 0;

	if (store_step(row) == 1) {
		n = sqlite3_column_int64(row, 0);
		store_stop(row);
	}
	return n;
}
