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

"""A storm of kill -9 of any process, and now and then of the whole daemon,
during deployments with viewers and a receiver of notifications: no line is
lost, doubled or out of order, no notification is lost, no target is stuck, and
every deployment ends with exactly one final entry.  STORM_SEED repeats a
storm, STORM_KILLS says how long it is."""

import http.server
import random
import threading

from lab import *

SEED = int(os.environ.get("STORM_SEED") or random.randrange(1 << 32))
KILLS = int(os.environ.get("STORM_KILLS") or 60)
TARGETS = ["t%d" % i for i in range(4)]
SLOW, LINES = 150, 1500             # lines of the first stage, and of both
STUCK = 60                          # seconds that a deployment may take
KINDS = ("web", "engine", "executor", "worker", "github", "notifier")
# By design the daemon ends when one of these dies five times in a minute, and
# the others are waited for longer each time: a daemon lives for so many.
CORE_MAX, OTHER_MAX, LIFE_MAX = 3, 3, 11
FINAL = ("DEPLOYMENT_SUCCESS", "DEPLOYMENT_FAIL")

note("STORM_SEED=%d STORM_KILLS=%d" % (SEED, KILLS))
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
slow = ("i=0; while [ $i -lt %d ]; do seq $((i + 1)) $((i + 10)); "
        "i=$((i + 10)); sleep 0.1; done" % SLOW)
lab.configure(lab.application(*(lab.target(
    t, {"web": {"ONE": [slow], "TWO": ["seq %d %d" % (SLOW + 1, LINES)]}},
    stages=["ONE", "TWO"],
    more='\t\tnotify webhook "http://127.0.0.1:%d/%s"' % (
        server.server_port, t)) for t in TARGETS)))
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
    try:
        r = lab.create(target=target, stages=["ONE", "TWO"], comment=comment)
    except (OSError, http.client.HTTPException):
        return find(comment)
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


drivers = [threading.Thread(target=drive, args=(
    t, random.Random("%d %s" % (SEED, t)))) for t in TARGETS]
for t in drivers:
    t.start()

# ---- the storm

begin = time.monotonic()
kills = dict.fromkeys(KINDS + ("daemon", "stop"), 0)


def is_alive():
    return lab.process.poll() is None


def renew():
    """The end of a daemon, one way or another, and another one."""
    if not is_alive():
        note("the daemon has ended with %d" % lab.process.returncode)
        problem("the daemon has ended by itself")
        lab.process = None
    elif chance.random() < 0.7:
        lab.kill_all()
        kills["daemon"] += 1
    else:
        if lab.stop() != 0:
            problem("the daemon did not stop with 0")
        kills["stop"] += 1
    lab.start()


def victim(life):
    """Somebody who may still die in this life of the daemon."""
    kind = chance.choice([k for k in KINDS if life.get(k, 0) < (
        CORE_MAX if k in ("engine", "executor") else
        LIFE_MAX if k == "worker" else OTHER_MAX)])
    pids = [p for p in children_of(lab.process.pid) if comm(p) == kind]
    return (kind, chance.choice(pids)) if pids else None


life = {}
while sum(kills.values()) < KILLS:
    time.sleep(chance.uniform(0.05, 1.0))
    if not is_alive() or sum(life.values()) >= LIFE_MAX:
        renew()
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

note("%d kills in %.0f s: %s" % (sum(kills.values()),
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
same(problems, [], "nothing else went wrong")
same(lab.stop(), 0, "the daemon stops")
note("%.0f s in all" % (time.monotonic() - begin))
server.shutdown()
done()
