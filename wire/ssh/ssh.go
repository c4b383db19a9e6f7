// Package ssh reads what an SSH server offers and tries one login.
//
// The offer (algorithms of the key exchange message) is read raw, so that a
// server whose algorithms no library speaks is described too; logins go through
// golang.org/x/crypto/ssh. The package must never check a host key for trust,
// open a port forwarding, copy a file, or run any command but the addition of
// two numbers that proves a shell.
package ssh

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Outcome is how a login ended.
type Outcome string

const (
	Accepted Outcome = "accepted" // the server authenticated the user
	Refused  Outcome = "refused"  // it tried and said no, or does not take passwords
	Closed   Outcome = "closed"   // it ended the connection before it said anything on the login
	Unknown  Outcome = "unknown"  // no SSH, no common algorithm, or a time-out
)

// Limit is the time for one login or look.
const Limit = 20 * time.Second

// A Login is what was seen of one attempt.
type Login struct {
	Outcome Outcome  `json:"outcome"`
	Server  string   `json:"server"`            // identification string
	Banner  string   `json:"banner,omitempty"`  // sent before authentication
	Methods []string `json:"methods,omitempty"` // that the server offered for this user after "none"
	Tried   []string `json:"tried,omitempty"`   // methods that we tried, "none" included
	HostKey *HostKey `json:"host_key,omitempty"`
	// Proof is the sum that a shell computed; "" when the account has none.
	Proof string `json:"proof,omitempty"`
	Error string `json:"error,omitempty"`
}

// A HostKey is the key that the server proved to hold.
type HostKey struct {
	Type        string `json:"type"`
	Fingerprint string `json:"fingerprint"` // SHA-256, OpenSSH's form
	Blob        []byte `json:"blob"`        // RFC 4253 public key
}

// Options shape a login. The zero value works.
type Options struct {
	Rand io.Reader // for the proof; nil: crypto/rand
}

// Try logs in over conn, which it closes. Password and keyboard-interactive are
// tried, whichever the server offers; credentials are never sent to one that
// offers neither.
func Try(ctx context.Context, conn net.Conn, user, password string, opt Options) Login {
	answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
		if len(questions) > 10 {
			return nil, fmt.Errorf("the server asks %d questions", len(questions))
		}
		answers := make([]string, len(questions))
		for i := range answers {
			answers[i] = password
		}
		return answers, nil
	}
	return try(ctx, conn, user, []xssh.AuthMethod{xssh.Password(password), xssh.KeyboardInteractive(answer)}, opt)
}

// None asks to be let in without credentials; Methods says what the server
// wants instead. It closes conn.
func None(ctx context.Context, conn net.Conn, user string, opt Options) Login {
	return try(ctx, conn, user, nil, opt)
}

func try(ctx context.Context, conn net.Conn, user string, auth []xssh.AuthMethod, opt Options) Login {
	defer conn.Close()
	l := Login{Outcome: Unknown}
	release, err := wire.Guard(ctx, conn, Limit)
	if err != nil {
		l.Error = err.Error()
		return l
	}
	defer release()
	head := &watched{Conn: conn}
	cc, chans, reqs, err := xssh.NewClientConn(head, conn.RemoteAddr().String(), l.config(user, auth))
	l.Server = head.version()
	if err != nil {
		l.Error = wire.Printable([]byte(err.Error()), 300)
		l.Outcome = l.failed(err)
		return l
	}
	client := xssh.NewClient(cc, chans, reqs)
	defer client.Close()
	l.Outcome = Accepted
	if l.Proof, err = prove(client, opt.Rand); err != nil {
		l.Error = wire.Printable([]byte(err.Error()), 300)
	}
	return l
}

// config accepts every algorithm that the library has, old ones too: this is a
// look at a device, not a session that anybody relies on.
func (l *Login) config(user string, auth []xssh.AuthMethod) *xssh.ClientConfig {
	good, old := xssh.SupportedAlgorithms(), xssh.InsecureAlgorithms()
	c := &xssh.ClientConfig{
		User:              user,
		Auth:              auth,
		ClientVersion:     "SSH-2.0-plimsoll",
		HostKeyAlgorithms: hostKeys(),
		BannerCallback: func(m string) error {
			if l.Banner == "" {
				l.Banner = wire.Printable([]byte(m), 1000)
			}
			return nil
		},
		HostKeyCallback: func(_ string, _ net.Addr, key xssh.PublicKey) error {
			l.HostKey = &HostKey{key.Type(), xssh.FingerprintSHA256(key), key.Marshal()}
			return nil
		},
		AuthCallback: func(a *xssh.ClientAuthContext) (xssh.AuthMethod, error) {
			if l.Methods == nil {
				l.Methods = bounded(a.AllowedMethods)
			}
			l.Tried = slices.Clone(a.TriedMethods)
			return nil, nil // the library chooses
		},
	}
	c.KeyExchanges = slices.Concat(good.KeyExchanges, old.KeyExchanges)
	c.Ciphers = slices.Concat(good.Ciphers, old.Ciphers)
	c.MACs = slices.Concat(good.MACs, old.MACs)
	return c
}

// hostKeys puts elliptic curves first, as OpenSSH does: dropbear offers RSA even
// when it holds no RSA key, and its session dies when RSA is chosen.
func hostKeys() []string {
	algs := slices.Concat(xssh.SupportedAlgorithms().HostKeys, xssh.InsecureAlgorithms().HostKeys)
	rank := func(a string) int {
		return slices.IndexFunc([]string{"cert", "ed25519", "ecdsa", ""}, func(part string) bool { return strings.Contains(a, part) })
	}
	slices.SortStableFunc(algs, func(a, b string) int { return (rank(a)+3)%4 - (rank(b)+3)%4 })
	return algs
}

// bounded keeps lists from the network small and printable.
func bounded(names []string) []string {
	out := []string{}
	for _, n := range names[:min(len(names), 64)] {
		out = append(out, wire.Printable([]byte(n), 80))
	}
	return out
}

// failed judges why there is no session. An end of the connection is a refusal
// only after a method beyond "none" was refused; before, the server may simply
// have died.
func (l *Login) failed(err error) Outcome {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || wire.Refused(err) || strings.HasSuffix(err.Error(), "EOF")
	switch {
	case wire.TimedOut(err):
		return Unknown
	case ended && len(l.Tried) < 2:
		return Closed
	case len(l.Tried) > 0:
		return Refused
	}
	return Unknown
}

// prove has a shell of the account add two numbers.
func prove(client *xssh.Client, r io.Reader) (string, error) {
	if r == nil {
		r = rand.Reader
	}
	var raw [8]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return "", fmt.Errorf("making a proof: %w", err)
	}
	a, b := binary.BigEndian.Uint32(raw[:4])%900_000+100_000, binary.BigEndian.Uint32(raw[4:])%900_000+100_000
	session, err := client.NewSession()
	if err != nil {
		return "", fmt.Errorf("opening a session: %w", err)
	}
	defer session.Close()
	out := &capped{}
	session.Stdout = out
	err = session.Run(fmt.Sprintf("echo $((%d+%d))", a, b))
	if want := fmt.Sprint(a + b); strings.Contains(string(out.b), want) {
		return want, nil
	}
	return "", fmt.Errorf("no proof of a shell: %w", err)
}

// capped keeps the first kilobyte of what is written.
type capped struct{ b []byte }

func (c *capped) Write(p []byte) (int, error) {
	if room := 1024 - len(c.b); room > 0 {
		c.b = append(c.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// watched remembers the start of what the server said: its identification.
type watched struct {
	net.Conn
	head []byte
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if room := 1024 - len(w.head); room > 0 {
		w.head = append(w.head, p[:min(room, n)]...)
	}
	return n, err
}

func (w *watched) version() string {
	for line := range strings.Lines(string(w.head)) {
		if strings.HasPrefix(line, "SSH-") {
			return wire.Printable([]byte(strings.TrimRight(line, "\r\n")), 255)
		}
	}
	return ""
}
