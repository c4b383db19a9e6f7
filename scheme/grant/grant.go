// Package grant says whether a label may be granted from an assessment: the answer
// of the scheme's regime must support the level on the day, nothing of the level may
// be open, and what people let stand must be said in the decision.
//
// It names every reason against a grant at once. It must never grant on a word that
// the bundle does not carry: no claim of a laboratory without its key, no name that
// the declaration does not hold.
package grant

import (
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/scheme"
)

// Input is what a grant is made from. The bundle was verified and judged again.
type Input struct {
	Policy     scheme.Policy
	Code       string
	Catalog    *catalog.Catalog
	Regime     *regime.Regime // of the policy
	Assessment *plimsoll.Assessment
	Answer     *answer.Answer // of Regime on the day of Now
	Level      int            // of the label, 1 for the lowest
	Bundle     plimsoll.Digest
	Raw        plimsoll.Digest  // of the bytes of the assessment
	BundleKey  crypto.PublicKey // that signed the bundle
	Brand      string           // as printed on the box; "": the maker's name
	Model      string           // as printed on the box; "": the product's name
	GTIN       uint64
	Replaces   label.Number
	Accepted   []scheme.Accepted
	Sheet      map[string][]page.Section
	Contacts   []page.Contact
	Now        time.Time
}

// Refused holds every reason why a label may not be granted.
type Refused struct{ Reasons []string }

// Error lists the reasons, one a line.
func (r *Refused) Error() string {
	return "the label may not be granted:\n- " + strings.Join(r.Reasons, "\n- ")
}

type checks struct {
	in    Input
	units map[plimsoll.UnitID]bool // of the level
	bad   []string
}

func (c *checks) refuse(format string, args ...any) {
	c.bad = append(c.bad, fmt.Sprintf(format, args...))
}

// Make is the grant that the approvers are asked to sign, or a *Refused.
func Make(in Input) (*scheme.Grant, error) {
	if in.Level < 1 || in.Level > len(in.Policy.Levels) {
		return nil, fmt.Errorf("level %d: the scheme has 1 to %d", in.Level, len(in.Policy.Levels))
	}
	id := in.Policy.Levels[in.Level-1]
	lv, ok := in.Regime.Level(id)
	if !ok {
		return nil, fmt.Errorf("level %d: the regime %s has no level %q", in.Level, in.Regime.ID, id)
	}
	c := &checks{in: in, units: map[plimsoll.UnitID]bool{}}
	c.assessment()
	c.level(lv)
	c.provisions()
	c.accepted()
	claims := c.claims(lv)
	keyID, err := key.ID(in.BundleKey)
	if err != nil {
		return nil, err
	}
	if len(c.bad) > 0 {
		return nil, &Refused{Reasons: c.bad}
	}
	a := in.Assessment
	return &scheme.Grant{
		Claims: claims, Replaces: in.Replaces, Regime: in.Regime.ID, Level: id,
		Standard: a.Edition.Standard, Method: a.Edition.Method, Tool: a.Tool, Category: a.Product.Category,
		Bundle: in.Bundle, Assessment: in.Raw, BundleKey: keyID, Accepted: in.Accepted, Sheet: in.Sheet, Contacts: in.Contacts,
	}, nil
}

// assessment holds what does not depend on the level.
func (c *checks) assessment() {
	a := c.in.Assessment
	if a.Edition.Method != plimsoll.MethodTS103701 {
		c.refuse("the assessment under %s was judged by the method %q, which is provisional: assess it under %s", a.Edition.Standard, a.Edition.Method, plimsoll.EditionV2)
	}
	if a.At.After(c.in.Now.Add(scheme.Skew)) {
		c.refuse("the assessment is of %s, which is yet to come", a.At.Format(time.RFC3339))
	}
	if age := c.in.Now.Sub(a.At); age > time.Duration(c.in.Policy.MaxAgeDays)*24*time.Hour {
		c.refuse("the assessment is of %s: the scheme takes none older than %d days", a.At.Format(time.DateOnly), c.in.Policy.MaxAgeDays)
	}
	if a.ICS.Verdict == plimsoll.Fail {
		for _, p := range a.ICS.Problems {
			if p.Verdict == plimsoll.Fail {
				c.refuse("the ICS is not valid: %s: %s", p.Provision, p.Reason)
			}
		}
	}
}

// level holds what the answer of the regime says, on the product's own evidence.
func (c *checks) level(lv *regime.Level) {
	a := c.in.Answer
	if a.Scope.In != "yes" {
		c.refuse("%s: whether it catches the product is %q: %s", a.Regime, a.Scope.In, a.Scope.Why)
	}
	if a.State != "open" && a.State != "in-force" {
		c.refuse("%s is %s on %s", a.Regime, a.State, a.Day)
	}
	i := slices.IndexFunc(a.Levels, func(l answer.LevelAnswer) bool { return l.ID == lv.ID })
	if i < 0 {
		c.refuse("%s does not answer for its level %s", a.Regime, lv.ID)
		return
	}
	got := a.Levels[i]
	if got.Via != "" {
		c.refuse("level %s rests on a label of %s, not on evidence of the product's own", lv.ID, got.Via)
	}
	if got.Reached != "yes" {
		c.refuse("level %s is not reached: %s", lv.ID, got.Reached)
		for _, s := range got.Steps {
			c.refuse("  to do: %s", strings.TrimSpace(s.What+" "+s.Hint))
		}
	}
	below := c.in.Regime.Below(lv)
	for _, q := range a.Requirements {
		if len(q.Levels) > 0 && !slices.ContainsFunc(q.Levels, func(l string) bool { return slices.Contains(below, l) }) {
			continue
		}
		if q.Status == answer.EvidenceAgainst || len(q.Labels) > 0 || q.Via != nil {
			c.refuse("%s: %s, %s", q.ID, q.Status, q.Why)
		}
		c.trace(q.Trace)
	}
}

// trace collects the units that a requirement of the level rests on.
func (c *checks) trace(t *answer.Trace) {
	if t == nil {
		return
	}
	for _, u := range t.Units {
		c.units[u] = true
	}
	if id, ok := strings.CutPrefix(t.Atom, "provision "); ok {
		for _, p := range c.in.Assessment.Provisions {
			if string(p.ID) == id {
				for _, cs := range p.Cases {
					for _, u := range cs.Units {
						c.units[u.ID] = true
					}
				}
			}
		}
	}
	for _, p := range t.Parts {
		c.trace(p)
	}
}

// provisions refuses what is open, unconfirmed or spoken against in the level.
func (c *checks) provisions() {
	for _, p := range c.in.Assessment.Provisions {
		ours := false
		for _, cs := range p.Cases {
			for _, u := range cs.Units {
				if !c.units[u.ID] || p.Support == plimsoll.SupportNA {
					continue
				}
				ours = true
				if u.Open {
					c.refuse("unit %s (%s) is open: a person has yet to decide: plimsoll ask DIR --unit %[1]s, then pack the bundle anew", u.ID, u.Title)
				}
				for _, s := range u.Subjects {
					if s.Unconfirmed || s.Contradicted {
						c.refuse("unit %s, %s: unconfirmed or contradicted", u.ID, s.ID)
					}
				}
			}
		}
		if !ours {
			continue
		}
		for _, a := range p.Against {
			c.refuse("provision %s: evidence against it: %s", p.ID, a.Reason)
		}
		for _, q := range c.in.Assessment.ICS.Problems {
			if q.Provision == p.ID && q.Verdict != plimsoll.Fail {
				c.refuse("provision %s: the ICS is incomplete: %s", p.ID, q.Reason)
			}
		}
	}
}

// claims is what the label would say.
func (c *checks) claims(lv *regime.Level) label.Claims {
	p := c.in.Assessment.Product
	out := label.Claims{
		Issuer: c.in.Code, Level: uint8(c.in.Level), Assurance: c.assurance(), GTIN: c.in.GTIN,
		Brand: c.name("brand", c.in.Brand, p.Manufacturer), Model: c.name("model", c.in.Model, p.Name), Version: p.Firmware,
		From: c.in.Now.UTC().Truncate(time.Second),
	}
	if p.Firmware == "" {
		c.refuse("the declaration names no firmware version: a label is for the version that was assessed")
	}
	support, err := time.Parse(time.DateOnly, p.SupportUntil)
	switch {
	case err != nil:
		c.refuse("the declaration does not say until when there are security updates: product.support.until")
		return out
	case !support.After(c.in.Now):
		c.refuse("support ended on %s", p.SupportUntil)
	}
	out.SupportEnd = label.DayOf(support)
	end, ok := lv.Validity.End(out.From.Truncate(24*time.Hour), support)
	if !ok || lv.Validity == "" {
		c.refuse("the regime %s does not say how long a label of level %s is valid", c.in.Regime.ID, lv.ID)
	}
	out.Until = end.UTC()
	return out
}

// name takes what is printed on the box: it must stand in the declaration.
func (c *checks) name(what, wanted, declared string) string {
	if wanted == "" {
		return declared
	}
	p := c.in.Assessment.Product
	for _, have := range append([]string{p.Manufacturer, p.Name, p.Model, p.Manufacturer + " " + p.Name}, p.TradeNames...) {
		if have == wanted || strings.HasPrefix(have, wanted+" ") || strings.HasSuffix(have, " "+wanted) {
			return wanted
		}
	}
	c.refuse("%s %q: the declaration does not hold it; it has %q, %q, %q %q", what, wanted, p.Manufacturer, p.Name, p.Model, p.TradeNames)
	return wanted
}

// assurance is on whose word the label stands: that of a laboratory or an authority
// only when the scheme knows the key that signed the bundle as theirs.
func (c *checks) assurance() label.Assurance {
	id, err := key.ID(c.in.BundleKey)
	if err != nil {
		return label.SelfDeclared
	}
	for _, b := range c.in.Policy.Bodies {
		pub, err := key.ParsePublic(b.Key)
		if err != nil {
			continue
		}
		if got, err := key.ID(pub); err != nil || got != id || c.in.Assessment.Assessor.Role != b.Role {
			continue
		}
		if b.Role == plimsoll.RoleAuthority {
			return label.AuthorityChecked
		}
		return label.LabTested
	}
	return label.SelfDeclared
}

// accepted demands that each waiver and each overruled FAIL is named by the
// decision, and that the decision names nothing else.
func (c *checks) accepted() {
	open := map[scheme.Accepted]bool{}
	for _, w := range c.in.Assessment.Waivers {
		open[scheme.Accepted{What: "waiver", Unit: w.Unit, Subject: w.Subject}] = true
	}
	for _, p := range c.in.Assessment.Provisions {
		for _, cs := range p.Cases {
			for _, u := range cs.Units {
				for _, f := range u.Findings {
					if f.Overrules != "" {
						open[scheme.Accepted{What: "overrule", Unit: u.ID, Subject: f.Subject}] = true
					}
				}
			}
		}
	}
	for _, a := range c.in.Accepted {
		what := a
		what.Reason = ""
		if !open[what] {
			c.refuse("nothing to accept: there is no %s of %s %s", a.What, a.Unit, a.Subject)
		}
		if strings.TrimSpace(a.Reason) == "" {
			c.refuse("accepting the %s of %s %s: say why", a.What, a.Unit, a.Subject)
		}
		delete(open, what)
	}
	var left []string
	for a := range open {
		left = append(left, fmt.Sprintf("the %s of %s %s carries no grant unless the decision accepts it: --accept '%s %s %s: REASON'", a.What, a.Unit, a.Subject, a.What, a.Unit, a.Subject))
	}
	slices.Sort(left)
	c.bad = append(c.bad, left...)
}
