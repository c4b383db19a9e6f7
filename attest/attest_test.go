package attest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/gofrs/flock"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
)

const digestA = plimsoll.Digest("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

var (
	ctx  = context.Background()
	when = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	jane = Person{Name: "Jane Doe", Role: "assessor", Organisation: "Harbour Lights Ltd"}
)

func newKey(t testing.TB, alg key.Algorithm) *key.FileKey {
	t.Helper()
	k, err := key.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// answers are one of each sort.
func answers() []Attestation {
	return []Attestation{
		{Unit: "5.1-1-1/a", Subject: "AuthMech-1", Verdict: plimsoll.Pass, Note: "line one\r\nline \"two\" <é> 日本", Looked: []string{"manual", "radio:ble"}, Seen: digestA, Evidence: []plimsoll.Digest{digestA}, Person: jane, Date: when},
		{Unit: "5.1-1-2/b", Step: StepDone, Person: jane, Date: when.Add(time.Hour)},
		{External: "5.5-1", Note: "scope, purposes and depth hold", Person: jane, Date: when},
		{Fact: &Fact{ID: "passwords.used", Value: true}, Person: jane, Date: when},
		{Fact: &Fact{ID: "shops", Subject: "eu", Value: 3}, Person: jane, Date: when},
		{Fact: &Fact{ID: "colour", Value: "*alias &anchor !tag: {x} # no"}, Person: jane, Date: when},
		{Countersigns: digestA, Person: Person{Name: "Ole", Role: "reviewer"}, Date: when.In(time.FixedZone("x", 3600))},
		{Unit: "5.6-2-2/a", Verdict: plimsoll.Pass, Overrules: digestA, Note: "the port is on another device", Person: jane, Date: when},
	}
}

// written makes a file with the answers, by two persons in turn.
func written(t testing.TB) (path string, want []Attestation) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "attestations.yaml")
	signers := []key.Signer{newKey(t, key.Ed25519), newKey(t, key.P256)}
	for i, a := range answers() {
		old, _ := os.ReadFile(path)
		got, err := Append(ctx, path, a, signers[i%2])
		if err != nil {
			t.Fatal(err)
		}
		now, _ := os.ReadFile(path)
		if !strings.HasPrefix(string(now), string(old)) {
			t.Fatal("the bytes that stood there were changed")
		}
		want = append(want, got)
	}
	return path, want
}

func TestAppendLoad(t *testing.T) {
	path, want := written(t)
	got, problems, err := Load(path)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", err, problems)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for i, a := range got {
		if i > 0 && a.Previous != got[i-1].Digest {
			t.Errorf("entry %d follows %q, want %q", i, a.Previous, got[i-1].Digest)
		}
	}
	if got[0].Note != "line one\nline \"two\" <é> 日本" {
		t.Errorf("note %q", got[0].Note)
	}
	b, _ := os.ReadFile(path)
	if n := strings.Count(string(b), "public_key:"); n != 2 {
		t.Errorf("%d public keys for two signers", n)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestIsYAML reads the file with a YAML library, which must see the same answers.
func TestIsYAML(t *testing.T) {
	path, want := written(t)
	b, _ := os.ReadFile(path)
	var doc struct {
		Schema       string           `yaml:"schema"`
		Attestations []map[string]any `yaml:"attestations"`
	}
	if err := yaml.UnmarshalWithOptions(b, &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != Schema || len(doc.Attestations) != len(want) {
		t.Fatalf("schema %q, %d entries", doc.Schema, len(doc.Attestations))
	}
	for i, m := range doc.Attestations {
		delete(m, "signature")
		delete(m, "public_key")
		loose, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got Attestation
		if err := json.Unmarshal(loose, &got); err != nil {
			t.Fatal(err)
		}
		got.Digest = want[i].Digest
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("got  %+v\nwant %+v", got, want[i])
		}
	}
}

func TestCanonicalForm(t *testing.T) {
	a, err := normal(Attestation{Fact: &Fact{ID: "x", Value: 1e21}, Note: "a<b>&\n\"é\\", Person: Person{Name: "J", Role: "r"}, Date: when, KeyID: "k"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Canonical(a)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"date":"2026-11-22T12:00:00Z","fact":{"id":"x","value":1e+21},"key":"k","note":"a<b>&\n\"é\\","person":{"name":"J","role":"r"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOrderHasEveryField(t *testing.T) {
	want := map[string]bool{}
	for _, typ := range []reflect.Type{reflect.TypeFor[Attestation](), reflect.TypeFor[entry]()} {
		for f := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(f).Tag.Get("json"), ",")
			if name != "-" && name != "" {
				want[name] = true
			}
		}
	}
	if len(want) < 19 || len(want) != len(order) {
		t.Errorf("%d fields written, %d exist", len(order), len(want))
	}
	for _, f := range order {
		if !want[f] {
			t.Errorf("field %q does not exist", f)
		}
	}
}

// TestEveryByte changes each byte of a file: the entry that was changed never counts.
func TestEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	for _, a := range answers()[:2] {
		if _, err := Append(ctx, path, a, newKey(t, key.Ed25519)); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := os.ReadFile(path)
	body := strings.Index(string(b), "  - ")
	second := body + 1 + strings.Index(string(b[body+1:]), "  - ")
	for i := body; i < len(b); i++ {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := append([]byte(nil), b...)
			bad[i] ^= flip
			as, ps := Parse("a.yaml", bad)
			if len(ps) == 0 {
				t.Fatalf("byte %d (%q) changed, no problem", i, b[i])
			}
			if most := map[bool]int{true: 0, false: 1}[i < second]; len(as) > most {
				t.Fatalf("byte %d (%q) changed, %d entries count", i, b[i], len(as))
			}
		}
	}
}

func TestChangedFiles(t *testing.T) {
	path, want := written(t)
	raw, _ := os.ReadFile(path)
	head, body, _ := strings.Cut(string(raw), "attestations:\n")
	head += "attestations:\n"
	parts := strings.SplitAfter(body, "\n  - ")
	for i := range parts {
		parts[i] = strings.TrimSuffix(parts[i], "  - ")
		if i > 0 {
			parts[i] = "  - " + parts[i]
		}
	}
	join := func(idx ...int) string {
		out := head
		for _, i := range idx {
			out += parts[i]
		}
		return out
	}
	otherPath, _ := written(t)
	other, _ := os.ReadFile(otherPath)
	_, foreign, _ := strings.Cut(string(other), "attestations:\n")
	for name, c := range map[string]struct {
		in      string
		count   int // entries that still count
		problem string
	}{
		"whole":         {join(0, 1, 2, 3, 4, 5, 6, 7), 8, ""},
		"crlf":          {strings.ReplaceAll(join(0, 1, 2), "\n", "\r\n"), 3, ""},
		"removed":       {join(0, 1, 3, 4), 2, "changed, removed or moved"},
		"first removed": {join(1, 2), 0, "carries its public key"},
		"reordered":     {join(0, 2, 1, 3), 2, "changed, removed or moved"},
		"repeated":      {join(0, 1, 1, 2), 3, "second time"},
		"foreign":       {join(0, 1) + foreign, 2, "second history"},
		"no key":        {join(0) + strings.Replace(parts[1], "public_key", "public_kex", 1), 1, "unknown field \"public_kex\""},
		"key gone":      {join(0) + dropLine(parts[1], "public_key"), 1, "carries its public key"},
		"edited":        {join(0) + strings.Replace(parts[1], "done", "could-not", 1) + parts[2], 1, "text was changed after signing"},
		"unknown":       {join(0) + parts[1] + "    mood: \"good\"\n", 1, "unknown field \"mood\""},
		"twice":         {join(0) + parts[1] + "    step: \"done\"\n", 1, "twice"},
		"spaces":        {join(0) + strings.Replace(parts[1], "step: ", "step:  ", 1), 1, "not as it was written"},
		"comment":       {join(0) + strings.Replace(parts[1], "\n", " # hm\n", 1), 1, "a.yaml:17: field \"unit\""},
		"nested":        {strings.Replace(join(0), `"name":"Jane Doe"`, `"name":"Joe","name":"Jane Doe"`, 1), 0, "not as it was written"},
		"anchor":        {join(0) + strings.Replace(parts[1], "step: ", "step: &x ", 1), 1, "invalid character"},
		"alias":         {join(0) + strings.Replace(parts[1], `"done"`, "*x", 1), 1, "invalid character"},
		"schema":        {strings.Replace(join(0), "/1\n", "/2\n", 1), 0, "want the line"},
		"no header":     {parts[0], 0, "want the line"},
		"not yaml":      {"\x00\xff\n", 0, "want the line"},
		"cut":           {string(raw[:len(raw)-40]), 7, "field \"signature\""},
		"conflict":      {join(0) + "<<<<<<< HEAD\n" + parts[1], 0, "want \"    \""},
		"deep":          {join(0) + "  - fact: " + strings.Repeat("[", 60000) + "\n", 1, "field \"fact\""},
	} {
		got, problems := Parse("a.yaml", []byte(c.in))
		if len(got) != c.count {
			t.Errorf("%s: %d entries count, want %d (%v)", name, len(got), c.count, problems)
		}
		text := fmt.Sprint(problems)
		if c.problem == "" && len(problems) > 0 || !strings.Contains(text, c.problem) {
			t.Errorf("%s: got %s, want %q", name, text, c.problem)
		}
		for i := range got {
			if got[i].Digest != want[i].Digest && name != "repeated" {
				t.Errorf("%s: entry %d is another", name, i)
			}
		}
	}
}

func dropLine(s, field string) string {
	var out string
	for l := range strings.Lines(s) {
		if !strings.Contains(l, field) {
			out += l
		}
	}
	return out
}

func TestProblemHasItsLine(t *testing.T) {
	path, _ := written(t)
	b, _ := os.ReadFile(path)
	ls := strings.Split(string(b), "\n")
	for i, l := range ls {
		if strings.Contains(l, "step:") {
			ls[i] = strings.Replace(l, "done", "never", 1)
			_, ps := Parse("attestations.yaml", []byte(strings.Join(ls, "\n")))
			// The step stands on the third line of its entry at most: the problem is the entry's.
			if len(ps) == 0 || ps[0].Line > i+1 || ps[0].Line < i-1 || !strings.HasPrefix(ps[0].String(), fmt.Sprintf("attestations.yaml:%d: step \"never\"", ps[0].Line)) {
				t.Errorf("got %v, want line %d", ps, i)
			}
		}
	}
}

// TestMergedBranches: two persons answered on two branches, and the merge kept both.
func TestMergedBranches(t *testing.T) {
	dir := t.TempDir()
	base, left, right := filepath.Join(dir, "base"), filepath.Join(dir, "left"), filepath.Join(dir, "right")
	k := newKey(t, key.Ed25519)
	if _, err := Append(ctx, base, answers()[0], k); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(base)
	var tails []string
	for i, p := range []string{left, right} {
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Append(ctx, p, answers()[i+1], newKey(t, key.Ed25519)); err != nil {
			t.Fatal(err)
		}
		now, _ := os.ReadFile(p)
		tails = append(tails, string(now[len(b):]))
	}
	got, ps := Parse("m", []byte(string(b)+tails[0]+tails[1]))
	if len(got) != 3 || len(ps) > 0 {
		t.Errorf("%d entries, %v", len(got), ps)
	}
}

func TestRefused(t *testing.T) {
	good := answers()[0]
	with := func(f func(*Attestation)) Attestation { a := good; f(&a); return a }
	for name, c := range map[string]struct {
		a    Attestation
		want string
	}{
		"nothing":      {Attestation{Person: jane, Date: when}, "exactly one"},
		"two":          {with(func(a *Attestation) { a.External = "5.1-1" }), "exactly one"},
		"no verdict":   {with(func(a *Attestation) { a.Verdict = "" }), "either a verdict or a step"},
		"both":         {with(func(a *Attestation) { a.Step = StepDone }), "either a verdict or a step"},
		"verdict":      {with(func(a *Attestation) { a.Verdict = "OK" }), "verdict \"OK\""},
		"step":         {with(func(a *Attestation) { a.Verdict, a.Step = "", "tried" }), "step \"tried\""},
		"reason":       {with(func(a *Attestation) { a.Overrules, a.Note = digestA, " " }), "reason"},
		"person":       {with(func(a *Attestation) { a.Person.Name = "" }), "name and a role"},
		"date":         {with(func(a *Attestation) { a.Date = time.Time{} }), "date"},
		"digest":       {with(func(a *Attestation) { a.Seen = "sha256:AA" }), "digest"},
		"empty digest": {with(func(a *Attestation) { a.Evidence = []plimsoll.Digest{""} }), "empty digest"},
		"utf-8":        {with(func(a *Attestation) { a.Note = "\xff" }), "UTF-8"},
		"escape":       {with(func(a *Attestation) { a.Note = "\x1b[2J" }), "not allowed"},
		"separator":    {with(func(a *Attestation) { a.Subject = "a\u2028b" }), "not allowed"},
		"fact value":   {Attestation{Fact: &Fact{ID: "x", Value: []string{"a"}}, Person: jane, Date: when}, "true or false"},
		"fact none":    {Attestation{Fact: &Fact{ID: "x"}, Person: jane, Date: when}, "true or false"},
		"fact id":      {Attestation{Fact: &Fact{Value: true}, Person: jane, Date: when}, "want an id"},
		"long":         {with(func(a *Attestation) { a.Note = strings.Repeat("x", maxEntry) }), "longer"},
	} {
		path := filepath.Join(t.TempDir(), "a.yaml")
		_, err := Append(ctx, path, c.a, newKey(t, key.Ed25519))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
}

func TestAppendToBadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(path, []byte("something: else\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Append(ctx, path, answers()[0], newKey(t, key.Ed25519)); err == nil || !strings.Contains(err.Error(), "a.yaml:1: want the line") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "something: else\n" {
		t.Error("the file was changed")
	}
	if _, _, err := Load(dir); err == nil {
		t.Error("a folder is read")
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load(big); err == nil || !strings.Contains(err.Error(), "longer than 4 MiB") {
		t.Errorf("big: %v", err)
	}
	if as, ps, err := Load(filepath.Join(dir, "none")); as != nil || ps != nil || err != nil {
		t.Errorf("absent: %v %v %v", as, ps, err)
	}
}

func TestManyProblemsAreBounded(t *testing.T) {
	_, ps := Parse("a", []byte(header+strings.Repeat("  - x\n", 500000)))
	if len(ps) > maxProblems+1 {
		t.Errorf("%d problems", len(ps))
	}
	_, ps = Parse("a", []byte(header+"  - x\n"+strings.Repeat("y\n", 500000)))
	if len(ps) > maxProblems+1 {
		t.Errorf("%d problems in one entry", len(ps))
	}
}

func TestTwoWritersLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	const writers, each = 4, 5
	var wg sync.WaitGroup
	for range writers {
		k := newKey(t, key.Ed25519)
		wg.Go(func() {
			for i := range each {
				a := answers()[i]
				if _, err := Append(ctx, path, a, k); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	as, ps, err := Load(path)
	if err != nil || len(ps) > 0 || len(as) != writers*each {
		t.Errorf("%d answers, want %d: %v %v", len(as), writers*each, ps, err)
	}
}

func TestLockWaitEndsWithContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	other := flock.New(filepath.Join(filepath.Dir(path), ".a.yaml.lock"))
	if ok, err := other.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer func() { _ = other.Unlock() }()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := Append(short, path, answers()[0], newKey(t, key.Ed25519)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func FuzzParse(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.yaml")
	if _, err := Append(ctx, path, answers()[1], newKey(f, key.Ed25519)); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(header))
	f.Add([]byte(header + "  - unit: \"5.1-1\"\n    key: \"x\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		as, ps := Parse("a.yaml", b)
		for _, p := range ps {
			if p.Line < 1 {
				t.Errorf("problem without a line: %v", p)
			}
		}
		for _, a := range as {
			if canon, err := Canonical(a); err != nil || digest(canon) != a.Digest {
				t.Errorf("an entry counts without its digest: %v", err)
			}
		}
	})
}
