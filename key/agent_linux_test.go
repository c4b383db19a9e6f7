package key

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/agent"
)

func TestAgentKey(t *testing.T) {
	for _, c := range []struct {
		args    []string
		repeats bool
	}{
		{[]string{"-t", "ed25519"}, true},
		{[]string{"-t", "ecdsa", "-b", "256"}, false},
	} {
		t.Run(c.args[1], func(t *testing.T) {
			socket := agent.Start(t)
			env := []string{"SSH_AUTH_SOCK=" + socket}
			file := filepath.Join(t.TempDir(), "id")
			agent.Run(t, nil, agent.Need(t, "ssh-keygen", "openssh-client"), append(c.args, "-q", "-N", "", "-C", "test key", "-f", file)...)
			agent.Run(t, env, agent.Need(t, "ssh-add", "openssh-client"), "-q", file)
			// A key that cannot be used is left out.
			other := filepath.Join(t.TempDir(), "rsa")
			agent.Run(t, nil, "ssh-keygen", "-t", "rsa", "-b", "2048", "-q", "-N", "", "-f", other)
			agent.Run(t, env, "ssh-add", "-q", other)
			keys, err := AgentKeys(context.Background(), socket)
			if err != nil || len(keys) != 1 {
				t.Fatalf("got %d keys, want 1 (%v)", len(keys), err)
			}
			if keys[0].Comment != "test key" {
				t.Errorf("comment %q", keys[0].Comment)
			}
			checkSigner(t, keys[0], c.repeats)
			if _, err := AgentKeyByID(context.Background(), socket, keys[0].KeyID()); err != nil {
				t.Error(err)
			}
			if _, err := AgentKeyByID(context.Background(), socket, idA); err == nil || !strings.Contains(err.Error(), idA) {
				t.Errorf("unknown key: %v", err)
			}
			agent.Run(t, env, "ssh-add", "-q", "-D")
			if _, err := keys[0].Sign(context.Background(), []byte("x")); err == nil {
				t.Error("signed with a key that the agent no longer has")
			}
		})
	}
}

// TestHardwareKey keeps the private half in a PKCS#11 token (SoftHSM2) that only
// ssh-agent opens.
func TestHardwareKey(t *testing.T) {
	socket := agent.Hardware(t, 1)
	keys, err := AgentKeys(context.Background(), socket)
	if err != nil || len(keys) != 1 {
		t.Fatalf("got %d keys, want 1 (%v)", len(keys), err)
	}
	if alg, _ := AlgorithmOf(keys[0].Public()); alg != P256 {
		t.Errorf("algorithm %q, want %q", alg, P256)
	}
	checkSigner(t, keys[0], false)
}

// TestBadAgent talks to things that are no agent.
func TestBadAgent(t *testing.T) {
	for name, answer := range map[string][]byte{
		"silent":  nil,
		"garbage": bytes.Repeat([]byte{0xff}, 64),
		"empty":   {0, 0, 0, 0},
		"failure": {0, 0, 0, 1, 5},
		"lies":    {0, 0, 0, 5, 12, 0xff, 0xff, 0xff, 0xff},
		"cut":     {0, 0, 0, 9, 12, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write(answer)
				if answer != nil && name != "silent" {
					time.Sleep(50 * time.Millisecond)
					_ = c.Close()
				}
			}()
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if _, err := AgentKeys(ctx, socket); err == nil {
				t.Error("no error")
			} else if name == "silent" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		})
	}
	if _, err := AgentKeys(context.Background(), ""); err == nil || !strings.Contains(err.Error(), "SSH_AUTH_SOCK") {
		t.Errorf("no socket: %v", err)
	}
	if _, err := AgentKeys(context.Background(), filepath.Join(t.TempDir(), "no")); err == nil {
		t.Error("absent socket: no error")
	}
}
