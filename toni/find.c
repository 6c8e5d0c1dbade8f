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
 * The way to .toni.yml.  Only within the git work tree is it looked for above
 * the current directory: what lies further up may be somebody else's.
 */

#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "git.h"
#include "screen.h"

/* Cuts off the last directory; false at the root. */
static bool
directory_up(char *dir)
{
	char	*slash = strrchr(dir, '/');

	if (strcmp(dir, "/") == 0)
		return false;
	slash[slash == dir] = '\0';
	return true;
}

static bool
has_file(const char *dir, const char *name)
{
	char		path[PATH_MAX];
	struct stat	st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* What can't be looked at is there, and said when it is opened. */
	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* How often one may go up from here: to the directory with .git in it. */
static unsigned
levels_count(const char *from)
{
	char		dir[PATH_MAX];
	unsigned	n = 0;

	strlcpy(dir, from, sizeof(dir));
	for (;; n++) {
		if (has_file(dir, ".git"))
			return n;
		if (!directory_up(dir))
			return 0;	/* no work tree */
	}
}

/* Leaves in dir where it is. */
static void
settings_find(char dir[PATH_MAX])
{
	char		here[PATH_MAX];
	unsigned	n;

	if (getcwd(dir, PATH_MAX) == NULL)
		die("the current directory: %s", strerror(errno));
	strlcpy(here, dir, sizeof(here));
	for (n = levels_count(dir);; n--) {
		if (has_file(dir, SETTINGS_NAME))
			return;
		if (n == 0 || !directory_up(dir))
			break;
	}
	die("there is no %s in %s%s\n"
	    "The server shows one for an application at its address /APP/toni.",
	    SETTINGS_NAME, here, strcmp(here, dir) == 0 ? "" :
	    ", nor above it in the git work tree");
}

static void
privacy_check(const char *dir, const char *path, const struct stat *st)
{
	if (st->st_mode & (S_IRGRP | S_IROTH))
		complain("warning: %s holds an API token and others can read "
		    "it: chmod 600 it", path);
	if (git_tracks(dir, SETTINGS_NAME))
		complain("warning: %s holds an API token and git tracks it: "
		    "git rm --cached it, and make a new token", path);
}

static void
warning_print(void *arg, const char *text)
{
	(void)arg;
	complain("warning: %s", text);
}

static size_t
text_read(const char *path, struct stat *st, char *buf, size_t size)
{
	size_t	len = 0;
	ssize_t	n;
	int	fd;

	/* O_NONBLOCK: it may be a pipe. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) ==
	    -1 || fstat(fd, st) == -1)
		die("%s: %s", path, strerror(errno));
	if (!S_ISREG(st->st_mode))
		die("%s is no regular file", path);
	while (len < size && (n = read(fd, buf + len, size - len)) != 0) {
		if (n == -1)
			die("%s: %s", path, strerror(errno));
		len += n;
	}
	close(fd);
	return len;
}

void
settings_load(struct settings *s)
{
	static char	text[SETTINGS_SIZE_MAX + 1];
	struct stat	st;
	char		dir[PATH_MAX], path[PATH_MAX];
	char		err[SETTINGS_ERROR_SIZE];
	size_t		len;
	int		error;

	settings_find(dir);
	if ((size_t)snprintf(path, sizeof(path), "%s%s%s", dir,
	    strcmp(dir, "/") == 0 ? "" : "/", SETTINGS_NAME) >= sizeof(path))
		die("the name of the directory is too long: %s", dir);
	len = text_read(path, &st, text, sizeof(text));
	error = settings_parse(s, path, text, len, warning_print, NULL, err);
	explicit_bzero(text, sizeof(text));
	if (error == -1)
		die("%s", err);
	privacy_check(dir, path, &st);
}
