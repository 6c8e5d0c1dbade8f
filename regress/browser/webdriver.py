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

"""A real Chromium, led through chromedriver by the WebDriver protocol: pages
as a person sees them, clicks and keys as a person gives them.  The browser
and its profile go when the test ends."""

import atexit
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

from lab import TIME_LIMIT, descendants, wait_for

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class WebDriverError(Exception):
    def __init__(self, value):
        super().__init__("%s: %s" % (value.get("error"),
                                     value.get("message")))
        self.kind = value.get("error")
        self.is_stale = self.kind == "stale element reference" or \
            "does not belong to the document" in str(self)


class Element:
    """An element, and how it was found: pages put new ones in the place of
    old ones."""

    def __init__(self, browser, id, *how):
        self.browser, self.id, self.how = browser, id, how

    def call(self, method, path, body=None):
        while True:
            try:
                return self.browser.call(
                    method, "/element/%s%s" % (self.id, path), body)
            except WebDriverError as error:
                if not error.is_stale or not self.how:
                    raise
                self.id = self.browser.find(*self.how).id

    def click(self):
        self.call("POST", "/click", {})

    def type(self, text):
        self.call("POST", "/clear", {})
        self.call("POST", "/value", {"text": text})

    @property
    def text(self):
        """The text as it is rendered: none of what is hidden."""
        return self.call("GET", "/text")

    def property(self, name):
        return self.call("GET", "/property/" + name)


class Browser:
    def __init__(self, lab, width=1280, height=900):
        self.keep = os.environ.get("KEEP")
        if self.keep is not None and not os.path.isdir(self.keep):
            self.keep = None
        self.shots = 0
        self.session = None
        self.profile = lab.dir + "/chromium"
        self.log_path = lab.dir + "/chromedriver.log"
        log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
            env=dict(os.environ, HOME=lab.dir))
        atexit.register(self.close)
        self.url_base = "http://127.0.0.1:%s" % wait_for(
            "chromedriver", self.port)
        self.session = self.send("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "browserName": "chrome",
                "goog:loggingPrefs": {"browser": "ALL"},
                "unhandledPromptBehavior": "ignore",
                "goog:chromeOptions": {"args": [
                    # a pipe, since a bare root has no name localhost
                    "--headless=new", "--remote-debugging-pipe",
                    "--no-sandbox", "--disable-gpu",
                    "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update", "--lang=en-US",
                    "--window-size=%d,%d" % (width, height),
                    "--user-data-dir=" + self.profile]}}}})["sessionId"]

    def port(self):
        with open(self.log_path, errors="replace") as f:
            m = re.search(r"started successfully on port (\d+)", f.read())
        if m is None and self.process.poll() is not None:
            raise RuntimeError("chromedriver has ended")
        return m and m.group(1)

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url_base + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as r:
                return json.load(r)["value"]
        except urllib.error.HTTPError as e:
            raise WebDriverError(json.load(e)["value"]) from None

    def call(self, method, path, body=None):
        return self.send(method, "/session/%s%s" % (self.session, path), body)

    def close(self):
        """Ends the browser, with those of its processes that have left the
        tree; all of them name its profile."""
        if self.session is not None:
            try:
                self.call("DELETE", "")
            except Exception:
                pass
            self.session = None
        pids = descendants(self.process.pid) + self.strays()
        while pids:
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()
            pids = self.strays()
        shutil.rmtree(self.profile, ignore_errors=True)

    def strays(self):
        r = []
        for name in os.listdir("/proc"):
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    if name.isdigit() and self.profile.encode() in f.read():
                        r.append(int(name))
            except OSError:
                pass
        return r

    # ---- where it is

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    def reload(self):
        self.call("POST", "/refresh", {})

    def back(self):
        self.call("POST", "/back", {})

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def title(self):
        return self.call("GET", "/title")

    def window(self, width, height):
        self.call("POST", "/window/rect", {"width": width, "height": height})

    # ---- what stands there

    def all(self, css):
        """The elements that can be seen."""
        found = self.call("POST", "/elements", {"using": "css selector",
                                                "value": css})
        r = []
        for e in found:
            element = Element(self, e[ELEMENT])
            try:
                if element.call("GET", "/displayed"):
                    r.append(element)
            except WebDriverError as error:
                if not error.is_stale:
                    raise
        return r

    def find(self, css, text=None, limit=TIME_LIMIT):
        """Waits for an element, with that text in it, and returns it."""
        def found():
            for element in self.all(css):
                try:
                    if text is None or text in element.text:
                        return Element(self, element.id, css, text)
                except WebDriverError as error:
                    if not error.is_stale:
                        raise
        try:
            return wait_for(css, found, limit)
        except TimeoutError:
            raise TimeoutError("no %s with %r at %s; the page has:\n%s" % (
                css, text, self.url, self.text)) from None

    def has(self, css, text=None):
        while True:
            try:
                return any(text is None or text in e.text
                           for e in self.all(css))
            except WebDriverError as error:
                if not error.is_stale:
                    raise

    def click(self, css, text=None):
        """Clicks, again if the page has just put another in its place."""
        def clicked():
            try:
                self.find(css, text).click()
                return True
            except WebDriverError as error:
                if not error.is_stale and \
                   error.kind != "element click intercepted":
                    raise
        wait_for("a click on " + css, clicked)

    def type(self, css, text):
        self.find(css).type(text)

    def choose(self, css, value):
        """Chooses an option of a select by its value."""
        self.find("%s option[value='%s']" % (css, value)).click()

    @property
    def text(self):
        return self.script("return document.body.innerText")

    def script(self, source, *args):
        return self.call("POST", "/execute/sync", {"script": source,
                                                   "args": list(args)})

    def alert(self):
        """The text of a dialog that a script has opened, or None."""
        try:
            return self.call("GET", "/alert/text")
        except WebDriverError as error:
            if error.kind != "no such alert":
                raise
            return None

    def wait_url(self, pattern):
        wait_for("the address " + pattern,
                 lambda: re.search(pattern, self.url))

    def console(self):
        """What the console has had since the last call."""
        return self.call("POST", "/se/log", {"type": "browser"})

    def shot(self, name):
        if self.keep is None:
            return
        self.shots += 1
        with open("%s/%02d-%s.png" % (self.keep, self.shots, name),
                  "wb") as f:
            f.write(base64.b64decode(self.call("GET", "/screenshot")))
