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
 * The table of messages, and the writing, checking and reading of their
 * fields.  It decides what may travel between which processes; what a message
 * then does is the business of its handler.
 *
 * Field letters: b u8, u u32, q u64, s short string, t text, d data, S list
 * of short strings, U list of u32.  Numbers are in network byte order; a
 * string is its length (u32), its bytes and a NUL; data is its length and its
 * bytes; a list is its count and its elements.
 */

#include "config.h"

#include <errno.h>
#include <string.h>

#include "channel.h"
#include "log.h"
#include "msg.h"

#define P	PROC_BIT(PROC_PARENT)
#define W	PROC_BIT(PROC_WEB)
#define E	PROC_BIT(PROC_ENGINE)
#define X	PROC_BIT(PROC_EXECUTOR)
#define N	PROC_BIT(PROC_NOTIFIER)
#define K	PROC_BIT(PROC_WORKER)
#define C	PROC_BIT(PROC_CONTROL)
#define CHILDREN \
	(W | E | X | N | PROC_BIT(PROC_GITHUB))

static const struct {
	const char	*name;
	uint32_t	 from;
	uint32_t	 to;
	const char	*fields;
	bool		 fd;
} table[MSG_MAX] = {
	[MSG_CONF] =		{ "conf", P, CHILDREN, "bd", false },
	[MSG_PEER] =		{ "peer", P, CHILDREN, "b", true },
	[MSG_LISTEN] =		{ "listen", P, W | E, "s", true },
	[MSG_GO] =		{ "go", P, CHILDREN, "", false },
	[MSG_STOP] =		{ "stop", P, CHILDREN, "", false },
	[MSG_VERBOSE] =		{ "verbose", P | E | X, CHILDREN | P | K, "b",
				  false },
	[MSG_READY] =		{ "ready", CHILDREN | K, P | X, "s", false },
	[MSG_DONE] =		{ "done", CHILDREN, P, "", false },
	[MSG_LOG] =		{ "log", CHILDREN | K, P | X, "bt", false },
	[MSG_PROBLEM] =		{ "problem", CHILDREN, P, "buut", false },
	[MSG_WORKER_WANTED] =	{ "worker wanted", X, P, "q", false },
	[MSG_WORKER_UNWANTED] =	{ "worker unwanted", X, P, "q", false },
	[MSG_WORKER] =		{ "worker", P, X, "q", true },
	[MSG_WORKER_GONE] =	{ "worker gone", P, X, "qs", false },
	[MSG_RELOAD] =		{ "reload", E, P, "", false },
	[MSG_RELOADED] =	{ "reloaded", P, E, "bt", false },
	[MSG_PROCESS] =		{ "process", P, E, "buqs", false },
	[MSG_IMPORT] =		{ "import", P, E, "", true },
	[MSG_IMPORT_PROGRESS] =	{ "import progress", E, P, "qq", false },
	[MSG_IMPORTED] =	{ "imported", E, P, "tqqqq", false },
	[MSG_IMPORT_COMMIT] =	{ "import commit", P, E, "", false },

	[MSG_VIEW] =		{ "view", W, E, "bssbssqq", false },
	[MSG_DEPLOY] =		{ "deploy", W, E, "bsssssstS", false },
	[MSG_KILL] =		{ "kill", W, E, "bsssq", false },
	[MSG_LOG_OPEN] =	{ "log open", W, E, "bsssqqb", false },
	[MSG_LOG_CREDIT] =	{ "log credit", W, E, "u", false },
	[MSG_LOG_CLOSE] =	{ "log close", W, E, "", false },
	[MSG_LOGIN] =		{ "login", W, E, "bss", false },
	[MSG_LOGOUT] =		{ "logout", W, E, "bss", false },
	[MSG_TOKEN_ADD] =	{ "token add", W, E, "bsssssu", false },
	[MSG_TOKEN_REVOKE] =	{ "token revoke", W, E, "bssq", false },
	[MSG_PLAN] =		{ "plan", W, E, "bsssssS", false },
	[MSG_REPLY] =		{ "reply", E, W, "ubss", false },
	[MSG_REPLY_DATA] =	{ "reply data", E, W, "Ud", false },
	[MSG_REPLY_END] =	{ "reply end", E, W, "us", false },

	[MSG_RUN] =		{ "run", E, X, "qsssS", false },
	[MSG_JOB] =		{ "job", X, K, "bd", false },
	[MSG_JOB_KILL] =	{ "job kill", E | X, X | K, "qs", false },
	[MSG_JOB_ACK] =		{ "job ack", E | X, X | K, "qq", false },
	[MSG_JOB_ANNOUNCE] =	{ "job announce", X, E, "qq", false },
	[MSG_JOBS_ANNOUNCED] =	{ "jobs announced", X, E, "", false },
	[MSG_JOB_ENTRIES] =	{ "job entries", X | K, E | X, "qqud", false },
	[MSG_JOB_PROGRESS] =	{ "job progress", X | K, E | X, "qsuuuu",
				  false },
	[MSG_JOB_END] =		{ "job end", X | K, E | X, "qqbt", false },
	[MSG_RENDER] =		{ "render", E, X, "sssS", false },
	[MSG_RENDERED] =	{ "rendered", X, E, "bd", false },

	[MSG_HOST_KEYS] =	{ "host keys", E, X, "ss", false },
	[MSG_HOST_KEY] =	{ "host key", X | K, E | X, "sbt", false },
	[MSG_HOST_KEYS_END] =	{ "host keys end", E | X | K, E | X, "t",
				  false },

	[MSG_DELIVER] =		{ "deliver", E, N, "qsssqssstsss",
				  false },
	[MSG_DELIVERED] =	{ "delivered", N, E, "qbsu", false },

	[MSG_CTL_USERS] =	{ "ctl users", C, E, "", false },
	[MSG_CTL_USER_ADD] =	{ "ctl user add", C, E, "s", false },
	[MSG_CTL_LOGIN] =	{ "ctl login", C, E, "s", false },
	[MSG_CTL_TOKENS] =	{ "ctl tokens", C, E, "", false },
	[MSG_CTL_TOKEN_ADD] =	{ "ctl token add", C, E, "ssssu", false },
	[MSG_CTL_TOKEN_REVOKE] =
				{ "ctl token revoke", C, E, "q", false },
	[MSG_CTL_SHOW] =	{ "ctl show", C, E, "", false },
	[MSG_CTL_DEPLOYMENTS] =	{ "ctl deployments", C, E, "u", false },
	[MSG_CTL_DEPLOY] =	{ "ctl deploy", C, E, "ssssstS", false },
	[MSG_CTL_LOG] =		{ "ctl log", C, E, "qq", false },
	[MSG_CTL_KILL] =	{ "ctl kill", C, E, "q", false },
	[MSG_CTL_HOST_KEYS] =	{ "ctl host keys", C, E, "ss", false },
	[MSG_CTL_DRAIN] =	{ "ctl drain", C, E, "", false },
	[MSG_CTL_RELOAD] =	{ "ctl reload", C, E, "", false },
	[MSG_CTL_BACKUP] =	{ "ctl backup", C, E, "", false },
	[MSG_CTL_VERBOSE] =	{ "ctl verbose", C, E, "b", false },
	[MSG_CTL_DATA] =	{ "ctl data", E, C, "d", false },
	[MSG_CTL_END] =		{ "ctl end", E, C, "bt", false },
};

static const char *entry_types[ENTRY_MAX] = {
	[ENTRY_DEPLOYMENT_START] =	"DEPLOYMENT_START",
	[ENTRY_STAGE_START] =		"STAGE_START",
	[ENTRY_COMMAND_START] =		"COMMAND_START",
	[ENTRY_COMMAND_STDOUT_OUTPUT] =	"COMMAND_STDOUT_OUTPUT",
	[ENTRY_COMMAND_STDERR_OUTPUT] =	"COMMAND_STDERR_OUTPUT",
	[ENTRY_COMMAND_SUCCESS] =	"COMMAND_SUCCESS",
	[ENTRY_COMMAND_FAIL] =		"COMMAND_FAIL",
	[ENTRY_STAGE_RESULT] =		"STAGE_RESULT",
	[ENTRY_STAGE_SUCCESS] =		"STAGE_SUCCESS",
	[ENTRY_STAGE_FAIL] =		"STAGE_FAIL",
	[ENTRY_DEPLOYMENT_SUCCESS] =	"DEPLOYMENT_SUCCESS",
	[ENTRY_DEPLOYMENT_FAIL] =	"DEPLOYMENT_FAIL",
	[ENTRY_KILL_RECEIVED] =		"KILL_RECEIVED",
};

static const char *ended_bys[ENDED_BY_MAX] = {
	[ENDED_BY_NONE] =	NULL,
	[ENDED_BY_PERSON] =	"person",
	[ENDED_BY_HOST] =	"host",
	[ENDED_BY_LIMIT] =	"limit",
	[ENDED_BY_DAEMON] =	"daemon",
};

const char *
entry_type_name(enum entry_type type)
{
	return type < ENTRY_MAX ? entry_types[type] : "UNKNOWN";
}

int
entry_type_by_name(const char *name)
{
	int	i;

	for (i = 0; i < ENTRY_MAX; i++)
		if (strcmp(entry_types[i], name) == 0)
			return i;
	return -1;
}

const char *
ended_by_name(enum ended_by by)
{
	return by < ENDED_BY_MAX ? ended_bys[by] : NULL;
}

int
field_get_u8(struct ibuf *b, uint8_t *v)
{
	return ibuf_get_n8(b, v);
}

int
field_get_u32(struct ibuf *b, uint32_t *v)
{
	return ibuf_get_n32(b, v);
}

int
field_get_u64(struct ibuf *b, uint64_t *v)
{
	return ibuf_get_n64(b, v);
}

int
field_get_data(struct ibuf *b, size_t max, const void **data, size_t *len)
{
	uint32_t	n;

	if (ibuf_get_n32(b, &n) == -1 || n > max || n > ibuf_size(b))
		return -1;
	*data = ibuf_data(b);
	*len = n;
	return ibuf_skip(b, n);
}

int
field_get_string(struct ibuf *b, size_t max, const char **s)
{
	const void	*data;
	size_t		 len;
	uint8_t		 nul;

	if (field_get_data(b, max, &data, &len) == -1 ||
	    (len > 0 && memchr(data, '\0', len) != NULL) ||
	    ibuf_get_n8(b, &nul) == -1 || nul != '\0')
		return -1;
	*s = data;
	return 0;
}

static int
field_check(struct ibuf *b, char letter)
{
	const void	*data;
	const char	*s;
	size_t		 len;
	uint32_t	 n;

	switch (letter) {
	case 'b':
		return ibuf_skip(b, 1);
	case 'u':
		return ibuf_skip(b, 4);
	case 'q':
		return ibuf_skip(b, 8);
	case 's':
		return field_get_string(b, MSG_SHORT_MAX, &s);
	case 't':
		return field_get_string(b, MSG_DATA_MAX, &s);
	case 'd':
		return field_get_data(b, MSG_DATA_MAX, &data, &len);
	case 'S':
		if (ibuf_get_n32(b, &n) == -1 || n > MSG_LIST_MAX)
			return -1;
		while (n-- > 0)
			if (field_get_string(b, MSG_SHORT_MAX, &s) == -1)
				return -1;
		return 0;
	case 'U':
		if (ibuf_get_n32(b, &n) == -1 || n > MSG_IDS_MAX)
			return -1;
		return ibuf_skip(b, (size_t)n * 4);
	default:
		return -1;
	}
}

const char *
msg_name(enum msg_type type)
{
	if (type >= MSG_MAX || table[type].name == NULL)
		return "unknown";
	return table[type].name;
}

const char *
msg_fields(enum msg_type type)
{
	return type < MSG_MAX ? table[type].fields : NULL;
}

const char *
msg_check(enum process from, enum process to, uint32_t type, bool has_fd,
    const struct ibuf *body)
{
	struct ibuf	 b;
	const char	*f;

	if (type >= MSG_MAX || table[type].name == NULL)
		return "there is no such type";
	if ((table[type].from & PROC_BIT(from)) == 0 ||
	    (table[type].to & PROC_BIT(to)) == 0)
		return "this process may not send it here";
	if (table[type].fd != has_fd)
		return has_fd ? "it carries a descriptor" :
		    "its descriptor is missing";
	ibuf_from_buffer(&b, ibuf_data(body), ibuf_size(body));
	for (f = table[type].fields; *f != '\0'; f++)
		if (field_check(&b, *f) == -1)
			return "a field is malformed or too long";
	if (ibuf_size(&b) != 0)
		return "bytes are left over";
	return NULL;
}

uint8_t
msg_get_u8(struct msg *m)
{
	uint8_t	v;

	if (field_get_u8(&m->body, &v) == -1)
		fatalx("message %s: read past its fields", msg_name(m->type));
	return v;
}

uint32_t
msg_get_u32(struct msg *m)
{
	uint32_t	v;

	if (field_get_u32(&m->body, &v) == -1)
		fatalx("message %s: read past its fields", msg_name(m->type));
	return v;
}

uint64_t
msg_get_u64(struct msg *m)
{
	uint64_t	v;

	if (field_get_u64(&m->body, &v) == -1)
		fatalx("message %s: read past its fields", msg_name(m->type));
	return v;
}

const char *
msg_get_string(struct msg *m)
{
	const char	*s;

	if (field_get_string(&m->body, MSG_DATA_MAX, &s) == -1)
		fatalx("message %s: read past its fields", msg_name(m->type));
	return s;
}

const void *
msg_get_data(struct msg *m, size_t *len)
{
	const void	*data;

	if (field_get_data(&m->body, MSG_DATA_MAX, &data, len) == -1)
		fatalx("message %s: read past its fields", msg_name(m->type));
	return data;
}

uint32_t
msg_get_count(struct msg *m)
{
	return msg_get_u32(m);
}

uint32_t
msg_get_strings(struct msg *m, const char **v)
{
	uint32_t	i, n = msg_get_count(m);

	for (i = 0; i < n; i++)
		v[i] = msg_get_string(m);
	return n;
}

struct ibuf *
msg_new(void)
{
	struct ibuf	*b;

	if ((b = ibuf_dynamic(128, MSG_SIZE_MAX)) == NULL)
		fatal("%s", __func__);
	return b;
}

static void
put_bytes(struct ibuf *b, const void *data, size_t len)
{
	if (ibuf_add_n32(b, len) == -1 || ibuf_add(b, data, len) == -1)
		fatal("%s", __func__);
}

void
msg_put_u8(struct ibuf *b, uint8_t v)
{
	if (ibuf_add_n8(b, v) == -1)
		fatal("%s", __func__);
}

void
msg_put_u32(struct ibuf *b, uint32_t v)
{
	if (ibuf_add_n32(b, v) == -1)
		fatal("%s", __func__);
}

void
msg_put_u64(struct ibuf *b, uint64_t v)
{
	if (ibuf_add_n64(b, v) == -1)
		fatal("%s", __func__);
}

void
msg_put_string(struct ibuf *b, const char *s)
{
	put_bytes(b, s, strnlen(s, MSG_SHORT_MAX));
	msg_put_u8(b, '\0');
}

void
msg_put_text(struct ibuf *b, const char *s)
{
	put_bytes(b, s, strnlen(s, MSG_DATA_MAX));
	msg_put_u8(b, '\0');
}

void
msg_put_data(struct ibuf *b, const void *data, size_t len)
{
	put_bytes(b, data, len);
}

void
msg_put_strings(struct ibuf *b, const char *const *v, size_t n)
{
	size_t	i;

	msg_put_u32(b, n);
	for (i = 0; i < n; i++)
		msg_put_string(b, v[i]);
}

void
msg_put_ids(struct ibuf *b, const uint32_t *v, size_t n)
{
	size_t	i;

	msg_put_u32(b, n);
	for (i = 0; i < n; i++)
		msg_put_u32(b, v[i]);
}

int
msg_send_empty(struct channel *ch, enum msg_type type, uint32_t id)
{
	return msg_send(ch, type, id, -1, msg_new());
}
