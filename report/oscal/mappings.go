package oscal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// relation is one of them with its word in OSCAL.
type relation struct {
	ours  regime.Relation
	oscal string
}

// relations are the words of OSCAL for those of NIST IR 8477.
var relations = []relation{
	{regime.Equal, "equal-to"},
	{regime.SubsetOf, "subset-of"},
	{regime.SupersetOf, "superset-of"},
	{regime.Intersects, "intersects-with"},
	{regime.NoRelation, "no-relationship"},
}

func relationToken(r regime.Relation) (string, bool) {
	for _, x := range relations {
		if x.ours == r {
			return x.oscal, true
		}
	}
	return "", false
}

// errNoRow is for regimes of which nothing relates to the standard.
var errNoRow = errors.New("no requirement is mapped to a provision")

// Mappings writes the crosswalk: one mapping per regime and edition of EN 303 645.
// A requirement that relates to no provision goes to the gap summary of its regime's
// first mapping. A regime all of whose rows are gaps has no mapping, which the format
// does not allow; it is named in the remarks of the provenance.
func Mappings(rs []*regime.Regime, st Stamp) ([]byte, error) {
	meta, err := st.heading("Crosswalk of regimes to EN 303 645", "plimsoll.regime/1", "")
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL mapping collection: %w", err)
	}
	d := &model.MappingDoc{Metadata: meta, Provenance: model.Provenance{
		Method: "human", Rationale: "functional", Status: "draft",
		Description: model.Markup("How each requirement of a regime stands to a provision of EN 303 645, by the set relations of NIST IR 8477. " +
			"The property asserted-by says who says so: official (an authority published the pair), third-party, or ours."),
	}}
	var bare []string
	for _, r := range rs {
		ms, err := regimeMappings(r)
		if err != nil {
			return nil, fmt.Errorf("writing OSCAL mapping collection: %w", err)
		}
		if len(ms) == 0 && hasGap(r) {
			bare = append(bare, string(r.ID))
		}
		d.Mappings = append(d.Mappings, ms...)
	}
	if len(d.Mappings) == 0 {
		return nil, fmt.Errorf("writing OSCAL mapping collection: %w", errNoRow)
	}
	if len(bare) > 0 {
		d.Provenance.Remarks = model.Markup("No requirement relates to a provision: " + strings.Join(bare, ", "))
	}
	return finish("mapping-collection", &d.UUID, d)
}

func hasGap(r *regime.Regime) bool {
	for _, q := range r.Requirements {
		if len(q.Maps) > 0 {
			return true
		}
	}
	return false
}

// isGap reports whether a row names nothing that the requirement relates to.
func isGap(m regime.Mapping) bool { return m.Provision == "" && m.Guideline == 0 }

func regimeMappings(r *regime.Regime) ([]model.Mapping, error) {
	named, err := controlIDs(r)
	if err != nil {
		return nil, err
	}
	var out []model.Mapping
	at := map[plimsoll.Edition]int{}
	var gaps []model.Property
	var unmapped []string
	numbers := map[string]int{}
	for _, q := range r.Requirements {
		for _, m := range q.Maps {
			if isGap(m) {
				if m.Relation != regime.NoRelation {
					return nil, fmt.Errorf("requirement %q of %q: the relation %q has no provision", q.ID, r.ID, m.Relation)
				}
				gaps = append(gaps, gapProperty(q.ID, m)...)
				unmapped = append(unmapped, named[q])
				continue
			}
			rel, ok := relationToken(m.Relation)
			if !ok {
				return nil, fmt.Errorf("requirement %q of %q: the relation %q is not known", q.ID, r.ID, m.Relation)
			}
			i, known := at[m.Edition]
			if !known {
				i = len(out)
				at[m.Edition] = i
				out = append(out, emptyMapping(r.ID, m.Edition))
			}
			e := mapRow(named[q], q.ID, rel, m)
			key := strings.Join([]string{string(m.Edition), named[q], e.Targets[0].ID, rel}, "\x00")
			numbers[key]++
			e.UUID = newID("map", key, fmt.Sprint(numbers[key]))
			out[i].Maps = append(out[i].Maps, e)
		}
	}
	if len(out) > 0 && len(unmapped) > 0 {
		out[0].Gap = &model.GapSummary{UUID: newID("gap", string(r.ID)), Unmapped: []model.Selection{{WithIDs: unmapped}}}
		out[0].Props = gaps
	}
	return out, nil
}

func emptyMapping(id plimsoll.RegimeID, e plimsoll.Edition) model.Mapping {
	return model.Mapping{
		UUID:   newID("mapping", string(id), string(e)),
		Source: model.MappingResource{Type: "catalog", Href: CatalogFile(id), Props: props("regime", string(id))},
		Target: model.MappingResource{Type: "catalog", Href: StandardFile(e), Props: props("edition", string(e))},
	}
}

// gapProperty keeps who says that nothing corresponds, for which the gap summary has
// no place.
func gapProperty(requirement string, m regime.Mapping) []model.Property {
	out := props("gap", requirement)
	for i := range out {
		out[i].Class, out[i].Group = tokenOrNone(string(m.By)), tokenOrNone(string(m.Confidence))
		if m.Cite != "" {
			out[i].Remarks = model.Markup(m.Cite)
		}
	}
	return out
}

func tokenOrNone(s string) string {
	if s == "" {
		return ""
	}
	return model.Token(s)
}

func mapRow(control, requirement, relation string, m regime.Mapping) model.MapEntry {
	e := model.MapEntry{
		Relationship: relation,
		Sources:      []model.MappingItem{{Type: "control", ID: control, Props: props("requirement", requirement)}},
		Targets:      []model.MappingItem{{Type: "control", ID: provisionID(m.Provision)}},
		Props:        props("asserted-by", string(m.By), "cite", m.Cite),
		Remarks:      model.Markup(view.Joined("; ", "asserted by "+string(m.By), m.Cite)),
	}
	if m.Provision == "" {
		e.Targets = []model.MappingItem{{Type: guidelineItem, ID: overviewID(guidelineID(m.Guideline))}}
	}
	if m.Confidence != "" {
		e.Confidence = &model.Confidence{Category: string(m.Confidence)}
	}
	return e
}

// guidelineItem is the type of a mapped guideline: the format maps controls and
// statements and no groups, so that the overview of the group stands for it.
const guidelineItem = "statement"
