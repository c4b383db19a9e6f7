package cpio

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

func pack(name string, mode, uid, gid, nlink, size uint32, body string) string {
	s := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, uid, gid, nlink, 0, size, 8, 1, 5, 1, len(name)+1, 0)
	s += name + "\x00"
	for len(s)%4 != 0 {
		s += "\x00"
	}
	s += body
	for len(s)%4 != 0 {
		s += "\x00"
	}
	return s
}

// TestAgainstCpio packs with GNU cpio and compares everything.
func TestAgainstCpio(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"etc/passwd": "root::0:0:::\n", "etc/empty": "", "bin/busybox": strings.Repeat("x", 100001)} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("busybox", filepath.Join(root, "bin/sh")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(root, "bin/busybox"), filepath.Join(root, "bin/linked")); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"newc", "crc"} {
		t.Run(kind, func(t *testing.T) {
			cmd := exec.Command("sh", "-c", "find . | cpio -o -H "+kind+" -R 12:70000")
			cmd.Dir = root
			data, err := cmd.Output()
			if err != nil {
				t.Fatalf("cpio: %v\ninstall cpio: apt-get install cpio", err)
			}
			tr, size, err := Open(context.Background(), append(data, "behind"...), 100)
			if err != nil || tr.Partial {
				t.Fatalf("%v %+v", err, tr)
			}
			if size > len(data) || len(data)-size >= 512 {
				t.Errorf("size %d of %d", size, len(data))
			}
			var got []string
			for _, f := range tr.Files() {
				b, err := f.Read()
				if f.IsRegular() && err != nil {
					t.Errorf("%q: %v", f.Path, err)
				}
				got = append(got, fmt.Sprintf("%s %v %d:%d %s %d", f.Path, f.Mode.Type(), f.UID, f.GID, f.Target, len(b)))
				onDisk, _ := os.ReadFile(filepath.Join(root, f.Path))
				if f.IsRegular() && (!bytes.Equal(b, onDisk) || f.Mode.Perm() != 0o640) {
					t.Errorf("%q differs", f.Path)
				}
			}
			want := []string{
				"/ d--------- 12:70000  0", "/bin d--------- 12:70000  0", "/bin/busybox ---------- 12:70000  100001", "/bin/linked ---------- 12:70000  100001",
				"/bin/sh L--------- 12:70000 busybox 0", "/etc d--------- 12:70000  0", "/etc/empty ---------- 12:70000  0", "/etc/passwd ---------- 12:70000  13",
			}
			sort.Strings(want)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestHostile(t *testing.T) {
	end := pack(trailer, 0, 0, 0, 1, 0, "")
	tests := []struct {
		name, data string
		files      int // entries expected, the root included; 0 for an error
		partial    bool
	}{
		{"huge_size", pack("a", 0o100644, 0, 0, 1, 0, "") + pack("b", 0o100644, 0, 0, 1, 0xfffffff0, "x") + end, 2, true},
		{"huge_first", pack("b", 0o100644, 0, 0, 1, 0xfffffff0, "x"), 0, false},
		{"upwards", pack("../../etc/shadow", 0o100644, 0, 0, 1, 1, "x") + pack("a/../../b", 0o100644, 0, 0, 1, 1, "x") + end, 1, true},
		{"absolute", pack("/etc/x", 0o100644, 0, 0, 1, 1, "x") + end, 3, false},
		{"device", pack("dev/c", 0o020600, 0, 0, 1, 0, "") + end, 3, false},
		{"cut", pack("a", 0o100644, 0, 0, 1, 4, "abcd") + end[:50], 2, true},
		{"no_magic", "07070", 0, false},
		{"bad_hex", "070701zzzzzzzz" + strings.Repeat("0", 200), 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr, _, err := Open(context.Background(), []byte(tt.data), 100)
			if tt.files == 0 {
				if err == nil {
					t.Errorf("no error, %d files", tr.Len())
				}
				return
			}
			if err != nil || tr.Len() != tt.files || tr.Partial != tt.partial {
				t.Fatalf("%v, %+v, want %d files, partial %v", err, tr, tt.files, tt.partial)
			}
			for _, f := range tr.Files() {
				if strings.Contains(f.Path, "..") {
					t.Errorf("path %q", f.Path)
				}
			}
			if f, err := tr.Lookup("/dev/c"); tt.name == "device" && (err != nil || f.Major != 5 || f.Mode&fs.ModeCharDevice == 0) {
				t.Errorf("%+v %v", f, err)
			}
		})
	}
	var many strings.Builder
	for i := range 500 {
		many.WriteString(pack(fmt.Sprint(i), 0o100644, 0, 0, 1, 0, ""))
	}
	if tr, _, err := Open(context.Background(), []byte(many.String()), 100); err != nil || tr.Len() > 100 || !tr.Partial {
		t.Errorf("file limit: %v, %d", err, tr.Len())
	}
}

func FuzzCpio(f *testing.F) {
	f.Add([]byte(pack("etc/passwd", 0o100644, 1, 2, 2, 4, "abcd") + pack("l", 0o120777, 0, 0, 1, 1, "x") + pack(trailer, 0, 0, 0, 1, 0, "")))
	f.Add([]byte(pack("../x", 0o100644, 1, 2, 1, 0xffffffff, "abcd")))
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, size, err := Open(context.Background(), data, 200)
		if err != nil {
			return
		}
		if size < 0 || size > len(data) {
			t.Errorf("size %d of %d", size, len(data))
		}
		for _, f := range tr.Files() {
			b, _ := f.Read()
			if int64(len(b)) > int64(len(data)) {
				t.Errorf("%q: %d bytes", f.Path, len(b))
			}
		}
	})
}
