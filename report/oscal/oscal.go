// Package oscal writes OSCAL 1.2 JSON: the standard and each regime as catalogs, a
// market or a level as a profile, the product's claims as a component definition,
// what is tested as an assessment plan, what came out as assessment results, and the
// crosswalk as a mapping collection, which alone can be read back.
//
// The same arguments give the same bytes: identifiers are UUIDv5 of stable ids, times
// are arguments. OSCAL has no third verdict, no "or" and no recognition of labels;
// these are carried as properties in a namespace of our own, and the regimes and the
// assessment stay the authority. The package must never write "satisfied" for
// anything but PASS, and never pass a text from outside as markup.
package oscal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

const (
	oscalVersion = "1.2.1"
	// namespace is that of our properties; it is a name and leads nowhere.
	namespace = "https://github.com/plimsoll-iot/plimsoll/ns/oscal"
)

// The names under which the documents refer to each other. Whoever writes several
// puts them into one folder under these names.
const (
	ComponentFile = "component-definition.json"
	PlanFile      = "assessment-plan.json"
	ResultsFile   = "assessment-results.json"
	MappingsFile  = "mapping-collection.json"
)

// StandardFile is the name of the catalog of an edition of EN 303 645.
func StandardFile(e plimsoll.Edition) string { return "catalog-" + model.Token(string(e)) + ".json" }

// CatalogFile is the name of the catalog of a regime.
func CatalogFile(id plimsoll.RegimeID) string { return "catalog-" + model.Token(string(id)) + ".json" }

// Stamp is who writes a document that is not about an assessment, and when.
type Stamp struct {
	Tool plimsoll.Tool
	At   time.Time
}

// space is the name space of our UUIDs.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte(namespace))

// newID is the identifier of the thing that the names name.
func newID(names ...string) string {
	return uuid.NewSHA1(space, []byte(strings.Join(names, "\x00"))).String()
}

// finish writes a document. Its own identifier changes with its content, as OSCAL
// asks.
func finish(name string, id *string, doc any) ([]byte, error) {
	draft, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL %s: %w", name, err)
	}
	*id = newID(name, string(draft))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(map[string]any{name: doc}); err != nil {
		return nil, fmt.Errorf("writing OSCAL %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// instant writes a time as OSCAL has it. A time that OSCAL cannot hold is an error of
// whoever made it.
func instant(t time.Time) (string, error) {
	t = t.UTC()
	if y := t.Year(); y < 1900 || y > 2999 {
		return "", fmt.Errorf("the time %q is not between the years 1900 and 2999", t.Format(time.RFC3339))
	}
	return t.Format(time.RFC3339), nil
}

// heading makes the metadata of a document.
func (s Stamp) heading(title, version, remarks string) (model.Metadata, error) {
	at, err := instant(s.At)
	if err != nil {
		return model.Metadata{}, err
	}
	return model.Metadata{
		Title: model.Markup(title), LastModified: at, Version: model.Line(version), OSCALVersion: oscalVersion,
		Props:   props("tool", view.Joined(" ", s.Tool.Name, s.Tool.Version)),
		Remarks: remarks,
	}, nil
}

// paragraphs joins marked-up texts.
func paragraphs(ss ...string) string { return view.Joined("\n\n", ss...) }

// props makes properties of our namespace from names and values; an empty value
// makes none.
func props(pairs ...string) []model.Property {
	var out []model.Property
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, model.Property{Name: pairs[i], NS: namespace, Value: model.Line(pairs[i+1])})
		}
	}
	return out
}

// yes is the value of a property that is there or not.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// The ids of controls and what hangs on them.

const standardPrefix = "en303645."

func provisionID(id plimsoll.ProvisionID) string { return model.Token(standardPrefix + string(id)) }

func guidelineID(n int) string {
	switch n {
	case 0:
		return standardPrefix + "4"
	case 14:
		return standardPrefix + "6"
	}
	return fmt.Sprintf("%s5.%d", standardPrefix, n)
}

func statementID(control string) string { return control + "_smt" }

func overviewID(group string) string { return group + "_ovw" }

func guidanceID(control string) string { return control + "_gdn" }

func objectiveID(unit string) string { return model.Token("ts103701." + unit) }

func requirementID(r plimsoll.RegimeID, id string) string { return model.Token(string(r) + "." + id) }

// editionName is the title of an edition.
func editionName(e plimsoll.Edition) string {
	v := view.New(&plimsoll.Assessment{Edition: plimsoll.EditionInfo{Standard: e}}, &catalog.Catalog{}, "")
	return v.Standard()
}

// ids refuses two controls that would have the same id.
type ids map[string]string

func (s ids) take(id, what string) error {
	if first, twice := s[id]; twice && first != what {
		return fmt.Errorf("%q and %q would both be the control %q", first, what, id)
	}
	s[id] = what
	return nil
}

// controlIDs are the controls of a regime, and an error where two would be one.
func controlIDs(r *regime.Regime) (map[*regime.Requirement]string, error) {
	out, taken := map[*regime.Requirement]string{}, ids{}
	for _, q := range r.Requirements {
		out[q] = requirementID(r.ID, q.ID)
		if err := taken.take(out[q], q.ID); err != nil {
			return nil, fmt.Errorf("regime %q: %w", r.ID, err)
		}
	}
	return out, nil
}
