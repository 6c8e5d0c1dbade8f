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

"""What the tests of configuration.json share: one that is right, and cases.
A case is a change of it, and what is said then: PATH MESSAGE, warnings with a
* before the path.  Whether the line fits the path is found out apart from the
program."""

import atexit
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from lab import DAEMON, PROGRAMS, TOP, done, keygen, note, ok, same

DIR = tempfile.mkdtemp(prefix="applikatonid-test.")
atexit.register(shutil.rmtree, DIR)
os.chmod(DIR, 0o755)
NAME = "configuration.json"
NATIVE = ('listen on 127.0.0.1 port 1\nknown hosts "known_hosts"\n'
          'include json "%s"\n' % NAME)
A, T = "applications[0]", "applications[0].targets[0]"

with open(TOP + "/applikatonid/conf_json.c") as f:
    SOURCE = f.read()


def write(name, data, mode=0o600):
    path = "%s/%s" % (DIR, name)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    os.chmod(path, mode)
    return path


def run(name, *args, prefix=()):
    p = subprocess.run([*prefix, DAEMON, "-B", PROGRAMS, *args, "-f", name],
                       cwd=DIR, stdin=subprocess.DEVNULL, timeout=60,
                       capture_output=True)
    return (p.returncode, p.stderr.decode("utf-8", "backslashreplace"),
            p.stdout.decode())


def read(name):
    with open("%s/%s" % (DIR, name), "rb") as f:
        return f.read()


os.umask(0o077)
keygen(DIR + "/key")
KEY = read("key").decode()
write("known_hosts", "".join("%s %s" % (h, read("key.pub").decode()) for h in (
    "web1", "[web2]:2222", "::1", "localhost", "[web1]:23")))

BASE = {
    "host": "deploy.example.com",
    "ssl_enabled": True,
    "session_secret": "s3cret session",
    "oauth2_state_string": "s3cret state",
    "github_client_id": "id",
    "github_client_secret": "s3cret github",
    "applications": [{
        "name": "shop",
        "read_usernames": ["bob"],
        "github_owner": "example",
        "github_repo": "shop",
        "github_branches": ["main"],
        "targets": [{
            "name": "production",
            "deployment_user": "deploy",
            "deployment_ssh_key": KEY,
            "deploy_usernames": ["alice"],
            "default_stages": ["ONE"],
            "available_stages": ["ONE", "TWO"],
            "webhooks": ["http://example.com/s3cret"],
            "hosts": [{"name": "web1:22", "roles": ["web", "db"]},
                      {"name": "web2:2222", "roles": ["web"]}],
            "roles": [{
                "name": "web",
                "script_templates": {"ONE": "echo {{.Dir}}\necho 2"},
                "options": {"Dir": "/var/www"},
            }, {
                "name": "db",
                "script_templates": {"TWO": "echo"},
                "options": {},
            }],
        }],
    }],
}


# ---- where things stand

def resolve(value, path):
    """The value at a path, the name or number it ends with."""
    last = None
    if path.endswith("."):
        value, last = resolve(value, path[:-1])
        return value[""], ""
    for name, number in re.findall(r"\.?([^.\[\]]+)|\[(\d+)\]", path):
        last = name if name else int(number)
        if name and name not in value and len(name) == 64:
            last = [k for k in value if k.startswith(name)][0]
        value = value[last]
    return value, last


def line_fits(doc, text, path, line):
    """Whether what stands at that path may stand in that line."""
    have = text.split("\n")[line - 1].strip()
    path = re.sub(r", line \d+$", "", path)
    if path == "":
        return True
    value, last = resolve(doc, path)
    first = json.dumps(value, indent=1).split("\n")[0]
    if isinstance(last, str):
        return have.startswith(json.dumps(last) + ": " + first)
    return have.startswith(first)


def told(doc, text, err):
    """The lines of a run as cases have them; a wrong place is shown."""
    out = []
    for line in err.splitlines():
        if line == "configuration OK":
            continue
        m = re.fullmatch(re.escape(NAME) + r":(?:(\d+):)? (warning: )?(.*)",
                         line)
        if m is None:
            out.append(line)
            continue
        number, warn, rest = m.groups()
        path, sep, message = rest.partition(": ")
        if not sep or not re.fullmatch(
                r"(\w|\[\d+\]|\.|-| )+(, line \d+)?", path):
            path, message = "", rest
        try:
            fits = number is None or line_fits(doc, text, path, int(number))
        except (KeyError, IndexError, TypeError):
            fits = False
        if not fits and number is not None and path != "":
            message = "(WRONG LINE %s) " % number + message
        out.append("%s%s %s" % ("*" if warn else "", path, message))
    return out


def reread(out, name):
    write("again.conf", out)
    status, err, again = run("again.conf", "-nv")
    if not ok(status == 0 and again == out,
              name + ": what is printed reads back to the same"):
        note(err)


def case(name, change, *want, native=NATIVE, only=False, begins=False,
         order=True):
    doc = copy.deepcopy(BASE)
    app = doc["applications"][0]
    target = app["targets"][0]
    change(doc, app, target)
    text = json.dumps(doc, indent=1)
    write(NAME, text)
    write("main.conf", native)
    status, err, out = run("main.conf", "-nv")
    got = told(doc, text, err)
    if only:
        ok(set(want) <= set(got), name)
    elif begins:
        ok(len(got) == 1 and got[0].startswith(want[0]) and
           len(got[0]) > len(want[0]), name)
    else:
        same(got if order else sorted(got),
             list(want) if order else sorted(want), name)
    wrong = [w for w in want if w[0] != "*" and ": warning: " not in w]
    ok((status != 0) == bool(wrong), name + ": the verdict")
    ok("s3cret" not in err, name + ": no secret is told")
    if status == 0:
        reread(out, name)
    return out


def put(where, **values):
    where.update(values)
