package csvfile

import (
	"bytes"
	"encoding/csv"
	"flag"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func write(t testing.TB, a *plimsoll.Assessment, cat *catalog.Catalog) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, a, cat); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// table reads the rows as maps from column to cell; the reader refuses rows of
// another length.
func table(t testing.TB, b []byte) []map[string]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(b))
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		m := map[string]string{}
		for i, c := range cells {
			m[all[0][i]] = c
		}
		out = append(out, m)
	}
	return out
}

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	fixture.Golden(t, "camera.csv", write(t, fixture.Excerpt(cat), cat), *update)
}

func TestForm(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat), "empty": {}} {
		b := write(t, a, cat)
		lines := strings.Split(string(b), "\r\n")
		if got := strings.Count(string(b), "\n"); got != len(lines)-1 || lines[len(lines)-1] != "" {
			t.Errorf("%s: %d lines end otherwise than in CRLF", name, got-len(lines)+1)
		}
		if !bytes.Equal(b, write(t, a, cat)) {
			t.Errorf("%s: two runs differ", name)
		}
		if bytes.ContainsAny(b, "\x1b\x00\u202e\u2066") {
			t.Errorf("%s: a hidden character came through", name)
		}
	}
}

// TestRows asks for one row per unit and subject with its verdict.
func TestRows(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	got := map[[3]string]map[string]string{}
	for _, r := range table(t, write(t, a, cat)) {
		k := [3]string{r["provision"], r["unit"], r["subject"]}
		if got[k] != nil {
			t.Errorf("%v has two rows", k)
		}
		got[k] = r
	}
	n := 0
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, s := range u.Subjects {
					n++
					if r := got[[3]string{string(p.ID), string(u.ID), s.ID}]; r["verdict"] != string(s.Verdict) || r["reason"] == "" {
						t.Errorf("%s of %s: got %v, want verdict %s", u.ID, s.ID, r, s.Verdict)
					}
				}
			}
		}
	}
	if n < 226 || len(got) != n {
		t.Errorf("got %d rows for %d subjects", len(got), n)
	}
	r := got[[3]string{"5.6-1", "5.6-1-2/a", "seen:udp/3702/ws-discovery"}]
	if r["verdict"] != "FAIL" || !strings.Contains(r["waiver"], "Ann Example until 2026-12-31") || len(strings.Fields(r["evidence"])) != 2 {
		t.Errorf("the waived failure is %v", r)
	}
	r = got[[3]string{"5.5-1", "5.5-1-1/c", "ComMech-2"}]
	if !strings.HasPrefix(r["evidence_against"], "TLS 1.0 was accepted") || r["state"] != "INCONCLUSIVE, FAIL proposed" {
		t.Errorf("the evidence against is %v", r)
	}
	for k, r := range got {
		if strings.Contains(r["state"], "PASS") && r["verdict"] != "PASS" {
			t.Errorf("%v reads %q and is %s", k, r["state"], r["verdict"])
		}
	}
}

// TestLeftAgainst asks that evidence against has a row where no unit is about its
// subject.
func TestLeftAgainst(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	for i := range a.Provisions {
		if a.Provisions[i].ID == "5.5-1" {
			a.Provisions[i].Against[0].Subject = "seen:tcp/8443/https"
		}
	}
	for _, r := range table(t, write(t, a, cat)) {
		if r["subject"] == "seen:tcp/8443/https" {
			if r["verdict"] != "" || r["state"] != onlyAgainst || r["evidence_against"] == "" || r["evidence"] == "" {
				t.Errorf("got %v", r)
			}
			return
		}
	}
	t.Error("the evidence against has no row")
}

func TestTame(t *testing.T) {
	for _, x := range []struct{ in, want string }{
		{"", ""},
		{"5.1-1", "5.1-1"},
		{"a=1", "a=1"},
		{"=1+1", "'=1+1"},
		{`=cmd|' /C calc'!A0`, `'=cmd|' /C calc'!A0`},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"＝1", "'＝1"},
		{"'quoted'", "''quoted'"},
	} {
		if got := Tame(x.in); got != x.want {
			t.Errorf("Tame(%q): got %q, want %q", x.in, got, x.want)
		}
	}
}

// TestFormulas puts formulas wherever the outside has a say.
func TestFormulas(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for i := range u.Subjects {
					u.Subjects[i].ID, u.Subjects[i].Reason = "\t =1+1", "\r\n@SUM(1)"
				}
				for i := range u.Findings {
					u.Findings[i].Subject, u.Findings[i].Reason, u.Findings[i].Remedy = "\t =1+1", "+1", "-1"
				}
			}
		}
	}
	a.Product.Manufacturer, a.Product.Firmware = "=HYPERLINK(\"http://example.com\")", "-2"
	tamed := 0
	for _, r := range table(t, write(t, a, cat)) {
		for col, cell := range r {
			if strings.IndexAny(cell, "=+-@\t\r\n") == 0 {
				t.Errorf("%s is %q", col, cell)
			}
			if strings.HasPrefix(cell, "'") {
				tamed++
			}
		}
	}
	if tamed < 226*4 {
		t.Errorf("%d cells were tamed: the test checked too little", tamed)
	}
}
