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

"""Makes templates by the grammar of the language.  What is made mostly fits
together, so that it renders; some of it does not, and some is spoilt
afterwards.  The same seed makes the same templates."""

import random

from cases import Case

NAMES = ("Dir", "A", "B", "Empty", "_x9", "Num", "Gr\u00f6\u00dfe", "Html",
         "CommitSha", "AssetsTimestamp", "two words")
FIELDS = NAMES[:10]
MISSING = ("Nope", "X", "\u00e9")

VALUES = (
    b"", b"a", b"b", b"/var/www/shop", b"<a href=\"x\">&'</a>", b"0", b"123",
    "h\u00f6he \u20ac \U0001f600".encode(), b"\xff\xfe bytes \xe2\x82",
    b"line\nbreak\ttab\r\n", b"%d %s %[1]q", b"back\\slash `quote` \"q\"",
    b"\x01\x7f\x1b[31m", b"  spaces  ", b"{{.A}}", b"x=1&y=/?+~",
    "\u00ad\u200b\ufeff\u2028\ud7ff".encode(), b"0123456789abcdef" * 3,
)

TEXTS = (
    "", " ", "\n", "  \n\t", "x", "cd ", " && ls\n", "\u00fc\u20ac", "{ ", "}",
    "}}", "%", "a b\r\n", "\u00a0", "- -", "{ { ", "/* */", "$(echo)", "`",
)

STRINGS = (
    '""', '"a"', '"b c"', '"A"', '"Dir"', '"Nope"', '"%d"', '"\\n\\t\\x41"',
    '"\\u00e9\\U0001F600"', '"\\xff\\377\\000"', '"\\a\\b\\f\\v\\r\\\\\\""',
    '"\u20ac"', '"<&\'>"', '"a=b"', '"~ /?"', '"\u00ad\u2028"',
    "`raw`", "`a\"b\\n`", "`two\nlines`", "`cr\r`", "`%v`", "``",
    "`0123456789`", '"two words"',
)
BAD_STRINGS = ('"\\q"', '"\\x4"', '"\\ud800"', '"\\400"', '"\\\'"', '"a\nb"',
               '"', '`', "'", '"\\U00110000"', '"\\09"')

CHARS = ("'a'", "'\\n'", "'\\x41'", "'\\''", "'\u20ac'", "'\\u00e9'", "'.'",
         "'e'", "'\\\\'", "'\\000'", "'\\377'", "'\U0001f600'", "'\"'")
BAD_CHARS = ("''", "'ab'", "'\\\"'", "'\\x'", "'\\ud800'")

INTS = ("0", "1", "2", "3", "10", "42", "-1", "+7", "-0", "0x1F", "0XaB",
        "0b101", "0o17", "017", "1_000", "0x_ff", "0b1_0", "-0x1e", "+0x1e",
        "0x1e", "9223372036854775807", "-9223372036854775808",
        "0x7fffffffffffffff", "100", "65", "8364", "1114112", "0_7",
        "123456789", "0xdeadbeef", "55296", "160", "100000")
BAD_NUMBERS = ("08", "09", "9223372036854775808", "18446744073709551615",
               "18446744073709551616", "-9223372036854775809", "1__0", "1_",
               "0x", "0b2", "0o8", "0xg", "1e", "0x1.8", "1.2.3", "1e400",
               "0x1p", "12abc", "1+", "--1", "+", "0b", "1_e5", "0x_",
               "0b_1_", "-", "0x8000000000000000", "1e5e", "0o", "0_x1",
               "1._5", "0x.8", "0e", "+0x8000000000000000")
FLOATS = ("1.0", "1.5", "-2.5", ".5", "5.", "1e3", "1E-7", "1e21", "1e20",
          "123456.789", "1234567.0", "0.0001", "0.00001", "1e100", "-0.0",
          "5e-324", "1.7976931348623157e308", "0x1p-2", "0x1.8p1", "0X1P+4",
          "0x.8p0", "1_000.5", "0.1", "3.14159", "100000.0", "2.5e-5",
          "9007199254740993.0", "0x1p-1074", "4.35", "0.30000000000000004",
          "1e-400", "0x1.fffffffffffffp1023", "12345678901234567890.0",
          "08.5", "1e+6", "0.5", "2.675", "1e15", "1e23", "00.5", "0_1.5")

COMPARES = ("eq", "ne", "lt", "le", "gt", "ge")
FUNCTIONS = ("and", "or", "not", "len", "index", "slice", "print", "printf",
             "println", "html", "js", "urlquery", "call") + COMPARES
WORDS = FUNCTIONS + (
    "{{", "}}", "{{- ", " -}}", "{{-", "-}}", "{{/*", "*/}}", "(", ")", "|",
    ":=", "=", ",", ".", "$", "$x", ".A", " ", "\n", "if", "else", "end",
    "range", "with", "define", "template", "block", "break", "continue",
    "nil", "true", "false", "1", "\"a\"", "'a'", "`", "\"", "-", "+", "i",
    "#", "\\", "_", "\u00e9", "\u20ac", "0x1p4", "1i", "{{end}}", "{{else}}",
    "{{break}}", "{{if 1}}", "{{define \"t\"}}", ":", "\r", "\udcff", "!",
    "{{else if .A}}", "{{/* c */}}", "/*", "*/", "nope",
)

VERBS = "vvvvvsssddddqqqxxXXobcUeEfFgGtTTO%%wzp!\u00e9"


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.choice = self.random.choice

    def chance(self, p):
        return self.random.random() < p

    # ---- cases

    def variables(self):
        return {name.encode(): self.choice(VALUES) for name in NAMES
                if self.chance(0.85)}

    def case(self):
        self.locals = ["$"]
        self.templates = []
        self.ranges = 0
        self.is_map = True
        self.size = 0
        text = "".join(self.top() for _ in range(self.random.randint(1, 4)))
        if self.chance(0.3):
            text = self.spoilt(text)
        return Case(text, self.variables(),
                    "t" if self.chance(0.02) else "CODE_DEPLOYMENT")

    def cases(self, n):
        return [self.case() for _ in range(n)]

    def spoilt(self, text):
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(text))
            end = min(len(text), at + self.random.randint(0, 6))
            what = self.random.randint(0, 3)
            if what == 0:
                text = text[:at] + text[end:]
            elif what == 1:
                text = text[:at] + self.choice(WORDS) + text[at:]
            elif what == 2:
                text = text[:at] + self.choice(WORDS) + text[end:]
            else:
                text = text[:end] + text[at:]
        return text

    # ---- what stands in a template

    def action(self, words):
        left = "{{- " if self.chance(0.1) else "{{" + self.blank()
        right = " -}}" if self.chance(0.1) else self.blank() + "}}"
        return left + words + right

    def blank(self):
        return self.choice(("", "", "", " ", "  ", "\n", "\t"))

    def top(self):
        if self.chance(0.12):
            name = self.choice(("t", "u", "v"))
            text = self.action('define "%s"' % name) + \
                self.apart(self.chance(0.5), lambda: self.body(1)) + \
                self.action("end")
            self.templates.append(name)
            return text
        return self.piece(0)

    def apart(self, is_map, make):
        """In a template of its own, which knows no variable of this one."""
        kept = self.locals, self.is_map, self.ranges
        self.locals, self.is_map, self.ranges = ["$"], is_map, 0
        text = make()
        self.locals, self.is_map, self.ranges = kept
        return text

    def inside(self, is_map, make):
        kept = list(self.locals), self.is_map
        self.is_map = is_map
        text = make()
        self.locals, self.is_map = kept
        return text

    def body(self, depth):
        return "".join(self.piece(depth) for _ in range(
            self.random.randint(0, 3)))

    def piece(self, depth):
        self.size += 1
        kinds = ["text"] * 3 + ["print"] * 6 + ["comment", "declare", "call",
                                                "assign"]
        if depth < 4 and self.size < 40:
            kinds += ["if"] * 3 + ["with"] * 2 + ["range"] * 2 + ["block"]
        if self.ranges or self.chance(0.01):
            kinds += ["jump"] * 2
        return getattr(self, "piece_" + self.choice(kinds))(depth)

    def piece_text(self, _):
        return self.choice(TEXTS)

    def piece_comment(self, _):
        return self.choice(("{{/* c */}}", "{{- /* c\nd */ -}}", "{{/**/}}",
                            "{{/* }} */}}"))

    def piece_print(self, _):
        return self.action(self.pipeline())

    def piece_declare(self, _):
        value = self.pipeline()
        name = self.choice(("$x", "$y", "$z1", "$\u00e9"))
        self.locals.append(name)
        return self.action(name + self.choice((" := ", ":= ", " :=")) + value)

    def piece_assign(self, _):
        return self.action("%s = %s" % (
            self.choice(self.locals + ["$x"] * self.chance(0.1)),
            self.pipeline()))

    def piece_jump(self, _):
        return self.action(self.choice(("break", "continue")))

    def piece_call(self, _):
        name = self.choice(self.templates + ["nope"] * self.chance(0.1) or
                           ["u"] * self.chance(0.2) or [None])
        if name is None:
            return self.choice(TEXTS)
        quoted = self.choice(('"%s"', "`%s`")) % name
        return self.action("template " + quoted + (
            " " + self.pipeline() if self.chance(0.8) else ""))

    def piece_block(self, depth):
        name = self.choice(("b", "c", "d"))
        return self.action('block "%s" %s' % (name, self.pipeline())) + \
            self.apart(False, lambda: self.body(depth + 1)) + \
            self.action("end")

    def condition(self):
        value = self.pipeline()
        if not self.chance(0.15):
            return value
        self.locals.append("$c")
        return "$c := " + value

    def piece_if(self, depth):
        def make():
            text = self.action("if " + self.condition()) + \
                self.body(depth + 1)
            while self.chance(0.25):
                text += self.action("else if " + self.condition()) + \
                    self.body(depth + 1)
            if self.chance(0.4):
                text += self.action("else") + self.body(depth + 1)
            return text + self.action("end")
        return self.inside(self.is_map, make)

    def piece_with(self, depth):
        def make():
            text = self.action("with " + self.condition()) + self.inside(
                False, lambda: self.body(depth + 1))
            if self.chance(0.4):
                text += self.action("else") + self.body(depth + 1)
            return text + self.action("end")
        return self.inside(self.is_map, make)

    def range_words(self):
        what = self.pipeline() if self.chance(0.15) else self.map()
        kind = self.random.random()
        if kind < 0.4:
            return what
        sign = " := " if self.chance(0.9) else " = "
        if kind < 0.65:
            self.locals.append("$v")
            return "$v" + sign + what
        self.locals += ["$k", "$v"]
        return self.choice(("$k, $v", "$k,$v", "$k , $v")) + sign + what

    def piece_range(self, depth):
        def make():
            text = self.action("range " + self.range_words())
            self.ranges += 1
            text += self.inside(False, lambda: self.body(depth + 1))
            self.ranges -= 1
            if self.chance(0.3):
                text += self.action("else") + self.body(depth + 1)
            return text + self.action("end")
        return self.inside(self.is_map, make)

    # ---- values

    def pipeline(self):
        text = self.command(0)
        while self.chance(0.15):
            text += self.choice((" | ", "|", " |")) + self.filter()
        return text

    def filter(self):
        return self.choice((
            "print", "html", "js", "urlquery", "println", "len", "not",
            'printf "%v"', 'printf "%q"', "printf " + self.format_quoted(),
            "eq " + self.operand("any", 1), "index .", "and true",
            "or false", 'print "x"', "slice", "call", "lt 3", "or", "and",
            'eq "a" "b"', self.choice((".A", "$", '"a"', "print"))))

    def command(self, depth):
        kind = self.choice(("string", "string", "string", "int", "bool",
                            "float", "map", "byte", "any"))
        return self.value(kind, depth)

    def map(self):
        return self.choice((".", "$")) if self.is_map else "$"

    def value(self, kind, depth):
        """A command, which may have arguments."""
        if self.chance(0.05):
            kind = "any"
        if kind == "any":
            kind = self.choice(("string", "int", "bool", "float", "map",
                                "byte", "nil"))
        return getattr(self, "value_" + kind)(depth)

    def operand(self, kind, depth):
        """A value that stands among others."""
        text = self.value(kind, depth + 1)
        if text[-1] in ")`\"'" and text[0] in "(`\"'" and " " not in text:
            return text
        return "(%s)" % text if " " in text or "\n" in text or \
            self.chance(0.05) else text

    def value_nil(self, _):
        return "nil"

    def value_map(self, _):
        return self.map()

    def field(self):
        name = self.choice(FIELDS if self.chance(0.93) else MISSING)
        if self.chance(0.02):
            name += "." + self.choice(FIELDS)
        return self.choice((".", "$.")) + name if self.is_map else \
            "$." + name

    def value_string(self, depth):
        kind = self.random.randint(0, 16 if depth < 3 else 8)
        if kind < 4:
            return self.field()
        if kind < 6:
            return self.choice(BAD_STRINGS if self.chance(0.02) else STRINGS)
        if kind == 6:
            return self.choice(self.locals)
        if kind == 7:
            return "."
        if kind == 8:
            return 'index %s "%s"' % (self.map(), self.choice(
                NAMES + MISSING))
        if kind == 9:
            return "slice " + self.operand("string", depth) + "".join(
                " " + self.operand("int", depth) for _ in range(
                    self.random.randint(0, 2 + self.chance(0.1))))
        if kind < 13:
            return self.printf(depth)
        return self.choice(("print", "print", "println", "html", "js",
                            "urlquery")) + "".join(
            " " + self.operand("any", depth) for _ in range(
                self.random.randint(0, 3)))

    def value_int(self, depth):
        kind = self.random.randint(0, 9)
        if kind < 6:
            return self.choice(BAD_NUMBERS if self.chance(0.02) else INTS)
        if kind == 6:
            return self.choice(BAD_CHARS if self.chance(0.03) else CHARS)
        if kind == 7:
            return str(self.random.randint(0, 12))
        return "len " + self.operand(self.choice(("string", "map")), depth)

    def value_byte(self, depth):
        return "index %s %s" % (self.operand("string", depth),
                                self.random.randint(0, 5))

    def value_float(self, _):
        if self.chance(0.7):
            return self.choice(FLOATS)
        kind = self.random.random()
        if kind < 0.4:
            return "0x1.%013xp%d" % (self.random.getrandbits(52),
                                     self.random.randint(-1080, 1023))
        if kind < 0.5:
            return "0x1p%d" % self.random.randint(-1074, 1023)
        return "%.*e" % (self.random.randint(0, 20),
                         self.random.uniform(0, 10) ** self.random.randint(
                             -30, 30))

    def value_bool(self, depth):
        kind = self.random.randint(0, 7 if depth < 3 else 1)
        if kind < 2:
            return self.choice(("true", "false"))
        if kind == 2:
            return "not " + self.operand("any", depth)
        if kind < 5:
            return self.choice(("and", "or")) + "".join(
                " " + self.operand(self.choice(("bool", "any")), depth)
                for _ in range(self.random.randint(1, 3)))
        same = self.choice(("string", "int", "float", "bool", "byte", "map",
                            "any"))
        function = self.choice(COMPARES)
        n = self.random.randint(1, 3) if function == "eq" else \
            2 - (not self.chance(0.97))
        return function + "".join(
            " " + self.operand(same if self.chance(0.9) else "any", depth)
            for _ in range(n + (function == "eq")))

    # ---- formats

    def printf(self, depth):
        n = self.random.randint(0, 3)
        return "printf %s%s" % (self.format_quoted(), "".join(
            " " + self.operand(self.choice(("any", "string", "int", "int",
                                            "float")), depth)
            for _ in range(n)))

    def format_quoted(self):
        return '"%s"' % "".join(
            self.choice(("", "", " ", "x", "\u20ac", "\\n")) + self.verb()
            for _ in range(self.random.randint(1, 3)))

    def verb(self):
        text = "%" + "".join(c for c in "+-# 0" if self.chance(0.15))
        text += self.index(0.05)
        kind = self.random.random()
        if kind < 0.2:
            text += str(self.random.randint(0, 30))
        elif kind < 0.25:
            text += "*"
        elif kind < 0.255:
            text += self.choice(("1000", "99999999999999999999", "-5"))
        kind = self.random.random()
        if kind < 0.2:
            text += ".%d" % self.random.randint(0, 25)
        elif kind < 0.23:
            text += "."
        elif kind < 0.26:
            text += "." + self.index(0.2) + "*"
        text += self.index(0.05)
        return text + (self.choice(VERBS) if self.chance(0.98) else "")

    def index(self, p):
        if not self.chance(p):
            return ""
        return "[%s]" % self.choice(("1", "2", "3", "1", "2", "0", "9", "",
                                     "x", "-1", "1x", "1000001"))
