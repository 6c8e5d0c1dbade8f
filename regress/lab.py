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

"""The laboratory of the system tests: real sshd as hosts, a configuration, a
real daemon run as root, and clients for its page and its control socket.
Everything lies in one temporary directory and goes when the test ends, the
processes with it.  A test prints TAP through ok() and ends with done()."""

import atexit
import base64
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def reachable_programs():
    """The build tree, or a copy of its programs where other users than root
    can run them too: a checkout may lie below a directory that is closed."""
    path = TOP
    while os.stat(path).st_mode & 0o005 == 0o005:
        if path == "/":
            return TOP
        path = os.path.dirname(path)
    copy = tempfile.mkdtemp(prefix="applikatonid-programs.")
    atexit.register(shutil.rmtree, copy, True)
    os.chmod(copy, 0o755)
    for name in ("applikatonid/applikatonid", "applikatonictl/applikatonictl",
                 "web/web", "engine/engine", "executor/executor",
                 "executor/worker", "github/github", "notifier/notifier",
                 "toni/toni"):
        os.makedirs(os.path.dirname(copy + "/" + name), 0o755, True)
        shutil.copy(TOP + "/" + name, copy + "/" + name)
    return copy


PROGRAMS = reachable_programs()
CTL = PROGRAMS + "/applikatonictl/applikatonictl"
DAEMON = PROGRAMS + "/applikatonid/applikatonid"
SHA = "0123456789abcdef0123456789abcdef01234567"
TIME_LIMIT = 30.0

_tests = 0
_failed = 0
_labs = []


def ok(cond, name):
    """One test of the TAP stream; returns whether it passed."""
    global _tests, _failed
    _tests += 1
    print("%sok %d - %s" % ("" if cond else "not ", _tests, name), flush=True)
    if not cond:
        _failed += 1
        frame = sys._getframe(1)
        while frame.f_code.co_filename == __file__:
            frame = frame.f_back
        print("# failed at %s line %d" % (
            os.path.basename(frame.f_code.co_filename), frame.f_lineno),
            flush=True)
    return bool(cond)


def same(got, want, name):
    if not ok(got == want, name):
        print("#  got: %r\n# want: %r" % (got, want), flush=True)


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def done():
    for lab in _labs:
        for report in lab.sanitizer_reports():
            ok(False, "no sanitizer reports: " + report.split("\n", 1)[0])
            note(report)
    print("1..%d" % _tests, flush=True)
    sys.exit(1 if _failed else 0)


def wait_for(what, cond, limit=TIME_LIMIT):
    """Polls until cond() is true, and returns what it gave."""
    end = time.monotonic() + limit
    while True:
        r = cond()
        if r:
            return r
        if time.monotonic() > end:
            raise TimeoutError("waited in vain for: " + what)
        time.sleep(0.01)


def free_port():
    """A port below those that the system gives to outgoing connections, so
    that none of these takes it before it is used."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("", port))
                return port
            except OSError:
                pass


def keygen(path, kind="ed25519", *more):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "lab",
                    "-f", path, *more], check=True,
                   stdin=subprocess.DEVNULL)


class Host:
    """An sshd of its own, with a home directory that its commands start in."""

    def __init__(self, lab, name, extra="", address="127.0.0.1", port=None,
                 sshd=("/usr/sbin/sshd",)):
        self.lab, self.name, self.address = lab, name, address
        self.dir = "%s/%s" % (lab.dir, name)
        os.mkdir(self.dir)
        os.mkdir(self.dir + "/home")
        os.chmod(self.dir + "/home", 0o777)
        keygen(self.dir + "/host_key")
        self.extra = extra
        self.process = None
        self.port = port or free_port()
        self.sshd = sshd
        self.start()

    @property
    def origin(self):
        return "%s:%d" % (self.address, self.port)

    def start(self):
        with open(self.dir + "/sshd_config", "w") as f:
            # Of each word sshd takes the first.
            f.write(self.extra +
                    "ListenAddress %s:%d\n" % (self.address, self.port) +
                    "HostKey %s/host_key\n" % self.dir +
                    "PidFile none\nAuthorizedKeysFile %s/authorized_keys\n"
                    % self.lab.dir +
                    "StrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                    "MaxStartups 1000\nMaxSessions 100\n"
                    "SetEnv HOST=%s DIR=%s/home LAB=%s\n"
                    % (self.name, self.dir, self.lab.shared))
        self.log = open(self.dir + "/sshd.log", "ab")
        self.process = subprocess.Popen(
            [*self.sshd, "-D", "-e", "-f", self.dir + "/sshd_config"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        wait_for("sshd " + self.name, self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("sshd: " +
                               open(self.dir + "/sshd.log").read())
        try:
            with socket.create_connection((self.address, self.port), 1) as s:
                return s.recv(4) == b"SSH-"
        except OSError:
            return False

    def pids(self):
        """The sshd and all below it."""
        return descendants(self.process.pid)

    def commands(self):
        """Processes of commands, also those that outlive their sshd: by what
        SetEnv put into their environment."""
        mark = b"DIR=%s/home" % self.dir.encode()
        found = []
        for p in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % p, "rb") as f:
                    if mark in f.read().split(b"\0"):
                        found.append(int(p))
            except OSError:
                pass
        return found

    def kill(self, sig=signal.SIGKILL):
        for pid in self.pids():
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass

    def stop(self):
        if self.process is not None:
            self.kill(signal.SIGCONT)
            self.kill()
            self.process.wait()
            self.process = None
        for pid in self.commands():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def path(self, name):
        return self.dir + "/home/" + name

    def read(self, name):
        try:
            with open(self.path(name)) as f:
                return f.read()
        except FileNotFoundError:
            return None

    def known_hosts_line(self):
        with open(self.dir + "/host_key.pub") as f:
            kind, key = f.read().split()[:2]
        return "[%s]:%d %s %s\n" % (self.address, self.port, kind, key)


def comm(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return ""


def children_of(pid):
    r = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as f:
                    ppid = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if ppid == pid:
                r.append(int(name))
    return r


def descendants(pid):
    r, todo = [], [pid]
    while todo:
        p = todo.pop()
        r.append(p)
        todo += children_of(p)
    return r


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


class Lab:
    def __init__(self, hosts=0, user="_aplab"):
        self.dir = tempfile.mkdtemp(prefix="applikatonid-test.")
        os.chmod(self.dir, 0o755)
        self.hosts, self.process, self.tokens = [], None, {}
        self.user = user
        self.others = []
        self.excused = None             # a library with a known mistake
        _labs.append(self)
        atexit.register(self.close)
        for sig in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, lambda n, f: sys.exit(1))
        sys.excepthook = self._crashed
        os.makedirs("/run/sshd", exist_ok=True)
        if subprocess.run(["id", user], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0:
            subprocess.run(["useradd", "--system", "--no-create-home",
                            "--home-dir", "/tmp", "--shell", "/bin/sh",
                            "--password", "*", user], check=True)
        # what the commands of all hosts may write to: $LAB
        self.shared = self.dir + "/shared"
        os.mkdir(self.shared)
        os.chmod(self.shared, 0o777)
        os.mkdir(self.dir + "/etc")
        keygen(self.dir + "/etc/key")
        shutil.copy(self.dir + "/etc/key.pub", self.dir + "/authorized_keys")
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.socket = self.dir + "/control.sock"
        self.conf_path = self.dir + "/etc/applikatonid.conf"
        self.log_path = self.dir + "/daemon.log"
        for i in range(hosts):
            self.add_host()

    def _crashed(self, kind, value, tb):
        global _failed
        _failed += 1
        note("".join(traceback.format_exception(kind, value, tb)))
        note(self.log()[-6000:])
        print("Bail out!  the test program itself failed", flush=True)

    def add_host(self, name=None, **kw):
        host = Host(self, name or "host%d" % (len(self.hosts) + 1), **kw)
        self.hosts.append(host)
        return host

    # ---- configuration

    def write_known_hosts(self, more=""):
        with open(self.dir + "/etc/known_hosts", "w") as f:
            for h in self.hosts:
                f.write(h.known_hosts_line())
            f.write(more)

    def target(self, name="production", roles=None, hosts=None,
               stages=("ONE", "TWO", "THREE"), deployers=("alice",),
               default_stages=None, more="", key="key"):
        """A target.  roles: {name: {stage: [lines]}} (or ready text);
        hosts: [(Host, [roles])], all with the role web by default."""
        if hosts is None:
            hosts = [(h, ["web"]) for h in self.hosts]
        out = ['\ttarget "%s" {' % name, "\t\tuser %s" % self.user,
               '\t\tkey file "%s/etc/%s"' % (self.dir, key),
               "\t\tdeployers { %s }" % " ".join(deployers),
               "\t\tstages { %s }" % " ".join(stages),
               "\t\tdefault stages { %s }" % " ".join(
                   default_stages or stages)]
        for h, names in hosts:
            out.append("\t\thost %s port %d roles { %s }" % (
                h.address, h.port, " ".join(names)))
        for role, scripts in (roles or {}).items():
            out.append("\t\trole %s {" % role)
            if isinstance(scripts, str):
                out.append(scripts)
            else:
                for stage, lines in scripts.items():
                    out.append("\t\t\tscript %s {" % stage)
                    for line in lines:
                        out.append("\t\t\t\t" + quote(line))
                    out.append("\t\t\t}")
            out.append("\t\t}")
        if more:
            out.append(more)
        out.append("\t}")
        return "\n".join(out)

    def application(self, *targets, name="shop", readers=("bob",), more=""):
        return "\n".join([
            'application "%s" {' % name, '\trepository "example/%s"' % name,
            "\tbranches { main }", "\treaders { %s }" % " ".join(readers),
            more, *targets, "}"])

    def configure(self, *applications, more="", known_hosts=True):
        if known_hosts:
            self.write_known_hosts()
        with open(os.open(self.conf_path, os.O_WRONLY | os.O_CREAT |
                          os.O_TRUNC, 0o600), "w") as f:
            f.write('''public url "%s"
listen on 127.0.0.1 port %d
database "%s/db/applikatoni.db"
socket "%s"
run directory "%s/run"
known hosts "%s/etc/known_hosts"
limit free-space 1M
%s
''' % (self.url, self.port, self.dir, self.socket, self.dir, self.dir, more))
            for a in applications:
                f.write(a + "\n")

    # ---- the daemon

    def start(self, args=("-v",), wait=True):
        self.logfile = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [DAEMON, "-d", "-B", PROGRAMS, "-f", self.conf_path, *args],
            stdin=subprocess.DEVNULL, stdout=self.logfile,
            stderr=self.logfile, start_new_session=True)
        if wait:
            wait_for("the daemon", self.is_up)

    def is_up(self):
        if self.process.poll() is not None:
            raise RuntimeError("the daemon has ended with %d:\n%s" % (
                self.process.returncode, self.log()))
        return self.ctl("show", check=False).returncode == 0

    def stop(self, sig=signal.SIGTERM, limit=20):
        """Ends the daemon; returns its exit status."""
        p, self.process = self.process, None
        if p is None:
            return None
        if p.poll() is None:
            p.send_signal(sig)
        try:
            return p.wait(limit)
        finally:
            if p.poll() is None:
                for pid in descendants(p.pid):
                    os.kill(pid, signal.SIGKILL)
                p.wait()

    def kill_all(self):
        """kill -9 of the whole daemon at once."""
        pids = descendants(self.process.pid)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None
        wait_for("the end of all", lambda: not any(
            os.path.exists("/proc/%d" % p) and comm(p) != "" and
            state(p) != "Z" for p in pids))

    def pid(self, name):
        """The pid of the child process of that name."""
        for p in children_of(self.process.pid):
            try:
                exe = os.readlink("/proc/%d/exe" % p)
            except OSError:
                continue
            if os.path.basename(exe) == name:
                return p
        return None

    def kill_process(self, name, sig=signal.SIGKILL):
        """Kills one process and waits until another has taken its place."""
        old = wait_for(name, lambda: self.pid(name))
        os.kill(old, sig)
        if name != "worker":
            wait_for("a new " + name,
                     lambda: self.pid(name) not in (None, old))
            wait_for("the daemon", self.is_up)
            # Its channels are new too: web has the engine again, the
            # engine has the executor.
            wait_for("all processes", self.is_well)
        return old

    def is_well(self):
        try:
            return self.get("/-/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def log(self):
        try:
            with open(self.log_path, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, pattern, limit=TIME_LIMIT):
        return wait_for("the log line " + pattern,
                        lambda: re.search(pattern, self.log()), limit)

    def sanitizer_reports(self):
        """What a build with sanitizers has found in the daemon's processes,
        whose stderr is the log; their own code is never excused."""
        found = re.findall(
            r"^==\d+==ERROR: \w+Sanitizer.*(?:\n.*){0,14}|"
            r"^\S+:\d+:\d+: runtime error: .*", self.log(), re.M)
        return [f for f in found if self.excused is None or not re.search(
            r"#0 .*libasan.*\n\s*#1 .*" + self.excused, f)]

    def close(self):
        for h in self.hosts:
            try:
                h.stop()
            except Exception:
                pass
        try:
            self.stop()
        except Exception:
            pass
        for p in self.others:
            if p.poll() is None:
                p.kill()
                p.wait()
        if os.environ.get("KEEP") is None:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---- applikatonictl

    def ctl(self, *args, check=True):
        r = subprocess.run([CTL, "-s", self.socket, *args],
                           stdin=subprocess.DEVNULL, capture_output=True)
        if check and r.returncode != 0:
            raise RuntimeError("applikatonictl %s: %s" % (
                " ".join(args), r.stderr.decode("utf-8", "replace")))
        return r

    def ctl_json(self, *args):
        return json.loads(self.ctl("-j", *args).stdout)

    def token(self, login, *args):
        """An API token of that person, made at the first call."""
        key = (login, *args)
        if key not in self.tokens:
            self.tokens[key] = self.ctl(
                "token", "add", login, *args).stdout.decode().strip()
        return self.tokens[key]

    # ---- the page

    def request(self, method, path, login=None, body=None, headers=None,
                form=None, token=None, timeout=TIME_LIMIT):
        h = dict(headers or {})
        if login is not None:
            token = self.token(login)
        if token is not None:
            h.setdefault("X-Api-Token", token)
        if form is not None:
            from urllib.parse import urlencode
            body = urlencode(form, doseq=True)
            h.setdefault("Content-Type", "application/x-www-form-urlencoded")
        c = http.client.HTTPConnection("127.0.0.1", self.port,
                                       timeout=timeout)
        try:
            c.request(method, path, body=body, headers=h)
            r = c.getresponse()
            return Reply(r.status, r.headers, r.read())
        finally:
            c.close()

    def get(self, path, login=None, **kw):
        return self.request("GET", path, login, **kw)

    def create(self, login="alice", app="shop", target="production", sha=SHA,
               stages=("ONE", "TWO", "THREE"), branch="main",
               comment="a test"):
        return self.request("POST", "/%s/deployments" % app, login, form=[
            ("target", target), ("commitsha", sha), ("branch", branch),
            ("comment", comment)] + [("stages[]", s) for s in stages],
            headers={"Accept": "application/json"})

    def deploy(self, **kw):
        """Starts a deployment and returns its number."""
        r = self.create(**kw)
        if r.status != 303:
            raise RuntimeError("not started: %d %s" % (r.status, r.text))
        return int(r.headers["Location"].rsplit("/", 1)[1])

    def deployment(self, id, app="shop", login="alice"):
        return self.get("/%s/deployments/%d" % (app, id),
                        login).json["deployment"]

    def entries(self, id, app="shop", login="alice", start=1):
        """All entries of a deployment, until its end."""
        r = self.get("/%s/deployments/%d/log?from=%d" % (app, id, start),
                     login, timeout=120)
        if r.status != 200:
            raise RuntimeError("log: %d %s" % (r.status, r.text))
        return [json.loads(line) for line in r.body.split(b"\n") if line]

    def finish(self, id, **kw):
        """Waits for the end; returns (deployment, entries)."""
        entries = self.entries(id, **kw)
        kw.pop("start", None)
        return wait_for("the end", lambda: (
            lambda d: d["state"] in ("successful", "failed") and
            (d, entries))(self.deployment(id, **kw)))

    def run(self, **kw):
        id = self.deploy(**kw)
        app = kw.get("app", "shop")
        return self.finish(id, app=app)

    def wait_entry(self, id, cond, app="shop"):
        """Waits until the live log has shown an entry that fits."""
        with Stream(self, id, app=app) as s:
            for e in s:
                if cond(e):
                    return e
        raise RuntimeError("the log has ended without it")

    def websocket(self, path, login="alice", headers=None):
        return WebSocket(self, path, login, headers)


def state(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


class Stream:
    """The log as newline-delimited JSON, an entry at a time."""

    def __init__(self, lab, id, app="shop", login="alice", start=1):
        self.c = http.client.HTTPConnection("127.0.0.1", lab.port,
                                            timeout=TIME_LIMIT)
        self.c.request("GET", "/%s/deployments/%d/log?from=%d" % (
            app, id, start), headers={"X-Api-Token": lab.token(login)})
        self.r = self.c.getresponse()
        self.status = self.r.status

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.close()

    def __iter__(self):
        while True:
            line = self.r.readline()
            if not line:
                return
            yield json.loads(line)

    def close(self):
        self.r.close()
        self.c.close()


class WebSocket:
    """A client of RFC 6455 that reads text messages and the close code."""

    def __init__(self, lab, path, login, headers):
        self.s = socket.create_connection(("127.0.0.1", lab.port), TIME_LIMIT)
        key = base64.b64encode(os.urandom(16)).decode()
        h = {"Host": "127.0.0.1:%d" % lab.port, "Upgrade": "websocket",
             "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": key}
        if login is not None:
            h["X-Api-Token"] = lab.token(login)
        h.update(headers or {})
        self.s.sendall(("GET %s HTTP/1.1\r\n" % path + "".join(
            "%s: %s\r\n" % kv for kv in h.items()) + "\r\n").encode())
        self.f = self.s.makefile("rb")
        self.status = int(self.f.readline().split()[1])
        while self.f.readline() not in (b"\r\n", b""):
            pass
        self.code = None

    def __iter__(self):
        message = b""
        while self.status == 101:
            head = self.f.read(2)
            if len(head) < 2:
                return
            op, n = head[0] & 15, head[1] & 127
            if n == 126:
                n = struct.unpack(">H", self.f.read(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self.f.read(8))[0]
            data = self.f.read(n)
            if op == 8:
                self.code = struct.unpack(">H", data[:2])[0] if n else 1005
                return
            if op in (0, 1):
                message += data
                if head[0] & 128:
                    yield json.loads(message)
                    message = b""

    def send(self, op, data=b""):
        mask = os.urandom(4)
        self.s.sendall(bytes([0x80 | op, 0x80 | len(data)]) + mask + bytes(
            b ^ mask[i % 4] for i, b in enumerate(data)))

    def close(self):
        self.f.close()
        self.s.close()


def quote(s):
    """A string of applikatonid.conf."""
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def messages(entries, kind=None, origin=None):
    return [e["message"] for e in entries
            if (kind is None or e["entry_type"] == kind) and
            (origin is None or e["origin"] == origin)]


def types(entries):
    return [e["entry_type"] for e in entries]
