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

"""What a long history costs.  The same pages are asked for with as few
deployments in the store as fill each page, and with 1,000,000 deployments and
10,000,000 log entries, which are filled in by SQL.
`history.py [deployments]`."""

import os
import re
import sqlite3
import subprocess
import sys

from figures import *

MANY = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
FEW = 30		# each page is full
ENTRIES = 10		# of each deployment
ROUNDS = 5
# Behind all of them, another number each time: the newest page, read anew.
ANEW = """
local n = 1000000000
request = function()
    n = n + 1
    return wrk.format("GET", "/shop/deployments?before=" .. n)
end
"""
PAGES = (("newest of an application", "/shop"),
         ("its history, first page", "/shop/deployments"),
         ("the same, read anew each time", None),
         ("from the middle", "/shop/deployments?before=%(middle)d"),
         ("all applications", "/"),
         ("one deployment", "/shop/deployments/%(middle)d"),
         ("a log", "/shop/deployments/%(middle)d/log"))

FILL = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
WITH RECURSIVE n(i) AS (
    SELECT %(first)d UNION ALL SELECT i + 1 FROM n WHERE i < %(last)d)
INSERT INTO deployments (id, user_id, application, target, commit_sha, branch,
    comment, stages, state, created_at, started_at, ended_at, entries, seq)
    SELECT i, (SELECT min(id) FROM users), 'shop', 'production',
    '0123456789abcdef0123456789abcdef01234567', 'main', 'number ' || i, 'ONE',
    'successful', 1700000000000 + i * 1000, 1700000000000 + i * 1000,
    1700000000500 + i * 1000, %(entries)d, %(entries)d FROM n;
WITH RECURSIVE n(i) AS (
    SELECT %(first)d UNION ALL SELECT i + 1 FROM n WHERE i < %(last)d),
    k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < %(entries)d)
INSERT INTO entries (deployment_id, id, time, type, flags, origin, message)
    SELECT i, j, 1700000000000000000 + i * 1000000000 + j, 3, 0,
    '127.0.0.1:22', CAST('line ' || j || ' of deployment ' || i AS BLOB)
    FROM n CROSS JOIN k;
UPDATE totals SET n = n + %(entries)d * (%(last)d - %(first)d + 1)
    WHERE state = 'entries';
COMMIT;
"""


def fill(lab, first, last):
    """Deployments of those numbers, while no daemon runs."""
    path = lab.dir + "/db/applikatoni.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(FILL % {"first": first, "last": last,
                             "entries": ENTRIES})
    n = db.execute("SELECT count(*) FROM deployments").fetchone()[0]
    db.close()
    st = os.stat(lab.dir + "/db")
    for name in os.listdir(lab.dir + "/db"):
        os.chown(lab.dir + "/db/" + name, st.st_uid, st.st_gid)
    return n


def measure(lab, n, path):
    """Median of ms, and us of the engine's CPU, for a request."""
    command = ["wrk", "-t1", "-c1", "-d1s", "--latency",
               "-H", "X-Api-Token: " + lab.token("alice"),
               "-H", "Accept: application/json"]
    if path is None:
        command += ["-s", lab.dir + "/anew.lua"]
    before = cpu(lab.pid("engine"))
    out = subprocess.run(
        command + [lab.url + (path or "/") % {"middle": max(n // 2, 1)}],
        capture_output=True, text=True, check=True).stdout
    used = cpu(lab.pid("engine")) - before
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    count = int(re.search(r"(\d+) requests in", out).group(1))
    ms = re.search(r"50%\s+([\d.]+)(us|ms)", out)
    return (float(ms.group(1)) * (0.001 if ms.group(2) == "us" else 1),
            used / count * 1e6)


def begin(n):
    lab = Lab(hosts=1)
    lab.configure(lab.application(lab.target(
        "production", {"web": {"ONE": ["true"]}}, stages=("ONE",))))
    with open(lab.dir + "/anew.lua", "w") as f:
        f.write(ANEW)
    lab.start(args=())
    lab.token("alice")
    lab.stop()
    if fill(lab, 1, n) != n:
        raise RuntimeError("the store was not filled")
    lab.start(args=())
    for _, path in PAGES:	# what is read lies in memory from then on
        measure(lab, n, path)
    return lab


few, many = begin(FEW), begin(MANY)
got = {name: [[], []] for name, _ in PAGES}
# In turn, because the machine is not the same at all times.
for i in range(ROUNDS):
    for name, path in PAGES:
        got[name][0].append(measure(few, FEW, path))
        got[name][1].append(measure(many, MANY, path))
size = os.path.getsize(many.dir + "/db/applikatoni.db")
memory = pss(many.pid("engine"))


def least(name, which, figure):
    """What else the machine does only ever adds to it."""
    return min(x[figure] for x in got[name][which])


title("%d deployments, and %d with %d log entries (%.1f GB); least of %d"
      % (FEW, MANY, MANY * ENTRIES, size / 1e9, ROUNDS))
table(("page", "%d: ms" % FEW, "%d: ms" % MANY,
       "%d: engine us" % FEW, "%d: us" % MANY), [
    (name, "%.3f" % least(name, 0, 0), "%.3f" % least(name, 1, 0),
     "%.1f" % least(name, 0, 1), "%.1f" % least(name, 1, 1))
    for name, _ in PAGES])
say("engine's memory then: %.1f MB" % (memory / 1024))
for name, _ in PAGES[:3]:
    require(name + ": times the CPU", least(name, 1, 1) / least(name, 0, 1),
            1.25)
few.stop()
many.stop()
verdict()
