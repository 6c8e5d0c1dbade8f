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

"""What the benches share: the CPU and the memory of the daemon's processes
as the kernel counts them, and tables of figures beside what is required.
A bench prints its tables and ends with verdict(): 1 when a figure that is
required was missed."""

import datetime
import os
import re
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))

from lab import *  # noqa: E402, and for the benches

TICKS = os.sysconf("SC_CLK_TCK")
CHILDREN = ("web", "engine", "executor", "github", "notifier")

_missed = []


# ---- CPU

def _times(pid):
    """User, system, and the same of children that were waited for; s."""
    with open("/proc/%d/stat" % pid) as f:
        t = f.read().rsplit(")", 1)[1].split()[11:15]
    return [int(n) / TICKS for n in t]


def cpu(pid, reaped=False):
    """Seconds of CPU of a process; reaped: and of its children that ended."""
    try:
        t = _times(pid)
    except OSError:
        return 0.0
    return sum(t) if reaped else sum(t[:2])


def daemon_cpu(lab):
    """Seconds of CPU by process.  `worker` are those that the parent has
    waited for, and those that run."""
    parent = lab.process.pid
    user, system, *reaped = _times(parent)
    r = {"parent": user + system, "worker": sum(reaped)}
    for pid in children_of(parent):
        name = program(pid)
        if name is not None:
            r[name] = r.get(name, 0.0) + cpu(pid)
    return r


def worker_reaped(lab):
    """Whether no worker is left, nor one whose CPU is not yet counted: a
    process that has ended, but was not waited for, has no program."""
    return all(program(p) not in (None, "worker")
               for p in children_of(lab.process.pid))


def difference(after, before):
    """What was used between two results of daemon_cpu(), with its sum."""
    r = {k: v - before.get(k, 0.0) for k, v in after.items()}
    r["all"] = sum(r.values())
    return r


# ---- memory

def program(pid):
    try:
        return os.path.basename(os.readlink("/proc/%d/exe" % pid))
    except OSError:
        return None


def pss(pid):
    """KB of memory, with its share of what it shares with others."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            return int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
    except (OSError, AttributeError):
        return 0


def peak(pid):
    """KB: the most that was resident."""
    try:
        with open("/proc/%d/status" % pid) as f:
            return int(re.search(r"^VmHWM:\s+(\d+)", f.read(), re.M).group(1))
    except (OSError, AttributeError):
        return 0


def daemon_memory(lab):
    """KB (pss) by process."""
    r = {"parent": pss(lab.process.pid)}
    for pid in children_of(lab.process.pid):
        name = program(pid)
        if name is not None:
            r[name] = r.get(name, 0) + pss(pid)
    return r


# ---- entries of a log

def moment(entry):
    """When it was made, in seconds since 1970."""
    text = entry["timestamp"].rstrip("Z")
    whole, _, part = text.partition(".")
    t = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(
        tzinfo=datetime.timezone.utc).timestamp()
    return t + (float("0." + part) if part else 0.0)


# ---- figures

def spread(values, form="%.2f"):
    """min / median / max"""
    return " / ".join(form % v for v in (
        min(values), statistics.median(values), max(values)))


def say(text=""):
    print(text, flush=True)


def title(text):
    say()
    say(text)
    say("-" * len(text))


def table(head, rows):
    """Columns, the first to the left, the others to the right."""
    rows = [[str(c) for c in r] for r in [head, *rows]]
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    for r in rows:
        say("  ".join([r[0].ljust(widths[0])] + [
            c.rjust(w) for c, w in zip(r[1:], widths[1:])]).rstrip())


def require(name, value, limit, unit="", least=False, form="%.2f"):
    """A figure that must be at most limit; least: at least."""
    good = value >= limit if least else value <= limit
    say(("%s: " + form + "%s (required: at %s %s%s) %s") % (
        name, value, unit, "least" if least else "most",
        form % limit if isinstance(limit, float) else limit, unit,
        "" if good else "MISSED"))
    if not good:
        _missed.append(name)
    return good


def verdict():
    sys.exit(1 if _missed else 0)
