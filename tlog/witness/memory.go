package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

func cosigner(vkey string) (note.Verifier, error) {
	return cosignature.NewVerifierForCosignatureV1(vkey)
}

// watch makes the list of logs from their verifier keys.
func (w *Witness) watch(vkeys []string) error {
	if len(vkeys) == 0 {
		return errors.New("it was told of no log: give the verifier key of each log to watch")
	}
	keys := map[string][]note.Verifier{}
	for _, k := range vkeys {
		// The text of a policy is how such a key is checked.
		p, err := policy.Parse("log " + k + "\nquorum none\n")
		if err != nil {
			return fmt.Errorf("the key %q: %w", k, err)
		}
		v := p.Logs()[0].Verifier
		keys[v.Name()] = append(keys[v.Name()], v)
	}
	for origin, vs := range keys {
		sum := sha256.Sum256([]byte(origin))
		name := hex.EncodeToString(sum[:])
		l := &watched{verifiers: note.VerifierList(vs...), path: filepath.Join(w.dir, name), last: policy.Head{Origin: origin, Root: sha256.Sum256(nil)}}
		w.logs[origin], w.hash[name] = l, l
	}
	return nil
}

// load reads what was last cosigned. The signature of the witness itself vouches for
// the file.
func (l *watched) load(self note.Verifier) error {
	b, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what was seen of %q: %w", l.last.Origin, err)
	}
	n, err := note.Open(b, note.VerifierList(self))
	if err != nil {
		return fmt.Errorf("reading what was seen of %q: %w; bring the file %s back from a copy that is not older, or start with a new key and an empty folder", l.last.Origin, err, filepath.Base(l.path))
	}
	head, err := policy.ParseHead(n.Text)
	if err == nil && head.Origin != l.last.Origin {
		err = fmt.Errorf("it is of the log %q", head.Origin)
	}
	if err != nil {
		return fmt.Errorf("reading what was seen of %q: %w", l.last.Origin, err)
	}
	l.last, l.note = head, b
	return nil
}

// store makes a cosigned note the last one, on disk first.
func (l *watched) store(head policy.Head, signed []byte) error {
	if err := evidence.WriteFile(l.path, signed, 0o644); err != nil {
		return fmt.Errorf("remembering the checkpoint: %w", err)
	}
	if err := syncDir(filepath.Dir(l.path)); err != nil {
		return fmt.Errorf("remembering the checkpoint: %w", err)
	}
	l.last, l.note = head, signed
	return nil
}

// syncDir makes the renaming of a file durable. Windows has no such call; there the
// file system journals it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// maxRequest bounds a request in bytes: 63 hashes and a checkpoint.
const (
	maxPath    = 63
	maxRequest = policy.MaxCheckpoint + maxPath*45 + 64
)

type request struct {
	old    uint64
	path   [][]byte // a consistency proof (RFC 6962, section 2.1.2)
	signed []byte   // the checkpoint, a signed note
}

// parseRequest reads the body of add-checkpoint.
func parseRequest(b []byte) (request, error) {
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	num, isOld := strings.CutPrefix(string(line), "old ")
	old, err := strconv.ParseUint(num, 10, 64)
	if !ok || !isOld || err != nil || strconv.FormatUint(old, 10) != num {
		return request{}, errors.New("the first line must be: old SIZE")
	}
	r := request{old: old}
	for {
		if line, rest, ok = bytes.Cut(rest, []byte("\n")); !ok {
			return request{}, errors.New("the empty line and the checkpoint are missing")
		}
		if len(line) == 0 {
			r.signed = rest
			return r, nil
		}
		h, err := base64.StdEncoding.Strict().DecodeString(string(line))
		if err != nil || len(h) != sha256.Size {
			return request{}, fmt.Errorf("line %d is no hash in base64", len(r.path)+2)
		}
		if r.path = append(r.path, h); len(r.path) > maxPath {
			return request{}, fmt.Errorf("more than %d hashes", maxPath)
		}
	}
}

// withSignatures writes a note again with those signatures only that were verified,
// and one more line.
func withSignatures(n *note.Note, line []byte) []byte {
	b := []byte(n.Text + "\n")
	for _, s := range n.Sigs {
		b = fmt.Appendf(b, "— %s %s\n", s.Name, s.Base64)
	}
	return append(b, line...)
}

// signatureLine is a line of a signed note: name, key hash and signature.
func signatureLine(name string, hash uint32, sig []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, hash), sig...)
	return fmt.Appendf(nil, "— %s %s\n", name, base64.StdEncoding.EncodeToString(b))
}
