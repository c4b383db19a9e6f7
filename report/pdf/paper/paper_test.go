package paper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

func written(t testing.TB, p Paper, draw func(*Sheet)) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p, draw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pdftotext(t testing.TB, doc []byte, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("install poppler-utils: apt-get install poppler-utils")
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c := exec.Command("pdftotext", append(args, file, "-")...)
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("pdftotext: %v: %s", err, errs.String())
	}
	return string(out)
}

// long draws a form of several pages.
func long(s *Sheet) {
	s.Begin("Title", "Subtitle")
	s.Alarm("DRAFT. Not to be signed.", []string{"a reason", strings.Repeat("a long reason ", 60)})
	s.Sub("Part", 12)
	for i := range 40 {
		s.Field(Field{Label: fmt.Sprintf("what is asked %d", i), Verbatim: i%2 == 0, Cite: "s. 4", Lines: [][]Run{
			{{Text: fmt.Sprintf("answer %d ", i)}, {Text: "[missing: batch]", Missing: true}, {Text: strings.Repeat(" word", 40)}},
			{{Text: "☒ chosen"}},
			{{Text: "☐ left"}},
		}})
	}
	s.Lead([]Run{{Text: strings.Repeat("what leads ", 30)}})
	s.Field(Field{Label: "signature", Who: "for the maker", Signed: []string{"Place", "Name", "Function", "Signature"}})
	s.Bullets("Notes", []string{"one", strings.Repeat("x", 900)})
	s.Bullets("Nothing", nil)
}

var wordBox = regexp.MustCompile(`<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>`)

// TestForm: every page carries the watermark, the running heads and its number; no
// word but the watermark leaves the margins; nothing is lost.
func TestForm(t *testing.T) {
	p := Paper{Title: "T", Language: "de", Date: day, Head: [2]string{"running", "ENTWURF"}, Foot: "foot", Page: "Seite {page} von {pages}", Water: "WASSER", Strict: true}
	doc := written(t, p, long)
	if !bytes.Equal(doc, written(t, p, long)) {
		t.Error("two runs differ")
	}
	pages := strings.Split(strings.TrimSuffix(pdftotext(t, doc, "-raw"), "\f"), "\f")
	if len(pages) < 5 {
		t.Fatalf("got %d pages", len(pages))
	}
	for i, page := range pages {
		for _, want := range []string{"foot", fmt.Sprintf("Seite %d von %d", i+1, len(pages))} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d has no %q: %q", i+1, want, page)
			}
		}
		if got := strings.Join(strings.Fields(page), ""); strings.Count(got, "WASSER") != 1 {
			t.Errorf("page %d: the watermark stands there %d times", i+1, strings.Count(got, "WASSER"))
		}
		if got := strings.Contains(page, "running"); got != (i > 0) {
			t.Errorf("page %d: running head %v", i+1, got)
		}
	}
	all := strings.Join(strings.Fields(strings.Join(pages, " ")), " ")
	for i := range 40 {
		if want := fmt.Sprintf("s. 4 answer %d [missing: batch] word", i); !strings.Contains(all, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if n := strings.Count(all, "× chosen"); n != 40 {
		t.Errorf("got %d boxes with a tick", n)
	}
	if strings.Contains(all, "× left") || strings.Contains(all, "Nothing") || strings.ContainsRune(all, Box) {
		t.Error("a box is ticked, a list without items has a heading, or a letter is lost")
	}
	margins(t, doc)
}

func margins(t *testing.T, doc []byte) {
	t.Helper()
	const point = 72 / 25.4
	found := 0
	for _, m := range wordBox.FindAllStringSubmatch(pdftotext(t, doc, "-bbox"), -1) {
		var b [4]float64
		for i := range b {
			b[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		if b[3]-b[1] > 40 { // the watermark
			continue
		}
		found++
		if b[0] < (Left-1)*point || b[2] > (PageWidth-Right+1)*point || b[1] < 10*point || b[3] > (PageHeight-8)*point {
			t.Errorf("%q stands at %v, outside the margins", m[5], b)
		}
	}
	if found < 20 {
		t.Errorf("%d words: the test checked too little", found)
	}
}

// TestFontsKept: a document leaves the fonts as they were, or the next one in the same
// program would show other letters.
func TestFontsKept(t *testing.T) {
	var before [][]byte
	for _, x := range faces {
		before = append(before, bytes.Clone(x.ttf))
	}
	all := "é:;=ijäöüÅ€“”×÷…"
	written(t, Paper{Date: day, Title: all}, func(s *Sheet) {
		s.Begin(all, all)
		for _, f := range faces {
			s.Flow(Font(f.family, f.style, 10, Ink), all, Left, Width)
		}
	})
	for i, x := range faces {
		if !bytes.Equal(before[i], x.ttf) {
			t.Errorf("the font %s %q was changed", x.family, x.style)
		}
	}
}

// TestBroken: the marks stay on what is missing, wherever lines end.
func TestBroken(t *testing.T) {
	runs := []Run{{Text: "a bb  ccc "}, {Text: "[missing: x.y]", Missing: true}, {Text: ". End "}, {Text: strings.Repeat("m", 60), Missing: true}, {Text: "z"}}
	written(t, Paper{Date: day}, func(s *Sheet) {
		s.AddPage()
		for w := 4.0; w < 120; w += 1.7 {
			var plain, marked strings.Builder
			for _, line := range s.broken(Text, runs, w) {
				for _, r := range line {
					plain.WriteString(r.Text)
					if r.Missing {
						marked.WriteString(r.Text)
					}
				}
			}
			bare := func(x string) string { return strings.ReplaceAll(x, " ", "") }
			if got, want := bare(plain.String()), "abbccc[missing:x.y].End"+strings.Repeat("m", 60)+"z"; got != want {
				t.Fatalf("width %v: got %q, want %q", w, got, want)
			}
			if got, want := bare(marked.String()), "[missing:x.y]"+strings.Repeat("m", 60); got != want {
				t.Fatalf("width %v: marked %q, want %q", w, got, want)
			}
		}
		if got := s.broken(Text, nil, 50); got != nil {
			t.Errorf("nothing gives %v", got)
		}
	})
}

// TestScripts: a strict paper names what it cannot show and writes nothing; another
// puts boxes.
func TestScripts(t *testing.T) {
	draw := func(s *Sheet) { s.Begin("Łódź Ελλάδα Камера 港 \U0001F6A2 e\u0301", "") }
	var b bytes.Buffer
	err := Write(&b, Paper{Date: day, Strict: true}, draw)
	var script *ScriptError
	if !errors.As(err, &script) || !slices.Equal(script.Characters, []rune("港\U0001F6A2")) || b.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, b.Len())
	}
	if got := err.Error(); !strings.Contains(got, `"港" (U+6E2F) and 1 more character`) {
		t.Errorf("got %q", got)
	}
	if text := pdftotext(t, written(t, Paper{Date: day}, draw), "-raw"); !strings.Contains(text, "Łódź Ελλάδα Камера □ □ é") {
		t.Errorf("got %q", text)
	}
}

// TestTable: a row higher than a page goes on overleaf, or loses its end and says so.
func TestTable(t *testing.T) {
	var words []string
	for i := range 3000 {
		words = append(words, "w"+strconv.Itoa(i))
	}
	heads, rows := []string{"one", "a longer head than its column"}, [][]string{{"first", strings.Join(words, " ")}, {"last"}, {}}
	for _, rest := range []string{"", "the rest is lost"} {
		doc := written(t, Paper{Date: day, Rest: rest}, func(s *Sheet) {
			s.AddPage()
			s.Table(s.Columns(heads, rows, Body), rows, nil)
		})
		text := strings.Join(strings.Fields(pdftotext(t, doc, "-raw")), " ")
		if whole := strings.Contains(text, "w2999"); whole != (rest == "") || !strings.Contains(text, "last") {
			t.Errorf("rest %q: the whole row is there: %v", rest, whole)
		}
		if rest != "" && !strings.Contains(text, rest) {
			t.Errorf("nothing says that an end is lost")
		}
		margins(t, doc)
	}
}

// TestHostile: texts are texts, whatever is in them.
func TestHostile(t *testing.T) {
	for _, x := range []string{
		"{nb} (unbalanced) \\) ]>> endobj /JS (x)", strings.Repeat("W", 4000), strings.Repeat("\u0301", 300), "\x00\x1b[31m\n\r\t\u202e", "\xff\xfe", " ", "",
	} {
		p := Paper{Title: x, Author: x, Creator: x, Language: "en", Date: day, Head: [2]string{x, "h"}, Foot: x, Water: x, Page: x}
		doc := written(t, p, func(s *Sheet) {
			s.Begin(x, x)
			s.Alarm(x, []string{x})
			s.Sub(x, 3)
			s.Lead([]Run{{Text: x}})
			s.Field(Field{Label: x, Cite: x, Lines: [][]Run{{{Text: x, Missing: true}, {Text: x}}, {{Text: "☒ " + x}}, {}}, Who: x, Signed: []string{x, x, x}})
			s.Bullets(x, []string{x})
			s.Table(s.Columns([]string{x, x}, [][]string{{x, x}, {x}}, Body), [][]string{{x, x}, {x}}, nil)
		})
		pdftotext(t, doc)
		if m := regexp.MustCompile(`/(JavaScript|JS|Launch|URI|EmbeddedFile|AA)\b`).Find(doc); m != nil {
			t.Errorf("%.20q: the document holds %q", x, m)
		}
	}
}
