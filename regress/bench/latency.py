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

"""How long something takes until it is seen: a line from `echo` on a host to a
viewer, and a kill while a host floods and ten others read the longest history
and the longest log that there are.  `latency.py [kills]`."""

import re
import statistics
import subprocess
import sys
import threading
import time

from figures import *
from output import Viewer

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
LINES = 400
LONG = 300000		# lines of the longest log
READERS = 5


def echo():
    title("a line from echo on the host to a viewer, %d lines" % LINES)
    for name, line, pause in (("alone", "ALONE", 0.02),
                              ("ten at a time", "TEN", 0.02)):
        id = lab.deploy(stages=[line])
        r = Viewer(lab, id, more=["-l"]).result()
        if r.ended != 1 or r.wrong or r.lines != LINES:
            raise RuntimeError("lines are missing: %r" % r)
        say("%s: median %.1f ms, 99th percentile %.1f ms, slowest %.1f ms" % (
            name, r.median, r.p99, r.max))


class Load:
    """Readers of the history and of the longest log, without a pause."""

    def __init__(self, long):
        head = ["-H", "X-Api-Token: " + lab.token("alice"),
                "-H", "Accept: application/json"]
        self.over = False
        self.read = 0
        self.history = subprocess.Popen(
            ["wrk", "-t1", "-c%d" % READERS, "-d60s", "--latency", *head,
             lab.url + "/shop/deployments"], stdout=subprocess.PIPE,
            text=True)
        lab.others.append(self.history)
        self.threads = [threading.Thread(target=self.log, args=(long, head))
                        for i in range(READERS)]
        for t in self.threads:
            t.start()

    def log(self, long, head):
        url = "%s/shop/deployments/%d/log" % (lab.url, long)
        while not self.over:
            subprocess.run(["curl", "-s", "-o", "/dev/null", *head, url],
                           check=True)
            self.read += 1

    def stop(self):
        self.over = True
        # wrk tells what it has measured when it is interrupted.
        self.history.send_signal(signal.SIGINT)
        out = self.history.communicate()[0]
        for t in self.threads:
            t.join()
        return out


def kill():
    long = lab.deploy(stages=["LONG"])
    lab.finish(long)
    title("a kill while a host floods, %d read the history and %d the log of "
          "%d lines" % (READERS, READERS, LONG))
    load = Load(long)
    answered, ended = [], []
    for i in range(KILLS):
        id = lab.deploy(stages=["FLOOD"])
        viewer = Viewer(lab, id, more=["-l"])
        wait_for("the flood", lambda: lab.deployment(id)["entries"] > 20000)
        start = time.monotonic()
        r = lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
        answered.append((time.monotonic() - start) * 1000)
        if r.status != 200:
            raise RuntimeError("kill: %d %s" % (r.status, r.text))
        wait_for("the end", lambda: lab.deployment(id)["state"] == "failed")
        ended.append((time.monotonic() - start) * 1000)
        viewer.p.kill()
        viewer.p.wait()
    out = load.stop()
    table(("", "ms: min / median / max"), [
        ("until it is answered", spread(answered, "%.0f")),
        ("until the deployment has ended", spread(ended, "%.0f"))])
    say("meanwhile: logs read: %d; pages of the history: %s" % (
        load.read, ", ".join(" ".join(x) for x in re.findall(
            r"(50%|99%|Latency)\s+([\d.]+m?u?s)(?:\s+[\d.]+\w+\s+([\d.]+\w+))?",
            out))))


lab = Lab(hosts=1)
lab.configure(lab.application(lab.target("production", {"web": {
    "ALONE": ["exec bash -c 'for i in {1..%d}; do echo $EPOCHREALTIME; "
              "sleep 0.02; done'" % LINES],
    "TEN": ["exec bash -c 'for i in {1..%d}; do for k in {1..10}; do "
            "echo $EPOCHREALTIME; done; sleep 0.05; done'" % (LINES // 10)],
    "LONG": ["seq %d" % LONG],
    "FLOOD": ["exec yes"],
}}, stages=("ALONE", "TEN", "LONG", "FLOOD"))),
    more="limit output 10G\n")
lab.start(args=())
echo()
kill()
lab.stop()
verdict()
