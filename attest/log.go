package attest

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
)

// Schema is the identifier of the format of attestations.yaml.
const Schema = "plimsoll.attestations/1"

const header = `# Answers of persons, one entry each, signed. plimsoll ask adds to the end; an entry
# that is changed, removed or moved afterwards does not count, nor do those after it.
schema: ` + Schema + `
attestations:
`

// maxFile bounds attestations.yaml in bytes.
const maxFile = 4 << 20

// maxProblems bounds the list of problems of one file.
const maxProblems = 100

// Problem is one thing that is wrong in attestations.yaml. Its entry does not count.
type Problem struct {
	File string
	Line int
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// order is the order in which the fields of an entry are written.
var order = [...]string{
	"unit", "subject", "external", "fact", "countersigns", "verdict", "step", "note", "looked", "seen",
	"evidence", "confirms", "overrules", "person", "date", "previous", "key", "public_key", "signature",
}

// entry is one element of the list in attestations.yaml. A key's first entry carries
// the public key; the key id, which is signed, is its hash.
type entry struct {
	Attestation
	PublicKey string `json:"public_key,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// Load reads attestations.yaml and verifies every entry. A file that is not there
// has none. What a Problem names is not among the attestations. The caller MUST show
// the problems: they mean that the file was changed by something else than Append.
func Load(path string) ([]Attestation, []Problem, error) {
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the attestations: %w", err)
	}
	as, ps := Parse(filepath.Base(path), b)
	return as, ps, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%q is longer than %d MiB", filepath.Base(path), maxFile>>20)
	}
	return b, err
}

// Parse verifies the bytes of an attestations.yaml; name stands in the problems.
//
// The file is YAML, but Parse accepts only the one spelling that Append writes: a
// line for each field, its value as JSON on that line. So nothing of a signed entry
// can be written in two ways, and no alias, anchor, tag or second document exists.
//
// An entry counts when its form is right, its signature fits and the entry named by
// its field previous stands above it and counts. Only one may have no previous. Two
// that name the same previous are two branches that were merged. That an entry was
// cut off the end cannot be seen here: the statement of a bundle shows it.
func Parse(name string, b []byte) ([]Attestation, []Problem) {
	p := &reader{name: name, keys: map[string]crypto.PublicKey{}, counts: map[plimsoll.Digest]bool{}}
	if len(b) > maxFile {
		p.bad(1, "longer than %d MiB", maxFile>>20)
		return nil, p.problems
	}
	if len(b) == 0 {
		return nil, nil
	}
	rest, ok := p.header(lines(b))
	for ok && len(rest) > 0 && len(p.problems) < maxProblems {
		n := 1
		for n < len(rest) && !strings.HasPrefix(rest[n].text, "  - ") {
			n++
		}
		p.entry(rest[:n])
		rest = rest[n:]
	}
	if len(p.problems) >= maxProblems {
		p.bad(p.problems[len(p.problems)-1].Line, "more problems follow; the rest of the file was not read")
	}
	return p.out, p.problems
}

type line struct {
	n    int
	text string
}

// lines splits the file. A checkout may have put CR before LF.
func lines(b []byte) []line {
	var out []line
	for l := range bytes.Lines(b) {
		s := strings.TrimSuffix(strings.TrimSuffix(string(l), "\n"), "\r")
		out = append(out, line{len(out) + 1, s})
	}
	return out
}

type reader struct {
	name     string
	keys     map[string]crypto.PublicKey
	counts   map[plimsoll.Digest]bool // entries that count
	out      []Attestation
	problems []Problem
}

func (p *reader) bad(n int, format string, args ...any) {
	p.problems = append(p.problems, Problem{p.name, n, fmt.Sprintf(format, args...)})
}

func (p *reader) header(ls []line) ([]line, bool) {
	for len(ls) > 0 && strings.HasPrefix(ls[0].text, "#") {
		ls = ls[1:]
	}
	for _, want := range []string{"schema: " + Schema, "attestations:"} {
		if len(ls) == 0 || ls[0].text != want {
			n := 1
			if len(ls) > 0 {
				n = ls[0].n
			}
			p.bad(n, "want the line %q", want)
			return nil, false
		}
		ls = ls[1:]
	}
	return ls, true
}

func (p *reader) entry(ls []line) {
	before := len(p.problems)
	e := p.fields(ls)
	if len(p.problems) > before {
		return
	}
	at := ls[0].n
	if err := check(e.Attestation); err != nil {
		p.bad(at, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	if !p.sameText(e, ls) || !p.signed(e, at) || !p.linked(e, at) {
		return
	}
	p.counts[e.Digest] = true
	p.out = append(p.out, e.Attestation)
}

// fields decodes the lines of one entry.
func (p *reader) fields(ls []line) *entry {
	e := &entry{}
	have := map[string]bool{}
	for i, l := range ls {
		if len(p.problems) >= maxProblems {
			break
		}
		indent := "    "
		if i == 0 {
			indent = "  - "
		}
		body, ok := strings.CutPrefix(l.text, indent)
		name, value, colon := strings.Cut(body, ": ")
		switch {
		case !ok || !colon:
			p.bad(l.n, "want %q, a field, a colon and a value", indent)
			continue
		case !known(name):
			p.bad(l.n, "unknown field %q", name)
			continue
		case have[name]:
			p.bad(l.n, "field %q stands here twice", name)
			continue
		case len(value) > maxEntry:
			p.bad(l.n, "longer than %d KiB", maxEntry>>10)
			continue
		}
		have[name] = true
		d := json.NewDecoder(strings.NewReader(`{"` + name + `":` + value + `}`))
		d.DisallowUnknownFields()
		if err := d.Decode(e); err != nil {
			p.bad(l.n, "field %q: %v", name, err)
		}
	}
	return e
}

func known(name string) bool {
	for _, f := range order {
		if f == name {
			return true
		}
	}
	return false
}

// sameText demands that the entry stands exactly as Append would write it.
func (p *reader) sameText(e *entry, ls []line) bool {
	text, err := render(*e)
	if err != nil {
		p.bad(ls[0].n, "%v", err)
		return false
	}
	want := lines([]byte(text))
	for i, l := range ls {
		if i >= len(want) || l.text != want[i].text {
			p.bad(l.n, "not as it was written: the text was changed")
			return false
		}
	}
	if len(ls) < len(want) {
		p.bad(ls[len(ls)-1].n, "not as it was written: a line is missing")
		return false
	}
	return true
}

// signed verifies the signature of an entry and sets its digest.
func (p *reader) signed(e *entry, at int) bool {
	if e.PublicKey != "" {
		pub, err := key.ParsePublic(e.PublicKey)
		if err != nil {
			p.bad(at, "public_key: %v", err)
			return false
		}
		id, err := key.ID(pub)
		if err != nil || id != e.KeyID {
			p.bad(at, "public_key is that of key %q, but the entry names %q", id, e.KeyID)
			return false
		}
		p.keys[id] = pub
	}
	pub, ok := p.keys[e.KeyID]
	if !ok {
		p.bad(at, "key %q: no entry up to here carries its public key", e.KeyID)
		return false
	}
	canon, err := Canonical(e.Attestation)
	if err != nil {
		p.bad(at, "%v", err)
		return false
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(e.Signature)
	if err == nil {
		err = key.Verify(pub, key.Message(BodyType, canon), sig)
	}
	if err != nil {
		p.bad(at, "%v: the text was changed after signing", key.ErrSignature)
		return false
	}
	e.Digest = digest(canon)
	return true
}

// linked demands that the entry follows one that counts.
func (p *reader) linked(e *entry, at int) bool {
	switch {
	case p.counts[e.Digest]:
		p.bad(at, "stands here a second time")
	case e.Previous == "" && len(p.out) > 0:
		p.bad(at, "begins a second history: it belongs to another file, or the entries were moved")
	case e.Previous != "" && !p.counts[e.Previous]:
		p.bad(at, "follows entry %s, which does not stand above or does not count: an entry was changed, removed or moved", e.Previous)
	default:
		return true
	}
	return false
}

// render is the text of one entry in attestations.yaml.
func render(e entry) (string, error) {
	f, err := fields(e)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	indent := "  - "
	for _, name := range order {
		if v, ok := f[name]; ok {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, v)
			indent = "    "
		}
	}
	return b.String(), nil
}
