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

"""A deployment can be killed in every phase; no process of its commands is
left on the host, and the target is free at once."""

import threading

from lab import *

lab = Lab(hosts=2)
a, b = lab.hosts


class Address:
    def __init__(self, port, address="127.0.0.1"):
        self.port, self.address = port, address


def listener(backlog):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(backlog)
    return s


# Nothing answers behind these: the backlog is full; no word is said; a name
# server takes questions and never answers.
full, silent = listener(0), listener(16)
fill = []
for _ in range(3):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(full.getsockname())
    fill.append(s)

# A proxy that stops in the middle: it passes on so many bytes of the client
# and no more, which leaves the server waiting and us in that phase.
proxy = listener(16)
proxied = []


def pump(src, dst, limit):
    try:
        while limit is None or limit > 0:
            data = src.recv(65536 if limit is None else min(limit, 65536))
            if not data:
                return
            dst.sendall(data)
            if limit is not None:
                limit -= len(data)
    except OSError:
        pass


def proxy_run():
    while True:
        try:
            s, _ = proxy.accept()
        except OSError:
            return
        t = socket.create_connection(("127.0.0.1", b.port))
        proxied.append((s, t))
        threading.Thread(target=pump, args=(t, s, None), daemon=True).start()
        # the banner and half an offer of algorithms
        threading.Thread(target=pump, args=(s, t, 200), daemon=True).start()


threading.Thread(target=proxy_run, daemon=True).start()

mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mute.bind(("127.0.0.1", 0))

# Its sshd asks a command for the keys, and that takes its time.
auth = lab.add_host("auth", extra="AuthorizedKeysFile none\n"
                    "AuthorizedKeysCommand /usr/bin/sleep 1000\n"
                    "AuthorizedKeysCommandUser nobody\n")

stubborn = ("trap '' TERM HUP INT; sh -c 'trap \"\" TERM HUP; "
            "while :; do sleep 0.1; done' & "
            "touch $DIR/runs; while :; do sleep 0.1; done")
targets = []


def case(name, hosts, lines, stages=("ONE",), more=""):
    roles = {"web": {s: lines for s in stages}}
    targets.append(lab.target(name, roles, [(h, ["web"]) for h in hosts],
                              stages=stages, more=more))


case("resolving", [a, Address(22, "some.where.invalid")], ["true"])
case("authenticating", [a, auth], ["true"])
case("connecting", [a, Address(full.getsockname()[1])], ["true"])
case("banner", [a, Address(silent.getsockname()[1])], ["true"])
case("handshake", [a, Address(proxy.getsockname()[1])], ["true"])
case("command", [a, b], ["touch $DIR/runs; sleep 1000"])
case("stubborn", [a], [stubborn], more="\t\tlimit kill 1s")
case("children", [a], ["sleep 1000 & sleep 1001 & touch $DIR/runs; wait"])
case("flood", [a, b], ["touch $DIR/runs; yes"])
case("stages", [a, b], ["true"] * 50, stages=("ONE", "TWO", "THREE"))
case("silence", [a], ["sleep 1000"], more="\t\tlimit silence 500ms")
case("long", [a], ["while :; do echo x; sleep 0.1; done"],
     more="\t\tlimit command 1s")
case("hung", [a], ["sleep 1000"],
     more="\t\tlimit deployment 2s\n\t\tlimit kill 100ms")
case("whole", [a], ["true", "sleep 1000"], more="\t\tlimit deployment 1500ms")
lab.configure(lab.application(*targets))
lab.start()
# The workers' resolver is told of the mute name server, in their directory.
with open(lab.dir + "/run/worker/etc/resolv.conf", "w") as f:
    f.write("nameserver 127.0.0.1:%d\n" % mute.getsockname()[1])


def commands_left():
    return a.commands() + b.commands()


def kill(target, when, stages=("ONE",), limit=20):
    for h in (a, b):
        if os.path.exists(h.path("runs")):
            os.unlink(h.path("runs"))
    id = lab.deploy(target=target, stages=stages)
    when(id)
    r = lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
    if r.status == 409:
        note("it had ended: " + r.text)
    begin = time.monotonic()
    d, log = lab.finish(id)
    note("%s: ended after %.2f s: %s" % (target, time.monotonic() - begin,
                                        log[-1]["message"]))
    same((d["state"], d["ended_by"]), ("failed", "person"),
         "%s: killed by a person" % target)
    same(log[-1]["message"],
         "deployment_id=%d, err=killed by alice" % id,
         "%s: the last entry says so" % target)
    same(messages(log, "KILL_RECEIVED"), ["killed by alice"],
         "%s: and KILL_RECEIVED" % target)
    ok(wait_for("the end of the commands", lambda: not commands_left()),
       "%s: no process of the command is left" % target)
    again = lab.create(target=target, stages=stages)
    same(again.status, 303, "%s: the target is free" % target)
    id = int(again.headers["Location"].rsplit("/", 1)[1])
    lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
    lab.finish(id)


def one_connected(id):
    wait_for("the connection of one host", lambda: any(
        d["id"] == id and d["connected"] == 1
        for d in lab.ctl_json("show")["deployments"]))


def asked(id):
    one_connected(id)
    mute.settimeout(10)
    ok(b"some" in mute.recv(512), "the name server has been asked")


def looking_for_keys(id):
    wait_for("sshd's look for the key", lambda: any(
        comm(p) == "sleep" for p in auth.pids()))


def running(*hosts):
    def when(id):
        wait_for("the commands", lambda: all(
            os.path.exists(h.path("runs")) for h in hosts))
    return when


kill("resolving", asked)
kill("connecting", one_connected)
kill("banner", one_connected)
kill("handshake", one_connected)
kill("authenticating", looking_for_keys)
kill("command", running(a, b))
kill("children", running(a))
kill("stubborn", running(a))
kill("flood", running(a, b))
kill("stages", lambda id: lab.wait_entry(
    id, lambda e: e["entry_type"] == "STAGE_SUCCESS"),
    stages=("ONE", "TWO", "THREE"))


def limit(target, *words):
    d, log = lab.run(target=target, stages=["ONE"])
    same((d["state"], d["ended_by"]), ("failed", "limit"),
         "%s: ended by a limit" % target)
    note(log[-1]["message"])
    ok(wait_for("the end of the commands", lambda: not commands_left()),
       "%s: nothing is left" % target)


limit("silence")
limit("long")
limit("whole")

# ---- a worker that hangs keeps no limit: the executor does

id = lab.deploy(target="hung", stages=["ONE"])
wait_for("the command", lambda: len(commands_left()) > 0)
os.kill(lab.pid("worker"), signal.SIGSTOP)
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "daemon"),
     "a worker that hangs is ended")
ok("did not end in time" in log[-1]["message"] and
   "may still run" in log[-1]["message"], "and the reason says so")
for p in commands_left():
    try:
        os.kill(p, signal.SIGKILL)
    except ProcessLookupError:
        pass

# ---- the daemon that stops, and the one that drains

id = lab.deploy(target="command", stages=["ONE"])
os.path.exists(a.path("runs")) and os.unlink(a.path("runs"))
wait_for("the command", lambda: len(commands_left()) > 0)
begin = time.monotonic()
same(lab.stop(), 0, "SIGTERM ends the daemon with a deployment running")
ok(time.monotonic() - begin < 15, "within 15 seconds")
ok(wait_for("the end of the commands", lambda: not commands_left()),
   "no process of its command is left")
lab.start()
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "daemon"), "it has failed")
ok("daemon stopped" in log[-1]["message"], "with the reason daemon stopped")

id = lab.deploy(target="stages", stages=("ONE", "TWO", "THREE"))
lab.ctl("drain")
same(lab.process.wait(60), 0, "a drained daemon exits with status 0")
lab.process = None
lab.start()
same(lab.deployment(id)["state"], "successful",
     "after the running deployment has come to its end")
same(lab.stop(), 0, "the daemon stops")
done()
