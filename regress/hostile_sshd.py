#!/usr/bin/python3
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

"""Hostile SSH servers, one a port: each misbehaves in its own way.  AsyncSSH
does the key exchange and the encryption; channels, and everything that it is
too polite for, are ours.  Usage: hostile_sshd.py HOST_KEY; prints a line
"name port" for each, then "ready", later "name bytes" of connections that got
much, and ends when its stdin does."""

import asyncio
import os
import socket
import struct
import sys
import threading
import warnings

warnings.filterwarnings("ignore")
sys.path[:] = [p for p in sys.path if "regress" not in p]

import asyncssh                                        # noqa: E402
from asyncssh.connection import SSHServerConnection    # noqa: E402
from asyncssh.connection import SSHServerConnectionOptions  # noqa: E402

DISCONNECT, IGNORE, DEBUG, ACCEPT, KEXINIT = 1, 2, 4, 6, 20
NEWKEYS, KEX_REPLY, SUCCESS, BANNER, PK_OK = 21, 31, 52, 53, 60
FAILURE, GLOBAL = 51, 80
OPEN, OPENED, REFUSED, ADJUST, DATA, EXTENDED = 90, 91, 92, 93, 94, 95
EOF, CLOSE, REQUEST, DONE = 96, 97, 98, 99

ODD = b"odd" + bytes(range(1, 256)) + b"\x1b]0;taken\x07\x1b[2J\r\nmore\n"


def u32(n):
    return struct.pack(">I", n & 0xffffffff)


def text(s):
    s = s if isinstance(s, bytes) else s.encode()
    return u32(len(s)) + s


class Channel:
    """A session that the client has opened."""

    def __init__(self, conn, peer, window):
        self.conn, self.peer, self.window = conn, peer, window
        self.room = asyncio.Event()

    def log_received_packet(self, *args):
        pass

    log_sent_packet = log_received_packet

    def process_packet(self, kind, _seq, packet):
        if kind == ADJUST:
            self.window += packet.get_uint32()
            self.room.set()
        elif kind == REQUEST:
            name, reply = packet.get_string(), packet.get_boolean()
            if name == b"exec":
                self.conn.spawn(self.conn.case.run(
                    self, packet.get_string(), reply))
            elif reply:
                self.send(DONE)
        elif kind == CLOSE:
            self.conn.spawn(self.conn.case.closed(self))
        return True

    def send(self, kind, *args):
        self.conn.send_packet(kind, u32(self.peer), *args)

    async def write(self, data, stderr=False, polite=True):
        """Data, as the window has room, or not."""
        while data:
            while polite and self.window <= 0:
                self.room.clear()
                await self.room.wait()
            n = min(len(data), 32000, self.window if polite else 32000)
            await self.conn.settled()
            self.window -= n
            if stderr:
                self.send(EXTENDED, u32(1), text(data[:n]))
            else:
                self.send(DATA, text(data[:n]))
            data = data[n:]

    def status(self, n=0):
        self.send(REQUEST, text("exit-status"), b"\0", u32(n))

    def signal(self, name, message=b"", lie=None):
        self.send(REQUEST, text("exit-signal"), b"\0",
                  u32(len(name) if lie is None else lie) + name, b"\0",
                  text(message), text(""))


class Case:
    """A server that behaves; others change what they like of it."""
    version = b"Hostile_1.0"
    lists = {}                  # of algorithms

    def greet(self, conn):
        return False            # whether the greeting has been sent

    def tap(self, conn, kind, payload):
        """What becomes of a packet: bytes, or None for nothing."""
        return payload

    def authenticated(self, conn):
        pass

    async def opened(self, channel):
        channel.send(OPENED, u32(channel.number), u32(1 << 21), u32(32768))

    async def run(self, channel, command, reply):
        if reply:
            channel.send(DONE)
        await self.command(channel, command)

    async def command(self, channel, command):
        await channel.write(b"hello\n")
        self.end(channel)

    def end(self, channel):
        channel.send(EOF)
        channel.status(0)
        channel.send(CLOSE)

    async def closed(self, channel):
        pass


class Owner(asyncssh.SSHServer):
    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return True


class Connection(SSHServerConnection):
    def __init__(self, case, *args):
        super().__init__(*args)
        self.case, self.tasks, self.number = case, set(), 0
        self.swallowing, self.answers, self.sent = False, [], 0
        self.writable = asyncio.Event()
        self.writable.set()
        self._version = case.version
        self._kex_algs = [b"curve25519-sha256"]
        for name, value in case.lists.items():
            setattr(self, name, value)

    def connection_lost(self, exc=None):
        super().connection_lost(exc)
        if self.sent > 1 << 20:
            print(self.case.name, self.sent, flush=True)
            self.sent = 0
        for task in list(self.tasks):
            task.cancel()

    def spawn(self, coroutine):
        task = self._loop.create_task(self.guard(coroutine))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def guard(self, coroutine):
        try:
            await coroutine
        except (OSError, AttributeError):
            pass                # the connection has gone

    def pause_writing(self):
        self.writable.clear()

    def resume_writing(self):
        self.writable.set()

    async def settled(self):
        """Room in the socket, and no key exchange under way."""
        await self.writable.wait()
        while not self._kex_complete:
            await asyncio.sleep(0.001)
        if self._transport is None:
            raise OSError

    def _send(self, data):
        self.sent += len(data)
        super()._send(data)

    def raw(self, data):
        if self._transport is not None:
            self._transport.write(data)

    def drop(self, hard=False):
        if self._transport is None:
            return
        if hard:
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        else:
            self._transport.close()

    def _send_version(self):
        self._server_version = b"SSH-2.0-" + self._version
        if not self.case.greet(self):
            super()._send_version()

    def send_packet(self, kind, *args, handler=None):
        if self.swallowing or self._transport is None:
            return
        payload = self.case.tap(self, kind, b"".join(args))
        if payload is not None and not self.swallowing:
            super().send_packet(kind, payload, handler=handler)

    def send_userauth_success(self):
        super().send_userauth_success()
        self.case.authenticated(self)

    def _process_channel_open(self, _kind, _seq, packet):
        packet.get_string()
        peer, window = packet.get_uint32(), packet.get_uint32()
        channel = Channel(self, peer, window)
        channel.number = self.number
        self._channels[self.number] = channel
        self.number += 1
        self.spawn(self.case.opened(channel))

    def _answer(self, kind, _seq, packet):
        self.answers.append(kind)

    _packet_handlers = dict(SSHServerConnection._packet_handlers)
    _packet_handlers.update({OPEN: _process_channel_open, OPENED: _answer,
                             REFUSED: _answer, 81: _answer, 82: _answer})


CASES, RAW = {}, {}


def case(name, **attributes):
    """Registers a class, or a coroutine as what its commands do."""
    def register(what):
        if isinstance(what, type):
            CASES[name] = what()
        else:
            async def command(self, channel, line):
                await what(channel)
            CASES[name] = type(name, (Case,), dict(
                attributes, command=command))()
        return what
    return register


def raw(name):
    def register(what):
        RAW[name] = what
        return what
    return register


# ---- before there is a packet


@raw("raw-close")
async def raw_close(r, w):
    pass


@raw("raw-reset")
async def raw_reset(r, w):
    w.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    w.transport.abort()


@raw("raw-silence")
async def raw_silence(r, w):
    await asyncio.sleep(1000)


@raw("raw-garbage")
async def raw_garbage(r, w):
    w.write(os.urandom(65536))
    await asyncio.sleep(1000)


@raw("raw-garbage-close")
async def raw_garbage_close(r, w):
    w.write(os.urandom(1000))
    await w.drain()


@raw("raw-lines")
async def raw_lines(r, w):
    while True:
        w.write(b"the system is going down\r\n" * 1000)
        await w.drain()


@raw("raw-line")
async def raw_line(r, w):
    """A line of megabytes, and then a proper greeting."""
    for _ in range(80):
        w.write(b"x" * 100000)
        await w.drain()
    w.write(b"\r\nSSH-2.0-x\r\n")
    await asyncio.sleep(1000)


@raw("raw-version")
async def raw_version(r, w):
    w.write(b"SSH-2.0-")
    while True:
        w.write(b"x" * 100000)
        await w.drain()


@raw("raw-drip")
async def raw_drip(r, w):
    while True:
        w.write(b"x")
        await w.drain()
        await asyncio.sleep(0.02)


@raw("raw-control")
async def raw_control(r, w):
    w.write(ODD.replace(b"\n", b"").replace(b"\r", b"") * 8 + b"\n")
    await w.drain()


@raw("raw-nul")
async def raw_nul(r, w):
    w.write(b"\0" * 4096 + b"\nSSH-2.0-\0\0\0\n")
    await asyncio.sleep(1000)


@raw("raw-ssh1")
async def raw_ssh1(r, w):
    w.write(b"SSH-1.5-OpenSSH_1.2.3\n")
    await asyncio.sleep(1000)


# ---- packets before there are keys

GREETING = b"SSH-2.0-Hostile_1.0\r\n"


def packet(payload, length=None, padding=None):
    pad = 8 - (len(payload) + 5) % 8
    pad += 8 if pad < 4 else 0
    return (u32(len(payload) + pad + 1 if length is None else length) +
            bytes([pad if padding is None else padding]) + payload +
            b"\0" * pad)


def kexinit(*lists, tail=b"\0" + u32(0)):
    return bytes([KEXINIT]) + b"c" * 16 + b"".join(
        x if isinstance(x, bytes) and x[:2] == b"\0\0" else text(x)
        for x in lists) + tail


PROPER = ["curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes128-ctr",
          "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""]


def raw_packets(name, *packets, close=False):
    async def send(r, w):
        w.write(GREETING + b"".join(packets))
        await w.drain()
        if not close:
            await asyncio.sleep(1000)
    RAW[name] = send


raw_packets("packet-giant", packet(b"x" * 100, length=0xffffffff))
raw_packets("packet-large", packet(b"x" * 100, length=0x00ffffff),
            b"x" * 200000)
raw_packets("packet-empty", u32(0) * 1000)
raw_packets("packet-tiny", u32(1) + b"\0" * 100)
raw_packets("packet-padding", packet(b"x" * 11, padding=255))
raw_packets("kexinit-empty", packet(bytes([KEXINIT])))
raw_packets("kexinit-short", packet(bytes([KEXINIT]) + b"c" * 16 + b"\0\0"))
raw_packets("kexinit-lie", packet(bytes([KEXINIT]) + b"c" * 16 +
                                  b"\xff\xff\xff\xff" * 10))
raw_packets("kexinit-none", packet(kexinit(*[""] * 10)))
raw_packets("kexinit-foreign", packet(kexinit(*[
    "\x1b[2Jnothing@\x07\n" + "a" * 3000] * 10)))
raw_packets("kexinit-only", packet(kexinit(*PROPER)))
raw_packets("kexinit-twice", packet(kexinit(*PROPER)) * 2)
raw_packets("newkeys-early", packet(kexinit(*PROPER)),
            packet(bytes([NEWKEYS])))
raw_packets("success-early", packet(kexinit(*PROPER)),
            packet(bytes([SUCCESS])))
raw_packets("disconnect-early", packet(
    bytes([DISCONNECT]) + u32(2) + text(ODD * 100) + text("")))
raw_packets("disconnect-lie", packet(
    bytes([DISCONNECT]) + u32(2) + u32(0xfffffff0) + b"x" * 20))
raw_packets("disconnect-short", packet(bytes([DISCONNECT])))
raw_packets("ext-info-lie", packet(bytes([7]) + u32(0xffffffff) +
                                   u32(0xffffffff)), packet(bytes([7])))


@raw("ignore-flood-early")
async def ignore_flood_early(r, w):
    w.write(GREETING)
    while True:
        w.write(packet(bytes([IGNORE]) + text(b"x" * 30000)))
        await w.drain()


# ---- in each phase: stops, hangs up, lies

PHASES = [("kexinit", KEXINIT), ("kex", KEX_REPLY), ("newkeys", NEWKEYS),
          ("service", ACCEPT), ("key", PK_OK), ("auth", SUCCESS),
          ("open", OPENED), ("exec", DONE), ("output", DATA), ("eof", EOF),
          ("close", CLOSE)]


class Stall(Case):
    def __init__(self, kind):
        self.kind = kind

    def tap(self, conn, kind, payload):
        if kind == self.kind:
            conn.swallowing = True
            return None
        return payload


class Drop(Stall):
    hard = False

    def tap(self, conn, kind, payload):
        if kind == self.kind:
            conn.swallowing = True
            conn.drop(self.hard)
            return None
        return payload


class Reset(Drop):
    hard = True


class Short(Stall):
    def tap(self, conn, kind, payload):
        return b"" if kind == self.kind else payload


class Lie(Stall):
    """Every length in it is a lie."""

    def tap(self, conn, kind, payload):
        if kind != self.kind:
            return payload
        return payload[:4 if kind in (OPENED, DONE, DATA) else 0] + \
            b"\xff\xff\xff\xf0" * 8


class Noise(Stall):
    def tap(self, conn, kind, payload):
        if kind != self.kind:
            return payload
        return payload[:4 if kind in (OPENED, DATA) else 0] + os.urandom(
            len(payload) + 40)


for _name, _kind in PHASES:
    for _what in (Stall, Drop, Reset, Short, Lie, Noise):
        if _what in (Short, Lie, Noise) and _kind in (
                NEWKEYS, SUCCESS, EOF, CLOSE) and _what is not Short:
            continue
        if _what is Short and _kind in (NEWKEYS, SUCCESS):
            continue
        CASES["%s-%s" % (_what.__name__.lower(), _name)] = _what(_kind)


# ---- algorithms

class Repeat(Case):
    lists = {
        "_kex_algs": [b"curve25519-sha256"] * 300,
        "_enc_algs": [b"aes256-ctr"] * 300 + [b"aes128-ctr"] * 100,
        "_mac_algs": [b"hmac-sha2-256"] * 300,
        "_cmp_algs": [b"none"] * 300,
        "_sig_algs": [b"rsa-sha2-512"] * 2000 + [b"rsa-sha2-256"] * 2 +
        [b"ssh-rsa"] * 2,
        "_can_send_ext_info": True,
    }


CASES["repeat"] = Repeat()
CASES["repeat-rsa"] = Repeat()
CASES["repeat-openssh"] = type("", (Repeat,), {"version": b"OpenSSH_9.2"})()


# ---- authentication

class BannerFlood(Case):
    n, what = 200, ODD * 100

    def tap(self, conn, kind, payload):
        if kind == SUCCESS and self.n:
            for _ in range(self.n):
                conn.send_packet(BANNER, text(self.what), text(""))
        return payload


CASES["auth-banner-flood"] = BannerFlood()
CASES["auth-banner"] = type("", (BannerFlood,), {"n": 1})()


class AuthMethods(Case):
    def tap(self, conn, kind, payload):
        if kind in (SUCCESS, PK_OK):
            conn.send_packet(FAILURE, self.methods, b"\0")
            return None
        if kind == FAILURE:
            return self.methods + b"\0"
        return payload

    methods = text(b",".join(b"method%d\x1b[2J\n" % i for i in range(1500)))


CASES["auth-methods"] = AuthMethods()
CASES["auth-methods-lie"] = type("", (AuthMethods,), {
    "methods": u32(0xfffffff0) + b"publickey"})()


class AuthPartial(Case):
    def tap(self, conn, kind, payload):
        if kind == SUCCESS:
            conn.send_packet(FAILURE, text("publickey"), b"\1")
            return None
        return payload


CASES["auth-partial"] = AuthPartial()


class AuthDisconnect(Case):
    def tap(self, conn, kind, payload):
        if kind == SUCCESS:
            conn.send_packet(DISCONNECT, u32(14), text(ODD * 100), text(""))
            conn.drop()
            return None
        return payload


CASES["auth-disconnect"] = AuthDisconnect()


# ---- sessions

class OpenRefused(Case):
    async def opened(self, channel):
        channel.send(REFUSED, u32(1), text(ODD * 100), text(""))


CASES["open-refused"] = OpenRefused()


class OpenOther(Case):
    async def opened(self, channel):
        for n in (7, 0x7fffffff, 0xffffffff):
            channel.conn.send_packet(OPENED, u32(n), u32(1), u32(1), u32(1))


CASES["open-other"] = OpenOther()


class OpenNarrow(Case):
    async def opened(self, channel):
        channel.send(OPENED, u32(channel.number), u32(0), u32(0))


CASES["open-narrow"] = OpenNarrow()


class OpenClosed(Case):
    async def opened(self, channel):
        await Case.opened(self, channel)
        channel.send(CLOSE)


CASES["open-closed"] = OpenClosed()


class ExecEarly(Case):
    """Everything is said before the request is answered."""

    async def run(self, channel, command, reply):
        await channel.write(b"hello\n")
        self.end(channel)
        channel.send(DONE)


CASES["exec-early"] = ExecEarly()


class ExecRefused(Case):
    async def run(self, channel, command, reply):
        channel.send(100)


CASES["exec-refused"] = ExecRefused()


@case("no-status")
async def no_status(c):
    await c.write(b"hello\n")
    c.send(EOF)
    c.send(CLOSE)


@case("no-eof")
async def no_eof(c):
    await c.write(b"hello\n")
    c.status(0)
    c.send(CLOSE)


@case("no-end")
async def no_end(c):
    await c.write(b"hello\n")
    c.status(0)


@case("close-first")
async def close_first(c):
    await c.write(b"hello\n")
    c.send(CLOSE)
    c.send(EOF)
    c.status(3)


@case("close-twice")
async def close_twice(c):
    c.send(EOF)
    c.send(EOF)
    c.status(0)
    c.send(CLOSE)
    c.send(CLOSE)
    c.send(EOF)


@case("eof-first")
async def eof_first(c):
    c.send(EOF)
    await c.write(b"hello\n")
    await c.write(b"hello\n", stderr=True)
    c.status(0)
    c.send(CLOSE)


@case("data-after-close")
async def data_after_close(c):
    c.status(0)
    c.send(EOF)
    c.send(CLOSE)
    for _ in range(100):
        await c.write(b"hello\n", polite=False)


@case("status-late")
async def status_late(c):
    c.send(EOF)
    await asyncio.sleep(0.3)
    c.status(5)
    await asyncio.sleep(0.3)
    c.send(CLOSE)


@case("status-many")
async def status_many(c):
    for n in (1, 0xffffffff, 0x80000000, 7):
        c.status(n)
    c.send(EOF)
    c.send(CLOSE)


@case("status-short")
async def status_short(c):
    c.send(REQUEST, text("exit-status"), b"\0")
    c.send(REQUEST, text("exit-status"), b"\0", b"\1")
    c.send(REQUEST, text("exit-signal"), b"\0")
    c.send(REQUEST, text("exit-signal"))
    c.send(REQUEST, u32(0xfffffff0) + b"exit-status")
    c.send(REQUEST)
    c.status(9)
    c.send(EOF)
    c.send(CLOSE)


def signal_case(name, *args, **kw):
    @case(name)
    async def run(c):
        await c.write(b"hello\n")
        c.signal(*args, **kw)
        c.send(EOF)
        c.send(CLOSE)


signal_case("signal", b"TERM")
signal_case("signal-odd", ODD)
signal_case("signal-empty", b"")
signal_case("signal-nul", b"\0\0TERM")
signal_case("signal-long", b"A\x1b" * 15000)
signal_case("signal-text", b"KILL", ODD * 100)
signal_case("signal-nul-first", b"\0" + ODD)
signal_case("signal-lie", b"TERM", lie=2000)
signal_case("signal-lie-giant", b"TERM", lie=0x7ffffff0)


@case("signal-beyond")
async def signal_beyond(c):
    """A name that ends where the packet does not."""
    c.send(REQUEST, text("exit-signal"), b"\0", u32(40), b"ABCD")
    CASES["signal-beyond"].end(c)


@case("requests")
async def requests(c):
    for name in (b"pty-req", b"keepalive@openssh.com", b"x11-req", ODD * 50,
                 b"", b"auth-agent-req@openssh.com", b"exec", b"subsystem"):
        for reply in (b"\0", b"\1"):
            c.send(REQUEST, text(name), reply, text(b"touch /tmp/taken"))
    CASES["requests"].end(c)


@case("opens")
async def opens(c):
    """Channels towards the client: whatever it answers, it is not yes."""
    tcp = text("127.0.0.1") + u32(22) + text("127.0.0.1") + u32(9)
    kinds = [(b"session", b""), (b"forwarded-tcpip", tcp),
             (b"direct-tcpip", tcp), (b"x11", text("127.0.0.1") + u32(9)),
             (b"auth-agent@openssh.com", b""), (b"auth-agent", b""),
             (b"forwarded-streamlocal@openssh.com", text("/x") + text("")),
             (b"tun@openssh.com", u32(1) + u32(1)), (ODD * 50, b"")]
    for i, (kind, more) in enumerate(kinds):
        c.conn.send_packet(OPEN, text(kind), u32(1000 + i), u32(65536),
                           u32(32768), more)
    for name in (b"tcpip-forward", b"streamlocal-forward@openssh.com",
                 b"keepalive@openssh.com", b"hostkeys-00@openssh.com", ODD):
        for reply in (b"\0", b"\1"):
            c.conn.send_packet(GLOBAL, text(name), reply, tcp)
    await asyncio.sleep(0.5)
    yes = c.conn.answers.count(OPENED) + c.conn.answers.count(81)
    no = c.conn.answers.count(REFUSED)
    await c.write(b"accepted %d refused %d\n" % (yes, no > 0))
    CASES["opens"].end(c)


@case("opens-lie")
async def opens_lie(c):
    for kind in (b"forwarded-tcpip", b"x11", b"auth-agent@openssh.com", b""):
        for more in (b"", u32(0xfffffff0) * 4, u32(4), os.urandom(100)):
            c.conn.send_packet(OPEN, text(kind), u32(5), u32(0), u32(0), more)
            c.conn.send_packet(OPEN, text(kind), more[:3])
            c.conn.send_packet(OPEN, u32(0xfffffff0) + kind, more)
    c.conn.send_packet(OPEN)
    CASES["opens-lie"].end(c)


@case("strangers")
async def strangers(c):
    """For channels that nobody has opened."""
    for n in (77, 78, 79, 0x7fffffff, 0x80000000, 0xffffffff):
        for kind, more in ((DATA, text("x" * 30000)), (EXTENDED, u32(1) +
                           text("x" * 30000)), (EOF, b""), (CLOSE, b""),
                           (ADJUST, u32(0xffffffff)), (DONE, b""), (100, b""),
                           (REQUEST, text("exit-status") + b"\0" + u32(1)),
                           (REQUEST, text("exit-signal") + b"\0" +
                            text("TERM") + b"\0" + text("") + text("")),
                           (OPENED, u32(1) * 3), (REFUSED, u32(1) * 3)):
            for _ in range(5):
                c.conn.send_packet(kind, u32(n), more)
    for _ in range(1000):
        c.send(ADJUST, u32(0x7fffffff))
    await c.write(b"hello\n")
    CASES["strangers"].end(c)


@case("types")
async def types(c):
    """Messages that have no place here."""
    for kind in (0, 3, 5, 6, 8, 30, 34, 50, 51, 53, 61, 79, 100, 150, 255):
        c.conn.send_packet(kind, os.urandom(100))
        c.conn.send_packet(kind)
    await c.write(b"hello\n")
    CASES["types"].end(c)


@case("extended")
async def extended(c):
    for n in (0, 2, 99, 0xffffffff):
        c.send(EXTENDED, u32(n), text("x" * 1000))
    c.send(EXTENDED, u32(1), u32(0xfffffff0) + b"x")
    c.send(EXTENDED, u32(1))
    c.send(EXTENDED)
    CASES["extended"].end(c)


@case("odd-output")
async def odd_output(c):
    await c.write(ODD + b"\xff\xfe" * 100 + b"\n" + b"\xc0\x80" * 70000)
    await c.write(ODD, stderr=True)
    CASES["odd-output"].end(c)


@case("noise")
async def noise(c):
    await c.write(b"hello\n")
    c.conn.raw(os.urandom(5000))


@case("disconnect")
async def disconnect(c):
    await c.write(b"hello\n")
    c.conn.send_packet(DISCONNECT, u32(2), text(ODD * 100), text(""))
    c.conn.drop()


@case("disconnect-stay")
async def disconnect_stay(c):
    await c.write(b"hello\n")
    c.conn.send_packet(DISCONNECT, u32(0xffffffff), text(ODD * 100), text(""))


# ---- keys, all the time

@case("rekey")
async def rekey(c):
    for i in range(30):
        await c.conn.settled()
        c.conn._send_kexinit()
        c.conn._kexinit_sent = True
        await c.write(b"line %d\n" % i)
        await c.write(b"error %d\n" % i, stderr=True)
    await c.conn.settled()
    CASES["rekey"].end(c)


@case("rekey-stall")
async def rekey_stall(c):
    await c.write(b"hello\n")
    c.conn._send_kexinit()
    c.conn._kexinit_sent = True
    c.conn.swallowing = True


@case("rekey-data")
async def rekey_data(c):
    """Data in the middle of it."""
    c.conn._send_kexinit()
    c.conn._kexinit_sent = True
    for _ in range(100):
        c.send(DATA, text("hello\n"))
    await c.conn.settled()
    CASES["rekey-data"].end(c)


@case("rekey-flood")
async def rekey_flood(c):
    for _ in range(2000):
        c.conn._send_kexinit()
        await asyncio.sleep(0)


# ---- without end

async def flood(c, one):
    while True:
        await c.conn.settled()
        for _ in range(8):
            one(c)
        await asyncio.sleep(0)


LINES = b"a line that is neither long nor short, and comes again\n" * 580


@case("flood-out")
async def flood_out(c):
    while True:
        await c.write(LINES)


@case("flood-err")
async def flood_err(c):
    while True:
        await c.write(LINES, stderr=True)


@case("flood-both")
async def flood_both(c):
    while True:
        await c.write(LINES)
        await c.write(LINES, stderr=True)


@case("flood-short")
async def flood_short(c):
    while True:
        await c.write(b"\n" * 32000)


@case("flood-endless-line")
async def flood_endless_line(c):
    while True:
        await c.write(b"x" * 32000)


@case("flood-impolite")
async def flood_impolite(c):
    while True:
        await c.write(LINES, polite=False)


class FloodOpenSSH(Case):
    """Says that it is OpenSSH, so its processes are asked for: in vain."""
    version = b"OpenSSH_9.2"

    async def command(self, channel, command):
        while channel.number == 0:
            await channel.write(LINES)


CASES["flood-openssh"] = FloodOpenSSH()


class FloodList(FloodOpenSSH):
    """And the list of these has no end either."""

    async def command(self, channel, command):
        while True:
            await channel.write(b"1 2 3 S\n" * 4000)


CASES["flood-list"] = FloodList()

ENDLESS = {
    "flood-ignore": lambda c: c.conn.send_packet(IGNORE, text(b"x" * 30000)),
    "flood-debug": lambda c: c.conn.send_packet(
        DEBUG, b"\1", text(ODD * 100), text("")),
    "flood-global": lambda c: c.conn.send_packet(
        GLOBAL, text("keepalive@openssh.com"), b"\1"),
    "flood-opens": lambda c: c.conn.send_packet(
        OPEN, text("forwarded-tcpip"), u32(9), u32(65536), u32(32768),
        text("127.0.0.1"), u32(22), text("127.0.0.1"), u32(9)),
    "flood-sessions": lambda c: c.conn.send_packet(
        OPEN, text("session"), u32(9), u32(65536), u32(32768)),
    "flood-requests": lambda c: c.send(
        REQUEST, text("keepalive@openssh.com"), b"\1"),
    "flood-signals": lambda c: c.signal(b"A" * 30000),
    "flood-strangers": lambda c: c.conn.send_packet(
        DATA, u32(77), text(b"x" * 30000)),
    "flood-windows": lambda c: c.send(ADJUST, u32(1)),
    "flood-extended": lambda c: c.send(EXTENDED, u32(99),
                                       text(b"x" * 30000)),
    "flood-unknown": lambda c: c.conn.send_packet(200, b"x" * 30000),
    "flood-answers": lambda c: c.send(DONE),
}


def endless(name, one):
    @case(name)
    async def run(c):
        c.send(DATA, text("flood\n"))
        await flood(c, one)


for _name, _one in ENDLESS.items():
    endless(_name, _one)


@case("plain")
async def plain(c):
    await c.write(b"hello\n")
    CASES["plain"].end(c)


def raw_handler(handler):
    async def run(r, w):
        try:
            await handler(r, w)
        except OSError:
            pass
        finally:
            w.close()
    return run


async def main(host_key):
    loop = asyncio.get_event_loop()
    loop.set_exception_handler(lambda *a: None)
    options = SSHServerConnectionOptions(
        server_factory=Owner, server_host_keys=[host_key],
        login_timeout=0, keepalive_interval=0)
    for name, c in CASES.items():
        c.name = name
        server = await loop.create_server(
            lambda c=c: Connection(c, loop, options), "127.0.0.1", 0)
        print(name, server.sockets[0].getsockname()[1])
    for name, handler in RAW.items():
        server = await asyncio.start_server(
            raw_handler(handler), "127.0.0.1", 0)
        print(name, server.sockets[0].getsockname()[1])
    print("ready", flush=True)
    await asyncio.Event().wait()


def watch_stdin():
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


threading.Thread(target=watch_stdin, daemon=True).start()
asyncio.run(main(sys.argv[1]))
