package sim

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

var errRefused = errors.New("permission denied")

// serveSSH offers a root shell to a published default pair. The well-built device has SSH off.
func serveSSH(u *unit, ln net.Listener) (func(), error) {
	_, key, err := ed25519.GenerateKey(u.Rand)
	if err != nil {
		return nil, fmt.Errorf("generating a host key: %w", err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("reading the host key: %w", err)
	}
	pairs := []credential{{"root", "root"}}
	cfg := &ssh.ServerConfig{
		MaxAuthTries:  loginTries,
		ServerVersion: "SSH-2.0-device",
		PasswordCallback: func(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			ok, _ := u.guard["ssh"].try(func() bool { return accept(pairs, meta.User(), string(password)) })
			if !ok {
				return nil, errRefused
			}
			return nil, nil
		},
	}
	if u.has("banner-leak") {
		cfg.ServerVersion = "SSH-2.0-dropbear_2012.55"
	}
	cfg.AddHostKey(signer)
	return serveConns(ln, func(c net.Conn) { serveSSHConn(idleConn{c}, cfg) }), nil
}

func serveSSHConn(c net.Conn, cfg *ssh.ServerConfig) {
	conn, channels, requests, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		return
	}
	defer conn.Close()
	drained := make(chan struct{})
	go func() {
		ssh.DiscardRequests(requests)
		close(drained)
	}()
	// One channel at a time is enough for a shell; a refused one is told so.
	for ch := range channels {
		if ch.ChannelType() != "session" {
			if err := ch.Reject(ssh.UnknownChannelType, "sessions only"); err != nil {
				break
			}
			continue
		}
		channel, reqs, err := ch.Accept()
		if err != nil {
			break
		}
		serveSession(channel, reqs)
	}
	conn.Close()
	<-drained
}

// serveSession answers one exec or shell request and closes the channel.
func serveSession(ch ssh.Channel, reqs <-chan *ssh.Request) {
	for req := range reqs {
		switch req.Type {
		case "pty-req", "env":
			reply(req, true)
			continue
		case "exec":
			var exec struct{ Command string }
			if ssh.Unmarshal(req.Payload, &exec) != nil {
				reply(req, false)
				continue
			}
			reply(req, true)
			out, _ := runShell(exec.Command)
			_, _ = io.WriteString(ch, out) // a client that has left misses it
		case "shell":
			reply(req, true)
			interact(ch, newLineReader(ch, false).read)
		default:
			reply(req, false)
			continue
		}
		_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
		break
	}
	ch.Close()
	for req := range reqs {
		reply(req, false)
	}
}

// reply answers a request that wants an answer; a client that has left is noticed by the next read.
func reply(req *ssh.Request, ok bool) {
	if req.WantReply {
		_ = req.Reply(ok, nil)
	}
}

// plain is s without line ends, for what comes from a client and goes to a log.
func plain(s string) string { return strings.Map(printable, s) }

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
