package sim

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

// imageFiles holds the text files of the root file system as templates, and the key of the flaw hardcoded-key.
//
//go:embed image
var imageFiles embed.FS

const (
	imageRoot = "image/rootfs"
	imageKey  = "image/testkey.pem"
)

// The header of an image, big-endian: magic, header length and format (2 bytes each), model and version (16 bytes each,
// zero-padded), length and CRC-32 of the payload (4 bytes each), its SHA-256. The payload is a gzip stream holding a cpio
// archive; an Ed25519 signature of header and payload ends the image.
const (
	imageMagic  = "IOTF"
	imageHeader = 80
)

// Password fields of root in /etc/shadow.
const (
	rootLocked  = "*"
	rootDefault = "$1$Qd8sLpXw$ybCoUaK.MnX.vxqozLGHl1" // md5crypt of xc3511, the pair of a well-known camera family
)

// rootfs is what the templates of image/rootfs may use.
type rootfs struct {
	model
	Root    string // password field of root
	Telnetd bool   // the start script runs telnetd
	Public  string // PEM of the key that checks updates
}

// Image builds the firmware image of a device: the same kind and flaws always give the same bytes.
func Image(kind string, flaws []string) ([]byte, error) {
	m, err := modelOf(kind)
	if err != nil {
		return nil, err
	}
	set, err := flawSet(kind, flaws)
	if err != nil {
		return nil, err
	}
	// The signing key exists in no image; deriving it from a public text is what a real maker must never do.
	seed := sha256.Sum256([]byte("signing key of the simulated maker " + m.Maker))
	key := ed25519.NewKeyFromSeed(seed[:])
	entries, err := imageEntries(m, set, key.Public())
	if err != nil {
		return nil, fmt.Errorf("building the image of the simulated %s: %w", kind, err)
	}
	released, err := time.Parse(time.DateOnly, m.Released)
	if err != nil {
		return nil, fmt.Errorf("release date of the simulated %s: %w", kind, err)
	}
	payload, err := compress(writeCPIO(entries, released.Unix()))
	if err != nil {
		return nil, err
	}
	img := append(imageHeaderOf(m, payload), payload...)
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

func imageHeaderOf(m model, payload []byte) []byte {
	h := make([]byte, 0, imageHeader)
	h = append(h, imageMagic...)
	h = binary.BigEndian.AppendUint16(h, imageHeader)
	h = binary.BigEndian.AppendUint16(h, 1)
	h = append(h, fixed(m.Model, 16)...)
	h = append(h, fixed(m.Version, 16)...)
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

func imageEntries(m model, flaws map[string]bool, public any) ([]cpioEntry, error) {
	files, err := imageTexts(m, flaws, public)
	if err != nil {
		return nil, err
	}
	for _, a := range applets {
		target := strings.Repeat("../", strings.Count(a, "/")) + "bin/busybox"
		files = append(files, cpioEntry{name: a, mode: cpioLink | 0o777, data: []byte(target)})
	}
	files = append(files,
		cpioEntry{"bin/busybox", cpioFile | 0o755, program("BusyBox v1.36.1 (2026-04-11 09:12:44 UTC)", "multi-call binary")},
		cpioEntry{"usr/sbin/deviced", cpioFile | 0o755, program("deviced " + m.Version)},
		cpioEntry{"lib/ld-musl-armhf.so.1", cpioFile | 0o755, program("musl libc (armhf)", "Version 1.2.5")},
		cpioEntry{"lib/libssl.so.3", cpioFile | 0o755, program("OpenSSL 3.0.16 11 Feb 2025")},
		cpioEntry{"lib/libcrypto.so.3", cpioFile | 0o755, program("OpenSSL 3.0.16 11 Feb 2025")},
	)
	if flaws["hardcoded-key"] {
		key, err := imageFiles.ReadFile(imageKey)
		if err != nil {
			return nil, fmt.Errorf("reading the test key: %w", err)
		}
		files = append(files, cpioEntry{"etc/ssl/private/server.key", cpioFile | 0o600, key})
	}
	return withFolders(files), nil
}

// imageTexts fills the templates of image/rootfs.
func imageTexts(m model, flaws map[string]bool, public any) ([]cpioEntry, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encoding the update key: %w", err)
	}
	data := rootfs{
		model: m, Root: rootLocked, Telnetd: flaws["telnetd-at-boot"],
		Public: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
	}
	switch {
	case flaws["shadow-default"]:
		data.Root = rootDefault
	case flaws["empty-root-password"]:
		data.Root = ""
	}
	var out []cpioEntry
	err = fs.WalkDir(imageFiles, imageRoot, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		t, err := template.ParseFS(imageFiles, name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			return err
		}
		inside := strings.TrimPrefix(name, imageRoot+"/")
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
func withFolders(files []cpioEntry) []cpioEntry {
	folders := map[string]bool{".": true, "dev": true, "proc": true, "sys": true, "tmp": true, "mnt/data": true, "root": true, "var/run": true}
	for _, f := range files {
		folders[path.Dir(f.name)] = true
	}
	for name := range folders {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for name := range folders {
		files = append(files, cpioEntry{name: name, mode: cpioDir | 0o755})
	}
	slices.SortFunc(files, func(a, b cpioEntry) int { return strings.Compare(a.name, b.name) })
	return files
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
