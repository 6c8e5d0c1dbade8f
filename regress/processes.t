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
what it can reach, what it is linked with and whom it can speak to."""

import http.client
import pwd
import stat

from channels import *

CHILDREN = ["web", "engine", "executor", "github", "notifier", "worker"]
USERS = {"web": "_apweb", "engine": "_apengine", "executor": "_apexec",
         "github": "_apgithub", "notifier": "_apnotify", "worker": "_apwork"}
ROOMS = {"parent": "applikatonid/applikatonid", "worker": "executor/worker",
         "control": "applikatonictl/applikatonictl"}

lab = Lab(hosts=1)
host, = lab.hosts
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["touch $DIR/ran.{{.CommitSha}}; "
                                   "while test -e $DIR/hold; "
                                   "do sleep 0.05; done"]}},
    stages=["ONE"], more='\t\tnotify webhook "https://127.0.0.1:%d/"' %
    free_port())))
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

# ---- who can speak to whom

edges = peers(pids)
hub = {("web", "engine"), ("github", "engine"), ("notifier", "engine"),
       ("executor", "engine")}
want = {e for a, b in hub | {(n, "parent") for n in CHILDREN[:-1]} |
        {("worker", "executor")} for e in ((a, b), (b, a))}
same(set(edges), want, "the engine is the hub; there is no other edge")

# ---- what they say of themselves

with Seat(pids, "web", "parent") as seat:
    seat.say(frame("MSG_LOG", b"\xff" + string(
        "\x1b[2J forged\nparent: forged line %s%n")))
lab.ctl("show")
wait_for("the line", lambda: "forged" in lab.log())
ok(re.search(r"^web: .*forged.*parent: forged line", lab.log(), re.M) and
   not re.search(r"^parent: forged", lab.log(), re.M) and
   "\x1b" not in lab.log(),
   "a log line is one line, under its process' name, without controls")
same({name: lab.pid(name) for name in CHILDREN},
     {name: pids[name] for name in CHILDREN}, "no process has died of it")
os.unlink(host.path("hold"))
d, log = lab.finish(id)
same(d["state"], "successful", "the deployment comes to its end")

# ---- who breaks the framing is given a new channel, or is started again

with Seat(pids, "web", "engine") as seat:
    seat.say(HEADER.pack(1, 3, 0, 0))
wait_for("an end of the channel", lambda: "channel broken" in lab.log())


def answers():
    try:
        return lab.get("/shop", "alice").status == 200
    except (OSError, http.client.HTTPException):
        return False


wait_for("requests", answers)
ok(True, "web answers again")
same(lab.stop(), 0, "the daemon stops")
done()
