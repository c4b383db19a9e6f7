package scheme

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/scheme/regimes"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// bench is a scheme with two approvers and a stranger.
type bench struct {
	dir            string
	now            time.Time
	ada, ben, eve  *key.FileKey
	roots          []key.Signer
	machine, agent string
	f              *Folder
}

func newKey(t testing.TB, alg key.Algorithm) *key.FileKey {
	t.Helper()
	k, err := key.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encoded(t testing.TB, k key.Signer) string {
	t.Helper()
	s, err := key.EncodePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func loadLine(t testing.TB) *regime.Regime {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regimes.Load(regimes.LoadLine, cat)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := set.Regime(regimes.LoadLine)
	if !ok {
		t.Fatal("no load line")
	}
	return r
}

func (b *bench) opening() Opening {
	return Opening{Holder: evidence.Holder{Command: "test"}, Now: func() time.Time { return b.now }, Machine: b.machine, Agent: b.agent}
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: filepath.Join(t.TempDir(), "harbour"), now: start, machine: "m1", ada: newKey(t, key.Ed25519), ben: newKey(t, key.P256), eve: newKey(t, key.Ed25519)}
	b.founding(t, Founding{})
	t.Cleanup(func() {
		if b.f != nil {
			_ = b.f.Close()
		}
	})
	return b
}

func (b *bench) founding(t testing.TB, fd Founding) {
	t.Helper()
	fd.Code, fd.Name, fd.Host = "HARB", "Harbour Mark", "label.example"
	fd.Regime, fd.Names, fd.Roots, fd.Threshold = loadLine(t), regimes.Names(), 3, 2
	fd.Approvers = []Person{{Name: "ada", Key: encoded(t, b.ada)}, {Name: "ben", Key: encoded(t, b.ben)}}
	fd.Say = func(string) {}
	var err error
	if b.f, err = Found(t.Context(), b.dir, b.opening(), fd); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"root-1", "root-2", "root-3"} {
		k, err := key.Load(filepath.Join(b.dir, keysDir, n+".pem"), nil)
		if err != nil {
			t.Fatal(err)
		}
		b.roots = append(b.roots, k)
	}
}

// reopen closes the scheme and opens it again, as the next command does.
func (b *bench) reopen(t testing.TB) {
	t.Helper()
	if err := b.f.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), b.dir, b.opening())
	if err != nil {
		t.Fatal(err)
	}
	b.f = f
}

// plug is a grant at level 1; the version tells one from another.
func (b *bench) plug(version string) *Grant {
	return &Grant{
		Claims: label.Claims{
			Level: 1, Assurance: label.SelfDeclared, SupportEnd: label.DayOf(start) + 2000, Brand: "Quayside", Model: "Quay Plug", Version: version,
			From: b.now, Until: start.AddDate(2, 0, 0),
		},
		Regime: regimes.LoadLine, Level: "1", Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701,
		Bundle: digestOf([]byte("bundle")), Assessment: digestOf([]byte("assessment")), BundleKey: "SHA256:x",
	}
}

func (b *bench) decide(ctx context.Context, d Decision, by ...key.Signer) (uint64, error) {
	p, err := b.f.Propose(ctx, d)
	if err != nil {
		return 0, err
	}
	for _, k := range by {
		if err := b.f.Approve(ctx, p, k); err != nil {
			return 0, errors.Join(err, b.f.Withdraw(p))
		}
	}
	return b.f.Commit(ctx, p)
}

func (b *bench) must(t testing.TB, d Decision) label.Number {
	t.Helper()
	i, err := b.decide(t.Context(), d, b.ada, b.ben)
	if err != nil {
		t.Fatal(err)
	}
	if d.Kind == KindGrant {
		for _, n := range b.f.State.Order {
			if b.f.State.Labels[n].Index == i {
				return n
			}
		}
		t.Fatal("the grant made no label")
	}
	return d.Number
}

// entry makes the statement of an entry, good or not.
func (b *bench) entry(t testing.TB, e Entry, by key.Signer) []byte {
	t.Helper()
	if e.Schema == "" {
		e.Schema = Schema
	}
	if e.At.IsZero() {
		e.At = e.Decision.At
	}
	if e.Approvals == nil {
		e.Approvals = []Approval{}
	}
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	s, err := label.Statement{Issuer: "https://label.example", Subject: e.Decision.Subject(), Type: EntryType, Payload: payload}.Sign(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) approve(t testing.TB, d Decision, by ...key.Signer) []Approval {
	t.Helper()
	msg, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	out := []Approval{}
	for _, k := range by {
		sig, err := k.Sign(t.Context(), key.Message(DecisionType, msg))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Approval{Key: k.KeyID(), At: b.now, Signature: sig})
	}
	return out
}

func (b *bench) own(t testing.TB, name string) *key.FileKey {
	t.Helper()
	k, err := key.Load(filepath.Join(b.dir, keysDir, name+".pem"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// again is the state as somebody else reads it from the log.
func (b *bench) again(t testing.TB) *State {
	t.Helper()
	s := &State{}
	if err := b.f.Log().Entries(t.Context(), 0, s.Apply); err != nil {
		t.Fatal(err)
	}
	return s
}
