package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
)

// hostileFolder writes a product folder whose device is the ports of 127.0.0.1
// from first to last.
func hostileFolder(t *testing.T, first, last int) string {
	t.Helper()
	dir := t.TempDir()
	src := fmt.Sprintf(`schema: plimsoll.product/1
product: {manufacturer: {name: Example}, name: Odd device, model: O-1, firmware_version: 1.0, category: other}
standard: en303645-2.1.1
assessor: {role: first-party}
targets:
  device: {serial: O1, address: 127.0.0.1, ports: %d-%d, state: initialized}
ics: {5.6-1: {support: yes}, 5.1-1: {support: yes}}
ixit:
  Intf:
    - {id: Intf-1, description: odd, type: logical, transport: tcp, port: %d, status: on}
`, first, last, first)
	if err := os.WriteFile(filepath.Join(dir, "product.yaml"), []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// device listens on a free port and serves each connection with serve until the
// test ends.
func device(t *testing.T, serve func(net.Conn)) int {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			wg.Go(func() { defer c.Close(); serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return ln.Addr().(*net.TCPAddr).Port
}

func assess(ctx context.Context, dir string, args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	c := run(ctx, append([]string{"assess", dir}, args...), cli.World{
		In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now,
		Terminal: func(any) bool { return false }, Env: os.LookupEnv, Wait: 100 * time.Millisecond, Recovery: 3 * time.Second,
	})
	return c, out.String(), errs.String()
}

// TestOddDevices: whatever a device does, the run ends within bounds, nothing is
// lost, nothing passes, and no goroutine stays behind.
func TestOddDevices(t *testing.T) {
	junk := bytes.Repeat([]byte{0xff, 0xfd, 0x16, 0x03, 0x00}, 200_000)
	for name, serve := range map[string]func(net.Conn){
		"never_answers": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); time.Sleep(20 * time.Millisecond); waitClosed(c) },
		"resets":        func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) },
		"slow": func(c net.Conn) {
			for range 200 {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
		"floods_with_junk": func(c net.Conn) {
			for {
				if _, err := c.Write(junk); err != nil {
					return
				}
			}
		},
		"half_http": func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4096))
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n<form><input type=password"))
			waitClosed(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			port := device(t, serve)
			dir := hostileFolder(t, port, port)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			got, out, errs := assess(ctx, dir)
			if ctx.Err() != nil {
				t.Fatalf("the run did not end by itself:\n%s", errs)
			}
			if got != cli.ExitInconclusive && got != cli.ExitFail {
				t.Errorf("exit code %d, want 3 or 4\n%s", got, errs)
			}
			if strings.Contains(errs, "panic") {
				t.Errorf("a probe panicked:\n%s", errs)
			}
			if strings.Contains(out, "PASS          Unused interfaces") || strings.Contains(out, "PASS          Unique or user") {
				t.Errorf("an odd device passes:\n%s", out)
			}
		})
	}
}

func waitClosed(c net.Conn) {
	b := make([]byte, 512)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// TestDeviceDies: a device that stops in the middle is an incident, and the run
// goes on without it.
func TestDeviceDies(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p := ln.Addr().(*net.TCPAddr).Port
	go func() {
		for i := 0; ; i++ {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("220 ready\r\n"))
			_ = c.Close()
			if i == 3 {
				_ = ln.Close()
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir := hostileFolder(t, p, p)
	code, out, errs := assess(ctx, dir)
	if code != cli.ExitInconclusive && code != cli.ExitFail {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	a, err := readAssessment(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Incidents) == 0 || a.Incidents[0].Recovered {
		t.Errorf("incidents %+v, want one without recovery", a.Incidents)
	}
}

// TestInterrupt: Ctrl-C ends a run at once, keeps what was seen, and says so.
func TestInterrupt(t *testing.T) {
	reached := make(chan struct{})
	var once sync.Once
	port := device(t, func(c net.Conn) {
		once.Do(func() { close(reached) })
		waitClosed(c)
	})
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := hostileFolder(t, port, port)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var start time.Time // of the interruption, once a probe talks to the device
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-reached
		time.Sleep(200 * time.Millisecond)
		start = time.Now()
		cancel()
	}()
	got, _, errs := assess(ctx, dir)
	<-stopped
	took := time.Since(start)
	if got != cli.ExitCannot || !strings.Contains(errs, "interrupted") {
		t.Errorf("exit code %d, want 1 and a word on the interruption:\n%s", got, errs)
	}
	if took > 30*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	t.Logf("stopped %s after the interruption", took)
	store, err := evidence.OpenStore(filepath.Join(dir, desk.EvidenceDir))
	if err != nil {
		t.Fatal(err)
	}
	runs := store.Runs()
	if len(runs) != 1 || runs[0].Complete || runs[0].End.IsZero() {
		t.Errorf("runs %+v, want one that is not complete", runs)
	}
	if _, err := os.Stat(filepath.Join(dir, desk.AssessmentFile)); err != nil {
		t.Errorf("what was seen was not judged: %v", err)
	}
}

// TestKill: kill -9 in the middle of a run leaves a folder that the next command
// opens, with all that was acknowledged.
func TestKill(t *testing.T) {
	port := device(t, waitClosed)
	dir := hostileFolder(t, port, port)
	for i := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
		cmd.Env = append(os.Environ(), "PLIMSOLL_KILL_DIR="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+i*400) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if _, err := evidence.OpenStore(filepath.Join(dir, desk.EvidenceDir)); err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
	}
	code, _, errs := assess(t.Context(), dir, "--offline")
	if code != cli.ExitInconclusive && code != cli.ExitFail {
		t.Errorf("exit code %d after the kills\n%s", code, errs)
	}
}

// TestKillChild is the process that TestKill kills.
func TestKillChild(t *testing.T) {
	dir := os.Getenv("PLIMSOLL_KILL_DIR")
	if dir == "" {
		return // run as an ordinary test it has nothing to do
	}
	_, _, _ = assess(t.Context(), dir)
}

// TestHeld: the second command on one folder says who holds it.
func TestHeld(t *testing.T) {
	dir := hostileFolder(t, 1, 1)
	free, err := evidence.Lock(t.Context(), filepath.Join(dir, desk.EvidenceDir), evidence.Holder{PID: 4711, Command: "plimsoll assess x", Since: time.Now()}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	code, _, errs := assess(t.Context(), dir)
	if code != cli.ExitCannot || !strings.Contains(errs, "plimsoll assess x, process 4711") {
		t.Errorf("exit code %d, want 1 and who holds the folder:\n%s", code, errs)
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := assess(t.Context(), dir, "--offline"); code == cli.ExitCannot {
		t.Errorf("the folder is free, and yet:\n%s", errs)
	}
}

// TestUnwritable: a folder that cannot be written is a clear error.
func TestUnwritable(t *testing.T) {
	dir := hostileFolder(t, 1, 1)
	if err := os.WriteFile(filepath.Join(dir, desk.EvidenceDir), []byte("a file in the way"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs := assess(t.Context(), dir)
	if code != cli.ExitCannot || !strings.Contains(errs, "evidence") {
		t.Errorf("exit code %d, want 1:\n%s", code, errs)
	}
}
