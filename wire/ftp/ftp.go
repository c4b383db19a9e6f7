// Package ftp reads the greeting of an FTP server and tries one login.
//
// It speaks the control connection alone (RFC 959): it must never open a data
// connection, list, read or write a file, and never send a password that the
// caller did not hand in.
package ftp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Outcome is how a login ended.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Refused  Outcome = "refused"
	Locked   Outcome = "locked"  // it says that there are too many connections or tries
	TLSOnly  Outcome = "tls"     // it wants AUTH TLS before a login
	Unknown  Outcome = "unknown" // it is not FTP, or says neither yes nor no
)

// A Login is what was said. Replies are printable and capped.
type Login struct {
	Outcome  Outcome `json:"outcome"`
	Greeting string  `json:"greeting"`
	// Codes are the reply codes to USER, PASS and PWD as far as they came.
	Codes []int `json:"codes,omitempty"`
	// Text is the last reply.
	Text string `json:"text,omitempty"`
	// Proof is the reply to PWD, which no server gives without a login.
	Proof string `json:"proof,omitempty"`
}

// Limit is the time for one login. Servers wait before they say no.
const Limit = 20 * time.Second

const (
	lineCap  = 1024
	linesCap = 100
	textCap  = 400
)

// reply is one answer, which may have several lines (RFC 959, 4.2).
type reply struct {
	code int
	text string
}

// Try logs in over conn, which the caller closes. Anonymous access is tried
// with the name "anonymous".
func Try(ctx context.Context, conn net.Conn, user, password string) (Login, error) {
	release, err := wire.Guard(ctx, conn, Limit)
	if err != nil {
		return Login{Outcome: Unknown}, err
	}
	defer release()
	c := &control{conn: conn, r: bufio.NewReaderSize(conn, lineCap)}
	var l Login
	l.Outcome, err = c.login(&l, user, password)
	return l, err
}

// Greet reads the greeting alone.
func Greet(ctx context.Context, conn net.Conn) (string, error) {
	release, err := wire.Guard(ctx, conn, Limit)
	if err != nil {
		return "", err
	}
	defer release()
	r, err := readReply(bufio.NewReaderSize(conn, lineCap))
	return r.text, err
}

// None asks for the working directory without a login: Accepted means that the
// server wants none, Refused that it does.
func None(ctx context.Context, conn net.Conn) (Login, error) {
	release, err := wire.Guard(ctx, conn, Limit)
	if err != nil {
		return Login{Outcome: Unknown}, err
	}
	defer release()
	c := &control{conn: conn, r: bufio.NewReaderSize(conn, lineCap)}
	l := Login{Outcome: Unknown}
	r, err := readReply(c.r)
	if err != nil {
		return l, fmt.Errorf("reading the greeting: %w", err)
	}
	l.Greeting, l.Text = r.text, r.text
	if r.code == 421 || r.code == 530 {
		l.Outcome = Locked
		return l, nil
	}
	if r, err = c.ask(&l, "PWD", ""); err != nil {
		return l, err
	}
	switch {
	case r.code == 257:
		l.Outcome, l.Proof = Accepted, r.text
	case r.code >= 500 || r.code == 332:
		l.Outcome = Refused
	}
	return l, nil
}

type control struct {
	conn net.Conn
	r    *bufio.Reader
}

func (c *control) login(l *Login, user, password string) (Outcome, error) {
	r, err := readReply(c.r)
	if err != nil {
		return Unknown, fmt.Errorf("reading the greeting: %w", err)
	}
	l.Greeting, l.Text = r.text, r.text
	switch {
	case r.code == 421 || r.code == 530:
		return Locked, nil
	case r.code != 220:
		return Unknown, nil
	}
	if r, err = c.ask(l, "USER", user); err != nil {
		return Unknown, err
	}
	if r.code == 331 || r.code == 332 {
		if r, err = c.ask(l, "PASS", password); err != nil {
			return Unknown, err
		}
	}
	if r.code != 230 && r.code != 202 {
		return no(r), nil
	}
	if r, err = c.ask(l, "PWD", ""); err != nil {
		return Unknown, err
	}
	if r.code != 257 {
		return Unknown, nil
	}
	l.Proof = r.text
	_, _ = c.ask(l, "QUIT", "") // a courtesy
	return Accepted, nil
}

// no reads a reply that is not a yes.
func no(r reply) Outcome {
	text := strings.ToLower(r.text)
	switch {
	case r.code == 421:
		return Locked
	case r.code == 530 && (strings.Contains(text, "too many") || strings.Contains(text, "locked")):
		return Locked
	case r.code == 522 || r.code == 534 || strings.Contains(text, "ssl") || strings.Contains(text, "tls") || strings.Contains(text, "encryption"):
		return TLSOnly
	case r.code == 530 || r.code == 430 || r.code == 331 || r.code == 332 || r.code == 532:
		return Refused
	}
	return Unknown
}

func (c *control) ask(l *Login, verb, arg string) (reply, error) {
	if strings.ContainsAny(arg, "\r\n\x00") {
		return reply{}, fmt.Errorf("a line end in the argument of %s", verb)
	}
	line := verb
	if verb == "USER" || verb == "PASS" {
		line += " " + arg
	}
	if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
		return reply{}, fmt.Errorf("sending %s: %w", verb, err)
	}
	r, err := readReply(c.r)
	if err != nil {
		return r, fmt.Errorf("reading the reply to %s: %w", verb, err)
	}
	if verb != "QUIT" {
		l.Codes = append(l.Codes, r.code)
		l.Text = r.text
	}
	return r, nil
}

// readReply reads one reply with all its lines. Its text starts with the code.
func readReply(r *bufio.Reader) (reply, error) {
	var text strings.Builder
	code := ""
	for range linesCap {
		line, err := readLine(r)
		if err != nil {
			return reply{}, err
		}
		if text.Len() < textCap {
			if text.Len() > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(line)
		}
		if code == "" {
			if len(line) < 3 {
				return reply{}, fmt.Errorf("reading a reply: %q has no code", wire.Printable([]byte(line), 80))
			}
			code = line[:3]
			if _, err := strconv.ParseUint(code, 10, 16); err != nil {
				return reply{}, fmt.Errorf("reading a reply: %q has no code", wire.Printable([]byte(line), 80))
			}
			if len(line) > 3 && line[3] == '-' {
				continue
			}
		} else if !strings.HasPrefix(line, code) || len(line) > 3 && line[3] == '-' {
			continue
		}
		n, _ := strconv.Atoi(code) // checked above
		return reply{n, wire.Printable([]byte(text.String()), textCap)}, nil
	}
	return reply{}, fmt.Errorf("reading a reply: more than %d lines", linesCap)
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return "", fmt.Errorf("reading a reply: a line longer than %d bytes", lineCap)
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}
