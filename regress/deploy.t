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
#

"""What a deployment does on its hosts, and what its log says, with real sshd:
three hosts, two roles, three stages."""

import os
import re

from lab import *

lab = Lab(hosts=3)
a, b, c = lab.hosts
ALL = ("ONE", "TWO", "THREE")

# Each target is a case of its own.
targets = []
expected_sha = SHA


def case(name, roles, hosts=None, **kw):
    targets.append(lab.target(name, roles, hosts, **kw))


case("plain", {
    "web": {"ONE": ["echo one on $HOST", "echo {{.CommitSha}} >&2"],
            "THREE": ["touch $DIR/three"]},
    "db": {"TWO": ["echo two >>$LAB/order", "! test -e $DIR/three",
                   "true"]}},
    [(a, ["web", "db"]), (b, ["web"]), (c, ["web"])])

# Each host waits until the two others have come: only parallel hosts end.
meet = ("touch $LAB/met.$HOST; n=0; until test -e $LAB/met.host1 -a"
        " -e $LAB/met.host2 -a -e $LAB/met.host3; do n=$((n+1));"
        " test $n -lt 1500 || exit 1; sleep 0.02; done")
case("rendezvous", {"web": {"ONE": [meet]}})

case("middle", {
    "web": {"ONE": ["echo before", "exit 3", "touch $DIR/after"],
            "TWO": ["touch $DIR/later"]},
    "ok": {"ONE": ["echo first", "test -e $LAB/never || true",
                   "touch $DIR/finished"], "TWO": ["touch $DIR/later"]}},
    [(a, ["web"]), (b, ["ok"]), (c, ["ok"])])

output = [
    "printf 'no newline at the end'",
    "printf 'a\\nb\\n'; printf 'c\\nd\\n' >&2",
    "true",
    "head -c 150000 /dev/zero | tr '\\0' x; echo",
    "printf 'bin\\001\\377\\000ary\\n'",
    "printf '\\n\\nafter blanks\\n'",
    "printf 'carriage\\r\\n'",
    "printf 'h\\303\\244user\\n'"]
case("output", {"web": {"ONE": output}}, [(a, ["web"])])
case("signal", {"web": {"ONE": ["kill -TERM $$"]}}, [(a, ["web"])])
case("blank", {"web": {"ONE": ["", "echo after", "echo cr\r".rstrip()]}},
     [(a, ["web"])])
long_script = ["echo line %04d %s" % (i, "y" * 100) for i in range(560)]
case("long", {"web": {"ONE": long_script}}, [(a, ["web"])])
case("options", {"web": '''
        set Dir "/tmp"
        set secret Password "s3cr3t-value"
        script ONE {
                "test -d {{.Dir}} && echo dir {{ .Dir }}"
                "echo pass={{.Password}}"
        }'''}, [(a, ["web"])])

lab.configure(lab.application(*targets))
lab.start()

# ---- a deployment that goes well

id = lab.deploy(target="plain")
d, log = lab.finish(id)
same(d["state"], "successful", "a deployment is successful")
same([e["id"] for e in log], list(range(1, len(log) + 1)),
     "entries are numbered from 1 without a gap")
same((types(log)[0], types(log)[-1]),
     ("DEPLOYMENT_START", "DEPLOYMENT_SUCCESS"), "its log has both ends")
same([t for t in types(log) if t.startswith("STAGE_ST")],
     ["STAGE_START"] * 3, "three stages start")
starts = [i for i, t in enumerate(types(log)) if t == "STAGE_START"]
ends = [i for i, t in enumerate(types(log)) if t == "STAGE_SUCCESS"]
ok(len(ends) == 3 and starts[0] < ends[0] < starts[1] < ends[1] < starts[2],
   "stages run one after another")
ok(all(s in m for s, m in zip(ALL, messages(log, "STAGE_START"))),
   "in their order")
for h in lab.hosts:
    same(messages(log, "COMMAND_STDOUT_OUTPUT", h.origin),
         ["one on " + h.name], "stdout of %s has its origin" % h.name)
    same(messages(log, "COMMAND_STDERR_OUTPUT", h.origin), [SHA],
         "stderr of %s too, and the commit is rendered" % h.name)
    ok(h.read("three") is not None, "the last stage ran on " + h.name)
same(open(lab.shared + "/order").read(), "two\n", "a role's stage runs on its host")
ok(any(re.fullmatch(re.escape(b.origin) + r" - stage TWO skipped", m)
       for m in messages(log, "STAGE_RESULT")),
   "a host without a script for the stage skips it")
ok(any(re.fullmatch(re.escape(a.origin) +
                    r" - execution of stage ONE successful \([0-9.]+m?.?s\)",
                    m) for m in messages(log, "STAGE_RESULT")),
   "a result says how long it took")
same(len(messages(log, "COMMAND_START")),
     len(messages(log, "COMMAND_SUCCESS")), "each command has its end")

d, log = lab.run(target="rendezvous", stages=["ONE"])
same(d["state"], "successful", "hosts run a stage at the same time")

# ---- one that fails in the middle

d, log = lab.run(target="middle", stages=["ONE", "TWO"])
same((d["state"], d["ended_by"]), ("failed", "host"), "a failing line fails it")
same(types(log)[-1], "DEPLOYMENT_FAIL", "its log ends with DEPLOYMENT_FAIL")
same(sum(t.startswith("DEPLOYMENT_") and t != "DEPLOYMENT_START"
         for t in types(log)), 1, "there is one such entry")
ok("Execution of stage ONE failed" in log[-1]["message"],
   "which names the stage")
ok(a.read("after") is None, "no line runs after the failing one")
ok(b.read("finished") is not None and c.read("finished") is not None,
   "the other hosts finish the stage")
ok(all(h.read("later") is None for h in lab.hosts), "no later stage starts")
same(len(messages(log, "STAGE_FAIL")), 1, "the stage has failed once")
ok(any("status 3" in m for m in messages(log, "COMMAND_FAIL", a.origin)),
   "COMMAND_FAIL says the exit status")
same(len(messages(log, "STAGE_RESULT")), 3, "each host has a result")

# ---- output of every kind

d, log = lab.run(target="output", stages=["ONE"])
same(d["state"], "successful", "output of every kind does no harm")
out = messages(log, "COMMAND_STDOUT_OUTPUT")
err = messages(log, "COMMAND_STDERR_OUTPUT")
same(out[0], "no newline at the end", "a last line without newline is a line")
same((out[1:3], err), (["a", "b"], ["c", "d"]), "both streams, line by line")
xs = [e for e in log if e["message"].startswith("xxx")]
same(sum(len(e["message"]) for e in xs), 150000,
     "a line longer than an entry comes whole")
same([e.get("continued", False) for e in xs],
     [True] * (len(xs) - 1) + [False], "its parts say that it goes on")
ok(max(len(e["message"]) for e in xs) <= 65536, "a part has 64 KB at most")
ok(any(m.startswith("bin\x01\ufffd") and m.endswith("ary") for m in out),
   "binary output is stored; JSON has U+FFFD for what is not UTF-8")
i = out.index("after blanks")
same(out[i - 2:i], ["", ""], "blank lines are lines")
ok("h\u00e4user" in out, "UTF-8 stays UTF-8")
raw = lab.get("/shop/deployments/%d/log?format=text" % d["id"], "alice")
ok(b"bin\x01\xff\x00ary" in raw.body, "as text the bytes are the host's")

d, log = lab.run(target="signal", stages=["ONE"])
same(d["state"], "failed", "a command that dies by a signal has failed")
ok("TERM" in messages(log, "COMMAND_FAIL")[0], "and the signal is named")

d, log = lab.run(target="blank", stages=["ONE"])
same((d["state"], messages(log, "COMMAND_START")[0]), ("successful", ""),
     "a blank line is an empty command")

d, log = lab.run(target="long", stages=["ONE"])
same(messages(log, "COMMAND_STDOUT_OUTPUT"),
     [s[5:] for s in long_script], "a script of 64 KB runs line by line")

d, log = lab.run(target="options", stages=["ONE"])
same(messages(log, "COMMAND_STDOUT_OUTPUT")[0], "dir /tmp",
     "options are rendered")
ok("s3cr3t-value" not in str(log) and "pass=***" in str(log),
   "a secret option is *** in every entry")
ok("s3cr3t-value" not in lab.log(), "and in the daemon's log")

# ---- what does not start

r = lab.create(target="plain", stages=["TWO", "ONE"])
same(r.status, 422, "stages in another order are refused")
r = lab.create(target="plain", stages=["FOUR"])
same(r.status, 422, "an unknown stage is refused")
r = lab.create(target="plain", stages=[])
same(r.status, 422, "no stage is refused")
r = lab.create(target="plain", sha="12345")
same(r.status, 422, "a commit that is no commit is refused")
r = lab.create(target="plain", sha=SHA[:39] + "g")
same(r.status, 422, "one with a wrong digit too")
r = lab.create(target="plain", comment="")
same(r.status, 422, "an empty comment is refused")
r = lab.create(target="nowhere")
same(r.status, 404, "an unknown target is not found")
d, log = lab.run(target="rendezvous", stages=["TWO"], sha="ab" * 32)
same(d["state"], "successful", "a commit of 64 digits is one")

same(lab.stop(), 0, "the daemon stops with status 0")
done()
