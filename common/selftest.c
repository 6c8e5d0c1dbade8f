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
 * The hidden self-test of a child: where its work would begin, as its own
 * user, in its own root directory and its sandbox, it tries one thing, and
 * its exit status says what came of it.  Only who starts the program can ask
 * for it, in the arguments, and by then it has nothing that could be misused:
 * no configuration, no peer, no right.  regress/sandbox.t says who may what.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"
#include "selftest.h"

#define FILES		1024		/* descriptors that are looked at */
#define ALLOCATED	(10 * 1024 * 1024)
#define ARGUMENTS	6

/* Each returns -1 with errno set when it was refused. */
static int
try_read(char *path)
{
	char	byte;
	int	fd;

	if ((fd = open(path, O_RDONLY)) == -1)
		return -1;
	return read(fd, &byte, 1) == -1 ? -1 : 0;
}

static int
try_write(char *path)
{
	return open(path, O_WRONLY) == -1 ? -1 : 0;
}

static int
try_make(char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL, 0600) == -1 ? -1 : 0;
}

static int
try_list(char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY) == -1 ? -1 : 0;
}

/* A file or a directory that somebody has left open for it. */
static int
try_descriptors(char *arg)
{
	struct stat	st;
	int		fd;

	(void)arg;
	for (fd = 0; fd < FILES; fd++)
		if (fstat(fd, &st) == 0 &&
		    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			return 0;
	errno = EBADF;
	return -1;
}

static int
connect_to(const char *port)
{
	struct sockaddr_in	sin;
	int			fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(strtonum(port, 1, 65535, NULL));
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static int
try_connect(char *port)
{
	return connect_to(port);
}

/* ALLOWED,PORT: as a worker that has named the port of its hosts. */
static int
try_ports(char *arg)
{
	char		*allowed = strsep(&arg, ",");
	uint16_t	 port = strtonum(allowed, 1, 65535, NULL);

	if (arg == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (sandbox_ports(&port, 1) == -1)
		return -1;
	return connect_to(arg);
}

/* KIND: of socket; the address is any. */
static int
try_bind(char *kind)
{
	struct sockaddr_in	sin;
	int			fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	fd = socket(AF_INET, strcmp(kind, "udp") == 0 ? SOCK_DGRAM :
	    SOCK_STREAM, 0);
	if (fd == -1)
		return -1;
	return bind(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static int
try_resolve(char *name)
{
	struct addrinfo	*ai;

	if (getaddrinfo(name, "80", NULL, &ai) == 0)
		return 0;
	errno = EHOSTUNREACH;
	return -1;
}

static void *
thread(void *arg)
{
	return arg;
}

static int
try_thread(char *arg)
{
	pthread_t	t;

	(void)arg;
	if ((errno = pthread_create(&t, NULL, thread, NULL)) != 0)
		return -1;
	return pthread_join(t, NULL) == 0 ? 0 : -1;
}

static int
try_memory(char *arg)
{
	char	*p;

	(void)arg;
	if ((p = malloc(ALLOCATED)) == NULL)
		return -1;
	memset(p, 1, ALLOCATED);
	free(p);
	return 0;
}

static int
try_core(char *arg)
{
	struct rlimit	rl;

	(void)arg;
	if (getrlimit(RLIMIT_CORE, &rl) == -1 || rl.rlim_max != 0)
		return 0;
	errno = EPERM;
	return -1;
}

/* NAME,ARGUMENT,...: a system call with these numbers. */
static int
try_call(char *arg)
{
	const char	*name = strsep(&arg, ",");
	long		 args[ARGUMENTS] = { 0 };
	int		 n;

	for (n = 0; n < ARGUMENTS && arg != NULL; n++)
		args[n] = strtol(strsep(&arg, ","), NULL, 0);
	return sandbox_call(name, args) == -1 ? -1 : 0;
}

static const struct {
	const char	*name;
	int		(*try)(char *);
} trials[] = {
	{ "read", try_read },
	{ "write", try_write },
	{ "make", try_make },
	{ "list", try_list },
	{ "descriptors", try_descriptors },
	{ "connect", try_connect },
	{ "ports", try_ports },
	{ "bind", try_bind },
	{ "resolve", try_resolve },
	{ "thread", try_thread },
	{ "memory", try_memory },
	{ "core", try_core },
	{ "call", try_call },
};
#define NTRIALS	(sizeof(trials) / sizeof(trials[0]))

int
selftest(char *what)
{
	const char	*name = strsep(&what, "=");
	char		 none[] = "";
	size_t		 i;

	for (i = 0; i < NTRIALS; i++)
		if (strcmp(trials[i].name, name) == 0)
			break;
	if (i == NTRIALS)
		return SELFTEST_UNKNOWN;
	if (trials[i].try(what == NULL ? none : what) == 0)
		return SELFTEST_COULD;
	return SELFTEST_REFUSED + errno;
}
