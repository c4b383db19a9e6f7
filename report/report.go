// Package report shows an assessment: as text for a terminal, as one HTML file
// for a browser or a printer, and as the JSON that everything downstream reads. It
// also explains what an id of the catalog means.
//
// All views show the same facts from the same value and are a pure function of
// their arguments. Text that comes from a device, a page or a declaration is
// hostile until it is cleaned. This package must never judge, never say
// "compliant" or give a percentage, and never fetch or refer to anything outside
// the bytes it writes.
package report

import (
	"cmp"
	"io"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// TextOptions are the choices for text. The zero value gives plain text of 100
// columns.
type TextOptions struct {
	Color   bool   // the caller decides, from the terminal and NO_COLOR
	Width   int    // columns; 0 is 100, and less than 60 is 60
	Verbose bool   // every unit with its findings
	Folder  string // the product folder, for the commands that are suggested
}

// HTMLOptions are the choices for HTML.
type HTMLOptions struct {
	Folder string    // the product folder, for the commands that are suggested
	Map    []MapItem // interfaces and services; nil: from the subjects of the assessment
	// Sections stand before the record, in order: the risks of the room below.
	Sections []Section
}

// MapItem is an interface or a service of the device: declared, seen, or both.
type MapItem = view.Item

// ProbeInfo is what is told of a probe or rule.
type ProbeInfo struct {
	Name    string
	Version int
	Doc     string // first line: what it observes; then how, and what it cannot see
	Decides []plimsoll.UnitID
	Makes   []string
	Reads   []string
	Needs   string
}

const (
	defaultWidth = 100
	leastWidth   = 60
)

func (o TextOptions) width() int { return max(leastWidth, cmp.Or(o.Width, defaultWidth)) }

// Clean makes a text from outside safe to show on a terminal.
func Clean(s string) string { return view.Clean(s) }

func writeAll(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}
