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
 * Asks git, by running it: no shell, its output bounded, and its end waited
 * for only so long.  Nothing is changed in the repository.
 */

#include "config.h"

#include <sys/wait.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "git.h"
#include "screen.h"

#define OUTPUT_MAX	(64 * 1024)
#define GIT_TIME	60		/* seconds */

extern char	**environ;

/* What git said; strings of one line have no newline at their end. */
struct answer {
	char	out[OUTPUT_MAX];
	size_t	len;
	char	err[2048];
	size_t	errlen;
	bool	cut;		/* there was more, and git was ended */
	int	status;		/* its exit status; -1: it could not be run */
};

static pid_t
git_spawn(const char *const *argv, int out, int err)
{
	posix_spawn_file_actions_t	fa;
	pid_t				pid = -1;
	int				error;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return -1;
	error = posix_spawn_file_actions_addopen(&fa, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&fa, out,
		    STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&fa, err,
		    STDERR_FILENO);
	if (error == 0)
		error = posix_spawnp(&pid, argv[0], &fa, NULL,
		    (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	errno = error;
	return error == 0 ? pid : -1;
}

/* One of its two outputs; false at its end. */
static bool
part_read(int fd, char *buf, size_t size, size_t *len)
{
	char	rest[4096];
	ssize_t	n;

	if (*len < size - 1)
		n = read(fd, buf + *len, size - 1 - *len);
	else if ((n = read(fd, rest, sizeof(rest))) > 0)
		return true;
	if (n <= 0)
		return n == -1 && errno == EINTR;
	*len += n;
	return true;
}

/* Reads both until their ends, too much, or too late. */
static void
answer_read(struct answer *a, int out, int err)
{
	struct pollfd	p[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	time_t		end = time(NULL) + GIT_TIME;

	while (p[0].fd != -1 || p[1].fd != -1) {
		if (time(NULL) >= end || a->len == sizeof(a->out) - 1) {
			a->cut = true;
			break;
		}
		if (poll(p, 2, 1000) <= 0)
			continue;
		if (p[0].revents != 0 && !part_read(out, a->out,
		    sizeof(a->out), &a->len))
			p[0].fd = -1;
		if (p[1].revents != 0 && !part_read(err, a->err,
		    sizeof(a->err), &a->errlen))
			p[1].fd = -1;
	}
}

static void
trim(char *s, size_t len)
{
	s[len] = '\0';
	while (len > 0 && s[len - 1] == '\n')
		s[--len] = '\0';
}

static int
git_run(struct answer *a, const char *const *argv)
{
	int	out[2], err[2], status;
	pid_t	pid;

	a->len = a->errlen = 0;
	a->cut = false;
	a->status = -1;
	if (pipe2(out, O_CLOEXEC) == -1 || pipe2(err, O_CLOEXEC) == -1)
		die("pipe: %s", strerror(errno));
	if ((pid = git_spawn(argv, out[1], err[1])) == -1)
		a->errlen = snprintf(a->err, sizeof(a->err),
		    "git can't be run: %s", strerror(errno));
	close(out[1]);
	close(err[1]);
	if (pid != -1) {
		answer_read(a, out[0], err[0]);
		if (a->cut)
			kill(pid, SIGTERM);
	}
	close(out[0]);
	close(err[0]);
	trim(a->out, a->len);
	trim(a->err, a->errlen);
	if (pid == -1)
		return -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	if (a->cut)
		a->status = 0;
	else if (WIFEXITED(status))
		a->status = WEXITSTATUS(status);
	return a->status;
}

#define GIT(a, ...) git_run(a, (const char *const []){ "git", __VA_ARGS__, \
	NULL })

/* A line of its own; ends the program with what git said, and what to do. */
static char *
answer_line(const struct answer *a, const char *what, const char *advice)
{
	const char	*err = a->err;
	char		*s;

	if (strncmp(err, "fatal: ", 7) == 0)
		err += 7;
	if (a->status != 0 || a->cut || *a->out == '\0')
		die("%s is not known: %s%s%s\n%s", what, err,
		    *err == '\0' ? "git said nothing" : "",
		    a->cut ? " (it took too long)" : "", advice);
	if ((s = strdup(a->out)) == NULL)
		die("out of memory");
	return s;
}

static bool
is_sha(const char *s)
{
	size_t	n;

	for (n = 0; isxdigit((unsigned char)s[n]); n++)
		continue;
	return s[n] == '\0' && (n == 40 || n == 64);
}

/* A full number stays as it is, be it known here or not. */
void
git_commit(struct options *o)
{
	struct answer	a;
	char		*name, *what;

	if (is_sha(o->commit))
		return;
	if (*o->commit == '\0') {
		GIT(&a, "rev-parse", "--verify", "HEAD^{commit}");
		o->commit = answer_line(&a, "the current commit",
		    "Name a commit with -c.");
		return;
	}
	if (asprintf(&name, "%s^{commit}", o->commit) == -1 ||
	    asprintf(&what, "the commit \"%s\"", o->commit) == -1)
		die("out of memory");
	GIT(&a, "rev-parse", "--verify", "--end-of-options", name);
	free(name);
	o->commit = answer_line(&a, what, "Name one that is here, or all 40 "
	    "digits of one that is not.");
	free(what);
}

static void
git_branch(struct options *o)
{
	struct answer	a;

	if (*o->branch != '\0')
		return;
	GIT(&a, "symbolic-ref", "--short", "HEAD");
	o->branch = answer_line(&a, "the current branch",
	    "Name the branch with -b.");
}

/*
 * A commit that stands here and on no branch of a remote has not been pushed.
 * One that is not here at all is somebody else's.
 */
static void
commit_check(const char *commit)
{
	struct answer	a;

	if (GIT(&a, "cat-file", "-e", commit) != 0)
		return;
	if (GIT(&a, "for-each-ref", "--count=1", "--contains", commit,
	    "refs/remotes") != 0)
		die("whether %s has been pushed is not known: %s", commit,
		    a.err);
	if (*a.out == '\0')
		die("%s has not been pushed to a remote\n"
		    "Push it (git push), or, if others have, git fetch.",
		    commit);
}

/* Lines "+ SHA SUBJECT", as `git cherry -v` says them. */
static void
others_warn(void)
{
	struct answer	a;
	char		*line, *rest = a.out;

	if (GIT(&a, "cherry", "-v") != 0 || *a.out == '\0')
		return;		/* a branch without upstream has none */
	complain("warning: these commits have not been pushed:");
	while ((line = strsep(&rest, "\n")) != NULL)
		complain_more("%s", line);
	if (a.cut)
		complain_more("(and more)");
}

void
git_complete(struct options *o)
{
	git_branch(o);
	git_commit(o);
	commit_check(o->commit);
	others_warn();
}

bool
git_tracks(const char *directory, const char *name)
{
	struct answer	a;

	return GIT(&a, "-C", directory, "ls-files", "--error-unmatch", "--",
	    name) == 0;
}
