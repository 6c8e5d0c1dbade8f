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

"""toni(1) while a deployment runs: on a terminal, where hosts print what they
like; with ^C; and when the connection is lost."""

import threading

from lab import *
from toni import *

lab = Lab(hosts=3)
ODD = (b"\033[31mred\033[0m and \033[1;38;5;12mbold blue\n"
       b"\033]0;a title\007\033[2J\033[1;1H\033[31;1Htop\r\n"
       b"tab\there \177 \b back\n"
       b"no utf-8 \377\300\200 and \302\233 31m, \342\200\256 turned\n"
       b"gr\303\274n \360\237\216\211\n" b"nul \0 nul\n")
lab.configure(lab.application(lab.target("production", {"web": {
    "ONE": ["cat $LAB/print 2>/dev/null; true"],
    "TWO": ["while test -e $LAB/hold && ! test -e $LAB/go.$HOST; "
            "do sleep 0.05; done"],
    "THREE": ["i=0; while test -e $LAB/slow && test $i -lt 400; do i=$((i+1));"
              " echo line $i; sleep 0.01; done", "test ! -e $LAB/fail.$HOST"]}},
    )))
lab.start()
repo = Repo(lab, lab.dir + "/work")
toni = repo.toni
hold, slow, odd = (lab.shared + "/" + name for name in (
    "hold", "slow", "print"))
DEPLOY = ("-t", "production", "-m", "x")


def touch(path):
    open(path, "w").close()


def last_id():
    return lab.ctl_json("deployments", "-n", "1")["deployments"][0]["id"]


def ended(id):
    return wait_for("the end", lambda: (
        lambda d: d["state"] in ("successful", "failed") and d)(
            lab.deployment(id)))


def states(text):
    """What the status line has shown."""
    return re.findall(r"\r\033\[K(\d+  [^\r\n]*)", text)


# ---- what hosts print

with open(odd, "wb") as f:
    f.write(ODD)
t = toni.terminal(*DEPLOY).finish()
same(t.status, 0, "on a terminal a deployment ends with 0")
lines = t.out.split(b"\r\n")
for want in (
        b" -- STDOUT -- \033[31mred\033[0m and \033[1;38;5;12mbold blue\033[0m",
        b" -- STDOUT -- ^[]0;a title^G^[[2J^[[1;1H^[[31;1Htop^M",
        b" -- STDOUT -- tab\there ^? ^H back",
        b"and \\u009b 31m, \\u202e turned",
        " -- STDOUT -- grün 🎉".encode(), b" -- STDOUT -- nul ^@ nul"):
    same(sum(want in line for line in lines), 3,
         "visible: %r" % want.decode())
left = re.sub(rb"\033\[[0-9;]*m|\r\033\[K|\r\n|\t", b"", t.out)
ok(not re.search(rb"[\0-\037\177]", left), "no other control reaches it")
ok(b"\033[33mSTARTING STAGE: ONE\033[0m" in t.out, "stages have colours")
last = max(i for i, line in enumerate(lines) if b"DEPLOYMENT FINISHED" in line)
ok(b"\r\033[K" in t.out and lines[-1] in (b"", b"\r\033[K"),
   "the status line is gone in the end")
t = toni.terminal(*DEPLOY, env={"NO_COLOR": "1"}).finish()
ok(b"STDOUT -- red and bold blue\r\n" in t.out and
   not re.search(rb"\033\[[0-9;]*m", t.out), "NO_COLOR: without any")
t = toni.terminal(*DEPLOY, env={"NO_COLOR": ""}).finish()
ok(b"\033[31mred" in t.out, "an empty one counts for nothing")
t = toni.terminal(*DEPLOY, env={"TERM": "dumb"}).finish()
ok(b"\033" not in t.out and b"^[]0;a title^G" in t.out,
   "a dumb terminal gets neither colours nor a status line")
r = toni(*DEPLOY)
ok("\033]0;a title\007" in r.out, "what is no terminal gets what was printed")
os.unlink(odd)

# ---- the status line

touch(hold)
touch(lab.shared + "/go.host1")
t = toni.terminal(*DEPLOY, columns=200)
t.expect("STARTING STAGE: TWO")
id = last_id()
t.expect("%d  TWO  hosts: 1 done, 0 failed, 2 left  0:0" % id)
ok(True, "it has the stage, the hosts and the time")
touch(lab.shared + "/go.host2")
t.expect("%d  TWO  hosts: 2 done, 0 failed, 1 left  0:0" % id)
ok(True, "and follows them")
a = re.search(r"  0:(\d\d)", states(t.text)[-1]).group(1)
wait_for("the clock", lambda: t.read() and
         re.search(r"  0:(\d\d)", states(t.text)[-1]).group(1) != a)
ok(True, "the time goes on while nothing happens")
w = toni.terminal("-w", str(id), columns=20)
w.expect("%d  TWO  hosts: 2 d" % id)
ok(max(len(s) for s in states(w.text)) < 20,
   "it is never wider than the terminal")
touch(lab.shared + "/fail.host3")
os.unlink(hold)
t.finish()
same((t.status, w.finish().status), (1, 1), "a failure is 1 there too")
ok("toni: deployment %d failed: Execution of stage THREE failed" % id in
   t.text and not states(t.text.split("toni: deployment")[1]),
   "with the reason as the last line")
os.unlink(lab.shared + "/fail.host3")
os.unlink(lab.shared + "/go.host1")
os.unlink(lab.shared + "/go.host2")

# ---- ^C on a terminal

touch(hold)


def begun(*more):
    t = toni.terminal(*DEPLOY, *more)
    if not more:
        t.expect("STARTING STAGE: TWO")
    wait_for("the commands", lambda: all(h.commands() for h in lab.hosts))
    return t, last_id()


t, id = begun()
t.type("\x03")
t.expect("Kill deployment %d? [y/N, ^C leaves it running]" % id)
same(lab.deployment(id)["state"], "active", "^C asks first")
t.type("n\n")
t.expect("  TWO  hosts: 0 done")
same(lab.deployment(id)["state"], "active", "n lets it go on")
t.type("\x03")
t.expect("Kill deployment %d?" % id)
t.type("\n")
t.expect("  TWO  hosts: 0 done")
same(lab.deployment(id)["state"], "active", "so does an empty line")
t.type("\x03")
t.expect("Kill deployment %d?" % id)
t.type("y\n")
t.expect("killing deployment %d" % id)
t.finish()
ok(t.status == 1 and "KILL RECEIVED: killed by alice" in t.text and
   "toni: deployment %d failed: killed by alice" % id in t.text,
   "y kills it, the end is waited for, and it is 1")
same((ended(id)["state"], ended(id)["ended_by"]), ("failed", "person"),
     "the server says so too")
t, id = begun()
t.type("\x03")
t.expect("Kill deployment %d?" % id)
t.type("\x03")
t.finish()
ok(t.status == 130 and "toni: left: deployment %d goes on\r\ntoni -w %d "
   "watches it, toni -k %d kills it." % (id, id, id) in t.text,
   "a second ^C leaves at once, with 130, and says what goes on")
same(lab.deployment(id)["state"], "active", "which it does")
w = toni.terminal("-w", str(id))
w.expect("STARTING STAGE: TWO")
w.type("\x03")
w.finish()
ok(w.status == 130 and "goes on" in w.text and "Kill" not in w.text and
   lab.deployment(id)["state"] == "active", "who only watches just leaves")
toni("-k", str(id), check=True)
ended(id)
t, id = begun("-q")
t.type("\x03")
t.expect("Kill deployment %d?" % id)
touch(lab.shared + "/go.host1")
os.unlink(hold)
ended(id)
t.type("y\n")
t.finish()
same(t.status, 0, "one that ended while it was asked has its own end")
os.unlink(lab.shared + "/go.host1")

# ---- and without

touch(hold)


def begun_plain(*more):
    p = toni.start(*DEPLOY, *more)
    wait_for("the commands", lambda: all(h.commands() for h in lab.hosts))
    return p, last_id()


p, id = begun_plain()
p.interrupt()
r = p.finish()
same((r.status, r.err),
     (1, "toni: killing deployment %d\ntoni: deployment %d failed: killed by "
      "alice\n" % (id, id)), "without a terminal ^C kills at once")
p, id = begun_plain("-j")
for pid in (lab.pid("engine"),):
    os.kill(pid, signal.SIGSTOP)
    p.interrupt()
    wait_for("the kill", lambda: "killing" in p.errors())
    p.interrupt()
    r = p.finish()
    os.kill(pid, signal.SIGCONT)
same((r.status, r.err),
     (130, "toni: killing deployment %d\ntoni: left: deployment %d has been "
      "told to end, which is not waited for\n" % (id, id)),
     "and a second one leaves, even when the server is stuck")
ended(id)
wait_for("the end of all", lambda: not any(h.commands() for h in lab.hosts))
let_go = threading.Event()
with Server(lambda c: let_go.wait(TIME_LIMIT)) as server, \
        repo.changed(host=server.url):
    p = toni.start(*DEPLOY, "-q")
    wait_for("the order", lambda: server.requests)
    p.interrupt()
    wait_for("the first", lambda: p.errors())
    p.interrupt()
    r = p.finish()
    let_go.set()
same((r.status, r.err), (
    130, "toni: waiting for the server's answer; ^C again leaves\n"
    "toni: left before the server answered: whether the deployment runs is "
    "not known, toni -l lists them\n"),
    "before there is a number nothing can be killed, which it says")
os.unlink(hold)
wait_for("no deployment", lambda: not [
    d for d in lab.ctl_json("show")["deployments"]])

# ---- a lost connection

touch(slow)
p = toni.start(*DEPLOY, "-j")
wait_for("some lines", lambda: p.so_far().count("line 50") >= 3)
id = last_id()
for n in (1, 2):
    lab.kill_process("web")
    wait_for("the next line", lambda: p.errors().count("connected again") == n)
r = p.finish(60)
entries = [json.loads(line) for line in r.out.splitlines()]
same((r.status, [e["id"] for e in entries]),
     (0, list(range(1, len(entries) + 1))),
     "the web process dies twice: no entry comes twice, none is missing")
same(r.out, lab.get("/shop/deployments/%d/log" % id, "alice").text,
     "it is the log, byte for byte")
same(len(re.findall(r"toni: the connection is lost \(.*\): trying again\n",
                    r.err)), 2, "each time is said")
t = toni.terminal(*DEPLOY)
t.expect("line 20\r\n")
old = lab.pid("web")
os.kill(old, signal.SIGKILL)
t.expect("connection lost")
t.expect("connected again")
t.finish()
id = last_id()
shown_lines = re.findall(r"(host\d|[\d.]+:\d+) -- STDOUT -- (line \d+)",
                         t.text)
same((t.status, len(shown_lines), len(set(shown_lines))), (0, 1200, 1200),
     "on a terminal, too")
os.unlink(slow)

touch(slow)
t = toni.terminal(*DEPLOY)
t.expect("line 20\r\n")
id = last_id()
t.type("\x03")
t.expect("Kill deployment %d?" % id)
n = lab.deployment(id)["entries"]
wait_for("more entries", lambda: t.read() and
         lab.deployment(id)["entries"] > n + 300)
ok(t.text.endswith("[y/N, ^C leaves it running] "),
   "while it asks, nothing else is written")
os.unlink(slow)
t.type("n\n")
t.finish()
same((t.status, re.findall(r"STDOUT -- (line \d+)\r", t.text)),
     (0, messages(lab.entries(id), "COMMAND_STDOUT_OUTPUT")),
     "and then all that had to wait")

# A server that stops in the middle of a line, then goes on from where asked.
HEAD_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


def line(n, kind="COMMAND_STDOUT_OUTPUT", message="m"):
    return json.dumps({"id": n, "timestamp": "2026-01-01T00:00:00.0Z",
                       "deployment_id": 7, "origin": "h:22",
                       "entry_type": kind, "message": message}).encode() + \
        b"\n"


def lying(c):
    request = server.requests[-1].split(b"\r\n")[0]
    n = int(re.search(rb"from=(\d+)", request).group(1))
    if n < 6:
        # twice what was asked for, one new, and half of the next
        c.sendall(HEAD_OK + line(max(n - 1, 1)) + line(n) + line(n + 1)[:30])
    elif n == 6:
        c.sendall(b"HTTP/1.1 503 No\r\nConnection: close\r\n\r\n")
        server.sixth = getattr(server, "sixth", 0) + 1
        if server.sixth > 1:
            server.answer = last_ones
    else:
        raise AssertionError(request)


def last_ones(c):
    c.sendall(HEAD_OK + line(6) + line(7, "DEPLOYMENT_SUCCESS",
                                       "deployment_id=7") + line(8))


with Server(lying) as server, repo.changed(host=server.url):
    r = toni("-w", "7", "-j")
same((r.status, [json.loads(s)["id"] for s in r.out.splitlines()]),
     (0, [1, 2, 3, 4, 5, 6, 7]),
     "half lines and repeated ones are not shown, a refusal is waited out")


def no_end(c):
    if b"/log" in server.requests[-1].split(b"\r\n")[0]:
        c.sendall(HEAD_OK + line(1))
    else:
        body = b'{"deployment":{"state":"failed","reason":"of age"}}'
        c.sendall(HEAD_OK + body)


with Server(no_end) as server, repo.changed(host=server.url):
    r = toni("-w", "7", "-q")
same((r.status, r.err), (1, "toni: deployment 7 failed: of age\n"),
     "a log without its end: the deployment's state counts")
for body, said in ((b"hello\n", "the server's log can't be read"),
                   (b'{"id":0}\n', "the server's log can't be read"),
                   (b'{"id":1,"message":"' + b"x" * (5 << 20),
                    "an entry of the server's log is too long")):
    with Server(lambda c: c.sendall(HEAD_OK + body)) as server, \
            repo.changed(host=server.url):
        r = toni("-w", "7")
    ok(r.status == 1 and said in r.err, said)
with Server(lambda c: c.sendall(
        b"HTTP/1.1 403 No\r\nConnection: close\r\n\r\nno more\n")) as server, \
        repo.changed(host=server.url):
    r = toni("-w", "7")
same((r.status, r.err), (1, "toni: no more (status 403)\n"),
     "a right that is gone is not asked for again")

# ---- nobody reads

touch(hold)
p = subprocess.Popen([TONI, *DEPLOY], cwd=repo.dir, env=environment(None),
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
wait_for("the commands", lambda: all(h.commands() for h in lab.hosts))
p.stdout.close()
os.unlink(hold)
err = p.stderr.read()
same((p.wait(), err), (1, b"toni: standard output: Broken pipe\n"),
     "when nobody reads its output, it says so and ends")

# ---- completion

for shell, name, check in (
        ("bash", "toni.bash", "COMP_WORDS=(toni -t ''); COMP_CWORD=2; _toni; "
         "echo ${COMPREPLY[*]}"),
        ("bash", "toni.bash", "COMP_WORDS=(toni -t prod); COMP_CWORD=2; _toni;"
         " echo ${COMPREPLY[*]} staging"),
        ("ksh", "toni.ksh", "echo ${complete_toni[@]}")):
    r = subprocess.run([shell, "-c", ". %s/etc/completion/%s; %s" % (
        TOP, name, check)], cwd=repo.dir, capture_output=True, text=True,
        env=environment({"PATH": os.path.dirname(TONI) + ":" +
                         os.environ["PATH"]}))
    ok(r.stderr == "" and ("production staging" in r.stdout or
                           "-t -m -c -b" in r.stdout),
       "%s completes: %s" % (shell, check.split(";")[0]))
    note(r.stderr)
for shell, args, load in (
        ("bash", ("--norc", "--noprofile", "-i"), ". %s/etc/completion/toni.bash"),
        ("zsh", ("-f", "-i"), "fpath=(%s/etc/completion $fpath); autoload -Uz "
         "compinit; compinit -u -D")):
    t = Terminal(repo.dir, args, program=shutil.which(shell), env={
        "PATH": os.path.dirname(TONI) + ":" + os.environ["PATH"]})
    t.type(load % TOP + "; echo load''ed\n")
    t.expect("loaded")
    t.type("toni -t prod\t")
    t.expect("production")
    t.type("-b ma\t")
    t.expect("main")
    ok(True, "%s completes at its prompt" % shell)
    os.kill(t.pid, signal.SIGKILL)
    t.finish()
# Anybody who can push a tag could have it run a command otherwise.
tag = "v$(touch${IFS}taken)"
subprocess.run(["git", "-C", repo.dir, "tag", tag], check=True)
r = subprocess.run(["bash", "-c", ". %s/etc/completion/toni.bash; COMP_WORDS="
                    "(toni -c v); COMP_CWORD=2; _toni; eval echo ${COMPREPLY"
                    "[0]}" % TOP], cwd=repo.dir, capture_output=True, text=True)
same((r.stdout, os.path.exists(repo.dir + "/taken")), (tag + "\n", False),
     "bash does not run what stands in a tag's name, nor offers to")
subprocess.run(["git", "-C", repo.dir, "tag", "-d", tag], check=True,
               stdout=subprocess.DEVNULL)
help = toni("-h").out
letters = set(re.findall(r"(?m)^\t-(\w)\b", help))
same([(f, sorted(letters - set(re.findall(r"(?<!\w)-(\w)\b", open(
    "%s/etc/completion/%s" % (TOP, f)).read())))) for f in (
        "toni.bash", "_toni", "toni.ksh")],
     [(f, []) for f in ("toni.bash", "_toni", "toni.ksh")],
     "all of them know all options")
with open(TOP + "/toni.1") as f:
    page = f.read()
same(sorted(c for c in letters if not re.search(
    r"(?m)^\.It Fl %s\b" % c, page)), [], "and so does the manual")
done()
