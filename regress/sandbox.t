#!/usr/bin/env python3
# Copyright (c) 2026 The applikatonid authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.


"""The walls of each process, from inside: its program is started as the
daemon has started it, with its user, root directory and sandbox, tries one
thing, and is let or refused.  What it needs it can do; what others have, or
what leads out, it can't; what nobody tries by accident kills it."""

import errno

from lab import *

CALL_MAX = 6
COULD, REFUSED = 0, 100             # exit status; to the latter errno is added

if "-fsanitize" in open(TOP + "/config.mk").read():
    print("1..0 # SKIP sanitizers need what the sandbox takes")
    sys.exit(0)

lab = Lab(hosts=1)
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["touch $DIR/runs; sleep 1000"]}},
    stages=["ONE"])))
lab.start()
lab.deploy(stages=["ONE"])
wait_for("the command", lambda: lab.hosts[0].read("runs") is not None)
W, E, X, G, N, K = PROCESSES = ("web", "engine", "executor", "github",
                                "notifier", "worker")
ALL, NET = set(PROCESSES), {G, N, K}
pids = {p: wait_for(p, lambda: lab.pid(p)) for p in PROCESSES}
arguments, roots, siblings = {}, {}, {}
for p in PROCESSES:
    with open("/proc/%d/cmdline" % pids[p]) as f:
        arguments[p] = f.read().rstrip("\0").split("\0")
    roots[p] = os.readlink("/proc/%d/root" % pids[p])
    siblings[p] = pids[W if p != W else E]
landlock = {q["name"]: int(re.search(r"landlock (\d+)|$", q["sandbox"])[1] or 0)
            for q in lab.ctl_json("show")["processes"]}
# Workers are not listed; they have what the kernel has.
landlock[K] = landlock[N]
note("landlock: %r" % landlock)

# Something outside of all root directories that anybody may read and write,
# and in each one; what keeps a process from them is the sandbox alone.
outside = lab.dir + "/outside"
for path in [outside] + ["%s/%s" % (r, n) for r in set(roots.values())
                         for n in ("etc/open", "open")]:
    os.makedirs(path)
    os.chmod(path, 0o777)
    with open(path + "/file", "w") as f:
        f.write("open to all")
    os.chmod(path + "/file", 0o666)
listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
port = listener.getsockname()[1]


def attempt(p, what, *more):
    """What comes of it: the name of an error, "could" or "killed"."""
    ours, theirs = socket.socketpair()
    program, *rest = arguments[p]
    r = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" 3<&%d' % theirs.fileno(), "sh", program,
         *rest, *more, "-t", what], env={}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
        pass_fds=[theirs.fileno()], cwd="/")
    ours.close()
    theirs.close()
    if r.returncode == -signal.SIGSYS:
        return "killed"
    if r.returncode >= REFUSED:
        return errno.errorcode.get(r.returncode - REFUSED, "?")
    return "could" if r.returncode == COULD else "status %d" % r.returncode


def number(name):
    return str({
        "AF_UNIX": socket.AF_UNIX, "AF_INET": socket.AF_INET,
        "AF_INET6": socket.AF_INET6, "AF_NETLINK": socket.AF_NETLINK,
        "AF_PACKET": socket.AF_PACKET, "AF_VSOCK": socket.AF_VSOCK,
        "STREAM": socket.SOCK_STREAM, "RAW": socket.SOCK_RAW,
        "RW": 3, "RX": 5, "RWX": 7, "ANONYMOUS": 0x22, "SIGCHLD": 17,
        "PTRACE_ATTACH": 16, "PTRACE_SEIZE": 0x4206, "F_SETOWN": 8,
        "F_SETSIG": 10, "TIOCSTI": 0x5412, "RLIMIT_NOFILE": 7,
        "CLONE_NEWUSER": 0x10000000, "O_PATH": 0x200000}.get(name, name))


# Who can; what the others get.  SIBLING is another process' number, SELF one
# that this one has.  A refusal is one of these errors.
SOFT = {"EPERM", "EACCES", "ENOSYS", "ENOTTY"}
LANDLOCK = {"EACCES", "EPERM"} | SOFT
NOWHERE = {"ENOENT"} | SOFT
# A machine may do without the file.
HOSTS = NET if os.path.exists("/etc/hosts") else set()
tries = [
    # what it needs
    ("use memory", "memory", ALL, SOFT),
    ("ask for its own number", "call=getpid", ALL, SOFT),
    ("use its channel", "call=getpeername,3,0,0", {}, {"EFAULT"}),
    ("resolve a name", "resolve=localhost", HOSTS, {"EHOSTUNREACH"}),
    ("read its copy of hosts", "read=/etc/hosts", HOSTS, NOWHERE),
    ("read the database", "read=/applikatoni.db", {E}, NOWHERE),
    ("write to the database", "write=/applikatoni.db", {E}, NOWHERE),
    ("make a file beside the database", "make=/open/made", {E}, NOWHERE),
    ("connect over TCP", "connect=%d" % port, NET, SOFT),
    ("make a thread", "thread", {G, N}, SOFT),
    # accept() of what is no listening socket: it has reached the kernel
    ("accept connections", "call=accept4,3,0,0,0", {}, {
        W: {"EINVAL"}, E: {"EINVAL"}}, SOFT),
    # files
    ("read another's files", "read=%s/file" % outside, {}, NOWHERE),
    ("read /etc/passwd", "read=/etc/passwd", {}, NOWHERE),
    ("climb out of its root directory",
     "read=../../../../../../../../etc/passwd", {}, NOWHERE),
    ("list its root directory", "list=/", {E} | NET, SOFT),
    ("write to its copy of hosts", "write=/etc/hosts", {}, NOWHERE),
    ("write where its user could", "write=/etc/open/file", {E}, LANDLOCK),
    ("make a file where its user could", "make=/etc/open/made", {E},
     LANDLOCK),
    ("read another's /proc", "read=/proc/SIBLING/mem", {}, NOWHERE),
    ("read its own /proc", "read=/proc/self/maps", {}, NOWHERE),
    ("hold a file or directory that was left open", "descriptors", {},
     {"EBADF"}),
    ("make a directory", "call=mkdir,0,0", {}, SOFT),
    ("link", "call=link,0,0", {}, SOFT),
    ("link symbolically", "call=symlink,0,0", {}, SOFT),
    ("rename", "call=rename,0,0", {}, SOFT),
    ("change an owner", "call=chown,0,0,0", {}, SOFT),
    ("change a mode", "call=chmod,0,0", {}, SOFT),
    ("make a device", "call=mknod,0,0,0", {}, SOFT),
    ("make a file in memory", "call=memfd_create,0,0", {}, SOFT),
    # the network
    ("make a socket", "call=socket,AF_INET,STREAM,0", NET, SOFT),
    ("make one of IPv6", "call=socket,AF_INET6,STREAM,0", NET, SOFT),
    ("make a unix socket", "call=socket,AF_UNIX,STREAM,0", {}, SOFT),
    ("ask the kernel about routes", "call=socket,AF_NETLINK,RAW,0", {}, SOFT),
    ("make a packet socket", "call=socket,AF_PACKET,RAW,0", {}, SOFT),
    ("make a socket to the host of the machine",
     "call=socket,AF_VSOCK,STREAM,0", {}, SOFT),
    ("bind a port", "bind=tcp", {}, SOFT),
    ("bind a UDP port", "bind=udp", {}, SOFT),
    ("listen", "call=listen,3,1", {}, SOFT),
    # programs and code
    ("run a program", "call=execve,0,0,0", {}, "killed"),
    ("run one by a descriptor", "call=execveat,3,0,0,0,0", {}, "killed"),
    ("fork", "call=fork", {}, SOFT),
    ("fork another way", "call=clone,SIGCHLD,0,0,0,0", {}, SOFT),
    ("fork the third way", "call=clone3,0,0", {}, SOFT),
    ("make memory that is code", "call=mmap,0,4096,RWX,ANONYMOUS,-1,0", {},
     SOFT),
    ("make memory that is data", "call=mmap,0,4096,RW,ANONYMOUS,-1,0", ALL,
     SOFT),
    ("make code of data", "call=mprotect,0,0,RX", {}, SOFT),
    # other processes
    ("signal a sibling", "call=kill,SIBLING,0", {}, SOFT),
    ("signal its own group", "call=kill,0,0", {}, SOFT),
    ("signal the parent", "call=kill,PARENT,9", {}, SOFT),
    ("signal a thread", "call=tkill,SIBLING,0", {}, SOFT),
    ("signal a sibling's thread", "call=tgkill,SIBLING,SIBLING,0", {}, SOFT),
    ("queue a signal", "call=rt_sigqueueinfo,SIBLING,0,0", {}, SOFT),
    ("own a descriptor to have a sibling signalled",
     "call=fcntl,3,F_SETOWN,SIBLING", {}, SOFT),
    ("choose which signal that is", "call=fcntl,3,F_SETSIG,9", {}, SOFT),
    ("see a sibling's limits", "call=prlimit64,SIBLING,RLIMIT_NOFILE,0,0", {},
     SOFT),
    ("slow a sibling down", "call=setpriority,0,SIBLING,19", {}, SOFT),
    ("move a sibling to another processor",
     "call=sched_setaffinity,SIBLING,0,0", {}, SOFT),
    ("trace a sibling", "call=ptrace,PTRACE_ATTACH,SIBLING,0,0", {},
     "killed"),
    ("trace it another way", "call=ptrace,PTRACE_SEIZE,SIBLING,0,0", {},
     "killed"),
    ("be traced", "call=ptrace,0,0,0,0", {}, "killed"),
    ("read a sibling's memory", "call=process_vm_readv,SIBLING,0,0,0,0,0", {},
     "killed"),
    ("write a sibling's memory", "call=process_vm_writev,SIBLING,0,0,0,0,0",
     {}, "killed"),
    ("open a sibling", "call=pidfd_open,SIBLING,0", {}, "killed"),
    ("take a sibling's descriptor", "call=pidfd_getfd,3,3,0", {}, "killed"),
    ("write to a terminal", "call=ioctl,3,TIOCSTI,0", {}, SOFT),
    # privileges
    ("leave a core", "core", {}, SOFT),
    ("be dumpable again", "call=prctl,4,1,0,0,0", {}, SOFT),
    ("change its root directory", "call=chroot,0", {}, "killed"),
    ("mount", "call=mount,0,0,0,0,0", {}, "killed"),
    ("have namespaces of its own", "call=unshare,CLONE_NEWUSER", {},
     "killed"),
    ("enter another's", "call=setns,3,0", {}, "killed"),
    ("open a file by its handle", "call=open_by_handle_at,3,0,0", {},
     "killed"),
    # softly, as libraries ask for it and do without
    ("ask about a file system", "call=statfs,0,0", {}, SOFT),
    ("be told of changed files", "call=inotify_init1,0", {}, SOFT),
    ("name itself", "call=prctl,15,0,0,0,0", {}, SOFT),
    ("choose a scheduler", "call=sched_setscheduler,0,0,0", {}, SOFT),
    ("use a barrier", "call=membarrier,0,0,0", {}, SOFT),
]
tries += [("call " + name, "call=" + name, {}, "killed") for name in (
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
    "setgroups", "bpf", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "userfaultfd", "perf_event_open", "keyctl",
    "add_key", "request_key", "init_module", "finit_module", "delete_module",
    "kexec_load", "reboot", "swapon", "pivot_root", "umount2", "move_mount",
    "fsopen", "open_tree", "process_madvise", "kcmp", "quotactl", "acct",
    "personality", "name_to_handle_at", "seccomp", "pidfd_send_signal",
    "ioperm", "iopl")]


def expected(p, can, others):
    """The set of what may come of it."""
    if p in can:
        return {"could"}
    return {others} if isinstance(others, str) else others


def check(p, name, what, can, others, *exceptions):
    # A dictionary in its place names those that get something else.
    if exceptions:
        others = others.get(p, exceptions[0])
    what = "=".join(what.split("=", 1)[:1] + [",".join(
        number(a) for a in what.split("=", 1)[1].split(","))]
        if "=" in what else [what])
    what = what.replace("SIBLING", str(siblings[p])).replace(
        "PARENT", str(lab.process.pid))
    want = expected(p, can, others)
    got = attempt(p, what)
    verb = "can" if want == {"could"} else "is killed when it tries to" \
        if want == {"killed"} else "can't"
    if not ok(got in want, "%s %s %s" % (p, verb, name)):
        note("%s: %s, and not one of %r" % (what, got, sorted(want)))


def clean(p):
    for name in ("open/made", "etc/open/made"):
        if os.path.exists("%s/%s" % (roots[p], name)):
            os.unlink("%s/%s" % (roots[p], name))


for p in PROCESSES:
    clean(p)
    for t in tries:
        check(p, *t)
    if landlock[p] >= 4:
        got = attempt(p, "ports=%d,%d" % (port, port))
        ok(got == "could" if p in NET else got in SOFT, "%s can%s connect to "
           "a port that it has named" % (p, "" if p in NET else "'t"))
        ok(attempt(p, "ports=%d,%d" % (port ^ 1, port)) in SOFT,
           "%s can't connect to another one then" % p)
    same(attempt(p, "nonsense"), "status 2", "%s tries nothing else" % p)
    if p == K:
        continue
    # The check of a configuration has even less.
    got = {what: attempt(p, what, "-n", "-c", roots[W]) for what in (
        "read=/open/file", "write=/open/file", "make=/open/made")}
    ok(set(got.values()) <= LANDLOCK if p not in NET else
       got["write=/open/file"] in LANDLOCK and
       got["make=/open/made"] in LANDLOCK,
       "%s in check mode writes nothing: %r" % (p, got))
ok(all(os.path.exists("/proc/%d" % pid) for pid in pids.values()),
   "nobody has come to harm")
same({p: lab.pid(p) for p in PROCESSES}, pids, "and nobody was replaced")
same(lab.stop(), 0, "the daemon stops")
done()
