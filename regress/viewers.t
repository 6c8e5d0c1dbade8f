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

"""Those who watch: late, again from a number, slowly, and many at once; each
sees every line once and in order."""

import socket
import threading

from lab import *

LINES = 20000

lab = Lab(hosts=1)
host, = lab.hosts
lab.configure(lab.application(lab.target("production", {"web": {
    "ONE": ["seq 1 100; while ! test -e $DIR/go; do sleep 0.05; done; seq 101 %d"
            % LINES]}})))
lab.start()

id = lab.deploy(stages=["ONE"])
log = "/shop/deployments/%d/log" % id
want = [str(i) for i in range(1, LINES + 1)]

# Somebody who is there from the beginning, somebody who comes late.
early = []


def watch(into, **kw):
    with Stream(lab, id, **kw) as s:
        for e in s:
            into.append(e)


threads = [threading.Thread(target=watch, args=(early,))]
threads[0].start()
wait_for("the first lines", lambda: len(early) > 50)
late, again, ws = [], [], []
threads.append(threading.Thread(target=watch, args=(late,)))
threads[-1].start()

# Somebody who goes away and comes again.
with Stream(lab, id) as s:
    for e in s:
        again.append(e)
        if len(again) == 40:
            break
threads.append(threading.Thread(target=watch, args=(again,),
                                kwargs={"start": again[-1]["id"] + 1}))
threads[-1].start()

# Somebody who does not read at all.
stuck = [socket.create_connection(("127.0.0.1", lab.port)) for _ in range(3)]
for s in stuck:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.sendall(("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Api-Token: %s\r\n"
               "\r\n" % (log, lab.port, lab.token("alice"))).encode())

# And many by WebSocket.
sockets = [lab.websocket(log, "bob") for _ in range(30)]
seen = [[] for _ in sockets]


def watch_socket(i):
    for e in sockets[i]:
        seen[i].append(e)


for i in range(len(sockets)):
    threads.append(threading.Thread(target=watch_socket, args=(i,)))
    threads[-1].start()
wait_for("all viewers", lambda: len(late) > 50 and all(
    len(x) > 50 for x in seen))
open(host.path("go"), "w").close()
for t in threads:
    t.join(60)

for name, got in (("from the beginning", early), ("who came late", late),
                  ("who came again", again), ("by WebSocket", seen[0])):
    same([e["id"] for e in got], list(range(1, len(got) + 1)),
         "a viewer %s gets every entry once and in order" % name)
    ok(messages(got, "COMMAND_STDOUT_OUTPUT") == want, "and every line")
ok(all(x == early for x in seen), "all see the same")
same({s.code for s in sockets}, {1000}, "a WebSocket is closed with 1000")
same(lab.deployment(id)["state"], "successful", "nobody slows it down")
for s in stuck:
    s.close()

# ---- after the end

total = len(early)
same(lab.deployment(id)["entries"], total, "the deployment tells its entries")
same(lab.entries(id), early, "the log of an ended deployment is the same")
same([e["id"] for e in lab.entries(id, start=total - 2)],
     [total - 2, total - 1, total], "from= begins where it says")
same(lab.entries(id, start=total + 1), [], "behind the end there is nothing")
same(lab.get(log + "?from=x", "alice").status, 400, "from=x is refused")
w = lab.websocket(log + "?from=%d" % total, "alice")
same([e["id"] for e in w], [total], "a WebSocket takes from= too")
text = lab.get(log, "alice", headers={"Accept": "text/plain"})
ok(text.headers["Content-Type"].startswith("text/plain") and
   text.body.count(b"\n") == total, "as plain text there is a line an entry")

# ---- one that is still running when the viewer sends nonsense

w = lab.websocket(log, "alice")
w.send(1, b"hello")
w.send(9, b"ping")
n = sum(1 for e in w)
same((n, w.code), (total, 1000), "what a viewer sends does no harm")
same(lab.stop(), 0, "the daemon stops")
done()
