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
 * Keeping the children alive.  Each goes from down to starting (until it says
 * ready), to configuring (until it has taken the configuration), to waiting
 * (at the start of the daemon, for the others) and up; when it ends it is
 * started again after a while.  Channels between siblings are made here and
 * their ends given away.  From a child nothing is taken but what the handlers
 * at the top of this file name.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "directories.h"
#include "lines.h"
#include "notify.h"
#include "parent.h"
#include "reload.h"
#include "sockets.h"
#include "spawn.h"
#include "supervise.h"
#include "workers.h"

/* Seconds until a child must be ready, and have taken its configuration. */
#define READY_WAIT	15
#define CONF_WAIT	120
#define RELOAD_WAIT	5
/* Lines of the log that a reload is taken to make. */
#define RELOAD_LINES	20
/* Seconds between the end of a process and the end of its channel. */
#define LINGER		1
/* Back-off: it doubles up to a limit, and is forgotten after a good life. */
#define BACKOFF_MAX	60
/* Engine and executor are missed sooner: siblings wait a little longer. */
#define BACKOFF_CORE	8
#define GOOD_LIFE	60
/* So many deaths of a core process within a minute end the daemon. */
#define DEATHS		5
#define DEATHS_MS	60000
/* The phases of a stop, together below fifteen seconds. */
#define STOP_ENGINE	12
#define STOP_OTHERS	2

enum state {
	DOWN,
	STARTING,
	CONFIGURING,
	WAITING,
	UP
};

struct supervised {
	enum process	 process;
	enum state	 state;
	pid_t		 pid;		/* 0: it has ended */
	int		 status;	/* and how */
	struct channel	*channel;	/* NULL: closed */
	struct event	*timer;		/* to be ready, to linger, to retry */
	struct lines	 lines;
	struct lines	 asked;		/* those that its wishes make */
	char		 sandbox[256];
	time_t		 since;
	uint64_t	 started;	/* ms */
	uint64_t	 deaths[DEATHS];
	unsigned	 backoff;	/* s */
	unsigned	 refused;
	bool		 is_taking;	/* a changed configuration */
	bool		 is_stale;	/* it is taking one that has changed */
};

enum stopping {
	NOT_STOPPING,
	STOPPING_ENGINE,
	STOPPING_OTHERS,
	STOPPING_BY_FORCE
};

static void	ready_arrives(struct channel *, struct msg *);
static void	done_arrives(struct channel *, struct msg *);
static void	log_arrives(struct channel *, struct msg *);
static void	reload_arrives(struct channel *, struct msg *);
static void	verbose_arrives(struct channel *, struct msg *);
static void	worker_order_arrives(struct channel *, struct msg *);
static void	supervised_closed(struct channel *);
static void	supervised_start(struct supervised *);
static void	supervised_timeout(evutil_socket_t, short, void *);
static void	conf_taken(struct channel *, struct msg *, void *);
static void	hand_out_next(void);
static void	stop_next(void);

static const struct msg_handler handlers[] = {
	{ MSG_READY, ready_arrives },
	{ MSG_DONE, done_arrives },
	{ MSG_LOG, log_arrives },
	{ MSG_RELOAD, reload_arrives },
	{ MSG_VERBOSE, verbose_arrives },
	{ MSG_WORKER_WANTED, worker_order_arrives },
	{ MSG_WORKER_UNWANTED, worker_order_arrives },
	{ MSG_NONE, NULL }
};

/* Indexed by process; those from PROC_WEB to PROC_NOTIFIER are in use. */
static struct supervised	all[PROC_MAX];
#define FIRST	(all + PROC_WEB)
#define END	(all + PROC_WORKER)
#define ENGINE	(all + PROC_ENGINE)

static bool			 is_ready;	/* all have been up */
static void			(*handed_out)(void);
static bool			 engine_has_it;	/* phase of a hand-out */
static enum stopping		 stopping;
static struct event		*stop_timer;
static int			 stop_status;
static time_t			 begin;		/* of the daemon */

static bool
is_core(const struct supervised *s)
{
	return s->process == PROC_ENGINE || s->process == PROC_EXECUTOR;
}

static void
supervised_refuse(struct supervised *s, const struct msg *m, const char *why)
{
	if (log_is_due(++s->refused))
		log_warnx("message refused: from=%s name=%s reason=\"%s\" "
		    "count=%u", process_name(s->process),
		    log_quote(msg_name(m->type)), why, s->refused);
}

static void
timer_set(struct supervised *s, unsigned seconds)
{
	struct timeval	tv = { seconds, 0 };

	evtimer_del(s->timer);
	if (seconds > 0 && evtimer_add(s->timer, &tv) == -1)
		fatal("evtimer_add");
}

struct channel *
supervise_channel(enum process p)
{
	return all[p].channel;
}

bool
supervise_is_stopping(void)
{
	return stopping != NOT_STOPPING;
}

/*
 * What the engine is told of the processes, for people: start 0 and pid 0 say
 * that it is down.
 */
static void
process_tell(enum process p, pid_t pid, time_t since, const char *sandbox)
{
	struct ibuf	*b;

	if (ENGINE->state != UP || ENGINE->channel == NULL)
		return;
	b = msg_new();
	msg_put_u8(b, p);
	msg_put_u32(b, pid);
	msg_put_u64(b, since);
	msg_put_string(b, sandbox);
	msg_send(ENGINE->channel, MSG_PROCESS, 0, -1, b);
}

static void
supervised_tell(const struct supervised *s)
{
	if (s->state == UP)
		process_tell(s->process, s->pid, s->since, s->sandbox);
	else
		process_tell(s->process, 0, 0, "");
}

static void
conf_send(struct supervised *s, unsigned seconds)
{
	struct ibuf	*part;
	uint32_t	 id;

	s->is_stale = false;
	part = record_encode(&conf_record, conf, s->process);
	id = request_new(s->channel, seconds * 1000, conf_taken, s);
	if (part == NULL || id == 0)
		fatalx("configuration can't be sent: name=%s",
		    process_name(s->process));
	record_send(s->channel, MSG_CONF, id, part);
	ibuf_free(part);
}

/*
 * Makes the channel between the engine and another one, if both are there: who
 * has closed its channel may not have ended yet.
 */
static void
siblings_join(struct supervised *s)
{
	struct supervised	*ends[2] = { ENGINE, s };
	struct ibuf		*b;
	int			 pair[2], i;

	for (i = 0; i < 2; i++)
		if (ends[i]->state != UP || ends[i]->channel == NULL)
			return;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		fatal("socketpair");
	for (i = 0; i < 2; i++) {
		fcntl(pair[i], F_SETFD, FD_CLOEXEC);
		b = msg_new();
		msg_put_u8(b, ends[!i]->process);
		msg_send(ends[i]->channel, MSG_PEER, 0, pair[i], b);
	}
}

static void
listener_send(struct supervised *s, const struct listener *l)
{
	struct ibuf	*b;
	int		 fd;

	if ((fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		fatal("dup");
	b = msg_new();
	msg_put_string(b, l->name);
	msg_send(s->channel, MSG_LISTEN, 0, fd, b);
}

/* Its sockets, and the word to begin. */
static void
supervised_go(struct supervised *s)
{
	struct supervised	*t;
	const struct listener	*l;
	size_t			 i;

	if (s->process == PROC_WEB)
		for (i = 0; (l = socket_web(i)) != NULL; i++)
			listener_send(s, l);
	if (s == ENGINE) {
		listener_send(s, socket_control());
		process_tell(PROC_PARENT, getpid(), begin,
		    settings.is_root ? "root" : "not root");
		for (t = FIRST; t < END; t++)
			supervised_tell(t);
	}
	msg_send_empty(s->channel, MSG_GO, 0);
}

/* One that was started again: new channels to its siblings. */
static void
supervised_up(struct supervised *s)
{
	struct supervised	*t;

	s->state = UP;
	if (s != ENGINE) {
		siblings_join(s);
		supervised_tell(s);
	} else
		for (t = FIRST; t < END; t++)
			if (t != ENGINE)
				siblings_join(t);
	supervised_go(s);
}

/* At the start of the daemon all begin together. */
static void
supervised_up_together(void)
{
	struct supervised	*s;

	for (s = FIRST; s < END; s++)
		if (s->state != WAITING || s->channel == NULL)
			return;
	is_ready = true;
	for (s = FIRST; s < END; s++)
		s->state = UP;
	for (s = FIRST; s < END; s++)
		if (s != ENGINE)
			siblings_join(s);
	supervised_go(ENGINE);
	for (s = FIRST; s < END; s++)
		if (s != ENGINE)
			supervised_go(s);
	parent_ready();
}

/* The answer to a configuration, or none: the channel may have gone. */
static void
conf_taken(struct channel *ch, struct msg *m, void *arg)
{
	struct supervised	*s = arg;

	if (m != NULL && m->type != MSG_DONE) {
		supervised_refuse(s, m, "not an answer to a configuration");
		if (m->fd != -1)
			close(m->fd);
		return;
	}
	if (m != NULL)
		request_end(ch, m->id);
	if (m == NULL && s->channel == ch && !stopping) {
		log_warnx("process hangs: name=%s pid=%d reason=\"it does not "
		    "take the configuration\"", process_name(s->process),
		    s->pid);
		if (s->pid != 0)
			kill(s->pid, SIGKILL);
	}
	if (s->is_taking) {
		s->is_taking = false;
		hand_out_next();
	}
	if (m == NULL || s->state != CONFIGURING || stopping)
		return;
	if (s->is_stale)
		conf_send(s, RELOAD_WAIT);
	else if (is_ready)
		supervised_up(s);
	else {
		s->state = WAITING;
		supervised_up_together();
	}
}

static void
ready_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;
	char			*p;

	if (s->state != STARTING) {
		supervised_refuse(s, m, "it is ready already");
		return;
	}
	strlcpy(s->sandbox, msg_get_string(m), sizeof(s->sandbox));
	for (p = s->sandbox; *p != '\0'; p++)
		if (*p < ' ' || *p > '~' || *p == '"')
			*p = '?';
	log_info("process started: name=%s pid=%d sandbox=\"%s\"",
	    process_name(s->process), s->pid, s->sandbox);
	timer_set(s, 0);
	s->state = CONFIGURING;
	if (!stopping)
		conf_send(s, CONF_WAIT);
}

/* Unasked, from the engine: what ran when it was told to drain has ended. */
static void
done_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;

	if (stopping)
		return;
	if (s != ENGINE || s->state != UP)
		supervised_refuse(s, m, "nothing was asked");
	else
		supervise_stop("drained", 0);
}

static void
log_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;

	lines_take(&s->lines, process_name(s->process), m);
}

static void
reload_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;

	if (s->state != UP || m->id == 0)
		supervised_refuse(s, m, "not now");
	else if (!lines_spend(&s->asked, RELOAD_LINES)) {
		supervised_refuse(s, m, "too many");
		reload_refuse(m->id, "too many reloads in a short time");
	} else
		reload_start(m->id);
}

void
supervise_verbose(int level)
{
	struct supervised	*s;
	struct ibuf		*b;

	log_verbose(level);
	log_info("log level: %s", level ? "verbose" : "brief");
	for (s = FIRST; s < END; s++) {
		if (s->channel == NULL)
			continue;
		b = msg_new();
		msg_put_u8(b, level);
		msg_send(s->channel, MSG_VERBOSE, 0, -1, b);
	}
}

static void
verbose_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;

	if (s != ENGINE)
		supervised_refuse(s, m, "only the engine may ask");
	else if (!lines_spend(&s->asked, 1))
		supervised_refuse(s, m, "too many");
	else
		supervise_verbose(msg_get_u8(m) != 0);
}

static void
worker_order_arrives(struct channel *ch, struct msg *m)
{
	struct supervised	*s = ch->arg;

	if (s->state != UP)
		supervised_refuse(s, m, "not now");
	else if (m->type == MSG_WORKER_WANTED)
		worker_wanted(ch, m);
	else
		worker_unwanted(ch, m);
}

static void
supervised_start(struct supervised *s)
{
	int	fd;

	lines_init(&s->lines);
	lines_init(&s->asked);
	s->refused = 0;
	s->status = 0;
	s->is_stale = s->is_taking = false;
	s->started = clock_ms();
	s->since = time(NULL);
	s->pid = spawn(s->process, false, directory_root(s->process, false),
	    s == ENGINE ? directory_database() : NULL, &fd);
	if (s->pid == -1) {
		log_warn("process not started: name=%s",
		    process_name(s->process));
		s->pid = 0;
		if (!is_ready) {
			supervise_abort();
			parent_exit(1);
		}
		timer_set(s, BACKOFF_CORE);
		return;
	}
	s->channel = channel_new(fd, PROC_PARENT, s->process, handlers,
	    supervised_closed, s);
	if (s->channel == NULL)
		fatal("channel");
	s->state = STARTING;
	timer_set(s, READY_WAIT);
}

/* Whether a core process has ended too often. */
static bool
deaths_add(struct supervised *s, uint64_t now)
{
	memmove(s->deaths, s->deaths + 1,
	    sizeof(s->deaths) - sizeof(s->deaths[0]));
	s->deaths[DEATHS - 1] = now;
	return is_core(s) && s->deaths[0] != 0 &&
	    now - s->deaths[0] < DEATHS_MS;
}

static void
supervised_retry(struct supervised *s)
{
	unsigned	max = is_core(s) ? BACKOFF_CORE : BACKOFF_MAX;
	uint64_t	now = clock_ms();

	if (now - s->started >= GOOD_LIFE * 1000)
		s->backoff = 0;
	s->backoff = s->backoff == 0 ? 1 : s->backoff * 2;
	if (s->backoff > max)
		s->backoff = max;
	if (deaths_add(s, now)) {
		log_warnx("process dies again and again: name=%s times=%d "
		    "seconds=%d", process_name(s->process), DEATHS,
		    DEATHS_MS / 1000);
		workers_log("the daemon ends");
		supervise_stop("a process dies again and again", 1);
		return;
	}
	timer_set(s, s->backoff);
}

/* Both the process and its channel have to have ended. */
static void
supervised_over(struct supervised *s)
{
	if (s->pid != 0 || s->channel != NULL || s->state == DOWN)
		return;
	s->state = DOWN;
	timer_set(s, 0);
	lines_end(&s->lines, process_name(s->process));
	if (stopping) {
		stop_next();
		return;
	}
	if (!is_ready) {
		log_warnx("daemon not started: %s has ended",
		    process_name(s->process));
		supervise_abort();
		parent_exit(1);
	}
	supervised_tell(s);
	supervised_retry(s);
}

static void
supervised_closed(struct channel *ch)
{
	struct supervised	*s = ch->arg;

	s->channel = NULL;
	if (s->process == PROC_EXECUTOR) {
		if (!stopping)
			workers_log("the executor has ended");
		workers_orphan();
	}
	/* Who closes its channel has no place here any more. */
	if (s->pid != 0)
		kill(s->pid, SIGKILL);
	channel_free(ch);
	supervised_over(s);
}

bool
supervise_reap(pid_t pid, int status)
{
	struct supervised	*s;

	for (s = FIRST; s < END; s++)
		if (s->pid == pid)
			break;
	if (s == END)
		return false;
	s->pid = 0;
	s->status = status;
	if (stopping && status == 0)
		log_debug("process ended: name=%s pid=%d",
		    process_name(s->process), pid);
	else
		log_warnx("process died: name=%s pid=%d how=\"%s\"",
		    process_name(s->process), pid, spawn_how(status));
	/* Its last words come first. */
	if (s->channel != NULL)
		timer_set(s, LINGER);
	supervised_over(s);
	return true;
}

static void
supervised_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct supervised	*s = arg;

	(void)fd;
	(void)what;
	if (s->state == DOWN)
		supervised_start(s);
	else if (s->pid == 0)
		supervised_closed(s->channel);
	else {
		log_warnx("process hangs: name=%s pid=%d reason=\"it does not "
		    "get ready\"", process_name(s->process), s->pid);
		kill(s->pid, SIGKILL);
	}
}

void
supervise_start(void)
{
	int	p;

	begin = time(NULL);
	for (p = PROC_WEB; p < PROC_WORKER; p++) {
		all[p].process = p;
		all[p].timer = evtimer_new(base, supervised_timeout, &all[p]);
		if (all[p].timer == NULL)
			fatal("evtimer_new");
	}
	for (p = PROC_WEB; p < PROC_WORKER; p++)
		supervised_start(&all[p]);
}

void
supervise_hand_out(void (*done)(void))
{
	struct supervised	*s;

	handed_out = done;
	engine_has_it = false;
	for (s = FIRST; s < END; s++)
		if (s->state == CONFIGURING)
			s->is_stale = true;
	if (ENGINE->state == UP && ENGINE->channel != NULL) {
		ENGINE->is_taking = true;
		conf_send(ENGINE, RELOAD_WAIT);
	} else
		hand_out_next();
}

static void
hand_out_next(void)
{
	struct supervised	*s;
	void			(*done)(void) = handed_out;

	if (done == NULL)
		return;
	if (!engine_has_it) {
		engine_has_it = true;
		for (s = FIRST; s < END; s++)
			if (s != ENGINE && s->state == UP &&
			    s->channel != NULL) {
				s->is_taking = true;
				conf_send(s, RELOAD_WAIT);
			}
	}
	for (s = FIRST; s < END; s++)
		if (s->is_taking)
			return;
	handed_out = NULL;
	done();
}

void
supervise_go_on(void)
{
	if (stopping)
		stop_next();
}

static void
supervised_stop(struct supervised *s)
{
	if (s->state == UP && s->channel != NULL)
		msg_send_empty(s->channel, MSG_STOP, 0);
	else if (s->pid != 0)
		kill(s->pid, SIGKILL);
}

void
supervise_abort(void)
{
	struct supervised	*s;

	stopping = STOPPING_BY_FORCE;
	for (s = FIRST; s < END; s++)
		if (s->pid != 0)
			kill(s->pid, SIGKILL);
	for (s = FIRST; s < END; s++)
		if (s->pid != 0)
			waitpid(s->pid, NULL, 0);
}

static bool
is_alive(const struct supervised *s)
{
	return s->pid != 0 || s->channel != NULL;
}

static void
stop_wait(unsigned seconds)
{
	struct timeval	tv = { seconds, 0 };

	evtimer_del(stop_timer);
	if (evtimer_add(stop_timer, &tv) == -1)
		fatal("evtimer_add");
}

/* Goes on with the stop when the phase has reached its end. */
static void
stop_next(void)
{
	struct supervised	*s;
	bool			 any = false;

	if (stopping == STOPPING_ENGINE && !is_alive(ENGINE)) {
		stopping = STOPPING_OTHERS;
		for (s = FIRST; s < END; s++)
			supervised_stop(s);
		stop_wait(STOP_OTHERS);
	}
	for (s = FIRST; s < END; s++)
		any = any || is_alive(s);
	if (!any && workers_any())
		workers_orphan();
	else if (!any)
		parent_exit(stop_status);
}

/* The time of a phase is up. */
static void
stop_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct supervised	*s;

	(void)fd;
	(void)what;
	(void)arg;
	if (stopping == STOPPING_BY_FORCE)
		parent_exit(stop_status);
	for (s = FIRST; s < END; s++)
		if (s->pid != 0 &&
		    (s == ENGINE || stopping == STOPPING_OTHERS)) {
			log_warnx("process hangs: name=%s pid=%d reason=\"it "
			    "does not stop\"", process_name(s->process),
			    s->pid);
			kill(s->pid, SIGKILL);
		}
	if (stopping == STOPPING_OTHERS)
		stopping = STOPPING_BY_FORCE;
	stop_wait(1);
}

void
supervise_stop(const char *reason, int status)
{
	struct supervised	*s;

	if (stopping)
		return;
	stopping = STOPPING_ENGINE;
	stop_status = status;
	log_info("daemon stopping: %s", reason);
	notify("STOPPING=1");
	reload_cancel();
	handed_out = NULL;
	if ((stop_timer = evtimer_new(base, stop_timeout, NULL)) == NULL)
		fatal("evtimer_new");
	for (s = FIRST; s < END; s++)
		if (s->timer != NULL && s->state == DOWN)
			timer_set(s, 0);
	stop_wait(STOP_ENGINE);
	supervised_stop(ENGINE);
	stop_next();
}
