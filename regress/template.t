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

"""Templates are what Go makes of them: on cases written by hand for each
construct, and on generated ones, our templates and Go's own text/template
come to the same stage (not parsed, not executed, rendered), print the same
bytes, and say the same of an error and of its place.  Give a seed and a count
to try others: regress/template.t 17 100000."""

from lab import *

sys.path.insert(0, TOP + "/regress/template")
import by_hand
import cases
import generate

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 1
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
BATCH = 20000
SHOWN_MAX = 10

OURS = TOP + "/regress/template/render_cases"
WORK = tempfile.mkdtemp(prefix="applikatonid-template.")
atexit.register(shutil.rmtree, WORK, True)
GO = WORK + "/reference"


# Debian 12's; others may print otherwise.
VERSION = "go1.19"


def go_program():
    """Go as it should be, or None."""
    for path in ("go", "/usr/lib/go-1.19/bin/go"):
        try:
            p = subprocess.run([path, "version"], capture_output=True,
                               text=True, stdin=subprocess.DEVNULL)
        except OSError:
            continue
        if VERSION in p.stdout:
            note(p.stdout.strip())
            return path
    return None


def go_build():
    """Go keeps what it compiles; here, only as long as this test runs."""
    env = dict(os.environ, GOCACHE=WORK + "/cache", GOPATH=WORK + "/go",
               GO111MODULE="off", GOFLAGS="", CGO_ENABLED="0", HOME=WORK)
    return subprocess.run(
        [program, "build", "-o", GO, TOP + "/regress/template/reference.go"],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def differences(some):
    """How many there are, and a note about the first ones."""
    n = 0
    for case, ours, go, what in cases.compare(some, OURS, GO):
        count[ours.stage] += 1
        if what is None:
            continue
        n += 1
        if n <= SHOWN_MAX:
            note("%s differs: %r with %r\nours: %s\nGo's: %s" % (
                what, case.text, case.variables, ours, go))
    return n


def characters(program):
    return subprocess.run([program, "-u"], stdin=subprocess.DEVNULL,
                          capture_output=True).stdout


count = [0, 0, 0]
if (program := go_program()) is None:
    print("1..0 # SKIP there is no Go 1.19 here")
    sys.exit(0)
built = go_build()
if not ok(built.returncode == 0, "Go's templates are built"):
    note(built.stderr)
    done()

ours, go = characters(OURS), characters(GO)
ok(len(go) == 0x110000 and ours == go,
   "of every character, it is known whether it is printable or of a word")

variables = {name.encode(): value.encode()
             for name, value in by_hand.VARIABLES.items()}
for construct, texts in by_hand.CASES.items():
    same(differences([cases.Case(text, variables) for text in texts]), 0,
         "%s: %d by hand" % (construct, len(texts)))
ok(sum(count) > 1000 and min(count) > 100, "by hand: %d rendered, %d not "
   "parsed, %d not executed" % tuple(count))

count = [0, 0, 0]
generator = generate.Generator(SEED)
wrong = 0
for at in range(0, COUNT, BATCH):
    wrong += differences(generator.cases(min(BATCH, COUNT - at)))
same(wrong, 0, "%d generated with the seed %d: %d rendered, %d not parsed, "
     "%d not executed" % (COUNT, SEED, *count))
ok(COUNT < 5000 or min(count) > COUNT / 10, "they are of all kinds")
ok(sum(count) > COUNT * 0.99, "hardly any was beyond our limits")
done()
