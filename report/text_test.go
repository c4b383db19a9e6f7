package report

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// stable replaces the wording of the catalog, which has its own tests, so that a
// golden file changes only with this package.
func stable(cat *catalog.Catalog) {
	for _, p := range cat.Provisions {
		p.Why = "why " + string(p.ID) + " matters to the owner"
		p.Title = "title of " + string(p.ID) + ", which is rather long"
	}
	for _, u := range cat.Units() {
		u.Text, u.Question, u.Hint, u.Cover = "text of "+string(u.ID), "question of "+string(u.ID)+"?", "hint", nil
		u.Where.Text = ""
	}
}

func text_(t testing.TB, a *plimsoll.Assessment, cat *catalog.Catalog, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, a, cat, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Fatalf("%s line %d:\n got %q\nwant %q", name, i+1, a, b)
		}
	}
}

func TestText(t *testing.T) {
	cat := fixture.Loaded(t)
	stable(cat)
	for name, o := range map[string]TextOptions{
		"camera.txt":         {Folder: "camera"},
		"camera-color.txt":   {Folder: "camera", Color: true},
		"camera-verbose.txt": {Folder: "camera", Verbose: true},
		"camera-72.txt":      {Folder: "camera", Width: 72},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, text_(t, fixture.Camera(cat), cat, o)) })
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTextWidth(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat)} {
		for _, w := range []int{0, 60, 72, 100, 160} {
			for _, verbose := range []bool{false, true} {
				most := cmp.Or(w, 100)
				for i, l := range strings.Split(text_(t, a, cat, TextOptions{Width: w, Verbose: verbose, Folder: "camera"}), "\n") {
					if n := uniseg.StringWidth(l); n > most {
						t.Errorf("%s at width %d, line %d has %d columns: %q", name, w, i+1, n, l)
					}
				}
			}
		}
	}
}

func TestTextColour(t *testing.T) {
	cat := fixture.Loaded(t)
	plain := text_(t, fixture.Poisoned(cat), cat, TextOptions{})
	if strings.Contains(plain, "\x1b") {
		t.Error("text without colour holds an escape")
	}
	colour := text_(t, fixture.Poisoned(cat), cat, TextOptions{Color: true})
	if !strings.Contains(colour, "\x1b[1;31mFAIL") {
		t.Error("text with colour paints no FAIL")
	}
	if got := ansi.ReplaceAllString(colour, ""); got != plain {
		t.Error("colour changes more than colours")
	}
}

func TestTextHostile(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, verbose := range []bool{false, true} {
		got := text_(t, fixture.Poisoned(cat), cat, TextOptions{Verbose: verbose, Folder: "x\x1b]0;title\x07"})
		for i, r := range got {
			if r != '\n' && view.Hidden(r) {
				t.Fatalf("the character %U stands at byte %d: %q", r, i, got[max(0, i-40):i+10])
			}
		}
	}
}

// TestTextLines asks for one line per provision with the id and the word of its
// state.
func TestTextLines(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	lines := strings.Split(text_(t, a, cat, TextOptions{}), "\n")
	for _, p := range a.Provisions {
		n := 0
		for _, l := range lines {
			if f := strings.Fields(l); strings.HasPrefix(l, " "+string(p.ID)+" ") && len(f) > 2 && f[1] == view.ProvisionState(p).Word {
				n++
			}
		}
		if n != 1 {
			t.Errorf("provision %s has %d lines with its state %s", p.ID, n, view.ProvisionState(p).Word)
		}
	}
}

// TestWording holds the words that no report may say, and those that it must.
func TestWording(t *testing.T) {
	cat := fixture.Loaded(t)
	v3 := fixture.Camera(cat)
	v3.Edition = plimsoll.EditionInfo{Standard: plimsoll.EditionV3, Method: plimsoll.MethodProvisional}
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "v3": v3} {
		page, err := html.Parse(strings.NewReader(html_(t, a, cat, HTMLOptions{Map: items()})))
		if err != nil {
			t.Fatal(err)
		}
		for kind, s := range map[string]string{"text": text_(t, a, cat, TextOptions{Verbose: true}), "html": shownText(page)} {
			s = strings.Join(strings.Fields(s), " ")
			if m := regexp.MustCompile(`(?i).{20}(complian(t|ce)|[0-9]\s*%|per ?cent)`).FindString(s); m != "" {
				t.Errorf("%s as %s says %q", name, kind, m)
			}
			if got := strings.Contains(s, "provisional:"); got != (name == "v3") {
				t.Errorf("%s as %s: provisional is %v", name, kind, got)
			}
			for _, want := range []string{
				"no contrary indication", "self-assessment", "set aside (overruled)", "waived, which hides nothing",
				"226 units, 188 of them claimed: ",
			} {
				if !strings.Contains(s, want) {
					t.Errorf("%s as %s does not say %q", name, kind, want)
				}
			}
		}
	}
}
