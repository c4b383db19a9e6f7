package page_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// scenes show each outcome once, by real files behind the real page.
var scenes = []struct {
	outcome            verify.Outcome
	vector             string // whose label is scanned
	trust, list, rng   string // files of the vectors; "" is missing
	when               time.Time
	host               string
	tone               string
	hidden, claimsSeen bool // the product on the card; a warning before what the code claims
}{
	{verify.Live, "live-es256", "trust", "list", "range", now, "", "good", false, false},
	{verify.Signed, "live-es256", "", "", "", now, "", "plain", false, false}, // see TestOffline
	{verify.Stale, "live-es256", "trust", "", "", now, "", "plain", true, true},
	{verify.SupportEnded, "live-es256", "trust", "list", "range-support-ended", now, "", "warn", false, false},
	{verify.Expired, "live-es256", "trust-late", "", "", time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC), "", "warn", false, false},
	{verify.NotYetValid, "not-yet-valid-dated-last-day-of-key", "trust", "", "", now, "", "plain", false, false},
	{verify.Suspended, "live-es256", "trust", "list", "range-suspended", now, "", "warn", false, false},
	{verify.Revoked, "live-es256", "trust", "list", "range-revoked", now, "", "bad", false, false},
	{verify.NotIssued, "not-issued-stolen-key", "trust", "list", "range", now, "", "bad", true, true},
	{verify.KeyDistrusted, "key-distrusted", "trust", "", "range-stolen", now, "", "bad", true, true},
	{verify.BadSignature, "bad-signature-model-changed", "trust", "list", "range", now, "", "bad", true, false},
	{verify.WrongHost, "live-es256", "trust", "list", "range", now, "evil.example", "bad", true, true},
	{verify.UnknownScheme, "unknown-scheme", "trust", "", "", now, "", "bad", true, false},
	{verify.Malformed, "malformed-truncated", "trust", "", "", now, "", "plain", true, false},
}

// TestAnswers: each outcome as a reader sees it, accessible, at 320 pixels and in the
// dark, with nothing sent to anybody.
func TestAnswers(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	seen := []verify.Outcome{verify.Signed}
	for _, c := range scenes {
		if c.outcome == verify.Signed {
			continue
		}
		seen = append(seen, c.outcome)
		t.Run(c.outcome.String(), func(t *testing.T) {
			s.serve(c.trust, c.rng, c.list)
			host := "label.example"
			if c.host != "" {
				host = c.host
			}
			p := b.tab(t, c.when, "en")
			p.size(320, 640, false)
			p.forget(host)
			p.open("https://" + host + "/#" + s.f.Digits(t, c.vector))
			if got := p.outcome(); got != c.outcome.String() {
				t.Fatalf("outcome %q, want %s: %s", got, c.outcome, p.text("main"))
			}
			card := p.text(".card")
			if !strings.Contains(card, c.outcome.Sentence()) {
				t.Errorf("the sentence %q is missing in %q", c.outcome.Sentence(), card)
			}
			if strings.Contains(card, "Harbour") == c.hidden {
				t.Errorf("the product on the card: %v, want %v: %q", c.hidden, !c.hidden, card)
			}
			if got := strings.Contains(p.text("summary"), "Do not rely on it"); got != c.claimsSeen {
				t.Errorf("what the code claims stands under a warning: %v, want %v", got, c.claimsSeen)
			}
			var tone string
			p.eval("document.querySelector('.card').className", &tone)
			if tone != "card "+c.tone {
				t.Errorf("tone %q, want %q", tone, c.tone)
			}
			p.fits()
			p.axe()
			p.size(1280, 900, true)
			p.axe()
			p.clean(host)
		})
	}
	for _, o := range verify.Outcomes() {
		if !slices.Contains(seen, o) {
			t.Errorf("no scene shows %s", o)
		}
	}
}

// TestCard: what a reader sees first is on whose word the label stands; then the
// answer, the product, the signer with the moment of the status, the mark, level and
// support; and the page asked for nothing but what all labels share.
func TestCard(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	s.took()
	p.open("https://label.example/#" + s.f.Digits(t, "live-es256"))
	card := p.text(".card")
	at := -1
	for _, want := range []string{
		"Self-declared", "Genuine and valid", "Harbour Plug 2", "Version 2.4.1 was assessed",
		"Signed by Harbour Mark (label.example) · status of 22 November 2026, 11:00 UTC", "Not a CE or government mark",
		"Level 1 of 3: Basics", "15 January 2031", "Compare brand and model with the box",
	} {
		i := strings.Index(strings.ReplaceAll(card, "\u202f", " "), want)
		if i <= at {
			t.Errorf("%q is missing or not in its place in %q", want, card)
		}
		at = max(at, i)
	}
	p.workerReady()
	var want []string
	for path := range s.files {
		if path != "/vectors.json" && path != "/s/1" {
			want = append(want, "label.example"+path)
		}
	}
	slices.Sort(want)
	if got := s.took(); !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
	p.clean("label.example")
}

// TestResult: the answer of the page has the fields of the API's, for the files that
// the site serves.
func TestResult(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	for _, id := range []string{"live-es256", "live-eddsa", "bad-signature-by-root", "not-issued-stolen-key"} {
		input := "https://label.example/#" + s.f.Digits(t, id)
		var got json.RawMessage
		p.eval(`import("/page.js").then(async ({ files, token }) => (await files.check(await token.parseInput("`+input+
			`"), JSON.parse(`+"`"+mustJSON(t, map[string]any{"roots": s.f.Roots, "code": "HARB"})+"`"+`), Date.now() / 1000)).result)`, &got)
		if got, want := canonical(t, got), canonical(t, []byte(mustJSON(t, s.judged(t, input, verify.Private)))); got != want {
			t.Errorf("%s: got  %s\nwant %s", id, got, want)
		}
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestOffline: after one visit the page answers without a server, first by the status
// that it kept, then, when that is old, by the signature alone.
func TestOffline(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	p := b.tab(t, now, "en")
	p.open("https://label.example/")
	p.workerReady()
	digits := s.f.Digits(t, "live-es256")
	p.open("https://label.example/#" + digits)
	s.Close()
	for _, c := range []struct {
		when time.Time
		want verify.Outcome
	}{{now, verify.Live}, {now.Add(48 * time.Hour), verify.Signed}} {
		p := b.tab(t, c.when, "en")
		p.size(320, 640, false)
		p.open("https://label.example/#" + digits)
		if got := p.outcome(); got != c.want.String() {
			t.Errorf("at %s: %s, want %s", c.when, got, c.want)
		}
		card := p.text(".card")
		if !strings.Contains(card, "You are offline") || !strings.Contains(card, c.want.Sentence()) || !strings.Contains(card, "status of 22 November 2026") {
			t.Errorf("at %s the page says %q", c.when, card)
		}
		var ticks int
		p.eval(`document.querySelectorAll('.card.good, .card use[href="#tick"]').length`, &ticks)
		if (ticks > 0) != (c.want == verify.Live) {
			t.Errorf("%s has %d ticks", c.want, ticks)
		}
		p.fits()
		p.axe()
		p.size(1280, 900, true)
		p.axe()
		p.clean("label.example")
	}
}

// TestOfflineWithoutLabel: who has opened the page once, without a label, can check the
// signature of one without a server.
func TestOfflineWithoutLabel(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	p := b.tab(t, now, "en")
	p.open("https://label.example/")
	p.workerReady()
	p.until(`performance.getEntriesByName("prepared").length > 0`)
	s.Close()
	p = b.tab(t, now, "en")
	p.open("https://label.example/#" + s.f.Digits(t, "live-es256"))
	if got := p.outcome(); got != "signed" || !strings.Contains(p.text(".card"), "You are offline") {
		t.Errorf("got %s: %q", got, p.text(".card"))
	}
}

// TestPlain: without a script, and when the script does not come, the page says what to
// do instead.
func TestPlain(t *testing.T) {
	for name, prepare := range map[string]func(s *site, p *tab){
		"switched off": func(_ *site, p *tab) { p.do(emulation.SetScriptExecutionDisabled(true)) },
		"missing":      func(s *site, _ *tab) { s.put("/page.js", nil) },
		"changed":      func(s *site, _ *tab) { s.put("/page.js", append(s.files["/page.js"], ' ')) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			p := newBrowser(t, s).tab(t, now, "en")
			prepare(s, p)
			p.do(chromedp.Navigate("https://label.example/#" + s.f.Digits(t, "live-es256")))
			const visible = `[...document.querySelectorAll("main")].some((m) => m.checkVisibility() && m.innerText.includes("https://label.example/l/HARB-0000-1CC4/"))`
			p.until(visible)
			if name != "switched off" { // axe is a script
				p.axe()
			}
		})
	}
}

// TestSecondLabel: a page that is open judges another label as one that was opened for
// it: what the site has changed meanwhile counts.
func TestSecondLabel(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	p.until(`performance.getEntriesByName("prepared").length > 0`)
	scan := func(n int, id string) string {
		t.Helper()
		p.do(chromedp.Evaluate(`location.hash = "`+s.f.Digits(t, id)+`"; 0`, nil))
		p.until(fmt.Sprintf(`performance.getEntriesByName("kept").length >= %d`, n))
		return p.outcome()
	}
	if got := scan(1, "live-es256"); got != "live" {
		t.Errorf("the first label is %s", got)
	}
	if got := scan(2, "bad-signature-model-changed"); got != "bad-signature" {
		t.Errorf("a forgery after it is %s", got)
	}
	s.serve("trust", "range-revoked", "list-revoked")
	if got := scan(3, "live-es256"); got != "revoked" {
		t.Errorf("the first label, revoked, is %s", got)
	}
	s.serve("trust-thief", "range", "list")
	if got := scan(4, "live-eddsa"); !strings.Contains(p.text(".card"), "not properly signed") {
		t.Errorf("with a trust list of somebody else: %s, %q", got, p.text(".card"))
	}
	s.serve("trust-new-roots", "range", "list")
	s.put("/r/bits", []byte("1\n"))
	if got := scan(5, "live-es256"); got == "live" {
		t.Errorf("with another number of buckets: %s", got)
	}
}

// TestFirstVisitOffline: without a trust list there is no answer.
func TestFirstVisitWithoutTrust(t *testing.T) {
	s := newSite(t)
	s.serve("", "range", "list")
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/#" + s.f.Digits(t, "live-es256"))
	if got := p.outcome(); got != "stale" || !strings.Contains(p.text(".card"), "no trust list") {
		t.Errorf("got %s: %q", got, p.text(".card"))
	}
}

// TestRolledBack: what is older than what this device has seen is noticed and not
// used, across a change of roots too.
func TestRolledBack(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	label := "https://label.example/#" + s.f.Digits(t, "live-es256")
	visit := func(when time.Time, trust, rng, list string, want verify.Outcome, say string) {
		t.Helper()
		s.serve(trust, rng, list)
		p := b.tab(t, when, "en")
		p.open(label)
		card := p.text(".card")
		if got := p.outcome(); got != want.String() || !strings.Contains(card, say) || say == "" && p.text(".trouble") != "" {
			t.Errorf("%s, %s: got %s, want %s with %q: %q", trust, rng, got, want, say, card)
		}
	}
	visit(now, "trust-new-roots", "range", "list", verify.Live, "")
	visit(now, "trust", "range", "list", verify.Live, "gave a trust list older")
	visit(now, "trust-thief", "range", "list", verify.Live, "not properly signed")
	visit(now, "trust-new-roots-new-only", "range", "list", verify.Live, "") // signed by the roots of the list before
	visit(now, "trust-new-roots", "range", "list", verify.Live, "")
	late := now.Add(48 * time.Hour)
	visit(late, "trust-new-roots", "range-later", "", verify.Live, "")
	visit(late, "trust-new-roots", "range", "", verify.Live, "gave a status older")
	visit(late, "trust-new-roots", "range-tampered", "", verify.Live, "not properly signed")
	visit(late, "trust-new-roots", "range-revoked", "list-revoked", verify.Revoked, "gave a status older") // a revocation is final, even of the same age
}

// TestNoEd25519: a browser without the algorithm says so, and does not say forged.
func TestNoEd25519(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en", `
		const real = SubtleCrypto.prototype.importKey;
		SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
			return algorithm.name === "Ed25519" ? Promise.reject(new DOMException("no", "NotSupportedError")) : real.call(this, format, key, algorithm, ...rest);
		};`)
	for id, want := range map[string]string{"live-eddsa": "stale", "bad-signature-model-changed-eddsa": "stale", "live-es256": "live", "bad-signature-model-changed": "bad-signature"} {
		p.open("https://label.example/#" + s.f.Digits(t, id))
		if got := p.outcome(); got != want || strings.Contains(p.text(".card"), "Ed25519") != (want == "stale") {
			t.Errorf("%s: got %s, want %s: %q", id, got, want, p.text(".card"))
		}
	}
}

// TestSheet: the sheet comes when the reader asks, and only that of this label.
func TestSheet(t *testing.T) {
	s := newSite(t)
	r := record(t)
	s.putRecord(t, r)
	p := newBrowser(t, s).tab(t, now, "de")
	p.size(320, 640, false)
	path := "label.example/l/" + r.Number + "/record.json"
	label := "https://label.example/#" + s.f.Digits(t, "live-es256")
	p.open(label)
	if got := s.took(); slices.Contains(got, path) {
		t.Error("the record was fetched before anybody asked")
	}
	if got := p.text(".sheet"); !strings.Contains(got, "erfährt label.example, welches Produkt Sie ansehen") {
		t.Errorf("the page does not say what asking tells: %q", got)
	}
	show := func(want string) {
		t.Helper()
		p.open(label)
		p.do(chromedp.Click("#sheet"))
		p.until(`document.querySelector("#sheet") === null`)
		if got := p.text(".sheet"); !strings.Contains(got, want) {
			t.Errorf("the sheet says %q, want %q", got, want)
		}
	}
	show("Halten Sie den Knopf zehn Sekunden")
	if got := s.took(); !slices.Contains(got, path) {
		t.Errorf("asked for %q, want the record too", got)
	}
	var links []string
	p.eval(`[...document.querySelectorAll(".sheet .contacts a")].map((a) => a.href)`, &links)
	if want := []string{"https://harbour.example/security", "mailto:care@harbour.example", "tel:+442079460000"}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
	p.fits()
	p.axe()
	good, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) []byte { return []byte(strings.ReplaceAll(string(good), old, new)) }
	for want, b := range map[string][]byte{
		"gehört nicht zu diesem Kennzeichen":  swap(r.Number, "HARB-0000-0015"),
		"Er wird nicht gezeigt":               swap(r.Token, r.Token[:300]),
		"konnte nicht geladen werden":         nil,
		"Nicht unser Text <img src=x>":        swap("Halten Sie den Knopf", "Nicht unser Text <img src=x>"),
		"Sich beschweren":                     swap("https://harbour.example/security", "javascript:alert(1)"),
		"gehört nicht zu diesem Kennzeichen.": []byte("[1"),
	} {
		s.put("/l/"+r.Number+"/record.json", b)
		show(want)
		if strings.Contains(p.text(".sheet"), "Einen Fehler oder") && want == "Sich beschweren" {
			t.Error("a link that runs a script is shown")
		}
	}
}

// TestTyped: what people type.
func TestTyped(t *testing.T) {
	s := newSite(t)
	s.putRecord(t, record(t))
	p := newBrowser(t, s).tab(t, now, "fr")
	p.size(320, 640, false)
	p.open("https://label.example/")
	p.axe()
	enter := func(text string) {
		t.Helper()
		p.do(chromedp.SetValue("#label", text), chromedp.Click("#go"))
	}
	problem := func(text, want string) {
		t.Helper()
		enter(text)
		p.until(`document.querySelector("#wrong")?.innerText.includes(` + mustJSON(t, want) + `)`)
	}
	problem("HARB-0000-1CC5", "Ce n’est pas le numéro d’un label")
	p.axe()
	p.fits()
	problem("NOBODY-0000-000"+"0", "Ce n’est pas")
	problem("quay 0000-009"+checkOf(t), "Quay Authority")
	enter("https://evil.example/#" + s.f.Digits(t, "live-es256"))
	p.do(chromedp.WaitVisible(".card"))
	if got := p.outcome(); got != "wrong-host" {
		t.Errorf("a code of another address: got %s", got)
	}
	enter(s.f.Digits(t, "live-official-scheme"))
	p.until(`document.querySelector(".product")?.innerText.includes("<b>Lamp</b>")`)
	if got := p.outcome(); got != "signed" || !strings.Contains(p.text(".card"), "Quayside Products Act 2025") || !strings.Contains(p.text(".card .trouble"), "quay.example") {
		t.Errorf("a label of another scheme: %s, %q", got, p.text(".card"))
	}
	enter("harb 0000 1cc4")
	p.do(chromedp.WaitVisible(".do .button"))
	if got := p.text("h1"); got != "Enregistré comme valide" {
		t.Errorf("a number opens %q", got)
	}
	p.clean("label.example")
}

// TestLanguages: the reader's language is found, and can be changed.
func TestLanguages(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	for accept, want := range map[string]string{"de-AT": "Echt und gültig", "ja": "本物で、有効です", "pt-BR,fr": "Authentique et valide", "sv": "Genuine and valid"} {
		p := b.tab(t, now, accept)
		p.size(320, 640, true)
		p.open("https://label.example/#" + s.f.Digits(t, "live-es256"))
		if got := p.text("h1"); got != want {
			t.Errorf("%s: got %q, want %q", accept, got, want)
		}
		p.fits()
		p.axe()
		p.do(chromedp.Click("#lang-de"))
		if got := p.text("h1"); got != "Echt und gültig" || !strings.Contains(p.text(".facts"), "Grundschutz") {
			t.Errorf("after a change to German: %q", got)
		}
	}
}

// TestRecordPage: the pages that read without a script.
func TestRecordPage(t *testing.T) {
	s := newSite(t)
	r := record(t)
	s.putRecord(t, r)
	p := newBrowser(t, s).tab(t, now, "en")
	for _, lang := range []string{"", "de/", "fr/", "ja/"} {
		p.size(320, 640, lang == "")
		p.do(chromedp.Navigate("https://label.example/l/" + r.Number + "/" + lang))
		p.fits()
		p.axe()
		p.do(chromedp.Click(".do .button"))
		p.until(`document.querySelector(".card")?.dataset.outcome`)
		p.settled()
		if got := p.outcome(); got != "live" {
			t.Errorf("%q: the link to the check gives %q", lang, got)
		}
	}
	p.clean("label.example")
}
