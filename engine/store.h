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
 * The store: one SQLite file with users, sessions, tokens, deployments, their
 * log entries, the outbox and the audit.  Nobody outside of store*.c knows
 * SQL.  Functions that return int: -1 is a failure that has been logged, 0
 * means none or done, 1 found.  Strings in a row live as long as the call
 * that hands it out.
 */

#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/msg.h"

struct entry;

#define LOGIN_MAX	64
#define NAME_MAX_BYTES	255	/* of an application or a target */

/* --- store.c --- */

/*
 * Opens the database, or makes it.  On failure -1, and *why is a sentence.
 * The file is locked: one daemon has it.
 */
int		 store_open(const char *path, const char **why);
void		 store_close(void);

/*
 * A transaction.  A failed commit has been rolled back.  Transactions do not
 * nest, and reads outside of one see only what has been committed.
 */
int		 store_begin(void);
int		 store_commit(void);
void		 store_rollback(void);

/* Another number after each change of anything that is stored. */
int64_t		 store_version(void);

/* Since when (clock_now) nothing could be committed; 0: all is well. */
int64_t		 store_failing_since(void);
/* Bytes that can still be written; INT64_MAX when nobody knows. */
/* Tries whether it can be written again; only when nothing else will. */
void		 store_probe(void);
/*
 * What has been committed goes from the log of changes to the database in
 * steps of its own, because each waits for the disk: when one is due, it is
 * done in another turn of the loop.
 */
bool		 store_checkpoint_is_due(void);
void		 store_checkpoint(void);
int64_t		 store_free_space(void);
int64_t		 store_size(void);

/*
 * Room that is kept for the last words when the disk is full: released once,
 * then taken again when there is space.
 */
void		 store_reserve(void);
void		 store_reserve_release(void);

/* The SQL of statement number n, or NULL: for the test of the query plans. */
const char	*store_sql(size_t n);

/* --- store_deployments.c --- */

enum state {
	STATE_NEW,
	STATE_ACTIVE,
	STATE_SUCCESSFUL,
	STATE_FAILED,
	STATE_MAX
};

struct store_deployment {
	uint64_t	 id;
	uint64_t	 user_id;
	const char	*user;
	const char	*application;
	const char	*target;
	const char	*sha;
	const char	*branch;
	const char	*comment;
	const char	*stages;	/* a line each */
	enum state	 state;
	enum ended_by	 ended_by;	/* a kill that runs has these two */
	const char	*reason;	/* or NULL */
	const char	*commands_on;	/* where a command runs, or NULL */
	int64_t		 created_at;
	int64_t		 started_at;
	int64_t		 ended_at;	/* 0: it has not ended */
	uint64_t	 entries;	/* number of the last entry */
	uint64_t	 seq;		/* last of the worker's that we have */
	uint64_t	 output;	/* bytes of output that are kept */
	uint64_t	 dropped_lines;	/* and what is not */
	uint64_t	 dropped_bytes;
};

typedef void (*store_deployment_fn)(const struct store_deployment *, void *);

const char	*state_name(enum state);
/* STATE_MAX: there is none of that name. */
enum state	 state_by_name(const char *);

/* 1: made, *id is its number; 0: another one of this target is running. */
int		 store_deployment_add(const struct store_deployment *,
		    uint64_t *id);
int		 store_deployment_active(uint64_t id, int64_t now);
/* A kill has been decided; it is not ended yet. */
int		 store_deployment_kill(uint64_t id, enum ended_by,
		    const char *reason);
int		 store_deployment_end(uint64_t id, enum state, enum ended_by,
		    const char *reason, int64_t now);
/* The counters and commands_on, after entries have been added. */
int		 store_deployment_count(const struct store_deployment *);
/* Each hands one row to fn, and returns 1, or 0 for none. */
int		 store_deployment_find(uint64_t id, store_deployment_fn,
		    void *);
int		 store_deployment_last(const char *application,
		    const char *target, store_deployment_fn, void *);
/*
 * Newest first, at most n below before (0: from the newest), of an
 * application, also of one target; application NULL: of all.
 */
int		 store_deployments(const char *application, const char *target,
		    uint64_t before, unsigned n, store_deployment_fn, void *);
int		 store_deployments_unfinished(store_deployment_fn, void *);
/* The number of the unfinished one of a target, or 0. */
uint64_t	 store_deployment_running(const char *application,
		    const char *target);
/* How many there ever were in each state. */
int		 store_totals(uint64_t totals[STATE_MAX], uint64_t *entries);
/*
 * Removes a slice of what ended before then.  1: there may be more; the
 * caller has begun a transaction.
 */
int		 store_deployments_expire(int64_t before, unsigned slice);

/* --- store_entries.c --- */

int		 store_entry_add(uint64_t deployment, const struct entry *);
/*
 * Entries from a number on, in order, until there is none any more or fn
 * returns false.
 */
typedef bool	 (*store_entry_fn)(const struct entry *, void *);
int		 store_entries(uint64_t deployment, uint64_t from,
		    store_entry_fn, void *);

/* --- store_people.c --- */

#define SECRET_LEN	43	/* of a token as text: 32 bytes in base64url */

/* Makes a random secret as text, to be wiped by whoever has shown it. */
void		 secret_make(char text[SECRET_LEN + 1]);

struct store_user {
	uint64_t	 id;
	uint64_t	 github_id;	/* 0: none */
	char		 login[LOGIN_MAX + 1];
	int64_t		 created_at;
	uint64_t	 tokens;	/* only in lists */
	uint64_t	 sessions;
};

struct store_session {
	uint64_t	 id;
	uint64_t	 user_id;
	char		 login[LOGIN_MAX + 1];
	int64_t		 created_at;
	int64_t		 used_at;
};

struct store_token {
	uint64_t	 id;
	uint64_t	 user_id;
	char		 login[LOGIN_MAX + 1];
	bool		 deploy;	/* its scope */
	char		 application[NAME_MAX_BYTES + 1];	/* "": all */
	char		 target[NAME_MAX_BYTES + 1];
	int64_t		 created_at;
	int64_t		 expires_at;	/* 0: never */
	int64_t		 used_at;	/* 0: never yet */
};

typedef void (*store_user_fn)(const struct store_user *, void *);
typedef void (*store_token_fn)(const struct store_token *, void *);
typedef void (*store_id_fn)(uint64_t, void *);

/* 1: made; 0: that login is there already.  *u is filled either way. */
int		 store_user_add(const char *login, int64_t now,
		    struct store_user *u);
int		 store_user_find(const char *login, struct store_user *);
int		 store_users(store_user_fn, void *);

int		 store_session_add(uint64_t user, const char *secret,
		    const char *client, int64_t now, uint64_t *id);
int		 store_session_find(const char *secret, struct store_session *);
int		 store_session_get(uint64_t id, struct store_session *);
int		 store_session_touch(uint64_t id, int64_t now);
int		 store_session_remove(uint64_t id);
/* Ends the longest unused ones beyond so many; fn is told of each. */
int		 store_sessions_trim(uint64_t user, uint64_t keep, store_id_fn,
		    void *);
int		 store_sessions_expire(int64_t used_before,
		    int64_t made_before);
uint64_t	 store_sessions_count(void);

int		 store_token_add(const struct store_token *, const char *secret,
		    uint64_t *id);
int		 store_token_find(const char *secret, struct store_token *);
int		 store_token_get(uint64_t id, struct store_token *);
int		 store_token_touch(uint64_t id, int64_t now);
int		 store_token_remove(uint64_t id);
/* Of one user, or (0) of all, oldest first. */
int		 store_tokens(uint64_t user, store_token_fn, void *);
int		 store_tokens_expire(int64_t expired_before);

int		 store_link_add(uint64_t user, const char *secret,
		    int64_t expires);
/* Uses it up, even when it has expired; 1: *u is who it is for. */
int		 store_link_take(const char *secret, int64_t now,
		    struct store_user *u);
int		 store_links_expire(int64_t now);

/* --- store_outbox.c --- */

struct store_delivery {
	uint64_t	 id;
	const char	*receiver;
	unsigned	 tries;
	enum state	 state;
	int64_t		 time;
	struct store_deployment	 deployment;
};

typedef void (*store_delivery_fn)(const struct store_delivery *, void *);
typedef void (*store_receiver_fn)(const char *, void *);

int		 store_outbox_add(const char *receiver, uint64_t deployment,
		    enum state, int64_t now);
/* The oldest that waits for this receiver: fn is told, 1; or 0. */
int		 store_outbox_next(const char *receiver, store_delivery_fn,
		    void *);
int		 store_outbox_tried(uint64_t id, unsigned tries,
		    const char *error);
int		 store_outbox_delivered(uint64_t id);
int		 store_outbox_given_up(uint64_t id, unsigned tries,
		    const char *error, int64_t now);
/* The receivers for whom something waits. */
int		 store_outbox_receivers(store_receiver_fn, void *);
uint64_t	 store_outbox_depth(void);

/* --- store_backup.c --- */

struct backup;

/* Begins a copy; NULL: *why is a sentence. */
struct backup	*store_backup_start(const char **why);
/* A step of it: 1 more to do, 0 it is whole, -1 failed. */
int		 store_backup_step(struct backup *);
/* The next bytes of a whole one, or 0 at its end, or -1. */
ssize_t		 store_backup_read(struct backup *, void *, size_t);
void		 store_backup_free(struct backup *);

/* --- for audit.c --- */

int		 store_audit_add(int64_t now, const char *who, const char *what,
		    const char *subject);

#endif
