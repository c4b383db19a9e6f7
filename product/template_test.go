package product

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/plimsoll-iot/plimsoll"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestSchemaHoldsTemplates(t *testing.T) {
	cat := load(t)
	js := Schema(cat)
	if !bytes.Equal(js, Schema(cat)) {
		t.Error("the schema differs from call to call")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:"+SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("urn:" + SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(src []byte) error {
		js, err := yaml.YAMLToJSON(src)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	if len(Categories()) < 8 {
		t.Fatalf("got the categories %v", Categories())
	}
	for _, category := range Categories() {
		src, ok := Template(category)
		if !ok {
			t.Fatalf("no template %q", category)
		}
		if err := validate(src); err != nil {
			t.Errorf("%s: %v", category, err)
		}
	}
	if err := validate([]byte(whole)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		minimal + "colour: blue\n", "schema: plimsoll.product/1\n", minimal + "ics: {5.1-1: {support: maybe}}\n",
		minimal + "ixit: {AuthMech: [{factor: password}]}\n", minimal + "targets: {device: {ports: 70000}}\n", minimal + "ixit: {Conf: {x: y}}\n",
	} {
		if validate([]byte(bad)) == nil {
			t.Errorf("the schema takes\n%s", bad)
		}
	}
}

// TestTemplates: a template has no error, claims nothing, declares no row, and
// answers every provision with a place to fill in.
func TestTemplates(t *testing.T) {
	cat := load(t)
	for _, category := range Categories() {
		t.Run(category, func(t *testing.T) {
			src, _ := Template(category)
			p, ps := Parse(FileName, src, cat, Options{})
			if e := ps.Errors(); len(e) > 0 {
				t.Errorf("got errors:\n%s", e)
			}
			for _, w := range ps {
				if w.Remedy == "" || w.Line == 0 {
					t.Errorf("no remedy or place: %v", w)
				}
			}
			if len(ps) == 0 || p.Info.Category != category || len(p.ICS) > 0 {
				t.Errorf("got %d problems, category %q, %d claims", len(ps), p.Info.Category, len(p.ICS))
			}
			for _, f := range p.Facts(cat) {
				if f.ID != "product.category" {
					t.Errorf("an untouched template states the fact %s = %v", f.ID, f.Value)
				}
			}
			for _, prov := range cat.Edition(plimsoll.EditionV2) {
				if !bytes.Contains(src, []byte("\n  "+string(prov.ID)+":")) {
					t.Errorf("no line for %s", prov.ID)
				}
			}
			for _, tab := range cat.Tables {
				if !bytes.Contains(src, []byte("\n  "+string(tab.ID)+":")) {
					t.Errorf("no table %s", tab.ID)
				}
			}
			confirmed := regexpObserved.ReplaceAll(src, nil)
			if _, ps := Parse(FileName, confirmed, cat, Options{}); len(ps.Errors()) > 0 {
				t.Errorf("with its proposals confirmed:\n%s", ps.Errors())
			}
		})
	}
	if _, ok := Template("../templates/toy"); ok {
		t.Error("a path is taken for a category")
	}
}
