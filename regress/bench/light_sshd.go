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

// An SSH server that costs a few milliseconds a connection, so that a bench
// measures its clients: `light_sshd ADDRESS HOST_KEY`.  It starts no process:
// it takes any key, `echo TEXT` prints the text, `hold` lasts until a line
// comes on this program's standard input, and whatever else is an error.  It
// prints "ready" when it listens, and "holding N" whenever N, the number of
// commands that hold, is a hundred times something.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

var (
	lock    sync.Mutex
	release = make(chan bool)
	holding int
)

// Waits for the next line of the standard input.
func hold() {
	lock.Lock()
	wait := release
	holding++
	if holding%100 == 0 {
		fmt.Println("holding", holding)
	}
	lock.Unlock()
	<-wait
}

func releases() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		lock.Lock()
		close(release)
		release = make(chan bool)
		holding = 0
		lock.Unlock()
	}
	os.Exit(0)
}

// The command; its exit status.
func run(ch ssh.Channel, command string) uint32 {
	switch {
	case strings.HasPrefix(command, "echo "):
		fmt.Fprintln(ch, command[5:])
	case command == "hold":
		hold()
	default:
		fmt.Fprintln(ch.Stderr(), "no such command")
		return 127
	}
	return 0
}

func session(ch ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		if r.Type != "exec" || len(r.Payload) < 4 {
			r.Reply(false, nil)
			continue
		}
		r.Reply(true, nil)
		command := string(r.Payload[4:])
		go func() {
			var status [4]byte
			binary.BigEndian.PutUint32(status[:], run(ch, command))
			ch.CloseWrite()
			ch.SendRequest("exit-status", false, status[:])
			ch.Close()
		}()
	}
}

func serve(tcp net.Conn, config *ssh.ServerConfig) {
	defer tcp.Close()
	conn, channels, requests, err := ssh.NewServerConn(tcp, config)
	if err != nil {
		log.Print(err)
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests)
	for c := range channels {
		if ch, r, err := c.Accept(); err == nil {
			go session(ch, r)
		}
	}
}

func main() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		log.Fatal(err)
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (
			*ssh.Permissions, error) {
			return nil, nil
		},
	}
	config.AddHostKey(key)
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	go releases()
	fmt.Println("ready")
	for {
		if tcp, err := listener.Accept(); err == nil {
			go serve(tcp, config)
		}
	}
}
