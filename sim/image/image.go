// Package image builds the firmware image of a simulated device: a vendor header, a compressed root file system, a
// signature. It must NEVER hold a program that can run or a secret that protects anything.
package image

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"
)

// files holds the text files of the root file system as templates, and the key of the flaw hardcoded-key.
//
//go:embed rootfs testkey.pem
var files embed.FS

const (
	rootFolder = "rootfs"
	keyFile    = "testkey.pem"
)

// The header of an image, big-endian: magic, header length and format (2 bytes each), model and version (16 bytes each,
// zero-padded), length and CRC-32 of the payload (4 bytes each), its SHA-256. The payload is a gzip stream holding a cpio
// archive; an Ed25519 signature of header and payload ends the image.
const (
	Magic      = "IOTF"
	HeaderSize = 80
)

// Password fields of root in /etc/shadow.
const (
	RootLocked  = "*"
	RootDefault = "$1$Qd8sLpXw$ybCoUaK.MnX.vxqozLGHl1" // md5crypt of xc3511, the pair of a well-known camera family
)

// Spec says what the image is for and what is wrong with it.
type Spec struct {
	Kind, Maker, Domain, Name, Model, Version string
	Released                                  string // 2006-01-02; the time of all files
	Net                                       string // network interface
	Root                                      string // password field of root: RootLocked, RootDefault, or empty
	Telnetd                                   bool   // the start script runs telnetd
	PrivateKey                                bool   // an RSA private key stands in /etc
}

// rootfs is what the templates of rootfs may use.
type rootfs struct {
	Spec
	Public string // PEM of the key that checks updates
}

// Build returns the image: the same Spec always gives the same bytes.
func Build(s Spec) ([]byte, error) {
	// The signing key exists in no image; deriving it from a public text is what a real maker must never do.
	seed := sha256.Sum256([]byte("signing key of the simulated maker " + s.Maker))
	key := ed25519.NewKeyFromSeed(seed[:])
	tree, err := entries(s, key.Public())
	if err != nil {
		return nil, fmt.Errorf("building the image of the simulated %s: %w", s.Kind, err)
	}
	released, err := time.Parse(time.DateOnly, s.Released)
	if err != nil {
		return nil, fmt.Errorf("release date of the simulated %s: %w", s.Kind, err)
	}
	payload, err := compress(writeCPIO(tree, released.Unix()))
	if err != nil {
		return nil, err
	}
	img := append(header(s, payload), payload...)
	return append(img, ed25519.Sign(key, img)...), nil
}

func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing the image: %w", err)
	}
	if _, err := z.Write(data); err != nil {
		return nil, fmt.Errorf("compressing the image: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compressing the image: %w", err)
	}
	return b.Bytes(), nil
}

func header(s Spec, payload []byte) []byte {
	h := make([]byte, 0, HeaderSize)
	h = append(h, Magic...)
	h = binary.BigEndian.AppendUint16(h, HeaderSize)
	h = binary.BigEndian.AppendUint16(h, 1)
	h = append(h, fixed(s.Model, 16)...)
	h = append(h, fixed(s.Version, 16)...)
	h = binary.BigEndian.AppendUint32(h, uint32(len(payload)))
	h = binary.BigEndian.AppendUint32(h, crc32.ChecksumIEEE(payload))
	sum := sha256.Sum256(payload)
	return append(h, sum[:]...)
}

func fixed(s string, n int) []byte {
	b := make([]byte, n)
	copy(b, s)
	return b
}

// applets are the names under which the image offers BusyBox. telnetd is among them and started by nothing: a probe must
// not take presence for running.
var applets = []string{
	"bin/ash", "bin/cat", "bin/cp", "bin/echo", "bin/kill", "bin/login", "bin/ls", "bin/mkdir", "bin/mount", "bin/ps",
	"bin/sh", "bin/sleep", "bin/umount", "sbin/getty", "sbin/ifconfig", "sbin/init", "sbin/reboot", "sbin/route",
	"sbin/syslogd", "sbin/udhcpc", "usr/bin/id", "usr/bin/killall", "usr/sbin/telnetd", "usr/sbin/ntpd",
}

func entries(s Spec, public any) ([]cpioEntry, error) {
	out, err := texts(s, public)
	if err != nil {
		return nil, err
	}
	for _, a := range applets {
		target := strings.Repeat("../", strings.Count(a, "/")) + "bin/busybox"
		out = append(out, cpioEntry{name: a, mode: cpioLink | 0o777, data: []byte(target)})
	}
	out = append(out,
		cpioEntry{"bin/busybox", cpioFile | 0o755, program("BusyBox v1.36.1 (2026-04-11 09:12:44 UTC)", "multi-call binary")},
		cpioEntry{"usr/sbin/deviced", cpioFile | 0o755, program("deviced " + s.Version)},
		cpioEntry{"lib/ld-musl-armhf.so.1", cpioFile | 0o755, program("musl libc (armhf)", "Version 1.2.5")},
		cpioEntry{"lib/libssl.so.3", cpioFile | 0o755, program("OpenSSL 3.0.16 11 Feb 2025")},
		cpioEntry{"lib/libcrypto.so.3", cpioFile | 0o755, program("OpenSSL 3.0.16 11 Feb 2025")},
	)
	if s.PrivateKey {
		key, err := files.ReadFile(keyFile)
		if err != nil {
			return nil, fmt.Errorf("reading the test key: %w", err)
		}
		out = append(out, cpioEntry{"etc/ssl/private/server.key", cpioFile | 0o600, key})
	}
	return withFolders(out), nil
}

// texts fills the templates of rootfs.
func texts(s Spec, public any) ([]cpioEntry, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encoding the update key: %w", err)
	}
	data := rootfs{Spec: s, Public: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
	var out []cpioEntry
	err = fs.WalkDir(files, rootFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		t, err := template.ParseFS(files, name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			return err
		}
		inside := strings.TrimPrefix(name, rootFolder+"/")
		out = append(out, cpioEntry{inside, cpioFile | textMode(inside), b.Bytes()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("filling the root file system: %w", err)
	}
	return out, nil
}

func textMode(name string) uint32 {
	switch {
	case strings.HasPrefix(name, "etc/init.d/"), strings.HasPrefix(name, "usr/share/udhcpc/"):
		return 0o755
	case name == "etc/shadow":
		return 0o600
	}
	return 0o644
}

// withFolders adds every folder that the files need, and some that are empty, and sorts by name, parents first.
func withFolders(list []cpioEntry) []cpioEntry {
	folders := map[string]bool{".": true, "dev": true, "proc": true, "sys": true, "tmp": true, "mnt/data": true, "root": true, "var/run": true}
	for _, f := range list {
		folders[path.Dir(f.name)] = true
	}
	for name := range folders {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for name := range folders {
		list = append(list, cpioEntry{name: name, mode: cpioDir | 0o755})
	}
	slices.SortFunc(list, func(a, b cpioEntry) int { return strings.Compare(a.name, b.name) })
	return list
}

// program is a 32-bit ARM ELF header without segments, followed by the strings that identify the program. It stands for a
// real program where only identification matters and can run nowhere.
func program(texts ...string) []byte {
	h := make([]byte, 52)
	copy(h, "\x7fELF\x01\x01\x01")
	binary.LittleEndian.PutUint16(h[16:], 2)  // executable
	binary.LittleEndian.PutUint16(h[18:], 40) // ARM
	binary.LittleEndian.PutUint32(h[20:], 1)
	binary.LittleEndian.PutUint32(h[36:], 0x05000400) // EABI 5, hard float
	binary.LittleEndian.PutUint16(h[40:], 52)
	return append(h, "\x00"+strings.Join(texts, "\x00")+"\x00"...)
}
