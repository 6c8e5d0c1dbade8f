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

"""Bytes on a connection: a client that can say anything to the page's port,
for the tests of HTTP and WebSocket."""

import json
import re
import socket

from lab import PROGRAMS, TIME_LIMIT

LOCAL = "127.0.0.1"


class Client:
    """A connection on which any bytes can be sent."""

    def __init__(self, port=None, source=None, path=None, timeout=TIME_LIMIT,
                 buffer=None):
        self.s = socket.socket(socket.AF_INET if path is None else
                               socket.AF_UNIX)
        self.s.settimeout(timeout)
        if buffer is not None:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if source is not None:
            self.s.bind((source, 0))
        self.s.connect((LOCAL, port) if path is None else path)
        self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data if isinstance(data, bytes) else
                       data.encode("latin-1"))
        return self

    def half_close(self):
        self.s.shutdown(socket.SHUT_WR)
        return self

    def reply(self, head=False):
        """(status, fields, body), or None where the connection ended; of a
        reply to HEAD, or that streams, the head alone."""
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
            name = name.lower()
            # Fields of one name are one list.
            fields[name] = ", ".join(filter(None, (fields.get(name),
                                                   value.strip())))
        status = int(line.split()[1])
        body = b""
        if head or status in (204, 304) or status < 200:
            pass
        elif "content-length" in fields:
            body = self.f.read(int(fields["content-length"]))
        else:
            body = self.f.read()
        return status, fields, body

    def status(self):
        r = self.reply()
        return r and r[0]

    def is_closed(self):
        try:
            return self.f.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.f.close()
        self.s.close()


class Wire:
    """Clients and requests for the daemon of a laboratory."""

    def __init__(self, lab):
        self.lab = lab

    def client(self, source=None, path=None, **kw):
        return Client(self.lab.port, source, path, **kw)

    def talk(self, data, **kw):
        """The status that these bytes get, and whether that was the end."""
        c = self.client(**kw)
        c.send(data)
        r = c.reply()
        closed = r is None or (r[1].get("connection") == "close" and
                               c.is_closed())
        c.close()
        return (r[0] if r else None), closed

    def head(self, method="GET", path="/", more="", host=None, version="1.1"):
        """The head of a request, without the empty line at its end."""
        return "%s %s HTTP/%s\r\nHost: %s\r\n%s" % (
            method, path, version, host or "%s:%d" % (LOCAL, self.lab.port),
            more)

    def auth(self, login="alice"):
        return "X-Api-Token: %s\r\n" % self.lab.token(login)

    def memory(self, name):
        """What a process holds, in KB."""
        with open("/proc/%d/status" % self.lab.pid(name)) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def has_sanitizers():
    """Under AddressSanitizer what is freed is kept for long."""
    with open(PROGRAMS + "/web/web", "rb") as f:
        return b"__asan_init" in f.read()


def is_refusal(r):
    """A refusal is one sentence, in JSON or, to a token that does not ask for
    that, as a line of text; r is what Client.reply() gave."""
    if r[1].get("content-type", "").startswith("text/plain"):
        return re.fullmatch(rb"[^\n{]{6,}\n", r[2]) is not None
    try:
        error = json.loads(r[2])
    except ValueError:
        return False
    return list(error) == ["error"] and len(error["error"]) > 5
