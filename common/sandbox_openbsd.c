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
 * The sandbox of OpenBSD: pledge(2) and unveil(2).  One table says which
 * promises each process makes.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sandbox.h"

static const char *const promises[PROC_MAX] = {
	[PROC_WEB] =		"stdio inet unix recvfd",
	[PROC_ENGINE] =		"stdio rpath wpath cpath flock unix recvfd",
	[PROC_EXECUTOR] =	"stdio recvfd",
	[PROC_GITHUB] =		"stdio rpath inet dns recvfd",
	[PROC_NOTIFIER] =	"stdio rpath inet dns recvfd",
	[PROC_WORKER] =		"stdio rpath inet dns",
};

int
sandbox_enter(enum process process, const struct sandbox_path *paths,
    size_t n, int required, char *report, size_t len)
{
	size_t	i;

	(void)required;
	if (process >= PROC_MAX || promises[process] == NULL) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < n; i++)
		if (unveil(paths[i].path, paths[i].writable ? "rwc" : "r") ==
		    -1 && errno != ENOENT)
			return -1;
	if (pledge(promises[process], NULL) == -1)
		return -1;
	snprintf(report, len, "pledge, unveil");
	return 0;
}

int
sandbox_ports(const uint16_t *ports, size_t n)
{
	(void)ports;
	(void)n;
	return 0;
}

/* A violation of a pledge ends the process: there is nothing to ask. */
long
sandbox_call(const char *name, const long *args)
{
	(void)name;
	(void)args;
	errno = ENOSYS;
	return -1;
}
