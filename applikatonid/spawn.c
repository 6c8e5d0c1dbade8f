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
 * Starting the programs of the children.  This file knows where they are, who
 * they run as and that nobody but root can replace them; what becomes of them
 * is supervise.c's and check.c's business.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "files.h"
#include "parent.h"
#include "prefix.h"
#include "spawn.h"

#define ARGS_MAX	16

/* Where each program stands in a build tree. */
static const char *const rooms[PROC_MAX] = {
	[PROC_WEB] =		"web",
	[PROC_ENGINE] =		"engine",
	[PROC_EXECUTOR] =	"executor",
	[PROC_WORKER] =		"executor",
	[PROC_GITHUB] =		"github",
	[PROC_NOTIFIER] =	"notifier",
};

static char	*programs[PROC_MAX];
static bool	 nobody_ok;

/* Whether nobody else can put another file there. */
static int
program_check(const char *path)
{
	char		 where[PATH_MAX];
	const char	*error = path_error(path, where);

	if (error == NULL)
		return 0;
	log_warnx("program: path=%s error=\"%s: %s\"", path, where, error);
	return -1;
}

static int
program_find(enum process p, const char *build_dir)
{
	struct stat	 st;
	int		 n;

	if (build_dir != NULL)
		n = asprintf(&programs[p], "%s/%s/%s", build_dir, rooms[p],
		    process_name(p));
	else
		n = asprintf(&programs[p], "%s/%s", PROGRAM_DIR,
		    process_name(p));
	if (n == -1)
		fatal("asprintf");
	if (stat(programs[p], &st) == -1 || access(programs[p], X_OK) == -1) {
		log_warn("program: path=%s", programs[p]);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		log_warnx("program: path=%s error=\"not a file\"",
		    programs[p]);
		return -1;
	}
	return settings.is_root ? program_check(programs[p]) : 0;
}

int
spawn_programs(const char *build_dir)
{
	char	*whole = NULL;
	int	 p, r = 0;

	/* The daemon leaves the directory that this may be relative to. */
	if (build_dir != NULL) {
		if ((whole = realpath(build_dir, NULL)) == NULL) {
			log_warn("program: path=%s", build_dir);
			return -1;
		}
		build_dir = whole;
	}
	for (p = PROC_WEB; p <= PROC_WORKER; p++)
		if (program_find(p, build_dir) == -1)
			r = -1;
	free(whole);
	return r;
}

static const struct passwd *
user_find(enum process p)
{
	const struct passwd	*pw;

	pw = getpwnam(process_user(p));
	return pw == NULL && nobody_ok ? getpwnam("nobody") : pw;
}

void
spawn_users_missing_ok(void)
{
	nobody_ok = true;
}

int
spawn_users(void)
{
	const struct passwd	*pw;
	uid_t			 uids[PROC_MAX];
	gid_t			 gids[PROC_MAX];
	char			 missing[256] = "";
	int			 p, q;

	if (!settings.is_root)
		return 0;
	for (p = PROC_WEB; p <= PROC_WORKER; p++) {
		if ((pw = user_find(p)) == NULL) {
			strlcat(missing, " ", sizeof(missing));
			strlcat(missing, process_user(p), sizeof(missing));
			continue;
		}
		uids[p] = pw->pw_uid;
		gids[p] = pw->pw_gid;
	}
	if (*missing != '\0') {
		log_warnx("users missing:%s (etc/create-users makes them)",
		    missing);
		return -1;
	}
	for (p = PROC_WEB; p <= PROC_WORKER; p++) {
		if (uids[p] == 0 || gids[p] == 0) {
			log_warnx("user %s is root", process_user(p));
			return -1;
		}
		for (q = PROC_WEB; q < p && !nobody_ok; q++)
			if (uids[p] == uids[q] || gids[p] == gids[q]) {
				log_warnx("users %s and %s are not apart: "
				    "each needs an id and a group of its own",
				    process_user(q), process_user(p));
				return -1;
			}
	}
	return 0;
}

/* In the child: what exec leaves behind is put in order. */
__attribute__((noreturn))
static void
program_exec(char **argv, int channel)
{
	static char	*environment[] = { NULL };
	sigset_t	 none;
	int		 null, s;

	for (s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP)
			signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A ^C at the terminal is for the parent, which then says stop. */
	setsid();
	if (channel == PROC_FD) {
		if (fcntl(channel, F_SETFD, 0) == -1)
			_exit(127);
	} else if (dup2(channel, PROC_FD) == -1)
		_exit(127);
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(127);
	/* Words that can't come over the channel: a library's, an abort's. */
	if (!settings.is_debug && dup2(null, STDERR_FILENO) == -1)
		_exit(127);
	closefrom(PROC_FD + 1);
	umask(077);
	execve(argv[0], argv, environment);
	_exit(127);
}

pid_t
spawn(enum process p, bool check, const char *root, const char *writable,
    int *fd)
{
	const struct passwd	*pw;
	char			*argv[ARGS_MAX];
	int			 n = 0, pair[2], saved;
	pid_t			 pid;

	argv[n++] = programs[p];
	if (check)
		argv[n++] = "-n";
	if (log_is_verbose())
		argv[n++] = "-v";
	if (settings.is_root) {
		if ((pw = user_find(p)) == NULL) {
			errno = ENOENT;
			return -1;
		}
		argv[n++] = "-u";
		argv[n++] = pw->pw_name;
		argv[n++] = "-c";
		argv[n++] = (char *)root;
	} else if (writable != NULL) {
		argv[n++] = "-w";
		argv[n++] = (char *)writable;
	}
	argv[n] = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		return -1;
	if (fcntl(pair[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(pair[1], F_SETFD, FD_CLOEXEC) == -1 ||
	    (pid = fork()) == -1) {
		saved = errno;
		close(pair[0]);
		close(pair[1]);
		errno = saved;
		return -1;
	}
	if (pid == 0)
		program_exec(argv, pair[1]);
	close(pair[1]);
	*fd = pair[0];
	return pid;
}

const char *
spawn_how(int status)
{
	static char	how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	return how;
}
