// Package child lets a test binary be its own child, which the test can kill at any
// moment. Only tests import it; it must never be part of a program.
//
//	func TestMain(m *testing.M) {
//		if code, ran := child.Main(map[string]func(dir string) error{"write": childWrite}); ran {
//			os.Exit(code)
//		}
//		os.Exit(m.Run())
//	}
package child

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	what   = "PLIMSOLL_TEST_CHILD" // which child this process is
	folder = "PLIMSOLL_TEST_DIR"   // where it works
)

// Main runs the child that this process is; its exit code is then to be used. In the
// test itself ran is false.
func Main(children map[string]func(dir string) error) (code int, ran bool) {
	f, ok := children[os.Getenv(what)]
	if !ok {
		return 0, false
	}
	if err := f(os.Getenv(folder)); err != nil {
		fmt.Println("error:", err)
		return 1, true
	}
	return 0, true
}

// Command is a child of that name, not started yet.
func Command(t testing.TB, name, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), what+"="+name, folder+"="+dir)
	return cmd
}

// Killed runs a child, kills it after a while and hands over each line that it has
// printed until then. The last may be cut. A child that says error fails the test.
func Killed(t testing.TB, cmd *exec.Cmd, after time.Duration, line func(string)) {
	t.Helper()
	out := run(t, cmd)
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "error:") {
			t.Fatal(sc.Text())
		}
		line(sc.Text())
	}
	kill.Stop()
	_ = cmd.Wait()
}

// Start runs a child until it has printed its first line, which it returns. The
// returned function kills it; so does the end of the test.
func Start(t testing.TB, cmd *exec.Cmd) (line string, kill func()) {
	t.Helper()
	out := run(t, cmd)
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	line, _ = bufio.NewReader(out).ReadString('\n')
	return strings.TrimSuffix(line, "\n"), kill
}

func run(t testing.TB, cmd *exec.Cmd) io.Reader {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// LimitFiles bounds the size of every file that this process writes, in bytes. The
// child that calls it ignores SIGXFSZ first.
func LimitFiles(n uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		return err
	}
	l.Cur = min(n, l.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
}
