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
	"fmt"
	"io"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Scripts says which writing the document can show, for help texts.
const Scripts = paper.Scripts

// Write writes the document. The folder is the product folder, for the commands that
// are suggested.
func Write(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, folder string) error {
	v := view.New(a, cat, folder)
	p := paper.Paper{
		Title: "Assessment of " + productName(v), Author: v.By(), Creator: view.Joined(" ", v.Tool.Name, v.Tool.Version), Language: "en", Date: v.At,
		Head: [2]string{"Assessment of " + productName(v), string(v.Verdict)},
		Foot: fmt.Sprintf("%s, method %s. Judged %s.", v.Standard(), v.Method(), instant(v.At)),
		Rest: "… the rest stands in assessment.json",
	}
	err := paper.Write(w, p, func(s *paper.Sheet) {
		d := &document{Sheet: s, v: v, headings: v.Headings()}
		d.number()
		d.cover()
		d.guidelines()
		d.provisions()
		d.statement()
		d.questions()
		d.index()
		d.record()
	})
	if err != nil {
		return fmt.Errorf("writing the assessment as PDF: %w", err)
	}
	return nil
}

// document draws the parts.
type document struct {
	*paper.Sheet
	v        *view.View
	headings []view.Heading
	evidence []exhibit
	at       map[plimsoll.Digest]int // index into evidence
	cut      bool                    // the title on the first page is not whole
}
