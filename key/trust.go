package key

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// TrustSchema is the identifier of the trust file format.
const TrustSchema = "plimsoll.trust/1"

// maxTrust bounds a trust file in bytes, maxTrustLine one of its lines, and
// maxTrustFlow its brackets and braces: the YAML parser takes time in the square
// of the depth.
const (
	maxTrust     = 64 << 10
	maxTrustLine = 1 << 10
	maxTrustFlow = 1 << 10
)

// Trusted is a key that the user knows: whose it is and what for.
type Trusted struct {
	ID   string
	Name string
	Role string
}

// Trust is the list of the keys that the user knows. A nil Trust knows none.
type Trust struct{ keys map[string]Trusted }

// Known tells whose key it is. A key that is not known is not false: its
// signature fits, and the caller should say that nobody vouches for it.
func (t *Trust) Known(keyID string) (Trusted, bool) {
	if t == nil {
		return Trusted{}, false
	}
	k, ok := t.keys[keyID]
	return k, ok
}

// LoadTrust reads a trust file:
//
//	schema: plimsoll.trust/1
//	keys:
//	  - {id: "SHA256:…", name: Jane Doe, role: assessor}
//
// The error names every problem with file:line.
func LoadTrust(path string) (*Trust, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the trust file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTrust+1))
	if err != nil {
		return nil, fmt.Errorf("reading the trust file: %w", err)
	}
	return ParseTrust(filepath.Base(path), b)
}

// ParseTrust reads the bytes of a trust file; name stands in the errors.
func ParseTrust(name string, b []byte) (*Trust, error) {
	p := &trustParser{name: name, out: &Trust{keys: map[string]Trusted{}}}
	if err := p.bounds(b); err != nil {
		return nil, err
	}
	f, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(f.Docs) != 1 {
		return nil, fmt.Errorf("%s: %d YAML documents, want 1", name, len(f.Docs))
	}
	p.file(f.Docs[0].Body)
	if err := errors.Join(p.errs...); err != nil {
		return nil, err
	}
	return p.out, nil
}

type trustParser struct {
	name string
	out  *Trust
	errs []error
}

func (p *trustParser) bounds(b []byte) error {
	if len(b) > maxTrust {
		return fmt.Errorf("%s: longer than %d KiB", p.name, maxTrust>>10)
	}
	if n := bytes.Count(b, []byte("[")) + bytes.Count(b, []byte("{")); n > maxTrustFlow {
		return fmt.Errorf("%s: %d brackets and braces, want at most %d", p.name, n, maxTrustFlow)
	}
	n := 0
	for line := range bytes.Lines(b) {
		if n++; len(line) > maxTrustLine {
			return fmt.Errorf("%s:%d: longer than %d bytes", p.name, n, maxTrustLine)
		}
	}
	return nil
}

func (p *trustParser) bad(n ast.Node, format string, args ...any) {
	line := 1
	if n != nil && n.GetToken() != nil {
		line = n.GetToken().Position.Line
	}
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s", p.name, line, fmt.Sprintf(format, args...)))
}

// fields reads a mapping whose keys are all among want.
func (p *trustParser) fields(n ast.Node, want ...string) map[string]ast.Node {
	out := map[string]ast.Node{}
	m, ok := n.(ast.MapNode)
	if !ok {
		p.bad(n, "want a mapping with the keys %s", strings.Join(want, ", "))
		return out
	}
	known := map[string]bool{}
	for _, w := range want {
		known[w] = true
	}
	for it := m.MapRange(); it.Next(); {
		k := it.Key().GetToken().Value
		if !known[k] {
			p.bad(it.Key(), "unknown key %q: want %s", k, strings.Join(want, ", "))
			continue
		}
		out[k] = it.Value()
	}
	return out
}

func (p *trustParser) text(n ast.Node) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	if n != nil {
		p.bad(n, "want text")
	}
	return ""
}

func (p *trustParser) file(n ast.Node) {
	top := p.fields(n, "schema", "keys")
	if s := p.text(top["schema"]); s != TrustSchema {
		p.bad(top["schema"], "schema %q: want %s", s, TrustSchema)
	}
	seq, ok := top["keys"].(*ast.SequenceNode)
	if !ok {
		p.bad(top["keys"], "keys: want a list")
		return
	}
	for _, item := range seq.Values {
		p.key(item)
	}
}

func (p *trustParser) key(n ast.Node) {
	f := p.fields(n, "id", "name", "role")
	k := Trusted{ID: p.text(f["id"]), Name: p.text(f["name"]), Role: p.text(f["role"])}
	_, twice := p.out.keys[k.ID]
	switch {
	case !ValidID(k.ID):
		p.bad(n, "id %q: want SHA256: and 43 characters, as plimsoll key show prints it", k.ID)
	case twice:
		p.bad(n, "id %q stands here twice", k.ID)
	case k.Name == "":
		p.bad(n, "key %q: want a name", k.ID)
	default:
		p.out.keys[k.ID] = k
	}
}
