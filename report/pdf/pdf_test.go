package pdf

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func write(t testing.TB, a *plimsoll.Assessment, cat *catalog.Catalog) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, a, cat, "camera"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// poppler runs one of the tools of poppler on a document.
func poppler(t testing.TB, tool string, doc []byte, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Fatal("install poppler-utils: apt-get install poppler-utils")
	}
	file := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c := exec.Command(tool, append(args, file)...)
	if strings.HasPrefix(tool, "pdftotext") {
		c.Args = append(c.Args, "-")
	}
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%s: %v: %s", tool, err, errs.String())
	}
	return string(out)
}

// words is the text of a document with one space between words.
func words(t testing.TB, doc []byte) string {
	t.Helper()
	return strings.Join(strings.Fields(poppler(t, "pdftotext", doc, "-raw")), " ")
}

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	fixture.Golden(t, "camera.txt", []byte(poppler(t, "pdftotext", write(t, fixture.Excerpt(cat), cat), "-raw")), *update)
}

// TestFacts asks that what decides stands in the document, each provision with its
// state and each piece of evidence with its whole digest.
func TestFacts(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	text := words(t, write(t, a, cat))
	for _, want := range []string{
		"Harbour Cam 2 HC-2", "FAIL 3 of 56 claimed provisions fail.", "TS 103 701 V1.1.1", "nobody independent has checked it",
		"2 pieces of evidence against claimed provisions", "waived, which hides nothing: 5.6-1-2/a", "set aside (overruled) by a person",
		"Supported until 2031-01-15", "Judged 2026-05-20 10:30 UTC by plimsoll 0.1.0", string(a.Product.Digest), string(a.Bundle),
		"TLS 1.0 was accepted at 192.0.2.10:8443", "To do: accept TLS 1.2 and newer only", "not yet confirmed by a person",
		"no contrary indication: nothing in the declared row", "98 questions that only a person can answer",
		"Persons who decided test units", "Ben Assessor", "it is no certificate",
		view.CountsSentence(a.Counts), view.CoverageSentence(a.Coverage),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
	for _, p := range a.Provisions {
		if word := view.ProvisionState(p).Word; !strings.Contains(text, word+" "+string(p.ID)+" "+p.Title) {
			t.Errorf("%s does not stand with its state %s", p.ID, word)
		}
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, f := range u.Findings {
					for _, d := range f.Evidence {
						if !strings.Contains(text, string(d)) {
							t.Errorf("the evidence %s of %s is not in the index", d, u.ID)
						}
					}
				}
			}
		}
	}
	for _, o := range a.Open {
		if !strings.Contains(text, string(o.Unit)) {
			t.Errorf("the question of %s is missing", o.Unit)
		}
	}
}

func TestWording(t *testing.T) {
	cat := fixture.Loaded(t)
	text := words(t, write(t, fixture.Camera(cat), cat))
	if m := regexp.MustCompile(`(?i).{20}(complian(t|ce)|[0-9]\s*%|per ?cent)`).FindString(text); m != "" {
		t.Errorf("the document says %q", m)
	}
}

// TestPages holds size, page numbers, contents and running heads.
func TestPages(t *testing.T) {
	cat := fixture.Loaded(t)
	doc := write(t, fixture.Camera(cat), cat)
	info := poppler(t, "pdfinfo", doc, "-isodates")
	for _, want := range []string{"CreationDate:    2026-05-20T10:30:00", "ModDate:         2026-05-20T10:30:00"} {
		if !strings.Contains(info, want) {
			t.Errorf("the document information has no %q: %s", want, info)
		}
	}
	m := regexp.MustCompile(`Pages: +(\d+)`).FindStringSubmatch(info)
	if m == nil || !strings.Contains(info, "(A4)") || !strings.Contains(info, "Assessment of Harbour Lights Ltd Harbour Cam 2 HC-2") {
		t.Fatalf("got %s", info)
	}
	n, _ := strconv.Atoi(m[1])
	pages := strings.Split(poppler(t, "pdftotext", doc, "-raw"), "\f")
	if len(pages) != n+1 || n < 10 {
		t.Fatalf("got %d pages, want %d and at least 10", len(pages)-1, n)
	}
	for i, p := range pages[:n] {
		if want := "page " + strconv.Itoa(i+1) + " of " + m[1]; !strings.Contains(p, want) {
			t.Errorf("page %d has no %q", i+1, want)
		}
		if i > 0 && !strings.HasPrefix(p, "Assessment of Harbour Lights Ltd") {
			t.Errorf("page %d has no running head: %.60q", i+1, p)
		}
	}
	contents(t, "camera", pages)
	contents(t, "poisoned", strings.Split(poppler(t, "pdftotext", write(t, fixture.Poisoned(cat), cat), "-raw"), "\f"))
}

// contents holds the pages that the first page names. The first page may overflow.
func contents(t *testing.T, name string, pages []string) {
	t.Helper()
	for _, title := range []string{"Guidelines", "Provisions", "Conformance statement (ICS)", "Open questions", "Evidence", "Record"} {
		c := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(title) + ` (\d+)$`).FindStringSubmatch(pages[0] + pages[1])
		if c == nil {
			t.Errorf("%s: %s is not in the contents", name, title)
			continue
		}
		if at, _ := strconv.Atoi(c[1]); at >= len(pages) || !strings.Contains(pages[at-1], "\n"+title+"\n") {
			t.Errorf("%s: %s does not begin on page %s", name, title, c[1])
		}
	}
}

// TestFonts asks that every font is embedded and has a map back to text.
func TestFonts(t *testing.T) {
	cat := fixture.Loaded(t)
	lines := strings.Split(strings.TrimSpace(poppler(t, "pdffonts", write(t, fixture.Camera(cat), cat))), "\n")
	const fonts = 4 // regular, bold, italic, mono
	if len(lines) != 2+fonts {
		t.Errorf("got %d fonts, want %d", len(lines)-2, fonts)
	}
	for _, l := range lines[2:] {
		if !regexp.MustCompile(`Identity-H +yes +\S+ +yes`).MatchString(l) {
			t.Errorf("got %q, want an embedded font with a map to text", l)
		}
	}
}

var wordBox = regexp.MustCompile(`<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">`)

// TestMargins asks that no word leaves the page or its margins, whatever the texts.
func TestMargins(t *testing.T) {
	cat := fixture.Loaded(t)
	long := fixture.Camera(cat)
	long.Product.Name = strings.Repeat("Harbour ", 300)
	long.Product.Manufacturer = strings.Repeat("W", 3000)
	long.Assessor.Name = strings.Repeat("Ann ", 900)
	long.Open[0].Question = strings.Repeat("why ", 990)
	long.Skipped[0].Hint = strings.Repeat("x", 3900)
	const point = 72 / 25.4
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat), "long": long, "empty": {}} {
		found := 0
		for _, m := range wordBox.FindAllStringSubmatch(poppler(t, "pdftotext", write(t, a, cat), "-bbox"), -1) {
			found++
			var b [4]float64
			for i := range b {
				b[i], _ = strconv.ParseFloat(m[i+1], 64)
			}
			if b[0] < (left-1)*point || b[2] > (pageWidth-right+1)*point || b[1] < 10*point || b[3] > (pageHeight-8)*point {
				t.Errorf("%s: a word stands at %v, outside the margins", name, b)
			}
		}
		if found < 100 {
			t.Errorf("%s has %d words: the test checked too little", name, found)
		}
	}
}

// TestScripts asks that what the fonts have is shown, and that of the rest the first
// page says so.
func TestScripts(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	a.Product.Name = "Kāmera Ελλάδα Камера Łódź e\u0301"
	text := words(t, write(t, a, cat))
	if !strings.Contains(text, "Kāmera Ελλάδα Камера Łódź é") || strings.Contains(text, "cannot be shown") {
		t.Errorf("got %.200q", text)
	}
	a.Product.Name = "港の灯 \U0001F6A2 Camera"
	text = words(t, write(t, a, cat))
	if !strings.Contains(text, "□□□ □ Camera") || !strings.Contains(text, "4 different characters of another script than Latin, Greek and Cyrillic cannot be shown here") ||
		!strings.Contains(text, "read the HTML report") {
		t.Errorf("got %.900q", text)
	}
}

func TestHostile(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Poisoned(cat)
	a.Product.Name = "{nb} (unbalanced) \\) ]>> endobj /JS (x) {nb}"
	doc := write(t, a, cat)
	text := words(t, doc)
	if !strings.Contains(text, "{nb} (unbalanced) \\) ]>> endobj") {
		t.Errorf("the name is changed: %.200q", text)
	}
	if m := regexp.MustCompile(`/(JavaScript|JS|Launch|URI|OpenAction /|EmbeddedFile|AA)\b`).Find(doc); m != nil {
		t.Errorf("the document holds %q", m)
	}
}

func TestDeterministic(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	first := write(t, a, cat)
	for range 3 {
		if !bytes.Equal(first, write(t, a, cat)) {
			t.Fatal("two runs differ")
		}
	}
	if n := len(first); n > 1<<20 {
		t.Errorf("the document has %d bytes", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	cat := fixture.Loaded(b)
	a := fixture.Camera(cat)
	for b.Loop() {
		write(b, a, cat)
	}
}
