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

"""toni(1) against a real daemon, real hosts and a real git repository: what
it takes on its command line and from .toni.yml, what it refuses and how it
says so, and a deployment followed, resumed and killed."""

import threading

from lab import *
from toni import *

# ---- the command line, as Go's flag package took it

lab = Lab(hosts=2)
one, two = lab.hosts
ROLE = 'set secret Password "hunter22"\nset secret Pin "12"\n' + "\n".join(
    "script %s {\n%s\n}" % (stage, "\n".join(map(quote, lines)))
    for stage, lines in {
        "ONE": ["echo {{.CommitSha}} >>$DIR/ran; touch $LAB/$HOST.ONE",
                "echo login with {{.Password}} # {{.Pin}}"],
        "TWO": ["cat $LAB/print 2>/dev/null; true",
                "while test -e $LAB/hold; do sleep 0.05; done"],
        "THREE": ["echo three >&2; test ! -e $LAB/fail"]}.items())
lab.configure(lab.application(
    lab.target("production", {"web": ROLE, "db": {"TWO": ["echo db"]}},
               hosts=[(one, ["web"]), (two, ["web"])],
               default_stages=["ONE", "THREE"]),
    lab.target("staging", {"web": {"ONE": ["true"]}}, stages=["ONE"],
               deployers=["carol"]),
    readers=["bob"]), lab.application(name="other", readers=["mallory"]))
lab.start()
repo = Repo(lab, lab.dir + "/work")
toni = repo.toni
sha = repo.head()

r = toni("-v")
same((r.status, r.err), (0, ""), "-v prints the version")
ok(re.fullmatch(r"\d+\.\d+\.\d+\n", r.out), "and only that, as a number")
for form in ("-h", "-help", "--help", "--h", "-h=true"):
    r = toni(form)
    ok(r.status == 0 and "usage: toni" in r.out and ".toni.yml" in r.out and
       r.err == "", "%s prints the help" % form)

plan = toni("-n", "-j", "-t", "production")
same(plan.status, 0, "-n -j -t production is understood")
for args in (["-n", "-j", "-t=production"], ["-n", "-j", "--t=production"],
             ["--n", "--j", "--t", "production"],
             ["-n=true", "-j=T", "-t", "production"],
             ["-n=1", "-j=TRUE", "-t", "production"],
             ["-n=t", "-j=True", "-t", "production", "-d=false"],
             ["-n", "-j", "-d=0", "-l=F", "-q=f", "-t", "production"],
             ["-d", "-d=false", "-n", "-j", "-t", "production"],
             ["-n", "-j", "-t", "none", "-t", "production"],
             ["-n", "-j", "-t", "production", "--"],
             ["-n", "-j", "-t", "production", "-v=false", "-h=FALSE"]):
    r = toni(*args)
    same((r.status, r.out), (0, plan.out), "so is " + " ".join(args))
for args, said in (
        (["-x"], "there is no option -x"),
        (["-tproduction"], "there is no option -tproduction"),
        (["--target", "x"], "there is no option -target"),
        (["-nj"], "there is no option -nj"),
        (["-t"], "-t needs an argument"),
        (["-m"], "-m needs an argument"),
        (["---t", "x"], "this is no option: ---t"),
        (["-=x"], "this is no option: -=x"),
        (["--=x"], "this is no option: --=x"),
        (["-d=maybe"], '-d is true or false, not "maybe"'),
        (["-d="], '-d is true or false, not ""'),
        (["-d=tRUE"], '-d is true or false, not "tRUE"'),
        (["-t", "production", "-m", "two", "words"],
         'unexpected argument "words"'),
        (["-t", "production", "-d", "true"], 'unexpected argument "true"'),
        (["--", "-n"], 'unexpected argument "-n"'),
        (["-"], 'unexpected argument "-"'),
        (["-d", "-n"], "only one of -d, -k, -l, -n and -w"),
        (["-w", "1", "-k=1"], "only one of -d, -k, -l, -n and -w"),
        (["-q", "-j"], "-q and -j can't be given together"),
        (["-w", "one"], '-w needs the number of a deployment, not "one"'),
        (["-k="], '-k needs the number of a deployment, not ""'),
        (["-w", "0"], '-w needs the number of a deployment, not "0"'),
        (["-w", "-1"], '-w needs the number of a deployment, not "-1"')):
    r = toni(*args)
    ok(r.status == 2 and r.out == "" and r.err.startswith("toni: " + said) and
       "usage: toni" in r.err, "%s: %s" % (" ".join(args), said))
r = toni("-m", "x")
same((r.status, r.err), (2, "toni: no target specified: use -t\n\n"
                         "Targets configured in .toni.yml:\n"
                         "production\nstaging\n"),
     "without -t it says which targets there are")
r = toni("-t", "test", "-m", "x")
same((r.status, r.err), (1, 'toni: target "test" not found in .toni.yml\n\n'
                         "Targets configured in .toni.yml:\n"
                         "production\nstaging\n"),
     "also for one that is not there")
r = toni("-t", "production")
same((r.status, r.err), (2, "toni: no comment specified: use -m\n"),
     "a deployment needs a comment")

# ---- .toni.yml

for text, said in WRONG:
    repo.write(text)
    r = toni("-l")
    ok(r.status == 1 and r.out == "" and said in r.err,
       ".toni.yml: " + said.strip(": "))
    if said not in r.err:
        note(repr(text) + "\n" + r.err)
for text, name in RIGHT:
    repo.write(text % {"host": lab.url, "token": lab.token("alice")})
    r = toni("-l")
    same((r.status, r.err), (0, ""), ".toni.yml may have " + name)
repo.write(repo.right + "stage: x\napi_tokne:\n  - [a, {b: c}]\n")
r = toni("-l")
path = repo.dir + "/.toni.yml"
line = repo.right.count("\n") + 1
same((r.status, r.err),
     (0, "toni: warning: %s:%d:1: stage means nothing here: it is ignored\n"
      "toni: warning: %s:%d:1: api_tokne means nothing here: it is ignored\n"
      % (path, line, path, line + 1)), "a key that means nothing is said")
for kind, make, said in (
        ("a directory", os.mkdir, "is no regular file"),
        ("a pipe", os.mkfifo, "is no regular file"),
        ("a link to nothing", lambda p: os.symlink("none", p),
         "No such file or directory")):
    os.unlink(path)
    make(path)
    r = toni("-l")
    ok(r.status == 1 and r.err.startswith("toni: " + path) and said in r.err,
       "%s in its place is refused" % kind)
    (os.rmdir if kind == "a directory" else os.unlink)(path)
    repo.write()

below = repo.dir + "/a/b"
os.makedirs(below)
same(toni("-l", cwd=below).status, 0, "it is found above, in the work tree")
open(repo.dir + "/a/.toni.yml", "w").close()
os.chmod(repo.dir + "/a/.toni.yml", 0o600)
r = toni("-l", cwd=below)
ok(r.status == 1 and "/a/.toni.yml: host is missing" in r.err,
   "the nearest one counts")
os.unlink(repo.dir + "/a/.toni.yml")
inner = Repo(lab, repo.dir + "/inner")
os.unlink(inner.dir + "/.toni.yml")
r = inner.toni("-l")
same((r.status, r.err.splitlines()[0]),
     (1, "toni: there is no .toni.yml in " + inner.dir),
     "but not above the top of the work tree")
os.mkdir(inner.dir + "/sub")
r = inner.toni("-l", cwd=inner.dir + "/sub")
same((r.status, r.err.splitlines()[0]),
     (1, "toni: there is no .toni.yml in %s/sub, nor above it in the git work "
      "tree" % inner.dir), "as it says")
ok("/APP/toni" in r.err, "and where one gets one")
outside = lab.dir + "/outside"
os.makedirs(outside + "/below")
shutil.copy(path, outside + "/.toni.yml")
same((toni("-l", cwd=outside).status, toni("-l", cwd=outside + "/below").status),
     (0, 1), "without git it is the current directory's only")

os.chmod(path, 0o640)
r = toni("-l")
same((r.status, r.err), (0, "toni: warning: %s holds an API token and others "
                         "can read it: chmod 600 it\n" % path),
     "one that others can read is warned about")
os.chmod(path, 0o600)
repo.git("add", "-f", ".toni.yml")
r = toni("-l", cwd=below)
ok(r.status == 0 and r.err.startswith(
    "toni: warning: %s holds an API token and git tracks it" % path),
   "and one that git tracks")
repo.git("rm", "-q", "--cached", ".toni.yml")

# ---- git

os.path.exists(one.path("ran")) and os.unlink(one.path("ran"))
repo.commit("two")
r = toni("-t", "production", "-m", "x")
same((r.status, r.out, r.err.splitlines()[0]),
     (1, "", "toni: %s has not been pushed to a remote" % repo.head()),
     "a commit that is not pushed is refused")
same(toni("-d", "-t", "production").status, 1, "also for a dry run")
r = toni("-t", "production", "-m", "x", "-c", sha, "-q")
same((r.status, r.err.splitlines()[:2]),
     (0, ["toni: warning: these commits have not been pushed:",
          "+ %s two" % repo.head()]),
     "another one goes out, and those that are not pushed are named")
same(one.read("ran"), sha + "\n", "it is the one of -c")
repo.git("push", "-q", "origin", "HEAD:refs/heads/feature")
r = toni("-t", "production", "-m", "x", "-q")
same((r.status, one.read("ran").split()), (0, [sha, repo.head()]),
     "one that is on any branch of a remote is pushed")
repo.git("push", "-q")
d = lab.deployment(2)
same((d["branch"], d["commit_sha"], d["comment"], d["target"], d["stages"]),
     ("main", repo.head(), "x", "production", ["ONE", "TWO", "THREE"]),
     "branch and commit are those of the work tree, the stages .toni.yml's")
toni("-t", "production", "-m", "Öl & more = 1+1", "-c", sha[:10], "-b",
     "a/b", "-q", check=True)
d = lab.deployment(3)
same((d["branch"], d["commit_sha"], d["comment"]),
     ("a/b", sha, "Öl & more = 1+1"), "-b, -m and a short -c arrive as given")
r = toni("-t", "production", "-m", "x", "-c", "none")
ok(r.status == 1 and r.err.startswith("toni: the commit \""),
   "one that git does not know is refused")
r = toni("-t", "production", "-m", "x", "-c", "--exec=x")
ok(r.status == 1 and r.err.startswith("toni: the commit \""),
   "and one that looks like an option")
stranger = "f" * 40
toni("-t", "production", "-m", "x", "-c", stranger, "-q", check=True)
same(lab.deployment(4)["commit_sha"], stranger,
     "one that is not here at all is left to the hosts")
repo.git("checkout", "-q", "--detach")
r = toni("-t", "production", "-m", "x")
ok(r.status == 1 and r.err.startswith("toni: the current branch is not known")
   and "Name the branch with -b." in r.err,
   "without a branch it asks for one")
same(toni("-t", "production", "-m", "x", "-b", "main", "-q").status, 0,
     "with -b that is well")
repo.git("checkout", "-q", "main")
r = toni("-t", "production", "-m", "x", cwd=outside)
ok(r.status == 1 and "the current branch is not known" in r.err,
   "outside of git nothing is guessed")
same(toni("-t", "production", "-m", "x", "-b", "main", "-c", sha, "-q",
          cwd=outside).status, 0, "but all of it can be said")
r = toni("-t", "production", "-m", "x", env={"PATH": "/nonexistent"})
ok(r.status == 1 and "git can't be run" in r.err, "without git it says so")

# ---- git that misbehaves, and what looks like a shell's

bad = lab.dir + "/bad"
os.mkdir(bad)
with open(bad + "/git", "w") as f:
    f.write("#!/bin/sh\n[ $1 = cherry ] || exec %s \"$@\"\nexec yes '+ x'\n"
            % shutil.which("git"))
os.chmod(bad + "/git", 0o755)
r = toni("-t", "production", "-m", "$(touch %s/x); `touch %s/x`" % (
    lab.dir, lab.dir), "-q", env={"PATH": bad + ":" + os.environ["PATH"]})
ok(r.status == 0 and len(r.err) < 128 * 1024 and
   r.err.endswith("(and more)\n"), "git's output is bounded")
ok(not os.path.exists(lab.dir + "/x"), "no shell sees a comment")

# ---- a deployment

r = toni("-t", "production", "-m", "a release")
same((r.status, r.err), (0, ""), "a deployment that succeeds ends with 0")
id = lab.ctl_json("deployments")["deployments"][0]["id"]
d, entries = lab.finish(id)
head = r.out.split("\n\n")
same(head[:3], ["Creating deployment...", """\
	host            = %s
	application     = shop
	target          = production
	sha             = %s
	branch          = main
	comment         = a release
	stages          = ONE, TWO, THREE""" % (lab.url, repo.head()),
    "Successfully created deployment %d. Streaming logs..." % id],
    "it says what it does, as the original did")
lines = [re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "", line)
         for line in "\n\n".join(head[3:]).splitlines()]
same(lines, [shown(e) for e in entries], "then every entry, a line each")
ok("\033" not in r.out, "without colours where it is no terminal")
ok("hunter22" not in r.out and "login with ***" in r.out, "and no secret")
open(lab.shared + "/fail", "w").close()
r = toni("-t", "production", "-m", "x", "-q")
os.unlink(lab.shared + "/fail")
id += 1
same((r.status, r.out, r.err), (
    1, "", "toni: deployment %d failed: Execution of stage THREE failed\n"
    % id), "one that fails ends with 1 and the reason, -q or not")
r = toni("-t", "production", "-m", "x", "-j")
id += 1
same((r.status, r.err, r.out), (0, "", lab.get(
    "/shop/deployments/%d/log" % id, "alice").text),
    "-j prints the server's entries and nothing else")

# ---- as an ordinary user

os.chmod(lab.dir, 0o755)
mine = Repo(lab, lab.dir + "/mine")
subprocess.run(["chown", "-R", lab.user, mine.dir], check=True)
r = mine.toni("-t", "production", "-m", "x", "-q", user=lab.user,
              env={"HOME": "/nonexistent"})
same((r.status, r.err), (0, ""), "an ordinary user can deploy")
id += 1

# ---- what else it does

r = toni("-l")
rows = r.out.splitlines()
same((r.status, rows[0].split()), (0, "ID TARGET STATE USER CREATED COMMIT "
                                   "BRANCH COMMENT".split()),
     "-l lists the last deployments")
ok(len(rows) == id + 1 and re.match(
    r"%d +production +successful +alice +\d{4}-\d\d-\d\d \d\d:\d\d +%s +main "
    r" +x$" % (id, mine.head()[:10]), rows[1]), "the newest first")
same(toni("-l", "-t", "staging").out, "There are no deployments.\n",
     "with -t those of one target")
r = toni("-l", "-j")
same([json.loads(line) for line in r.out.splitlines()],
     lab.get("/shop/deployments", "alice").json["deployments"],
     "-l -j prints an object a line")
failed = id - 2
r = toni("-w", str(failed))
ok(r.status == 1 and "DEPLOYMENT FAILED" in r.out and
   r.err == "toni: deployment %d failed: Execution of stage THREE failed\n"
   % failed, "-w shows one that has ended, with its exit status")
same(toni("-w=%d" % id, "-q").status, 0, "0 for one that succeeded")
r = toni("-w", "9999")
same((r.status, r.err), (1, "toni: deployment not found (status 404)\n"),
     "there must be one")
r = toni("-d", "-t", "production")
ok(r.status == 1 and "Dry run. Showing diff..." in r.out and r.err ==
   "toni: the server can't show the commits: GitHub is not configured\n"
   "That needs GitHub; -n shows the commands instead.\n",
   "-d says when the server has no GitHub")
hold = lab.shared + "/hold"
open(hold, "w").close()
busy = toni.start("-t", "production", "-m", "busy")
wait_for("the deployment", lambda: "deployment %d" % (id + 1) in
         busy.so_far())
id += 1
r = toni("-t", "production", "-m", "x")
same((r.status, r.err), (
    1, "toni: another deployment of this target is running (number %d): "
    "alice is deploying %s to production (status 409)\n"
    % (id, repo.head()[:10])), "while one runs, the next is told who deploys "
    "what")
same(lab.ctl_json("deployments")["deployments"][0]["id"], id,
     "and does not begin")
p = wait_for("the progress", lambda: lab.deployment(id)["progress"])
same(sorted(p), ["connected", "done", "failed", "hosts", "stage"],
     "the server says how far it is")
r = toni("-k", str(id))
same((r.status, r.out), (0, "Deployment %d is being killed.\n" % id),
     "-k kills")
r = busy.finish()
same((r.status, r.err), (1, "toni: deployment %d failed: killed by alice\n"
                         % id), "which who follows it is told")
same(lab.deployment(id)["progress"], None, "then there is no progress")
r = toni("-k", str(id))
same((r.status, r.err), (1, "toni: this deployment has ended (status 409)\n"),
     "once")
os.unlink(hold)

# ---- the plan

for host in (one, two):
    for name in ("ran",):
        os.unlink(host.path(name))
for name in ("host1.ONE", "host2.ONE"):
    os.unlink(lab.shared + "/" + name)
r = toni("-n", "-t", "production")
same((r.status, r.err), (0, ""), "-n shows the commands")
same(r.out, "\n".join("""\
%s
  ONE (web)
    $ echo %s >>$DIR/ran; touch $LAB/$HOST.ONE
    $ echo login with *** # ***
  TWO (web)
    $ cat $LAB/print 2>/dev/null; true
    $ while test -e $LAB/hold; do sleep 0.05; done
  THREE (web)
    $ echo three >&2; test ! -e $LAB/fail
""" % (h.origin, repo.head()) for h in (one, two)), "host by host")
same((one.read("ran"), os.path.exists(lab.shared + "/host1.ONE")),
     (None, False), "and runs none of them")
query = "/shop/plan?target=production&sha=" + sha
p = lab.get(query, "alice")
same((p.status, p.json["stages"], p.json["commit_sha"], p.json["hosts"]),
     (200, ["ONE", "THREE"], sha, [{"origin": h.origin, "roles": ["web"]}
                                   for h in (one, two)]),
     "the server takes the default stages")
ok("hunter22" not in p.text, "no secret is in its answer")
for login, token, status, what in (
        ("bob", None, 403, "a reader"),
        (None, lab.token("alice", "-r", "read"), 403, "a token for reading"),
        (None, lab.token("alice", "-a", "shop", "-t", "staging"), 403,
         "a token for another target"),
        ("mallory", None, 403, "a reader of another application"),
        (None, "x" * 43, 401, "a wrong token"),
        (None, None, 401, "nobody")):
    q = lab.get(query, login, token=token)
    ok(q.status == status and "echo" not in q.text,
       "%s gets no plan" % what)
same(lab.get(query, token=lab.token("alice", "-t", "production", "-a",
                                    "shop")).status, 200,
     "a token for this target does")
for more, status in (("&stages%5B%5D=TWO", 200), ("&stages%5B%5D=NONE", 422),
                     ("&stages%5B%5D=TWO&stages%5B%5D=ONE", 422),
                     ("&target=staging", 400), ("&sha=x", 400)):
    same(lab.get(query + more, "alice").status, status,
         "a plan with %s: %d" % (more, status))
same([lab.get(path, "alice").status for path in (
    "/shop/plan?target=none&sha=" + sha, "/none/plan?target=x&sha=" + sha,
    "/shop/plan?target=production&sha=x", "/shop/plan?target=production")],
    [404, 404, 422, 422], "and what is not there is no plan")
same(lab.request("POST", query, "alice").status, 405, "it is no change")

executor = lab.pid("executor")
os.kill(executor, signal.SIGSTOP)
asked = lab.log().count('path="/shop/plan"')
answers = []
thread = threading.Thread(target=lambda: answers.append(
    lab.get(query, "alice")))
thread.start()
wait_for("the question", lambda: lab.log().count('path="/shop/plan"') > asked)
same(lab.get(query, "alice").status, 429, "a person has one plan at a time")
os.kill(executor, signal.SIGKILL)
thread.join()
ok(answers[0].status == 503 and
   "the executor is starting again" in answers[0].text,
   "an executor that dies does not leave anybody waiting")
wait_for("the executor", lambda: lab.get(query, "alice").status == 200)

# ---- servers that refuse, lie or are not there

with repo.changed(api_token="x" * 43):
    r = toni("-t", "production", "-m", "x")
    ok(r.status == 1 and r.err == "toni: the server does not accept the API "
       "token: wrong API token\nMake a new one at %s/-/tokens, for "
       "api_token in .toni.yml.\n" % lab.url, "a wrong token is said")
with repo.changed(api_token=lab.token("bob")):
    r = toni("-t", "production", "-m", "x")
    same((r.status, r.err), (1, "toni: not authorized to deploy to this target"
                             " (status 403)\n"), "who may not deploy is told")
with repo.changed(application="shoppe"):
    r = toni("-l")
    same((r.status, r.err), (1, 'toni: the server has no application "shoppe"'
                             "\nIs application in .toni.yml right?\n"),
         "an application that is not there is said")
with repo.changed(application="/shop/"):
    same(toni("-l").status, 0, "slashes around its name were always allowed")
repo.write(repo.right + "  moon:\n    - ONE\n")
r = toni("-t", "moon", "-m", "x")
repo.write()
same((r.status, r.err), (1, 'toni: the server has no target "moon"\nIt has:\n'
                         "production\nstaging\n"),
     "a target that only .toni.yml has: which the server has")
with repo.changed(host=lab.url + "/some/where?x=y#z"):
    same(toni("-l").status, 0, "a path behind the server's name means nothing")
with repo.changed(host="http://localhost:%d" % lab.port):
    r = toni("-l")
    ok(r.status == 1 and "this server has another name\nhost in .toni.yml must"
       in r.err, "another name of the server is refused and explained")
with repo.changed(host="http://127.0.0.1:%d" % free_port()):
    r = toni("-t", "production", "-m", "x")
    ok(r.status == 1 and re.search(
        r"toni: can't reach the server at http://127\.0\.0\.1:\d+: .*connect"
        r".*\nIs host in \.toni\.yml right", r.err),
       "a server that is not there is said")
    r = toni("-w", "1")
    ok(r.status == 1 and r.err.startswith("toni: can't reach the server at"),
       "also to who wants to watch, at once")
with repo.changed(host="http://nowhere.invalid"):
    r = toni("-l")
    ok(r.status == 1 and "can't reach the server at http://nowhere.invalid: "
       "Could not resolve host" in r.err, "so is a name that is not there")
with repo.changed(host="http://user:geheim@127.0.0.1:%d" % free_port()):
    r = toni("-l")
    ok(r.status == 1 and "geheim" not in r.err,
       "a password in the address is not printed")

COMMITS = [{"sha": SHA, "author": {"login": "alice"}, "commit": {
    "message": "a change\n\nand why", "committer": {
        "date": "2026-01-31T12:00:00Z"}}},
    {"sha": "f" * 40, "author": None, "commit": {
        "message": "an\033[2Jother", "author": {"name": "Bob B."},
        "committer": {"date": "2026-02-01T00:00:00Z"}}}]
diff = json.dumps({"ahead_by": 2, "behind_by": 1, "status": "diverged",
                   "commits": COMMITS}).encode()
with Server(lambda c: c.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + diff)) as s, \
        repo.changed(host=s.url):
    r = toni("-d", "-t", "production", "-m", "x")
    ok(r.status == 0 and r.out.startswith(
        "Dry run. Showing diff...\n\n\thost            = " + s.url) and
       r.out.endswith("""

Ahead: 2 Commits, Behind: 1 Commits
Commits that will be deployed:
* 012345   31 Jan 2026 12:00 UTC   alice           a change
* ffffff   01 Feb 2026 00:00 UTC   Bob B.          an\033[2Jother
"""), "-d shows the commits of a server that knows them")
    same(s.requests[0].split(b" ")[:2], [b"GET", (
        "/shop/diff?target=production&sha=" + repo.head()).encode()],
        "as the original asked for them")
    same(json.loads(toni("-d", "-j", "-t", "production").out)["commits"],
         COMMITS, "-d -j as they come")
    t = toni.terminal("-d", "-t", "production", columns=200).finish()
    ok(t.status == 0 and b"\033[33m012345\033[0m" in t.out and
       b"an^[[2Jother" in t.out, "with colours on a terminal")
with Server(lambda c: c.sendall(b"HTTP/1.1 204 No\r\n\r\n")) as s, \
        repo.changed(host=s.url):
    r = toni("-d", "-t", "production")
    ok(r.status == 0 and r.out.endswith(
        "Nothing has been deployed to this target so far.\n"),
       "or that there is nothing to compare with")

LYING = {
    "closes": (lambda c: c.close(), "whether the deployment runs is not known"),
    "half": (lambda c: c.sendall(b"HTTP/1.1 303 See"),
             "whether the deployment runs is not known"),
    "html": (lambda c: c.sendall(b"HTTP/1.1 502 Bad Gateway\r\nConnection: "
                                 b"close\r\n\r\n<html>no</html>"),
             "the server answered with status 502 (status 502)"),
    "text": (lambda c: c.sendall(b"HTTP/1.1 422 No\r\nConnection: close\r\n"
                                 b"\r\ncomment is \033[31mempty\n"),
             "comment is"),
    "signs": (lambda c: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /oauth2/"
                                  b"authorize\r\nContent-Length: 0\r\n\r\n"),
              "the server does not accept the API token"),
    "nowhere": (lambda c: c.sendall(b"HTTP/1.1 303 See\r\nLocation: /shop/"
                                    b"deployments/x\r\nContent-Length: 0\r\n"
                                    b"\r\n"),
                "does not say which deployment it has started"),
    "elsewhere": (lambda c: c.sendall(
        b"HTTP/1.1 303 See\r\nLocation: http://evil.invalid/x\r\n"
        b"Content-Length: 0\r\n\r\n"),
        "the server does not accept the API token"),
}
for name, (answer, said) in LYING.items():
    with Server(answer) as s, repo.changed(host=s.url):
        r = toni("-t", "production", "-m", "x")
        ok(r.status == 1 and said.lower() in r.err.lower(),
           "a server that %s: %s" % (name, said))
        if said.lower() not in r.err.lower():
            note(r.err)
with Server(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                                b"hello")) as s, repo.changed(host=s.url):
    r = toni("-l")
    ok(r.status == 1 and "the server's answer is no JSON" in r.err,
       "one that is none of ours is said")
    ok(s.requests[0].lower().count(b"x-api-token: ") == 1 and
       b"accept: application/json" in s.requests[0].lower(),
       "the token goes along")
with Server(lambda c: c.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" +
        b'{"x":"' + b"x" * (17 << 20))) as s, repo.changed(host=s.url):
    r = toni("-l")
    ok(r.status == 1 and "the answer is too long" in r.err,
       "an endless answer is cut off")

# ---- proxies and authorities

with Server(lambda c: c.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")) as s:
    with repo.changed(host="http://deploy.invalid"):
        r = toni("-l", env={"http_proxy": s.url})
        same((r.status, s.requests[0].split(b" ")[:2]),
             (0, [b"GET", b"http://deploy.invalid/shop/deployments"]),
             "http_proxy counts")
        n = len(s.requests)
        r = toni("-l", env={"http_proxy": s.url, "no_proxy": "deploy.invalid"})
        same((r.status, len(s.requests)), (1, n), "and so does no_proxy")
certificate = lab.dir + "/certificate.pem"
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", certificate + ".key", "-out", certificate],
               check=True, stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
with Server(lambda c: c.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"),
        certificate) as s, repo.changed(host=s.url):
    r = toni("-l")
    ok(r.status == 1 and "certificate" in r.err,
       "a certificate of nobody's is refused")
    for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        same(toni("-l", env={name: certificate}).status, 0,
             "one of an authority in %s is taken" % name)
    same(toni("-l", env={"CURL_CA_BUNDLE": lab.dir + "/etc/key.pub",
                         "SSL_CERT_FILE": certificate}).status, 1,
         "the first of them counts, as in curl")
done()
