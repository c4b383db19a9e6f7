package grant

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/regimes"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// passing is an assessment in which every provision of EN 303 645 V2.1.1 passes.
func passing(t *testing.T, cat *catalog.Catalog) *plimsoll.Assessment {
	t.Helper()
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, At: now.Add(-time.Hour), Tool: plimsoll.Tool{Name: "plimsoll", Version: "t"},
		Edition: plimsoll.EditionInfo{Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701},
		Product: plimsoll.ProductIdentity{
			Manufacturer: "Quayside Electric Ltd", Name: "Quay Plug", Model: "QP-1", TradeNames: []string{"QuayPlug"}, Firmware: "1.7.0",
			Category: "smart-plug", SupportUntil: "2032-03-01",
		},
		Verdict: plimsoll.Pass, ICS: plimsoll.ICSResult{Verdict: plimsoll.Pass},
	}
	for _, p := range cat.Edition(plimsoll.EditionV2) {
		r := plimsoll.ProvisionResult{ID: p.ID, Support: plimsoll.SupportYes, Applies: plimsoll.AppliesYes, Verdict: plimsoll.Pass}
		for _, c := range cat.CasesUnder(plimsoll.EditionV2, p.ID) {
			cr := plimsoll.CaseResult{ID: c.ID, Kind: c.Kind, Verdict: plimsoll.Pass}
			for _, u := range c.Units {
				cr.Units = append(cr.Units, plimsoll.UnitResult{
					ID: u.ID, Title: u.Question, Decider: u.Decider, Verdict: plimsoll.Pass,
					Subjects: []plimsoll.SubjectResult{{ID: "product", Verdict: plimsoll.Pass}},
				})
			}
			r.Cases = append(r.Cases, cr)
		}
		a.Provisions = append(a.Provisions, r)
	}
	return a
}

func provision(a *plimsoll.Assessment, id plimsoll.ProvisionID) *plimsoll.ProvisionResult {
	for i := range a.Provisions {
		if a.Provisions[i].ID == id {
			return &a.Provisions[i]
		}
	}
	return nil
}

func input(t *testing.T, change func(a *plimsoll.Assessment)) Input {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regimes.Load(regimes.LoadLine, cat)
	if err != nil {
		t.Fatal(err)
	}
	a := passing(t, cat)
	if change != nil {
		change(a)
	}
	r, _ := set.Regime(regimes.LoadLine)
	ans, err := answer.For(set, regimes.LoadLine, answer.Input{
		Assessments: map[plimsoll.Edition]*plimsoll.Assessment{a.Edition.Standard: a}, Day: now.Truncate(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Policy: scheme.Policy{Regime: regimes.LoadLine, Levels: []string{"1", "2", "3"}, MaxAgeDays: 180}, Code: "HARB",
		Catalog: cat, Regime: r, Assessment: a, Answer: ans, Level: 1, Bundle: "sha256:b", Raw: "sha256:a", BundleKey: k.Public(), Now: now,
	}
}

func TestGranted(t *testing.T) {
	for level := 1; level <= 3; level++ {
		in := input(t, nil)
		in.Level = level
		g, err := Make(in)
		if err != nil {
			t.Fatalf("level %d: %v", level, err)
		}
		c := g.Claims
		if c.Level != uint8(level) || c.Assurance != label.SelfDeclared || c.Version != "1.7.0" || c.SupportEnd.String() != "2032-03-01" ||
			c.Until.Format(time.DateOnly) != "2028-11-22" || !c.From.Equal(now) || c.Brand != "Quayside Electric Ltd" || c.Model != "Quay Plug" {
			t.Errorf("level %d: %+v", level, c)
		}
	}
}

// TestRefused: each reason against a grant is named, and what does not belong to the
// level does not stand in its way.
func TestRefused(t *testing.T) {
	unit := func(a *plimsoll.Assessment, id plimsoll.ProvisionID) *plimsoll.UnitResult {
		return &provision(a, id).Cases[0].Units[0]
	}
	for _, c := range []struct {
		name   string
		want   string // "": granted
		change func(a *plimsoll.Assessment)
		choose func(in *Input)
	}{
		{name: "as it is"},
		{"provisional", "provisional", func(a *plimsoll.Assessment) { a.Edition.Method = plimsoll.MethodProvisional }, nil},
		{"from the future", "yet to come", func(a *plimsoll.Assessment) { a.At = now.Add(time.Hour) }, nil},
		{"too old", "none older than 180 days", func(a *plimsoll.Assessment) { a.At = now.AddDate(0, -7, 0) }, nil},
		{"a failure in the level", "level 1 is not reached: no", func(a *plimsoll.Assessment) { provision(a, "5.1-1").Verdict = plimsoll.Fail }, nil},
		{"a failure above the level", "", func(a *plimsoll.Assessment) { provision(a, "5.6-1").Verdict = plimsoll.Fail }, nil},
		{"a failure of a duty at level 2", "level 2 is not reached", func(a *plimsoll.Assessment) { provision(a, "5.6-1").Verdict = plimsoll.Fail }, func(in *Input) { in.Level = 2 }},
		{"nobody has decided", "level 1 is not reached: open", func(a *plimsoll.Assessment) { provision(a, "5.2-1").Verdict = plimsoll.Inconclusive }, nil},
		{"a unit of the level is open", "is open", func(a *plimsoll.Assessment) { unit(a, "5.3-13").Open = true }, nil},
		{"a unit above the level is open", "", func(a *plimsoll.Assessment) { unit(a, "5.6-1").Open = true }, nil},
		{"unconfirmed", "unconfirmed or contradicted", func(a *plimsoll.Assessment) { unit(a, "5.1-1").Subjects[0].Unconfirmed = true }, nil},
		{"contradicted", "unconfirmed or contradicted", func(a *plimsoll.Assessment) { unit(a, "5.1-1").Subjects[0].Contradicted = true }, nil},
		{"evidence against", "evidence against", func(a *plimsoll.Assessment) {
			provision(a, "5.1-1").Against = []plimsoll.Against{{Unit: "5.1-1-1/a", Reason: "root logs in"}}
		}, nil},
		{"the ICS is invalid", "ICS is not valid", func(a *plimsoll.Assessment) {
			a.ICS = plimsoll.ICSResult{Verdict: plimsoll.Fail, Problems: []plimsoll.ICSProblem{{Provision: "5.5-1", Verdict: plimsoll.Fail, Reason: "mandatory"}}}
		}, nil},
		{"the ICS is incomplete in the level", "ICS is incomplete", func(a *plimsoll.Assessment) {
			a.ICS = plimsoll.ICSResult{Verdict: plimsoll.Inconclusive, Problems: []plimsoll.ICSProblem{{Provision: "5.2-1", Verdict: plimsoll.Inconclusive, Reason: "no answer"}}}
		}, nil},
		{"no firmware version", "firmware version", func(a *plimsoll.Assessment) { a.Product.Firmware = "" }, nil},
		{"no support period", "support.until", func(a *plimsoll.Assessment) { a.Product.SupportUntil = "" }, nil},
		{"support ended", "support ended on", func(a *plimsoll.Assessment) { a.Product.SupportUntil = "2026-11-01" }, nil},
		{"a brand of its own", "does not hold it", nil, func(in *Input) { in.Brand = "Harbour Lights" }},
		{"a part of a word", "does not hold it", nil, func(in *Input) { in.Model = "Quay Pl" }},
		{"the brand without its form", "", nil, func(in *Input) { in.Brand = "Quayside Electric" }},
		{"the model number", "", nil, func(in *Input) { in.Model = "QP-1" }},
		{"a trade name", "", nil, func(in *Input) { in.Model = "QuayPlug" }},
		{"a waiver", "carries no grant", func(a *plimsoll.Assessment) {
			a.Waivers = []plimsoll.Waiver{{Unit: "5.6-2-2/a", Subject: "Intf-2", Live: true}}
		}, nil},
		{"an accepted waiver", "", func(a *plimsoll.Assessment) {
			a.Waivers = []plimsoll.Waiver{{Unit: "5.6-2-2/a", Subject: "Intf-2", Live: true}}
		}, func(in *Input) {
			in.Accepted = []scheme.Accepted{{What: "waiver", Unit: "5.6-2-2/a", Subject: "Intf-2", Reason: "mended in 1.8"}}
		}},
		{"an accepted waiver of another subject", "nothing to accept", func(a *plimsoll.Assessment) {
			a.Waivers = []plimsoll.Waiver{{Unit: "5.6-2-2/a", Subject: "Intf-2", Live: true}}
		}, func(in *Input) {
			in.Accepted = []scheme.Accepted{{What: "waiver", Unit: "5.6-2-2/a", Subject: "Intf-3", Reason: "x"}}
		}},
		{"an overruled FAIL", "the overrule of 5.1-1", func(a *plimsoll.Assessment) {
			unit(a, "5.1-1").Findings = []plimsoll.Finding{{Subject: "AuthMech-1", Overrules: "sha256:x"}}
		}, nil},
		{"accepted without a reason", "say why", func(a *plimsoll.Assessment) {
			unit(a, "5.1-1").Findings = []plimsoll.Finding{{Subject: "AuthMech-1", Overrules: "sha256:x"}}
		}, func(in *Input) {
			in.Accepted = []scheme.Accepted{{What: "overrule", Unit: unit(in.Assessment, "5.1-1").ID, Subject: "AuthMech-1"}}
		}},
		{"nothing to accept", "nothing to accept", nil, func(in *Input) { in.Accepted = []scheme.Accepted{{What: "waiver", Unit: "5.1-1-1/a", Reason: "x"}} }},
		{"no such level", "the scheme has 1 to 3", nil, func(in *Input) { in.Level = 4 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input(t, c.change)
			if c.choose != nil {
				c.choose(&in)
			}
			g, err := Make(in)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %+v, %v, want %q", g, err, c.want)
			}
		})
	}
}

// TestAll: all reasons come at once.
func TestAll(t *testing.T) {
	in := input(t, func(a *plimsoll.Assessment) {
		a.Edition.Method, a.Product.Firmware = plimsoll.MethodProvisional, ""
		provision(a, "5.1-1").Verdict = plimsoll.Fail
	})
	_, err := Make(in)
	var r *Refused
	if !errors.As(err, &r) || len(r.Reasons) < 3 {
		t.Errorf("got %v", err)
	}
}

// TestAssurance: a laboratory's word needs its key, its role, and both together.
func TestAssurance(t *testing.T) {
	for _, c := range []struct {
		name string
		role plimsoll.Role
		body plimsoll.Role
		own  bool // the bundle is signed by the body's key
		want label.Assurance
	}{
		{"nobody known", plimsoll.RoleLaboratory, "", false, label.SelfDeclared},
		{"a laboratory", plimsoll.RoleLaboratory, plimsoll.RoleLaboratory, true, label.LabTested},
		{"an authority", plimsoll.RoleAuthority, plimsoll.RoleAuthority, true, label.AuthorityChecked},
		{"another key", plimsoll.RoleLaboratory, plimsoll.RoleLaboratory, false, label.SelfDeclared},
		{"a laboratory that speaks for the maker", plimsoll.RoleFirstParty, plimsoll.RoleLaboratory, true, label.SelfDeclared},
		{"a laboratory that calls itself an authority", plimsoll.RoleAuthority, plimsoll.RoleLaboratory, true, label.SelfDeclared},
	} {
		in := input(t, func(a *plimsoll.Assessment) { a.Assessor.Role = c.role })
		if c.body != "" {
			k, err := key.Generate(key.P256)
			if err != nil {
				t.Fatal(err)
			}
			pub, err := key.EncodePublic(k.Public())
			if err != nil {
				t.Fatal(err)
			}
			in.Policy.Bodies = []scheme.Body{{Name: "Quay Lab", Role: c.body, Key: pub}}
			if c.own {
				in.BundleKey = k.Public()
			}
		}
		g, err := Make(in)
		if err != nil || g.Claims.Assurance != c.want {
			t.Errorf("%s: got %+v, %v, want %s", c.name, g, err, c.want)
		}
	}
}
