package view

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
)

// Line is what one unit says of one subject, for formats that are lists. A unit
// without a subject has one line whose subject is empty.
type Line struct {
	Provision *plimsoll.ProvisionResult
	Guideline int // 0 and 14 as in the assessment; -1 when the catalog does not know the provision
	Case      *plimsoll.CaseResult
	Unit      *plimsoll.UnitResult
	Subject   plimsoll.SubjectResult
	// Judged is false where the provision is claimed not applicable or declined: its
	// units are shown and count for nothing.
	Judged bool
	Says   []Trouble        // what the verdict rests on, or what is missing for one; never empty
	Waiver *plimsoll.Waiver // stands beside a failure, hides nothing
}

// Word is the verdict in words that say who is next.
func (l Line) Word() string {
	u := *l.Unit
	u.Verdict = l.Subject.Verdict
	u.Subjects = []plimsoll.SubjectResult{l.Subject}
	u.Findings = slices.Clone(u.Findings)
	u.Findings = slices.DeleteFunc(u.Findings, func(f plimsoll.Finding) bool { return !about(f, l.Subject) })
	return UnitState(u).Word
}

// Lines flattens the assessment, in its own order.
func (v *View) Lines() []Line {
	var out []Line
	for i := range v.Provisions {
		p := &v.Provisions[i]
		n := -1
		if cp, ok := v.Catalog.Provision(p.ID); ok {
			n = cp.Guideline
		}
		for j := range p.Cases {
			for k := range p.Cases[j].Units {
				l := Line{
					Provision: p, Guideline: n, Case: &p.Cases[j], Unit: &p.Cases[j].Units[k],
					Judged: p.Support != plimsoll.SupportNA && !p.Declined,
				}
				out = append(out, v.linesOf(l)...)
			}
		}
	}
	return out
}

func (v *View) linesOf(l Line) []Line {
	if len(l.Unit.Subjects) == 0 {
		l.Subject.Verdict = cmp.Or(l.Unit.Verdict, plimsoll.Inconclusive)
		l.Says = []Trouble{{Text: "nothing was judged", Remedy: "plimsoll explain " + string(l.Unit.ID)}}
		return []Line{l}
	}
	var out []Line
	for _, s := range l.Unit.Subjects {
		l.Subject, l.Waiver = s, nil
		l.Says = v.says(*l.Unit, s)
		if s.Verdict == plimsoll.Fail {
			l.Waiver = v.waiver(l.Unit.ID, s.ID)
		}
		out = append(out, l)
	}
	return out
}

// says is what a subject's verdict rests on: the findings of that verdict that
// count, or what is missing.
func (v *View) says(u plimsoll.UnitResult, s plimsoll.SubjectResult) []Trouble {
	if s.Verdict == plimsoll.Inconclusive || s.Verdict == "" {
		g := v.gap(u, s)
		g.Subject = s.ID
		return []Trouble{g}
	}
	var out []Trouble
	for _, f := range u.Findings {
		if f.Verdict == s.Verdict && f.Ignored == "" && !f.Overruled && about(f, s) && (s.Verdict == plimsoll.Fail || !f.Proposal) {
			out = merge(out, v.finding(u.ID, s.ID, f))
		}
	}
	if len(out) == 0 {
		text := cmp.Or(s.Reason, "no reason is recorded")
		if s.Verdict == plimsoll.Pass && u.Applied != "" {
			text = "holds as the case it applies"
		}
		out = append(out, Trouble{Units: []plimsoll.UnitID{u.ID}, Subject: s.ID, Text: text, By: v.applied(u)})
	}
	return out
}

func (v *View) waiver(u plimsoll.UnitID, subject string) *plimsoll.Waiver {
	for i, w := range v.Waivers {
		if w.Unit == u && (w.Subject == "" || w.Subject == subject) {
			return &v.Waivers[i]
		}
	}
	return nil
}

// WaiverNote says what a waiver is worth.
func WaiverNote(w plimsoll.Waiver) string {
	live := "waived, which hides nothing"
	if !w.Live {
		live = "waiver ended"
	}
	return fmt.Sprintf("%s: by %s until %s: %s", live, w.Owner, w.Until, w.Reason)
}
