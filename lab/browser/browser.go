// Package browser drives a real Chromium with an empty profile: it loads pages that
// the program writes, and sites on loopback, and resolves no names but those that a
// test maps there.
//
// It is test support. Only _test.go files and other test support may import it; it
// must never let a page reach anything but loopback.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Serve serves a handler over TLS on loopback, until the test ends or the returned
// function is called: the network is cut then.
func Serve(t testing.TB, h http.Handler) (address string, cut func()) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers hang up on half-open connections
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "https://"), func() { s.CloseClientConnections(); s.Close() }
}

// Start runs a Chromium in which the hosts lead to an address of loopback.
func Start(t testing.TB, address string, hosts ...string) context.Context {
	t.Helper()
	bin := program(t)
	rules := ""
	for _, host := range hosts {
		rules += "MAP " + host + " " + address + ", "
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("lang", "en"),
		chromedp.Flag("host-resolver-rules", rules+"MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.WSURLReadTimeout(time.Minute))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("starting %s: %v", bin, err)
	}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end, so that its profile can go
		cancel()
		stop()
	})
	return ctx
}

// Phone is a page of the size of a phone.
type Phone struct {
	t   testing.TB
	ctx context.Context
}

// NewPhone opens a page in a browser.
func NewPhone(t testing.TB, browser context.Context) *Phone {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { stop(); cancel() })
	p := &Phone{t: t, ctx: ctx}
	p.do(emulation.SetDeviceMetricsOverride(390, 844, 2, true), network.Enable())
	return p
}

func (p *Phone) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatalf("driving the browser: %v", err)
	}
}

// Open goes to an address and waits until an expression is true there.
func (p *Phone) Open(address, until string) {
	p.t.Helper()
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
	for start := time.Now(); !Eval[bool](p, until); time.Sleep(20 * time.Millisecond) { // a strict policy of the page forbids chromedp's own polling
		if time.Since(start) > time.Minute {
			p.t.Fatalf("after a minute it is not true: %s\n%s", until, p.Text("body"))
		}
	}
}

// Eval runs an expression and reads its value, awaited.
func Eval[T any](p *Phone, expr string) (out T) {
	p.t.Helper()
	var raw []byte
	p.do(chromedp.Evaluate(expr, &raw, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	if err := json.Unmarshal(raw, &out); err != nil {
		p.t.Fatalf("%s gave %s: %v", expr, raw, err)
	}
	return out
}

// Text is what a reader sees of an element; "" when there is none.
func (p *Phone) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// Screenshot is the page as PNG.
func (p *Phone) Screenshot() []byte {
	p.t.Helper()
	var b []byte
	p.do(chromedp.FullScreenshot(&b, 100))
	return b
}
