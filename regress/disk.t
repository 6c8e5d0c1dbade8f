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

"""A disk that fills up: a deployment that prints too much goes on to its end,
its output no longer kept; new ones are refused until there is space again;
the daemon starts and stops all the same."""

import pwd

from lab import *

lab = Lab(hosts=1)
os.mkdir(lab.dir + "/db")
engine = pwd.getpwnam("_apengine")
subprocess.run(["mount", "-t", "tmpfs", "-o",
                "size=96M,mode=0700,uid=%d,gid=%d" % (
                    engine.pw_uid, engine.pw_gid), "tmpfs", lab.dir + "/db"],
               check=True)


def unmount():
    subprocess.run(["umount", "-l", lab.dir + "/db"])


atexit.register(unmount)
lab.configure(lab.application(lab.target("production", {"web": {
    "ONE": ["yes | head -c 20M", "echo the end >$DIR/ended"]}},
    stages=["ONE"])), more="limit output 10G")
with open(lab.conf_path) as f:
    text = f.read()
with open(lab.conf_path, "w") as f:
    f.write(text.replace("limit free-space 1M", "limit free-space 48M"))
lab.start()
filler = lab.dir + "/db/filler"


def fill():
    """Not a byte is left."""
    with open(filler, "ab", 0) as f:
        for size in (1 << 20, 4096):
            try:
                while f.write(bytes(size)) == size:
                    pass
            except OSError:
                pass


id = lab.deploy(stages=["ONE"])
d = wait_for("the end", lambda: (lambda d: d["state"] in (
    "successful", "failed") and d)(lab.deployment(id)), 120)
same(d["state"], "successful", "a deployment that fills the disk goes on")
ok(lab.hosts[0].read("ended") is not None, "to its end")
tail = lab.entries(id, start=d["entries"] - 20)
ok(any("further output is counted, not kept" in e["message"] or
       "not kept" in e["message"] for e in tail), "its log says what is missing")
same(types(tail)[-1], "DEPLOYMENT_SUCCESS", "and has its end")
st = os.statvfs(lab.dir + "/db")
ok(st.f_bavail * st.f_frsize > 4 << 20, "the disk is not full")
r = lab.create(stages=["ONE"])
same(r.status, 507, "a new deployment is refused")
note(r.text)
subprocess.run(["mount", "-o", "remount,size=400M", lab.dir + "/db"],
               check=True)


def brief():
    """A deployment that is killed before it has printed much."""
    r = lab.create(stages=["ONE"])
    if r.status == 303:
        id = r.headers["Location"].rsplit("/", 1)[1]
        lab.ctl("kill", id, check=False)
        lab.finish(int(id))
    return r.status


same(brief(), 303, "until there is space again")

# ---- a start on a disk that is full to its last byte

fill()
same(lab.stop(), 0, "the daemon stops while the disk is full")
fill()
lab.start()
same(lab.deployment(id)["state"], "successful", "it starts and shows what was")
same(lab.create(stages=["ONE"]).status, 507, "and takes no new deployment")
os.kill(lab.pid("engine"), signal.SIGKILL)
fill()
wait_for("the engine", lambda: lab.pid("engine") and
         lab.create(stages=["ONE"]).status == 507)
ok(True, "nor after the engine was killed")
os.unlink(filler)
wait_for("space", lambda: os.path.exists(lab.dir +
                                         "/db/applikatoni.db-reserve"))
ok(True, "with space again it keeps some in reserve")
same(brief(), 303, "and deploys")
same(lab.stop(), 0, "the daemon stops")
done()
