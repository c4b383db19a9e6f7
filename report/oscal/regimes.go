package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Catalog writes a regime as a catalog: levels as groups, requirements as controls.
// A requirement of several levels stands in the first of them; its property "levels"
// names all, and a level names the one it includes.
func Catalog(r *regime.Regime, st Stamp) ([]byte, error) {
	named, err := controlIDs(r)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL catalog: %w", err)
	}
	meta, err := st.heading(r.Title, cmp.Or(r.Edition, "not stated"), paragraphs(
		"In our own words. The rules, the recognition of labels and the dates are carried as properties and parts of our namespace; "+
			"the regime itself is the authority.", uncertain(r)))
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL catalog of %q: %w", r.ID, err)
	}
	meta.Props = append(meta.Props, regimeProps(r)...)
	d := &model.CatalogDoc{Metadata: meta, BackMatter: papers(r)}
	at := map[string]int{}
	for _, l := range r.Levels {
		if _, twice := at[l.ID]; twice {
			return nil, fmt.Errorf("writing OSCAL catalog of %q: the level %q stands twice", r.ID, l.ID)
		}
		at[l.ID] = len(d.Groups)
		d.Groups = append(d.Groups, levelGroup(r.ID, l))
	}
	for _, q := range r.Requirements {
		c := requirementControl(named[q], q)
		i := slices.IndexFunc(r.Levels, func(l *regime.Level) bool { return slices.Contains(q.Levels, l.ID) })
		if i < 0 {
			d.Controls = append(d.Controls, c)
			continue
		}
		g := &d.Groups[at[r.Levels[i].ID]]
		g.Controls = append(g.Controls, c)
	}
	return finish("catalog", &d.UUID, d)
}

func uncertain(r *regime.Regime) string {
	if len(r.Uncertain) == 0 {
		return ""
	}
	return model.Markup("What nobody could check: " + strings.Join(r.Uncertain, "; "))
}

func regimeProps(r *regime.Regime) []model.Property {
	out := props(
		"regime", string(r.ID), "authority", r.Authority, "instrument", string(r.Instrument), "standard", string(r.Standard),
		"jurisdiction", strings.Join(r.Jurisdiction, " "), "markets", strings.Join(r.Markets, " "),
		"confidence", string(r.Confidence), "indicates-only", yes(r.Indicates),
	)
	for _, e := range r.Events {
		p := props("event", view.Joined(" ", e.Date, string(e.State), e.What))
		for i := range p {
			if e.Cite != "" {
				p[i].Remarks = model.Markup(e.Cite)
			}
		}
		out = append(out, p...)
	}
	for _, e := range r.Recognises {
		out = append(out, props("recognises", recognition(e))...)
	}
	return out
}

func recognition(e *regime.Edge) string {
	s := string(e.From)
	if len(e.FromLevels) > 0 {
		s += " at " + strings.Join(e.FromLevels, ", ")
	}
	if e.ToLevel != "" {
		s += " as " + e.ToLevel
	}
	force := "in force"
	if !e.Signed {
		force = "not in force"
	}
	return view.Joined("; ", s, force, e.Since, e.Condition, e.Cite, string(e.By), string(e.Confidence))
}

func levelID(r plimsoll.RegimeID, level string) string {
	return model.Token(string(r) + ".level." + level)
}

func levelGroup(r plimsoll.RegimeID, l *regime.Level) model.Group {
	g := model.Group{
		ID: levelID(r, l.ID), Class: "level", Title: model.Markup(cmp.Or(l.Name, l.ID)),
		Props: append([]model.Property{{Name: "label", Value: model.Line(l.ID)}},
			props("route", l.Route, "validity", string(l.Validity), "fee", l.Fee, "from", l.From, "cite", l.Cite)...),
	}
	if l.Includes != "" {
		g.Props = append(g.Props, props("includes", levelID(r, l.Includes))...)
	}
	return g
}

// papers are the documents that the regime asks for and its sources.
func papers(r *regime.Regime) *model.BackMatter {
	var b model.BackMatter
	for _, d := range r.Documents {
		res := model.Resource{
			UUID: newID("document", string(r.ID), d.ID), Title: model.Markup(d.Title),
			Props: props("document", d.ID, "languages", strings.Join(d.Languages, " "), "levels", strings.Join(d.Levels, " "),
				"retention", string(d.Retention), "cite", d.Cite),
		}
		for _, f := range d.Fields {
			need := "field"
			if f.Required {
				need = "required-field"
			}
			res.Props = append(res.Props, props(need, f.ID+": "+f.Text)...)
		}
		b.Resources = append(b.Resources, res)
	}
	for _, s := range r.Sources {
		b.Resources = append(b.Resources, model.Resource{UUID: newID("source", string(r.ID), s), Title: model.Markup(s), Props: props("source", "yes")})
	}
	if len(b.Resources) == 0 {
		return nil
	}
	return &b
}

func requirementControl(id string, q *regime.Requirement) model.Control {
	c := model.Control{
		ID: id, Class: "requirement", Title: model.Markup(q.Title),
		Props: append([]model.Property{{Name: "label", Value: model.Line(q.ID)}}, props(
			"cite", q.Cite, "asserted-by", string(q.By), "confidence", string(q.Confidence), "obligation", string(q.Obligation),
			"reading", reading(q), "levels", strings.Join(q.Levels, " "), "addresses", strings.Join(q.Addresses, " "),
			"from", q.From, "until", q.Until, "placed-from", q.Placed.From, "placed-before", q.Placed.Before,
		)...),
		Parts: []model.Part{{ID: statementID(id), Name: "statement", Prose: model.Markup(q.Title)}},
	}
	if q.Note != "" {
		c.Parts = append(c.Parts, model.Part{ID: guidanceID(id), Name: "guidance", Prose: model.Markup(q.Note)})
	}
	if q.Applies != nil {
		c.Parts = append(c.Parts, model.Part{ID: id + "_applies", Name: "applies", NS: namespace, Prose: model.Markup(ruleText(q.Applies))})
	}
	if q.Rule != nil {
		c.Parts = append(c.Parts, model.Part{ID: id + "_rule", Name: "rule", NS: namespace, Prose: model.Markup(ruleText(q.Rule))})
	}
	taken := map[string]bool{}
	for _, a := range asks(q.Rule) {
		if !taken[a.ID] {
			taken[a.ID] = true
			c.Parts = append(c.Parts, model.Part{
				ID: model.Token(id + "_obj." + a.ID), Name: "assessment-objective", Prose: model.Markup(a.Question),
				Props: props("ask", a.ID, "nearest-provision", string(a.Nearest)),
			})
		}
	}
	return c
}

// reading says what an answer of the rule is worth.
func reading(q *regime.Requirement) string {
	switch {
	case q.Rule == nil:
		return "indicates only"
	case q.Against:
		return "a failure is evidence against, never not satisfied"
	case q.Exact:
		return "the rule is the legal condition itself"
	}
	return "our reading"
}

// asks lists the questions of a rule in order.
func asks(r *regime.Rule) []*regime.AskAtom {
	if r == nil {
		return nil
	}
	if r.Ask != nil && r.Ask.Ask != nil {
		return []*regime.AskAtom{r.Ask.Ask}
	}
	var out []*regime.AskAtom
	for _, list := range [][]regime.Rule{r.All, r.Any} {
		for i := range list {
			out = append(out, asks(&list[i])...)
		}
	}
	return out
}

// ruleText says a rule in words.
func ruleText(r *regime.Rule) string {
	several := func(word string, list []regime.Rule) string {
		var out []string
		for i := range list {
			out = append(out, ruleText(&list[i]))
		}
		return word + " (" + strings.Join(out, "; ") + ")"
	}
	switch {
	case r.Provision != nil:
		return fmt.Sprintf("provision %s of %s has PASS", r.Provision.ID, r.Provision.Edition)
	case r.Unit != nil:
		return fmt.Sprintf("unit %s under %s has PASS", r.Unit.ID, r.Unit.Edition)
	case r.Fact != nil:
		return factText(r.Fact)
	case r.Label != nil:
		return strings.TrimSpace(fmt.Sprintf("a valid label of %s %s", r.Label.Scheme, r.Label.Level))
	case r.Ask != nil && r.Ask.Ask != nil:
		return fmt.Sprintf("a person answers %s with %s", r.Ask.Ask.ID, map[bool]string{true: "yes", false: "no"}[r.Ask.Is])
	case r.Requirement != nil:
		return view.Joined(" ", "requirement", string(r.Requirement.Regime), cmp.Or(r.Requirement.ID, "(all that are mandatory)"), "holds")
	case r.Any != nil:
		return several("any of", r.Any)
	}
	return several("all of", r.All)
}

func factText(f *regime.FactAtom) string {
	s := "fact " + string(f.ID)
	if f.Is != nil {
		s += fmt.Sprintf(" is %v", f.Is)
	}
	if len(f.In) > 0 {
		s += " is one of " + strings.Join(f.In, ", ")
	}
	if f.AtLeast != "" {
		s += " is at least " + f.AtLeast
	}
	if f.AtMost != "" {
		s += " is at most " + f.AtMost
	}
	return s
}

// LevelProfile writes what a level asks: its own requirements, those of the levels it
// includes, and those of every level.
func LevelProfile(r *regime.Regime, level string, st Stamp) ([]byte, error) {
	within, err := levelsWithin(r, level)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL profile of %q: %w", r.ID, err)
	}
	return profile(r.Title+", level "+level, []*regime.Regime{r}, st, func(q *regime.Requirement) bool {
		return len(q.Levels) == 0 || slices.ContainsFunc(q.Levels, func(l string) bool { return within[l] })
	})
}

// levelsWithin are a level and those it includes.
func levelsWithin(r *regime.Regime, level string) (map[string]bool, error) {
	within := map[string]bool{}
	for level != "" {
		l, ok := r.Level(level)
		if !ok {
			return nil, fmt.Errorf("the level %q is not known", level)
		}
		if within[level] {
			return nil, fmt.Errorf("the level %q includes itself", level)
		}
		within[level] = true
		level = l.Includes
	}
	return within, nil
}

// MarketProfile writes what the regimes of a market ask, each imported from its own
// catalog. Which level, and whether a regime catches the product at all, depends on
// the product and is no matter of a profile.
func MarketProfile(market string, rs []*regime.Regime, st Stamp) ([]byte, error) {
	var in []*regime.Regime
	for _, r := range rs {
		if slices.Contains(r.Markets, market) {
			in = append(in, r)
		}
	}
	return profile("Market "+market, in, st, func(*regime.Requirement) bool { return true })
}

func profile(title string, rs []*regime.Regime, st Stamp, in func(*regime.Requirement) bool) ([]byte, error) {
	var editions []string
	d := &model.ProfileDoc{Merge: model.Merge{AsIs: true}}
	for _, r := range rs {
		named, err := controlIDs(r)
		if err != nil {
			return nil, fmt.Errorf("writing OSCAL profile: %w", err)
		}
		var with []string
		for _, q := range r.Requirements {
			if in(q) {
				with = append(with, named[q])
			}
		}
		if len(with) > 0 {
			d.Imports = append(d.Imports, model.Importing{Href: CatalogFile(r.ID), Include: []model.Selection{{WithIDs: with}}})
			editions = append(editions, view.Joined(" ", string(r.ID), r.Edition))
		}
	}
	if len(d.Imports) == 0 {
		return nil, fmt.Errorf("writing OSCAL profile %q: %w", title, errNoRequirement)
	}
	var err error
	if d.Metadata, err = st.heading(title, strings.Join(editions, "; "), ""); err != nil {
		return nil, fmt.Errorf("writing OSCAL profile %q: %w", title, err)
	}
	return finish("profile", &d.UUID, d)
}

var errNoRequirement = errors.New("no regime has a requirement for it")
