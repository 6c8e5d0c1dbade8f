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
 * Tests of the sandbox: for each process a child of ours enters it and tries
 * what it may and what it may not.  The kernel's answer counts, not the table.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../common/sandbox.h"
#include "tap.h"

#define W	PROC_BIT(PROC_WEB)
#define E	PROC_BIT(PROC_ENGINE)
#define X	PROC_BIT(PROC_EXECUTOR)
#define G	PROC_BIT(PROC_GITHUB)
#define N	PROC_BIT(PROC_NOTIFIER)
#define K	PROC_BIT(PROC_WORKER)
#define ALL	(W | E | X | G | N | K)

/* What a trial says when it could do it, and when not. */
#define YES	0
#define NO	1
/* And when the process was killed for it. */
#define KILLED	2
#define OTHER	3

static char		dir[] = "/tmp/sandbox_test.XXXXXXXXXX";
static char		inside[64], outside[64];
static int		listener;	/* a TCP socket that listens */
static struct sockaddr_in listening;

static int
verdict(bool could)
{
	return could ? YES : NO;
}

static int
try_read_inside(void)
{
	return verdict(open(inside, O_RDONLY) != -1);
}

static int
try_read_outside(void)
{
	return verdict(open("/etc/passwd", O_RDONLY) != -1);
}

static int
try_write_inside(void)
{
	return verdict(open(inside, O_WRONLY) != -1);
}

static int
try_create_outside(void)
{
	return verdict(open(outside, O_WRONLY | O_CREAT, 0600) != -1);
}

static int
try_socket(void)
{
	return verdict(socket(AF_INET, SOCK_STREAM, 0) != -1);
}

static int
connect_to(void)
{
	return connect(socket(AF_INET, SOCK_STREAM, 0),
	    (struct sockaddr *)&listening, sizeof(listening));
}

static int
try_connect(void)
{
	return verdict(connect_to() == 0);
}

static int
try_other_port(void)
{
	uint16_t	port = ntohs(listening.sin_port) ^ 1;

	if (sandbox_ports(&port, 1) == -1)
		return OTHER;
	return verdict(connect_to() == 0);
}

static int
try_same_port(void)
{
	uint16_t	port = ntohs(listening.sin_port);

	if (sandbox_ports(&port, 1) == -1)
		return OTHER;
	return verdict(connect_to() == 0);
}

static int
try_bind(void)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET };

	return verdict(bind(socket(AF_INET, SOCK_STREAM, 0),
	    (struct sockaddr *)&sin, sizeof(sin)) == 0);
}

static int
try_bind_udp(void)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET };

	return verdict(bind(socket(AF_INET, SOCK_DGRAM, 0),
	    (struct sockaddr *)&sin, sizeof(sin)) == 0);
}

static int
try_accept(void)
{
	accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	return verdict(errno == EAGAIN);
}

static int
try_unix(void)
{
	return verdict(socket(AF_UNIX, SOCK_STREAM, 0) != -1);
}

static int
try_raw(void)
{
	return verdict(socket(AF_PACKET, SOCK_RAW, 0) != -1);
}

static int
try_fork(void)
{
	pid_t	pid;

	if ((pid = fork()) == 0)
		_exit(0);
	return verdict(pid != -1);
}

static void *
thread(void *arg)
{
	return arg;
}

static int
try_thread(void)
{
	pthread_t	t;

	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return NO;
	return verdict(pthread_join(t, NULL) == 0);
}

static int
try_exec(void)
{
	execl("/bin/true", "true", NULL);
	return NO;
}

static int
try_ptrace(void)
{
	return verdict(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
}

static int
try_memory_of_parent(void)
{
	struct iovec	iov = { dir, 1 };

	return verdict(process_vm_readv(getppid(), &iov, 1, &iov, 1, 0) == 1);
}

static int
try_kill(void)
{
	return verdict(kill(getppid(), 0) == 0);
}

static int
try_code(void)
{
	return verdict(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int
try_memory(void)
{
	void	*p;

	if ((p = malloc(10 * 1024 * 1024)) == NULL)
		return NO;
	memset(p, 1, 10 * 1024 * 1024);
	free(p);
	return YES;
}

static int
try_chroot(void)
{
	return verdict(chroot("/") == 0);
}

static int
try_root_again(void)
{
	return verdict(setuid(0) == 0);
}

static int
try_core(void)
{
	struct rlimit	rl;

	if (getrlimit(RLIMIT_CORE, &rl) == -1)
		return OTHER;
	return verdict(rl.rlim_max != 0);
}

/* Who can do it; who is killed for it; the others get an error. */
static const struct {
	const char	*what;
	int		(*trial)(void);
	uint32_t	 can;
	uint32_t	 killed;
	bool		 landlock;	/* this alone stands in the way */
} trials[] = {
	{ "use memory", try_memory, ALL, 0, false },
	{ "accept a connection", try_accept, W | E, 0, false },
	{ "read what is allowed", try_read_inside, E | G | N | K, 0, false },
	{ "read another file", try_read_outside, 0, 0, true },
	{ "write to what is allowed", try_write_inside, E, 0, true },
	{ "make a file elsewhere", try_create_outside, 0, 0, true },
	{ "make a socket", try_socket, G | N | K, 0, false },
	{ "connect", try_connect, G | N | K, 0, false },
	{ "connect to a port it has named", try_same_port, G | N | K, 0,
	    false },
	{ "connect to another port then", try_other_port, 0, 0, true },
	{ "bind a port", try_bind, 0, 0, false },
	{ "bind a UDP port", try_bind_udp, 0, 0, false },
	{ "make a unix socket", try_unix, 0, 0, false },
	{ "make a raw socket", try_raw, 0, 0, false },
	{ "make a process", try_fork, 0, 0, false },
	{ "make a thread", try_thread, G | N, 0, false },
	{ "signal the parent", try_kill, 0, 0, false },
	{ "make memory that is code", try_code, 0, 0, false },
	{ "leave a core", try_core, 0, 0, false },
	{ "run a program", try_exec, 0, ALL, false },
	{ "trace the parent", try_ptrace, 0, ALL, false },
	{ "read the parent's memory", try_memory_of_parent, 0, ALL, false },
	{ "change its root directory", try_chroot, 0, ALL, false },
	{ "become root", try_root_again, 0, ALL, false },
};
#define NTRIALS	(sizeof(trials) / sizeof(trials[0]))

static int
try_in(enum process p, int (*trial)(void), char *report, size_t len)
{
	struct sandbox_path	paths[] = {
		{ inside, p == PROC_ENGINE },
		{ "/nonexistent", 0 },
	};
	size_t			n;
	int			pipes[2], status;
	pid_t			pid;

	n = p == PROC_WEB || p == PROC_EXECUTOR ? 0 : 2;
	if (pipe(pipes) == -1 || (pid = fork()) == -1)
		abort();
	if (pid == 0) {
		if (sandbox_enter(p, paths, n, 1, report, len) == -1)
			_exit(OTHER);
		if (write(pipes[1], report, len) == -1)
			_exit(OTHER);
		_exit(trial());
	}
	close(pipes[1]);
	if (read(pipes[0], report, len) != (ssize_t)len)
		report[0] = '\0';
	close(pipes[0]);
	if (waitpid(pid, &status, 0) == -1)
		abort();
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : OTHER;
	return WEXITSTATUS(status);
}

static void
test_process(enum process p)
{
	uint32_t	bit = PROC_BIT(p);
	char		report[64] = "";
	bool		has_landlock;
	size_t		i;
	int		got, want;

	for (i = 0; i < NTRIALS; i++) {
		want = trials[i].can & bit ? YES :
		    trials[i].killed & bit ? KILLED : NO;
		got = try_in(p, trials[i].trial, report, sizeof(report));
		has_landlock = strstr(report, "no landlock") == NULL;
		if (!has_landlock && trials[i].landlock) {
			diag("%s: %s: no landlock", process_name(p),
			    trials[i].what);
			continue;
		}
		is_int(got, want, "%s %s %s", process_name(p),
		    trials[i].can & bit ? "can" : trials[i].killed & bit ?
		    "is killed when it tries to" : "can't", trials[i].what);
	}
	ok(strncmp(report, "seccomp, ", 9) == 0, "%s has: %s",
	    process_name(p), report);
}

int
main(void)
{
	socklen_t	len = sizeof(listening);
	int		p;

#ifdef WITH_SANITIZERS
	return skip_all("sanitizers need what the sandbox takes");
#endif
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(inside, sizeof(inside), "%s/inside", dir);
	snprintf(outside, sizeof(outside), "%s/outside", dir);
	if (close(open(inside, O_WRONLY | O_CREAT, 0600)) == -1)
		abort();
	listening.sin_family = AF_INET;
	listening.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(listener, (struct sockaddr *)&listening, len) == -1 ||
	    listen(listener, 100) == -1 || getsockname(listener,
	    (struct sockaddr *)&listening, &len) == -1)
		abort();
	/* Connections that wait would be accepted: one each, drained here. */
	for (p = PROC_WEB; p <= PROC_WORKER; p++) {
		while (accept(listener, NULL, NULL) != -1)
			;
		test_process(p);
	}
	unlink(inside);
	unlink(outside);
	rmdir(dir);
	return done_testing();
}
