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

"""Secrets stay home: a full run with keys, passphrases, secret options, a
client secret, a receiver's address, a sign-in link, a session and API tokens;
then the whole memory of every process and every file is searched for each of
them, and it is found where the table says and nowhere else."""

import http.server
import stat
import threading

from lab import *
from wire import has_sanitizers


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes notifications; what they say is another test's."""
    seen = []

    def do_POST(self):
        self.seen.append(json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))["state"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *a):
        pass


def made_up(what):
    """A secret that says in a dump what it was."""
    return what + "-" + os.urandom(9).hex()


def write(name, text):
    with open(os.open(lab.dir + "/etc/" + name, os.O_WRONLY | os.O_CREAT |
                      os.O_TRUNC, 0o600), "w") as f:
        f.write(text)


def fields(blob):
    """The strings one after the other in a part of an SSH key."""
    r = []
    while len(blob) >= 4:
        n, = struct.unpack(">I", blob[:4])
        if n > len(blob) - 4:
            break
        r.append(blob[4:4 + n])
        blob = blob[4 + n:]
    return r


def key_read(path):
    """The lines of a key's file, its bytes, and where the private part is."""
    with open(path) as f:
        lines = f.read().split("\n")[1:-2]
    blob = base64.b64decode("".join(lines))
    # A name, three strings, the number of keys, the public part.
    at = len(b"openssh-key-v1\0")
    at += sum(4 + len(f) for f in fields(blob[at:])[:3]) + 4
    return lines, blob, at + 4 + len(fields(blob[at:])[0])


# Which of the fields of a private key are secret.
PRIVATE = {b"ssh-ed25519": (2,), b"ssh-rsa": (3, 4, 5, 6),
           b"ecdsa-sha2-nistp256": (3,)}


def key_new(name, kind, passphrase=""):
    """Makes a key, and returns its secret numbers, in both byte orders, and
    the lines of its file."""
    path = lab.dir + "/etc/" + name
    if os.path.exists(path):
        os.unlink(path)
    keygen(path, kind, *(["-b", "2048"] if kind == "rsa" else []))
    lines, blob, at = key_read(path)
    values = fields(blob[at + 12:])
    numbers = []
    for i in PRIVATE[values[0]]:
        # Of an ed25519 key the second half is the public one.
        n = values[i].lstrip(b"\0")[:32 if i == 2 else None]
        numbers += [n, n[::-1]]
    if passphrase:
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase,
                        "-f", path], check=True, stdout=subprocess.DEVNULL)
    lines, blob, at = key_read(path)
    # Those without public numbers; the last one may be short.
    if not passphrase:
        at = blob.index(numbers[0])
    lines = lines[-(-(at * 4 // 3 + 4) // len(lines[0])):-1]
    with open(path + ".pub") as f, \
         open(lab.dir + "/authorized_keys", "a") as g:
        g.write(f.read())
    return numbers, [line.encode() for line in lines]


# ---- a run with everything

lab = Lab(hosts=1)
host, = lab.hosts
receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
# Two targets that run, and one that does not.
KINDS = {"production": "ed25519", "staging": "rsa", "idle": "ecdsa"}


def configure(limits=""):
    """Writes a configuration all of whose secrets are new ones, and returns
    them: {secret: (its values, where it may be, but for workers)}"""
    table, targets = {}, []

    def put(name, values, *places):
        table[name] = ([v.encode() if isinstance(v, str) else v
                        for v in values], set(places))

    client, hook = made_up("client-secret"), made_up("hook")
    write("github.secret", client + "\n")
    write("hook", "http://127.0.0.1:%d/%s\n" % (receiver.server_port, hook))
    put("the client secret", [client], "parent", "github",
        "etc/github.secret")
    put("a receiver's address", [hook], "parent", "notifier", "etc/hook")
    for name, kind in KINDS.items():
        phrase, option, other = (made_up(name + "-" + what) for what in (
            "passphrase", "option", "other"))
        is_encrypted = kind != "rsa"
        numbers, lines = key_new(name, kind, phrase if is_encrypted else "")
        put("the key of " + name, numbers, "executor")
        put("the file of the key of " + name, lines, "parent", "etc/" + name)
        put("an option of " + name, [option], "parent", "executor",
            "etc/applikatonid.conf")
        put("an option in a file of " + name, [other], "parent", "executor",
            "etc/%s.option" % name)
        write(name + ".option", other + "\n")
        more = '\t\tnotify webhook file "%s/etc/hook"\n' % lab.dir
        if is_encrypted:
            write(name + ".passphrase", phrase + "\n")
            more += '\t\tpassphrase file "%s/etc/%s.passphrase"\n' % (
                lab.dir, name)
            put("the passphrase of " + name, [phrase], "parent",
                "etc/%s.passphrase" % name)
        targets.append(lab.target(name, {"web": '''
                        set secret Password "%s"
                        set secret Other file "%s/etc/%s.option"
                        script ONE {
                                "touch $DIR/ran.{{.CommitSha}}"
                                "while test -e $DIR/hold; do sleep 0.05; done"
                                "echo {{.Password}} {{.Other}}"
                        }''' % (option, lab.dir, name)},
            stages=["ONE"], key=name, more=more))
    lab.configure(lab.application(*targets), more='''
github {
        client id "an-id"
        client secret file "%s/etc/github.secret"
}
%s''' % (lab.dir, limits))
    return table


def deploy(target, sha, **kw):
    r = lab.request("POST", "/shop/deployments", form=[
        ("target", target), ("commitsha", sha), ("branch", "main"),
        ("comment", "a test"), ("stages[]", "ONE")], **kw)
    return int(r.headers["Location"].rsplit("/", 1)[1])


def random_text(text):
    """As it is shown, and the bytes that it was made of."""
    return [text.encode(), base64.urlsafe_b64decode(text + "=")]


table = configure()
lab.start()
open(host.path("hold"), "w").close()
link = lab.ctl("login", "alice").stdout.decode().strip().split("#")[1]
r = lab.request("POST", "/-/login", form={"token": link},
                headers={"Origin": lab.url})
same(r.status, 200, "a sign-in by link")
cookie = r.headers["Set-Cookie"].split(";")[0]
signed_in = {"Cookie": cookie, "Origin": lab.url}
r = lab.request("POST", "/-/tokens", form={"scope": "deploy"},
                headers=signed_in)
same(r.status, 200, "a token made in the page")
web_token = r.json["token"]
for name, value in (("the link", link), ("the session", cookie.split("=")[1]),
                    ("a token of the page", web_token),
                    ("a token of an operator", lab.token("alice"))):
    table[name] = (random_text(value), set())
SHA2 = SHA[::-1]
ids = {"production": deploy("production", SHA, headers=signed_in),
       "staging": deploy("staging", SHA2, token=web_token)}
for sha in (SHA, SHA2):
    wait_for("the commands", lambda: host.read("ran." + sha) is not None)
same([lab.get("/", headers=signed_in).status, lab.get("/", "alice").status,
      lab.get("/", headers={"Authorization": "Bearer " + web_token}).status],
     [200] * 3, "pages read with the session and with both tokens")
# Viewers, who may see it as long as their session and their token live.
stream = Stream(lab, ids["production"])
viewer = lab.websocket("/shop/deployments/%d/log" % ids["staging"], None,
                       headers=signed_in)
same((stream.status, viewer.status), (200, 101), "two viewers")

# ---- the search


# Where AddressSanitizer has its notes on all memory.
SHADOW = (0x7fff7000, 0x10007fff8000) if has_sanitizers() else (0, 0)


def mappings(pid):
    """All memory of a process, a mapping at a time."""
    with open("/proc/%d/maps" % pid) as maps, \
         open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            m = re.match(r"(\w+)-(\w+) (.)\S+ \S+ \S+ \d+ *(.*)", line)
            begin, end = int(m.group(1), 16), int(m.group(2), 16)
            # A sanitizer's shadow is not memory of ours, and [vvar] the
            # kernel's.
            if m.group(3) != "r" or SHADOW[0] <= begin < SHADOW[1] or \
               m.group(4).startswith(("[vvar", "[vsyscall")):
                continue
            mem.seek(begin)
            yield mem.read(end - begin)


def files():
    """All files of the test."""
    for path, dirs, names in os.walk(lab.dir):
        for name in names:
            if stat.S_ISREG(os.lstat(path + "/" + name).st_mode):
                yield path + "/" + name


def processes():
    """{name: pid}, a worker under its target's name."""
    r = {n: lab.pid(n) for n in ("web", "engine", "executor", "github",
                                 "notifier")}
    r["parent"] = lab.process.pid
    for target, id in ids.items():
        m = re.findall(r"worker started: deployment=%d pid=(\d+)" % id,
                       lab.log())
        if m and state(int(m[-1])) not in ("", "Z"):
            r["worker of " + target] = int(m[-1])
    return r


def search(table):
    """{secret: places where it was found}"""
    found = {name: set() for name in table}

    def look(place, data):
        for name, (values, _) in table.items():
            if place not in found[name] and any(v in data for v in values):
                found[name].add(place)

    for place, pid in processes().items():
        for data in mappings(pid):
            look(place, data)
    for path in files():
        with open(path, "rb") as f:
            look(os.path.relpath(path, lab.dir), f.read())
    return found


def check(when, table):
    for name, places in search(table).items():
        want = sorted(table[name][1])
        same(sorted(places), want, "%s: %s lies in %s" % (
            when, name, ", ".join(want) or "nothing"))


same(sorted(n for n in processes() if n.startswith("worker")),
     ["worker of production", "worker of staging"], "two workers live")
for target in ids:
    for what in "the key of ", "an option of ", "an option in a file of ":
        table[what + target][1].add("worker of " + target)
check("during two deployments", table)

# ---- what clients show, in requests that don't end as they should


class Raw:
    """A client that sends what it is told to, and may never come to the
    end."""

    def __init__(self, *parts):
        self.s = socket.create_connection(("127.0.0.1", lab.port), TIME_LIMIT)
        self.send(*parts)

    def send(self, *parts):
        self.s.sendall("".join(parts).encode())

    def answer(self):
        return int(self.s.recv(65536).split()[1])

    def close(self):
        self.s.close()


def shown():
    """A credential that nobody has, but that might be one."""
    text = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    credentials.append(text)
    return text


def where():
    """{number of a credential: where it is found}"""
    return search({n: (random_text(c), ())
                   for n, c in enumerate(credentials, 1)})


def forgotten(when):
    """Nothing of them is anywhere: web has handled what was before when it
    has answered once more."""
    lab.get("/-/healthz")
    same({n: places for n, places in where().items() if places}, {},
         "%s: none of %d credentials is anywhere" % (when, len(credentials)))


credentials = []
HOST = "Host: 127.0.0.1:%d\r\n" % lab.port
GET = "GET /shop HTTP/1.1\r\n" + HOST
FORM = "POST /-/login HTTP/1.1\r\n" + HOST + "Origin: " + lab.url + \
    "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
TOKEN, BEARER, COOKIE = ("X-Api-Token: ", "Authorization: Bearer ",
                         "Cookie: " + cookie.split("=")[0] + "=")
waiting = [Raw(GET, TOKEN, shown()), Raw(GET, BEARER, shown(), "\r\nA: "),
           Raw(GET, COOKIE, shown(), ";"),
           Raw(FORM, "Content-Length: 99\r\n\r\ntoken=", shown()),
           Raw(FORM, "Transfer-Encoding: chunked\r\n\r\n31\r\ntoken=",
               shown(), "\r\n7\r\n"),
           # One after the other, with the first one never done.
           Raw("GET /shop/deployments/%d/log HTTP/1.1\r\n%s%s%s\r\n\r\n" % (
               ids["staging"], HOST, TOKEN, lab.token("alice")),
               GET, TOKEN, shown(), "\r\n\r\n")]
try:
    wait_for("the requests", lambda: list(where().values()) == [{"web"}] * 6)
except TimeoutError:
    note(where())
same(set.union(*where().values()), {"web"},
     "what stands in half a request is found in web, and nowhere else")
same([c.send("\r\n\r\n") or c.answer() for c in waiting[:2]], [401, 401],
     "two of them come to their end")
for c in waiting[2:]:
    c.close()
forgotten("after half requests")
waiting = [
    Raw(GET, TOKEN, shown(), "\r\n", TOKEN, shown(), "\r\n\r\n"),
    Raw(GET, COOKIE, shown(), "; ", COOKIE[8:], shown(), "\r\n\r\n"),
    Raw(GET, TOKEN, shown(), shown() * 30, "\r\n\r\n"),
    Raw(GET, TOKEN, shown(), "\r\nA : b\r\n\r\n"),
    Raw(GET, TOKEN, shown(), "\r\nContent-Length: x\r\n\r\n"),
    Raw(GET, COOKIE, shown(), "\r\nA: ", "a" * 100000, "\r\n\r\n"),
    Raw("GET /-/nothing HTTP/1.1\r\n", HOST, TOKEN, shown(), "\r\n\r\n"),
    Raw("GET /nothing HTTP/1.1\r\n", HOST, TOKEN, shown(), "\r\n\r\n"),
    Raw("BREW /shop HTTP/1.1\r\n", HOST, TOKEN, shown(), "\r\n\r\n"),
    Raw("GET /shop HTTP/1.1\r\nHost: other\r\n", BEARER, shown(),
        "\r\n\r\n"),
    Raw(FORM, "Content-Length: 49\r\n\r\ntoken=", shown()),
    Raw(FORM, "Content-Length: 55\r\n\r\ntoken=%zz", shown(), "&a="),
    Raw(FORM, "Content-Length: 99\r\n\r\ntoken=", shown(), "&token=",
        shown()),
    Raw(FORM, "Transfer-Encoding: chunked\r\n\r\n31\r\ntoken=", shown(),
        "\r\nxyz\r\n"),
    Raw(GET, "Connection: Upgrade\r\nUpgrade: websocket\r\n", COOKIE, shown(),
        "\r\n\r\n")]
answers = [c.answer() for c in waiting]
same([a for a in answers if a not in range(400, 502)], [],
     "requests with credentials are refused for many reasons")
forgotten("after refused requests")
# Nothing comes after this one that would lie over what it has left.
Raw("POST /shop/deployments HTTP/1.1\r\n", HOST, "Origin: http://other\r\n",
    "Content-Length: 0\r\n", COOKIE, shown(), "\r\n\r\n").answer()
wait_for("web to rest", lambda: state(lab.pid("web")) == "S")
same(where()[len(credentials)], set(),
     "nor is that of a request that was the last one")

# The engine takes its time, and they don't wait for it.
os.kill(lab.pid("engine"), signal.SIGSTOP)
late = [Raw(GET, TOKEN, shown(), "\r\n\r\n"),
        Raw(GET, COOKIE, shown(), "\r\n\r\n"),
        Raw(FORM, "Content-Length: 49\r\n\r\ntoken=", shown())]
for n in range(2):
    # The second one is answered when web has read those of the first.
    Raw("GET /-/login HTTP/1.1\r\n", HOST, "\r\n").answer()
same({n: p for n, p in where().items() if p}, {},
     "what web has passed on it has wiped before there is an answer")
late[0].close()
os.kill(lab.pid("engine"), signal.SIGCONT)
same([c.answer() for c in late[1:]], [401, 401], "the others are answered")
forgotten("after an engine that was slow")

# ---- a new configuration, in which every secret is another one

before, table = table, {**configure("limit request 100ms"), **{
    name: row for name, row in table.items() if not row[1]}}
lab.ctl("reload")
check("after a reload", table)
for name, (values, places) in before.items():
    before[name] = values, {p for p in places if p.startswith("worker")}
check("of those before the reload", before)
late = [Raw(GET, TOKEN, shown(), "\r\nA:"),
        Raw(FORM, "Content-Length: 99\r\n\r\ntoken=", shown())]
same([c.answer() for c in late], [408, 408],
     "half a request that takes too long is given up")
forgotten("after requests that were given up")

# ---- the end of it

os.unlink(host.path("hold"))
for target, id in ids.items():
    d, log = lab.finish(id)
    same((d["state"], messages(log, "COMMAND_STDOUT_OUTPUT")),
         ("successful", ["*** ***"]), target + " comes to its end")
wait_for("the notifications", lambda: Receiver.seen.count("successful") == 2)
stream.close()
viewer.close()
lab.ctl("backup", lab.dir + "/backup.db")
d, log = lab.run(target="idle", stages=["ONE"])
same(d["state"], "successful", "one more deployment, with the new secrets")
wait_for("the notifications", lambda: Receiver.seen.count("successful") == 3)
wait_for("the end of all workers", lambda: lab.pid("worker") is None)
for name, (values, places) in before.items():
    before[name] = values, set()
check("after all", table)
check("after all, of those before", before)
same(lab.request("POST", "/oauth2/logout", headers=signed_in).status, 200,
     "the session ends")
same(lab.stop(), 0, "the daemon stops")
done()
