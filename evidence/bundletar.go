package evidence

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// Limits bound what Read accepts. A zero field takes the default.
type Limits struct {
	Bytes   int64 // of the whole file; default 1 GiB
	Entries int   // default 100,000
}

func (l Limits) or() Limits {
	if l.Bytes == 0 {
		l.Bytes = 1 << 30
	}
	if l.Entries == 0 {
		l.Entries = 100_000
	}
	return l
}

// parts are the files of a bundle, parsed.
type parts struct {
	declaration, attestations, assessment, statement []byte

	records   []Record
	runs      []plimsoll.Run
	blobs     map[plimsoll.Digest][]byte
	artefacts map[plimsoll.Digest][]byte
	names     []namedDigest // of the artefacts, by name
}

type file struct {
	name string
	data []byte
}

// files are the files in the order of the archive.
func (p *parts) files() ([]file, error) {
	index, err := jsonLines(p.records)
	if err != nil {
		return nil, err
	}
	runs, err := jsonLines(p.runs)
	if err != nil {
		return nil, err
	}
	out := []file{{fileDeclaration, p.declaration}, {fileIndex, index}, {fileRuns, runs}, {fileStatement, p.statement}}
	if p.attestations != nil {
		out = append(out, file{fileAttestations, p.attestations})
	}
	if p.assessment != nil {
		out = append(out, file{fileAssessment, p.assessment})
	}
	for d, b := range p.blobs {
		h := strings.TrimPrefix(string(d), "sha256:")
		out = append(out, file{dirBlobs + h[:2] + "/" + h, b})
	}
	for d, b := range p.artefacts {
		out = append(out, file{dirArtefacts + strings.TrimPrefix(string(d), "sha256:"), b})
	}
	slices.SortFunc(out, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func jsonLines[T any](values []T) ([]byte, error) {
	var b bytes.Buffer
	for _, v := range values {
		line, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encoding a line: %w", err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// write is the one spelling of a bundle: USTAR, sorted, no times, no owners.
func (p *parts) write(ctx context.Context, w io.Writer) error {
	files, err := p.files()
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: 0o644, Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if _, err := t.Write(f.data); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return t.Close()
}

// Read reads a bundle and verifies it: names, digests, the statement, its signature,
// and that packing again what was parsed gives the same bytes. Whatever is not
// exactly as Pack writes it is ErrTampered, and the error names what differs; a
// failing reader and a limit are other errors. It holds the bundle in memory.
func Read(ctx context.Context, r io.Reader, limits Limits) (*Bundle, error) {
	limits = limits.or()
	raw, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the bundle: %w", err)
	}
	if int64(len(raw)) > limits.Bytes {
		return nil, fmt.Errorf("reading the bundle: larger than %d bytes", limits.Bytes)
	}
	p, err := parseTar(ctx, raw, limits.Entries)
	if err != nil {
		return nil, err
	}
	b, err := openStatement(ctx, p)
	if err != nil {
		return nil, tampered(err)
	}
	c := &comparer{want: raw}
	if err := p.write(ctx, c); err != nil {
		return nil, tampered(err)
	}
	if c.at != len(raw) {
		return nil, tampered(fmt.Errorf("%d bytes follow the end", len(raw)-c.at))
	}
	return b, nil
}

func tampered(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("reading the bundle: %w: %w", err, ErrTampered)
}

// comparer fails at the first byte that is not the next of want.
type comparer struct {
	want []byte
	at   int
}

func (c *comparer) Write(b []byte) (int, error) {
	if len(b) > len(c.want)-c.at || !bytes.Equal(b, c.want[c.at:c.at+len(b)]) {
		return 0, fmt.Errorf("packed again, it differs from byte %d on", c.at+common(b, c.want[c.at:]))
	}
	c.at += len(b)
	return len(b), nil
}

// common is the length of the common beginning of a and b.
func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func parseTar(ctx context.Context, raw []byte, entries int) (*parts, error) {
	p := &parts{blobs: map[plimsoll.Digest][]byte{}, artefacts: map[plimsoll.Digest][]byte{}}
	under := bytes.NewReader(raw)
	t := tar.NewReader(under)
	last := ""
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, tampered(err)
		}
		if n >= entries {
			return nil, fmt.Errorf("reading the bundle: more than %d files", entries)
		}
		if h.Typeflag != tar.TypeReg || h.Format != tar.FormatUSTAR {
			return nil, tampered(fmt.Errorf("%q is not a plain USTAR file", h.Name))
		}
		if h.Name <= last {
			return nil, tampered(fmt.Errorf("%q stands out of order or twice", h.Name))
		}
		last = h.Name
		// The file is a piece of raw: nothing is copied.
		from := int64(len(raw)) - int64(under.Len())
		if h.Size < 0 || h.Size > int64(under.Len()) {
			return nil, tampered(fmt.Errorf("%q is cut short", h.Name))
		}
		if err := p.put(h.Name, raw[from:from+h.Size:from+h.Size]); err != nil {
			return nil, tampered(err)
		}
	}
	if err := p.complete(); err != nil {
		return nil, tampered(err)
	}
	return p, nil
}

// put takes one file of the archive.
func (p *parts) put(name string, data []byte) error {
	plain := map[string]*[]byte{
		fileDeclaration: &p.declaration, fileAttestations: &p.attestations,
		fileAssessment: &p.assessment, fileStatement: &p.statement,
	}
	if at, ok := plain[name]; ok {
		*at = data
		return nil
	}
	switch name {
	case fileIndex:
		p.records = []Record{}
		return wholeLines(name, data, func(line []byte) error {
			r, err := parseRecord(line)
			p.records = append(p.records, r)
			return err
		})
	case fileRuns:
		p.runs = []plimsoll.Run{}
		return wholeLines(name, data, func(line []byte) error {
			r, err := parseRun(line)
			p.runs = append(p.runs, r)
			return err
		})
	}
	return p.putAddressed(name, data)
}

// putAddressed takes a file whose name is its digest.
func (p *parts) putAddressed(name string, data []byte) error {
	to, hex := p.artefacts, ""
	if h, ok := strings.CutPrefix(name, dirArtefacts); ok {
		hex = h
	} else if h, ok := strings.CutPrefix(name, dirBlobs); ok {
		fan, rest, _ := strings.Cut(h, "/")
		if len(fan) == 2 && strings.HasPrefix(rest, fan) {
			hex, to = rest, p.blobs
		}
	}
	d := plimsoll.Digest("sha256:" + hex)
	if !ValidDigest(d) {
		return fmt.Errorf("%q is no name of a file in a bundle", name)
	}
	if DigestOf(data) != d {
		return fmt.Errorf("%s was changed", name)
	}
	to[d] = data
	return nil
}

// complete demands the files that every bundle has and exactly the blobs that its
// records name.
func (p *parts) complete() error {
	for name, missing := range map[string]bool{
		fileDeclaration: p.declaration == nil, fileIndex: p.records == nil,
		fileRuns: p.runs == nil, fileStatement: p.statement == nil,
	} {
		if missing {
			return fmt.Errorf("%s is missing", name)
		}
	}
	want := packed(p.records)
	for _, d := range want {
		if _, ok := p.blobs[d]; !ok {
			return fmt.Errorf("blob %s is missing", d)
		}
	}
	if len(want) != len(p.blobs) {
		return fmt.Errorf("%d blobs that no record names", len(p.blobs)-len(want))
	}
	return nil
}
