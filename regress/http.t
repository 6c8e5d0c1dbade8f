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


"""HTTP/1.1 on the wire, as the whole daemon reads it: what could be read in
two ways is refused, each with its status; limits of size, time and number;
pipelining; clients that are slow to speak, slow to read, or do neither."""

import resource
import select
import socket
import threading

from lab import *
from wire import *

lab = Lab(hosts=1)
host, = lab.hosts
shop = lab.application(lab.target("production", {"web": {
    "ONE": ["echo a line; while test -e $DIR/hold; do sleep 0.05; done"],
    "FLOOD": ["while test -e $DIR/flood; do seq 100000 150000; done"]}},
    stages=["ONE", "FLOOD"]), readers=["bob"])
wire = Wire(lab)
head, auth = wire.head, wire.auth


def configure(more=""):
    lab.configure(shop, more=more)
    if lab.process is not None:
        lab.ctl("reload")


configure()
lab.start()
open(host.path("hold"), "w").close()
id = lab.deploy(stages=["ONE"])
wait_for("it runs", lambda: lab.deployment(id)["state"] == "active")
log = "/shop/deployments/%d/log" % id
OWN = "%s:%d" % (LOCAL, lab.port)

# ---- what is refused, with which status, and ends the connection

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
POST = head("POST", "/shop/deployments", auth() + FORM)
CHUNKED = POST + "Transfer-Encoding: chunked\r\n"
NEXT = head(path="/smuggled") + "\r\n"
SOCKET = ("Connection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def length(n, more=""):
    return POST + "Content-Length: %s\r\n%s\r\n" % (n, more)


def chunks(data):
    return CHUNKED + "\r\n" + data


def coding(value):
    return POST + "Transfer-Encoding: %s\r\n\r\n0\r\n\r\n" % value


def get(path="/", more="", **kw):
    return head(path=path, more=more, **kw) + "\r\n"


refused = [
    # the request line
    (400, "two empty lines before it", "\r\n\r\n" + get()),
    (400, "a blank before it", " " + get()),
    (400, "a tab between its parts", get().replace(" ", "\t", 1)),
    (400, "two blanks between its parts", get().replace(" ", "  ", 1)),
    (400, "a blank at its end", get(version="1.1 ")),
    (400, "a blank in the target", get("/a b")),
    (505, "no target", "GET HTTP/1.1\r\nHost: %s\r\n\r\n" % OWN),
    (400, "a method with a bad byte", get().replace("GET", "G@T", 1)),
    (400, "a version in lower case", get().replace("HTTP", "http", 1)),
    (400, "HTTP/1.10", get(version="1.10")),
    (400, "TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    (501, "a method that is none", head("BREW") + "\r\n"),
    (501, "a method in lower case", head("get") + "\r\n"),
    (505, "HTTP/0.9", "GET /\r\n"),
    (505, "HTTP/0.9 with its name", get(version="0.9")),
    (505, "HTTP/2.0", get(version="2.0")),
    (505, "HTTP/9.9", get(version="9.9")),
    (505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    # forms of the target
    (400, "the absolute form of another host", get("http://evil.example/")),
    (400, "that of another port", get("http://%s:1/" % LOCAL)),
    (400, "one with a user", get("http://a@%s/" % OWN)),
    (400, "one of another scheme", get("ftp://%s/" % OWN)),
    (400, "the authority form", head("CONNECT", OWN) + "\r\n"),
    (400, "the authority form of GET", get(OWN)),
    (400, "the asterisk form", head("OPTIONS", "*") + "\r\n"),
    (400, "a path without a slash", get("shop")),
    (400, "%00", get("/shop%00")),
    (400, "a NUL", get("/shop\0")),
    (400, "%0d%0a", get("/shop%0d%0aX:%20y")),
    (400, "..", get("/assets/../shop")),
    (400, ".. at the end", get("/assets/..")),
    (400, "%2e%2e", get("/assets/%2e%2e/shop")),
    (400, ".%2e", get("/assets/.%2e/shop")),
    (400, ".", get("/./shop")),
    (400, "a coded slash", get("/assets%2fapp.js")),
    (400, "a backslash", get("/assets\\app.js")),
    (400, "two slashes", get("//shop")),
    (400, "half an escape", get("/%4")),
    (400, "a path that is not UTF-8", get("/%ff%fe")),
    (400, "an overlong slash", get("/%c0%af")),
    (400, "a fragment", get("/shop#x")),
    (400, "a bad escape in the query", get("/shop?a=%")),
    # lines and fields
    (400, "a bare LF in the request line",
     "GET / HTTP/1.1\nHost: %s\r\n\r\n" % OWN),
    (400, "a bare LF behind a field", get(more="X: y\n")),
    (400, "a bare LF at the end", head() + "\n"),
    (400, "a bare CR in a value", get(more="X: a\rb\r\n")),
    (400, "CR CR LF", get(more="X: a\r\r\n")),
    (400, "a folded field", get(more="X: a\r\n b\r\n")),
    (400, "a field folded with a tab", get(more="X: a\r\n\tb\r\n")),
    (400, "a blank before the first field",
     "GET / HTTP/1.1\r\n Host: %s\r\n\r\n" % OWN),
    (400, "a blank before the colon", get(more="X : a\r\n")),
    (400, "a tab before the colon", get(more="X\t: a\r\n")),
    (400, "no colon", get(more="X\r\n")),
    (400, "no name", get(more=": a\r\n")),
    (400, "a NUL in a value", get(more="X: a\0b\r\n")),
    (400, "a NUL in a name", get(more="X\0: a\r\n")),
    (400, "a control character in a value", get(more="X: a\x08b\r\n")),
    (400, "a byte beyond ASCII in a name", get(more="X\xe4: a\r\n")),
    # Host
    (400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
    (400, "two Hosts", get(more="Host: evil.example\r\n")),
    (400, "the same Host twice", get(more="Host: %s\r\n" % OWN)),
    (400, "a list of Hosts", get(host=OWN + ", evil.example")),
    (400, "a Host with a user", get(host="evil@" + OWN)),
    (400, "a Host with a path", get(host=OWN + "/x")),
    (400, "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    (400, "a Host with port 0", get(host=LOCAL + ":0")),
    (400, "a Host with a blank before its colon",
     "GET / HTTP/1.1\r\nHost : %s\r\n\r\n" % OWN),
    # lengths
    (400, "two differing lengths", length(0, "Content-Length: 30\r\n")),
    (400, "the same length twice", length(0, "Content-Length: 0\r\n")),
    (400, "a list of lengths", length("0, 0")),
    (400, "a length with a comma", length("0,")),
    (400, "a length with a sign", length("+5")),
    (400, "a negative length", length("-1")),
    (400, "a length in hexadecimal", length("0x5")),
    (400, "a length with a point", length("5.0")),
    (400, "a length with a blank in it", length("1 0")),
    (400, "an empty length", length("")),
    (411, "no length", POST + "\r\n"),
    (411, "no length in HTTP/1.0",
     head("POST", "/shop/deployments", auth() + FORM, version="1.0") +
     "\r\n"),
    (413, "a length beyond the limit", length(65537)),
    (413, "a length of 2^64", length(1 << 64)),
    (413, "a length of 23 digits", length("9" * 23)),
    (400, "a GET with a body", get(more="Content-Length: 5\r\n") + "hello"),
    (400, "a HEAD with a body",
     head("HEAD", more="Content-Length: 5\r\n") + "\r\nhello"),
    # codings
    (400, "a length and chunks",
     CHUNKED + "Content-Length: 5\r\n\r\n0\r\n\r\n"),
    (400, "chunks and a length",
     length(5, "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
    (400, "a length and an unknown coding",
     length(5, "Transfer-Encoding: x\r\n") + "0\r\n\r\n"),
    (400, "chunks in HTTP/1.0",
     chunks("0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0")),
    (400, "a GET with chunks",
     get(more="Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
    (400, "a coding behind a vertical tab", coding("\x0bchunked")),
    (400, "a coding with a blank before the colon",
     POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    (501, "gzip", coding("gzip")),
    (501, "gzip, chunked", coding("gzip, chunked")),
    (501, "chunked, gzip", coding("chunked, gzip")),
    (501, "chunked twice in one line", coding("chunked, chunked")),
    (501, "chunked in two lines",
     coding("chunked\r\nTransfer-Encoding: chunked")),
    (501, "identity", coding("identity")),
    (501, "xchunked", coding("xchunked")),
    (501, "chunked in quotes", coding('"chunked"')),
    (501, "chunked with a parameter", coding("chunked;q=1")),
    (501, "an empty coding", coding("")),
    # chunks
    (400, "a size that is none", chunks("x\r\n\r\n")),
    (400, "a size with 0x", chunks("0x0\r\n\r\n")),
    (400, "a negative size", chunks("-1\r\n\r\n")),
    (400, "a size with a sign", chunks("+0\r\n\r\n")),
    (400, "a blank before a size", chunks(" 0\r\n\r\n")),
    (400, "a blank behind a size", chunks("0 \r\n\r\n")),
    (400, "no size", chunks("\r\n\r\n")),
    (400, "a chunk that is longer than it says",
     chunks("1\r\nab\r\n0\r\n\r\n")),
    (400, "one that is shorter", chunks("5\r\nab\r\n0\r\n\r\n")),
    (400, "a size with a bare LF", chunks("0\n\r\n")),
    (400, "a chunk with a bare LF behind it", chunks("1\r\na\n0\r\n\r\n")),
    (400, "a control character in an extension", chunks("0;\x01\r\n\r\n")),
    (400, "a bare LF in an extension", chunks("0;a\nb\r\n\r\n")),
    (400, "an extension without a name", chunks("0;\r\n\r\n")),
    (400, "an extension with an open quote", chunks('0;a="b\r\n\r\n')),
    (400, "an extension of 300 bytes", chunks("0;%s\r\n\r\n" % ("a" * 300))),
    (400, "5 KB of extensions",
     chunks(("1;%s\r\na\r\n" % ("x" * 200)) * 25 + "0\r\n\r\n")),
    (400, "a malformed trailer", chunks("0\r\nX : y\r\n\r\n")),
    (400, "a folded trailer", chunks("0\r\nX: y\r\n z\r\n\r\n")),
    (413, "a size of 2^63", chunks("8000000000000000\r\n")),
    (413, "a size of 2^64", chunks("10000000000000000\r\n")),
    (413, "a size that is 5 when it has overflowed",
     chunks("10000000000000005\r\nhello\r\n0\r\n\r\n")),
    (413, "chunks beyond the limit together",
     chunks("8000\r\n" + "a" * 0x8000 + "\r\n8001\r\n")),
    (431, "trailers of 5 KB",
     chunks("0\r\n" + "X: %s\r\n" % ("y" * 5000) + "\r\n")),
    # sizes
    (414, "a request line of 8 KB", get("/" + "a" * 8192)),
    (414, "one that never ends", "GET /" + "a" * 20000),
    (431, "a field of 8 KB", get(more="X: %s\r\n" % ("a" * 8192))),
    (431, "a name of 8 KB", get(more="%s: y\r\n" % ("a" * 8192))),
    (431, "65 fields", get(more="".join("X%d: y\r\n" % i
                                        for i in range(65)))),
    (431, "20 KB of fields", get(more="".join(
        "X%d: %s\r\n" % (i, "y" * 4000) for i in range(5)))),
    # what a body is, and what is expected
    (415, "a coded body", POST + "Content-Encoding: gzip\r\n"
     "Content-Length: 0\r\n\r\n"),
    (417, "an expectation that is none", length(0, "Expect: a miracle\r\n")),
    (417, "one more than 100-continue",
     length(0, "Expect: 100-continue, x\r\n")),
    # what may stand once
    (400, "two tokens", get(more=auth() + auth())),
    (400, "two cookies", get(more="Cookie: a=b\r\nCookie: c=d\r\n")),
    (400, "two Origins", get(more="Origin: http://a\r\n" * 2)),
    # WebSocket
    (426, "an old WebSocket",
     get(log, auth() + SOCKET + "Sec-WebSocket-Version: 8\r\n")),
    (426, "a WebSocket without a version", get(log, auth() + SOCKET)),
    (400, "a WebSocket by POST",
     head("POST", log, auth() + SOCKET + "Sec-WebSocket-Version: 13\r\n"
          "Content-Length: 0\r\n") + "\r\n"),
]

before = lab.ctl_json("deployments")["deployments"]
for status, name, data in refused:
    # What stands behind must not be taken for a request.
    c = wire.client()
    try:
        c.send(data + NEXT)
    except OSError:
        pass
    r = c.reply()
    same((r and r[0], r and "close" in r[1].get("connection", ""),
          r is not None and (data.startswith("HEAD") or is_refusal(r)),
          c.reply()), (status, True, True, None), "%d: %s" % (status, name))
    c.close()
same(sorted({s for s, _, _ in refused}),
     [400, 411, 413, 414, 415, 417, 426, 431, 501, 505],
     "there is a case for each status")
c = wire.client()
r = c.send(get(log, auth() + SOCKET)).reply()
same((r[1].get("upgrade"), r[1].get("sec-websocket-version"),
      "upgrade" in r[1]["connection"].lower()), ("websocket", "13", True),
     "426 says which protocol it would be")
c.close()
ok("message refused" not in lab.log(), "no process has seen any of them")

# ---- what is refused, but leaves the connection as it is

kept = [
    (404, "a path of nine", get("/a/b/c/d/e/f/g/h/i"), True),
    (404, "nothing there", get("/nothing", auth()), False),
    (405, "a method that is not for it", head("DELETE", "/shop", auth()) +
     "\r\n", False),
    (405, "OPTIONS", head("OPTIONS", "/shop", auth()) + "\r\n", False),
    (405, "TRACE", head("TRACE", "/shop", auth()) + "\r\n", False),
    (405, "CONNECT", head("CONNECT", "/shop", auth()) + "\r\n", False),
    (415, "text in place of a form",
     head("POST", "/shop/deployments", auth() + "Content-Type: text/plain\r\n"
          "Accept: */*\r\nContent-Length: 1\r\n") + "\r\nx", False),
    (421, "another Host", get(host="evil.example"), False),
    (421, "another name for this one",
     get(host="localhost:%d" % lab.port), False),
    (421, "the Host without its port", get(host=LOCAL), False),
    (421, "with another one", get(host=LOCAL + ":1"), False),
    (421, "with a dot behind it", get(host="%s.:%d" % (LOCAL, lab.port)),
     False),
    (421, "no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", True),
]
for status, name, data, end in kept:
    c = wire.client()
    r = c.send(data).reply()
    c.send(get("/-/healthz"))
    same((r[0], is_refusal(r), c.status()), (status, True, None if end else
                                             200), "%d: %s" % (status, name))
    c.close()

# ---- what looks odd and is right

taken = [
    (200, "an empty line before the request", "\r\n" + get(more=auth())),
    (200, "HTTP/1.2 is read as 1.1", get(more=auth(), version="1.2")),
    (200, "the absolute form of this host", get("http://%s/" % OWN, auth())),
    (200, "that in capitals", get("HTTP://%s/shop" % OWN, auth())),
    (200, "a probe under any name", get("/-/healthz",
                                        host="probe.example")),
    (200, "or none, in HTTP/1.0", "GET /-/healthz HTTP/1.0\r\n\r\n"),
    (200, "blanks around a value", get(more=auth().replace(": ", ": \t ")
                                       .replace("\r", " \t\r"))),
    (200, "a length that says nothing comes",
     get(more=auth() + "Content-Length: 0\r\n")),
    (200, "a token that Connection names",
     get(more=auth() + "Connection: X-Api-Token\r\n")),
    (404, "a length that Connection names",
     length(8, "Connection: content-length\r\n") + "target=x"),
    (404, "chunks that Connection names",
     CHUNKED + "Connection: Transfer-Encoding\r\n\r\n"
     "8\r\ntarget=x\r\n0\r\n\r\n"),
    (404, "a form in chunks with extensions and trailers",
     chunks("5;a\r\ntarge\r\n0003;x=y ; z=\"\\\"\"\r\nt=x\r\n0\r\nX: y\r\n"
            "Host: evil.example\r\nContent-Length: 99\r\n\r\n")),
    (200, "Upgrade that Connection does not name",
     get(more=auth() + "Upgrade: websocket\r\n")),
    (200, "an upgrade to HTTP/2",
     get(more=auth() + "Connection: Upgrade, HTTP2-Settings\r\n"
         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
    (200, "bytes beyond ASCII in a value", get(more=auth() + "X: \xe4\xff"
                                               "\r\n")),
]
for status, name, data in taken:
    same(wire.talk(data)[0], status, "%d: %s" % (status, name))
same(lab.ctl_json("deployments")["deployments"], before,
     "none of all these has started anything")

# ---- HEAD and Expect

paths = ["/", "/shop", "/shop/deployments", "/shop/deployments/%d" % id,
         "/-/healthz", "/assets/app.js", "/favicon.ico", "/-/login",
         "/shop/toni", "/nothing", "/assets/none"]
for path in paths:
    c = wire.client()
    h = c.send(head("HEAD", path, auth()) + "\r\n").reply(head=True)
    g = c.send(get(path, auth())).reply()
    same((h[0], h[1].get("content-type"), h[1].get("content-length")),
         (g[0], g[1].get("content-type"), str(len(g[2]))),
         "HEAD %s is GET without a body" % path)
    c.close()
c = wire.client()
h = c.send(head("HEAD", log, auth()) + "\r\n").reply(head=True)
same((h[0], c.send(get("/-/healthz")).status()), (200, 200),
     "HEAD of a log ends at once")
for body in ("Content-Length: 8\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
    c.send(POST + "Expect: 100-continue\r\n" + body)
    same(c.reply()[0], 100, "who asks whether to go on is told to")
    c.send("target=x" if "Length" in body else "8\r\ntarget=x\r\n0\r\n\r\n")
    same(c.reply()[0], 404, "and then answered")
c.send(length(8, "Expect: 100-Continue\r\n") + "target=x")
same(c.status(), 404, "who does not wait for it is not told")
c.send(length(65537, "Expect: 100-continue\r\n"))
same(c.status(), 413, "nor who says that too much would come")
c.close()
same(wire.talk(length(8, "Expect: 100-continue\r\n").replace(
    "HTTP/1.1", "HTTP/1.0") + "target=x")[0], 404,
    "HTTP/1.0 knows nothing of it")

# ---- one connection, many requests

c = wire.client()
same([c.send(get(p, auth())).status() for p in (
    "/", "/none", "/assets/app.js", "/-/healthz", "/shop")],
    [200, 404, 200, 200, 200], "a connection goes on, after an error too")
mixed = ["/none", "/shop", "/assets/app.js", "/-/none", "/-/healthz"] * 10
c.send("".join(get(p, auth()) for p in mixed))
same([c.status() for _ in mixed], [404, 200, 200, 404, 200] * 10,
     "fifty that are sent at once are answered in order")
c.send("".join(length(8) + "target=x" + chunks("8\r\ntarget=y\r\n0\r\n\r\n") +
               get("/shop", auth()) for _ in range(5)))
same([c.status() for _ in range(15)], [404, 404, 200] * 5,
     "bodies between them are not mixed up")
c.send(get("/-/healthz", "Connection: close\r\n") + NEXT)
r = c.reply()
ok(r[0] == 200 and r[1].get("connection") == "close" and c.is_closed(),
   "Connection: close ends it")
c = wire.client()
r = c.send(get("/-/healthz", version="1.0") + NEXT).reply()
ok(r[0] == 200 and r[1].get("connection") == "close" and c.is_closed(),
   "so does HTTP/1.0")
c = wire.client()
for byte in get("/shop", auth()):
    c.send(byte)
same(c.status(), 200, "a request may come byte by byte")
c.send(get("/-/healthz")).half_close()
same(c.status(), 200, "a client may close its half and still be answered")
ok(c.is_closed(), "which ends the connection")
c = wire.client()
c.send("".join(get(p, auth()) for p in mixed)).half_close()
same([c.status() for _ in mixed], [404, 200, 200, 404, 200] * 10,
     "all fifty, if it had said so much")
ok(c.is_closed(), "and then it ends")
c = wire.client()
c.send(length(100) + "target=x").half_close()
ok(c.reply() is None, "with half a request it ends without a word")
c = wire.client()
c.send(get(log, auth()))
c.reply(head=True)
c.half_close()
wait_for("the end", c.is_closed)
ok(True, "who watches a log and closes its half is taken to be gone")
c = wire.client()
c.send(get(log, auth()) + get("/-/healthz"))
same(c.reply(head=True)[0], 200, "a request behind a log that runs waits")
other = wire.client()
other.send(get("/-/healthz"))
same(other.status(), 200, "others don't")
other.close()
c.close()

# ---- thousands who do nothing

MANY = 3000
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard != resource.RLIM_INFINITY and hard < 8192:
    hard = 8192
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
configure("limit connections-per-client 4096\nlimit request 60s")
empty = wire.memory("web")
idle = []
for i in range(MANY):
    s = socket.create_connection((LOCAL, lab.port), TIME_LIMIT,
                                 ("127.0.1.%d" % (1 + i % 200), 0))
    if i % 2:
        s.sendall(b"GET / HT")
    idle.append(s)
begin = time.monotonic()
same({lab.get("/shop", "alice").status for _ in range(20)}, {200},
     "behind %d idle connections requests are answered" % MANY)
ok(time.monotonic() - begin < 5, "as fast as ever")
ok(len(os.listdir("/proc/%d/fd" % lab.pid("web"))) > MANY,
   "and they are all there")
each = (wire.memory("web") - empty) / MANY
note("%.1f KB of memory each" % each)
ok(each < (100 if has_sanitizers() else 12), "for a few KB each")
configure("limit connections 100\nlimit connections-per-client 4096")
same({lab.get("/shop", "alice").status for _ in range(5)}, {200},
     "above the limit those that are idle make room")
for s in idle:
    s.close()
each = (wire.memory("web") - empty) / MANY
note("%.1f KB of memory each when they are gone" % each)
ok(each < (100 if has_sanitizers() else 6), "which costs none")

# ---- those who are slow

configure("limit request 700ms\nlimit idle 1s")
SLOW = 6.0      # seconds, in which each of them must be let go


def say(*parts):
    def run(c):
        for p in parts:
            c.send(p)
    return run


def drop_by_drop(first):
    def run(c):
        c.send(first)
        while not select.select([c.s], [], [], 0.05)[0]:
            c.send("1")
    return run


def after_a_reply(more=""):
    def run(c):
        assert c.send(get("/-/healthz")).status() == 200
        c.send(more)
    return run


def after_continue(c):
    c.send(length(8, "Expect: 100-continue\r\n"))
    assert c.reply()[0] == 100


slow = [
    (None, "who says nothing", say()),
    (408, "an empty line alone", say("\r\n")),
    (408, "half a request line", say("GET / HT")),
    (408, "half a head", say(head(more="X: half a re"))),
    (408, "a head without its end", say(head())),
    (408, "half a body", say(length(10) + "abc")),
    (408, "half a chunk", say(chunks("5\r\nab"))),
    (408, "chunks without an end", say(chunks("5\r\nabcde\r\n"))),
    (408, "half a trailer", say(chunks("0\r\nX: y\r\n"))),
    (408, "a head drop by drop", drop_by_drop(head(more="X: "))),
    (408, "a body drop by drop", drop_by_drop(length(60000))),
    (408, "chunks drop by drop", drop_by_drop(chunks("ea60\r\n"))),
    (None, "who says nothing more", after_a_reply()),
    (408, "half of a second request", after_a_reply("GET / HT")),
    (408, "a body that is waited for", after_continue),
]
results = {}


def measure(name, run):
    c = wire.client()
    begin = time.monotonic()
    try:
        run(c)
    except OSError:
        pass
    try:
        status = c.status()
        end = c.is_closed()
    except OSError:
        status, end = "nothing", False
    results[name] = status, end and time.monotonic() - begin < SLOW
    c.close()


threads = [threading.Thread(target=measure, args=(name, run))
           for _, name, run in slow]
for t in threads:
    t.start()
for t in threads:
    t.join()
for status, name, _ in slow:
    same(results.get(name), (status, True), "%s: %s" % (
        status or "a closed connection", name))

# ---- those who don't read

lab.ctl("kill", str(id))
os.unlink(host.path("hold"))
wait_for("its end", lambda: lab.deployment(id)["state"] == "failed")
open(host.path("flood"), "w").close()
configure("limit request 60s\nlimit idle 60s\nlimit output 1G")
flood = lab.deploy(stages=["FLOOD"])
log = "/shop/deployments/%d/log" % flood
wait_for("a flood", lambda: lab.deployment(flood)["entries"] > 10000)
deaf = []
for i in range(40):
    c = wire.client(buffer=4096)
    if i % 4 == 0:      # a log, streamed
        c.send(get(log, auth()))
    elif i % 4 == 1:    # a log by WebSocket
        c.send(get(log, auth() + SOCKET + "Sec-WebSocket-Version: 13\r\n"))
    elif i % 4 == 2:    # answers of the engine
        c.send(get("/shop", auth()) * 60)
    else:               # files
        c.send(get("/assets/style.css") * 100)
    deaf.append(c)


def entries():
    return lab.deployment(flood)["entries"]


def wait_entries(n):
    want = entries() + n
    wait_for("more of the flood", lambda: entries() > want, 120)


SLACK = 200000 if has_sanitizers() else 0       # KB
wait_entries(500000)
sizes = {name: wire.memory(name) for name in ("web", "engine")}
wait_entries(800000)
for name, first in sizes.items():
    now = wire.memory(name)
    note("%s: %d KB, then %d KB" % (name, first, now))
    ok(now < first + 4000 + SLACK,
       "those who don't read cost the %s no more memory" % name)
ok(wire.memory("web") < 32000 + 2 * SLACK, "and little in all")
begin = time.monotonic()
same(lab.get("/shop", "alice").status, 200, "others are answered")
ok(time.monotonic() - begin < 2, "at once")
configure("limit request 700ms\nlimit idle 1s\nlimit output 1G")
# What was set before the reload runs on: these come after it.
late = []
for what in (get(log, auth()),
             get(log, auth() + SOCKET + "Sec-WebSocket-Version: 13\r\n"),
             get("/assets/style.css") * 4000):
    c = wire.client(buffer=4096)
    c.s.setblocking(False)
    try:
        c.s.send(what.encode())
    except BlockingIOError:
        pass
    late.append(c)
begin = time.monotonic()


def is_gone(c):
    """Has the server closed it, although nothing is read here?"""
    port = c.s.getsockname()[1]
    with open("/proc/net/tcp") as f:
        for line in f:
            f1, f2 = line.split()[1:3]
            # The server's end of it, unless it is being closed.
            if f1.endswith(":%04X" % lab.port) and \
               f2.endswith(":%04X" % port):
                return line.split()[3] != "01"
    return True


for name, c in zip(("a log", "a WebSocket", "files"), late):
    wait_for("the end", lambda: is_gone(c), 30)
    ok(True, "who does not read %s is let go" % name)
note("after %.1f s" % (time.monotonic() - begin))
for c in deaf + late:
    c.close()
os.unlink(host.path("flood"))
wait_for("the end of the flood", lambda: lab.deployment(flood)["state"] ==
         "successful")
ok("message refused" not in lab.log(), "no process has refused another's word")
same(re.findall(r".*process died.*", lab.log()), [], "and none has died")
same(lab.stop(), 0, "the daemon stops")
done()
