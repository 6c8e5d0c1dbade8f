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

"""What stands around configuration.json: the file's owner and mode, native
lines beside it, -W, and secrets that go into files."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from jsonlab import *


# ---- files

def modes():
    for mode, message in ((0o640, None), (0o604, None),
                          (0o620, "others can change it: chmod go-w "),
                          (0o602, "others can change it: chmod go-w ")):
        write(NAME, json.dumps(BASE, indent=1), mode)
        write("main.conf", NATIVE)
        status, err, out = run(NAME, "-nv")
        if message:
            same(err, "%s: %s%s\n" % (NAME, message, NAME), "mode %o" % mode)
        else:
            ok(status == 1 and out == "" and
               "%s:7: github_client_secret: a secret stands here, and others "
               "can read %s: chmod 600 %s\n" % (NAME, NAME, NAME) in err and
               err.count("chmod") == 1, "mode %o" % mode)
        ok(run("main.conf", "-n")[0] == 1, "mode %o, included" % mode)
    secrets = re.findall(r'\.name = "(\w+)"[^}]*SECRET', SOURCE)
    same(sorted(secrets), ["bugsnag_api_key", "deployment_ssh_key",
                           "flowdock_endpoint", "github_client_secret",
                           "mailgun_api_key", "mandrill_api_key",
                           "new_relic_api_key", "newrelic_api_key",
                           "slack_url", "webhooks"], "what is a secret")
    for name in secrets:
        value = ["http://h/"] if name == "webhooks" else "x"
        top = name.startswith(("github", "mail", "mandrill"))
        write(NAME, json.dumps({name: value} if top else {"applications": [
            {"targets": [{name: value}]}]}), 0o644)
        ok("%s: a secret stands here" % name in run(NAME, "-n")[1],
           name + " must not be readable by others")
    plain = copy.deepcopy(BASE)
    plain.pop("github_client_secret")
    plain.pop("github_client_id")
    target = plain["applications"][0]["targets"][0]
    target.pop("webhooks")
    target.pop("deployment_ssh_key")
    write(NAME, json.dumps(plain), 0o644)
    write("main.conf", reopen('key file "key"'))
    same(run("main.conf", "-n")[:2], (0, "configuration OK\n"),
         "without secrets everybody may read it")


def files():
    write(NAME, json.dumps(BASE))
    write("main.conf", NATIVE)
    os.chown(DIR + "/" + NAME, 65534, -1)
    same(run(NAME, "-n")[1], NAME + ": its owner is not root\n",
         "another user's")
    included = "main.conf:3: %s/%s: " % (DIR, NAME)
    same(run("main.conf", "-n")[1], included + "its owner is not root\n",
         "another user's, included")
    os.unlink(DIR + "/" + NAME)
    same(run("main.conf", "-n")[1], included + "No such file or directory\n",
         "missing")
    os.mkdir(DIR + "/" + NAME)
    same(run("main.conf", "-n")[1], included + "not a regular file\n",
         "a directory")
    os.rmdir(DIR + "/" + NAME)
    os.mkdir(DIR + "/sub")
    write("sub/" + NAME, json.dumps(dict(BASE, xyzzy=1)))
    write("main.conf", NATIVE.replace('json "', 'json "sub/'))
    same(run("main.conf", "-n")[:2], (0, "sub/%s:1: warning: xyzzy: unknown "
         "property\nconfiguration OK\n" % NAME),
         "relative to the file that names it")


# ---- native lines beside it

def reopen(lines, role="", top=""):
    return NATIVE + top + 'application "shop" {\ntarget production {\n' + \
        lines + ("\nrole web {\n%s\n}" % role if role else "") + "\n}\n}\n"


MORE = NATIVE + """
application shop {
	readers { dave }
	branches { stable }
	repository "a/b"
	target staging {
		user u
		key file "key"
		deployers alice
		stages ONE
		host web1 roles r
		role r {
			script ONE { "true" }
		}
	}
}
application blog {
	repository "c/d"
}
"""


def nothing(c, a, t):
    pass


def native():
    keygen(DIR + "/key2")
    pin = "SHA256:" + 43 * "A"
    out = case("native lines win", nothing, native=reopen(
        'user root\nkey file "key2"\nstages { ONE TWO THREE }\n'
        'default stages { TWO }\nlimit connect 3s\ndeployers { carol }\n'
        'known hosts "known_hosts"\nnotify webhook "http://h/"\n'
        'host web1 fingerprint "%s"\nhost WEB2 port 2222 roles db\n'
        'host localhost roles web' % pin,
        'set Dir "/x"\nset secret Token "s3cret"\nset New "n"\n'
        'script ONE { "true" }\nscript THREE { "3" }',
        'public url "http://other"\ngithub {\nclient secret "other"\n}\n'
        'limit silence 1m\n'))
    for line in ('public url "http://other"', 'client id "id"',
                 'client secret "other"', 'user "root"',
                 'key file "%s/key2"' % DIR, 'limit silence 1m',
                 'limit connect 3s', 'known hosts "%s/known_hosts"' % DIR,
                 'deployers { "alice" "carol" }',
                 '\tstages { "ONE" "TWO" "THREE" }',
                 'default stages { "TWO" }',
                 'host "web1" port 22 roles { "web" "db" } fingerprints '
                 '{ "%s" }' % pin,
                 'host "web2" port 2222 roles { "web" "db" }',
                 'host "localhost" port 22 roles { "web" }',
                 'set "Dir" "/x"', 'set secret "Token" "s3cret"',
                 'set "New" "n"', 'script "ONE" {\n\t\t\t\t"true"\n\t\t\t}',
                 'script "THREE" {', 'script "TWO" {',
                 'notify webhook "http://example.com/s3cret"',
                 'notify webhook "http://h/"'):
        ok(line in out, "it has " + line.split("\n")[0].strip())
    ok("/var/www" not in out and "PRIVATE KEY" not in out and
       "s3cret github" not in out, "and not what gave way")
    out = case("no host key check", nothing, '*' + T + ' target "production": '
               'host keys are not checked; whoever answers can pose as its '
               'hosts', native=reopen("no host key check"))
    ok("no host key check\n" in out, "can be said beside it")
    out = case("more than JSON has", nothing, 'main.conf:20: warning: '
               'application "blog" has no target', native=MORE)
    ok('readers { "bob" "dave" }' in out and 'repository "a/b"' in out and
       'branches { "main" "stable" }' in out and
       'target "staging" {' in out and 'application "blog"' in out,
       "targets and applications")
    case("a native line twice", nothing,
         "main.conf:7: user stands here a second time",
         "main.conf:9: stages stands here a second time",
         native=reopen("user root\nuser root\nstages { ONE TWO }\n"
                       "stages { ONE TWO }"))
    case("an option twice", nothing,
         'main.conf:9: set "Dir" stands here a second time',
         native=reopen("", 'set Dir "a"\nset Dir "b"'))
    out = case("native lines before it", nothing, native='public url '
               '"http://other"\ngithub {\nclient id n\n'
               'client secret "n"\n}\n' + NATIVE)
    ok('public url "http://other"' in out and 'client id "n"' in out,
       "win, too")
    case("an application that was there before", nothing,
         A + ' application "shop" stands here a second time',
         native='application shop {\nrepository a/b\n}\n' + NATIVE,
         only=True)


def statements():
    case("it stands twice", nothing,
         "main.conf:4: include json stands here a second time",
         native=NATIVE + 'include json "%s"\n' % NAME)
    case("in a block", nothing,
         "main.conf:2: include json does not belong here but at the top",
         native='application x {\ninclude json "%s"\n}\n' % NAME + NATIVE,
         only=True)
    case("without a name", nothing,
         "main.conf:4: unexpected end of the line; write: include [json] "
         "PATH", native=NATIVE + "include\n")
    write("json", "limit silence 2m\n")
    out = case("a file named json", nothing, native=NATIVE + "include json\n")
    ok("limit silence 2m" in out, "is a native one")
    write("x.inc", NATIVE)
    out = case("from an included file", nothing, native='include "x.inc"\n')
    ok('application "shop"' in out, "it is read, too")


# ---- verdicts and secrets

def strict():
    write(NAME, json.dumps(BASE))
    write("main.conf", NATIVE)
    same(run("main.conf", "-nW")[:2], (0, "configuration OK\n"),
         "-W: what is right is right")
    write(NAME, json.dumps(dict(BASE, xyzzy=1)))
    status, err, out = run("main.conf", "-nWv", "-k", "never")
    same((status, err.splitlines()[1:], out, os.path.exists(DIR + "/never")),
         (1, ["warnings are errors (-W)"], "", False),
         "-W: a warning is an error")
    for args in (("-W",), ("-k", "x"), ("-n", "-k", "x"), ("-v", "-k", "x")):
        status, err, out = run("main.conf", *args)
        ok(status == 1 and err.startswith("usage: "),
           "%s alone is refused" % " ".join(args))


def secrets():
    doc = copy.deepcopy(BASE)
    target = doc["applications"][0]["targets"][0]
    subprocess.run(["ssh-keygen", "-q", "-N", "s3cret passphrase", "-f",
                    DIR + "/locked"], check=True)
    target["deployment_ssh_key"] = read("locked").decode()
    target["webhooks"] = ["http://h/s3cret1", "http://h/s3cret2"]
    write(NAME, json.dumps(doc))
    write("main.conf", reopen('passphrase "s3cret passphrase"',
                              'set secret "T/o" "s3cret option"'))
    plain = run("main.conf", "-nv")[2]
    status, err, out = run("main.conf", "-nv", "-k", "secrets")
    at = os.path.realpath(DIR) + "/secrets"
    made = sorted(os.listdir(at)) if os.path.isdir(at) else []
    same((status, made), (0, [
        "github.secret", "shop-production-web-T_o.secret",
        "shop-production-webhook-2.url", "shop-production-webhook.url",
        "shop-production.key", "shop-production.passphrase"]),
        "-k: a file for each secret")
    ok("s3cret" not in out and "PRIVATE" not in out and
       out.count('file "%s/' % at) == 6, "none is printed")
    ok(all(os.stat(at + "/" + n).st_mode & 0o7777 == 0o600 for n in made) and
       os.stat(at).st_mode & 0o7777 == 0o700, "nobody else can read them")
    reread(out, "with secrets in files")

    def inline(m):
        value = read("secrets/" + m.group(1)).decode()
        return '"%s"' % (value if m.group(1).endswith(".key") else
                         value.rstrip("\n"))

    same(re.sub(r'file "%s/([^"]*)"' % re.escape(at), inline, out), plain,
         "they hold what stood there")
    before = {n: read("secrets/" + n) for n in made}
    os.unlink(at + "/github.secret")
    status, err, out = run("main.conf", "-nv", "-k", "secrets")
    ok(status == 1 and out == "" and err.splitlines()[-1].endswith(
        "shop-production.key: it exists, and is not overwritten"),
       "-k: nothing is overwritten")
    ok(sorted(os.listdir(at)) == made[1:] and all(
        read("secrets/" + n) == before[n] for n in made[1:]),
       "and what was made is taken away again")
    shutil.rmtree(at)
    os.mkdir(at)
    os.symlink(DIR + "/aim", at + "/github.secret")
    status, err, out = run("main.conf", "-nv", "-k", "secrets")
    ok(status == 1 and "github.secret: it exists" in err and
       not os.path.exists(DIR + "/aim"), "-k: a link is not followed")
    os.unlink(at + "/github.secret")
    os.chmod(at, 0o777)
    for path, message in (("secrets", "others can write there"),
                          ("none/x", "No such file or directory"),
                          ("main.conf", "Not a directory")):
        status, err, out = run("main.conf", "-nv", "-k", path)
        ok(status == 1 and out == "" and
           "%s: %s\n" % (path, message) in err, "-k %s: %s" % (path, message))
    os.chmod(at, 0o700)
    os.chown(at, 65534, -1)
    ok("secrets: it belongs to another user" in
       run("main.conf", "-nv", "-k", "secrets")[1],
       "-k: not where it is another user's")


modes()
files()
native()
statements()
strict()
secrets()
done()
