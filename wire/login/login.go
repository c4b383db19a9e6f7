// Package login turns the clients of the protocols into the logins that package
// creds asks for: one attempt, one answer, one proof.
//
// It only translates. It must never decide whether a pair works (creds does),
// keep a connection, or retry.
package login

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/ftp"
	"github.com/plimsoll-iot/plimsoll/wire/ssh"
	"github.com/plimsoll-iot/plimsoll/wire/telnet"
	"github.com/plimsoll-iot/plimsoll/wire/weblogin"
)

// For returns the login of a service as ports.Identify named it; ok is false
// for a protocol without one. Web services are asked at their root path.
func For(dial wire.Dialer, s wire.Service) (l creds.Login, ok bool, err error) {
	switch s.Name {
	case "telnet":
		return Telnet(dial, s.Address(), telnet.Options{}), true, nil
	case "ssh":
		return SSH(dial, s.Address(), ssh.Options{}), true, nil
	case "ftp":
		return FTP(dial, s.Address()), true, nil
	case "http", "https":
		site, err := weblogin.New(dial, s.Name+"://"+s.Address()+"/", weblogin.Options{})
		if err != nil {
			return nil, false, err
		}
		return Web(site), true, nil
	}
	return nil, false, nil
}

// connect opens the connection of one attempt.
func connect(ctx context.Context, dial wire.Dialer, address string) (net.Conn, error) {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %q: %w", address, err)
	}
	return conn, nil
}

var telnetAnswers = map[telnet.Outcome]creds.Answer{
	telnet.NoLogin:  creds.NoPassword,
	telnet.Prompted: creds.Refused, // it asks: nobody gets in without
	telnet.Accepted: creds.Accepted,
	telnet.Refused:  creds.Refused,
	telnet.Unknown:  creds.Unclear,
}

// Telnet logs in at a Telnet server.
func Telnet(dial wire.Dialer, address string, opt telnet.Options) creds.Login {
	return func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		conn, err := connect(ctx, dial, address)
		if err != nil {
			return creds.Reply{}, err
		}
		defer conn.Close()
		var out telnet.Outcome
		var tr telnet.Transcript
		if p == nil {
			out, tr = telnet.Knock(ctx, conn, opt)
		} else {
			out, tr = telnet.Login(ctx, conn, p.User, p.Password, opt)
		}
		if out == telnet.Closed {
			return creds.Reply{Detail: tr.Received}, fmt.Errorf("the server at %q ended the connection", address)
		}
		return creds.Reply{Answer: telnetAnswers[out], Proof: tr.Proof, Detail: tail(tr.Received)}, nil
	}
}

// detailCap is how much of what a server said is kept as detail.
const detailCap = 600

// tail keeps the end: the answer to the login stands there.
func tail(s string) string {
	if len(s) > detailCap {
		return "…" + s[len(s)-detailCap:]
	}
	return s
}

var sshAnswers = map[ssh.Outcome]creds.Answer{
	ssh.Accepted: creds.Accepted,
	ssh.Refused:  creds.Refused,
	ssh.Unknown:  creds.Unclear,
}

// SSH logs in at an SSH server. A yes needs no shell: the protocol says it.
func SSH(dial wire.Dialer, address string, opt ssh.Options) creds.Login {
	return func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		conn, err := connect(ctx, dial, address)
		if err != nil {
			return creds.Reply{}, err
		}
		var l ssh.Login
		if p == nil {
			l = ssh.None(ctx, conn, "root", opt)
		} else {
			l = ssh.Try(ctx, conn, p.User, p.Password, opt)
		}
		if l.Outcome == ssh.Closed {
			return creds.Reply{Detail: l.Error}, fmt.Errorf("the server at %q ended the connection", address)
		}
		proof := l.Proof
		if l.Outcome == ssh.Accepted && proof == "" {
			proof = "authenticated, no shell"
		}
		return creds.Reply{Answer: sshAnswers[l.Outcome], Proof: proof, Detail: strings.TrimSpace(l.Server + " " + l.Error)}, nil
	}
}

var ftpAnswers = map[ftp.Outcome]creds.Answer{
	ftp.Accepted: creds.Accepted,
	ftp.Refused:  creds.Refused,
	ftp.Locked:   creds.Locked,
	ftp.TLSOnly:  creds.Unclear,
	ftp.Unknown:  creds.Unclear,
}

// FTP logs in at an FTP server. Anonymous access is a pair like any other; it
// shows as creds.AnyPasswordWorks for the name "anonymous".
func FTP(dial wire.Dialer, address string) creds.Login {
	return func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		conn, err := connect(ctx, dial, address)
		if err != nil {
			return creds.Reply{}, err
		}
		defer conn.Close()
		var l ftp.Login
		if p == nil {
			l, err = ftp.None(ctx, conn)
		} else {
			l, err = ftp.Try(ctx, conn, p.User, p.Password)
		}
		return creds.Reply{Answer: ftpAnswers[l.Outcome], Proof: l.Proof, Detail: l.Text}, err
	}
}

var webAnswers = map[weblogin.Outcome]creds.Answer{
	weblogin.Accepted: creds.Accepted,
	weblogin.Refused:  creds.Refused,
	weblogin.Locked:   creds.Locked,
	weblogin.NoLogin:  creds.NoPassword,
	weblogin.Unknown:  creds.Unclear,
}

// Web logs in at a web page. The login belongs to one run of creds.Ask, whose
// first attempt with credentials is certainly wrong: it is what the answers of
// a form are compared with. It must not be called concurrently.
func Web(site *weblogin.Site) creds.Login {
	var (
		way            weblogin.Way
		without, wrong *weblogin.Trace
	)
	return func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		if without == nil {
			w, t, err := site.Look(ctx)
			if err != nil {
				return creds.Reply{}, err
			}
			way, without = w, &t
		}
		switch {
		case way == weblogin.Other:
			return creds.Reply{Answer: creds.Unclear, Detail: "no login that works without scripts: " + detail(*without)}, nil
		case way == weblogin.Open:
			return creds.Reply{Answer: creds.NoPassword, Detail: detail(*without)}, nil
		case p == nil:
			return creds.Reply{Answer: creds.Refused, Detail: detail(*without)}, nil
		}
		t, err := site.Try(ctx, way, p.User, p.Password)
		if err != nil {
			return creds.Reply{}, err
		}
		if wrong == nil {
			wrong = &t
		}
		r := creds.Reply{Answer: webAnswers[weblogin.Judge(way, *without, *wrong, t)], Detail: detail(t)}
		if r.Answer == creds.Accepted {
			r.Proof = "sha256:" + t.Digest
		}
		return r, nil
	}
}

func detail(t weblogin.Trace) string {
	return fmt.Sprintf("status %d at %q, %d bytes, title %q, password field %v", t.Status, t.Path, t.Length, t.Title, t.Password)
}
