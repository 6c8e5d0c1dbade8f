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

"""configuration.json: every message that it can yield, with the line and the
path that it has; what the Go program started with is accepted; what is
printed reads back."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from jsonlab import *


# ---- right

def right():
    out = case("a configuration that is right", lambda c, a, t: None)
    for line in ('public url "https://deploy.example.com"',
                 'client id "id"', 'client secret "s3cret github"',
                 'repository "example/shop"', 'branches { "main" }',
                 'readers { "bob" }', 'user "deploy"',
                 'deployers { "alice" }', 'stages { "ONE" "TWO" }',
                 'default stages { "ONE" }',
                 'host "web1" port 22 roles { "web" "db" }',
                 'host "web2" port 2222 roles { "web" }',
                 'set "Dir" "/var/www"', '"echo {{.Dir}}"', '"echo 2"',
                 'notify webhook "http://example.com/s3cret"', KEY.rstrip()):
        ok(line in out, "it has " + line.split("\n")[0])
    out = case("without TLS", lambda c, a, t: c.pop("ssl_enabled"))
    ok('public url "http://deploy.example.com"' in out, "it is http then")
    out = case("a slash behind the host", lambda c, a, t: put(
        c, host="Deploy.example.com:8443/"))
    ok('public url "https://deploy.example.com:8443"' in out, "is cut off")
    out = case("no stage is chosen", lambda c, a, t: t.pop(
        "default_stages"))
    ok("default stages { }" in out, "where none is named")
    out = case("hosts in other forms", lambda c, a, t: put(t, hosts=[
        {"name": n, "roles": ["web", "db"]} for n in (
            "[::1]:22", "web1:ssh", ":22", "web2:2222")]))
    ok(re.findall(r'host "(\S+)" port (\d+)', out) == [
        ("::1", "22"), ("web1", "22"), ("localhost", "22"),
        ("web2", "2222")], "as Go reads them")
    out = case("the text around a key", lambda c, a, t: put(
        t, deployment_ssh_key="of deploy\r\n" + KEY.replace("\n", "\r\n")))
    ok('key "' + KEY.rstrip() in out, "is left out")
    out = case("lines of scripts", lambda c, a, t: put(
        t["roles"][0], script_templates={"ONE": "a\r\n\nb\\n\"c\"\t\n"}))
    ok('"a"\n\t\t\t\t""\n\t\t\t\t"b\\\\n\\"c\\"\t"\n\t\t\t}' in out,
       "are those that Go runs")
    out = case("options of several lines", lambda c, a, t: put(
        t["roles"][0]["options"], Dir="a\n\"b\n", Empty=""))
    ok('set "Dir" {\n\t\t\t\t"a"\n\t\t\t\t"\\"b"\n\t\t\t\t""\n' in out and
       'set "Empty" ""' in out, "and empty ones")
    case("null is nothing", lambda c, a, t: (
        put(c, mailgun_api_key=None), put(a, travis_image_url=None),
        put(t, webhooks=None, slack_url=None)))
    case("empty strings are nothing", lambda c, a, t: (
        put(c, mandrill_api_key="", mailgun_base_url="", mailgun_api_key=""),
        put(a, travis_image_url="", daily_digest_receivers=[],
            daily_digest_target=""),
        put(t, webhooks=[], slack_url="", bugsnag_api_key="",
            flowdock_endpoint="", new_relic_api_key="", new_relic_app_id="")))


# ---- shapes

def shapes():
    tables = {name: re.findall(r'\{ \.name = "(\w+)"(.*?)\}', body, re.S)
              for name, body in re.findall(
                  r"(\w+)_properties\[\] = \{\n(.*?)\n\};", SOURCE, re.S)}
    ok(sum(map(len, tables.values())) == 40, "all properties are found")
    where = dict(top="", application=A + ".", target=T + ".",
                 host=T + ".hosts[0].", role=T + ".roles[0].")
    shape_names = dict(re.findall(r'\[(SHAPE_\w+)\] =\s+"(.*)"', SOURCE))
    seen = set()
    for kind, properties in tables.items():
        for name, rest in properties:
            shape = re.search(r"\.shape = (\w+)", rest)
            shape = shape.group(1) if shape else "SHAPE_TEXT"
            seen.add(name)
            for value, what in ((7, "a number"), (1.5, "a number"),
                                ("x", "a string"), (True, "true"),
                                (False, "false"), ([], "a list"),
                                ({}, "an object")):
                if (type(value), shape) in (
                        (str, "SHAPE_TEXT"), (bool, "SHAPE_BOOL"),
                        (list, "SHAPE_TEXTS"), (list, "SHAPE_OBJECTS"),
                        (dict, "SHAPE_MAP")):
                    continue
                if shape != "SHAPE_TEXT" and value in (1.5, False):
                    continue

                def change(c, a, t):
                    at = dict(top=c, application=a, target=t,
                              host=t["hosts"][0], role=t["roles"][0])[kind]
                    at[name] = value
                    # Only this is looked at.
                doc = copy.deepcopy(BASE)
                change(doc, doc["applications"][0],
                       doc["applications"][0]["targets"][0])
                text = json.dumps(doc, indent=1)
                write(NAME, text)
                write("main.conf", NATIVE)
                status, err, out = run("main.conf", "-n")
                got = [x for x in told(doc, text, err)
                       if not x.startswith("*")]
                same((status, got), (1, ["%s%s must be %s, not %s" % (
                    where[kind], name, shape_names[shape], what)]),
                    "%s is %s" % (name, what))
    ok({"ssl_enabled", "host", "session_secret", "oauth2_state_string",
        "github_client_id", "github_client_secret", "mandrill_api_key",
        "mailgun_base_url", "mailgun_api_key", "applications", "name",
        "read_usernames", "github_owner", "github_repo", "github_branches",
        "travis_image_url", "daily_digest_receivers", "daily_digest_target",
        "targets", "deployment_user", "deployment_ssh_key",
        "deploy_usernames", "default_stages", "available_stages",
        "bugsnag_api_key", "flowdock_endpoint", "new_relic_api_key",
        "new_relic_app_id", "newrelic_api_key", "newrelic_app_id",
        "slack_url", "webhooks", "hosts", "roles", "script_templates",
        "options"} == seen, "these are all that the original has")
    case("elements of other types", lambda c, a, t: (
        put(a, read_usernames=["bob", 1, ["x"]]),
        put(t, webhooks=["http://h/", {}], hosts=t["hosts"] + [None, "x:22"]),
        put(t["roles"][0], options={"Dir": 7},
            script_templates={"ONE": ["echo"], "TWO": True})),
        A + ".read_usernames[1] must be a string, not a number",
        A + ".read_usernames[2] must be a string, not a list",
        T + ".webhooks[1] must be a string, not an object",
        T + ".hosts[2] must be an object, not null",
        T + ".hosts[3] must be an object, not a string",
        T + ".roles[0].script_templates.ONE must be a string, not a list",
        T + ".roles[0].script_templates.TWO must be a string, not true",
        T + ".roles[0].options.Dir must be a string, not a number")


# ---- errors

def errors():
    for host, message in (
            ("web1", "the port is missing: NAME:PORT"),
            ("web1:", "the port is missing: NAME:PORT"),
            ("[::1]", "the port is missing: NAME:PORT"),
            ("web1:0", "the port is not a number from 1 to 65535"),
            ("web1:65536", "the port is not a number from 1 to 65535"),
            ("web1:99999999999999999999",
             "the port is not a number from 1 to 65535"),
            ("web1:xyzzy", "the port is not a number"),
            ("web1:-22", "the port is not a number"),
            ("::1:22", "an IPv6 address stands in brackets: [ADDRESS]:PORT"),
            ("a b:22", "the name is not the name of a host"),
            ("", "this host has no name")):
        case("a host %r" % host, lambda c, a, t: put(
            t, hosts=[{"name": "web1:22", "roles": ["web", "db"]},
                      {"name": host, "roles": ["web"]}]),
            T + ".hosts[1].name " + message)
    case("a role that does not exist", lambda c, a, t: put(
        t["hosts"][0], roles=["web", "db", "worker"]),
        T + '.hosts[0] host "web1" has the role "worker", which does not '
        'exist')
    case("no roles", lambda c, a, t: put(t["hosts"][1], roles=[]),
         T + '.hosts[1] host "web2" has no roles')
    case("a role twice", lambda c, a, t: put(
        t["hosts"][1], roles=["web", "web"]),
        T + ".hosts[1].roles[1] stands here a second time")
    case("two roles with a stage", lambda c, a, t: put(
        t["roles"][1], script_templates={"ONE": "echo"}),
        T + '.hosts[0] host "web1" has two roles with a script for the '
        'stage "ONE": "web" and "db"')
    case("a default stage that there is not", lambda c, a, t: put(
        t, default_stages=["ONE", "THREE"]),
        T + '.default_stages default stage "THREE" is not one of the stages')
    case("names twice", lambda c, a, t: (
        c["applications"].append(dict(a, targets=[])),
        a["targets"].append(copy.deepcopy(t)),
        t["roles"].append(dict(t["roles"][1]))),
        T + '.roles[2] role "db" stands here a second time',
        'applications[0].targets[1] target "production" stands here a '
        'second time',
        'applications[1] application "shop" stands here a second time',
        '*applications[1] application "shop" has no target')
    case("no names", lambda c, a, t: (
        a.pop("name"), t.pop("name"), t["roles"].append({}),
        t["hosts"].append({"roles": ["web"]})),
        A + " this application has no name",
        T + " this target has no name",
        T + ".hosts[2] this host has no name",
        T + ".roles[2] this role has no name",
        '*' + T + '.roles[2] no host has the role ""')
    for key, what in (("deployment_user", "user"),
                      ("deployment_ssh_key", "key"),
                      ("hosts", "host")):
        want = [T + ' target "production" has no ' + what]
        if key == "hosts":
            want += ['*%s.roles[%d] no host has the role "%s"' % (T, i, r)
                     for i, r in enumerate(("web", "db"))]
        case("no " + key, lambda c, a, t: t.pop(key), *want)
    case("no stages", lambda c, a, t: (
        put(t, available_stages=[], default_stages=[]),
        [put(r, script_templates={}) for r in t["roles"]]),
        T + ' target "production" has no stages',
        *["*%s.hosts[%d] its role \"%s\" has no scripts" % (T, i, r)
          for i, r in ((0, "web"), (0, "db"), (1, "web"))])
    case("no host at all", lambda c, a, t: c.pop("host"),
         "main.conf: host is missing: it makes the public url")
    case("a script that does not render", lambda c, a, t: put(
        t["roles"][0], script_templates={"ONE": "echo\necho {{.No}}"}),
        T + ".roles[0].script_templates.ONE, line 2 script ONE of role web: ",
        begins=True)
    case("a script that is no template", lambda c, a, t: put(
        t["roles"][0], script_templates={"ONE": "echo {{.Dir"}),
        T + ".roles[0].script_templates.ONE script ONE of role web: ",
        begins=True)
    case("no key", lambda c, a, t: put(t, deployment_ssh_key="s3cret"),
         T + ".deployment_ssh_key is not the text of a private key")
    case("a key that is broken", lambda c, a, t: put(
        t, deployment_ssh_key="-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"),
        T + " target production: key: the key is damaged or not complete")
    case("control characters", lambda c, a, t: (
        put(t, deployment_user="a\x01", deployment_ssh_key=KEY + "\x02"),
        put(c, github_client_id="\x7f", github_client_secret="\x1b"),
        put(t["roles"][0], options={"Dir": "\x1b[31m"},
            script_templates={"ONE": "a\rb"})),
        "github_client_id has control characters or is not UTF-8",
        "github_client_secret has control characters",
        T + ".deployment_user has control characters or is not UTF-8",
        T + ".deployment_ssh_key has control characters",
        T + ".roles[0].script_templates.ONE has control characters",
        T + ".roles[0].options.Dir has control characters")
    long = "x" * 101
    case("what is too long", lambda c, a, t: (
        put(a, name=long), put(t, available_stages=["ONE", "TWO", long]),
        put(t["roles"][1], options={long: "x", "Big": "x" * 65537},
            script_templates={"TWO": "echo", long: "x"})),
        A + ".name is too long",
        T + ".available_stages[2] is too long",
        T + ".roles[1].script_templates.%s its stage is too long" % long[:64],
        T + ".roles[1].options.%s its name is too long" % long[:64],
        T + ".roles[1].options.Big is too long")
    case("a script of more than a megabyte", lambda c, a, t: put(
        t["roles"][1], script_templates={"TWO": "x" * ((1 << 20) + 1)}),
        T + ".roles[1].script_templates.TWO this script is longer than "
        "1048576 bytes")
    case("a name with a slash", lambda c, a, t: put(a, name="a/b"),
         A + ".name has a slash in it")
    for host, message in (
            ("a/b", "has a path: it is the address alone, https://host or "
             "https://host:port"),
            ("a b", "has no valid host"), ("a:0", "is not a number from 1 "
                                           "to 65535")):
        case("the host %r" % host, lambda c, a, t: put(c, host=host),
             "host " + message)
    many = range(10001)
    for name, change, path in (
            ("branches", lambda c, a, t: put(
                a, github_branches=["b%d" % i for i in many]),
             A + ".github_branches[10000]"),
            ("webhooks", lambda c, a, t: put(
                t, webhooks=["http://h/%d" % i for i in many]),
             T + ".webhooks[10000]"),
            ("hosts", lambda c, a, t: put(t, hosts=[
                {"name": "h%d:22" % i, "roles": ["web"]} for i in many]),
             T + ".hosts[10000]"),
            ("options", lambda c, a, t: put(t["roles"][1], options={
                "o%d" % i: "" for i in many}),
             T + ".roles[1].options.o10000"),
            ("scripts", lambda c, a, t: put(t["roles"][1], script_templates={
                "S%d" % i: "x" for i in many}),
             T + ".roles[1].script_templates.S10000")):
        case("too many " + name, change,
             path + " more than 10000 in this list", only=True)
    case("too many stages", lambda c, a, t: put(
        t, available_stages=["ONE", "TWO"] + ["S%d" % i for i in many]),
        T + ".available_stages[1000] more than 1000 in this list")
    case("too many roles of a host", lambda c, a, t: put(
        t["hosts"][0], roles=["web", "db"] + ["r%d" % i for i in many]),
        T + ".hosts[0].roles[100] more than 100 in this list", only=True)


# ---- warnings

def left_out(why):
    return why + ": it is left out"


def warnings():
    twice = "stands here a second time"
    case("unknown properties", lambda c, a, t: (
        put(c, Hots=1, xyzzy={"a": [1e3, {}]}, ssl_enable=True),
        put(a, read_username=[]), put(t, deploy_username=["alice"]),
        put(t["hosts"][0], port=22), put(t["roles"][0], script_template={})),
        "*Hots unknown property; did you mean host?",
        "*xyzzy unknown property",
        "*ssl_enable unknown property; did you mean ssl_enabled?",
        "*" + A + ".read_username unknown property; did you mean "
        "read_usernames?",
        "*" + T + ".deploy_username unknown property; did you mean "
        "deploy_usernames?",
        "*" + T + ".hosts[0].port unknown property",
        "*" + T + ".roles[0].script_template unknown property; did you mean "
        "script_templates?", order=False)
    out = case("names in other case", lambda c, a, t: (
        put(c, Host=c.pop("host")), put(a, GitHub_Owner="Example"),
        put(t, Slack_URL="")),
        "*Host it is written host",
        "*" + A + ".GitHub_Owner it is written github_owner",
        "*" + A + ".GitHub_Owner " + twice + "; the last one counts",
        "*" + T + ".Slack_URL it is written slack_url", order=False)
    ok('repository "Example/shop"' in out, "the last one counts")
    case("twice in a list", lambda c, a, t: (
        put(a, github_branches=["main", "x", "main"],
            read_usernames=["bob", "BOB"]),
        put(t, deploy_usernames=["alice", "alice"],
            default_stages=["ONE", "ONE"],
            available_stages=["ONE", "TWO", "ONE"],
            webhooks=["http://h/", "http://h/"])),
        "*" + A + ".read_usernames[1] " + left_out(twice),
        "*" + A + ".github_branches[2] " + left_out(twice),
        "*" + T + ".deploy_usernames[1] " + left_out(twice),
        "*" + T + ".default_stages[1] " + left_out(twice),
        "*" + T + ".available_stages[2] " + left_out(twice),
        "*" + T + ".webhooks[1] " + left_out(twice))
    case("what never meant anything", lambda c, a, t: (
        put(a, github_branches=["a b", ""], read_usernames=["<NAME>", None]),
        put(t, deploy_usernames=["", "alice"], webhooks=["<URL>", ""],
            available_stages=["", "ONE", "TWO"]),
        put(t["roles"][0], options={"Dir": "x", "": "x"},
            script_templates={"ONE": "x", "": "y"})),
        "*" + A + ".read_usernames[0] " + left_out(
            "has more than letters, digits, - and _ in it"),
        "*" + A + ".read_usernames[1] " + left_out("is empty"),
        "*" + A + ".github_branches[0] " + left_out(
            "can't be the name of a branch"),
        "*" + A + ".github_branches[1] " + left_out("is empty"),
        "*" + T + ".deploy_usernames[0] " + left_out("is empty"),
        "*" + T + ".available_stages[0] " + left_out("is empty"),
        "*" + T + ".webhooks[0] " + left_out(
            "does not begin with http:// or https://"),
        "*" + T + ".webhooks[1] " + left_out("is empty"),
        "*" + T + ".roles[0].script_templates. it has no stage, and is left "
        "out",
        "*" + T + ".roles[0].options. it has no name, and is left out")
    unserved()
    case("a digest of no target", lambda c, a, t: put(
        a, daily_digest_target="xyzzy"),
        '*' + A + '.daily_digest_target there is no target "xyzzy"')
    for half in ("id", "secret"):
        out = case("GitHub's application without " + half,
                   lambda c, a, t: c.pop("github_client_" + half),
                   "*github_client_%s to sign in with GitHub needs "
                   "github_client_id and github_client_secret" %
                   ("secret" if half == "id" else "id"))
        ok("github {" not in out, "is none")
    case("no repository", lambda c, a, t: a.pop("github_owner"),
         '*' + A + ' application "shop" has no repository')
    case("a strange repository", lambda c, a, t: put(a, github_repo="a b"),
         '*' + A + ' application "shop" has no repository',
         "*" + A + ".github_repo with github_owner it is not of the form "
         "owner/name: it is left out")
    out = case("a host with a scheme", lambda c, a, t: put(
        c, host="http://h"), "*host it is written without http:// or "
        "https://: ssl_enabled says which")
    ok('public url "http://h"' in out, "it is taken")
    out = case("a host twice", lambda c, a, t: put(t, hosts=[
        {"name": "web1:22", "roles": ["web"]},
        {"name": "WEB1:22", "roles": ["db"]},
        {"name": "web1:23", "roles": ["web"]}]),
        "*" + T + ".hosts[1] this host stands here a second time: its roles "
        "are added to the first")
    ok(out.count('host "web1"') == 2 and 'roles { "web" "db" }' in out,
       "it has the roles of both")
    case("a role without scripts", lambda c, a, t: t["roles"][1].pop(
        "script_templates"), '*' + T + '.hosts[0] its role "db" has no '
        'scripts')
    case("an unused role", lambda c, a, t: put(t["hosts"][0], roles=["web"]),
         '*' + T + '.roles[1] no host has the role "db"')
    case("a script that never runs", lambda c, a, t: put(
        t["roles"][0]["script_templates"], SIX="x"),
        '*' + T + '.roles[0].script_templates.SIX "SIX" is not one of the '
        'target\'s stages: this script never runs')
    case("an empty script", lambda c, a, t: put(
        t["roles"][1], script_templates={"TWO": None}),
        "*" + T + ".roles[1].script_templates.TWO this script is empty")
    case("odd options", lambda c, a, t: put(
        t["roles"][1], options={"a-b": "x", "CommitSha": "y"}),
        "*" + T + ".roles[1].options.a-b scripts can't write this name as "
        '{{.Name}}: only {{index . "Name"}} finds it',
        "*" + T + ".roles[1].options.CommitSha CommitSha is set by each "
        "deployment: this value is never used")
    case("nobody deploys", lambda c, a, t: t.pop("deploy_usernames"),
         '*' + T + ' target "production" has no deployers: nobody can deploy '
         'to it')
    case("no target", lambda c, a, t: a.pop("targets"),
         '*' + A + ' application "shop" has no target')
    case("no application", lambda c, a, t: c.pop("applications"),
         "main.conf: warning: no application: nothing can be deployed")
    case("a host whose key is unknown", lambda c, a, t: put(
        t["hosts"][1], name="web3:22"),
        "*" + T + ".hosts[1] host web3 (port 22) is not in %s/known_hosts: "
        "it will be refused" % DIR)
    names_twice()


def unserved():
    """What is read and not done."""
    digests = "daily digests are not sent"
    for key in ("new_relic", "newrelic"):
        case("what is not done, " + key, lambda c, a, t: (
            put(c, mandrill_api_key="s3cret", mailgun_base_url="http://m",
                mailgun_api_key="s3cret"),
            put(a, daily_digest_receivers=["a@example.com"],
                daily_digest_target="production",
                travis_image_url="https://magnum.travis-ci.com/s3cret"),
            put(t, bugsnag_api_key="s3cret", flowdock_endpoint="s3cret",
                slack_url="https://hooks.slack.com/s3cret",
                **{key + "_api_key": "s3cret", key + "_app_id": "7"})),
            "*" + A + ".daily_digest_receivers " + digests,
            "*" + A + ".travis_image_url the image is not shown, and "
            "magnum.travis-ci.com is no more: app.travis-ci.com is its "
            "successor",
            "*" + T + ".bugsnag_api_key Bugsnag is not told of deployments",
            "*" + T + ".flowdock_endpoint Flowdock is no more, and nobody is "
            "told of deployments here; a webhook can take its place",
            "*" + T + ".slack_url Slack is not told of deployments",
            "*" + T + "." + key + "_api_key New Relic is not told of "
            "deployments; keys that do not begin with NRAK- have ended in "
            "2025, user keys are their successors",
            "*mandrill_api_key " + digests + " (Mandrill is Mailchimp "
            "Transactional now)",
            "*mailgun_api_key " + digests, order=False)
    case("what is not done, newer", lambda c, a, t: (
        put(a, travis_image_url="https://travis-ci.org/a/b.svg"),
        put(t, new_relic_api_key="NRAK-s3cret")),
        "*" + T + ".new_relic_api_key New Relic is not told of deployments",
        "*" + A + ".travis_image_url the image is not shown, and "
        "travis-ci.org is no more: app.travis-ci.com is its successor",
        order=False)
    case("the image of today", lambda c, a, t: put(
        a, travis_image_url="https://app.travis-ci.com/a/b.svg"),
        "*" + A + ".travis_image_url the image is not shown")


def names_twice():
    write(NAME, json.dumps(BASE).replace(
        '"Dir": "/var/www"', '"Dir": "/x", "Dir": "/y"').replace(
        '"TWO": "echo"', '"TWO": "1",\n"TWO": "2"').replace(
        '"deployment_user"', '"deployment_user": "x",\n"deployment_user"'))
    write("main.conf", NATIVE)
    status, err, out = run("main.conf", "-nv")
    last = ": warning: %s: stands here a second time; the last one counts"
    same(err.splitlines()[:-1], [NAME + n + last % p for n, p in (
        (":2", T + ".deployment_user"), (":2", T + ".roles[0].options.Dir"),
        (":3", T + ".roles[1].script_templates.TWO"))],
        "names twice: warnings")
    ok('set "Dir" "/y"' in out and '"2"' in out and 'user "deploy"' in out,
       "the last ones count, as in Go")


# ---- the text

def broken(data, want, name):
    write(NAME, data)
    status, err, out = run(NAME, "-nv")
    ok(status == 1 and out == "", name + ": the verdict")
    same(err.splitlines(), [NAME + want], name)
    ok("s3cret" not in err, name + ": nothing of it is quoted")


def text():
    large, comma = "this number is too large", "a comma too many?"
    for data, column, message in (
            ('{"host": "s3cret"', 17, "the text ends too early"),
            ('{"host": "s3cret" "x"', 21, "a comma or } must stand here"),
            ('{"host": "s3cret",}', 19, "a name in quotes must stand here "
             "(%s)" % comma),
            ('{"webhooks": ["s3cret",]}', 24, "a value must stand here (%s)" %
             comma),
            ('{"webhooks": ["s3cret" "x"]}', 26, "a comma or ] must stand "
             "here"),
            ('{"host" "s3cret"}', 16, "a colon must stand here"),
            ('{"host": s3cret}', 10, "this is no value of JSON"),
            ('{"host": "s3cret\n"}', 16, "a string ends on its line"),
            ('{"host": "a\tb"}', 11, "a control character in a string"),
            ('{"host": "\\q"}', 12, "a backslash with a meaning that JSON "
             "lacks"),
            ('{"host": "\\ud800"}', 17, "half a character (\\u)"),
            ('{"host": "\\u0000"}', 17, "a NUL (\\u0000) in a string"),
            ('{"\\u0000": 1}', 9, "a NUL (\\u0000) in a name"),
            ('{"x": 99999999999999999999}', 26, large),
            ('{"x": -99999999999999999999}', 27, large),
            ('{"x": 1e999}', 11, large),
            ('{"host": "h"} s3cret', 15, "nothing may follow the object"),
            ('{"x": ' + "[" * 100000, 2054, "too many lists and objects in "
             "each other"),
            ('{', 1, "the text ends too early")):
        broken(data, ":1: column %d: %s" % (column, message), "%.40r" % data)
    broken('{"host": "h",\n\n"x": s3cret}', ":3: column 6: this is no value "
           "of JSON", "in line 3")
    broken(b'{"host":\n"\xff"}', ":2: this is not UTF-8 text",
           "bytes that are no UTF-8")
    broken(b'{"host":\n"a\0b"}', ":2: control byte 0x00 in the text", "a NUL")
    broken('{"x": [' + "[]," * 1000000 + "0]}", ":1: too many values",
           "a million lists")
    broken('{"x": [' + "1," * 1000000 + "0]}", ":1: too many values",
           "a million numbers")
    broken("{" + " " * (8 << 20) + "}", ": too large", "8 MB")
    write(NAME, '{"x": ' + "[" * 1000 + "]" * 1000 + "}")
    ok(NAME + ":1: warning: x: unknown property\n" in run(NAME, "-n")[1],
       "a thousand lists in each other are skipped")
    write("main.conf", NATIVE)
    for data in ("[]", '"s3cret"', "s3cret", ""):
        write(NAME, data)
        status, err, out = run("main.conf", "-n")
        ok(status == 1 and err.startswith(NAME + ":1: ") and
           "s3cret" not in err and err.count("\n") == 1,
           "%r is no configuration" % data)
    # one line; lines that end in CRLF, after a byte order mark
    base = copy.deepcopy(BASE)
    base["applications"][0]["targets"][0]["slack_url"] = "x"
    lines = json.dumps(base, indent=1)
    for data, line in ((json.dumps(base), 1), (
            b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode(),
            1 + lines.split("slack")[0].count("\n"))):
        write(NAME, data)
        ok("%s:%d: warning: %s.slack_url: Slack is not told of deployments\n"
           % (NAME, line, T) in run("main.conf", "-n")[1], "line %d" % line)
    write(NAME, "\n \t" + json.dumps(BASE))
    status, err, out = run(NAME, "-nv")
    ok(status == 0 and "listen on 127.0.0.1 port 8080\n" in out and
       'database "/var/db/applikatoni/applikatoni.db"' in out,
       "alone it has the usual places, and listens on port 8080")


right()
shapes()
errors()
warnings()
text()
done()
