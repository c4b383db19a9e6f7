package firmware

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/corpus"
)

const shadow = "root::10933:0:99999:7:::\n"

// pipe runs a command over data.
func pipe(t testing.TB, pkg string, data []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\ninstall %s: apt-get install %s", name, err, pkg, pkg)
	}
	return out
}

// makeSquashfs returns an image that holds /etc/shadow and some more.
func makeSquashfs(t testing.TB, args ...string) []byte {
	t.Helper()
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "x")
	for name, text := range map[string]string{"etc/shadow": shadow, "etc/text": strings.Repeat("text ", 20000)} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("mksquashfs", append([]string{dir, out, "-noappend", "-no-progress"}, args...)...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v\n%s\ninstall squashfs-tools: apt-get install squashfs-tools", err, b)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func makeExt(t testing.TB) []byte {
	t.Helper()
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "x")
	if err := os.MkdirAll(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etc/shadow"), []byte(shadow), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", dir, out, "2M")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mke2fs: %v\n%s\ninstall e2fsprogs: apt-get install e2fsprogs", err, b)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gz(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func makeTar(name string, data []byte) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o640, Uid: 7, Gid: 8, Size: int64(len(data)), Typeflag: tar.TypeReg})
	_, _ = w.Write(data)
	_ = w.WriteHeader(&tar.Header{Name: "etc/link", Linkname: "/etc/shadow", Typeflag: tar.TypeSymlink})
	_ = w.Close()
	return b.Bytes()
}

func makeZip(names []string, data []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, _ := w.Create(n)
		_, _ = f.Write(data)
	}
	_ = w.Close()
	return b.Bytes()
}

func cpioMember(name string, mode int, body []byte) []byte {
	s := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0, len(body), 8, 1, 0, 0, len(name)+1, 0)
	pad := func(b []byte) []byte {
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	return pad(append(pad(append([]byte(s+name), 0)), body...))
}

func makeCpio(name string, body []byte) []byte {
	return append(cpioMember(name, 0o100600, body), cpioMember("TRAILER!!!", 0, nil)...)
}

func uimage(data []byte) []byte {
	h := make([]byte, 64)
	binary.BigEndian.PutUint32(h, 0x27051956)
	binary.BigEndian.PutUint32(h[12:], uint32(len(data)))
	binary.BigEndian.PutUint32(h[24:], crc32.ChecksumIEEE(data))
	h[30] = 2
	copy(h[32:], "test kernel")
	binary.BigEndian.PutUint32(h[4:], crc32.ChecksumIEEE(h))
	return append(h, data...)
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.New(rand.NewSource(5)).Read(b)
	return b
}

func open(t testing.TB, data []byte, lim Limits) *Image {
	t.Helper()
	img, err := Open(context.Background(), data, lim)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(img.Summary()); err != nil {
		t.Errorf("summary: %v", err)
	}
	return img
}

// TestContainers puts a file system into each container, at odd offsets between code-like filling, and finds it again.
func TestContainers(t *testing.T) {
	sq, ext, cpio := makeSquashfs(t, "-comp", "xz"), makeExt(t), makeCpio("etc/shadow", []byte(shadow))
	tests := []struct {
		name    string
		data    []byte
		formats string // of the parts, in order
		exact   bool   // the size of the first part is exact
	}{
		{"squashfs", sq, "squashfs", true},
		{"squashfs_gzip", makeSquashfs(t), "squashfs", true},
		{"ext4", ext, "ext", true},
		{"cpio", cpio, "cpio", true},
		{"tar", makeTar("etc/shadow", []byte(shadow)), "tar", true},
		{"zip", makeZip([]string{"etc/shadow"}, []byte(shadow)), "zip", true},
		{"gzip", gz(cpio), "gzip cpio", true},
		{"xz", pipe(t, "xz-utils", cpio, "xz"), "xz cpio", true},
		{"xz_sha256", pipe(t, "xz-utils", cpio, "xz", "-C", "sha256"), "xz cpio", true},
		{"lzma", pipe(t, "xz-utils", cpio, "xz", "--format=lzma"), "lzma cpio", true},
		{"zstd", pipe(t, "zstd", cpio, "zstd"), "zstd cpio", true},
		{"zstd_19", pipe(t, "zstd", ext, "zstd", "-19", "--no-check"), "zstd ext", true},
		{"bzip2", pipe(t, "bzip2", cpio, "bzip2"), "bzip2 cpio", true},
		{"lz4", pipe(t, "lz4", cpio, "lz4"), "lz4 cpio", true},
		{"lz4_legacy", pipe(t, "lz4", cpio, "lz4", "-l"), "lz4-legacy cpio", false},
		{"uimage", uimage(gz(cpio)), "uimage gzip cpio", true},
		{"uimage_plain", uimage(sq), "uimage squashfs", true},
		{"tar_gz_with_image", gz(makeTar("rootfs.bin", sq)), "gzip tar squashfs", true},
		{"zip_with_ext", makeZip([]string{"a/b.img"}, ext), "zip ext", true},
		{"four_deep", gz(pipe(t, "xz-utils", makeZip([]string{"x"}, uimage(cpio)), "xz")), "gzip xz zip uimage cpio", true},
	}
	filling := bytes.Repeat([]byte("code and text\x00\x10\x8f\xe2"), 301)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := append(append(bytes.Clone(filling), tt.data...), filling...)
			img := open(t, data, Limits{})
			var got []string
			for _, p := range img.Parts {
				got = append(got, p.Format)
			}
			if strings.Join(got, " ") != tt.formats {
				t.Fatalf("parts %q, want %q\n%+v", got, tt.formats, img.Parts)
			}
			first := img.Parts[0]
			if first.Offset != int64(len(filling)) || first.Exact && tt.exact && (first.Size > int64(len(tt.data)) || first.Size < int64(len(tt.data))-4096) {
				t.Errorf("first part %+v, want offset %d, size about %d", first, len(filling), len(tt.data))
			}
			f, ok := img.Lookup("/etc/shadow")
			if !ok {
				t.Fatalf("no /etc/shadow: %+v", img.Summary())
			}
			if b, err := f.Read(); err != nil || string(b) != shadow {
				t.Errorf("content %q, %v", b, err)
			}
			if enc, why := img.Encrypted(); enc || img.Partial {
				t.Errorf("encrypted %v %s, notes %q", enc, why, img.Notes)
			}
			again := open(t, data, Limits{})
			if !reflect.DeepEqual(again.Summary(), img.Summary()) {
				t.Error("a second opening gives another summary")
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	img := open(t, makeTar("etc/shadow", []byte(shadow)), Limits{})
	f, ok := img.Lookup("/etc/link")
	if !ok || f.Path != "/etc/shadow" || f.UID != 7 || f.GID != 8 || f.Mode != 0o640 {
		t.Errorf("got %+v", f)
	}
}

func TestCoverage(t *testing.T) {
	sq := makeSquashfs(t)
	var data []byte
	data = append(data, bytes.Repeat([]byte("plain text of a boot loader "), 1000)...)
	textEnd := len(data)
	data = append(data, bytes.Repeat([]byte{0xff}, 0x10000-textEnd)...)
	data = append(data, sq...)
	sqEnd := len(data)
	data = append(data, noise(100000)...)
	img := open(t, data, Limits{})
	var used int64
	for _, p := range img.Parts {
		used += p.Size
	}
	padding := int64(0x10000-textEnd) + int64(sqEnd-0x10000) - used
	if want := used + padding; img.Explained < want-64 || img.Explained > want+64 {
		t.Errorf("explained %d, want about %d", img.Explained, want)
	}
	if len(img.Opaque) != 1 || img.Opaque[0].Size < 95000 || img.Opaque[0].Entropy < entropyFloor {
		t.Errorf("opaque %+v", img.Opaque)
	}
	if enc, _ := img.Encrypted(); enc {
		t.Error("an image with a tree is not encrypted")
	}
}

func TestEncrypted(t *testing.T) {
	ota := func(payload []byte) []byte {
		h := make([]byte, 62)
		binary.LittleEndian.PutUint32(h, 0x0beef11e)
		binary.LittleEndian.PutUint16(h[4:], 0x0100)
		binary.LittleEndian.PutUint16(h[6:], 56)
		binary.LittleEndian.PutUint32(h[52:], uint32(62+len(payload)))
		binary.LittleEndian.PutUint32(h[58:], uint32(len(payload)))
		return append(h, payload...)
	}
	gbl := append([]byte("\xeb\x17\xa6\x03\x08\x00\x00\x00\x00\x00\x00\x03\x01\x01\x00\x00\xf9\x07\x07\xf9\x00\x20\x00\x00"), noise(0x2000)...)
	tests := []struct {
		name string
		data []byte
		want bool
	}{
		{"noise", noise(100000), true},
		{"text", bytes.Repeat([]byte("hello world "), 9999), false},
		{"salted", append([]byte("Salted__"), noise(5000)...), true},
		{"zigbee_noise", ota(noise(60000)), true},
		{"zigbee_plain", ota(bytes.Repeat([]byte("\x10\xb5\x04\x46"), 9000)), false},
		{"zigbee_gbl", ota(gbl), true},
		{"wrapped_zigbee", append(append([]byte("NGIS\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00\x60\x00\x00\x00\x00\x00\x00"), 0, 0, 0, 0), ota(noise(20000))...), true},
		{"tuya", append([]byte("\x55\xaa\x55\xaa1.2.3\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xaa\x55\xaa\x55"), noise(20000)...), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			img := open(t, tt.data, Limits{})
			if got, why := img.Encrypted(); got != tt.want || got == (why == "") {
				t.Errorf("got %v %q, want %v; %+v", got, why, tt.want, img.Summary())
			}
		})
	}
}

func TestUnseen(t *testing.T) {
	whole := makeSquashfs(t)
	stub := append(append(cpioMember("dev", 0o040755, nil), cpioMember("dev/console", 0o020600, nil)...), cpioMember("TRAILER!!!", 0, nil)...)
	tests := []struct {
		name      string
		data      []byte
		encrypted bool
		want      string // in the reasons; empty for none
	}{
		{"whole", whole, false, ""},
		{"with_noise", append(bytes.Clone(whole), noise(20000)...), false, "look random"},
		{"with_old_squashfs", append(bytes.Clone(whole), append([]byte("sqsh"), append(make([]byte, 25), append([]byte{3}, make([]byte, 90)...)...)...)...), false, "version 3"},
		{"cut", whole[:250], false, "squashfs"},
		{"stub_and_noise", append(gz(stub), noise(60000)...), true, "encrypted or packed"},
		{"nothing", []byte(strings.Repeat("text", 100)), false, "no file system"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			img := open(t, tt.data, Limits{})
			got := strings.Join(img.Unseen(), "; ")
			if enc, _ := img.Encrypted(); enc != tt.encrypted || !strings.Contains(got, tt.want) {
				t.Errorf("encrypted %v, want %v; unseen %q, want %q", enc, tt.encrypted, got, tt.want)
			}
			if tt.name == "whole" && got != "" {
				t.Errorf("unseen %q", got)
			}
		})
	}
}

// TestBombs opens images that want more than they should get.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 36<<20)
	nested := makeCpio("etc/shadow", []byte(shadow))
	for range 20 {
		nested = gz(nested)
	}
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	lzma := append([]byte("\x5d\x00\x00\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff\x00"), noise(6)...)
	squash := makeSquashfs(t)
	binary.LittleEndian.PutUint64(squash[40:], 1<<39)
	tight := Limits{OutBytes: 16 << 20, FileBytes: 4 << 20, Files: 1000, Parts: 100, Depth: 4, Time: time.Minute}
	tests := []struct {
		name string
		data []byte
		lim  Limits
		want string // in the notes
	}{
		{"gzip", gz(zeros), tight, "output limit"},
		{"gzip_of_gzip", gz(gz(zeros)), tight, "output limit"},
		{"nested", nested, tight, "deeper than 4"},
		{"nested_by_default", nested, Limits{}, "deeper than 8"},
		{"zip", makeZip(many, zeros[:1<<20]), tight, "output limit"},
		{"zip_file_count", makeZip(strings.Split(strings.Repeat("a b c d ", 999), " "), nil), tight, ""},
		{"false_streams", bytes.Repeat(lzma, 20000), tight, "no more were tried"},
		{"false_gzips", bytes.Repeat([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff"), 100000), tight, "no more were tried"},
		{"parts", bytes.Repeat(gz([]byte("a small stream")), 500), tight, "more than 100 parts"},
		{"squashfs_size", squash, tight, "image ends"},
		{"cpio_headers", bytes.Repeat(cpioMember("a", 0o100644, nil), 20000), tight, ""},
		{"cpio_sizes", bytes.Repeat([]byte("070701"+strings.Repeat("ffffffff", 13)), 20000), tight, ""},
		{"tar_headers", bytes.Repeat(makeTar("x", nil)[:512], 5000), tight, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			img := open(t, tt.data, tt.lim)
			d := time.Since(start)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if d > 90*time.Second {
				t.Errorf("took %v", d)
			}
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 200<<20 {
				t.Errorf("holds %d MiB", grown>>20)
			}
			if notes := strings.Join(img.Notes, "; "); !strings.Contains(notes, tt.want) || tt.want != "" && !img.Partial {
				t.Errorf("notes %.400q, want %q", notes, tt.want)
			}
			if len(img.Parts) > 4096 {
				t.Errorf("%d parts", len(img.Parts))
			}
			runtime.KeepAlive(img)
		})
	}
}

func TestTruncatedAndGarbage(t *testing.T) {
	whole := append(append(uimage(gz(makeCpio("etc/shadow", noise(50000)))), makeSquashfs(t)...), makeZip([]string{"a"}, noise(3000))...)
	for cut := 0; cut < len(whole); cut += 211 {
		img, err := Open(context.Background(), whole[:cut], Limits{})
		if (err != nil) != (cut == 0) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if cut > 0 && len(img.Parts) > 20 {
			t.Errorf("cut at %d: %d parts", cut, len(img.Parts))
		}
	}
	if _, err := Open(context.Background(), nil, Limits{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("no bytes: %v", err)
	}
	if _, err := Open(context.Background(), make([]byte, 100), Limits{ImageBytes: 99}); err == nil {
		t.Error("over the size limit: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, whole, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

// TestPanicCostsOneParser shows that a parser's panic is a note and the others go on.
func TestPanicCostsOneParser(t *testing.T) {
	o := &opener{ctx: context.Background(), lim: Limits{}.withDefaults(), img: &Image{}}
	_, err := o.guard(format{name: "bad", open: func(*opener, []byte) (found, error) { panic("index out of range") }}, nil)
	if err == nil || len(o.img.Notes) != 1 || !o.img.Partial || !strings.Contains(o.img.Notes[0], "bad") {
		t.Errorf("error %v, notes %q", err, o.img.Notes)
	}
}

func FuzzOpen(f *testing.F) {
	for _, b := range [][]byte{
		makeSquashfs(f, "-comp", "xz"), gz(makeCpio("etc/shadow", []byte(shadow))), uimage([]byte("kernel")), makeTar("a", []byte("b")),
		makeZip([]string{"a.bin"}, gz([]byte("b"))), []byte("Salted__0123456789abcdef0123456789"), []byte("UBI#\x01"), []byte("\x85\x19\x03\x20"), []byte("sqsh"),
		[]byte("\x01\x00\x00\x00"), append(make([]byte, 0x202), "HdrS"...), []byte("\xe9\x01\x00\x00"), []byte("\xeb\x17\xa6\x03\x08\x00\x00\x00"),
	} {
		f.Add(b)
	}
	lim := Limits{OutBytes: 1 << 20, FileBytes: 1 << 20, Files: 500, Parts: 50, Depth: 3, Time: 5 * time.Second}
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := Open(context.Background(), data, lim)
		if err != nil {
			return
		}
		for _, n := range img.Notes {
			if strings.Contains(n, "gave up") {
				t.Error(n)
			}
		}
		if img.Explained < 0 || img.Explained > img.Size {
			t.Errorf("explained %d of %d", img.Explained, img.Size)
		}
		if _, err := json.Marshal(img.Summary()); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkOpenTPLink(b *testing.B) {
	data := corpus.Read(b, "firmware/router/tplink-wr841n-v14-eu.bin")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		img, err := Open(context.Background(), data, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range img.Trees {
			for _, f := range t.Files() {
				if f.IsRegular() {
					if _, err := f.Read(); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	}
}
