package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
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
func (l *loader) guidelines(o *object) {
	for _, v := range o.need("guidelines").list() {
		e := v.object()
		g := &Guideline{
			N:       e.need("n").int(),
			ID:      e.need("id").text(),
			Title:   e.need("title").text(),
			Summary: e.need("summary").text(),
			Clause:  e.need("clause").text(),
		}
		for _, a := range e.need("applies_to").list() {
			g.AppliesTo = append(g.AppliesTo, oneOf(a, stakeholders...))
		}
		e.done()
		if g.N != len(l.c.Guidelines)+1 || g.ID != "cop-"+strconv.Itoa(g.N) || g.Clause != "5."+strconv.Itoa(g.N) {
			l.at(e.at, "guideline %d, id %q, clause %q do not agree with place %d", g.N, g.ID, g.Clause, len(l.c.Guidelines)+1)
		}
		l.file(g.ID, e.at)
		l.c.Guidelines = append(l.c.Guidelines, g)
	}
}

// provisions reads en303645.yaml.
func (l *loader) provisions(o *object) {
	for _, ed := range editions {
		l.conds[ed.id] = l.conditions(o.need("conditions_" + ed.key))
	}
	for _, v := range o.need("provisions").list() {
		e := v.object()
		p := l.provision(e)
		e.done()
		l.file(string(p.ID), e.at)
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
func (l *loader) conditions(v value) map[string]Condition {
	out := map[string]Condition{}
	for _, c := range v.list() {
		o := c.object()
		cond := Condition{Ref: o.need("ref").text(), Text: o.need("text").text(), Rule: l.predicate(o.need("rule"))}
		o.done()
		if _, twice := out[cond.Ref]; twice {
			l.at(o.at, "condition %q stands twice", cond.Ref)
		}
		out[cond.Ref] = cond
	}
	return out
}

func (l *loader) provision(o *object) *Provision {
	id := o.need("id")
	p := &Provision{
		ID:         plimsoll.ProvisionID(id.text()),
		Title:      o.need("title").text(),
		Summary:    map[plimsoll.Edition]string{},
		Status:     map[plimsoll.Edition]Status{},
		Change:     o.need("change").text(),
		Replaces:   texts[plimsoll.ProvisionID](o.get("replaces")),
		ReplacedBy: texts[plimsoll.ProvisionID](o.get("replaced_by")),
		Guidance:   o.need("guidance").text(),
		Why:        o.need("why").text(),
	}
	if !provisionForm.MatchString(string(p.ID)) {
		l.at(id.at, "provision id %q is malformed", p.ID)
	}
	p.Group, _, _ = strings.Cut(string(p.ID), "-")
	p.Guideline = guidelineOf(p.Group)
	l.statuses(o, p)
	units := o.get("v3_units")
	p.V3Units = oneOf(units, V3Same, V3New)
	if _, in := p.Status[plimsoll.EditionV3]; in != (p.V3Units != "") {
		l.at(o.at, "provision %q: \"v3\" and \"v3_units\" go together", p.ID)
	}
	l.afterwards(func() {
		for _, other := range append(p.Replaces, p.ReplacedBy...) {
			if _, ok := l.c.index.provisions[other]; !ok {
				l.at(o.at, "provision %q names the unknown provision %q", p.ID, other)
			}
		}
	})
	return p
}

// statuses reads what each edition says of a provision: "v2" and "v3" are its
// status, "summary" what it asks, "summary_v2" the same where V2.1.1 differs.
func (l *loader) statuses(o *object, p *Provision) {
	summary := o.need("summary").text()
	for _, ed := range editions {
		if v := o.get(ed.key); !v.absent() {
			p.Status[ed.id] = l.status(v, l.conds[ed.id])
			p.Summary[ed.id] = summary
		}
	}
	if v := o.get("summary_v2"); !v.absent() {
		p.Summary[plimsoll.EditionV2] = v.text()
	}
	if len(p.Status) == 0 {
		l.at(o.at, "provision %q is in no edition", p.ID)
	}
}

func (l *loader) status(v value, known map[string]Condition) Status {
	m := statusForm.FindStringSubmatch(v.text())
	if m == nil {
		l.at(v.at, "status %q is not of the form M C(1,2) F(a)", v.text())
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
			l.at(v.at, "status %q names the unknown condition %q", m[0], ref)
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
func (l *loader) automation(o *object) {
	for _, v := range o.need("provisions").list() {
		e := v.object()
		id := plimsoll.ProvisionID(e.need("provision").text())
		a := Automation{
			Class:    oneOf(e.need("class"), "A", "B", "C", "D"),
			Modes:    texts[string](e.need("modes")),
			Software: e.need("software").text(),
			Person:   e.need("person").text(),
		}
		e.done()
		p, ok := l.c.index.provisions[id]
		if !ok {
			l.at(e.at, "unknown provision %q", id)
			continue
		}
		p.Automation = a
	}
	for _, p := range l.c.Provisions {
		if p.Automation.Class == "" {
			l.at(o.at, "provision %q is missing", p.ID)
		}
	}
}
