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
 * The messages: one table (in msg.c) says for every type its name, who may
 * send it to whom, whether it carries a descriptor, and its fields with their
 * bounds.  A body is written and read field by field; it never holds a struct.
 */

#ifndef MSG_H
#define MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../imsg/imsg.h"
#include "process.h"

#define MSG_SHORT_MAX	1024		/* bytes in a short string */
#define MSG_DATA_MAX	(128 * 1024)	/* bytes in a text or in data */
#define MSG_LIST_MAX	1024		/* short strings in a list */
#define MSG_IDS_MAX	16384		/* numbers in a list */
#define MSG_SIZE_MAX	(MSG_DATA_MAX + 128 * 1024)

/* A part of a log entry batch and of a reply is kept below this. */
#define MSG_CHUNK	(64 * 1024)

enum msg_type {
	MSG_NONE,
	/* parent and its children */
	MSG_CONF,		/* b last, d part of the configuration */
	MSG_PEER,		/* b process; descriptor: the channel */
	MSG_LISTEN,		/* s name; descriptor: listening socket */
	MSG_GO,			/* begin work */
	MSG_STOP,		/* finish and say done */
	MSG_VERBOSE,		/* b log level; from engine too */
	MSG_READY,		/* s what the sandbox is */
	MSG_DONE,		/* answer to conf and stop; engine: drained */
	MSG_LOG,		/* b syslog priority, t line */
	MSG_PROBLEM,		/* b warning, u file, u line, t text */
	MSG_WORKER_WANTED,	/* q deployment */
	MSG_WORKER_UNWANTED,	/* q deployment: it must go, now */
	MSG_WORKER,		/* q deployment; descriptor: its channel */
	MSG_WORKER_GONE,	/* q deployment, s how it ended */
	MSG_RELOAD,		/* id; engine to parent */
	MSG_RELOADED,		/* id; b ok, t the problems, a line each */
	MSG_PROCESS,		/* b process, u pid, q start, s sandbox */
	/* parent and engine, in an import */
	MSG_IMPORT,		/* descriptor: the old database */
	MSG_IMPORT_PROGRESS,	/* q log entries done, q of all */
	MSG_IMPORTED,		/* t error ("": it can be committed),
				   q people, q tokens, q deployments,
				   q log entries */
	MSG_IMPORT_COMMIT,	/* answered by done */
	/* web to engine; "bss" first: enum credential, its text, client */
	MSG_VIEW,		/* bss b view, s app, s target, q id,
				   q before */
	MSG_DEPLOY,		/* bss s app, s target, s sha, s branch,
				   t comment, S stages */
	MSG_KILL,		/* bss s app, q deployment */
	MSG_LOG_OPEN,		/* bss s app, q deployment, q from, b format */
	MSG_LOG_CREDIT,		/* id; u bytes that the viewer has taken */
	MSG_LOG_CLOSE,		/* id */
	MSG_LOGIN,		/* bss (the one-time token is the credential) */
	MSG_LOGOUT,		/* bss */
	MSG_TOKEN_ADD,		/* bss s scope, s app, s target, u days */
	MSG_TOKEN_REVOKE,	/* bss q token */
	MSG_PLAN,		/* bss s app, s target, s sha, S stages (none:
				   the default ones) */
	/* engine to web: an answer is one REPLY, any REPLY_DATA, REPLY_END */
	MSG_REPLY,		/* id; u status, b content, s location (of an
				   error: its sentence, the body has JSON),
				   s session (a cookie to set; "-" ends it) */
	MSG_REPLY_DATA,		/* U ids that get it, d bytes */
	MSG_REPLY_END,		/* id; u WebSocket close code, s reason */
	/* engine, executor and worker */
	MSG_RUN,		/* q deployment, s app, s target, s sha,
				   S stages */
	MSG_JOB,		/* b last, d part of the job */
	MSG_JOB_KILL,		/* q deployment, s reason */
	MSG_JOB_ACK,		/* q deployment, q seq: committed up to here */
	MSG_JOB_ANNOUNCE,	/* q deployment, q first seq that is kept */
	MSG_JOBS_ANNOUNCED,	/* all have been named */
	MSG_JOB_ENTRIES,	/* q deployment, q seq of the first, u count,
				   d entries */
	MSG_JOB_PROGRESS,	/* q deployment, s stage, u hosts, u connected,
				   u done, u failed */
	MSG_JOB_END,		/* q deployment, q seq, b ended by, t error
				   ("" for success) */
	MSG_RENDER,		/* id; s app, s target, s sha, S stages: as a
				   plan, nothing is run */
	MSG_RENDERED,		/* id; b last, d part of the plan */
	/* host keys, for applikatonictl; the id is the engine's */
	MSG_HOST_KEYS,		/* id; s app, s target; "": all */
	MSG_HOST_KEY,		/* id (a worker's: the host's number); s host,
				   b is an error, t it or a line of known
				   hosts */
	MSG_HOST_KEYS_END,	/* id; t error or ""; from the engine: nobody
				   wants to know any more */
	/* engine and notifier */
	MSG_DELIVER,		/* q outbox id, s receiver, s app, s target,
				   q deployment, s state, s sha, s branch,
				   t comment, s user, s url, s time */
	MSG_DELIVERED,		/* q outbox id, b outcome, s error,
				   u seconds to wait at least */
	/* applikatonictl and engine */
	MSG_CTL_USERS,
	MSG_CTL_USER_ADD,	/* s login */
	MSG_CTL_LOGIN,		/* s login */
	MSG_CTL_TOKENS,
	MSG_CTL_TOKEN_ADD,	/* s login, s scope, s app, s target, u days */
	MSG_CTL_TOKEN_REVOKE,	/* q token */
	MSG_CTL_SHOW,
	MSG_CTL_DEPLOYMENTS,	/* u how many */
	MSG_CTL_DEPLOY,		/* s login, s app, s target, s sha, s branch,
				   t comment, S stages */
	MSG_CTL_LOG,		/* q deployment, q from; follows to the end */
	MSG_CTL_KILL,		/* q deployment */
	MSG_CTL_HOST_KEYS,	/* s app, s target; "": all */
	MSG_CTL_DRAIN,
	MSG_CTL_RELOAD,
	MSG_CTL_BACKUP,
	MSG_CTL_VERBOSE,	/* b level */
	MSG_CTL_DATA,		/* d JSON, or bytes of the backup */
	MSG_CTL_END,		/* b ok, t error */
	MSG_MAX
};

/* How a person proves who they are to the engine. */
enum credential {
	CREDENTIAL_NONE,
	CREDENTIAL_SESSION,
	CREDENTIAL_TOKEN,
	CREDENTIAL_LINK,	/* one-time token of a sign-in link */
	CREDENTIAL_MAX
};

/* What MSG_VIEW asks for. */
enum view {
	VIEW_HOME,
	VIEW_APPLICATION,
	VIEW_DEPLOYMENTS,
	VIEW_DEPLOYMENT,
	VIEW_TONI,
	VIEW_TOKENS,
	VIEW_HEALTH,
	VIEW_METRICS,
	VIEW_MAX
};

/* What the bytes of a reply are; how a log is wanted. */
enum content {
	CONTENT_NONE,
	CONTENT_JSON,
	CONTENT_NDJSON,
	CONTENT_TEXT,
	CONTENT_METRICS,
	CONTENT_MAX
};

/* Who ended a deployment, in MSG_JOB_END and in the store. */
enum ended_by {
	ENDED_BY_NONE,		/* it came to its own end: success */
	ENDED_BY_PERSON,
	ENDED_BY_HOST,
	ENDED_BY_LIMIT,
	ENDED_BY_DAEMON,
	ENDED_BY_MAX
};

/* What became of a delivery. */
enum outcome {
	OUTCOME_DELIVERED,
	OUTCOME_RETRY,		/* the receiver may take it later */
	OUTCOME_REFUSED,	/* it never will */
	OUTCOME_MAX
};

/*
 * The entries of MSG_JOB_ENTRIES, one after the other: u8 entry type, u8
 * flags, u64 time (nanoseconds since 1970), short string origin, data message.
 */
enum entry_type {
	ENTRY_DEPLOYMENT_START,
	ENTRY_STAGE_START,
	ENTRY_COMMAND_START,
	ENTRY_COMMAND_STDOUT_OUTPUT,
	ENTRY_COMMAND_STDERR_OUTPUT,
	ENTRY_COMMAND_SUCCESS,
	ENTRY_COMMAND_FAIL,
	ENTRY_STAGE_RESULT,
	ENTRY_STAGE_SUCCESS,
	ENTRY_STAGE_FAIL,
	ENTRY_DEPLOYMENT_SUCCESS,
	ENTRY_DEPLOYMENT_FAIL,
	ENTRY_KILL_RECEIVED,
	ENTRY_MAX
};

#define ENTRY_CONTINUED		0x01	/* the line goes on in the next */
#define ENTRY_MESSAGE_MAX	(64 * 1024)

/* "COMMAND_START" and so on; entry_type_by_name returns -1 for none such. */
const char	*entry_type_name(enum entry_type);
int		 entry_type_by_name(const char *);
const char	*ended_by_name(enum ended_by);

/* A received message.  What its getters return lives as long as it does. */
struct msg {
	enum msg_type	 type;
	uint32_t	 id;
	struct ibuf	 body;		/* what has not been read yet */
	int		 fd;		/* -1, or one that the handler owns */
};

struct channel;

/*
 * Fields in the table's order.  The dispatcher has checked the form of the
 * whole body, so a getter that does not fit it is a defect of ours: fatal.
 * Strings have no NUL inside and are terminated.
 */
uint8_t		 msg_get_u8(struct msg *);
uint32_t	 msg_get_u32(struct msg *);
uint64_t	 msg_get_u64(struct msg *);
const char	*msg_get_string(struct msg *);
const void	*msg_get_data(struct msg *, size_t *);
uint32_t	 msg_get_count(struct msg *);	/* then that many elements */
/* A list of strings, of MSG_LIST_MAX at most; returns how many. */
uint32_t	 msg_get_strings(struct msg *, const char **);

/*
 * A message to be sent: msg_new(), a msg_put per field in the table's order,
 * msg_send(), which takes the descriptor over.  Strings longer than the table
 * allows are cut by msg_put_string; whoever takes strings from outside checks
 * them before.  msg_send frees the message in any case and returns -1 with
 * errno set when it could not be queued.  A body that does not fit the table,
 * no memory: fatal.
 */
struct ibuf	*msg_new(void);
void		 msg_put_u8(struct ibuf *, uint8_t);
void		 msg_put_u32(struct ibuf *, uint32_t);
void		 msg_put_u64(struct ibuf *, uint64_t);
void		 msg_put_string(struct ibuf *, const char *);	/* s */
void		 msg_put_text(struct ibuf *, const char *);	/* t */
void		 msg_put_data(struct ibuf *, const void *, size_t);
void		 msg_put_strings(struct ibuf *, const char *const *, size_t);
void		 msg_put_ids(struct ibuf *, const uint32_t *, size_t);
int		 msg_send(struct channel *, enum msg_type, uint32_t id,
		    int fd, struct ibuf *);
/* One without fields. */
int		 msg_send_empty(struct channel *, enum msg_type, uint32_t id);

/*
 * Readers for bytes that the dispatcher does not know (entries, records):
 * they return -1 when the bytes do not hold such a field.  The string and the
 * data point into the buffer.
 */
int		 field_get_u8(struct ibuf *, uint8_t *);
int		 field_get_u32(struct ibuf *, uint32_t *);
int		 field_get_u64(struct ibuf *, uint64_t *);
int		 field_get_string(struct ibuf *, size_t max, const char **);
int		 field_get_data(struct ibuf *, size_t max, const void **,
		    size_t *);

/* The table, for the dispatcher, tests and people. */
const char	*msg_name(enum msg_type);
/* The letters of its fields, or NULL. */
const char	*msg_fields(enum msg_type);
/* NULL, or why such a message must not pass (a static sentence). */
const char	*msg_check(enum process from, enum process to, uint32_t type,
		    bool has_fd, const struct ibuf *body);

#endif
