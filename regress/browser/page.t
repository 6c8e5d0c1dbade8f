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

"""The page as a person uses it, in a real browser: signing in, starting a
deployment, watching its log as it comes, killing one, the history, tokens,
signing out; and that nothing a host prints becomes markup.  With KEEP=DIR a
picture of each page is left there."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

from lab import *
from webdriver import Browser

OTHER = "ab" * 20
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"

hold = "while ! test -e $DIR/go.%s; do sleep 0.05; done"
lab = Lab(hosts=2)
a, b = lab.hosts
lab.configure(lab.application(
    lab.target("production", {"web": {
        "ONE": ["echo before on $HOST; %s; echo after on $HOST"
                % (hold % "production")],
        "TWO": ["printf '%s\\n'" % EVIL,
                "printf '\\033[1;31mred\\033[0m plain\\n'",
                "printf 'a\\033[2Kb\\007c\\rd\\n'",
                "printf '\\342\\200\\256reversed\\n'",
                "head -c 30000 /dev/zero | tr '\\0' '\\033'; echo",
                "echo to stderr >&2"],
        "THREE": ["echo never"]}},
        default_stages=["ONE", "THREE"]),
    lab.target("staging", {"web": {
        "ONE": ["echo staging on $HOST; " + hold % "staging"]}},
        [(a, ["web"])], stages=["ONE", "TWO"], default_stages=["ONE"]),
    lab.target("quick", {"web": {"ONE": ["true"], "LONG": ["seq 60000"]}},
               [(a, ["web"])], stages=["ONE", "LONG"],
               default_stages=["ONE"], more="\t\tno host key check")))
lab.start()


def expected(entry):
    """Refusals that the test provokes; a browser reports each of them."""
    return re.search(r"Failed to load resource: .* status of "
                     r"(401|409|404) ", entry["message"])


def sign_in(login):
    browser.go(lab.ctl("login", login).stdout.decode().strip())
    browser.click("button.primary", "Sign in")
    browser.find("h1", "Applications")


def lines(css):
    """The lines of the log of one kind."""
    return browser.script("return [...document.querySelectorAll("
                          "arguments[0])].map((x) => x.textContent)", css)


browser = Browser(lab)

# ---- signing in

browser.go(lab.url + "/shop")
browser.find("pre", "applikatonictl login")
same(browser.url, lab.url + "/-/login",
     "who is not signed in is led to where one signs in")
browser.shot("how-to-sign-in")
link = lab.ctl("login", "alice").stdout.decode().strip()
browser.go(link)
browser.find("button.primary", "Sign in")
browser.shot("sign-in")
same(browser.url, lab.url + "/-/login", "the token leaves the address")
same(browser.call("GET", "/cookie"), [], "a visit alone signs nobody in")
browser.click("button.primary", "Sign in")
browser.find("h1", "Applications")
same(browser.url, lab.url + "/", "a click does, and leads to the applications")
same([c["httpOnly"] for c in browser.call("GET", "/cookie")], [True],
     "with a cookie that no script can read")
ok(browser.has("#person .login", "alice"), "the page says who one is")
ok(browser.has(".card h2 a", "shop") and
   browser.has(".targets", "never deployed"), "the application is there")
browser.shot("applications")

browser.go(link)
browser.click("button.primary", "Sign in")
ok(browser.find(".notice"), "the link is good for once")
browser.go(lab.url + "/")

# ---- starting a deployment

browser.click(".card h2 a", "shop")
browser.wait_url("/shop$")
browser.find("form.deploy")
same([e.property("value") for e in browser.all("select[name=target] option")],
     ["production", "staging", "quick"], "the form has the targets")


def stages():
    return [(e.property("value"), e.property("checked")) for e in
            browser.all("input[name='stages[]']")]


same(stages(), [("ONE", True), ("TWO", False), ("THREE", True)],
     "the stages of the first one, with its default")
browser.choose("select[name=target]", "staging")
same(stages(), [("ONE", True), ("TWO", False)], "another target has its own")
UNCHECKED = "The host keys of this target are not checked."
ok(not browser.has("form.deploy p.warning", UNCHECKED),
   "nothing is said where host keys are checked")
browser.choose("select[name=target]", "quick")
ok(browser.has("form.deploy p.warning", UNCHECKED),
   "a target that checks no host keys shows that")
browser.choose("select[name=target]", "production")
same(browser.find("input[name=branch]").property("value"), "main",
     "the branch is the first one")
browser.type("input[name=branch]", "develop")
browser.type("textarea[name=comment]", "a <b>bold</b> comment")
browser.type("input[name=commitsha]", "12345")
browser.click("form.deploy button.primary")
same(browser.url, lab.url + "/shop", "a commit that is none is not sent")
browser.type("input[name=commitsha]", "  " + SHA.upper() + " ")
for stage in ("TWO", "THREE"):
    browser.click("input[value=%s]" % stage)
same(stages(), [("ONE", True), ("TWO", True), ("THREE", False)],
     "stages can be chosen")
browser.shot("application-form")
browser.click("form.deploy button.primary")
browser.wait_url("/shop/deployments/1$")
ok(True, "the form starts a deployment and leads to its page")

# ---- the log, live

browser.find(".log .stdout", "before on host2")
browser.find(".log .stdout", "before on host1")
browser.script("window.sameDocument = true")
same(browser.find(".facts .state").text.lower(), "running", "it runs")
same(sorted(lines(".log .stdout")), ["before on host1", "before on host2"],
     "its lines are there while the hosts wait")
browser.find(".stage-state.active", "ONE")
facts = browser.find(".facts").text
ok("production" in facts and SHA[:10] in facts and "develop" in facts and
   "a <b>bold</b> comment" in facts and "alice" in facts,
   "the page says what is deployed; a comment is text")
ok(browser.all("button.danger"), "there is a kill button")
browser.shot("running")
open(a.path("go.production"), "w").close()
browser.find(".log .stdout", "after on host1")
ok("after on host2" not in lines(".log .stdout"),
   "the next line of one host is shown as it comes")
same(browser.find(".facts .state").text.lower(), "running",
     "while the other one still runs")
open(b.path("go.production"), "w").close()
browser.find(".facts .state", "successful")
ok(browser.script("return window.sameDocument === true"),
   "the state becomes successful without a reload")
ok(browser.find(".log .end", "successful"), "and so says the log")
same([e.text for e in browser.all(".stage-state.successful")],
     ["ONE", "TWO"], "and so do the stages")
ok(not browser.all(".title button.danger"), "nothing is left to kill")
ok("successful" in browser.title, "the title of the window says it too")

# ---- what a host prints is text

out = lines(".log .stdout")
same(out.count(EVIL), 2, "markup in the output is text")
same(browser.script("return [document.scripts.length, "
                    "document.querySelectorAll('main script, main img')"
                    ".length]"), [1, 0], "and makes no elements")
same(browser.alert(), None, "nor runs")
red = browser.find(".log .stdout .fg-1", "red")
ok("bold" in red.property("className"), "colours are classes")
same([x for x in out if x.startswith("red")], ["red plain"] * 2,
     "and don't show as codes")
same([x for x in out if x.startswith("a^")], ["a^[[2Kb^Gc^Md"] * 2,
     "other control characters are made visible")
ok(any(x == "<202E>reversed" for x in out),
   "those that turn text around too")
same([out.count("^[" * 30000), browser.script(
    "return Math.max(...[...document.querySelectorAll('.log .stdout')]"
    ".map((x) => x.childNodes.length)) < 500")], [2, True],
     "but a line of nothing else does not become as many elements")
same(lines(".log .stderr"), ["to stderr"] * 2, "stderr is told apart")
browser.choose(".toolbar select", browser.script(
    "return [...document.querySelectorAll('.toolbar select option')]"
    ".find((o) => o.text === arguments[0]).value", a.origin))
wait_for("one host", lambda: len(browser.all(".log .stderr")) == 1)
ok(True, "the log can be had of one host")
browser.choose(".toolbar select", "")
wait_for("both hosts", lambda: len(browser.all(".log .stderr")) == 2)
same(len(lines(".log .line")), lab.deployment(1)["entries"],
     "every entry is there once")
download = browser.find(".toolbar a").property("href")
ok(EVIL in lab.request("GET", download[len(lab.url):], "alice").text,
   "the log can be downloaded")
browser.shot("successful")
browser.reload()
browser.find(".log .end", "successful")
same(len(lines(".log .line")), lab.deployment(1)["entries"],
     "after a reload the log is the same")

# ---- a refusal, and a kill

browser.click("a.button", "Deploy this commit again")
browser.wait_url("/shop#")
browser.find("form.deploy")
same([browser.find("[name=%s]" % n).property("value") for n in
      ("target", "commitsha", "branch")], ["production", SHA, "develop"],
     "a commit can be deployed again: the form is filled in")
browser.choose("select[name=target]", "staging")
browser.type("textarea[name=comment]", "to be killed")
browser.click("form.deploy button.primary")
browser.wait_url("/shop/deployments/2$")
browser.find(".log .stdout", "staging on host1")
browser.go(lab.url + "/shop")
browser.choose("select[name=target]", "staging")
ok(browser.find("#running", "#2"), "the form says that a target is busy")
browser.type("input[name=commitsha]", OTHER)
browser.type("textarea[name=comment]", "too early")
browser.click("form.deploy button.primary")
ok(browser.find("form .notice", "2") and browser.url == lab.url + "/shop",
   "one that is refused says why at the form")
same([browser.find("[name=%s]" % n).property("value") for n in
      ("commitsha", "comment")], [OTHER, "too early"],
     "which keeps what was typed")
browser.shot("refused")
browser.click("#running a")
browser.wait_url("/shop/deployments/2$")
browser.script("window.sameDocument = true")
browser.find(".log .stdout", "staging on host1")
browser.click(".title button.danger", "Kill")
browser.find("dialog p", "staging")
browser.shot("kill")
browser.click("dialog button", "Cancel")
wait_for("no dialog", lambda: not browser.all("dialog"))
same(lab.deployment(2)["state"], "active", "a kill asks first")
browser.click(".title button.danger", "Kill")
browser.click("dialog button.danger", "Kill")
browser.find(".facts .state", "killed")
ok(browser.script("return window.sameDocument === true"),
   "a deployment that is killed says so without a reload")
ok(browser.find(".log .line", "killed by alice"), "and by whom")
d = lab.deployment(2)
same((d["state"], d["ended_by"]), ("failed", "person"), "it has ended")
same(a.commands(), [], "and nothing of it is left on the host")
browser.shot("killed")

# ---- the history

while True:
    lab.run(target="quick", stages=["ONE"])
    reply = lab.get("/shop/deployments", "alice").json
    if reply["next"] is not None:
        break
total = lab.ctl_json("deployments", "-n", "1")["deployments"][0]["id"]
browser.go(lab.url + "/shop")
browser.click("main a", "All deployments")
browser.wait_url("/shop/deployments$")
browser.find("table.deployments")


def ids():
    return [int(t[1:]) for t in lines("table.deployments td.id")]


first = ids()
same(first, list(range(total, total - len(first), -1)),
     "the history has the newest first")
ok(browser.has("td.commit a"), "with links to the commits")
browser.shot("history")
browser.click(".pages a", "Older")
browser.wait_url("before=")
browser.find("table.deployments")
same(first + ids(), list(range(total, 0, -1)), "and goes on, page by page")
ok(browser.has("td.comment", "a <b>bold</b> comment"), "to the first one")
browser.click(".pages a", "Newest")
browser.wait_url("/shop/deployments$")
browser.find("table.deployments")
browser.choose("label select", "staging")
browser.wait_url("target=staging")
browser.find("table.deployments")
same(ids(), [2], "the history of one target")
browser.click("td.id a")
browser.wait_url("/deployments/2$")
browser.find("h1", "Deployment #2")
browser.click("#crumbs a", "shop")
browser.wait_url("/shop$")
ok(browser.find("table.deployments"), "the way back is shown")
browser.shot("application")

# ---- what there is not

browser.go(lab.url + "/nothing")
ok(browser.find("h1", "There is nothing here"), "what is not there says so")
ok(browser.find("#person .login", "alice") and
   browser.find("#person button", "Sign out"),
   "to someone who stays signed in")
browser.shot("not-found")
browser.go(lab.url + "/shop/deployments/999999")
ok(browser.find("h1", "There is nothing here"), "a deployment too")

# ---- tokens

browser.go(lab.url + "/-/tokens")
browser.find("form select[name=scope]")
before = len(lines("table.tokens tbody tr"))
browser.choose("select[name=scope]", "read")
browser.choose("select[name=application]", "shop")
browser.choose("select[name=target]", "staging")
browser.type("input[name=days]", "7")
browser.click("form button.primary")
token = browser.find(".made input").property("value")
same(lab.get("/shop", token=token).status, 200, "a token works")
same(lab.request("POST", "/shop/deployments/2/kill", token=token).status,
     403, "for what it was made for")
wait_for("the list", lambda: len(lines("table.tokens tbody tr")) ==
         before + 1)
row = browser.find("table.tokens tbody tr", "staging").text
ok("read" in row and "in 7 days" in row, "the list has it")
ok(token not in browser.text.replace(" ", ""), "but not its secret")
browser.shot("tokens")
browser.reload()
browser.find("table.tokens")
ok(not browser.all(".made input") and token not in browser.script(
    "return document.documentElement.outerHTML"), "which is shown once")
browser.script("for (const r of document.querySelectorAll('tr'))"
               "if (r.textContent.includes('staging'))"
               "r.querySelector('button').id = 'that'")
browser.click("#that")
browser.click("dialog button.danger", "Revoke")
wait_for("the list", lambda: len(lines("table.tokens tbody tr")) == before)
same(lab.get("/shop", token=token).status, 401, "a revoked one is nobody's")

# ---- a small window

browser.window(400, 800)
for name, path in (("applications", "/"), ("application", "/shop"),
                   ("history", "/shop/deployments"),
                   ("deployment", "/shop/deployments/1"),
                   ("tokens", "/-/tokens")):
    browser.go(lab.url + path)
    browser.find("h1")
    browser.find("main")
    if name == "deployment":
        browser.find(".log .end")
    wide, view = browser.script("return [document.documentElement."
                                "scrollWidth, innerWidth]")
    ok(wide <= view, "%s fits into a small window" % name)
    browser.shot("small-" + name)
browser.window(1280, 900)

# ---- signing out

browser.go(lab.url + "/")
browser.click("#person button", "Sign out")
browser.wait_url("/-/login$")
same(browser.call("GET", "/cookie"), [], "signing out takes the cookie away")
browser.go(lab.url + "/shop")
browser.find("h1", "Sign in")
same(browser.url, lab.url + "/-/login", "and ends the session")

# ---- a reader

sign_in("bob")
browser.go(lab.url + "/shop")
ok(browser.find("p.card", "You may read this application") and
   not browser.all("form"), "a reader has no form")
browser.go(lab.url + "/shop/deployments/1")
browser.find(".log .end")
ok(True, "but reads the log")

# Up to here the console had nothing but what was provoked.
console = browser.console()
same([e["message"] for e in console if e["level"] in ("SEVERE", "WARNING") and
      not expected(e)], [], "no script failed, no policy was violated")

# ---- the web process dies while one watches

for h in lab.hosts:
    os.unlink(h.path("go.production"))
id = lab.deploy(stages=["ONE"])
browser.go(lab.url + "/shop/deployments/%d" % id)
browser.find(".log .stdout", "before on host2")
browser.find(".log .stdout", "before on host1")
ok(not browser.all(".title button.danger"), "a reader has no kill button")
lab.kill_process("web")
for h in lab.hosts:
    open(h.path("go.production"), "w").close()
browser.find(".facts .state", "successful")
same(len(lines(".log .line")), lab.deployment(id)["entries"],
     "whoever watches goes on without gap or repeat when web dies")

# ---- a long log

id = lab.deploy(target="quick", stages=["ONE", "LONG"])
total = len(lab.entries(id))
browser.go(lab.url + "/shop/deployments/%d" % id)
browser.find(".log .end", "Deployment successful")
ok(browser.has(".log .dropped", "{:,} earlier lines".format(total - 10000)),
   "of a long log that has ended the page says what it leaves out")
same(len(lines(".log .line")), 10000, "and shows the end of it")
same(lines(".log .stdout")[-1], "60000", "with the last line")
same(len(browser.all(".stages-row .stage-state.successful")), 2,
     "it knows how the stages before went")

browser.close()
same(browser.strays(), [], "the browser is gone")
same(lab.stop(), 0, "the daemon stops")
done()
