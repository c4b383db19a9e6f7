package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
)

var limits = Limits{Files: 100, FileBytes: 1 << 20}

func TestTar(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "etc/passwd", Mode: 0o4640, Uid: 1, Gid: 70000, Size: 4, Typeflag: tar.TypeReg},
		{Name: "./bin/hard", Linkname: "etc/passwd", Typeflag: tar.TypeLink},
		{Name: "sh", Linkname: "/bin/busybox", Typeflag: tar.TypeSymlink, Mode: 0o777},
		{Name: "dev/c", Typeflag: tar.TypeChar, Devmajor: 5, Devminor: 1, Mode: 0o600},
		{Name: "../../up", Size: 4, Typeflag: tar.TypeReg},
		{Name: "bad", Linkname: "../../etc/shadow", Typeflag: tar.TypeLink},
		{Name: strings.Repeat("long/", 40) + "name", Size: 4, Typeflag: tar.TypeReg},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = w.Write([]byte("text"))
		}
	}
	_ = w.Close()
	end := b.Len()
	b.WriteString(strings.Repeat("what follows", 100))
	tr, size, err := Tar(context.Background(), b.Bytes(), limits)
	if err != nil || size != end {
		t.Fatalf("size %d, want %d; %v", size, end, err)
	}
	f, err := tr.Lookup("/etc/passwd")
	if err != nil || f.Mode != fs.ModeSetuid|0o640 || f.UID != 1 || f.GID != 70000 {
		t.Errorf("%+v %v", f, err)
	}
	for _, p := range []string{"/bin/hard", "/" + strings.Repeat("long/", 40) + "name"} {
		if got, err := tr.ReadFile(p); err != nil || string(got) != "text" {
			t.Errorf("%s: %q %v", p, got, err)
		}
	}
	if f, err := tr.Lstat("/sh"); err != nil || f.Target != "/bin/busybox" {
		t.Errorf("%+v %v", f, err)
	}
	if f, err := tr.Lstat("/dev/c"); err != nil || f.Major != 5 || f.Mode&fs.ModeCharDevice == 0 {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := tr.Lstat("/up"); err == nil || !tr.Partial {
		t.Errorf("a name that leads upwards was taken; note %q", tr.Note)
	}
	if _, err := tr.Lstat("/bad"); err == nil {
		t.Error("a hard link that leads upwards was taken")
	}
	for _, cut := range []int{100, 511, 512, 600, 2000} {
		if tr, size, err := Tar(context.Background(), b.Bytes()[:cut], limits); err == nil && size > cut {
			t.Errorf("cut at %d: size %d, %d files", cut, size, tr.Len())
		}
	}
	if _, _, err := Tar(context.Background(), make([]byte, 1024), limits); err == nil {
		t.Error("zeros are no archive")
	}
}

func makeZip(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for n, text := range files {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(text))
	}
	_ = w.Close()
	return b.Bytes()
}

func TestZip(t *testing.T) {
	data := makeZip(t, map[string]string{"a/b": "text", "../up": "x", "big": strings.Repeat("0", 2<<20)})
	tr, size, enc, err := Zip(context.Background(), append(bytes.Clone(data), "behind PK\x05\x06 and more"...), limits)
	if err != nil || size != len(data) || enc {
		t.Fatalf("size %d of %d, %v %v", size, len(data), enc, err)
	}
	if got, err := tr.ReadFile("/a/b"); err != nil || string(got) != "text" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := tr.Lstat("/up"); err == nil || !tr.Partial {
		t.Error("a name that leads upwards was taken")
	}
	if got, err := tr.ReadFile("/big"); !errors.Is(err, codec.ErrLimit) || len(got) > 1<<20 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, _, _, err := Zip(context.Background(), data, Limits{Files: 2, FileBytes: 1}); !errors.Is(err, codec.ErrLimit) {
		t.Errorf("file limit: %v", err)
	}
	lie := bytes.Clone(data)
	at := bytes.Index(lie, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lie[at+24:], 0xfffffff0) // uncompressed size
	if tr, _, _, err := Zip(context.Background(), lie, limits); err == nil {
		for _, f := range tr.Files() {
			_, _ = f.Read()
		}
	}
	for cut := range len(data) / 8 {
		_, _, _, _ = Zip(context.Background(), data[:len(data)-cut*8], limits)
	}
}

// TestInfoZip reads what zip itself writes, with a symbolic link and with a password.
func TestInfoZip(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("text"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-q", "-y", "plain.zip", "a", "l"}, {"-q", "-P", "secret", "locked.zip", "a"}} {
		cmd := exec.Command("zip", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("zip: %v %s\ninstall zip: apt-get install zip", err, out)
		}
	}
	open := func(name string) ([]byte, bool, error) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		tr, _, enc, err := Zip(context.Background(), b, limits)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := tr.Lookup("/a"); err != nil || f.Mode.Perm() != 0o750 {
			t.Errorf("%+v %v", f, err)
		}
		name = "/a"
		if !enc {
			name = "/l"
		}
		got, err := tr.ReadFile(name)
		return got, enc, err
	}
	if got, enc, err := open("plain.zip"); enc || err != nil || string(got) != "text" {
		t.Errorf("%q %v %v", got, enc, err)
	}
	if got, enc, err := open("locked.zip"); !enc || err == nil {
		t.Errorf("%q %v %v", got, enc, err)
	}
}
