package judge_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/rule"
)

var update = flag.Bool("update", false, "rewrite the want section of the golden files")

var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var loadCatalog = sync.OnceValues(catalog.Load)

func mustCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGolden runs the mini-assessments of testdata. A file holds the declaration
// (product.yaml without its head), the findings of invented probes, the answers of
// persons, what to show, and what is wanted.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 30 {
		t.Fatalf("%d golden files, want at least 30", len(files))
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			ar := txtar.Parse(src)
			c := newScene(t, ar)
			a := judge.Judge(c.input(t))
			got := c.show(a)
			if *update {
				c.rewrite(t, f, ar, got)
				return
			}
			if want := c.section("want"); got != want {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", strings.TrimSpace(string(ar.Comment)), got, want)
			}
		})
	}
}

// scene is one golden file.
type scene struct {
	parts    map[string]string
	product  *product.Product
	cat      *catalog.Catalog
	at       time.Time
	findings map[string][]plimsoll.Finding // by probe
	facts    map[string][]plimsoll.Fact
	atts     []attest.Attestation
}

const head = `schema: plimsoll.product/1
product: {manufacturer: {name: Harbour Lights Ltd}, name: Harbour Cam 2, model: HC-2, firmware_version: 2.4.1, category: ip-camera%s}
standard: %s
assessor: {role: %s}
`

func newScene(t *testing.T, ar *txtar.Archive) *scene {
	t.Helper()
	c := &scene{parts: map[string]string{}, cat: mustCatalog(t), at: day, findings: map[string][]plimsoll.Finding{}, facts: map[string][]plimsoll.Fact{}}
	for _, f := range ar.Files {
		c.parts[f.Name] = string(f.Data)
	}
	opt := map[string]string{"standard": "en303645-2.1.1", "role": "first-party", "product": ""}
	for _, l := range lines(c.parts["options"]) {
		k, v, _ := strings.Cut(l, " ")
		opt[k] = v
	}
	if opt["at"] != "" {
		at, err := time.Parse(time.RFC3339, opt["at"])
		if err != nil {
			t.Fatal(err)
		}
		c.at = at
	}
	src := fmt.Sprintf(head, opt["product"], opt["standard"], opt["role"]) + c.parts["declaration"]
	p, problems := product.Parse("product.yaml", []byte(src), c.cat, product.Options{})
	if errs := problems.Blocking(); len(errs) > 0 {
		t.Fatalf("the declaration of the test is wrong:\n%s", errs)
	}
	c.product = p
	for _, l := range lines(c.parts["findings"]) {
		c.finding(t, l)
	}
	for _, l := range lines(c.parts["persons"]) {
		c.person(t, l)
	}
	return c
}

func lines(s string) []string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

// keyed splits "a b k=v k=v : reason" into words, keys and the reason.
func keyed(l string) (words []string, keys map[string]string, reason string) {
	l, reason, _ = strings.Cut(l, " : ")
	keys = map[string]string{}
	for _, w := range strings.Fields(l) {
		if k, v, ok := strings.Cut(w, "="); ok {
			keys[k] = v
		} else {
			words = append(words, w)
		}
	}
	return words, keys, reason
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// finding reads "PROBE UNIT SUBJECT VERDICT [state= looked= fact=id:value] : reason".
// A probe whose name begins with "rule-" is a rule; "-" is the empty subject.
func (c *scene) finding(t *testing.T, l string) {
	t.Helper()
	w, k, reason := keyed(l)
	if f := k["fact"]; f != "" {
		id, v, _ := strings.Cut(f, ":")
		c.facts[w[0]] = append(c.facts[w[0]], plimsoll.Fact{ID: plimsoll.FactID(id), Value: v == "true"})
		return
	}
	if len(w) != 4 {
		t.Fatalf("finding %q: want PROBE UNIT SUBJECT VERDICT", l)
	}
	f := plimsoll.Finding{
		Unit: plimsoll.UnitID(w[1]), Subject: strings.TrimPrefix(w[2], "-"), Verdict: plimsoll.Verdict(w[3]),
		State: plimsoll.State(k["state"]), Reason: reason, Mismatch: k["mismatch"] != "",
		Coverage: plimsoll.Coverage{Looked: list(k["looked"])},
		Evidence: []plimsoll.Digest{evidence.DigestOf([]byte(l))},
	}
	c.findings[w[0]] = append(c.findings[w[0]], f)
}

// person reads "KEY UNIT SUBJECT VERDICT [stale looked= overrules= confirms= date=] : note".
// The name of a person is the key. overrules and confirms name the reason of a
// finding by its first word. "countersign KEY" signs the answer above.
func (c *scene) person(t *testing.T, l string) {
	t.Helper()
	w, k, note := keyed(l)
	a := attest.Attestation{
		KeyID: w[0], Person: attest.Person{Name: w[0], Role: "assessor"}, Date: day.Add(-time.Hour),
		Note: note, Looked: list(k["looked"]),
	}
	if k["date"] != "" {
		d, err := time.Parse("2006-01-02", k["date"])
		if err != nil {
			t.Fatal(err)
		}
		a.Date = d
	}
	switch w[1] {
	case "countersign":
		a.Countersigns = c.atts[len(c.atts)-1].Digest
	case "external":
		a.External, a.Verdict = plimsoll.ProvisionID(w[2]), plimsoll.Verdict(w[3])
		a.Seen = judge.ExternalSeen(c.product, a.External)
		if k["stale"] != "" {
			a.Seen = evidence.DigestOf([]byte("something else"))
		}
	case "fact":
		a.Fact = &attest.Fact{ID: plimsoll.FactID(w[2]), Value: w[3] == "true"}
	default:
		a.Unit, a.Subject = plimsoll.UnitID(w[1]), w[2]
		switch w[3] {
		case "done", "could-not":
			a.Step = attest.Step(w[3])
		default:
			a.Verdict = plimsoll.Verdict(w[3])
		}
		c.seen(&a, k)
	}
	a.Digest = evidence.DigestOf([]byte(l))
	c.atts = append(c.atts, a)
}

// seen binds an answer to what the judge shows at this point, as ask does.
func (c *scene) seen(a *attest.Attestation, k map[string]string) {
	before := judge.Judge(c.inputWithout())
	for _, p := range before.Provisions {
		for _, cs := range p.Cases {
			for _, u := range cs.Units {
				if u.ID != a.Unit {
					continue
				}
				for _, s := range u.Subjects {
					if s.ID == a.Subject {
						a.Seen = s.Seen
					}
				}
				for _, f := range u.Findings {
					first, _, _ := strings.Cut(f.Reason, " ")
					if k["overrules"] == first && first != "" {
						a.Overrules = f.Digest
					}
					if k["confirms"] == first && first != "" {
						a.Confirms = f.Digest
					}
				}
			}
		}
	}
	if k["stale"] != "" {
		a.Seen = evidence.DigestOf([]byte("something else"))
	}
}

func (c *scene) inputWithout() judge.Input {
	in, err := c.build(nil)
	if err != nil {
		panic(err)
	}
	return in
}

func (c *scene) input(t *testing.T) judge.Input {
	t.Helper()
	in, err := c.build(c.atts)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (c *scene) build(atts []attest.Attestation) (judge.Input, error) {
	v, err := probe.MemoryView(c.product, c.cat, c.at)
	if err != nil {
		return judge.Input{}, err
	}
	names := map[string]bool{}
	for n := range c.findings {
		names[n] = true
	}
	for n := range c.facts {
		names[n] = true
	}
	var ps []*probe.Probe
	for n := range names {
		p := &probe.Probe{Name: n, Version: 1, Doc: "invented", Needs: probe.NeedsDevice, Judge: func(*probe.View) probe.Result {
			return probe.Result{Findings: c.findings[n], Facts: c.facts[n]}
		}}
		if !strings.HasPrefix(n, "rule-") {
			p.Collect = noCollect
		}
		if strings.HasPrefix(n, "image-") {
			p.Needs = probe.NeedsFirmware
		}
		ps = append(ps, p)
	}
	if strings.Contains(c.parts["options"], "rules real") {
		ps = append(ps, rule.All()...)
	}
	return judge.Input{View: v, Probes: ps, Attestations: atts, Tool: plimsoll.Tool{Name: "plimsoll", Version: "test"}}, nil
}

func (c *scene) section(name string) string { return c.parts[name] }

// show prints what the file asks to see: "verdict", "ics", "counts", "coverage",
// a provision, a case, a unit with its subjects, "against P", "open U",
// "declaration", "guideline N".
func (c *scene) show(a *plimsoll.Assessment) string {
	var b strings.Builder
	for _, l := range lines(c.parts["show"]) {
		what, id, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, "%s: %s\n", l, strings.Join(shown(a, what, id), "\n  "))
	}
	return b.String()
}

func shown(a *plimsoll.Assessment, what, id string) []string {
	switch what {
	case "verdict":
		return []string{string(a.Verdict) + " " + a.Edition.Method}
	case "ics":
		out := []string{string(a.ICS.Verdict)}
		for _, p := range a.ICS.Problems {
			if id == "" || id == string(p.Provision) {
				out = append(out, fmt.Sprintf("%s %s %s", p.Provision, p.Verdict, p.Reason))
			}
		}
		if id == "" && len(out) > 8 {
			out = append(out[:1], fmt.Sprintf("%d problems", len(out)-1))
		}
		return out
	case "counts":
		return jsonOf(a.Counts)
	case "coverage":
		return jsonOf(a.Coverage)
	case "persons":
		return jsonOf(a.Persons)
	case "waivers":
		return jsonOf(a.Waivers)
	case "declaration":
		var out []string
		for _, d := range a.DeclarationFindings {
			out = append(out, fmt.Sprintf("%s %s %s", d.Unit, d.Subject, d.Reason))
		}
		return orNothing(out)
	case "skipped":
		var out []string
		for _, s := range a.Skipped {
			out = append(out, s.Probe+" "+s.Hint)
		}
		return orNothing(out)
	case "open":
		var out []string
		for _, o := range a.Open {
			if string(o.Unit) == id {
				s := o.Subject
				if o.Proposal != nil {
					s += fmt.Sprintf(" proposal %s %s", o.Proposal.Verdict, o.Proposal.Reason)
				}
				out = append(out, s)
			}
		}
		return orNothing(out)
	}
	return shownProvision(a, what, id)
}

func shownProvision(a *plimsoll.Assessment, what, id string) []string {
	for _, p := range a.Provisions {
		if string(p.ID) == id && what == "against" {
			var out []string
			for _, x := range p.Against {
				out = append(out, fmt.Sprintf("%s %s %s", x.Unit, x.Subject, x.Reason))
			}
			return orNothing(out)
		}
		if string(p.ID) == what {
			s := fmt.Sprintf("%s support=%s applies=%s", orDash(p.Verdict), p.Support, p.Applies)
			if p.Declined {
				s += " declined"
			}
			if p.External != "" {
				s += " | " + p.External
			}
			return []string{s}
		}
		for _, cs := range p.Cases {
			if string(cs.ID) == what {
				return []string{string(cs.Verdict)}
			}
			for _, u := range cs.Units {
				if string(u.ID) == what {
					return shownUnit(u)
				}
			}
		}
	}
	return []string{"not there"}
}

func shownUnit(u plimsoll.UnitResult) []string {
	s := string(u.Verdict)
	if u.Open {
		s += " open"
	}
	out := []string{s}
	for _, x := range u.Subjects {
		s := fmt.Sprintf("%s %s", x.ID, x.Verdict)
		for _, m := range []struct {
			on   bool
			word string
		}{{x.Vacuous, "vacuous"}, {x.Contradicted, "contradicted"}, {x.Unconfirmed, "unconfirmed"}} {
			if m.on {
				s += " " + m.word
			}
		}
		out = append(out, s+": "+x.Reason)
	}
	for _, f := range u.Findings {
		for _, m := range []struct {
			on   bool
			word string
		}{{f.Overruled, "overruled"}, {f.Ignored != "", "ignored: " + f.Ignored}} {
			if m.on {
				out = append(out, fmt.Sprintf("finding by %s %s %s", f.By, f.Verdict, m.word))
			}
		}
	}
	return out
}

func orDash(v plimsoll.Verdict) string {
	if v == "" {
		return "no verdict"
	}
	return string(v)
}

func orNothing(out []string) []string {
	if len(out) == 0 {
		return []string{"nothing"}
	}
	sort.Strings(out)
	return out
}

func jsonOf(v any) []string {
	b, err := json.Marshal(v)
	if err != nil {
		return []string{err.Error()}
	}
	return []string{string(b)}
}

func (c *scene) rewrite(t *testing.T, path string, ar *txtar.Archive, got string) {
	t.Helper()
	done := false
	for i := range ar.Files {
		if ar.Files[i].Name == "want" {
			ar.Files[i].Data, done = []byte(got), true
		}
	}
	if !done {
		ar.Files = append(ar.Files, txtar.File{Name: "want", Data: []byte(got)})
	}
	b := txtar.Format(ar)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
