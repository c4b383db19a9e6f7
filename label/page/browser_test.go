package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	chromium "github.com/plimsoll-iot/plimsoll/lab/browser"
)

// browser is a real Chromium with an empty profile. It resolves no names but those of
// the site, which lead to loopback.
type browser struct {
	ctx context.Context
}

func newBrowser(t testing.TB, s *site) *browser {
	t.Helper()
	return &browser{chromium.Start(t, strings.TrimPrefix(s.URL, "https://"), "label.example", "evil.example")}
}

// tab is a page of a browser with what it asked for and complained of.
type tab struct {
	ctx context.Context
	t   testing.TB

	mu       sync.Mutex
	requests []string
	said     []string // console, exceptions, violations of the policy
}

// quietTab opens a page that nothing watches, whose clock stands at the moment when.
func (b *browser) quietTab(t testing.TB, when time.Time) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	ctx, stop := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(func() { stop(); cancel() })
	p := &tab{ctx: ctx, t: t}
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdppage.AddScriptToEvaluateOnNewDocument(fmt.Sprintf("Date.now = () => %d;", when.UnixMilli())).Do(ctx)
		return err
	}))
	return p
}

// watch notes violations of the content security policy in the page.
const watch = `document.addEventListener("securitypolicyviolation", (e) => console.error("POLICY " + e.violatedDirective + " " + e.blockedURI));`

// tab opens a page whose clock stands at the moment when.
func (b *browser) tab(t testing.TB, when time.Time, lang string, script ...string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { stop(); cancel() })
	p := &tab{ctx: ctx, t: t}
	chromedp.ListenTarget(ctx, p.note)
	scripts := append([]string{watch, fmt.Sprintf("Date.now = () => %d;", when.UnixMilli())}, script...)
	p.do(network.Enable(), log.Enable(), runtime.Enable(), emulation.SetTimezoneOverride("UTC"),
		emulation.SetUserAgentOverride("Mozilla/5.0 Chrome").WithAcceptLanguage(lang))
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdppage.AddScriptToEvaluateOnNewDocument(strings.Join(scripts, "\n")).Do(ctx)
		return err
	}))
	return p
}

func (p *tab) note(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Source != log.SourceNetwork { // a file that is not there is for the page to tell
			p.said = append(p.said, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			p.said = append(p.said, string(a.Value)+a.Description)
		}
	case *runtime.EventExceptionThrown:
		p.said = append(p.said, e.ExceptionDetails.Error())
	}
}

func (p *tab) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatalf("driving the browser: %v", err)
	}
}

// eval runs an expression and reads its value, awaited, into out.
func (p *tab) eval(expr string, out any) {
	p.t.Helper()
	var raw []byte
	p.do(chromedp.Evaluate(expr, &raw, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	if err := json.Unmarshal(raw, out); err != nil {
		p.t.Fatalf("%s gave %s: %v", expr, raw, err)
	}
}

// open goes to an address and waits for the page to stand still.
func (p *tab) open(address string) {
	p.t.Helper()
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
	p.settled()
}

// until waits for an expression to become true.
func (p *tab) until(expr string) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var yes bool
		if p.eval("Boolean("+expr+")", &yes); yes {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("waiting in vain for %s; the page says %q", expr, p.text("body"))
		}
	}
}

// forget empties what the page has kept of the files of other tests.
func (p *tab) forget(host string) {
	p.t.Helper()
	p.open("https://" + host + "/")
	p.eval(`caches.delete("plimsoll-kept-1")`, new(bool))
}

// settled waits until the page has an answer, or shows its start.
func (p *tab) settled() {
	p.t.Helper()
	p.until(`document.querySelector("main:not(.waiting):not([aria-busy])") !== null`)
	p.until(`performance.getEntriesByName("answer").length === performance.getEntriesByName("kept").length`)
}

// text is what a reader sees of an element; "" when there is none.
func (p *tab) text(selector string) (s string) {
	p.t.Helper()
	p.eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector), &s)
	return s
}

// outcome is the answer that the page shows.
func (p *tab) outcome() (s string) {
	p.t.Helper()
	p.eval("document.querySelector('.card')?.dataset.outcome ?? ''", &s)
	return s
}

func (p *tab) size(width, height int64, dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.do(emulation.SetDeviceMetricsOverride(width, height, 1, width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

// clean demands that the page kept to itself: own origin only, no cookie, no storage
// but caches, no violation of its policy, no word in the console.
func (p *tab) clean(host string) {
	p.t.Helper()
	p.mu.Lock()
	requests, said := p.requests, p.said
	p.mu.Unlock()
	if len(requests) == 0 {
		p.t.Error("no request was seen: the test checked nothing")
	}
	for _, r := range requests {
		if u, err := url.Parse(r); err != nil || u.Scheme != "https" && u.Scheme != "about" || u.Scheme == "https" && u.Host != host {
			p.t.Errorf("a request to somebody else: %s", r)
		}
		if len(r) > 200 && !strings.Contains(r, "#") {
			p.t.Errorf("a request that may hold the token: %s", r)
		}
	}
	for _, s := range said {
		p.t.Errorf("the browser says: %s", s)
	}
	var left string
	p.eval("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)", &left)
	if left != "{}{}" {
		p.t.Errorf("the page keeps %s", left)
	}
	var cookies []*network.Cookie
	p.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		cookies, err = network.GetCookies().Do(ctx)
		return err
	}))
	if len(cookies) != 0 {
		p.t.Errorf("%d cookies", len(cookies))
	}
}

// axe runs axe-core, which must find nothing of WCAG 2.2 A and AA.
func (p *tab) axe() {
	p.t.Helper()
	src, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.Evaluate(string(src)+";0", nil))
	var found struct {
		Violations []string `json:"violations"`
		Passes     int      `json:"passes"`
	}
	p.eval(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) => ({
		violations: r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.map((n) => n.html + " " + n.failureSummary).join(" | ")), passes: r.passes.length}))`, &found)
	if found.Passes < 10 {
		p.t.Errorf("axe passed %d rules: it checked nothing", found.Passes)
	}
	for _, v := range found.Violations {
		p.t.Errorf("axe: %s", v)
	}
}

// fits demands that nothing must be scrolled sideways.
func (p *tab) fits() {
	p.t.Helper()
	var over int
	p.eval("document.documentElement.scrollWidth - innerWidth", &over)
	if over > 0 {
		p.t.Errorf("%d pixels stand beside the window", over)
	}
}

// workerReady waits until the service worker has kept the page.
func (p *tab) workerReady() {
	p.t.Helper()
	p.until(`navigator.serviceWorker.controller !== null`)
}
