package console

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/crypto/ssh"
)

var errRefused = errors.New("permission denied")

// SSH is an SSH server that takes passwords.
type SSH struct {
	Version string    // what it greets with
	Rand    io.Reader // for the host key, which is made anew at each start
	Try     Try
}

// Serve answers on ln until the returned function is called, which waits for every connection to end.
func (s SSH) Serve(ln net.Listener) (stop func(), err error) {
	_, key, err := ed25519.GenerateKey(s.Rand)
	if err != nil {
		return nil, fmt.Errorf("generating a host key: %w", err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("reading the host key: %w", err)
	}
	cfg := &ssh.ServerConfig{
		MaxAuthTries:  loginTries,
		ServerVersion: s.Version,
		PasswordCallback: func(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if ok, _ := s.Try(meta.User(), string(password)); !ok {
				return nil, errRefused
			}
			return nil, nil
		},
	}
	cfg.AddHostKey(signer)
	return Serve(ln, func(c net.Conn) { serveSSHConn(idleConn{c}, cfg) }), nil
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
