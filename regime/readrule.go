package regime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// mandatoryProvisions stands for every mandatory provision of the edition.
const mandatoryProvisions = "mandatory"

// rule reads a rule and refuses what contradicts itself.
func (l *loader) rule(v strictyaml.Value) Rule {
	r := l.node(v, 0)
	l.contradictions(v.At, r)
	return r
}

// condition reads a rule that says for which products something is. A label is not
// one of them: to give one up must never shorten what is owed.
func (l *loader) condition(v strictyaml.Value) Rule {
	r := l.rule(v)
	r.walk(func(n *Rule) {
		if n.Label != nil {
			l.At(v.At, "a label does not decide what applies: it stands in the rule of a requirement")
		}
	})
	return r
}

func (l *loader) optionalCondition(v strictyaml.Value) *Rule {
	if v.Absent() {
		return nil
	}
	r := l.condition(v)
	return &r
}

func (l *loader) optionalRule(v strictyaml.Value) *Rule {
	if v.Absent() {
		return nil
	}
	r := l.rule(v)
	return &r
}

// maxDepth bounds the nesting of rules: deeper ones nobody can read.
const maxDepth = 8

// atoms of a rule by the key that names them; all and any nest.
var atoms = []struct {
	key  string
	read func(*loader, *strictyaml.Object, strictyaml.Value) Rule
}{
	{"provision", (*loader).provisionAtom},
	{"provisions", (*loader).provisionAtoms},
	{"unit", (*loader).unitAtom},
	{"units", (*loader).unitAtoms},
	{"fact", (*loader).factAtom},
	{"label", (*loader).labelAtom},
	{"ask", (*loader).askAtom},
	{"requirement", (*loader).requirementAtom},
}

func (l *loader) node(v strictyaml.Value, depth int) Rule {
	if v.Absent() {
		return Rule{}
	}
	o := v.Object()
	var out Rule
	var found []string
	if o.Has("all") {
		found, out.All = append(found, "all"), l.nodes(o.Need("all"), depth)
	}
	if o.Has("any") {
		found, out.Any = append(found, "any"), l.nodes(o.Need("any"), depth)
	}
	for _, f := range atoms {
		if o.Has(f.key) {
			found = append(found, f.key)
			out = f.read(l, o, o.Need(f.key))
		}
	}
	o.Done()
	switch {
	case len(found) == 0:
		l.At(o.At, "the rule is empty: want one of all, any, provision, provisions, unit, units, fact, label, ask, requirement")
	case len(found) > 1:
		l.At(o.At, "a rule is one of %s", strings.Join(found, " and "))
	case depth > maxDepth:
		l.At(o.At, "the rule is nested too deep")
	}
	return out
}

func (l *loader) nodes(v strictyaml.Value, depth int) []Rule {
	out := []Rule{}
	if depth > maxDepth {
		return out
	}
	for _, e := range v.List() {
		out = append(out, l.node(e, depth+1))
	}
	return out
}

func (l *loader) checkProvision(at strictyaml.Place, id plimsoll.ProvisionID, e plimsoll.Edition) {
	p, ok := l.cat.Provision(id)
	if !ok {
		l.At(at, "unknown provision %q", id)
		return
	}
	if _, in := p.Status[e]; !in && e != "" {
		l.At(at, "provision %q is not in %s (replaces %v, replaced by %v)", id, e, p.Replaces, p.ReplacedBy)
	}
}

// pinned reads the edition of an atom; the default is that of the regime.
func (l *loader) pinned(o *strictyaml.Object) plimsoll.Edition {
	e := l.edition(o.Get("edition"), l.r)
	if e == "" {
		l.At(o.At, "the regime names no standard: give the edition here")
	}
	return e
}

func (l *loader) provisionAtom(o *strictyaml.Object, v strictyaml.Value) Rule {
	a := &ProvisionAtom{ID: plimsoll.ProvisionID(v.Text()), Edition: l.pinned(o)}
	l.checkProvision(v.At, a.ID, a.Edition)
	return Rule{Provision: a}
}

func (l *loader) provisionAtoms(o *strictyaml.Object, v strictyaml.Value) Rule {
	e := l.pinned(o)
	out := Rule{All: []Rule{}}
	add := func(id plimsoll.ProvisionID) {
		out.All = append(out.All, Rule{Provision: &ProvisionAtom{ID: id, Edition: e}})
	}
	for _, id := range v.List() {
		if id.Text() != mandatoryProvisions {
			l.checkProvision(id.At, plimsoll.ProvisionID(id.Text()), e)
			add(plimsoll.ProvisionID(id.Text()))
			continue
		}
		for _, p := range l.cat.Edition(e) {
			if p.Status[e].Mandatory {
				add(p.ID)
			}
		}
	}
	return out
}

func (l *loader) unitAtom(o *strictyaml.Object, v strictyaml.Value) Rule {
	return l.unit(v, l.pinned(o))
}

func (l *loader) unitAtoms(o *strictyaml.Object, v strictyaml.Value) Rule {
	e := l.pinned(o)
	out := Rule{All: []Rule{}}
	for _, id := range v.List() {
		out.All = append(out.All, l.unit(id, e))
	}
	return out
}

func (l *loader) unit(v strictyaml.Value, e plimsoll.Edition) Rule {
	a := &UnitAtom{ID: plimsoll.UnitID(v.Text()), Edition: e}
	u, ok := l.cat.Unit(a.ID)
	if !ok {
		l.At(v.At, "unknown unit %q", a.ID)
		return Rule{Unit: a}
	}
	a.Provision = u.Provision
	has := func(c *catalog.Case) bool { return slices.Contains(c.Units, u) }
	if e != "" && !slices.ContainsFunc(l.cat.CasesUnder(e, u.Provision), has) {
		l.At(v.At, "unit %q is not judged under %s", a.ID, e)
	}
	return Rule{Unit: a}
}

func (l *loader) factAtom(o *strictyaml.Object, v strictyaml.Value) Rule {
	a := &FactAtom{ID: plimsoll.FactID(v.Text()), AtLeast: o.Get("at_least").Text(), AtMost: o.Get("at_most").Text()}
	if is := o.Get("is"); !is.Absent() {
		a.Is = is.Scalar()
	}
	a.In = strictyaml.Texts[string](o.Get("in"))
	bounds := a.AtLeast != "" || a.AtMost != ""
	if a.Is == nil && a.In == nil && !bounds {
		a.Is = true
	}
	set := 0
	for _, is := range []bool{a.Is != nil, a.In != nil, bounds} {
		if is {
			set++
		}
	}
	if set != 1 {
		l.At(o.At, "a fact is compared by one of is, in, and at_least with at_most")
	}
	l.checkFact(v.At, a)
	return Rule{Fact: a}
}

// checkFact holds the comparison against the type of the fact.
func (l *loader) checkFact(at strictyaml.Place, a *FactAtom) {
	f, ok := l.cat.Fact(a.ID)
	if !ok {
		l.At(at, "unknown fact %q: a fact stands in the catalog, anything else is an ask", a.ID)
		return
	}
	types := map[string]string{"bool": "bool", "float64": "number", "string": "string"}
	if a.Is != nil {
		if t := types[fmt.Sprintf("%T", a.Is)]; t != f.Type && !(t == "string" && f.Type == "date") {
			l.At(at, "fact %q is a %s and never equals %v", a.ID, f.Type, a.Is)
		}
	}
	if a.In != nil && f.Type != "string" {
		l.At(at, "fact %q is a %s: in is for strings", a.ID, f.Type)
	}
	for _, b := range []string{a.AtLeast, a.AtMost} {
		if b == "" {
			continue
		}
		var err error
		switch f.Type {
		case "date":
			_, _, err = ParseBound(b)
		case "number":
			_, err = ParseNumber(b)
		default:
			err = fmt.Errorf("fact %q is a %s and has no order", a.ID, f.Type)
		}
		if err != nil {
			l.At(at, "%v", err)
		}
	}
}

func (l *loader) labelAtom(_ *strictyaml.Object, v strictyaml.Value) Rule {
	o := v.Object()
	a := &LabelAtom{Scheme: plimsoll.RegimeID(o.Need("scheme").Text()), Level: o.Get("level").Text()}
	o.Done()
	l.afterwards(func() { l.checkLabel(o.At, a.Scheme, true, a.Level) })
	return Rule{Label: a}
}

func (l *loader) requirementAtom(_ *strictyaml.Object, v strictyaml.Value) Rule {
	a := &RequirementAtom{Regime: l.r.ID, ID: v.Text()}
	if other, id, ok := strings.Cut(a.ID, ":"); ok {
		a.Regime, a.ID = plimsoll.RegimeID(other), id
	}
	if a.ID == "*" {
		a.ID = ""
	}
	l.afterwards(func() {
		r, ok := l.set.byID[a.Regime]
		switch {
		case !ok:
			l.At(v.At, "unknown regime %q", a.Regime)
		case r.Indicates:
			l.At(v.At, "%s only indicates: it has no rules", a.Regime)
		case a.ID != "":
			if _, ok := r.Requirement(a.ID); !ok {
				l.At(v.At, "unknown requirement %q of %s", a.ID, a.Regime)
			}
		}
	})
	return Rule{Requirement: a}
}

// askAtom reads a question that stands here, or the id of one that stands among
// the asks of this regime or, as "eu-cra:sbom", of another.
func (l *loader) askAtom(o *strictyaml.Object, v strictyaml.Value) Rule {
	is := true
	if w := o.Get("is"); !w.Absent() {
		is = w.Bool()
	}
	if v.IsObject() {
		return Rule{Ask: &AskRef{Ask: l.ask(v.Object()), Is: is}}
	}
	ref := &AskRef{Ask: &AskAtom{Regime: l.r.ID, ID: v.Text()}, Is: is}
	if other, id, ok := strings.Cut(v.Text(), ":"); ok {
		ref.Ask = &AskAtom{Regime: plimsoll.RegimeID(other), ID: id}
	}
	want := *ref.Ask
	l.afterwards(func() {
		if r, ok := l.set.byID[want.Regime]; ok {
			if i := slices.IndexFunc(r.Asks, func(a *AskAtom) bool { return a.ID == want.ID }); i >= 0 {
				ref.Ask = r.Asks[i]
				return
			}
		}
		l.At(v.At, "unknown ask %q of %s", want.ID, want.Regime)
	})
	return Rule{Ask: ref}
}

// ask reads a question and files it.
func (l *loader) ask(o *strictyaml.Object) *AskAtom {
	a := &AskAtom{
		Regime: l.r.ID, ID: o.Need("id").Text(), Question: o.Need("question").Text(), Hint: o.Get("hint").Text(),
		Nearest: plimsoll.ProvisionID(o.Get("nearest").Text()),
		About:   AboutVersion,
	}
	if o.Has("about") {
		a.About = strictyaml.OneOf(o.Need("about"), AboutVersion, AboutModel, AboutMaker)
	}
	o.Done()
	if !askForm.MatchString(a.ID) {
		l.At(o.At, "the id of an ask is lower case with underscores, not %q", a.ID)
	}
	if a.Nearest != "" {
		l.checkProvision(o.At, a.Nearest, "")
	}
	if slices.ContainsFunc(l.r.Asks, func(b *AskAtom) bool { return a.ID == b.ID }) {
		l.At(o.At, "ask %q stands twice: define it once and refer to it by its id", a.ID)
	}
	l.r.Asks = append(l.r.Asks, a)
	return a
}
