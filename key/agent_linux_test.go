package key

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func need(t *testing.T, program, pkg string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("install %s: apt-get install %s", pkg, pkg)
	}
	return p
}

// startAgent runs a real ssh-agent of its own, which dies with the test.
func startAgent(t *testing.T, env ...string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(need(t, "ssh-agent", "openssh-client"), "-D", "-a", socket, "-P", "/usr/lib/*")
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 200 {
		if c, err := net.Dial("unix", socket); err == nil {
			_ = c.Close()
			return socket
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("ssh-agent did not start")
	return ""
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func TestAgentKey(t *testing.T) {
	for _, c := range []struct {
		args    []string
		repeats bool
	}{
		{[]string{"-t", "ed25519"}, true},
		{[]string{"-t", "ecdsa", "-b", "256"}, false},
	} {
		t.Run(c.args[1], func(t *testing.T) {
			socket := startAgent(t)
			env := []string{"SSH_AUTH_SOCK=" + socket}
			file := filepath.Join(t.TempDir(), "id")
			run(t, nil, need(t, "ssh-keygen", "openssh-client"), append(c.args, "-q", "-N", "", "-C", "test key", "-f", file)...)
			run(t, env, need(t, "ssh-add", "openssh-client"), "-q", file)
			// A key that cannot be used is left out.
			other := filepath.Join(t.TempDir(), "rsa")
			run(t, nil, "ssh-keygen", "-t", "rsa", "-b", "2048", "-q", "-N", "", "-f", other)
			run(t, env, "ssh-add", "-q", other)
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
			run(t, env, "ssh-add", "-q", "-D")
			if _, err := keys[0].Sign(context.Background(), []byte("x")); err == nil {
				t.Error("signed with a key that the agent no longer has")
			}
		})
	}
}

// TestHardwareKey keeps the private half in a PKCS#11 token (SoftHSM2) that only
// ssh-agent opens.
func TestHardwareKey(t *testing.T) {
	util, tool := need(t, "softhsm2-util", "softhsm2"), need(t, "pkcs11-tool", "opensc")
	need(t, "ssh-agent", "openssh-client")
	module := "/usr/lib/softhsm/libsofthsm2.so"
	if _, err := os.Stat(module); err != nil {
		t.Fatal("install softhsm2: apt-get install softhsm2")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"SOFTHSM2_CONF=" + conf}
	run(t, env, util, "--init-token", "--free", "--label", "bench", "--pin", "1234", "--so-pin", "5678")
	run(t, env, tool, "--module", module, "--token-label", "bench", "--login", "--pin", "1234", "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "seal", "--usage-sign")
	socket := startAgent(t, env...)
	ask := filepath.Join(dir, "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho 1234\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, append(env, "SSH_AUTH_SOCK="+socket, "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=none"), "ssh-add", "-s", module)
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
