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

"""The daemon that does nothing: the memory of all its processes together, and
the time from its start to the first answer.  Beside it, programs that only
initialise the same libraries."""

import http.client
import re
import statistics
import subprocess
import time

from figures import *

STARTS = 20
BARE = TOP + "/regress/bench/bare"


def answers(lab):
    """Whether it answers already that all is well."""
    c = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=5)
    try:
        c.request("GET", "/-/healthz")
        return c.getresponse().status == 200
    except OSError:
        return False
    finally:
        c.close()


def start(lab):
    """Milliseconds from the start of the program to the first answer."""
    begin = time.monotonic()
    lab.start(args=(), wait=False)
    end = begin + TIME_LIMIT
    while not answers(lab):
        if lab.process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("it does not start: " + lab.log())
        time.sleep(0.0005)
    return (time.monotonic() - begin) * 1000


def bare_memory():
    """KB by process, of programs that initialise what it is linked with."""
    p = {name: subprocess.Popen([BARE, name], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
         for name in ("parent", *CHILDREN)}
    for q in p.values():
        q.stdout.readline()
    r = {name: pss(q.pid) for name, q in p.items()}
    for q in p.values():
        q.communicate()
    return r


lab = Lab(hosts=1)
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["true"]}}, stages=("ONE",))))

title("from the start to the first answer, %d times" % STARTS)
took, daemon = [], []
for i in range(STARTS):
    took.append(start(lab))
    daemon.append(int(re.findall(r"milliseconds=(\d+)", lab.log())[-1]))
    if i < STARTS - 1:
        lab.stop()
say("its own figure (daemon ready), ms: " + spread(daemon, "%d"))
say("to the first answer, ms: " + spread(took, "%.0f"))
require("to the first answer, median", statistics.median(took), 100, " ms",
        form="%.0f")

title("memory of a daemon at rest, KB of proportional set size")
time.sleep(3)
fresh = daemon_memory(lab)
# A daemon that has worked: a deployment has run, pages were asked for.
lab.run(stages=["ONE"])
for path in ("/", "/shop", "/shop/deployments"):
    lab.get(path, "alice", headers={"Accept": "application/json"})
wait_for("the worker's end", lambda: lab.pid("worker") is None)
used = daemon_memory(lab)
bare = bare_memory()
table(("process", "fresh", "after a deployment", "bare libraries"), [
    (p, fresh.get(p), used.get(p), bare.get(p)) for p in bare] + [
    ("all", sum(fresh.values()), sum(used.values()), sum(bare.values()))])
require("memory of all", sum(fresh.values()) / 1024, 16, " MB")
lab.stop()
verdict()
