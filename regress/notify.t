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

"""Notifications: each change of state reaches the webhook, in order, again
and again until it is taken; what can't be delivered harms nobody."""

import http.server
import threading

from lab import *


class Receiver(http.server.ThreadingHTTPServer):
    """A receiver that answers as it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.seen, self.all = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d/hook?secret=in-the-url" % self.server_port


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        status, headers = 200, {}
        if self.server.answers:
            status, headers = self.server.answers.pop(0)
        self.server.all.append((status, body["state"],
                                self.headers["Idempotency-Key"]))
        if status == 200:
            self.server.seen.append((dict(self.headers), body))
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *a):
        pass


lab = Lab(hosts=1)
good, flaky, refusing, moved = (Receiver() for _ in range(4))
dead = "http://127.0.0.1:%d/" % free_port()
with open(lab.dir + "/etc/url", "w") as f:
    f.write(flaky.url + "\n")
os.chmod(lab.dir + "/etc/url", 0o600)
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["true"], "TWO": ["false"]}},
    stages=["ONE", "TWO"], more='''
                notify webhook "%s"
                notify webhook file "%s/etc/url"
                notify webhook "%s"
                notify webhook "%s"
                notify webhook "%s"''' % (good.url, lab.dir, refusing.url,
                                          moved.url, dead))))
flaky.answers = [(500, {}), (429, {"Retry-After": "2"}), (503, {})]
refusing.answers = [(400, {}), (404, {}), (403, {})]
moved.answers = [(302, {"Location": good.url})] * 3
lab.start()


def states(receiver):
    return [body["state"] for _, body in receiver.seen]


begin = time.monotonic()
d, log = lab.run(stages=["ONE"], comment='a "test" with \u00e4 and\nlines',
                 branch="feature/x")
same(d["state"], "successful", "a deployment with five receivers")
wait_for("the notifications", lambda: len(states(good)) == 3)
same(states(good), ["new", "active", "successful"],
     "each change of state is told, in order")
headers, body = good.seen[-1]
same(headers["Content-Type"], "application/json", "as JSON")
same(body["application"], {"application_name": "shop",
                           "github_owner": "example", "github_repo": "shop"},
     "it has the application")
same({k: body["deployment"][k] for k in (
    "deployment_id", "commit_sha", "branch", "state", "comment",
    "deployment_url", "deployer_name")},
    {"deployment_id": d["id"], "commit_sha": SHA, "branch": "feature/x",
     "state": "successful", "comment": 'a "test" with \u00e4 and\nlines',
     "deployment_url": "%s/shop/deployments/%d" % (lab.url, d["id"]),
     "deployer_name": "alice"}, "the deployment")
same(body["target"]["target_name"], "production", "and the target")
ok(len({h["Idempotency-Key"] for h, _ in good.seen}) == 3,
   "each with a key of its own")

wait_for("what is tried again", lambda: len(states(flaky)) == 3, 60)
same(states(flaky), ["new", "active", "successful"],
     "what is not taken is tried again, in order")
same([s for s, _, _ in flaky.all[:4]], [500, 429, 503, 200],
     "until it is taken")
same({k for _, _, k in flaky.all[:4]}, {flaky.all[0][2]},
     "with the same key each time")
ok(time.monotonic() - begin >= 2, "Retry-After is honoured")
same(states(good), ["new", "active", "successful"],
     "the others get nothing twice")

lab.wait_log(r"delivery given up: .*status 400")
same([s for s, _, _ in refusing.all], [400, 404, 403],
     "a refusal is not tried again, and the next one is")
wait_for("the redirections", lambda: len(moved.all) == 3)
same(len(good.seen), 3, "a redirection is not followed")
ok("in-the-url" not in lab.log(), "no address stands in the log")

d, log = lab.run(stages=["TWO"])
wait_for("the failure", lambda: states(good)[-1] == "failed")
same(states(good)[3:], ["new", "active", "failed"], "a failure is told too")

# ---- what has not been delivered outlives the daemon

flaky.answers = [(500, {})]
wait_for("the second one", lambda: len(flaky.seen) >= 6)
flaky.answers = [(500, {})] * 2
d, log = lab.run(stages=["ONE"])
lab.kill_all()
lab.start()
wait_for("what was left", lambda: len(flaky.seen) >= 9, 90)
same(states(flaky)[6:9], ["new", "active", "successful"],
     "after kill -9 of all, what was in the outbox is delivered, in order")
same(lab.stop(), 0, "the daemon stops")
done()
