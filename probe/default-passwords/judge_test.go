package defaultpasswords

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// declare parses a small declaration with the given IXIT tables.
func declare(t *testing.T, ixit string) *product.Product {
	t.Helper()
	return probetest.Declare(t, "127.0.0.1", "21-23,80,443,8080", ixit)
}

func view(t *testing.T, ixit string, values ...probe.MemoryValue) *probe.View {
	t.Helper()
	return probetest.View(t, declare(t, ixit), values...)
}

func logins(ls ...evidence.Login) probe.MemoryValue {
	return probe.MemoryValue{
		Kind: evidence.Logins.ID(), Value: append([]evidence.Login{}, ls...), State: plimsoll.StateInitialized, Sample: "A1",
		Target: evidence.Target{Kind: evidence.TargetDevice, Name: "127.0.0.1"},
	}
}

func login(protocol string, port uint16, v creds.Verdict, tried ...creds.Tried) evidence.Login {
	return evidence.Login{
		Protocol: protocol, Address: "127.0.0.1", Port: port, Asks: v != creds.NoPasswordAsked,
		Result: creds.Result{Verdict: v, Candidates: tried, Attempts: []creds.Attempt{}},
	}
}

func TestJudge(t *testing.T) {
	const row = `AuthMech:
  - {id: AuthMech-1, factor: password, user: human, set_by: factory, used_in: [initialized], surface: {protocol: telnet, port: 23}}
SoftServ:
  - {id: SoftServ-1, status: on, network: yes, protocol: telnet, port: 23}`
	const keyRow = `AuthMech:
  - {id: AuthMech-1, factor: key, user: human, surface: {protocol: telnet, port: 23}}`
	hit := creds.Tried{Pair: creds.Pair{User: "root", Password: "xc3511", Source: "a list"}, Verdict: creds.Works, Proof: "a shell"}
	no := creds.Tried{Pair: creds.Pair{User: "root", Password: "root"}, Verdict: creds.PairRefused}
	tests := []struct {
		name, ixit string
		value      []probe.MemoryValue
		want       []string
	}{
		{"not collected", row, nil, []string{"5.1-1-2/c INCONCLUSIVE", "5.5-4-2/a INCONCLUSIVE"}},
		{"no login", row, []probe.MemoryValue{logins()}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a INCONCLUSIVE"}},
		{"default works", row, []probe.MemoryValue{logins(login("telnet", 23, creds.Works, no, hit))}, []string{"5.1-1-2/c AuthMech-1 FAIL", "5.5-4-2/a SoftServ-1 PASS"}},
		{"default works, undeclared", "AuthMech: []", []probe.MemoryValue{logins(login("ssh", 22, creds.Works, hit))}, []string{"5.1-1-2/c seen:tcp/22/ssh FAIL", "5.5-4-2/a seen:tcp/22/ssh PASS"}},
		{"another factor is declared", keyRow, []probe.MemoryValue{logins(login("telnet", 23, creds.Works, hit))}, []string{"5.1-1-2/c seen:tcp/23/telnet FAIL", "5.5-4-2/a seen:tcp/23/telnet PASS"}},
		{"all refused", row, []probe.MemoryValue{logins(login("telnet", 23, creds.PairRefused, no))}, []string{"5.1-1-2/c AuthMech-1 PASS", "5.5-4-2/a SoftServ-1 PASS"}},
		{"all refused, undeclared", "AuthMech: []", []probe.MemoryValue{logins(login("telnet", 23, creds.PairRefused, no))}, []string{"5.1-1-2/c seen:tcp/23/telnet INCONCLUSIVE", "5.5-4-2/a seen:tcp/23/telnet PASS"}},
		{"nothing was tried", row, []probe.MemoryValue{logins(login("telnet", 23, creds.PairRefused))}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a SoftServ-1 INCONCLUSIVE"}},
		{"no password", row, []probe.MemoryValue{logins(login("telnet", 23, creds.NoPasswordAsked))}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a SoftServ-1 FAIL"}},
		{"any password", row, []probe.MemoryValue{logins(login("telnet", 23, creds.AnyPasswordWorks))}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a SoftServ-1 FAIL"}},
		{"locked", row, []probe.MemoryValue{logins(login("telnet", 23, creds.LockedOut))}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a SoftServ-1 INCONCLUSIVE"}},
		{"unstable", row, []probe.MemoryValue{logins(login("telnet", 23, creds.Unstable))}, []string{"5.1-1-2/c AuthMech-1 INCONCLUSIVE", "5.5-4-2/a SoftServ-1 INCONCLUSIVE"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Probe.Judge(view(t, tt.ixit, tt.value...))
			if got := probetest.Seen(r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			probetest.Complete(t, Probe, r)
		})
	}
}

// TestIncomplete: what could not be tried leaves every row open.
func TestIncomplete(t *testing.T) {
	val := logins()
	val.Note = "telnet port 23: no answer in time"
	r := Probe.Judge(view(t, "AuthMech: []", val))
	if got := probetest.Seen(r); !slices.Equal(got, []string{"5.1-1-2/c INCONCLUSIVE", "5.5-4-2/a INCONCLUSIVE"}) || !strings.Contains(r.Findings[0].Reason, val.Note) {
		t.Errorf("got %q", got)
	}
}

// TestCandidates: short lists hold the likeliest pairs of each service.
func TestCandidates(t *testing.T) {
	p := declare(t, `AuthMech:
  - {id: AuthMech-1, factor: password, surface: {port: 443}, rate_limit: {attempts: 5, action: lockout}}`)
	s := probe.NewSession(probe.Config{Product: p, Catalog: probetest.Catalog(t), Now: time.Now})
	for _, tt := range []struct {
		login evidence.Login
		n     int
		first string
	}{
		{evidence.Login{Protocol: "http-form", Port: 443}, 2, "admin"},
		{evidence.Login{Protocol: "telnet", Port: 23}, 2, "root"},
	} {
		c := &collection{s: s}
		b := c.budgetOf(tt.login)
		got := c.candidates(service{}, place{login: tt.login}, b)
		if b.max != 4 || len(got) != tt.n || got[0].User != tt.first {
			t.Errorf("%s: budget %d, got %v, want %d pairs, %s first", tt.login.Protocol, b.max, got, tt.n, tt.first)
		}
		b.used = 4
		if b.afford() == nil || len(c.candidates(service{}, place{login: tt.login}, b)) != 0 {
			t.Errorf("%s: the budget is spent and pairs are left", tt.login.Protocol)
		}
	}
	free := &collection{s: probe.NewSession(probe.Config{Product: p, Catalog: probetest.Catalog(t), Now: time.Now, Safety: probe.Disruptive})}
	if b := free.budgetOf(evidence.Login{Protocol: "telnet", Port: 23}); b.max != 0 {
		t.Errorf("disruptive: budget %d, want none", b.max)
	}
	names := withoutNames(byTurns(creds.Order(creds.Defaults(), "camera"), "root"))
	if names[0].User != "" || len(names) >= len(creds.Defaults()) {
		t.Errorf("without names: %d of %d pairs", len(names), len(creds.Defaults()))
	}
}
