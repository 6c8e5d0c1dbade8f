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

"""Processes that are killed in the middle of a deployment, one after another:
it goes on, viewers take up again, nothing written is lost, notifications
arrive; what can't go on ends with its reason."""

import http.server
import threading

from lab import *

LINES = 300

received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.append((self.headers["Idempotency-Key"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *a):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

lab = Lab(hosts=2)
a, b = lab.hosts
slow = ("for i in $(seq 1 %d); do echo $i; sleep 0.01; done; "
        "while ! test -e $LAB/go; do sleep 0.05; done; seq %d %d" % (
            LINES, LINES + 1, 2 * LINES))
lab.configure(lab.application(
    lab.target("production", {"web": {"ONE": [slow], "TWO": ["echo two"]}},
               stages=["ONE", "TWO"], more='\t\tnotify webhook '
               '"http://127.0.0.1:%d/hook"' % server.server_port),
    lab.target("hang", {"web": {"ONE": ["touch $DIR/hangs; sleep 1000"]}},
               stages=["ONE"])))
lab.start()
want = [str(i) for i in range(1, 2 * LINES + 1)]


def notified(id):
    return [m["state"] for _, m in received
            if m["deployment"]["deployment_id"] == id]


def survive(name):
    """Kills that process during a deployment, which goes on."""
    if os.path.exists(lab.shared + "/go"):
        os.unlink(lab.shared + "/go")
    id = lab.deploy(stages=["ONE", "TWO"])
    lab.wait_entry(id, lambda e: e["message"] == "30")
    lab.kill_process(name)
    open(lab.shared + "/go", "w").close()
    d, log = lab.finish(id)
    same(d["state"], "successful", "%s killed: the deployment goes on" % name)
    same([e["id"] for e in log], list(range(1, len(log) + 1)),
         "%s killed: entries are numbered without a gap" % name)
    for h in lab.hosts:
        same(messages(log, "COMMAND_STDOUT_OUTPUT", h.origin), want + ["two"],
             "%s killed: no line of %s is lost, doubled or out of order"
             % (name, h.name))
    ok(wait_for("notifications",
                lambda: "successful" in notified(id)),
       "%s killed: the notification arrives" % name)
    states = list(dict.fromkeys(notified(id)))
    same(states, ["new", "active", "successful"],
         "%s killed: all of them, in order" % name)
    return id


for name in ("web", "notifier", "github", "engine"):
    survive(name)

# ---- a viewer whose web process dies takes up again

os.unlink(lab.shared + "/go")
id = lab.deploy(stages=["ONE", "TWO"])
seen = []
with Stream(lab, id) as s:
    for e in s:
        seen.append(e)
        if e["message"] == "20":
            break
    lab.kill_process("web")
    try:
        for e in s:
            seen.append(e)
        ended = s.r.isclosed() and False
    except Exception:
        ended = False
ok(types(seen)[-1] != "DEPLOYMENT_SUCCESS", "a viewer loses its connection")
open(lab.shared + "/go", "w").close()
seen += lab.entries(id, start=seen[-1]["id"] + 1)
same([e["id"] for e in seen], list(range(1, len(seen) + 1)),
     "and goes on with from= without gap or repeat")

# ---- those that can't go on

for name, words in (("worker", "worker"), ("executor", "executor")):
    for h in lab.hosts:
        if os.path.exists(h.path("hangs")):
            os.unlink(h.path("hangs"))
    id = lab.deploy(target="hang", stages=["ONE"])
    wait_for("the commands", lambda: all(
        os.path.exists(h.path("hangs")) for h in lab.hosts))
    lab.kill_process(name)
    d, log = lab.finish(id)
    same((d["state"], d["ended_by"]), ("failed", "daemon"),
         "%s killed: its deployment fails" % name)
    note(log[-1]["message"])
    ok("may still run" in log[-1]["message"] or any(
        "may still run" in e["message"] for e in log),
       "%s killed: which says that commands may still run" % name)
    same(sum(t in ("DEPLOYMENT_SUCCESS", "DEPLOYMENT_FAIL")
             for t in types(log)), 1, "%s killed: one final entry" % name)
    if name == "executor":
        ok(wait_for("the end of the commands", lambda: not any(
            h.commands() for h in lab.hosts)),
           "executor killed: its workers end what runs on the hosts")
    for h in lab.hosts:
        for p in h.commands():
            try:
                os.kill(p, signal.SIGKILL)
            except ProcessLookupError:
                pass
    again = lab.create(target="hang", stages=["ONE"])
    same(again.status, 303, "%s killed: the target is free" % name)
    id = int(again.headers["Location"].rsplit("/", 1)[1])
    lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
    lab.finish(id)

# ---- the whole daemon

for h in lab.hosts:
    if os.path.exists(h.path("hangs")):
        os.unlink(h.path("hangs"))
id = lab.deploy(target="hang", stages=["ONE"])
wait_for("the commands", lambda: all(
    os.path.exists(h.path("hangs")) for h in lab.hosts))
shown = len(lab.get("/shop/deployments/%d" % id, "alice").json)
lab.kill_all()
lab.start()
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "daemon"),
     "after kill -9 of all, what was unfinished is failed")
note(log[-1]["message"])
same(sum(t in ("DEPLOYMENT_SUCCESS", "DEPLOYMENT_FAIL")
         for t in types(log)), 1, "with one final entry")
again = lab.create(target="hang", stages=["ONE"])
same(again.status, 303, "and new deployments can start")
id = int(again.headers["Location"].rsplit("/", 1)[1])
lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
lab.finish(id)

same(lab.stop(), 0, "the daemon stops")
server.shutdown()
done()
