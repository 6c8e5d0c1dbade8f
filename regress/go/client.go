/*
 * Copyright (c) 2026 The applikatonid authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


// A client as the original's toni was: Go's net/http and gorilla/websocket.
// It deploys, follows the log and, when a line says so, kills.  It prints what
// it sees as JSON, a line each.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

type entry struct {
	Id           int       `json:"id"`
	Timestamp    time.Time `json:"timestamp"`
	DeploymentId int       `json:"deployment_id"`
	Origin       string    `json:"origin"`
	EntryType    string    `json:"entry_type"`
	Message      string    `json:"message"`
}

func say(v interface{}) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		panic(err)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func at(host, scheme string, parts ...string) string {
	u, err := url.Parse(host)
	check(err)
	// Without a slash at its beginning, as path.Join makes it.
	u.Path = path.Join(parts...)
	if scheme != "" {
		u.Scheme = scheme
	}
	return u.String()
}

func post(address, token, body string) *http.Response {
	req, err := http.NewRequest("POST", address, bytes.NewBufferString(body))
	check(err)
	req.Header.Set("X-Api-Token", token)
	if body != "" {
		req.Header.Set("Content-Type",
			"application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	check(err)
	return resp
}

func main() {
	host, token, app, target := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	data := url.Values{"target": {target}, "commitsha": {os.Args[5]},
		"branch": {"main"}, "comment": {"with Go"}}
	for _, stage := range os.Args[6:] {
		data.Add("stages[]", stage)
	}
	resp := post(at(host, "", app, "deployments"), token, data.Encode())
	if resp.StatusCode != http.StatusSeeOther {
		body, err := io.ReadAll(resp.Body)
		check(err)
		say(map[string]interface{}{"status": resp.StatusCode,
			"body": string(body)})
		os.Exit(1)
	}
	location := resp.Header.Get("Location")
	say(map[string]interface{}{"location": location})

	header := http.Header{"Origin": {host}, "X-Api-Token": {token}}
	ws, _, err := websocket.DefaultDialer.Dial(at(host, "ws", location,
		"log"), header)
	check(err)
	for {
		var e entry
		err := ws.ReadJSON(&e)
		if closed, ok := err.(*websocket.CloseError); ok {
			say(map[string]interface{}{"close": closed.Code})
			return
		}
		check(err)
		say(e)
		if strings.Contains(e.Message, "KILL ME") &&
			e.EntryType == "COMMAND_STDOUT_OUTPUT" {
			resp := post(at(host, "", location, "kill"), token, "")
			say(map[string]interface{}{"kill": resp.StatusCode})
		}
	}
}
