package catalog

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
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
	read func(*loader, *strictyaml.Object)
}{
	{"data/ixit.yaml", (*loader).ixit},
	{"data/facts.yaml", (*loader).facts},
	{"data/cop.yaml", (*loader).guidelines},
	{"data/en303645.yaml", (*loader).provisions},
	{"data/automation.yaml", (*loader).automation},
	{"data/ts103701.yaml", (*loader).groups},
	{"data/v3.yaml", (*loader).v3},
	{"data/risks.yaml", (*loader).risks},
}

// loader is the state of one load: the catalog being filled, where each thing
// stands, and what is wrong.
type loader struct {
	*strictyaml.Problems
	c      *Catalog
	places map[string]strictyaml.Place // of every explainable id
	asked  map[string]strictyaml.Place // of every question
	later  []func()                    // checks that need all files
	conds  map[plimsoll.Edition]map[string]Condition
}

func load(fsys fs.FS) (*Catalog, error) {
	l := &loader{
		Problems: &strictyaml.Problems{},
		c:        &Catalog{index: newIndex()},
		places:   map[string]strictyaml.Place{},
		asked:    map[string]strictyaml.Place{},
		conds:    map[plimsoll.Edition]map[string]Condition{},
	}
	parsed, inFiles := parse(fsys)
	for i, f := range files {
		f.read(l, parsed[i])
		parsed[i].Done()
	}
	for _, check := range l.later {
		check()
	}
	all := make([]error, 0, len(files)+1)
	for _, p := range append(inFiles, l.Problems) {
		all = append(all, p.Err())
	}
	if err := errors.Join(all...); err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	return l.c, nil
}

// parse reads the files side by side: the YAML library takes longer than all the
// rest. Problems of form are collected apart, in the order of the files.
func parse(fsys fs.FS) ([]*strictyaml.Object, []*strictyaml.Problems) {
	objects := make([]*strictyaml.Object, len(files))
	problems := make([]*strictyaml.Problems, len(files))
	var wg sync.WaitGroup
	for i, f := range files {
		problems[i] = &strictyaml.Problems{}
		wg.Go(func() { objects[i] = strictyaml.Read(fsys, f.name, problems[i]) })
	}
	wg.Wait()
	return objects, problems
}

// file files an id; an id that stands twice is refused.
func (l *loader) file(id string, at strictyaml.Place) {
	if first, twice := l.places[id]; twice {
		l.At(at, "id %q stands already at %s", id, first)
		return
	}
	l.places[id] = at
	l.c.index.ids = append(l.c.index.ids, id)
}

// question reads the question of a unit. A question that stands twice is refused:
// a person could not tell what is being asked.
func (l *loader) question(v strictyaml.Value) string {
	q := v.Text()
	if first, twice := l.asked[q]; twice && q != "" {
		l.At(v.At, "the same question stands already at %s", first)
	}
	l.asked[q] = v.At
	return q
}

// afterwards runs a check when all files are read.
func (l *loader) afterwards(check func()) { l.later = append(l.later, check) }
