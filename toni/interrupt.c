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
 * A signal handler that writes into a pipe, and nothing else.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "screen.h"

static int			pipefd[2] = { -1, -1 };
static volatile sig_atomic_t	count;

static void
interrupted(int sig)
{
	int	saved = errno;

	(void)sig;
	count++;
	if (write(pipefd[1], "", 1) == -1) {
		/* It is full: whoever reads it knows already. */
	}
	errno = saved;
}

void
interrupt_catch(void)
{
	struct sigaction	sa = { .sa_handler = interrupted };

	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) == -1)
		die("pipe: %s", strerror(errno));
	sigaction(SIGINT, &sa, NULL);
}

unsigned
interrupt_count(void)
{
	return (unsigned)count;
}

int
interrupt_fd(void)
{
	return pipefd[0];
}

void
interrupt_seen(void)
{
	char	buf[64];

	while (read(pipefd[0], buf, sizeof(buf)) > 0)
		continue;
}
