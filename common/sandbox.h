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
 * One interface for every mechanism that takes rights away from a process;
 * a file for each system implements it (sandbox_linux.c).
 */

#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "process.h"

struct sandbox_path {
	const char	*path;
	int		 writable;
};

/*
 * Gives up everything that the process does not need: no new privileges, no
 * core, not dumpable, system calls, files (only those listed, with all below
 * them), ports, signals and abstract sockets outside its own domain.  required:
 * a missing seccomp is an error (as root); Landlock is best effort.  report
 * gets what the process really has, for people ("seccomp, landlock 6").
 * Returns -1 with errno set when a required part is missing.
 */
int	 sandbox_enter(enum process, const struct sandbox_path *, size_t,
	    int required, char *report, size_t);

/*
 * From now on this process may connect to these TCP ports only; where the
 * kernel can't, nothing happens.  Returns -1 on failure.
 */
int	 sandbox_ports(const uint16_t *, size_t);

/*
 * For the self-test: makes a system call, by its name and with these six
 * arguments.  Returns what it does; -1 with errno set, also when there is none
 * of that name.
 */
long	 sandbox_call(const char *, const long *);

#endif
