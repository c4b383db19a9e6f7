package pdf

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// record is who and what took part.
func (d *document) record() {
	d.section("Record")
	v := d.v
	d.sub("Assessor", 8)
	d.text(body, sentence(v.By()+": "+v.Role().Meaning), left, width)
	s := style{"text", "", 8.5, ink}
	d.list("Persons who decided test units", []column{{"name", 50, s, false}, {"role", 40, s, false}, {"date", 25, s, false}, {"key", 55, digest, false}},
		slicesOf(v.Persons, func(p plimsoll.Person) []string { return []string{p.Name, p.Role, p.Date, p.KeyID} }))
	d.list("Runs", []column{{"run", 50, s, false}, {"from", 38, s, false}, {"to", 38, s, false}, {"complete", 18, s, false}, {"firmware", 26, s, false}},
		slicesOf(v.Runs, func(r plimsoll.Run) []string {
			return []string{r.ID, instant(r.Start), instant(r.End), map[bool]string{true: "yes", false: "no"}[r.Complete], r.Firmware}
		}))
	d.list("Probes that did not run", []column{{"probe", 40, s, false}, {"needs", 25, s, false}, {"hint", 105, s, false}},
		slicesOf(v.Skipped, func(x plimsoll.Skipped) []string { return []string{x.Probe, x.Needs, x.Hint} }))
	d.list("Waivers, which hide nothing", []column{{"unit, subject", 45, s, false}, {"owner", 30, s, false}, {"until", 22, s, false}, {"live", 10, s, false}, {"reason", 63, s, false}},
		slicesOf(v.Waivers, func(w plimsoll.Waiver) []string {
			return []string{view.Joined(" ", string(w.Unit), w.Subject), w.Owner, w.Until, map[bool]string{true: "yes", false: "no"}[w.Live], w.Reason}
		}))
	d.overruled(s)
	d.list("Moments at which the device stopped answering", []column{{"at", 38, s, false}, {"target", 40, s, false}, {"during", 45, s, false}, {"came back", 47, s, false}},
		slicesOf(v.Incidents, func(i plimsoll.Incident) []string {
			back := "no"
			if i.Recovered {
				back = fmt.Sprintf("after %.0f s", i.Seconds)
			}
			return []string{instant(i.At), i.Target, i.During, back}
		}))
	d.list("Labels that the supplier says it holds", []column{{"scheme", 35, s, false}, {"level", 20, s, false}, {"id", 55, s, false}, {"until", 30, s, false}, {"basis", 30, s, false}},
		slicesOf(v.Labels, func(l plimsoll.HeldLabel) []string {
			return []string{l.Scheme, l.Level, l.ID, l.Until, cmp.Or(l.Basis, "claimed")}
		}))
	d.list("Vulnerability data", []column{{"feed", 30, s, false}, {"date", 22, s, false}, {"entries", 18, s, false}, {"digest", 100, style{"mono", "", 7, ink}, false}},
		slicesOf(v.Feeds, func(f plimsoll.Feed) []string {
			return []string{f.Name, f.Date, strconv.Itoa(f.Count), string(f.Digest)}
		}))
}

// list is a table under a heading; without rows there is neither.
func (d *document) list(title string, cols []column, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	d.sub(title, 18)
	d.table(cols, rows, nil)
}

// overruled lists the findings of software that a person set aside.
func (d *document) overruled(s style) {
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
	d.list("Findings that a person set aside", []column{{"unit, subject", 45, s, false}, {"by", 40, s, false}, {"what it said", 85, s, false}}, rows)
}
