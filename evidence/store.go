package evidence

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence/redact"
)

// maxBlob bounds one blob in bytes. Bigger things are kept by digest only.
const maxBlob = 64 << 20

// Store is the evidence folder of one product. It is safe for concurrent use by
// the goroutines of one process; Lock keeps other processes out.
type Store struct {
	dir     string
	mu      sync.Mutex
	records []Record
	runs    map[string]plimsoll.Run
	order   []string // run ids in order of their start
	redact  *redact.Redactor
}

// OpenStore opens or makes the evidence folder dir. A last line that a crash cut
// short is not read: it was never acknowledged. The next writing removes it. Lines
// that changed since the folder was sealed are ErrTampered.
func OpenStore(dir string) (*Store, error) {
	s := &Store{dir: dir, runs: map[string]plimsoll.Run{}}
	for _, d := range []string{dir, filepath.Join(dir, "blobs", "sha256"), filepath.Join(dir, "private")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("making the evidence folder: %w", err)
		}
	}
	sealed, err := readSeal(dir)
	if err != nil {
		return nil, err
	}
	if err := sealed.holds(dir); err != nil {
		return nil, err
	}
	if err := eachLine(filepath.Join(dir, "index.jsonl"), func(b []byte) error {
		r, err := parseRecord(b)
		if err != nil {
			return err
		}
		s.records = append(s.records, r)
		return nil
	}); err != nil {
		return nil, err
	}
	if err := eachLine(filepath.Join(dir, "runs.jsonl"), func(b []byte) error {
		r, err := parseRun(b)
		if err != nil {
			return err
		}
		s.putRun(r)
		return nil
	}); err != nil {
		return nil, err
	}
	red, err := openRedactor(filepath.Join(dir, "private"))
	if err != nil {
		return nil, err
	}
	s.redact = red
	return s, nil
}

// tokenKey is the length of the key of the secret tokens in bytes.
const tokenKey = 32

func openRedactor(private string) (*redact.Redactor, error) {
	path := filepath.Join(private, "token.key")
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, tokenKey)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("making the key for secret tokens: %w", err)
		}
		if err := WriteFile(path, key, 0o600); err != nil {
			return nil, fmt.Errorf("writing the key for secret tokens: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("reading the key for secret tokens: %w", err)
	}
	if len(key) != tokenKey {
		return nil, fmt.Errorf("reading the key for secret tokens: %d bytes, want %d: evidence/private/token.key was damaged", len(key), tokenKey)
	}
	return redact.New(key), nil
}

func (s *Store) putRun(r plimsoll.Run) {
	if _, ok := s.runs[r.ID]; !ok {
		s.order = append(s.order, r.ID)
	}
	s.runs[r.ID] = r
}

// Dir is the folder of the store.
func (s *Store) Dir() string { return s.dir }

// Redactor replaces secrets by tokens in whatever is kept.
func (s *Store) Redactor() *redact.Redactor { return s.redact }

// PutRun writes a run as it begins, and again as it ends.
func (s *Store) PutRun(r plimsoll.Run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := appendLine(filepath.Join(s.dir, "runs.jsonl"), r); err != nil {
		return fmt.Errorf("%w: recording run %q: %w", ErrStore, r.ID, err)
	}
	s.putRun(r)
	return nil
}

// Raw is bytes to attach to a record.
type Raw struct {
	Name  string
	Media string
	Data  []byte
	// Private bytes are written to evidence/private only; the index keeps digest and size.
	Private bool
}

// Put keeps a typed value with the raw bytes behind it and returns the record
// with its digests. Secrets known to the redactor are replaced in both, except in
// private bytes. When Put returns without an error, the record survives a crash.
func (s *Store) Put(rec Record, value any, raws ...Raw) (Record, error) {
	body, err := s.redact.Value(value)
	if err != nil {
		return rec, fmt.Errorf("encoding evidence of kind %q: %w", rec.Kind, err)
	}
	if len(body) > maxBlob {
		return rec, fmt.Errorf("evidence of kind %q has %d MiB: the limit is %d", rec.Kind, len(body)>>20, maxBlob>>20)
	}
	for _, r := range raws {
		a, err := s.attach(r)
		if err != nil {
			return rec, err
		}
		rec.Attached = append(rec.Attached, a)
	}
	if rec.Digest, err = s.putBlob("blobs", body); err != nil {
		return rec, err
	}
	// The serial number of the sample stays: the declaration shows it openly.
	for _, text := range []*string{&rec.Note, &rec.Options, &rec.Target.Name} {
		*text = string(s.redact.Bytes([]byte(*text)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := appendLine(filepath.Join(s.dir, "index.jsonl"), rec); err != nil {
		return rec, fmt.Errorf("%w: adding to the index: %w", ErrStore, err)
	}
	s.records = append(s.records, rec)
	return rec, nil
}

func (s *Store) attach(r Raw) (Attachment, error) {
	a := Attachment{Name: string(s.redact.Bytes([]byte(r.Name))), Media: r.Media, Protection: Open}
	data, room := r.Data, "blobs"
	if r.Private {
		a.Protection, room = Withheld, "private"
	} else {
		data = s.redact.Bytes(data)
	}
	if len(data) > maxBlob {
		a.Protection, a.Digest, a.Size = Withheld, DigestOf(data), len(data)
		return a, nil
	}
	d, err := s.putBlob(room, data)
	a.Digest, a.Size = d, len(data)
	return a, err
}

func (s *Store) blobPath(room string, d plimsoll.Digest) (string, error) {
	if !ValidDigest(d) {
		return "", fmt.Errorf("evidence digest %q: want sha256: and 64 hexadecimal digits", d)
	}
	h := string(d)[len("sha256:"):]
	return filepath.Join(s.dir, room, "sha256", h[:2], h), nil
}

func (s *Store) putBlob(room string, b []byte) (plimsoll.Digest, error) {
	d := DigestOf(b)
	path, err := s.blobPath(room, d)
	if err != nil {
		return d, err
	}
	if _, err := os.Stat(path); err == nil {
		_, err := s.readBlob(room, d)
		return d, err
	}
	if err := WriteFile(path, b, 0o600); err != nil {
		return d, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return d, nil
}

// Blob returns the bytes of an open blob and checks their digest.
func (s *Store) Blob(d plimsoll.Digest) ([]byte, error) { return s.readBlob("blobs", d) }

// PrivateBlob returns withheld bytes when this machine has them.
func (s *Store) PrivateBlob(d plimsoll.Digest) ([]byte, error) { return s.readBlob("private", d) }

func (s *Store) readBlob(room string, d plimsoll.Digest) ([]byte, error) {
	path, err := s.blobPath(room, d)
	if err != nil {
		return nil, err
	}
	b, err := readBounded(path, maxBlob)
	if err != nil {
		return nil, fmt.Errorf("reading evidence %s: %w", d, err)
	}
	if DigestOf(b) != d {
		return nil, fmt.Errorf("reading evidence %s: %w", d, ErrTampered)
	}
	return b, nil
}

// ErrStore says that evidence could not be written: a full disk, a folder that
// cannot be written. The caller should end the run; nothing kept before is lost.
var ErrStore = errors.New("evidence could not be kept")

// ErrTampered says that bytes do not have the digest under which they are kept.
// The caller should stop and say so: it is not a fault to work around.
var ErrTampered = errors.New("the bytes do not match their digest: the evidence was changed")

// Records returns the index in the order of writing.
func (s *Store) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Record(nil), s.records...)
}

// Runs returns the runs in the order of their start.
func (s *Store) Runs() []plimsoll.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]plimsoll.Run, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.runs[id])
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Start.Before(out[j].Start) })
	return out
}

// IndexDigest is the digest of the records as canonical lines: it names exactly
// what was judged.
func IndexDigest(records []Record) plimsoll.Digest {
	var b bytes.Buffer
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			continue // a Record always encodes
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return DigestOf(b.Bytes())
}

// WriteFile writes b beside path, syncs it and renames it into place: readers see
// the old bytes or the new ones, never half.
func WriteFile(path string, b []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if fi, err := os.Stat(path); err == nil && fi.Mode()&(fs.ModeDevice|fs.ModeNamedPipe) != 0 {
		return writeThrough(path, b)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Sweep removes what a WriteFile that was killed has left below a folder that nobody
// else writes to.
func Sweep(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(d.Name(), ".new-") {
			err = os.Remove(path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeThrough writes to a device or a pipe: renaming a file over /dev/null would
// take it from the whole machine.
func writeThrough(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%q is larger than %d MiB", filepath.Base(path), limit>>20)
	}
	return b, nil
}
