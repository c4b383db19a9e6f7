package labels

import (
	"errors"
	"testing"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestExit: every outcome has the code that the help text says, only Live ends with
// 0, and the worst of several counts.
func TestExit(t *testing.T) {
	want := map[verify.Outcome]int{
		verify.Live:         0,
		verify.SupportEnded: 3, verify.Expired: 3, verify.NotYetValid: 3, verify.Suspended: 3, verify.Revoked: 3,
		verify.Stale: 4, verify.Signed: 4, verify.Malformed: 4,
		verify.NotIssued: 5, verify.KeyDistrusted: 5, verify.BadSignature: 5, verify.WrongHost: 5, verify.UnknownScheme: 5,
	}
	for _, o := range append(verify.Outcomes(), 200) {
		w, known := want[o]
		if !known && o != 200 {
			t.Errorf("%s has no code", o)
		}
		if o == 200 { // of a later version
			w = 4
		}
		if got := code(o); got != w {
			t.Errorf("%s: got %d, want %d", o, got, w)
		}
	}
	for _, c := range []struct {
		all  []verify.Outcome
		want int
	}{
		{nil, 0},
		{[]verify.Outcome{verify.Live, verify.Live}, 0},
		{[]verify.Outcome{verify.Live, verify.Stale}, 4},
		{[]verify.Outcome{verify.Stale, verify.Revoked, verify.Live}, 3},
		{[]verify.Outcome{verify.Revoked, verify.NotIssued, verify.Stale}, 5},
	} {
		got := 0
		var code cli.Exit
		if err := exit(c.all); errors.As(err, &code) {
			got = int(code)
		}
		if got != c.want {
			t.Errorf("%v: got %d, want %d", c.all, got, c.want)
		}
	}
}
