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


"""Each fuzz target, on its corpus and on what libFuzzer makes of it, for so
many seconds (3; `sh regress/run fuzz [NAME ...]`: 60).  An input that ends a
target is kept, and printed when it is short."""

import concurrent.futures
import glob

from lab import *

sys.path.insert(0, TOP + "/regress/fuzz")
import seeds

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
NAMES = sorted(os.path.basename(path)[:-len("_fuzz.c")] for path in
               glob.glob(TOP + "/regress/fuzz/*_fuzz.c"))
WORK = tempfile.mkdtemp(prefix="applikatonid-fuzz.")
atexit.register(shutil.rmtree, WORK, True)
KEPT = tempfile.mkdtemp(prefix="applikatonid-fuzz-kept.")
SHOWN_MAX = 512


def run(name):
    """What libFuzzer printed, and its exit status."""
    work, made = "%s/%s" % (WORK, name), "%s/%s.seeds" % (WORK, name)
    os.mkdir(work)
    os.mkdir(made)
    seeds.write(name, made)
    words = WORK + "/%s.dict" % name
    seeds.write_words(name, words)
    given = "%s/regress/fuzz/corpus/%s" % (TOP, name)
    try:
        p = subprocess.run(
            ["%s/regress/fuzz/%s_fuzz" % (TOP, name),
             "-max_total_time=%d" % SECONDS, "-max_len=8192", "-timeout=20",
             "-print_final_stats=1",
             "-artifact_prefix=%s/%s-" % (KEPT, name), work, made] +
            [given] * os.path.isdir(given) +
            ["-dict=" + words] * (name in seeds.WORDS),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=SECONDS + 120)
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e), -1
    return p.stdout.decode("utf-8", "backslashreplace"), p.returncode


def report(name, out, status):
    runs = re.search(r"number_of_executed_units: (\d+)", out)
    cover = re.findall(r"cov: (\d+)", out)
    runs, cover = int(runs.group(1)) if runs else 0, int((cover or [0])[-1])
    if ok(status == 0 and runs > 100 and cover > 0, "%s: %d runs, %d edges" % (
            name, runs, cover)):
        return
    note("\n".join(out.splitlines()[-60:]))
    for path in glob.glob("%s/%s-*" % (KEPT, name)):
        note("the input is kept: regress/fuzz/%s_fuzz %s" % (name, path))
        with open(path, "rb") as f:
            data = f.read(SHOWN_MAX + 1)
        if len(data) <= SHOWN_MAX:
            note("in hex: " + data.hex())


wanted = sys.argv[2:] or NAMES
ok(NAMES, "there are fuzz targets")
for name in sorted(set(wanted) - set(NAMES)):
    ok(False, "there is a fuzz target " + name)
wanted = [name for name in wanted if name in NAMES]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    jobs = [pool.submit(run, name) for name in wanted]
    for name, job in zip(wanted, jobs):
        report(name, *job.result())
if not os.listdir(KEPT):
    os.rmdir(KEPT)
done()
