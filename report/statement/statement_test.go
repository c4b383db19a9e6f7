package statement

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden: a whole input fills every document, in every language, without a
// gap and without a reason to stay a draft.
func TestGolden(t *testing.T) {
	for _, info := range infos(t) {
		for _, lang := range info.Languages {
			name := info.ID
			if lang != "en" {
				name += "." + lang
			}
			t.Run(name, func(t *testing.T) {
				in := whole(t, info)
				in.Language = lang
				d := made(t, in)
				if d.Draft || len(d.Missing) > 0 {
					t.Errorf("still a draft: %q, missing %v", d.DraftBecause, d.Missing)
				}
				var b strings.Builder
				if err := JSON(&b, d); err != nil {
					t.Fatal(err)
				}
				golden(t, name+".json", b.String())
				page := html(t, d)
				if again := html(t, made(t, in)); again != page {
					t.Error("a second making differs")
				}
				if name == "uk-statement" || name == "disclosure-policy" {
					golden(t, name+".html", page)
				}
				if strings.Contains(page, "class=\"water\"") || strings.Contains(page, "<mark>") {
					t.Error("a final document carries marks of a draft")
				}
			})
		}
	}
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
	if got != string(want) {
		t.Errorf("%s differs (run with -update and read the diff); got:\n%s", name, got)
	}
}

// TestPrescribed holds the words of the law against the forms: RED Annex VI and
// VII, CRA Annex V and VI, SI 2023/1007 Sch. 4, 47 CFR 8.222(b).
func TestPrescribed(t *testing.T) {
	for id, words := range map[string][]string{
		"uk-statement": {
			"product (type, batch)",
			"name and address of each manufacturer of the product and, where applicable, each authorised representative",
			"a declaration that the statement of compliance is prepared by or on behalf of the manufacturer of the product",
			"the defined support period for the product that was correct when the manufacturer first supplied the product",
			"signature, name and function of the signatory",
			"the place and date of issue of the statement of compliance",
		},
		"eu-doc-red": {
			"1. Radio equipment (product, type, batch or serial number):",
			"2. Name and address of the manufacturer or his authorised representative:",
			"3. This declaration of conformity is issued under the sole responsibility of the manufacturer.",
			"5. The object of the declaration described above is in conformity with the relevant Union harmonisation legislation:",
			"and issued the EU-type examination certificate: …",
			"Signed for and on behalf of: …",
		},
		"eu-doc-red-simplified": {
			"Hereby, Harbour Lights Ltd declares that the radio equipment type HC-2 is in compliance with Directive 2014/53/EU.",
			"The full text of the EU declaration of conformity is available at the following internet address: https://harbour.example/doc",
		},
		"eu-doc-cra": {
			"3. A statement that the EU declaration of conformity is issued under the sole responsibility of the provider",
			"6. References to any relevant harmonised standards used or any other common specification or cybersecurity certification in relation to which conformity is declared",
		},
		"eu-doc-cra-simplified": {
			"Hereby, Harbour Lights Ltd declares that the product with digital elements type HC-2 is in compliance with Regulation (EU) 2024/2847.",
		},
		"us-application-declaration": {
			"The applicant has taken every reasonable measure to create a securable product.",
			"unless such updates are not reasonably needed to protect against security failures.",
		},
		"us-registry-record": {
			"Instructions on how to change the default password (specifically state if the default password cannot be changed)",
			"Disclosure of whether the manufacturer maintains a Hardware Bill of Materials (HBOM) and/or a Software Bill of Materials (SBOM)",
		},
	} {
		i := slices.IndexFunc(infos(t), func(x Info) bool { return x.ID == id })
		d := made(t, whole(t, infos(t)[i]))
		var b strings.Builder
		for _, s := range d.Sections {
			for _, f := range s.Fields {
				b.WriteString(f.Label + "\n")
				for _, l := range f.Lines {
					b.WriteString(l.String() + "\n")
				}
			}
		}
		for _, w := range words {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s does not hold %q", id, w)
			}
		}
	}
}

// bare is the least that a declaration may say.
const bare = `schema: plimsoll.product/1
product: {manufacturer: {name: Harbour Lights Ltd}, name: Harbour Cam 2, model: HC-2}
standard: en303645-2.1.1
assessor: {role: first-party}
`

// TestMissing: nothing is invented. What no source gives is marked where it
// belongs and listed with a remedy, and leaves a draft.
func TestMissing(t *testing.T) {
	for _, info := range infos(t) {
		t.Run(info.ID, func(t *testing.T) {
			in := Input{Product: parse(t, bare), Document: info.ID, Day: day}
			if info.Regimes[0] != anyRegime {
				in.Regime, in.Answer = satisfied(info.Regimes[0])
			}
			d := made(t, in)
			if !d.Draft || len(d.DraftBecause) == 0 {
				t.Error("not a draft")
			}
			for _, g := range d.Missing {
				if g.Where == "" || g.Path == "" || g.Remedy == "" || strings.Contains(g.Remedy, "%") {
					t.Errorf("got %+v", g)
				}
			}
			page := html(t, d)
			marks := 0
			for _, s := range d.Sections {
				lines := slices.Clone(s.Text)
				for _, f := range s.Fields {
					lines = append(lines, f.Lines...)
					if f.Required && f.State == NotStated {
						t.Errorf("%s is required and only not stated", f.ID)
					}
				}
				for _, l := range lines {
					for _, r := range l {
						if r.Missing {
							marks++
						}
					}
				}
			}
			if info.ID != "sg-cls-checklist" && len(d.Missing) == 0 {
				t.Error("nothing is missing of a bare declaration")
			}
			if info.Layout != LayoutText && strings.Count(page, "<mark>") != marks {
				t.Errorf("got %d marks in the page, want %d", strings.Count(page, "<mark>"), marks)
			}
			if !strings.Contains(page, `<div class="water"`) || !strings.Contains(page, d.msg.texts["ui.draft.title"]) {
				t.Error("the page does not say DRAFT")
			}
			if in.Regime == nil {
				return
			}
			for _, s := range d.Sections { // a signature is left to the signatory, never a gap
				for _, f := range s.Fields {
					if f.State == ToSign && f.Text() != "" {
						t.Errorf("%s is signed", f.ID)
					}
				}
			}
		})
	}
}

// TestContradictions names both places of each contradiction.
func TestContradictions(t *testing.T) {
	for _, c := range []struct {
		name, old, by string
		change        func(*Input)
		first, second string
	}{
		{"user information", "until: 2031-01-15}\n    publication_of_support", "until: 2030-01-15}\n    publication_of_support", nil, "product.support.until says 2031-01-15", "ixit.UserInfo.support_period.until says 2030-01-15"},
		{"text of the period", "updates until 15 January 2031.", "updates until 14 January 2031.", nil, "product.support.until", "ixit.UserInfo.support_period says 2031-01-14"},
		{"quote of the page", "text: on our page, url: \"https://harbour.example/support\"", "text: on our page, quote: \"The HC-2 gets updates from 15 January 2026 until 31 December 2030.\"", nil, "product.support.until", "publication_of_support_period.quote says 2030-12-31"},
		{"observed", "", "", func(in *Input) {
			in.Assessment.Facts = []plimsoll.Fact{{ID: "support.until", Value: "2029-01-15", Source: plimsoll.SourceObserved, By: "support-period@1"}}
		}, "product.support.until", "fact support.until (observed, by support-period@1) says 2029-01-15"},
		{"assessment", "", "", func(in *Input) { in.Assessment.Product.SupportUntil = "2032-01-15" }, "product.support.until", "assessment.product.support_until says 2032-01-15"},
		{"label", "", "", func(in *Input) {
			in.Assessment.Labels = []plimsoll.HeldLabel{{Scheme: "sg-cls", Level: "2", ID: "CSA/1", Until: "2031-02-01"}}
		}, "product.support.until says 2031-01-15", "label sg-cls CSA/1 says 2031-02-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := camera
			if c.old != "" {
				src = swap(t, camera, c.old, c.by)
			}
			for _, info := range infos(t) {
				in := whole(t, info)
				in.Product = parse(t, src)
				in.Assessment = passing(t, in.Product)
				if c.change != nil {
					c.change(&in)
				}
				_, err := Make(in)
				var got *Contradiction
				if !errors.As(err, &got) || !strings.Contains(err.Error(), c.first) || !strings.Contains(err.Error(), c.second) {
					t.Fatalf("%s: got %v, want %q and %q", info.ID, err, c.first, c.second)
				}
			}
		})
	}
}

// TestOneValue: every document that names the end of support names the same day.
func TestOneValue(t *testing.T) {
	src := strings.NewReplacer("2031-01-15", "2033-03-04", "15 January 2031", "4 March 2033").Replace(camera)
	n := 0
	for _, info := range infos(t) {
		in := whole(t, info)
		in.Product = parse(t, src)
		in.Assessment = passing(t, in.Product)
		page := html(t, made(t, in))
		if strings.Contains(page, "2031") {
			t.Errorf("%s holds another end of support", info.ID)
		}
		if strings.Contains(page, "4 March 2033") || strings.Contains(page, "2033-03-04") {
			n++
		}
	}
	if n != 12 {
		t.Errorf("%d documents name the end of support, want 12", n)
	}
}

func TestRefused(t *testing.T) {
	info := infos(t)[0]
	for _, c := range []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"no product", func(in *Input) { in.Product = nil }, "no declaration"},
		{"no day", func(in *Input) { in.Day = time.Time{} }, "no day"},
		{"other product", func(in *Input) { in.Assessment.Product.Model = "HC-3" }, "HC-3"},
		{"other regime", func(in *Input) { in.Answer.Regime = "us-x" }, "us-x"},
		{"answer without its regime", func(in *Input) { in.Regime = nil }, "without its regime"},
		{"answer for another day", func(in *Input) { in.Answer.Day = "2026-11-30" }, "2026-11-30"},
		{"unknown document", func(in *Input) { in.Document = "eu-doc-red" }, "has no document"},
		{"unknown language", func(in *Input) { in.Language = "xx" }, "only in en"},
		{"unknown value", func(in *Input) { in.Given["colour"] = "red" }, "colour"},
		{"no such option", func(in *Input) { in.Given["route"] = "schedule-9" }, "schedule-9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := whole(t, info)
			c.change(&in)
			d, err := Make(in)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v and %v, want %q", d, err, c.want)
			}
		})
	}
}

// TestRoute: the UK declaration is Schedule 2 only where the assessment or labels
// carry it, and what it rests on is then named.
func TestRoute(t *testing.T) {
	const (
		one      = "☒ In the opinion of the manufacturer, they have complied with the applicable security requirements in Schedule 1."
		two      = "☒ In the opinion of the manufacturer, they have complied with the deemed compliance conditions in Schedule 2."
		standard = "ETSI EN 303 645 V2.1.1 (19th June 2020)"
	)
	fail := func(in *Input) { in.Assessment.Provisions[1].Verdict = plimsoll.Fail }
	labels := func(in *Input) {
		fail(in)
		for i := range in.Answer.Requirements {
			in.Answer.Requirements[i].Via = &answer.Recognition{From: "sg-cls", Label: &answer.LabelUse{Scheme: "sg-cls", Level: "2", ID: "CSA/1", Until: "2028-03-31"}}
		}
	}
	for _, c := range []struct {
		name, given    string
		change         func(*Input)
		line, standard string
		state          FieldState
		draft          bool
	}{
		{"passed", "", func(*Input) {}, two, standard, Filled, false},
		{"chosen", "schedule-1", func(*Input) {}, one, "", NotApplicable, false},
		{"failed", "", fail, "☐", "", Missing, true},
		{"chosen without a ground", "schedule-2", fail, two, "", Missing, true},
		{"other edition", "", func(in *Input) { in.Assessment.Edition.Standard = plimsoll.EditionV3 }, "☐", "", Missing, true},
		{"labels", "", labels, two, "No standard: the conditions rest on the label sg-cls 2 CSA/1, valid until 2028-03-31", Filled, false},
		{"one without a label", "", func(in *Input) { labels(in); in.Answer.Requirements[0].Via = nil }, "☐", "", Missing, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := document(t, "uk-statement")
			delete(in.Given, "standards")
			delete(in.Given, "route")
			if c.given != "" {
				in.Given["route"] = c.given
			}
			c.change(&in)
			d := made(t, in)
			if got := d.Sections[0].Fields[3].Lines[0].String(); !strings.HasPrefix(got, c.line) || d.Draft != c.draft {
				t.Errorf("got %q, draft %v %q", got, d.Draft, d.DraftBecause)
			}
			if std := d.Sections[0].Fields[4]; std.State != c.state || std.Text() != c.standard {
				t.Errorf("standard: got %+v", std)
			}
		})
	}
}

// TestRecord: the record has every element of 8.222(b), null where it is missing.
func TestRecord(t *testing.T) {
	i := slices.IndexFunc(infos(t), func(x Info) bool { return x.Data })
	in := whole(t, infos(t)[i])
	delete(in.Given, "cla")
	var b strings.Builder
	if err := JSON(&b, made(t, in)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema string
		Draft  bool
		Record map[string]*string
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Record) != 11 || got.Record["cla"] != nil || *got.Record["support_end"] != "2031-01-15" || !got.Draft || got.Schema != Schema {
		t.Errorf("got %+v", got)
	}
}

// TestLaw: the sheet tells what the law of a regime gives, where the languages have
// it, and leaves the section out elsewhere.
func TestLaw(t *testing.T) {
	for id, want := range map[plimsoll.RegimeID]string{"uk-psti": "Im Vereinigten Königreich", "eu-cra": "11. Dezember 2027", "jp-jcstar": "", "": ""} {
		in := document(t, "consumer-sheet")
		in.Language = "de"
		if id != "" {
			in.Regime, in.Answer = satisfied(id)
		}
		page := html(t, made(t, in))
		if got := strings.Contains(page, `id="law"`); got != (want != "") || !strings.Contains(page, want) {
			t.Errorf("%s: the section is there: %v", id, got)
		}
	}
}
