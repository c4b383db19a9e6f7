// Package pdf writes an assessment as a document on A4 for the file of a person who
// was not there: the verdict and its method, the guidelines, each provision with what
// fails, what speaks against it and what to do, the open questions, and an index of
// the evidence by digest.
//
// Its fonts have Latin, Greek and Cyrillic letters. A character of another script is
// a box, and the first page says how many there are and to read the HTML report. The
// same assessment gives the same bytes: every date comes from it. The package must
// never judge, never say "compliant" or give a percentage, and never load anything
// from outside.
package pdf

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Scripts says which writing the document can show, for help texts.
const Scripts = "Latin, Greek and Cyrillic"

// Write writes the document. The folder is the product folder, for the commands that
// are suggested.
func Write(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, folder string) error {
	v := view.New(a, cat, folder)
	// The first page says on which page each section begins, how many pages there are
	// and what cannot be shown. That is known when all is drawn, and may move what
	// follows: so it is drawn until nothing moves.
	const mostPasses = 6
	var s *sheet
	for p := (plan{}); ; {
		var err error
		if s, err = render(v, p); err != nil {
			return fmt.Errorf("writing the assessment as PDF: %w", err)
		}
		next := plan{pages: s.PageNo(), sections: s.sections, missing: s.missing, pass: p.pass + 1}
		if next.same(p) || next.pass == mostPasses {
			break
		}
		p = next
	}
	var b bytes.Buffer
	if err := s.Output(&b); err != nil {
		return fmt.Errorf("writing the assessment as PDF: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// plan is what a pass knows of the one before.
type plan struct {
	pages    int
	sections []section
	missing  int // different characters without a glyph
	pass     int
}

func (p plan) same(o plan) bool {
	return p.pages == o.pages && p.missing == o.missing && slices.Equal(p.sections, o.sections)
}

type section struct {
	title string
	page  int
}

// render draws all pages.
func render(v *view.View, p plan) (*sheet, error) {
	s, err := newSheet(v, p)
	if err != nil {
		return nil, err
	}
	d := &document{sheet: s, v: v, headings: v.Headings()}
	d.number()
	d.cover()
	d.guidelines()
	d.provisions()
	d.statement()
	d.questions()
	d.index()
	d.record()
	return s, s.Error()
}

// document draws the parts.
type document struct {
	*sheet
	v        *view.View
	headings []view.Heading
	evidence []exhibit
	at       map[plimsoll.Digest]int // index into evidence
	cut      bool                    // the title on the first page is not whole
}
