package junit

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
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

func read(t testing.TB, b []byte) suites {
	t.Helper()
	var s suites
	d := xml.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	fixture.Golden(t, "camera.xml", write(t, fixture.Excerpt(cat), cat), *update)
}

// allowed are the elements with their attributes that the readers of build servers
// agree on; a * marks what must be there.
var allowed = map[string][]string{
	"testsuites": {"name*", "tests*", "failures*", "skipped*", "errors*"},
	"testsuite":  {"name*", "tests*", "failures*", "skipped*", "errors*", "time*", "timestamp*"},
	"properties": nil,
	"property":   {"name*", "value*"},
	"testcase":   {"classname*", "name*", "time*"},
	"failure":    {"message*", "type*"},
	"skipped":    {"message*"},
	"system-out": nil,
}

var parents = map[string]string{
	"testsuites": "", "testsuite": "testsuites", "properties": "testsuite", "property": "properties",
	"testcase": "testsuite", "failure": "testcase", "skipped": "testcase", "system-out": "testcase",
}

// TestForm holds the elements against the form that build servers read; no schema
// of it is published by an authority.
func TestForm(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat), "empty": {}} {
		b := write(t, a, cat)
		d := xml.NewDecoder(bytes.NewReader(b))
		var open []string
		n := 0
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch e := tok.(type) {
			case xml.StartElement:
				n++
				form(t, name, open, e)
				open = append(open, e.Name.Local)
			case xml.EndElement:
				open = open[:len(open)-1]
			}
		}
		if n < 4 {
			t.Errorf("%s has %d elements", name, n)
		}
		if !bytes.Equal(b, write(t, a, cat)) {
			t.Errorf("%s: two runs differ", name)
		}
		if bytes.ContainsAny(b, "\x1b\x00\u202e\u2066") {
			t.Errorf("%s: a hidden character came through", name)
		}
	}
}

func form(t *testing.T, name string, open []string, e xml.StartElement) {
	t.Helper()
	el := e.Name.Local
	parent := ""
	if len(open) > 0 {
		parent = open[len(open)-1]
	}
	want, known := allowed[el]
	if !known || parents[el] != parent {
		t.Errorf("%s: the element %q stands in %q", name, el, parent)
	}
	got := map[string]bool{}
	for _, a := range e.Attr {
		got[a.Name.Local] = true
		if !strings.Contains(strings.Join(want, " ")+" ", a.Name.Local+"* ") {
			t.Errorf("%s: %s has the attribute %q", name, el, a.Name.Local)
		}
	}
	for _, w := range want {
		if w, must := strings.CutSuffix(w, "*"); must && !got[w] {
			t.Errorf("%s: %s has no attribute %q", name, el, w)
		}
	}
}

// TestCases holds each unit's verdict against its case, and the counts.
func TestCases(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	root := read(t, write(t, a, cat))
	got := map[string]testcase{}
	tests, failures, skipped := 0, 0, 0
	for _, s := range root.Suites {
		if s.Tests != len(s.Cases) {
			t.Errorf("%s says %d tests and has %d", s.Name, s.Tests, len(s.Cases))
		}
		tests, failures, skipped = tests+s.Tests, failures+s.Failures, skipped+s.Skipped
		for _, c := range s.Cases {
			if _, twice := got[c.Class+" "+c.Name]; twice {
				t.Errorf("%s %s stands twice", c.Class, c.Name)
			}
			got[c.Class+" "+c.Name] = c
		}
	}
	if tests != root.Tests || failures != root.Failures || skipped != root.Skipped {
		t.Errorf("the suites add up to %d, %d, %d; the file says %d, %d, %d", tests, failures, skipped, root.Tests, root.Failures, root.Skipped)
	}
	fails, against := 0, 0
	for _, p := range a.Provisions {
		against += len(p.Against)
		if p.Support == plimsoll.SupportNA || p.Declined {
			if c := got[string(p.ID)+" "+string(p.ID)+" "+p.Title]; c.Skipped == nil {
				t.Errorf("%s is not shown as skipped", p.ID)
			}
			continue
		}
		for _, c := range p.Cases {
			for _, u := range c.Units {
				tc, ok := got[string(p.ID)+" "+string(u.ID)+" "+u.Title]
				if !ok {
					t.Errorf("unit %s has no case", u.ID)
				}
				if u.Verdict == plimsoll.Fail {
					fails++
				}
				if (tc.Failure != nil) != (u.Verdict == plimsoll.Fail) || (tc.Skipped != nil) != (u.Verdict == plimsoll.Inconclusive) {
					t.Errorf("unit %s is %s and its case %+v", u.ID, u.Verdict, tc)
				}
				if tc.Skipped != nil && len(tc.Skipped.Message) < 10 {
					t.Errorf("unit %s is skipped without a reason: %q", u.ID, tc.Skipped.Message)
				}
			}
		}
	}
	const invalidICS = 1
	if fails != 3 || against != 2 || root.Failures != fails+against+invalidICS {
		t.Errorf("got %d failures for %d units, %d pieces of evidence against, %d problems of the ICS", root.Failures, fails, against, invalidICS)
	}
}

// TestSays holds the texts that a person must find.
func TestSays(t *testing.T) {
	cat := fixture.Loaded(t)
	s := string(write(t, fixture.Camera(cat), cat))
	for _, want := range []string{
		`name="evidence against 5.5-1 (5.5-1-1/c, ComMech-2; tls-server@1)"`,
		"a skipped case has not passed", "waived, which hides nothing: by Ann Example until 2026-12-31",
		"to do: remove the Telnet service", "evidence: sha256:", "first-party self-assessment",
		`value="1 finding by software set aside (overruled)`,
	} {
		if !strings.Contains(s, want) {
			t.Errorf("the file does not say %q", want)
		}
	}
	if strings.Contains(strings.ToLower(s), "compliant") {
		t.Error("the file says it")
	}
}

// TestEmpty asks that an assessment of nothing has no case that passes.
func TestEmpty(t *testing.T) {
	root := read(t, write(t, &plimsoll.Assessment{}, fixture.Loaded(t)))
	if root.Tests == 0 || root.Tests != root.Skipped+root.Failures {
		t.Errorf("got %d tests, %d failures, %d skipped", root.Tests, root.Failures, root.Skipped)
	}
}
