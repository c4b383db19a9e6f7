package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// Values of Provision.V3Units.
const (
	V3Same = "same"
	V3New  = "new"
)

var (
	provisionForm = regexp.MustCompile(`^(5\.\d+|[46])-\d+[AB]?$`)
	statusForm    = regexp.MustCompile(`^([MR])(?: C\(([0-9,]+)\))?(?: F\(([a-z]+)\))?$`)
	stakeholders  = []string{"device_manufacturer", "iot_service_provider", "mobile_app_developer", "retailer"}
)

// editions and the keys that stand for them in the data.
var editions = []struct {
	key string
	id  plimsoll.Edition
}{{"v2", plimsoll.EditionV2}, {"v3", plimsoll.EditionV3}}

// guidelines reads cop.yaml.
func (l *loader) guidelines(o *strictyaml.Object) {
	for _, v := range o.Need("guidelines").List() {
		e := v.Object()
		g := &Guideline{
			N:       e.Need("n").Int(),
			ID:      e.Need("id").Text(),
			Title:   e.Need("title").Text(),
			Summary: e.Need("summary").Text(),
			Clause:  e.Need("clause").Text(),
		}
		for _, a := range e.Need("applies_to").List() {
			g.AppliesTo = append(g.AppliesTo, strictyaml.OneOf(a, stakeholders...))
		}
		e.Done()
		if g.N != len(l.c.Guidelines)+1 || g.ID != "cop-"+strconv.Itoa(g.N) || g.Clause != "5."+strconv.Itoa(g.N) {
			l.At(e.At, "guideline %d, id %q, clause %q do not agree with place %d", g.N, g.ID, g.Clause, len(l.c.Guidelines)+1)
		}
		l.file(g.ID, e.At)
		l.c.Guidelines = append(l.c.Guidelines, g)
	}
}

// provisions reads en303645.yaml.
func (l *loader) provisions(o *strictyaml.Object) {
	for _, ed := range editions {
		l.conds[ed.id] = l.conditions(o.Need("conditions_" + ed.key))
	}
	for _, v := range o.Need("provisions").List() {
		e := v.Object()
		p := l.provision(e)
		e.Done()
		l.file(string(p.ID), e.At)
		l.c.Provisions = append(l.c.Provisions, p)
		l.c.index.provisions[p.ID] = p
		for _, ed := range editions {
			if _, in := p.Status[ed.id]; in {
				l.c.index.editions[ed.id] = append(l.c.index.editions[ed.id], p)
			}
		}
	}
}

// conditions reads the numbered conditions and lettered features of an edition.
func (l *loader) conditions(v strictyaml.Value) map[string]Condition {
	out := map[string]Condition{}
	for _, c := range v.List() {
		o := c.Object()
		cond := Condition{Ref: o.Need("ref").Text(), Text: o.Need("text").Text(), Rule: l.predicate(o.Need("rule"))}
		o.Done()
		if _, twice := out[cond.Ref]; twice {
			l.At(o.At, "condition %q stands twice", cond.Ref)
		}
		out[cond.Ref] = cond
	}
	return out
}

func (l *loader) provision(o *strictyaml.Object) *Provision {
	id := o.Need("id")
	p := &Provision{
		ID:         plimsoll.ProvisionID(id.Text()),
		Title:      o.Need("title").Text(),
		Summary:    map[plimsoll.Edition]string{},
		Status:     map[plimsoll.Edition]Status{},
		Change:     o.Need("change").Text(),
		Replaces:   strictyaml.Texts[plimsoll.ProvisionID](o.Get("replaces")),
		ReplacedBy: strictyaml.Texts[plimsoll.ProvisionID](o.Get("replaced_by")),
		Guidance:   o.Need("guidance").Text(),
		Why:        o.Need("why").Text(),
	}
	if !provisionForm.MatchString(string(p.ID)) {
		l.At(id.At, "provision id %q is malformed", p.ID)
	}
	p.Group, _, _ = strings.Cut(string(p.ID), "-")
	p.Guideline = guidelineOf(p.Group)
	l.statuses(o, p)
	units := o.Get("v3_units")
	p.V3Units = strictyaml.OneOf(units, V3Same, V3New)
	if _, in := p.Status[plimsoll.EditionV3]; in != (p.V3Units != "") {
		l.At(o.At, "provision %q: \"v3\" and \"v3_units\" go together", p.ID)
	}
	if _, in := p.Status[plimsoll.EditionV2]; !in && p.V3Units == V3Same {
		l.At(units.At, "provision %q is new in V3.1.3 and has no units to take over", p.ID)
	}
	l.afterwards(func() {
		for _, other := range append(p.Replaces, p.ReplacedBy...) {
			if _, ok := l.c.index.provisions[other]; !ok {
				l.At(o.At, "provision %q names the unknown provision %q", p.ID, other)
			}
		}
	})
	return p
}

// statuses reads what each edition says of a provision: "v2" and "v3" are its
// status, "summary" what it asks, "summary_v2" the same where V2.1.1 differs.
func (l *loader) statuses(o *strictyaml.Object, p *Provision) {
	summary := o.Need("summary").Text()
	for _, ed := range editions {
		if v := o.Get(ed.key); !v.Absent() {
			p.Status[ed.id] = l.status(v, l.conds[ed.id])
			p.Summary[ed.id] = summary
		}
	}
	if v := o.Get("summary_v2"); !v.Absent() {
		p.Summary[plimsoll.EditionV2] = v.Text()
	}
	if len(p.Status) == 0 {
		l.At(o.At, "provision %q is in no edition", p.ID)
	}
}

func (l *loader) status(v strictyaml.Value, known map[string]Condition) Status {
	m := statusForm.FindStringSubmatch(v.Text())
	if m == nil {
		l.At(v.At, "status %q is not of the form M C(1,2) F(a)", v.Text())
		return Status{}
	}
	s := Status{Code: m[0], Mandatory: m[1] == "M"}
	var refs []string
	if m[2] != "" {
		refs = strings.Split(m[2], ",")
	}
	if m[3] != "" {
		refs = append(refs, m[3])
	}
	for _, ref := range refs {
		c, ok := known[ref]
		if !ok {
			l.At(v.At, "status %q names the unknown condition %q", m[0], ref)
		}
		s.Conditions = append(s.Conditions, c)
	}
	return s
}

// guidelineOf maps a clause to its guideline of the Code of Practice: clause 5.n
// descends from guideline n; 0 is the reporting clause, 14 the data protection
// provisions.
func guidelineOf(group string) int {
	if group == "6" {
		return 14
	}
	n, err := strconv.Atoi(strings.TrimPrefix(group, "5."))
	if err != nil || group == "4" {
		return 0
	}
	return n
}

// automation reads automation.yaml.
func (l *loader) automation(o *strictyaml.Object) {
	for _, v := range o.Need("provisions").List() {
		e := v.Object()
		id := plimsoll.ProvisionID(e.Need("provision").Text())
		a := Automation{
			Class:    strictyaml.OneOf(e.Need("class"), "A", "B", "C", "D"),
			Modes:    strictyaml.Texts[string](e.Need("modes")),
			Software: e.Need("software").Text(),
			Person:   e.Need("person").Text(),
		}
		e.Done()
		p, ok := l.c.index.provisions[id]
		if !ok {
			l.At(e.At, "unknown provision %q", id)
			continue
		}
		p.Automation = a
	}
	for _, p := range l.c.Provisions {
		if p.Automation.Class == "" {
			l.At(o.At, "provision %q is missing", p.ID)
		}
	}
}
