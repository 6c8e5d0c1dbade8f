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

"""One can't starve the others: while a host floods, viewers read the longest
log and some take nothing, receivers hang and people page through a long
history, the engine answers others at once and a kill is one; streams,
sessions, tokens and deployments are capped, per person and in all."""

import http.server
import sqlite3
import statistics
import threading

from lab import *

LONG = 300000                       # entries of the longest log
HISTORY = 50000                     # deployments
SECONDS = 6                         # of the crowd
TURN = 20                           # ms of work before another has its turn
READERS, IDLERS, PAGERS = 4, 12, 6

# ---- receivers that never answer

hole = socket.create_server(("127.0.0.1", 0), backlog=100)
lab = Lab(hosts=1)
LIMITS = "limit output 10G\n"


def configure(limits):
    lab.configure(lab.application(*(lab.target(name, {"web": {
        "ONE": ["exec yes"]}}, stages=["ONE"], more="".join(
            '\t\tnotify webhook "http://127.0.0.1:%d/%d"\n' % (
                hole.getsockname()[1], i) for i in range(8)))
        for name in ("production", "staging", "third"))), more=limits)


configure(LIMITS)
lab.start()
for login in ("alice", "bob"):
    lab.token(login)
same(lab.stop(), 0, "the daemon stops")
db = sqlite3.connect(lab.dir + "/db/applikatoni.db")
user = db.execute("SELECT id FROM users WHERE login = 'alice'").fetchone()[0]
db.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
    SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO deployments (id, user_id, application, target, commit_sha,
    branch, comment, stages, state, created_at, started_at, ended_at)
    SELECT i, ?, 'shop', 'production', ?, 'main', 'number ' || i, 'ONE',
    'successful', i, i, i FROM n""", (HISTORY, user, SHA))
db.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
    SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO entries SELECT 1, i, i,
    (SELECT CASE WHEN i = ? THEN 10 ELSE 3 END), 0, 'host:22',
    CAST('line ' || i AS BLOB) FROM n""", (LONG, LONG))
db.execute("UPDATE deployments SET entries = ? WHERE id = 1", (LONG,))
db.commit()
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
for name in os.listdir(lab.dir + "/db"):
    st = os.stat(lab.dir + "/db")
    os.chown("%s/db/%s" % (lab.dir, name), st.st_uid, st.st_gid)
lab.start()
same(lab.deployment(1)["entries"], LONG, "there is a long history")

over = threading.Event()
counts = dict(logs=0, pages=0)


def each(action):
    while not over.is_set():
        try:
            action()
        except (OSError, http.client.HTTPException):
            if not over.is_set():
                raise


def read_log():
    c = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=TIME_LIMIT)
    c.request("GET", "/shop/deployments/1/log",
              headers={"X-Api-Token": lab.token("bob")})
    r = c.getresponse()
    while not over.is_set() and r.read(1 << 18):
        pass
    counts["logs"] += 1
    c.close()


def page():
    for before in range(1, HISTORY, HISTORY // 10):
        lab.get("/shop/deployments?before=%d" % before, "bob")
        counts["pages"] += 1


def ask(seconds):
    """What the engine works before it answers something simple; the median,
    nine of ten and the most, in ms."""
    c = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=TIME_LIMIT)
    path = "/proc/%d/schedstat" % lab.pid("engine")
    took, waited = [], []
    end = time.monotonic() + seconds
    with open(path) as f:
        while time.monotonic() < end:
            f.seek(0)
            before, begin = int(f.read().split()[0]), time.monotonic()
            c.request("GET", "/-/healthz")
            c.getresponse().read()
            f.seek(0)
            took.append((int(f.read().split()[0]) - before) / 1e6)
            waited.append((time.monotonic() - begin) * 1000)
            time.sleep(0.003)
    c.close()
    took.sort()
    note("%d times; worked: median %.1f ms, nine of ten %.1f ms, most %.1f "
         "ms; by the clock: median %.1f ms" % (
             len(took), statistics.median(took), took[len(took) * 9 // 10],
             took[-1], statistics.median(waited)))
    return statistics.median(took), took[len(took) * 9 // 10]


note("alone:")
ask(1)
id = lab.deploy(stages=["ONE"])
idlers = [Stream(lab, 1, login="bob") for _ in range(IDLERS)]
same({s.status for s in idlers}, {200}, "viewers that take nothing")
crowd = [threading.Thread(target=each, args=(a,), daemon=True)
         for a in [read_log] * READERS + [page] * PAGERS]
for t in crowd:
    t.start()
wait_for("the flood", lambda: lab.deployment(id)["entries"] > 20000)
note("in the crowd:")
half, most = ask(SECONDS)
ok(half < TURN, "the engine answers others at once")
ok(most < 2 * TURN, "nearly always")
begin = time.monotonic()
same(lab.request("POST", "/shop/deployments/%d/kill" % id, "alice").status,
     200, "a kill is taken")
wait_for("its end", lambda: lab.deployment(id)["state"] == "failed")
took = time.monotonic() - begin
ok(took < 10, "and is one, in spite of the crowd")
note("%.2f s" % took)
begin = time.monotonic()
lab.ctl("show")
ok(time.monotonic() - begin < 2, "the control socket answers")
over.set()
for t in crowd:
    t.join()
for s in idlers:
    s.close()
note("meanwhile: %r" % counts)
ok(counts["pages"] > 50, "there was a crowd")

# ---- what one person has, and all together

configure(LIMITS + "limit streams 9\nlimit streams-per-user 6\n"
          "limit sessions 2\nlimit deployments 2")
lab.ctl("reload")
wait_for("the streams to end", lambda: lab.ctl_json("show") and not
         [s for s in [Stream(lab, 1, login="bob")] if s.status != 200])
ids = [lab.deploy(target=t, stages=["ONE"]) for t in ("production",
                                                      "staging")]


def watch(login, n):
    s = [Stream(lab, ids[0], login=login) for _ in range(n)]
    return s, [x.status for x in s]


def settled():
    mine, got = watch("alice", 6)
    if got != [200] * 6:
        for x in mine:
            x.close()
        return None
    return mine


held = wait_for("a person's streams", settled)
more, got = watch("alice", 2)
same(got, [429] * 2, "a person has so many streams, and no more")
others, got = watch("bob", 4)
same(got, [200] * 3 + [503], "others have theirs, up to the limit of all")
r = lab.create(target="third", stages=["ONE"])
same(r.status, 503, "so many deployments run, and no more")
note(r.text)
for s in held + more + others:
    s.close()
for i in ids:
    lab.ctl("kill", str(i))
    wait_for("its end", lambda: lab.deployment(i)["state"] == "failed")
cookies = []
for i in range(3):
    token = lab.ctl("login", "bob").stdout.decode().strip().split("#")[1]
    r = lab.request("POST", "/-/login", form={"token": token},
                    headers={"Origin": lab.url})
    cookies.append(r.headers["Set-Cookie"].split(";")[0])
same([lab.get("/shop", headers={"Cookie": c}).status for c in cookies],
     [401, 200, 200], "of a person's sessions the oldest end")
made = [lab.ctl("token", "add", "bob", check=False).returncode
        for _ in range(101)]
same((made.count(0) < 101, made[-1]), (True, 1),
     "a person has so many tokens, and no more")
same(lab.ctl("token", "add", "alice", check=False).returncode, 0,
     "while others have theirs")
same(lab.stop(), 0, "the daemon stops")
done()
