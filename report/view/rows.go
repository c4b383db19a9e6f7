package view

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// trouble is one thing that fails, speaks against a claim, or is missing: what was
// seen or what is missing, where, who says so, and what to do.
type Trouble struct {
	Units    []plimsoll.UnitID
	Subject  string
	Text     string
	By       string
	Remedy   string
	Evidence []plimsoll.Digest
	Note     string // what is to be known beside it
	Person   bool   // only a person can end it
	rank     int    // of what is missing, the most telling first
}

// place is where a trouble is: its units and subject.
func (t Trouble) Place() string {
	const most = 3
	var ids []string
	for _, u := range t.Units {
		ids = append(ids, string(u))
	}
	if len(ids) > most {
		ids = append(ids[:most], fmt.Sprintf("%d more", len(ids)-most))
	}
	s := strings.Join(ids, ", ")
	if t.Subject != "" && t.Subject != "product" {
		return Joined(", ", s, t.Subject)
	}
	return s
}

// Source says where a trouble is, who says so and what is to be known beside it.
func (t Trouble) Source() string {
	if s := Joined("; ", t.Place(), t.By, t.Note); s != "" {
		return " [" + s + "]"
	}
	return ""
}

// row is a provision as both renderers show it.
type Row struct {
	plimsoll.ProvisionResult
	State  State
	Fact   string // the decisive one
	By     string
	Fails  []Trouble
	Marks  []Trouble // evidence against
	Gaps   []Trouble // what is missing
	Matter string    // why it matters, in the words of the catalog
}

// heading is a guideline with its provisions.
type Heading struct {
	plimsoll.GuidelineResult
	Clause string
	State  State
	Rows   []*Row
}

// headings puts the provisions under the guidelines: clause 4 first, data
// protection last, and whatever the catalog does not know after that.
func (v *View) Headings() []Heading {
	const unknown = 15
	rows := map[int][]*Row{}
	for _, p := range v.Provisions {
		n := unknown
		if cp, ok := v.Catalog.Provision(p.ID); ok {
			n = cp.Guideline
		}
		rows[n] = append(rows[n], v.row(p))
	}
	var out []Heading
	for _, g := range append(slices.Clone(v.Guidelines), plimsoll.GuidelineResult{N: unknown, Title: "Other"}) {
		h := Heading{GuidelineResult: g, State: VerdictState(g.Verdict), Rows: rows[g.N], Clause: fmt.Sprintf("5.%d", g.N)}
		switch {
		case g.N == unknown && len(h.Rows) == 0:
			continue
		case g.N == unknown:
			h.Clause = ""
		case g.N == 0:
			h.Clause = "4"
			if v.Edition.Standard == plimsoll.EditionV3 {
				h.Clause = "5.0"
			}
		case g.N == 14:
			h.Clause = "6"
		}
		out = append(out, h)
		delete(rows, g.N)
	}
	return out
}

func (v *View) row(p plimsoll.ProvisionResult) *Row {
	r := &Row{ProvisionResult: p, State: ProvisionState(p), Fails: v.fails(p)}
	if cp, ok := v.Catalog.Provision(p.ID); ok {
		r.Matter = cp.Why
	}
	for _, a := range p.Against {
		t := Trouble{Units: []plimsoll.UnitID{a.Unit}, Subject: a.Subject, Text: a.Reason, By: v.Who(a.By), Remedy: a.Remedy, Evidence: a.Evidence}
		if !slices.ContainsFunc(r.Fails, t.same) {
			r.Marks = merge(r.Marks, t)
		}
	}
	if p.Support != plimsoll.SupportNA && !p.Declined {
		r.Gaps = v.gaps(p)
	}
	r.Fact, r.By = v.decisive(r)
	return r
}

func (t Trouble) same(o Trouble) bool {
	return t.Text == o.Text && t.Note == o.Note && t.By == o.By && t.Remedy == o.Remedy && t.Subject == o.Subject
}

// merge adds a trouble; one that says the same of another unit joins it.
func merge(ts []Trouble, t Trouble) []Trouble {
	for i := range ts {
		if ts[i].same(t) {
			for _, u := range t.Units {
				if !slices.Contains(ts[i].Units, u) {
					ts[i].Units = append(ts[i].Units, u)
				}
			}
			return ts
		}
	}
	return append(ts, t)
}

// fails lists what fails in a provision, each once.
func (v *View) fails(p plimsoll.ProvisionResult) []Trouble {
	var out []Trouble
	if p.Support == plimsoll.SupportNA || p.Declined {
		return nil
	}
	for _, c := range p.Cases {
		for _, u := range c.Units {
			for _, s := range u.Subjects {
				if s.Verdict != plimsoll.Fail {
					continue
				}
				n := len(out)
				for _, f := range u.Findings {
					if f.Verdict == plimsoll.Fail && f.Ignored == "" && !f.Overruled && about(f, s) {
						out = merge(out, v.finding(u.ID, s.ID, f))
					}
				}
				if len(out) == n {
					out = merge(out, Trouble{Units: []plimsoll.UnitID{u.ID}, Subject: s.ID, Text: s.Reason, By: v.applied(u)})
				}
			}
		}
	}
	return out
}

func (v *View) applied(u plimsoll.UnitResult) string {
	if u.Applied != "" {
		return "case " + string(u.Applied)
	}
	return ""
}

// about reports whether a finding speaks of a subject; one without a subject
// speaks of all.
func about(f plimsoll.Finding, s plimsoll.SubjectResult) bool {
	return f.Subject == s.ID || f.Subject == ""
}

func (v *View) finding(u plimsoll.UnitID, subject string, f plimsoll.Finding) Trouble {
	t := Trouble{
		Units: []plimsoll.UnitID{u}, Subject: subject, Text: f.Reason, By: v.Who(f.By),
		Remedy: f.Remedy, Evidence: f.Evidence,
	}
	if f.Unconfirmed {
		t.Note = "not yet confirmed by a person"
	}
	return t
}

// gaps lists what is missing for a verdict, the most telling first.
func (v *View) gaps(p plimsoll.ProvisionResult) []Trouble {
	var out []Trouble
	if p.Support == "" {
		out = append(out, Trouble{
			Text: "the ICS does not state it", By: "declaration", Remedy: fmt.Sprintf("write ics.%s: {support: yes|no|n/a, reason: …}", p.ID),
		})
	}
	for _, c := range p.Cases {
		for _, u := range c.Units {
			if u.Verdict != plimsoll.Inconclusive {
				continue
			}
			for _, s := range u.Subjects {
				if s.Verdict == plimsoll.Inconclusive {
					out = merge(out, v.gap(u, s))
				}
			}
			if len(u.Subjects) == 0 {
				out = merge(out, Trouble{
					Units: []plimsoll.UnitID{u.ID}, Text: "nothing was judged", rank: rankSupply,
					Remedy: "plimsoll explain " + string(u.ID),
				})
			}
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].rank < out[b].rank })
	return out
}

// Ranks of what is missing.
const (
	rankContradicted = iota
	rankUnconfirmed
	rankSupply
	rankPerson
)

// gap says what is missing for one subject of a unit and what to type or supply.
func (v *View) gap(u plimsoll.UnitResult, s plimsoll.SubjectResult) Trouble {
	t := Trouble{Units: []plimsoll.UnitID{u.ID}, Subject: s.ID, Text: cmp.Or(s.Reason, "nobody has decided it yet"), By: v.applied(u), rank: rankSupply}
	proposed := false
	for _, f := range u.Findings {
		if f.Ignored != "" || f.Overruled || !about(f, s) {
			continue
		}
		t.Evidence = append(t.Evidence, f.Evidence...)
		if f.Basis != plimsoll.BasisPerson && f.Verdict != plimsoll.Pass && t.By == "" {
			t.By = v.Who(f.By)
			t.Remedy = f.Remedy
		}
		proposed = proposed || f.Proposal && f.Verdict == plimsoll.Pass
	}
	declare := strings.HasPrefix(t.Text, "declare ") || strings.HasPrefix(t.Text, "confirm ")
	switch {
	case s.Contradicted:
		t.rank = rankContradicted
		t.Text, t.Remedy = "an observation contradicts the declaration", "fix the device or fix the declaration"
	case s.Unconfirmed:
		t.rank = rankUnconfirmed
		t.Remedy = "confirm or refute it: plimsoll ask " + v.folder
	case declare:
		t.Remedy, t.By = t.Text, "declaration"
		t.Text = "the declaration does not say enough"
		if strings.HasPrefix(t.Remedy, "confirm ") {
			t.Text = "the row was proposed by software and nobody has confirmed it"
		}
	case u.Applied != "":
		t.Remedy = fmt.Sprintf("decide the units of case %s for it: plimsoll explain %s", u.Applied, u.Applied)
	case t.Remedy == "" && len(s.Missing) > 0:
		t.Remedy = supply(s.Missing)
	case t.Remedy == "" && (u.Open || isPersons(u.Decider)):
		t.rank, t.Person, t.By, t.Subject = rankPerson, true, "a person", ""
		t.Remedy = "plimsoll ask " + v.folder
		if proposed {
			t.Note = "no contrary indication"
		}
	case t.Remedy == "":
		t.Remedy = "plimsoll explain " + string(u.ID)
	}
	return t
}

func isPersons(d plimsoll.Decider) bool {
	return d == plimsoll.DeciderAssessor || d == plimsoll.DeciderOperator || d == plimsoll.DeciderStep
}

// supplies says what to supply for each word of a unit's cover.
var supplies = []struct{ prefix, what string }{
	{"tcp", "let the TCP ports be looked at: targets.device {address, ports: 1-65535}"},
	{"udp", "let the UDP ports be looked at: targets.device {address, ports: 1-65535}"},
	{"ipv6", "give the device's IPv6 address under targets.devices"},
	{"radio", "look at each declared radio and add what was seen: plimsoll evidence add"},
	{"manual", "name the manual: targets.documents.user_guide"},
	{"physical", "look at the casing and the board, and answer with plimsoll ask"},
	{"state:", "assess the device in that state: targets.device.state"},
}

// supply turns missing cover into what to type or supply.
func supply(missing []string) string {
	var out []string
	for _, m := range missing {
		what := "look at " + m
		for _, s := range supplies {
			if strings.HasPrefix(m, s.prefix) {
				what = s.what
				break
			}
		}
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	return strings.Join(out, "; ")
}

// decisive is the one fact that a provision's state rests on, and who says it.
func (v *View) decisive(r *Row) (fact, by string) {
	switch {
	case r.State == NotApplicable || r.State == Declined:
		return cmp.Or(r.Why, "no reason given"), "declaration"
	case r.Verdict == plimsoll.Fail && len(r.Fails) > 0:
		return r.Fails[0].Text, cmp.Or(r.Fails[0].By, "declaration")
	case r.Verdict == plimsoll.Fail:
		return r.Why, "declaration"
	case r.State == Unstated:
		return "the ICS does not state it", "declaration"
	case r.External != "":
		return r.External, "external evidence"
	case r.Verdict == plimsoll.Pass:
		return v.passFact(r.ProvisionResult)
	case len(r.Gaps) == 0:
		return "nothing was judged", ""
	case r.Gaps[0].rank == rankContradicted && len(r.Marks) > 0:
		return r.Marks[0].Text, r.Marks[0].By
	case r.Gaps[0].Person:
		n := 0
		for _, g := range r.Gaps {
			n += len(g.Units)
		}
		return Some(n, "question"), "a person"
	}
	return r.Gaps[0].Text, r.Gaps[0].By
}

// passFact is what a PASS rests on: an observation before a person's word before
// nothing to judge.
func (v *View) passFact(p plimsoll.ProvisionResult) (fact, by string) {
	best := -1
	rank := map[plimsoll.Basis]int{plimsoll.BasisExternal: 1, plimsoll.BasisRule: 2, plimsoll.BasisPerson: 3, plimsoll.BasisProbe: 4}
	for _, c := range p.Cases {
		for _, u := range c.Units {
			if u.Applied != "" && best < 0 {
				best, fact, by = 0, "holds as the case it applies", v.applied(u)
			}
			for _, s := range u.Subjects {
				if s.Vacuous && best < 0 {
					best, fact, by = 0, s.Reason, "declaration"
				}
			}
			for _, f := range u.Findings {
				if f.Verdict == plimsoll.Pass && !f.Proposal && f.Ignored == "" && rank[f.Basis] > best {
					best, fact, by = rank[f.Basis], f.Reason, v.Who(f.By)
				}
			}
		}
	}
	return fact, by
}
