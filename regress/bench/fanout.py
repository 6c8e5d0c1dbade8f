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

"""Many hosts at once, beside pdsh: 200 host names that all lead to one sshd,
a deployment of three stages of a line each against pdsh that runs one command,
in turn.  `fanout.py [pairs] [hosts]`."""

import os
import re
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

from figures import *

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
STAGES = ("ONE", "TWO", "THREE")
KEX = "curve25519-sha256"

lab = Lab()
sshd = lab.add_host(address="0.0.0.0", extra="MaxStartups 10000\n")
names = [SimpleNamespace(address="127.0.%d.%d" % (n // 250, n % 250 + 1),
                         port=sshd.port) for n in range(HOSTS)]
key = sshd.known_hosts_line().split(" ", 1)[1]
with open(lab.dir + "/etc/known_hosts", "w") as f:
    for n in names:
        f.write("[%s]:%d %s" % (n.address, n.port, key))
lab.configure(lab.application(lab.target(
    "production", {"web": {s: ["echo " + s] for s in STAGES}},
    [(n, ["web"]) for n in names])), known_hosts=False)
lab.start(args=())

os.environ["PDSH_SSH_ARGS_APPEND"] = " ".join([
    "-F", "none", "-i", lab.dir + "/etc/key", "-p", str(sshd.port)] + [
    "-o" + o for o in (
        "BatchMode=yes", "LogLevel=ERROR", "KexAlgorithms=" + KEX,
        "UserKnownHostsFile=%s/etc/known_hosts" % lab.dir,
        "GlobalKnownHostsFile=none", "IdentitiesOnly=yes")])
PDSH = ["pdsh", "-R", "ssh", "-f", str(HOSTS), "-l", lab.user, "-w",
        ",".join(n.address for n in names), "echo ONE"]


def quiet():
    """No session of the round before is left."""
    wait_for("the end of all sessions", lambda: len(sshd.pids()) == 1)


def run_ours():
    """Seconds from the request to the last entry, CPU, seconds a phase."""
    quiet()
    before = daemon_cpu(lab)
    start = time.monotonic()
    id = lab.deploy(stages=STAGES)
    entries = lab.entries(id)
    took = time.monotonic() - start
    if types(entries)[-1] != "DEPLOYMENT_SUCCESS" or \
       len(messages(entries, "COMMAND_STDOUT_OUTPUT")) != 3 * HOSTS:
        raise RuntimeError("it failed: " + entries[-1]["message"])
    wait_for("the worker's end", lambda: worker_reaped(lab))
    used = difference(daemon_cpu(lab), before)
    at = {}
    for e in entries:
        at.setdefault(e["entry_type"] + " " + e["message"], moment(e))
    connected = at["STAGE_START ONE"]
    return took, used, [connected - moment(entries[0])] + [
        at["STAGE_SUCCESS " + s] - at["STAGE_START " + s] for s in STAGES]


def run_pdsh():
    """Seconds, and seconds of CPU of pdsh and its ssh processes."""
    quiet()
    before = os.times()
    start = time.monotonic()
    r = subprocess.run(PDSH, capture_output=True, stdin=subprocess.DEVNULL)
    took = time.monotonic() - start
    after = os.times()
    if len(re.findall(rb": ONE$", r.stdout, re.M)) != HOSTS:
        raise RuntimeError("pdsh: %r %r" % (r.stdout[-500:], r.stderr[-500:]))
    return took, (after.children_user - before.children_user +
                  after.children_system - before.children_system)


title("%d hosts, one sshd: three stages here, one command by pdsh" % HOSTS)
rows, ratios, used = [], [], []
for i in range(PAIRS):
    ours, cpu_ours, phases = run_ours()
    peer, cpu_peer = run_pdsh()
    ratios.append(ours / peer)
    used.append(cpu_ours)
    rows.append([i + 1, "%.2f" % ours, *("%.2f" % p for p in phases),
                 "%.2f" % peer, "%.3f" % ratios[-1],
                 "%.2f" % (cpu_ours["all"] / HOSTS * 1000),
                 "%.2f" % (cpu_peer / HOSTS * 1000)])
table(("pair", "ours s", "connect", *STAGES, "pdsh s", "ratio", "CPU ms/host",
       "pdsh's"), rows)

title("CPU a host, ms: min / median / max")
table(("process", "ms"), [
    (name, spread([u.get(name, 0.0) / HOSTS * 1000 for u in used]))
    for name in ("parent", "web", "engine", "executor", "worker", "all")])
say()
say("ratio: " + spread(ratios, "%.3f"))
require("ratio to pdsh, median", statistics.median(ratios), 1.0)
require("CPU a host, median",
        statistics.median(u["all"] for u in used) / HOSTS * 1000, 4.0, " ms")
verdict()
