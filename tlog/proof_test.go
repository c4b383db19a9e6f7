package tlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	sumdb "golang.org/x/mod/sumdb/tlog"

	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// TestProofAgainstSumDB: the path in a proof of Log is the one that the Go checksum
// database's code computes and accepts.
func TestProofAgainstSumDB(t *testing.T) {
	o := alone(t)
	l := open(t, t.TempDir(), o)
	defer closing(t, l)
	at := fill(t, l, 0, 600)
	var stored []sumdb.Hash
	reader := sumdb.HashReaderFunc(func(index []int64) (out []sumdb.Hash, err error) {
		for _, x := range index {
			out = append(out, stored[x])
		}
		return out, nil
	})
	for i := range 600 {
		hs, err := sumdb.StoredHashes(int64(i), at[uint64(i)], reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hs...)
	}
	c := l.Checkpoint()
	for i := range 600 {
		p, err := l.Proof(t.Context(), uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		path, err := sumdb.ProveRecord(int64(c.Size), int64(i), reader)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", i)
		for _, h := range path {
			want += h.String() + "\n"
		}
		if want += "\n" + string(c.Note); string(p) != want {
			t.Fatalf("proof of %d:\n%s\nwant\n%s", i, p, want)
		}
		if err := sumdb.CheckRecord(path, int64(c.Size), c.Root, int64(i), tlog.Hash(at[uint64(i)])); err != nil {
			t.Fatal(err)
		}
	}
}

// someProof is a proof in a log of 600 with its parts.
func someProof(tb testing.TB) (proof, held []byte, p *policy.Policy) {
	tb.Helper()
	o := alone(tb)
	l := open(tb, tb.TempDir(), o)
	at := fill(tb, l, 0, 600)
	proof, err := l.Proof(tb.Context(), 517)
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, l)
	return proof, at[517], o.Policy
}

func TestProofText(t *testing.T) {
	good, held, p := someProof(t)
	text := string(good)
	line := func(n int) string { return strings.SplitAfter(text, "\n")[n] }
	swapped := strings.Replace(text, line(2)+line(3), line(3)+line(2), 1)
	for name, c := range map[string]struct {
		proof string
		want  error
	}{
		"good":                 {text, nil},
		"extra":                {strings.Replace(text, "index", "extra YWdl\nindex", 1), nil},
		"empty extra":          {strings.Replace(text, "index", "extra \nindex", 1), nil},
		"bad extra":            {strings.Replace(text, "index", "extra Y\nindex", 1), tlog.ErrProof},
		"long extra":           {strings.Replace(text, "index", "extra "+strings.Repeat("YWdl", 1<<15)+"\nindex", 1), tlog.ErrProof},
		"two extras":           {strings.Replace(text, "index", "extra YWdl\nextra YWdl\nindex", 1), tlog.ErrProof},
		"empty":                {"", tlog.ErrProof},
		"another version":      {strings.Replace(text, "@v1", "@v2", 1), tlog.ErrProof},
		"no index":             {strings.Replace(text, line(1), "", 1), tlog.ErrProof},
		"index with zero":      {strings.Replace(text, "index 517", "index 0517", 1), tlog.ErrProof},
		"index with sign":      {strings.Replace(text, "index 517", "index +517", 1), tlog.ErrProof},
		"another index":        {strings.Replace(text, "index 517", "index 516", 1), tlog.ErrProof},
		"index over the end":   {strings.Replace(text, "index 517", "index 600", 1), tlog.ErrProof},
		"index over 64 bits":   {strings.Replace(text, "index 517", "index 18446744073709551616", 1), tlog.ErrProof},
		"a hash less":          {strings.Replace(text, line(2), "", 1), tlog.ErrProof},
		"a hash more":          {strings.Replace(text, line(2), line(2)+line(2), 1), tlog.ErrProof},
		"hashes swapped":       {swapped, tlog.ErrProof},
		"a short hash":         {strings.Replace(text, line(2), "AAAA\n", 1), tlog.ErrProof},
		"no hash":              {strings.Replace(text, line(2), "hello\n", 1), tlog.ErrProof},
		"too many hashes":      {strings.Replace(text, line(2), strings.Repeat(line(2), 70), 1), tlog.ErrProof},
		"no checkpoint":        {text[:strings.Index(text, "\n\n")+1], tlog.ErrProof},
		"an empty checkpoint":  {text[:strings.Index(text, "\n\n")+2], policy.ErrUnsigned},
		"checkpoint of others": {text[:strings.Index(text, "\n\n")+2] + string(forge(t, trust.Key(t), 600, entry)["checkpoint"].Data), policy.ErrUnsigned},
		"long":                 {text + strings.Repeat("x", tlog.MaxProof), tlog.ErrProof},
	} {
		in, err := tlog.CheckProof([]byte(c.proof), held, origin, p)
		if !errors.Is(err, c.want) || err == nil && in.Index != 517 {
			t.Errorf("%s: got %+v, %v, want %v", name, in, err, c.want)
		}
	}
	if _, err := tlog.CheckProof(good, held, "other.example/log", p); !errors.Is(err, policy.ErrUnsigned) {
		t.Errorf("for another log: %v", err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		if in, err := tlog.CheckProof(bad, held, origin, p); err == nil {
			t.Errorf("byte %d changed: %+v", i, in)
		}
	}
}

func FuzzProof(f *testing.F) {
	good, held, p := someProof(f)
	f.Add(good)
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := tlog.CheckProof(b, held, origin, p)
		if err == nil && (in.Index != 517 || in.Size != 600) {
			t.Errorf("%q: %+v", b, in)
		}
		if _, err := tlog.CheckProof(b, []byte("another entry"), origin, p); err == nil {
			t.Errorf("%q shows an entry that is not there", b)
		}
	})
}
