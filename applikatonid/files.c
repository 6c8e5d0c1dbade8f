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
 * Reading files on root's behalf; see files.h.  It never writes, creates or
 * changes one.
 */

#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "files.h"

static const char	*stat_error(const struct stat *, unsigned, size_t);
static const char	*content_error(struct file *, unsigned);
static int		 descriptor_read(int, size_t, struct file *);

enum file_result
file_read_root(const char *path, unsigned flags, size_t max, struct file *out,
    char *why, size_t whylen)
{
	struct stat	 sb;
	const char	*error;
	int		 fd;

	memset(out, 0, sizeof(*out));
	/* O_NONBLOCK: a FIFO must not make us wait for its writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		snprintf(why, whylen, "%s: %s", path, strerror(errno));
		return errno == ENOENT || errno == ENOTDIR ? FILE_MISSING :
		    errno == EACCES || errno == EPERM ? FILE_DENIED : FILE_BAD;
	}
	if (fstat(fd, &sb) == -1)
		error = strerror(errno);
	else if ((error = stat_error(&sb, flags, max)) == NULL) {
		out->exposed = sb.st_mode & (S_IRGRP | S_IROTH);
		out->dev = sb.st_dev;
		out->ino = sb.st_ino;
		if (descriptor_read(fd, max, out) == -1)
			error = errno == EFBIG ? "too large" : strerror(errno);
		else
			error = content_error(out, flags);
	}
	close(fd);
	if (error == NULL)
		return FILE_READ;
	file_clear(out);
	if (strncmp(error, "chmod", 5) == 0)
		snprintf(why, whylen, "%s: others can %s it: %s %s", path,
		    strstr(error, "go-w") != NULL ? "change" : "read", error,
		    path);
	else
		snprintf(why, whylen, "%s: %s", path, error);
	return FILE_BAD;
}

/* NULL, what is wrong, or the chmod that makes it right. */
static const char *
stat_error(const struct stat *sb, unsigned flags, size_t max)
{
	if (!S_ISREG(sb->st_mode))
		return "not a regular file";
	if (sb->st_uid != 0 && sb->st_uid != geteuid())
		return geteuid() == 0 ? "its owner is not root" :
		    "its owner is neither root nor you";
	if ((flags & FILE_SECRET) && (sb->st_mode & (S_IRWXG | S_IRWXO)))
		return "chmod 600";
	if (sb->st_mode & (S_IWGRP | S_IWOTH))
		return "chmod go-w";
	if (sb->st_size < 0 || (size_t)sb->st_size > max)
		return "too large";
	return NULL;
}

/* The size may be 0 (in /proc) or change: only the end of file counts. */
static int
descriptor_read(int fd, size_t max, struct file *out)
{
	size_t	 room = 4096;
	ssize_t	 n;
	char	*data;

	if ((out->data = malloc(room)) == NULL)
		fatal("%s", __func__);
	for (;;) {
		if (out->len + 1 == room) {
			data = recallocarray(out->data, room, room * 2, 1);
			if (data == NULL)
				fatal("%s", __func__);
			out->data = data;
			room *= 2;
		}
		n = read(fd, out->data + out->len, room - out->len - 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		out->len += n;
		if (out->len > max) {
			errno = EFBIG;
			return -1;
		}
	}
	out->data[out->len] = '\0';
	return 0;
}

static const char *
content_error(struct file *f, unsigned flags)
{
	if ((flags & FILE_LINE) && f->len > 0 && f->data[f->len - 1] == '\n') {
		f->data[--f->len] = '\0';
		if (f->len > 0 && f->data[f->len - 1] == '\r')
			f->data[--f->len] = '\0';
	}
	if (!(flags & FILE_EMPTY) && f->len == 0)
		return "empty";
	if (!(flags & FILE_ANY_BYTES) && memchr(f->data, '\0', f->len) != NULL)
		return "not text: it has a NUL byte";
	if ((flags & FILE_LINE) && strpbrk(f->data, "\r\n") != NULL)
		return "more than one line";
	return NULL;
}

void
file_clear(struct file *f)
{
	if (f->data != NULL)
		freezero(f->data, f->len);
	memset(f, 0, sizeof(*f));
}

const char *
path_error(const char *path, char *where)
{
	struct stat	 sb;
	char		*slash;

	if (realpath(path, where) == NULL) {
		strlcpy(where, path, PATH_MAX);
		return strerror(errno);
	}
	for (;;) {
		if (stat(where, &sb) == -1)
			return strerror(errno);
		if (sb.st_uid != 0 && sb.st_uid != geteuid())
			return "it belongs to another user";
		/* In a sticky directory nobody can move what is ours. */
		if ((sb.st_mode & (S_IWGRP | S_IWOTH)) &&
		    !(S_ISDIR(sb.st_mode) && (sb.st_mode & S_ISVTX)))
			return "others can write there";
		if (geteuid() != 0 || strcmp(where, "/") == 0)
			return NULL;
		slash = strrchr(where, '/');
		slash[slash == where] = '\0';
	}
}
