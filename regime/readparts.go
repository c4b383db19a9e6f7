package regime

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

func (l *loader) routeRules(r *Regime, v strictyaml.Value) {
	for _, e := range v.List() {
		o := e.Object()
		rr := RouteRule{
			What: o.Need("what").Text(), Route: o.Need("route").Text(), Cite: l.cite(o),
			Levels: l.levelNames(r, o.Get("levels")), When: l.rule(o.Need("when")),
		}
		l.known(o.At, "route", []string{rr.Route}, routes)
		o.Done()
		r.Routes = append(r.Routes, rr)
	}
}

func (l *loader) documents(r *Regime, v strictyaml.Value) {
	for _, e := range v.List() {
		o := e.Object()
		d := &Document{
			ID: o.Need("id").Text(), Title: o.Need("title").Text(), Cite: l.cite(o),
			Levels:    l.levelNames(r, o.Get("levels")),
			Languages: strictyaml.Texts[string](o.Get("languages")),
			Retention: l.period(o.Get("retention")),
			For:       strictyaml.Texts[string](o.Get("for")),
			From:      l.date(o.Get("from")),
			Placed:    r.Placed,
		}
		if o.Has("placed") {
			d.Placed = l.placed(o.Get("placed"))
		}
		if len(d.For) > 0 && (d.From != "" || o.Has("placed")) {
			l.At(o.At, "document %q takes its days from the requirements it is for: write no others", d.ID)
		}
		at := o.Get("for").At
		l.afterwards(func() {
			for _, id := range d.For {
				if _, ok := r.Requirement(id); !ok {
					l.At(at, "document %q is for the unknown requirement %q", d.ID, id)
				}
			}
		})
		for _, s := range d.Languages {
			if !languageForm.MatchString(s) {
				l.At(o.Get("languages").At, "language %q is not a code such as en", s)
			}
		}
		if _, twice := r.Document(d.ID); twice {
			l.At(o.At, "document %q stands twice", d.ID)
		}
		for _, f := range o.Get("fields").List() {
			d.Fields = append(d.Fields, l.field(d, f.Object()))
		}
		o.Done()
		r.Documents = append(r.Documents, d)
	}
}

func (l *loader) field(d *Document, o *strictyaml.Object) DocumentField {
	f := DocumentField{
		ID: o.Need("id").Text(), Text: o.Need("text").Text(),
		Required: o.Get("required").Bool(), If: o.Get("if").Text(), Cite: d.Cite,
	}
	if o.Has("cite") {
		f.Cite = l.cite(o)
	}
	if f.Required && f.If != "" {
		l.At(o.At, "field %q is required always or if something, not both", f.ID)
	}
	if slices.ContainsFunc(d.Fields, func(g DocumentField) bool { return g.ID == f.ID }) {
		l.At(o.At, "field %q stands twice", f.ID)
	}
	o.Done()
	return f
}

// duties reads what must be reported and whom a supplier needs.
func (l *loader) duties(r *Regime, o *strictyaml.Object) {
	for _, e := range o.Get("reports").List() {
		p := e.Object()
		rep := Report{
			What: p.Need("what").Text(), Trigger: p.Need("trigger").Text(), To: p.Need("to").Text(),
			Within: p.Need("within").Text(), From: l.date(p.Get("from")), Cite: l.cite(p),
		}
		if _, err := ParseTerm(rep.Within); err != nil {
			l.At(p.At, "within: %v", err)
		}
		p.Done()
		r.Reports = append(r.Reports, rep)
	}
	for _, e := range o.Get("roles").List() {
		p := e.Object()
		r.Roles = append(r.Roles, Role{ID: p.Need("id").Text(), What: p.Need("what").Text(), Cite: l.cite(p)})
		p.Done()
	}
}

func (l *loader) requirements(r *Regime, v strictyaml.Value) {
	for _, e := range v.List() {
		o := e.Object()
		q := l.requirement(r, o)
		if _, twice := r.Requirement(q.ID); twice {
			l.At(o.At, "requirement %q stands twice", q.ID)
		}
		l.at.rules[q] = o.At
		r.Requirements = append(r.Requirements, q)
		o.Done()
	}
}

func (l *loader) requirement(r *Regime, o *strictyaml.Object) *Requirement {
	q := &Requirement{
		ID: o.Need("id").Text(), Title: o.Need("title").Text(), Cite: l.cite(o),
		By:         strictyaml.OneOf(o.Need("by"), Official, ThirdParty, Ours),
		Confidence: or(strictyaml.OneOf(o.Get("confidence"), High, Medium, Low), r.Confidence),
		Obligation: or(strictyaml.OneOf(o.Get("obligation"), Mandatory, Recommended, Informative), Mandatory),
		Exact:      o.Get("exact").Bool(),
		Against:    o.Get("against").Bool(),
		Levels:     l.levelNames(r, o.Get("levels")),
		Addresses:  strictyaml.Texts[string](o.Get("addresses")),
		Placed:     r.Placed,
		Applies:    l.optionalCondition(o.Get("applies")),
		Rule:       l.optionalRule(o.Get("rule")),
		Note:       o.Get("note").Text(),
	}
	q.From, q.Until = l.span(o, "from", "until")
	if o.Has("placed") {
		q.Placed = l.placed(o.Get("placed"))
	}
	for _, m := range o.Get("maps").List() {
		q.Maps = append(q.Maps, l.mapping(r, q, m.Object()))
	}
	l.known(o.At, "addressee", q.Addresses, addressees)
	for _, c := range []struct {
		bad  bool
		text string
	}{
		{!itemForm.MatchString(q.ID), "the id is letters, digits and . _ ( ) / -"},
		{q.Rule == nil && !r.Indicates, "a rule is missing"},
		{q.Rule != nil && r.Indicates, "a regime that only indicates has maps, not rules"},
		{q.Exact && q.By != Official, "exact is for rules that the authority itself gives: by is " + string(q.By)},
		{q.Exact && q.Rule != nil && q.Rule.rests(), "exact is for a rule that stands on its own, not on another requirement"},
		{q.Exact && q.Against, "exact and against exclude each other"},
		{strings.Contains(q.Cite, "memory") && q.Confidence != Low, "a cite from memory has low confidence"},
	} {
		if c.bad {
			l.At(o.At, "requirement %q: %s", q.ID, c.text)
		}
	}
	return q
}

func or[T ~string](a, b T) T {
	if a == "" {
		return b
	}
	return a
}

func (l *loader) mapping(r *Regime, q *Requirement, o *strictyaml.Object) Mapping {
	m := Mapping{
		Provision:  plimsoll.ProvisionID(o.Get("provision").Text()),
		Guideline:  o.Get("guideline").Int(),
		Relation:   strictyaml.OneOf(o.Need("relation"), Equal, SubsetOf, SupersetOf, Intersects, NoRelation),
		By:         strictyaml.OneOf(o.Need("by"), Official, ThirdParty, Ours),
		Cite:       l.cite(o),
		Confidence: or(strictyaml.OneOf(o.Get("confidence"), High, Medium, Low), q.Confidence),
	}
	m.Edition = or(l.edition(o.Get("edition"), r), plimsoll.EditionV3)
	if m.Provision != "" {
		l.checkProvision(o.At, m.Provision, m.Edition)
	}
	if _, ok := l.cat.Guideline(m.Guideline); m.Guideline != 0 && !ok {
		l.At(o.At, "unknown guideline %d", m.Guideline)
	}
	if both, none := m.Provision != "" && m.Guideline != 0, m.Provision == "" && m.Guideline == 0; both || none && m.Relation != NoRelation {
		l.At(o.At, "a mapping names a provision or a guideline")
	}
	o.Done()
	return m
}

func (l *loader) edition(v strictyaml.Value, r *Regime) plimsoll.Edition {
	return or(strictyaml.OneOf(v, plimsoll.EditionV2, plimsoll.EditionV3), r.Standard)
}

func (l *loader) edge(r *Regime, o *strictyaml.Object) {
	from := o.Need("from")
	e := &Edge{
		From:         plimsoll.RegimeID(from.Text()),
		FromLevels:   strictyaml.Texts[string](o.Get("levels")),
		ToLevel:      o.Get("to").Text(),
		Requirements: strictyaml.Texts[string](o.Get("requirements")),
		Effect:       o.Need("effect").Text(),
		Since:        l.date(o.Get("since")),
		Condition:    o.Get("condition").Text(),
		Cite:         l.cite(o),
		By:           strictyaml.OneOf(o.Need("by"), Official, ThirdParty, Ours),
		Confidence:   strictyaml.OneOf(o.Need("confidence"), High, Medium, Low),
		Exact:        o.Get("exact").Bool(),
		Signed:       o.Get("signed").Bool(),
	}
	if w := o.Get("when"); !w.Absent() {
		rule := l.rule(w)
		e.When = &rule
	}
	o.Done()
	if e.Signed && e.Since == "" {
		l.At(o.At, "a signed recognition has a day since which it holds")
	}
	if e.Exact && (e.By != Official || r.Instrument != Law) {
		l.At(o.At, "exact is for a law that deems, by official")
	}
	if _, ok := r.Level(e.ToLevel); e.ToLevel != "" && !ok {
		l.At(o.At, "unknown level %q of %s", e.ToLevel, r.ID)
	}
	for _, id := range e.Requirements {
		if _, ok := r.Requirement(id); !ok {
			l.At(o.At, "unknown requirement %q", id)
		}
	}
	if e.From == r.ID {
		l.At(from.At, "a regime does not recognise its own label")
	}
	l.afterwards(func() {
		l.checkLabel(from.At, e.From, e.Signed, e.FromLevels...)
	})
	r.Recognises = append(r.Recognises, e)
}

// checkLabel complains of a label that no regime issues.
func (l *loader) checkLabel(at strictyaml.Place, scheme plimsoll.RegimeID, held bool, levels ...string) {
	s, ok := l.set.byID[scheme]
	if !ok {
		l.At(at, "unknown scheme %q", scheme)
		return
	}
	if held && s.Instrument != Label {
		l.At(at, "%s is a %s and issues no label", scheme, s.Instrument)
	}
	for _, level := range levels {
		if _, ok := s.Level(level); level != "" && !ok {
			l.At(at, "unknown level %q of %s", level, scheme)
		}
	}
}
