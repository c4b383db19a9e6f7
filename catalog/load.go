package catalog

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/plimsoll-iot/plimsoll"
)

//go:embed data/*.yaml
var embedded embed.FS

// Load reads the embedded data. An error means that the program was built with
// broken data; it lists every problem with file and line.
func Load() (*Catalog, error) { return load(embedded) }

// files of the data and who reads them. Later readers may rely on what earlier
// ones have filed.
var files = []struct {
	name string
	read func(*loader, *object)
}{
	{"data/ixit.yaml", (*loader).ixit},
	{"data/facts.yaml", (*loader).facts},
	{"data/cop.yaml", (*loader).guidelines},
	{"data/en303645.yaml", (*loader).provisions},
	{"data/automation.yaml", (*loader).automation},
	{"data/ts103701.yaml", (*loader).groups},
	{"data/v3.yaml", (*loader).v3},
}

// loader is the state of one load: the catalog being filled, where each thing
// stands, and what is wrong.
type loader struct {
	*problems
	c      *Catalog
	places map[string]place // of every explainable id
	later  []func()         // checks that need all files
	conds  map[plimsoll.Edition]map[string]Condition
}

func load(fsys fs.FS) (*Catalog, error) {
	l := &loader{
		problems: &problems{},
		c:        &Catalog{index: newIndex()},
		places:   map[string]place{},
		conds:    map[plimsoll.Edition]map[string]Condition{},
	}
	for _, f := range files {
		o := readYAML(fsys, f.name, l.problems)
		f.read(l, o)
		o.done()
	}
	for _, check := range l.later {
		check()
	}
	if err := l.err(); err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	return l.c, nil
}

// file files an id; an id that stands twice is refused.
func (l *loader) file(id string, at place) {
	if first, twice := l.places[id]; twice {
		l.at(at, "id %q stands already at %s", id, first)
		return
	}
	l.places[id] = at
	l.c.index.ids = append(l.c.index.ids, id)
}

// afterwards runs a check when all files are read.
func (l *loader) afterwards(check func()) { l.later = append(l.later, check) }

// oneOf reads a text that must be one of a few.
func oneOf[T ~string](v value, all ...T) T {
	got := T(v.text())
	if v.absent() {
		return got
	}
	for _, a := range all {
		if got == a {
			return got
		}
	}
	v.p.at(v.at, "%q is not one of %v", got, all)
	return got
}
