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

"""The channels of a running daemon, seen and used from outside: who holds
which, and words put into one of them in the place of the process that it
belongs to.  The messages are those of common/msg.h and the table in
common/msg.c, whatever they are by now."""

import ctypes
import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import time

from lab import *

HEADER = struct.Struct("=IIII")
FD_MARK = 0x80000000


def source(name):
    with open(TOP + "/" + name) as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def constants(prefix):
    return {n: int(v) for n, v in re.findall(
        r"#define\s+(%s\w+)\s+(\d+)\s" % prefix, source("common/msg.h"))}


TYPES = {name: n for n, name in enumerate(re.findall(
    r"\b(MSG_\w+)\s*[,\n]", re.search(
        r"enum msg_type \{(.*?)\}", source("common/msg.h"), re.S).group(1)))}
SHORT_MAX = constants("MSG_")["MSG_SHORT_MAX"]
PROCESSES = {"P": "parent", "W": "web", "E": "engine", "X": "executor",
             "G": "github", "N": "notifier", "K": "worker", "C": "control"}


class Row:
    """A row of the table: who may send it to whom, its fields, and whether
    it carries a descriptor."""

    def __init__(self, senders, receivers, fields, fd):
        self.senders, self.receivers = who(senders), who(receivers)
        self.fields, self.fd = fields, fd == "true"


def who(text):
    text = text.replace("CHILDREN", "W | E | X | N | G")
    text = re.sub(r"PROC_BIT\(PROC_(\w)\w*\)", r"\1", text)
    return {PROCESSES[w] for w in re.findall(r"\w+", text)}


TABLE = {name: Row(*row) for name, *row in re.findall(
    r'\[(MSG_\w+)\]\s*=\s*\{\s*"[^"]*",\s*([^,]*),\s*([^,]*),\s*"(\w*)",'
    r'\s*(true|false)\s*\}', source("common/msg.c"))}


# ---- bodies

def number(n, size="Q"):
    return struct.pack(">" + size, n)


def data(b):
    return number(len(b), "I") + b


def string(s):
    return data(s if isinstance(s, bytes) else s.encode()) + b"\0"


def strings(*v):
    return number(len(v), "I") + b"".join(map(string, v))


# A field of each kind: of no meaning, but well-formed.
PLAIN = {"b": b"\1", "u": number(1, "I"), "q": number(4711),
         "s": string("nothing"), "t": string("nothing"), "d": data(b"\1"),
         "S": strings("nothing", "none"), "U": number(1, "I") +
         number(4711, "I")}


def plain(kind):
    return b"".join(PLAIN[f] for f in TABLE[kind].fields)


# A field of each kind that no message may have.
BAD_STRINGS = [number(6, "I") + b"not\0hi\0", number(3, "I") + b"endx",
               number(2 ** 32 - 1, "I") + b"x\0", number(2 ** 31, "I")]
MALFORMED = {
    "s": BAD_STRINGS + [string("x" * (SHORT_MAX + 1))],
    "t": BAD_STRINGS,
    "d": [number(2 ** 32 - 1, "I"), number(100, "I") + b"x"],
    "S": [number(2 ** 32 - 1, "I"), number(2, "I") + string("one"),
          strings("one", "a\0b"), strings(*["x"] * 1025)],
    "U": [number(2 ** 32 - 1, "I"), number(2 ** 30, "I"), number(2, "I")]}
# And fields that are well-formed, of any meaning.
ODD = {
    "b": [b"\0", b"\2", b"\x7f", b"\xff"],
    "u": [number(0, "I"), number(2 ** 31, "I"), number(2 ** 32 - 1, "I")],
    "q": [number(0), number(2 ** 63), number(2 ** 64 - 1)],
    "s": [string(""), string(b"\xff\xfe\xc0\x80"), string("\n\r\x1b[2J%n%s"),
          string("x" * SHORT_MAX), string("../../etc/passwd"),
          string("'; DROP TABLE deployments; --")],
    "t": [string(""), string(b"\xff\xfe"), string("x" * 100000)],
    "d": [data(b""), data(os.urandom(1000)), data(b"\xff" * 100000)],
    "S": [strings(), strings("", ""), strings(*["x"] * 1024)],
    "U": [number(0, "I"), number(16384, "I") + bytes(4 * 16384)]}


def variants(kind, fields_of):
    """Bodies of this type in which one field is another."""
    fields = TABLE[kind].fields
    for i, f in enumerate(fields):
        for other in fields_of.get(f, ()):
            yield b"".join(PLAIN[g] for g in fields[:i]) + other + \
                b"".join(PLAIN[g] for g in fields[i + 1:])


def malformed(kind):
    """Bodies that are of no message's form."""
    body = plain(kind)
    for n in range(len(body)):
        yield body[:n]
    yield body + b"\0"
    yield body + os.urandom(5000)
    yield from variants(kind, MALFORMED)


def frame(kind, body=b"", id=0, flags=0):
    return HEADER.pack(TYPES.get(kind, kind), HEADER.size + len(body) | flags,
                       id, 1) + body


# ---- channels

def peers(pids):
    """{(process, process at the other end): descriptor} of all channels."""
    out = subprocess.run(["ss", "-xpH"], check=True, capture_output=True,
                         text=True).stdout
    ends = {}
    for line in out.splitlines():
        m = re.search(r"\* (\d+) +\* (\d+) +users:\(\((.*)\)\)", line)
        if m is None:
            continue
        for pid, fd in re.findall(r"pid=(\d+),fd=(\d+)", m.group(3)):
            ends[int(m.group(1))] = (int(pid), int(fd), int(m.group(2)))
    names = {pid: name for name, pid in pids.items()}
    return {(names[pid], names[ends[peer][0]]): fd
            for pid, fd, peer in ends.values()
            if pid in names and peer in ends and ends[peer][0] in names and
            ends[peer][0] != pid}


def getfd(pid, fd):
    """A copy of a descriptor of another process."""
    libc = ctypes.CDLL(None, use_errno=True)
    p = os.pidfd_open(pid)
    got = libc.syscall(438, p, fd, 0)
    os.close(p)
    if got == -1:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return got


class Channel:
    """One end of a channel: what is said, and what is answered."""

    def __init__(self, s, other):
        self.s, self.other = s, other
        self.answers = []
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.s.close()

    def read(self, wait=0.0):
        """Takes what is answered: (type, id, body)"""
        if not select.select([self.s], [], [], wait)[0]:
            return False
        got, fds, _, _ = socket.recv_fds(self.s, 1 << 20, 64)
        for fd in fds:
            os.close(fd)
        if not got:
            raise ConnectionResetError
        self.left += got
        at = 0
        while len(self.left) - at >= HEADER.size:
            kind, n, id, _ = HEADER.unpack_from(self.left, at)
            n &= ~FD_MARK
            if len(self.left) - at < n:
                break
            self.answers.append((kind, id, self.left[at + HEADER.size:at + n]))
            at += n
        self.left = self.left[at:]
        return True

    def say(self, *frames, fds=()):
        """Sends, and takes what is answered meanwhile."""
        left = memoryview(b"".join(frames))
        if fds:
            socket.send_fds(self.s, [left[:1]], fds)
            left = left[1:]
        while left:
            r, w, _ = select.select([self.s], [self.s], [], TIME_LIMIT)
            if r:
                self.read()
            if w:
                left = left[self.s.send(left):]
            if not r and not w:
                raise TimeoutError("it does not read any more")

    def settle(self):
        """Waits until the other side has read and handled all of it."""
        calm = 0
        end = time.monotonic() + TIME_LIMIT
        while calm < 3 and time.monotonic() < end:
            self.read(0.002)
            unread = struct.unpack("i", fcntl.ioctl(self.s, 0x5411, bytes(4)))
            calm = calm + 1 if unread == (0,) and \
                state(self.other) == "S" else 0
        if calm < 3:
            raise TimeoutError("it does not come to rest")

    def answer_to(self, *frames):
        """The first answer to the last of them: (type, id, body)"""
        id = HEADER.unpack_from(frames[-1])[2]
        n = len(self.answers)
        self.say(*frames)
        wait_for("an answer", lambda: self.read(0.05) and any(
            a[1] == id for a in self.answers[n:]))
        return next(a for a in self.answers[n:] if a[1] == id)


class Seat(Channel):
    """The place of a process at one of its channels.  The process itself is
    stopped for as long, and hears nothing of what is answered."""

    def __init__(self, pids, sender, receiver):
        self.pid = pids[sender]
        super().__init__(socket.socket(fileno=getfd(
            self.pid, peers(pids)[sender, receiver])), pids[receiver])

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        wait_for("it to stop", lambda: state(self.pid) == "T")
        return self

    def __exit__(self, *a):
        # Not in the middle of a message.
        try:
            while self.left:
                self.read(TIME_LIMIT)
        except OSError:
            pass
        self.s.close()
        try:
            os.kill(self.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
