package strictyaml

import (
	"strings"
	"testing"
	"testing/fstest"
)

func read(t *testing.T, text string) (*Object, *Problems) {
	t.Helper()
	p := &Problems{}
	return Read(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, "x.yaml", p), p
}

func TestScalars(t *testing.T) {
	o, p := read(t, "a: 2.10\nb: 007\nc: yes\nd: true\ne: 12\nf: [x, 2.0, on]\ng: {h: i}\nj: |\n  two\n  lines\nk: -3\n")
	if got := o.Need("a").Text(); got != "2.10" {
		t.Errorf("a: got %q", got)
	}
	if got := o.Need("b").Text(); got != "007" {
		t.Errorf("b: got %q", got)
	}
	if got := o.Need("c").Scalar(); got != "yes" {
		t.Errorf("c: got %v", got)
	}
	if got := o.Need("d"); got.Scalar() != true || !got.Bool() || got.Text() != "true" {
		t.Errorf("d: got %v", got.Scalar())
	}
	if got := o.Need("e"); got.Int() != 12 || got.Scalar() != 12.0 {
		t.Errorf("e: got %v", got.Scalar())
	}
	if got := strings.Join(Texts[string](o.Need("f")), " "); got != "x 2.0 on" {
		t.Errorf("f: got %q", got)
	}
	g := o.Need("g")
	if !g.IsObject() || g.Object().Need("h").Text() != "i" {
		t.Error("g is no mapping")
	}
	if got := o.Need("j").Text(); got != "two\nlines" {
		t.Errorf("j: got %q", got)
	}
	if got := o.Need("k").Scalar(); got != -3.0 {
		t.Errorf("k: got %v", got)
	}
	if v := o.Get("absent"); !v.Absent() || v.Text() != "" || v.Bool() || v.Int() != 0 || v.List() != nil {
		t.Error("an absent key does not read as empty")
	}
	o.Done()
	if err := p.Err(); err != nil {
		t.Error(err)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text string
		use        func(*Object)
		want       string
	}{
		{"bool", "\na: yes", func(o *Object) { o.Get("a").Bool() }, `x.yaml:2: want true or false, have "yes"`},
		{"int", "a: -1", func(o *Object) { o.Get("a").Int() }, `x.yaml:1: want a whole number, have "-1"`},
		{"list", "a: 1", func(o *Object) { o.Get("a").List() }, "x.yaml:1: want a list"},
		{"text", "a: {b: c}", func(o *Object) { o.Get("a").Text() }, "x.yaml:1: want text"},
		{"mapping", "a: 1", func(o *Object) { o.Get("a").Object() }, "x.yaml:1: want a mapping"},
		{"missing", "a: 1", func(o *Object) { o.Get("a"); o.Need("b") }, `x.yaml:1: "b" is missing`},
		{"empty", "a: ' '", func(o *Object) { o.Need("a") }, `x.yaml:1: "a" is empty`},
		{"empty list", "a: []", func(o *Object) { o.Need("a") }, `x.yaml:1: "a" is empty`},
		{"null", "a: 1\nb:\n", func(o *Object) { o.Get("a"); o.Get("b") }, `x.yaml:2: key "b" has no value`},
		{"unknown", "a: 1\nb: 2\n", func(o *Object) { o.Get("a") }, `x.yaml:2: unknown key "b" (known: a)`},
		{"one of", "a: x", func(o *Object) { OneOf(o.Get("a"), "y", "z") }, `x.yaml:1: "x" is not one of [y z]`},
		{"twice", "a: 1\na: 2\n", func(o *Object) { o.Get("a") }, "x.yaml:2: "},
		{"anchor", "a: &x 1\n", func(o *Object) { o.Get("a").Text() }, "x.yaml:1: want text, have Anchor"},
		{"two documents", "a: 1\n---\nb: 1\n", func(*Object) {}, "want one YAML document"},
		{"top-level list", "- a\n", func(*Object) {}, "want a mapping"},
		{"empty file", "", func(*Object) {}, "x.yaml:1: want"},
		{"not YAML", "a: 1\nb: [\n", func(*Object) {}, "x.yaml:2: parsing:"},
	}
	for _, x := range tests {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			o, p := read(t, x.text)
			x.use(o)
			o.Done()
			if err := p.Err(); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
}
