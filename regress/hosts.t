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

"""Hosts that are down, hang, lie or refuse; keys of every kind.  No line runs
anywhere before all hosts of a deployment are connected and authenticated."""

import threading

from lab import *

lab = Lab(hosts=3)
a, b, c = lab.hosts
touch = {"web": {"ONE": ["touch $DIR/ran"]}}
targets, kinds = [], {}


def case(name, hosts=None, roles=touch, more="", **kw):
    targets.append(lab.target(
        name, roles, [(h, ["web"]) for h in hosts or lab.hosts],
        stages=["ONE"], more=more, **kw))


class Address:
    """A host that no sshd of ours stands behind."""

    def __init__(self, port, address="127.0.0.1"):
        self.port, self.address = port, address


# A listener that accepts and never says anything, and one that is full.
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(5)
full = socket.socket()
full.bind(("127.0.0.1", 0))
full.listen(0)
fill = []
for _ in range(3):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(full.getsockname())
    fill.append(s)
garbage = socket.socket()
garbage.bind(("127.0.0.1", 0))
garbage.listen(5)


def garble():
    while True:
        try:
            s, _ = garbage.accept()
            s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
            s.close()
        except OSError:
            return


threading.Thread(target=garble, daemon=True).start()
short = ("\t\tlimit connect 700ms\n\t\tlimit handshake 700ms\n"
         "\t\tlimit authenticate 2s\n\t\tlimit resolve 2s\n")

unknown = lab.add_host("unknown")
wrong = lab.add_host("wrong")
revoked = lab.add_host("revoked")
pinned = lab.add_host("pinned")
frozen = lab.add_host("frozen")
lab.hosts = [a, b, c]
lab.others_hosts = [unknown, wrong, revoked, pinned, frozen]

case("plain")
case("down", [a, b, Address(free_port())])
case("full", [a, Address(full.getsockname()[1])], more=short)
case("silent", [a, Address(silent.getsockname()[1])], more=short)
case("garbage", [a, Address(garbage.getsockname()[1])], more=short)
case("name", [a, Address(22, "does-not-exist.invalid")], more=short)
case("frozen", [a, frozen], more=short)
case("unknown", [a, unknown])
case("wrong", [a, wrong])
case("revoked", [a, revoked])
case("unchecked", [unknown], more="\t\tno host key check")
keygen(lab.dir + "/etc/stranger")
case("refused", [a, b], key="stranger")
fp = subprocess.run(["ssh-keygen", "-lf", pinned.dir + "/host_key.pub"],
                    capture_output=True, check=True).stdout.decode().split()[1]
ok(fp.startswith("SHA256:"), "ssh-keygen prints a fingerprint")
for name, f in (("pinned", fp), ("mispinned", "SHA256:" + "A" * 43)):
    t = lab.target(name, touch, [(pinned, ["web"])], stages=["ONE"])
    line = "host 127.0.0.1 port %d" % pinned.port
    targets.append(t.replace(line, line + ' fingerprint "%s"' % f))

t = lab.target("othpin", touch, [(a, ["web"])], stages=["ONE"])
line = "host 127.0.0.1 port %d" % a.port
targets.append(t.replace(line, line + ' fingerprint "%s"' % fp))
leaving = lab.add_host("leaving")
lab.others_hosts.append(leaving)
case("leaves", [a, leaving, Address(silent.getsockname()[1])],
     more="\t\tlimit handshake 1m\n")

# Keys in every form, each in its own authorized_keys line.
forms = [("ed25519", []), ("ecdsa", ["-b", "256"]), ("ecdsa", ["-b", "384"]),
         ("ecdsa", ["-b", "521"]), ("rsa", ["-b", "2048"]),
         ("rsa", ["-b", "3072", "-m", "PEM"]), ("ecdsa", ["-m", "PEM"]),
         ("rsa", ["-m", "PKCS8"]), ("ecdsa", ["-m", "PKCS8"])]
keys = []
with open(lab.dir + "/authorized_keys", "a") as authorized:
    for kind, options in forms:
        for passphrase in ("", "open sesame"):
            name = "key%d" % len(keys)
            path = lab.dir + "/etc/" + name
            subprocess.run(["ssh-keygen", "-q", "-t", kind, *options, "-N",
                            passphrase, "-C", name, "-f", path], check=True,
                           stdin=subprocess.DEVNULL)
            authorized.write(open(path + ".pub").read())
            more = ""
            if passphrase:
                with open(path + ".pass", "w") as f:
                    f.write(passphrase + "\n")
                os.chmod(path + ".pass", 0o600)
                more = '\t\tpassphrase file "%s.pass"' % path
            case(name, [a], key=name, more=more)
            keys.append((name, "%s %s%s" % (kind, " ".join(options),
                         ", with a passphrase" if passphrase else "")))

case("dies", [a, b], {"web": {"ONE": [
    "echo $$ >$DIR/pid; test $HOST = host2 || { touch $LAB/ready; sleep 300; }"
]}})

lab.write_known_hosts(
    wrong.known_hosts_line().replace(
        wrong.known_hosts_line().split()[2],
        a.known_hosts_line().split()[2]) +
    revoked.known_hosts_line() +
    "@revoked * " + revoked.known_hosts_line().split(" ", 1)[1] +
    "# a comment\n" + frozen.known_hosts_line() +
    leaving.known_hosts_line())
lab.configure(lab.application(*targets), known_hosts=False)
lab.start()
ok("no host key check" in lab.log() or "host keys are not checked" in
   lab.log(), "a target that checks no host keys is warned about at the start")


def fails(target, *words, by="host"):
    for h in (a, b, c):
        if os.path.exists(h.path("ran")):
            os.unlink(h.path("ran"))
    d, log = lab.run(target=target, stages=["ONE"])
    reason = log[-1]["message"]
    ok(d["state"] == "failed" and types(log)[-1] == "DEPLOYMENT_FAIL",
       "%s: the deployment fails" % target)
    ok(all(w in reason for w in words), "%s: and says why" % target)
    note(reason)
    ok(not any(os.path.exists(h.path("ran")) for h in (a, b, c)) and
       "COMMAND_START" not in types(log),
       "%s: no line has run on any host" % target)
    return reason


d, log = lab.run(target="plain", stages=["ONE"])
same(d["state"], "successful", "all hosts up: successful")
fails("down", "127.0.0.1:", "refused")
fails("full", "127.0.0.1:")
fails("silent", "127.0.0.1:")
fails("garbage", "127.0.0.1:")
fails("name", "does-not-exist.invalid")
frozen.kill(signal.SIGSTOP)
fails("frozen", frozen.origin)
frozen.kill(signal.SIGCONT)
ufp = subprocess.run(["ssh-keygen", "-lf", unknown.dir + "/host_key.pub"],
                     capture_output=True, check=True).stdout.decode().split()[1]
reason = fails("unknown", unknown.origin, ufp)
ok(unknown.known_hosts_line().strip() in reason,
   "unknown: and shows the line to add")
fails("wrong", wrong.origin)
fails("revoked", revoked.origin, "revoked")
fails("refused", a.origin if a.origin in str(lab.log()) else "127.0.0.1:")
fails("mispinned", pinned.origin, fp)
fails("othpin", a.origin, "pinned")
id = lab.deploy(target="leaves", stages=["ONE"])
wait_for("two connections", lambda: any(
    d["id"] == id and d["connected"] == 2
    for d in lab.ctl_json("show")["deployments"]))
leaving.kill()
d, log = lab.finish(id)
ok(d["state"] == "failed" and leaving.origin in log[-1]["message"] and
   "STAGE_START" not in types(log),
   "a host that is lost before all are connected fails the deployment")
note(log[-1]["message"])
d, log = lab.run(target="pinned", stages=["ONE"])
same(d["state"], "successful", "a pinned fingerprint is enough")
d, log = lab.run(target="unchecked", stages=["ONE"])
same(d["state"], "successful", "so is the explicit word that nothing is checked")

for name, words in keys:
    d, log = lab.run(target=name, stages=["ONE"])
    if not ok(d["state"] == "successful", "a key: " + words):
        note(log[-1]["message"])

# ---- an sshd that is killed in the middle

id = lab.deploy(target="dies", stages=["ONE"])
wait_for("the command", lambda: os.path.exists(lab.shared + "/ready"))
lab.wait_entry(id, lambda e: e["entry_type"] == "COMMAND_SUCCESS" and
               e["origin"] == b.origin)
a.kill()
d, log = lab.finish(id)
same((d["state"], d["ended_by"]), ("failed", "host"),
     "sshd killed in the middle: the deployment fails")
ok(any("may still run" in e["message"] for e in log) or
   any(a.origin in m for m in messages(log, "COMMAND_FAIL", a.origin)) or
   messages(log, "COMMAND_FAIL", a.origin) != [],
   "its host's command has failed")
same(types(log).count("DEPLOYMENT_FAIL"), 1, "with one final entry")

for h in lab.others_hosts:
    h.stop()
same(lab.stop(), 0, "the daemon stops")
done()
