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
#/

"""The first inputs of those fuzz targets that read binary formats.  They are
made from the tables in the sources, so that every type of message and every
field has its seed, also those that are added later; private keys come from
ssh-keygen and never lie in the tree.  Inputs that are text stand in corpus/;
the words that help to make more of them stand here."""

import base64
import os
import re
import struct
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/regress/template")
import by_hand


def source(name):
    with open(TOP + "/" + name) as f:
        return f.read()


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def data(b):
    return u32(len(b)) + b


# ---- messages: common/msg.h, common/msg.c

PROCESSES = dict(P="PARENT", W="WEB", E="ENGINE", X="EXECUTOR", K="WORKER",
                 N="NOTIFIER", C="CONTROL", CHILDREN="ENGINE")

FIELDS = {
    "b": b"\1", "u": u32(80), "q": u64(7), "s": data(b"shop") + b"\0",
    "t": data(b"a\nb") + b"\0", "d": data(b"bytes"),
    "S": u32(2) + 2 * (data(b"ONE") + b"\0"), "U": u32(2) + u32(1) + u32(2),
}


def enum(text, name):
    body = re.sub(r"/\*.*?\*/", "", re.search(
        r"enum %s \{(.*?)\}" % name, text, re.S).group(1), flags=re.S)
    values = {}
    n = 0
    for word, _, value in re.findall(r"(\w+)(\s*=\s*(\w+))?", body):
        n = values[value] if value else n
        values[word] = n
        n += 1
    return values


def msg():
    """type, sender, receiver, descriptor; the body"""
    types = enum(source("common/msg.h"), "msg_type")
    processes = enum(source("common/process.h"), "process")
    rows = re.findall(r'\[(MSG_\w+)\] =\s*\{ "[^"]*", ([^,]*), ([^,]*),'
                      r'\s*"(\w*)",\s*(true|false) \}',
                      source("common/msg.c"))
    assert len(rows) == len(types) - 2, "the table of messages is read"
    for name, sender, receiver, fields, fd in rows:
        ends = [processes["PROC_" + PROCESSES[who.split(" ")[0]]]
                for who in (sender, receiver)]
        yield bytes([types[name], *ends, fd == "true"]) + b"".join(
            FIELDS[f] for f in fields)


# ---- records: common/conf.c, executor/job.c

def tables(name):
    """The fields of each record of a file: their kinds, and of what."""
    text = source(name)
    text = re.sub(r"\tFIELD_PLACE\(.*\),",
                  r"\tFIELD(x, y, U32, x),\n" * 2, text)
    text = re.sub(r"\t\{ FIELD_(\w+), offsetof\(struct (\w+), ([\w.]+)\)"
                  r"[^}]*?(LIMIT\w+)?\s*\},", r"\tFIELD(\2, \3, \1 \4, x),",
                  text)
    text = re.sub(r"FIELD_COUNTED\((\w+), (\w+), [^,]*, (\w+)\)",
                  r"FIELD(\1, \2, NUMBERS \3, x)", text)
    return {record: re.findall(
        r"\tFIELD(_LIST)?\(\w+, [\w.]+,\s*(\w+(?: \w+)?)", body)
        for record, body in re.findall(
            r"struct field (\w+)_fields\[\] = \{\n(.*?)FIELDS_END", text,
            re.S)}


def record(records, name, count):
    """One with so many elements in each list, and no strings without any."""
    limits = enum(source("common/conf.h"), "limit")
    string = u32(4) + b"abc" if count else u32(0)
    plain = {
        "BOOL": b"\1", "U32": u32(22), "U64": u64(7), "STRING": string,
        "DATA": data(b"bytes"), "STRINGS": u32(count) + count * string,
    }
    out = b""
    for is_list, kind in records[name]:
        if is_list:
            out += u32(count) + count * record(
                records, kind.removesuffix("_record"), count)
        elif kind.startswith("NUMBERS"):
            out += limits[kind.split()[1]] * u64(5000)
        else:
            out += plain[kind]
    return out


def conf():
    records = tables("common/conf.c")
    return [record(records, "conf", n) for n in (0, 1)]


def job():
    records = tables("executor/job.c")
    return [record(records, "job", n) for n in (0, 1, 2)]


# ---- log entries: engine/entries.c

def entry(kind, message, origin=b"web1:22", flags=0):
    return bytes([kind, flags]) + u64(1700000000000000000) + \
        data(origin) + b"\0" + data(message)


def entries():
    yield entry(3, b"a line")
    yield entry(4, b"\xff\0\x1b[31m \xe2\x82\xac", flags=1) + entry(5, b"")
    yield b"".join(entry(kind, b"x" * kind) for kind in range(13))


# ---- imsg: the pieces, as imsg_fuzz.c cuts them

def imsg():
    def message(kind, body):
        return struct.pack("=IIII", kind, 16 + len(body), 1, 2) + body

    def pieces(stream, size, how=0):
        return b"".join(bytes([how | len(part) - 1]) + part for part in (
            stream[i:i + size] for i in range(0, len(stream), size)))

    stream = message(1, b"") + message(2, b"\2\0\0\0\1\4\3\0") + \
        message(3, b"\7\5abc\0\0")
    yield b"\0\0" + pieces(stream, 16)
    yield b"\1\0" + pieces(stream, 5)
    yield b"\1\0" + pieces(message(0x80000001, b"abc"), 16, 0x20)
    yield b"\2\x40" + pieces(message(1, b"x" * 100), 16)


# ---- WebSocket: frames of a client, masked

def websocket():
    def frame(first, body, mask=b"\1\2\3\4"):
        size = bytes([0x80 | len(body)]) if len(body) < 126 else \
            b"\xfe" + struct.pack(">H", len(body))
        return bytes([first]) + size + mask + bytes(
            c ^ mask[i % 4] for i, c in enumerate(body))

    yield frame(0x81, b"hello") + frame(0x89, b"ping")
    yield frame(0x01, b"two ") + frame(0x8a, b"") + frame(0x80, b"parts")
    yield frame(0x82, b"\0" * 130) + frame(0x88, b"\x03\xe8bye")
    yield frame(0x88, b"")
    yield b"\x81\x05hello"                      # not masked
    yield b"\x81\xff\x7f" + 7 * b"\xff"         # a giant


# ---- private keys: '0' and a text, '1' and what is in an OpenSSH envelope

def key():
    with tempfile.TemporaryDirectory() as work:
        path = work + "/key"
        forms = [("-N", ""), ("-N", "p", "-a", "1"), ("-N", "", "-m", "PEM"),
                 ("-N", "", "-m", "PKCS8")]
        for kind, form in ((kind, form) for form in forms for kind in (
                "ed25519", "ecdsa", "rsa")):
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-C", "c", *form,
                            "-f", path], check=True,
                           stdin=subprocess.DEVNULL)
            with open(path, "rb") as f:
                text = f.read()
            os.unlink(path)
            yield b"0" + text
            if b"OPENSSH" in text:
                yield b"1" + base64.b64decode(b"".join(
                    text.split(b"\n")[1:-2]))


# ---- templates: those that are compared with Go

def template():
    for texts in by_hand.CASES.values():
        for text in texts:
            yield text.encode("utf-8", "surrogateescape")


SEEDS = dict(msg=msg, record=conf, job=job, entries=entries, imsg=imsg,
             websocket=websocket, key=key, template=template)


# ---- words, for those that read text

def keywords():
    return re.findall(r'\t\{ "(\w+)", [A-Z]+,', source("parse.y")) + \
        re.findall(r'\] = \{ "([\w-]+)", UNIT', source("common/conf.c"))


def properties():
    return re.findall(r'\.name = "(\w+)"', source("applikatonid/conf_json.c"))


WORDS = dict(
    conf_json=('{"', '":', "[", "]", "{", "}", ",", "null", "true", "1e999",
               "\\u0000", "\\ud800", "\\n", "-----BEGIN ", ":22", "[::1]:22",
               "http://h/", "{{.A}}", "application a {", "target t {",
               "role r {", *('"%s":' % name for name in properties())),
    cookie=("a=", "; ", "__Host-s="),
    settings=("host:", "application:", "api_token:", "stages:", "\n  - ",
              "\n  p:", "&a ", "*a", "!!str ", "---\n", "...\n", "|\n", ">-\n",
              "<<: ", "? ", "{", "[", "~", "%YAML 1.1\n"),
    form=("=", "&", "+", "%", "%00", "%c3%bc", "stages%5B%5D="),
    http=("GET ", "HEAD ", "POST ", "OPTIONS * ", "CONNECT ", " HTTP/1.1",
          " HTTP/1.0", " HTTP/2.0", "\r\n", "\r\n\r\n", "\n", "%2f", "%00",
          "http://", "Host: h", "Content-Length: ", "Content-Type: ",
          "Transfer-Encoding: chunked", "\r\n0\r\n\r\n", "Connection: close",
          "Connection: Upgrade", "Upgrade: websocket", "Trailer: ",
          "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ", "Cookie: s=",
          "Expect: 100-continue", "If-None-Match: ", "Accept: ",
          "Accept-Encoding: ", ";q=0.5", "X-Forwarded-For: ", "Origin: "),
    key=("openssh-key-v1", "bcrypt", "aes256-ctr", "none", "ssh-ed25519",
         "ecdsa-sha2-nistp256", "nistp256", "ecdsa-sha2-nistp384", "ssh-rsa",
         "-----BEGIN ", "-----END ", "PRIVATE KEY-----", "ENCRYPTED",
         "RSA ", "EC ", "OPENSSH ", "Proc-Type: 4,ENCRYPTED", "DEK-Info: "),
    known_hosts=("@revoked ", "@cert-authority ", "|1|", "[a]:23", "*", "!",
                 "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ",
                 "AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAB3NzaC1yc2E"),
    mask=("***", "\n\n"),
    parse=(*keywords(), "{", "}", "$", "\\\n", "file k", "known hosts h",
           'include "i"', "$given", "https://h", "SHA256:", "{{.A}}"),
    target=("http://", "https://", "%2f", "%00", "..", "::ffff:", "/8", ";q=",
            "W/", "[::1]", "fd00::1", "10.0.0.1"),
    template=("{{", "}}", "{{- ", " -}}", "{{/*", "*/}}", "{{.A}}", "{{.S}}",
              "{{end}}", "{{else}}", "{{else if ", "{{if ", "{{range ",
              "{{with ", '{{define "t"}}', '{{template "t" .}}', "$k, $v := ",
              '{{block "b" .}}', "{{break}}", "{{continue}}", "$x := ",
              "$x = ",
              "|", "(", ")", "nil", "true", "and ", "call ", "eq ", "ge ",
              "html ", "index ", "js ", "le ", "len ", "lt ", "not ", "or ",
              "print ", 'printf "%v" ', "println ", "slice ", "urlquery ",
              "%[1]*d", "%-5.3q", "%+#v", "0x1p-2", "'a'", "`", "1e3"),
)


def write_words(name, path):
    """The dictionary of a target that has one."""
    with open(path, "w") as f:
        for word in WORDS.get(name, ()):
            f.write('"%s"\n' % "".join(
                c if c.isalnum() else "\\x%02x" % ord(c) for c in word))


def write(name, directory):
    """The inputs of a target; there may be none."""
    for i, seed in enumerate(SEEDS.get(name, list)()):
        with open("%s/seed%d" % (directory, i), "wb") as f:
            f.write(seed)
