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
 * The sandbox of Linux: limits, seccomp through libseccomp, and Landlock by
 * its system calls.  One table says which system calls each process has; who
 * needs another one adds it there.
 */

#include "config.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

#define W	PROC_BIT(PROC_WEB)
#define E	PROC_BIT(PROC_ENGINE)
#define X	PROC_BIT(PROC_EXECUTOR)
#define G	PROC_BIT(PROC_GITHUB)
#define N	PROC_BIT(PROC_NOTIFIER)
#define K	PROC_BIT(PROC_WORKER)
#define ALL	(W | E | X | G | N | K)
#define NET	(G | N | K)		/* those with outbound connections */
#define FILES	(E | NET)		/* those that open files */
#define S	PROC_BIT(PROC_MAX)	/* all, when built with sanitizers */

#ifdef WITH_SANITIZERS
#define SANITIZED	1
const char	*__asan_default_options(void);

/* There is neither environment nor /proc, which the search for leaks needs. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#else
#define SANITIZED	0
#endif

/* Further conditions on a call, by the functions at the end of the table. */
enum condition {
	ANY,
	DATA_ONLY,		/* memory that is not executable */
	THREAD,			/* a thread, not a process */
	INTERNET,		/* sockets of the internet */
	LOCAL,			/* sockets of this machine */
	SIZES,			/* ioctls of sockets and files, not devices */
	OWN,			/* this process itself */
	UNOWNED,		/* fcntl, but for signals to an owner */
	DEADLY			/* for none; whoever tries is taken: killed */
};

/*
 * The calls, the processes that have them, on which condition, and the errno
 * for the others (0: ENOSYS, on which libraries find another way).  Names
 * that this machine does not have are skipped.
 */
static const struct call {
	const char	*name;
	uint32_t	 processes;
	enum condition	 condition;
	int		 error;
} calls[] = {
	/* memory */
	{ "brk",			ALL, ANY, 0 },
	{ "madvise",			ALL, ANY, 0 },
	{ "mmap",			ALL, DATA_ONLY, EPERM },
	{ "mmap2",			ALL, DATA_ONLY, EPERM },
	{ "mprotect",			ALL, DATA_ONLY, EPERM },
	{ "mremap",			ALL, ANY, 0 },
	{ "munmap",			ALL, ANY, 0 },
	/* descriptors */
	{ "close",			ALL, ANY, 0 },
	{ "dup",			ALL, ANY, 0 },
	{ "fcntl",			ALL, UNOWNED, 0 },
	{ "fcntl64",			ALL, UNOWNED, 0 },
	{ "ioctl",			ALL, SIZES, ENOTTY },
	{ "lseek",			ALL, ANY, 0 },
	{ "_llseek",			ALL, ANY, 0 },
	{ "read",			ALL, ANY, 0 },
	{ "readv",			ALL, ANY, 0 },
	{ "write",			ALL, ANY, 0 },
	{ "writev",			ALL, ANY, 0 },
	/* events */
	{ "epoll_create",		ALL, ANY, 0 },
	{ "epoll_create1",		ALL, ANY, 0 },
	{ "epoll_ctl",			ALL, ANY, 0 },
	{ "epoll_pwait",		ALL, ANY, 0 },
	{ "epoll_pwait2",		ALL, ANY, 0 },
	{ "epoll_wait",			ALL, ANY, 0 },
	{ "eventfd2",			ALL, ANY, 0 },
	{ "pipe",			ALL, ANY, 0 },
	{ "pipe2",			ALL, ANY, 0 },
	{ "poll",			ALL, ANY, 0 },
	{ "ppoll",			ALL, ANY, 0 },
	{ "ppoll_time64",		ALL, ANY, 0 },
	{ "pselect6",			ALL, ANY, 0 },
	{ "pselect6_time64",		ALL, ANY, 0 },
	{ "select",			ALL, ANY, 0 },
	{ "_newselect",			ALL, ANY, 0 },
	/* channels and connections that came from others */
	{ "getpeername",		ALL, ANY, 0 },
	{ "getsockname",		ALL, ANY, 0 },
	{ "getsockopt",			ALL, ANY, 0 },
	{ "recv",			ALL, ANY, 0 },
	{ "recvfrom",			ALL, ANY, 0 },
	{ "recvmsg",			ALL, ANY, 0 },
	{ "send",			ALL, ANY, 0 },
	{ "sendmsg",			ALL, ANY, 0 },
	{ "sendto",			ALL, ANY, EPERM },
	{ "setsockopt",			ALL, ANY, 0 },
	{ "shutdown",			ALL, ANY, 0 },
	{ "accept",			W | E, ANY, EPERM },
	{ "accept4",			W | E, ANY, EPERM },
	/* connections of its own */
	{ "bind",			0, ANY, EPERM },
	{ "connect",			NET, ANY, EPERM },
	{ "listen",			0, ANY, EPERM },
	{ "recvmmsg",			NET, ANY, 0 },
	{ "sendmmsg",			NET, ANY, 0 },
	{ "socket",			NET, INTERNET, EPERM },
	{ "socketpair",			G | N, LOCAL, EPERM },
	/* time */
	{ "clock_getres",		ALL, ANY, 0 },
	{ "clock_gettime",		ALL, ANY, 0 },
	{ "clock_gettime64",		ALL, ANY, 0 },
	{ "clock_nanosleep",		ALL, ANY, 0 },
	{ "clock_nanosleep_time64",	ALL, ANY, 0 },
	{ "gettimeofday",		ALL, ANY, 0 },
	{ "nanosleep",			ALL, ANY, 0 },
	{ "time",			ALL, ANY, 0 },
	/* itself */
	{ "exit",			ALL, ANY, 0 },
	{ "exit_group",			ALL, ANY, 0 },
	{ "futex",			ALL, ANY, 0 },
	{ "futex_time64",		ALL, ANY, 0 },
	{ "getegid",			ALL, ANY, 0 },
	{ "geteuid",			ALL, ANY, 0 },
	{ "getgid",			ALL, ANY, 0 },
	{ "getpid",			ALL, ANY, 0 },
	{ "getppid",			ALL, ANY, 0 },
	{ "getrandom",			ALL, ANY, 0 },
	{ "getrlimit",			ALL, ANY, 0 },
	{ "getrusage",			ALL, ANY, 0 },
	{ "gettid",			ALL, ANY, 0 },
	{ "getuid",			ALL, ANY, 0 },
	{ "prlimit64",			ALL, OWN, EPERM },
	{ "restart_syscall",		ALL, ANY, 0 },
	{ "rseq",			ALL, ANY, 0 },
	{ "rt_sigaction",		ALL, ANY, 0 },
	{ "rt_sigprocmask",		ALL, ANY, 0 },
	{ "rt_sigreturn",		ALL, ANY, 0 },
	{ "sched_getaffinity",		ALL, ANY, 0 },
	{ "sched_yield",		ALL, ANY, 0 },
	{ "set_robust_list",		ALL, ANY, 0 },
	{ "sigaltstack",		ALL, ANY, 0 },
	{ "sigreturn",			ALL, ANY, 0 },
	{ "sysinfo",			ALL, ANY, 0 },
	{ "tgkill",			ALL, OWN, EPERM },
	{ "ugetrlimit",			ALL, ANY, 0 },
	{ "uname",			ALL, ANY, 0 },
	{ "kill",			0, ANY, EPERM },
	{ "tkill",			0, ANY, EPERM },
	/* threads: libcurl resolves names in one */
	{ "clone",			G | N | S, THREAD, EPERM },
	{ "clone3",			S, ANY, 0 },
	{ "fork",			0, ANY, EPERM },
	{ "set_tid_address",		G | N, ANY, 0 },
	{ "vfork",			0, ANY, EPERM },
	/* narrowing the sandbox further */
	{ "landlock_add_rule",		NET, ANY, 0 },
	{ "landlock_create_ruleset",	NET, ANY, 0 },
	{ "landlock_restrict_self",	NET, ANY, 0 },
	{ "prctl",			S, ANY, EPERM },
	/* looking at files */
	{ "access",			FILES | S, ANY, EACCES },
	{ "faccessat",			FILES | S, ANY, EACCES },
	{ "faccessat2",			FILES | S, ANY, 0 },
	{ "fstat",			ALL, ANY, 0 },
	{ "fstat64",			ALL, ANY, 0 },
	{ "fstatat64",			ALL, ANY, 0 },
	{ "fstatfs",			E, ANY, 0 },
	{ "fstatfs64",			E, ANY, 0 },
	{ "getcwd",			E | S, ANY, EACCES },
	{ "getdents64",			S, ANY, EACCES },
	{ "lstat",			FILES | S, ANY, EACCES },
	{ "lstat64",			FILES | S, ANY, EACCES },
	{ "newfstatat",			ALL, ANY, 0 },
	{ "open",			FILES | S, ANY, EACCES },
	{ "openat",			FILES | S, ANY, EACCES },
	{ "pread64",			FILES | S, ANY, 0 },
	{ "readlink",			FILES | S, ANY, EACCES },
	{ "readlinkat",			FILES | S, ANY, EACCES },
	{ "stat",			FILES | S, ANY, EACCES },
	{ "stat64",			FILES | S, ANY, EACCES },
	{ "statfs",			0, ANY, EACCES },
	{ "statfs64",			0, ANY, EACCES },
	{ "statx",			FILES | S, ANY, 0 },
	/* the database */
	{ "chmod",			0, ANY, EPERM },
	{ "chown",			0, ANY, EPERM },
	{ "fallocate",			E, ANY, EOPNOTSUPP },
	{ "fchmod",			E, ANY, EPERM },
	{ "fchown",			0, ANY, EPERM },
	{ "fdatasync",			E, ANY, EPERM },
	{ "flock",			E, ANY, EPERM },
	{ "fsync",			E, ANY, EPERM },
	{ "ftruncate",			E, ANY, EPERM },
	{ "ftruncate64",		E, ANY, EPERM },
	{ "link",			0, ANY, EPERM },
	{ "mkdir",			0, ANY, EPERM },
	{ "pwrite64",			E, ANY, EPERM },
	{ "rename",			0, ANY, EPERM },
	{ "renameat",			0, ANY, EPERM },
	{ "renameat2",			0, ANY, 0 },
	{ "symlink",			0, ANY, EPERM },
	{ "unlink",			E, ANY, EPERM },
	{ "unlinkat",			E, ANY, EPERM },
	/* never by accident */
	{ "acct",			0, DEADLY, 0 },
	{ "add_key",			0, DEADLY, 0 },
	{ "bpf",			0, DEADLY, 0 },
	{ "chroot",			0, DEADLY, 0 },
	{ "delete_module",		0, DEADLY, 0 },
	{ "execve",			0, DEADLY, 0 },
	{ "execveat",			0, DEADLY, 0 },
	{ "finit_module",		0, DEADLY, 0 },
	{ "fsconfig",			0, DEADLY, 0 },
	{ "fsmount",			0, DEADLY, 0 },
	{ "fsopen",			0, DEADLY, 0 },
	{ "init_module",		0, DEADLY, 0 },
	{ "io_uring_enter",		0, DEADLY, 0 },
	{ "io_uring_register",		0, DEADLY, 0 },
	{ "io_uring_setup",		0, DEADLY, 0 },
	{ "ioperm",			0, DEADLY, 0 },
	{ "iopl",			0, DEADLY, 0 },
	{ "kcmp",			0, DEADLY, 0 },
	{ "kexec_file_load",		0, DEADLY, 0 },
	{ "kexec_load",			0, DEADLY, 0 },
	{ "keyctl",			0, DEADLY, 0 },
	{ "mount",			0, DEADLY, 0 },
	{ "mount_setattr",		0, DEADLY, 0 },
	{ "move_mount",			0, DEADLY, 0 },
	{ "name_to_handle_at",		0, DEADLY, 0 },
	{ "open_by_handle_at",		0, DEADLY, 0 },
	{ "open_tree",			0, DEADLY, 0 },
	{ "perf_event_open",		0, DEADLY, 0 },
	{ "personality",		S, DEADLY, 0 },
	{ "pidfd_getfd",		0, DEADLY, 0 },
	{ "pidfd_open",			0, DEADLY, 0 },
	{ "pidfd_send_signal",		0, DEADLY, 0 },
	{ "pivot_root",			0, DEADLY, 0 },
	{ "process_madvise",		0, DEADLY, 0 },
	{ "process_vm_readv",		0, DEADLY, 0 },
	{ "process_vm_writev",		0, DEADLY, 0 },
	{ "ptrace",			0, DEADLY, 0 },
	{ "quotactl",			0, DEADLY, 0 },
	{ "reboot",			0, DEADLY, 0 },
	{ "request_key",		0, DEADLY, 0 },
	{ "seccomp",			0, DEADLY, 0 },
	{ "setgid",			0, DEADLY, 0 },
	{ "setgroups",			0, DEADLY, 0 },
	{ "setns",			0, DEADLY, 0 },
	{ "setregid",			0, DEADLY, 0 },
	{ "setresgid",			0, DEADLY, 0 },
	{ "setresuid",			0, DEADLY, 0 },
	{ "setreuid",			0, DEADLY, 0 },
	{ "setuid",			0, DEADLY, 0 },
	{ "swapoff",			0, DEADLY, 0 },
	{ "swapon",			0, DEADLY, 0 },
	{ "umount2",			0, DEADLY, 0 },
	{ "unshare",			0, DEADLY, 0 },
	{ "userfaultfd",		0, DEADLY, 0 },
};
#define NCALLS	(sizeof(calls) / sizeof(calls[0]))

/*
 * Landlock, as newer kernels know it: the system's header may be older.
 */
#define LL_VERSION	(1U << 0)
#define LL_RULE_PATH	1
#define LL_RULE_PORT	2

#define LL_FS_WRITE_FILE	(1ULL << 1)
#define LL_FS_READ_FILE		(1ULL << 2)
#define LL_FS_READ_DIR		(1ULL << 3)
#define LL_FS_REMOVE_FILE	(1ULL << 5)
#define LL_FS_MAKE_REG		(1ULL << 8)
#define LL_FS_TRUNCATE		(1ULL << 14)
#define LL_FS_ALL_1		((1ULL << 13) - 1)
#define LL_FS_ALL_2		((1ULL << 14) - 1)
#define LL_FS_ALL_3		((1ULL << 15) - 1)
#define LL_FS_ALL_5		((1ULL << 16) - 1)
/* The rights that make sense on what is not a directory. */
#define LL_FS_FILE		(LL_FS_WRITE_FILE | LL_FS_READ_FILE | \
				    LL_FS_TRUNCATE)
#define LL_FS_READ		(LL_FS_READ_FILE | LL_FS_READ_DIR)
#define LL_FS_WRITE		(LL_FS_READ | LL_FS_WRITE_FILE | \
				    LL_FS_REMOVE_FILE | LL_FS_MAKE_REG | \
				    LL_FS_TRUNCATE)

#define LL_NET_BIND_TCP		(1ULL << 0)
#define LL_NET_CONNECT_TCP	(1ULL << 1)

#define LL_SCOPE_ABSTRACT_UNIX	(1ULL << 0)
#define LL_SCOPE_SIGNAL		(1ULL << 1)

/* A kernel that knows less takes it as long as the rest is zero. */
struct ll_ruleset {
	uint64_t	 fs;
	uint64_t	 net;
	uint64_t	 scoped;
};

struct ll_path {
	uint64_t	 rights;
	int32_t		 fd;
} __attribute__((packed));

struct ll_port {
	uint64_t	 rights;
	uint64_t	 port;
};

static int	filter_load(uint32_t);
static int	landlock_enter(uint32_t, const struct sandbox_path *, size_t);

int
sandbox_enter(enum process process, const struct sandbox_path *paths, size_t n,
    int required, char *report, size_t len)
{
	struct rlimit	none = { 0, 0 };
	uint32_t	bit = PROC_BIT(process);
	int		abi;
	char		landlock[32];

	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (!SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return -1;
	if ((abi = landlock_enter(bit, paths, n)) == -1) {
		log_warn("sandbox: no Landlock");
		strlcpy(landlock, "no landlock", sizeof(landlock));
	} else
		snprintf(landlock, sizeof(landlock), "landlock %d", abi);
	if (filter_load(bit) == -1) {
		if (required)
			return -1;
		log_warn("sandbox: no seccomp");
		snprintf(report, len, "no seccomp, %s", landlock);
	} else
		snprintf(report, len, "seccomp, %s", landlock);
	return 0;
}

static int
rule_add(scmp_filter_ctx ctx, int nr, uint32_t action, unsigned n,
    const struct scmp_arg_cmp *args)
{
	int	r;

	r = seccomp_rule_add_array(ctx, action, nr, n, args);
	if (r < 0) {
		errno = -r;
		return -1;
	}
	return 0;
}

/* Allows a call, as far as its condition goes. */
static int
call_allow(scmp_filter_ctx ctx, int nr, enum condition condition)
{
	static const unsigned long	 families[] = { AF_INET, AF_INET6 };
	static const unsigned long	 requests[] = { FIONREAD, FIONBIO };
	static const unsigned long	 commands[] = { F_DUPFD, F_GETFD,
					    F_SETFD, F_GETFL, F_SETFL, F_GETLK,
					    F_SETLK, F_SETLKW,
					    F_DUPFD_CLOEXEC };
	const unsigned long		*values = NULL;
	struct scmp_arg_cmp		 a = { 0, SCMP_CMP_EQ, 0, 0 };
	size_t				 i, n = 0;

	/* What sanitizers do with memory and threads is their business. */
	if (SANITIZED)
		return rule_add(ctx, nr, SCMP_ACT_ALLOW, 0, NULL);
	switch (condition) {
	case DATA_ONLY:
		a = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
		break;
	case THREAD:
		a = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
		break;
	case LOCAL:
		a = SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0);
		break;
	case OWN:
		/* tgkill names the process, prlimit64 calls itself 0. */
		if (nr == SCMP_SYS(prlimit64))
			a = SCMP_A0(SCMP_CMP_EQ, 0, 0);
		else
			a = SCMP_A0(SCMP_CMP_EQ, getpid(), 0);
		break;
	case INTERNET:
		values = families;
		n = sizeof(families) / sizeof(families[0]);
		break;
	case SIZES:
		values = requests;
		n = sizeof(requests) / sizeof(requests[0]);
		a.arg = 1;
		break;
	case UNOWNED:
		values = commands;
		n = sizeof(commands) / sizeof(commands[0]);
		a.arg = 1;
		break;
	default:
		return rule_add(ctx, nr, SCMP_ACT_ALLOW, 0, NULL);
	}
	if (values == NULL)
		return rule_add(ctx, nr, SCMP_ACT_ALLOW, 1, &a);
	for (i = 0; i < n; i++) {
		a.datum_a = values[i];
		if (rule_add(ctx, nr, SCMP_ACT_ALLOW, 1, &a) == -1)
			return -1;
	}
	return 0;
}

/*
 * An action for what the condition does not let pass can't be had in one
 * filter with another for it: the call then gets the default.
 */
static int
call_add(scmp_filter_ctx ctx, const struct call *c, uint32_t bit)
{
	int	nr;

	nr = seccomp_syscall_resolve_name(c->name);
	if (nr == __NR_SCMP_ERROR)
		return 0;
	if (SANITIZED)
		bit |= S;
	if (c->processes & bit)
		return call_allow(ctx, nr, c->condition);
	if (c->condition == DEADLY)
		return rule_add(ctx, nr, SCMP_ACT_KILL_PROCESS, 0, NULL);
	if (c->error != 0)
		return rule_add(ctx, nr, SCMP_ACT_ERRNO(c->error), 0, NULL);
	return 0;
}

static int
filter_load(uint32_t bit)
{
	scmp_filter_ctx	ctx;
	size_t		i;
	int		r;

	if ((ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	/* A tree in place of a list; older libraries do without. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; i < NCALLS; i++)
		if (call_add(ctx, &calls[i], bit) == -1) {
			log_warn("seccomp: call=%s", calls[i].name);
			seccomp_release(ctx);
			return -1;
		}
	r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0) {
		errno = -r;
		return -1;
	}
	return 0;
}

static int
ll_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
}

static uint64_t
ll_fs_rights(int abi)
{
	if (abi >= 5)
		return LL_FS_ALL_5;
	if (abi >= 3)
		return LL_FS_ALL_3;
	return abi == 2 ? LL_FS_ALL_2 : LL_FS_ALL_1;
}

/* Makes the rules hold, and closes them. */
static int
ll_restrict(int rules)
{
	int	r, saved;

	r = syscall(SYS_landlock_restrict_self, rules, 0);
	saved = errno;
	close(rules);
	errno = saved;
	return r;
}

/* A path that does not exist needs no rule. */
static int
ll_allow_path(int rules, const struct sandbox_path *p, uint64_t handled)
{
	struct ll_path	 rule;
	struct stat	 st;
	int		 r = -1;

	rule.rights = (p->writable ? LL_FS_WRITE : LL_FS_READ) & handled;
	if ((rule.fd = open(p->path, O_PATH | O_CLOEXEC)) == -1)
		return errno == ENOENT || errno == EACCES ? 0 : -1;
	if (fstat(rule.fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.rights &= LL_FS_FILE;
		r = syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &rule,
		    0);
	}
	close(rule.fd);
	return r;
}

/* Returns the ABI that it has, or -1. */
static int
landlock_enter(uint32_t bit, const struct sandbox_path *paths, size_t n)
{
	struct ll_ruleset	attr = { 0, 0, 0 };
	size_t			i;
	int			abi, rules;

	if ((abi = ll_abi()) < 1)
		return -1;
	attr.fs = ll_fs_rights(abi);
	if (abi >= 4)
		attr.net = LL_NET_BIND_TCP | (bit & NET ? 0 :
		    LL_NET_CONNECT_TCP);
	if (abi >= 6)
		attr.scoped = LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL;
	rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (ll_allow_path(rules, &paths[i], attr.fs) == -1) {
			log_warn("landlock: path=%s",
			    log_quote(paths[i].path));
			close(rules);
			return -1;
		}
	return ll_restrict(rules) == -1 ? -1 : abi;
}

int
sandbox_ports(const uint16_t *ports, size_t n)
{
	struct ll_ruleset	attr = { 0, LL_NET_CONNECT_TCP, 0 };
	struct ll_port		rule = { LL_NET_CONNECT_TCP, 0 };
	size_t			i;
	int			rules;

	if (ll_abi() < 4)
		return 0;
	rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules == -1)
		return -1;
	for (i = 0; i < n; i++) {
		rule.port = ports[i];
		if (syscall(SYS_landlock_add_rule, rules, LL_RULE_PORT, &rule,
		    0) == -1) {
			close(rules);
			return -1;
		}
	}
	return ll_restrict(rules);
}

long
sandbox_call(const char *name, const long *args)
{
	int	nr;

	if ((nr = seccomp_syscall_resolve_name(name)) < 0) {
		errno = ENOSYS;
		return -1;
	}
	return syscall(nr, args[0], args[1], args[2], args[3], args[4],
	    args[5]);
}
