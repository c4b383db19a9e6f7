package paper

import (
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// Measures of the page in millimetres.
const (
	PageWidth  = 210.0
	PageHeight = 297.0
	Left       = 20.0
	Right      = 20.0
	Top        = 26.0
	Bottom     = 22.0
	Width      = PageWidth - Left - Right
	Floor      = PageHeight - Bottom
)

// faces are the fonts, by family and style.
var faces = []struct {
	family, style string
	ttf           []byte
}{
	{"text", "", goregular.TTF},
	{"text", "B", gobold.TTF},
	{"text", "I", goitalic.TTF},
	{"mono", "", gomono.TTF},
}

// Colour is a colour of ink.
type Colour struct{ r, g, b int }

// RGB is the colour 0xrrggbb.
func RGB(hex int) Colour { return Colour{hex >> 16 & 0xff, hex >> 8 & 0xff, hex & 0xff} }

// The colours of a document.
var (
	Ink    = RGB(0x1a1d21)
	Grey   = RGB(0x596068)
	Shade  = RGB(0xf2f4f6)
	White  = RGB(0xffffff)
	Accent = RGB(0x123b5d)

	hair     = RGB(0xc9ced4)
	alarm    = RGB(0x8a1c22) // what is missing or a draft
	blush    = RGB(0xfdeceb) // behind it
	waterInk = RGB(0xf3e4e5)
)

// Style is how text looks.
type Style struct {
	family, face string
	size         float64 // in points
	colour       Colour
}

// Font is a style: the family "text" with the face "", "B" or "I", or "mono" with "".
func Font(family, face string, size float64, c Colour) Style { return Style{family, face, size, c} }

// In is the style in a colour.
func (s Style) In(c Colour) Style { s.colour = c; return s }

// Sized is the style in a size.
func (s Style) Sized(points float64) Style { s.size = points; return s }

// Bold is the style in bold letters.
func (s Style) Bold() Style { s.face = "B"; return s }

// Leading is the height of a line in millimetres.
func (s Style) Leading() float64 { return s.size * 0.48 }

// The styles of a document.
var (
	Body   = Font("text", "", 9.5, Ink)
	Strong = Font("text", "B", 9.5, Ink)
	Small  = Font("text", "", 8, Grey)
	Note   = Font("text", "I", 9, Grey)
	Label  = Font("text", "B", 8, Grey)
	Digest = Font("mono", "", 7.5, Ink)

	heading = Font("text", "B", 15, Accent)
	under   = Font("text", "B", 11, Accent)
	running = Font("text", "", 8, Grey)
)
