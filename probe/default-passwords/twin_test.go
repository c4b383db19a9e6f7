package defaultpasswords

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21100

// assess starts a simulated device, lets the probe look at it, and returns what it
// saw and judged.
func assess(t *testing.T, kind string, flaws ...string) (*probe.View, probe.Result) {
	t.Helper()
	v := probetest.Twin(t, Probe, sim.Config{Kind: kind, Flaws: flaws, Base: testBase})
	return v, Probe.Judge(v)
}

// fails lists the FAILs as "unit subject".
func fails(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		if f.Verdict == plimsoll.Fail {
			out = append(out, string(f.Unit)+" "+f.Subject)
			if f.Reason == "" || f.Remedy == "" || len(f.Evidence) == 0 || f.State != plimsoll.StateInitialized || f.Sample == "" {
				out = append(out, "incomplete: "+f.Reason)
			}
		}
	}
	slices.Sort(out)
	return out
}

func fact(r probe.Result, id plimsoll.FactID) bool {
	return slices.ContainsFunc(r.Facts, func(f plimsoll.Fact) bool { return f.ID == id && f.Value == true })
}

func TestTwins(t *testing.T) {
	tests := []struct {
		flaws []string
		want  []string // FAILs on the camera; the plug's are the same
		works bool
	}{
		{nil, []string{}, false},
		{[]string{"default-password"}, []string{"5.1-1-2/c AuthMech-1", "5.1-1-2/c seen:tcp/21123/telnet"}, true},
		{[]string{"any-password"}, []string{"5.5-4-2/a SoftServ-1"}, false},
		{[]string{"no-password"}, []string{"5.5-4-2/a SoftServ-4"}, false},
		{[]string{"ssh-default-password"}, []string{"5.1-1-2/c AuthMech-3"}, true},
		{[]string{"telnet-open"}, []string{}, false},
		{[]string{"login-in-clear"}, []string{}, false},
		{[]string{"ics-contradiction"}, []string{}, false},
	}
	for _, kind := range sim.Kinds() {
		for _, tt := range tests {
			t.Run(kind+"/"+strings.Join(tt.flaws, "+"), func(t *testing.T) {
				v, r := assess(t, kind, tt.flaws...)
				if got := fails(r); !slices.Equal(got, tt.want) {
					b, _ := json.MarshalIndent(probe.Items(v, evidence.Logins), "", " ")
					t.Errorf("FAILs: got %q, want %q\n%s", got, tt.want, b)
				}
				if got := fact(r, "default_password.works"); got != tt.works {
					t.Errorf("fact default_password.works: got %v, want %v", got, tt.works)
				}
				if !fact(r, "passwords.used") {
					t.Error("no sign that passwords are used")
				}
				for _, it := range probe.Items(v, evidence.Logins) {
					if it.Note != "" {
						t.Errorf("note %q", it.Note)
					}
					for _, l := range it.Value {
						if l.Result.Verdict == creds.LockedOut {
							t.Errorf("the probe locked %s at port %d: %+v", l.Protocol, l.Port, l.Result.Attempts)
						}
					}
				}
			})
		}
	}
}

// TestSameEvidence: two looks at one device differ in nothing.
func TestSameEvidence(t *testing.T) {
	var digests []plimsoll.Digest
	for range 2 {
		v, _ := assess(t, "camera", "default-password")
		for _, it := range probe.Items(v, evidence.Logins) {
			digests = append(digests, it.Digest)
		}
	}
	if len(digests) != 2 || digests[0] != digests[1] {
		t.Errorf("got %v", digests)
	}
}
