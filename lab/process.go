//go:build linux

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWait is how long a daemon may take until it is bound to its port.
const startWait = 15 * time.Second

// Tool returns the path of a program or fails the test with the name of the
// Debian package that has it.
func Tool(t testing.TB, name, pkg string) string {
	t.Helper()
	for _, dir := range append(strings.Split(os.Getenv("PATH"), ":"), "/usr/sbin", "/sbin", "/usr/local/sbin") {
		path := dir + "/" + name
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path
		}
	}
	t.Fatalf("install %s: apt-get install %s", pkg, pkg)
	return ""
}

// A Daemon is a process that runs in the lab until the test ends.
type Daemon struct {
	cmd  *exec.Cmd
	out  buffer
	done chan struct{}
}

// Start runs a daemon, in the foreground, and returns when it is bound to the
// port, given as "tcp/2323" or "udp/161"; "" waits for nothing. It is killed,
// by its process group, when the test ends.
func (l *Lab) Start(t testing.TB, port string, argv ...string) *Daemon {
	t.Helper()
	d := &Daemon{cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = &d.out, &d.out
	d.cmd.WaitDelay = time.Second
	if err := l.start(d.cmd); err != nil {
		t.Fatalf("starting %q: %v", argv, err)
	}
	go func() {
		_ = d.cmd.Wait() // a killed daemon always ends with an error
		close(d.done)
	}()
	t.Cleanup(d.Stop)
	if port == "" {
		return d
	}
	if err := d.wait(port); err != nil {
		t.Fatalf("starting %q: %v\n%s", argv, err, d.out.String())
	}
	return d
}

// start forks on the thread of the lab: the child inherits both namespaces and
// dies with the thread.
func (l *Lab) start(cmd *exec.Cmd) error {
	cmd.Dir = l.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return l.do(cmd.Start)
}

// Stop kills the daemon with its children and waits for its end.
func (d *Daemon) Stop() {
	_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	<-d.done
}

// PID is the process id of the daemon.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// Output is what the daemon has written so far, both streams.
func (d *Daemon) Output() string { return d.out.String() }

func (d *Daemon) wait(port string) error {
	proto, num, ok := strings.Cut(port, "/")
	n, err := strconv.ParseUint(num, 10, 16)
	if !ok || err != nil || (proto != "tcp" && proto != "udp") {
		return fmt.Errorf("port %q is not like tcp/23", port)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startWait)
	for {
		select {
		case <-d.done:
			return errors.New("the daemon has ended")
		case <-limit:
			return fmt.Errorf("not bound to %s after %v", port, startWait)
		case <-tick.C:
			if bound(d.PID(), proto, uint16(n)) {
				return nil
			}
		}
	}
}

// bound reads the socket tables of the namespace in which pid runs.
func bound(pid int, proto string, port uint16) bool {
	want := fmt.Sprintf(":%04X", port)
	for _, table := range []string{proto, proto + "6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if len(f) < 4 || !strings.HasSuffix(f[1], want) {
				continue
			}
			if f[3] == "0A" || proto == "udp" { // 0A is LISTEN
				return true
			}
		}
	}
	return false
}

// Run runs a program of the lab to its end and returns both its streams. The
// error is that of the program.
func (l *Lab) Run(ctx context.Context, argv ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return l.run(cmd, &out)
}

// Output runs a program of the lab to its end and returns its standard output;
// a program that fails, fails the test.
func (l *Lab) Output(t testing.TB, argv ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	var out, errs buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	b, err := l.run(cmd, &out)
	if err != nil {
		t.Fatalf("running %q: %v\n%s%s", argv, err, b, errs.String())
	}
	return string(b)
}

func (l *Lab) run(cmd *exec.Cmd, out *buffer) ([]byte, error) {
	cmd.WaitDelay = time.Second
	if err := l.start(cmd); err != nil {
		return nil, err
	}
	err := cmd.Wait()
	return []byte(out.String()), err
}

// buffer is a bytes.Buffer that may be read while a process writes it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
