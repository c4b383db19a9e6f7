package defaultpasswords

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/ftp"
	"github.com/plimsoll-iot/plimsoll/wire/ssh"
	"github.com/plimsoll-iot/plimsoll/wire/telnet"
)

// What a proof is called in evidence: the numbers themselves are made up anew for
// each login and stand in the raw record.
const shellProof = "a shell added two numbers"

var (
	lockedWords = regexp.MustCompile(`(?i)too many|locked|try again later|temporarily`)
	asksName    = regexp.MustCompile(`(?i)login|user|account|name|benutzer`)
)

func (c *collection) login(svc service, protocol string) evidence.Login {
	return evidence.Login{Protocol: protocol, Address: svc.Host, Port: svc.Port, Asks: true}
}

// with makes one connection for f and closes it.
func (c *collection) with(ctx context.Context, svc service, f func(net.Conn) (creds.Reply, error)) (creds.Reply, error) {
	conn, err := c.dial(ctx, "tcp", svc.Address())
	if err != nil {
		return creds.Reply{Answer: creds.Unclear}, errors.New(broke(err))
	}
	defer conn.Close()
	r, err := f(conn)
	if err != nil {
		return r, errors.New(broke(err))
	}
	return r, nil
}

// telnet finds out whether a Telnet service asks, and for what.
func (c *collection) telnet(ctx context.Context, svc service) []place {
	conn, err := c.dial(ctx, "tcp", svc.Address())
	if err != nil {
		c.note("telnet port %d: %s", svc.Port, broke(err))
		return nil
	}
	defer conn.Close()
	out, tr := telnet.Knock(ctx, conn, telnet.Options{})
	pl := place{login: c.login(svc, "telnet")}
	prompt := tr.Received[strings.LastIndex(tr.Received, `\n`)+1:]
	first := creds.Reply{Answer: creds.Refused, Detail: "it asks: " + strings.TrimSpace(prompt)}
	switch out {
	case telnet.NoLogin:
		pl.login.Asks = false
		first = creds.Reply{Answer: creds.NoPassword, Proof: shellProof, Detail: "a shell without a login"}
	case telnet.Prompted:
		pl.nameless = !asksName.MatchString(prompt)
	default:
		c.note("telnet port %d: whether it asks for a password cannot be told (%s)", svc.Port, out)
		return nil
	}
	pl.try = func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		if p == nil {
			return first, nil
		}
		return c.with(ctx, svc, func(conn net.Conn) (creds.Reply, error) {
			out, tr := telnet.Login(ctx, conn, p.User, p.Password, telnet.Options{})
			return telnetReply(out, tr)
		})
	}
	return []place{pl}
}

func telnetReply(out telnet.Outcome, tr telnet.Transcript) (creds.Reply, error) {
	r := creds.Reply{Answer: creds.Unclear, Detail: string(out) + "\n" + tr.Received}
	switch out {
	case telnet.Accepted:
		r.Answer, r.Proof = creds.Accepted, shellProof
	case telnet.NoLogin:
		r.Answer, r.Proof = creds.NoPassword, shellProof
	case telnet.Refused:
		r.Answer = creds.Refused
		if lockedWords.MatchString(tr.Received[max(0, len(tr.Received)-200):]) {
			r.Answer, r.Detail = creds.Locked, "locked\n"+tr.Received
		}
	case telnet.Closed:
		return r, errors.New("closed")
	}
	return r, nil
}

// ssh finds out whether an SSH server takes passwords.
func (c *collection) ssh(ctx context.Context, svc service) []place {
	conn, err := c.dial(ctx, "tcp", svc.Address())
	if err != nil {
		c.note("ssh port %d: %s", svc.Port, broke(err))
		return nil
	}
	none := ssh.None(ctx, conn, "root", ssh.Options{}) // closes conn
	pl := place{login: c.login(svc, "ssh")}
	first := creds.Reply{Answer: creds.Refused, Detail: "it offers " + strings.Join(none.Methods, ", ")}
	password := slices.Contains(none.Methods, "password") || slices.Contains(none.Methods, "keyboard-interactive")
	switch {
	case none.Outcome == ssh.Accepted:
		pl.login.Asks = false
		first = creds.Reply{Answer: creds.NoPassword, Proof: sshProof(none), Detail: "root was let in without a proof"}
	case none.Outcome != ssh.Refused:
		c.note("ssh port %d: whether it takes passwords cannot be told (%s)", svc.Port, none.Outcome)
		return nil
	case !password:
		return nil // keys only
	}
	pl.try = func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		if p == nil {
			return first, nil
		}
		return c.with(ctx, svc, func(conn net.Conn) (creds.Reply, error) {
			return sshReply(ssh.Try(ctx, conn, p.User, p.Password, ssh.Options{}))
		})
	}
	return []place{pl}
}

func sshReply(l ssh.Login) (creds.Reply, error) {
	r := creds.Reply{Answer: creds.Unclear, Detail: string(l.Outcome) + "\n" + l.Error}
	switch l.Outcome {
	case ssh.Accepted:
		r.Answer, r.Proof = creds.Accepted, sshProof(l)
	case ssh.Refused:
		r.Answer = creds.Refused
	case ssh.Closed:
		return r, errors.New("closed")
	}
	return r, nil
}

func sshProof(l ssh.Login) string {
	if l.Proof != "" {
		return shellProof
	}
	return "the server authenticated the user; the account has no shell"
}

// ftp finds out whether an FTP server takes everybody or asks.
func (c *collection) ftp(ctx context.Context, svc service) []place {
	pl := place{login: c.login(svc, "ftp")}
	var tlsOnly bool
	try := func(ctx context.Context, user, password string) (creds.Reply, error) {
		return c.with(ctx, svc, func(conn net.Conn) (creds.Reply, error) {
			l, err := ftp.Try(ctx, conn, user, password)
			tlsOnly = l.Outcome == ftp.TLSOnly
			return ftpReply(l), err
		})
	}
	first, err := try(ctx, "anonymous", "plimsoll@example.invalid")
	switch {
	case err != nil:
		c.note("ftp port %d: %s", svc.Port, err)
		return nil
	case tlsOnly:
		pl.login.TLS = true
		return []place{pl} // the login inside AUTH TLS is not tried
	case first.Answer == creds.Accepted:
		pl.login.Asks = false
		first.Answer, first.Detail = creds.NoPassword, "anonymous is let in: "+first.Detail
	}
	pl.try = func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		if p == nil {
			return first, nil
		}
		return try(ctx, p.User, p.Password)
	}
	return []place{pl}
}

func ftpReply(l ftp.Login) creds.Reply {
	answers := map[ftp.Outcome]creds.Answer{ftp.Accepted: creds.Accepted, ftp.Refused: creds.Refused, ftp.Locked: creds.Locked}
	r := creds.Reply{Answer: creds.Unclear, Detail: fmt.Sprintf("replies %v\n%s", l.Codes, l.Text)}
	if a, ok := answers[l.Outcome]; ok {
		r.Answer = a
	}
	if l.Proof != "" {
		r.Proof = "PWD: " + l.Proof
	}
	return r
}
