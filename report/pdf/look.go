package pdf

import (
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// The measures, colours and styles of the paper.
const (
	pageWidth  = paper.PageWidth
	pageHeight = paper.PageHeight
	left       = paper.Left
	right      = paper.Right
	width      = paper.Width
)

var (
	ink, grey, shade, white, accent = paper.Ink, paper.Grey, paper.Shade, paper.White, paper.Accent

	body, strong, small, note = paper.Body, paper.Strong, paper.Small, paper.Note
	label, digest             = paper.Label, paper.Digest
)

// stateColours are those of the states; the words carry the meaning.
var stateColours = map[string]paper.Colour{
	"pass": paper.RGB(0x1b693a), "fail": paper.RGB(0xa81d1d), "inc": paper.RGB(0x805200),
	"na": paper.RGB(0x596068), "declined": paper.RGB(0x4b3f72), "unstated": paper.RGB(0x805200),
}

// badge is the word of a state on its colour.
func (d *document) badge(st view.State, x, y, w float64) {
	d.Fill(stateColours[st.Key])
	d.Rect(x, y, w, 4.6, "F")
	d.Use(paper.Font("text", "B", 7.5, white))
	d.SetXY(x, y)
	d.CellFormat(w, 4.6, d.OneLine(st.Word, w), "", 0, "C", false, 0, "")
}
