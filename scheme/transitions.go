package scheme

import (
	"errors"
	"fmt"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

// rules holds what must be true for a decision of each kind, signatures aside.
var rules = map[Kind]func(*State, *Decision) error{
	KindPolicy: (*State).policyRule, KindTrust: (*State).trustRule, KindGrant: (*State).grantRule,
	KindSuspend: (*State).changeRule, KindLift: (*State).changeRule, KindRevoke: (*State).changeRule, KindSupportEnded: (*State).changeRule,
}

// standings is the state machine of an issued label: from which standings a
// decision leads to which. A revoked label stays so.
var standings = map[Kind]struct {
	from []label.Standing
	to   label.Standing
}{
	KindSuspend:      {[]label.Standing{label.Valid}, label.Suspended},
	KindLift:         {[]label.Standing{label.Suspended}, label.Valid},
	KindRevoke:       {[]label.Standing{label.Valid, label.Suspended, label.SupportEnded}, label.Revoked},
	KindSupportEnded: {[]label.Standing{label.Valid}, label.SupportEnded},
}

func (s *State) policyRule(d *Decision) error {
	p := d.Policy
	persons, err := keysOf(p.Approvers)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, p := range persons {
		names[p.Name] = true
	}
	_, err = key.ParsePublic(p.Statement)
	switch {
	case err != nil:
		return fmt.Errorf("the key that signs entries: %w", err)
	case names[""] || len(names) != len(persons) || len(names) < approvers:
		return fmt.Errorf("approvers: want at least %d, each with a name of their own", approvers)
	case p.Regime == "" || len(p.Levels) == 0 || len(p.Levels) > label.MaxLevel:
		return fmt.Errorf("policy: want a regime with 1 to %d levels", label.MaxLevel)
	case p.MaxAgeDays < 1 || p.MaxAgeDays > 3650:
		return fmt.Errorf("policy: max_age_days %d, want 1 to 3650", p.MaxAgeDays)
	}
	for _, b := range p.Bodies {
		if _, err := key.ParsePublic(b.Key); err != nil {
			return fmt.Errorf("key of %q: %w", b.Name, err)
		}
		if b.Role != plimsoll.RoleLaboratory && b.Role != plimsoll.RoleAuthority {
			return fmt.Errorf("%q: role %q, want laboratory or authority", b.Name, b.Role)
		}
	}
	return nil
}

// trustRule follows the roots from list to list: each is signed by those that the
// one before it names.
func (s *State) trustRule(d *Decision) error {
	l, err := s.openTrust(d.Trust)
	if err != nil {
		return err
	}
	if s.Trust != nil && l.Version <= s.Trust.Version {
		return fmt.Errorf("trust list: version %d after %d", l.Version, s.Trust.Version)
	}
	sc, ok := l.Scheme(s.Code)
	if !ok {
		return fmt.Errorf("the trust list does not name the scheme %q", s.Code)
	}
	if s.Trust == nil {
		return nil
	}
	old, err := s.Scheme()
	if err != nil {
		return err
	}
	if sc.LogOrigin != old.LogOrigin {
		return fmt.Errorf("the origin of the log changes from %q to %q", old.LogOrigin, sc.LogOrigin)
	}
	return keepsDistrust(old, sc)
}

// keepsDistrust refuses a list that forgets a key of labels, or trusts a stolen one
// again.
func keepsDistrust(old, now *label.Scheme) error {
	for _, k := range old.Keys {
		i := slices.IndexFunc(now.Keys, func(n label.Key) bool { return string(n.Public) == string(k.Public) })
		if i < 0 {
			if k.Use == label.UseLabel {
				return errors.New("trust list: a label key is gone; labels that it signed could not be verified")
			}
			continue
		}
		if k.DistrustFrom != nil && (now.Keys[i].DistrustFrom == nil || *now.Keys[i].DistrustFrom > *k.DistrustFrom) {
			return errors.New("trust list: a key that was distrusted is trusted again")
		}
	}
	return nil
}

func (s *State) openTrust(b []byte) (*label.TrustList, error) {
	if s.Trust != nil {
		return label.OpenTrust(b, s.Trust.Roots, s.Trust.Version)
	}
	roots, err := label.FirstRoots(b)
	if err != nil {
		return nil, err
	}
	return label.OpenTrust(b, roots, 0)
}

func (s *State) grantRule(d *Decision) error {
	sc, err := s.Scheme()
	if err != nil {
		return err
	}
	c := d.Grant.Claims
	switch {
	case c.Number != d.Number || c.Issuer != d.Scheme:
		return errors.New("grant: the claims are those of another label")
	case s.Labels[d.Number] != nil:
		return fmt.Errorf("the number %s is taken", label.NumberText(d.Scheme, d.Number))
	case int(c.Level) > len(sc.Levels) || int(c.Level) > len(s.Policy.Levels) || d.Grant.Level != s.Policy.Levels[c.Level-1] || d.Grant.Regime != s.Policy.Regime:
		return fmt.Errorf("grant: level %d is not %q of %q", c.Level, d.Grant.Level, d.Grant.Regime)
	case d.Grant.Method == plimsoll.MethodProvisional:
		return errors.New("grant: the method is provisional")
	case c.From.IsZero() || c.From.After(d.At) || !c.Until.After(d.At):
		return errors.New("grant: want it valid from the decision or before, until after it")
	}
	return s.renewRule(d)
}

// renewRule keeps one live label for a product and version at a level, renewals
// aside.
func (s *State) renewRule(d *Decision) error {
	c := d.Grant.Claims
	if d.Grant.Replaces != 0 {
		old := s.Labels[d.Grant.Replaces]
		switch {
		case old == nil:
			return fmt.Errorf("renews %s, which does not exist", label.NumberText(d.Scheme, d.Grant.Replaces))
		case old.Standing == label.Revoked || old.Standing == label.Suspended:
			return fmt.Errorf("renews %s, which is %s", label.NumberText(d.Scheme, d.Grant.Replaces), old.Standing)
		case old.Replaced != 0:
			return fmt.Errorf("renews %s, which was renewed already", label.NumberText(d.Scheme, d.Grant.Replaces))
		case old.Grant.Claims.Brand != c.Brand || old.Grant.Claims.Model != c.Model:
			return errors.New("renews the label of another product")
		}
	}
	for _, n := range s.Order {
		o := s.Labels[n]
		oc := o.Grant.Claims
		if o.Standing == label.Valid && o.Replaced == 0 && n != d.Grant.Replaces && oc.Until.After(d.At) &&
			oc.Brand == c.Brand && oc.Model == c.Model && oc.Version == c.Version && oc.Level == c.Level {
			return fmt.Errorf("the product has a live label of this level and version: %s", label.NumberText(d.Scheme, n))
		}
	}
	return nil
}

// tokenRule verifies the label itself: the claims that were approved, signed by a
// key of the scheme that may sign at that time.
func (s *State) tokenRule(e *Entry) error {
	t, err := label.Parse(e.Token)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if !sameClaims(t.Claims(), e.Decision.Grant.Claims) {
		return errors.New("token: says other than what was approved")
	}
	k, err := s.Trust.Signer(t)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	on := label.DayOf(e.At)
	switch {
	case on < k.SignFrom || on > k.SignUntil:
		return fmt.Errorf("token: the key may sign from %s to %s", k.SignFrom, k.SignUntil)
	case label.DayOf(e.Decision.Grant.Claims.Until) > k.VerifyUntil:
		return fmt.Errorf("token: outlives its key, which can be verified until %s", k.VerifyUntil)
	case k.DistrustFrom != nil && s.Size >= *k.DistrustFrom:
		return fmt.Errorf("token: its key is distrusted from size %d of the log", *k.DistrustFrom)
	case s.Trust.Expired(on):
		return fmt.Errorf("the trust list ended on %s", s.Trust.Expires)
	}
	return nil
}

// sameClaims compares what two labels say, times by the moment.
func sameClaims(a, b label.Claims) bool {
	if !a.From.Equal(b.From) || !a.Until.Equal(b.Until) {
		return false
	}
	a.From, a.Until = b.From, b.Until
	return a == b
}

func (s *State) changeRule(d *Decision) error {
	l := s.Labels[d.Number]
	if l == nil {
		return fmt.Errorf("%s was never issued", label.NumberText(d.Scheme, d.Number))
	}
	if rule := standings[d.Kind]; !slices.Contains(rule.from, l.Standing) {
		return fmt.Errorf("%s: %s is %s", d.Kind, label.NumberText(d.Scheme, d.Number), l.Standing)
	}
	return nil
}

// take changes the state by an entry that was checked.
func (s *State) take(index uint64, e *Entry) {
	d := &e.Decision
	change := Change{Kind: d.Kind, At: e.At, Reason: d.Reason, Note: d.Note, Index: index}
	switch d.Kind {
	case KindPolicy:
		s.Code, s.Policy = d.Scheme, *d.Policy
	case KindTrust:
		l, err := s.openTrust(d.Trust)
		if err != nil {
			return // trustRule has opened it
		}
		if s.Trust == nil {
			s.First = l.Roots
		}
		s.Trust, s.Signed = l, d.Trust
	case KindGrant:
		t, err := label.Parse(e.Token)
		if err != nil {
			return // tokenRule has parsed it
		}
		s.Labels[d.Number] = &Label{Grant: *d.Grant, Token: t, Index: index, History: []Change{change}, Machines: machines(e.Approvals)}
		s.Order = append(s.Order, d.Number)
		if old := s.Labels[d.Grant.Replaces]; d.Grant.Replaces != 0 {
			old.Replaced = d.Number
		}
	default:
		l := s.Labels[d.Number]
		l.Standing = standings[d.Kind].to
		l.History = append(l.History, change)
	}
}
