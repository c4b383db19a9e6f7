package statement

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
)

// PDF writes the document on A4, to be signed and filed. It refuses a file of lines,
// and a document with letters that its fonts have not: a box in a signed document
// would be a value left out.
func PDF(w io.Writer, d *Document) error {
	if d.layout == LayoutText {
		return fmt.Errorf("document %s is a text file: write it as text, PDF would not be the file", d.ID)
	}
	p, err := newSheet(d)
	if err != nil {
		return fmt.Errorf("writing %s as PDF: %w", d.ID, err)
	}
	day, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return fmt.Errorf("writing %s as PDF: %w", d.ID, err)
	}
	sheet := paper.Paper{
		Title: d.Title + " – " + d.Product, Author: d.signer, Creator: "plimsoll", Language: d.Language, Date: day,
		Head: [2]string{d.Title + " – " + d.Product}, Foot: cmp.Or(p.Made, d.Product), Page: p.ui("page"), Strict: true,
	}
	if d.Draft {
		sheet.Water, sheet.Head[1] = p.ui("draft"), p.ui("draft")
	}
	err = paper.Write(w, sheet, p.draw)
	if script := new(paper.ScriptError); errors.As(err, &script) {
		return fmt.Errorf("writing %s in %s as PDF: %w: write it as HTML with print CSS instead, and print that", d.ID, d.msg.name, script)
	} else if err != nil {
		return fmt.Errorf("writing %s as PDF: %w", d.ID, err)
	}
	return nil
}

func (p *sheet) ui(key string) string { return p.msg.texts["ui."+key] }

// draw draws the document as its HTML lays it out.
func (p *sheet) draw(s *paper.Sheet) {
	s.Begin(p.Title, p.Subtitle)
	if p.Draft {
		s.Alarm(p.ui("draft")+". "+p.ui("draft.title"), p.DraftBecause)
	}
	for _, sec := range p.Sections {
		if sec.Title != "" {
			s.Sub(sec.Title, 12)
		}
		for i, l := range sec.Text {
			if i == 0 && leads[sec.ID] && p.layout == LayoutPage {
				s.Lead(l)
				continue
			}
			s.Paragraph(paper.Text, l, paper.Left, paper.Width)
			s.Gap(1.2)
		}
		for _, f := range sec.Fields {
			s.Field(p.field(f))
		}
		if t := sec.Table; t != nil && len(t.Rows) > 0 {
			s.Table(s.Columns(t.Columns, t.Rows, paper.Body.Sized(8.5)), t.Rows, nil)
		} else if t != nil {
			s.Flow(paper.Text.In(paper.Grey), p.ui("table.empty"), paper.Left, paper.Width)
		}
	}
	gaps := make([]string, len(p.Missing))
	for i, g := range p.Missing {
		gaps[i] = g.Where + ": " + g.Remedy
	}
	s.Bullets(p.ui("missing.title"), gaps)
	if p.ShowNotes {
		s.Bullets(p.ui("notes"), p.Notes)
		s.Bullets(p.ui("sources"), p.Cites)
	}
}

// leads are the sections whose first sentence is what the page is for.
var leads = map[string]bool{"support": true, "period": true}

// field lays out what a field asks and states.
func (p *sheet) field(f Field) paper.Field {
	out := paper.Field{Label: f.Label, Verbatim: f.Verbatim && !f.Plain, Cite: f.Cite, Quiet: f.State == NotApplicable || f.State == NotStated}
	for _, l := range f.Lines {
		out.Lines = append(out.Lines, l)
	}
	switch f.State {
	case ToSign:
		out.Who = p.ui("signed.for") + " " + p.Signer
		out.Signed = []string{p.ui("signed.place"), p.ui("signed.name"), p.ui("signed.function"), p.ui("signed.signature")}
	case NotStated:
		out.Lines = [][]Run{{{Text: "– " + p.ui("not_stated")}}}
	}
	return out
}
