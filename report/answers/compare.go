package answers

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime/market"
)

// Delta writes what some markets cost beyond others.
func Delta(w io.Writer, d *market.Delta, have, want []string, o Options) error {
	p := &printer{w: w}
	p.hang("", fmt.Sprintf("What %s adds to %s", strings.Join(want, ", "), cmp.Or(strings.Join(have, ", "), "nothing")))
	for _, a := range d.Added {
		s := fmt.Sprintf("%s: %s", a.Title, a.Status)
		if a.Duty == "no" {
			s += ", voluntary"
		}
		if a.Level != "" {
			s += ", level " + a.Level
		}
		p.hang(fmt.Sprintf("  regime   %-16s ", a.Regime), s+"; route "+cmp.Or(a.Route, "not published")+"; fee "+cmp.Or(a.Fee, "not published"))
		for _, r := range a.Recognised {
			p.hang(fmt.Sprintf("  %25s ", ""), fmt.Sprintf("a label of %s counts here: %s [%s]", r.From, r.Effect, r.Cite))
		}
	}
	p.steps("  mend     ", d.Mend, o)
	p.steps("  evidence ", d.Evidence, o)
	p.steps("  fact     ", d.Facts, o)
	if n := len(d.Shared); n > 0 {
		p.hang("  shared   ", fmt.Sprintf("%d things to do that are needed already", n))
	}
	for _, x := range d.Documents {
		p.hang("  paper    ", fmt.Sprintf("%s: %s%s%s [%s]", x.Regime, x.Title, languages(x.Document), keep(x.Document), x.Cite))
	}
	for _, c := range d.Clocks {
		if !c.Past {
			p.hang("  clock    ", c.Date+"  "+c.What)
		}
	}
	lab := "no laboratory on the way"
	if d.Lab {
		lab = "a laboratory or a notified body is on the way"
	}
	p.hang("  in all   ", fmt.Sprintf("%s; %d days of those that are published", lab, d.Days))
	for _, u := range d.Unknown {
		p.hang("  unsure   ", u)
	}
	return p.err
}

// Plan writes the cheapest set of labels and recognitions.
func Plan(w io.Writer, x *market.Plan, o Options) error {
	p := &printer{w: w}
	p.hang("", fmt.Sprintf("The cheapest way that the published recognitions allow, as of %s (%d choices tried)", x.Day, x.Tried))
	for _, r := range x.Markets {
		s := "not reached: " + strings.Join(r.Missing, "; ")
		if r.Reached {
			s = "reached when the steps are done: " + strings.Join(r.How, "; ")
		}
		p.hang(fmt.Sprintf("  market   %-4s ", r.Market), s)
	}
	for _, l := range x.Held {
		p.hang("  held     ", strings.TrimSpace(fmt.Sprintf("%s %s until %s", l.Scheme, l.Level, l.Until)))
	}
	for _, l := range x.Labels {
		p.hang("  apply    ", fmt.Sprintf("%s %s; route %s; fee %s", l.Scheme, l.Level, cmp.Or(l.Route, "not published"), cmp.Or(l.Fee, "not published"))+runs(l))
	}
	for _, a := range x.Accepted {
		p.hang("  accepted ", fmt.Sprintf("%s %s in %s %s: %s [%s]", a.From.Scheme, a.From.Level, a.To, a.Level, a.Effect, a.Cite))
	}
	p.steps("  to do    ", x.Steps, o)
	for _, f := range x.Fees {
		p.hang("  fee      ", f)
	}
	p.hang("  in all   ", fmt.Sprintf("%d days of those that are published", x.Days))
	return p.err
}

func runs(l market.Acquire) string {
	switch {
	case l.Until == "" && l.Valid == "":
		return "; how long it runs is not published"
	case l.Until == "":
		return "; it runs " + string(l.Valid) + ", and the end of support is not known"
	}
	return "; issued on that day it runs until " + l.Until
}
