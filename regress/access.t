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

"""Who may do what: readers, deployers, tokens, sessions; one deployment of a
target at a time; nothing of another application; nothing across sites."""

import http.client
import threading

from lab import *

lab = Lab(hosts=1)
host, = lab.hosts
hold = {"web": {"ONE": ["while test -e $DIR/hold; do sleep 0.05; done"]}}


def shop():
    return lab.application(
        lab.target("production", hold, deployers=["alice"]),
        lab.target("staging", hold, deployers=["carol"]), name="shop")


def blog():
    return lab.application(
        lab.target("production", hold, deployers=["dave"]), name="blog",
        readers=["erin", "alice"])


lab.configure(shop(), blog())
lab.start()
open(host.path("hold"), "w").close()

# ---- who is it

same(lab.get("/").status, 401, "nobody is told to sign in")
same(lab.get("/", token="x" * 43).status, 401, "a made-up token is nobody's")
same(lab.get("/", token="").status, 401, "nor is an empty one")
same(lab.get("/", "bob").json["user"]["login"], "bob", "a token names its user")
same(lab.get("/", headers={"Authorization": "Bearer " +
                           lab.token("bob")}).status, 200,
     "Authorization: Bearer is equal to X-Api-Token")

# ---- readers and deployers

same(lab.get("/shop", "bob").status, 200, "a reader reads")
same(lab.get("/shop", "alice").status, 200, "a deployer is a reader too")
same(lab.get("/shop", "dave").status, 403, "others don't")
same(lab.get("/nothing", "dave").status, 404, "no such application is 404")
same(lab.get("/shop", "ALICE").status, 200, "logins compare without case")
same(lab.create("bob").status, 403, "a reader can't deploy")
same(lab.create("carol").status, 403,
     "a deployer of one target can't deploy to another")
same(lab.create("dave").status, 403, "nor can one of another application")
same(len(lab.ctl_json("deployments")["deployments"]), 0, "nothing was started")

# ---- twenty at once

replies = []
lab.token("alice")
barrier = threading.Barrier(20)


def start():
    barrier.wait()
    replies.append(lab.create("alice", stages=["ONE"]))


threads = [threading.Thread(target=start) for _ in range(20)]
for t in threads:
    t.start()
for t in threads:
    t.join()
same(sorted(r.status for r in replies), [303] + [409] * 19,
     "of twenty at once one starts and nineteen are refused")
same(len(lab.ctl_json("deployments")["deployments"]), 1, "there is one row")
id = lab.ctl_json("deployments")["deployments"][0]["id"]

# ---- kill, and ids of other applications

kill = "/%s/deployments/%d/kill"
same(lab.request("POST", kill % ("shop", id), "bob").status, 403,
     "a reader can't kill")
same(lab.request("POST", kill % ("shop", id), "carol").status, 403,
     "nor can a deployer of another target")
same(lab.request("POST", kill % ("blog", id), "dave").status, 404,
     "an id is looked up in its application: kill")
same(lab.get("/blog/deployments/%d" % id, "dave").status, 404, "read")
same(lab.get("/blog/deployments/%d/log" % id, "dave").status, 404, "log")
same(lab.get("/shop/deployments/%d/log" % id, "dave").status, 403,
     "the log is for readers")
ws = lab.websocket("/shop/deployments/%d/log" % id, "dave")
same(ws.status, 403, "as a WebSocket too")
ok(wait_for("the deployment",
            lambda: lab.deployment(id)["state"] == "active"), "it still runs")

# ---- tokens with a scope

read = lab.token("alice", "-r", "read")
same(lab.get("/shop", token=read).status, 200, "a token for reading reads")
same(lab.request("POST", kill % ("shop", id), token=read).status, 403,
     "and can't kill")
staging = lab.token("carol", "-a", "shop", "-t", "production")
same(lab.request("POST", "/shop/deployments", token=staging, form=[
    ("target", "staging"), ("commitsha", SHA), ("branch", ""),
    ("comment", "c"), ("stages[]", "ONE")]).status, 403,
    "a token for one target can't deploy to another")
limited = lab.token("alice", "-a", "blog")
same(lab.get("/shop", token=limited).status, 403,
     "a token for one application reads no other")

# ---- a session, and other sites

link = lab.ctl("login", "alice").stdout.decode().strip()
ok(link.startswith(lab.url + "/-/login#"), "a link has its token in the fragment")
token = link.split("#")[1]
r = lab.request("POST", "/-/login", form={"token": token},
                headers={"Origin": "http://evil.example"})
same(r.status, 403, "another site can't sign anybody in")
r = lab.request("POST", "/-/login", form={"token": token},
                headers={"Origin": lab.url})
cookie = r.headers["Set-Cookie"]
ok(r.status in (200, 204, 303) and "HttpOnly" in cookie and
   "SameSite=Lax" in cookie, "the link signs in, with a HttpOnly cookie")
cookie = cookie.split(";")[0]
r = lab.request("POST", "/-/login", form={"token": token},
                headers={"Origin": lab.url})
ok(r.status in (401, 403), "it does so once")
mine = {"Cookie": cookie}
same(lab.get("/shop", headers=mine).status, 200, "the session reads")
same(lab.request("POST", kill % ("shop", id), headers=mine).status, 403,
     "a POST with a cookie needs the page's origin")
same(lab.request("POST", kill % ("shop", id), headers=dict(
    mine, Origin="http://evil.example")).status, 403, "not another's")
same(lab.request("POST", kill % ("shop", id), headers=dict(
    mine, Origin="null")).status, 403, "nor null")
evil = lab.websocket("/shop/deployments/%d/log" % id, None, dict(
    mine, Origin="http://evil.example"))
same(evil.status, 403, "a WebSocket of another site is refused")
good = lab.websocket("/shop/deployments/%d/log" % id, None, dict(
    mine, Origin=lab.url))
same(good.status, 101, "one of the page is not")
same(lab.get("/shop", headers=dict(mine, Host="evil.example")).status, 421,
     "a Host that is not ours is misdirected")
same(lab.get("/shop", headers=dict(mine, **{"X-Api-Token": "x" * 43})).status,
     401, "where a token stands the cookie is ignored")

r = lab.request("POST", "/oauth2/logout", headers=dict(mine, Origin=lab.url))
ok(r.status in (200, 204, 303), "sign-out")
same(lab.get("/shop", headers=mine).status, 401, "ends the session")
for e in good:
    pass
same(good.code, 1008, "and its streams")

# ---- a right that is taken away

watch = lab.websocket("/shop/deployments/%d/log" % id, "bob")
same(watch.status, 101, "bob watches")
tokens = lab.ctl_json("token", "list")["tokens"]
lab.configure(lab.application(
    lab.target("production", hold, deployers=["alice"]),
    lab.target("staging", hold, deployers=["carol"]), name="shop",
    readers=["nobody"]), blog())
lab.ctl("reload")
for e in watch:
    pass
same(watch.code, 1008, "until a reload takes the right away")
same(lab.get("/shop", "bob").status, 403, "and then reads no more")
lab.get("/shop", "alice")
watch = lab.websocket("/shop/deployments/%d/log" % id, "alice")
mine = [t["id"] for t in tokens if t["user"] == "alice" and
        t["scope"] == "deploy" and not t["application"]]
for i in mine:
    lab.ctl("token", "revoke", str(i))
for e in watch:
    pass
same(watch.code, 1008, "a revoked token ends its streams")
same(lab.get("/shop", "alice").status, 401, "and is nobody's")
lab.tokens.clear()

same(lab.request("POST", kill % ("shop", id), "alice").status, 200,
     "its deployer kills it")
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "person"), "a person ended it")
same(messages(log, "KILL_RECEIVED"), ["killed by alice"], "which the log says")
same(lab.request("POST", kill % ("shop", id), "alice").status, 409,
     "what has ended can't be killed")
os.unlink(host.path("hold"))
d, log = lab.run(stages=["ONE"])
same(d["state"], "successful", "then the target is free again")
same(lab.stop(), 0, "the daemon stops")
done()
