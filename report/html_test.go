package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/browser"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
)

func html_(t testing.TB, a *plimsoll.Assessment, cat *catalog.Catalog, o HTMLOptions) string {
	t.Helper()
	return fixture.Rendered(t, func(b *bytes.Buffer) error { return HTML(b, a, cat, o) })
}

// each visits all elements of a page.
func each(n *html.Node, do func(*html.Node)) {
	if n.Type == html.ElementNode {
		do(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, do)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// shownText is what a reader sees, without style and script.
func shownText(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.Data == "style" || n.Data == "script" {
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(shownText(c))
	}
	return b.String()
}

// pages are the camera and its poisoned twin, parsed.
func pages(t *testing.T) map[string]*html.Node {
	t.Helper()
	cat := fixture.Loaded(t)
	bad := items()
	for i := range bad {
		bad[i].Label, bad[i].Note, bad[i].Medium = fixture.Hostile[i], fixture.Hostile[i+1], fixture.Hostile[i+2]
	}
	out := map[string]*html.Node{}
	for name, s := range map[string]string{
		"camera":   html_(t, fixture.Camera(cat), cat, HTMLOptions{Folder: "camera", Map: items()}),
		"poisoned": html_(t, fixture.Poisoned(cat), cat, HTMLOptions{Folder: fixture.Hostile[0], Map: bad}),
	} {
		n, err := html.Parse(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = n
	}
	return out
}

// voids are the elements without an end.
var voids = []string{"meta", "link", "input"}

func TestHTMLWellFormed(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat)} {
		s := html_(t, a, cat, HTMLOptions{Map: items()})
		if len(s) > 1<<20 {
			t.Errorf("%s has %d bytes, want at most 1 MiB", name, len(s))
		}
		z := html.NewTokenizer(strings.NewReader(s))
		var open []string
		for tt := z.Next(); tt != html.ErrorToken; tt = z.Next() {
			tag := z.Token().Data
			switch {
			case tt == html.StartTagToken && !slices.Contains(voids, tag):
				open = append(open, tag)
			case tt == html.EndTagToken && (len(open) == 0 || open[len(open)-1] != tag):
				t.Fatalf("%s: </%s> ends %v", name, tag, open)
			case tt == html.EndTagToken:
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %v never end", name, open)
		}
	}
}

// TestHTMLInert asks that nothing leaves the page and nothing from outside acts in
// it: only the elements and attributes that the template has, no handler, no
// address but a fragment and the drawn icon.
func TestHTMLInert(t *testing.T) {
	counts := map[string]map[string]int{}
	for name, n := range pages(t) {
		counts[name] = map[string]int{}
		each(n, func(e *html.Node) {
			counts[name][e.Data]++
			for _, a := range e.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "srcset", a.Key == "srcdoc", a.Key == "action":
					t.Errorf("%s: <%s> has the attribute %s", name, e.Data, a.Key)
				case a.Key == "href" && e.Data == "link" && strings.HasPrefix(a.Val, "data:image/svg+xml,"):
				case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("%s: <%s> leads to %q", name, e.Data, a.Val)
				}
			}
		})
		for _, tag := range []string{"img", "iframe", "object", "embed", "base", "form", "video", "audio", "foreignobject"} {
			if counts[name][tag] > 0 {
				t.Errorf("%s has %d <%s>", name, counts[name][tag], tag)
			}
		}
		if counts[name]["script"] != 1 || counts[name]["style"] != 1 {
			t.Errorf("%s has %d scripts and %d styles, want one each", name, counts[name]["script"], counts[name]["style"])
		}
		if s := shownText(n); strings.ContainsAny(s, "\u202e\u2066\x1b\x00\x07\u0085") {
			t.Errorf("%s shows a character that acts on its surroundings", name)
		}
	}
	if !strings.Contains(shownText(pages(t)["poisoned"]), "<script>alert(1)</script>") {
		t.Error("the poisoned page does not show the hostile text as text: the test checked nothing")
	}
}

func TestHTMLPolicy(t *testing.T) {
	for name, n := range pages(t) {
		var policy string
		want := map[string]string{}
		each(n, func(e *html.Node) {
			if attr(e, "http-equiv") == "Content-Security-Policy" {
				policy = attr(e, "content")
			}
			if e.Data == "style" || e.Data == "script" {
				sum := sha256.Sum256([]byte(e.FirstChild.Data))
				want[e.Data] = e.Data + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			}
		})
		parts := strings.Split(policy, "; ")
		for _, p := range []string{"default-src 'none'", want["style"], want["script"], "base-uri 'none'", "form-action 'none'"} {
			if !slices.Contains(parts, p) {
				t.Errorf("%s: the policy %q lacks %q", name, policy, p)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: the policy %q is not strict", name, policy)
		}
	}
}

// TestHTMLWhole asks for every provision, case and unit once, for links that lead
// somewhere, and for full digests behind the short ones.
func TestHTMLWhole(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	n := pages(t)["camera"]
	ids := map[string]int{}
	titles := map[string]bool{}
	each(n, func(e *html.Node) {
		if id := attr(e, "id"); id != "" {
			ids[id]++
		}
		titles[attr(e, "title")] = true
	})
	for id, k := range ids {
		if k != 1 {
			t.Errorf("the id %q stands %d times", id, k)
		}
	}
	each(n, func(e *html.Node) {
		to, ok := strings.CutPrefix(attr(e, "href"), "#")
		to, err := url.PathUnescape(to)
		if ok && (err != nil || ids[to] == 0) {
			t.Errorf("a link leads to %q, which is not there", to)
		}
	})
	units := 0
	for _, p := range a.Provisions {
		if ids["p-"+string(p.ID)] == 0 {
			t.Errorf("provision %s is missing", p.ID)
		}
		for _, c := range p.Cases {
			for _, u := range c.Units {
				units++
				if ids["u-"+string(u.ID)] == 0 {
					t.Errorf("unit %s is missing", u.ID)
				}
				for _, f := range u.Findings {
					for _, d := range f.Evidence {
						if !titles[string(d)] {
							t.Errorf("the digest %s of unit %s is missing", d, u.ID)
						}
					}
				}
			}
		}
	}
	if len(a.Provisions) != 68 || units != 226 {
		t.Errorf("got %d provisions and %d units, want 68 and 226", len(a.Provisions), units)
	}
	for _, g := range a.Guidelines {
		if !strings.Contains(shownText(n), g.Title) {
			t.Errorf("guideline %q is missing", g.Title)
		}
	}
}

// TestHTMLFilters asks that the buttons count what they show.
func TestHTMLFilters(t *testing.T) {
	n := pages(t)["camera"]
	shows := map[string]int{}
	each(n, func(e *html.Node) {
		if k := attr(e, "data-keys"); k != "" {
			shows["all"]++
			for _, key := range strings.Fields(k) {
				shows[key]++
			}
		}
	})
	buttons := 0
	each(n, func(e *html.Node) {
		key := attr(e, "data-show")
		if key == "" {
			return
		}
		buttons++
		text := strings.Fields(shownText(e))
		if want := regexp.MustCompile(`^\d+$`).FindString(text[len(text)-1]); want == "" || want != strconv.Itoa(shows[key]) {
			t.Errorf("button %q says %q, and %d provisions have its key", key, text, shows[key])
		}
		if p := attr(e, "aria-pressed"); (p == "true") != (key == "all") || p == "" {
			t.Errorf("button %q has aria-pressed %q", key, p)
		}
	})
	if buttons != 9 || shows["all"] != 68 {
		t.Errorf("got %d buttons and %d provisions, want 9 and 68", buttons, shows["all"])
	}
}

func TestDeterministic(t *testing.T) {
	cat := fixture.Loaded(t)
	first, text := html_(t, fixture.Poisoned(cat), cat, HTMLOptions{}), text_(t, fixture.Poisoned(cat), cat, TextOptions{Verbose: true})
	for range 5 {
		if html_(t, fixture.Poisoned(cat), cat, HTMLOptions{}) != first {
			t.Fatal("the same assessment gives another page")
		}
		if text_(t, fixture.Poisoned(cat), cat, TextOptions{Verbose: true}) != text {
			t.Fatal("the same assessment gives another text")
		}
	}
}

// TestHTMLBare renders what judging could give at the least.
func TestHTMLBare(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{
		"empty":   {},
		"unknown": {Provisions: []plimsoll.ProvisionResult{{ID: "9.9-9", Title: "new", Cases: []plimsoll.CaseResult{{Units: []plimsoll.UnitResult{{ID: "9.9-9-1/a"}}}}}}},
	} {
		if s := html_(t, a, cat, HTMLOptions{}); !strings.Contains(s, "</html>") {
			t.Errorf("%s: the page does not end", name)
		}
		if s := text_(t, a, cat, TextOptions{}); name == "unknown" && !strings.Contains(s, "9.9-9") {
			t.Errorf("%s: a provision that the catalog does not know is not shown", name)
		}
	}
}

// TestBrowser loads the page in a browser, which must find nothing to complain of,
// and must have run the script.
func TestBrowser(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat)} {
		t.Run(name, func(t *testing.T) {
			dom := browser.Clean(t, html_(t, a, cat, HTMLOptions{Map: items()}), "u-5.1-1-2/c")
			if !strings.Contains(dom, "68 of 68 provisions shown") {
				t.Error("the script did not run to its end")
			}
			if !regexp.MustCompile(`<details class="unit[^>]*id="u-5.1-1-2/c"[^>]*open`).MatchString(dom) {
				t.Error("a link to a unit does not open it")
			}
		})
	}
	broken := strings.Replace(html_(t, fixture.Camera(cat), cat, HTMLOptions{}), `"use strict";`, `"use strict"; `, 1)
	if _, log := browser.Load(t, broken, ""); !strings.Contains(log, "Content Security Policy") {
		t.Errorf("a script that is not ours ran without a word: the test checked nothing; the browser said %q", log)
	}
}
