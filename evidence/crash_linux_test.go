package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/child"
)

func TestMain(m *testing.M) {
	if code, ran := child.Main(map[string]func(string) error{"write": childWrite, "hold": childHold, "small": childSmall, "reader": childOpen}); ran {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// childWrite keeps evidence until it is killed and prints each digest once Put has
// returned.
func childWrite(dir string) error {
	s, err := OpenStore(dir)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		r := Record{Kind: "test/1", Run: "r", Probe: "t@1", Time: time.Unix(int64(i), 0).UTC()}
		r, err := s.Put(r, fmt.Sprint(os.Getpid(), i), Raw{Name: "raw", Data: bytes.Repeat([]byte{byte(i)}, i%5000)})
		if err != nil {
			return err
		}
		fmt.Println(r.Digest)
		if i%7 == 0 {
			if err := s.PutRun(plimsoll.Run{ID: fmt.Sprint(os.Getpid(), i), Start: r.Time}); err != nil {
				return err
			}
		}
	}
}

func childOpen(dir string) error {
	for {
		if _, err := OpenStore(dir); err != nil {
			return err
		}
	}
}

func childHold(dir string) error {
	_, err := Lock(context.Background(), dir, Holder{PID: os.Getpid(), Command: "plimsoll hold", Since: time.Now()}, 0)
	if err != nil {
		return err
	}
	fmt.Println("held")
	time.Sleep(time.Minute)
	return nil
}

func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[plimsoll.Digest]bool{}
	for round := range 50 {
		child.Killed(t, child.Command(t, "write", dir), time.Duration(5+rand.IntN(120))*time.Millisecond, func(line string) {
			if d := plimsoll.Digest(line); ValidDigest(d) { // the kill may cut the last line of the pipe
				acknowledged[d] = true
			}
		})
		s, err := OpenStore(dir)
		if err != nil {
			t.Fatalf("round %d: the folder does not open: %v", round, err)
		}
		have := map[plimsoll.Digest]bool{}
		for _, r := range s.Records() {
			have[r.Digest] = true
			for _, d := range []plimsoll.Digest{r.Digest, r.Attached[0].Digest} {
				if _, err := s.Blob(d); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
		}
		for d := range acknowledged {
			if !have[d] {
				t.Fatalf("round %d: %s was acknowledged and is gone", round, d)
			}
		}
	}
	if len(acknowledged) < 50 {
		t.Fatalf("only %d pieces of evidence were acknowledged", len(acknowledged))
	}
	t.Logf("%d acknowledged, all there", len(acknowledged))
}

// TestOpeningWhileWriting: a command that only reads must not disturb the writer.
func TestOpeningWhileWriting(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	cmd := child.Command(t, "reader", dir)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir)
	for i := range 300 {
		mustPut(t, s, i, i)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if out.Len() > 0 {
		t.Errorf("the reader: %s", out.String())
	}
	if n := len(mustOpen(t, dir).Records()); n != 300 {
		t.Errorf("%d records, want 300", n)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := child.Command(t, "hold", dir)
	line, kill := child.Start(t, cmd)
	if line != "held" {
		t.Fatalf("child says %q", line)
	}
	start := time.Now()
	_, err := Lock(context.Background(), dir, Holder{PID: os.Getpid()}, 300*time.Millisecond)
	want := fmt.Sprintf("plimsoll hold, process %d, since ", cmd.Process.Pid)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if time.Since(start) < 250*time.Millisecond {
		t.Error("it did not wait")
	}
	kill()
	free, err := Lock(context.Background(), dir, Holder{PID: os.Getpid()}, 5*time.Second)
	if err != nil {
		t.Fatalf("the lock outlives its process: %v", err)
	}
	_ = free()
}

// TestFullDisk fills a tmpfs of one MiB. Without the right to mount,
// TestFileSizeLimit shows the same with a resource limit.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("plimsoll", mount, "tmpfs", 0, "size=1m"); err != nil {
		if os.Geteuid() == 0 && !errors.Is(err, syscall.EPERM) {
			t.Fatal(err)
		}
		t.Logf("no right to mount a tmpfs (%v): only TestFileSizeLimit shows a full disk here", err)
		return
	}
	defer func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) }()
	dir := filepath.Join(mount, "evidence")
	s := mustOpen(t, dir)
	ballast := filepath.Join(mount, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 300<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, failed := 0, error(nil)
	for i := 0; i < 100 && failed == nil; i++ {
		if _, failed = s.Put(record(i), i, Raw{Name: "raw", Data: bytes.Repeat([]byte{byte(i)}, 20<<10)}); failed == nil {
			kept++
		}
	}
	if !errors.Is(failed, syscall.ENOSPC) || kept == 0 {
		t.Fatalf("kept %d, then %v", kept, failed)
	}
	// Until every page is taken, so that the index itself cannot grow.
	for i := range 2000 {
		if _, err := s.Put(record(i), strings.Repeat("x", 3000)+fmt.Sprint(i)); err == nil {
			kept++
		}
	}
	if n := len(mustOpen(t, dir).Records()); n != kept {
		t.Errorf("%d records on the full disk, want %d", n, kept)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, 1000, "after")
	again := mustOpen(t, dir)
	if n := len(again.Records()); n != kept+1 {
		t.Errorf("%d records when there is room again, want %d", n, kept+1)
	}
	for _, r := range again.Records() {
		if _, err := again.Blob(r.Digest); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*", ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %d", len(left))
	}
}

// childSmall writes until a file may not grow further, in the blobs and then in the
// middle of a line of the index, and goes on when the limit is lifted.
func childSmall(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := OpenStore(dir)
	if err != nil {
		return err
	}
	put := func(n int) error {
		_, err := s.Put(Record{Kind: "t/1", Run: "r", Note: strings.Repeat("n", 200)}, n)
		return err
	}
	for i := range 3 {
		if err := put(i); err != nil {
			return err
		}
	}
	st, err := os.Stat(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		return err
	}
	if err := child.LimitFiles(uint64(st.Size()) + 100); err != nil {
		return err
	}
	if err := put(3); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("index over the limit: %v", err)
	}
	if now, err := os.Stat(filepath.Join(dir, "index.jsonl")); err != nil || now.Size() != st.Size() {
		return fmt.Errorf("half a line stays in the index: %v", err)
	}
	if _, err := s.Put(Record{Kind: "t/1"}, strings.Repeat("x", 1<<20)); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("blob over the limit: %v", err)
	}
	if err := child.LimitFiles(1 << 40); err != nil {
		return err
	}
	if err := put(4); err != nil {
		return err
	}
	again, err := OpenStore(dir)
	if err != nil {
		return err
	}
	if n := len(again.Records()); n != 4 {
		return fmt.Errorf("%d records, want 4", n)
	}
	return nil
}

func TestFileSizeLimit(t *testing.T) {
	if out, err := child.Command(t, "small", t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestUnwritableFolder uses a file where a folder must be, and a folder without
// rights, which does not stop root.
func TestUnwritableFolder(t *testing.T) {
	base := t.TempDir()
	asFile := filepath.Join(base, "file")
	if err := os.WriteFile(asFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(asFile); err == nil || !strings.Contains(err.Error(), "making the evidence folder") {
		t.Errorf("got %v", err)
	}
	if _, err := Lock(context.Background(), asFile, Holder{}, 0); err == nil {
		t.Error("a file is locked as a folder")
	}
	dir := filepath.Join(base, "e")
	s := mustOpen(t, dir)
	mustPut(t, s, 1, 1)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "blobs", "sha256"), 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Join(dir, "blobs", "sha256"), 0o700); _ = os.Chmod(dir, 0o700) }()
	_, err := s.Put(record(2), "two")
	if os.Geteuid() != 0 && !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v, want a permission error", err)
	}
	if n := len(mustOpen(t, dir).Records()); n < 1 {
		t.Error("earlier evidence is gone")
	}
}

// TestWriteFileDevice writes into a pipe and a device and leaves both where they are.
func TestWriteFileDevice(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		b, _ := os.ReadFile(pipe)
		got <- string(b)
	}()
	if err := WriteFile(pipe, []byte("a report"), 0o644); err != nil {
		t.Fatal(err)
	}
	if g := <-got; g != "a report" {
		t.Errorf("got %q through the pipe", g)
	}
	// A device of its own: a run that breaks this must not break the machine.
	null := filepath.Join(t.TempDir(), "null")
	if err := syscall.Mknod(null, syscall.S_IFCHR|0o666, 1<<8|3); err == nil {
		if f, err := os.OpenFile(null, os.O_WRONLY, 0); err == nil { // not on a nodev file system
			_ = f.Close()
			if err := WriteFile(null, []byte("a report"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, kind := range map[string]fs.FileMode{pipe: fs.ModeNamedPipe, null: fs.ModeDevice} {
		if fi, err := os.Lstat(path); err == nil && fi.Mode()&kind == 0 {
			t.Errorf("%s is a %v now", filepath.Base(path), fi.Mode())
		}
	}
}
