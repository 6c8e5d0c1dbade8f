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

"""applikatonictl and its socket: every command, for people and as JSON; its
errors; who may use it; backup, reload, drain; a second daemon; and a daemon
that is not root's."""

import grp
import shutil
import sqlite3
import socket
import stat
import struct
import threading

from lab import *

hold = {"web": {"ONE": ["echo 1; while test -e $DIR/hold; do sleep 0.05; done",
                        "printf 'a\\033[31mb\\tc\\n'"]}}
lab = Lab(hosts=1)
host, = lab.hosts


def configure(more="", **kw):
    lab.configure(lab.application(
        lab.target("production", hold, stages=["ONE"]),
        lab.target("staging", hold, stages=["ONE"]),
        readers=["bob", "carol", "dave", "erin2", "erin"]), more=more, **kw)


def fails(*args, status=1):
    """The one line that a command which must fail prints."""
    r = lab.ctl(*args, check=False)
    text = r.stderr.decode()
    if r.returncode != status or r.stdout != b"" or text.count("\n") != 1 or \
       not text.startswith("applikatonictl: "):
        raise RuntimeError("%r: %r" % (args, r))
    return text[len("applikatonictl: "):-1]


def refused(*args):
    try:
        return fails(*args)
    except RuntimeError as e:
        note(e)
        return None


def table(*args):
    """A table for people, as a list of dictionaries."""
    lines = lab.ctl(*args).stdout.decode().split("\n\n")[0].splitlines()
    starts = [m.start() for m in re.finditer(r"(?<!\S)\S", lines[0])] + [None]
    return [{lines[0][a:b].strip(): line[a:b].strip()
             for a, b in zip(starts, starts[1:])} for line in lines[1:]]


# ---- before there is a daemon

ok("running" in refused("show"), "without a daemon there is one line")
r = lab.ctl("nonsense", check=False)
ok(r.returncode == 1 and r.stdout == b"" and
   r.stderr.startswith(b"usage: applikatonictl") and
   r.stderr.count(b"\n") > 10, "an unknown command prints how it is used")
commands = [line[len("       applikatonictl "):] for line in
            r.stderr.decode().splitlines()[1:]]
r = lab.ctl(check=False)
ok(r.returncode == 1 and r.stderr.startswith(b"usage:"), "so does none")
bad = [args for args in (
    ("token", "add"), ("token", "add", "a", "b"), ("token", "add", "a", "-x"),
    ("token", "add", "a", "-r"), ("login",), ("kill",), ("kill", "1", "2"),
    ("deploy",), ("deploy", "-u", "alice", "shop", "production", SHA, "ONE"),
    ("backup",), ("show", "x"), ("user", "add"), ("log",), ("reload", "x"))
    if not (refused(*args) or "").startswith("usage: applikatonictl ")]
same(bad, [], "a command with wrong arguments prints how it is used")
bad = [args for args in (
    ("kill", "x"), ("log", "0x1"), ("token", "revoke", "1.5"),
    ("deployments", "-n", "x"), ("token", "add", "alice", "-e", "1d"))
    if " is " not in (refused(*args) or "")]
same(bad, [], "what is not a number is refused before anything is asked")
ok(re.fullmatch(rb"applikatonictl \S+\n", lab.ctl("-V").stdout),
   "-V prints the version")

configure()
lab.start()

# ---- an engine that answers oddly


class Odd:
    """In place of the engine: answers anything with these messages."""

    def __init__(self, *messages, again=False):
        self.path = lab.dir + "/odd.sock"
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.messages, self.again = messages, again
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(1)
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        c, _ = self.socket.accept()
        c.recv(65536)
        try:
            while True:
                for m in self.messages:
                    c.sendall(m)
                if not self.again:
                    break
        except OSError:
            pass
        c.close()
        self.socket.close()

    def ctl(self, *args):
        return subprocess.run([CTL, "-s", self.path, *args],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIME_LIMIT)


with open(TOP + "/common/msg.h") as f:
    numbers = re.findall(r"^\t(MSG_\w+)", f.read(), re.M)


def message(name, body):
    return struct.pack("=IIII", numbers.index(name), 16 + len(body), 1, 0) + body


def data(value):
    value = json.dumps(value).encode() + b"\n"
    return message("MSG_CTL_DATA", struct.pack(">I", len(value)) + value)


def end(good, text):
    return message("MSG_CTL_END", bytes([good]) +
                   struct.pack(">I", len(text)) + text + b"\0")


evil = "\x1b[2J\x9b1m"
entry = {"id": 1, "timestamp": "2026-01-02T" + evil + evil + evil,
         "origin": "h" + evil, "entry_type": "T" + evil, "message": evil}
r = Odd(data(entry), end(0, b"no \x1b[2J\x9b1m\xc2\x9b")).ctl("log", "1")
ok(r.returncode == 1 and not re.search(rb"[\x1b\x80-\x9f]",
                                       r.stdout + r.stderr) and
   r.stderr == b"applikatonictl: no ^[[2J\\x9b1m\\x9b\n",
   "no field of an answer does anything to the terminal")
bad = [m for m in (b"", b"x" * 100, data(entry)[:-1], end(1, b"") + b"x",
                   message("MSG_CTL_END", b""), message("MSG_RUN", b""),
                   message("MSG_CTL_DATA", struct.pack(">I", 99)))
       for r in (Odd(m).ctl("log", "1"),)
       if m != end(1, b"") + b"x" and (r.returncode != 1 or not r.stderr)]
same(bad, [], "an answer that is none is an error")
r = Odd(data(1), end(1, b"")).ctl("show")
ok(r.returncode in (0, 1), "so is JSON of another form")
odd = Odd(data(entry), again=True)
p = subprocess.Popen([CTL, "-s", odd.path, "log", "1"],
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
p.stdout.readline()
p.stdout.close()
same(p.wait(TIME_LIMIT), 1, "log ends when nobody reads it any more")

# ---- users

lab.ctl("user", "add", "alice")
users = lab.ctl_json("user", "list")["users"]
same([u["login"] for u in users], ["alice"], "user add makes a user")
same([u["login"] for u in table("user", "list")], ["alice"],
     "user list shows them to people, too")
same(lab.ctl("-j", "user", "add", "bob").returncode, 0, "with -j too")
bad = [n for n in ("", "a b", "a/b", "../x", "a\nb", "ä", "a" * 65, "a;b",
                   "<b>", "a\x1b[1m") if not refused("user", "add", n)]
same(bad, [], "names that are none are refused, in one line")
ok(all(c.isprintable() for c in refused("login", "\x1b]0;x\x07")),
   "which is fit for a terminal")
same(sorted(u["login"] for u in lab.ctl_json("user", "list")["users"]),
     ["alice", "bob"], "and nothing is made")
ok(refused("user", "add", "ALICE"), "a login is one whatever its case")

# ---- tokens

token = lab.ctl("token", "add", "alice").stdout.decode()
ok(re.fullmatch(r"[A-Za-z0-9_-]{43}\n", token), "token add prints a token")
same(lab.get("/shop", token=token.strip()).json["user"]["login"], "alice",
     "which is alice's")
short = lab.ctl("token", "carol").stdout.decode().strip()
same(lab.get("/", token=short).status, 200, "token USER is short for it")
made = lab.ctl_json("token", "add", "alice", "-r", "read", "-a", "shop", "-t",
                    "staging", "-e", "7")
same(lab.get("/shop", token=made["token"]).status, 200, "-j has it too")
tokens = lab.ctl_json("token", "list")["tokens"]
same([(t["user"], t["scope"], t["application"], t["target"],
       bool(t["expires_at"])) for t in tokens],
     [("alice", "deploy", None, None, False),
      ("carol", "deploy", None, None, False),
      ("alice", "read", "shop", "staging", True)], "token list")
listing = lab.ctl("token", "list").stdout.decode() + str(tokens)
ok(not any(t.strip() in listing for t in (token, short, made["token"])),
   "has no secrets")
same([t["scope"] for t in table("token", "list")],
     ["deploy", "deploy", "read"], "and is readable")
lab.ctl("token", "revoke", str(tokens[1]["id"]))
same(lab.get("/", token=short).status, 401, "token revoke ends one at once")
ok(refused("token", "revoke", str(tokens[1]["id"])), "once")
ok(refused("token", "revoke", "999999"), "one that there is not is refused")
bad = [args for args in (
    ("-r", "root"), ("-a", "none"), ("-t", "staging"),
    ("-a", "shop", "-t", "none"), ("-e", "99999999"))
    if not refused("token", "add", "alice", *args)]
same(bad, [], "a token for what there is not is refused")

# ---- links

link = lab.ctl("login", "dave").stdout.decode()
ok(re.fullmatch(re.escape(lab.url) + r"/-/login#[A-Za-z0-9_-]{43}\n", link),
   "login prints a link")
ok(lab.ctl_json("login", "dave")["url"].startswith(lab.url), "with -j too")
ok("dave" in str(lab.ctl_json("user", "list")), "and makes the user")
ok(refused("login", "stranger") and refused("token", "stranger"),
   "somebody who may read nothing gets neither link nor token")

# ---- processes

PROCESSES = {"parent", "web", "engine", "executor", "github", "notifier"}
show = lab.ctl_json("show")
pids = {p["name"]: p["pid"] for p in show["processes"]}
same(set(pids), PROCESSES, "show has every process")
same(pids, {n: lab.process.pid if n == "parent" else lab.pid(n)
            for n in PROCESSES}, "with its pid")
ok(all(p["started_at"] and (p["name"] == "parent" or
                            ("seccomp" in p["sandbox"] and
                             "no seccomp" not in p["sandbox"] and
                             "chroot" in p["sandbox"]))
       for p in show["processes"]), "since when, and what confines it")
same(show["deployments"], [], "and no deployments")
rows = table("show")
same({r["name"]: int(r["pid"]) for r in rows}, pids, "people see the same")

# ---- deployments

open(host.path("hold"), "w").close()
args = ("deploy", "-u", "alice", "-m", "a \x9b31m comment", "-b", "main",
        "shop", "production", SHA, "ONE")
id = int(lab.ctl(*args).stdout)
ok("%d" % id in refused(*args), "deploy prints a number; a second one is "
   "refused and told the first")
lab.wait_entry(id, lambda e: e["message"] == "1")
running = wait_for("its stage", lambda: [
    d for d in lab.ctl_json("show")["deployments"] if d["stage"] == "ONE"])
same([(d["id"], d["application"], d["target"], d["user"], d["hosts"],
       d["connected"]) for d in running],
     [(id, "shop", "production", "alice", 1, 1)],
     "show has running deployments with hosts and stage")
ok("worker" in str(lab.ctl_json("show")["processes"]) or
   lab.pid("worker") is not None, "a worker runs")
ok("production" in lab.ctl("show").stdout.decode().split("\n\n")[1],
   "for people too")
bad = [a for a in (
    ("-u", "bob", "-m", "c", "shop", "staging", SHA, "ONE"),
    ("-u", "nobody", "-m", "c", "shop", "staging", SHA, "ONE"),
    ("-u", "alice", "-m", "c", "none", "staging", SHA, "ONE"),
    ("-u", "alice", "-m", "c", "shop", "none", SHA, "ONE"),
    ("-u", "alice", "-m", "c", "shop", "staging", "123", "ONE"),
    ("-u", "alice", "-m", "a\x1b[2J", "shop", "staging", SHA, "ONE"),
    ("-u", "alice", "-m", "c", "shop", "staging", SHA, "TWO"))
    if not refused("deploy", *a)]
same(bad, [], "deploy has the rules of the page")
rows = lab.ctl_json("deployments")["deployments"]
same([(d["id"], d["state"]) for d in rows], [(id, "active")],
     "deployments lists it")
text = lab.ctl("deployments").stdout.decode()
ok(r"a \x9b31m comment" in text and "\x9b" not in text,
   "and a comment does nothing to the terminal")

# ---- a backup, meanwhile

backup = lab.dir + "/backup.db"
lab.ctl("backup", backup)
db = sqlite3.connect(backup)
same(db.execute("PRAGMA integrity_check").fetchone()[0], "ok",
     "a backup is a sound database")
ok((id,) in db.execute("SELECT id FROM deployments").fetchall(),
   "with the deployment that runs")
db.close()
same(stat.S_IMODE(os.stat(backup).st_mode), 0o600, "nobody else can read it")
with open(backup, "rb") as f:
    before = f.read()
ok("exists" in refused("backup", backup), "a file that is there is refused")
with open(backup, "rb") as f:
    ok(f.read() == before, "and left alone")
os.symlink(lab.dir + "/elsewhere", lab.dir + "/link")
ok(refused("backup", lab.dir + "/link") and
   not os.path.exists(lab.dir + "/elsewhere"), "a link is not followed")
ok(refused("backup", lab.dir + "/none/x"), "a directory must be there")
same(lab.deployment(id)["state"], "active", "the deployment goes on")

# ---- log and kill

p = subprocess.Popen([CTL, "-s", lab.socket, "log", str(id)],
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
ok("DEPLOYMENT_START" in p.stdout.readline().decode(),
   "log follows a deployment")
os.unlink(host.path("hold"))
out, err = p.communicate(timeout=TIME_LIMIT)
same((p.returncode, err), (0, b""), "to its end, and tells how it was")
ok(b" | a^[[31mb" in out and b"\x1b" not in out,
   "what a host prints does nothing to the terminal")
entries = [json.loads(line) for line in
           lab.ctl("-j", "log", str(id)).stdout.splitlines()]
same(entries, lab.entries(id), "with -j the entries come as JSON")
same([json.loads(line)["id"] for line in lab.ctl(
    "-j", "log", str(id), "-f", str(len(entries))).stdout.splitlines()],
    [len(entries)], "from the number that is wanted")
ok(refused("log", "999999"), "one that there is not is refused")
r = lab.ctl("deploy", "-w", *args[1:])
ok(r.returncode == 0 and b"DEPLOYMENT_SUCCESS" in r.stdout,
   "deploy -w shows the log and tells how it was")
open(host.path("hold"), "w").close()
p = subprocess.Popen([CTL, "-s", lab.socket, "deploy", "-w", *args[1:]],
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
id = wait_for("it runs", lambda: lab.ctl_json("show")["deployments"])[0]["id"]
lab.wait_entry(id, lambda e: e["message"] == "1")
same(lab.ctl("kill", str(id)).stdout, b"", "kill ends a deployment")
out, err = p.communicate(timeout=TIME_LIMIT)
same(p.returncode, 1, "deploy -w tells that it has failed")
ok(b"KILL_RECEIVED" in out, "after it has shown why")
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "person"), "by a person")
ok(refused("kill", str(id)), "what has ended can't be killed")
ok(refused("kill", "999999"), "nor what there is not")
same([lab.ctl("kill", n, check=False).stderr.decode().strip().split(": ")[-1]
      for n in (str(id), "999999")],
     ["this deployment is not running", "deployment not found"],
     "and it says which of both it is")
r = lab.ctl("log", str(id), check=False)
same((r.returncode, len(r.stdout.splitlines())), (1, len(log)),
     "log tells how an old one was, too")
same([len(lab.ctl_json("deployments", "-n", str(n))["deployments"])
      for n in (1, 2, 100)], [1, 2, 3], "deployments -n")

# ---- more or less words in the log

lab.ctl("log", "verbose")
n = len(lab.log())
lab.get("/shop", "alice")
wait_for("details", lambda: "request:" in lab.log()[n:])
ok(True, "log verbose logs details")
lab.ctl("log", "brief")
lab.wait_log("log level: brief")
n = len(lab.log())
lab.get("/shop", "alice")
lab.ctl("user", "add", "erin")
ok("request:" not in lab.log()[n:], "log brief does not")

# ---- answers as JSON

lab.ctl("token", "add", "bob")
last = lab.ctl_json("token", "list")["tokens"][-1]["id"]
bad = []
for args in (("user", "add", "erin2"), ("user", "list"), ("token", "list"),
             ("token", "revoke", str(last)), ("login", "bob"), ("show",),
             ("deployments",), ("reload",), ("log", "brief"),
             ("backup", lab.dir + "/second.db")):
    r = lab.ctl("-j", *args, check=False)
    if args[0] in ("backup",) and r.stdout == b"":
        continue
    try:
        if not isinstance(json.loads(r.stdout), dict) and r.returncode == 0:
            bad.append(args)
    except ValueError:
        bad.append((args, r))
same(bad, [], "with -j every answer is one JSON object")

# ---- reload

with open(lab.conf_path) as f:
    good = f.read()
with open(lab.conf_path, "a") as f:
    f.write('nonsense\nlimit connect 0\n')
line = good.count("\n") + 1
r = lab.ctl("reload", check=False)
text = r.stderr.decode()
ok(r.returncode == 1 and "%s:%d: " % (lab.conf_path, line) in text and
   "%s:%d: " % (lab.conf_path, line + 1) in text,
   "reload names all that is wrong, with file and line")
ok("%s:%d: " % (lab.conf_path, line) in lab.log(), "the log does too")
same({p["name"]: p["pid"] for p in lab.ctl_json("show")["processes"]}, pids,
     "and the daemon is as before")
n = len(lab.log())
lab.process.send_signal(signal.SIGHUP)
wait_for("the reload", lambda: "%s:%d: " % (lab.conf_path, line) in
         lab.log()[n:])
ok(lab.get("/shop", "alice").status == 200, "SIGHUP does the same")
for what, old, new in (
        ("listen", "port %d" % lab.port, "port %d" % free_port()),
        ("listen", "listen on 127.0.0.1", "listen on 127.0.0.2"),
        ("database", "/db/applikatoni.db", "/db/other.db"),
        ("socket", "/control.sock", "/other.sock")):
    with open(lab.conf_path, "w") as f:
        f.write(good.replace(old, new, 1))
    why = refused("reload")
    ok(why and what in why and "restart" in why,
       "a change of %s is refused: it needs a restart" % what)
with open(lab.conf_path, "w") as f:
    f.write(good.replace("erin2 erin }", "erin2 erin frank }"))
ok(refused("token", "frank"), "frank may read nothing")
lab.ctl("reload")
same(lab.get("/shop", "frank").status, 200, "until a reload lets him")
os.chmod(lab.conf_path, 0o666)
ok(refused("reload"), "a file that anybody can write is refused")
os.chmod(lab.conf_path, 0o644)

# ---- who may

same((os.stat(lab.socket).st_uid, stat.S_IMODE(os.stat(lab.socket).st_mode)),
     (0, 0o600), "the socket is root's")


def ctl_as(user, group="nogroup", more=(), *args):
    return subprocess.run(
        [CTL, "-s", lab.socket, *(args or ("show",))], user=user,
        group=group, extra_groups=list(more), stdin=subprocess.DEVNULL,
        capture_output=True)


r = ctl_as("nobody")
ok(r.returncode == 1 and b"Permission denied" in r.stderr and
   r.stderr.count(b"\n") == 1, "nobody else can use it")
os.chmod(lab.socket, 0o666)
r = ctl_as("nobody", "nogroup", (), "token", "add", "alice")
ok(r.returncode == 1 and r.stdout == b"",
   "even if its mode were wrong: the peer's ids are checked")
os.chmod(lab.socket, 0o600)
n = len(lab.ctl_json("token", "list")["tokens"])
same(sum(t["user"] == "alice" for t in
         lab.ctl_json("token", "list")["tokens"]), 3, "no token was made")

# ---- a second daemon

second = subprocess.run([DAEMON, "-d", "-B", PROGRAMS, "-f", lab.conf_path],
                        stdin=subprocess.DEVNULL, capture_output=True,
                        timeout=TIME_LIMIT)
ok(second.returncode == 1 and b"another daemon" in second.stderr,
   "a second daemon on the same socket is refused")
with open(lab.conf_path) as f:
    text = f.read()
other = lab.dir + "/etc/other.conf"
with open(other, "w") as f:
    f.write(text.replace("/control.sock", "/second.sock").replace(
        "port %d\n" % lab.port, "port %d\n" % free_port(), 1).replace(
        lab.dir + "/run", lab.dir + "/run2"))
second = subprocess.run([DAEMON, "-d", "-B", PROGRAMS, "-f", other],
                        stdin=subprocess.DEVNULL, capture_output=True,
                        timeout=TIME_LIMIT)
ok(second.returncode == 1 and b"database" in second.stderr,
   "so is one on the same database")
ok(lab.get("/shop", "alice").status == 200 and
   {p["name"]: p["pid"] for p in lab.ctl_json("show")["processes"]} == pids,
   "which the first does not notice")

# ---- drain

open(host.path("hold"), "w").close()
lab.token("alice")
id = lab.deploy(stages=["ONE"])
lab.wait_entry(id, lambda e: e["message"] == "1")
drain = subprocess.Popen([CTL, "-s", lab.socket, "drain"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
r = wait_for("drain", lambda: (
    lambda r: r.status not in (303, 409) and r)(lab.create(
        target="staging", stages=["ONE"])))
same(r.status, 503, "after drain there are no new deployments")
ok(refused("deploy", "-u", "alice", "-m", "c", "shop", "staging", SHA, "ONE"),
   "from the command line neither")
same(lab.deployment(id)["state"], "active", "those that run go on")
same(lab.process.poll(), None, "and the daemon waits for them")
follow = Stream(lab, id)
os.unlink(host.path("hold"))
same([e["entry_type"] for e in follow][-1], "DEPLOYMENT_SUCCESS",
     "they come to their end")
same(lab.process.wait(TIME_LIMIT), 0, "and then the daemon ends with 0")
drain.wait(TIME_LIMIT)
lab.process = None
ok(not os.path.exists(lab.socket), "and takes its socket with it")

# ---- a group that may

configure()
with open(lab.conf_path) as f:
    text = f.read()
with open(lab.conf_path, "w") as f:
    f.write(text.replace('/control.sock"', '/control.sock" group games'))
lab.start()
same((grp.getgrgid(os.stat(lab.socket).st_gid).gr_name,
      stat.S_IMODE(os.stat(lab.socket).st_mode)), ("games", 0o660),
     "with a group the socket is the group's")
same([ctl_as("nobody", "games").returncode,
      ctl_as("nobody", "nogroup", ["games"]).returncode,
      ctl_as("nobody", "nogroup").returncode], [0, 0, 1],
     "whose members may use it, by any of their groups")
lab.ctl("user", "list")
same(lab.stop(), 0, "the daemon stops")

# ---- not root

mine = Lab()
try:
    mine.hosts = lab.hosts
    shutil.copy(lab.dir + "/etc/key", mine.dir + "/etc/key")
    mine.configure(mine.application(mine.target(
        "production", {"web": {"ONE": ["echo hello from $HOST"]}},
        stages=["ONE"])))
    for path, dirs, files in os.walk(mine.dir):
        for name in [path] + [path + "/" + f for f in files]:
            shutil.chown(name, "nobody", "nogroup")

    def as_nobody(*args, **kw):
        return subprocess.Popen(
            [DAEMON, "-B", PROGRAMS, "-f", mine.conf_path, *args],
            user="nobody", group="nogroup", extra_groups=[],
            stdin=subprocess.DEVNULL, cwd="/", **kw)

    p = as_nobody(stderr=subprocess.PIPE)
    _, err = p.communicate(timeout=TIME_LIMIT)
    ok(p.returncode == 1 and err.count(b"\n") == 1 and b"-d" in err,
       "without root the daemon needs -d")
    p = as_nobody("-n", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.communicate(timeout=TIME_LIMIT)
    same(p.returncode, 0, "-n needs no root")
    mine.process = as_nobody("-d", stderr=open(mine.log_path, "wb"))
    wait_for("the daemon", mine.is_up)
    ok(re.search("not root.*without chroot", mine.log()),
       "with -d it runs and says that it is without chroot")
    d, log = mine.run(stages=["ONE"])
    same((d["state"], messages(log, "COMMAND_STDOUT_OUTPUT")),
         ("successful", ["hello from host1"]), "and deploys")
    ok(all("no chroot" in p["sandbox"] or "chroot" not in p["sandbox"]
           for p in mine.ctl_json("show")["processes"]), "show says so too")
    same({os.stat("/proc/%d" % p).st_uid for p in
          descendants(mine.process.pid)} - {0, 65534}, set(),
         "all of it is nobody's")
    same(mine.stop(), 0, "it stops")
finally:
    mine.hosts = []
    mine.close()
done()
