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

"""A thousand hosts and more, on an SSH server that costs little, beside a bare
loop on libssh2 that does the same: time, CPU a phase, memory a host.
`hosts.py [pairs]`."""

import os
import statistics
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from figures import *

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
COUNTS = (500, 1000, 2000)
MIDDLE = 1000			# the count of the pairs and of the memory
STAGES = ("ONE", "TWO", "THREE")
PHASES = ("connect",) + STAGES
HERE = os.path.dirname(os.path.abspath(__file__))

lab = Lab()
keygen(lab.dir + "/host_key")
port = free_port()


def start_server():
    program = lab.dir + "/light_sshd"
    subprocess.run(["go", "build", "-o", program, HERE + "/light_sshd.go"],
                   check=True, env=dict(
                       os.environ, GO111MODULE="off", GOFLAGS="",
                       GOPATH="/usr/share/gocode", GOCACHE=lab.dir + "/go"))
    p = subprocess.Popen(
        [program, "0.0.0.0:%d" % port, lab.dir + "/host_key"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lab.others.append(p)
    if p.stdout.readline() != "ready\n":
        raise RuntimeError("the server does not start")
    return p


def names(count):
    return [SimpleNamespace(address="127.0.%d.%d" % (n // 250, n % 250 + 1),
                            port=port) for n in range(count)]


def configure():
    """A target for each number of hosts, named after it, and one whose
    commands last until the bench has looked."""
    with open(lab.dir + "/host_key.pub") as f:
        public = " ".join(f.read().split()[:2])
    with open(lab.dir + "/etc/known_hosts", "w") as f:
        for n in names(max(COUNTS)):
            f.write("[%s]:%d %s\n" % (n.address, n.port, public))
    echo = {"web": {s: ["echo " + s] for s in STAGES}}
    targets = [lab.target(str(c), echo, [(n, ["web"]) for n in names(c)])
               for c in COUNTS]
    targets.append(lab.target("hold", {"web": {"ONE": ["hold"]}}, [
        (n, ["web"]) for n in names(MIDDLE)]))
    lab.configure(lab.application(*targets), known_hosts=False)


class Samples:
    """CPU of our processes, again and again, so that one can tell later what
    was used until some moment."""

    def __init__(self):
        self.samples = []
        self.stopped = False
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    def take(self):
        parent = lab.process.pid
        pids = [parent] + children_of(parent)
        known = len(pids)
        while not self.stopped:
            # The worker comes later.
            if len(pids) == known:
                pids = [parent] + children_of(parent)
            self.samples.append((time.time(),
                                 sum(nanoseconds(p) for p in pids)))
            time.sleep(0.02)

    def stop(self):
        self.stopped = True
        self.thread.join()

    def until(self, when):
        """Seconds of CPU; between two samples it is as if it were steady."""
        last = self.samples[0]
        for s in self.samples:
            if s[0] >= when:
                part = (when - last[0]) / (s[0] - last[0]) \
                    if s[0] > last[0] else 0
                return (last[1] + (s[1] - last[1]) * part) / 1e9
            # A process that has ended counts no more.
            if s[1] >= last[1]:
                last = s
        return last[1] / 1e9


def nanoseconds(pid):
    try:
        with open("/proc/%d/schedstat" % pid) as f:
            return int(f.read().split()[0])
    except OSError:
        return 0


def run_ours(count, sampled=False):
    """Seconds from the request to the last entry, the moments between the
    phases, CPU by process, and of each phase when it is sampled."""
    samples = Samples() if sampled else None
    before = daemon_cpu(lab)
    start = time.monotonic()
    id = lab.deploy(target=str(count), stages=STAGES)
    entries = lab.entries(id)
    took = time.monotonic() - start
    if samples is not None:
        samples.stop()
    if types(entries)[-1] != "DEPLOYMENT_SUCCESS" or \
       len(messages(entries, "COMMAND_STDOUT_OUTPUT")) != 3 * count:
        raise RuntimeError("it failed: " + entries[-1]["message"])
    wait_for("the worker's end", lambda: worker_reaped(lab))
    at = {e["entry_type"] + " " + e["message"]: moment(e) for e in entries
          if e["origin"] == "applikatoni"}
    moments = [moment(entries[0])] + [at["STAGE_START " + s] for s in STAGES]
    moments.append(at["STAGE_SUCCESS " + STAGES[-1]])
    phases = None
    if sampled:
        used = [samples.until(m) for m in moments]
        phases = [b - a for a, b in zip(used, used[1:])]
    return (took, [b - a for a, b in zip(moments, moments[1:])],
            difference(daemon_cpu(lab), before), phases)


def run_loop(count):
    """Seconds from its start to its end, its phases, its CPU."""
    before = os.times()
    start = time.monotonic()
    r = subprocess.run(
        [HERE + "/hosts_loop", str(count), str(port), lab.user,
         lab.dir + "/etc/key"] + ["echo " + s for s in STAGES],
        check=True, capture_output=True, text=True)
    took = time.monotonic() - start
    after = os.times()
    return took, [float(w) for w in r.stdout.split()], (
        after.children_user - before.children_user +
        after.children_system - before.children_system)


def compare():
    title("%d hosts, three stages, beside a bare loop on libssh2" % MIDDLE)
    rows, ratios, used = [], [], []
    for i in range(PAIRS):
        ours, phases, cpu, _ = run_ours(MIDDLE)
        peer, peer_phases, peer_cpu = run_loop(MIDDLE)
        ratios.append(ours / peer)
        used.append(cpu)
        for name, total, p, c in (("ours", ours, phases, cpu["all"]),
                                  ("loop", peer, peer_phases, peer_cpu)):
            rows.append(["%d %s" % (i + 1, name), "%.2f" % total,
                         *("%.2f" % t for t in p),
                         "%.2f" % (c / MIDDLE * 1000),
                         "%.3f" % ratios[-1] if name == "ours" else ""])
    table(("pair", "s", *PHASES, "CPU ms/host", "ratio"), rows)
    say()
    table(("process", "CPU a host, ms: min / median / max"), [
        (name, spread([u.get(name, 0.0) / MIDDLE * 1000 for u in used]))
        for name in ("parent", "web", "engine", "executor", "worker", "all")])
    say()
    say("ratio: " + spread(ratios, "%.3f"))
    require("ratio to the bare loop, median", statistics.median(ratios), 1.3)


def growth():
    """What a host costs must not depend on how many there are."""
    title("CPU of all our processes by the number of hosts, ms a host")
    rows, cost = [], {}
    for count in COUNTS:
        took, phases, cpu, used = run_ours(count, True)
        cost[count] = [u / count * 1000 for u in used]
        rows.append(["%d" % count, "%.2f" % took,
                     *("%.2f" % p for p in phases),
                     *("%.3f" % c for c in cost[count]),
                     "%.2f" % (cpu["all"] / count * 1000)])
    table(("hosts", "s", *(p + " s" for p in PHASES),
           *(p + " ms" for p in PHASES), "all ms"), rows)
    say()
    few, many = min(COUNTS), max(COUNTS)
    for i, phase in enumerate(PHASES):
        require("CPU a host in %s, %d to %d hosts" % (phase, many, few),
                cost[many][i] / cost[few][i], 1.5)


def memory(idle):
    title("memory with %d hosts, KB (pss)" % MIDDLE)
    id = lab.deploy(target="hold", stages=["ONE"])
    while server.stdout.readline() != "holding %d\n" % MIDDLE:
        pass
    busy = daemon_memory(lab)
    peaks = {n: peak(lab.pid(n)) for n in ("engine", "executor", "worker")}
    server.stdin.write("go\n")
    server.stdin.flush()
    if types(lab.entries(id))[-1] != "DEPLOYMENT_SUCCESS":
        raise RuntimeError("it failed")
    table(("process", "idle", "busy", "peak (resident)"), [
        (n, idle.get(n, 0), busy[n], peaks.get(n, "")) for n in busy])
    say()
    require("memory a host", (sum(busy.values()) - sum(idle.values())) /
            MIDDLE, 80.0, " KB")


server = start_server()
configure()
lab.start(args=())
lab.token("alice")
idle = daemon_memory(lab)
memory(idle)
compare()
growth()
verdict()
