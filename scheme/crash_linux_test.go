package scheme

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

// TestMain lets the test binary be its own child, which grants labels until it is
// killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PLIMSOLL_TEST_SCHEME"); dir != "" {
		if err := childGrants(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// onDisk is a scheme whose approvers' keys lie beside it, for children.
func onDisk(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	for name, k := range map[string]*key.FileKey{"ada": b.ada, "ben": b.ben} {
		if err := k.Save(filepath.Join(filepath.Dir(b.dir), "people"), name, nil); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// childGrants grants and prints each number once Commit has returned.
func childGrants(dir string) error {
	b := &bench{dir: dir, now: start}
	for name, k := range map[string]**key.FileKey{"ada": &b.ada, "ben": &b.ben} {
		var err error
		if *k, err = key.Load(filepath.Join(filepath.Dir(dir), "people", name+".pem"), nil); err != nil {
			return err
		}
	}
	times := os.Getenv("PLIMSOLL_TEST_TIMES")
	for i := 0; times == "" || fmt.Sprint(i) != times; i++ {
		o := b.opening()
		o.Wait = time.Minute
		f, err := Open(context.Background(), dir, o)
		if err != nil {
			return err
		}
		b.f = f
		for j := range 3 {
			index, err := b.decide(context.Background(), Decision{Kind: KindGrant, Grant: b.plug(fmt.Sprint(os.Getpid()%1000, ".", i, ".", j))}, b.ada, b.ben)
			if err != nil {
				return err
			}
			fmt.Println(index)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// grants is a child that opens the scheme so often, or for ever.
func grants(ctx context.Context, dir, times string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), "PLIMSOLL_TEST_SCHEME="+dir, "PLIMSOLL_TEST_TIMES="+times)
	return c
}

// TestKill kills a process that grants, at any moment, again and again: what it has
// told of stands in the log, each decision once, and nothing stays in the outbox.
func TestKill(t *testing.T) {
	b := onDisk(t)
	if err := b.f.Close(); err != nil {
		t.Fatal(err)
	}
	b.f = nil
	// How long three grants take here decides how late a child is killed.
	begun := time.Now()
	if out, err := grants(t.Context(), b.dir, "1").Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	three := time.Since(begun)
	told, r := map[string]bool{}, rand.New(rand.NewPCG(1, 2))
	for round := 0; round < 12 || len(told) < 10 && round < 40; round++ {
		c := grants(t.Context(), b.dir, "")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(r.Int64N(int64(2*three))), func() { _ = c.Process.Signal(syscall.SIGKILL) })
		for s := bufio.NewScanner(out); s.Scan(); {
			if strings.HasPrefix(s.Text(), "error") {
				t.Fatal(s.Text())
			}
			if told[s.Text()] {
				t.Errorf("entry %s was told of twice", s.Text())
			}
			told[s.Text()] = true
		}
		_ = c.Wait() // it was killed
		kill.Stop()
	}
	f, err := Open(t.Context(), b.dir, b.opening())
	if err != nil {
		t.Fatal(err)
	}
	b.f = f
	if left, _ := filepath.Glob(filepath.Join(b.dir, outboxDir, "*")); len(left) > 0 {
		t.Errorf("left in the outbox: %v", left)
	}
	s := b.again(t) // every rule, so each decision and each number once
	for i := range told {
		found := false
		for _, l := range s.Labels {
			found = found || fmt.Sprint(l.Index) == i
		}
		if !found {
			t.Errorf("entry %s was told of and is not in the log", i)
		}
	}
	if len(told) < 10 {
		t.Errorf("only %d grants: the test shows little", len(told))
	}
	t.Logf("%d told of, %d in the log", len(told), len(s.Labels))
}

// TestTwoAtOnce: two processes grant in one scheme; nothing is lost, no number twice.
func TestTwoAtOnce(t *testing.T) {
	b := onDisk(t)
	if err := b.f.Close(); err != nil {
		t.Fatal(err)
	}
	b.f = nil
	outs := make([]strings.Builder, 2)
	var all []*exec.Cmd
	for i := range outs {
		c := grants(t.Context(), b.dir, "3")
		c.Stdout = &outs[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	told := map[string]bool{}
	for i, c := range all {
		err := c.Wait()
		lines := strings.Fields(outs[i].String())
		if err != nil || len(lines) != 9 {
			t.Errorf("one of the two: %v, %q", err, outs[i].String())
		}
		for _, l := range lines {
			if told[l] {
				t.Errorf("both were told entry %s", l)
			}
			told[l] = true
		}
	}
	f, err := Open(t.Context(), b.dir, b.opening())
	if err != nil {
		t.Fatal(err)
	}
	b.f = f
	if n := len(b.again(t).Labels); n != len(told) {
		t.Errorf("%d labels, %d were told of", n, len(told))
	}
}

// TestSteps stops a grant at each step in turn, by what a crash leaves on disk, and
// opens the scheme again.
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave func(t *testing.T, b *bench, p *Pending)
		live  bool
	}{
		{"proposed", func(*testing.T, *bench, *Pending) {}, false},
		{"in the outbox", func(t *testing.T, b *bench, p *Pending) { b.outbox(t, p) }, true},
		{"in the log too", func(t *testing.T, b *bench, p *Pending) {
			if _, err := b.f.log.Append(t.Context(), b.outbox(t, p)); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			p, err := b.f.Propose(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(b.f.Approve(t.Context(), p, b.ada), b.f.Approve(t.Context(), p, b.ben)); err != nil {
				t.Fatal(err)
			}
			c.leave(t, b, p)
			for range 2 {
				b.reopen(t)
			}
			if got := len(b.f.State.Labels) == 1; got != c.live || b.f.State.Size > 3 {
				t.Errorf("live %v, want %v; %d entries", got, c.live, b.f.State.Size)
			}
			waiting, err := b.f.Pending()
			if err != nil || (len(waiting) == 1) == c.live {
				t.Errorf("%d wait, %v", len(waiting), err)
			}
			if !c.live { // it can still be made
				if _, err := b.f.Commit(t.Context(), waiting[0]); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// outbox leaves what Commit writes before it appends.
func (b *bench) outbox(t *testing.T, p *Pending) []byte {
	t.Helper()
	e := Entry{Decision: p.Decision, Approvals: p.Approvals}
	e.Token = b.token(t, &e, b.own(t, "label-2026"))
	statement := b.entry(t, e, b.own(t, "statement"))
	if err := evidence.WriteFile(filepath.Join(b.dir, outboxDir, "x.cose"), statement, 0o600); err != nil {
		t.Fatal(err)
	}
	return statement
}

// TestFullDisk fills the disk under a scheme: nothing is half made, and when there is
// room again everything that was told of is there.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("plimsoll", mount, "tmpfs", 0, "size=2m"); err != nil {
		if os.Geteuid() == 0 && !errors.Is(err, syscall.EPERM) {
			t.Fatal(err)
		}
		t.Logf("no right to mount a tmpfs (%v)", err)
		return
	}
	defer func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) }()
	b := &bench{dir: filepath.Join(mount, "harbour"), now: start, ada: newKey(t, key.Ed25519), ben: newKey(t, key.P256)}
	b.founding(t, Founding{})
	first := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	ballast := filepath.Join(mount, "ballast")
	for size := 2 << 20; size > 0; size /= 2 { // as much as fits
		f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			break
		}
		_, _ = f.Write(make([]byte, size))
		_ = f.Close()
	}
	_, failed := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("2.0")}, b.ada, b.ben)
	if failed == nil {
		t.Fatal("a grant on a full disk")
	}
	if err := os.Remove(ballast); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	_ = b.f.Close() // the log may not have come to rest
	f, err := Open(t.Context(), b.dir, b.opening())
	if err != nil {
		t.Fatalf("opening again after %v: %v", failed, err)
	}
	b.f = f
	if b.f.State.Labels[first] == nil {
		t.Error("the label of before is gone")
	}
	b.must(t, Decision{Kind: KindGrant, Grant: b.plug("3.0")})
	b.again(t)
	if err := b.f.Close(); err != nil {
		t.Fatal(err)
	}
	b.f = nil
}

// TestClock: a clock that has gone back makes no decision, and says so.
func TestClock(t *testing.T) {
	b := newBench(t)
	b.now = start.Add(48 * time.Hour)
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	b.now = start
	_, err := b.decide(t.Context(), Decision{Kind: KindRevoke, Number: n, Reason: "misuse"}, b.ada, b.ben)
	if err == nil || !strings.Contains(err.Error(), "has the clock gone back?") {
		t.Errorf("got %v", err)
	}
	if b.f.State.Labels[n].Standing != label.Valid {
		t.Error("it was revoked all the same")
	}
}
