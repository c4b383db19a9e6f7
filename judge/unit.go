package judge

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product"
)

// wholeProduct is the subject of a unit that speaks of no table.
const wholeProduct = "product"

// subject is one subject of a unit before it is judged.
type subject struct {
	id     string
	row    *product.Row
	verify string // why it cannot be judged yet, with what to declare; "" when it can
	group  []string
}

// unit judges one unit.
func (j *judging) unit(u *catalog.Unit) plimsoll.UnitResult {
	res := plimsoll.UnitResult{
		ID: u.ID, Title: u.Text, Decider: u.Decider, Cover: j.cover(u), Filter: u.Where.Text,
		Subjects: []plimsoll.SubjectResult{}, Findings: []plimsoll.Finding{},
	}
	subs, vacuous := j.subjects(u)
	if vacuous {
		res.Verdict = plimsoll.Pass
		res.Subjects = append(res.Subjects, plimsoll.SubjectResult{
			ID: "none", Verdict: plimsoll.Pass, Vacuous: true,
			Reason: "nothing to judge: no row of " + string(u.Where.Table) + " fits" + showFilter(u.Where.Text),
		})
		return res
	}
	if u.Apply != nil {
		return j.applied(u, res, subs)
	}
	kept := map[plimsoll.Digest]bool{}
	var vs []plimsoll.Verdict
	for _, s := range subs {
		sr, fs := j.subject(u, s)
		res.Subjects = append(res.Subjects, sr)
		for _, f := range fs {
			if f.Digest == "" || !kept[f.Digest] {
				res.Findings = append(res.Findings, f)
				kept[f.Digest] = true
			}
		}
		vs = append(vs, sr.Verdict)
		res.Missing = union(res.Missing, sr.Missing)
		if u.Decider == plimsoll.DeciderStep && sr.Verdict == plimsoll.Pass {
			res.Step = "done"
		}
	}
	res.Verdict = quantify(u.Quantifier, vs)
	res.Open = res.Verdict == plimsoll.Inconclusive && j.asksPerson(u)
	return res
}

func showFilter(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

func quantify(q catalog.Quantifier, vs []plimsoll.Verdict) plimsoll.Verdict {
	if q.Some && q.Over == "" {
		return plimsoll.Some(vs...)
	}
	return plimsoll.All(vs...)
}

// asksPerson reports whether a person is asked when the unit is open.
func (j *judging) asksPerson(u *catalog.Unit) bool {
	switch u.Decider {
	case plimsoll.DeciderOperator, plimsoll.DeciderAssessor, plimsoll.DeciderStep:
		return true
	}
	return u.Prose != ""
}

// subjects lists what a unit speaks of. It is vacuous when its table is declared,
// nothing in it matches and nothing was seen.
func (j *judging) subjects(u *catalog.Unit) (out []subject, vacuous bool) {
	if u.Where.Table == "" || u.Completeness {
		return append([]subject{{id: wholeProduct}}, j.seen(u, map[string]bool{wholeProduct: true})...), false
	}
	sel := j.p.Select(u.Where)
	known := map[string]bool{}
	if !sel.Declared {
		id := string(u.Where.Table)
		known[id] = true
		out = append(out, subject{id: id, verify: j.tableMissing(u)})
		return append(out, j.seen(u, known)...), false
	}
	for _, r := range sel.Matches {
		known[r.ID] = true
		out = append(out, subject{id: r.ID, row: &r, group: j.referred(u, r)})
	}
	for _, r := range sel.Unknown {
		known[r.Row.ID] = true
		out = append(out, subject{id: r.Row.ID, row: &r.Row, verify: "declare " + strings.Join(r.Missing, " and ")})
	}
	for _, r := range sel.Unconfirmed {
		known[r.ID] = true
		out = append(out, subject{id: r.ID, row: &r, verify: "confirm " + r.ID + ": delete its key `observed` when the row is true"})
	}
	out = append(out, j.seen(u, known)...)
	if len(out) == 0 && u.Where.Required {
		why := fmt.Sprintf("declare a row of ixit.%s%s: without one, what is asked for does not exist", u.Where.Table, showFilter(u.Where.Text))
		return []subject{{id: string(u.Where.Table), verify: why}}, false
	}
	return out, len(out) == 0
}

func (j *judging) tableMissing(u *catalog.Unit) string {
	for _, t := range append([]plimsoll.TableID{u.Where.Table}, u.Tables...) {
		if !j.p.Declared(t) {
			return fmt.Sprintf("declare ixit.%s (an empty list says that there is nothing)", t)
		}
	}
	return fmt.Sprintf("declare the rows that %s refers to", u.Where.Table)
}

// referred lists the rows that a component refers to, for "each component, some
// mechanism".
func (j *judging) referred(u *catalog.Unit, r product.Row) []string {
	if u.Over == "" {
		return nil
	}
	ids, _ := r.List(u.Via)
	return ids
}

// seen lists the subjects of findings that no declared row explains: discovered
// things, and rows that the filter leaves out but that a counter-example names.
func (j *judging) seen(u *catalog.Unit, known map[string]bool) []subject {
	var out []subject
	for _, f := range j.findings[u.ID] {
		id := f.Subject
		if id == "" && f.Verdict == plimsoll.Fail {
			id = wholeProduct
		}
		if id == "" || known[id] || j.memberOf(u, id) {
			continue
		}
		if f.Verdict == plimsoll.Fail || strings.HasPrefix(id, plimsoll.SeenPrefix) && f.Verdict == plimsoll.Inconclusive {
			known[id] = true
			out = append(out, subject{id: id})
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].id < out[b].id })
	return out
}

// memberOf reports whether id is a row that is judged as part of a component.
func (j *judging) memberOf(u *catalog.Unit, id string) bool {
	if u.Over == "" {
		return false
	}
	for _, r := range j.p.Rows(u.Over) {
		if slices.Contains(j.referred(u, r), id) {
			return true
		}
	}
	return false
}

// cover is what must have been looked at, with "radios" replaced by the radios
// that table 15 declares.
func (j *judging) cover(u *catalog.Unit) []string {
	var out []string
	for _, c := range u.Cover {
		if c != "radios" {
			out = union(out, []string{c})
			continue
		}
		if !j.p.Declared("Intf") {
			out = union(out, []string{"radios"})
		}
		for _, r := range j.p.Rows("Intf") {
			m := r.Text("medium")
			if r.Text("type") == "network" && r.Text("status") != "off" && m != "" && !ipMedium[m] && r.Observed == "" {
				out = union(out, []string{"radio:" + m})
			}
		}
	}
	return out
}

// ipMedium lists the media whose traffic the IP probes see.
var ipMedium = map[string]bool{"ethernet": true, "wifi": true}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}
