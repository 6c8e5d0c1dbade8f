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
 * The listening sockets of the daemon.
 */

#ifndef SOCKETS_H
#define SOCKETS_H

#include <stddef.h>

#include "../common/conf.h"

struct listener {
	int		 fd;
	char		*name;		/* "tcp:127.0.0.1:8080", "unix:/path",
					   "control" */
	char		*path;		/* of a unix socket, or NULL */
	dev_t		 device;	/* which file is ours */
	ino_t		 inode;
};

/*
 * Binds all that is configured, and the control socket.  Says what is wrong
 * and returns -1; what had been bound by then is closed again.
 */
int		 sockets_open(const struct conf *);
/* Closes them; files that are still ours are unlinked. */
void		 sockets_close(void);

/* Those for web, then NULL; and the control socket. */
const struct listener	*socket_web(size_t);
const struct listener	*socket_control(void);

#endif
