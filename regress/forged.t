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


"""Words that a process may not say: a program takes the place of web, of the
executor, of a worker and of the others at the real channels of a daemon, and
sends every message of the table in every wrong way, and far too many of them.
Nothing comes of it but lines in the log; what is decided is decided by those
who are asked, and nobody below root writes a command."""

import sqlite3

from channels import *
from wire import has_sanitizers

CHILDREN = ["web", "engine", "executor", "github", "notifier"]
FLOOD = 200000
# What a flood may cost its receiver, in bytes that stay; AddressSanitizer
# keeps what is freed for long.
FLAT = 300 << 20 if has_sanitizers() else 1 << 20

lab = Lab(hosts=1)
host, = lab.hosts
hold = {"web": {"ONE": ["touch $DIR/ran.{{.CommitSha}}; "
                        "while test -e $DIR/hold; do sleep 0.05; done"]}}
applications = [lab.application(
    lab.target("production", hold, stages=["ONE"]),
    lab.target("quick", {"web": {s: ["touch $DIR/quick"]
                                 for s in ("ONE", "TWO")}},
               stages=["ONE", "TWO"], deployers=["alice"]))]
more = "limit deployments 4"
lab.configure(*applications, more=more)
lab.start()


def begin():
    """A deployment that runs until it is let go; its worker's pid is noted."""
    open(host.path("hold"), "w").close()
    sha = os.urandom(20).hex()
    id = lab.deploy(stages=["ONE"], sha=sha)
    wait_for("the command", lambda: host.read("ran." + sha) is not None)
    # DEPLOYMENT_START, STAGE_START, COMMAND_START
    wait_for("its entries", lambda: lab.deployment(id)["entries"] == 3)
    pids["worker"] = lab.pid("worker")
    return id


def rows(query, *args):
    db = sqlite3.connect("file:%s/db/applikatoni.db?mode=ro" % lab.dir,
                         uri=True)
    try:
        return db.execute(query, args).fetchall()
    finally:
        db.close()


def world():
    """All that a forged word could change."""
    tables = [t for t, in rows("SELECT name FROM sqlite_master "
                               "WHERE type = 'table'")]
    return {"processes": {n: lab.pid(n) for n in CHILDREN},
            "workers": sum(comm(p) == "worker" for p in children_of(
                lab.process.pid)),
            "rows": {t: rows('SELECT count(*) FROM "%s"' % t)
                     for t in tables},
            "deployments": rows("SELECT id, state, seq FROM deployments"),
            "on the host": sorted(os.listdir(host.dir + "/home"))}


def unchanged(before, name):
    """What is under way may need a moment."""
    try:
        wait_for(name, lambda: world() == before, 5)
    except TimeoutError:
        pass
    same({k: v for k, v in world().items() if v != before[k]}, {}, name)


def memory(name):
    with open("/proc/%d/smaps_rollup" % pids[name]) as f:
        return int(re.search(r"Pss_Anon: +(\d+)", f.read()).group(1)) << 10


def refusals(sender, receiver, seen):
    """How many lines say that it has refused something."""
    pattern = r"^%s: .*message refused: from=%s " % (receiver, sender)
    try:
        wait_for(pattern, lambda: re.search(pattern, lab.log()[seen:], re.M),
                 5)
    except TimeoutError:
        pass
    return len(re.findall(pattern, lab.log()[seen:], re.M))


def descriptors(name):
    return len(os.listdir("/proc/%d/fd" % pids[name]))


pids = {name: lab.pid(name) for name in CHILDREN}
pids["parent"] = lab.process.pid
for login in "alice", "bob":
    lab.token(login)
link = lab.ctl("login", "alice").stdout.decode().strip().split("#")[1]
r = lab.request("POST", "/-/login", form={"token": link},
                headers={"Origin": lab.url})
session = r.headers["Set-Cookie"].split(";")[0].split("=", 1)[1]
lab.ctl("login", "bob")
id = begin()

# ---- every type, from every seat, in every wrong way

SEATS = [("web", "engine"), ("web", "parent"), ("executor", "engine"),
         ("executor", "parent"), ("executor", "worker"),
         ("worker", "executor"), ("engine", "executor"), ("engine", "web"),
         ("engine", "parent"), ("engine", "github"), ("engine", "notifier"),
         ("github", "engine"), ("github", "parent"), ("notifier", "engine"),
         ("notifier", "parent")]
# What is a seat's own to say, or costs it something: see below.
OWN = {("engine", "parent"): {"MSG_DONE", "MSG_RELOAD", "MSG_VERBOSE"},
       ("executor", "parent"): {"MSG_WORKER_WANTED"},
       ("worker", "executor"): {"MSG_JOB_ENTRIES", "MSG_JOB_PROGRESS",
                                "MSG_JOB_END"}}


def may(sender, receiver, kind):
    return sender in TABLE[kind].senders and receiver in TABLE[kind].receivers


def not_for_seat(sender, receiver):
    """Types that this seat may not send there: as they should be, and
    not."""
    for kind in TABLE:
        if may(sender, receiver, kind):
            continue
        for body in plain(kind), b"", os.urandom(100):
            yield kind, body, TABLE[kind].fd
    for kind in 0, TYPES["MSG_MAX"], 54321, 2 ** 32 - 1:
        yield kind, b"", False
        yield kind, os.urandom(100), True


def of_bad_form(sender, receiver):
    """Types that it may send, of a form that they don't have."""
    for kind in TABLE:
        if may(sender, receiver, kind):
            for body in malformed(kind):
                yield kind, body, TABLE[kind].fd
            yield kind, plain(kind), not TABLE[kind].fd


def of_no_meaning(sender, receiver):
    """Types that it may send, about what there is not."""
    for kind in TABLE:
        if may(sender, receiver, kind) and \
           kind not in OWN.get((sender, receiver), ()):
            for body in [plain(kind), *variants(kind, ODD)]:
                yield kind, body, TABLE[kind].fd


def send_all(seat, messages):
    """Each under an id of its own; with a descriptor where one belongs to
    it.  Returns {id: type}."""
    null = os.open("/dev/null", os.O_RDONLY)
    sent = {}
    for kind, body, fd in messages:
        id = len(sent) + 1
        sent[id] = kind
        seat.say(frame(kind, body, id, FD_MARK if fd else 0),
                 fds=[null] if fd else ())
    os.close(null)
    seat.settle()
    return sent


before = world()
for sender, receiver in SEATS:
    seen = len(lab.log())
    fds = descriptors(receiver)
    with Seat(pids, sender, receiver) as seat:
        sent = send_all(seat, [*not_for_seat(sender, receiver),
                               *of_bad_form(sender, receiver)])
        answered = [sent[a[1]] for a in seat.answers if a[1] in sent]
        own = send_all(seat, of_no_meaning(sender, receiver))
        lines = sum(b"message refused" in body for kind, _, body in
                    seat.answers if kind == TYPES["MSG_LOG"])
    same(answered, [], "%s to %s: %d forged messages are taken for none" % (
        sender, receiver, len(sent)))
    unchanged(before, "they and %d about nothing change nothing" % len(own))
    same(descriptors(receiver), fds, "no descriptor of them is left")
    # A worker tells its lines to the executor.
    lines = lines or refusals(sender, receiver, seen)
    if not ok(0 < lines < 100, "some of them are in the log, and not all"):
        note(lines)
unchanged(before, "after all of it")
same(lab.deployment(id)["state"], "active", "what runs has not noticed")

# ---- the same, one after the other: each refusal is logged, with its reason


def forge(sender, receiver, kind, body, what, reason, id=7, fds=()):
    seen = len(lab.log())
    with Seat(pids, sender, receiver) as seat:
        seat.say(frame(kind, body, id, FD_MARK if fds else 0), fds=fds)
        seat.settle()
    pattern = r'message refused: from=%s .*reason="%s' % (sender, reason)
    try:
        wait_for(pattern, lambda: re.search(pattern, lab.log()[seen:]), 5)
        ok(True, "%s to %s: %s is refused: %s" % (sender, receiver, what,
                                                  reason))
    except TimeoutError:
        ok(False, "%s to %s: %s is refused: %s" % (sender, receiver, what,
                                                   reason))
        note(lab.log()[seen:])


# A channel on which nothing has been refused yet logs each one.
for name in "web", "notifier":
    lab.kill_process(name)
    pids[name] = lab.pid(name)
NOT_HERE, FORM = "this process may not send it here", "a field is malformed"
null = os.open("/dev/null", os.O_RDONLY)
for kind in "MSG_RUN", "MSG_CTL_LOGIN", "MSG_JOB_END", "MSG_STOP":
    forge("web", "engine", kind, plain(kind), kind, NOT_HERE)
for sender in "web", "notifier":
    forge(sender, "parent", "MSG_RELOAD", b"", "MSG_RELOAD", NOT_HERE)
    forge(sender, "parent", "MSG_WORKER_WANTED", number(1), "a worker",
          NOT_HERE)
    forge(sender, "parent", 54321, b"x", "an unknown type",
          "there is no such type")
view = plain("MSG_VIEW")
forge("web", "engine", "MSG_VIEW", view[:-1], "half a field", FORM)
forge("web", "engine", "MSG_VIEW", view[:1] + number(2 ** 32 - 1, "I") +
      view[5:], "a length beyond all", FORM)
forge("web", "engine", "MSG_VIEW", view.replace(b"ng\0", b"\0g\0"),
      "a NUL in a string", FORM)
forge("web", "engine", "MSG_VIEW", view + b"\0", "a byte too much",
      "bytes are left over")
forge("web", "engine", "MSG_VIEW", view, "a descriptor",
      "it carries a descriptor", fds=[null])
forge("web", "parent", "MSG_READY", string("x"), "ready for the second time",
      "it is ready already")
forge("notifier", "parent", "MSG_DONE", b"", "done", "nothing was asked")
# ---- web can act for nobody who has not come to it


def credential(kind, secret):
    return bytes([kind]) + string(secret) + string("127.0.0.1")


(hash_of_session,), = rows("SELECT hash FROM sessions")
(hash_of_link,), = rows("SELECT hash FROM links")
hashes = [hash_of_session, hash_of_link] + [
    h for h, in rows("SELECT hash FROM tokens")]
NONE, SESSION, TOKEN, LINK = range(4)
token = lab.token("alice")
forged = [(kind, secret) for kind in (NONE, SESSION, TOKEN, LINK, 4, 255)
          for secret in [
              "", "nothing", "0" * 43, "x" * SHORT_MAX, "' OR 1=1 --", "%",
              b"\xff" * 43, session[:-1], session + "x", session.swapcase(),
              token[:-1], *[h.hex() for h in hashes],
              *[base64.urlsafe_b64encode(h).rstrip(b"=") for h in hashes]]]
forged += [(kind, session) for kind in (NONE, TOKEN, LINK, 4, 255)]
forged += [(kind, token) for kind in (NONE, SESSION, LINK, 4, 255)]
VIEWS = re.findall(r"(VIEW_\w+)\s*,", source("common/msg.h"))
ASKED = {
    "MSG_VIEW": [bytes([n]) + string("shop") + string("production") +
                 number(id) + number(0)
                 for n, view in enumerate(VIEWS) if view != "VIEW_HEALTH"],
    "MSG_DEPLOY": [string("shop") + string("quick") + string(SHA) +
                   string("main") + string("forged") + strings("ONE")],
    "MSG_KILL": [string("shop") + number(id)],
    "MSG_LOG_OPEN": [string("shop") + number(id) + number(1) + b"\2"],
    "MSG_LOGIN": [b""],
    "MSG_TOKEN_ADD": [string("deploy") + string("") + string("") +
                      number(0, "I")],
    "MSG_TOKEN_REVOKE": [number(n) for n in (0, 1, 2)]}
before = world()
with Seat(pids, "web", "engine") as seat:
    wrong = {}
    n = 0
    for kind, bodies in ASKED.items():
        for body in bodies:
            for who_says in forged:
                n += 1
                seat.say(frame(kind, credential(*who_says) + body, n))
                wrong[n] = kind, who_says
    seat.settle()
    for kind, about, body in seat.answers:
        if kind == TYPES["MSG_REPLY"] and body[:4] == number(401, "I"):
            wrong.pop(about, None)
same(list(wrong.items())[:5], [],
     "web: %d requests with forged credentials are answered with 401" % n)
unchanged(before, "and change nothing")


def status(kind, who_says, body):
    global n
    n += 1
    with Seat(pids, "web", "engine") as seat:
        return struct.unpack_from(">I", seat.answer_to(frame(
            kind, credential(*who_says) + body, n))[2])[0]


same([status(kind, (TOKEN, lab.token("bob")), ASKED[kind][-1]) for kind in (
    "MSG_DEPLOY", "MSG_KILL", "MSG_TOKEN_ADD", "MSG_TOKEN_REVOKE")],
    [403] * 4, "with a reader's token it can only read")
same([status(kind, (TOKEN, token), ASKED[kind][-1]) for kind in (
    "MSG_TOKEN_ADD", "MSG_TOKEN_REVOKE")], [403] * 2,
    "a deployer's token makes no token")
unchanged(before, "nothing comes of it either")
same(status("MSG_VIEW", (SESSION, session), ASKED["MSG_VIEW"][0]), 200,
     "who passes is let in: it was not the form that was wrong")

# ---- the engine can order, and nothing but what is configured


def order(deployment, application="shop", target="quick", sha=SHA,
          stages=("ONE",)):
    return frame("MSG_RUN", number(deployment) + string(application) +
                 string(target) + string(sha) + strings(*stages))


def ack(deployment, seq=1):
    return frame("MSG_JOB_ACK", number(deployment) + number(seq))


BAD = ["; touch $DIR/forged", "$(touch $DIR/forged)", "`touch $DIR/forged`",
       "\ntouch $DIR/forged", "x && touch $DIR/forged", "../production",
       "quick\nquick", "{{.CommitSha}}", "", "x" * SHORT_MAX]
orders = [dict(application=a) for a in BAD + ["none", "SHOP", "shop "]]
orders += [dict(target=t) for t in BAD + ["none", "production"]]
orders += [dict(sha=s) for s in BAD + [
    SHA[:-1], SHA + "0", SHA[:-1] + "g", SHA[:-1] + " ", " " + SHA[:-1],
    SHA[:20] + ";" + SHA[21:], SHA + "\n", "HEAD", "main", SHA * 2]]
orders += [dict(stages=(s,)) for s in BAD + ["one", "NONE"]]
orders += [dict(stages=s) for s in (
    (), ("ONE", "ONE"), ("TWO", "ONE"), ("ONE", "TWO", "THREE"),
    ["ONE"] * 1024, ("ONE", "; touch $DIR/forged"))]
seen = len(lab.log())
before = world()
with Seat(pids, "engine", "executor") as seat:
    seat.say(order(0))
    for n, o in enumerate(orders, 900000):
        seat.say(order(n, **o))
    seat.say(order(id))
    seat.settle()
    ends = {struct.unpack(">Q", body[:8])[0]: body
            for kind, _, body in seat.answers
            if kind == TYPES["MSG_JOB_END"]}
    seat.say(*[ack(n) for n in ends])
    seat.settle()
same([o for n, o in enumerate(orders, 900000)
      if b"order refused: " not in ends.get(n, b"")], [],
     "the executor refuses %d orders that don't fit" % len(orders))
same(sorted(ends), list(range(900000, 900000 + len(orders))),
     "and gives no answer to one that has another's number, or none")
wait_for("the log", lambda: len(re.findall(
    r"executor: order refused: deployment=", lab.log()[seen:])) >=
    len(orders) + 2)
same(len(re.findall(r"executor: order refused: deployment=\d+ app=\".*\" "
                    r"target=\".*\" sha=\".*\" stages=\".*\" reason=\"",
                    lab.log()[seen:])), len(orders) + 2,
     "each is a line of its own in the log, with all that it said")
unchanged(before, "and nothing of them is run")
with Seat(pids, "engine", "executor") as seat:
    seat.say(order(910000))
    wait_for("its end", lambda: seat.read(0.05) and any(
        kind == TYPES["MSG_JOB_END"] for kind, _, _ in seat.answers))
    seat.say(ack(910000, 1000))
    seat.settle()
same(host.read("quick"), "", "one that fits runs what is configured")
ok("executor: order taken: deployment=910000 " in lab.log(),
   "and is in the executor's own log")
os.unlink(host.path("quick"))
before = world()

# ---- the executor can end what runs, and make nothing up

with Seat(pids, "executor", "engine") as seat:
    for n in 4711, id + 1, 0, 2 ** 63, 2 ** 64 - 1:
        entry = b"\3\0" + number(1) + string("forged") + data(b"forged")
        for frames in (
                frame("MSG_JOB_ANNOUNCE", number(n) + number(1)),
                frame("MSG_JOB_ENTRIES", number(n) + number(1) +
                      number(1, "I") + data(entry)),
                frame("MSG_JOB_PROGRESS", number(n) + string("ONE") +
                      4 * number(1, "I")),
                frame("MSG_JOB_END", number(n) + number(2) + b"\0" +
                      string(""))):
            seat.say(frames)
    for kind in range(256):
        if kind not in (1, 2, 3, 4, 5, 6, 7, 8, 9):
            seat.say(frame("MSG_JOB_ENTRIES", number(id) + number(3) +
                           number(1, "I") + data(bytes([kind]) + entry[1:])))
    for seq in 0, 2 ** 63, 2 ** 64 - 1:
        seat.say(frame("MSG_JOB_END", number(id) + number(seq) + b"\0" +
                       string("")))
    seat.say(frame("MSG_JOB_END", number(id) + number(3) + b"\xff" +
                   string("x")))
    seat.settle()
unchanged(before, "deployments that are not there don't come to be, and what "
          "runs gets no entry that is the engine's")
same(rows("SELECT count(*) FROM entries WHERE message LIKE '%forged%'"),
     [(0,)], "nothing of it is in the database")

# ---- a worker that lies costs its own deployment

os.unlink(host.path("hold"))
same(lab.finish(id)[0]["state"], "successful", "what ran comes to its end")
lab.kill_process("executor")
pids["executor"] = lab.pid("executor")
lab.wait_log(r"(?s)process died: name=executor.*configuration taken")
wait_for("the engine", lambda: lab.get("/-/healthz").status == 200)
id = begin()
# Its own words, about what is not there.
forge("executor", "engine", "MSG_JOBS_ANNOUNCED", b"", "a late announcement",
      "all have been announced")
forge("executor", "engine", "MSG_JOB_ENTRIES", number(id) + number(1) +
      number(1, "I") + data(b"\3"), "half an entry",
      "its entries are malformed")

os.unlink(host.path("hold"))
same(lab.finish(id)[0]["state"], "successful", "what runs has not noticed")


def entries(of, seq, count=1, data_of=b""):
    return frame("MSG_JOB_ENTRIES", number(of) + number(seq) +
                 number(count, "I") + data(data_of))


def end(of, seq, by=0, error=""):
    return frame("MSG_JOB_END", number(of) + number(seq) + bytes([by]) +
                 string(error))


ENTRY = b"\3\0" + number(1) + string("applikatonid") + data(b"forged")
BAD_NUMBER, BAD_COUNT, BAD_END, BAD_ENTRY = (
    "number out of turn", "impossible count", "impossible end", None)
for what, frames, why in (
        ("another's entries", lambda: entries(id + 1, seq + 1, 1, ENTRY),
         BAD_NUMBER),
        ("another's end", lambda: end(id + 1, seq + 1), BAD_NUMBER),
        ("another's progress", lambda: frame(
            "MSG_JOB_PROGRESS", number(id + 1) + string("") +
            4 * number(1, "I")), BAD_NUMBER),
        ("later entries", lambda: entries(id, seq + 2, 1, ENTRY), BAD_NUMBER),
        ("earlier entries", lambda: entries(id, seq, 1, ENTRY), BAD_NUMBER),
        ("its end too early", lambda: end(id, seq), BAD_NUMBER),
        ("no entries", lambda: entries(id, seq + 1, 0, b""), BAD_COUNT),
        ("entries without bytes", lambda: entries(id, seq + 1, 1000, b"x"),
         BAD_COUNT),
        ("an end by none such", lambda: end(id, seq + 1, 200, "x"), BAD_END),
        ("a good end with an error", lambda: end(id, seq + 1, 0, "x"),
         BAD_END),
        ("a bad end without one", lambda: end(id, seq + 1, 1), BAD_END),
        ("the start, which is the engine's", lambda: entries(
            id, seq + 1, 1, b"\0" + ENTRY[1:]), BAD_ENTRY),
        ("the success, which is the engine's", lambda: entries(
            id, seq + 1, 1, b"\x0a" + ENTRY[1:]), BAD_ENTRY),
        ("an entry of no type", lambda: entries(
            id, seq + 1, 1, b"\xff" + ENTRY[1:]), BAD_ENTRY),
        ("half an entry", lambda: entries(id, seq + 1, 1, ENTRY[:-1]),
         BAD_ENTRY),
        ("more bytes than entries", lambda: entries(
            id, seq + 1, 1, ENTRY + b"x"), BAD_ENTRY)):
    id = begin()
    (seq,), = rows("SELECT seq FROM deployments WHERE id = ?", id)
    with Seat(pids, "worker", "executor") as seat:
        seat.say(frames())
        if why:
            lab.wait_log("worker misbehaves: deployment=%d how=%s" % (id, why))
        else:
            lab.wait_log('message refused: from=executor name="job entries" '
                         "deployment=%d " % id)
    os.unlink(host.path("hold"))
    d, log = lab.finish(id)
    ok(d["state"] == "failed" and d["ended_by"] == "daemon" and
       types(log)[-1] == "DEPLOYMENT_FAIL" and
       host.origin in log[-1]["message"] and "forged" not in messages(log),
       "a worker that says %s fails its deployment, which says where "
       "commands may still run" % what)
wait_for("the end of the workers", lambda: lab.pid("worker") is None)
id = begin()
(seq,), = rows("SELECT seq FROM deployments WHERE id = ?", id)
with Seat(pids, "worker", "executor") as seat:
    seat.say(end(id, seq + 1, 2, "forged end"), end(id, seq + 1),
             end(id, seq + 2), entries(id, seq + 2, 1, ENTRY),
             frame("MSG_READY", string("again")))
    d, log = lab.finish(id)
same((d["state"], d["ended_by"], types(log).count("DEPLOYMENT_FAIL"),
      "DEPLOYMENT_SUCCESS" in types(log), "forged" in messages(log)),
     ("failed", "host", 1, False, False),
     "one that ends twice has ended once, and says nothing after that")
os.unlink(host.path("hold"))
wait_for("the end of the worker", lambda: lab.pid("worker") is None)
same({n: lab.pid(n) for n in CHILDREN}, {n: pids[n] for n in CHILDREN},
     "nothing else has ended")

# ---- floods

id = begin()
before = world()


def flood(sender, receiver, total, frames):
    """So many messages, as fast as they are taken; returns how much memory
    stays with the receiver."""
    chunk = b"".join(frames)
    with Seat(pids, sender, receiver) as seat:
        for n in range(total // len(frames) // 10 + 1):
            seat.say(chunk)
        seat.settle()
        held = memory(receiver)
        for n in range(total // len(frames) + 1):
            seat.say(chunk)
            seat.answers.clear()
        seat.settle()
    return memory(receiver) - held


for sender, receiver in SEATS:
    total = FLOOD if sender in ("web", "executor", "worker") else FLOOD // 10
    frames = [frame(kind, plain(kind), 9) for kind in TABLE
              if not TABLE[kind].fd and
              kind not in OWN.get((sender, receiver), ())]
    seen = len(lab.log())
    grown = flood(sender, receiver, total, frames)
    ok(grown < FLAT, "%s to %s: memory is flat under %d messages" % (
        sender, receiver, total))
    # The dispatcher and a handler log 20 each, and then when it has doubled.
    lines = lab.log()[seen:].splitlines()
    refused = sum("message refused" in line for line in lines)
    ok(len(lines) < 3000 and refused < 120, "and the log bounded")
    note("%d bytes; %d lines, %d of them refusals" % (
        grown, len(lines), refused))
unchanged(before, "nothing comes of the floods")
same(lab.deployment(id)["state"], "active", "what runs has not noticed")

# An engine that orders without end and acknowledges nothing.
with Seat(pids, "engine", "executor") as seat:
    for begin_at in 10 ** 6, 2 * 10 ** 6:
        held = memory("executor")
        for n in range(begin_at, begin_at + 20000, 100):
            seat.say(*[order(m, "none") for m in range(n, n + 100)])
            seat.answers.clear()
        seat.settle()
    grown = memory("executor") - held
ok(grown < FLAT, "engine to executor: memory is flat under orders that are "
   "never acknowledged")
note("%d bytes" % grown)
# An executor that wants workers without end: it gets them as long as it holds
# their channels, but no more than belong to the limit of deployments.
seen = len(lab.log())
with Seat(pids, "executor", "parent") as seat:
    seat.say(*[frame("MSG_WORKER_WANTED", number(10 ** 6 + n))
               for n in range(10000)])
    seat.settle()
    workers = sum(comm(p) == "worker" for p in children_of(lab.process.pid))
    seat.say(*[frame("MSG_WORKER_UNWANTED", number(10 ** 6 + n))
               for n in range(20)])
    seat.settle()
    ok(workers <= 8, "10,000 workers that are wanted become a few")
    ok(lab.log()[seen:].count("worker refused") < 50, "and not a line each")
unchanged(before, "and when they are not wanted any more they go")
# An engine whose operator wants another level of the log, and a reload,
# without end; the file that is read then is refused at once.
with open(lab.conf_path, "a") as f:
    f.write("nonsense\n")
with Seat(pids, "engine", "parent") as seat:
    for kind, word in (("MSG_RELOAD", "reload started"),
                       ("MSG_VERBOSE", "log level: ")):
        seen = len(lab.log())
        for n in range(0, 10000, 2):
            seat.say(*[frame(kind, bytes([m])[:len(plain(kind))], n + m + 1)
                       for m in (0, 1)])
        seat.settle()
        said = lab.log()[seen:].count(word)
        ok(0 < said < 3000, "10,000 times %s is not as many lines" % kind)
        note(said)

    def is_verbose():
        seat.say(frame("MSG_VERBOSE", b"\1"))
        seat.settle()
        return lab.log()[seen:].count("log level: verbose") > 0

    wait_for("the level as it was", is_verbose)
lab.configure(*applications, more=more)
unchanged(before, "and nothing else comes of it")

# ---- broken framing ends a channel, not the daemon

same(lab.deployment(id)["state"], "active", "what runs has not noticed")
for kind, n in (("MSG_VIEW", 0), ("MSG_VIEW", 15), ("MSG_VIEW", 2 ** 30),
                ("MSG_VIEW", 2 ** 31 - 1)):
    broken = HEADER.pack(TYPES[kind], n, 0, 0)
    with Channel(socket.socket(socket.AF_UNIX), pids["engine"]) as c:
        c.s.connect(lab.socket)
        c.say(broken)
        try:
            c.read(TIME_LIMIT)
            ended = False
        except ConnectionResetError:
            ended = True
    ok(ended, "a length of %d ends a control connection" % n)
with Channel(socket.socket(socket.AF_UNIX), pids["engine"]) as c:
    c.s.connect(lab.socket)
    sent = send_all(c, [*not_for_seat("control", "engine"),
                        *of_bad_form("control", "engine")])
    same([sent[a[1]] for a in c.answers], [],
         "control: %d forged messages are taken for none" % len(sent))
    # A mark of a descriptor that does not come, and one that comes unmarked.
    c.say(frame("MSG_CTL_SHOW", b"", 7, FD_MARK))
    c.say(frame("MSG_CTL_SHOW", b"", 8), fds=[null])
    same(c.answer_to(frame("MSG_CTL_SHOW", b"", 9))[0], TYPES["MSG_CTL_DATA"],
         "the next good word is heard")
unchanged(before, "nothing else has ended")
for name, sibling in (("worker", "executor"), ("web", "engine"),
                      ("executor", "engine"), ("notifier", "engine"),
                      ("github", "engine")):
    with Seat(pids, name, sibling) as seat:
        seat.say(HEADER.pack(1, 3, 0, 0))
        lab.wait_log("%s: channel broken: peer=%s" % (sibling, name))
    others = [n for n in CHILDREN if n != name]
    same({n: lab.pid(n) for n in others}, {n: pids[n] for n in others},
         "%s: broken framing ends no other process" % name)
    if name == "worker":
        d, log = lab.finish(id)
        same((d["state"], d["ended_by"]), ("failed", "daemon"),
             "but its own deployment")
        os.unlink(host.path("hold"))
    else:
        # It would end by itself, after a while without the engine.
        lab.kill_process(name)
        pids[name] = lab.pid(name)
wait_for("all of them", lambda: lab.get("/-/healthz").status == 200)
d, log = lab.run(target="quick", stages=["ONE", "TWO"])
same((d["state"], host.read("quick")), ("successful", ""),
     "and the daemon deploys")
same(lab.stop(), 0, "the daemon stops")
done()
