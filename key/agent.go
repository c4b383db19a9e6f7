package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// AgentKey is a key behind an ssh-agent: the private half never comes here. That is
// how hardware keys are used (ssh-add -s PKCS11.so).
type AgentKey struct {
	socket  string
	blob    ssh.PublicKey
	public  crypto.PublicKey
	id      string
	Comment string // what the agent calls the key
}

// AgentKeys lists the Ed25519 and P-256 keys of the agent that listens at socket
// (SSH_AUTH_SOCK). Keys of other kinds are left out: they cannot sign here.
func AgentKeys(ctx context.Context, socket string) ([]*AgentKey, error) {
	var held []*agent.Key
	err := talk(ctx, socket, func(a agent.Agent) (err error) {
		held, err = a.List()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the keys of the ssh-agent: %w", err)
	}
	var out []*AgentKey
	for _, h := range held {
		if k, err := newAgentKey(socket, h); err == nil {
			out = append(out, k)
		}
	}
	return out, nil
}

// AgentKeyByID finds one key of the agent by its key id.
func AgentKeyByID(ctx context.Context, socket, id string) (*AgentKey, error) {
	all, err := AgentKeys(ctx, socket)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.id == id {
			return k, nil
		}
	}
	return nil, fmt.Errorf("the ssh-agent has no Ed25519 or P-256 key %q (it has %d others)", id, len(all))
}

func newAgentKey(socket string, h *agent.Key) (*AgentKey, error) {
	blob, err := ssh.ParsePublicKey(h.Blob)
	if err != nil {
		return nil, fmt.Errorf("parsing a key of the ssh-agent: %w", err)
	}
	c, ok := blob.(ssh.CryptoPublicKey)
	if !ok {
		return nil, fmt.Errorf("key of type %q: want ssh-ed25519 or ecdsa-sha2-nistp256", blob.Type())
	}
	if t := blob.Type(); t != ssh.KeyAlgoED25519 && t != ssh.KeyAlgoECDSA256 {
		return nil, fmt.Errorf("key of type %q: want ssh-ed25519 or ecdsa-sha2-nistp256", t)
	}
	id, err := ID(c.CryptoPublicKey())
	if err != nil {
		return nil, err
	}
	return &AgentKey{socket: socket, blob: blob, public: c.CryptoPublicKey(), id: id, Comment: h.Comment}, nil
}

// KeyID names the key.
func (k *AgentKey) KeyID() string { return k.id }

// Public is the public key.
func (k *AgentKey) Public() crypto.PublicKey { return k.public }

// Sign has the agent sign msg and checks what it answers.
func (k *AgentKey) Sign(ctx context.Context, msg []byte) ([]byte, error) {
	var sig *ssh.Signature
	err := talk(ctx, k.socket, func(a agent.Agent) (err error) {
		sig, err = a.Sign(k.blob, msg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("signing through the ssh-agent: %w", err)
	}
	raw, err := k.plain(sig)
	if err == nil {
		err = Verify(k.public, msg, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("signing through the ssh-agent: %w", err)
	}
	return raw, nil
}

// plain turns an SSH signature (RFC 8709, section 6; RFC 5656, section 3.1.2) into
// the form of Verify.
func (k *AgentKey) plain(sig *ssh.Signature) ([]byte, error) {
	if sig.Format != k.blob.Type() {
		return nil, fmt.Errorf("signature of type %q: want %q", sig.Format, k.blob.Type())
	}
	if _, ok := k.public.(*ecdsa.PublicKey); !ok {
		return sig.Blob, nil
	}
	var rs struct{ R, S *big.Int }
	if err := ssh.Unmarshal(sig.Blob, &rs); err != nil {
		return nil, fmt.Errorf("parsing the signature: %w", err)
	}
	return asn1.Marshal(rs)
}

// talk runs one exchange with the agent. It ends with the context, also when the
// agent never answers.
func talk(ctx context.Context, socket string, f func(agent.Agent) error) error {
	if socket == "" {
		return errors.New("no ssh-agent: SSH_AUTH_SOCK is not set")
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	// Without Close in sight the client starts no goroutine of its own.
	err = f(agent.NewClient(struct{ io.ReadWriter }{conn}))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
