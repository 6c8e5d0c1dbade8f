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
 * `applikatonid -i`: the database of an Applikatoni is imported.  The parent
 * opens the old file for reading, sees that nobody is writing it, and gives
 * the descriptor to an engine that lives for this alone; what is in the file
 * is the engine's business, which reads it without any right.  When all is
 * there and the old file is what it was, it is committed.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/channel.h"
#include "../common/log.h"
#include "directories.h"
#include "import.h"
#include "lines.h"
#include "parent.h"
#include "spawn.h"

/* Where SQLite locks a file, and where it counts its changes: its format. */
#define LOCKS_AT	0x40000000
#define LOCKS_LEN	512
#define READERS_AT	(LOCKS_AT + 2)
#define READERS_LEN	(LOCKS_LEN - 2)
#define CHANGES_AT	24
#define CHANGES_LEN	4

/* Locks of an open file, where there are such: they outlive a dup's close. */
#ifdef F_OFD_SETLK
#define LOCK_SET	F_OFD_SETLK
#define LOCK_GET	F_OFD_GETLK
#else
#define LOCK_SET	F_SETLK
#define LOCK_GET	F_GETLK
#endif

#define STOP_WAIT	10		/* seconds for an engine to end */
#define LINE_EVERY	5000		/* ms between lines of progress */

static enum {
	STARTING,
	CONFIGURING,
	COPYING,
	COMMITTING,
	STOPPING
} state;

/* What shows that a file has changed. */
struct mark {
	struct timespec	 mtime;
	off_t		 size;
	unsigned char	 changes[CHANGES_LEN];
};

static char		*path;
static int		 old_fd = -1;
static struct mark	 mark;
static struct channel	*engine;
static struct lines	 lines;
static struct event	*timer;
static pid_t		 pid;
static int		 status = 1;
static bool		 on_terminal, shown;

static void	ready_arrives(struct channel *, struct msg *);
static void	done_arrives(struct channel *, struct msg *);
static void	log_arrives(struct channel *, struct msg *);
static void	progress_arrives(struct channel *, struct msg *);
static void	imported_arrives(struct channel *, struct msg *);

static const struct msg_handler handlers[] = {
	{ MSG_READY, ready_arrives },
	{ MSG_DONE, done_arrives },
	{ MSG_LOG, log_arrives },
	{ MSG_IMPORT_PROGRESS, progress_arrives },
	{ MSG_IMPORTED, imported_arrives },
	{ MSG_NONE, NULL }
};

/* Goes on below the line of progress. */
static void
progress_end(void)
{
	if (shown)
		fputc('\n', stderr);
	shown = false;
}

/* A sentence about the old file. */
__attribute__((format(printf, 1, 2)))
static int
complain(const char *fmt, ...)
{
	va_list	 ap;
	char	 text[1024], *p;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* It may come from the file. */
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	progress_end();
	fprintf(stderr, "applikatonid: %s: %s\n", path, text);
	return -1;
}

static int
mark_take(struct mark *m)
{
	struct stat	st;

	memset(m, 0, sizeof(*m));
	if (fstat(old_fd, &st) == -1 ||
	    pread(old_fd, m->changes, CHANGES_LEN, CHANGES_AT) == -1)
		return complain("%s", strerror(errno));
	m->mtime = st.st_mtim;
	m->size = st.st_size;
	return 0;
}

static bool
is_unchanged(void)
{
	struct mark	now;

	return mark_take(&now) == 0 &&
	    now.mtime.tv_sec == mark.mtime.tv_sec &&
	    now.mtime.tv_nsec == mark.mtime.tv_nsec &&
	    now.size == mark.size &&
	    memcmp(now.changes, mark.changes, CHANGES_LEN) == 0;
}

/* Changes that are not in the file itself, or not all of them. */
static int
journals_check(void)
{
	static const char *const	ends[] = { "-journal", "-wal" };
	char				*name, first;
	size_t				 i;
	int				 fd, r = 0;

	for (i = 0; i < 2 && r == 0; i++) {
		if (asprintf(&name, "%s%s", path, ends[i]) == -1)
			fatal("asprintf");
		fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1 && errno != ENOENT)
			r = complain("%s is beside it: %s", name,
			    strerror(errno));
		/* One that is over has zeros at its beginning. */
		if (fd != -1 && read(fd, &first, 1) == 1 && first != 0)
			r = complain("%s is beside it: a program is using it, "
			    "or was interrupted; stop that program, or let "
			    "sqlite3 open the file once", name);
		if (fd != -1)
			close(fd);
		free(name);
	}
	return r;
}

/* Nobody writes it now, and nobody can while we have it open. */
static int
readers_lock(void)
{
	struct flock	l = { .l_type = F_RDLCK, .l_whence = SEEK_SET,
			    .l_start = LOCKS_AT, .l_len = LOCKS_LEN };

	if (fcntl(old_fd, LOCK_GET, &l) == -1)
		return complain("it can't be locked: %s", strerror(errno));
	if (l.l_type == F_UNLCK) {
		l = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET,
		    .l_start = READERS_AT, .l_len = READERS_LEN };
		if (fcntl(old_fd, LOCK_SET, &l) == 0)
			return 0;
	}
	return complain("another program is writing it: stop that first");
}

int
import_open(const char *file)
{
	struct stat	st;
	int		error;

	if ((path = realpath(file, NULL)) == NULL) {
		error = errno;
		if ((path = strdup(file)) == NULL)
			fatal("strdup");
		return complain("%s", strerror(error));
	}
	old_fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (old_fd == -1 || fstat(old_fd, &st) == -1)
		return complain("%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain("it is not a regular file");
	if (st.st_size == 0)
		return complain("it is empty");
	on_terminal = isatty(STDERR_FILENO);
	if (readers_lock() == -1 || journals_check() == -1)
		return -1;
	return mark_take(&mark);
}

/* When the process and its last words are gone. */
static void
end(void)
{
	if (pid != 0 || engine != NULL)
		return;
	if (status != 0)
		fprintf(stderr, "applikatonid: %s\n", state == COMMITTING ?
		    "it may have been imported or not: do it again to see" :
		    "nothing has been imported");
	conf_free(conf);
	exit(status);
}

static void
engine_stop(int how)
{
	static const struct timeval	wait = { STOP_WAIT, 0 };

	state = STOPPING;
	status = how;
	if (engine != NULL)
		msg_send_empty(engine, MSG_STOP, 0);
	evtimer_add(timer, &wait);
}

static void
engine_hangs(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (pid != 0)
		kill(pid, SIGKILL);
}

static void
engine_closed(struct channel *ch)
{
	channel_free(ch);
	engine = NULL;
	lines_end(&lines, "engine");
	engine_hangs(-1, 0, NULL);
	end();
}

bool
import_reap(pid_t ended, int how)
{
	if (ended != pid)
		return false;
	pid = 0;
	if (state != STOPPING)
		complain("the engine has ended early: %s", spawn_how(how));
	end();
	return true;
}

void
import_cancel(void)
{
	if (state == STOPPING || pid == 0)
		return;
	/* A commit can't be called back: it is done, or it is not. */
	if (state == COMMITTING)
		return;
	complain("interrupted");
	engine_stop(1);
}

static void
ready_arrives(struct channel *ch, struct msg *m)
{
	struct ibuf	*part;

	(void)m;
	if (state != STARTING)
		return;
	state = CONFIGURING;
	if ((part = record_encode(&conf_record, conf, PROC_ENGINE)) == NULL)
		fatalx("the configuration is too large");
	record_send(ch, MSG_CONF, 0, part);
	ibuf_free(part);
}

static void
done_arrives(struct channel *ch, struct msg *m)
{
	int	fd;

	(void)m;
	if (state == CONFIGURING) {
		state = COPYING;
		if ((fd = fcntl(old_fd, F_DUPFD_CLOEXEC, 0)) == -1)
			fatal("dup");
		msg_send(ch, MSG_IMPORT, 0, fd, msg_new());
	} else if (state == COMMITTING) {
		log_info("import done: path=%s", log_quote(path));
		engine_stop(0);
	}
}

static void
log_arrives(struct channel *ch, struct msg *m)
{
	(void)ch;
	lines_take(&lines, "engine", m);
}

/* A line that changes on a terminal; one now and then elsewhere. */
static void
progress_arrives(struct channel *ch, struct msg *m)
{
	static uint64_t	told;
	uint64_t	done = msg_get_u64(m), all = msg_get_u64(m);

	(void)ch;
	if (all == 0 || (!on_terminal && clock_ms() - told < LINE_EVERY))
		return;
	told = clock_ms();
	fprintf(stderr, "%simporting: %llu of %llu log entries, %d%%%s",
	    on_terminal ? "\r" : "", (unsigned long long)done,
	    (unsigned long long)all, (int)(done * 100 / all),
	    on_terminal ? "" : "\n");
	shown = on_terminal;
	fflush(stderr);
}

static void
imported_arrives(struct channel *ch, struct msg *m)
{
	const char		*error = msg_get_string(m);
	unsigned long long	 n[4];
	int			 i;

	if (state != COPYING)
		return;
	for (i = 0; i < 4; i++)
		n[i] = msg_get_u64(m);
	if (*error != '\0' || !is_unchanged() || journals_check() == -1) {
		complain("%s", *error != '\0' ? error : "it has changed "
		    "meanwhile: stop the program that uses it");
		engine_stop(1);
		return;
	}
	progress_end();
	fprintf(stderr, "people: %llu\nAPI tokens: %llu\ndeployments: %llu\n"
	    "log entries: %llu\n", n[0], n[1], n[2], n[3]);
	state = COMMITTING;
	msg_send_empty(ch, MSG_IMPORT_COMMIT, 0);
}

void
import_start(void)
{
	int	fd;

	lines_init(&lines);
	if ((timer = evtimer_new(base, engine_hangs, NULL)) == NULL)
		fatal("evtimer_new");
	pid = spawn(PROC_ENGINE, false, directory_root(PROC_ENGINE, false),
	    directory_database(), &fd);
	if (pid == -1)
		fatal("engine");
	engine = channel_new(fd, PROC_PARENT, PROC_ENGINE, handlers,
	    engine_closed, NULL);
	if (engine == NULL)
		fatal("channel");
}
