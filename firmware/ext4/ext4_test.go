package ext4

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
	"strconv"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

var limits = Limits{Files: 100000, FileBytes: 64 << 20}

func run(t testing.TB, pkg, name string, args ...string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		out, err := exec.Command(dir+name, args...).CombinedOutput()
		if err == nil {
			return string(out)
		}
		if dir == "/sbin/" {
			t.Fatalf("%s %v: %v\n%s\ninstall %s: apt-get install %s", name, args, err, out, pkg, pkg)
		}
	}
	return ""
}

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
	noise := make([]byte, 700000)
	rand.New(rand.NewSource(1)).Read(noise)
	write("etc/empty", nil, 0o600)
	write("etc/short", []byte("short"), 0o644)
	write("etc/middle", bytes.Repeat([]byte("0123456789"), 10), 0o644)
	write("bin/busybox", noise, os.ModeSetuid|0o755)
	write("data/block", bytes.Repeat([]byte{7}, 4096), 0o640)
	for i := range 400 {
		write(fmt.Sprintf("many/file-with-a-long-name-to-fill-blocks-%03d", i), []byte(fmt.Sprint(i)), 0o644)
	}
	hole, err := os.Create(filepath.Join(dir, "data/sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hole.WriteAt([]byte("end"), 1500000); err != nil {
		t.Fatal(err)
	}
	hole.Close()
	for name, target := range map[string]string{"bin/sh": "busybox", "long": "/" + strings.Repeat("long/", 30) + "target", "up": "../../etc/short"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func makeImage(t testing.TB, root, size string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "image")
	run(t, "e2fsprogs", "mke2fs", append(append([]string{"-q", "-F", "-d", root}, args...), out, size)...)
	commands := filepath.Join(t.TempDir(), "commands")
	text := "sif /etc/short uid 70001\nsif /etc/short gid 1002\nsif /etc/middle mode 0104711\nmkdir /dev\ncd /dev\nmknod console c 5 1\nmknod mtd b 31 300\nmknod pipe p\n"
	if err := os.WriteFile(commands, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "e2fsprogs", "debugfs", "-w", "-f", commands, out)
	return out
}

// listing asks debugfs for path, mode, uid, gid and size of everything below dir.
func listing(t testing.TB, image, dir string, got map[string]string) {
	t.Helper()
	for _, l := range strings.Split(run(t, "e2fsprogs", "debugfs", "-R", "ls -p "+dir, image), "\n") {
		f := strings.Split(l, "/") // /inode/mode/uid/gid/name/size/
		if len(f) < 8 || f[5] == ".." || f[5] == "" || (f[5] == "." && dir != "/") {
			continue
		}
		p := strings.TrimSuffix(dir, "/") + "/" + f[5]
		size := f[6]
		if f[2][:2] != "10" {
			size = "0"
		}
		if f[5] == "." {
			p = "/"
		}
		got[p] = fmt.Sprintf("%s %s/%s %s", f[2], f[3], f[4], size)
		if f[2][:2] == "04" && f[5] != "." {
			listing(t, image, p, got)
		}
	}
}

var kinds = map[fs.FileMode]int{
	fs.ModeDir: 0o40000, 0: 0o100000, fs.ModeSymlink: 0o120000, fs.ModeDevice: 0o60000, fs.ModeDevice | fs.ModeCharDevice: 0o20000, fs.ModeNamedPipe: 0o10000,
}

func line(f *tree.File) string {
	m := kinds[f.Mode.Type()] | int(f.Mode.Perm())
	if f.Mode&fs.ModeSetuid != 0 {
		m |= 0o4000
	}
	size := int64(0)
	if f.IsRegular() {
		size = f.Size
	}
	return fmt.Sprintf("%06o %d/%d %d", m, f.UID, f.GID, size)
}

func TestAgainstDebugfs(t *testing.T) {
	root := makeRoot(t)
	tests := map[string][]string{
		"ext2": {"-t", "ext2"}, "ext3": {"-t", "ext3"}, "ext4": {"-t", "ext4"}, "ext4_1k": {"-t", "ext4", "-b", "1024"}, "ext2_1k": {"-t", "ext2", "-b", "1024"},
		"ext2_small_inodes": {"-t", "ext2", "-I", "128"}, "ext4_64bit": {"-t", "ext4", "-O", "64bit"}, "ext4_no_64bit": {"-t", "ext4", "-O", "^64bit"},
		"ext4_inline": {"-t", "ext4", "-O", "inline_data", "-I", "256"}, "ext4_plain": {"-t", "ext4", "-O", "^metadata_csum,^has_journal"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			image := makeImage(t, root, "16M", args...)
			data, err := os.ReadFile(image)
			if err != nil {
				t.Fatal(err)
			}
			kind, size, err := Probe(data)
			if err != nil || size != 16<<20 || !strings.HasPrefix(name, kind) {
				t.Errorf("Probe: %s %d %v", kind, size, err)
			}
			tr, err := Open(context.Background(), data, limits)
			if err != nil {
				t.Fatal(err)
			}
			if tr.Partial {
				t.Errorf("partial: %s", tr.Note)
			}
			want := map[string]string{}
			listing(t, image, "/", want)
			if len(want) < 400 || len(want) != tr.Len() {
				t.Errorf("%d entries, want %d", tr.Len(), len(want))
			}
			for _, f := range tr.Files() {
				if got := line(f); got != want[f.Path] {
					t.Errorf("%q: got %q, want %q", f.Path, got, want[f.Path])
				}
				compare(t, root, f)
			}
			for p, dev := range map[string][2]uint32{"/dev/console": {5, 1}, "/dev/mtd": {31, 300}} {
				if f, err := tr.Lookup(p); err != nil || f.Major != dev[0] || f.Minor != dev[1] {
					t.Errorf("%s: %+v %v", p, f, err)
				}
			}
		})
	}
}

func compare(t *testing.T, root string, f *tree.File) {
	t.Helper()
	switch {
	case f.Mode&fs.ModeSymlink != 0:
		if want, err := os.Readlink(filepath.Join(root, f.Path)); err != nil || want != f.Target {
			t.Errorf("%q: target %q, want %q (%v)", f.Path, f.Target, want, err)
		}
	case f.IsRegular():
		want, err := os.ReadFile(filepath.Join(root, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Read(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: content differs (%v)", f.Path, err)
		}
	}
}

func TestLies(t *testing.T) {
	root := makeRoot(t)
	lim := Limits{Files: 2000, FileBytes: 1 << 20}
	for _, kind := range []string{"ext2", "ext4"} {
		good, err := os.ReadFile(makeImage(t, root, "4M", "-t", kind))
		if err != nil {
			t.Fatal(err)
		}
		for off := 0; off < 0x160; off += 4 {
			for _, v := range []uint32{0, 1, 0x7fffffff, 0xffffffff} {
				bad := bytes.Clone(good)
				binary.LittleEndian.PutUint32(bad[superOffset+off:], v)
				if tr, err := Open(context.Background(), bad, lim); err == nil {
					readAll(tr)
				}
			}
		}
		rnd := rand.New(rand.NewSource(3))
		for range 200 {
			bad := bytes.Clone(good)
			for range 200 {
				bad[2048+rnd.Intn(300000)] ^= byte(1 << rnd.Intn(8))
			}
			if tr, err := Open(context.Background(), bad[:rnd.Intn(len(bad))], lim); err == nil {
				readAll(tr)
			}
		}
	}
}

func readAll(tr *tree.Tree) {
	for _, f := range tr.Files()[:min(tr.Len(), 50)] {
		_, _ = f.Read()
	}
}

func FuzzExt4(f *testing.F) {
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), bytes.Repeat([]byte("a"), 3000), 0o644); err != nil {
		f.Fatal(err)
	}
	for i, kind := range []string{"ext2", "ext4"} {
		out := filepath.Join(f.TempDir(), strconv.Itoa(i))
		run(f, "e2fsprogs", "mke2fs", "-q", "-F", "-d", dir, "-t", kind, "-O", "^has_journal", "-N", "16", out, "100K")
		b, err := os.ReadFile(out)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	lim := Limits{Files: 1000, FileBytes: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		if tr, err := Open(context.Background(), data, lim); err == nil {
			readAll(tr)
		}
	})
}
