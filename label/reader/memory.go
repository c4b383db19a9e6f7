package reader

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Memory is what a reader knows from one run to the next: a small file in a folder
// of the user. It tells which buckets were looked at, and belongs to nobody else.
type Memory struct{ dir string }

// NewMemory is the memory in a folder, which is made when something is remembered.
func NewMemory(dir string) *Memory { return &Memory{dir} }

const (
	memorySchema = "plimsoll.label-reader/1"
	memoryFile   = "labels.json"
	maxMemory    = 32 << 20 // bytes
	memoryWait   = 10 * time.Second
	// widest is the most bits that choose a bucket.
	widest = 24
	// forget is after how long a status need not be remembered: older ones have
	// expired by then.
	forget = 2 * label.StatusLife
)

// memory is the file.
type memory struct {
	Schema  string             `json:"schema"`
	Sources map[string]string  `json:"sources"` // name of a source: digest of the roots that were pinned for it
	Domains map[string]*domain `json:"domains"` // by that digest
}

// domain is what was seen of the trust lists that go back to one set of roots.
type domain struct {
	Pinned  label.Roots          `json:"pinned"`
	Roots   label.Roots          `json:"roots"`   // that the newest list names
	Version uint64               `json:"version"` // of the newest list
	Trust   []byte               `json:"trust"`   // the newest list
	Seen    map[string]time.Time `json:"seen"`    // newest issue of a status, by scheme and path
}

func (d *domain) saw(l *label.TrustList, b []byte) {
	d.Version, d.Roots, d.Trust = l.Version, l.Roots, b
}

func seenName(s *label.Scheme, path string) string { return s.Code + " " + path }

// sawStatus notes the issue of a status; not that of one from the future, which would
// shut out all that come before it.
func (d *domain) sawStatus(scheme, path string, issued, now time.Time) {
	name := scheme + " " + path
	if issued.After(d.Seen[name]) && !issued.After(now.Add(verify.Skew)) {
		d.Seen[name] = issued
	}
}

// digestOf names a set of roots.
func digestOf(r label.Roots) (string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// domain finds what is known of the roots that are given, or else of a source. What
// was not seen yet is a domain without roots, or with those given.
func (m *memory) domain(name string, given label.Roots) (*domain, error) {
	id := m.Sources[name]
	if len(given.Keys) > 0 {
		var err error
		if id, err = digestOf(given); err != nil {
			return nil, err
		}
		for _, d := range m.Domains { // roots that a later list has named
			if now, err := digestOf(d.Roots); err == nil && now == id {
				return d, nil
			}
		}
	}
	if d := m.Domains[id]; d != nil {
		return d, nil
	}
	return &domain{Pinned: given, Roots: given, Seen: map[string]time.Time{}}, nil
}

// Sources are the names of the sources that are remembered.
func (m *Memory) Sources() ([]string, error) {
	known, err := m.load()
	if err != nil {
		return nil, err
	}
	var names []string
	for n := range known.Sources {
		names = append(names, n)
	}
	slices.Sort(names)
	return names, nil
}

func (m *Memory) load() (*memory, error) {
	empty := &memory{Schema: memorySchema, Sources: map[string]string{}, Domains: map[string]*domain{}}
	if m == nil {
		return empty, nil
	}
	path := filepath.Join(m.dir, memoryFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was seen before: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxMemory+1))
	if err != nil {
		return nil, fmt.Errorf("reading what was seen before: %w", err)
	}
	known, err := parseMemory(b)
	if err != nil {
		return nil, fmt.Errorf("reading what was seen before, %q: %w: put back a copy; without it an old trust list would not be noticed", path, err)
	}
	return known, nil
}

func parseMemory(b []byte) (*memory, error) {
	if len(b) > maxMemory {
		return nil, fmt.Errorf("more than %d MiB", maxMemory>>20)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var known memory
	if err := d.Decode(&known); err != nil {
		return nil, err
	}
	if known.Schema != memorySchema || known.Sources == nil || known.Domains == nil {
		return nil, fmt.Errorf("schema %.40q, want %s", known.Schema, memorySchema)
	}
	for id, d := range known.Domains {
		if d == nil || d.Seen == nil || len(d.Roots.Keys) == 0 || d.Version == 0 {
			return nil, fmt.Errorf("%.64q has no roots, no version or no list of what was seen", id)
		}
	}
	return &known, nil
}

// save adds what was seen to what the file holds now.
func (m *Memory) save(ctx context.Context, name string, d *domain) error {
	if m == nil || d.Version == 0 {
		return nil
	}
	if err := m.update(ctx, func(known *memory) error {
		id, err := digestOf(d.Pinned)
		if err != nil {
			return err
		}
		if name != "" {
			known.Sources[name] = id
		}
		known.merge(id, d)
		return nil
	}); err != nil {
		return fmt.Errorf("remembering what was seen: %w", err)
	}
	return nil
}

func (m *memory) merge(id string, d *domain) {
	was := m.Domains[id]
	if was == nil {
		was = &domain{Pinned: d.Pinned, Seen: map[string]time.Time{}}
		m.Domains[id] = was
	}
	if d.Version >= was.Version {
		was.Version, was.Roots, was.Trust = d.Version, d.Roots, d.Trust
	}
	newest := time.Time{}
	for n, at := range d.Seen {
		if at.After(was.Seen[n]) {
			was.Seen[n] = at
		}
	}
	for _, at := range was.Seen {
		if at.After(newest) {
			newest = at
		}
	}
	for n, at := range was.Seen {
		if newest.Sub(at) > forget {
			delete(was.Seen, n)
		}
	}
}

// update changes the file while no other process does. Readers see the old bytes or
// the new ones: the file beside it is renamed into place, and a half one that a crash
// left is written over.
func (m *Memory) update(ctx context.Context, change func(*memory) error) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(m.dir, memoryFile)
	lock := flock.New(path + ".lock")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), memoryWait) // who was stopped has seen something too
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
		return fmt.Errorf("waiting for another reader: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	known, err := m.load()
	if err != nil {
		return err
	}
	if err := change(known); err != nil {
		return err
	}
	b, err := json.MarshalIndent(known, "", " ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ReadRoots reads a file of roots: JSON with the threshold and the keys, each as
// SubjectPublicKeyInfo in base64.
func ReadRoots(b []byte) (label.Roots, error) {
	const maxRoots = 64 << 10
	var r label.Roots
	if len(b) > maxRoots {
		return r, fmt.Errorf("reading the roots: more than %d KiB", maxRoots>>10)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return label.Roots{}, fmt.Errorf("reading the roots: %w: want {\"threshold\": 2, \"keys\": [\"base64\", …]}", err)
	}
	if _, err := IDs(r); err != nil {
		return label.Roots{}, fmt.Errorf("reading the roots: %w", err)
	}
	if len(r.Keys) == 0 || r.Threshold == 0 || int(r.Threshold) > len(r.Keys) {
		return label.Roots{}, fmt.Errorf("reading the roots: %d of %d keys: want at least one and at most all", r.Threshold, len(r.Keys))
	}
	return r, nil
}
