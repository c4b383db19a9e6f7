package page_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/plimsoll-iot/plimsoll/label/page"
)

// BenchmarkAnswer is the time to an answer in Chromium with the processor throttled
// four times, the server on loopback: on the first visit from the start of the
// navigation (nothing is kept), on a later one (the service worker has the page), and
// for one more label in an idle open page. The figures are ms/answer; ns/op holds the
// driving of the browser too.
func BenchmarkAnswer(b *testing.B) {
	for _, c := range []struct {
		name  string
		first bool // forget everything before
		open  bool // the page is open, another label is scanned
	}{{"first_visit", true, false}, {"later_visit", false, false}, {"open_page", false, true}} {
		b.Run(c.name, func(b *testing.B) {
			s := newSite(b)
			p := newBrowser(b, s).tab(b, now, "en")
			address := "https://label.example/#" + s.f.digits(b, "live-es256")
			p.open("https://label.example/")
			p.workerReady()
			p.do(emulation.SetCPUThrottlingRate(4))
			sum := 0.0
			for range b.N {
				if c.first {
					p.do(chromedp.ActionFunc(func(ctx context.Context) error {
						return storage.ClearDataForOrigin("https://label.example", "all").Do(ctx)
					}), network.ClearBrowserCache())
				}
				var ms float64
				if c.open {
					p.open("https://label.example/")
					p.eval(`new Promise((f) => requestIdleCallback(f, { timeout: 2000 })).then(() => new Promise((f) => setTimeout(f, 1500))).then(() => new Promise((f) => {
						const start = performance.now();
						new PerformanceObserver((l) => f(l.getEntriesByName("answer")[0].startTime - start)).observe({ type: "mark" });
						location.hash = "`+s.f.digits(b, "live-es256")+`";
					}))`, &ms)
				} else {
					p.open(address)
					p.eval(`performance.getEntriesByName("answer")[0].startTime`, &ms)
				}
				if p.outcome() != "live" {
					b.Fatal(p.text("main"))
				}
				sum += ms
			}
			b.ReportMetric(sum/float64(b.N), "ms/answer")
		})
	}
}

// BenchmarkSite is the writing of the verifier page.
func BenchmarkSite(b *testing.B) {
	f, _ := vectors(b)
	for b.Loop() {
		if _, err := page.Site(config(f)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJudge is the work of the script alone, throttled four times: digits, trust
// list, status list and range file from memory to the answer.
func BenchmarkJudge(b *testing.B) {
	s := newSite(b)
	p := newBrowser(b, s).tab(b, now, "en")
	p.open("https://label.example/")
	p.workerReady()
	p.do(emulation.SetCPUThrottlingRate(4))
	sum := 0.0
	for range b.N {
		var ms float64
		p.eval(`Promise.all(["token", "verify", "trust", "files", "status"].map((m) => import("/" + m + ".js"))).then(async ([{ parseInput }, { judge }, { openTrust }, { rootsOf }, { openRange, openStatusList }]) => {
			const f = await (await fetch("/vectors.json")).json(), bytes = (n) => Uint8Array.from(atob(f.files[n]), (c) => c.charCodeAt(0));
			const [t, r, l] = ["trust", "range", "list"].map(bytes), pinned = rootsOf(f.roots), start = performance.now();
			const trust = await openTrust(t, pinned, 0), [range, list] = await Promise.all([openRange(r, trust), openStatusList(l, trust)]);
			const got = await judge(await parseInput(f.vectors[0].input), trust, { range, list }, null, Date.now() / 1000, "private");
			return got.outcome === "live" ? performance.now() - start : -1;
		})`, &ms)
		if ms < 0 {
			b.Fatal("another answer than live")
		}
		sum += ms
	}
	b.ReportMetric(sum/float64(b.N), "ms/answer")
}
