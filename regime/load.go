package regime

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

//go:embed */regime.yaml
var embedded embed.FS

// Set is the loaded regimes. It is read-only and safe for concurrent use.
type Set struct {
	Regimes []*Regime // by id

	byID map[plimsoll.RegimeID]*Regime
	cat  *catalog.Catalog
}

// Regime finds a regime by its id.
func (s *Set) Regime(id plimsoll.RegimeID) (*Regime, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Market lists the regimes of a market, in order of their ids.
func (s *Set) Market(name string) []*Regime {
	var out []*Regime
	for _, r := range s.Regimes {
		if slices.Contains(r.Markets, name) {
			out = append(out, r)
		}
	}
	return out
}

// Catalog is the catalog that the rules speak of.
func (s *Set) Catalog() *catalog.Catalog { return s.cat }

// Load reads the embedded regimes. An error means that the program was built with
// broken data; it lists every problem with file and line.
func Load(cat *catalog.Catalog) (*Set, error) {
	s, err := LoadFS(embedded, cat)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// loader is the state of one load.
type loader struct {
	*strictyaml.Problems
	cat   *catalog.Catalog
	set   *Set
	r     *Regime           // the one being read
	cites map[string]string // of the regime being read
	later []func()          // checks that need all regimes
	seen  map[plimsoll.RegimeID]strictyaml.Place
	at    places
}

// places remembers where things stand that later checks complain of.
type places struct {
	rules map[*Requirement]strictyaml.Place
}

// LoadFS reads the regimes of a file tree: */regime.yaml. The tree MUST be part of
// the program or of its tests: no limits are set. With an error the set holds what
// could be read, for those who mend the data.
func LoadFS(fsys fs.FS, cat *catalog.Catalog) (*Set, error) {
	names, err := fs.Glob(fsys, "*/regime.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the regimes: %w", err)
	}
	l := &loader{
		Problems: &strictyaml.Problems{},
		cat:      cat,
		set:      &Set{byID: map[plimsoll.RegimeID]*Regime{}, cat: cat},
		seen:     map[plimsoll.RegimeID]strictyaml.Place{},
		at:       places{rules: map[*Requirement]strictyaml.Place{}},
	}
	inFiles := make([]*strictyaml.Problems, len(names))
	for i, parsed := range parse(fsys, names, inFiles) {
		l.regime(path.Dir(names[i]), <-parsed)
	}
	slices.SortFunc(l.set.Regimes, func(a, b *Regime) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, check := range l.later {
		check()
	}
	l.circles()
	all := make([]error, 0, len(inFiles)+1)
	for _, p := range append(inFiles, l.Problems) {
		all = append(all, p.Err())
	}
	if err := errors.Join(all...); err != nil {
		return l.set, fmt.Errorf("reading the regimes: %w", err)
	}
	return l.set, nil
}

// parse reads the files side by side, while those that are parsed are read: the YAML
// library takes longer than all the rest. Problems of form are collected apart, in the
// order of the files; those of a file are complete when it is received.
func parse(fsys fs.FS, names []string, problems []*strictyaml.Problems) []chan *strictyaml.Object {
	out := make([]chan *strictyaml.Object, len(names))
	for i, name := range names {
		p, parsed := &strictyaml.Problems{}, make(chan *strictyaml.Object, 1)
		problems[i], out[i] = p, parsed
		go func() { parsed <- strictyaml.Read(fsys, name, p) }()
	}
	return out
}

// afterwards runs a check when all regimes are read.
func (l *loader) afterwards(check func()) { l.later = append(l.later, check) }
