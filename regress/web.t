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

"""The page and its JSON, as the whole daemon gives them: what every answer
carries, methods, static files, metrics, signing in, tokens, proxies, and what
is said while the engine is gone.  HTTP itself is http.t's and websocket.t's
subject."""

import gzip
import sqlite3
import stat
import threading

from lab import *
from wire import *

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


def configure(more="", public_url=None):
    url, lab.url = lab.url, public_url or lab.url
    lab.configure(shop, more=more + "\n" + (
        'listen on socket "%s/web.sock" group _aplab' % lab.dir))
    lab.url = url


lab = Lab(hosts=1)
host, = lab.hosts
wire = Wire(lab)
Client, head, auth = wire.client, wire.head, wire.auth
shop = lab.application(lab.target("production", {"web": {
    "ONE": ["echo a line; while test -e $DIR/hold; do sleep 0.05; done"]}},
    stages=["ONE"]), readers=["bob", "carol"])
configure()
lab.start()
open(host.path("hold"), "w").close()
id = lab.deploy(stages=["ONE"])
wait_for("it runs", lambda: lab.deployment(id)["state"] == "active")
log = "/shop/deployments/%d/log" % id
link = lab.ctl("login", "alice").stdout.decode().strip()
login = lab.request("POST", "/-/login", form={"token": link.split("#")[1]},
                    headers={"Origin": lab.url})
cookie = login.headers["Set-Cookie"].split(";")[0]

# ---- what every answer carries

stream = Client().send(head(path=log, more=auth()) + "\r\n")
answers = {
    "a page": lab.get("/shop", headers=dict(PAGE, Cookie=cookie)),
    "JSON": lab.get("/shop", "alice"),
    "a redirect": lab.get("/shop", headers=PAGE),
    "a sign-in": login,
    "401": lab.get("/shop", headers=JSON),
    "403": lab.request("POST", "/shop/deployments/%d/kill" % id, "bob",
                       headers=JSON),
    "404": lab.get("/nothing", "alice"),
    "404 of a page": lab.get("/nothing", headers=dict(PAGE, Cookie=cookie)),
    "405": lab.request("DELETE", "/shop", "alice"),
    "409": lab.create(stages=["ONE"]),
    "421": lab.get("/shop", headers={"Host": "evil.example"}),
    "422": lab.create(stages=["NONE"]),
    "a static file": lab.get("/assets/app.js"),
    "no such file": lab.get("/assets/none.js"),
    "the icon": lab.get("/favicon.ico"),
    "health": lab.get("/-/healthz"),
    "the start page": lab.get("/-/login", headers=PAGE),
}
status, fields, _ = Client().send("GET / HTTP/1.1\nHost: x\n\n").reply()
answers["400"] = Reply(status, fields, b"")
status, streamed, _ = stream.reply(head=True)
answers["a stream"] = Reply(status, streamed, b"")
same({k: r.status for k, r in answers.items() if k.isdigit() and
      r.status != int(k)}, {}, "each status comes where it should")


def bad_headers(r):
    h = {k.lower(): v for k, v in r.headers.items()}
    csp = h.get("content-security-policy", "")
    return (h.get("x-content-type-options") != "nosniff" or
            "default-src 'none'" not in csp or "unsafe-" in csp or
            "frame-ancestors 'none'" not in csp or
            "base-uri 'none'" not in csp or "referrer-policy" not in h or
            "date" not in h or "server" in h or
            "access-control-allow-origin" in h)


same([k for k, r in answers.items() if bad_headers(r)], [],
     "every kind of answer has the security headers")
same([k for k, r in answers.items() if k not in ("a static file", "the icon")
      and r.headers.get("Cache-Control", r.headers.get("cache-control")) !=
      "no-store"], [], "and no-store, but for static files")
same(streamed.get("x-accel-buffering"), "no",
     "a stream tells the proxy not to hold it back")
same([k for k in ("401", "403", "404", "405", "409", "421", "422") if
      not is_refusal((k, {"content-type": answers[k].headers["Content-Type"]},
                      answers[k].body))], [], "a refusal is one sentence")
same([(r.headers["Content-Type"], is_refusal((0, {}, r.body))) for r in (
    lab.get(p, "alice", headers=JSON) for p in ("/nothing", "/shop/none",
                                                "/shop/deployments/999"))],
     [("application/json", True)] * 3, "in JSON to those who ask for it")
ok(all(answers[k].headers["Content-Type"].startswith("text/html") for k in
       ("a page", "404 of a page", "the start page")),
   "a browser gets the page, with the status")
same((answers["a redirect"].status, answers["a redirect"].headers["Location"]),
     (303, "/-/login"), "who is not signed in is led to the sign-in")
ok("cookie" not in str(answers["JSON"].headers).lower(),
   "an answer to a token sets no cookie")

# ---- JSON or the page

mine = {"Cookie": cookie}
same([lab.get("/shop", headers=dict(h, **mine)).headers["Content-Type"]
      .split(";")[0] for h in (
          PAGE, JSON, {"Accept": "*/*"}, {"Accept": "image/png"},
          {"Accept": "text/html;q=0.1, application/json"},
          {"Accept": "application/json;q=0.1, text/html"})],
     ["text/html", "application/json", "text/html", "text/html",
      "application/json", "text/html"],
     "Accept says whether JSON is wanted or the page")
same([lab.get(p, "alice", headers=PAGE).headers["Content-Type"]
      for p in ("/", "/shop", "/shop/deployments",
                "/shop/deployments/%d" % id)], ["application/json"] * 4,
     "an API token gets JSON")
toni = lab.get("/shop/toni", "alice")
ok(toni.status == 200 and lab.url in toni.text and "shop" in toni.text and
   "PRIVATE" not in toni.text and lab.token("alice") not in toni.text,
   "there is a .toni.yml, without a token")

# ---- methods

paths = ["/", "/shop", "/shop/deployments", "/shop/deployments/%d" % id,
         "/-/healthz", "/assets/app.js", "/favicon.ico",
         "/-/login", "/shop/toni", "/-/metrics"]
bad = []
for path, allow in [(p, "GET, HEAD") for p in paths if p not in (
        "/-/login", "/shop/deployments")] + [
            ("/shop/deployments", "GET, HEAD, POST"),
            ("/-/tokens", "GET, HEAD, POST"),
            ("/-/login", "GET, HEAD, POST"),
            ("/shop/deployments/%d/kill" % id, "POST"),
            ("/oauth2/logout", "POST")]:
    r = lab.request("DELETE", path, "alice")
    if r.status != 405 or sorted(r.headers["Allow"].split(", ")) != sorted(
            allow.split(", ")):
        bad.append((path, r.status, r.headers["Allow"]))
same(bad, [], "other methods are 405, with those that are allowed")
same([lab.get(p, "alice").status for p in (
    "/none", "/shop/none", "/shop/deployments/0", "/shop/deployments/x",
    "/shop/deployments/1/none", "/shop/deployments/-1",
    "/shop/deployments/99999999999999999999", "/-/none", "/-", "/assets",
    "/assets/../web.c", "/assets/x/y", "/oauth2/none", "/robots.txt",
    "/a/b/c/d/e/f/g/h/i")], [404] * 10 + [400] + [404] * 4,
     "what there is not is 404")
same(lab.get("/shop/", "alice").status in (303, 308, 404), True,
     "a slash at the end is no other page")

# ---- static files

r = lab.get("/assets/app.js")
etag = r.headers["ETag"]
strong = etag.replace("W/", "")
ok(re.fullmatch('(W/)?"[^"]+"', etag) and r.headers["Content-Type"].startswith(
    "text/javascript"), "a static file has a type and an ETag")
same([lab.get("/assets/app.js", headers={"If-None-Match": m}).status
      for m in (etag, "W/" + strong, '"x", ' + etag, "*", '"x"',
                strong[1:-1])],
     [304, 304, 304, 304, 200, 200], "which saves sending it again")
z = lab.get("/assets/app.js", headers={"Accept-Encoding": "br, gzip"})
ok(z.headers["Content-Encoding"] == "gzip" and
   gzip.decompress(z.body) == r.body and len(z.body) < len(r.body) and
   "accept-encoding" in z.headers["Vary"].lower(), "it comes in gzip")
same(lab.get("/assets/app.js", headers={"Accept-Encoding": "gzip;q=0"})
     .headers["Content-Encoding"], None, "but not to those who can't read it")
with open(TOP + "/web/static/app.js", "rb") as f:
    ok(f.read() == r.body, "it is the file")
page = lab.get("/-/login", headers=PAGE)
names = re.findall(r'(?:src|href)="(/[^"]+\.[^"]+)"', page.text)
ok(len(names) > 3 and all(lab.get(n).status == 200 for n in names),
   "all that the page names is there")
same(re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?://",
                page.text), [],
     "nothing in it is inline or from elsewhere")

# ---- health and metrics

r = lab.get("/-/healthz")
ok(r.status == 200 and "alice" not in r.text and "shop" not in r.text,
   "health says nothing to strangers")
same(lab.get("/-/metrics").status, 401, "metrics are not for strangers")
m = lab.get("/-/metrics", "alice")
ok(m.status == 200 and m.headers["Content-Type"].startswith("text/plain") and
   all(re.fullmatch(r"(#.*|[a-z_]+(\{[^}]*\})? [0-9.e+-]+)?", line)
       for line in m.text.split("\n")), "who has a token gets them")
ok("\napplikatoni_deployments_running 1\n" in m.text,
   "they count the running deployment")

# ---- signing in

link = lab.ctl("login", "carol").stdout.decode().strip()
once = link.split("#")[1]


def log_in(token, **headers):
    return lab.request("POST", "/-/login", form={"token": token},
                       headers=dict({"Origin": lab.url}, **headers))


same(lab.get("/-/login?token=" + once, headers=PAGE).headers["Set-Cookie"],
     None, "a GET signs nobody in")
same([log_in(t).status for t in ("x", once[:-1], once + "x", "A" * 43, "")],
     [401] * 4 + [422], "nor does a wrong link")
same(log_in(once, Origin="http://evil.example").status, 403,
     "nor another site")
r = log_in(once)
same(r.headers["Set-Cookie"] is not None, True, "the right one does")
same(log_in(once).status, 401, "once")
db = sqlite3.connect(lab.dir + "/db/applikatoni.db")
ok(not any(once in str(row) for table, in db.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for row in db.execute('SELECT * FROM "%s"' % table).fetchall()),
   "the store keeps no secret of it")
old = lab.ctl("login", "carol").stdout.decode().strip().split("#")[1]
db.execute("PRAGMA busy_timeout = 5000")
same(db.execute("UPDATE links SET expires_at = expires_at - 599000 WHERE"
                " expires_at > ?", (time.time() * 1000,)).rowcount, 1,
     "a link that was used is gone, another one is there")
db.commit()
wait_for("ten minutes", lambda: db.execute(
    "SELECT count(*) FROM links WHERE expires_at > ?",
    (time.time() * 1000,)).fetchone() == (0,))
same(log_in(old).status, 401, "which ends after ten minutes")
db.close()
links = [lab.ctl("login", "carol").stdout.decode().strip().split("#")[1]
         for _ in range(2)]
ok(links[0] != links[1], "every link is another")
cookies = r.headers["Set-Cookie"].split("; ")
ok("HttpOnly" in cookies and "SameSite=Lax" in cookies and "Path=/" in cookies
   and "Secure" not in cookies and not any(c.startswith("Domain") for c in
                                           cookies),
   "a cookie is HttpOnly, SameSite=Lax, for this host")
same([lab.get("/", headers=dict(JSON, Cookie=c)).status for c in (
    cookies[0], "a=b; %s; c=d" % cookies[0], cookies[0] + "x",
    cookies[0].split("=")[0] + "=", "x" + cookies[0],
    cookies[0].split("=")[0] + "=evil; " + cookies[0])],
    [200, 200, 401, 401, 401, 401], "which is looked up as a whole")

# ---- tokens made with the page

mine = {"Cookie": cookie, "Origin": lab.url, "Accept": "application/json"}
r = lab.request("POST", "/-/tokens", headers=mine, form={
    "scope": "read", "application": "shop", "days": "3"})
token = r.json["token"]
same((r.status, r.headers["Cache-Control"]), (200, "no-store"),
     "a token is made by POST and not stored on its way")
same(lab.get("/shop", token=token).status, 200, "it reads")
same(lab.request(
    "POST", "/shop/deployments", token=token,
    form={"target": "production", "commitsha": SHA, "branch": "b",
          "comment": "c", "stages[]": "ONE"}).status, 403, "and no more")
row, = [t for t in lab.get("/-/tokens", headers=mine).json["tokens"]
        if t["scope"] == "read"]
ok(row["application"] == "shop" and row["expires_at"] and
   token not in str(lab.get("/-/tokens", headers=mine).json),
   "the list has it, without its secret")
same(lab.request("POST", "/-/tokens", headers={"Cookie": cookie},
                 form={"scope": "read"}).status, 403,
     "another site can't make one")
same([lab.request("POST", "/-/tokens", headers=mine, form=f).status for f in (
    {"scope": "root"}, {"scope": "read", "application": "none"},
    {"scope": "read", "application": "shop", "target": "none"},
    {"scope": "read", "days": "-1"}, {"scope": "read", "days": "x"})],
    [422, 404, 404, 422, 422], "a token for nothing is refused")
same(lab.request("POST", "/-/tokens", token=token,
                 form={"scope": "deploy"}).status, 403,
     "a token does not make a larger one")
revoke = "/-/tokens/%d/revoke" % row["id"]
theirs = lab.request("POST", "/-/login", headers={"Origin": lab.url}, form={
    "token": lab.ctl("login", "bob").stdout.decode().strip().split("#")[1]})
same(lab.request("POST", revoke, headers=dict(
    mine, Cookie=theirs.headers["Set-Cookie"].split(";")[0])).status, 404,
    "nobody else's token can be revoked")
same(lab.request("POST", revoke, "alice").status, 403,
     "nor does a token revoke one")
same(lab.get("/shop", token=token).status, 200, "so it still works")
ok(lab.request("POST", revoke, headers=mine).status in (200, 204, 303),
   "its owner revokes it")
same(lab.get("/shop", token=token).status, 401, "and then it is nobody's")
same(lab.request("POST", revoke, headers=mine).status, 404, "once")

# ---- the engine is gone for a moment

pid = lab.pid("engine")
os.kill(pid, signal.SIGSTOP)
held = Client().send(head(path="/shop", more=auth()) + "\r\n")
wait_for("the engine", lambda: state(pid) == "T")
health = []
t = threading.Thread(target=lambda: health.append(lab.get("/-/healthz")))
t.start()
same(lab.get("/assets/app.js").status, 200,
     "static files don't need the engine")
os.kill(pid, signal.SIGKILL)
same(held.reply()[0], 503, "a request that the engine held is 503")
t.join()
ok(health[0].status in (200, 503), "health answers too")
seen = set()


def fine():
    r = lab.get("/shop", "alice")
    seen.add(r.status)
    return r.status == 200


wait_for("the new engine", fine)
ok(seen <= {200, 503}, "until there is a new one nothing but 503 is said")
wait_for("the daemon", lab.is_up)
d = lab.deployment(id)
same((d["state"], d["reason"]), ("active", None), "the deployment goes on")

# ---- clients, and proxies that speak for others

configure("limit connections-per-client 5")
lab.ctl("reload")
many = [Client("127.0.0.2") for _ in range(5)]
for c in many:
    c.send(head(path="/-/healthz") + "\r\n")
same([c.reply()[0] for c in many], [200] * 5, "a client has its connections")
c = Client("127.0.0.2")
try:
    c.send(head(path="/-/healthz") + "\r\n")
    r = c.reply()
except OSError:
    r = None
ok(r is None or r[0] in (429, 503), "and no more")
same(Client("127.0.0.3").send(head(path="/-/healthz") + "\r\n").reply()[0],
     200, "while others have theirs")
many.pop().close()


def admitted():
    c = Client("127.0.0.2")
    try:
        r = c.send(head(path="/-/healthz") + "\r\n").reply()
    except OSError:
        r = None
    c.close()
    return r is not None and r[0] == 200


ok(wait_for("a place", admitted), "one that goes makes room")
for c in many:
    c.close()


def streams(source, names):
    """How many streams these forwarded clients get."""
    open_now = []
    for name in names:
        c = Client(source)
        c.send(head(path=log, more=auth() + "X-Forwarded-For: %s\r\n"
                    % name) + "\r\n")
        line = c.f.readline()
        open_now.append((c, line.split()[1:2] == [b"200"]))
    n = sum(got for _, got in open_now)
    for c, _ in open_now:
        c.close()
    return n


configure("limit connections-per-client 5\ntrusted proxy 127.0.0.8")
lab.ctl("reload")
same(streams("127.0.0.8", ["198.51.100.7"] * 8), 5,
     "a proxy's client has as many requests as any")
same(wait_for("places", lambda: streams(
    "127.0.0.8", ["198.51.100.%d" % i for i in range(8)]) == 8 and 8), 8,
    "a trusted proxy itself has no such limit")
same(streams("127.0.0.8", ["192.0.2.%d, 198.51.100.7" % i for i in
                           range(8)]), 5,
     "what a client claims before the proxy does not count")
try:
    n = streams("127.0.0.9", ["198.51.100.%d" % i for i in range(8)])
except OSError:
    n = 5
same(n, 5, "who is no proxy speaks for itself alone")
ok(not re.search(r"(client|address)=\S*198\.51\.100", "\n".join(
    line for line in lab.log().splitlines() if "127.0.0.9" in line)),
   "and does not get into the log as another")

# ---- a socket in the file system

path = lab.dir + "/web.sock"
c = Client(path=path)
c.send(head(path="/shop", more=auth()) + "\r\n")
same(c.reply()[0], 200, "a unix socket is listened on")
ok(stat.S_ISSOCK(os.stat(path).st_mode) and
   not os.stat(path).st_mode & stat.S_IWOTH, "which is not for everybody")
c.close()

# ---- behind https

configure(public_url="https://deploy.example.com")
lab.ctl("reload")
HTTPS = {"Host": "deploy.example.com"}
link = lab.ctl("login", "alice").stdout.decode().strip()
ok(link.startswith("https://deploy.example.com/-/login#"),
   "links are those of the public url")
r = lab.request("POST", "/-/login", form={"token": link.split("#")[1]},
                headers=dict(HTTPS, Origin="http://deploy.example.com"))
same(r.status, 403, "http is another origin than https")
r = lab.request("POST", "/-/login", form={"token": link.split("#")[1]},
                headers=dict(HTTPS, Origin="https://deploy.example.com"))
cookie = r.headers["Set-Cookie"] or ""
ok(cookie.startswith("__Host-applikatoni=") and "; Secure" in cookie and
   "; Path=/" in cookie and "Domain" not in cookie,
   "the cookie is __Host- and Secure")
same(lab.get("/shop", headers=dict(JSON, Host="deploy.example.com:443",
                                   Cookie=cookie.split(";")[0])).status, 200,
     "the scheme's own port may stand in Host")
same(lab.get("/shop", "alice").status, 421, "the old Host is gone")
r = lab.get("/shop", headers=dict(HTTPS, **PAGE, **{
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}))
same(r.headers["Location"], "/-/login", "redirects don't follow X-Forwarded-*")
r = lab.request("POST", "/oauth2/logout", headers=dict(
    HTTPS, Cookie=cookie.split(";")[0], Origin="https://deploy.example.com"))
gone = r.headers["Set-Cookie"] or ""
ok(gone.startswith("__Host-applikatoni=;") and "Max-Age=0" in gone and
   "; Secure" in gone, "signing out takes it away again")

os.unlink(host.path("hold"))
ok("message refused" not in lab.log(), "no process has refused another's word")
same(lab.stop(), 0, "the daemon stops")
done()
