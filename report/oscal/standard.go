package oscal

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
)

// EN303645 writes an edition of the standard as a catalog: guidelines as groups,
// provisions as controls, test cases and units as assessment objectives. All text is
// that of our catalog; no sentence of the standard stands in it.
func EN303645(cat *catalog.Catalog, e plimsoll.Edition, st Stamp) ([]byte, error) {
	list := cat.Edition(e)
	if len(list) == 0 {
		return nil, fmt.Errorf("writing OSCAL catalog: the edition %q is not known", e)
	}
	meta, err := st.heading(editionName(e), string(e),
		"Ids are those of the standard; titles and text are in our own words. The text of the standard itself is not here.")
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL catalog of %s: %w", e, err)
	}
	d := &model.CatalogDoc{Metadata: meta}
	at := map[int]int{}
	for _, p := range list {
		i, ok := at[p.Guideline]
		if !ok {
			i = len(d.Groups)
			at[p.Guideline] = i
			d.Groups = append(d.Groups, guidelineGroup(cat, p.Guideline))
		}
		d.Groups[i].Controls = append(d.Groups[i].Controls, provisionControl(cat, e, p))
	}
	return finish("catalog", &d.UUID, d)
}

func guidelineGroup(cat *catalog.Catalog, n int) model.Group {
	g := model.Group{ID: guidelineID(n), Class: "guideline"}
	if cg, ok := cat.Guideline(n); ok {
		g.Title = model.Markup(cg.Title)
		g.Props = props("guideline", cg.ID, "clause", cg.Clause)
		g.Parts = []model.Part{{ID: overviewID(g.ID), Name: "overview", Prose: model.Markup(cg.Summary)}}
		return g
	}
	g.Title = map[int]string{0: "Reporting implementation", 14: "Data protection"}[n]
	g.Parts = []model.Part{{ID: overviewID(g.ID), Name: "overview", Prose: g.Title}}
	return g
}

func provisionControl(cat *catalog.Catalog, e plimsoll.Edition, p *catalog.Provision) model.Control {
	id := provisionID(p.ID)
	st := p.Status[e]
	c := model.Control{
		ID: id, Class: "provision", Title: model.Markup(p.Title),
		Props: append([]model.Property{{Name: "label", Value: model.Line(string(p.ID))}}, props(
			"status", st.Code, "mandatory", yes(st.Mandatory), "decided-by", p.Automation.Class, "replaces", joinIDs(p.Replaces),
		)...),
		Parts: []model.Part{{ID: statementID(id), Name: "statement", Prose: model.Markup(p.Summary[e])}},
	}
	for _, cond := range st.Conditions {
		c.Props = append(c.Props, props("condition", cond.Ref+": "+cond.Text)...)
	}
	if p.Guidance != "" {
		c.Parts = append(c.Parts, model.Part{ID: guidanceID(id), Name: "guidance", Prose: model.Markup(p.Guidance)})
	}
	for _, x := range cat.CasesUnder(e, p.ID) {
		c.Parts = append(c.Parts, caseObjective(x))
	}
	return c
}

func joinIDs[T ~string](list []T) string {
	var out []string
	for _, id := range list {
		out = append(out, string(id))
	}
	return strings.Join(out, " ")
}

// caseObjective is a test case with its units.
func caseObjective(x *catalog.Case) model.Part {
	o := model.Part{
		ID: objectiveID(string(x.ID)), Name: "assessment-objective", Title: model.Markup("Test case " + string(x.ID)), Prose: model.Markup(x.Purpose),
		Props: append([]model.Property{{Name: "label", Value: model.Line(string(x.ID))}}, props("kind", string(x.Kind))...),
	}
	for _, u := range x.Units {
		o.Parts = append(o.Parts, model.Part{
			ID: objectiveID(string(u.ID)), Name: "assessment-objective", Prose: model.Markup(u.Text),
			Props: append([]model.Property{{Name: "label", Value: model.Line(string(u.ID))}},
				props("decider", string(u.Decider), "question", u.Question, "provisional", yes(u.Provisional))...),
		})
	}
	return o
}
