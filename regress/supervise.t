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
#

"""The parent: how it starts, in the foreground and in the background, and
when it refuses to; what it does when a child dies or hangs; how it reloads
and stops; what it leaves behind."""

from lab import *

CHILDREN = ["web", "engine", "executor", "github", "notifier"]

lab = Lab(hosts=1)


def configure():
    lab.configure(lab.application(
        lab.target("production", {"web": {"ONE": ["true"]}}, stages=["ONE"])))


def run(*args, prefix=(), **kw):
    """A daemon that is expected to end soon by itself."""
    return subprocess.run([*prefix, DAEMON, "-B", PROGRAMS, "-f", lab.conf_path,
                           *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, **kw)


def failed(words, name, *args):
    """Not started, as the exit status and a sentence on stderr say."""
    r = run(*args)
    if not ok(r.returncode == 1 and words in r.stderr, name):
        note("%d %s" % (r.returncode, r.stderr))


def pids():
    return {name: lab.pid(name) for name in CHILDREN}


def gone(some):
    return not any(state(p) not in ("", "Z") for p in some)


# ---- -n

configure()
r = run("-n")
same((r.returncode, r.stdout), (0, ""), "-n is content")
ok("configuration OK" in r.stderr, "and says so")
same(sorted(os.listdir(lab.dir)),
     ["authorized_keys", "etc", "host1", "shared"], "and makes nothing")

# ---- in the foreground

lab.start()
first = pids()
same([n for n in CHILDREN if first[n] is None], [], "all children run")
times = re.search(r"daemon ready: .*milliseconds=(\d+)", lab.log())
ok(times, "it says how long its start took")
note("ready after %s ms" % times[1])
ok(len({os.getsid(p) for p in first.values()}) == 5 and
   os.getsid(lab.process.pid) not in
   {os.getsid(p) for p in first.values()},
   "a signal from a terminal reaches no child")
same(sorted(os.listdir(lab.dir + "/run")),
     ["empty", "github", "notifier", "worker"], "the root directories")
for room in ("github", "notifier", "worker"):
    with open("/etc/resolv.conf") as f, \
         open("%s/run/%s/etc/resolv.conf" % (lab.dir, room)) as g:
        same(g.read(), f.read(), "%s has a copy of resolv.conf" % room)
same(os.listdir(lab.dir + "/run/empty"), [], "empty is empty")

# ---- a second one

failed("another daemon answers", "a second daemon is refused")
same(pids(), first, "and does no harm to the first")

# ---- children that die

old = lab.kill_process("web")
ok(re.search(r'process died: name=web pid=%d how="signal 9 \(Killed\)"' % old,
             lab.log()), "a death is logged with name and signal")
wait_for("the page", lambda: lab.get("/-/healthz").status == 200)
ok(True, "web is back, on its old socket")
lab.kill_process("github")
lab.kill_process("notifier")
lab.kill_process("executor")
lab.kill_process("engine")
wait_for("all", lambda: lab.get("/-/healthz").status == 200)
ok(True, "all are back")
now = pids()
n = len(lab.log())
for i in range(2):
    started = lab.log().count("process started: name=web")
    os.kill(lab.pid("web"), signal.SIGKILL)
    wait_for("web", lambda: lab.log().count("process started: name=web") >
             started)
ok(pids()["engine"] == now["engine"], "deaths of web do nothing to others")

# ---- one that hangs

os.kill(lab.pid("github"), signal.SIGSTOP)
hung = lab.pid("github")
begin = time.monotonic()
lab.ctl("reload")
took = time.monotonic() - begin
ok(4.5 < took < 8, "a reload waits five seconds for a child that hangs")
note("%.1f s" % took)
ok(re.search(r"process hangs: name=github pid=%d" % hung, lab.log()),
   "and says so")
wait_for("another", lambda: lab.pid("github") not in (None, hung))
ok(gone([hung]), "which is killed and started again")

# ---- reloads that are refused

for more in ("nonsense", 'run directory "%s/elsewhere"' % lab.dir):
    configure()
    with open(lab.conf_path) as f:
        text = f.read()
    with open(lab.conf_path, "w") as f:
        f.write(text.replace('run directory "%s/run"\n' % lab.dir, "") +
                more + "\n" if more.startswith("run") else text + more + "\n")
    now, n = pids(), len(lab.log())
    lab.process.send_signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "reload refused: " in lab.log()[n:])
    same(pids(), now, "refused, and nothing has changed: " + more.split()[0])
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["echo {{.Nope}}"]}}, stages=["ONE"])))
now, n = pids(), len(lab.log())
lab.process.send_signal(signal.SIGHUP)
wait_for("the refusal", lambda: "reload refused: " in lab.log()[n:])
ok("Nope" in lab.log()[n:] and "reload done" not in lab.log()[n:],
   "what only the check of a child finds is refused too")
same((pids(), lab.run(stages=["ONE"])[0]["state"]), (now, "successful"),
     "and what was configured before holds")
configure()
n = len(lab.log())
for i in range(20):
    lab.process.send_signal(signal.SIGHUP)
wait_for("the reload", lambda: "reload done" in lab.log()[n:])
wait_for("the last", lambda: lab.log()[n:].count("reload started") ==
         lab.log()[n:].count("reload done"))
ok(lab.log()[n:].count("reload started") >= 1, "many SIGHUPs at once are fine")

# ---- the stop

now = pids()
begin = time.monotonic()
same(lab.stop(), 0, "SIGTERM ends it with 0")
ok(time.monotonic() - begin < 5, "soon")
ok(gone(now.values()), "no child is left")
ok(not os.path.exists(lab.socket), "nor is the socket")
lab.start()
now = pids()
os.kill(now["engine"], signal.SIGSTOP)
begin = time.monotonic()
same(lab.stop(signal.SIGINT), 0, "SIGINT too, with an engine that hangs")
took = time.monotonic() - begin
ok(10 < took < 15, "within fifteen seconds")
note("%.1f s" % took)
ok(gone(now.values()), "no child is left")

# ---- the death of the parent

lab.start()
now = list(pids().values())
lab.process.kill()
lab.process.wait()
wait_for("the end of the children", lambda: gone(now), 10)
ok(True, "without a parent the children end")
ok(os.path.exists(lab.socket), "the socket is left over")
lab.start()
ok(True, "and is no hindrance to the next daemon")

# ---- a core process that dies again and again

for i in range(5):
    p = wait_for("the engine", lambda: lab.pid("engine"))
    os.kill(p, signal.SIGKILL)
    if i < 4:
        wait_for("the next", lambda: lab.pid("engine") not in (None, p))
status = lab.process.wait(30)
lab.process = None
same(status, 1, "an engine that dies again and again ends the daemon with 1")
ok("process dies again and again: name=engine" in lab.log(),
   "and the log names it")
ok(not os.path.exists(lab.socket), "the socket is gone")

# ---- in the background

r = run(env={**os.environ, "SECRET": "environment"})
same((r.returncode, r.stdout, r.stderr), (0, "", ""),
     "in the background: 0 when it is up, without a word")
processes = {p["name"]: p["pid"]
             for p in lab.ctl_json("show")["processes"]}
daemon = processes["parent"]
ok(os.getsid(daemon) == daemon and os.readlink("/proc/%d/cwd" % daemon) ==
   "/", "it has left its terminal and directory")
same({os.readlink("/proc/%d/fd/%d" % (daemon, fd)) for fd in range(3)},
     {"/dev/null"}, "and its descriptors")
same([open("/proc/%d/environ" % processes[n]).read() for n in CHILDREN],
     [""] * 5, "children have no environment")
failed("another daemon answers", "a second one is refused here too")
os.kill(daemon, signal.SIGTERM)
wait_for("its end", lambda: gone(processes.values()))
ok(not os.path.exists(lab.socket), "it stops")

# ---- starts that fail

with open(lab.conf_path, "a") as f:
    f.write("nonsense\n")
failed("applikatonid.conf:", "an error in the configuration is named")
configure()
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", lab.port))
    s.listen()
    failed("listen:", "a port that is taken is named")
ok(not os.path.exists(lab.socket), "the control socket is not left over")
with open(lab.socket, "w") as f:
    f.write("precious")
failed("another file is there", "a file in place of the socket is named")
with open(lab.socket) as f:
    same(f.read(), "precious", "and kept")
os.unlink(lab.socket)
precious = lab.dir + "/precious"
with open(precious, "w") as f:
    f.write("precious")
os.chmod(precious, 0o644)
for name in ("applikatoni.db", "applikatoni.db-wal", "applikatoni.db-reserve"):
    path = "%s/db/%s" % (lab.dir, name)
    kept = os.path.exists(path) and open(path, "rb").read()
    if kept is not False:
        os.unlink(path)
    os.symlink(precious, path)
    run("-d", prefix=("timeout", "-s", "TERM", "3"))
    st = os.stat(precious)
    with open(precious) as f:
        same((st.st_uid, st.st_mode & 0o777, f.read()),
             (0, 0o644, "precious"), "root touches nothing that a link in the "
             "database directory leads to: " + name)
    if os.path.lexists(path):
        os.unlink(path)
    if kept is not False:
        with open(path, "wb") as f:
            f.write(kept)
        os.chown(path, os.stat(lab.dir + "/db").st_uid, -1)
        os.chmod(path, 0o600)
os.chmod(lab.dir + "/db", 0o755)
failed("mode 0700", "an open database directory is named")
os.chmod(lab.dir + "/db", 0o700)
os.chmod(lab.dir + "/run", 0o777)
failed("others can write", "an open run directory is named")
os.chmod(lab.dir + "/run", 0o755)
# lab.dir itself is that of the socket, too: put the others deeper
os.makedirs(lab.dir + "/open/safe", 0o755)
os.chmod(lab.dir + "/open", 0o777)
with open(lab.conf_path) as f:
    text = f.read()
for what in ("run", "db"):
    with open(lab.conf_path, "w") as f:
        f.write(text.replace('"%s/%s' % (lab.dir, what),
                             '"%s/open/safe/%s' % (lab.dir, what)))
    failed(lab.dir + "/open: others can write",
           "a directory far above that others can write is named: " + what)
with open(lab.conf_path, "w") as f:
    f.write(text)
os.chmod(lab.dir, 0o777)
failed("others can write", "an open directory of the socket is named")
os.chmod(lab.dir, 0o755)
tree = lab.dir + "/tree"
for name in ("web/web", "engine/engine", "executor/executor",
             "executor/worker", "github/github", "notifier/notifier"):
    os.makedirs(os.path.dirname("%s/%s" % (tree, name)), exist_ok=True)
    shutil.copy("%s/%s" % (TOP, name), "%s/%s" % (tree, name))
os.chmod(tree + "/web", 0o777)
r = subprocess.run([DAEMON, "-n", "-B", tree, "-f", lab.conf_path],
                   capture_output=True, text=True)
ok(r.returncode == 1 and "others can write" in r.stderr,
   "programs that others can replace are not run as root")
os.chmod(tree + "/web", 0o755)
os.unlink(tree + "/github/github")
r = subprocess.run([DAEMON, "-n", "-B", tree, "-f", lab.conf_path],
                   capture_output=True, text=True)
ok(r.returncode == 1 and tree + "/github/github" in r.stderr,
   "a missing program is named")
shutil.copy(TOP + "/github/github", tree + "/github/github")

# ---- under a service manager

with open(lab.conf_path) as f:
    text = f.read()
with open(lab.conf_path, "w") as f:
    f.write(text.replace("\t\tdeployers", "\t\tno host key check\n"
                         "\t\tdeployers"))
journal = os.pipe()
st = os.fstat(journal[1])
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.bind(lab.dir + "/notify")
    manager.settimeout(TIME_LIMIT)
    p = subprocess.Popen([DAEMON, "-B", PROGRAMS, "-f", lab.conf_path],
                         env={"NOTIFY_SOCKET": lab.dir + "/notify",
                              "JOURNAL_STREAM": "%d:%d" % (
                                  st.st_dev, st.st_ino)},
                         stderr=journal[1])
    os.close(journal[1])
    lab.others.append(p)
    same(manager.recv(100), b"READY=1", "the service manager hears of ready")
    p.send_signal(signal.SIGHUP)
    ok(manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC="),
       "of a reload")
    same(manager.recv(100), b"READY=1", "and of its end")
    p.terminate()
    same(manager.recv(100), b"STOPPING=1", "of the stop")
    same(p.wait(20), 0, "and the daemon never left the foreground")
    same(os.read(journal[0], 10000), b"", "a warning is not said twice where "
         "stderr leads to the same log as syslog")
r = run()
ok(r.returncode == 0 and "host keys are not checked" in r.stderr,
   "elsewhere who starts the daemon reads it")
pid = [q["pid"] for q in lab.ctl_json("show")["processes"]
       if q["name"] == "parent"][0]
os.kill(pid, signal.SIGTERM)
wait_for("its end", lambda: gone([pid]))
with open(lab.conf_path, "w") as f:
    f.write(text)

# ---- SIGHUP and SIGTERM while it starts

slow = lab.dir + "/slow"
shutil.copytree(tree, slow)
os.rename(slow + "/notifier/notifier", slow + "/notifier/real")
with open(slow + "/notifier/notifier", "w") as f:
    f.write("#!/bin/sh\nwhile ! test -e %s/go; do /bin/sleep 0.05; done\n"
            'exec %s/notifier/real "$@"\n' % (slow, slow))
os.chmod(slow + "/notifier/notifier", 0o755)
lab.logfile = open(lab.log_path, "wb")
lab.process = subprocess.Popen([DAEMON, "-d", "-B", slow, "-f",
                                lab.conf_path], stderr=lab.logfile)
wait_for("the slow child", lambda: "notifier" in
         [comm(p) for p in children_of(lab.process.pid)])
lab.process.send_signal(signal.SIGHUP)
open(slow + "/go", "w").close()
lab.wait_log("reload done")
ok(re.search("(?s)daemon ready.*reload started.*reload done", lab.log()),
   "a SIGHUP while it starts is heard once it is up")
same(lab.stop(), 0, "and it stops")
for sig in (signal.SIGTERM, signal.SIGINT):
    os.unlink(slow + "/go")
    lab.logfile = open(lab.log_path, "wb")
    lab.process = subprocess.Popen([DAEMON, "-d", "-B", slow, "-f",
                                    lab.conf_path], stderr=lab.logfile)
    wait_for("the slow child", lambda: "notifier" in
             [comm(p) for p in children_of(lab.process.pid)])
    now = descendants(lab.process.pid)
    same(lab.stop(sig), 0, "%s while it checks is a stop" % sig.name)
    ok(re.search("(?s)daemon stopping: signal=.*daemon stopped: status=0",
                 lab.log()), "which it says")
    wait_for("the end of the checks", lambda: gone(
        [p for p in now if comm(p) != "sleep"]))
    ok(not os.path.exists(lab.socket), "and nothing is left")
    open(slow + "/go", "w").close()

# ---- with no more than the unit gives it

with open(TOP + "/etc/applikatonid.service") as f:
    unit = re.search("(?m)^CapabilityBoundingSet=(.*)", f.read())[1]
shutil.rmtree(lab.dir + "/run")
shutil.rmtree(lab.dir + "/db")
lab.tokens = {}
lab.logfile = open(lab.log_path, "wb")
lab.process = subprocess.Popen(
    ["setpriv", "--no-new-privs", "--bounding-set=-all," + ",".join(
        "+" + c.lower().removeprefix("cap_") for c in unit.split()),
     DAEMON, "-d", "-B", PROGRAMS, "-f", lab.conf_path], stderr=lab.logfile)
wait_for("the daemon", lab.is_up)
lab.kill_process("engine")
same(lab.run(stages=["ONE"])[0]["state"], "successful",
     "the capabilities of the unit are enough for a first start and a "
     "deployment")
same(lab.stop(), 0, "and for the stop")

# ---- without root

home = lab.dir + "/nobody"
os.mkdir(home)
shutil.copytree(tree, home + "/tree")
shutil.copy(DAEMON, home + "/applikatonid")
shutil.copy(lab.dir + "/etc/key", home + "/key")
shutil.copy(lab.dir + "/etc/known_hosts", home + "/known_hosts")
with open(lab.conf_path) as f, open(home + "/conf", "w") as g:
    g.write(f.read().replace(lab.dir + "/etc", home).replace(
        '"%s/' % lab.dir, '"%s/' % home).replace(home + "/nobody", home))
for path, _, files in os.walk(home):
    os.chown(path, 65534, 65534)
    for name in files:
        os.chown(path + "/" + name, 65534, 65534)
os.chmod(home + "/key", 0o600)
nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
          home + "/applikatonid", "-B", home + "/tree", "-f", home + "/conf"]
r = subprocess.run(nobody, capture_output=True, text=True)
ok(r.returncode == 1 and "-d" in r.stderr, "without root only with -d")
r = subprocess.run([*nobody, "-n"], capture_output=True, text=True)
same((r.returncode, r.stdout), (0, ""), "-n needs no root")
lab.logfile = open(lab.log_path, "wb")
lab.process = subprocess.Popen([*nobody, "-d"], stderr=lab.logfile)
lab.wait_log("daemon ready")
ok("not root: all processes run as the caller" in lab.log(),
   "it says that it does not run as root")
same({int(re.search(r"Uid:\s+(\d+)", open("/proc/%d/status" % p).read())[1])
      for p in pids().values()}, {65534}, "all run as the caller")
same(lab.get("/-/healthz").status, 200, "and work")
same(lab.stop(), 0, "and stop")

# ---- the resolver's files change

if subprocess.run(["unshare", "-m", "true"]).returncode == 0:
    with open(lab.dir + "/hosts", "w") as f:
        f.write("127.0.0.1 before\n")
    configure()
    lab.logfile = open(lab.log_path, "wb")
    lab.process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", 'mount --bind "$1" /etc/hosts && '
         'shift && exec "$@"', "sh", lab.dir + "/hosts", DAEMON, "-d", "-B",
         PROGRAMS, "-f", lab.conf_path], stderr=lab.logfile)
    wait_for("the daemon", lab.is_up)
    copy = lab.dir + "/run/worker/etc/hosts"
    with open(copy) as f:
        same(f.read(), "127.0.0.1 before\n", "a copy of the original")
    with open(lab.dir + "/hosts", "w") as f:
        f.write("127.0.0.1 after it has changed\n")
    lab.run(stages=["ONE"])
    with open(copy) as f:
        same(f.read(), "127.0.0.1 after it has changed\n",
             "is brought up to date before a worker starts")
    lab.stop()
done()
