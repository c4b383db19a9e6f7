// Package paper is A4 paper for documents that people file and sign: text that flows
// over pages, headings, paragraphs in which missing values are marked, tables, places
// for a signature, running heads, page numbers and a watermark.
//
// Its fonts have Latin, Greek and Cyrillic letters. A character of another script is
// refused or stands as a box that is counted. The same drawing gives the same bytes:
// every date is handed in. The package must never read a clock, never load anything
// from outside, never put a link or a script into a document, and never leave out a
// character in silence.
package paper

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"
)

// Scripts says which writing a document can show, for help texts.
const Scripts = "Latin, Greek and Cyrillic"

// Paper is what stands on every page and in the information of the file.
type Paper struct {
	Title, Author, Creator string
	Language               string // ISO 639
	Date                   time.Time
	Head                   [2]string // running head, left and right; not on the first pages
	Foot                   string
	Page                   string // the page number, with {page} and {pages}; "" English
	Water                  string // a word across every page, such as DRAFT
	Strict                 bool   // refuse what the fonts cannot show; else a box stands for it
	Rest                   string // stands for the end of a table row higher than a page; "" the row goes on overleaf
}

// Plan is what a drawing may know of the whole document, from the pass before.
type Plan struct {
	Pages    int
	Sections []Section
	Missing  int // different characters without a glyph
}

// Section is a part of a document with the page on which it begins.
type Section struct {
	Title string
	Page  int
}

func (p Plan) same(o Plan) bool {
	return p.Pages == o.Pages && p.Missing == o.Missing && slices.Equal(p.Sections, o.Sections)
}

// ScriptError lists what the fonts cannot show of a strict document. A caller should
// say in which other format the document can be had.
type ScriptError struct{ Characters []rune }

func (e *ScriptError) Error() string {
	more := ""
	if n := len(e.Characters) - 1; n == 1 {
		more = " and 1 more character"
	} else if n > 1 {
		more = fmt.Sprintf(" and %d more characters", n)
	}
	return fmt.Sprintf("PDF has %s letters only and cannot show %q (%U)%s", Scripts, string(e.Characters[0]), e.Characters[0], more)
}

// Write writes a document. Its pages are drawn until the number of pages, the
// sections and what cannot be shown move nothing any more: draw is called more than
// once and must draw the same each time but for what Plan says.
func Write(w io.Writer, p Paper, draw func(*Sheet)) error {
	const mostPasses = 6
	var s *Sheet
	known := Plan{}
	for range mostPasses {
		var err error
		if s, err = newSheet(p, known); err != nil {
			return err
		}
		draw(s)
		if err := s.Error(); err != nil {
			return err
		}
		if p.Strict && len(s.missing) > 0 {
			return &ScriptError{s.missing}
		}
		next := Plan{Pages: s.PageNo(), Sections: s.sections, Missing: len(s.missing)}
		if next.same(known) {
			break
		}
		known = next
	}
	var b bytes.Buffer
	if err := s.Output(&b); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
