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
 * The directories that the children live in.  Those with a resolver get a
 * root directory of root's with copies of its files, the others an empty one,
 * the engine the database's directory, inside which root never does anything.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "directories.h"
#include "files.h"
#include "parent.h"

#define COPY_MAX	(1024 * 1024)

/* Root directories in the run directory. */
static const struct {
	enum process	 process;
	const char	*name;
	bool		 resolver;
} rooms[] = {
	{ PROC_WEB, "empty", false },
	{ PROC_EXECUTOR, "empty", false },
	{ PROC_WORKER, "worker", true },
	{ PROC_GITHUB, "github", true },
	{ PROC_NOTIFIER, "notifier", true },
};
#define NROOMS	(sizeof(rooms) / sizeof(rooms[0]))

/* What a resolver reads, and how the originals were when they were copied. */
static struct {
	const char	*path;
	struct timespec	 mtime;
	off_t		 size;
	ino_t		 inode;
} copies[] = {
	{ "/etc/resolv.conf", { 0, 0 }, 0, 0 },
	{ "/etc/hosts", { 0, 0 }, 0, 0 },
	{ "/etc/nsswitch.conf", { 0, 0 }, 0, 0 },
	{ "/etc/host.conf", { 0, 0 }, 0, 0 },
	{ "/etc/gai.conf", { 0, 0 }, 0, 0 },
	{ "/etc/services", { 0, 0 }, 0, 0 },
};
#define NCOPIES	(sizeof(copies) / sizeof(copies[0]))

static char	*roots[PROC_MAX];
static char	*empty;
static char	*database;
static char	*check_only;

static int	 directory_make(const char *, mode_t);

static void
path_set(char **path, const char *dir, const char *name)
{
	free(*path);
	if (asprintf(path, "%s%s%s", dir, name == NULL ? "" : "/",
	    name == NULL ? "" : name) == -1)
		fatal("asprintf");
}

/* The directory that holds path, to be freed. */
static char *
path_dirname(const char *path)
{
	char	*copy, *dir;

	if ((copy = strdup(path)) == NULL ||
	    (dir = strdup(dirname(copy))) == NULL)
		fatal("strdup");
	free(copy);
	return dir;
}

int
directory_is_ours(const char *path)
{
	struct stat	 st;
	char		 where[PATH_MAX];
	const char	*error;

	if (stat(path, &st) == -1) {
		log_warn("directory: path=%s", path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		log_warnx("directory: path=%s error=\"not a directory\"",
		    path);
		return -1;
	}
	if ((error = path_error(path, where)) != NULL) {
		log_warnx("directory: path=%s error=\"%s: %s\"", path, where,
		    error);
		return -1;
	}
	return 0;
}

/* The directory that is to hold path. */
static int
above_make(const char *path)
{
	char	*above = path_dirname(path);
	int	 r;

	r = directory_make(above, 0755);
	if (r == 0)
		r = directory_is_ours(above);
	free(above);
	return r;
}

/* Makes a directory of ours, with those above it. */
static int
directory_make(const char *path, mode_t mode)
{
	struct stat	st;

	if (stat(path, &st) == 0)
		return 0;
	if (above_make(path) == -1)
		return -1;
	if (mkdir(path, mode) == -1 && errno != EEXIST) {
		log_warn("directory: path=%s", path);
		return -1;
	}
	/* Whatever the umask is. */
	if (chmod(path, mode) == -1) {
		log_warn("directory: path=%s", path);
		return -1;
	}
	return 0;
}

int
directories_run(const struct conf *c)
{
	size_t	 i;
	char	*etc = NULL;

	if (!settings.is_root)
		return 0;
	if (directory_make(c->run_directory, 0755) == -1 ||
	    directory_is_ours(c->run_directory) == -1)
		return -1;
	path_set(&empty, c->run_directory, "empty");
	for (i = 0; i < NROOMS; i++) {
		path_set(&roots[rooms[i].process], c->run_directory,
		    rooms[i].name);
		path_set(&etc, roots[rooms[i].process], "etc");
		if (directory_make(roots[rooms[i].process], 0755) == -1 ||
		    directory_is_ours(roots[rooms[i].process]) == -1 ||
		    (rooms[i].resolver && (directory_make(etc, 0755) == -1 ||
		    directory_is_ours(etc) == -1))) {
			free(etc);
			return -1;
		}
	}
	free(etc);
	directories_refresh();
	return 0;
}

/* The database's directory as root: there, and the engine's alone. */
static int
database_check(uid_t uid, gid_t gid)
{
	struct stat	st;
	bool		is_new;
	int		fd, r = 0;

	if (above_make(database) == -1)
		return -1;
	is_new = mkdir(database, 0700) == 0;
	fd = open(database, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (is_new && fchown(fd, uid, gid) == -1) ||
	    fstat(fd, &st) == -1) {
		log_warn("database directory: path=%s", database);
		r = -1;
	} else if (st.st_uid != uid || (st.st_mode & 077) != 0) {
		log_warnx("database directory: path=%s error=\"it must belong "
		    "to %s and be closed to others (mode 0700)\"", database,
		    process_user(PROC_ENGINE));
		r = -1;
	}
	if (fd != -1)
		close(fd);
	return r;
}

int
directories_database(const struct conf *c)
{
	const struct passwd	*pw;

	free(database);
	database = path_dirname(c->database);
	if (!settings.is_root) {
		if (directory_make(database, 0700) == -1)
			return -1;
		return directory_is_ours(database);
	}
	if ((pw = getpwnam(process_user(PROC_ENGINE))) == NULL) {
		log_warnx("there is no user %s", process_user(PROC_ENGINE));
		return -1;
	}
	path_set(&roots[PROC_ENGINE], database, NULL);
	return database_check(pw->pw_uid, pw->pw_gid);
}

static int
file_write(const char *path, const char *data, size_t len)
{
	char	*temporary;
	int	 fd, r = -1;

	if (asprintf(&temporary, "%s.new", path) == -1)
		fatal("asprintf");
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0644);
	if (fd != -1 && fchmod(fd, 0644) == 0 &&
	    write(fd, data, len) == (ssize_t)len)
		r = rename(temporary, path);
	if (fd != -1)
		close(fd);
	free(temporary);
	return r;
}

/* Puts a copy, or its absence, into each root directory with a resolver. */
static int
copy_spread(const char *path, const char *data, size_t len)
{
	char	*to;
	size_t	 i;
	int	 r = 0;

	for (i = 0; i < NROOMS; i++) {
		if (!rooms[i].resolver)
			continue;
		if (asprintf(&to, "%s%s", roots[rooms[i].process], path) == -1)
			fatal("asprintf");
		if (data == NULL)
			unlink(to);
		else if (file_write(to, data, len) == -1) {
			log_warn("copy: path=%s", to);
			r = -1;
		}
		free(to);
	}
	return r;
}

static void
copy_refresh(size_t i)
{
	struct stat	 st;
	char		*data;
	ssize_t		 n;
	int		 fd;

	/*
	 * It may be a link into a directory of somebody else's: what not all
	 * may read is not what all may read a copy of.
	 */
	fd = open(copies[i].path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    !(st.st_mode & S_IROTH) || st.st_size > COPY_MAX) {
		if (fd != -1)
			close(fd);
		copies[i].inode = 0;
		copy_spread(copies[i].path, NULL, 0);
		return;
	}
	if (copies[i].inode == st.st_ino && copies[i].size == st.st_size &&
	    copies[i].mtime.tv_sec == st.st_mtim.tv_sec &&
	    copies[i].mtime.tv_nsec == st.st_mtim.tv_nsec) {
		close(fd);
		return;
	}
	if ((data = malloc(st.st_size + 1)) == NULL)
		fatal("malloc");
	if ((n = read(fd, data, st.st_size)) == st.st_size &&
	    copy_spread(copies[i].path, data, n) == 0) {
		copies[i].inode = st.st_ino;
		copies[i].size = st.st_size;
		copies[i].mtime = st.st_mtim;
	}
	free(data);
	close(fd);
}

void
directories_refresh(void)
{
	size_t	i;

	if (roots[PROC_WORKER] == NULL)
		return;
	for (i = 0; i < NCOPIES; i++)
		copy_refresh(i);
}

const char *
directory_root(enum process p, bool check)
{
	if (!settings.is_root)
		return NULL;
	if (check)
		return check_only != NULL ? check_only : empty;
	return roots[p];
}

const char *
directory_database(void)
{
	return database;
}

int
directory_check_make(void)
{
	static char	path[] = "/tmp/applikatonid.XXXXXXXXXX";

	if (!settings.is_root)
		return 0;
	/* Its mode 0700 keeps out even who is chrooted there. */
	if ((check_only = mkdtemp(path)) == NULL) {
		log_warn("directory: path=%s", path);
		return -1;
	}
	if (atexit(directory_check_remove) != 0)
		fatal("atexit");
	return 0;
}

void
directory_check_remove(void)
{
	if (check_only != NULL)
		rmdir(check_only);
	check_only = NULL;
}
