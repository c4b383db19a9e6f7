package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/plimsoll-iot/plimsoll"
)

// maxIndex bounds the index in bytes, maxLine one line of it. What cannot be read
// again is not written.
const (
	maxIndex = 256 << 20
	maxLine  = 4 << 20
)

// parseRecord reads one line of index.jsonl.
func parseRecord(b []byte) (Record, error) {
	var r Record
	if err := strictJSON(b, &r); err != nil {
		return r, err
	}
	digests := []plimsoll.Digest{r.Digest}
	if r.Input != "" {
		digests = append(digests, r.Input)
	}
	for _, a := range r.Attached {
		digests = append(digests, a.Digest)
	}
	for _, d := range digests {
		if !ValidDigest(d) {
			return r, fmt.Errorf("digest %q: want sha256: and 64 hexadecimal digits", d)
		}
	}
	if r.Kind == "" {
		return r, errors.New("a record without a kind")
	}
	return r, nil
}

// parseRun reads one line of runs.jsonl.
func parseRun(b []byte) (plimsoll.Run, error) {
	var r plimsoll.Run
	if err := strictJSON(b, &r); err != nil {
		return r, err
	}
	if r.ID == "" {
		return r, errors.New("a run without an id")
	}
	return r, nil
}

func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); errors.Is(err, io.EOF) {
		return errors.New("an empty line")
	} else if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// eachLine calls f for every whole line of a file; a missing file has none. A last
// line without newline is what a crash left, or what another process is writing.
func eachLine(path string, f func([]byte) error) error {
	b, err := wholeFile(path)
	if err != nil {
		return fmt.Errorf("reading %q: %w", filepath.Base(path), err)
	}
	return wholeLines(filepath.Base(path), b, f)
}

// wholeLines calls f for every line of b; name stands in the errors.
func wholeLines(name string, b []byte, f func([]byte) error) error {
	n := 0
	for line := range bytes.Lines(b) {
		n++
		err := f(bytes.TrimSuffix(line, []byte("\n")))
		if len(line) > maxLine {
			err = fmt.Errorf("longer than %d MiB", maxLine>>20)
		}
		if err != nil {
			return fmt.Errorf("reading %s:%d: %w", name, n, err)
		}
	}
	return nil
}

// appendLine adds v as one line. It returns when the line is on the disk.
func appendLine(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) >= maxLine {
		return fmt.Errorf("a line of %d MiB: the limit is %d", len(b)>>20, maxLine>>20)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(writeLine(f, append(b, '\n')), f.Close())
}

func writeLine(f *os.File, b []byte) error {
	at, err := lineEnd(f)
	if err != nil {
		return err
	}
	if at+int64(len(b)) > maxIndex {
		return fmt.Errorf("%q would be larger than %d MiB", filepath.Base(f.Name()), maxIndex>>20)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		// A full disk may have taken half a line: give the room back.
		_ = f.Truncate(at)
	}
	return err
}

// lineEnd is where the last whole line ends. What stands behind it was never
// acknowledged and is cut off.
func lineEnd(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return size, err
	}
	from := max(0, size-maxLine)
	tail := make([]byte, 1)
	if _, err := f.ReadAt(tail, size-1); err != nil || tail[0] == '\n' {
		return size, err
	}
	tail = make([]byte, size-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return 0, err
	}
	end := from + int64(bytes.LastIndexByte(tail, '\n')+1)
	if end == from && from > 0 {
		return 0, fmt.Errorf("%q ends in more than %d MiB without a line", filepath.Base(f.Name()), maxLine>>20)
	}
	return end, f.Truncate(end)
}
