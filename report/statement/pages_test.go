package statement

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	disclosurepolicy "github.com/plimsoll-iot/plimsoll/probe/disclosure-policy"
	supportperiod "github.com/plimsoll-iot/plimsoll/probe/support-period"
	"github.com/plimsoll-iot/plimsoll/wire/page"
	"github.com/plimsoll-iot/plimsoll/wire/securitytxt"
)

func document(t testing.TB, id string) Input {
	t.Helper()
	all := infos(t)
	return whole(t, all[slices.IndexFunc(all, func(x Info) bool { return x.ID == id })])
}

func readBack(t *testing.T, in Input) page.Page {
	t.Helper()
	p, err := page.Read([]byte(html(t, made(t, in))), "text/html; charset=utf-8")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPagesReadBack: the reader of published pages finds what SI 2023/1007 Sch. 1
// paras 2 and 3 ask for, whole sentences, on the generated pages.
func TestPagesReadBack(t *testing.T) {
	p := readBack(t, document(t, "disclosure-policy"))
	for _, quote := range []string{ack, updates} {
		found, ok := p.Find(quote)
		measured, _ := page.Timed(found.Sentence)
		if !ok || !found.Whole || !measured {
			t.Errorf("%q: got %+v, whole and timed is wanted", quote, found)
		}
	}
	if _, ok := p.Find("security@harbour.example"); !ok || !slices.Contains(p.Contacts, "security@harbour.example") {
		t.Errorf("contacts: got %q", p.Contacts)
	}
	if p.Password || len(p.Text) < 200 {
		t.Errorf("got %+v", p)
	}
	p = readBack(t, document(t, "support-period"))
	if ds := page.Dates(p.Text); len(ds) != 1 || ds[0].Day != "2031-01-15" || ds[0].Precision != "day" {
		t.Errorf("dates: got %+v", ds)
	}
}

// TestProbesAccept judges the generated pages with the probes that judge a
// maker's own pages.
func TestProbesAccept(t *testing.T) {
	src := swap(t, camera, "publication_of_support_period: {text: on our page,", `publication_of_support_period: {text: on our page, quote: "Harbour Lights Ltd provides security updates for the Harbour Cam 2 (model HC-2) until 15 January 2031.",`)
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id, url string
		kind    string
		judge   func(*probe.View) probe.Result
		decides []plimsoll.UnitID
	}{
		{"disclosure-policy", "https://harbour.example/security", disclosurepolicy.Pages.ID(), disclosurepolicy.Probe.Judge, disclosurepolicy.Probe.Decides},
		{"support-period", "https://harbour.example/support", supportperiod.Pages.ID(), supportperiod.Probe.Judge, supportperiod.Probe.Decides},
	} {
		in := document(t, c.id)
		in.Product = parse(t, src)
		in.Assessment = passing(t, in.Product)
		shot := page.Snapshot{URL: c.url, FinalURL: c.url, Status: 200, ContentType: "text/html; charset=utf-8", Page: readBack(t, in)}
		v, err := probe.MemoryView(in.Product, cat, day, probe.MemoryValue{
			Kind: c.kind, Value: []page.Snapshot{shot}, Target: evidence.Target{Kind: evidence.TargetWeb, Name: c.url},
		})
		if err != nil {
			t.Fatal(err)
		}
		res := c.judge(v)
		for _, u := range c.decides {
			i := slices.IndexFunc(res.Findings, func(f plimsoll.Finding) bool { return f.Unit == u })
			if i < 0 || res.Findings[i].Verdict != plimsoll.Pass {
				t.Errorf("%s %s: got %+v", c.id, u, res.Findings)
			}
		}
	}
}

// TestOwnSentence: without a declared quote the page still names product and day.
func TestOwnSentence(t *testing.T) {
	in := document(t, "support-period")
	const want = "Harbour Lights Ltd provides security updates for the Harbour Cam 2 (model HC-2) until 15 January 2031."
	if found, ok := readBack(t, in).Find(want); !ok || !found.Whole {
		t.Errorf("got %+v", found)
	}
}

func TestSecurityTxt(t *testing.T) {
	const place = "https://harbour.example/.well-known/security.txt"
	judge := func(in Input) (string, securitytxt.File) {
		var b strings.Builder
		if err := Text(&b, made(t, in)); err != nil {
			t.Fatal(err)
		}
		return b.String(), securitytxt.Check([]byte(b.String()), securitytxt.Origin{
			URL: place, FinalURL: place, ContentType: "text/plain; charset=utf-8", Status: 200, At: in.Day,
		})
	}
	for _, given := range []bool{true, false} {
		in := document(t, "security-txt")
		if !given {
			in.Given = nil
		}
		text, f := judge(in)
		if len(f.Problems) > 0 || f.Get("Contact")[0] != "mailto:security@harbour.example" || f.Get("Policy")[0] != "https://harbour.example/security" {
			t.Errorf("got %v in\n%s", f.Problems, text)
		}
		if exp, ok := f.Expires(); !ok || !given && exp.Sub(day) > 330*24*time.Hour {
			t.Errorf("expires %v", exp)
		}
	}
	for contact, want := range map[string]string{
		"https://harbour.example/report": "https://harbour.example/report", "+44 117 496 0000": "tel:+44-117-496-0000",
		"our friendly team": "", "javascript:alert(1)": "", "http://harbour.example": "", "x@y.example\nContact: mailto:evil@z.example": "",
	} {
		in := document(t, "security-txt")
		in.Product = parse(t, swap(t, camera, "contact: security@harbour.example", "contact: "+quoted(contact)))
		in.Assessment = passing(t, in.Product)
		text, f := judge(in)
		switch got := f.Get("Contact"); {
		case want == "" && (len(got) != 0 || f.Valid() || !strings.Contains(text, "# Contact: missing") || !strings.HasPrefix(text, "# DRAFT")):
			t.Errorf("%q: got\n%s", contact, text)
		case want != "" && (len(got) != 1 || got[0] != want || len(f.Problems) > 0):
			t.Errorf("%q: got %q %v", contact, got, f.Problems)
		}
	}
	for name, bad := range map[string]string{
		"expires": "next year", "encryption": "http://harbour.example/key", "preferred_languages": "English!", "acknowledgments": "ask us",
	} {
		in := document(t, "security-txt")
		in.Given[name] = bad
		if d := made(t, in); !d.Draft {
			t.Errorf("%s %q: a file that is not valid is no draft", name, bad)
		}
	}
	if err := Text(&strings.Builder{}, made(t, document(t, "uk-statement"))); err == nil {
		t.Error("a statement is written as a text file")
	}
}

// quoted writes a text as a YAML scalar.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\x1b", `\e`, "\x00", `\0`).Replace(s) + `"`
}

var hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	"</style><style>*{display:none}</style>",
	"javascript:alert(1)",
	`' onmouseover='alert(1)`,
	"https://evil.example/\"onclick=alert(1)",
	"\x1b[31mPASS",
	"abc\u202Egnp.exe",
	"{product.name} {{.Title}} ${7*7} %s%n",
	"a\n# DRAFT\nContact: mailto:evil@z.example",
}

// tags are the elements that the template itself writes.
var tags = regexp.MustCompile(`(?i)<(script|img|iframe|object|embed|link|base|form|input|svg)\b|\son[a-z]+\s*=`)

// TestHostile puts hostile text into every value that a person or a device gives.
func TestHostile(t *testing.T) {
	for _, bad := range hostile {
		src := camera
		for _, part := range []string{"Harbour Lights Ltd", "Harbour Cam 2", "rev C", "Hold the button for 10 seconds until the light turns red.", "device key", "Harbour Cloud, ", ack} {
			by := quoted(bad)
			switch {
			case part == "Harbour Cloud, ":
				by += ", "
			case strings.Contains(src, `"`+part+`"`):
				part = `"` + part + `"`
			}
			src = strings.ReplaceAll(src, part, by)
		}
		src = strings.ReplaceAll(src, "name: Ann Example, organisation: "+quoted(bad), "name: Ann Example")
		for _, info := range infos(t) {
			in := whole(t, info)
			in.Product = parse(t, src)
			in.Assessment = passing(t, in.Product)
			in.Assessment.Runs[0].ID = bad
			for k, v := range in.Given {
				if strings.HasPrefix(v, "given ") {
					in.Given[k] = bad
				}
			}
			if in.Answer != nil {
				in.Answer.Requirements[0].Title, in.Answer.Requirements[0].Why, in.Answer.Scope.Why = bad, bad, bad
			}
			d := made(t, in)
			page := html(t, d)
			body := page[strings.Index(page, "<body"):]
			text := regexp.MustCompile(`>[^<]*<`).ReplaceAllString(body, "><") // outside of tags it is text
			if tags.MatchString(text) || strings.Contains(text, "javascript:") || strings.ContainsAny(page, "\x1b\x00\u202E") {
				t.Errorf("%s: %q is not escaped:\n%s", info.ID, bad, text)
			}
			if strings.Count(page, "<style>") != 1 {
				t.Errorf("%s: %q made another style", info.ID, bad)
			}
			if info.Layout == LayoutText {
				var b strings.Builder
				_ = Text(&b, d)
				if n := strings.Count(b.String(), "\nContact: ") + strings.Count(b.String(), "\n# DRAFT"); n > 1 {
					t.Errorf("a value made a line of its own:\n%s", b.String())
				}
			}
		}
	}
}

// TestNoRequest: nothing in a page makes a browser ask for anything.
func TestNoRequest(t *testing.T) {
	loads := regexp.MustCompile(`(?i)\bsrc=|url\(|@import|<link|<script|srcset|http-equiv="refresh"`)
	for _, info := range infos(t) {
		page := html(t, made(t, whole(t, info)))
		if m := loads.FindString(page); m != "" {
			t.Errorf("%s holds %q", info.ID, m)
		}
		for _, want := range []string{"default-src &#39;none&#39;", `name="viewport"`, "@page{size:A4", "@media print", `<html lang="`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not hold %q", info.ID, want)
			}
		}
	}
}
