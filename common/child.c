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
 * The life of a child, the same for all of them: arguments, channel, user,
 * root directory, sandbox, and then the messages of the parent that hand it
 * configuration, peers and sockets.  What the child then does is its own; it
 * never touches the work of a child.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "channel.h"
#include "conf.h"
#include "log.h"
#include "process.h"
#include "record.h"
#include "sandbox.h"
#include "selftest.h"

/*
 * Seconds that a child does without its channel to the engine before it ends,
 * to be started again with a new one.  The engine itself waits for ever: who
 * closes a channel must not be able to end it.  The executor has deployments
 * to lose, and an engine may take its time with a large database.
 */
#define ENGINE_WAIT		15
#define ENGINE_WAIT_EXECUTOR	60
/* Milliseconds that a child waits at its end for its last words to go. */
#define FLUSH_WAIT	2000
#define OPEN_FILES	65536
#define PROBLEM_MAX	8192
#define WRITABLE_MAX	4

/* What a process with a resolver may read where there is no chroot. */
static const char *const resolver_paths[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/localtime",
	"/etc/ssl",
	"/usr/share/ca-certificates",
	"/usr/share/zoneinfo",
};
#define NRESOLVER (sizeof(resolver_paths) / sizeof(resolver_paths[0]))

/* What stands in the arguments. */
struct options {
	const char	*user;
	const char	*root;
	const char	*writable[WRITABLE_MAX];
	size_t		 nwritable;
	char		*trial;		/* of the self-test; NULL: none */
	bool		 check;
	int		 verbose;
};

static const struct child	*child;
static struct msg_handler	*handlers;	/* ours, then the child's */
static struct channel		*parent;
static struct channel		*peers[PROC_MAX];
static struct event		*engine_timer;
static struct ibuf		*conf_parts;
static struct options		 options;
static uint32_t			 stop_id;
static bool			 stopping;

static void	conf_arrives(struct channel *, struct msg *);
static void	peer_arrives(struct channel *, struct msg *);
static void	listen_arrives(struct channel *, struct msg *);
static void	go_arrives(struct channel *, struct msg *);
static void	stop_arrives(struct channel *, struct msg *);
static void	verbose_arrives(struct channel *, struct msg *);

static const struct msg_handler parent_handlers[] = {
	{ MSG_CONF, conf_arrives },
	{ MSG_PEER, peer_arrives },
	{ MSG_LISTEN, listen_arrives },
	{ MSG_GO, go_arrives },
	{ MSG_STOP, stop_arrives },
	{ MSG_VERBOSE, verbose_arrives },
	{ MSG_NONE, NULL }
};

struct channel *
child_parent(void)
{
	return parent;
}

struct channel *
child_peer(enum process p)
{
	return p < PROC_MAX ? peers[p] : NULL;
}

const char *
child_root(void)
{
	return options.root;
}

/* The sink of the log: each line goes to the parent. */
static void
line_send(int priority, const char *text)
{
	static unsigned	 lost;
	static bool	 sending;
	struct ibuf	*b;
	char		 note[64];

	/* Sending may fail with a line of its own. */
	if (sending || parent == NULL) {
		log_line(priority, process_name(child->process), text);
		return;
	}
	if (priority > LOG_CRIT && channel_is_full(parent)) {
		lost++;
		return;
	}
	sending = true;
	if (lost > 0) {
		snprintf(note, sizeof(note), "log lines lost: count=%u", lost);
		lost = 0;
		b = msg_new();
		msg_put_u8(b, LOG_WARNING);
		msg_put_text(b, note);
		msg_send(parent, MSG_LOG, 0, -1, b);
	}
	b = msg_new();
	msg_put_u8(b, priority);
	msg_put_text(b, text);
	msg_send(parent, MSG_LOG, 0, -1, b);
	if (priority <= LOG_CRIT)
		channel_flush(parent, FLUSH_WAIT);
	sending = false;
}

static void
parent_gone(struct channel *ch)
{
	(void)ch;
	log_to(NULL);
	log_debug("no parent any more: exit");
	exit(stopping ? 0 : 1);
}

static void
conf_arrives(struct channel *ch, struct msg *m)
{
	struct conf	*conf;
	int		 r;

	if ((r = record_gather(&conf_parts, m)) == 0)
		return;
	if (r == -1)
		fatalx("configuration: too large");
	conf = record_decode(&conf_record, conf_parts);
	ibuf_free(conf_parts);
	conf_parts = NULL;
	if (conf == NULL)
		fatalx("configuration: malformed");
	if (options.check) {
		if (child->check != NULL)
			child->check(conf);
		conf_free(conf);
	} else if (child->configure != NULL)
		child->configure(conf);
	else
		conf_free(conf);
	msg_send_empty(ch, MSG_DONE, m->id);
	if (options.check) {
		channel_flush(ch, FLUSH_WAIT);
		stopping = true;
		event_base_loopexit(base, NULL);
	}
}

static void
engine_missing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fatalx("no channel to the engine any more");
}

static void
peer_end(struct channel *ch)
{
	peers[ch->peer] = NULL;
	if (child->peer_down != NULL)
		child->peer_down(ch);
	channel_free(ch);
}

static void
peer_gone(struct channel *ch)
{
	struct timeval	wait = { ENGINE_WAIT, 0 };

	if (child->process == PROC_EXECUTOR)
		wait.tv_sec = ENGINE_WAIT_EXECUTOR;
	log_debug("channel closed: peer=%s", process_name(ch->peer));
	if (ch->peer == PROC_ENGINE && !stopping)
		event_add(engine_timer, &wait);
	peer_end(ch);
}

static void
peer_arrives(struct channel *ch, struct msg *m)
{
	uint8_t	p;

	(void)ch;
	p = msg_get_u8(m);
	if (p == PROC_PARENT || p >= PROC_MAX || p == child->process) {
		log_warnx("peer refused: process=%u", p);
		close(m->fd);
		return;
	}
	if (peers[p] != NULL)
		peer_end(peers[p]);
	peers[p] = channel_new(m->fd, child->process, p, child->handlers,
	    peer_gone, NULL);
	if (peers[p] == NULL)
		fatal("channel to %s", process_name(p));
	if (p == PROC_ENGINE)
		event_del(engine_timer);
	if (child->peer_up != NULL)
		child->peer_up(peers[p]);
}

static void
listen_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	if (child->listening != NULL)
		child->listening(m->fd, msg_get_string(m));
	else
		close(m->fd);
}

static void
go_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	(void)m;
	if (child->start != NULL)
		child->start();
}

static void
stop_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	stop_id = m->id;
	if (stopping)
		return;
	stopping = true;
	if (child->stop != NULL)
		child->stop();
	else
		child_done();
}

static void
verbose_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	log_verbose(msg_get_u8(m));
}

void
child_done(void)
{
	int	p;

	msg_send_empty(parent, MSG_DONE, stop_id);
	if (!stopping)
		return;
	for (p = 0; p < PROC_MAX; p++)
		if (peers[p] != NULL)
			channel_flush(peers[p], FLUSH_WAIT);
	channel_flush(parent, FLUSH_WAIT);
	event_base_loopexit(base, NULL);
}

void
child_problem(bool warning, uint32_t file, uint32_t line, const char *fmt, ...)
{
	char		 text[PROBLEM_MAX];
	struct ibuf	*b;
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b = msg_new();
	msg_put_u8(b, warning);
	msg_put_u32(b, file);
	msg_put_u32(b, line);
	msg_put_text(b, text);
	msg_send(parent, MSG_PROBLEM, 0, -1, b);
	/* A check does not return to the loop before it ends. */
	if (channel_is_full(parent))
		channel_flush(parent, FLUSH_WAIT);
}

static void
options_parse(int argc, char **argv)
{
	int	c;

	while ((c = getopt(argc, argv, "c:nt:u:vw:")) != -1)
		switch (c) {
		case 'c':
			options.root = optarg;
			break;
		case 'n':
			options.check = true;
			break;
		case 't':
			options.trial = optarg;
			break;
		case 'u':
			options.user = optarg;
			break;
		case 'v':
			options.verbose = 1;
			break;
		case 'w':
			if (options.nwritable == WRITABLE_MAX)
				fatalx("too many writable directories");
			options.writable[options.nwritable++] = optarg;
			break;
		default:
			exit(1);
		}
}

/* The table before that of the child, so that it can't be overridden. */
static void
handlers_merge(void)
{
	size_t	ours = sizeof(parent_handlers) / sizeof(parent_handlers[0]) - 1;
	size_t	n = 0;

	while (child->handlers[n].type != MSG_NONE)
		n++;
	handlers = calloc(ours + n + 1, sizeof(*handlers));
	if (handlers == NULL)
		fatal("calloc");
	memcpy(handlers, parent_handlers, ours * sizeof(*handlers));
	memcpy(handlers + ours, child->handlers, n * sizeof(*handlers));
}

/* As many descriptors as there can be: connections, workers. */
static void
files_raise(void)
{
	struct rlimit	rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	if (rl.rlim_max < OPEN_FILES && geteuid() == 0)
		rl.rlim_max = OPEN_FILES;
	rl.rlim_cur = rl.rlim_max < OPEN_FILES ? rl.rlim_max : OPEN_FILES;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* Becomes the user, in the root directory, for good. */
static void
privileges_drop(void)
{
	const struct passwd	*pw;

	if (geteuid() != 0) {
		if (options.user != NULL || options.root != NULL)
			fatalx("only root can change the user");
		return;
	}
	if (options.user == NULL || options.root == NULL)
		fatalx("it does not run as root");
	if ((pw = getpwnam(options.user)) == NULL)
		fatalx("there is no user %s", options.user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		fatalx("user %s is root", options.user);
	if (chroot(options.root) == -1 || chdir("/") == -1)
		fatal("chroot %s", options.root);
	if (setgroups(0, NULL) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		fatal("becoming %s", options.user);
	if (setuid(0) != -1 || setgid(0) != -1)
		fatalx("privileges can be had back");
}

static void
sandbox_build(char *report, size_t len)
{
	struct sandbox_path	 paths[WRITABLE_MAX + NRESOLVER];
	uint32_t		 bit = PROC_BIT(child->process);
	bool			 resolver;
	size_t			 i, n = 0;

	resolver = bit & (PROC_BIT(PROC_WORKER) | PROC_BIT(PROC_GITHUB) |
	    PROC_BIT(PROC_NOTIFIER));
	if (options.root != NULL) {
		/* All that it may read has been put in there for it. */
		if (child->process == PROC_ENGINE && !options.check)
			paths[n++] = (struct sandbox_path){ "/", 1 };
		else if (resolver)
			paths[n++] = (struct sandbox_path){ "/", 0 };
	} else {
		for (i = 0; i < options.nwritable; i++)
			paths[n++] = (struct sandbox_path){
			    options.writable[i], 1 };
		for (i = 0; resolver && i < NRESOLVER; i++)
			paths[n++] = (struct sandbox_path){
			    resolver_paths[i], 0 };
	}
	if (sandbox_enter(child->process, paths, n, options.root != NULL,
	    report, len) == -1)
		fatal("sandbox");
}

static void
ready_send(const char *sandbox)
{
	char		 report[256];
	struct ibuf	*b;

	snprintf(report, sizeof(report), "%s%s%s", sandbox,
	    options.root != NULL ? ", chroot" : "",
	    options.user != NULL ? ", own user" : "");
	b = msg_new();
	msg_put_string(b, report);
	msg_send(parent, MSG_READY, 0, -1, b);
}

int
child_main(int argc, char **argv, const struct child *c)
{
	static const int	ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM,
				    SIGUSR1, SIGUSR2 };
	char			report[128];
	struct stat		st;
	size_t			i;

	child = c;
	log_init(process_name(c->process), 1, 0);
	if (fstat(PROC_FD, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "%s is a part of applikatonid(8), "
		    "which starts it\n", process_name(c->process));
		return 1;
	}
	options_parse(argc, argv);
	log_verbose(options.verbose);
	closefrom(PROC_FD + 1);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	umask(077);
	files_raise();
	if ((base = event_base_new()) == NULL ||
	    evutil_secure_rng_init() == -1)
		fatalx("no event loop");
	if ((engine_timer = evtimer_new(base, engine_missing, NULL)) == NULL)
		fatal("evtimer_new");
	handlers_merge();
	parent = channel_new(PROC_FD, c->process,
	    c->process == PROC_WORKER ? PROC_EXECUTOR : PROC_PARENT, handlers,
	    parent_gone, NULL);
	if (parent == NULL)
		fatal("channel");
	log_to(line_send);
	privileges_drop();
	sandbox_build(report, sizeof(report));
	if (options.trial != NULL)
		return selftest(options.trial);
	ready_send(report);
	event_base_dispatch(base);
	return stopping ? 0 : 1;
}
