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

"""The walls between the processes, as the kernel sees them: who each one is,
what it can reach and what it is linked with; which secrets lie in whose
memory; and that words which a process may not say are refused by those who
hear them, while everything goes on."""

import ctypes
import http.client
import pwd
import select
import sqlite3
import stat

from lab import *

CHILDREN = ["web", "engine", "executor", "github", "notifier", "worker"]
USERS = {"web": "_apweb", "engine": "_apengine", "executor": "_apexec",
         "github": "_apgithub", "notifier": "_apnotify", "worker": "_apwork"}
ROOMS = {"parent": "applikatonid/applikatonid", "worker": "executor/worker",
         "control": "applikatonictl/applikatonictl"}

hold = {"web": '''
        set secret Password "option-that-nobody-tells"
        script ONE {
                "touch $DIR/ran.{{.CommitSha}}; \\
while test -e $DIR/hold; do sleep 0.05; done"
                "true {{.Password}}"
        }'''}
lab = Lab(hosts=1)
host, = lab.hosts
keygen(lab.dir + "/etc/other")
with open(lab.dir + "/etc/other.pub") as f, \
     open(lab.dir + "/authorized_keys", "a") as g:
    g.write(f.read())
hook = "https://127.0.0.1:%d/hook-that-nobody-tells" % free_port()
lab.configure(lab.application(
    lab.target("production", hold, stages=["ONE"],
               more='\t\tnotify webhook "%s"' % hook),
    lab.target("staging", hold, stages=["ONE"], key="other"),
    lab.target("quick", {"web": {"ONE": ["touch $DIR/quick"]}},
               stages=["ONE"])))
os.chmod(lab.conf_path, 0o600)
# What root has must not be handed down.
os.setgroups([0, 1, 2, 100])
os.umask(0)
os.environ["HANDED_DOWN"] = "by root"
lab.start()
open(host.path("hold"), "w").close()
id = lab.deploy(stages=["ONE"])
wait_for("the command", lambda: host.read("ran." + SHA) is not None)
pids = {name: lab.pid(name) for name in CHILDREN}
pids["parent"] = lab.process.pid
same([n for n in pids if pids[n] is None], [], "all processes run")


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


def link(name, what):
    return os.readlink("/proc/%d/%s" % (pids[name], what))


def fds(name):
    r = {}
    for fd in os.listdir("/proc/%d/fd" % pids[name]):
        try:
            r[int(fd)] = link(name, "fd/" + fd)
        except FileNotFoundError:
            pass
    return r


# ---- who they are

uids = set()
for name in CHILDREN:
    s = status(pids[name])
    pw = pwd.getpwnam(USERS[name])
    uids.add((pw.pw_uid, pw.pw_gid))
    same(([int(x) for x in s["Uid"].split()],
          [int(x) for x in s["Gid"].split()], s["Groups"].strip()),
         ([pw.pw_uid] * 4, [pw.pw_gid] * 4, ""),
         "%s is %s for good and in no other group" % (name, USERS[name]))
    same((s["NoNewPrivs"], s["Seccomp"]), ("1", "2"),
         "it has no way to privileges, and a filter of system calls")
    same([int(s[c], 16) for c in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
         [0] * 4, "it has no capabilities")
    same(s["Umask"], "0077", "what it writes is its own")
    same(s["Threads"], "1", "it is one thread")
    with open("/proc/%d/environ" % pids[name], "rb") as f:
        same(f.read(), b"", "its environment is empty")
    with open("/proc/%d/limits" % pids[name]) as f:
        same(re.search(r"Max core file size +(\S+) +(\S+)",
                       f.read()).groups(), ("0", "0"), "it dumps no core")
    same(os.stat("/proc/%d/mem" % pids[name]).st_uid, 0,
         "nobody who has its user can look into it")
same(len({u for u, _ in uids} | {g for _, g in uids}) >= len(CHILDREN) and
     len({u for u, _ in uids}) == len({g for _, g in uids}) == len(CHILDREN),
     True, "each has a user and a group of its own")
with open("/proc/%d/limits" % pids["parent"]) as f:
    same(re.search(r"Max core file size +(\S+)", f.read()).group(1), "0",
         "the parent dumps no core")

# ---- what they can reach

roots = {name: link(name, "root") for name in CHILDREN}
same([n for n in CHILDREN if roots[n] == "/"], [],
     "each has a root directory of its own")
same([n for n in CHILDREN if link(n, "cwd") != roots[n]], [],
     "and is in it")
same([os.listdir(roots[n]) for n in ("web", "executor")], [[], []],
     "web's and executor's are empty")
same(roots["engine"], lab.dir + "/db", "the engine's has the database")
same([f for f in os.listdir(roots["engine"]) if
      not f.startswith("applikatoni.db")], [], "and nothing else")
for name in CHILDREN:
    if name == "engine":
        continue
    bad, files = [], set()
    for path, dirs, names in os.walk(roots[name]):
        for each in [path] + [path + "/" + n for n in names]:
            st = os.lstat(each)
            files.add(os.path.relpath(each, roots[name]))
            if st.st_uid != 0 or st.st_mode & 0o022 or \
               stat.S_ISLNK(st.st_mode):
                bad.append(each)
    same(bad, [], "%s can write nowhere" % name)
    same({f for f in files if not re.fullmatch(
        r"\.|etc|usr(/share)?|etc/(resolv\.conf|hosts|nsswitch\.conf|"
        r"host\.conf|gai\.conf|services|localtime)|usr/share/zoneinfo.*",
        f)}, set(), "and read what it needs at most")
st = os.stat(lab.dir + "/db")
same((st.st_uid, stat.S_IMODE(st.st_mode)),
     (pwd.getpwnam("_apengine").pw_uid, 0o700),
     "the database's directory is the engine's alone")

ALLOWED = {n: r"socket:|anon_inode:\[event(poll|fd)\]|pipe:" for n in CHILDREN}
ALLOWED["engine"] += r"|" + re.escape(lab.dir) + r"/db/applikatoni\.db(-\w+)?"
for name in CHILDREN:
    open_now = fds(name)
    same([open_now.get(n) for n in (0, 1)], ["/dev/null"] * 2,
         "%s has no terminal" % name)
    same({fd: f for fd, f in open_now.items() if fd > 2 and
          not re.match(r"(%s)" % ALLOWED[name], f)}, {},
         "and no descriptor but channels and what is its own")
    ok(open_now[2] in ("/dev/null", lab.log_path), "nor another's log")


def network(*args):
    """{process: its sockets of the internet}"""
    out = subprocess.run(["ss", "-Hnap", *args], check=True,
                         capture_output=True, text=True).stdout
    return {name: [line for line in out.splitlines()
                   if "pid=%d," % pids[name] in line] for name in CHILDREN}


tcp, udp = network("-t"), network("-u")
same([n for n in ("engine", "executor") if tcp[n] or udp[n]], [],
     "engine and executor have no socket of the internet")
same([line.split()[0] for line in tcp["web"] + udp["web"]], ["LISTEN"],
     "web has the one that it listens on")
same([line.split()[4] for line in tcp["worker"]], [host.origin],
     "a worker has one to its host")

# ---- what they are made of

COMMON = {"libevent_core-2.1", "libbsd", "libmd", "libseccomp", "libc"}
NEEDED = {
    "web": COMMON | {"libwslay"},
    "engine": COMMON | {"libsqlite3", "libjansson", "libcrypto"},
    "executor": COMMON | {"libcrypto"},
    "worker": COMMON | {"libcrypto", "libssh2", "libevent_extra-2.1"},
    "github": COMMON | {"libcurl", "libjansson", "libcrypto"},
    "notifier": COMMON | {"libcurl", "libjansson"},
    "parent": COMMON - {"libseccomp"} | {"libjansson"},
    "control": COMMON - {"libseccomp"} | {"libjansson"},
}
needed = {}
for name, allowed in NEEDED.items():
    out = subprocess.run(
        ["readelf", "-d", "%s/%s" % (TOP, ROOMS.get(
            name, "%s/%s" % (name, name)))], check=True,
        capture_output=True, text=True).stdout
    needed[name] = {n.split(".so")[0] for n in re.findall(
        r"NEEDED.*\[(.*)\]", out)}
    same({n for n in needed[name] - allowed if not re.match(
        r"ld-linux|lib[alut]san|libubsan", n)}, set(),
        "%s needs no library beyond its own" % name)
for lib, owners in (("libssh2", {"worker"}), ("libsqlite3", {"engine"}),
                    ("libcurl", {"github", "notifier"}),
                    ("libwslay", {"web"})):
    same({n for n in needed if lib in needed[n]} - owners, set(),
         "%s is needed by nobody but %s" % (lib, " and ".join(sorted(
             owners))))
ok("libssh2" in needed["worker"] and "libsqlite3" in needed["engine"],
   "who by them")

# ---- whose memory has which secret


def memory_has(name, what):
    with open("/proc/%d/maps" % pids[name]) as maps, \
         open("/proc/%d/mem" % pids[name], "rb", 0) as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if m is None:
                continue
            begin, end = (int(x, 16) for x in m.groups())
            if end - begin > 1 << 32:
                continue  # a sanitizer's shadow, not memory of ours
            try:
                mem.seek(begin)
                if what in mem.read(end - begin):
                    return True
            except (OSError, ValueError):
                pass
    return False


def key_bytes(path):
    """The bytes that are secret in an ed25519 key, and a line of its file."""
    with open(path) as f:
        lines = f.read().splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))
    with open(path + ".pub") as f:
        public = base64.b64decode(f.read().split()[1])[-32:]
    at = blob.rindex(public)
    return blob[at - 32:at], lines[3].encode()


seed, line = key_bytes(lab.dir + "/etc/key")
other_seed, other_line = key_bytes(lab.dir + "/etc/other")
secrets = {
    "the key of the target": ((seed, line), {"parent", "executor", "worker"}),
    "another target's key": ((other_seed, other_line),
                             {"parent", "executor"}),
    "a secret option": ((b"option-that-nobody-tells",),
                        {"parent", "executor", "worker"}),
    "a receiver's address": ((b"hook-that-nobody-tells",),
                             {"parent", "notifier"}),
    "an API token": ((lab.token("alice").encode(),), set()),
}
for what, (values, owners) in secrets.items():
    found = {n for n in pids if any(memory_has(n, v) for v in values)}
    same(found - owners, set(), "%s lies in no memory but %s" % (
        what, "that of " + ", ".join(sorted(owners)) if owners else "nobody's"))
ok(memory_has("executor", b"option-that-nobody-tells") and
   memory_has("notifier", b"hook-that-nobody-tells"),
   "where it is needed it is found")
same([w for w in ("option-that-nobody-tells", "hook-that-nobody-tells",
                  line.decode(), lab.token("alice")) if w in lab.log()], [],
     "none is in the log")

# ---- what they say to each other

with open(TOP + "/common/msg.h") as f:
    enum = re.search(r"enum msg_type \{(.*?)\};", f.read(), re.S).group(1)
TYPES = {name: n for n, name in enumerate(re.findall(
    r"^\s*(MSG_\w+)", re.sub(r"/\*.*?\*/", "", enum, flags=re.S), re.M))}


def string(s):
    b = s.encode()
    return struct.pack(">I", len(b)) + b + b"\0"


def number(n):
    return struct.pack(">Q", n)


def strings(*v):
    return struct.pack(">I", len(v)) + b"".join(map(string, v))


def frame(kind, body=b"", id=0):
    return struct.pack("=IIII", TYPES.get(kind, kind), 16 + len(body), id,
                       1) + body


def peers():
    """{(process, fd): process at the other end} of all channels."""
    out = subprocess.run(["ss", "-xpH"], check=True, capture_output=True,
                         text=True).stdout
    ends = {}
    for line in out.splitlines():
        m = re.search(r"\* (\d+) +\* (\d+) +users:\(\((.*)\)\)", line)
        if m is None:
            continue
        for pid, fd in re.findall(r"pid=(\d+),fd=(\d+)", m.group(3)):
            ends[int(m.group(1))] = (int(pid), int(fd), int(m.group(2)))
    names = {pid: name for name, pid in pids.items()}
    return {(names[pid], names[ends[peer][0]]): fd
            for pid, fd, peer in ends.values()
            if pid in names and peer in ends and ends[peer][0] in names and
            ends[peer][0] != pid}


def getfd(pid, fd):
    """A copy of a descriptor of another process."""
    libc = ctypes.CDLL(None, use_errno=True)
    p = os.pidfd_open(pid)
    got = libc.syscall(438, p, fd, 0)
    os.close(p)
    if got == -1:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return got


edges = peers()
hub = {("web", "engine"), ("github", "engine"), ("notifier", "engine"),
       ("executor", "engine")}
want = {e for a, b in hub | {(n, "parent") for n in CHILDREN[:-1]} |
        {("worker", "executor")} for e in ((a, b), (b, a))}
same(set(edges), want, "the engine is the hub; there is no other edge")


def say(sender, receiver, data):
    """What this process says to another one, without its knowledge."""
    fd = getfd(pids[sender], edges[sender, receiver])
    s = socket.socket(fileno=fd)
    left = memoryview(data)
    while left:
        select.select([], [s], [], TIME_LIMIT)
        left = left[s.send(left):]
    s.close()


def forge(sender, receiver, data, what, kind):
    n = len(lab.log())
    say(sender, receiver, data)
    pattern = r"%s: (deployment=\d+ \")?message refused: from=%s type=%d " % (
        receiver, sender, TYPES.get(kind, kind))
    try:
        wait_for(pattern, lambda: re.search(pattern, lab.log()[n:]), 10)
        ok(True, "%s to %s: %s is refused" % (sender, receiver, what))
    except TimeoutError:
        ok(False, "%s to %s: %s is refused" % (sender, receiver, what))
        note(lab.log()[n:])


WHO = b"\x02" + string(lab.token("alice")) + string("127.0.0.1")
ORDER = (string("shop"), string("quick"), string(SHA), strings("ONE"))
sane = {
    "MSG_RUN": number(999) + b"".join(ORDER),
    "MSG_CTL_TOKEN_ADD": string("alice") + string("deploy") + string("") +
    string("") + struct.pack(">I", 0),
    "MSG_CTL_LOGIN": string("alice"),
    "MSG_VIEW": WHO + b"\0" + string("") + string("") + number(0) + number(0),
    "MSG_DEPLOY": WHO + string("shop") + string("quick") + string(SHA) +
    string("") + string("c") + strings("ONE"),
    "MSG_DELIVERED": number(1) + b"\0" + string("") + struct.pack(">I", 0),
    "MSG_JOB_END": number(id) + number(1) + b"\0" + string(""),
    "MSG_JOB_KILL": number(id) + string("x"),
    "MSG_WORKER_WANTED": number(999),
    "MSG_RELOAD": b"",
    "MSG_VERBOSE": b"\x01",
    "MSG_LOG_CLOSE": b"",
    "MSG_READY": string("x"),
    "MSG_CONF": b"\x01" + struct.pack(">I", 0),
    "MSG_STOP": b"",
    "MSG_PEER": b"\x02",
    "MSG_REPLY": struct.pack(">I", 200) + b"\x01" + string("") + string(""),
    "MSG_DELIVER": number(1) + string("webhook-x") + string("shop") +
    string("quick") + number(1) + 3 * string("") + 4 * string(""),
    "MSG_JOB": b"\x01" + struct.pack(">I", 0),
}
for sender, receiver, kind in (
        ("web", "engine", "MSG_RUN"),
        ("web", "engine", "MSG_CTL_TOKEN_ADD"),
        ("web", "engine", "MSG_DELIVERED"),
        ("web", "engine", "MSG_JOB_END"),
        ("web", "engine", "MSG_STOP"),
        ("web", "parent", "MSG_RELOAD"),
        ("web", "parent", "MSG_WORKER_WANTED"),
        ("web", "parent", "MSG_VERBOSE"),
        ("web", "parent", "MSG_CONF"),
        ("github", "engine", "MSG_VIEW"),
        ("github", "engine", "MSG_DELIVERED"),
        ("github", "parent", "MSG_RELOAD"),
        ("notifier", "engine", "MSG_DEPLOY"),
        ("notifier", "engine", "MSG_JOB_END"),
        ("notifier", "engine", "MSG_CTL_LOGIN"),
        ("notifier", "parent", "MSG_WORKER_WANTED"),
        ("executor", "engine", "MSG_VIEW"),
        ("executor", "engine", "MSG_DELIVERED"),
        ("executor", "engine", "MSG_CTL_LOGIN"),
        ("executor", "parent", "MSG_RELOAD"),
        ("executor", "worker", "MSG_RUN"),
        ("engine", "parent", "MSG_WORKER_WANTED"),
        ("engine", "parent", "MSG_CONF"),
        ("engine", "executor", "MSG_JOB"),
        ("engine", "executor", "MSG_CTL_LOGIN"),
        ("engine", "executor", "MSG_STOP"),
        ("engine", "web", "MSG_DEPLOY"),
        ("engine", "notifier", "MSG_JOB_KILL"),
        ("worker", "executor", "MSG_RUN"),
        ("worker", "executor", "MSG_WORKER_WANTED"),
        ("worker", "executor", "MSG_JOB_KILL")):
    forge(sender, receiver, frame(kind, sane[kind], 7), kind, kind)
for sender, receiver in (("web", "engine"), ("web", "parent"),
                         ("worker", "executor"), ("notifier", "parent")):
    forge(sender, receiver, frame(0), "type 0", 0)
    forge(sender, receiver, frame(54321, b"x" * 100), "an unknown type", 54321)
body = sane["MSG_VIEW"]
forge("web", "engine", frame("MSG_VIEW", body[:-1], 7), "half a field",
      "MSG_VIEW")
forge("web", "engine", frame("MSG_VIEW", body + b"\0", 7), "a byte too much",
      "MSG_VIEW")
forge("web", "engine", frame("MSG_VIEW", b"", 7), "no field at all",
      "MSG_VIEW")
forge("web", "engine", frame("MSG_LOG_CLOSE", b"x", 7), "bytes after all",
      "MSG_LOG_CLOSE")
forge("web", "engine", frame("MSG_VIEW", body.replace(
    lab.token("alice").encode(), b"\0" * 43), 7), "a NUL in a string",
    "MSG_VIEW")
forge("web", "engine", frame("MSG_VIEW", WHO[:1] + struct.pack(
    ">I", 0xffffffff) + WHO[5:], 7), "a length beyond all", "MSG_VIEW")
forge("notifier", "engine", frame("MSG_DELIVERED", b"\0" * 8), "a short body",
      "MSG_DELIVERED")
forge("web", "parent", frame("MSG_READY", string("x") + b"y"),
      "a byte too much", "MSG_READY")
forge("worker", "executor", frame("MSG_JOB_END", number(id)), "a short body",
      "MSG_JOB_END")
forge("executor", "engine", frame(
    "MSG_JOB_ENTRIES", number(id) + number(1) + struct.pack(">I", 1) +
    struct.pack(">I", 1 << 30)), "data that is not there", "MSG_JOB_ENTRIES")

# Words of the right form, about what there is not: nothing comes of them.
n = len(lab.log())
for run in ((number(0), *ORDER),
            (number(1001), string("none"), *ORDER[1:]),
            (number(1002), ORDER[0], string("none"), *ORDER[2:]),
            (number(1003), *ORDER[:2], string("; touch /tmp/x"), ORDER[3]),
            (number(1004), *ORDER[:2], string("$(id)" + SHA[5:]), ORDER[3]),
            (number(1005), *ORDER[:3], strings("NONE")),
            (number(1006), *ORDER[:3], strings("ONE", "ONE")),
            (number(1007), *ORDER[:3], strings())):
    say("engine", "executor", frame("MSG_RUN", b"".join(run)))
wait_for("the refusals", lambda: lab.log()[n:].count(
    "executor: order refused") >= 8)
ok(True, "the executor refuses orders that don't fit its configuration")
same(host.read("quick"), None, "and nothing of them is run")
say("executor", "engine", frame("MSG_JOB_ANNOUNCE", number(999) + number(1)))
say("executor", "engine", frame("MSG_JOB_ENTRIES", number(999) + number(1) +
                                struct.pack(">I", 0) + struct.pack(">I", 0)))
say("executor", "engine", frame("MSG_JOB_END", number(999) + number(1) +
                                b"\xff" + string("x")))
say("executor", "engine", frame("MSG_JOB_PROGRESS", number(999) + string("X") +
                                struct.pack(">IIII", 1, 2, 3, 4)))
say("notifier", "engine", frame("MSG_DELIVERED", number(12345) + b"\xff" +
                                string("x") + struct.pack(">I", 2 ** 32 - 1)))
say("web", "engine", frame("MSG_LOG_CREDIT", struct.pack(">I", 2 ** 32 - 1),
                           4711))
say("web", "engine", frame("MSG_LOG_CLOSE", b"", 4711))
say("web", "engine", frame("MSG_VIEW", b"\xff" + WHO[1:] + b"\xff" + string(
    "\x01") + string("%n") + number(2 ** 64 - 1) + number(2 ** 64 - 1), 4712))
say("engine", "web", frame("MSG_REPLY", sane["MSG_REPLY"], 4713))
say("web", "parent", frame("MSG_LOG", b"\xff" + string(
    "\x1b[2J forged\nparent: forged line %s%n")))
lab.get("/shop", "alice")
lab.ctl("show")
wait_for("the line", lambda: "forged" in lab.log())
ok(re.search(r"^web: .*forged.*parent: forged line", lab.log(), re.M) and
   not re.search(r"^parent: forged", lab.log(), re.M) and
   "\x1b" not in lab.log(),
   "a log line is one line, under its process' name, without controls")

same({name: lab.pid(name) for name in CHILDREN},
     {name: pids[name] for name in CHILDREN}, "no process has died of it")
same(lab.deployment(id)["state"], "active", "the deployment has not noticed")
same(len(lab.ctl_json("deployments")["deployments"]), 1, "no other is there")
os.unlink(host.path("hold"))
d, log = lab.finish(id)
same(d["state"], "successful", "it comes to its end")
d, log = lab.run(target="quick", stages=["ONE"])
same((d["state"], host.read("quick")), ("successful", ""),
     "and the next one runs")

# ---- a worker that lies costs its own deployment

# Entries of another deployment, of a type that only the engine makes, of none
# such; half an entry.
ENTRY = number(1) + string("applikatoni") + struct.pack(">I", 0)
for what, of, skip, entry in (("another's", 1, 1, b"\x03\0" + ENTRY),
                              ("later", 0, 2, b"\x03\0" + ENTRY),
                              ("the engine's", 0, 1, b"\x0a\0" + ENTRY),
                              ("no", 0, 1, b"\xff\0" + ENTRY),
                              ("half", 0, 1, b"\x03\0")):
    open(host.path("hold"), "w").close()
    sha = os.urandom(20).hex()
    id = lab.deploy(stages=["ONE"], sha=sha)
    wait_for("the command", lambda: host.read("ran." + sha) is not None)
    # DEPLOYMENT_START, STAGE_START, COMMAND_START: the first is the engine's.
    wait_for("its entries", lambda: lab.deployment(id)["entries"] == 3)
    db = sqlite3.connect("file:%s/db/applikatoni.db?mode=ro" % lab.dir,
                         uri=True)
    seq, = db.execute("SELECT seq FROM deployments WHERE id = ?",
                      (id,)).fetchone()
    db.close()
    pids["worker"] = lab.pid("worker")
    edges = peers()
    say("worker", "executor", frame(
        "MSG_JOB_ENTRIES", number(id + of) + number(seq + skip) +
        struct.pack(">I", 1) + struct.pack(">I", len(entry)) + entry))
    if what in ("another's", "later"):
        lab.wait_log("worker misbehaves: deployment=%d " % id)
    else:
        lab.wait_log('message refused: from=executor name="job entries" '
                     "deployment=%d " % id)
        os.unlink(host.path("hold"))
    d, log = lab.finish(id)
    ok(d["ended_by"] == "daemon" and types(log)[-1] == "DEPLOYMENT_FAIL" and
       host.origin in log[-1]["message"],
       "a worker that says %s entries fails its deployment, which says where "
       "commands may still run" % what)
    if host.read("hold") is not None:
        os.unlink(host.path("hold"))
same({name: lab.pid(name) for name in CHILDREN[:-1]},
     {name: pids[name] for name in CHILDREN[:-1]}, "and nothing else")

# ---- broken framing ends a channel, not the daemon

say("web", "engine", struct.pack("=IIII", 1, 3, 0, 0))
wait_for("an end of the channel", lambda: "channel broken" in lab.log())


def answers():
    try:
        return lab.get("/shop", "alice").status == 200
    except (OSError, http.client.HTTPException):
        return False


wait_for("requests", answers)
ok(True, "who breaks the framing is given a new channel, or is started again")
d, log = lab.run(target="quick", stages=["ONE"])
same(d["state"], "successful", "and the daemon deploys")
same(lab.stop(), 0, "the daemon stops")
done()
