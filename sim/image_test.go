package sim

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/sim/image"
)

// payload returns the cpio archive of an image.
func payload(t *testing.T, kind string, flaws []string) []byte {
	t.Helper()
	img, err := Image(kind, flaws)
	if err != nil {
		t.Fatal(err)
	}
	if string(img[:4]) != image.Magic {
		t.Fatalf("magic %q", img[:4])
	}
	n := binary.BigEndian.Uint32(img[40:])
	z, err := gzip.NewReader(bytes.NewReader(img[image.HeaderSize : image.HeaderSize+int(n)]))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.HeaderSize + int(n) + 64; len(img) != want {
		t.Errorf("image of %d bytes, want %d", len(img), want)
	}
	return data
}

// file extracts one file with cpio; "" when it is not there.
func file(t *testing.T, kind string, flaws []string, name string) string {
	t.Helper()
	return runCPIO(t, payload(t, kind, flaws), "-i", "--quiet", "--to-stdout", name)
}

func runCPIO(t *testing.T, archive []byte, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("cpio")
	if err != nil {
		t.Fatal("install cpio: apt-get install cpio")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Dir = bytes.NewReader(archive), t.TempDir()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("cpio %v: %v %s", args, err, stderr.String())
	}
	return string(out)
}

func TestImageTree(t *testing.T) {
	for _, kind := range Kinds() {
		list := runCPIO(t, payload(t, kind, nil), "-itv", "--quiet")
		for _, want := range []string{
			"-rw------- ", " etc/shadow\n", " etc/passwd\n", " etc/inittab\n", " etc/init.d/rcS\n", " etc/init.d/S80deviced\n",
			" etc/ssl/openssl.cnf\n", " bin/sh -> ../bin/busybox\n", " usr/sbin/telnetd -> ../../bin/busybox\n", "drwxr-xr-x ", " dev\n",
		} {
			if !strings.Contains(list, want) {
				t.Errorf("%s: listing without %q:\n%s", kind, want, list)
			}
		}
		if strings.Contains(list, "server.key") {
			t.Errorf("%s: a private key in the well-built image", kind)
		}
	}
}

// TestImageUnpacks extracts the whole tree as a user would.
func TestImageUnpacks(t *testing.T) {
	archive := payload(t, "camera", []string{"hardcoded-key", "telnetd-at-boot"})
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "cpio", "-idm", "--quiet", "--no-absolute-filenames")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cpio: %v %s", err, out)
	}
	if target, err := os.Readlink(filepath.Join(dir, "bin/sh")); err != nil || target != "../bin/busybox" {
		t.Errorf("bin/sh: %q %v", target, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "bin/sh")); err != nil || !bytes.Contains(b, []byte("BusyBox v1.36.1")) {
		t.Errorf("bin/sh leads to no BusyBox: %v", err)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-n", filepath.Join(dir, "etc/init.d/rcS")).CombinedOutput()
	if err != nil {
		t.Errorf("rcS is no shell script: %v %s", err, out)
	}
}

func TestImageIsDeterministic(t *testing.T) {
	seen := map[string]string{}
	for _, kind := range Kinds() {
		for _, flaws := range [][]string{nil, {"shadow-default"}, {"empty-root-password"}, {"hardcoded-key"}, {"telnetd-at-boot"}} {
			a, err := Image(kind, flaws)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Image(kind, flaws)
			if err != nil {
				t.Fatal(err)
			}
			name := kind + strings.Join(flaws, ",")
			if !bytes.Equal(a, b) {
				t.Errorf("%s: two images differ", name)
			}
			if other, ok := seen[string(a)]; ok {
				t.Errorf("%s and %s have the same image", name, other)
			}
			seen[string(a)] = name
		}
		plain, err := Image(kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		network, err := Image(kind, []string{"telnet-open", "tls10"})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain, network) {
			t.Errorf("%s: a flaw of the network changes the image", kind)
		}
	}
}
