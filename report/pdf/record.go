package pdf

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// record is who and what took part.
func (d *document) record() {
	d.Section("Record")
	v := d.v
	d.Sub("Assessor", 8)
	d.Flow(body, sentence(v.By()+": "+v.Role().Meaning), left, width)
	s := paper.Font("text", "", 8.5, ink)
	d.list("Persons who decided test units", []paper.Column{paper.Col("name", 50, s), paper.Col("role", 40, s), paper.Col("date", 25, s), paper.Col("key", 55, digest)},
		slicesOf(v.Persons, func(p plimsoll.Person) []string { return []string{p.Name, p.Role, p.Date, p.KeyID} }))
	d.list("Runs", []paper.Column{paper.Col("run", 50, s), paper.Col("from", 38, s), paper.Col("to", 38, s), paper.Col("complete", 18, s), paper.Col("firmware", 26, s)},
		slicesOf(v.Runs, func(r plimsoll.Run) []string {
			return []string{r.ID, instant(r.Start), instant(r.End), map[bool]string{true: "yes", false: "no"}[r.Complete], r.Firmware}
		}))
	d.list("Probes that did not run", []paper.Column{paper.Col("probe", 40, s), paper.Col("needs", 25, s), paper.Col("hint", 105, s)},
		slicesOf(v.Skipped, func(x plimsoll.Skipped) []string { return []string{x.Probe, x.Needs, x.Hint} }))
	d.list("Waivers, which hide nothing", []paper.Column{paper.Col("unit, subject", 45, s), paper.Col("owner", 30, s), paper.Col("until", 22, s), paper.Col("live", 10, s), paper.Col("reason", 63, s)},
		slicesOf(v.Waivers, func(w plimsoll.Waiver) []string {
			return []string{view.Joined(" ", string(w.Unit), w.Subject), w.Owner, w.Until, map[bool]string{true: "yes", false: "no"}[w.Live], w.Reason}
		}))
	d.overruled(s)
	d.list("Moments at which the device stopped answering", []paper.Column{paper.Col("at", 38, s), paper.Col("target", 40, s), paper.Col("during", 45, s), paper.Col("came back", 47, s)},
		slicesOf(v.Incidents, func(i plimsoll.Incident) []string {
			back := "no"
			if i.Recovered {
				back = fmt.Sprintf("after %.0f s", i.Seconds)
			}
			return []string{instant(i.At), i.Target, i.During, back}
		}))
	d.list("Labels that the supplier says it holds", []paper.Column{paper.Col("scheme", 35, s), paper.Col("level", 20, s), paper.Col("id", 55, s), paper.Col("until", 30, s), paper.Col("basis", 30, s)},
		slicesOf(v.Labels, func(l plimsoll.HeldLabel) []string {
			return []string{l.Scheme, l.Level, l.ID, l.Until, cmp.Or(l.Basis, "claimed")}
		}))
	d.list("Vulnerability data", []paper.Column{paper.Col("feed", 30, s), paper.Col("date", 22, s), paper.Col("entries", 18, s), paper.Col("digest", 100, paper.Font("mono", "", 7, ink))},
		slicesOf(v.Feeds, func(f plimsoll.Feed) []string {
			return []string{f.Name, f.Date, strconv.Itoa(f.Count), string(f.Digest)}
		}))
}

// list is a table under a heading; without rows there is neither.
func (d *document) list(title string, cols []paper.Column, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	d.Sub(title, 18)
	d.Table(cols, rows, nil)
}

// overruled lists the findings of software that a person set aside.
func (d *document) overruled(s paper.Style) {
	var rows [][]string
	for _, p := range d.v.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, f := range u.Findings {
					if f.Overruled {
						rows = append(rows, []string{view.Joined(" ", string(u.ID), f.Subject), f.By, view.Joined("; ", f.Reason, d.refs(f.Evidence))})
					}
				}
			}
		}
	}
	d.list("Findings that a person set aside", []paper.Column{paper.Col("unit, subject", 45, s), paper.Col("by", 40, s), paper.Col("what it said", 85, s)}, rows)
}
