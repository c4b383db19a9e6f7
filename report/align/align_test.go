package align

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/browser"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/regime"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// smallSet are five regimes that hold each thing the view tells apart.
func smallSet(t testing.TB, cat *catalog.Catalog) *regime.Set {
	t.Helper()
	s, err := regime.LoadFS(os.DirFS("crosswalk/testdata"), cat)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loaded is the view of the program's own data.
func loaded(t testing.TB) (*View, *regime.Set, *catalog.Catalog) {
	t.Helper()
	cat := fixture.Loaded(t)
	s, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	return Build(s, cat, Options{At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}), s, cat
}

func forms(t testing.TB, v *View) map[string]string {
	return map[string]string{
		"text": fixture.Rendered(t, func(b *bytes.Buffer) error { return Text(b, v, TextOptions{}) }),
		"csv":  fixture.Rendered(t, func(b *bytes.Buffer) error { return CSV(b, v) }),
		"svg":  fixture.Rendered(t, func(b *bytes.Buffer) error { return SVG(b, v) }),
		"html": fixture.Rendered(t, func(b *bytes.Buffer) error { return HTML(b, v) }),
	}
}

func compared() Options { return Options{Markets: []string{"uk", "eu", "us", "jp"}} }

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	got := forms(t, Build(smallSet(t, cat), cat, compared()))
	fixture.Golden(t, "small.txt", []byte(got["text"]), *update)
	fixture.Golden(t, "small.csv", []byte(got["csv"]), *update)
	fixture.Golden(t, "small.svg", []byte(strings.ReplaceAll(got["svg"], "><", ">\n<")), *update)
}

func TestText(t *testing.T) {
	v, _, _ := loaded(t)
	s := fixture.Rendered(t, func(b *bytes.Buffer) error { return Text(b, v, TextOptions{}) })
	fixture.Narrow(t, s)
	for _, c := range v.Regimes {
		if !strings.Contains(s, string(c.ID)) {
			t.Errorf("%s is not shown", c.ID)
		}
	}
}

// TestCSV asks that no requirement is left out and that no cell can run.
func TestCSV(t *testing.T) {
	cat := fixture.Loaded(t)
	v, s, _ := loaded(t)
	for name, x := range map[string]struct {
		v *View
		s *regime.Set
	}{"small": {Build(smallSet(t, cat), cat, compared()), smallSet(t, cat)}, "loaded": {v, s}} {
		out := fixture.Rendered(t, func(b *bytes.Buffer) error { return CSV(b, x.v) })
		all, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		seen, rows := map[string]bool{}, 0
		for _, cells := range all[1:] {
			seen[cells[0]+" "+cells[4]] = true
			if cells[13] != "" {
				rows++
			}
			for _, c := range cells {
				if c != "" && strings.ContainsRune("=+-@＝", []rune(c)[0]) {
					t.Errorf("%s: the cell %q runs", name, c)
				}
			}
		}
		for _, r := range x.s.Regimes {
			for _, q := range r.Requirements {
				if !seen[string(r.ID)+" "+q.ID] {
					t.Errorf("%s: %s %s is left out", name, r.ID, q.ID)
				}
			}
		}
		if rows != len(x.v.Rows) {
			t.Errorf("%s: %d rows, want %d", name, rows, len(x.v.Rows))
		}
	}
}

// TestSVG asks that the drawing is well formed and refers to nothing.
func TestSVG(t *testing.T) {
	cat := fixture.Loaded(t)
	v, _, _ := loaded(t)
	for name, x := range map[string]*View{"loaded": v, "small": Build(smallSet(t, cat), cat, compared()), "none": Build(&regime.Set{}, cat, Options{})} {
		s := fixture.Rendered(t, func(b *bytes.Buffer) error { return SVG(b, x) })
		d := xml.NewDecoder(strings.NewReader(s))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "href" || a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
						t.Errorf("%s: <%s> has %s=%q", name, e.Name.Local, a.Name.Local, a.Value)
					}
				}
				if slices.Contains([]string{"script", "style", "image", "use", "foreignObject", "a"}, e.Name.Local) {
					t.Errorf("%s: has <%s>", name, e.Name.Local)
				}
			}
		}
		if strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Errorf("%s: a figure is none", name)
		}
	}
}

func TestHTML(t *testing.T) {
	v, _, cat := loaded(t)
	for name, x := range map[string]*View{"loaded": v, "small": Build(smallSet(t, cat), cat, compared())} {
		s := fixture.Rendered(t, func(b *bytes.Buffer) error { return HTML(b, x) })
		if len(s) >= 1<<20 {
			t.Errorf("%s: %d bytes, want less than 1 MiB", name, len(s))
		}
		doc, err := html.Parse(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		found, links, cells := map[string]bool{}, []string{}, 0
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "b" && n.FirstChild != nil && n.FirstChild.Data == "unique" {
				t.Errorf("%s: markup of the data came through", name)
			}
			if n.Data == "tr" && n.Parent.Data == "tbody" && slices.Contains(n.Parent.Parent.Attr, html.Attribute{Key: "class", Val: "heat"}) {
				row := 0
				for c := range n.ChildNodes() {
					row += one(c.Type == html.ElementNode)
				}
				if cells++; row != len(x.Regimes)+2 {
					t.Errorf("%s: a row of the table has %d cells, want %d", name, row, len(x.Regimes)+2)
				}
			}
			for _, a := range n.Attr {
				switch a.Key {
				case "id":
					if found[a.Val] {
						t.Errorf("%s: id %q stands twice", name, a.Val)
					}
					found[a.Val] = true
				case "href", "src", "xlink:href":
					if to, ok := strings.CutPrefix(a.Val, "#"); ok {
						links = append(links, to)
					} else if !strings.HasPrefix(a.Val, "data:") {
						t.Errorf("%s: refers to %q", name, a.Val)
					}
				case "style":
					t.Errorf("%s: <%s> has a style of its own, which the policy refuses", name, n.Data)
				}
			}
		}
		for _, l := range links {
			if !found[l] {
				t.Errorf("%s: the link #%s leads nowhere", name, l)
			}
		}
		if want := len(x.Provisions) + len(x.Guidelines); cells != want {
			t.Errorf("%s: the table has %d rows, want %d", name, cells, want)
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestDeterministic(t *testing.T) {
	v, s, cat := loaded(t)
	first, again := forms(t, v), forms(t, Build(s, cat, Options{At: v.At}))
	for form := range first {
		if first[form] != again[form] {
			t.Errorf("%s: two runs differ", form)
		}
	}
}

// TestWording asks that no form says what nobody may say. The titles of regimes are
// theirs, and the view says "percent" nowhere.
func TestWording(t *testing.T) {
	cat := fixture.Loaded(t)
	bad := regexp.MustCompile(`(?i)complian|[0-9] ?%|per ?cent`)
	for form, s := range forms(t, Build(smallSet(t, cat), cat, compared())) {
		if form == "html" {
			s = s[strings.Index(s, "<body>"):]
			s = s[:strings.Index(s, "<script>")]
		}
		if m := bad.FindString(s); m != "" {
			t.Errorf("%s says %q", form, m)
		}
	}
}

// TestBrowser loads the page in a browser, which must find nothing to complain of and
// must have run the script.
func TestBrowser(t *testing.T) {
	v, _, _ := loaded(t)
	dom := browser.Clean(t, fixture.Rendered(t, func(b *bytes.Buffer) error { return HTML(b, v) }), "p-5.1-1")
	for what, form := range map[string]string{
		"the script did not run to its end":                  `<p id="told" class="told">`,
		"a link to a provision does not open it":             `<details class="one" id="p-5.1-1" open`,
		"no cell of the table can be reached by the Tab key": `<td tabindex="0"`,
	} {
		if !strings.Contains(dom, form) {
			t.Error(what)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	v, _, _ := loaded(b)
	for b.Loop() {
		if err := HTML(io.Discard, v); err != nil {
			b.Fatal(err)
		}
	}
}
