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

"""Hosts that are hostile: whatever a server sends, stops sending or floods,
its deployment ends within its limits with one final entry, nothing else dies
or grows, and other targets are deployed to as ever.  HOSTILE="name ..." runs
these cases only, HOSTILE_SECONDS=n lets each flood run that long."""

import threading

from lab import *

ONLY = os.environ.get("HOSTILE", "").split()
FLOOD = float(os.environ.get("HOSTILE_SECONDS", "1"))
GROUP = 16
SLOWEST = 25                        # seconds, with all limits below together
LIMITS = "".join("\t\tlimit %s\n" % s for s in (
    "connect 3s", "handshake 3s", "authenticate 3s", "open 3s", "silence 3s",
    "command 8s", "kill 1s", "deployment 20s", "output 4M"))

lab = Lab(hosts=1)
lab.excused = r"libssh2\.so"        # see healthy()
good, = lab.hosts
keygen(lab.dir + "/etc/rsa", "rsa", "-b", "2048")
with open(lab.dir + "/authorized_keys", "a") as f:
    f.write(open(lab.dir + "/etc/rsa.pub").read())

server = subprocess.Popen(
    ["/usr/bin/python3", TOP + "/regress/hostile_sshd.py",
     good.dir + "/host_key"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    stderr=open(lab.dir + "/hostile.log", "wb"))
lab.others.append(server)
# Floods are ended by a person.
FLOOD_LIMITS = LIMITS.replace("silence 3s", "silence 10m").replace(
    "command 8s", "command 10m").replace("deployment 20s", "deployment 10m")


class Hostile:
    address = "127.0.0.1"

    def __init__(self, port):
        self.port = port


hosts, sent = {}, {}
for line in server.stdout:
    name, _, port = line.decode().strip().partition(" ")
    if name == "ready":
        break
    hosts[name] = Hostile(int(port))
ok(len(hosts) > 100, "the hostile servers are there")


def read_sent():
    """How much each connection was sent, as the server tells."""
    for line in server.stdout:
        name, n = line.decode().split()
        sent[name] = sent.get(name, 0) + int(n)


threading.Thread(target=read_sent, daemon=True).start()
known = good.known_hosts_line().split(" ", 1)[1]
lab.write_known_hosts("".join(
    "[127.0.0.1]:%d %s" % (h.port, known) for h in hosts.values()))
lab.configure(lab.application(
    lab.target("good", {"web": {"ONE": ["echo good"]}}, stages=["ONE"]),
    *(lab.target(name, {"web": {"ONE": ["one", "two"]}},
                 [(h, ["web"])], stages=["ONE"],
                 more=FLOOD_LIMITS if name.startswith("flood-") else LIMITS,
                 key="rsa" if name.startswith("repeat-") else "key")
      for name, h in hosts.items())),
    more="limit deployments 1000\nlimit streams-per-user 1000\n",
    known_hosts=False)
lab.start()

# ---- what is right: all others fail, by the host or by a limit

SUCCESSFUL = {
    "plain", "repeat", "auth-banner", "open-narrow", "exec-early",
    "no-status", "close-twice", "eof-first", "requests", "opens",
    "strangers", "odd-output", "rekey",
    "short-output", "short-eof", "short-key", "lie-key", "noise-key",
}
# Where it depends on what a library makes of it, ending is enough.
EITHER = {"lie-output", "noise-output", "lie-exec", "noise-exec",
          "noise-open", "lie-open", "no-eof", "close-first",
          "status-short", "packet-empty", "repeat-rsa", "open-closed",
          "data-after-close", "extended", "opens-lie", "rekey-data",
          "types"}
# What the last error, or that of the command, has to say.
WORDS = {
    "raw-silence": "limit handshake", "raw-drip": "limit handshake",
    "raw-lines": "too much", "raw-line": "too much",
    "ignore-flood-early": "too much",
    "auth-banner-flood": "too much",
    "kexinit-foreign": "no key exchange algorithm in common",
    "disconnect-early": "the host disconnected: \"odd\\^A\\^B",
    "auth-disconnect": "the host disconnected: \"odd\\^A\\^B",
    "raw-control": "odd\\^A\\^B",
    "disconnect": "connection lost",
    "disconnect-stay": "the host disconnected: \"odd\\^A\\^B",
    "auth-methods": "authentication refused",
    "stall-kex": "limit handshake", "stall-auth": "limit authenticate",
    "stall-open": "limit open", "stall-exec": "limit open",
    "stall-output": "limit silence", "drop-output": "connection lost",
    "reset-output": "connection lost", "noise": "connection lost",
    "exec-refused": "refused to run", "open-refused": "refused a session",
    "signal": "from signal TERM", "status-late": "status 5",
    "status-many": "status 7",
}
FINAL = ("DEPLOYMENT_SUCCESS", "DEPLOYMENT_FAIL")


def is_clean(s):
    return all(c.isprintable() for c in s)


def reason_of(log):
    return " | ".join(messages(log, "COMMAND_FAIL") + [log[-1]["message"]])


def check(name, d, log, took):
    """The deployment has ended as it should."""
    reason = reason_of(log)
    want = ["successful"] if name in SUCCESSFUL else \
        ["successful", "failed"] if name in EITHER else ["failed"]
    passed = ok(
        d["state"] in want and types(log)[-1] in FINAL and
        sum(t in FINAL for t in types(log)) == 1 and
        [e["id"] for e in log] == list(range(1, len(log) + 1)) and
        took < SLOWEST,
        "%s: ends once, in order, within its limits: %s" % (name, want[-1]))
    if name in WORDS:
        ok(WORDS[name] in reason, "%s: and says %s" % (name, WORDS[name]))
    ours = [e["message"] for e in log if "OUTPUT" not in e["entry_type"]]
    if not ok(all(is_clean(m) and len(m) < 4096 for m in ours),
              "%s: what it says is encoded and bounded" % name):
        note(ours)
    quoted = re.findall(r'"([^"]{200,})"', reason)
    if quoted:
        ok(all(len(q) <= 1024 for q in quoted),
           "%s: what the host says is at most 1 KB" % name)
    note("%.1f s, %s: %s" % (took, d.get("ended_by"), reason[:600]))


def healthy(before, what):
    """Nobody has died, and the log holds nothing that it should not."""
    log = lab.log()[before:]
    died = re.findall(r"process died: name=(?!worker)\S+.*", log)
    same(died, [], "%s: no process has died" % what)
    lost = re.findall(r".*(?:worker died|misbehaves|did not end in time|"
                      r"broken|message refused).*", log)
    # libssh2 1.10 copies as much of such a name as the host says there is,
    # which may end the worker, and does under AddressSanitizer.
    lost = [line for line in lost if not re.search(
        r'target="signal-(lie|beyond)"', line)]
    same([line[:300] for line in lost], [], "%s: nor has a worker" % what)
    ok(all(is_clean(line.replace("\t", " ")) and len(line) < 8192
           for line in log.split("\n")),
       "%s: the log of the daemon is clean" % what)


def normal(what):
    begin = time.monotonic()
    d, log = lab.run(target="good", stages=["ONE"])
    ok(d["state"] == "successful" and time.monotonic() - begin < 10,
       "%s: another target is deployed to" % what)


def finish(id, begin, into):
    try:
        d, log = lab.finish(id)
        into.append((d, log, time.monotonic() - begin))
    except Exception as e:
        note("deployment %d: %r" % (id, e))


def run_group(names):
    before, begin, running = len(lab.log()), time.monotonic(), []
    for name in names:
        result = []
        id = lab.deploy(target=name, stages=["ONE"])
        t = threading.Thread(target=finish, args=(id, begin, result))
        t.start()
        running.append((name, id, t, result))
    normal("during " + names[0] + " and others")
    for name, id, t, result in running:
        t.join(SLOWEST + 10)
        if result:
            check(name, *result[0])
        else:
            ok(False, "%s: it ends" % name)
            note(lab.ctl("show").stdout.decode("utf-8", "replace"))
            lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
    healthy(before, names[0] + " and others")


lab.token("alice")
normal("to begin with")
names = [n for n in hosts if not n.startswith("flood-") and (
    not ONLY or n in ONLY)]
for i in range(0, len(names), GROUP):
    run_group(names[i:i + GROUP])
normal("afterwards")
if not ONLY or "opens" in ONLY:
    d, log = lab.run(target="opens", stages=["ONE"])
    same(messages(log, "COMMAND_STDOUT_OUTPUT"), ["accepted 0 refused 1"] * 2,
         "channels and forwards towards the client are refused")
if not ONLY or "odd-output" in ONLY:
    ok(not os.path.exists("/tmp/taken"), "nothing is run for a host")

# ---- floods: memory stays flat, and a person can end them


def rss(pid, field="VmRSS"):
    try:
        with open("/proc/%d/status" % pid) as f:
            return int(re.search(field + r":\s+(\d+)", f.read()).group(1))
    except (OSError, AttributeError):
        return 0


MEMORY = {"worker": 48, "executor": 48, "engine": 64, "web": 48}    # MB
# Under AddressSanitizer what is freed is kept for long.
with open(PROGRAMS + "/executor/worker", "rb") as f:
    SLACK = 2048 if b"__asan_init" in f.read() else 0


def sizes():
    return {n: rss(p) / 1024 for n in MEMORY for p in [lab.pid(n)] if p}


def watch(worst, seconds):
    """Notes the greatest size of each process for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for k, v in sizes().items():
            worst[k] = max(v, worst.get(k, 0))
        time.sleep(0.05)


def run_flood(name):
    before, begin = len(lab.log()), time.monotonic()
    id = lab.deploy(target=name, stages=["ONE"])
    viewer = []
    threading.Thread(target=finish, args=(id, begin, viewer),
                     daemon=True).start()
    lab.wait_entry(id, lambda e: e["entry_type"] == "COMMAND_START")
    worst = {}
    watch(worst, FLOOD / 2)
    early = dict(worst)
    if name in ("flood-out", "flood-impolite"):
        # Nobody takes the output: the host has to wait.
        engine = lab.pid("engine")
        os.kill(engine, signal.SIGSTOP)
        watch(worst, 2)
        os.kill(engine, signal.SIGCONT)
    watch(worst, FLOOD / 2)
    normal(name)
    r = lab.request("POST", "/shop/deployments/%d/kill" % id, "alice")
    killed = time.monotonic()
    while lab.deployment(id)["state"] == "active" and \
            time.monotonic() < killed + 20:
        for k, v in sizes().items():
            worst[k] = max(v, worst.get(k, 0))
    took = time.monotonic() - killed
    d, log = lab.finish(id)
    # it may have ended by itself, for what it makes libssh2 hold
    ok(r.status == (409 if d["ended_by"] == "host" else 200) or
       r.status == 303, "%s: can be killed" % name)
    # the grace, and what is needed to learn that the host does not answer
    ok(took < (7 if name in ("flood-openssh", "flood-list") else 3),
       "%s: and ends within seconds" % name)
    ok(d["state"] == "failed" and sum(t in FINAL for t in types(log)) == 1 and
       [e["id"] for e in log] == list(range(1, len(log) + 1)),
       "%s: with one final entry" % name)
    ok(all(v < MEMORY[k] + SLACK for k, v in worst.items()) and
       all(worst[k] < v + 24 + SLACK for k, v in early.items()) and
       len(worst) >= (3 if d["ended_by"] == "host" else 4),
       "%s: memory stays flat" % name)
    note("%s; after the kill %.2f s; MB %s, early %s; sent %d MB: %s" % (
        d["ended_by"], took, {k: round(v) for k, v in worst.items()},
        {k: round(v) for k, v in early.items()},
        sent.get(name, 0) >> 20, reason_of(log)[:300]))
    healthy(before, name)


for name in hosts:
    if name.startswith("flood-") and (not ONLY or name in ONLY):
        run_flood(name)

normal("at the end")
ok(server.poll() is None, "the hostile servers have lived to the end")
same(lab.stop(), 0, "the daemon stops")
server.stdin.close()
server.wait(10)
done()
