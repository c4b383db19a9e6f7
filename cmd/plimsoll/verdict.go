package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

// gate is how the exit code of a verdict-giving command is chosen.
type gate struct {
	failOn   string
	baseline string
	base     *plimsoll.Assessment // read by check, before the command writes anything
}

func (g *gate) flags(c *cobra.Command) {
	c.Flags().StringVar(&g.failOn, "fail-on", "", "fail: exit 0 on INCONCLUSIVE, and let live waivers through")
	c.Flags().StringVar(&g.baseline, "baseline", "", "an earlier assessment.json: fail only on what is new since")
}

// check refuses flags that cannot be followed, before anything is done.
func (g *gate) check() error {
	if g.failOn != "" && g.failOn != "fail" {
		return cli.Usage(fmt.Errorf("--fail-on %q: the only value is fail", g.failOn))
	}
	if g.baseline == "" {
		return nil
	}
	var err error
	g.base, err = readAssessment(g.baseline)
	return err
}

// failure is one reason for exit code 3.
type failure struct {
	provision plimsoll.ProvisionID
	unit      plimsoll.UnitID
	subject   string
	by        string // the probe, without its version; "" when it was no probe
}

// failures lists what makes the product fail: an invalid ICS, failed units of
// claimed provisions, and evidence against claimed provisions. One that also stands
// in an earlier assessment is the same failure.
func failures(a *plimsoll.Assessment) []failure {
	var out []failure
	for _, p := range a.ICS.Problems {
		if p.Verdict == plimsoll.Fail {
			out = append(out, failure{provision: p.Provision})
		}
	}
	for _, p := range a.Provisions {
		if p.Support != plimsoll.SupportYes {
			continue
		}
		for _, ag := range p.Against {
			out = append(out, failure{p.ID, ag.Unit, ag.Subject, probeName(ag.By)})
		}
		for _, c := range p.Cases {
			if c.Verdict != plimsoll.Fail {
				continue
			}
			for _, u := range c.Units {
				out = append(out, failedSubjects(p.ID, u)...)
			}
		}
	}
	return out
}

// failedSubjects lists the failures of a failed unit: for each subject one by each
// probe that says so, else one.
func failedSubjects(id plimsoll.ProvisionID, u plimsoll.UnitResult) []failure {
	var out []failure
	if u.Verdict != plimsoll.Fail {
		return nil
	}
	for _, s := range u.Subjects {
		if s.Verdict != plimsoll.Fail {
			continue
		}
		n := len(out)
		for _, f := range u.Findings {
			if f.Subject == s.ID && f.Verdict == plimsoll.Fail && f.Basis != plimsoll.BasisPerson && !f.Overruled && f.Ignored == "" {
				out = append(out, failure{id, u.ID, s.ID, probeName(f.By)})
			}
		}
		if len(out) == n {
			out = append(out, failure{id, u.ID, s.ID, ""})
		}
	}
	return out
}

func probeName(by string) string {
	name, _, _ := strings.Cut(by, "@")
	return name
}

func waived(a *plimsoll.Assessment, f failure) bool {
	for _, w := range a.Waivers {
		if w.Live && w.Unit == f.unit && (w.Subject == "" || w.Subject == f.subject) {
			return true
		}
	}
	return false
}

// code turns an assessment into an exit code.
func (g gate) code(a *plimsoll.Assessment) (int, error) {
	old := map[failure]bool{}
	if b := g.base; b != nil {
		if b.Product.Name != a.Product.Name || b.Product.Model != a.Product.Model || b.Edition.Standard != a.Edition.Standard {
			return cli.ExitCannot, fmt.Errorf("--baseline %q is an assessment of %q, %q under %s: it says nothing of this one",
				g.baseline, b.Product.Name, b.Product.Model, b.Edition.Standard)
		}
		for _, f := range failures(b) {
			old[f] = true
		}
	}
	fails := false
	for _, f := range failures(a) {
		fails = fails || !old[f] && (g.failOn == "" || !waived(a, f))
	}
	switch {
	case fails, a.Verdict == plimsoll.Fail && g.failOn == "" && g.baseline == "":
		return cli.ExitFail, nil
	case g.failOn == "" && undecided(a):
		return cli.ExitInconclusive, nil
	}
	return cli.ExitPass, nil
}

// undecided reports whether something that the verdict rests on is INCONCLUSIVE.
func undecided(a *plimsoll.Assessment) bool {
	if a.Verdict == plimsoll.Inconclusive || a.ICS.Verdict == plimsoll.Inconclusive {
		return true
	}
	return slices.ContainsFunc(a.Provisions, func(p plimsoll.ProvisionResult) bool {
		return p.Support == plimsoll.SupportYes && p.Verdict == plimsoll.Inconclusive
	})
}

// end turns a verdict into the error that carries the exit code.
func (g gate) end(a *plimsoll.Assessment) error {
	code, err := g.code(a)
	if err != nil || code == cli.ExitPass {
		return err
	}
	return cli.Exit(code)
}
