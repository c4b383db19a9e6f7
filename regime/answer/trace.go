package answer

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
)

// Trace is how a rule came to its answer: the rule's tree with the truth of each
// part, why, and what it rests on.
type Trace struct {
	Atom     string            `json:"atom"`  // "all", "any", "provision 5.1-1", "fact support.until" …
	Truth    string            `json:"truth"` // true, false, unknown
	Why      string            `json:"why,omitempty"`
	Units    []plimsoll.UnitID `json:"units,omitempty"`
	Findings []plimsoll.Digest `json:"findings,omitempty"`
	Evidence []plimsoll.Digest `json:"evidence,omitempty"`
	Against  bool              `json:"against,omitempty"` // evidence speaks against it
	Label    *LabelUse         `json:"label,omitempty"`
	Parts    []*Trace          `json:"parts,omitempty"`

	is   plimsoll.Truth
	step *Step // what would make an atom true

	notApplicable bool // it holds because the provision does not apply
}

func (t *Trace) set(v plimsoll.Truth, why string) *Trace {
	t.is, t.Truth, t.Why = v, v.String(), why
	return t
}

// StepKind is the kind of a thing to do.
type StepKind string

// The kinds of steps.
const (
	StepAsk       StepKind = "ask"       // a person answers a question
	StepFact      StepKind = "fact"      // a fact is declared or observed
	StepUnit      StepKind = "unit"      // a test unit is decided, or mended
	StepProvision StepKind = "provision" // a provision is decided, or mended
	StepEdition   StepKind = "edition"   // the evidence is judged under an edition
	StepLabel     StepKind = "label"     // a label is obtained or renewed
)

// Step is one thing that would bring a requirement nearer to being met.
type Step struct {
	Kind    StepKind `json:"kind"`
	ID      string   `json:"id"` // of the unit, provision, fact; of an ask its fact
	What    string   `json:"what"`
	Hint    string   `json:"hint,omitempty"`
	Mend    bool     `json:"mend,omitempty"` // it is known to be wrong, not only unknown
	Blocked string   `json:"blocked,omitempty"`
	Serves  []string `json:"serves,omitempty"` // "uk-psti:sch1.1.2": the requirements it serves

	cost int
}

// The weight of a step: an answer is cheaper than a test, a test than a repair, a
// repair than a label; what cannot be had comes last.
const (
	costAsk     = 2
	costFact    = 3
	costUnit    = 4
	costEdition = 1
	costMend    = 40
	costLabel   = 400
	costBlocked = 100000
)

// steps is the cheapest set of steps after which the rule would hold: all that is
// open or false of an "all", of an "any" the branch that costs least.
func (t *Trace) steps() []Step {
	switch {
	case t.is == plimsoll.True:
		return nil
	case t.step != nil:
		return []Step{*t.step}
	case t.Atom != atomAny:
		var out []Step
		for _, p := range t.Parts {
			out = Merge(out, p.steps())
		}
		return out
	}
	var best []Step
	for i, p := range t.Parts {
		if s := p.steps(); i == 0 || cost(s) < cost(best) {
			best = s
		}
	}
	return best
}

func cost(steps []Step) int {
	n := 0
	for _, s := range steps {
		n += s.cost
	}
	return n
}

// Merge adds the steps that are not there yet.
func Merge(to, more []Step) []Step {
	for _, s := range more {
		i := slices.IndexFunc(to, func(o Step) bool { return o.Kind == s.Kind && o.ID == s.ID })
		if i < 0 {
			s.Serves = slices.Clone(s.Serves)
			to = append(to, s)
			continue
		}
		for _, q := range s.Serves {
			if !slices.Contains(to[i].Serves, q) {
				to[i].Serves = append(to[i].Serves, q)
			}
		}
	}
	return to
}

// labels lists the labels that make the rule hold.
func (t *Trace) labels() []*LabelUse {
	if t.is != plimsoll.True {
		return nil
	}
	if t.Label != nil {
		return []*LabelUse{t.Label}
	}
	var out []*LabelUse
	for _, p := range t.Parts {
		out = append(out, p.labels()...)
	}
	return out
}

// against reports whether anything below speaks against the rule.
func (t *Trace) against() bool {
	return t.Against || slices.ContainsFunc(t.Parts, (*Trace).against)
}
