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
 * A stage for the real engine program: this plays the parent, web, executor,
 * notifier and operators over its channels.  What the engine sends is kept
 * until a test asks for it; nothing is waited for longer than PATIENCE.
 */

#ifndef ENGINE_PLAY_H
#define ENGINE_PLAY_H

#include "config.h"

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../common/channel.h"
#include "../../common/conf.h"
#include "../../common/log.h"
#include "../../common/record.h"
#include "tap.h"

#define PATIENCE	15000		/* ms */
#define PLAY_UNUSED	__attribute__((__unused__))

/* A message that the engine sent. */
struct got {
	TAILQ_ENTRY(got)	 entry;
	enum msg_type		 type;
	uint32_t		 id;
	char			*data;
	size_t			 len;
	struct msg		 m;	/* to be read with msg_get */
};

TAILQ_HEAD(gots, got);

/* One whose part is played here. */
struct part {
	struct channel	*channel;
	struct gots	 gots;
	bool		 gone;
};

static struct part	 parent, web, executor, notifier;
static pid_t		 engine_pid = -1;
static char		 play_dir[64];
static int		 control_fd = -1;
static uint32_t		 play_id = 1000;

static void	play_collect(struct channel *, struct msg *);

/* All that an engine may send. */
static const struct msg_handler play_handlers[] = {
	{ MSG_DONE, play_collect }, { MSG_READY, play_collect },
	{ MSG_LOG, play_collect }, { MSG_PROBLEM, play_collect },
	{ MSG_RELOAD, play_collect }, { MSG_VERBOSE, play_collect },
	{ MSG_REPLY, play_collect }, { MSG_REPLY_DATA, play_collect },
	{ MSG_REPLY_END, play_collect }, { MSG_RUN, play_collect },
	{ MSG_JOB_KILL, play_collect }, { MSG_JOB_ACK, play_collect },
	{ MSG_DELIVER, play_collect }, { MSG_CTL_DATA, play_collect },
	{ MSG_CTL_END, play_collect }, { MSG_NONE, NULL }
};

static int64_t
play_clock(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
got_add(struct part *p, const struct msg *m, uint32_t id, const void *data,
    size_t len)
{
	struct got	*g;

	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    (g->data = malloc(len + 1)) == NULL)
		abort();
	g->type = m->type;
	g->id = id;
	g->len = len;
	if (len > 0)
		memcpy(g->data, data, len);
	g->m = *m;
	ibuf_from_buffer(&g->m.body, g->data, g->len);
	TAILQ_INSERT_TAIL(&p->gots, g, entry);
}

static void
play_collect(struct channel *ch, struct msg *m)
{
	struct part	*p = ch->arg;
	const char	*line;
	uint32_t	*ids, i, n;

	if (m->type == MSG_LOG) {
		msg_get_u8(m);
		line = msg_get_string(m);
		if (getenv("PLAY_LOG") != NULL)
			diag("engine: %s", line);
		return;
	}
	if (m->type != MSG_REPLY_DATA) {
		got_add(p, m, m->id, ibuf_data(&m->body), ibuf_size(&m->body));
		return;
	}
	/* One for each that it names, with the data alone. */
	if ((ids = calloc(MSG_IDS_MAX, sizeof(*ids))) == NULL)
		abort();
	n = msg_get_count(m);
	for (i = 0; i < n; i++)
		ids[i] = msg_get_u32(m);
	for (i = 0; i < n; i++)
		got_add(p, m, ids[i], ibuf_data(&m->body),
		    ibuf_size(&m->body));
	free(ids);
}

static void
play_closed(struct channel *ch)
{
	((struct part *)ch->arg)->gone = true;
}

static void
got_free(struct part *p, struct got *g)
{
	TAILQ_REMOVE(&p->gots, g, entry);
	free(g->data);
	free(g);
}

static void
part_clear(struct part *p)
{
	struct got	*g;

	while ((g = TAILQ_FIRST(&p->gots)) != NULL)
		got_free(p, g);
}

/* Takes up a part at that end of a channel. */
static void
part_begin(struct part *p, enum process who, int fd)
{
	TAILQ_INIT(&p->gots);
	p->gone = false;
	p->channel = channel_new(fd, who, PROC_ENGINE, play_handlers,
	    play_closed, p);
	if (p->channel == NULL)
		abort();
}

static void
part_end(struct part *p)
{
	if (p->channel == NULL)
		return;
	part_clear(p);
	channel_free(p->channel);
	p->channel = NULL;
}

static void
loop_once(void)
{
	struct timeval	tv = { 0, 20000 };

	event_base_loopexit(base, &tv);
	event_base_loop(base, EVLOOP_ONCE);
}

/* Waits for a message of that type (and id, if not 0); NULL: none came. */
PLAY_UNUSED static struct got *
await(struct part *p, enum msg_type type, uint32_t id)
{
	int64_t		 end = play_clock() + PATIENCE;
	struct got	*g;

	while (play_clock() < end) {
		TAILQ_FOREACH(g, &p->gots, entry)
			if (g->type == type && (id == 0 || g->id == id))
				return g;
		if (p->gone)
			break;
		loop_once();
	}
	diag("no message %s came", msg_name(type));
	return NULL;
}

/* Runs the loop for a while in which something must not happen. */
PLAY_UNUSED static void
play_pause(int ms)
{
	int64_t	end = play_clock() + ms;

	while (play_clock() < end)
		loop_once();
}

/*
 * A configuration with the applications "shop" (targets production and
 * staging) and "blog" (one target), as the engine gets it.
 */
PLAY_UNUSED static struct conf *
play_conf(void)
{
	static const char *const stages[] = { "PRE", "CODE", "POST", NULL };
	struct conf_application	*a;
	struct conf_target	*t;
	struct conf_receiver	*r;
	struct conf		*c = conf_new();
	char			*s;
	int			 i, k, l;

	c->public_url = strdup("https://deploy.example.com");
	if (asprintf(&c->database, "%s/applikatoni.db", play_dir) == -1)
		abort();
	for (i = 0; i < 2; i++) {
		a = record_new(&conf_application_record);
		a->name = strdup(i == 0 ? "shop" : "blog");
		a->repository = strdup("example/shop");
		s = strdup("main");
		list_add(&a->branches, s);
		s = strdup(i == 0 ? "bob" : "erin");
		list_add(&a->readers, s);
		for (k = 0; k < (i == 0 ? 2 : 1); k++) {
			t = record_new(&conf_target_record);
			t->name = strdup(k == 0 ? "production" : "staging");
			s = strdup(i == 1 ? "erin" : k == 0 ? "Alice" :
			    "carol");
			list_add(&t->deployers, s);
			for (l = 0; stages[l] != NULL; l++) {
				s = strdup(stages[l]);
				list_add(&t->stages, s);
			}
			s = strdup("CODE");
			list_add(&t->default_stages, s);
			for (l = 0; l < LIMIT_TARGET_MAX; l++)
				t->limits[l] = LIMIT_UNSET;
			t->limits[LIMIT_KILL] = 100;
			if (i == 0 && k == 0) {
				r = record_new(&conf_receiver_record);
				r->kind = strdup("webhook");
				r->id = strdup("webhook-1");
				list_add(&t->receivers, r);
			}
			list_add(&a->targets, t);
		}
		list_add(&c->applications, a);
	}
	conf_limits_resolve(c);
	return c;
}

static uint32_t
conf_send(const struct conf *c)
{
	struct ibuf	*b = record_encode(&conf_record, c, PROC_ENGINE);

	if (b == NULL || record_send(parent.channel, MSG_CONF, ++play_id, b)
	    == -1)
		abort();
	ibuf_free(b);
	return play_id;
}

/* Gives the engine a sibling, whose part is played from now on. */
PLAY_UNUSED static void
sibling_begin(struct part *p, enum process who)
{
	struct ibuf	*b;
	int		 fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		abort();
	part_end(p);
	part_begin(p, who, fds[0]);
	b = msg_new();
	msg_put_u8(b, who);
	msg_send(parent.channel, MSG_PEER, 0, fds[1], b);
}

static const char *
play_user(void)
{
	return getpwnam("_apengine") != NULL ? "_apengine" : "nobody";
}

/* A directory for the database; where is /tmp, or a mount of the test. */
PLAY_UNUSED static void
play_directory(const char *where)
{
	const struct passwd	*pw = getpwnam(play_user());

	snprintf(play_dir, sizeof(play_dir), "%s/engine.XXXXXX", where);
	if (pw == NULL || mkdtemp(play_dir) == NULL ||
	    chown(play_dir, pw->pw_uid, pw->pw_gid) == -1)
		abort();
}

PLAY_UNUSED static void
play_directory_remove(void)
{
	static const char *const names[] = { "", "-wal", "-shm", "-reserve",
	    "-backup" };
	char	path[256];
	size_t	i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/applikatoni.db%s", play_dir,
		    names[i]);
		unlink(path);
	}
	rmdir(play_dir);
}

static const char *
play_program(void)
{
	return access("engine/engine", X_OK) == 0 ? "engine/engine" :
	    "../../engine/engine";
}

/* Starts the program; 0, or -1 when it did not get ready. */
PLAY_UNUSED static int
engine_begin(const struct conf *c)
{
	int		 fds[2];
	uint32_t	 id;
	char *const	 env[] = { NULL };

	if (base == NULL && (base = event_base_new()) == NULL)
		abort();
	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1 ||
	    (engine_pid = fork()) == -1)
		abort();
	if (engine_pid == 0) {
		if (dup2(fds[1], PROC_FD) == -1)
			_exit(1);
		if (fds[1] == PROC_FD)
			fcntl(fds[1], F_SETFD, 0);
		execle(play_program(), "engine", "-u", play_user(), "-c",
		    play_dir, (char *)NULL, env);
		_exit(1);
	}
	close(fds[1]);
	part_begin(&parent, PROC_PARENT, fds[0]);
	if (await(&parent, MSG_READY, 0) == NULL)
		return -1;
	id = conf_send(c);
	if (await(&parent, MSG_DONE, id) == NULL)
		return -1;
	sibling_begin(&web, PROC_WEB);
	sibling_begin(&executor, PROC_EXECUTOR);
	sibling_begin(&notifier, PROC_NOTIFIER);
	msg_send_empty(parent.channel, MSG_GO, 0);
	return 0;
}

/* kill -9, or the wait for one that ends; its exit status, or -1. */
PLAY_UNUSED static int
engine_end(int sig)
{
	int	status = 0;

	if (engine_pid == -1)
		return -1;
	if (sig != 0)
		kill(engine_pid, sig);
	waitpid(engine_pid, &status, 0);
	engine_pid = -1;
	part_end(&web);
	part_end(&executor);
	part_end(&notifier);
	part_end(&parent);
	if (control_fd != -1)
		close(control_fd);
	control_fd = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PLAY_UNUSED static void
jobs_announced(void)
{
	msg_send_empty(executor.channel, MSG_JOBS_ANNOUNCED, 0);
}

/*
 * Operators.  The engine accepts on a socket of ours, and we connect to it.
 */
PLAY_UNUSED static void
operator_begin(struct part *p)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct ibuf		*b;
	int			 fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", play_dir);
	if (control_fd == -1) {
		control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (bind(control_fd, (struct sockaddr *)&sun, sizeof(sun)) ==
		    -1 || listen(control_fd, 16) == -1)
			abort();
		b = msg_new();
		msg_put_string(b, "control");
		msg_send(parent.channel, MSG_LISTEN, 0, dup(control_fd), b);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		abort();
	unlink(sun.sun_path);
	part_begin(p, PROC_CONTROL, fd);
}

/* What an operator's request was answered: the JSON, or NULL and *error. */
PLAY_UNUSED static char *
ctl_await(struct part *p, uint32_t id, char *error, size_t size)
{
	struct got	*g, *next;
	const void	*part;
	char		*all = NULL;
	size_t		 len = 0, n;
	uint8_t		 ok;

	*error = '\0';
	if ((g = await(p, MSG_CTL_END, id)) == NULL)
		return NULL;
	ok = msg_get_u8(&g->m);
	snprintf(error, size, "%s", msg_get_string(&g->m));
	got_free(p, g);
	for (g = TAILQ_FIRST(&p->gots); g != NULL; g = next) {
		next = TAILQ_NEXT(g, entry);
		if (g->type != MSG_CTL_DATA || g->id != id)
			continue;
		part = msg_get_data(&g->m, &n);
		if ((all = realloc(all, len + n + 1)) == NULL)
			abort();
		memcpy(all + len, part, n);
		len += n;
		all[len] = '\0';
		got_free(p, g);
	}
	if (!ok) {
		free(all);
		return NULL;
	}
	return all != NULL ? all : strdup("");
}

/* The value of a member, in one of two static buffers; "" when not there. */
PLAY_UNUSED static const char *
member(const char *json, const char *key)
{
	static char	 bufs[2][256];
	static int	 which;
	char		*buf = bufs[which ^= 1], pattern[64];
	const char	*s;
	size_t		 n;

	*buf = '\0';
	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	if (json == NULL || (s = strstr(json, pattern)) == NULL)
		return buf;
	s += strlen(pattern);
	if (*s == '"')
		n = strcspn(++s, "\"");
	else
		n = strcspn(s, ",}]");
	snprintf(buf, sizeof(bufs[0]), "%.*s", (int)n, s);
	return buf;
}

/* An API token for a login, made by an operator. */
PLAY_UNUSED static char *
token_for(struct part *operator, const char *login, const char *scope)
{
	struct ibuf	*b = msg_new();
	char		*json, *token, error[256];

	msg_put_string(b, login);
	msg_put_string(b, scope);
	msg_put_string(b, "");
	msg_put_string(b, "");
	msg_put_u32(b, 0);
	msg_send(operator->channel, MSG_CTL_TOKEN_ADD, ++play_id, -1, b);
	json = ctl_await(operator, play_id, error, sizeof(error));
	if (json == NULL)
		diag("token for %s: %s", login, error);
	token = strdup(member(json, "token"));
	free(json);
	return token;
}

/*
 * Web.
 */

PLAY_UNUSED static struct ibuf *
asked_with(enum credential kind, const char *secret)
{
	struct ibuf	*b = msg_new();

	msg_put_u8(b, kind);
	msg_put_string(b, secret);
	msg_put_string(b, "192.0.2.1");
	return b;
}

/* A whole answer. */
struct answer {
	unsigned	 status;
	uint8_t		 content;
	char		 location[256];
	char		 session[256];
	char		*data;
	size_t		 len;
	bool		 ended;
	unsigned	 code;
};

PLAY_UNUSED static void
answer_free(struct answer *a)
{
	free(a->data);
	memset(a, 0, sizeof(*a));
}

/* Adds what has come for a request; the messages are used up. */
PLAY_UNUSED static void
answer_take(struct answer *a, uint32_t id)
{
	struct got	*g, *next;
	const void	*part;
	size_t		 n;
	bool		 used;

	for (g = TAILQ_FIRST(&web.gots); g != NULL; g = next) {
		next = TAILQ_NEXT(g, entry);
		used = g->id == id;
		if (g->type == MSG_REPLY && used) {
			a->status = msg_get_u32(&g->m);
			a->content = msg_get_u8(&g->m);
			snprintf(a->location, sizeof(a->location), "%s",
			    msg_get_string(&g->m));
			snprintf(a->session, sizeof(a->session), "%s",
			    msg_get_string(&g->m));
		} else if (g->type == MSG_REPLY_END && used) {
			a->code = msg_get_u32(&g->m);
			a->ended = true;
		} else if (g->type == MSG_REPLY_DATA && used) {
			part = msg_get_data(&g->m, &n);
			a->data = realloc(a->data, a->len + n + 1);
			if (a->data == NULL)
				abort();
			memcpy(a->data + a->len, part, n);
			a->len += n;
			a->data[a->len] = '\0';
		}
		if (used)
			got_free(&web, g);
	}
}

PLAY_UNUSED static void
answer_await(struct answer *a, uint32_t id)
{
	int64_t	end = play_clock() + PATIENCE;

	memset(a, 0, sizeof(*a));
	while (!a->ended && play_clock() < end) {
		answer_take(a, id);
		if (!a->ended)
			loop_once();
	}
	if (a->data == NULL)
		a->data = strdup("");
}

#define SHA "0123456789abcdef0123456789abcdef01234567"

/* Orders CODE and POST on a target; the request's id. */
PLAY_UNUSED static uint32_t
deploy_ask(const char *token, const char *app, const char *target,
    const char *sha, const char *comment)
{
	static const char *const stages[] = { "CODE", "POST" };
	struct ibuf		*b = asked_with(CREDENTIAL_TOKEN, token);

	msg_put_string(b, app);
	msg_put_string(b, target);
	msg_put_string(b, sha);
	msg_put_string(b, "main");
	msg_put_text(b, comment);
	msg_put_strings(b, stages, 2);
	msg_send(web.channel, MSG_DEPLOY, ++play_id, -1, b);
	return play_id;
}

/* One that succeeds: its number, taken from the location. */
PLAY_UNUSED static uint64_t
deploy(const char *token, const char *app, const char *target)
{
	struct answer	a;
	const char	*slash;
	uint64_t	id = 0;

	answer_await(&a, deploy_ask(token, app, target, SHA, "a comment"));
	if ((slash = strrchr(a.location, '/')) != NULL)
		id = strtoull(slash + 1, NULL, 10);
	else
		diag("deploy: %u %s", a.status, a.data);
	answer_free(&a);
	return id;
}

PLAY_UNUSED static uint32_t
view_ask(enum credential kind, const char *secret, enum view view,
    const char *app, const char *target, uint64_t id, uint64_t before)
{
	struct ibuf	*b = asked_with(kind, secret);

	msg_put_u8(b, view);
	msg_put_string(b, app);
	msg_put_string(b, target);
	msg_put_u64(b, id);
	msg_put_u64(b, before);
	msg_send(web.channel, MSG_VIEW, ++play_id, -1, b);
	return play_id;
}

PLAY_UNUSED static uint32_t
log_ask(const char *token, const char *app, uint64_t deployment,
    uint64_t from)
{
	struct ibuf	*b = asked_with(CREDENTIAL_TOKEN, token);

	msg_put_string(b, app);
	msg_put_u64(b, deployment);
	msg_put_u64(b, from);
	msg_put_u8(b, CONTENT_NDJSON);
	msg_send(web.channel, MSG_LOG_OPEN, ++play_id, -1, b);
	return play_id;
}

PLAY_UNUSED static void
credit(uint32_t id, size_t bytes)
{
	struct ibuf	*b = msg_new();

	msg_put_u32(b, bytes);
	msg_send(web.channel, MSG_LOG_CREDIT, id, -1, b);
}

PLAY_UNUSED static uint32_t
kill_ask(const char *token, const char *app, uint64_t deployment)
{
	struct ibuf	*b = asked_with(CREDENTIAL_TOKEN, token);

	msg_put_string(b, app);
	msg_put_u64(b, deployment);
	msg_send(web.channel, MSG_KILL, ++play_id, -1, b);
	return play_id;
}

/*
 * The executor.
 */

/* An entry at the end of a batch. */
PLAY_UNUSED static void
entry_put(struct ibuf *b, enum entry_type type, const char *origin,
    const char *text)
{
	msg_put_u8(b, type);
	msg_put_u8(b, 0);
	msg_put_u64(b, UINT64_C(1767323045000000000));
	msg_put_string(b, origin);
	msg_put_data(b, text, strlen(text));
}

/* Lines "line SEQ" of output, numbered from first on. */
PLAY_UNUSED static void
lines_send(uint64_t deployment, uint64_t first, uint32_t count)
{
	struct ibuf	*b = msg_new(), *e = ibuf_dynamic(1024, 256 * 1024);
	char		 text[32];
	uint32_t	 i;

	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "line %llu",
		    (unsigned long long)(first + i));
		entry_put(e, ENTRY_COMMAND_STDOUT_OUTPUT, "web1:22", text);
	}
	msg_put_u64(b, deployment);
	msg_put_u64(b, first);
	msg_put_u32(b, count);
	msg_put_data(b, ibuf_data(e), ibuf_size(e));
	msg_send(executor.channel, MSG_JOB_ENTRIES, 0, -1, b);
	ibuf_free(e);
}

PLAY_UNUSED static void
one_send(uint64_t deployment, uint64_t seq, enum entry_type type,
    const char *origin, const char *text)
{
	struct ibuf	*b = msg_new(), *e = ibuf_dynamic(64, 128 * 1024);

	entry_put(e, type, origin, text);
	msg_put_u64(b, deployment);
	msg_put_u64(b, seq);
	msg_put_u32(b, 1);
	msg_put_data(b, ibuf_data(e), ibuf_size(e));
	msg_send(executor.channel, MSG_JOB_ENTRIES, 0, -1, b);
	ibuf_free(e);
}

PLAY_UNUSED static void
end_send(uint64_t deployment, uint64_t seq, enum ended_by by,
    const char *error)
{
	struct ibuf	*b = msg_new();

	msg_put_u64(b, deployment);
	msg_put_u64(b, seq);
	msg_put_u8(b, by);
	msg_put_text(b, error);
	msg_send(executor.channel, MSG_JOB_END, 0, -1, b);
}

PLAY_UNUSED static void
announce(uint64_t deployment, uint64_t first)
{
	struct ibuf	*b = msg_new();

	msg_put_u64(b, deployment);
	msg_put_u64(b, first);
	msg_send(executor.channel, MSG_JOB_ANNOUNCE, 0, -1, b);
}

/* Waits until everything up to seq has been acknowledged; 0 or -1. */
PLAY_UNUSED static int
ack_await(uint64_t deployment, uint64_t seq)
{
	struct got	*g;
	uint64_t	 d, s;

	while ((g = await(&executor, MSG_JOB_ACK, 0)) != NULL) {
		d = msg_get_u64(&g->m);
		s = msg_get_u64(&g->m);
		got_free(&executor, g);
		if (d == deployment && s >= seq)
			return 0;
	}
	return -1;
}

#endif
