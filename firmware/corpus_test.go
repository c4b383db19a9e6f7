package firmware_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/boot"
	"github.com/plimsoll-iot/plimsoll/firmware/keys"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/lab/corpus"
)

func openReal(t testing.TB, name string) *firmware.Image {
	t.Helper()
	img, err := firmware.Open(context.Background(), corpus.Read(t, "firmware/"+name), firmware.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// logins writes each account that can log in as "file user=password", with "(empty)" and "(unknown)".
func logins(img *firmware.Image) []string {
	var out []string
	for _, t := range img.Trees {
		accounts := passwd.Accounts(t.Tree)
		for i, r := range passwd.CrackAll(context.Background(), accounts, passwd.Words(), 2) {
			a := accounts[i]
			switch {
			case a.Locked:
			case a.Empty:
				out = append(out, a.File+" "+a.User+" (empty)")
			case r.Found:
				out = append(out, a.File+" "+a.User+"="+r.Password)
			default:
				out = append(out, a.File+" "+a.User+" (unknown)")
			}
		}
	}
	return out
}

func TestRealImages(t *testing.T) {
	tests := []struct {
		file   string
		logins []string
		telnet []string // where telnetd is started, with the condition
		chain  []string
	}{
		{"router/tplink-wr841n-v14-eu.bin", []string{"/etc/passwd.bak admin=1234"}, nil, nil},
		{"router/tplink-wr841n-v14-eu-modified.bin", []string{"/etc/passwd.bak admin=1234"}, nil, nil},
		{"router/lede-17.01.4-wr841v11-factory.bin", []string{"/etc/shadow root (empty)"}, nil, nil},
		{"camera/escam-g02-rootfs.sqfs", []string{"/etc/shadow root=hichiphx", "/etc/shadow default (empty)", "/etc/shadow admin=2601hx"}, nil, nil},
		{"camera/spycam-rootfs.sqfs", []string{"/etc/shadow root (empty)"}, []string{"/etc/init.d/rcS:21 "}, []string{"/etc/inittab:25", "/etc/init.d/rcS:21"}},
		{"camera/wyze-v2-rootfs.sqfs", []string{"/etc/shadow root=ismart12"}, []string{"/etc/init.d/rcS:22 "}, []string{"/etc/inittab:25", "/etc/init.d/rcS:22"}},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.file), func(t *testing.T) {
			img := openReal(t, tt.file)
			if got := logins(img); !reflect.DeepEqual(got, tt.logins) {
				t.Errorf("logins: got %q, want %q", got, tt.logins)
			}
			var telnet, chain []string
			for _, tr := range img.Trees {
				r, err := boot.Read(context.Background(), tr.Tree)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range r.Named("telnetd", "utelnetd") {
					if s.Binary == "" {
						t.Errorf("telnetd is not in the tree")
					}
					telnet = append(telnet, strings.Join([]string{s.Chain[len(s.Chain)-1], s.Condition}, " "))
					chain = s.Chain
				}
				found, unread, err := keys.InTree(context.Background(), tr.Tree)
				if err != nil || len(unread) > 0 {
					t.Errorf("keys: %v, unread %q", err, unread)
				}
				for _, k := range found {
					if !k.Embedded {
						t.Errorf("device key: %+v", k)
					}
				}
			}
			if !reflect.DeepEqual(telnet, tt.telnet) || !reflect.DeepEqual(chain, tt.chain) {
				t.Errorf("telnetd: got %q %q, want %q %q", telnet, chain, tt.telnet, tt.chain)
			}
			if enc, why := img.Encrypted(); enc || img.Partial || img.Coverage() < 0.95 {
				t.Errorf("encrypted %v %s, partial %v %q, coverage %.2f", enc, why, img.Partial, img.Notes, img.Coverage())
			}
		})
	}
}

func TestTPLinkLayout(t *testing.T) {
	img := openReal(t, "router/tplink-wr841n-v14-eu.bin")
	for _, p := range img.Parts {
		if p.Format != "squashfs" {
			continue
		}
		if p.Offset != 0x100200 || !p.Exact || p.Size != 3002156 {
			t.Errorf("squashfs: %+v", p)
		}
		files := 0
		for _, tr := range img.Trees {
			if tr.Part != p.ID {
				continue
			}
			for _, f := range tr.Files() {
				if f.Mode.IsRegular() {
					files++
				}
			}
		}
		if files != 361 {
			t.Errorf("%d files, want 361", files)
		}
		return
	}
	t.Error("no squashfs")
}

// TestFalseKeys: headers in libraries are no device keys; the ones that parse are test vectors of mbed TLS.
func TestFalseKeys(t *testing.T) {
	img := openReal(t, "camera/wyze-v2-rootfs.sqfs")
	found, _, err := keys.InTree(context.Background(), img.Trees[0].Tree)
	if err != nil {
		t.Fatal(err)
	}
	parsed, known := 0, 0
	for _, k := range found {
		if !k.Embedded || !strings.Contains(k.File, "libmbedx509") {
			t.Errorf("%+v", k)
		}
		if k.SPKI != "" {
			parsed++
			if k.TestKey != "mbed TLS" {
				t.Errorf("not marked: %+v", k)
			}
		}
		if k.Known != "" {
			known++
		}
	}
	if parsed != 4 || known != 1 {
		t.Errorf("%d keys parse, %d known; want 4 and 1: %+v", parsed, known, found)
	}
	lede := openReal(t, "router/lede-17.01.4-wr841v11-factory.bin")
	if f, ok := lede.Lookup("/etc/dropbear/dropbear_rsa_host_key"); !ok || f.Size != 0 {
		t.Errorf("the empty key file is gone: %+v", f)
	}
}

func TestEncryptedReal(t *testing.T) {
	want := map[string]bool{
		"zigbee/bosch-dimmer-enc.ota": true, "zigbee/danalock-v3-enc.ota": true, "zigbee/eurotronic-spirit-enc.ota": true, "zigbee/hue-conflight.ota": true,
		"zigbee/ubisys-hdr60.ota": true, "mcu/openbeken-bk7231n.ug.bin": true, "esp/secure-bootloader-encrypted.bin": true,
		"esp/secure-hello-world-signed-encrypted-aes-xts.bin": true, "esp/secure-hello-world-signed-encrypted.bin": true,
		"zigbee/tuya-zs5.ota": false, "zigbee/ledvance-007c.ota": false, "zigbee/zigusb-c6-zlib.ota": false, "zigbee/sonoff-86.ota": false,
		"zigbee/ikea-bulb-cws.ota": false, "esp/secure-bootloader.bin": false, "mcu/id115-fitness-band-nrf51.bin": false,
	}
	for name, enc := range want {
		if got, why := openReal(t, name).Encrypted(); got != enc {
			t.Errorf("%s: got %v %q, want %v", name, got, why, enc)
		}
	}
}

// TestWholeCorpus opens everything within time and memory, reads every file, and notes no parser that gave up.
func TestWholeCorpus(t *testing.T) {
	opened, trees := 0, 0
	for _, dir := range []string{"router", "camera", "hub", "zigbee", "mcu", "bootloader", "esp", "container"} {
		names, err := filepath.Glob(filepath.Join(corpus.Path(t, "firmware/"+dir), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			start := time.Now()
			img := openReal(t, filepath.Join(dir, filepath.Base(name)))
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			for _, tr := range img.Trees {
				trees++
				for _, f := range tr.Files() {
					if _, err := f.Read(); f.IsRegular() && err != nil && !tr.Partial {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			if d := time.Since(start); d > time.Minute || mem.HeapAlloc > 512<<20 {
				t.Errorf("%s: %v, %d MiB", name, d, mem.HeapAlloc>>20)
			}
			for _, n := range img.Notes {
				if strings.Contains(n, "gave up") {
					t.Errorf("%s: %s", name, n)
				}
			}
			opened++
		}
	}
	if opened < 150 || trees < 20 {
		t.Errorf("%d images opened with %d trees", opened, trees)
	}
}

// TestRealAgainstUnsquashfs compares every file of the real root file systems with what unsquashfs makes of them.
func TestRealAgainstUnsquashfs(t *testing.T) {
	for _, name := range []string{
		"router/tplink-wr841n-v14-eu.bin", "router/lede-17.01.4-wr841v11-factory.bin", "camera/escam-g02-rootfs.sqfs", "camera/spycam-rootfs.sqfs", "camera/wyze-v2-rootfs.sqfs",
	} {
		img := openReal(t, name)
		for _, tr := range img.Trees {
			if p := img.Parts[tr.Part]; p.Format == "squashfs" {
				compareTree(t, name, tr.Tree, img.Bytes()[p.Offset:p.Offset+p.Size])
			}
		}
	}
}

func compareTree(t *testing.T, name string, tr *firmware.Tree, image []byte) {
	t.Helper()
	dir := t.TempDir()
	carved := filepath.Join(dir, "image")
	if err := os.WriteFile(carved, image, 0o600); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root")
	if out, err := exec.Command("unsquashfs", "-q", "-n", "-ig", "-no-xattrs", "-d", root, carved).CombinedOutput(); err != nil {
		if _, missing := exec.LookPath("unsquashfs"); missing != nil {
			t.Fatal("install squashfs-tools: apt-get install squashfs-tools")
		}
		t.Logf("%s: unsquashfs: %v %s", name, err, out)
	}
	compared := 0
	for _, f := range tr.Files() {
		info, err := os.Lstat(filepath.Join(root, f.Path))
		if err != nil {
			if f.Mode&(fs.ModeDevice|fs.ModeNamedPipe) == 0 {
				t.Errorf("%s %s: %v", name, f.Path, err)
			}
			continue
		}
		if info.Mode().Type() != f.Mode.Type() || f.Mode&fs.ModeSymlink == 0 && info.Mode().Perm() != f.Mode.Perm() {
			t.Errorf("%s %s: mode %v, want %v", name, f.Path, f.Mode, info.Mode())
		}
		if target, err := os.Readlink(filepath.Join(root, f.Path)); err == nil && target != f.Target {
			t.Errorf("%s %s: target %q, want %q", name, f.Path, f.Target, target)
		}
		if !f.IsRegular() {
			continue
		}
		want, err := os.ReadFile(filepath.Join(root, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Read(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s %s: content differs (%v)", name, f.Path, err)
		}
		compared++
	}
	if compared < 20 {
		t.Errorf("%s: only %d files compared", name, compared)
	}
}
