package oscal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/strict"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Row is one row of a crosswalk that was read: which requirement of which regime
// stands how to which provision.
type Row struct {
	Regime      plimsoll.RegimeID
	Requirement string
	regime.Mapping
}

const (
	mostBytes    = 16 << 20
	mostProblems = 20
	mostText     = 100 // bytes of an outside text in an error
	// standardNS is the namespace of the relations of OSCAL itself.
	standardNS = "http://csrc.nist.gov/ns/oscal"
)

// ReadMappings reads a mapping collection whose targets are provisions of an edition
// of EN 303 645. It is strict: a field that OSCAL 1.2 has not, a key that stands
// twice, a map of several controls, a qualifier, a relation without a counterpart
// (equivalent-to among them: to read it as "equal" would be an upgrade) or an unknown
// provision is an error with its place, and nothing is returned.
//
// A row that does not say who asserts it is a third party's. A row without a citation
// cites the collection. Confidence as a decimal number is not read.
func ReadMappings(b []byte, cat *catalog.Catalog) ([]Row, error) {
	d, err := parseMappings(b)
	if err != nil {
		return nil, fmt.Errorf("reading OSCAL mapping collection: %w", err)
	}
	r := &reader{cat: cat, cite: fmt.Sprintf("OSCAL mapping collection %q, version %s", view.Clean(d.Metadata.Title), view.Clean(d.Metadata.Version))}
	for i, m := range d.Mappings {
		r.mapping(fmt.Sprintf("mappings[%d]", i), m)
	}
	if len(d.Mappings) == 0 {
		r.problem("mappings", "there is none")
	}
	if len(r.problems) > 0 {
		return nil, fmt.Errorf("reading OSCAL mapping collection: %w", errors.Join(r.problems...))
	}
	return r.rows, nil
}

func parseMappings(b []byte) (*model.ReadDoc, error) {
	if len(b) > mostBytes {
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(b), mostBytes)
	}
	if !utf8.Valid(b) {
		return nil, errors.New("it is not UTF-8")
	}
	if !json.Valid(b) { // also refuses what follows the object, and too deep nesting
		var v any
		return nil, json.Unmarshal(b, &v)
	}
	// The names of OSCAL are in lower case, and the decoder would take others for them.
	if err := strict.Keys(b, "OSCAL", func(key string) bool { return key == strings.ToLower(key) }); err != nil {
		return nil, err
	}
	var f model.ReadFile
	if err := model.Strictly(b, &f); err != nil {
		return nil, err
	}
	if f.Doc.UUID == "" {
		return nil, errors.New("it has no mapping-collection with a uuid")
	}
	return &f.Doc, nil
}

// reader collects rows and problems.
type reader struct {
	cat      *catalog.Catalog
	cite     string
	rows     []Row
	problems []error
}

// problem notes what is wrong at a place; past the first few only that there is more.
func (r *reader) problem(place, format string, args ...any) {
	switch {
	case len(r.problems) < mostProblems:
		for i, a := range args {
			if s, ok := a.(string); ok {
				args[i] = view.Clip(s, mostText)
			}
		}
		r.problems = append(r.problems, fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...)))
	case len(r.problems) == mostProblems:
		r.problems = append(r.problems, errors.New("and more"))
	}
}

var regimeForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

func (r *reader) mapping(place string, m model.ReadMapping) {
	id := cmp.Or(value(m.Source.Props, "regime"), strings.TrimPrefix(strings.TrimSuffix(path.Base(m.Source.Href), ".json"), "catalog-"))
	if !regimeForm.MatchString(id) {
		r.problem(place+".source-resource", "%q is not the id of a regime", id)
		return
	}
	e := r.edition(m.Target)
	if e == "" {
		r.problem(place+".target-resource", "%q is no edition of EN 303 645: want a property edition, or an href that ends in %q or %q",
			m.Target.Href, StandardFile(plimsoll.EditionV2), StandardFile(plimsoll.EditionV3))
		return
	}
	if len(m.Maps) == 0 {
		r.problem(place+".maps", "there is none")
	}
	for i, x := range m.Maps {
		r.row(fmt.Sprintf("%s.maps[%d]", place, i), plimsoll.RegimeID(id), e, x)
	}
	r.gap(place, plimsoll.RegimeID(id), e, m)
}

func (r *reader) edition(t model.ReadResource) plimsoll.Edition {
	for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		if given := value(t.Props, "edition"); given == string(e) || given == "" && path.Base(t.Href) == StandardFile(e) {
			return e
		}
	}
	return ""
}

// value is that of a property of our namespace.
func value(ps []model.Property, name string) string {
	for _, p := range ps {
		if p.NS == namespace && p.Name == name {
			return p.Value
		}
	}
	return ""
}

func (r *reader) row(place string, id plimsoll.RegimeID, e plimsoll.Edition, x model.ReadMap) {
	row := Row{Regime: id, Mapping: regime.Mapping{Edition: e, By: regime.ThirdParty}}
	before := len(r.problems)
	if x.NS != "" && x.NS != standardNS && x.NS != namespace {
		r.problem(place+".ns", "relations of the namespace %q are not known", x.NS)
	}
	if i := slices.IndexFunc(relations, func(k relation) bool { return k.oscal == x.Relationship }); i >= 0 {
		row.Relation = relations[i].ours
	} else {
		r.problem(place+".relationship", "%q has no counterpart", x.Relationship)
	}
	if len(x.Qualifiers) > 0 {
		r.problem(place+".qualifiers", "a qualified map says less than its relation; it is not read")
	}
	if len(x.Sources) != 1 || len(x.Targets) != 1 {
		r.problem(place, "%d sources and %d targets: want one of each, since a relation of several is none of each pair", len(x.Sources), len(x.Targets))
		return
	}
	row.Requirement = r.requirement(place+".sources[0]", id, x.Sources[0])
	r.target(place+".targets[0]", x.Targets[0], &row)
	if by := value(x.Props, "asserted-by"); by != "" {
		row.By = r.by(place, by)
	}
	row.Cite = cmp.Or(value(x.Props, "cite"), model.Plain(x.Remarks), r.cite)
	if x.Confidence != nil {
		row.Confidence = r.confidence(place+".confidence-score", x.Confidence.Category)
	}
	if len(r.problems) == before {
		r.rows = append(r.rows, row)
	}
}

func (r *reader) by(place, s string) regime.By {
	by := regime.By(s)
	if !slices.Contains([]regime.By{regime.Official, regime.ThirdParty, regime.Ours}, by) {
		r.problem(place, "%q is nobody who asserts: want official, third-party or ours", s)
	}
	return by
}

func (r *reader) confidence(place, s string) regime.Confidence {
	c := regime.Confidence(s)
	if s != "" && !slices.Contains([]regime.Confidence{regime.High, regime.Medium, regime.Low}, c) {
		r.problem(place, "the category %q is not known: want high, medium or low", s)
	}
	return c
}

func (r *reader) requirement(place string, id plimsoll.RegimeID, x model.ReadItem) string {
	q := cmp.Or(value(x.Props, "requirement"), strings.TrimPrefix(x.ID, string(id)+"."))
	if x.Type != "control" {
		r.problem(place, "its type is %q, want control", x.Type)
	}
	if q == "" {
		r.problem(place, "it names no requirement")
	}
	return view.Clean(q)
}

func (r *reader) target(place string, x model.ReadItem, row *Row) {
	id, ours := strings.CutPrefix(x.ID, standardPrefix)
	if x.Type == guidelineItem {
		for n := range 15 {
			if overviewID(guidelineID(n)) == x.ID && n > 0 {
				row.Guideline = n
				return
			}
		}
		r.problem(place, "the statement %q is no guideline", x.ID)
		return
	}
	if x.Type != "control" {
		r.problem(place, "its type is %q, want control", x.Type)
		return
	}
	p, known := r.cat.Provision(plimsoll.ProvisionID(id))
	if known {
		_, known = p.Status[row.Edition]
	}
	if !ours || !known {
		r.problem(place, "%q is no provision of %s", x.ID, string(row.Edition))
		return
	}
	row.Provision = p.ID
}

// gap reads the requirements that relate to nothing.
func (r *reader) gap(place string, id plimsoll.RegimeID, e plimsoll.Edition, m model.ReadMapping) {
	if m.SourceGap == nil {
		return
	}
	said := map[string][]model.Property{}
	for _, p := range m.Props {
		if p.NS == namespace && p.Name == "gap" {
			c := requirementID(id, p.Value)
			said[c] = append(said[c], p)
		}
	}
	for i, s := range m.SourceGap.Unmapped {
		at := fmt.Sprintf("%s.source-gap-summary.unmapped-controls[%d]", place, i)
		if len(s.Matching) > 0 {
			r.problem(at, "a pattern names no control")
		}
		for _, c := range s.WithIDs {
			row := Row{Regime: id, Requirement: view.Clean(strings.TrimPrefix(c, string(id)+".")), Mapping: regime.Mapping{
				Edition: e, Relation: regime.NoRelation, By: regime.ThirdParty, Cite: r.cite,
			}}
			if ps := said[c]; len(ps) > 0 {
				row.By = r.by(at, cmp.Or(ps[0].Class, string(regime.ThirdParty)))
				row.Confidence = r.confidence(at, ps[0].Group)
				row.Cite = cmp.Or(model.Plain(ps[0].Remarks), r.cite)
				row.Requirement = view.Clean(ps[0].Value)
				said[c] = ps[1:]
			}
			r.rows = append(r.rows, row)
		}
	}
}
