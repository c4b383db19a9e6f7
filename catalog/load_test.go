package catalog

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

func loaded(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCounts(t *testing.T) {
	c := loaded(t)
	mandatory := func(e plimsoll.Edition) (n int) {
		for _, p := range c.Edition(e) {
			if p.Status[e].Mandatory {
				n++
			}
		}
		return n
	}
	cases, fields := 0, 0
	for _, g := range c.Groups {
		cases += len(g.Cases)
	}
	for _, x := range c.Tables {
		fields += len(x.Fields)
	}
	deciders := map[plimsoll.Decider]int{}
	completeness := 0
	for _, u := range c.Units() {
		deciders[u.Decider]++
		if u.Completeness {
			completeness++
		}
	}
	for _, x := range []struct {
		what      string
		got, want int
	}{
		{"guidelines", len(c.Guidelines), 13},
		{"rows of both editions", len(c.Provisions), 85},
		{"provisions of V2.1.1", len(c.Edition(plimsoll.EditionV2)), 68},
		{"mandatory in V2.1.1", mandatory(plimsoll.EditionV2), 33},
		{"provisions of V3.1.3", len(c.Edition(plimsoll.EditionV3)), 78},
		{"mandatory in V3.1.3", mandatory(plimsoll.EditionV3), 36},
		{"groups", len(c.Groups), 68},
		{"cases", cases, 109},
		{"units", len(c.Units()), 226},
		{"tables", len(c.Tables), 29},
		{"fields", fields, 127},
		{"units decided by software", deciders[plimsoll.DeciderSoftware], 41},
		{"units decided by an operator", deciders[plimsoll.DeciderOperator], 5},
		{"units decided by an assessor", deciders[plimsoll.DeciderAssessor], 155},
		{"steps", deciders[plimsoll.DeciderStep], 11},
		{"units that apply another case", deciders[plimsoll.DeciderApply], 14},
		{"completeness units", completeness, 11},
	} {
		if x.got != x.want {
			t.Errorf("%s: got %d, want %d", x.what, x.got, x.want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
