package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

// RequirementAnswer is what is answered of one requirement.
type RequirementAnswer struct {
	ID          string            `json:"id"`
	Title       string            `json:"title"`
	Cite        string            `json:"cite"`
	By          regime.By         `json:"by"`
	Confidence  regime.Confidence `json:"confidence"`
	Obligation  regime.Obligation `json:"obligation"`
	Exact       bool              `json:"exact"` // the rule is the legal condition itself
	Levels      []string          `json:"levels,omitempty"`
	Addresses   []string          `json:"addresses,omitempty"`
	Status      Status            `json:"status"`
	Why         string            `json:"why"`
	Own         Status            `json:"own,omitempty"`    // on the product's own evidence, where Status rests on a label or a date
	From        string            `json:"from,omitempty"`   // when it will be owed
	Labels      []*LabelUse       `json:"labels,omitempty"` // the labels it rests on
	Via         *Recognition      `json:"via,omitempty"`    // the recognition it rests on
	Steps       []Step            `json:"steps"`
	Applies     *Trace            `json:"applies,omitempty"`
	Trace       *Trace            `json:"trace,omitempty"`
	Indications []Indication      `json:"indications,omitempty"`
	Note        string            `json:"note,omitempty"`

	truth plimsoll.Truth // whether it holds or does not apply
}

func (rd *reading) requirement(r *regime.Regime, q *regime.Requirement, a *Answer) RequirementAnswer {
	out := RequirementAnswer{
		ID: q.ID, Title: q.Title, Cite: q.Cite, By: q.By, Confidence: q.Confidence, Obligation: q.Obligation, Exact: q.Exact,
		Levels: q.Levels, Addresses: q.Addresses, Note: q.Note, Steps: []Step{},
	}
	if q.Rule == nil {
		rd.indicate(q, &out)
		return out
	}
	out.Trace = rd.rule(q.Rule)
	out.Applies = rd.applies(r, q)
	out.Labels = out.Trace.labels()
	decide(q, &out)
	rd.recognise(r, q, a, &out)
	rd.date(r, q, a, &out)
	out.steps(string(r.ID) + ":" + q.ID)
	return out
}

// applies is whether a requirement applies: one of its parts or classes is for the
// product, and its own rule holds. Nil where it always applies.
func (rd *reading) applies(r *regime.Regime, q *regime.Requirement) *Trace {
	var parts []*Trace
	if levels := rd.parts(r, q); levels != nil {
		parts = append(parts, levels)
	}
	if q.Applies != nil {
		parts = append(parts, rd.rule(q.Applies))
	}
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	return (&Trace{Atom: atomAll, Parts: parts}).set(plimsoll.And(parts[0].is, parts[1].is), "")
}

// parts is whether one of the parts or classes that a requirement is of is for the
// product. Nil where one of them is a tier.
func (rd *reading) parts(r *regime.Regime, q *regime.Requirement) *Trace {
	t := &Trace{Atom: atomAny}
	var truths []plimsoll.Truth
	for _, id := range q.Levels {
		lv, ok := r.Level(id)
		if !ok || lv.When == nil {
			return nil
		}
		p := rd.rule(lv.When)
		t.Parts, truths = append(t.Parts, p), append(truths, p.is)
	}
	if len(truths) == 0 {
		return nil
	}
	return t.set(plimsoll.Or(truths...), "")
}

// decide gives the status on the product's own evidence and labels.
func decide(q *regime.Requirement, out *RequirementAnswer) {
	applies := plimsoll.True
	if out.Applies != nil {
		applies = out.Applies.is
	}
	t := out.Trace
	out.truth = t.is
	switch {
	case applies == plimsoll.False:
		out.Status, out.Why, out.truth = NotApplicable, "it does not apply", plimsoll.True
	case t.is == plimsoll.True && q.Exact && q.By == regime.Official:
		out.Status, out.Why = Satisfied, "the rule is the condition itself, and holds"
	case t.is == plimsoll.True:
		out.Status, out.Why = Supported, "the rule holds"
	case q.Against && (t.is == plimsoll.False || t.against()):
		out.Status, out.Why, out.truth = EvidenceAgainst, "what was seen speaks against it; whether it is owed is to be judged", plimsoll.Unknown
	case t.is == plimsoll.False && applies == plimsoll.True:
		out.Status, out.Why = NotSatisfied, "the rule does not hold"
	case applies == plimsoll.Unknown:
		out.Status, out.Why, out.truth = Undecided, "open whether it applies", plimsoll.Unknown
	case t.against():
		out.Status, out.Why = Undecided, "open: there is evidence against"
	default:
		out.Status, out.Why = Undecided, "what it rests on is open"
	}
}

// recognise lets a label of another scheme stand for the requirement.
func (rd *reading) recognise(r *regime.Regime, q *regime.Requirement, a *Answer, out *RequirementAnswer) {
	if out.Status == Satisfied || out.Status == NotApplicable {
		return
	}
	for i := range a.Recognised {
		e := &a.Recognised[i]
		if e.is != plimsoll.True || !e.edge.Covers(r, q) {
			continue
		}
		s := Supported
		if e.Exact && e.By == regime.Official {
			s = Satisfied
		}
		if out.Via != nil && (out.Status == s || s == Supported) {
			continue
		}
		if out.Via == nil {
			out.Own = out.Status
		}
		out.Status, out.truth, out.Via = s, plimsoll.True, e
		out.Why = fmt.Sprintf("%s %s %s", e.From, e.Label.Level, e.Label.Why)
	}
}

// date sets aside what is not owed on the day, or not by these units.
func (rd *reading) date(r *regime.Regime, q *regime.Requirement, a *Answer, out *RequirementAnswer) {
	started, from := a.State != "" && a.State != regime.Announced, ""
	if q.From != "" {
		started, from = regime.Begun(q.From, rd.day), q.From
	} else if !started {
		from = r.Start(rd.day)
	}
	aside := func(s Status, format string, args ...any) {
		if out.Own == "" {
			out.Own = out.Status
		}
		out.Status, out.Why = s, fmt.Sprintf(format, args...)
	}
	placed := owed.Within(q.Placed, rd.placed)
	switch {
	case q.Until != "" && regime.Begun(q.Until, rd.day):
		aside(Ended, "no longer owed since %s", q.Until)
	case a.State == regime.Repealed:
		aside(Ended, "the regime is repealed since %s", a.Since.Date)
	case !started:
		out.From = from
		aside(Upcoming, "owed from %s%s", cmp.Or(from, "a day not yet known"), owed.Units(q.Placed))
	case placed == plimsoll.False:
		out.truth = plimsoll.True
		aside(NotApplicable, "not owed by units placed on %s%s", rd.placed, owed.Units(q.Placed))
	case placed == plimsoll.Unknown && out.truth != plimsoll.True:
		out.truth = plimsoll.Unknown
		aside(Undecided, "it depends on the day of placing on the market%s", owed.Units(q.Placed))
		out.Steps = append(out.Steps, Step{Kind: StepFact, ID: string(factPlaced), What: "declare product.place_on_market", cost: costFact})
	}
}

// steps lists what would satisfy the requirement, cheapest way first.
func (out *RequirementAnswer) steps(serves string) {
	if s := out.Status; s == Undecided || s == NotSatisfied || s == EvidenceAgainst || s == Upcoming && out.truth != plimsoll.True {
		if out.Applies != nil {
			out.Steps = Merge(out.Steps, out.Applies.steps())
		}
		out.Steps = Merge(out.Steps, out.Trace.steps())
	}
	slices.SortStableFunc(out.Steps, func(a, b Step) int { return a.cost - b.cost })
	for i := range out.Steps {
		out.Steps[i].Serves = []string{serves}
	}
}

// Indication is what one mapping says, by the roll-up of set relations.
type Indication struct {
	Target     string            `json:"target"` // a provision, or "guideline 5"
	Relation   regime.Relation   `json:"relation"`
	Says       Status            `json:"says"`
	By         regime.By         `json:"by"`
	Cite       string            `json:"cite"`
	Confidence regime.Confidence `json:"confidence"`
	Trace      *Trace            `json:"trace,omitempty"`
}

// strength orders indications: the strongest speaks for the requirement.
var strength = []Status{NotIndicated, Hint, IndicatedPart, Indicated, IndicatedAgainst}

// indicate rolls mappings up. A PASS of what contains the requirement, or equals
// it, indicates it; a PASS of what it contains is a part; an overlap is a hint and
// never more; a failure of what it contains, or equals, indicates against. A
// mapping to a whole guideline is an overlap of overlaps.
func (rd *reading) indicate(q *regime.Requirement, out *RequirementAnswer) {
	out.Status, out.Why = NotIndicated, "no mapping speaks"
	for _, m := range q.Maps {
		i := Indication{Target: string(m.Provision), Relation: m.Relation, Says: NotIndicated, By: m.By, Cite: m.Cite, Confidence: m.Confidence}
		switch {
		case m.Guideline != 0:
			i.Target = fmt.Sprintf("guideline %d", m.Guideline)
			i.Says = Hint
		case m.Relation != regime.NoRelation:
			i.Trace = rd.provision(&regime.ProvisionAtom{ID: m.Provision, Edition: m.Edition})
			i.Says = says(m.Relation, i.Trace)
		}
		out.Indications = append(out.Indications, i)
		if slices.Index(strength, i.Says) > slices.Index(strength, out.Status) {
			out.Status = i.Says
			out.Why = strings.TrimSpace(fmt.Sprintf("%s %s", i.Relation, i.Target))
		}
	}
}

func says(m regime.Relation, t *Trace) Status {
	switch {
	case t.notApplicable:
		return NotIndicated
	case t.is == plimsoll.True && (m == regime.Equal || m == regime.SubsetOf):
		return Indicated
	case t.is == plimsoll.True && m == regime.SupersetOf:
		return IndicatedPart
	case t.is == plimsoll.False && (m == regime.Equal || m == regime.SupersetOf):
		return IndicatedAgainst
	case m == regime.Intersects && t.is != plimsoll.Unknown:
		return Hint
	}
	return NotIndicated
}
