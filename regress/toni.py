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

"""What the tests of toni(1) need beyond the laboratory: a git repository with
a remote and a .toni.yml, runs of the program with pipes or on a terminal, and
servers that don't behave."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import socket
import ssl
import struct
import subprocess
import termios
import threading
import time

from lab import PROGRAMS, TIME_LIMIT, note, wait_for

TONI = PROGRAMS + "/toni/toni"

HEAD = "host: http://h\napplication: a\napi_token: t\n"
STAGES = "stages:\n  p: [A]\n"

# What stands in .toni.yml, and what is said about it.
WRONG = (
    ("", "/.toni.yml: host is missing or empty"),
    ("# nothing\n", "/.toni.yml: host is missing or empty"),
    ("~\n", "/.toni.yml: host is missing or empty"),
    ("application: a\napi_token: t\n" + STAGES, ": host is missing or empty"),
    ("host:\napplication: a\napi_token: t\n" + STAGES,
     ": host is missing or empty"),
    ("host: h\napi_token: t\n" + STAGES, ": application is missing or empty"),
    ("host: h\napplication: a\napi_token: ''\n" + STAGES,
     ": api_token is missing or empty"),
    ("host: h\napplication: a\napi_token: YOUR_API_TOKEN\n" + STAGES,
     ": api_token is still YOUR_API_TOKEN"),
    (HEAD, ": stages is missing or empty"),
    (HEAD + "stages:\n", ": stages is missing or empty"),
    (HEAD + "stages: {}\n", ": stages is missing or empty"),
    (HEAD + "stages:\nproduction:\n  - A\n", ": stages is missing or empty"),
    (HEAD + "stages: [A]\n", ":4:9: stages must have a line for each target"),
    (HEAD + "stages: A\n", ":4:9: stages must have a line for each target"),
    (HEAD + "stages:\n  p:\n", ": p has no stages"),
    (HEAD + "stages:\n  p: []\n", ":5:7: p has no stages"),
    (HEAD + "stages:\n  p: A\n", ":5:6: the stages of p must be a list"),
    (HEAD + "stages:\n  p: {A: B}\n", ":5:6: the stages of p must be a list"),
    (HEAD + "stages:\n  p:\n    - [A]\n",
     ":6:7: a stage of p must be one word or a text"),
    (HEAD + "stages:\n  p:\n    - A\n    -\n", ": a stage of p is empty"),
    (HEAD + "stages:\n  p: [A]\n  p: [B]\n", ":6:3: p stands twice"),
    (HEAD + STAGES + "host: i\n", ":6:1: host stands twice"),
    (HEAD + STAGES + "other: i\nother: j\n", ":7:1: other stands twice"),
    ("- a\n- b\n", ":1:1: it must have lines of the form"),
    ("hello\n", ":1:1: it must have lines of the form"),
    ("host: [a]\n", ":1:7: host must be one word or a text"),
    ("host: {a: b}\n", ":1:7: host must be one word or a text"),
    ("[a, b]: c\n", ":1:1: a key must be one word or a text"),
    ("host: !!int 3\n", ":1:7: host has the tag tag:yaml.org,2002:int"),
    ("host: \"a\\nb\"\n", ":1:7: host has a control character"),
    ("host: \"a\\0b\"\n", ":1:7: host has a control character"),
    ("host: %s\n" % ("x" * 1025), ":1:7: host is longer than 1024 bytes"),
    ("host: &a http://h\napplication: *a\n", ":2:14: the alias *a"),
    ("host: h\nx: [[[[[[[[[[1]]]]]]]]]]\n", ":2:11: nested deeper than 8"),
    ("x: " + "[" * 60000, ": nested deeper than 8 levels"),
    ("x: " + "{a: " * 15000, ": nested deeper than 8 levels"),
    ("- " * 30000, ": it must have lines of the form"),
    ("x" * 65537, ": it is longer than 64 KB"),
    ("".join("k%d: v\n" % i for i in range(1001)), ":1001:1: too many keys"),
    (HEAD + "stages:\n  p: [%s]\n" % ("A," * 1001), ": too many stages"),
    ("host: a: b\n", ":1:8: mapping values are not allowed in this context"),
    ("host: h\n\tapplication: a\n", ":2:1: found a tab character that violates indentation"),
    ("host: 'h\napplication: a\n", ": found unexpected end of stream"),
    ("host: h\n application: a\n", ":2:13: mapping values are not allowed"),
    ("host: h\napplication\n", "could not find expected ':'"),
    ("host: h\nx: [A, B\n", "did not find expected ',' or ']'"),
    ("host: \"a\\qb\"\n", ":1:9: found unknown escape character"),
    ("host: h\nx: a\x01b\n", ":2:5: control characters are not allowed"),
    ("host: h\nx: \udcff\n", ":2:4: invalid leading UTF-8 octet"),
    (HEAD + STAGES + "---\nhost: i\n", ":6:1: a second document begins"),
    ("host: ftp://h\napplication: a\napi_token: t\n" + STAGES,
     'host in .toni.yml is no address: "ftp://h"'),
    ("host: deploy.example.com\napplication: a\napi_token: t\n" + STAGES,
     "It must be like https://deploy.example.com."),
    ("host: 'http://a b'\napplication: a\napi_token: t\n" + STAGES,
     "host in .toni.yml is no address"),
)

RIGHT = (
    ("host: %(host)s\napplication: shop\napi_token: %(token)s\n" + STAGES,
     "what it must have"),
    ("---\n# a comment\nhost: '%(host)s'\napplication: \"shop\"\n"
     "api_token:    %(token)s\nstages: {p: [A, B], \"q r\": ['C']}\n...\n",
     "any style of YAML"),
    ("{host: '%(host)s', application: shop, api_token: '%(token)s', "
     "stages: {p: [A]}}", "all in braces"),
    ("host: !!str %(host)s\napplication: &name shop\napi_token: >-\n"
     "  %(token)s\nstages:\n  12:\n  - 34\n", "tags of texts, anchors, "
     "numbers as names"),
    ("\ufeffhost: %(host)s/\r\napplication: shop\r\napi_token: %(token)s\r\n"
     "stages:\r\n  p:\r\n  - A\r\n", "the line ends of others"),
)


class Run:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


class Started:
    """One that runs with pipes."""

    def __init__(self, process):
        self.process = process
        self.out, self.err = [], []
        self.threads = [threading.Thread(target=self._read, args=a)
                        for a in ((process.stdout, self.out),
                                  (process.stderr, self.err))]
        for t in self.threads:
            t.start()

    @staticmethod
    def _read(f, to):
        while True:
            data = os.read(f.fileno(), 65536)
            if not data:
                return
            to.append(data)

    def so_far(self):
        return b"".join(self.out).decode("utf-8", "surrogateescape")

    def errors(self):
        return b"".join(self.err).decode("utf-8", "surrogateescape")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self, limit=TIME_LIMIT):
        try:
            self.process.wait(limit)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        for t in self.threads:
            t.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return Run(self.process.returncode, self.so_far(), self.errors())


def environment(more):
    e = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TZ": "UTC",
         "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C.UTF-8",
         # a work tree of somebody else's is no concern here
         "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
         "GIT_CONFIG_VALUE_0": "*"}
    # the sanitizers' settings, in a build with them
    e.update({k: v for k, v in os.environ.items() if k.endswith("_OPTIONS")})
    e.update(more or {})
    return e


class Toni:
    def __init__(self, directory):
        self.dir = directory

    def start(self, *args, cwd=None, env=None, user=None):
        return Started(subprocess.Popen(
            [TONI, *args], cwd=cwd or self.dir, env=environment(env),
            user=user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True))

    def __call__(self, *args, check=False, **kw):
        r = self.start(*args, **kw).finish()
        if check and r.status != 0:
            raise RuntimeError("toni %s: %s" % (" ".join(args), r.err))
        return r

    def terminal(self, *args, **kw):
        return Terminal(self.dir, args, **kw)


class Terminal:
    """A run on a terminal of its own."""

    def __init__(self, directory, args, env=None, columns=100, rows=30,
                 program=TONI):
        self.out = b""
        e = environment({"TERM": "xterm", **(env or {})})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(directory)
                os.execve(program, [program, *args], e)
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        self.status = None

    def read(self, seconds=0.01):
        """What has come; False when it has ended."""
        try:
            if select.select([self.fd], [], [], seconds)[0]:
                data = os.read(self.fd, 65536)
                self.out += data
                return bool(data)
        except OSError:
            return False
        return True

    def expect(self, text, limit=TIME_LIMIT):
        """Waits until it stands in what has come since the last time."""
        text = text if isinstance(text, bytes) else text.encode()
        start = getattr(self, "mark", 0)

        def there():
            alive = self.read()
            at = self.out.find(text, start)
            if at != -1:
                self.mark = at + len(text)
                return True
            if not alive:
                raise EOFError("ended without %r: %r" % (text,
                                                         self.out[-2000:]))
            return False
        wait_for("%r on the terminal" % text, there, limit)

    def type(self, text):
        os.write(self.fd, text.encode())

    def finish(self, limit=TIME_LIMIT):
        end = time.monotonic() + limit
        while self.read(0.1):
            if time.monotonic() > end:
                note("killed: %r" % self.out[-2000:])
                os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.status = os.waitstatus_to_exitcode(status)
        return self

    @property
    def text(self):
        return self.out.decode("utf-8", "surrogateescape")


class Repo:
    """A work tree with one commit, pushed to a bare repository beside it."""

    def __init__(self, lab, directory):
        self.dir = directory
        self.toni = Toni(directory)
        self._git("init", "-q", "--bare", "-b", "main", directory + ".git")
        self._git("clone", "-q", directory + ".git", directory)
        self.git("config", "user.email", "a@example.com")
        self.git("config", "user.name", "a")
        self.git("checkout", "-q", "-B", "main")
        with open(directory + "/.git/info/exclude", "w") as f:
            f.write(".toni.yml\n")
        self.commit("one in " + directory)
        self.git("push", "-q", "-u", "origin", "main")
        self.values = {"host": lab.url, "application": "shop",
                       "api_token": lab.token("alice")}
        self.write()

    @staticmethod
    def _git(*args):
        return subprocess.run(
            ["git", *args], check=True, env=environment(None),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE).stdout.decode().strip()

    def git(self, *args):
        return self._git("-C", self.dir, *args)

    def commit(self, subject):
        self.git("commit", "-q", "--allow-empty", "-m", subject)

    def head(self):
        return self.git("rev-parse", "HEAD")

    @property
    def right(self):
        return "".join("%s: %s\n" % kv for kv in self.values.items()) + (
            "stages:\n  production:\n    - ONE\n    - TWO\n    - THREE\n"
            "  staging:\n    - ONE\n")

    def write(self, text=None):
        text = self.right if text is None else text
        with open(os.open(self.dir + "/.toni.yml", os.O_WRONLY | os.O_CREAT |
                          os.O_TRUNC, 0o600), "wb") as f:
            f.write(text.encode("utf-8", "surrogateescape"))
        os.chmod(self.dir + "/.toni.yml", 0o600)

    @contextlib.contextmanager
    def changed(self, **values):
        """While other values stand in .toni.yml."""
        saved = dict(self.values)
        self.values.update(values)
        self.write()
        try:
            yield
        finally:
            self.values = saved
            self.write()


class Server:
    """Reads requests and gives each to a function with its connection."""

    def __init__(self, answer, certificate=None):
        self.answer, self.requests = answer, []
        self.tls = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, certificate + ".key")
        self.s = socket.create_server(("127.0.0.1", 0))
        self.url = "%s://127.0.0.1:%d" % (
            "http" if certificate is None else "https",
            self.s.getsockname()[1])
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            try:
                c.settimeout(TIME_LIMIT)
                if self.tls is not None:
                    c = self.tls.wrap_socket(c, server_side=True)
                self._talk(c)
            except OSError:
                pass
            finally:
                c.close()

    def _talk(self, c):
        data = b""
        while b"\r\n\r\n" not in data:
            part = c.recv(65536)
            if not part:
                return
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                while len(body) < int(value):
                    body += c.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        self.answer(c)

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.s.shutdown(socket.SHUT_RDWR)
        self.s.close()


def shown(e):
    """An entry as the original's client showed it, without its time."""
    words = {
        "COMMAND_START": "STARTING:", "COMMAND_STDOUT_OUTPUT": "STDOUT --",
        "COMMAND_STDERR_OUTPUT": "STDERR --", "COMMAND_FAIL": "FAILED:",
        "COMMAND_SUCCESS": "SUCCESS:"}
    if e["entry_type"] in words:
        return "%s -- %s %s" % (e["origin"], words[e["entry_type"]],
                                e["message"])
    return {
        "STAGE_START": "STARTING STAGE: ", "STAGE_FAIL": "STAGE FAILED: ",
        "STAGE_SUCCESS": "STAGE SUCCESS: ", "STAGE_RESULT": "STAGE RESULT: ",
        "DEPLOYMENT_START": "STARTING DEPLOYMENT: ",
        "DEPLOYMENT_FAIL": "DEPLOYMENT FAILED: ",
        "DEPLOYMENT_SUCCESS": "DEPLOYMENT FINISHED: ",
        "KILL_RECEIVED": "KILL RECEIVED: "}[e["entry_type"]] + e["message"]
