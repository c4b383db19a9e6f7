package supportperiod

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/lab/webbench"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	target = "https://www.example.com/support"
	pass   = plimsoll.Pass
	fail   = plimsoll.Fail
	open   = plimsoll.Inconclusive

	sentence = "The Harbour Cam 2 (model HC-2) receives security updates until 15 January 2031."
	period   = "support: {from: 2026-01-15, until: 2031-01-15}"
)

// declare writes a declaration with a support period and a quoted sentence; "-" leaves
// the table out.
func declare(t *testing.T, support, quote string) *product.Product {
	t.Helper()
	if support != "" {
		support = ", " + support
	}
	src := "targets: {web: {support: " + target + "}}\n"
	switch quote {
	case "-":
	case "":
		src += "ixit: {UserInfo: {publication_of_support_period: {text: support page}}}\n"
	default:
		src += fmt.Sprintf("ixit: {UserInfo: {publication_of_support_period: {text: support page, quote: %q}}}\n", quote)
	}
	return webbench.Product(t, ", trade_names: [HarbourCam]"+support, src)
}

func shown(text string) page.Snapshot {
	return webbench.Shown(target, text)
}

func judged(t *testing.T, p *product.Product, shots ...page.Snapshot) probe.Result {
	t.Helper()
	return webbench.Judge(t, Probe, Pages, p, target, shots...)
}

func fact(res probe.Result, id plimsoll.FactID) any {
	for _, f := range res.Facts {
		if f.ID == id {
			return f.Value
		}
	}
	return nil
}

// onPage puts a sentence on a page of its own topic, between others.
func onPage(s string) string {
	return "Updates for our products\n\n" + s + "\n\nUpdates are free of charge."
}

func TestPeriod(t *testing.T) {
	const hc2 = "The HC-2 receives security updates "
	for _, c := range []struct {
		name, support, quote, text string // text "" is the quote on a page
		want                       plimsoll.Verdict
		reason                     string
		until                      any
	}{
		{"English", period, sentence, "", pass, "which is the declared end", "2031-01-15"},
		{"twice the same day", period, hc2 + "until 15 January 2031 (2031-01-15).", "", pass, "", "2031-01-15"},
		{"American", period, hc2 + "until January 15, 2031.", "", pass, "", "2031-01-15"},
		{"German", period, "Die HC-2 erhält Sicherheitsupdates bis zum 15. Januar 2031.", "", pass, "", "2031-01-15"},
		{"German in figures", period, "Die HC-2 wird bis 15.01.2031 mit Aktualisierungen versorgt.", "", pass, "", "2031-01-15"},
		{"French", period, "La caméra HC-2 reçoit des mises à jour jusqu’au 15 janvier 2031.", "", pass, "", "2031-01-15"},
		{"in a line of a table", period, "HC-2 Harbour Cam 2 2031-01-15", "Security updates until\n\n| HC-2 Harbour Cam 2 2031-01-15\n\n| HC-1 2027-01-15", pass, "", "2031-01-15"},
		{"begin and end", period, hc2 + "from 15 January 2026 until 15 January 2031.", "", pass, "", "2031-01-15"},
		{"dash between", period, hc2 + "15 January 2026 – 15 January 2031.", "", pass, "", "2031-01-15"},
		{"a period from a day", period, hc2 + "for 5 years from 15 January 2026.", "", pass, "", "2031-01-15"},
		{"a period to the day before", "support: {from: 2026-01-15, until: 2031-01-14}", hc2 + "for five years after its launch.", "", pass, "", "2031-01-14"},
		{"a period from the launch", period, "Ab Markteinführung erhält die HC-2 fünf Jahre lang Updates.", "", pass, "", "2031-01-15"},
		{"months", period, hc2 + "for 60 months from 15 January 2026.", "", pass, "", "2031-01-15"},
		{"end of a month", "support: {until: 2031-01-31}", hc2 + "until January 2031.", "", pass, "", "2031-01-31"},
		{"end of a year", "support: {until: 2031-12-31}", hc2 + "until the end of 2031.", "", pass, "", "2031-12-31"},
		{"the other day is ruled out", "support: {until: 2031-01-15}", hc2 + "until 15/01/2031.", "", pass, "", "2031-01-15"},

		{"earlier", period, hc2 + "until 30 June 2027.", "", fail, "which is 2027-06-30; declared is 2031-01-15", "2027-06-30"},
		{"later", period, hc2 + "until 15.01.2033.", "", fail, "which is 2033-01-15", "2033-01-15"},
		{"shorter period", period, hc2 + "for two years from 15 January 2026.", "", fail, "which is 2028-01-15", "2028-01-15"},
		{"other begin", period, hc2 + "for 5 years from 15 January 2025.", "", fail, "which is 2030-01-15", "2030-01-15"},
		{"not on the page", period, sentence, onPage("The HC-2 receives security updates until 30 June 2027."), fail, "until 30 June 2027", nil},
		{"not on a page without a date", period, sentence, onPage("The HC-2 receives security updates."), fail, "names no end of support", nil},

		{"ambiguous", "support: {until: 2031-04-03}", hc2 + "until 03/04/2031.", "", open, "can be 2031-04-03 or 2031-03-04", nil},
		{"no day", period, hc2 + "until January 2031.", "", open, "names no day", nil},
		{"several dates", period, hc2 + "on 15 January 2031 and 16 January 2032.", "", open, "several dates", nil},
		{"from the purchase", period, hc2 + "for five years from the date of purchase.", "", open, "from the purchase", nil},
		{"from nowhere", period, hc2 + "for five years.", "", open, "from when", nil},
		{"releases are no launch", period, "We release updates for the HC-2 for five years.", "", open, "from when", nil},
		{"begin not declared", "support: {until: 2031-01-15}", hc2 + "for five years after its launch.", "", open, "not declared", nil},
		{"no date", period, hc2 + "for as long as people use it.", "", open, "no date and no period", nil},
		{"warranty", period, "The warranty of the HC-2 ends on 15 January 2031.", "", open, "warranty", nil},
		{"denial", period, "The HC-2 will not receive security updates until 15 January 2031.", "", open, "denies", nil},
		{"part of a sentence", period, "until 15 January 2031", onPage("The HC-2 no longer receives updates until 15 January 2031."), open, "the whole is", nil},
		{"no product", period, "Our products receive security updates until 15 January 2031.", "", open, "does not name the product", nil},
		{"another product has another date", period, "It receives security updates until 15 January 2031.", onPage("The HC-2 is a camera. It receives security updates until 15 January 2031. The HC-1 receives security updates until 1 May 2028."), open, "2028-05-01", nil},
		{"no topic", period, "HC-2: 15 January 2031.", "Harbour Lights\n\nHC-2: 15 January 2031.\n\nThank you for reading all of this page.", open, "speaks of updates", nil},
		{"nothing declared", "", sentence, "", open, "names no end of support", nil},

		{"nothing quoted", period, "", onPage(sentence), open, "seems to say", nil},
		{"table absent", period, "-", onPage(sentence), open, "seems to say", nil},
		{"nothing quoted, several dates", period, "", onPage(sentence + " The HC-1 receives security updates until 1 May 2028."), open, "several dates", nil},
		{"nothing quoted, a clear other date", period, "", onPage("The HC-2 receives security updates until 30 June 2027."), fail, "which is 2027-06-30", nil},
		{"nothing quoted, another product's date", period, "", onPage("The HC-1 receives security updates until 30 June 2027."), open, "seems to say", nil},
		{"nothing quoted, no date", period, "", onPage("The HC-2 receives security updates and it is free for you."), fail, "no date and no period", nil},
		{"nothing quoted, a copyright year", period, "", onPage("The HC-2 receives security updates and it is free for you.\n\n© 2026 Harbour Lights"), open, "finds no end", nil},
		{"nothing quoted, another language", period, "", "Harbour Cam HC-2 saa tietoturvapäivityksiä (updates) niin kauan kuin laite toimii ja vielä vähän kauemmin", open, "finds no end", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.text
			if text == "" {
				text = onPage(c.quote)
			}
			res := judged(t, declare(t, c.support, c.quote), shown(text))
			f := probetest.Of(res, unitPeriod)
			if len(f) != 1 || f[0].Verdict != c.want || !strings.Contains(f[0].Reason, c.reason) || f[0].Mismatch != (c.want == fail) {
				t.Errorf("got %+v\nwant %s, reason %q", f, c.want, c.reason)
			}
			if got := fact(res, "support.until"); got != c.until {
				t.Errorf("support.until: got %v, want %v", got, c.until)
			}
			if got := fact(res, "support_period.published"); (got == true) != (c.until != nil) {
				t.Errorf("support_period.published: got %v", got)
			}
		})
	}
}

// TestProposal pastes what the remedy says to write: then the unit passes.
func TestProposal(t *testing.T) {
	shot := shown(onPage(sentence))
	_, line, ok := strings.Cut(probetest.Of(judged(t, declare(t, period, ""), shot), unitPeriod)[0].Remedy, "product.yaml: quote: ")
	if !ok {
		t.Fatal("no line to write")
	}
	if f := probetest.Of(judged(t, declare(t, period, strings.Trim(line, `"`)), shot), unitPeriod)[0]; f.Verdict != pass {
		t.Errorf("got %+v", f)
	}
}

func TestCutAndDisagreement(t *testing.T) {
	shot := shown(onPage("The HC-2 receives security updates."))
	shot.Page.Cut = true
	for _, quote := range []string{sentence, ""} {
		if f := probetest.Of(judged(t, declare(t, period, quote), shot), unitPeriod); f[0].Verdict != open {
			t.Errorf("a page that was not read whole: got %+v", f)
		}
	}
	p := declare(t, period, sentence)
	p.IXIT["UserInfo"].Rows[0].Values["support_period.until"] = product.Value{Text: "2030-01-15"}
	if f := probetest.Of(judged(t, p, shown(onPage(sentence))), unitPeriod); f[0].Verdict != open || !strings.Contains(f[0].Reason, "2031-01-15 and 2030-01-15") {
		t.Errorf("two declared ends: got %+v", f)
	}
	// A row that nobody has confirmed quotes nothing.
	p = declare(t, period, sentence)
	p.IXIT["UserInfo"].Rows[0].Observed = "somewhere"
	if f := probetest.Of(judged(t, p, shown(onPage(sentence))), unitPeriod); f[0].Verdict != open || !strings.Contains(f[0].Reason, "seems to say") {
		t.Errorf("an unconfirmed row: got %+v", f)
	}
}

func TestReached(t *testing.T) {
	good := shown(onPage(sentence))
	change := func(f func(*page.Snapshot)) page.Snapshot { s := good; f(&s); return s }
	bare := page.Snapshot{URL: target, FinalURL: target}
	status := func(n int) page.Snapshot { s := bare; s.Status = n; return s }
	for _, c := range []struct {
		name  string
		shot  page.Snapshot
		want  [3]plimsoll.Verdict // given, open, period
		seen  string
		facts any
	}{
		{"fine", good, [3]plimsoll.Verdict{pass, pass, pass}, "without any login", true},
		{"password field beside it", change(func(s *page.Snapshot) { s.Page.Password = true }), [3]plimsoll.Verdict{pass, pass, pass}, "", true},
		{"404", status(404), [3]plimsoll.Verdict{fail, open, open}, "status 404", false},
		{"401", status(401), [3]plimsoll.Verdict{open, fail, open}, "status 401", false},
		{"403", status(403), [3]plimsoll.Verdict{open, fail, open}, "status 403", false},
		{"500", status(500), [3]plimsoll.Verdict{open, open, open}, "status 500", nil},
		{"timeout", change(func(s *page.Snapshot) { s.Status, s.Error = 0, "the server did not answer in time" }), [3]plimsoll.Verdict{open, open, open}, "in time", nil},
		{"certificate", change(func(s *page.Snapshot) { s.TLSError = "x509: expired" }), [3]plimsoll.Verdict{open, open, open}, "expired", nil},
		{"another domain", change(func(s *page.Snapshot) { s.LeftDomain = true }), [3]plimsoll.Verdict{open, open, open}, "another domain", nil},
		{"login page", change(func(s *page.Snapshot) {
			s.Page.Text, s.Page.Password = "Sign in to your account, please, with your address and your password.", true
		}), [3]plimsoll.Verdict{open, fail, open}, "password", false},
		{"teaser", change(func(s *page.Snapshot) {
			s.Page.Text, s.Page.Password = "Sign in to see for how long your camera gets updates and support from us.", true
		}), [3]plimsoll.Verdict{open, open, fail}, "does not show the declared sentence", false},
		{"another page", shown("Welcome to the shop of Harbour Lights, and see what we have for you in the store today."), [3]plimsoll.Verdict{open, open, fail}, "nothing on it", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := judged(t, declare(t, period, sentence), c.shot)
			for i, u := range units {
				if f := probetest.Of(res, u); len(f) != 1 || f[0].Verdict != c.want[i] || i < 2 && !strings.Contains(f[0].Reason, c.seen) {
					t.Errorf("%s: got %+v, want %s", u, f, c.want[i])
				}
			}
			if got := fact(res, "support_period.published"); got != c.facts {
				t.Errorf("support_period.published: got %v, want %v", got, c.facts)
			}
		})
	}
}

func TestUndecided(t *testing.T) {
	none := declare(t, period, sentence)
	none.Targets.Web.Support = ""
	other := declare(t, "support: {until: 2031-01-15, url: https://www.example.com/other}", sentence)
	for _, c := range []struct {
		p              *product.Product
		shots          []page.Snapshot
		reason, remedy string
	}{
		{none, nil, "no address", "write under targets.web in product.yaml: support: https://…"},
		{declare(t, period, sentence), nil, "not fetched", "plimsoll assess"},
		{other, []page.Snapshot{shown(onPage(sentence))}, "not fetched", "plimsoll assess"},
	} {
		for _, f := range judged(t, c.p, c.shots...).Findings {
			if f.Verdict != open || !strings.Contains(f.Reason, c.reason) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("got %+v", f)
			}
		}
	}
	if got := declaration(other).addresses(); !slices.Equal(got, []string{"https://www.example.com/other", target}) {
		t.Errorf("addresses: got %v", got)
	}
}

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			silent := [][]string{nil, {"no-security-txt"}, {"policy-missing"}, {"default-password"}}
			for _, flaws := range silent {
				for _, f := range Probe.Judge(probetest.Twin(t, Probe, sim.Config{Kind: kind, Base: 22200, Flaws: flaws})).Findings {
					if f.Verdict != pass {
						t.Errorf("%v: %+v", flaws, f)
					}
				}
			}
			for _, flaw := range sim.Flaws() {
				if flaw.Probe != Probe.Name {
					continue
				}
				res := Probe.Judge(probetest.Twin(t, Probe, sim.Config{Kind: kind, Base: 22200, Flaws: []string{flaw.Name}}))
				for _, u := range flaw.Units {
					if f := probetest.Of(res, plimsoll.UnitID(u)); len(f) == 0 || f[0].Verdict != fail || !f[0].Mismatch {
						t.Errorf("%s on %s: got %+v", flaw.Name, u, f)
					}
				}
			}
		})
	}
}
