//go:build linux

// Package lab gives a test its own network: a Linux network and mount
// namespace in which real daemons run and which nothing else can see.
//
//	l := lab.New(t)                            // fails the test if it is not root
//	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"})
//	l.Telnetd(t, "127.0.0.1:2323", "")         // a real busybox telnetd, ready when it returns
//	conn, err := l.Dial(ctx, "tcp", "127.0.0.1:2323")
//
// The namespace has no name and no file: it is held by a thread of the test
// process and every daemon is bound to that thread, so that a killed test
// leaves neither a namespace nor a process behind. Ports inside it are free
// for every test, low ones too, and tests can run at the same time.
//
// The pieces:
//
//   - New makes the namespace with loopback up, for IPv4 and IPv6.
//   - Address adds an address, File replaces a file of the machine for the
//     processes of the lab (a bind mount), Tmpfs empties a directory.
//   - Start runs a daemon and waits until it is bound to its port, without
//     connecting to it. Run and Output run a tool to its end (nmap, sslscan).
//   - Dial, Listen and ListenPacket open sockets inside; Dial has the
//     signature of a wire.Dialer.
//   - Accounts, Telnetd, HTTPD, Dropbear, VSFTPD, Stunnel, Nginx, SelfSigned
//     are the recipes of the daemons that many tests want.
//   - Tool finds a program or fails the test with the package to install.
//
// Without root the whole test run can be put into a user namespace:
//
//	unshare -Urnm go test ./...
//
// where servers that change to another user may refuse to start.
//
// It is test support. Only _test.go files may import it, and it must never
// touch the network or the files of the machine outside its namespace and the
// test's own temporary directory.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A Lab is one network and mount namespace. Its methods may be called from
// several goroutines.
type Lab struct {
	net  *os.File    // the network namespace
	jobs chan func() // run on the thread that is inside both namespaces
	dir  string      // temporary directory of the test
	n    chan int    // counts generated file names
}

// New makes the namespace and removes it, with everything that runs in it,
// when the test ends.
func New(t testing.TB) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("a network namespace needs root: run the tests as root, or as `unshare -Urnm go test ./...`")
	}
	l := &Lab{jobs: make(chan func()), dir: t.TempDir(), n: make(chan int, 1)}
	l.n <- 0
	ready := make(chan error, 1)
	done := make(chan struct{})
	go l.hold(ready, done)
	if err := <-ready; err != nil {
		t.Fatalf("making a namespace: %v", err)
	}
	t.Cleanup(func() {
		close(l.jobs)
		<-done
		l.net.Close()
	})
	return l
}

// hold owns the thread of the lab. The thread is never given back to the
// runtime: it ends with the goroutine and takes the namespaces along.
func (l *Lab) hold(ready chan<- error, done chan<- struct{}) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread cannot end, so it must not enter the namespace.
		inner := make(chan struct{})
		go l.hold(ready, inner)
		<-inner
		runtime.UnlockOSThread()
		close(done)
		return
	}
	defer close(done)
	if err := l.enter(); err != nil {
		ready <- err
		return
	}
	ready <- nil
	for f := range l.jobs {
		f()
	}
}

func (l *Lab) enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("leaving the namespaces of the machine: %w", err)
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	l.net = f
	return loopbackUp()
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("bringing loopback up: %w", err)
	}
	return nil
}

// do runs f on the thread inside the namespaces.
func (l *Lab) do(f func() error) error {
	err := make(chan error, 1)
	l.jobs <- func() { err <- f() }
	return <-err
}

// Dir is the temporary directory of the test, for configuration files.
func (l *Lab) Dir() string { return l.dir }

// Address adds an address such as "10.77.0.10/24" or "fd00::10/64" to
// loopback, where every process of the lab reaches it.
func (l *Lab) Address(t testing.TB, prefix string) {
	t.Helper()
	args := []string{Tool(t, "ip", "iproute2"), "addr", "add", prefix, "dev", "lo"}
	if strings.Contains(prefix, ":") {
		args = append(args, "nodad")
	}
	if out, err := l.Run(t.Context(), args...); err != nil {
		t.Fatalf("adding address %q: %v: %s", prefix, err, out)
	}
}

// File shows content in place of an existing file of the machine to every
// process of the lab; the file itself is untouched.
func (l *Lab) File(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	src := l.Write(t, filepath.Base(path), content, mode)
	if err := l.do(func() error { return unix.Mount(src, path, "", unix.MS_BIND, "") }); err != nil {
		t.Fatalf("replacing %q in the lab: %v", path, err)
	}
}

// Tmpfs shows an empty directory in place of an existing one to every process
// of the lab.
func (l *Lab) Tmpfs(t testing.TB, path string) {
	t.Helper()
	if err := l.do(func() error { return unix.Mount("tmpfs", path, "tmpfs", 0, "size=16m") }); err != nil {
		t.Fatalf("emptying %q in the lab: %v", path, err)
	}
}

// Write puts content into a new file of the temporary directory and returns
// its path.
func (l *Lab) Write(t testing.TB, name, content string, mode os.FileMode) string {
	t.Helper()
	n := <-l.n
	l.n <- n + 1
	dir := filepath.Join(l.dir, fmt.Sprint(n))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

// Dial connects from inside the lab. The address must be an IP literal.
func (l *Lab) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return inside(l, func() (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	})
}

// Listen opens a listener inside the lab. The address must be an IP literal.
func (l *Lab) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	return inside(l, func() (net.Listener, error) {
		var c net.ListenConfig
		return c.Listen(ctx, network, address)
	})
}

// ListenPacket opens a packet socket inside the lab. The address must be an IP
// literal.
func (l *Lab) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	return inside(l, func() (net.PacketConn, error) {
		var c net.ListenConfig
		return c.ListenPacket(ctx, network, address)
	})
}

// inside calls open on a thread that has entered the network namespace for the
// time of the call. A socket stays in the namespace in which it was made.
func inside[T any](l *Lab, open func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	c := make(chan answer, 1)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			runtime.UnlockOSThread()
			c <- answer{err: err}
			return
		}
		defer home.Close()
		if err := unix.Setns(int(l.net.Fd()), unix.CLONE_NEWNET); err != nil {
			runtime.UnlockOSThread()
			c <- answer{err: fmt.Errorf("entering the namespace: %w", err)}
			return
		}
		v, err := open()
		if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
			// Still locked: the thread ends with this goroutine.
			c <- answer{v, errors.Join(err, back)}
			return
		}
		runtime.UnlockOSThread()
		c <- answer{v, err}
	}()
	a := <-c
	return a.v, a.err
}
