// Package agent runs a real ssh-agent, with keys in files or in a PKCS#11 token
// (SoftHSM2) that only the agent opens: how hardware keys are used.
//
// It is test support. Only _test.go files and other test support may import it; it
// must never touch the user's own agent or keys.
package agent

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Need is the path of a program of a Debian package.
func Need(t testing.TB, program, pkg string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("install %s: apt-get install %s", pkg, pkg)
	}
	return p
}

// Start runs an ssh-agent of the test's own and gives its socket.
func Start(t testing.TB, env ...string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(Need(t, "ssh-agent", "openssh-client"), "-D", "-a", socket, "-P", "/usr/lib/*")
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

// Run runs a program with an environment besides the test's.
func Run(t testing.TB, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// Hardware makes so many P-256 keys in a token and gives the socket of an agent that
// holds it.
func Hardware(t testing.TB, keys int) string {
	t.Helper()
	util, tool := Need(t, "softhsm2-util", "softhsm2"), Need(t, "pkcs11-tool", "opensc")
	Need(t, "ssh-agent", "openssh-client")
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
	Run(t, env, util, "--init-token", "--free", "--label", "bench", "--pin", "1234", "--so-pin", "5678")
	for i := range keys {
		Run(t, env, tool, "--module", module, "--token-label", "bench", "--login", "--pin", "1234", "--keypairgen", "--key-type", "EC:prime256v1",
			"--id", fmt.Sprintf("%02d", i+1), "--label", fmt.Sprint("key-", i+1), "--usage-sign")
	}
	socket := Start(t, env...)
	ask := filepath.Join(dir, "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho 1234\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	Run(t, append(env, "SSH_AUTH_SOCK="+socket, "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=none"), "ssh-add", "-s", module)
	return socket
}
