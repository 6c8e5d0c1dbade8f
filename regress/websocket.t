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


"""WebSocket on the wire, as the whole daemon speaks it: the handshake, every
way to frame wrongly and the close that answers it, control frames between the
lines of a log, and clients that don't answer."""

import base64
import hashlib
import os
import struct

from lab import *
from wire import *

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

lab = Lab(hosts=1)
host, = lab.hosts
shop = lab.application(lab.target("production", {"web": {
    "ONE": ["echo first; printf '%065d\\n' 1; head -c 60000 /dev/zero |"
            " tr '\\0' x; echo; printf 'a\\377b\\n'; touch $DIR/said;"
            " while test -e $DIR/hold; do sleep 0.05; done; echo last"]}},
    stages=["ONE"]), readers=["bob"])
wire = Wire(lab)
lab.configure(shop)
lab.start()
open(host.path("hold"), "w").close()
id = lab.deploy(stages=["ONE"])
log = "/shop/deployments/%d/log" % id
wait_for("its lines", lambda: host.read("said") is not None)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(op, data=b"", fin=True, rsv=0, mask=None, length=None, size=None):
    """A client's frame; length may lie, size is that of the length: 7, 16
    or 64 bits; mask=b"" leaves it out."""
    n = len(data) if length is None else length
    size = size or (7 if n < 126 else 16 if n < 65536 else 64)
    mask = os.urandom(4) if mask is None else mask
    bit = 0x80 if mask else 0
    head = bytes([fin << 7 | rsv << 4 | op]) + (
        bytes([bit | n]) if size == 7 else
        struct.pack(">BH", bit | 126, n) if size == 16 else
        struct.pack(">BQ", bit | 127, n))
    return head + mask + (bytes(b ^ mask[i % 4] for i, b in enumerate(data))
                          if mask else data)


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


class Viewer:
    """A WebSocket on the log of the deployment."""

    def __init__(self, early=b"", headers="", path=None, login="alice",
                 buffer=None):
        self.key = base64.b64encode(os.urandom(16)).decode()
        self.c = wire.client(buffer=buffer)
        self.c.send((wire.head(path=path or log, more=(
            wire.auth(login) if login else "") +
            "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n"
            % (self.key, headers))).encode() + early)
        self.head = self.c.reply(head=True)
        self.status = self.head[0]
        self.frames = []

    def read(self):
        """One frame: (opcode, data); None where the connection ended."""
        try:
            h = self.c.f.read(2)
            if len(h) < 2:
                return None
            n = h[1] & 127
            if n == 126:
                n, = struct.unpack(">H", self.c.f.read(2))
            elif n == 127:
                n, = struct.unpack(">Q", self.c.f.read(8))
            self.frames.append(h)
            return h[0] & 15, self.c.f.read(n)
        except ConnectionResetError:
            return None

    def until(self, op):
        """What comes first of that kind."""
        while True:
            f = self.read()
            if f is None or f[0] == op:
                return f and f[1]

    def end(self):
        """The code of the close, if there is one, and whether the connection
        ends behind it."""
        data = self.until(CLOSE)
        code = None if data is None else struct.unpack(
            ">H", data[:2])[0] if data else 1005
        return code, self.read() is None

    def close(self):
        self.c.close()


# ---- the handshake

v = Viewer()
same((v.status, v.head[1].get("upgrade"), v.head[1].get("connection"),
      v.head[1].get("sec-websocket-accept")),
     (101, "websocket", "Upgrade", base64.b64encode(hashlib.sha1(
         (v.key + GUID).encode()).digest()).decode()),
     "an upgrade is answered with the key's hash")
ok(not {"content-length", "transfer-encoding", "sec-websocket-extensions",
        "sec-websocket-protocol"} & set(v.head[1]),
   "no body, no extension and no protocol stand in it")
lines = []
while not lines or lines[-1]["message"] != "a\ufffdb":
    op, data = v.read()
    lines.append(json.loads(data))
ok(all(h[0] == 0x81 and not h[1] & 0x80 for h in v.frames),
   "every entry is a text, whole and without a mask")
same([len(e["message"]) for e in lines if e["entry_type"] ==
      "COMMAND_STDOUT_OUTPUT"], [5, 65, 60000, 3],
     "lengths of 7, 16 and more bits, and UTF-8 out of any bytes")
v.close()
v = Viewer(headers="Sec-WebSocket-Extensions: permessage-deflate\r\n"
           "Sec-WebSocket-Protocol: chat\r\n")
ok(v.status == 101 and not any("sec-websocket-" + x in v.head[1]
                               for x in ("extensions", "protocol")),
   "an extension and a protocol are not agreed to")
v.close()
for name, want, kw in (
        ("without a credential", 401, {"login": None}),
        ("of another deployment", 404, {"path": "/shop/deployments/99/log"}),
        ("with a cookie of another site", 403, {
            "login": None, "headers": "Cookie: applikatoni=x\r\n"
            "Origin: http://evil.example\r\n"}),
        ("with a cookie and no Origin", 403, {
            "login": None, "headers": "Cookie: applikatoni=x\r\n"}),
        ("that is no log", 200, {"path": "/shop"})):
    v = Viewer(**kw)
    same(v.status, want, "one %s is %d" % (name, want))
    v.close()

# ---- frames

F = frame
cases = [
    ("no mask", F(TEXT, b"a", mask=b""), 1002),
    ("a ping without a mask", F(PING, mask=b""), 1002),
    ("the first reserved bit (a compressed message)", F(TEXT, b"a", rsv=4),
     1002),
    ("the second", F(TEXT, b"a", rsv=2), 1002),
    ("the third", F(TEXT, b"a", rsv=1), 1002),
    ("one in a ping", F(PING, rsv=4), 1002),
    ("opcode 3", F(3), 1002), ("opcode 7", F(7), 1002),
    ("opcode 11", F(11), 1002), ("opcode 15", F(15), 1002),
    ("a ping in fragments", F(PING, fin=False), 1002),
    ("a ping of 126 bytes", F(PING, b"a" * 126), 1002),
    ("a close of 126 bytes", F(CLOSE, b"\3\xe8" + b"a" * 124), 1002),
    ("a continuation of nothing", F(0, b"a"), 1002),
    ("a text inside a text", F(TEXT, b"a", fin=False) + F(TEXT, b"b"), 1002),
    ("bytes inside a text", F(TEXT, b"a", fin=False) + F(BINARY, b"b"), 1002),
    ("a short length in 16 bits", F(TEXT, b"abc", size=16), 1002),
    ("one in 64 bits", F(TEXT, b"a" * 200, size=64), 1002),
    ("a length of 2^64 - 1", F(TEXT, length=2 ** 64 - 1), 1002),
    ("a length of 2^63", F(TEXT, length=2 ** 63), 1002),
    ("a length of 2^63 - 1", F(TEXT, b"a", length=2 ** 63 - 1), 1009),
    ("a length of 4 GB", F(BINARY, b"a", length=2 ** 32), 1009),
    ("a message of 4097 bytes", F(BINARY, b"a" * 4097), 1009),
    ("one in fragments", F(BINARY, b"a" * 4096, fin=False) + F(0, b"a"),
     1009),
    ("a text that is not UTF-8", F(TEXT, b"a\xff"), 1007),
    ("half a character", F(TEXT, b"\xc3"), 1007),
    ("half a character in fragments", F(TEXT, b"\xc3", fin=False) + F(0),
     1007),
    ("a surrogate", F(TEXT, b"\xed\xa0\x80"), 1007),
    ("a close without a code", F(CLOSE), 1005),
    ("half a code", F(CLOSE, b"\3"), 1002),
    ("close 1000", close(1000), 1000),
    ("close 1001 with a reason", close(1001, b"going \xc3\xa4way"), 1001),
    ("close 3000", close(3000), 3000), ("close 4999", close(4999), 4999),
    ("close 999", close(999), 1002), ("close 1004", close(1004), 1002),
    ("close 1005", close(1005), 1002), ("close 1006", close(1006), 1002),
    ("close 1015", close(1015), 1002), ("close 2999", close(2999), 1002),
    ("close 5000", close(5000), 1002),
    ("a reason that is not UTF-8", close(1000, b"\xff"), 1007),
    ("a close inside a message", F(TEXT, b"a", fin=False) + close(1000),
     1000),
    ("more behind a close", close(1000) + F(PING) + b"\xff\xff\xff", 1000),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1002),
]
for name, data, code in cases:
    got = []
    for cut in (False, True):
        v = Viewer()
        for i in range(len(data)) if cut and len(data) < 300 else [None]:
            try:
                v.c.send(data if i is None else data[i:i + 1])
            except OSError:
                break       # it has been closed at a byte before
        got.append(v.end())
        v.close()
    same(got, [(code, True)] * 2, "%d: %s" % (code, name))

fine = [
    ("a ping", F(PING, b"hi"), b"hi"),
    ("a ping of 125 bytes", F(PING, b"a" * 125), b"a" * 125),
    ("a text", F(TEXT, b"hello") + F(PING, b"1"), b"1"),
    ("bytes", F(BINARY, b"\xff\0") + F(PING, b"2"), b"2"),
    ("a pong that nobody asked for", F(PONG, b"x") + F(PING, b"3"), b"3"),
    ("fragments", F(TEXT, b"a", fin=False) + F(0, b"b", fin=False) +
     F(0, b"c") + F(PING, b"4"), b"4"),
    ("a ping between fragments", F(TEXT, b"\xc3", fin=False) +
     F(PING, b"5") + F(0, b"\xa4"), b"5"),
    ("a thousand fragments of nothing", F(TEXT, fin=False) +
     F(0, fin=False) * 1000 + F(0) + F(PING, b"6"), b"6"),
    ("4096 bytes", F(BINARY, b"a" * 4096) + F(PING, b"7"), b"7"),
]
for name, data, pong in fine:
    v = Viewer()
    v.c.send(data)
    same(v.until(PONG), pong, "%s: it goes on" % name)
    v.c.send(close(1000))
    same(v.end(), (1000, True), "until it is closed")
    v.close()
v = Viewer(early=F(PING, b"early"))
same(v.until(PONG), b"early", "frames may follow the handshake at once")
v.c.send(F(PING, b"x") * 5000)
same(sum(1 for _ in range(5000) if v.until(PONG) == b"x"), 5000,
     "five thousand pings get as many pongs")
v.c.half_close()
same(v.until(CLOSE), None, "who closes its half is taken to be gone")
v.close()
lab.request("POST", "/-/login", form={"token": "x"})
link = lab.ctl("login", "alice").stdout.decode().strip()
cookie = lab.request("POST", "/-/login", form={
    "token": link.split("#")[1]}, headers={"Origin": lab.url}).headers[
        "Set-Cookie"].split(";")[0]
v = Viewer(login=None, headers="Cookie: %s\r\nOrigin: %s\r\n" % (
    cookie, lab.url))
same(v.status, 101, "a cookie from our own page is let in")
v.close()

# ---- pongs that nobody reads

before = wire.memory("web")
deaf = [Viewer(buffer=4096) for _ in range(10)]
for v in deaf:
    v.c.s.setblocking(False)
    data = F(PING, b"a" * 125) * 20000
    sent = 0
    try:
        while sent < len(data):
            sent += v.c.s.send(data[sent:])
    except BlockingIOError:
        pass
grown = wire.memory("web") - before
note("%d KB more" % grown)
ok(grown < (200000 if has_sanitizers() else 4000),
   "pongs that are not read cost no memory")
for v in deaf:
    v.close()

# ---- those who don't answer

lab.configure(shop, more="limit idle 1s")
lab.ctl("reload")
v = Viewer()
begin = time.monotonic()
same(v.until(PING), b"", "who is silent is asked whether it is there")
same(v.until(CLOSE), None, "and let go when it does not answer")
ok(time.monotonic() - begin < 5, "soon")
v.close()
v = Viewer(early=F(BINARY, length=2 ** 40)[:10])
same(v.until(CLOSE), None, "so is who announces much and sends nothing")
v.close()
v = Viewer()
begin = time.monotonic()
while time.monotonic() - begin < 3:
    if v.until(PING) is None:
        break
    v.c.send(F(PONG))
ok(time.monotonic() - begin >= 3, "who answers stays")

# ---- the end

mute = Viewer()
os.unlink(host.path("hold"))
last = []
while True:
    op, data = v.read()
    if op == TEXT:
        last.append(json.loads(data))
    elif op == CLOSE:
        break
    else:
        v.c.send(F(PONG))
same((last[-1]["entry_type"], struct.unpack(">H", data[:2])[0]),
     ("DEPLOYMENT_SUCCESS", 1000), "the end of the log is a close with 1000")
v.c.send(close(1000))
ok(v.read() is None, "its answer ends the connection")
v.close()
mute.until(CLOSE)
ok(mute.read() is None, "and so does none, after a while")
mute.close()
open(host.path("hold"), "w").close()
log = "/shop/deployments/%d/log" % lab.deploy(stages=["ONE"])
v = Viewer()
lab.process.send_signal(signal.SIGTERM)
end = v.until(CLOSE)
same(end and struct.unpack(">H", end[:2])[0] in (1000, 1001), True,
     "when the daemon stops it says so")
ok("message refused" not in lab.log(), "no process has refused another's word")
same(re.findall(r".*process died.*", lab.log()), [], "and none has died")
same(lab.stop(), 0, "the daemon stops")
done()
