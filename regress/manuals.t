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

"""The manuals are sound and complete: every keyword, limit, command, option
and log line is in them, and the sample configuration is a right one."""

import glob
import re
import shutil

from lab import *

# ---- sound

pages = sorted(glob.glob(TOP + "/*.[1-9]"))
ok({os.path.basename(p) for p in pages} >= {
    "applikatonid.8", "applikatonid.conf.5", "applikatonictl.8"},
   "the manuals are there")
for page in pages:
    out = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True,
                         text=True)
    same([line for line in (out.stdout + out.stderr).splitlines()
          if "referenced manual not found" not in line and
          "outdated mandoc.db lacks" not in line], [],
         "%s has no fault" % os.path.basename(page))
    with open(page) as f:
        text = f.read()
    ok(not re.search(r"@[A-Z]+@", text), "and nothing is left open in it")


def read(name):
    with open("%s/%s" % (TOP, name)) as f:
        return f.read()


def plain(roff):
    """The text of a page, without what only roff needs."""
    roff = re.sub(r'(?m)^\.\\".*\n', "", roff)
    roff = roff.replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")
    return roff


def marked(roff):
    """The words that stand in lines of macros: not just prose."""
    return set(re.findall(r"[A-Za-z][A-Za-z0-9-]*", " ".join(
        line for line in plain(roff).split("\n")
        if re.match(r"\.\s*(It|Ic|Cm|Op|Oo|Xo|Li|Fl|Sy)\b", line))))


# ---- complete: the configuration

conf = read("applikatonid.conf.5")
words = marked(conf)
table = re.search(r"keywords\[\] = \{(.*?)\n\};", read("parse.y"),
                  re.S).group(1)
keywords = re.findall(r'\{ "(\w+)"', table)
ok(len(keywords) > 40, "the grammar has its keywords")
same([k for k in keywords if k not in words], [],
     "each is in applikatonid.conf(5)")
source = read("common/conf.c")
limits = re.findall(r'\[LIMIT_\w+\] = \{ "([a-z-]+)"', source)
ok(len(limits) > 20, "there are limits")
same([n for n in limits if not re.search(
    r"(?m)^\.(It|Ic)\b.*(?<![\w-])%s(?![\w-])" % n, plain(conf))], [],
    "each is in applikatonid.conf(5)")
same([w for w in re.findall(r"(?m)^\.It (?:Ic|Xo Ic|Cm) ([a-z-]+)", conf)
      if w not in keywords and w not in limits], [],
     "which has no others")

# ---- complete: the programs

ctl = plain(read("applikatonictl.8"))
usage = subprocess.run([CTL], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL).stderr.splitlines()[1:]
commands = {re.match(r" *applikatonictl ((?:[a-z]+ ?)+)", u).group(1).strip()
            for u in usage}
ok(len(commands) > 12, "applikatonictl has its commands")


def has_command(name):
    return re.search(r"(?m)^\.(It|Xo|It Xo\n\.)?\s*(It )?Cm %s\b" %
                     name.replace(" ", r" (?:Cm )?"), ctl)


same([c for c in commands if not has_command(c)], [],
     "each is in applikatonictl(8)")
same([(c, o) for u, c in ((u, re.match(
    r" *applikatonictl ((?:[a-z]+ ?)+)", u).group(1).strip()) for u in usage)
    for o in re.findall(r"-([a-z])\b", u) if "Fl " + o not in ctl], [],
    "with its options")
daemon = plain(read("applikatonid.8"))
getopt = re.search(r'getopt\(argc, argv, "([^"]+)"',
                   read("applikatonid/applikatonid.c")).group(1)
same([o for o in getopt.replace(":", "") if not re.search(
    r"(?m)^\.It Fl %s\b" % o, daemon)], [],
    "applikatonid(8) has every option")

# ---- complete: the log

LOG = re.compile(r'\b(?:log_info|log_warnx?)\(\s*"((?:[^"\\]|\\.)*)"')
section = re.search(r"(?s)\.Sh LOG LINES\n(.*?)\n\.Sh ", daemon)
lines = section.group(1).replace('\\(dq', '"') if section else ""
missing = set()
for path in sorted(sum((glob.glob("%s/%s/*.c" % (TOP, d)) for d in (
        "applikatonid", "web", "engine", "executor", "github", "notifier",
        "common")), [])):
    if path.endswith(("/parse.c", "/assets.c")):
        continue
    with open(path) as f:
        code = f.read()
    for m in LOG.finditer(code):
        said = re.split(r"[%:(=]", m.group(1))[0].split()[:2]
        if said and " ".join(said) not in lines:
            missing.add("%s (%s)" % (" ".join(said),
                                     os.path.relpath(path, TOP)))
same(sorted(missing), [], "every line that is logged is in applikatonid(8)")

# ---- the sample is right

lab = Lab()
sample = read("etc/applikatonid.conf")
paths = set(re.findall(r'"(/[^"]*)"', re.sub(r"(?m)^\s*#.*", "", sample)))
ok(paths, "the sample names files")
text = sample
for n, path in enumerate(sorted(paths, key=len, reverse=True)):
    text = text.replace('"%s"' % path, '"%s/etc/%s"' % (
        lab.dir, path.strip("/").replace("/", "_")))
conf_path = lab.dir + "/etc/sample.conf"


def check(text):
    with open(conf_path, "w") as f:
        f.write(text)
    r = subprocess.run([DAEMON, "-n", "-B", PROGRAMS, "-f", conf_path],
                       capture_output=True, text=True,
                       stdin=subprocess.DEVNULL)
    return r.returncode, r.stderr


host = lab.add_host()
for path in paths:
    name = "%s/etc/%s" % (lab.dir, path.strip("/").replace("/", "_"))
    if re.search(r'known hosts\s+"%s"' % re.escape(path), sample):
        with open(name, "w") as f:
            for h in re.findall(r"(?m)^\s*host\s+(\S+)", sample):
                f.write(h.strip('"') + " " +
                        host.known_hosts_line().split(" ", 1)[1])
    elif re.search(r'key file\s+"%s"' % re.escape(path), sample):
        shutil.copy(lab.dir + "/etc/key", name)
    elif re.search(r'\bfile\s+"%s"' % re.escape(path), sample):
        with open(name, "w") as f:
            f.write("https://hooks.example.com/x\n")
    os.path.exists(name) and os.chmod(name, 0o600)
status, err = check(text)
same(status, 0, "the sample configuration is a right one")
note(err)
ok("configuration OK" in err, "as it says")
status, err = check(text + "\nnonsense\n")
ok(status == 1 and ":%d: " % (text.count("\n") + 2) in err,
   "and with a mistake it is not")
done()
