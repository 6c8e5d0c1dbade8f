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

"""HTTP, as the whole daemon speaks it: what every answer carries, what is
refused and how, limits of time, size and number, static files, cookies,
proxies, tokens, and what is said while the engine is gone."""

import gzip
import resource
import select
import socket
import sqlite3
import stat
import threading

from lab import *

LOCAL = "127.0.0.1"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


class Client:
    """A connection on which any bytes can be sent."""

    def __init__(self, source=None, path=None, timeout=TIME_LIMIT):
        if path is not None:
            self.s = socket.socket(socket.AF_UNIX)
            self.s.settimeout(timeout)
            self.s.connect(path)
        else:
            self.s = socket.create_connection(
                (LOCAL, lab.port), timeout,
                (source, 0) if source is not None else None)
        self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def reply(self, head=False):
        """(status, fields, body), or None where the connection ended."""
        try:
            line = self.f.readline()
        except ConnectionResetError:
            return None
        if not line:
            return None
        fields = {}
        while True:
            field = self.f.readline()
            if field in (b"\r\n", b""):
                break
            name, value = field.decode("latin-1").split(":", 1)
            fields[name.lower()] = value.strip()
        status = int(line.split()[1])
        body = b""
        if head or status in (204, 304) or status < 200:
            pass
        elif "content-length" in fields:
            body = self.f.read(int(fields["content-length"]))
        else:
            body = self.f.read()
        return status, fields, body

    def is_closed(self):
        try:
            return self.f.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.f.close()
        self.s.close()


def talk(data, **kw):
    """The answer to these bytes, and whether the connection ended then."""
    c = Client(**kw)
    c.send(data)
    r = c.reply()
    closed = r is None or (r[1].get("connection") == "close" and
                           c.is_closed())
    c.close()
    return (r[0] if r else None), closed


def head(method="GET", path="/", more="", host=None):
    return "%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (
        method, path, host or "%s:%d" % (LOCAL, lab.port), more)


def auth(login="alice"):
    return "X-Api-Token: %s\r\n" % lab.token(login)


def configure(more="", public_url=None):
    url, lab.url = lab.url, public_url or lab.url
    lab.configure(shop, more=more + "\n" + (
        'listen on socket "%s/web.sock" group _aplab' % lab.dir))
    lab.url = url


lab = Lab(hosts=1)
host, = lab.hosts
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
    "403": lab.request("POST", "/shop/deployments/%d/kill" % id, "bob"),
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
      not answers[k].headers["Content-Type"].startswith("application/json") or
      list(answers[k].json) != ["error"] or
      not isinstance(answers[k].json["error"], str) or
      len(answers[k].json["error"]) < 5], [],
     "a refusal is JSON with one sentence")
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
for path in paths:
    c = Client()
    c.send(head("HEAD", path, auth()) + "\r\n")
    h = c.reply(head=True)
    c.send(head("GET", path, auth()) + "\r\n")
    g = c.reply()
    if h is None or g is None or h[0] != g[0] or h[0] != 200 or \
       h[1].get("content-type") != g[1].get("content-type") or \
       (h[1].get("content-length") != g[1].get("content-length") and
        path != "/-/metrics"):
        bad.append((path, h and h[:2], g and g[:2]))
    c.close()
same(bad, [], "HEAD is GET without a body")
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
same([talk(head(m, "/shop", auth()) + "\r\n")[0] for m in
      ("OPTIONS", "TRACE", "BREW")], [405, 405, 501], "so are strange ones")
same([lab.get(p, "alice").status for p in (
    "/none", "/shop/none", "/shop/deployments/0", "/shop/deployments/x",
    "/shop/deployments/1/none", "/shop/deployments/-1",
    "/shop/deployments/99999999999999999999", "/-/none", "/-", "/assets",
    "/assets/../web.c", "/assets/x/y", "/oauth2/none", "/robots.txt",
    "/a/b/c/d/e/f/g/h/i")], [404] * 10 + [400] + [404] * 4,
     "what there is not is 404")
same(lab.get("/shop/", "alice").status in (303, 308, 404), True,
     "a slash at the end is no other page")

# ---- Host

same([talk(head(host=h) + "\r\n")[0] for h in (
    "evil.example", "localhost:%d" % lab.port, LOCAL, LOCAL + ":1",
    LOCAL + ".:%d" % lab.port)], [421] * 5, "another Host is misdirected")
same(talk(head(path="/-/healthz", host="probe.example") + "\r\n")[0], 200,
     "but a probe may use any")
same(talk("GET /-/healthz HTTP/1.0\r\n\r\n")[0], 200, "or none, in HTTP/1.0")
same(talk("GET / HTTP/1.0\r\n\r\n")[0], 421, "others may not")
r = lab.get("/-/healthz")
ok(r.status == 200 and "alice" not in r.text and "shop" not in r.text,
   "health says nothing to strangers")

# ---- what could be read in two ways is refused

POST = head("POST", "/shop/deployments",
            auth() + "Content-Type: application/x-www-form-urlencoded\r\n")
CHUNKED = POST + "Transfer-Encoding: chunked\r\n"
LIST = lab.ctl_json("deployments")["deployments"]
NEXT = head(path="/smuggled") + "\r\n"
traps = {
    "two Hosts": head(more="Host: evil.example\r\n") + "\r\n",
    "the same Host twice":
        head(more="Host: %s:%d\r\n" % (LOCAL, lab.port)) + "\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "a bare LF in the request line": "GET / HTTP/1.1\nHost: x\r\n\r\n",
    "a bare LF behind a field": head(more="X: y\n") + "\r\n",
    "a bare LF at the end": head() + "\n",
    "a bare CR": head(more="X: a\rb\r\n") + "\r\n",
    "a folded field": head(more="X: a\r\n b\r\n") + "\r\n",
    "a blank before the colon": head(more="X : a\r\n") + "\r\n",
    "a NUL in a value": head(more="X: a\0b\r\n") + "\r\n",
    "a name with a bad byte": head(more="X\x01: a\r\n") + "\r\n",
    "two differing lengths": POST + "Content-Length: 0\r\n"
        "Content-Length: 30\r\n\r\n",
    "the same length twice": POST + "Content-Length: 0\r\n"
        "Content-Length: 0\r\n\r\n",
    "a list of lengths": POST + "Content-Length: 0, 0\r\n\r\n",
    "a length with a sign": POST + "Content-Length: +5\r\n\r\n",
    "a negative length": POST + "Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": POST + "Content-Length: 0x5\r\n\r\n",
    "a length and chunks": CHUNKED + "Content-Length: 5\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + "Content-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace("HTTP/1.1", "HTTP/1.0") +
        "\r\n0\r\n\r\n",
    "a chunk's size that is none": CHUNKED + "\r\nx\r\n\r\n",
    "a chunk's size with 0x": CHUNKED + "\r\n0x0\r\n\r\n",
    "a negative chunk": CHUNKED + "\r\n-1\r\n\r\n",
    "a chunk that is longer than it says": CHUNKED +
        "\r\n1\r\nab\r\n0\r\n\r\n",
    "a chunk's line with a bare LF": CHUNKED + "\r\n0\n\r\n",
    "a chunk's bad extension": CHUNKED + "\r\n0;\x01\r\n\r\n",
    "a GET with a body": head(more="Content-Length: 5\r\n") + "\r\nhello",
    "an absolute target of another host":
        head(path="http://evil.example/") + "\r\n",
    "dots in the path": head(path="/assets/../shop") + "\r\n",
    "coded dots in the path": head(path="/assets/%2e%2e/shop") + "\r\n",
    "a coded slash": head(path="/assets%2fapp.js") + "\r\n",
    "a coded NUL": head(path="/shop%00") + "\r\n",
    "two slashes": head(path="//shop") + "\r\n",
    "a path that is not UTF-8": head(path="/%ff%fe") + "\r\n",
    "a blank in the target": head(path="/a b") + "\r\n",
    "two tokens": head(more=auth() + auth()) + "\r\n",
    "two cookies": head(more="Cookie: a=b\r\nCookie: c=d\r\n") + "\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
bad = {}
for name, data in traps.items():
    # What stands behind must not be taken for a request.
    c = Client()
    c.send(data.encode("latin-1") + NEXT.encode())
    first, second = c.reply(), c.reply()
    if first is None or first[0] != 400 or second is not None:
        bad[name] = first and first[0], second and second[0]
    c.close()
same(bad, {}, "%d ways to say two things at once are 400, and the end"
     % len(traps))
others = {
    501: [CHUNKED.replace("chunked", c) + "\r\n0\r\n\r\n" for c in (
        "gzip", "gzip, chunked", "chunked, chunked", "identity", "xchunked")]
    + [CHUNKED + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    505: ["GET / HTTP/2.0\r\n\r\n", "GET /\r\n", "PRI * HTTP/2.0\r\n\r\n"],
    411: [POST + "\r\n"],
    415: [POST + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
          head("POST", "/shop/deployments", auth() +
               "Content-Type: text/plain\r\nContent-Length: 1\r\n") +
          "\r\nx"],
    417: [POST + "Expect: a miracle\r\nContent-Length: 0\r\n\r\n"],
    426: [head(path=log, more=auth() + "Connection: Upgrade\r\n"
               "Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") + "\r\n"],
    413: [POST + "Content-Length: 65537\r\n\r\n",
          POST + "Content-Length: 99999999999999999999999\r\n\r\n",
          CHUNKED + "\r\nfffffffffffffffff\r\n"],
    414: [head(path="/" + "a" * 8192) + "\r\n"],
    431: [head(more="X: %s\r\n" % ("a" * 8192)) + "\r\n",
          head(more="".join("X%d: y\r\n" % i for i in range(65))) + "\r\n",
          head(more="".join("X%d: %s\r\n" % (i, "y" * 4000)
                            for i in range(5))) + "\r\n"],
}
same({(status, i): got for status, datas in others.items()
      for i, data in enumerate(datas)
      if (got := talk(data)[0]) != status}, {},
     "what is too new, too large or not known has its own status")
same(lab.ctl_json("deployments")["deployments"], LIST,
     "none of all these has started anything")
c = Client()
c.send(CHUNKED + "\r\n5\r\ntarge\r\n3;x=y\r\nt=x\r\n0\r\nX: y\r\n\r\n")
same(c.reply()[0], 404, "a form may come in chunks: its target is not found")
c.send(POST + "Expect: 100-continue\r\nContent-Length: 8\r\n\r\n")
same(c.reply()[0], 100, "who asks whether to go on is told to")
c.send("target=x")
same(c.reply()[0], 404, "and then answered")
c.close()

# ---- one connection, many requests

c = Client()
for path in ("/", "/none", "/assets/app.js", "/-/healthz", "/shop"):
    c.send(head(path=path, more=auth()) + "\r\n")
    status = c.reply()[0]
ok(status == 200, "a connection goes on after an answer, a 404 too")
c.send("".join(head(path=p, more=auth()) + "\r\n" for p in (
    "/none", "/shop", "/assets/app.js", "/-/none", "/-/healthz") * 10))
same([c.reply()[0] for _ in range(50)], [404, 200, 200, 404, 200] * 10,
     "fifty that are sent at once are answered in order")
c.send(head(path="/-/healthz", more="Connection: close\r\n") + "\r\n" + NEXT)
r = c.reply()
ok(r[0] == 200 and r[1].get("connection") == "close" and c.is_closed(),
   "Connection: close ends it")
c = Client()
for byte in (head(path="/shop", more=auth()) + "\r\n"):
    c.send(byte)
same(c.reply()[0], 200, "a request may come byte by byte")
c.send(head(path="/-/healthz") + "\r\n")
c.s.shutdown(socket.SHUT_WR)
same(c.reply()[0], 200, "a client may close its half and still be answered")
ok(c.is_closed(), "which ends the connection")

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

# ---- metrics

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

# ---- slow clients

configure("limit request 500ms\nlimit idle 1s")
lab.ctl("reload")
c = Client()
begin = time.monotonic()
c.send(head(more="X: half a re"))
same((c.reply() or [None])[0], 408, "a request that does not come is 408")
ok(c.is_closed() and time.monotonic() - begin < 5, "and the end")
c = Client()
begin = time.monotonic()
try:
    while time.monotonic() - begin < 10 and not select.select(
            [c.s], [], [], 0.05)[0]:
        c.send("X")
except OSError:
    pass
ok(time.monotonic() - begin < 5, "one that comes drop by drop too")
c = Client()
c.send(POST + "Content-Length: 10\r\n\r\nabc")
same((c.reply() or [None])[0], 408, "or whose body stays away")
c = Client()
begin = time.monotonic()
ok(c.is_closed() and time.monotonic() - begin < 5,
   "who says nothing is let go")
c = Client()
c.send(head(path="/-/healthz") + "\r\n")
c.reply()
begin = time.monotonic()
ok(c.is_closed() and 0.5 < time.monotonic() - begin < 5,
   "and who says nothing more, a little later")
same(lab.deployment(id)["state"], "active",
     "all the while the deployment goes on")

# ---- two thousand who do nothing

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard != resource.RLIM_INFINITY and hard < 8192:
    hard = 8192
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
configure("limit connections-per-client 4096\nlimit request 60s")
lab.ctl("reload")
idle = []
for i in range(2000):
    s = socket.create_connection((LOCAL, lab.port), TIME_LIMIT,
                                 ("127.0.1.%d" % (1 + i % 200), 0))
    if i % 2:
        s.sendall(b"GET / HT")
    idle.append(s)
begin = time.monotonic()
same({lab.get("/shop", "alice").status for _ in range(20)}, {200},
     "behind two thousand idle connections requests are answered")
ok(time.monotonic() - begin < 5, "as fast as ever")
ok(sum(1 for s in idle if s.fileno() != -1) == 2000 and
   len(os.listdir("/proc/%d/fd" % lab.pid("web"))) > 2000,
   "and they are still there")
configure("limit connections 100\nlimit connections-per-client 4096")
lab.ctl("reload")
same({lab.get("/shop", "alice").status for _ in range(5)}, {200},
     "above the limit those that are idle make room")
for s in idle:
    s.close()

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
