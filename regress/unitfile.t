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


"""The unit file and its companions, in a Debian that boots: a container of
systemd-nspawn, made by debootstrap, with the daemon installed into it and an
sshd as host.  Because that takes the network and minutes, it is done only when
UNITFILE=1 asks for it."""

import ctypes
import re
import resource
import shutil

from lab import *

TOOLS = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container",
         "nsenter": "util-linux"}
PACKAGES = ["systemd", "systemd-sysv", "dbus", "libpam-systemd",
            "openssh-server"]
USERS = ["_apweb", "_apengine", "_apexec", "_apwork", "_apgithub",
         "_apnotify"]
# calls that systemd-nspawn does not let a container have by itself
CALLS = ("@memlock landlock_create_ruleset landlock_add_rule "
         "landlock_restrict_self")
EXPOSURE = 2.5
UNIT = "applikatonid.service"
CONF = "/etc/applikatoni/applikatonid.conf"
DATABASE = "/var/db/applikatoni"
STOP_LIMIT = 15		# seconds; the unit has TimeoutStopSec=20
# what the unit allows, in the order of capability.h
CAPABILITIES = {"CAP_CHOWN": 0, "CAP_DAC_READ_SEARCH": 2, "CAP_KILL": 5,
                "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SYS_CHROOT": 18}


def skip(why):
    print("1..0 # SKIP " + why, flush=True)
    sys.exit(0)


def run(*argv, check=True, **kw):
    r = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, **kw)
    if check and r.returncode != 0:
        raise RuntimeError("%s: status %d\n%s" % (
            " ".join(argv), r.returncode, r.stdout[-4000:]))
    return r


def library_packages():
    """The packages with the libraries that the programs are linked with."""
    names = set()
    for name in os.listdir(PROGRAM_DIR):
        out = run("ldd", PROGRAM_DIR + "/" + name).stdout
        names.update(re.findall(r"^\s*(\S+) => /", out, re.M))
    r = set()
    for name in names:
        out = run("dpkg-query", "-S", "*/" + name, check=False).stdout
        r.update(re.findall(r"^([^:,\s]+)[^\n]*: /(?:usr/)?lib/[^/]*/%s$" %
                            re.escape(name), out, re.M))
    return sorted(r)


def codename():
    with open("/etc/os-release") as f:
        found = re.search(r"^VERSION_CODENAME=(\w+)", f.read(), re.M)
    return found.group(1) if found else skip("this is not Debian")


class Container:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="applikatonid-unitfile.",
                                    dir="/var/tmp")
        os.chmod(self.dir, 0o755)
        self.root = self.dir + "/root"
        self.process = self.leader = None
        atexit.register(self.close)
        sys.excepthook = self.crashed
        for sig in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, lambda n, f: sys.exit(1))

    def crashed(self, kind, value, tb):
        note("".join(traceback.format_exception(kind, value, tb)))
        if self.leader is not None:
            note(self("journalctl", "--no-pager", "-n", "30",
                      check=False).stdout)
        print("Bail out!  the test program itself failed", flush=True)

    def path(self, name):
        return self.root + name

    def write(self, name, text, mode=0o600):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT |
                          os.O_TRUNC, mode), "w") as f:
            f.write(text)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def boot(self):
        argv = ["systemd-nspawn", "-q", "-D", self.root, "-M",
                "applikatonid-%d" % os.getpid(), "--register=no",
                "--private-network", "--console=pipe",
                "--system-call-filter=" + CALLS, "-b"]
        if not os.path.isdir("/run/systemd/system"):
            argv.insert(1, "--keep-unit")
        self.log = open(self.dir + "/console", "wb")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        wait_for("init", self.find_leader)
        wait_for("the boot", lambda: self("systemctl", "is-system-running",
                 check=False).stdout.strip() in ("running", "degraded"), 120)

    def find_leader(self):
        if self.process.poll() is not None:
            with open(self.dir + "/console") as f:
                raise RuntimeError("systemd-nspawn: " + f.read())
        for pid in children_of(self.process.pid):
            if comm(pid) == "systemd":
                self.leader = pid
                return True
        return False

    def __call__(self, *argv, **kw):
        return run("nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n",
                   "-p", "--", "/usr/bin/env", "-i", "PATH=/usr/local/sbin:"
                   "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
                   "SYSTEMD_COLORS=0", *argv, **kw)

    def web(self, path):
        """With this machine's curl, in the network of the container."""
        return run("nsenter", "-t", str(self.leader), "-n", "curl", "-s",
                   "-o", "/dev/null", "-w", "%{http_code}",
                   "http://127.0.0.1:8080" + path, check=False).stdout

    def close(self):
        p, self.process = self.process, None
        if p is not None and p.poll() is None:
            p.terminate()
            try:
                p.wait(60)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        shutil.rmtree(self.dir, True)


if os.environ.get("UNITFILE") != "1":
    skip("UNITFILE=1 asks for it; it takes the network, minutes, and the "
         "packages " + " ".join(sorted(TOOLS.values())))
if os.geteuid() != 0:
    skip("needs root")
for tool in TOOLS:
    if shutil.which(tool) is None:
        skip("%s is missing (package %s)" % (tool, TOOLS[tool]))

# ---- a Debian, and the daemon in it

box = Container()
install = box.dir + "/install"
run("make", "-s", "-C", TOP, "install", "DESTDIR=" + install)
found = [d for d, _, names in os.walk(install) if "executor" in names]
PROGRAM_DIR = found[0]
packages = PACKAGES + library_packages()
note("debootstrap: " + " ".join(packages))
run("debootstrap", "--variant=minbase", "--include=" + ",".join(packages),
    codename(), box.root)
run("cp", "-a", install + "/.", box.root)
ok(not os.path.exists(box.path("/var/db")) and
   not any(u in box.read("/etc/passwd") for u in USERS),
   "neither users nor directories are there beforehand")
run("chroot", box.root, "useradd", "-m", "-s", "/bin/sh", "-p", "*", "deploy")
os.mkdir(box.path("/home/deploy/.ssh"))
os.makedirs(box.path("/etc/applikatoni"), exist_ok=True)
keygen(box.path("/etc/applikatoni/key"))
box.write("/home/deploy/.ssh/authorized_keys",
          box.read("/etc/applikatoni/key.pub"), 0o644)
box.write("/etc/applikatoni/known_hosts", "127.0.0.1 " +
          box.read("/etc/ssh/ssh_host_ed25519_key.pub"), 0o644)
box.write("/etc/hostname", "unitfile\n", 0o644)
box.boot()


# ---- how it is asked

def systemctl(*argv, **kw):
    return box("systemctl", "--no-pager", *argv, **kw)


def prop(name):
    return systemctl("show", "-p", name, "--value", UNIT).stdout.strip()


def is_state(state):
    return lambda: prop("ActiveState") == state


def ctl(*argv, check=True):
    return box("applikatonictl", *argv, check=check)


def ctl_json(*argv):
    return json.loads(ctl("-j", *argv).stdout)


def journal(*more):
    """Entries of the unit's processes, of this boot."""
    out = box("journalctl", "--no-pager", "-o", "json", "-b", "-u", UNIT,
              *more).stdout
    return [json.loads(line) for line in out.splitlines() if line[:1] == "{"]


def said(text, *more):
    return [e for e in journal(*more) if text in str(e["MESSAGE"])]


def marker():
    """Where the journal ends now."""
    return "--after-cursor=" + box(
        "journalctl", "--no-pager", "-n", "0", "--show-cursor"
    ).stdout.split("cursor: ", 1)[1].strip()


def status(pid):
    """Of a process of the container, by its number there."""
    out = box("cat", "/proc/%s/status" % pid).stdout
    return dict(line.split(":\t", 1) for line in out.splitlines()
                if ":\t" in line)


def deployments():
    r = ctl_json("deployments")
    return r["deployments"] if isinstance(r, dict) else r


def newest():
    return max(deployments(), key=lambda d: d["id"])


def deploy(target, *more, check=True):
    return ctl("deploy", "-u", "alice", "-m", "test", *more, "shop", target,
               SHA, "ONE", check=check)


def commands():
    """What still runs on the host."""
    return box("pgrep", "-f", "touch /tmp/held", check=False).stdout


def held():
    """Starts a deployment that waits on its host, and waits until it does."""
    wait_for("the end of a former one", lambda: not commands())
    box("rm", "-f", "/tmp/held")
    box("touch", "/tmp/hold")
    deploy("held")
    wait_for("the command", lambda: box("test", "-e", "/tmp/held",
                                        check=False).returncode == 0)
    return newest()["id"]


def deployment(id):
    return [d for d in deployments() if d["id"] == id][0]


def configure(*targets, more=""):
    scripts = {
        "quick": "echo quick of $(id -un)",
        "held": "touch /tmp/held; while test -e /tmp/hold; "
                "do sleep 0.05; done",
    }
    text = '''public url "http://127.0.0.1:8080"
listen on 127.0.0.1 port 8080
limit free-space 1M
%s
application "shop" {
	repository "example/shop"
	branches { main }
	readers { bob }
''' % more
    for target in targets:
        text += '''	target "%s" {
		user deploy
		key file "/etc/applikatoni/key"
		deployers { alice }
		stages { ONE }
		default stages { ONE }
		host 127.0.0.1 roles { web }
		role web {
			script ONE {
				"%s"
			}
		}
	}
''' % (target, scripts.get(target, "true"))
    box.write(CONF, text + "}\n")


# ---- users and directories

box("systemd-sysusers")
out = box("getent", "passwd", *USERS).stdout.splitlines()
same([u.split(":")[0] for u in out], USERS, "systemd-sysusers makes the users")
ids = [tuple(u.split(":")[2:4]) for u in out]
ok(len({i[0] for i in ids}) == 6 and len({i[1] for i in ids}) == 6 and
   all(u.endswith("/nologin") for u in out),
   "each with ids of its own and no shell")
box("rm", "-rf", "/var/db")

# ---- it starts

configure("quick", "held")
verify = box("systemd-analyze", "verify", UNIT, check=False).stdout
same([line for line in verify.splitlines()
      if UNIT in line and "Command 'man" not in line], [],
     "systemd-analyze verify finds nothing")
begin = marker()
r = systemctl("enable", "--now", UNIT, check=False)
if not ok(r.returncode == 0, "systemctl enable --now starts it"):
    note(r.stdout)
    note(box("journalctl", "--no-pager", "-n", "40").stdout)
same([prop(p) for p in ("ActiveState", "Type", "NRestarts")],
     ["active", "notify", "0"], "it has told that it is ready")
same(box("stat", "-c", "%U %a", "/etc/applikatoni", "/var/db", DATABASE)
     .stdout.split("\n")[:3], ["root 750", "root 755", "_apengine 700"],
     "systemd-tmpfiles and the daemon have made the directories")
same(box.web("/"), "401", "its page asks who is there")
main = prop("MainPID")

# ---- what the journal has

lines = journal(begin)
ready = said("daemon ready", begin)
same([(e["SYSLOG_IDENTIFIER"], e["PRIORITY"], e["SYSLOG_FACILITY"],
       e["SYSLOG_PID"], e["MESSAGE"].split(":")[0]) for e in ready],
     [("applikatonid", "6", "3", main, "parent")],
     "a line in the journal has identifier, priority, facility and process")
same([e["MESSAGE"] for e in lines if int(e["PRIORITY"]) <= 4], [],
     "nothing that starts complains of its walls")

# ---- what confines it

security = box("systemd-analyze", "security", UNIT).stdout
exposure = float(re.search(r"exposure level for %s: ([\d.]+)" %
                           re.escape(UNIT), security).group(1))
note("exposure: %.1f" % exposure)
if not ok(exposure <= EXPOSURE, "exposure is at most %.1f" % EXPOSURE):
    note("\n".join(line for line in security.splitlines() if "✗" in line))
show = ctl_json("show")
processes = {p["name"]: p for p in show["processes"]}
same(sorted(processes), ["engine", "executor", "github", "notifier", "parent",
                         "web"], "all processes run")
landlock = ctypes.CDLL(None).syscall(444, None, 0, 1) > 0
if not landlock:
    note("this kernel has no Landlock")
for name in sorted(set(processes) - {"parent"}):
    sandbox = processes[name]["sandbox"]
    s = status(processes[name]["pid"])
    ok("seccomp, " in sandbox and "no seccomp" not in sandbox and
       "chroot" in sandbox and "own user" in sandbox and
       (not landlock or re.search(r"\blandlock \d", sandbox)),
       "%s has its own sandbox inside: %s" % (name, sandbox))
    ok((s["Seccomp"].strip(), int(s["CapEff"], 16), int(s["CapPrm"], 16),
        s["NoNewPrivs"].strip()) == ("2", 0, 0, "1") and
       int(s["Seccomp_filters"]) > 1 and "0" not in s["Uid"].split(),
       "%s: two filters, no capability, no way back" % name)
s = status(main)
same((int(s["CapBnd"], 16), int(s["CapEff"], 16)),
     (sum(1 << n for n in CAPABILITIES.values()),) * 2,
     "the parent has the capabilities of the unit and no others")
same(sorted(prop("CapabilityBoundingSet").upper().split()),
     sorted(CAPABILITIES), "and the unit names these only")
limits = dict(re.findall(r"^(\S.*?) {2,}(\S+ +\S+)",
                         box("cat", "/proc/%s/limits" % main).stdout, re.M))
same(limits["Max core file size"].split(), ["0", "0"], "LimitCORE")
if resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY:
    same(limits["Max locked memory"].split(), ["unlimited"] * 2,
         "LimitMEMLOCK")
    ok(int(s["VmLck"].split()[0]) > 1000, "its memory is locked: " +
       s["VmLck"].strip())
else:
    note("no container may lock memory on this machine: ulimit -Hl")
mounts = {f.split()[4]: f.split()[5].split(",") for f in
          box("cat", "/proc/%s/mountinfo" % main).stdout.splitlines()}
ok("ro" in mounts["/"] and all(
   "rw" in mounts[d] and "noexec" in mounts[d] for d in ("/var/db", "/run")),
   "it writes in /var/db and /run, and nothing can be run there")
same([d for d in mounts if "rw" in mounts[d] and "noexec" not in mounts[d] and
      not d.startswith("/run/host")], [],
     "nor anywhere else where it can write")

# ---- a deployment

r = deploy("quick", "-w", check=False)
ok(r.returncode == 0 and "quick of deploy" in r.stdout,
   "a deployment runs") or note(r.stdout)
same(newest()["state"], "successful", "and is successful")
ok(said("deployment %d " % newest()["id"], begin),
   "and has its line in the journal")

# ---- reload

begin = marker()
configure("quick", "held", "added")
r = systemctl("reload", UNIT, check=False)
same((r.returncode, prop("ActiveState"), prop("MainPID")),
     (0, "active", main), "systemctl reload")
same(deploy("added", "-w", check=False).returncode, 0,
     "the new configuration holds when it is back")
configure("quick", "held", more="listen on nowhere port 99999")
r = systemctl("reload", UNIT, check=False)
ok(r.returncode != 0, "a bad configuration makes systemctl reload fail")
ok(said("reload refused: " + CONF + ":4:", begin),
   "and the journal says which line")
same((prop("ActiveState"), prop("MainPID"), box.web("/")),
     ("active", main, "401"), "the daemon goes on")
same(deploy("added", "-w", check=False).returncode, 0,
     "with the configuration that it had")
configure("quick", "held")
same(systemctl("reload", UNIT, check=False).returncode, 0,
     "a mended one is taken")

# ---- it comes back after a crash

pids = [str(p["pid"]) for p in ctl_json("show")["processes"]]
id = held()
begin = marker()
box("kill", "-KILL", main)
wait_for("the restart", lambda: prop("NRestarts") == "1" and
         prop("ActiveState") == "active")
ok(prop("MainPID") not in ("0", main), "it is restarted after kill -9")
same([p for p in pids if box("test", "-e", "/proc/" + p,
      check=False).returncode == 0], [], "nothing of the former one is left")
wait_for("the verdict", lambda: deployment(id)["state"] == "failed")
ok(True, "the deployment that ran has failed")
same(deploy("quick", "-w", check=False).returncode, 0, "the next one runs")
box("rm", "-f", "/tmp/hold")

# ---- it stops in time

id = held()
begin = marker()
before = time.monotonic()
r = systemctl("stop", UNIT, check=False)
took = time.monotonic() - before
ok(r.returncode == 0 and took < STOP_LIMIT,
   "it stops within its time with a deployment running: %.1f s" % took)
same([prop(p) for p in ("ActiveState", "Result", "ExecMainStatus")],
     ["inactive", "success", "0"], "in good order")
ok(said("daemon stopped", begin) and
   not [e for e in journal(begin) if "hangs" in str(e["MESSAGE"])],
   "none of its processes had to be killed")
wait_for("the end of the command", lambda: not commands(), 5)
ok(True, "the command has ended on its host")
box("rm", "-f", "/tmp/hold")
systemctl("start", UNIT)
same(deployment(id)["state"], "failed", "the deployment has failed")
ok("daemon stopped" in ctl("log", str(id), check=False).stdout,
   "its log says: daemon stopped")

# ---- a drain ends it for good

id = held()
drain = subprocess.Popen(
    ["nsenter", "-t", str(box.leader), "-m", "-n", "-p", "-i",
     "applikatonictl", "drain"], stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wait_for("the drain", lambda: deploy("quick", check=False).returncode != 0)
same(prop("ActiveState"), "active", "a drain waits for what runs")
box("rm", "-f", "/tmp/hold")
wait_for("the end", lambda: prop("ActiveState") not in
         ("active", "deactivating"))
same([prop(p) for p in ("ActiveState", "SubState", "Result")],
     ["inactive", "dead", "success"], "a drain leaves it stopped")
drain.wait(10)
systemctl("start", UNIT)
same(deployment(id)["state"], "successful", "what ran came to its end")
systemctl("stop", UNIT)

# ---- it does not start, and says why

configure("quick", more="nonsense")
begin = marker()
r = systemctl("start", UNIT, check=False)
ok(r.returncode != 0, "with a bad configuration it does not start")
ok([e for e in said(CONF + ":4:", begin) if e["PRIORITY"] == "4" and
    e["SYSLOG_IDENTIFIER"] == "applikatonid"],
   "and the journal says which line, as a warning")
systemctl("stop", UNIT)
done()
