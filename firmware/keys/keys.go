// Package keys finds private keys in the files of a firmware image and in raw bytes.
//
// A key counts only if it parses and its public half follows from its private half: a header constant in a parser, an
// empty file or a cut block is no key. The package must never return, log or keep private material: what leaves it is
// the place, the kind and the digest of the public half.
package keys

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"sort"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Bounds of one search.
const (
	maxFile = 64 << 20 // bytes of a file that is looked through
	maxPEM  = 64 << 10 // bytes of one armoured block
	maxKeys = 1000     // found in one file
)

// A Key is a private key that was found.
type Key struct {
	File      string `json:"file"`
	Offset    int64  `json:"offset"`
	Format    string `json:"format"`              // "pem/pkcs1", "pem/pkcs8", "pem/sec1", "pem/dsa", "openssh", "dropbear", "der/pkcs1", …
	Algorithm string `json:"algorithm,omitempty"` // "rsa", "dsa", "ecdsa", "ed25519", "x25519"
	Bits      int    `json:"bits,omitempty"`
	SPKI      string `json:"spki,omitempty"`      // SHA-256 of the SubjectPublicKeyInfo, hex; empty when the public half is out of reach
	Encrypted bool   `json:"encrypted,omitempty"` // under a passphrase
	Embedded  bool   `json:"embedded,omitempty"`  // inside a program or library rather than a key file
	Known     string `json:"known,omitempty"`     // where the private half is public, when it is on the shipped list
	TestKey   string `json:"test_key,omitempty"`  // the library whose test vector it is, when it is one
}

// public is what a parser makes of a key.
type public struct {
	algorithm string
	bits      int
	spki      []byte
}

// Find returns the private keys in data, in order of offset. file only labels the result.
func Find(file string, data []byte) []Key {
	if len(data) == 0 || len(data) > maxFile {
		return nil
	}
	f := &finder{file: file, data: data, embedded: isProgram(data)}
	f.armoured()
	f.dropbear()
	f.der()
	sort.SliceStable(f.keys, func(i, j int) bool { return f.keys[i].Offset < f.keys[j].Offset })
	return f.keys
}

// InTree returns the private keys in all files of t, in order of path. A file that cannot be read is passed over and
// named in unread.
func InTree(ctx context.Context, t *tree.Tree) (keys []Key, unread []string, err error) {
	err = t.Walk(func(f *tree.File) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.IsRegular() || f.Size == 0 {
			return nil
		}
		b, err := f.Read()
		if err != nil || len(b) > maxFile {
			unread = append(unread, f.Path)
			return nil
		}
		keys = append(keys, Find(f.Path, b)...)
		return nil
	})
	return keys, unread, err
}

// programs are the first bytes of executables, libraries and archives of object code.
var programs = [][]byte{
	[]byte("\x7fELF"), []byte("!<arch>\n"), []byte("MZ"), []byte("bFLT"), []byte("\xcf\xfa\xed\xfe"), []byte("dex\n"),
}

func isProgram(data []byte) bool {
	for _, p := range programs {
		if bytes.HasPrefix(data, p) {
			return true
		}
	}
	return false
}

type finder struct {
	file     string
	data     []byte
	embedded bool
	keys     []Key
}

func (f *finder) add(at int, format string, p public) {
	if len(f.keys) >= maxKeys {
		return
	}
	sum := sha256.Sum256(p.spki)
	k := Key{
		File: f.file, Offset: int64(at), Format: format, Algorithm: p.algorithm, Bits: p.bits,
		SPKI: hex.EncodeToString(sum[:]), Embedded: f.embedded,
	}
	k.Known, _ = Known(k.SPKI)
	k.TestKey, _ = TestKey(k.SPKI)
	f.keys = append(f.keys, k)
}

func (f *finder) addEncrypted(at int, format, algorithm string) {
	if len(f.keys) < maxKeys {
		f.keys = append(f.keys, Key{
			File: f.file, Offset: int64(at), Format: format, Algorithm: algorithm, Encrypted: true, Embedded: f.embedded,
		})
	}
}

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
	pemKey   = []byte("PRIVATE KEY-----")
)

// armoured finds PEM and OpenSSH blocks: a begin line that is followed by an end line before the next begin line.
func (f *finder) armoured() {
	for from := 0; ; {
		i := bytes.Index(f.data[from:], pemBegin)
		if i < 0 {
			return
		}
		at := from + i
		from = at + len(pemBegin)
		head := f.data[from:min(len(f.data), from+64)]
		if nl := bytes.IndexByte(head, '\n'); nl < 0 || !bytes.Contains(head[:nl], pemKey) {
			continue
		}
		rest := f.data[from:min(len(f.data), from+maxPEM)]
		end := bytes.Index(rest, pemEnd)
		if next := bytes.Index(rest, pemBegin); end < 0 || (next >= 0 && next < end) {
			continue
		}
		f.block(at, f.data[at:min(len(f.data), from+end+64)])
	}
}

// block parses one armoured block. Program constants may end it with a NUL instead of a line end.
func (f *finder) block(at int, text []byte) {
	text = append(bytes.Clone(text[:bytes.LastIndex(text, pemEnd)]), tail(text[bytes.LastIndex(text, pemEnd):])...)
	b, _ := pem.Decode(text)
	if b == nil || len(b.Bytes) == 0 {
		return
	}
	parser, ok := pemTypes[b.Type]
	if !ok {
		return
	}
	if b.Headers["DEK-Info"] != "" || b.Type == "ENCRYPTED PRIVATE KEY" {
		if plausibleEncrypted(b) {
			f.addEncrypted(at, parser.format, parser.algorithm)
		}
		return
	}
	if b.Type == "OPENSSH PRIVATE KEY" {
		f.openssh(at, text)
		return
	}
	if p, err := parser.parse(b.Bytes); err == nil {
		f.add(at, parser.format, p)
	}
}

// tail cuts the end line behind its last dash.
func tail(line []byte) []byte {
	if i := bytes.Index(line[5:], []byte("-----")); i >= 0 {
		return append(bytes.Clone(line[:5+i+5]), '\n')
	}
	return line
}
