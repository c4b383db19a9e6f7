package market_test

import (
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// TestBadQuestions: a mistake in the command line is told with what to type, and
// is usage; nothing is printed as if it were an answer.
func TestBadQuestions(t *testing.T) {
	f := unpack(t, "camera")
	for _, c := range []struct {
		line, want string
		code       int
	}{
		{"answer", "takes the product folder and regimes, not 0 arguments", 2},
		{"answer DIR", "answer needs regimes, --market or --all", 2},
		{"answer DIR uk-pti", `unknown regime "uk-pti"`, 2},
		{"answer DIR --market mars", `unknown market "mars"`, 2},
		{"answer DIR uk-psti --at 2026-13-01", `reading the day "2026-13-01"`, 2},
		{"answer DIR uk-psti --at yesterday", "want a day such as 2026-11-22", 2},
		{"answer DIR uk-psti --place-on-market 1.12.2026", `reading the day "1.12.2026"`, 2},
		{"answer DIR uk-psti --format yaml", "want text, summary or json", 2},
		{"answer DIR --delta uk", "--delta needs a market to add", 2},
		{"answer DIR --delta uk sg", "with a plus those to add", 2},
		{"answer DIR --delta uk +atlantis", `unknown market "atlantis"`, 2},
		{"answer DIR --plan --market uk uk-psti", "--plan takes markets, not regimes", 2},
		{"answer DIR --plan --market uk --format summary", "want text or json with --plan", 2},
		{"answer DIR --delta uk +sg --format xml", "want text or json with --plan", 2},
		{"answer DIR --delta uk +sg --plan --market uk", "--delta stands alone", 2},
		{"answer DIR --market all", "--all answers every regime", 2},
		{"answer DIR --plan", "--plan needs the markets that are wanted", 2},
		{"answer DIR/nowhere uk-psti", "nowhere", 1},
		{"regimes --at never", `reading the day "never"`, 2},
		{"regimes --format xml", "want text or json", 2},
		{"regimes export catalog atlantis", `unknown regime "atlantis"`, 2},
		{"regimes import DIR/product.yaml", "", 1},
		{"statement DIR uk-pti", "", 0},
	} {
		out, errs, code := f.run(strings.Replace(c.line, "DIR/", f.dir+"/", 1))
		if c.code == 0 { // any code but success
			if code == 0 || errs == "" {
				t.Errorf("%s: exit %d, %q", c.line, code, errs)
			}
			continue
		}
		if code != c.code || !strings.Contains(errs, c.want) || !strings.HasPrefix(errs, "plimsoll: ") {
			t.Errorf("%s: exit %d, want %d; %q does not say %q", c.line, code, c.code, errs, c.want)
		}
		if out != "" {
			t.Errorf("%s: prints %q", c.line, out)
		}
	}
}

// TestHeldLabels: a label that cannot be used makes nothing hold, and it is said
// why.
func TestHeldLabels(t *testing.T) {
	f := unpack(t, "camera")
	bare := f.read("product.yaml")
	for _, c := range []struct {
		name, label, regime, line string // line that the answer must hold
		status                    answer.Status
		requirement               string
	}{
		{"expired", "{scheme: sg-cls, level: '2', id: A, until: 2026-11-21}", "uk-psti", "through sg-cls 2: ended on 2026-11-21", answer.Undecided, "sch1.1.2"},
		{"last day", "{scheme: sg-cls, level: '2', id: A, until: 2026-11-22}", "uk-psti", "through sg-cls 2: held until 2026-11-22 (claimed)", answer.Satisfied, "sch1.1.2"},
		{"no last day", "{scheme: sg-cls, level: '2', id: A}", "uk-psti", "through sg-cls 2: its last day is not declared", answer.Undecided, "sch1.1.2"},
		{"unknown level", "{scheme: sg-cls, level: '9', id: A, until: 2028-03-31}", "uk-psti", `through sg-cls 9: sg-cls has no level "9"`, answer.Undecided, "sch1.1.2"},
		{"level that does not count", "{scheme: jp-jcstar, level: STAR-2, id: A, until: 2028-03-31}", "uk-psti", "through jp-jcstar STAR-2: level STAR-2 does not count here", answer.Undecided, "sch1.1.2"},
		{"unknown scheme", "{scheme: atlantis-mark, level: '1', id: A, until: 2028-03-31}", "uk-psti", `problem label of the unknown scheme "atlantis-mark": not used`, answer.Undecided, "sch1.1.2"},
		{"a law is no label", "{scheme: eu-cra, id: A, until: 2028-03-31}", "eu-cra", "A14: open", answer.Undecided, "A14"},
		{"a label that is only recognised elsewhere", "{scheme: de-bsi-itsik, id: A, until: 2028-03-31, basis: verified}", "uk-psti", "sch1.1.2: open", answer.Undecided, "sch1.1.2"},
		{"a mark that nobody could have", "{scheme: us-cyber-trust-mark, level: mark, id: A, until: 2028-03-31}", "us-cyber-trust-mark", "holds us-cyber-trust-mark mark: us-cyber-trust-mark is suspended: whether its labels count is open", answer.Undecided, "TC"},
		{"suspended scheme", "{scheme: us-cyber-trust-mark, level: mark, id: A, until: 2028-03-31}", "us-ca-sb327", "c: open", answer.Undecided, "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.write("product.yaml", bare+"labels: ["+c.label+"]\n")
			a := find(t, f.answers(c.regime), c.regime)
			got := lines(a)
			if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+c.line+"\n") {
				t.Errorf("no line %q in\n%s", c.line, strings.Join(got, "\n"))
			}
			if s := requirement(t, a, c.requirement).Status; s != c.status {
				t.Errorf("%s: got %s, want %s", c.requirement, s, c.status)
			}
		})
	}
}

// TestClosedScheme: a Finnish label runs out while no new one is issued: it counts
// until its last day, and nobody is sent there for another.
func TestClosedScheme(t *testing.T) {
	f := unpack(t, "camera")
	bare := f.read("product.yaml")
	f.write("product.yaml", bare+"labels: [{scheme: fi-traficom, id: A, until: 2027-06-30, basis: documented}]\n")
	for day, want := range map[string]string{"2027-06-30": "held until 2027-06-30 (documented)", "2027-07-01": "ended on 2027-06-30"} {
		a := find(t, f.answers("fi-traficom --at "+day), "fi-traficom")
		if a.State != "closed-to-new" || len(a.Held) != 1 || a.Held[0].Why != want {
			t.Errorf("%s: state %s, held %+v, want %q", day, a.State, a.Held, want)
		}
	}
	f.write("product.yaml", bare)
	if flat := f.has("answer DIR --plan --market fi,uk", 0); strings.Contains(flat, "apply fi-traficom") {
		t.Errorf("the plan applies where no label is issued:\n%s", flat)
	}
}

// TestBrokenFolder: a declaration or an answer that is not what it was ends the
// command, with the exit code of its kind.
func TestBrokenFolder(t *testing.T) {
	f := unpack(t, "camera")
	bare := f.read("product.yaml")
	for _, c := range []struct{ name, text, want string }{
		{"schema", strings.Replace(bare, "plimsoll.product/1", "plimsoll.product/9", 1), "has 1 problems"},
		{"edition", strings.Replace(bare, "en303645-2.1.1", "en303645-9.9.9", 1), "has 1 problems"},
		{"category", strings.Replace(bare, "ip-camera", "submarine", 1), "has 1 problems"},
		{"day", strings.Replace(bare, "2026-12-01\n  constrained", "2026-12-32\n  constrained", 1), "has 1 problems"},
		{"basis", bare + "labels: [{scheme: sg-cls, basis: hearsay}]\n", "has 1 problems"},
	} {
		f.write("product.yaml", c.text)
		if out, errs, code := f.run("answer DIR uk-psti"); code != 1 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q, %q", c.name, code, out, errs)
		}
	}
	f.write("product.yaml", bare)
	f.answer("uk-psti.never_shortened: no")
	f.write("attestations.yaml", strings.Replace(f.read("attestations.yaml"), `"value":false`, `"value":true`, 1))
	if out, errs, code := f.run("answer DIR uk-psti"); code != 5 || out != "" || !strings.Contains(errs, "not authentic") {
		t.Errorf("a changed answer: exit %d, %q, %q", code, out, errs)
	}
}
