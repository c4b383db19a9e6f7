package disclosurepolicy

import (
	"fmt"
	"reflect"
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
	target  = "https://www.example.com/security"
	ack     = "We acknowledge every report within 3 working days."
	state   = "We send you a status update every 14 days until the matter is resolved."
	intro   = "Anyone may report a vulnerability in any product of ours to security@example.com and we thank you for it. "
	quotes3 = `, contact: security@example.com, acknowledgement: "` + ack + `", updates: "` + state + `"`
)

// declare writes a declaration whose policy entry has the fields of row; "-" leaves
// the table out.
func declare(t *testing.T, row string) *product.Product {
	t.Helper()
	src := "targets: {web: {disclosure_policy: " + target + "}}\n"
	if row != "-" {
		src += "ixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: {text: on our page" + row + "}}}\n"
	}
	return webbench.Product(t, "", src)
}

func shown(text string) page.Snapshot {
	return webbench.Shown(target, text)
}

func with(s page.Snapshot, change func(*page.Snapshot)) page.Snapshot { change(&s); return s }

func judged(t *testing.T, p *product.Product, shots ...page.Snapshot) probe.Result {
	t.Helper()
	return webbench.Judge(t, Probe, Pages, p, target, shots...)
}

func facts(res probe.Result) string {
	var out []string
	for _, f := range res.Facts {
		out = append(out, fmt.Sprintf("%s=%v", strings.TrimPrefix(string(f.ID), "policy."), f.Value))
	}
	return strings.Join(out, " ")
}

const (
	pass = plimsoll.Pass
	fail = plimsoll.Fail
	open = plimsoll.Inconclusive
)

func TestContent(t *testing.T) {
	for _, c := range []struct {
		name, row, text string
		want            plimsoll.Verdict
		reason, remedy  string
		facts           string
	}{
		{"all quoted", quotes3, intro + ack + " " + state, pass, ack, "", "published=true contact=true acknowledgement=true updates=true"},
		{
			"German", `, contact: psirt@example.de, acknowledgement: "Wir bestätigen den Eingang innerhalb von drei Arbeitstagen.", updates: "Alle zwei Wochen informieren wir über den Stand der Bearbeitung."`,
			"Schwachstelle melden: psirt@example.de. Wir bestätigen den Eingang innerhalb von drei Arbeitstagen. Alle zwei Wochen informieren wir über den Stand der Bearbeitung.", pass, "", "", "published=true contact=true acknowledgement=true updates=true",
		},
		{
			"French", `, contact: "https://example.fr/signaler", acknowledgement: "Nous accusons réception sous 48 heures.", updates: "Nous vous tiendrons informé chaque semaine."`,
			"Signaler une faille : https://example.fr/signaler. Nous accusons réception sous 48 heures. Nous vous tiendrons informé chaque semaine.", pass, "", "", "published=true contact=true acknowledgement=true updates=true",
		},
		{"one not on the page", quotes3, intro + ack, fail, "the declared sentence is not on the page: \"We send you", "publish the sentence", "published=true contact=true acknowledgement=true updates=false"},
		{"other time on the page", quotes3, intro + strings.Replace(ack, "3", "30", 1) + " " + state, fail, "not on the page", "acknowledgement: \"We acknowledge every report within 30 working days.\"", "published=true contact=true acknowledgement=false updates=true"},
		{"other contact", quotes3, strings.Replace(intro, "security@", "sales@", 1) + ack + " " + state, fail, "not on the page: \"security@example.com\"", "contact: \"sales@example.com\"", "published=true contact=false acknowledgement=true updates=true"},
		{"part of a sentence", `, contact: security@example.com, acknowledgement: within 3 working days, updates: "` + state + `"`, intro + "We do not acknowledge reports within 3 working days. " + state, open, "the whole is", "acknowledgement: \"We do not", "published=true contact=true updates=true"},
		{"a denial", `, contact: security@example.com, acknowledgement: "We do not acknowledge reports within 3 working days.", updates: "` + state + `"`, intro + "We do not acknowledge reports within 3 working days. " + state, open, "denies", "plimsoll ask", "published=true contact=true updates=true"},
		{"no time in the quote, none on the page", `, contact: security@example.com, acknowledgement: "We read every report.", updates: "We send you updates."`, intro + "We read every report. We send you updates.", fail, "no time is named", "within which time", "published=true contact=true acknowledgement=false updates=false"},
		{"no time in the quote, one elsewhere", `, contact: security@example.com, acknowledgement: "We acknowledge every report.", updates: "` + state + `"`, intro + "We acknowledge every report. " + state, open, "reads no time", "quote the sentence that names the time", "published=true contact=true updates=true"},
		{"a vague time", `, contact: security@example.com, acknowledgement: "We acknowledge reports promptly.", updates: "` + state + `"`, intro + "We acknowledge reports promptly. " + state, open, "without a measure", "", "published=true contact=true updates=true"},
		{"another matter", `, contact: security@example.com, acknowledgement: "Our office is open 5 days a week.", updates: "` + state + `"`, intro + "Our office is open 5 days a week. " + state, open, "does not see that it speaks of the acknowledgement", "", "published=true contact=true updates=true"},
		{"no address in the contact", `, contact: our friendly team, acknowledgement: "` + ack + `", updates: "` + state + `"`, intro + "Ask our friendly team. " + ack + " " + state, open, "sees no address", "", "published=true acknowledgement=true updates=true"},
		{"nothing quoted", "", intro + ack + " " + state, open, "the page seems to say \"" + ack, "acknowledgement: \"" + ack + "\"", "published=true"},
		{"table absent", "-", intro + ack + " " + state, open, "the page seems to say", "write under ixit.UserInfo.publication_of_vulnerability_disclosure_policy in product.yaml: contact: \"security@example.com\"", "published=true"},
		{"row not confirmed", quotes3 + "}, observed: https://www.example.com, documentation_of_sensors: {text: x", intro + ack + " " + state, open, "quotes nothing", "contact:", "published=true"},
		{"nothing quoted and no time", "", intro + "We read every report and answer when we can.", fail, "no time is named anywhere", "within which time", "published=true acknowledgement=false updates=false"},
		{"nothing quoted and a vague time", "", intro + "We read every report and answer promptly.", open, "quotes nothing", "", "published=true"},
		{"nothing quoted, another language", "", "Ilmoita haavoittuvuus (vulnerability) meille sähköpostitse niin vastaamme sinulle mahdollisimman pian kiitos paljon", open, "quotes nothing", "", "published=true"},
		{"nothing quoted, another page", "", "Welcome to the shop of Harbour Lights, and see what we have for you in the store today.", open, "nothing on the page speaks", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := judged(t, declare(t, c.row), shown(c.text))
			f := probetest.Of(res, unitContent)
			if len(f) != 1 || f[0].Verdict != c.want || !strings.Contains(f[0].Reason, c.reason) || !strings.Contains(f[0].Remedy, c.remedy) {
				t.Errorf("got %+v\nwant %s, reason %q, remedy %q", f, c.want, c.reason, c.remedy)
			}
			if got := facts(res); got != c.facts {
				t.Errorf("facts: got %q, want %q", got, c.facts)
			}
		})
	}
}

// TestProposal pastes what the remedy says to write: then the unit passes.
func TestProposal(t *testing.T) {
	shot := shown(intro + ack + " " + state)
	remedy := probetest.Of(judged(t, declare(t, ""), shot), unitContent)[0].Remedy
	row := ""
	for part := range strings.SplitSeq(remedy, "; ") {
		_, line, ok := strings.Cut(part, "product.yaml: ")
		if !ok {
			t.Fatalf("remedy %q", remedy)
		}
		row += ", " + line
	}
	if f := probetest.Of(judged(t, declare(t, row), shot), unitContent)[0]; f.Verdict != pass {
		t.Errorf("with %q: got %+v", row, f)
	}
}

func TestPublished(t *testing.T) {
	good := shown(intro + ack + " " + state)
	for _, c := range []struct {
		name   string
		shot   page.Snapshot
		want   plimsoll.Verdict
		reason string
		wall   bool
		facts  string
	}{
		{"fine", good, pass, "fetched without any login", false, "published=true"},
		{"contact behind a link", with(good, func(s *page.Snapshot) {
			s.Page.Text = strings.Replace(s.Page.Text, "security@example.com", "us", 1)
			s.Page.Contacts = []string{"Security@example.com"}
		}), pass, "", false, "published=true"},
		{"password field beside the policy", with(good, func(s *page.Snapshot) { s.Page.Password = true }), pass, "", false, "published=true"},
		{"password field and a teaser", with(shown("Log in to read our vulnerability disclosure policy, and thank you for it."), func(s *page.Snapshot) { s.Page.Password = true }), open, "asks for a password", false, ""},
		{"login form", with(shown("Sign in to your account, with your mail address and your password please."), func(s *page.Snapshot) { s.Page.Password = true }), fail, "behind a login", true, "published=false"},
		{"sent to a login", with(shown("Sign in with your mail address to go on to the page that you want to see."), func(s *page.Snapshot) {
			s.FinalURL, s.Redirects = "https://www.example.com/login", []page.Redirect{{URL: target, Status: 302, To: "https://www.example.com/login"}}
		}), fail, "page to sign in", true, "published=false"},
		{"401", page.Snapshot{URL: target, FinalURL: target, Status: 401}, fail, "status 401", true, "published=false"},
		{"403", page.Snapshot{URL: target, FinalURL: target, Status: 403}, fail, "status 403", true, "published=false"},
		{"404", page.Snapshot{URL: target, FinalURL: target, Status: 404}, fail, "status 404", false, "published=false"},
		{"500", page.Snapshot{URL: target, FinalURL: target, Status: 503}, open, "status 503", false, ""},
		{"timeout", page.Snapshot{URL: target, FinalURL: target, Error: "the server did not answer in time"}, open, "in time", false, ""},
		{"wrong certificate", with(good, func(s *page.Snapshot) { s.TLSError = "x509: unknown authority" }), open, "does not verify", false, ""},
		{"another domain", with(good, func(s *page.Snapshot) { s.FinalURL, s.LeftDomain = "https://other.example.org/", true }), open, "https://other.example.org/", false, ""},
		{"PDF", page.Snapshot{URL: target, FinalURL: target, Status: 200, Unreadable: "content type application/pdf"}, open, "application/pdf", false, ""},
		{"script only", page.Snapshot{URL: target, FinalURL: target, Status: 200}, open, "without scripts", false, ""},
		{"another page", shown("Welcome to the shop of Harbour Lights, and see what we have for you in the store today."), open, "nothing on it speaks", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := judged(t, declare(t, quotes3), c.shot)
			f := probetest.Of(res, unitPublished)
			if len(f) != 1 || f[0].Verdict != c.want || !strings.Contains(f[0].Reason, c.reason) {
				t.Errorf("got %+v\nwant %s, reason %q", f, c.want, c.reason)
			}
			if a := probetest.Of(res, unitAccess); c.wall != (len(a) == 1 && a[0].Verdict == fail) || len(a) > 1 {
				t.Errorf("observation on %s: %+v, want %v", unitAccess, a, c.wall)
			}
			if got := facts(res); !strings.HasPrefix(got, c.facts) || c.facts == "" && strings.Contains(got, "published") {
				t.Errorf("facts: got %q, want %q", got, c.facts)
			}
			if b := probetest.Of(res, unitContent); c.want != pass && b[0].Verdict == pass {
				t.Errorf("content of a page that was not read: %+v", b)
			}
		})
	}
}

func TestUndecided(t *testing.T) {
	const place = "https://www.example.com/policy"
	for _, c := range []struct {
		name           string
		p              *product.Product
		shots          []page.Snapshot
		reason, remedy string
	}{
		{"nothing declared", webbench.Product(t, "", "ixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: x}}\n"), nil, "no address", "disclosure_policy: https://"},
		{"only the row has an address", webbench.Product(t, "", "ixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: {text: x, url: "+place+"}}}\n"), nil, "no address", `disclosure_policy: "` + place + `"`},
		{"not fetched", declare(t, quotes3), nil, "not fetched", "plimsoll assess"},
		{"another address since", declare(t, quotes3+", url: "+place), []page.Snapshot{shown(intro)}, "not fetched", "plimsoll assess"},
	} {
		for _, f := range judged(t, c.p, c.shots...).Findings {
			if f.Verdict != open || !strings.Contains(f.Reason, c.reason) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%s: got %+v", c.name, f)
			}
		}
	}
}

// TestCut: of a page that was not read whole, what is missing says nothing.
func TestCut(t *testing.T) {
	shot := with(shown(intro+ack), func(s *page.Snapshot) { s.Page.Cut = true })
	if f := probetest.Of(judged(t, declare(t, quotes3), shot), unitContent); f[0].Verdict != open || !strings.Contains(f[0].Reason, "the part of the page that was read") {
		t.Errorf("got %+v", f)
	}
	shot = with(shown(intro+"We read every report and answer when we can."), func(s *page.Snapshot) { s.Page.Cut = true })
	if f := probetest.Of(judged(t, declare(t, ""), shot), unitContent); f[0].Verdict != open {
		t.Errorf("got %+v", f)
	}
}

// TestOtherTarget: what was once fetched for another target does not count twice.
func TestOtherTarget(t *testing.T) {
	const privacy = "https://www.example.com/privacy"
	p := webbench.Product(t, "", "targets: {web: {disclosure_policy: "+target+", privacy: "+privacy+"}}\nixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: {text: x"+quotes3+"}}}\n")
	var vs []probe.MemoryValue
	for name, s := range map[string]page.Snapshot{target: shown(intro + ack + " " + state), privacy: {URL: target, FinalURL: target, Status: 404}} {
		vs = append(vs, webbench.Value(Pages, name, []page.Snapshot{s}))
	}
	for _, f := range Probe.Judge(probetest.View(t, p, vs...)).Findings {
		if f.Verdict != pass {
			t.Errorf("got %+v", f)
		}
	}
}

// TestTwoPlaces: both addresses must be open, and the declared place of publication
// has the sentences.
func TestTwoPlaces(t *testing.T) {
	const place = "https://www.example.com/policy"
	p := declare(t, quotes3+", url: "+place)
	at := func(s page.Snapshot, url string) page.Snapshot { s.URL, s.FinalURL = url, url; return s }
	good := shown(intro + ack + " " + state)
	res := judged(t, p, at(good, place), shown(intro))
	if a, b := probetest.Of(res, unitPublished), probetest.Of(res, unitContent); len(a) != 2 || a[0].Verdict != pass || a[1].Verdict != pass || len(b) != 1 || b[0].Verdict != pass {
		t.Errorf("got %+v", res.Findings)
	}
	res = judged(t, p, at(shown(intro), place), good)
	if b := probetest.Of(res, unitContent); b[0].Verdict != fail {
		t.Errorf("got %+v", b)
	}
	same := declare(t, quotes3+", url: "+strings.Replace(target, "www.", "WWW.", 1)+"#times")
	if got := declaration(same).addresses(); !reflect.DeepEqual(got, []string{target}) {
		t.Errorf("got %v", got)
	}
}

// rehearse judges what the probe sees of a simulated device.
func rehearse(t *testing.T, cfg sim.Config) probe.Result {
	t.Helper()
	v := probetest.Twin(t, Probe, cfg)
	if rs := v.Records(); len(rs) != 1 || len(rs[0].Attached) != 1 {
		t.Errorf("got records %+v", rs)
	}
	return Probe.Judge(v)
}

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			for _, f := range rehearse(t, sim.Config{Kind: kind, Base: 22000}).Findings {
				if f.Verdict != pass {
					t.Errorf("well built: %+v", f)
				}
			}
			for _, flaw := range sim.Flaws() {
				if flaw.Probe != Probe.Name {
					continue
				}
				res := rehearse(t, sim.Config{Kind: kind, Base: 22000, Flaws: []string{flaw.Name}})
				for _, u := range flaw.Units {
					if f := probetest.Of(res, plimsoll.UnitID(u)); len(f) == 0 || f[0].Verdict != fail {
						t.Errorf("%s on %s: got %+v", flaw.Name, u, f)
					}
				}
			}
			for _, other := range []string{"no-security-txt", "no-support-period", "default-password"} {
				for _, f := range rehearse(t, sim.Config{Kind: kind, Base: 22000, Flaws: []string{other}}).Findings {
					if f.Verdict != pass {
						t.Errorf("%s: %+v", other, f)
					}
				}
			}
		})
	}
}
