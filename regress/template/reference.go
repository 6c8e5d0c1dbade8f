// Copyright (c) 2026 The applikatonid authors
//
// Permission to use, copy, modify, and distribute this software for any
// purpose with or without fee is hereby granted, provided that the above
// copyright notice and this permission notice appear in all copies.
//
// THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
// WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
// MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
// ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
// WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
// ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
// OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

// What Go's own text/template makes of templates: reads cases on stdin and
// writes results on stdout, as cases.py describes them.  With -u it writes
// what package unicode knows of each character.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"text/template"
	"unicode"
)

const (
	rendered = iota
	notParsed
	notExecuted
)

// Where a value that is missing would become text, Go goes on and
// applikatonid does not: these functions do what Go's do, and note it.
var missing bool

func note(args []any) []any {
	for _, arg := range args {
		missing = missing || arg == nil
	}
	return args
}

var noting = template.FuncMap{
	"print":   func(args ...any) string { return fmt.Sprint(note(args)...) },
	"println": func(args ...any) string { return fmt.Sprintln(note(args)...) },
	"printf": func(format string, args ...any) string {
		return fmt.Sprintf(format, note(args)...)
	},
	"html": func(args ...any) string {
		return template.HTMLEscaper(note(args)...)
	},
	"js": func(args ...any) string {
		return template.JSEscaper(note(args)...)
	},
	"urlquery": func(args ...any) string {
		return template.URLQueryEscaper(note(args)...)
	},
}

func execute(t *template.Template, w io.Writer, data map[string]string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return t.Execute(w, data)
}

func run(name, text string, data map[string]string, funcs template.FuncMap) (stage byte, out []byte, message string) {
	t, err := template.New(name).Funcs(funcs).Parse(text)
	if err != nil {
		return notParsed, nil, err.Error()
	}
	var b bytes.Buffer
	if err := execute(t, &b, data); err != nil {
		return notExecuted, b.Bytes(), err.Error()
	}
	return rendered, b.Bytes(), ""
}

func number(r io.Reader) int {
	var n uint32
	if binary.Read(r, binary.BigEndian, &n) != nil {
		os.Exit(1)
	}
	return int(n)
}

func text(r io.Reader) string {
	b := make([]byte, number(r))
	if _, err := io.ReadFull(r, b); err != nil {
		os.Exit(1)
	}
	return string(b)
}

func put(w io.Writer, b []byte) {
	binary.Write(w, binary.BigEndian, uint32(len(b)))
	w.Write(b)
}

func characters(w io.ByteWriter) {
	for c := rune(0); c <= unicode.MaxRune; c++ {
		kind := byte('0')
		if unicode.IsPrint(c) {
			kind |= 1
		}
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			kind |= 2
		}
		w.WriteByte(kind)
	}
}

func main() {
	r, w := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer w.Flush()
	if len(os.Args) > 1 {
		characters(w)
		return
	}
	for cases := number(r); cases > 0; cases-- {
		name, template := text(r), text(r)
		data := map[string]string{}
		for n := number(r); n > 0; n-- {
			key := text(r)
			data[key] = text(r)
		}
		stage, out, message := run(name, template, data, nil)
		missing = false
		run(name, template, data, noting)
		if bytes.Contains(out, []byte("<no value>")) {
			missing = true
		}
		w.WriteByte(stage)
		put(w, out)
		put(w, []byte(message))
		if missing {
			w.WriteByte(1)
		} else {
			w.WriteByte(0)
		}
	}
}
