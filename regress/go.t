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

"""A client that is written in Go with gorilla/websocket, as the original toni
was, deploys, follows and kills."""

from lab import *

lab = Lab(hosts=2)
lab.configure(lab.application(lab.target("production", {"web": {
    "ONE": ["echo hello", "echo oops >&2"],
    "TWO": ["echo KILL ME; exec sleep 1000"]}}, stages=["ONE", "TWO"])))
client = lab.dir + "/client"
subprocess.run(["go", "build", "-o", client, TOP + "/regress/go/client.go"],
               check=True, env=dict(
                   os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode",
                   GOCACHE=lab.dir + "/gocache", GOFLAGS="", CGO_ENABLED="0"))
lab.start()


def go(*stages, target="production", sha=SHA, host=None, token=None):
    r = subprocess.run([client, host or lab.url, token or lab.token("alice"),
                        "shop", target, sha, *stages], capture_output=True,
                       timeout=60, text=True)
    if r.stderr:
        note(r.stderr)
    return r.returncode, [json.loads(line) for line in r.stdout.splitlines()]


status, seen = go("ONE")
same(status, 0, "it deploys")
same(seen[0], {"location": "/shop/deployments/1"}, "to a relative Location")
same(seen[-1], {"close": 1000}, "and the log ends with the code 1000")
entries = seen[1:-1]
same([e["id"] for e in entries], list(range(1, len(entries) + 1)),
     "it follows every line, in order")
same([types(entries)[0], types(entries)[-1]],
     ["DEPLOYMENT_START", "DEPLOYMENT_SUCCESS"], "from start to end")
ok(all(e["deployment_id"] == 1 for e in entries) and
   all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z",
                    e["timestamp"]) for e in entries),
   "with the deployment and a time that Go reads")
same(sorted(messages(entries, "COMMAND_STDOUT_OUTPUT")), ["hello"] * 2,
     "what the hosts print")
same(sorted(messages(entries, "COMMAND_STDERR_OUTPUT")), ["oops"] * 2,
     "on both channels")
same(sorted({e["origin"] for e in entries}),
     sorted(["applikatoni"] + [h.origin for h in lab.hosts]),
     "and from where")

status, seen = go("ONE", "TWO", host=lab.url + "/")
same((status, seen[-1]), (0, {"close": 1000}),
     "a slash at the end of the Origin does not matter")
ok({"kill": 200} in seen or {"kill": 303} in seen, "it kills")
entries = [e for e in seen if "entry_type" in e]
same(types(entries)[-1], "DEPLOYMENT_FAIL", "the deployment ends")
ok("KILL_RECEIVED" in types(entries), "and says that it was killed")

for what, status, sentence, args in (
        ("a wrong token", 401, "wrong API token", dict(token="x" * 36)),
        ("a reader", 403, "not authorized to deploy to this target",
         dict(token=lab.token("bob"))),
        ("an unknown target", 404, "target not found", dict(target="none")),
        ("a wrong commit", 422, "invalid commit sha", dict(sha="xyz")),
        ("no stages", 422, "no stages selected", dict())):
    stages = () if what == "no stages" else ("ONE",)
    r, seen = go(*stages, **args)
    same((r, seen), (1, [{"status": status, "body": sentence + "\n"}]),
         "%s is answered with %d and a sentence" % (what, status))
r = lab.request("POST", "/shop/deployments", "bob", body="",
                headers={"Accept": "*/*"})
same(sorted(r.json), ["error"], "who says what is accepted gets JSON")
same(lab.stop(), 0, "the daemon stops")
done()
