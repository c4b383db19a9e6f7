package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/plimsoll-iot/plimsoll"
)

// seal is seal.json: what stood in the folder when a command last ended its work.
// Lines that were added since, before a crash, stand behind it and count too.
type seal struct {
	Index sealed `json:"index"`
	Runs  sealed `json:"runs"`
}

// sealed is the beginning of an append-only file.
type sealed struct {
	Bytes  int             `json:"bytes"`
	Digest plimsoll.Digest `json:"digest"`
}

const sealFile = "seal.json"

// Seal records the digests of the index and the runs, so that a line which somebody
// changes or takes out later is noticed when the folder is opened. It protects
// against mistakes and careless hands: who can write the folder can write the seal.
// Only the signature of a bundle protects against more.
func (s *Store) Seal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out seal
	for name, to := range out.files() {
		b, err := wholeFile(filepath.Join(s.dir, name))
		if err != nil {
			return fmt.Errorf("%w: sealing: %w", ErrStore, err)
		}
		*to = sealed{len(b), DigestOf(b)}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if err := WriteFile(filepath.Join(s.dir, sealFile), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("%w: sealing: %w", ErrStore, err)
	}
	return nil
}

func (s *seal) files() map[string]*sealed {
	return map[string]*sealed{"index.jsonl": &s.Index, "runs.jsonl": &s.Runs}
}

// readSeal reads the seal of a folder; one that was never sealed has an empty one.
// Read it before the files: another process may be adding to them.
func readSeal(dir string) (seal, error) {
	var s seal
	b, err := readBounded(filepath.Join(dir, sealFile), maxLine)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = strictJSON(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("reading %s: %w: %w", sealFile, ErrTampered, err)
	}
	return s, nil
}

// holds checks that the files of dir still begin with what was sealed.
func (s seal) holds(dir string) error {
	for _, name := range []string{"index.jsonl", "runs.jsonl"} {
		was := *s.files()[name]
		if was.Digest == "" {
			continue
		}
		b, err := wholeFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("reading %q: %w", name, err)
		}
		if was.Bytes < 0 || len(b) < was.Bytes || DigestOf(b[:was.Bytes]) != was.Digest {
			return fmt.Errorf("reading %s, of which the digest stands in %s: %w", name, sealFile, ErrTampered)
		}
	}
	return nil
}

// wholeFile returns the whole lines of a file; a missing one has none.
func wholeFile(path string) ([]byte, error) {
	b, err := readBounded(path, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b[:bytes.LastIndexByte(b, '\n')+1], err
}
