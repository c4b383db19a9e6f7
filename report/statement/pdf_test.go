package statement

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func pdf(t testing.TB, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PDF(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfPages are the texts of the pages, their words with one space between.
func pdfPages(t testing.TB, doc []byte) []string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("install poppler-utils: apt-get install poppler-utils")
	}
	file := filepath.Join(t.TempDir(), "statement.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c := exec.Command("pdftotext", "-raw", file, "-")
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("pdftotext: %v: %s", err, errs.String())
	}
	pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	for i, p := range pages {
		pages[i] = strings.Join(strings.Fields(p), " ")
	}
	return pages
}

// unspaced is a text without spaces and boxes, for comparing across lines and pages.
func unspaced(s string) string {
	return strings.NewReplacer(" ", "", "☒", "×", "☐", "").Replace(s)
}

// saysOf lists the texts of a document.
func saysOf(d *Document) []string {
	out := []string{d.Title, d.Subtitle}
	for _, s := range d.Sections {
		out = append(out, s.Title)
		for _, l := range s.Text {
			out = append(out, l.String())
		}
		for _, f := range s.Fields {
			out = append(out, f.Label, f.Cite)
			if f.State == ToSign {
				out = append(out, d.msg.texts["ui.signed.for"]+" "+d.signer+" "+d.msg.texts["ui.signed.place"], d.msg.texts["ui.signed.function"])
			}
			for _, l := range f.Lines {
				out = append(out, l.String())
			}
		}
	}
	return append(append(out, d.DraftBecause...), d.Notes...)
}

// TestPDF: every document whose letters the fonts have holds what it says, filled or
// as a draft; a draft says so on each page.
func TestPDF(t *testing.T) {
	for _, info := range infos(t) {
		for _, lang := range info.Languages {
			if info.Layout == LayoutText || lang == "ja" {
				continue
			}
			in := whole(t, info)
			in.Language = lang
			draft := in
			draft.Given, draft.Assessment, draft.Answer = nil, nil, nil
			for _, d := range []*Document{made(t, in), made(t, draft)} {
				onPaper(t, d)
			}
		}
	}
}

func onPaper(t *testing.T, d *Document) {
	t.Helper()
	doc := pdf(t, d)
	if !bytes.Equal(doc, pdf(t, d)) {
		t.Errorf("%s: two runs differ", d.ID)
	}
	pages := pdfPages(t, doc)
	for i, p := range pages {
		if got := strings.Contains(unspaced(p), unspaced(d.msg.texts["ui.draft"])); got != d.Draft {
			t.Errorf("%s in %s, page %d: draft %v, said %v", d.ID, d.Language, i+1, d.Draft, got)
		}
	}
	// what a page adds to a text that goes over it
	around := regexp.MustCompile(regexp.QuoteMeta(d.Title+" – "+d.Product) + `|Made on [^.]*\. page \d+ of \d+`)
	all := unspaced(around.ReplaceAllString(strings.Join(pages, " "), ""))
	for _, w := range saysOf(d) {
		if w == d.Title || slices.Contains(d.Notes, w) && d.layout == LayoutPage && !d.Draft {
			continue
		}
		if !strings.Contains(all, unspaced(w)) {
			t.Errorf("%s in %s, draft %v: there is no %q", d.ID, d.Language, d.Draft, w)
		}
	}
	for _, g := range d.Missing {
		if !strings.Contains(all, unspaced(g.Where+": "+g.Remedy)) {
			t.Errorf("%s: the gap %q is not listed", d.ID, g)
		}
	}
	if m := regexp.MustCompile(`/(JavaScript|JS|Launch|URI|EmbeddedFile|AA)\b`).Find(doc); m != nil {
		t.Errorf("%s: the document holds %q", d.ID, m)
	}
}

// TestPDFRefuses: what would not be the document is no document.
func TestPDFRefuses(t *testing.T) {
	sheet := document(t, "consumer-sheet")
	sheet.Language = "ja"
	foreign := document(t, "uk-statement")
	foreign.Given["batch"] = "第7批"
	for name, c := range map[string]struct {
		d    *Document
		want string
	}{
		"text":     {made(t, document(t, "security-txt")), "document security-txt is a text file: write it as text"},
		"japanese": {made(t, sheet), "HTML with print CSS instead"},
		"foreign":  {made(t, foreign), `cannot show "第" (U+7B2C) and 1 more character: write it as HTML with print CSS instead`},
		"unmade":   {&Document{}, "was not made by Make"},
	} {
		var b bytes.Buffer
		if err := PDF(&b, c.d); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes, want %q", name, err, b.Len(), c.want)
		}
	}
}

// TestPDFHostile: values are values, whatever is in them.
func TestPDFHostile(t *testing.T) {
	for _, x := range []string{"{nb} (x) \\) ]>> endobj /JS (x)", "☒ ticked [missing: route]", strings.Repeat("W", 3000), "a\x00\x1b[31m\u202eb"} {
		in := document(t, "uk-statement")
		in.Given["batch"] = x
		d, err := Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(x, "☒") { // a tick is of the form, never of a value
			if err := PDF(&bytes.Buffer{}, d); err == nil {
				t.Error("a value brings its own tick")
			}
			continue
		}
		onPaper(t, d)
	}
}
