package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

// gate is how the exit code of a verdict-giving command is chosen.
type gate struct {
	failOn   string
	baseline string
}

func (g *gate) flags(c *cobra.Command) {
	c.Flags().StringVar(&g.failOn, "fail-on", "", "fail: exit 0 on INCONCLUSIVE, and let live waivers through")
	c.Flags().StringVar(&g.baseline, "baseline", "", "an earlier assessment.json: fail only on what is new since")
}

func (g *gate) check() error {
	if g.failOn != "" && g.failOn != "fail" {
		return cli.Usage(fmt.Errorf("--fail-on %q: the only value is fail", g.failOn))
	}
	return nil
}

// failure is one reason for exit code 3.
type failure struct {
	provision plimsoll.ProvisionID
	unit      plimsoll.UnitID
	subject   string
	what      string
}

// key is what makes a failure the same one as in an earlier assessment.
func (f failure) key() string {
	return fmt.Sprintf("%s|%s|%s", f.provision, f.unit, f.subject)
}

// failures lists what makes the product fail: an invalid ICS, failed units of
// claimed provisions, and evidence against claimed provisions.
func failures(a *plimsoll.Assessment) []failure {
	var out []failure
	for _, p := range a.ICS.Problems {
		if p.Verdict == plimsoll.Fail {
			out = append(out, failure{provision: p.Provision, what: p.Reason})
		}
	}
	for _, p := range a.Provisions {
		if p.Support != plimsoll.SupportYes {
			continue
		}
		for _, ag := range p.Against {
			out = append(out, failure{p.ID, ag.Unit, ag.Subject, ag.Reason})
		}
		for _, c := range p.Cases {
			for _, u := range c.Units {
				if c.Verdict != plimsoll.Fail || u.Verdict != plimsoll.Fail {
					continue
				}
				for _, s := range u.Subjects {
					if s.Verdict == plimsoll.Fail {
						out = append(out, failure{p.ID, u.ID, s.ID, s.Reason})
					}
				}
			}
		}
	}
	return out
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
	old := map[string]bool{}
	if g.baseline != "" {
		b, err := readAssessment(g.baseline)
		if err != nil {
			return cli.ExitCannot, err
		}
		for _, f := range failures(b) {
			old[f.key()] = true
		}
	}
	fails := false
	for _, f := range failures(a) {
		if old[f.key()] || g.failOn == "fail" && waived(a, f) {
			continue
		}
		fails = true
	}
	switch {
	case fails, a.Verdict == plimsoll.Fail && g.failOn == "" && g.baseline == "":
		return cli.ExitFail, nil
	case g.failOn == "fail" || a.Verdict == plimsoll.Pass:
		return cli.ExitPass, nil
	}
	return cli.ExitInconclusive, nil
}

// end turns a verdict into the error that carries the exit code.
func (g gate) end(a *plimsoll.Assessment) error {
	code, err := g.code(a)
	if err != nil || code == cli.ExitPass {
		return err
	}
	return cli.Exit(code)
}
