package tlog_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// children are what the test binary can be.
var children = map[string]func(string) error{"append": childAppend, "small": childSmall, "hold": childHold}

// TestMain lets the test binary be its own child: PLIMSOLL_TEST_CHILD names what the
// child does, in the folder PLIMSOLL_TEST_DIR.
func TestMain(m *testing.M) {
	if f, ok := children[os.Getenv("PLIMSOLL_TEST_CHILD")]; ok {
		if err := f(os.Getenv("PLIMSOLL_TEST_DIR")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"))
}

func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_CHILD="+what, "PLIMSOLL_TEST_DIR="+dir)
	return cmd
}

// childOptions: the key stands beside the log, so that every child has the same.
func childOptions(dir string) (tlog.Options, error) {
	k, _, err := key.Ensure(filepath.Join(dir, "keys"), "log", nil)
	if err != nil {
		return tlog.Options{}, err
	}
	v, err := policy.LogKey(origin, k.Public())
	if err != nil {
		return tlog.Options{}, err
	}
	p, err := policy.Parse("log " + v + "\nquorum none\n")
	return tlog.Options{Origin: origin, Signer: k, Policy: p, Interval: time.Millisecond}, err
}

// outbox is the least that a registry has: decisions that are durable before they are
// appended, and the mark that they are in the log.
type outbox struct {
	mu sync.Mutex
	f  *os.File
}

func (o *outbox) write(line string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := fmt.Fprintln(o.f, line); err != nil {
		return err
	}
	return o.f.Sync()
}

// readOutbox returns the decisions, true for those that are marked as logged.
func readOutbox(dir string) (map[string]bool, error) {
	b, err := os.ReadFile(filepath.Join(dir, "outbox"))
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		verb, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(line, "\n") { // the kill may have cut the last
			out[what] = out[what] || verb == "logged"
		}
	}
	return out, nil
}

// childAppend does what a registry does after a crash, and then makes decisions until
// it is killed: which of the decisions without a mark are in the log already, append
// the others.
func childAppend(dir string) error {
	o, err := childOptions(dir)
	if err != nil {
		return err
	}
	l, err := tlog.Open(context.Background(), filepath.Join(dir, "log"), o)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, "outbox"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString("\n"); err != nil { // ends a line that was cut
		return err
	}
	box := &outbox{f: f}
	decisions, err := readOutbox(dir)
	if err != nil {
		return err
	}
	in := map[string]bool{}
	if err := l.Entries(context.Background(), 0, func(_ uint64, e []byte) error {
		h := tlog.Hash(e)
		in[hex.EncodeToString(h[:])] = true
		return nil
	}); err != nil {
		return err
	}
	todo := make(chan string)
	errs := make(chan error, 8)
	for range 8 {
		go func() {
			for d := range todo {
				h := tlog.Hash([]byte(d))
				if !in[hex.EncodeToString(h[:])] {
					if _, err := l.Append(context.Background(), []byte(d)); err != nil {
						errs <- err
						return
					}
				}
				if err := box.write("logged " + d); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	for d, logged := range decisions {
		if !logged && d != "" {
			todo <- d
		}
	}
	fmt.Println("caught up")
	for i := 0; ; i++ {
		d := fmt.Sprintf("decision-%d-%d", os.Getpid(), i)
		if err := box.write("decided " + d); err != nil {
			return err
		}
		select {
		case todo <- d:
		case err := <-errs:
			return err
		}
	}
}

// TestKilledAtAnyMoment: after kill -9 at any moment each decision is in the log
// exactly once, and what was published before is there still.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	o, err := childOptions(dir)
	if err != nil {
		t.Fatal(err)
	}
	var seen []byte
	caughtUp := 0
	for round := range 40 {
		cmd := child(t, "append", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(5+rand.IntN(200)) * time.Millisecond
		if round == 39 {
			after = time.Second // the last has the time to catch up
		}
		kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if strings.HasPrefix(sc.Text(), "error:") {
				t.Fatalf("round %d: %s", round, sc.Text())
			}
			if sc.Text() == "caught up" {
				caughtUp++
			}
		}
		kill.Stop()
		_ = cmd.Wait()
		c, err := tlog.Walk(t.Context(), tlog.FS(os.DirFS(filepath.Join(dir, "log"))), tlog.WalkOptions{Origin: origin, Policy: o.Policy, Seen: seen}, none)
		if errors.Is(err, tlog.ErrMissing) && seen == nil {
			continue // killed before the first checkpoint
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		seen = c.Note
	}
	if caughtUp < 10 {
		t.Fatalf("only %d of 40 came as far as new decisions", caughtUp)
	}
	decisions, err := readOutbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, filepath.Join(dir, "log"), o)
	defer closing(t, l)
	count := map[string]int{}
	if err := l.Entries(t.Context(), 0, func(_ uint64, e []byte) error {
		count[string(e)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	logged := 0
	for d, n := range count {
		if _, ok := decisions[d]; !ok || n != 1 {
			t.Errorf("%q is %d times in the log, decided: %v", d, n, ok)
		}
	}
	for d, marked := range decisions {
		if marked {
			logged++
			if count[d] != 1 {
				t.Errorf("%q was acknowledged and is %d times in the log", d, count[d])
			}
		}
	}
	if logged < 100 {
		t.Fatalf("only %d decisions were acknowledged", logged)
	}
	t.Logf("%d decisions, %d acknowledged, %d entries, %d of 40 children came to new decisions", len(decisions), logged, len(count), caughtUp)
}

func childHold(dir string) error {
	o, err := childOptions(dir)
	if err != nil {
		return err
	}
	if _, err := tlog.Open(context.Background(), filepath.Join(dir, "log"), o); err != nil {
		return err
	}
	fmt.Println("held")
	time.Sleep(time.Minute)
	return nil
}

func TestLockOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := child(t, "hold", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child says %q", line)
	}
	o, err := childOptions(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.Open(t.Context(), filepath.Join(dir, "log"), o); !errors.Is(err, tlog.ErrLocked) {
		t.Errorf("got %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	closing(t, open(t, filepath.Join(dir, "log"), o)) // the lock dies with its process
}

// childSmall appends until a file may not grow further, and goes on when the limit is
// lifted: what was refused may be in the log or not, but nothing is there twice.
func childSmall(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	o, err := childOptions(dir)
	if err != nil {
		return err
	}
	l, err := tlog.Open(context.Background(), filepath.Join(dir, "log"), o)
	if err != nil {
		return err
	}
	limit := func(n uint64) error {
		var r syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
			return err
		}
		r.Cur = min(n, r.Max)
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r)
	}
	put := func(n int) error {
		_, err := l.Append(context.Background(), fmt.Appendf(nil, "%d %s", n, strings.Repeat("x", 3000)))
		return err
	}
	for i := range 3 {
		if err := put(i); err != nil {
			return err
		}
	}
	if err := limit(10_000); err != nil {
		return err
	}
	for range 3 { // the bundle of four entries is too large
		if err := put(3); err == nil || !strings.Contains(err.Error(), syscall.EFBIG.Error()) {
			return fmt.Errorf("over the limit: %v", err)
		}
	}
	if err := limit(1 << 40); err != nil {
		return err
	}
	if err := put(4); err != nil {
		return err
	}
	var got []string
	if err := l.Entries(context.Background(), 0, func(_ uint64, e []byte) error {
		n, _, _ := strings.Cut(string(e), " ")
		got = append(got, n)
		return nil
	}); err != nil {
		return err
	}
	if s := strings.Join(got, ","); s != "0,1,2,4" {
		return fmt.Errorf("the log has %s", s)
	}
	if err := l.Close(context.Background()); err != nil {
		return err
	}
	_, err = tlog.Walk(context.Background(), tlog.FS(os.DirFS(filepath.Join(dir, "log"))), tlog.WalkOptions{Origin: origin, Policy: o.Policy}, none)
	return err
}

func TestFileSizeLimit(t *testing.T) {
	if out, err := child(t, "small", t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
