package statement

import (
	"strings"
	"testing"
)

// TestProposals: what a draft of the declaration only proposes is no value.
func TestProposals(t *testing.T) {
	src := camera
	for _, at := range []string{"  UserInfo:\n", "  - {id: UpdMech-1, ", "  - {id: SecParam-1, ", "  - {id: Intf-1, "} {
		by := at + "observed: a page, "
		if at == "  UserInfo:\n" {
			by = at + "    observed: a page\n"
		}
		src = swap(t, src, at, by)
	}
	p := parse(t, src)
	for id, gone := range map[string][]string{
		"disclosure-policy":           {ack, updates, "security@harbour.example"},
		"consumer-sheet":              {ack, "looks for updates every night", "Hold the button"},
		"cra-technical-documentation": {"Signed image over TLS"},
		"en18031-report":              {"device key", "Wi-Fi"},
	} {
		in := document(t, id)
		in.Product, in.Assessment = p, passing(t, p)
		d := made(t, in)
		page := html(t, d)
		for _, s := range gone {
			if strings.Contains(page, s) {
				t.Errorf("%s takes the proposal %q for a declaration", id, s)
			}
		}
		if id != "en18031-report" && !d.Draft {
			t.Errorf("%s is no draft", id)
		}
	}
	// the declared end of support remains; the proposed one is no contradiction
	in := document(t, "uk-statement")
	in.Product = parse(t, strings.Replace(src, "text: \"Security updates until 15 January 2031.\", until: 2031-01-15", "text: x, until: 2030-01-01", 1))
	in.Assessment = passing(t, in.Product)
	if d := made(t, in); d.Draft {
		t.Errorf("got %q", d.DraftBecause)
	}
}

func TestLineOf(t *testing.T) {
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	fl := &filler{in: Input{Product: parse(t, bare), Day: day}, form: lib.forms[0], msg: lib.lang["en"]}
	for _, c := range []struct {
		template, want string
		ok             bool
		gaps           int
	}{
		{"plain", "plain", true, 0},
		{"", "", false, 0},
		{"{product.name}", "Harbour Cam 2", true, 0},
		{"hardware {product.hardware?}", "", false, 0},
		{"{product.name} {product.hardware?}", "Harbour Cam 2 ", true, 0},
		{"{product.hardware|product.name}", "Harbour Cam 2", true, 0},
		{"hardware {product.hardware}", "hardware [missing: product.hardware]", true, 1},
		{"{product.hardware|given.batch_number}", "[missing: product.hardware, batch number]", true, 1},
		{"{product.hardware?} {given.batch}", " [missing: batch]", true, 1},
	} {
		fl.gaps = nil
		l, ok := fl.lineOf(c.template)
		if ok != c.ok || ok && l.String() != c.want || len(fl.gaps) != c.gaps || l.missing() != (c.gaps > 0) {
			t.Errorf("%q: got %q, %v, %v", c.template, l, ok, fl.gaps)
		}
	}
}

// TestRequiredEmpty: a required field is missing when nothing of it is there, even
// where each of its lines could be left out.
func TestRequiredEmpty(t *testing.T) {
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, required := range []bool{true, false} {
		fl := &filler{in: Input{Product: parse(t, bare), Day: day}, form: lib.forms[0], msg: lib.lang["en"]}
		f, err := fl.field(formField{id: "a", label: "A", required: required, lines: []string{"hardware {product.hardware?}"}})
		if want := map[bool]FieldState{true: Missing, false: NotStated}[required]; err != nil || f.State != want || len(fl.gaps) > 0 != required || len(f.Lines) > 0 != required {
			t.Errorf("required %v: got %+v %v %v", required, f, fl.gaps, err)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	in := document(b, "cra-technical-documentation")
	for b.Loop() {
		if _, err := Make(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := loadFrom(embedded); err != nil {
			b.Fatal(err)
		}
	}
}
