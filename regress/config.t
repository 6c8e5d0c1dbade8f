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


"""The configuration: goldens (config/NAME.conf is read with -nv, config/NAME.ok
is what it must say, problems first), and what needs files made on the spot.
Every configuration that is accepted is read again from what was printed.

`config.t -u` writes the .ok files anew: look at the difference."""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import DAEMON, PROGRAMS, TOP, done, keygen, note, ok, same

HERE = os.path.dirname(os.path.abspath(__file__)) + "/config"
UPDATE = sys.argv[1:] == ["-u"]
VERDICT = "configuration OK\n"

DIR = tempfile.mkdtemp(prefix="applikatonid-test.")
atexit.register(shutil.rmtree, DIR)
os.chmod(DIR, 0o755)

HEAD = b'public url "http://h"\nlisten on 127.0.0.1 port 1\n'
NONE = "x.conf: warning: no application: nothing can be deployed"
TARGET = '''application a {
	repository a/b
	target t {
		user u
		%s
		no host key check
		deployers { a }
		stages { ONE }
		host h roles r
		role r { %s
			script ONE { "true" }
		}
		%s
	}
}
'''


def write(name, data, mode=0o600):
    if isinstance(data, str):
        data = data.encode()
    path = "%s/%s" % (DIR, name)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    return path


def run(name, *args, v="-nv", prefix=()):
    p = subprocess.run([*prefix, DAEMON, "-B", PROGRAMS, v, "-f", name, *args],
                       cwd=DIR, stdin=subprocess.DEVNULL, timeout=60,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    err = p.stderr.decode("utf-8", "backslashreplace")
    return p.returncode, err.replace(VERDICT, ""), p.stdout.decode()


def problems(text, *want, name):
    """A configuration, and the lines that it must yield."""
    write("x.conf", text)
    status, err, out = run("x.conf")
    same(err.splitlines(), list(want), name)
    errors = [w for w in want if ": warning: " not in w]
    ok((status != 0) == bool(errors) and (out == "") == bool(errors),
       name + ": the verdict")


def reread(out, name):
    write("again.conf", out)
    status, err, again = run("again.conf")
    if not ok(status == 0 and again == out,
              name + ": what is printed reads back to the same"):
        note(err)


def golden(name):
    with open("%s/%s.conf" % (HERE, name), "rb") as f:
        first = f.readline().decode("utf-8", "replace")
    args = first[8:].split() if first.startswith("# args: ") else []
    status, err, out = run(name + ".conf", *args)
    got = (err + out).replace(DIR, "@DIR@")
    path = "%s/%s.ok" % (HERE, name)
    if UPDATE:
        with open(path, "w") as f:
            f.write(got)
    with open(path) as f:
        want = f.read()
    same(got.splitlines(), want.splitlines(), name)
    if ok((status == 0) == (out != ""), name + ": the verdict") and out:
        reread(out, name)


def files():
    for name in os.listdir(HERE):
        shutil.copy("%s/%s" % (HERE, name), DIR)
        os.chmod("%s/%s" % (DIR, name), 0o600)
    keygen(DIR + "/key")
    write("secret", "s3cret\n")
    write("url", "https://hooks.example.com/T00/s3cret\r\n")
    write("empty", "")
    write("two-lines", "a\nb\n")
    write("binary", b"a\0b\n")
    write("readable", "s3cret\n", 0o644)
    write("writable", "s3cret\n", 0o622)
    write("owned", "s3cret\n")
    os.chown(DIR + "/owned", 65534, -1)
    os.mkfifo(DIR + "/fifo", 0o600)
    os.symlink("secret", DIR + "/link")
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", DIR + "/ca.pem")
    with open(DIR + "/key.pub") as f:
        key = f.read()
    write("known_hosts", "".join("%s %s" % (h, key) for h in (
        "web1.example.com", "[web2.example.com]:2222", "h", "[h]:2222",
        "web2.example.com", "fe80::1")), 0o644)


def inline_secrets():
    for kind in ("ed25519", "rsa"):
        keygen(DIR + "/k-" + kind, kind)
        with open(DIR + "/k-" + kind) as f:
            key = 'key "%s"' % f.read()
        text = HEAD.decode() + TARGET % (
            key, 'set secret A "it\'s \\"s3cret\\" \\ \\\\"',
            'notify webhook "http://h/s3cret"')
        write("inline.conf", text)
        status, err, out = run("inline.conf")
        ok(status == 0 and "PRIVATE KEY" in out and "s3cret" not in err,
           "an inline %s key and secrets are read" % kind)
        reread(out, "inline secrets")
    os.chmod(DIR + "/inline.conf", 0o640)
    status, err, out = run("inline.conf")
    ok(status != 0 and err.count("chmod 600 inline.conf") == 3 and
       out == "" and "s3cret" not in err,
       "inline secrets in a file that others can read are errors")
    write("x.inc", 'secret = "s3cret"\n', 0o644)
    write("x.conf", b'include "x.inc"\n' + HEAD + (TARGET % (
        "key file key", "set secret A $secret", "")).encode())
    status, err, out = run("x.conf")
    ok(status != 0 and "chmod 600 x.inc" in err,
       "so are those that a macro brings from such a file")


def modes():
    write("x.conf", HEAD, 0o644)
    ok(run("x.conf")[0] == 0, "a configuration without secrets is for all")
    write("x.conf", HEAD, 0o664)
    same(run("x.conf")[1],
         "x.conf: others can change it: chmod go-w x.conf\n",
         "a configuration that others can change")
    write("x.conf", b'include "x.inc"\n' + HEAD)
    write("x.inc", "", 0o602)
    same(run("x.conf")[1], "x.conf:1: %s/x.inc: others can change it: "
         "chmod go-w %s/x.inc\n" % (DIR, DIR), "or an included file")
    write("x.conf", HEAD)
    os.chown(DIR + "/x.conf", 65534, -1)
    same(run("x.conf")[1], "x.conf: its owner is not root\n",
         "a configuration that is another user's")
    os.chown(DIR + "/x.conf", 0, -1)
    for name in (".", "fifo", "/dev/null"):
        ok("not a regular file" in run(name)[1], "not a file: " + name)
    ok("No such file" in run("none.conf")[1], "no file")


def bytes_():
    for data, what in ((b"a\0b", "control byte 0x00 in the text"),
                       (b"a \x1b[31m", "control byte 0x1b in the text"),
                       (b"a\rb", "control byte 0x0d in the text"),
                       (b'"\xff"', "this is not UTF-8 text"),
                       (b'"\xed\xa0\x80"', "this is not UTF-8 text"),
                       (b'"\xc0\xaf"', "this is not UTF-8 text"),
                       (b'"\xe2\x82', "this is not UTF-8 text")):
        write("x.conf", HEAD + data)
        err = run("x.conf")[1]
        ok(err.startswith("x.conf:3: " + what), "%r: %s" % (data, what))
    with open(DAEMON, "rb") as f:
        write("x.conf", f.read(100000))
    status, err, out = run("x.conf")
    ok(status != 0 and err.isprintable() is False and
       err.count("\n") < 5 and "ELF" not in err,
       "a program is no configuration, and not printed")
    problems(HEAD + b'databse "\xc2\x9b"', 'x.conf:3: unknown keyword '
             '"databse" at the top; did you mean database?',
             name="control characters of C1 are not printed")
    problems(HEAD + 'database "\u009b"'.encode(), NONE,
             'x.conf:3: database "\\xc2\\x9b" has control characters or is '
             'not UTF-8', name="nor taken")


def sizes():
    text = HEAD + b'known hosts known_hosts\n' + (TARGET % (
        "key file key", "", "\n".join(
            "host h%d roles r" % i for i in range(9000)))).encode()
    write("x.conf", text)
    status, err, out = run("x.conf")
    ok(status == 0 and out.count("host \"h") == 9001, "9,000 hosts")
    text = HEAD + (TARGET % ("key file key", "", "\n".join(
        "host h%d roles r" % i for i in range(10001)))).encode()
    write("x.conf", text)
    ok("more than 10000 hosts" in run("x.conf")[1], "too many hosts")
    write("x.conf", HEAD + b"# " + b"x" * (7 << 20) + b"\n" + HEAD[:22])
    err = run("x.conf")[1]
    ok("x.conf:4: public url stands here a second time" in err,
       "a line of 7 MB")
    write("x.conf", b"#" * (9 << 20))
    ok("too large" in run("x.conf")[1], "a file of 9 MB")
    write("big.inc", b"#" * (3 << 20))
    write("x.conf", HEAD + b'include "big.inc"\n' * 3)
    ok("x.conf:5: all files together are too large" in run("x.conf")[1],
       "files of 9 MB together")
    write("x.inc", "")
    write("x.conf", HEAD + b'include "x.inc"\n' * 1001)
    ok("x.conf:1003: more than 1000 files are included" in
       run("x.conf")[1], "1,001 includes")
    write("x.conf", HEAD + b"database x\n" * 5000)
    status, err, out = run("x.conf")
    ok(err.count("\n") == 1001 and
       err.endswith("\n4000 more problems are not shown\n"),
       "5,000 errors: the first thousand are printed")
    script = "\n".join('"%s"' % ("x" * 1000) for i in range(1100))
    write("x.conf", HEAD + (TARGET % ("key file key", "script TWO {\n" +
                                      script + "}", "")).encode())
    ok("this script is longer than" in run("x.conf")[1],
       "a script of more than a megabyte")


def depth():
    for n in (15, 16):
        for i in range(n):
            write("d%d.inc" % i, 'include "d%d.inc"\n' % (i + 1))
        write("d%d.inc" % n, HEAD)
        write("x.conf", 'include "d1.inc"\n')
        status, err, out = run("x.conf")
        if n == 15:
            ok(status == 0, "includes 16 deep")
        else:
            same(err, "d15.inc:1: files include each other more than 16 "
                 "deep\n", "17 deep is an error")
    os.mkdir(DIR + "/sub")
    write("sub/x.inc", 'include "y.inc"\nrun directory "run"\n')
    write("sub/y.inc", 'socket "./s.sock"\nxyzzy\n')
    problems(HEAD + b'include "sub/x.inc"\n',
             "sub/y.inc:2: unknown keyword at the top",
             name="includes are named as the including file is")
    write("sub/y.inc", 'socket "./s.sock"\n')
    out = run("x.conf")[2]
    ok('socket "%s/sub/s.sock"' % DIR in out and
       'run directory "%s/sub/run"' % DIR in out,
       "paths are relative to the file that names them")


def macros():
    for i in range(9):
        write("m%d" % i, "")
    text = "".join("m%d = '$m%d $m%d $m%d $m%d $m%d $m%d'\n" % (
        (i,) + (i + 1,) * 6) for i in range(7)) + "m7 = 'x x x x x x'\n"
    write("x.conf", HEAD + text.encode() +
          b"application a {\nrepository a/b\nreaders { $m0 }\n}\n")
    status, err, out = run("x.conf")
    ok(status != 0 and "macros are used more than 100000 times" in err,
       "macros can't grow without bound")
    for bad in ("x", "=x", "a-b=x", "a=\x01"):
        ok(run("minimal.conf", "-D", bad)[0] != 0, "-D %r is refused" % bad)


def usual_places():
    if os.path.exists("/etc/applikatoni/known_hosts"):
        note("there is a /etc/applikatoni/known_hosts: not tried")
        return
    text = HEAD.decode() + (TARGET % ("key file key", "", "")).replace(
        "no host key check", "")
    problems(text, 'x.conf:5: warning: target "t": there is no '
             '/etc/applikatoni/known_hosts to know its hosts by, and its '
             'deployments fail; make it (applikatonictl hostkeys, then '
             'compare), or give each host its fingerprint',
             name="no known hosts: the message names the remedies")


def nobody_known():
    # What `applikatonictl hostkeys` leaves behind that could not connect.
    write("empty", "")
    text = "known hosts empty\n" + HEAD.decode() + (
        TARGET % ("key file key", "", "")).replace("no host key check", "")
    problems(text, 'x.conf:6: warning: target "t": there is nothing in '
             '%s/empty to know its hosts by, and its deployments fail; make '
             'it (applikatonictl hostkeys, then compare), or give each host '
             'its fingerprint' % DIR,
             name="an empty file of known hosts is a warning")


def others():
    """-n as somebody else, on a configuration of root's."""
    write("mine.conf", HEAD + b'github {\nclient id x\n'
          b'client secret file secret\n}\n' + (TARGET % (
              "key file key\n\t\tpassphrase file secret",
              "set secret A file secret\n set B file readable",
              "notify webhook file url\nnotify webhook file secret")
          ).replace('"true"', '"{{.A}} {{.B}}"').encode(), 0o644)
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    status, err, out = run("mine.conf", prefix=prefix)
    lines = [line for line in err.splitlines() if "mine.conf:" in line]
    ok(status == 0, "without root, secrets that can't be read are no errors")
    same([line.split(": warning: ")[1].split(" file ")[0]
          for line in lines if "Permission denied" in line],
         ["client secret", "key", "passphrase", "secret", "URL", "URL"],
         "but warnings")
    ok("s3cret\n" not in out and 'file "%s/secret"' % DIR in out,
       "and their paths are printed")
    os.chmod(DIR + "/mine.conf", 0o600)
    status, err, out = run("mine.conf", prefix=prefix)
    ok(status != 0 and "mine.conf: Permission denied" in err,
       "a configuration that can't be read is an error")


def documents():
    """The sample and the manual are true."""
    with open(TOP + "/etc/applikatonid.conf") as f:
        sample = f.read().replace("/etc/applikatoni", DIR)
    for name, mode in (("shop_ed25519", "key"), ("shop_known_hosts",
                                                "known_hosts")):
        shutil.copy("%s/%s" % (DIR, mode), "%s/%s" % (DIR, name))
    for name in ("shop.passphrase", "shop.db", "github.secret"):
        write(name, "s3cret\n")
    write("shop.hook", "https://example.com/hook\n")
    write("blog.conf", "")
    write("x.conf", sample)
    status, err, out = run("x.conf")
    same((status, err), (0, ""), "the sample is right")
    # Passphrases are for keys that have one.
    full = re.sub(r"(?m)^(\t*)#(?=[a-z}\t]|    f)", r"\1", sample)
    full = full.replace("www-data", "root").replace(
        "passphrase file", "#").replace("SHA256:...", "SHA256:" + 43 * "A")
    ok(full.count("\n") == sample.count("\n") and
       "\nnotify" in full.replace("\t", ""), "all of it")
    write("x.conf", full)
    status, err, out = run("x.conf")
    same((status, err), (0, ""), "with all that is commented out, too")
    with open(TOP + "/applikatonid.conf.5") as f:
        manual = f.read()
    example = manual.split(".Bd -literal\n")[1].split(".Ed\n")[0]
    write("x.conf", example)
    write("shop_ed25519", open(DIR + "/key").read())
    write("x.conf", "known hosts known_hosts\n" + example)
    same(run("x.conf")[:2], (0, ""), "so is the example of the manual")
    for line in run("minimal.conf")[2].splitlines():
        word = line.split()
        if word[:1] == ["limit"]:
            value = "0" if word[2] == "0ms" else word[2]
            ok(".It Cm %s No %s Pq " % (word[1], value) in manual,
               "the manual knows limit %s and its default" % word[1])
    with open(HERE + "/sample.conf") as f:
        words = set(re.findall(r"(?m)^\t*([a-z]+) ", f.read()))
    words.add("include")
    for word in sorted(words):
        ok(re.search(r"(?m)^\.(It|Pp)?\n?.*\bIc .*\b%s\b" % word, manual),
           "the manual knows " + word)


os.umask(0o077)
files()
for entry in sorted(os.listdir(HERE)):
    if entry.endswith(".conf"):
        golden(entry[:-5])
inline_secrets()
modes()
bytes_()
sizes()
depth()
macros()
usual_places()
nobody_known()
others()
documents()
done()
