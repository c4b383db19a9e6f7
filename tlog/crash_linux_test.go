package tlog_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/child"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// children are what the test binary can be.
var children = map[string]func(string) error{"append": childAppend, "small": childSmall, "hold": childHold}

func TestMain(m *testing.M) {
	tlog.TesseraLogs(slog.New(slog.DiscardHandler))
	if code, ran := child.Main(children); ran {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"))
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

func childLog(dir string) (*tlog.Log, tlog.Options, error) {
	o, err := childOptions(dir)
	if err != nil {
		return nil, o, err
	}
	l, err := tlog.Open(context.Background(), filepath.Join(dir, "log"), o)
	return l, o, err
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
	l, _, err := childLog(dir)
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
		after := time.Duration(5+rand.IntN(200)) * time.Millisecond
		if round == 39 {
			after = time.Second // the last has the time to catch up
		}
		child.Killed(t, child.Command(t, "append", dir), after, func(line string) {
			if line == "caught up" {
				caughtUp++
			}
		})
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
	if _, _, err := childLog(dir); err != nil {
		return err
	}
	fmt.Println("held")
	time.Sleep(time.Minute)
	return nil
}

func TestLockOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	line, kill := child.Start(t, child.Command(t, "hold", dir))
	if line != "held" {
		t.Fatalf("the child says %q", line)
	}
	o, err := childOptions(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.Open(t.Context(), filepath.Join(dir, "log"), o); !errors.Is(err, tlog.ErrLocked) {
		t.Errorf("got %v", err)
	}
	kill()
	closing(t, open(t, filepath.Join(dir, "log"), o)) // the lock dies with its process
}

// childSmall appends until a file may not grow further, and goes on when the limit is
// lifted: what was refused may be in the log or not, but nothing is there twice.
func childSmall(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	l, o, err := childLog(dir)
	if err != nil {
		return err
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
	if err := child.LimitFiles(10_000); err != nil {
		return err
	}
	for range 3 { // the bundle of four entries is too large
		if err := put(3); err == nil || !strings.Contains(err.Error(), syscall.EFBIG.Error()) {
			return fmt.Errorf("over the limit: %v", err)
		}
	}
	if err := child.LimitFiles(1 << 40); err != nil {
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
	if out, err := child.Command(t, "small", t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
