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

"""Cases of templates, and what two programs make of them: render_cases.c, our
own, and reference.go, Go's.  Both read a count and then cases (name of the
template, its text, a count of variables, name and value of each), where a
number is four bytes and a text its length and its bytes.  They write, for each
case, a byte for how far it came, what was printed, what was wrong, and a byte
for a missing variable; ours adds line and column."""

import re
import struct
import subprocess

RENDERED, NOT_PARSED, NOT_EXECUTED = range(3)
STAGES = ("rendered", "not parsed", "not executed")
NAME = "CODE_DEPLOYMENT"

# The longest message that ours keeps whole.
MESSAGE_MAX = 250


class Case:
    def __init__(self, text, variables, name=NAME):
        self.name = name.encode()
        self.text = text if isinstance(text, bytes) else text.encode(
            "utf-8", "surrogateescape")
        self.variables = variables


class Result:
    def __init__(self, stage, out, message, missing, place=None):
        self.stage, self.out, self.missing = stage, out, missing
        self.message = message.decode("utf-8", "replace")
        self.place = place

    def __str__(self):
        return "%s%s: %r%s%s" % (
            STAGES[self.stage], " at %d:%d" % self.place if self.place and
            self.stage else "", self.out, " " + self.message,
            " (missing)" if self.missing else "")


def text(b):
    return struct.pack(">I", len(b)) + b


def encoded(cases):
    out = [struct.pack(">I", len(cases))]
    for case in cases:
        out += [text(case.name), text(case.text),
                struct.pack(">I", len(case.variables))]
        for name, value in case.variables.items():
            out += [text(name), text(value)]
    return b"".join(out)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        self.at += 4
        return struct.unpack_from(">I", self.data, self.at - 4)[0]

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def text(self):
        n = self.number()
        self.at += n
        return self.data[self.at - n:self.at]


def results(program, cases, has_place):
    p = subprocess.run([program], input=encoded(cases), capture_output=True)
    if p.returncode != 0:
        raise RuntimeError("%s: %d: %s" % (
            program, p.returncode, p.stderr.decode(errors="replace")[-2000:]))
    r = Reader(p.stdout)
    for _ in cases:
        stage, out, message, missing = r.byte(), r.text(), r.text(), r.byte()
        yield Result(stage, out, message, bool(missing),
                     (r.number(), r.number()) if has_place else None)


# ---- comparing

# What ours says in other words, and why: a message must not have a value in
# it, which may be secret; Go's panics; our own limits.
OTHER_WORDS = (
    (r"range can't iterate over (string|int|bool|uint8|float64)$",
     r"range can't iterate over "),
    (r"error calling eq: non-comparable type map\[string\]string$",
     r"error calling eq: non-comparable type map\["),
    (r"error calling ne: non-comparable type map\[string\]string$",
     r"error calling ne: non-comparable type map\["),
    (r"error calling len: len of nil$",
     r"error calling len: reflect: call of reflect.Value.Type on zero Value"),
    (r"range has no variable to assign to$",
     r"panic: runtime error: index out of range"),
)


def parse_error(case, message):
    """The line and the words of Go's message."""
    m = re.fullmatch(r"template: %s:(\d+): (.*)" % re.escape(
        case.name.decode()), message, re.S)
    words = m.group(2).removeprefix("template: ")
    return int(m.group(1)), re.sub(
        r"( in action|) started at %s:(\d+)$" % re.escape(case.name.decode()),
        r"\1 started at \2", words)


def words_fit(ours, go):
    """Whether our message is what Go says, behind where it is."""
    if len(ours.encode()) >= MESSAGE_MAX:
        return True
    if go.endswith(">: " + ours) or go == ours:
        return True
    return any(re.match(a, ours) and re.search(b, go, re.S)
               for a, b in OTHER_WORDS)


# Where ours stops by its own limits, Go may take gigabytes.
LIMITS = re.compile("exceeded maximum template depth|output of more than|"
                    "this template does too much|nested too deep")


def difference(case, ours, go):
    """None, or what is not the same."""
    if "complex numbers are not supported" in ours.message:
        return None if re.search(rb"[0-9A-Fa-f_.]i", case.text) else "complex"
    if "nil has no value" in ours.message:
        return None if go.missing else "no value"
    if "%p is not supported" in ours.message:
        return None
    if ours.missing:
        if go.missing or "invalid value; expected string" in go.message:
            return None
        return "a variable that Go does not miss"
    if ours.stage != go.stage:
        return "stage"
    if ours.stage == RENDERED:
        return None if ours.out == go.out else "output"
    if ours.stage == NOT_PARSED:
        line, words = parse_error(case, go.message)
        mine = re.sub(r" started at (\d+):\d+$", r" started at \1",
                      ours.message)
        if not words_fit(mine, words):
            return "message"
        return None if line == ours.place[0] else "line"
    if not words_fit(ours.message, go.message):
        return "message"
    m = re.match(r"template: %s:(\d+):(\d+): executing " % re.escape(
        case.name.decode()), go.message)
    if m and (int(m.group(1)), int(m.group(2)) + 1) != ours.place:
        return "place"
    return None


def compare(cases, our_program, go_program):
    """Yields (case, ours, Go's, what is different or None), but for cases
    that are beyond our limits."""
    pairs = [(case, ours) for case, ours in zip(
        cases, results(our_program, cases, True))
        if not LIMITS.search(ours.message)]
    for (case, ours), go in zip(pairs, results(
            go_program, [case for case, _ in pairs], False)):
        yield case, ours, go, difference(case, ours, go)
