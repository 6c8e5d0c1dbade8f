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

"""`sh etc/demo --once` shows the main job, ends with its status, and leaves
the machine as it was: no process, no file, no user."""

import glob
import pwd
import urllib.request

from lab import *


def world():
    """Users, and what the demo makes in the file system."""
    return (sorted(u.pw_name for u in pwd.getpwall()),
            sorted(glob.glob("/tmp/applikatonid-demo.*")),
            os.path.isdir("/run/sshd"))


def strays():
    """Processes that name the demo's directory."""
    r = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    if b"applikatonid-demo." in f.read():
                        r.append(int(name))
            except OSError:
                pass
    return r


def demo(*args, **kw):
    return subprocess.Popen(["sh", TOP + "/etc/demo", *args], cwd="/",
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True,
                            start_new_session=True, **kw)


before = world()
p = demo("--once")
out, _ = p.communicate(timeout=600)
if not ok(p.returncode == 0, "the demo ends with 0"):
    note(out)
ok(all("web%d: This is version 3 of the shop." % n in out for n in (1, 2, 3)),
   "three hosts have the last version")
ok("DEPLOYMENT_SUCCESS" in out and "restarting the shop on web2" in out,
   "the log was shown")
ok(re.search(r"http://127\.0\.0\.1:\d+/-/login#\S{43}", out),
   "with an address and a link to sign in")
same(world(), before, "no user and no file is left")
same(strays(), [], "and no process")

# ---- ^C at the one that stays

p = demo()
out = []
for line in p.stdout:
    out.append(line)
    if "^C ends the demo" in line:
        break
url = re.search(r"(http://127\.0\.0\.1:\d+)/-/login", "".join(out)).group(1)
same(urllib.request.urlopen(url + "/-/healthz").status, 200,
     "without --once it stays, and serves the page")
os.killpg(p.pid, signal.SIGINT)
p.stdout.read()
same(p.wait(60), 130, "until ^C")
same(world(), before, "which leaves no user and no file")
same(strays(), [], "and no process")

# ---- when something goes wrong in between

p = demo("--once")
for line in p.stdout:
    if "three sshd" in line:
        break
p.send_signal(signal.SIGTERM)
p.stdout.read()
same(p.wait(60), 143, "it can be ended at any time")
same(world(), before, "and still takes everything away")
wait_for("the end of all", lambda: not strays())
same(strays(), [], "every process, too")
same(demo("--twice").wait(60), 1, "what it does not know is refused")
done()
