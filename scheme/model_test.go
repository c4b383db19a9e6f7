package scheme

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/plimsoll-iot/plimsoll/label"
)

// TestModel holds the state machine against a smaller one of the test's own, over
// random lives of a few labels: both take and refuse the same decisions.
func TestModel(t *testing.T) {
	b := newBench(t)
	statement := b.own(t, "statement")
	signer := b.own(t, "label-2026")
	kinds := []Kind{KindGrant, KindSuspend, KindLift, KindRevoke, KindSupportEnded}
	// next[standing][kind] is the standing that follows; none: refused.
	next := map[string]map[Kind]string{
		"":              {KindGrant: "valid"},
		"valid":         {KindSuspend: "suspended", KindRevoke: "revoked", KindSupportEnded: "support-ended"},
		"suspended":     {KindLift: "valid", KindRevoke: "revoked"},
		"support-ended": {KindRevoke: "revoked"},
	}
	reason := map[Kind]string{KindSuspend: "vulnerability", KindLift: "mended", KindRevoke: "misuse", KindSupportEnded: "support-ended"}
	rapid.Check(t, func(rt *rapid.T) {
		s, model := b.again(t), map[label.Number]string{}
		steps := rapid.IntRange(1, 12).Draw(rt, "steps")
		for i := range steps {
			n := label.Number(rapid.IntRange(1, 3).Draw(rt, "number"))
			kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
			e := Entry{Decision: Decision{Kind: kind, Scheme: "HARB", At: b.now, Number: n, Reason: reason[kind], Note: fmt.Sprint(i)}}
			if kind == KindGrant {
				e.Decision.Grant = b.plug(fmt.Sprint("v", n))
				e.Decision.Grant.Claims.Number, e.Decision.Grant.Claims.Issuer = n, "HARB"
				e.Token = b.token(t, &e, signer)
			}
			e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
			want, allowed := next[model[n]][kind]
			size := s.Size
			err := s.Apply(s.Size, b.entry(t, e, statement))
			switch {
			case (err == nil) != allowed:
				rt.Fatalf("%s of label %d, which is %q: %v", kind, n, model[n], err)
			case err != nil && s.Size != size:
				rt.Fatal("a refused entry has changed the state")
			case err == nil:
				model[n] = want
			}
			for m, standing := range model {
				if got := s.Labels[m].Standing.String(); got != standing {
					rt.Fatalf("label %d is %s, want %s", m, got, standing)
				}
			}
		}
		if len(s.Labels) != len(model) {
			rt.Fatalf("%d labels, want %d", len(s.Labels), len(model))
		}
	})
}
