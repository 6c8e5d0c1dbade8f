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

"""What hosts print, on its way to viewers: one host and one viewer, many
hosts at once, many viewers of one deployment.  Every line is counted and its
order checked.  `output.py` alone measures the rates; `output.py memory`
compares the memory after 10,000,000 lines with that after 100,000, which
takes a minute or two and 2 GB of disk; a short run does not fill the store's
cache and the buffers, which may make a difference of 2 MB."""

import json
import os
import select
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from figures import *

VIEWER = TOP + "/regress/bench/viewer"
LIMITS = """limit output 100G
limit streams-per-user 2000
limit connections-per-client 2000
"""
# Waits until the bench lets all begin.
GATE = "read x <$LAB/gate; "
WATCHED = ("web", "engine", "executor", "worker")


class Viewer:
    """The program viewer on a deployment's log."""

    def __init__(self, lab, id, n=1, more=()):
        self.p = subprocess.Popen(
            [VIEWER, "-n", str(n), *more, "--", str(lab.port),
             "/shop/deployments/%d/log" % id, lab.token("alice")],
            stdout=subprocess.PIPE, text=True)
        if self.p.stdout.readline() != "watching\n":
            raise RuntimeError("the viewer can't watch")

    def result(self):
        r = json.loads(self.p.stdout.read())
        self.p.wait()
        return SimpleNamespace(**r)


class Peaks(threading.Thread):
    """The most memory (KB) that each process had, until it is stopped."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab, self.kb, self.over = lab, {}, threading.Event()
        self.start()

    def look(self):
        for pid in children_of(self.lab.process.pid):
            name = program(pid)
            if name is not None:
                self.kb[name] = max(self.kb.get(name, 0), peak(pid))

    def run(self):
        while not self.over.wait(0.02):
            self.look()

    def stop(self):
        self.over.set()
        self.join()
        self.look()
        return self.kb


def begin(line, hosts=1):
    """A daemon whose one stage runs that line on hosts that are one sshd."""
    lab = Lab()
    os.mkfifo(lab.shared + "/gate")
    os.chmod(lab.shared + "/gate", 0o666)
    sshd = lab.add_host(address="0.0.0.0", extra="MaxStartups 10000\n")
    names = [SimpleNamespace(address="127.0.%d.%d" % (n // 250, n % 250 + 1),
                             port=sshd.port) for n in range(hosts)]
    key = sshd.known_hosts_line().split(" ", 1)[1]
    with open(lab.dir + "/etc/known_hosts", "w") as f:
        for n in names:
            f.write("[%s]:%d %s" % (n.address, n.port, key))
    lab.configure(lab.application(lab.target(
        "production", {"web": {"ONE": [line]}},
        [(n, ["web"]) for n in names], stages=("ONE",))),
        known_hosts=False, more=LIMITS)
    lab.start(args=())
    lab.token("alice")
    return lab, sshd


def end(lab, sshd):
    lab.stop()
    sshd.stop()
    lab.close()


def open_gate(lab, hosts):
    """All commands are there, and then print at the same moment."""
    sshd, = lab.hosts
    fd = os.open(lab.shared + "/gate", os.O_RDWR)
    wait_for("all commands", lambda: len(sshd.commands()) == hosts)
    start = time.monotonic()
    os.write(fd, b"\n" * hosts)
    wait_for("their start", lambda: empty(fd))
    os.close(fd)
    return start


def empty(fd):
    return not select.select([fd], [], [], 0)[0]


def run(line, lines, hosts=1, viewers=1, before=None):
    """Runs it on a daemon of its own.  Seconds from the request to the
    viewers' last byte, what they saw, CPU and peaks of memory."""
    lab, sshd = begin(line, hosts)
    used, peaks = daemon_cpu(lab), Peaks(lab)
    start = time.monotonic()
    id = lab.deploy(stages=["ONE"])
    viewer = Viewer(lab, id, viewers)
    if before is not None:
        start = before(lab, hosts)
    seen = viewer.result()
    kb = peaks.stop()
    wait_for("the worker's end", lambda: lab.pid("worker") is None)
    used = difference(daemon_cpu(lab), used)
    d = lab.deployment(id)
    if d["state"] != "successful" or seen.ended != viewers or seen.wrong or \
       seen.lines != lines * hosts or seen.least != d["entries"] or \
       seen.entries != d["entries"] * viewers:
        raise RuntimeError("lines are missing, or wrong: %r %r" % (d, seen))
    end(lab, sshd)
    return SimpleNamespace(took=seen.last - start, seen=seen, cpu=used, kb=kb)


def tell(name, r):
    """Rows of figures about a run."""
    say("%s: %.2f s, %d lines a second, %d lines and %.0f MB seen, none lost"
        % (name, r.took, r.seen.lines / r.took, r.seen.entries,
           r.seen.bytes / 1e6))
    table(("process", "CPU s", "peak MB"), [
        (n, "%.2f" % r.cpu.get(n, 0.0), "%.1f" % (r.kb.get(n, 0) / 1024))
        for n in WATCHED])


def rates():
    n = 1000000
    title("%d lines of one host, one viewer" % n)
    r = run("seq %d" % n, n)
    tell("from start to the viewer's last byte", r)
    require("lines a second", n / r.took, 200000, least=True, form="%.0f")

    n, hosts = 5000, 200
    title("%d hosts that print %d lines each, one viewer" % (hosts, n))
    r = run(GATE + "seq %d" % n, n, hosts, before=open_gate)
    tell("from all connected to the viewer's last byte", r)

    n, viewers = 10000, 1000
    title("%d lines of one host, %d viewers" % (n, viewers))
    r = run(GATE + "seq %d" % n, n, viewers=viewers, before=open_gate)
    tell("from the first line to the last viewer's last byte", r)
    say("lines to viewers: %d a second, %.0f MB a second" % (
        r.seen.entries / r.took, r.seen.bytes / r.took / 1e6))


def memory():
    title("memory after 100,000 lines and after 10,000,000: peaks in MB")
    few, many = run("seq 100000", 100000), run("seq 10000000", 10000000)
    table(("process", "100,000", "10,000,000"), [
        (p, "%.1f" % (few.kb[p] / 1024), "%.1f" % (many.kb[p] / 1024))
        for p in WATCHED])
    say("10,000,000 lines: %.1f s, %d lines a second, none lost" % (
        many.took, 1e7 / many.took))
    for p in WATCHED:
        require(p + ": more by", (many.kb[p] - few.kb[p]) / 1024, 2.0, " MB")


if __name__ == "__main__":
    memory() if sys.argv[1:] == ["memory"] else rates()
    verdict()
