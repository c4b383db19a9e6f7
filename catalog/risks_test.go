package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

// TestRisks asks that each risk of the brief of consumer IoT is there, and that
// what it says is about the provision it names.
func TestRisks(t *testing.T) {
	c := loaded(t)
	got := map[string]*Risk{}
	for _, r := range c.Risks {
		got[r.ID] = r
		for _, m := range r.Mitigations {
			if _, ok := c.Provision(m.Provision); !ok || strings.HasSuffix(m.How, ".") {
				t.Errorf("%s: %s %q", r.ID, m.Provision, m.How)
			}
		}
		for _, s := range []string{r.What, r.Who, r.Beyond} {
			if !strings.HasSuffix(s, ".") {
				t.Errorf("%s: %q is no sentence", r.ID, s)
			}
		}
	}
	for _, id := range []string{
		"botnet", "spying", "physical-harm", "data-theft", "household-control", "account-takeover", "supply-chain",
		"end-of-support", "ransom-and-bricking", "lateral-movement", "profiling", "children",
	} {
		if got[id] == nil {
			t.Errorf("risk %q is missing", id)
		}
	}
}

// TestRisksInBothEditions asks that a risk keeps mitigations under V2.1.1.
func TestRisksInBothEditions(t *testing.T) {
	c := loaded(t)
	for _, r := range c.Risks {
		n := 0
		for _, m := range r.Mitigations {
			p, _ := c.Provision(m.Provision)
			if _, in := p.Status[plimsoll.EditionV2]; in || len(p.Replaces) > 0 {
				n++
			}
		}
		if n < 3 {
			t.Errorf("%s: V2.1.1 has %d of its provisions", r.ID, n)
		}
	}
}

func TestRisksRefused(t *testing.T) {
	const name = "data/risks.yaml"
	for _, x := range []struct{ name, old, new, at, want string }{
		{"unknown key", "  who: Everybody whose", "  whom: Everybody whose", "whom: ", `unknown key "whom"`},
		{"id twice", "- id: spying\n", "- id: botnet\n", "- id: botnet\n  title: Watched", `risk "botnet" stands twice`},
		{"malformed id", "- id: spying\n", "- id: Spying\n", "- id: Spying", `"Spying" is malformed`},
		{"unknown provision", "{provision: 5.1-3, how: a login", "{provision: 5.1-9, how: a login", "5.1-9", `"5.1-9" is not in V3.1.3`},
		{"void provision", "{provision: 5.3-4A, how: updates", "{provision: 5.3-4, how: updates", "{provision: 5.3-4,", `"5.3-4" is not in V3.1.3`},
		{"out of order", "{provision: 5.1-3, how: a login", "{provision: 5.9-1, how: a login", "{provision: 5.1-5, how: the password cannot", "in clause order"},
		{"no page", "url: 'https://www.cyber-security.ro/blog/2016/10/'", "url: a blog", "url: a blog", "not the address of a page"},
		{"no source", "  sources:\n  - {what: 'US-CERT", "  source:\n  - {what: 'US-CERT", "- id: botnet", `"sources" is missing`},
		{"no how", ", how: a login with sound cryptography cannot be listened in on and replayed}", "}", "{provision: 5.1-3}", `"how" is missing`},
	} {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			data := copyData(t)
			text := string(data[name].Data)
			if !strings.Contains(text, x.old) {
				t.Fatalf("the data no longer has %q", x.old)
			}
			text = strings.Replace(text, x.old, x.new, 1)
			data[name].Data = []byte(text)
			_, err := load(data)
			place := fmt.Sprintf("%s:%d: ", name, lineOf(text, x.at))
			if err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v\nwant %s%s", err, place, x.want)
			}
		})
	}
}
