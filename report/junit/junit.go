// Package junit writes an assessment as JUnit XML, which build servers show: a suite
// per guideline, a case per test unit.
//
// FAIL is a failure and INCONCLUSIVE is skipped with its reason: the format has no
// word for "not decided", and a skipped case has not passed. Evidence against a
// claim is a case of its own that fails, so that a build sees it. A waiver stands in
// the message of its failure and changes nothing. The package must never write a
// case that passes for anything but PASS.
package junit

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []*suite `xml:"testsuite"`
}

type suite struct {
	Name       string      `xml:"name,attr"`
	Tests      int         `xml:"tests,attr"`
	Failures   int         `xml:"failures,attr"`
	Skipped    int         `xml:"skipped,attr"`
	Errors     int         `xml:"errors,attr"`
	Time       string      `xml:"time,attr"`
	Timestamp  string      `xml:"timestamp,attr"`
	Properties *properties `xml:"properties,omitempty"`
	Cases      []testcase  `xml:"testcase"`
}

type properties struct {
	List []property `xml:"property"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testcase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *outcome `xml:"failure,omitempty"`
	Skipped *outcome `xml:"skipped,omitempty"`
	Output  *output  `xml:"system-out,omitempty"`
}

type output struct {
	Text string `xml:",innerxml"`
}

type outcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",innerxml"`
}

// noTime stands where the format wants a duration: judging takes none worth telling.
const noTime = "0"

// skippedMeans is told in every file.
const skippedMeans = "skipped means INCONCLUSIVE, n/a or declined, as its message says; a skipped case has not passed"

// Write writes the suites, the conformance statement first.
func Write(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog) error {
	v := view.New(a, cat, "")
	b := &builder{v: v, lines: map[plimsoll.ProvisionID][]view.Line{}}
	for _, l := range v.Lines() {
		b.lines[l.Provision.ID] = append(b.lines[l.Provision.ID], l)
	}
	root := &suites{Name: view.Joined(" ", "plimsoll", v.Product.Manufacturer, v.Product.Name, v.Product.Model, v.Product.Firmware)}
	all := []*suite{b.ics()}
	for _, h := range v.Headings() {
		if s := b.heading(h); len(s.Cases) > 0 {
			all = append(all, s)
		}
	}
	for _, s := range all {
		s.count()
		root.Suites = append(root.Suites, s)
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Skipped += s.Skipped
	}
	out, err := xml.MarshalIndent(root, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the assessment as JUnit XML: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", xml.Header, out); err != nil {
		return fmt.Errorf("writing the assessment as JUnit XML: %w", err)
	}
	return nil
}

type builder struct {
	v     *view.View
	lines map[plimsoll.ProvisionID][]view.Line
}

func (b *builder) suite(name string) *suite {
	return &suite{Name: name, Time: noTime, Timestamp: b.v.At.UTC().Format("2006-01-02T15:04:05")}
}

func (s *suite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

// ics is the suite of the conformance statement, with what the whole file is about.
func (b *builder) ics() *suite {
	v := b.v
	s := b.suite("Conformance statement (ICS)")
	s.Properties = &properties{[]property{
		{"verdict", string(v.Verdict)},
		{"headline", v.Headline()},
		{"skipped", skippedMeans},
		{"standard", v.Standard()},
		{"method", v.Method()},
		{"assessor", v.By()},
		{"tool", view.Joined(" ", v.Tool.Name, v.Tool.Version)},
		{"product.digest", string(v.Product.Digest)},
		{"evidence.digest", string(v.Bundle)},
	}}
	for i, c := range v.Caveats() {
		s.Properties.List = append(s.Properties.List, property{fmt.Sprintf("caveat.%d", i+1), c})
	}
	twice := map[plimsoll.ProvisionID]int{}
	for _, p := range v.ICS.Problems {
		c := testcase{Class: "ICS", Name: "ICS of " + string(p.Provision), Time: noTime}
		if twice[p.Provision]++; twice[p.Provision] > 1 {
			c.Name += fmt.Sprintf(", problem %d", twice[p.Provision])
		}
		c.set(p.Verdict, view.VerdictState(p.Verdict).Word, []view.Trouble{{Text: p.Reason, Remedy: p.Remedy}}, nil)
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) == 0 {
		c := testcase{Class: "ICS", Name: "ICS", Time: noTime}
		c.set(v.ICS.Verdict, view.VerdictState(v.ICS.Verdict).Word, []view.Trouble{{Text: "the conformance statement"}}, nil)
		s.Cases = append(s.Cases, c)
	}
	return s
}

func (b *builder) heading(h view.Heading) *suite {
	s := b.suite(view.Joined(" ", h.Clause, h.Title))
	for _, r := range h.Rows {
		class := string(r.ID)
		switch {
		case r.Support == plimsoll.SupportNA, r.Declined:
			s.Cases = append(s.Cases, testcase{
				Class: class, Name: view.Joined(" ", string(r.ID), r.Title), Time: noTime,
				Skipped: &outcome{Message: r.State.Word + ": " + r.Why},
			})
		default:
			s.Cases = append(s.Cases, b.units(class, b.lines[r.ID])...)
		}
		for _, a := range r.Against {
			s.Cases = append(s.Cases, against(class, b.v.Who(a.By), a))
		}
	}
	return s
}

// against is evidence against a provision: a case of its own that fails.
func against(class, by string, a plimsoll.Against) testcase {
	c := testcase{
		Class: class, Time: noTime,
		Name: fmt.Sprintf("evidence against %s (%s, %s; %s)", class, a.Unit, cmp.Or(a.Subject, "product"), by),
	}
	c.set(plimsoll.Fail, "evidence against", []view.Trouble{{
		Units: []plimsoll.UnitID{a.Unit}, Subject: a.Subject, Text: a.Reason, By: by, Remedy: a.Remedy, Evidence: a.Evidence,
	}}, nil)
	return c
}

// units makes a case of each unit from the lines of its subjects.
func (b *builder) units(class string, lines []view.Line) []testcase {
	var out []testcase
	for i := 0; i < len(lines); {
		n := i
		for n < len(lines) && lines[n].Unit == lines[i].Unit {
			n++
		}
		u := lines[i].Unit
		c := testcase{Class: class, Name: view.Joined(" ", string(u.ID), u.Title), Time: noTime}
		var says []view.Trouble
		var waivers []plimsoll.Waiver
		for _, l := range lines[i:n] {
			if l.Subject.Verdict == u.Verdict || l.Subject.Verdict != plimsoll.Pass {
				for _, t := range l.Says {
					if word := l.Word(); strings.Contains(word, t.Note) {
						t.Note = word
					} else {
						t.Note = word + "; " + t.Note
					}
					says = append(says, t)
				}
			}
			if l.Waiver != nil {
				waivers = append(waivers, *l.Waiver)
			}
		}
		c.set(u.Verdict, view.UnitState(*u).Word, says, waivers)
		out = append(out, c)
		i = n
	}
	return out
}

// set gives a case its outcome; what is neither PASS nor FAIL is skipped.
func (c *testcase) set(verdict plimsoll.Verdict, word string, says []view.Trouble, waivers []plimsoll.Waiver) {
	var text strings.Builder
	for _, t := range says {
		fmt.Fprintf(&text, "\n%s%s\n", t.Text, t.Source())
		if t.Remedy != "" {
			fmt.Fprintf(&text, "  to do: %s\n", t.Remedy)
		}
		for _, d := range t.Evidence {
			fmt.Fprintf(&text, "  evidence: %s\n", d)
		}
	}
	message := word
	if len(says) > 0 {
		message += ": " + says[0].Text
	}
	for _, w := range waivers {
		note := view.WaiverNote(w)
		message += " (" + note + ")"
		fmt.Fprintf(&text, "  %s\n", note)
	}
	switch verdict {
	case plimsoll.Pass:
		c.Output = &output{chars(text.String())}
	case plimsoll.Fail:
		c.Failure = &outcome{Message: message, Type: word, Text: chars(text.String())}
	default:
		c.Skipped = &outcome{Message: message, Text: chars(text.String())}
	}
}

// chars escapes text for XML and keeps its line ends, which encoding/xml would write
// as character references.
func chars(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder gives no error
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}
