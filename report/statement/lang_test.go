package statement

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plimsoll-iot/plimsoll/regime"
)

// TestLanguages: every language has every text, with the same values in it, and
// nothing else.
func TestLanguages(t *testing.T) {
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	en := lib.lang["en"]
	if len(lib.lang) < 4 || len(en.texts) < 40 {
		t.Fatalf("got %d languages, %d texts", len(lib.lang), len(en.texts))
	}
	values := func(s string) []string {
		out := placeholder.FindAllString(s, -1)
		slices.Sort(out)
		return out
	}
	for _, code := range []string{"en", "de", "fr", "ja"} {
		m := lib.lang[code]
		if m == nil {
			t.Errorf("no language %q", code)
			continue
		}
		if got, want := slices.Sorted(maps.Keys(m.texts)), slices.Sorted(maps.Keys(en.texts)); !slices.Equal(got, want) {
			t.Errorf("%s: the keys differ from those of English:\n%q\n%q", code, got, want)
		}
		for k, v := range m.texts {
			if got, want := values(v), values(en.texts[k]); !slices.Equal(got, want) {
				t.Errorf("%s %s: got values %q, want %q", code, k, got, want)
			}
			if code != "en" && v == en.texts[k] && !same[code+" "+k] {
				t.Errorf("%s %s: %q is English", code, k, v)
			}
		}
		if slices.Contains(m.months, "") || len(slices.Compact(slices.Sorted(slices.Values(m.months)))) != 12 {
			t.Errorf("%s: months %q", code, m.months)
		}
		for _, part := range []string{"{day}", "{month}", "{year}"} {
			if strings.Count(m.date, part) != 1 {
				t.Errorf("%s: date %q", code, m.date)
			}
		}
	}
}

// same are words that two languages share.
var same = map[string]bool{"de ui.signed.name": true, "fr ui.sources": true, "fr ui.signed.signature": true}

// TestKeysUsed: no text of the languages is there for nothing.
func TestKeysUsed(t *testing.T) {
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, dir := range []string{"forms", "assets"} {
		err := fs.WalkDir(embedded, dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(embedded, p)
			all.Write(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	code := map[string]bool{"ui.missing": true, "ui.made": true, "ui.page": true}
	for k := range lib.lang["en"].texts {
		short := strings.TrimPrefix(k, "ui.")
		if id, ok := strings.CutPrefix(k, "law."); ok {
			code[k] = strings.Contains(all.String(), "regimes: ["+id+"]")
		}
		if !code[k] && !strings.Contains(all.String(), "@"+k) && !strings.Contains(all.String(), `ui "`+short+`"`) {
			t.Errorf("nothing uses %q", k)
		}
	}
}

func TestLongDate(t *testing.T) {
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"en": "5 March 2031", "de": "5. März 2031", "fr": "5 mars 2031", "ja": "2031年3月5日"} {
		if got := lib.lang[code].long("2031-03-05"); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
	if got := lib.lang["en"].long("soon"); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestUserInformation: every path of user information and of rows is an entry of
// the tables of TS 103 701.
func TestUserInformation(t *testing.T) {
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range lib.forms {
		var texts []string
		for _, s := range f.sections {
			texts = append(texts, s.text...)
			for _, x := range s.fields {
				texts = append(texts, x.lines...)
			}
		}
		for _, text := range texts {
			for _, g := range placeholder.FindAllStringSubmatch(lib.lang["en"].text(text), -1) {
				for p := range strings.SplitSeq(strings.TrimSuffix(g[1], "?"), "|") {
					space, rest, _ := strings.Cut(p, ".")
					table, key := "UserInfo", rest
					switch space {
					case "user":
					case "rows":
						table, key, _ = strings.Cut(rest, ".")
					default:
						continue
					}
					n++
					found := false
					for _, tab := range cat.Tables {
						if string(tab.ID) == table {
							for _, field := range tab.Fields {
								found = found || field.Key == key
							}
						}
					}
					if !found {
						t.Errorf("%s: %q is no field of %s", f.id, key, table)
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("checked %d paths", n)
	}
}

// TestFormsAndRegimes: what a form says of its regime is true of it.
func TestFormsAndRegimes(t *testing.T) {
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range lib.forms {
		for _, id := range f.regimes {
			r, ok := set.Regime(id)
			if !ok {
				if id != anyRegime {
					t.Errorf("%s: the regime %s is not there", f.id, id)
				}
				continue
			}
			checked++
			doc, ok := r.Document(f.document)
			if !ok && f.document != "" {
				t.Errorf("%s is for the document %q, which %s does not ask for", f.id, f.document, id)
			}
			if ok {
				for _, x := range doc.Fields {
					if !f.has(x.ID) {
						t.Errorf("%s has no field %q, which %s asks for: %s", f.id, x.ID, id, x.Text)
					}
				}
			}
			for _, x := range f.depends.except {
				if _, ok := r.Requirement(x); !ok {
					t.Errorf("%s leaves out %q, which %s does not ask", f.id, x, id)
				}
			}
			if _, ok := r.Level(f.depends.level); !ok && f.depends.level != "" && !strings.HasPrefix(f.depends.level, "given.") {
				t.Errorf("%s is for level %q, which %s does not have", f.id, f.depends.level, id)
			}
			if x := f.depends.only; x != "" {
				found := false
				for _, q := range r.Requirements {
					found = found || strings.HasPrefix(q.ID, x)
				}
				if !found {
					t.Errorf("%s is about %s…, which %s does not ask", f.id, x, id)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no form was checked")
	}
}

// TestBrokenForms: broken data is refused with its file.
func TestBrokenForms(t *testing.T) {
	lang, err := embedded.ReadFile("lang/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const good = `id: x
title: X
regimes: [any]
languages: [en]
layout: form
depends: {answer: false}
cites: [c]
notes: [n]
sections:
- id: s
  fields:
  - {id: a, label: A, lines: ["{product.name}"]}
`
	for _, c := range []struct{ name, old, by, want string }{
		{"good", "", "", ""},
		{"unknown key", "layout: form", "layout: form\ncolour: red", `unknown key "colour"`},
		{"unknown path", "product.name", "product.colour", `unknown path "product.colour"`},
		{"empty space", "product.name", "given.", `unknown path "given."`},
		{"no such text", "title: X", "title: '@sheet.nothing'", "sheet.nothing"},
		{"unknown language", "[en]", "[xx]", `unknown language "xx"`},
		{"unknown table", "- id: s", "- id: s\n  table: {of: chairs}", `unknown table "chairs"`},
		{"verbatim without cite", "label: A", "label: A, verbatim: true", "without a citation"},
		{"nothing to show", `, lines: ["{product.name}"]`, "", "nothing to show"},
		{"twice", "  - {id: a,", "  - {id: a, label: B, lines: [x]}\n  - {id: a,", "stands twice"},
		{"wrong id", "id: x", "id: y", "the file is called"},
		{"layout", "layout: form", "layout: round", `"round" is not one of`},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := strings.Replace(good, c.old, c.by, 1)
			lib, err := loadFrom(fstest.MapFS{"lang/en.yaml": {Data: lang}, "forms/x.yaml": {Data: []byte(src)}})
			if c.want == "" && (err != nil || len(lib.forms) != 1) {
				t.Fatal(err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "forms/x.yaml:")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := loadFrom(fstest.MapFS{"lang/en.yaml": {Data: lang}}); err == nil {
		t.Error("no form, and no complaint")
	}
}

// has says that a form has a field, or a section that stands for it.
func (f *form) has(id string) bool {
	for _, s := range f.sections {
		if s.id == id || slices.ContainsFunc(s.fields, func(x formField) bool { return x.id == id || slices.Contains(x.covers, id) }) {
			return true
		}
	}
	return false
}
