package creds

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

// service is a scripted service; its answer may depend on the attempt's number.
type service func(n int, p *Pair) (Reply, error)

func (s service) login() Login {
	n := 0
	return func(_ context.Context, p *Pair) (Reply, error) {
		n++
		return s(n, p)
	}
}

func only(user, password string) service {
	return func(_ int, p *Pair) (Reply, error) {
		if p != nil && p.User == user && p.Password == password {
			return Reply{Answer: Accepted, Proof: "uid=0"}, nil
		}
		return Reply{Answer: Refused}, nil
	}
}

var errDown = errors.New("connection refused")

func TestAsk(t *testing.T) {
	list := []Pair{{User: "root", Password: "root"}, {User: "root", Password: "xc3511"}, {User: "admin", Password: "admin"}}
	refused := func(int, *Pair) (Reply, error) { return Reply{Answer: Refused}, nil }
	isHit := func(p *Pair) bool { return p != nil && *p == list[1] }
	tests := []struct {
		name    string
		service service
		want    Verdict
		pairs   []Verdict
	}{
		{"default password", only("root", "xc3511"), Works, []Verdict{PairRefused, Works, PairRefused}},
		{"own password", only("root", "correct horse"), PairRefused, []Verdict{PairRefused, PairRefused, PairRefused}},
		{"no password asked", func(int, *Pair) (Reply, error) { return Reply{Answer: NoPassword}, nil }, NoPasswordAsked, []Verdict{NoPasswordAsked, NoPasswordAsked, NoPasswordAsked}},
		{"open without credentials", func(_ int, p *Pair) (Reply, error) { return Reply{Answer: Accepted}, nil }, NoPasswordAsked, []Verdict{NoPasswordAsked, NoPasswordAsked, NoPasswordAsked}},
		{"any password", func(_ int, p *Pair) (Reply, error) {
			if p == nil {
				return Reply{Answer: Refused}, nil
			}
			return Reply{Answer: Accepted}, nil
		}, AnyPasswordWorks, []Verdict{AnyPasswordWorks, AnyPasswordWorks, AnyPasswordWorks}},
		{"any password for root", func(_ int, p *Pair) (Reply, error) {
			if p != nil && p.User == "root" {
				return Reply{Answer: Accepted}, nil
			}
			return Reply{Answer: Refused}, nil
		}, AnyPasswordWorks, []Verdict{AnyPasswordWorks, NotTried, PairRefused}},
		{"works once", func(n int, p *Pair) (Reply, error) {
			if isHit(p) && n == 4 {
				return Reply{Answer: Accepted}, nil
			}
			return Reply{Answer: Refused}, nil
		}, Unstable, []Verdict{PairRefused, Unstable, PairRefused}},
		{"any password afterwards", func(n int, p *Pair) (Reply, error) {
			if isHit(p) || n >= 7 && p.User == "root" {
				return Reply{Answer: Accepted}, nil
			}
			return Reply{Answer: Refused}, nil
		}, AnyPasswordWorks, []Verdict{PairRefused, AnyPasswordWorks, PairRefused}},
		{"opens up after refusals", func(n int, p *Pair) (Reply, error) {
			if n > 5 {
				return Reply{Answer: Accepted}, nil
			}
			return Reply{Answer: Refused}, nil
		}, Unstable, []Verdict{Unstable, Unstable, Unstable}},
		{"lock-out at once", func(int, *Pair) (Reply, error) { return Reply{Answer: Locked}, nil }, LockedOut, []Verdict{LockedOut, LockedOut, LockedOut}},
		{"lock-out later", func(n int, p *Pair) (Reply, error) {
			if n > 3 {
				return Reply{Answer: Locked}, nil
			}
			return refused(n, p)
		}, LockedOut, []Verdict{PairRefused, LockedOut, NotTried}},
		{"down", func(int, *Pair) (Reply, error) { return Reply{}, errDown }, Unreachable, []Verdict{Unreachable, Unreachable, Unreachable}},
		{"dies", func(n int, p *Pair) (Reply, error) {
			if n > 3 {
				return Reply{}, errDown
			}
			return refused(n, p)
		}, Unreachable, []Verdict{PairRefused, Unreachable, NotTried}},
		{"one broken connection", func(n int, p *Pair) (Reply, error) {
			if n == 4 {
				return Reply{}, errDown
			}
			return only("root", "xc3511")(n, p)
		}, Works, []Verdict{PairRefused, Works, PairRefused}},
		{"no login service", func(int, *Pair) (Reply, error) { return Reply{Answer: Unclear}, nil }, Unstable, []Verdict{Unstable, Unstable, Unstable}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Ask(t.Context(), tt.service.login(), list, Options{})
			var pairs []Verdict
			for _, c := range got.Candidates {
				pairs = append(pairs, c.Verdict)
			}
			if got.Verdict != tt.want || !reflect.DeepEqual(pairs, tt.pairs) {
				t.Errorf("got %s %v, want %s %v\n%+v", got.Verdict, pairs, tt.want, tt.pairs, got.Attempts)
			}
		})
	}
}

func TestAskRoles(t *testing.T) {
	got := Ask(t.Context(), only("root", "root").login(), []Pair{{User: "root", Password: "root"}}, Options{})
	var roles []Role
	for _, a := range got.Attempts {
		roles = append(roles, a.Role)
	}
	want := []Role{None, WrongBefore, Candidate, WrongBefore, Repeat, WrongAfter}
	if !reflect.DeepEqual(roles, want) || len(got.Hits()) != 1 || got.Hits()[0].Proof != "uid=0" {
		t.Errorf("got %v %+v, want %v", roles, got.Hits(), want)
	}
}

func TestAskKeepsTheAccountLimit(t *testing.T) {
	var list []Pair
	for range 30 {
		list = append(list, Pair{User: "admin", Password: string(rune('a' + len(list)))})
	}
	perUser := map[string]int{}
	login := func(_ context.Context, p *Pair) (Reply, error) {
		if p != nil {
			perUser[p.User]++
		}
		return Reply{Answer: Refused}, nil
	}
	got := Ask(t.Context(), login, list, Options{})
	if perUser["admin"] > 10 || !got.Incomplete || got.Candidates[29].Verdict != NotTried {
		t.Errorf("%d logins for admin, incomplete %v", perUser["admin"], got.Incomplete)
	}
	// A hit at the edge of the limit must still be confirmed within it.
	clear(perUser)
	hit := func(ctx context.Context, p *Pair) (Reply, error) {
		if p != nil && p.User == "admin" && p.Password == "g" {
			perUser["admin"]++
			return Reply{Answer: Accepted}, nil
		}
		return login(ctx, p)
	}
	if got := Ask(t.Context(), hit, list, Options{}); got.Verdict != Works || perUser["admin"] > 10 {
		t.Errorf("got %s after %d logins", got.Verdict, perUser["admin"])
	}
}

func TestAskPaces(t *testing.T) {
	waits := 0
	pace := func(context.Context) error {
		if waits++; waits > 3 {
			return context.Canceled
		}
		return nil
	}
	got := Ask(t.Context(), only("root", "root").login(), []Pair{{User: "a"}, {User: "b"}}, Options{Pace: pace})
	if len(got.Attempts) != 3 || got.Verdict != NotTried || !got.Incomplete {
		t.Errorf("got %+v", got)
	}
}

func TestDefaults(t *testing.T) {
	pairs := Defaults()
	if len(pairs) > 80 || len(pairs) < 60 {
		t.Errorf("%d pairs", len(pairs))
	}
	for _, want := range [][2]string{{"root", "xc3511"}, {"admin", "admin"}, {"admin", "1234"}, {"root", "root"}, {"root", "hichiphx"}, {"admin", ""}, {"user", "user"}, {"root", "vizxv"}, {"root", "ismart12"}, {"admin", "2601hx"}, {"root", ""}} {
		if source, ok := Public(want[0], want[1]); !ok || source == "" {
			t.Errorf("%v is not on the list", want)
		}
	}
	if _, ok := Public("root", "correct horse"); ok {
		t.Error("an own password is on the list")
	}
}

func TestOrder(t *testing.T) {
	got := Order(Defaults(), "Hangzhou Hikvision DS-2CD2032 ip-camera")
	if got[0].Password != "12345" || got[0].User != "admin" {
		t.Errorf("first: got %+v", got[0])
	}
	seen := map[[2]string]int{}
	for _, p := range got {
		if seen[[2]string{p.User, p.Password}]++; seen[[2]string{p.User, p.Password}] > 1 {
			t.Errorf("%+v stands twice", p)
		}
	}
	if got := Order(Defaults(), "smart plug"); got[0].Kind != "" {
		t.Errorf("nothing known of the maker: got %+v first", got[0])
	}
}

func TestParsePairsSaysAllProblems(t *testing.T) {
	_, err := ParsePairs("@x\tsource\nroot\troot\tx\t\nroot\troot\nadmin\tadmin\ty\t\n")
	want := `reading default passwords: line 3: 2 columns, want 4; line 4: unknown source "y"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzParsePairs(f *testing.F) {
	f.Add(pairsTSV)
	f.Fuzz(func(t *testing.T, s string) {
		pairs, err := ParsePairs(s)
		if err == nil {
			for _, p := range Order(pairs, s) {
				if p.Source == "" {
					t.Errorf("%+v has no source", p)
				}
			}
		}
	})
}
