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

"""Requests that the web process answers in a second: an application's JSON,
which the engine writes anew each time, and a static file.  The daemon has one
core, wrk the other; nginx with one worker serves the same bytes on the same
core in turn.  What one core does is also told by the CPU time that was used,
which is less disturbed by what else the machine does.
`web.py [rounds] [seconds]`."""

import os
import re
import statistics
import subprocess
import sys
import urllib.request

from figures import *

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
SERVER, CLIENT = sorted(os.sched_getaffinity(0))[:2]
STATIC = "/assets/app.js"
NGINX = """
worker_processes 1;
daemon off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/nginx.log;
events { worker_connections 1024; }
http {
        access_log off;
        sendfile on;
        tcp_nopush on;
        open_file_cache max=16;
        keepalive_requests 1000000000;
        types { application/json json; text/javascript js; }
        server { listen 127.0.0.1:%(port)d reuseport; root %(dir)s/www; }
}
"""


def on_core(core, start):
    """What start() starts runs on that core only."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return start()
    finally:
        os.sched_setaffinity(0, all_of_them)


def wrk(url, headers, used):
    """Requests a second, by the clock and by used(), the server's seconds of
    CPU; each must have been answered with 200."""
    command = ["wrk", "-t1", "-c32", "-d%ds" % SECONDS]
    for h in headers:
        command += ["-H", h]
    before = used()
    out = on_core(CLIENT, lambda: subprocess.run(
        command + [url], capture_output=True, text=True, check=True)).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    count = int(re.search(r"(\d+) requests in", out).group(1))
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            count / (used() - before))


lab = Lab(hosts=1)
lab.configure(lab.application(lab.target(
    "production", {"web": {"ONE": ["true"]}}, stages=("ONE",))))
on_core(SERVER, lambda: lab.start(args=()))
# An application with a history: its page shows ten deployments.
for i in range(10):
    lab.run(stages=["ONE"])
HEADERS = ["X-Api-Token: " + lab.token("alice"), "Accept: application/json"]
json_body = lab.get("/shop", "alice",
                    headers={"Accept": "application/json"}).body
static_body = lab.get(STATIC).body

port = free_port()
os.makedirs(lab.dir + "/www")
for name, body in (("shop.json", json_body), ("app.js", static_body)):
    with open(lab.dir + "/www/" + name, "wb") as f:
        f.write(body)
    os.chmod(lab.dir + "/www/" + name, 0o644)
os.chmod(lab.dir + "/www", 0o755)
with open(lab.dir + "/nginx.conf", "w") as f:
    f.write(NGINX % {"dir": lab.dir, "port": port})
nginx = on_core(SERVER, lambda: subprocess.Popen(
    ["nginx", "-p", lab.dir, "-c", lab.dir + "/nginx.conf"],
    stdin=subprocess.DEVNULL))
lab.others.append(nginx)


def nginx_answers():
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/app.js" % port) as r:
            return r.read() == static_body
    except OSError:
        return False


def here():
    return sum(daemon_cpu(lab).values())


def there():
    return sum(cpu(pid) for pid in descendants(nginx.pid))


wait_for("nginx", nginx_answers)
peer = "http://127.0.0.1:%d/" % port
cases = [
    ("JSON, here", lab.url + "/shop", HEADERS, here),
    ("the same bytes, nginx", peer + "shop.json", (), there),
    ("static file, here", lab.url + STATIC, (), here),
    ("the same bytes, nginx", peer + "app.js", (), there),
]
got = [[] for c in cases]
for i in range(ROUNDS):
    for k, c in enumerate(cases):
        got[k].append(wrk(*c[1:]))

title("requests a second on one core, 32 connections, %d times %d s" % (
    ROUNDS, SECONDS))
table(("", "bytes", "by the clock: min / median / max",
       "a second of CPU: min / median / max"), [
    (c[0], len(json_body if k < 2 else static_body),
     *(spread([g[i] for g in got[k]], "%.0f") for i in (0, 1)))
    for k, c in enumerate(cases)])
require("JSON, by the clock", statistics.median(g[0] for g in got[0]),
        40000, least=True, form="%.0f")
require("static file, by the clock",
        statistics.median(g[0] for g in got[2]), 70000, least=True,
        form="%.0f")
nginx.terminate()
nginx.wait()
lab.stop()
verdict()
