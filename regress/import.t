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
#

"""`applikatonid -i`: a database of the original Applikatoni goes into an empty
store, whole or not at all; the old file stays as it is, and of its tokens
nothing is left."""

import glob
import pwd
import random
import sqlite3

from lab import *

TOKEN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
GITHUB_TOKEN = "gho_16C7e42F292c6912E7710c838347Ae178B4a"
MIGRATIONS = (
    (20150126134810, "CREATE TABLE deployments (id INTEGER PRIMARY KEY"
     " AUTOINCREMENT NOT NULL, user_id INTEGER, application_name TEXT,"
     " target_name TEXT, commit_sha TEXT, comment TEXT, state TEXT,"
     " created_at DATETIME)"),
    (20150127160204, "CREATE TABLE log_entries (id INTEGER PRIMARY KEY"
     " AUTOINCREMENT NOT NULL, deployment_id INTEGER, entry_type TEXT,"
     " origin TEXT, message TEXT, timestamp DATETIME, created_at DATETIME)"),
    (20150129113927, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT,"
     " access_token TEXT, avatar_url TEXT)"),
    (20150209102540, "ALTER TABLE deployments ADD COLUMN branch TEXT;"
     "UPDATE deployments SET branch = ''"),
    (20150715101900, "ALTER TABLE users ADD COLUMN api_token TEXT;"
     "UPDATE users SET api_token = ''"))
GOOSE = ("CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT,"
         " version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,"
         " tstamp TIMESTAMP DEFAULT (datetime('now')));"
         "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)")
APPLIED = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)"

lab = Lab(hosts=1)
lab.configure(lab.application(lab.target("production", {"web": {
    "ONE": ["echo hello"]}}, stages=["ONE"])))
old = lab.dir + "/old.db"


def make(path, migrations=5, fill=lambda db: None):
    if os.path.exists(path):
        os.unlink(path)
    db = sqlite3.connect(path)
    db.executescript(GOOSE)
    for version, sql in MIGRATIONS[:migrations]:
        db.executescript(sql)
        db.execute(APPLIED, (version, 1))
    fill(db)
    db.commit()
    db.close()
    return path


def person(db, id, name, token):
    db.execute("INSERT INTO users (id, name, access_token, avatar_url,"
               " api_token) VALUES (?, ?, ?, '', ?)",
               (id, name, GITHUB_TOKEN, token))


def deployment(db, id, user, state="successful", created="2016-02-03 "
               "04:05:06.5+01:00", comment="a comment", target="production"):
    db.execute("INSERT INTO deployments (id, user_id, application_name,"
               " target_name, commit_sha, comment, state, created_at, branch)"
               " VALUES (?, ?, 'shop', ?, ?, ?, ?, ?, 'main')",
               (id, user, target, SHA, comment, state, created))


def entry(db, deployment, kind, message, time, origin="applikatoni"):
    db.execute("INSERT INTO log_entries (deployment_id, entry_type, origin,"
               " message, timestamp, created_at) VALUES (?, ?, ?, ?, ?, ?)",
               (deployment, kind, origin, message, time, time))


def lines(n):
    """A database with so many lines, which takes a while."""
    def fill(db):
        person(db, 1, "alice", TOKEN)
        deployment(db, 1, 1)
        db.executemany(
            "INSERT INTO log_entries (deployment_id, entry_type, origin,"
            " message, timestamp) VALUES (1, 'COMMAND_STDOUT_OUTPUT',"
            " 'web1:22', ?, ?)",
            (("line %d of the output of a command" % i,
              "2016-01-02 03:%02d:%02d.%06d+00:00" % (
                  i // 60000000, i // 1000000 % 60, i % 1000000))
             for i in range(n)))
    return fill


def start(path=old, *args):
    return subprocess.Popen([DAEMON, "-B", PROGRAMS, "-f", lab.conf_path,
                             *args, "-i", path], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def imported(path=old):
    p = start(path)
    out = p.communicate(timeout=120)[0]
    return p.returncode, out


def refused(sentence, what, path=old):
    before = picture(path)
    status, out = imported(path)
    ok(status == 1 and sentence in out and "Traceback" not in out,
       what + " is refused")
    if sentence not in out:
        note(out)
    ok(picture(path) == before, "and stays as it is")


def picture(path):
    """What shows whether somebody touched a file, or put one beside it."""
    def look(name):
        if not os.path.isfile(name):
            return None
        st = os.stat(name)
        with open(name, "rb") as f:
            return st.st_mtime_ns, st.st_size, hash(f.read())
    return [(n, look(n)) for n in sorted(glob.glob(path + "*"))]


def forget():
    shutil.rmtree(lab.dir + "/db", ignore_errors=True)


def in_store(needle):
    found = []
    for dir, _, names in os.walk(lab.dir + "/db"):
        for name in names:
            with open(dir + "/" + name, "rb") as f:
                if needle.encode() in f.read():
                    found.append(name)
    return found


def count(table):
    """Rows of the store, as SQLite sees it: a journal left over is undone."""
    db = sqlite3.connect(lab.dir + "/db/applikatoni.db")
    try:
        return db.execute("SELECT count(*) FROM " + table).fetchone()[0]
    finally:
        db.close()
        for name in glob.glob(lab.dir + "/db/*"):
            os.chown(name, *pwd.getpwnam("_apengine")[2:4])


# ---- all of a database


def everything(db):
    person(db, 11, "alice", TOKEN)
    person(db, 12, "bob", None)
    person(db, 13, "carol", "")
    person(db, 14, "dave", "11111111-9dad-11d1-80b4-00c04fd430c8")
    person(db, 15, "Dave", "22222222-9dad-11d1-80b4-00c04fd430c8")
    person(db, 16, "not a login", "")
    deployment(db, 3, 11, comment="first \u00fc")
    deployment(db, 4, 12, "failed")
    deployment(db, 7, 12, "active")
    deployment(db, 8, 99, "new", target="staging")
    deployment(db, 9, None, created=1454468706)
    t = "2016-02-03 04:05:%s+01:00"
    entry(db, 3, "DEPLOYMENT_START", "deployment_id=3", t % "06.5")
    entry(db, 3, "COMMAND_STDOUT_OUTPUT", "later", t % "09.000000001",
          "web1:22")
    entry(db, 4, "DEPLOYMENT_START", "deployment_id=4", t % "06.5")
    entry(db, 3, "COMMAND_STDERR_OUTPUT", "earlier", t % "08.25", "web1:22")
    entry(db, 3, "DEPLOYMENT_SUCCESS", "deployment_id=3", t % "10")
    entry(db, 4, "DEPLOYMENT_FAIL", "deployment_id=4, err=no", t % "08")
    entry(db, 7, "DEPLOYMENT_START", "deployment_id=7", t % "06.5")
    entry(db, 7, "COMMAND_STDOUT_OUTPUT", "x" * 150000, t % "07", "web1:22")
    entry(db, 7, "COMMAND_STDOUT_OUTPUT", "", "no time", "bad origin")
    entry(db, 77, "DEPLOYMENT_START", "of no deployment", t % "06.5")
    # one that was removed: its number is not given again
    deployment(db, 41, 11)
    db.execute("DELETE FROM deployments WHERE id = 41")


make(old, fill=everything)
before = picture(old)
status, out = imported()
same(status, 0, "a database is imported")
for line in ("people: 6", "API tokens: 3", "deployments: 5", "log entries: 9"):
    ok(line in out, "it says %s" % line)
ok("of no deployment" in out and "count=1" in out, "and what was left out")
ok(out.count("person without a login") == 3, "and whose login is taken or none")
if status != 0:
    note(out)
ok(picture(old) == before, "the old file is what it was")
for name, secret in (("API token", TOKEN), ("GitHub token", GITHUB_TOKEN)):
    same(in_store(secret), [], "no file of the store has the %s" % name)
ok(in_store("earlier"), "though it has the lines")
st = os.stat(lab.dir + "/db/applikatoni.db")
same((st.st_mode & 0o777, st.st_uid), (0o600, pwd.getpwnam("_apengine").pw_uid),
     "the store is the engine's")

lab.start()
lab.tokens[("alice",)] = TOKEN
same(lab.get("/shop", login="alice").status, 200, "the old API token works")
same(lab.get("/shop", token=GITHUB_TOKEN).status, 401, "GitHub's is none")
same(lab.get("/shop", token="22222222-9dad-11d1-80b4-00c04fd430c8").status,
     403, "a name that two have gives nobody anything")
d = lab.deployment(3)
same((d["state"], d["commit_sha"], d["branch"], d["comment"], d["user"]),
     ("successful", SHA, "main", "first \u00fc", "alice"),
     "a deployment is what it was")
same(d["created_at"], "2016-02-03T03:05:06.500Z", "and when it was")
same([e["message"] for e in lab.entries(3)],
     ["deployment_id=3", "earlier", "later", "deployment_id=3"],
     "its lines are in the order that was shown")
same([(e["id"], e["timestamp"]) for e in lab.entries(3)][1:3],
     [(2, "2016-02-03T03:05:08.250000000Z"),
      (3, "2016-02-03T03:05:09.000000001Z")], "with their times")
same([e["entry_type"] for e in lab.entries(4)],
     ["DEPLOYMENT_START", "DEPLOYMENT_FAIL"], "a failed one ends as it did")
same(lab.deployment(7)["state"], "failed", "one that was active has failed")
e = lab.entries(7)
same(types(e)[-1], "DEPLOYMENT_FAIL", "and its log has an end")
same("".join(x["message"] for x in e[1:-2]), "x" * 150000,
     "a long line is there, in pieces")
same((e[-2]["message"], e[-2]["origin"], e[-2]["timestamp"]),
     ("", "unknown", e[-3]["timestamp"]),
     "a line without a time has that of the one before it")
same(types(lab.entries(8)), ["DEPLOYMENT_FAIL"],
     "one that was new has failed, also without any line")
same((lab.deployment(8)["user"], lab.deployment(9)["user"]),
     ("(github 99)", "(unknown)"), "those of unknown people are there")
same(lab.deployment(9)["created_at"], "2016-02-03T03:05:06.000Z",
     "a time in seconds is understood")
same(lab.run(stages=["ONE"])[0]["id"], 42, "the next number goes on")
same(lab.stop(), 0, "the daemon stops")
status, out = imported()
ok(status == 1 and "has people or deployments already" in out and
   "nothing has been imported" in out, "a store that is not empty is refused")
same(count("deployments"), 6, "and left alone")

# ---- each schema that there was

for n in range(1, 6):
    def some(db):
        columns = "" if n < 4 else ", branch"
        db.execute("INSERT INTO deployments (id, user_id, application_name,"
                   " target_name, commit_sha, comment, state, created_at%s)"
                   " VALUES (5, 1, 'shop', 'production', ?, '', 'successful',"
                   " '2016-01-01 00:00:00'%s)" % (columns, ", 'b'" if columns
                                                 else ""), (SHA,))
        if n >= 2:
            entry(db, 5, "DEPLOYMENT_SUCCESS", "", "2016-01-01 00:00:00")
        if n >= 3:
            db.execute("INSERT INTO users (id, name) VALUES (1, 'alice')")
    forget()
    make(old, n, some)
    status, out = imported()
    same((status, count("deployments"), count("entries"), count("users")),
         (0, 1, n >= 2, 1), "the schema after %d migrations is imported" % n)
    if status != 0:
        note(out)

# ---- what is refused

forget()
make(old, 5, lambda db: db.execute(APPLIED, (20160101000000, 1)))
refused("newer than the last one", "a newer schema")
make(old, 5, lambda db: db.execute(APPLIED, (20140101000000, 1)))
refused("none that Applikatoni had", "an unknown schema")
make(old, 0)
refused("nothing to import", "one without tables")
make(old, 5, lambda db: db.executescript("DROP TABLE log_entries"))
refused("no such table", "one without its log")
make(old, 5, lambda db: deployment(db, 1, 1, "odd"))
refused("has the state", "an unknown state")


def odd(db):
    deployment(db, 1, 1)
    entry(db, 1, "ODD", "", "2016-01-01")


make(old, 5, odd)
refused("has the type", "an unknown type of entry")
make(old, 5, lambda db: deployment(db, -1, 1))
refused("has the number -1", "a negative number")
os.unlink(old)
db = sqlite3.connect(old)
db.execute("CREATE TABLE bookmarks (id INTEGER)")
db.commit()
db.close()
refused("not a database of Applikatoni", "another program's database")
shutil.copy(lab.dir + "/etc/known_hosts", old)
refused("not an SQLite database", "another kind of file")
with open(old, "wb"):
    pass
refused("it is empty", "an empty file")
make(old, 5, lines(3000))
with open(old, "r+b") as f:
    f.seek(8192)
    f.write(random.Random(1).randbytes(4096))
refused("it is damaged", "a damaged one")
with open(old, "r+b") as f:
    f.truncate(20000)
refused("", "one that was cut off")
refused("No such file", "a file that is not there", lab.dir + "/none.db")
refused("not a regular file", "a directory", lab.dir + "/etc")
os.mkfifo(lab.dir + "/fifo")
refused("not a regular file", "a fifo", lab.dir + "/fifo")

make(old, 5, lines(10))
hold = ("import sqlite3, os, signal, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1')\n"
        "db.execute(sys.argv[2])\n"
        "db.execute('UPDATE log_entries SET message = hex(zeroblob(5000))')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n")


def holder(begin):
    p = subprocess.Popen([sys.executable, "-c", hold, old, begin],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    return p


p = holder("BEGIN IMMEDIATE")
refused("another program is writing it", "one that is being written")
p.kill()
p.wait()
ok(os.path.getsize(old + "-journal") > 0, "an interrupted writer leaves a "
   "journal")
refused("-journal is beside it", "one with a hot journal")
os.unlink(old + "-journal")
make(old, 5, lines(10))
db = sqlite3.connect(old, isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("UPDATE users SET name = 'other'")
refused("-wal is beside it", "one with a log of changes")
db.execute("PRAGMA journal_mode = DELETE")
db.close()
os.symlink(old + "-wal", old + "-wal")
refused("-wal is beside it: Too many", "one whose log can't be looked at")
os.unlink(old + "-wal")
same(imported()[0], 0, "the same, closed, is imported")
forget()

# ---- a small disk

make(old, 5, lines(100000))
os.mkdir(lab.dir + "/db", 0o700)
engine = pwd.getpwnam("_apengine")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6M,mode=0700,uid=%d,gid=%d"
                % (engine.pw_uid, engine.pw_gid), "tmpfs", lab.dir + "/db"],
               check=True)
atexit.register(subprocess.run, ["umount", "-q", "-l", lab.dir + "/db"],
                stderr=subprocess.DEVNULL)
refused("MB are free", "too little space")
same((count("users"), count("entries")), (0, 0), "the store is empty")
subprocess.run(["umount", lab.dir + "/db"], check=True)
forget()

# ---- interruptions

make(old, 5, lines(400000))
before = picture(old)


def interrupt(how, what, wanted=1):
    """At a moment when lines are in the store's file already: the engine is
    held there."""
    p = start(old)
    wait_for("lines in the file", lambda: p.poll() is not None or
             size_of("applikatoni.db") > 1 << 20)
    engine = engine_of(p)
    os.kill(engine, signal.SIGSTOP)
    if size_of("applikatoni.db-journal") == 0:
        raise RuntimeError("the import was over too early")
    how(p)
    try:
        os.kill(engine, signal.SIGCONT)
    except ProcessLookupError:
        pass
    out = p.communicate(timeout=60)[0]
    same(p.returncode, wanted, what)
    wait_for("the engine's end", lambda: not [
        n for n in glob.glob("/proc/[0-9]*/cwd") if link(n) == lab.dir + "/db"])
    same(in_store(TOKEN) + in_store(GITHUB_TOKEN), [], "leaves no token")
    same((count("users"), count("deployments"), count("entries")), (0, 0, 0),
         "and an empty store")
    return out


def size_of(name):
    try:
        return os.path.getsize(lab.dir + "/db/" + name)
    except FileNotFoundError:
        return 0


def link(name):
    try:
        return os.readlink(name)
    except OSError:
        return None


def engine_of(p):
    return wait_for("the engine", lambda: [
        c for c in children_of(p.pid) if comm(c) == "engine"])[-1]


out = interrupt(lambda p: p.send_signal(signal.SIGINT), "^C ends it")
ok("interrupted" in out and "nothing has been imported" in out, "with a word")
interrupt(lambda p: p.send_signal(signal.SIGTERM), "so does SIGTERM")
out = interrupt(lambda p: os.kill(engine_of(p), signal.SIGKILL),
                "a killed engine")
ok("signal 9" in out, "is told of")
interrupt(lambda p: p.kill(), "a killed parent", -signal.SIGKILL)
out = interrupt(lambda p: os.utime(old), "a file that changes meanwhile")
ok("it has changed meanwhile" in out, "is told of")
os.utime(old, ns=(before[0][1][0], before[0][1][0]))
lab.start()
same(len(lab.ctl("user", "list").stdout.splitlines()), 1,
     "the daemon starts on such a store")
ok("another daemon is using it" in imported()[1], "while it runs, nothing can "
   "be imported")
same(lab.stop(), 0, "it stops")
status, out = imported()
same((status, count("entries")), (0, 400000), "then all can be imported")
ok(picture(old) == before, "and the old file is what it was")
forget()

# ---- what else can be wrong

r = subprocess.run([DAEMON, "-B", PROGRAMS, "-n", "-i", old], text=True,
                   capture_output=True)
ok(r.returncode == 1 and "usage" in r.stderr, "-i and -n are not for one run")
with open(lab.conf_path, "a") as f:
    f.write("nonsense\n")
status, out = imported()
ok(status == 1 and "applikatonid.conf:" in out and
   not os.path.exists(lab.dir + "/db"), "a wrong configuration imports nothing")
done()
