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

"""`applikatonictl hostkeys`: the keys of all hosts, for known hosts, without
authenticating anywhere; and what a deployment says that lacks them."""

from channels import *

lab = Lab(hosts=3)
one, two, three = lab.hosts
keygen(two.dir + "/ecdsa_key", "ecdsa")
two.stop()
two.extra = "HostKey %s/ecdsa_key\n" % two.dir
two.start()


def keyscan(*hosts):
    """The same as OpenSSH sees it."""
    out = []
    for h in hosts:
        out += subprocess.run(
            ["ssh-keyscan", "-t", "ed25519,ecdsa,rsa", "-p", str(h.port),
             h.address], capture_output=True, text=True,
            check=True).stdout.splitlines()
    return sorted(line for line in out if not line.startswith("#"))


roles = {"web": {"ONE": ["echo hello"]}}
lab.configure(
    lab.application(
        lab.target("production", roles, stages=["ONE"],
                   hosts=[(one, ["web"]), (two, ["web"])]),
        lab.target("staging", roles, stages=["ONE"],
                   hosts=[(two, ["web"])])),
    lab.application(lab.target("production", roles, stages=["ONE"],
                               hosts=[(three, ["web"])]), name="blog"),
    known_hosts=False)
known_hosts = lab.dir + "/etc/known_hosts"
with open(known_hosts, "w") as f:
    f.write("[other.example.com]:1 " + one.known_hosts_line().split(None, 1)[1])
lab.start()


def hostkeys(*args):
    r = lab.ctl("hostkeys", *args, check=False)
    return r.returncode, sorted(r.stdout.decode().splitlines()), \
        r.stderr.decode()


d, entries = lab.run(stages=["ONE"])
same(d["state"], "failed", "a deployment to unknown hosts fails")
ok(any("host key not known" in e["message"] and "SHA256:" in e["message"] and
       "applikatonictl hostkeys" in e["message"] for e in entries),
   "and says the fingerprint, and what to do")


def sshd_log(host):
    with open(host.dir + "/sshd.log") as f:
        return f.read()


before = [len(sshd_log(h)) for h in lab.hosts]

same(hostkeys(), (0, keyscan(one, two, three), ""),
     "the keys of all hosts, once each, of every type")
same(hostkeys("blog"), (0, keyscan(three), ""), "those of an application")
same(hostkeys("shop", "staging"), (0, keyscan(two), ""), "those of a target")
rows = [json.loads(line) for line in lab.ctl("-j", "hostkeys",
                                             "blog").stdout.splitlines()]
same([sorted(r) for r in rows], [["host", "known_hosts"]], "as JSON")
same(rows[0]["host"], three.origin, "with the host")
logs = [sshd_log(h)[n:] for h, n in zip(lab.hosts, before)]
ok(all("[preauth]" in text for text in logs) and not any(
    "publickey" in text or "user" in text for text in logs),
   "the hosts saw connections that did not authenticate")
for args, error in ((("none",), "no such application"),
                    (("shop", "none"), "no such target")):
    status, out, err = hostkeys(*args)
    ok(status == 1 and out == [] and error in err, "%s: %s" % (
        " ".join(args), error))

three.stop()
status, out, err = hostkeys()
ok(status == 1 and out == keyscan(one, two) and three.origin in err and
   "Connection refused" in err and len(err.splitlines()) == 1,
   "a host that is down is said, and does not keep the others")
three.start()

# The way of a migration: append, and deploy.
with open(known_hosts, "ab") as f:
    f.write(lab.ctl("hostkeys").stdout)
lab.ctl("reload")
same(lab.run(stages=["ONE"])[0]["state"], "successful",
     "what it prints makes them known")

# Nobody waits for ever, whatever is there instead of an sshd.
three.stop()
silent = socket.socket()
silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
silent.bind(("127.0.0.1", three.port))
silent.listen(5)
with open(lab.conf_path) as f:
    text = f.read()
with open(lab.conf_path, "w") as f:
    f.write(text.replace("limit free-space", "limit handshake 500ms\n"
                         "limit free-space"))
lab.ctl("reload")
status, out, err = hostkeys("blog")
ok(status == 1 and "no handshake within 500ms" in err, "a silent host has a "
   "limit")
p = subprocess.Popen([CTL, "-s", lab.socket, "hostkeys", "blog"],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
silent.accept()
silent.accept()
status, out, err = hostkeys()
ok(status == 1 and "already" in err, "there is one look at a time")
p.kill()
p.communicate()
same(wait_for("another look", lambda: (lambda r: r[0] == 0 and r)(
    hostkeys("shop", "staging"))), (0, keyscan(two), ""),
    "who goes away holds nobody up")
with open(lab.conf_path, "w") as f:
    f.write(text.replace("limit free-space", "limit handshake 60s\n"
                         "limit free-space"))
lab.ctl("reload")
while select.select([silent], [], [], 0)[0]:
    silent.accept()
worker = subprocess.Popen([CTL, "-s", lab.socket, "hostkeys", "blog"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
connection, _ = silent.accept()
pid = lab.pid("worker")
with Seat({"worker": pid, "executor": lab.pid("executor")}, "worker",
          "executor") as seat:
    seat.say(*[frame("MSG_READY", string("again"))] * 3)
    seat.settle()
    same([a[0] for a in seat.answers if a[0] == TYPES["MSG_JOB"]], [],
         "a worker that is ready again gets no second job")
os.kill(pid, signal.SIGKILL)
err = worker.communicate()[1].decode()
ok(worker.returncode == 1 and "worker" in err, "a killed worker is said")
for what, n, line in (("another host", 0, "other.example.com ssh-ed25519 A"),
                      ("two hosts", 0, "[127.0.0.1]:%d ssh-ed25519 A\nx y z"
                       % three.port),
                      ("no host of its own", 7, "x")):
    worker = subprocess.Popen([CTL, "-s", lab.socket, "hostkeys", "blog"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    connection, _ = silent.accept()
    with Seat({"worker": lab.pid("worker"), "executor": lab.pid("executor")},
              "worker", "executor") as seat:
        seat.say(frame("MSG_HOST_KEY", string("x") + b"\0" + string(line), n))
        out, err = worker.communicate()
    ok(worker.returncode == 1 and out == b"" and b"misbehaved" in err,
       "a worker that speaks of %s is not heard" % what)
p = subprocess.Popen([CTL, "-s", lab.socket, "hostkeys", "blog"],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
connection, _ = silent.accept()
pid = lab.pid("worker")
p.kill()
p.communicate()
wait_for("its end", lambda: not os.path.exists("/proc/%d" % pid))
ok(True, "a look that nobody waits for ends")
worker = subprocess.Popen([CTL, "-s", lab.socket, "hostkeys", "blog"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
wait_for("a worker", lambda: lab.pid("worker"))
lab.kill_process("executor")
err = worker.communicate()[1].decode()
ok(worker.returncode == 1 and "executor" in err, "so is a killed executor")
same(hostkeys("shop", "staging")[0], 0, "and the next look works")
same(lab.stop(), 0, "the daemon stops")
done()
