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
 * Secrets into files of their own; see conf_secrets.h.  Each is a new file,
 * root's or the caller's, that nobody else can read; it never writes to one
 * that exists.
 */

#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "conf_secrets.h"

#define PART_MAX	40	/* bytes of a name, so that all fit */
#define TRIES_MAX	10000

struct mover {
	char		*directory;	/* absolute */
	int		 fd;
	LIST_OF(char)	 made;		/* names in it */
};

static int	 directory_open(struct mover *, const char *);
static int	 conf_move(struct mover *, struct conf *);
static int	 target_move(struct mover *, const struct conf_application *,
		    struct conf_target *);
static int	 value_move(struct mover *, const char *, const char *,
		    char **, bool, const char *const *);

int
conf_secrets_move(struct conf *conf, const char *directory)
{
	struct mover	m = { .fd = -1 };
	size_t		i;
	int		r = -1;

	if (directory_open(&m, directory) == 0)
		r = conf_move(&m, conf);
	for (i = 0; i < m.made.n; i++) {
		if (r == -1)
			unlinkat(m.fd, m.made.v[i], 0);
		free(m.made.v[i]);
	}
	free(m.made.v);
	free(m.directory);
	if (m.fd != -1)
		close(m.fd);
	return r;
}

static int
directory_open(struct mover *m, const char *directory)
{
	struct stat	 sb;
	const char	*error = NULL;

	if (mkdir(directory, 0700) == -1 && errno != EEXIST) {
		fprintf(stderr, "%s: %s\n", directory, strerror(errno));
		return -1;
	}
	m->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->fd == -1 || fstat(m->fd, &sb) == -1 ||
	    (m->directory = realpath(directory, NULL)) == NULL)
		error = strerror(errno);
	else if (sb.st_uid != geteuid() && sb.st_uid != 0)
		error = "it belongs to another user";
	else if (sb.st_mode & (S_IWGRP | S_IWOTH))
		error = "others can write there";
	if (error != NULL)
		fprintf(stderr, "%s: %s\n", directory, error);
	return error == NULL ? 0 : -1;
}

static int
conf_move(struct mover *m, struct conf *conf)
{
	static const char *const	 names[] = { "github", NULL };
	struct conf_application		*a;
	size_t				 i, j;

	if (value_move(m, "secret", conf->github_client_secret,
	    &conf->github_client_secret_path, true, names) == -1)
		return -1;
	for (i = 0; i < conf->applications.n; i++) {
		a = conf->applications.v[i];
		for (j = 0; j < a->targets.n; j++)
			if (target_move(m, a, a->targets.v[j]) == -1)
				return -1;
	}
	return 0;
}

static int
target_move(struct mover *m, const struct conf_application *a,
    struct conf_target *t)
{
	const char		*names[5] = { a->name, t->name };
	struct conf_receiver	*r;
	struct conf_option	*o;
	size_t			 i, j;

	if (value_move(m, "key", t->key, &t->key_path, false, names) == -1 ||
	    value_move(m, "passphrase", t->passphrase, &t->passphrase_path,
	    true, names) == -1)
		return -1;
	for (i = 0; i < t->receivers.n; i++) {
		r = t->receivers.v[i];
		names[2] = r->kind;
		if (value_move(m, "url", r->url, &r->path, true, names) == -1)
			return -1;
	}
	for (i = 0; i < t->roles.n; i++) {
		names[2] = t->roles.v[i]->name;
		for (j = 0; j < t->roles.v[i]->options.n; j++) {
			o = t->roles.v[i]->options.v[j];
			names[3] = o->name;
			if (o->secret && value_move(m, "secret", o->value,
			    &o->path, true, names) == -1)
				return -1;
		}
	}
	return 0;
}

/* "shop-production.key"; from the second try on with a number. */
static char *
name_make(const char *const *names, const char *suffix, unsigned try)
{
	char	*name, *p, number[16] = "";
	size_t	 i, n, room = strlen(suffix) + sizeof(number) + 2;

	for (i = 0; names[i] != NULL; i++)
		room += PART_MAX + 1;
	if ((name = p = calloc(1, room)) == NULL)
		fatal("%s", __func__);
	for (i = 0; names[i] != NULL; i++) {
		if (i > 0)
			*p++ = '-';
		for (n = 0; n < PART_MAX && names[i][n] != '\0'; n++)
			*p++ = isalnum((unsigned char)names[i][n]) ||
			    strchr("-_.", names[i][n]) != NULL ?
			    names[i][n] : '_';
	}
	if (*name == '.')
		*name = '_';
	if (try > 1)
		snprintf(number, sizeof(number), "-%u", try);
	snprintf(p, room - (p - name), "%s.%s", number, suffix);
	return name;
}

/* A name that none of ours has. */
static char *
name_choose(const struct mover *m, const char *const *names,
    const char *suffix)
{
	char		*name;
	unsigned	 try;

	for (try = 1; try <= TRIES_MAX; try++) {
		name = name_make(names, suffix, try);
		if (!conf_has(m->made.v, m->made.n, name))
			return name;
		free(name);
	}
	return NULL;
}

static int
bytes_write(int fd, const char *s, size_t len)
{
	ssize_t	n;

	for (; len > 0; s += n, len -= n)
		if ((n = write(fd, s, len)) == -1)
			return -1;
	return 0;
}

/* Of what stands in the configuration itself, else it is done already. */
static int
value_move(struct mover *m, const char *suffix, const char *value,
    char **path, bool is_line, const char *const *names)
{
	char	*name;
	int	 fd, r = -1;

	if (value == NULL || *path != NULL)
		return 0;
	if ((name = name_choose(m, names, suffix)) == NULL) {
		fprintf(stderr, "%s: too many secrets of one name\n",
		    m->directory);
		return -1;
	}
	fd = openat(m->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1) {
		fprintf(stderr, "%s/%s: %s\n", m->directory, name,
		    errno == EEXIST ? "it exists, and is not overwritten" :
		    strerror(errno));
		free(name);
		return -1;
	}
	list_add(&m->made, name);
	if (asprintf(path, "%s/%s", m->directory, name) == -1)
		fatal("%s", __func__);
	if (bytes_write(fd, value, strlen(value)) == 0 &&
	    (!is_line || bytes_write(fd, "\n", 1) == 0) && fsync(fd) == 0)
		r = 0;
	else
		fprintf(stderr, "%s: %s\n", *path, strerror(errno));
	close(fd);
	return r;
}
