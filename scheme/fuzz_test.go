package scheme

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
)

// FuzzApply gives entries to a state: none is taken but the one that two people and
// the scheme have signed.
func FuzzApply(f *testing.F) {
	b := newBench(f)
	e := b.good(f)
	good := b.entry(f, e, b.own(f, "statement"))
	f.Add(good)
	e.Approvals = e.Approvals[:1]
	f.Add(b.entry(f, e, b.own(f, "statement")))
	f.Add(b.entry(f, Entry{Decision: Decision{Kind: KindRevoke, Scheme: "HARB", At: start, Number: 1, Reason: "misuse"}}, newKey(f, key.P256)))
	before := b.f.State
	if err := b.f.Close(); err != nil { // nothing runs beside the fuzzing
		f.Fatal(err)
	}
	b.f = nil
	f.Fuzz(func(t *testing.T, statement []byte) {
		s := State{Code: before.Code, Policy: before.Policy, Trust: before.Trust, Size: before.Size}
		if err := s.Apply(before.Size, statement); err == nil && string(statement) != string(good) {
			t.Error("an entry that nobody has approved was taken")
		}
	})
}
