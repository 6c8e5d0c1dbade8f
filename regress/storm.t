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

"""A storm of kill -9 of any process, and now and then of the whole daemon or
of the parent alone, of an engine or executor that dies until the daemon gives
up, and of a disk that is full for a while, during deployments with viewers and
a receiver of notifications: no line is lost, doubled or out of order, no
notification is lost, no target is stuck, no process is left behind, and every
deployment ends with exactly one final entry.  STORM_SEED repeats a storm,
STORM_KILLS says how long it is, STORM_FULL for how many seconds at most the
disk stays full; from 30 on deployments are killed for it."""

import http.server
import pwd
import random
import threading

from lab import *

SEED = int(os.environ.get("STORM_SEED") or random.randrange(1 << 32))
KILLS = int(os.environ.get("STORM_KILLS") or 60)
FULL = float(os.environ.get("STORM_FULL") or 5)
TARGETS = ["t%d" % i for i in range(4)]
SLOW, LINES = 150, 1500             # lines of the first stage, and of both
STUCK = 60 + FULL                   # seconds that a deployment may take
LEAVE = 10                          # and children without a parent
KINDS = ("web", "engine", "executor", "worker", "github", "notifier")
# By design the daemon ends when one of these dies five times in a minute, and
# the others are waited for longer each time: a daemon lives for so many.
CORE_MAX, OTHER_MAX, LIFE_MAX = 3, 3, 11
KILLS_PER_FULL = 20                 # blows between two times of a full disk
FINAL = ("DEPLOYMENT_SUCCESS", "DEPLOYMENT_FAIL")

note("STORM_SEED=%d STORM_KILLS=%d STORM_FULL=%g" % (SEED, KILLS, FULL))
chance = random.Random(SEED)
mood = random.Random(SEED + 1)      # of the receiver
received, lock = [], threading.Lock()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(
            self.headers["Content-Length"])))
        with lock:
            fate, wait = mood.random(), mood.random()
        # Slow, so that deliveries are under way when somebody dies.
        time.sleep(wait * 0.3)
        if fate > 0.1:
            with lock:
                received.append((body["deployment"]["deployment_id"],
                                 body["state"]))
        self.send_response(200 if fate > 0.1 else 503)
        self.end_headers()

    def log_message(self, *a):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

lab = Lab(hosts=2)


# ---- a small disk for the store, which fills up

os.mkdir(lab.dir + "/db")
engine = pwd.getpwnam("_apengine")
subprocess.run(["mount", "-t", "tmpfs", "-o",
                "size=64M,mode=0700,uid=%d,gid=%d" % (
                    engine.pw_uid, engine.pw_gid), "tmpfs", lab.dir + "/db"],
               check=True)
atexit.register(subprocess.run, ["umount", "-l", lab.dir + "/db"])


class Disk:
    """Full from fill() to release(); until it is due, at the latest."""
    filler = lab.dir + "/db/filler"

    def __init__(self):
        self.full, self.due, self.times = threading.Event(), 0, 0
        self.refusals = []

    def fill(self, seconds):
        with open(self.filler, "ab", 0) as f:
            for size in (1 << 20, 4096):
                try:
                    while f.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
        self.due = time.monotonic() + seconds
        self.times += 1
        self.full.set()

    def release(self):
        self.full.clear()
        os.unlink(self.filler)


disk = Disk()
slow = ("i=0; while [ $i -lt %d ]; do seq $((i + 1)) $((i + 10)); "
        "i=$((i + 10)); sleep 0.1; done" % SLOW)
lab.configure(lab.application(*(lab.target(
    t, {"web": {"ONE": [slow], "TWO": ["seq %d %d" % (SLOW + 1, LINES)]}},
    stages=["ONE", "TWO"],
    more='\t\tnotify webhook "http://127.0.0.1:%d/%s"' % (
        server.server_port, t)) for t in TARGETS)))
# More than what the engine keeps in reserve and gives back when it is full.
with open(lab.conf_path) as f:
    text = f.read()
with open(lab.conf_path, "w") as f:
    f.write(text.replace("limit free-space 1M", "limit free-space 4M"))
lab.start()
lab.token("alice")
over = threading.Event()            # no more deployments are begun
problems, deployments = [], {}


def problem(text):
    with lock:
        problems.append(text)
    note("PROBLEM " + text)


class Viewer:
    """Reads a log to its end, and takes up where it was when it breaks."""

    def __init__(self, id, use_websocket):
        self.id, self.use_websocket = id, use_websocket
        self.seen, self.breaks = [], 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def ended(self):
        return self.seen and self.seen[-1]["entry_type"] in FINAL

    def read(self):
        start = len(self.seen) + 1
        if self.use_websocket:
            s = lab.websocket("/shop/deployments/%d/log?from=%d" % (
                self.id, start))
        else:
            s = Stream(lab, self.id, start=start)
        try:
            if s.status not in (101, 200):
                return
            for e in s:
                if e["id"] != len(self.seen) + 1:
                    problem("viewer of %d: entry %d where %d was due" % (
                        self.id, e["id"], len(self.seen) + 1))
                self.seen.append(e)
        finally:
            s.close()

    def run(self):
        deadline = time.monotonic() + STUCK
        while time.monotonic() < deadline:
            try:
                self.read()
            except Exception:
                pass
            if self.ended():
                return
            self.breaks += 1
            time.sleep(0.05)
        problem("deployment %d has not ended: %r" % (
            self.id, self.seen[-1:]))


def find(comment):
    """Whether that order was taken although its answer was lost; it may still
    be on its way through the engine."""
    end = time.monotonic() + 0.5
    while True:
        try:
            for d in lab.ctl_json("deployments", "-n", "50")["deployments"]:
                if d["comment"] == comment:
                    return d["id"]
            if time.monotonic() > end:
                return None
        except (RuntimeError, ValueError):
            end = time.monotonic() + 0.5
        time.sleep(0.05)


def order(target, comment):
    """The number of a new deployment; None when it was not taken."""
    full, times = disk.full.is_set(), disk.times
    try:
        r = lab.create(target=target, stages=["ONE", "TWO"], comment=comment)
    except (OSError, http.client.HTTPException):
        return find(comment)
    # The same in between: it was full all the time.
    if full and disk.full.is_set() and times == disk.times:
        if r.status == 303:
            problem("%s: taken while the disk is full" % target)
        if r.status == 507:
            disk.refusals.append(r.text.strip())
    if r.status == 303:
        return int(r.headers["Location"].rsplit("/", 1)[1])
    if r.status == 409:
        # One that nobody has been told of, or a lock that outlives it.
        id = int(re.search(r"number (\d+)", r.text).group(1))
        if id not in deployments:
            return id
        problem("%s is taken: %s" % (target, r.text.strip()))
        return None
    if r.status < 500:
        problem("%s: %d %s" % (target, r.status, r.text.strip()))
    return find(comment)


def drive(target, mine):
    n = 0
    while not over.is_set():
        n += 1
        id = order(target, "%s %d" % (target, n))
        if id is None:
            time.sleep(0.1)
            continue
        viewers = [Viewer(id, False), Viewer(id, True)]
        deployments[id] = target, viewers
        if mine.random() < 0.15:
            time.sleep(mine.random() * 2)
            try:
                lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
            except (OSError, http.client.HTTPException):
                pass
        for v in viewers:
            v.thread.join()


drivers = [threading.Thread(target=drive, daemon=True, args=(
    t, random.Random("%d %s" % (SEED, t)))) for t in TARGETS]
for t in drivers:
    t.start()

# ---- the storm

begin = time.monotonic()
kills = dict.fromkeys(KINDS + ("daemon", "parent", "stop", "again", "full"),
                      0)


def is_alive():
    return lab.process.poll() is None


def leave(pids, who):
    """Who had a parent does not outlive it."""
    try:
        wait_for("the end of all", lambda: not any(
            state(p) not in ("", "Z") and comm(p) in KINDS for p in pids),
            LEAVE)
    except TimeoutError:
        problem("left behind by %s: %r" % (who, [
            comm(p) for p in pids if state(p) not in ("", "Z")]))


def kill_parent():
    """All others see that it is gone, and end by themselves."""
    pids = descendants(lab.process.pid)
    lab.process.kill()
    lab.process.wait()
    leave(pids, "a dead parent")
    lab.process = None


def kill_again(kind):
    """One that dies again and again takes the daemon with it, which says
    what was running."""
    pids, n = descendants(lab.process.pid), len(lab.log())
    end = time.monotonic() + 60
    while is_alive() and time.monotonic() < end:
        for p in children_of(lab.process.pid):
            if comm(p) == kind:
                pids += descendants(lab.process.pid)
                os.kill(p, signal.SIGKILL)
        time.sleep(0.05)
    if is_alive():
        problem("%s was killed for a minute, and the daemon lives" % kind)
        lab.kill_all()
        return
    if lab.process.returncode != 1:
        problem("%s dies again and again: the daemon ends with %d" % (
            kind, lab.process.returncode))
    if "process dies again and again: name=%s" % kind not in lab.log()[n:]:
        problem("the log does not name %s" % kind)
    leave(pids, "a daemon that gave up")
    lab.process = None


def unnamed(log):
    """Deaths that end deployments, in a log, that do not name them: each who
    has a worker then is named."""
    running, wrong = set(), []
    for line in log.splitlines():
        m = re.search(r"worker (started|ended): deployment=(\d+)", line)
        if m:
            (set.add if m[1] == "started" else set.discard)(
                running, int(m[2]))
        m = re.search(r"deployments running: ids=(\S+)", line)
        if m:
            if set(map(int, m[1].split(","))) != running:
                wrong.append(line)
            running.clear()
        # It is said before the daemon stops for it.
        if "daemon stopping: a process dies again and again" in line and \
                running:
            wrong.append(line)
        if "daemon ready:" in line:
            running.clear()
    return wrong


def renew(life):
    """The end of a daemon, one way or another, and another one."""
    # Each in its turn, so that a short storm has them all.
    how = min(("parent", "daemon", "stop"), key=lambda k: kills[k])
    # Most of its deaths may have been died already.
    core = max(("engine", "executor"), key=lambda k: life.get(k, 0))
    if not is_alive():
        note("the daemon has ended with %d" % lab.process.returncode)
        problem("the daemon has ended by itself")
        lab.process = None
    elif life.get(core, 0) == CORE_MAX and chance.random() < 0.2 or (
            kills["again"] == 0 and sum(kills.values()) > KILLS / 2):
        kill_again(core)
        kills["again"] += 1
    elif how == "daemon":
        lab.kill_all()
        kills[how] += 1
    elif how == "parent":
        kill_parent()
        kills[how] += 1
    else:
        if lab.stop() != 0:
            problem("the daemon did not stop with 0")
        kills[how] += 1
    lab.start()


def victim(life):
    """Somebody who may still die in this life of the daemon."""
    here = {}
    for p in children_of(lab.process.pid):
        kind = comm(p)
        if kind in KINDS and life.get(kind, 0) < (
                CORE_MAX if kind in ("engine", "executor") else
                LIFE_MAX if kind == "worker" else OTHER_MAX):
            here.setdefault(kind, []).append(p)
    if not here:
        return None
    kind = chance.choice(sorted(here))
    return kind, chance.choice(sorted(here[kind]))


life = {}
while sum(kills.values()) < KILLS:
    time.sleep(chance.uniform(0.05, 1.0))
    if disk.full.is_set():
        if time.monotonic() > disk.due:
            disk.release()
    elif sum(kills.values()) >= (disk.times + 1) * KILLS_PER_FULL:
        disk.fill(chance.uniform(1, FULL))
        kills["full"] += 1
    if not is_alive() or sum(life.values()) >= LIFE_MAX:
        renew(life)
        life = {}
        continue
    v = victim(life)
    if v is None:
        continue
    try:
        os.kill(v[1], signal.SIGKILL)
    except ProcessLookupError:
        continue
    kills[v[0]] += 1
    life[v[0]] = life.get(v[0], 0) + 1

if disk.full.is_set():
    disk.release()
note("%d blows in %.0f s: %s" % (sum(kills.values()),
                                 time.monotonic() - begin, kills))
over.set()
for t in drivers:
    t.join(3 * STUCK)
ok(not any(t.is_alive() for t in drivers), "every deployment has come to "
   "its end")
wait_for("the daemon", lab.is_up)

# ---- what is left

# Those whose order was taken at the very end, after the last look.
rows = lab.ctl_json("deployments", "-n", "1000")["deployments"]
for d in rows:
    if d["id"] not in deployments:
        note("order %d was taken, and its answer lost" % d["id"])
        deployments[d["id"]] = d["target"], []
numbers = [str(i) for i in range(1, LINES + 1)]
states, breaks = {}, 0
wrong = dict(final=[], viewers=[], lines=[], ids=[], states=[])
for id, (target, viewers) in sorted(deployments.items()):
    log = lab.entries(id)
    state = lab.deployment(id)["state"]
    states[id] = state
    breaks += sum(v.breaks for v in viewers)
    if sum(t in FINAL for t in types(log)) != 1 or \
            types(log)[-1] not in FINAL:
        wrong["final"].append(id)
    if state != ("successful" if types(log)[-1] == FINAL[0] else "failed"):
        wrong["states"].append(id)
    if [e["id"] for e in log] != list(range(1, len(log) + 1)):
        wrong["ids"].append(id)
    if any(v.seen != log for v in viewers):
        wrong["viewers"].append(id)
    for h in lab.hosts:
        lines = messages(log, "COMMAND_STDOUT_OUTPUT", h.origin)
        if lines != numbers[:len(lines)] or (
                state == "successful" and len(lines) != LINES):
            wrong["lines"].append((id, h.name, len(lines)))

good = sum(s == "successful" for s in states.values())
note("%d deployments, %d successful; %d breaks of viewers" % (
    len(states), good, breaks))
ok(len(states) > len(TARGETS) and breaks > 0, "there was a storm")
same(wrong["final"], [], "each deployment has exactly one final entry")
same(wrong["states"], [], "and the state that it says")
same(wrong["ids"], [], "entries are numbered without a gap")
same(wrong["lines"], [], "no line is lost, doubled or out of order")
same(wrong["viewers"], [], "viewers have seen what is in the store")
same(sorted(d["id"] for d in rows), sorted(states), "none is missing")


def first_arrivals(id):
    with lock:
        return list(dict.fromkeys(s for i, s in received if i == id))


def missing():
    """Deployments whose changes of state have not all arrived."""
    r = []
    for id, state in states.items():
        got = first_arrivals(id)
        if got not in (["new", "active", state], ["new", state]) or (
                state == "successful" and "active" not in got):
            r.append((id, state, got))
    return r


try:
    waited = time.monotonic()
    wait_for("the notifications", lambda: not missing(), 40)
    note("notifications were there after %.1f s" % (
        time.monotonic() - waited))
except TimeoutError:
    pass
same(missing(), [], "each change of state has arrived, in order")
note("%d notifications, %d of them again" % (
    len(received), len(received) - len(set(received))))

for t in TARGETS:
    d, log = lab.run(target=t, stages=["ONE", "TWO"])
    same(d["state"], "successful", "%s is not stuck" % t)
same(unnamed(lab.log()), [], "deployments that a death ends are named")
note("%d orders refused while the disk was full: %r" % (
    len(disk.refusals), sorted(set(disk.refusals))))
ok(disk.refusals and all("free space" in s for s in disk.refusals),
   "orders are refused with a sentence while the disk is full")
same(problems, [], "nothing else went wrong")
same(lab.stop(), 0, "the daemon stops")
note("%.0f s in all" % (time.monotonic() - begin))
server.shutdown()
done()
