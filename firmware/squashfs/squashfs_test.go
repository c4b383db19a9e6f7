package squashfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

var limits = Limits{Files: 100000, FileBytes: 64 << 20, MetaBytes: 64 << 20}

func run(t testing.TB, pkg, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s\ninstall %s: apt-get install %s", name, args, err, out, pkg, pkg)
	}
	return string(out)
}

// makeRoot writes a small root file system: empty, small, block-sized, sparse, large, incompressible and many files.
func makeRoot(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, b []byte, mode os.FileMode) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
	}
	rnd := rand.New(rand.NewSource(1))
	noise := make([]byte, 300000)
	rnd.Read(noise)
	write("etc/empty", nil, 0o600)
	write("etc/passwd", []byte("root::0:0:root:/:/bin/sh\n"), 0o644)
	write("bin/busybox", bytes.Repeat([]byte("busybox applet text "), 40000), os.ModeSetuid|0o755)
	write("bin/noise", noise, 0o755)
	write("data/exact", bytes.Repeat([]byte{7}, 131072), 0o640)
	write("data/sparse", append(make([]byte, 1<<20), "end"...), 0o444)
	write("data/name with blank\nand line", []byte("x"), 0o604)
	for i := range 700 {
		write(fmt.Sprintf("many/dir%d/file%03d", i%3, i), []byte(strings.Repeat(fmt.Sprint(i), i%50)), 0o644)
	}
	for name, target := range map[string]string{"bin/sh": "busybox", "sbin": "/bin", "loop": "loop", "up": "../../etc/passwd", "gone": "/nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(dir, "bin/noise"), filepath.Join(dir, "bin/noise2")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// makeImage packs root with owners, devices and modes that need no privileges to make.
func makeImage(t testing.TB, root string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "image.sqfs")
	pseudo := filepath.Join(t.TempDir(), "pseudo")
	text := "/dev d 755 0 0\n/dev/console c 600 0 5 5 1\n/dev/mtdblock30 b 660 0 6 31 30\n/etc/passwd m 4640 1001 70000\n/run d 1777 0 0\n/run/pipe i 644 3 4 f\n"
	if err := os.WriteFile(pseudo, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "squashfs-tools", "mksquashfs", append([]string{root, out, "-noappend", "-no-progress", "-pf", pseudo}, args...)...)
	return out
}

// listing is what unsquashfs says of an image, one line per path in the form of line.
func listing(t testing.TB, image string) map[string]string {
	t.Helper()
	got := map[string]string{}
	text := run(t, "squashfs-tools", "unsquashfs", "-lln", image)
	text = strings.ReplaceAll(text, "blank\nand", "blank\\nand")
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		i := strings.Index(l, " squashfs-root")
		f := strings.Fields(l[:max(i, 0)])
		if i < 0 || len(f) < 5 {
			continue
		}
		name, target, _ := strings.Cut(strings.ReplaceAll(l[i+len(" squashfs-root"):], "\\n", "\n"), " -> ")
		size := strings.Join(f[2:len(f)-2], "")
		if f[0][0] == 'd' || f[0][0] == 'p' || f[0][0] == 's' {
			size = "0"
		}
		if name == "" {
			name = "/"
		}
		got[name] = fmt.Sprintf("%s %s %s %s", f[0], f[1], size, target)
	}
	return got
}

// line writes an entry the way unsquashfs does.
func line(f *tree.File) string {
	kind := byte('-')
	size := fmt.Sprint(f.Size)
	switch {
	case f.Mode.IsDir():
		kind, size = 'd', "0"
	case f.Mode&fs.ModeSymlink != 0:
		kind = 'l'
	case f.Mode&fs.ModeCharDevice != 0:
		kind, size = 'c', fmt.Sprintf("%d,%d", f.Major, f.Minor)
	case f.Mode&fs.ModeDevice != 0:
		kind, size = 'b', fmt.Sprintf("%d,%d", f.Major, f.Minor)
	case f.Mode&fs.ModeNamedPipe != 0:
		kind, size = 'p', "0"
	}
	perm := []byte(f.Mode.Perm().String())
	perm[0] = kind
	special := func(i int, bit fs.FileMode, with, without byte) {
		if f.Mode&bit != 0 {
			if perm[i] == 'x' {
				perm[i] = with
			} else {
				perm[i] = without
			}
		}
	}
	special(3, fs.ModeSetuid, 's', 'S')
	special(6, fs.ModeSetgid, 's', 'S')
	special(9, fs.ModeSticky, 't', 'T')
	return fmt.Sprintf("%s %d/%d %s %s", perm, f.UID, f.GID, size, f.Target)
}

func TestAgainstUnsquashfs(t *testing.T) {
	root := makeRoot(t)
	tests := map[string][]string{
		"gzip": {"-comp", "gzip"}, "lzma": {"-comp", "lzma"}, "xz": {"-comp", "xz", "-b", "256K"}, "xz_bcj": {"-comp", "xz", "-Xbcj", "arm,x86"},
		"zstd": {"-comp", "zstd"}, "lz4": {"-comp", "lz4"}, "lzo": {"-comp", "lzo"}, "lz4_hc": {"-comp", "lz4", "-Xhc"},
		"small_blocks": {"-b", "4K"}, "large_blocks": {"-b", "1M"}, "no_fragments": {"-no-fragments"}, "always_fragments": {"-always-use-fragments"},
		"stored": {"-noI", "-noD", "-noF", "-noX"}, "no_duplicates": {"-no-duplicates"}, "export": {"-no-exports"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			image := makeImage(t, root, args...)
			data, err := os.ReadFile(image)
			if err != nil {
				t.Fatal(err)
			}
			sb, err := Probe(data)
			if err != nil || sb.Used > int64(len(data)) {
				t.Fatalf("Probe: %+v, %v", sb, err)
			}
			tr, err := Open(context.Background(), data, limits)
			if err != nil {
				t.Fatal(err)
			}
			if tr.Partial {
				t.Errorf("partial: %s", tr.Note)
			}
			want := listing(t, image)
			if len(want) < 700 || tr.Len() != len(want) {
				t.Errorf("%d entries, want %d", tr.Len(), len(want))
			}
			for _, f := range tr.Files() {
				if got := line(f); got != want[f.Path] {
					t.Errorf("%q:\ngot  %s\nwant %s", f.Path, got, want[f.Path])
				}
				if !f.IsRegular() {
					continue
				}
				onDisk, err := os.ReadFile(filepath.Join(root, f.Path))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := f.Read(); err != nil || !bytes.Equal(got, onDisk) {
					t.Errorf("%q: content differs (%v)", f.Path, err)
				}
			}
		})
	}
}

func TestConcurrentReads(t *testing.T) {
	data, err := os.ReadFile(makeImage(t, makeRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Open(context.Background(), data, limits)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, f := range tr.Files() {
				if _, err := f.Read(); f.IsRegular() && err != nil {
					t.Errorf("%q: %v", f.Path, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestLies changes one number of a good image at a time. Nothing may panic, hang or take much memory.
func TestLies(t *testing.T) {
	good, err := os.ReadFile(makeImage(t, makeRoot(t), "-comp", "gzip"))
	if err != nil {
		t.Fatal(err)
	}
	tight := Limits{Files: 2000, FileBytes: 1 << 20, MetaBytes: 1 << 20}
	for off := 0; off < superSize; off += 2 {
		for _, v := range []uint32{0, 1, 0x7fffffff, 0xffffffff, 0x80} {
			bad := bytes.Clone(good)
			if off+4 <= superSize {
				binary.LittleEndian.PutUint32(bad[off:], v)
			}
			if tr, err := Open(context.Background(), bad, tight); err == nil {
				readAll(tr)
			}
		}
	}
	for cut := 0; cut < len(good); cut += len(good)/97 + 1 {
		if tr, err := Open(context.Background(), good[:cut], tight); err == nil {
			if !tr.Partial {
				t.Errorf("cut at %d: not partial", cut)
			}
			readAll(tr)
		}
	}
	rnd := rand.New(rand.NewSource(2))
	for range 300 {
		bad := bytes.Clone(good)
		for range 20 {
			bad[superSize+rnd.Intn(len(bad)-superSize)] ^= byte(1 << rnd.Intn(8))
		}
		if tr, err := Open(context.Background(), bad, tight); err == nil {
			readAll(tr)
		}
	}
}

func readAll(tr *tree.Tree) {
	for _, f := range tr.Files()[:min(tr.Len(), 50)] {
		_, _ = f.Read()
	}
}

func TestEndedContext(t *testing.T) {
	data, err := os.ReadFile(makeImage(t, makeRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, data, limits); err == nil {
		t.Error("no error")
	}
}

func FuzzSquashfs(f *testing.F) {
	dir := f.TempDir()
	for _, n := range []string{"a/b/c", "d"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, n), bytes.Repeat([]byte(n), 3000), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	for _, comp := range []string{"gzip", "xz", "lzma", "zstd", "lz4", "lzo"} {
		for _, extra := range [][]string{{"-nopad"}, {"-nopad", "-noI", "-noD", "-noF", "-noX", "-b", "4096"}} {
			b, err := os.ReadFile(makeImage(f, dir, append([]string{"-comp", comp}, extra...)...))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	lim := Limits{Files: 1000, FileBytes: 1 << 20, MetaBytes: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := Open(context.Background(), data, lim)
		if err != nil {
			return
		}
		if tr.Len() > lim.Files+200 {
			t.Errorf("%d files", tr.Len())
		}
		readAll(tr)
	})
}
