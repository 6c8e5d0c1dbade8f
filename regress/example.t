#!/usr/bin/env python3
#
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

"""A configuration.json as the Go program had them, with all its properties,
deploys once its blanks are filled in: its hosts' names lead to a real
sshd each, on port 22, and its scripts find a git repository where they look
for it.  First alone, with the usual places; then with native lines beside it.

All that is the machine's lies in namespaces of this test: its network, /etc,
/var and /run."""

import json
import os
import sys

if os.environ.get("NAMESPACES") != "own":
    os.environ["NAMESPACES"] = "own"
    if os.system("unshare -m -n true 2>/dev/null") != 0:
        print("1..0 # SKIP no namespaces can be made here")
        sys.exit(0)
    os.execvp("unshare", ["unshare", "-m", "-n", *sys.argv])

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import *

import http.server
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
APP = "parcels"
DIR = "/var/www/" + APP
HOSTS = [(n + ".parcels.example", "127.0.0.%d" % i)
         for i, n in ((2, "web1"), (3, "web2"), (4, "queue1"))]
STAGES = ["CHECK_CONNECTION", "PRE_DEPLOYMENT", "CODE_DEPLOYMENT",
          "MIGRATE_DATABASE", "POST_DEPLOYMENT"]


def sh(script, *args):
    return subprocess.run(["sh", "-ec", script, "sh", *args], check=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True).stdout.strip()


class Example(Lab):
    """Where Host says what the configuration says."""
    host = "deploy.parcels.example"

    def request(self, method, path, login=None, body=None, headers=None,
                **kw):
        if self.host:
            headers = dict(headers or {}, Host=self.host)
        return super().request(method, path, login, body, headers, **kw)


def machine():
    """A machine of our own."""
    sh("""ip link set lo up
        mount -t tmpfs -o mode=755 none /var
        mount -t tmpfs -o mode=755 none /run
        mkdir -p /var/db /var/www /run/sshd /run/etc
        ln -s /run /var/run
        cp -a /etc/. /run/etc
        mount --bind /run/etc /etc
        mkdir -p /etc/applikatoni
        rm -f /etc/applikatoni/*""")
    with open("/etc/hosts", "a") as f:
        for name, address in HOSTS:
            f.write("%s %s\n" % (address, name))


def repository(lab):
    """The commit to deploy, and the one before it that the hosts have."""
    sh("""cd "$1"
        git init -q --bare origin.git
        git init -q work
        cd work
        git config user.name x
        git config user.email x@example.com
        for i in 1 2; do
            echo $i >package.json
            git add .
            git commit -q -m $i
            git push -q ../origin.git HEAD:master
            [ $i = 2 ] || cp -a ../origin.git ../old.git
        done
        chown -R deploy: ../origin.git""", lab.dir)
    return sh('git -C "$1"/work rev-parse HEAD', lab.dir)


def programs(lab):
    """What the scripts call beside git: they say how they were called."""
    os.mkdir(lab.dir + "/bin")
    for name in ("sudo", "npm"):
        path = "%s/bin/%s" % (lab.dir, name)
        with open(path, "w") as f:
            f.write('#!/bin/sh\necho "$PWD $NODE_ENV %s $*" >>"$DIR/calls"\n'
                    % name)
        os.chmod(path, 0o755)


def hosts(lab):
    for name, address in HOSTS:
        www = "%s/www-%s" % (lab.dir, name)
        sh("""mkdir -p "$1"/parcels
            git clone -q "$2"/old.git "$1"/parcels/current
            git -C "$1"/parcels/current remote set-url origin \
                "$2"/origin.git
            chown -R deploy: "$1"
            """, www, lab.dir)
        os.chmod(www, 0o755)
        lab.add_host(name, address=address, port=22, extra=(
            "SetEnv PATH=%s/bin:/usr/bin:/bin HOST=%s DIR=%s/%s/home\n" % (
                lab.dir, name, lab.dir, name)), sshd=(
            "unshare", "-m", "sh", "-c",
            'mount --bind %s /var/www && exec /usr/sbin/sshd "$@"' % www,
            "sh"))


def known_hosts(lab, path):
    with open(path, "w") as f:
        for h in lab.hosts:
            with open(h.dir + "/host_key.pub") as pub:
                f.write("%s %s" % (h.name, pub.read()))


def receiver():
    """Takes webhooks; what came."""
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            came.append(json.loads(self.rfile.read(
                int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/hook" % server.server_address[1], came


def fill(lab, url):
    """The example, with all its blanks filled in and nothing else."""
    with open(HERE + "/example/configuration.json") as f:
        text = f.read()
    with open(lab.dir + "/etc/key") as f:
        key = f.read()
    for blank, value in (
            ("<KEY>", key), ("<DEPLOYER>", "alice"),
            ("<READER>", "bob"),
            ("<URL>", url),
            ("<SLACK>", "https://hooks.slack.com/x"),
            ("<FLOWDOCK>",
             "https://x@api.flowdock.com/flows/a/b/messages")):
        ok(blank in text, "the example has " + blank)
        text = text.replace(json.dumps(blank), json.dumps(value))
    text = re.sub(r"<[A-Z0-9_ ]+>", "0123abcd", text)
    ok(not re.search(r'[<>]', text), "nothing is left to fill in")
    path = lab.dir + "/etc/configuration.json"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(text)
    return path


def deployed(lab, sha, name):
    """A deployment of all stages, and what it did on which host."""
    for h in lab.hosts:
        if os.path.exists(h.path("calls")):
            os.unlink(h.path("calls"))
    d, entries = lab.finish(lab.deploy(
        app=APP, sha=sha, stages=STAGES), app=APP)
    if not ok(d["state"] == "successful", name + ": successful"):
        note("\n".join(json.dumps(e) for e in entries))
    install = (DIR + "/current production npm ci --silent --omit=dev --cache "
               + DIR + "/shared/npm")
    migrate = DIR + " production npm run migrate"
    reload_ = "/tmp  sudo service web reload"
    for h, calls in zip(lab.hosts, (
            [install, migrate, reload_], [install, reload_],
            ["/tmp  sudo service queue stop", install,
             "/tmp  sudo service queue start"])):
        same((h.read("calls") or "").splitlines(), calls,
             "%s: what ran on %s" % (name, h.name))
        same(sh('git -c safe.directory="*" -C "$1" rev-parse HEAD',
                "%s/www-%s/%s/current" % (lab.dir, h.name, APP)), sha,
             "%s: the commit is on %s" % (name, h.name))
    same(sorted({e["origin"] for e in entries}), sorted(
        ["applikatoni"] + [n + ":22" for n, _ in HOSTS]),
        name + ": origins are as the original had them")
    ok("the old version goes on" in messages(
        entries, "COMMAND_STDOUT_OUTPUT"), name + ": the log has the output")


def alone(lab, sha, came):
    lab.socket = "/var/run/applikatonid.sock"
    lab.port = 8080
    lab.start(args=())
    ok("slack_url: Slack is not told of deployments\n" in lab.log(),
       "what is not done is said at the start")
    r = lab.get("/", "alice")
    ok(r.status == 200 and APP in r.text, "it starts, and has a page")
    same(lab.get("/" + APP, "bob").status, 200, "readers can read")
    same(lab.create(app=APP, sha=sha, stages=STAGES, login="bob").status,
         403, "and not deploy")
    d, entries = lab.finish(lab.deploy(app=APP, sha=sha, stages=STAGES),
                            app=APP)
    ok(d["state"] == "failed" and any(
        "/etc/applikatoni/known_hosts" in m for m in messages(entries)),
        "without known hosts a deployment fails, and says which file it is")
    ok(not any(h.read("calls") for h in lab.hosts), "and nothing has run")
    known_hosts(lab, "/etc/applikatoni/known_hosts")
    lab.ctl("reload")
    deployed(lab, sha, "alone")
    wait_for("the webhooks", lambda: len(
        [m for m in came if m["state"] == "successful"]) == 1)
    ok(came[-1]["application"]["github_repo"] == APP,
       "the webhook was told")
    same(lab.stop(), 0, "it stops")


def beside(lab, sha):
    shutil.move("/etc/applikatoni/known_hosts", lab.dir + "/etc/known_hosts")
    lab.host = None
    lab.port = free_port()
    lab.url = "http://127.0.0.1:%d" % lab.port
    lab.socket = lab.dir + "/control.sock"
    lab.tokens.clear()
    lab.conf_path = lab.dir + "/etc/applikatonid.conf"
    lab.configure(more='''include json "configuration.json"
application "%s" {
	target "production" {
		known hosts "known_hosts"
		limit connect 5s
		host queue1.parcels.example fingerprint "%s"
	}
}
''' % (APP, sh("ssh-keygen -lf %s/host_key.pub | cut -d' ' -f2" %
               lab.hosts[2].dir)), known_hosts=False)
    lab.start(args=())
    same(lab.get("/" + APP, "alice").status, 200,
         "the native address is the one")
    deployed(lab, sha, "with native lines")
    same(lab.stop(), 0, "it stops")


machine()
lab = Example(user="deploy")
programs(lab)
sha = repository(lab)
hosts(lab)
url, came = receiver()
lab.conf_path = fill(lab, url)
alone(lab, sha, came)
beside(lab, sha)
done()
