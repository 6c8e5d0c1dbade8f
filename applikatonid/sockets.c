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
 * The listening sockets.  The parent binds them and keeps them for its
 * lifetime, so that a child that is started again gets the same; it accepts
 * nothing.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/log.h"
#include "directories.h"
#include "parent.h"
#include "sockets.h"

#define BACKLOG		1024

static LIST_OF(struct listener)	 listeners;
static struct listener		*control;

static struct listener *
listener_new(int fd, const char *path)
{
	struct listener	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("calloc");
	l->fd = fd;
	if (path != NULL && (l->path = strdup(path)) == NULL)
		fatal("strdup");
	return l;
}

static void
listener_free(struct listener *l)
{
	struct stat	st;

	if (l == NULL)
		return;
	close(l->fd);
	if (l->path != NULL && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->device && st.st_ino == l->inode)
		unlink(l->path);
	free(l->path);
	free(l->name);
	free(l);
}

/* "tcp:ADDRESS:PORT" as the socket itself says. */
static char *
tcp_name(int fd)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(ss);
	char			 host[NI_MAXHOST], port[NI_MAXSERV], *name;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	if (asprintf(&name, ss.ss_family == AF_INET6 ? "tcp:[%s]:%s" :
	    "tcp:%s:%s", host, port) == -1)
		return NULL;
	return name;
}

static int
tcp_bind(const struct addrinfo *ai)
{
	int	fd, on = 1;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (ai->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
tcp_open(const struct conf_listen *cl)
{
	struct addrinfo	 hints, *list, *ai;
	struct listener	*l;
	char		 port[8];
	int		 fd, r;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	snprintf(port, sizeof(port), "%u", cl->port);
	if ((r = getaddrinfo(cl->address, port, &hints, &list)) != 0) {
		log_warnx("listen: address=%s error=%s",
		    log_quote(cl->address), log_quote(gai_strerror(r)));
		return -1;
	}
	for (ai = list; ai != NULL; ai = ai->ai_next) {
		if ((fd = tcp_bind(ai)) == -1) {
			log_warn("listen: address=%s port=%u",
			    log_quote(cl->address), cl->port);
			break;
		}
		l = listener_new(fd, NULL);
		list_add(&listeners, l);
		if ((l->name = tcp_name(fd)) == NULL)
			fatal("getsockname");
	}
	freeaddrinfo(list);
	return ai == NULL ? 0 : -1;
}

/*
 * A socket that nobody answers on is left over and goes.  Returns -1 when
 * somebody does, or when it is something else.
 */
static int
unix_clear(const char *path, const struct sockaddr_un *sun)
{
	struct stat	st;
	int		fd, r;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		log_warn("socket: path=%s", path);
		return -1;
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_warnx("socket: path=%s error=\"another file is there\"",
		    path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fatal("socket");
	r = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (r == 0 || errno != ECONNREFUSED) {
		log_warnx("socket: path=%s error=\"another daemon answers "
		    "there\"", path);
		close(fd);
		return -1;
	}
	close(fd);
	if (unlink(path) == -1) {
		log_warn("socket: path=%s", path);
		return -1;
	}
	return 0;
}

/* The rights of the file: a group's, or as mode says. */
static int
unix_rights(const char *path, const char *group, mode_t mode)
{
	const struct group	*gr;

	if (group != NULL) {
		if ((gr = getgrnam(group)) == NULL) {
			log_warnx("socket: path=%s error=\"there is no group "
			    "%s\"", path, group);
			return -1;
		}
		mode = 0660;
		if (chown(path, -1, gr->gr_gid) == -1) {
			log_warn("socket: path=%s group=%s", path, group);
			return -1;
		}
	}
	if (chmod(path, mode) == -1) {
		log_warn("socket: path=%s", path);
		return -1;
	}
	return 0;
}

static struct listener *
unix_open(const char *path, const char *group, mode_t mode)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct listener		*l;
	struct stat		 st;
	char			*copy;
	mode_t			 mask;
	int			 fd, r;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		log_warnx("socket: path=%s error=\"too long\"", path);
		return NULL;
	}
	if ((copy = strdup(path)) == NULL)
		fatal("strdup");
	r = directory_is_ours(dirname(copy));
	free(copy);
	if (r == -1 || unix_clear(path, &sun) == -1)
		return NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fatal("socket");
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (r == -1) {
		log_warn("socket: path=%s", path);
		close(fd);
		return NULL;
	}
	l = listener_new(fd, path);
	if (lstat(path, &st) == 0) {
		l->device = st.st_dev;
		l->inode = st.st_ino;
	}
	if (unix_rights(path, group, mode) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		listener_free(l);
		return NULL;
	}
	return l;
}

static int
web_open(const struct conf_listen *cl)
{
	struct listener	*l;

	if (cl->path == NULL)
		return tcp_open(cl);
	if ((l = unix_open(cl->path, cl->group, 0666)) == NULL)
		return -1;
	if (asprintf(&l->name, "unix:%s", cl->path) == -1)
		fatal("asprintf");
	list_add(&listeners, l);
	return 0;
}

int
sockets_open(const struct conf *c)
{
	size_t	i;

	control = unix_open(c->socket, c->socket_group, 0600);
	if (control == NULL)
		return -1;
	if ((control->name = strdup("control")) == NULL)
		fatal("strdup");
	for (i = 0; i < c->listens.n; i++)
		if (web_open(c->listens.v[i]) == -1) {
			sockets_close();
			return -1;
		}
	for (i = 0; i < listeners.n; i++)
		log_info("listening: on=%s", listeners.v[i]->name);
	return 0;
}

void
sockets_close(void)
{
	size_t	i;

	listener_free(control);
	control = NULL;
	for (i = 0; i < listeners.n; i++)
		listener_free(listeners.v[i]);
	free(listeners.v);
	listeners.v = NULL;
	listeners.n = 0;
}

const struct listener *
socket_web(size_t i)
{
	return i < listeners.n ? listeners.v[i] : NULL;
}

const struct listener *
socket_control(void)
{
	return control;
}
