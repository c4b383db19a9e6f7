// Package align shows where the regimes of the world agree and where they part, as
// text, HTML, CSV and a drawing that stands alone. The room crosswalk counts; this
// one shows.
//
// It must never make "our reading" look like an authority's word, never show more
// than the rows say, and never refer to anything outside the bytes it writes.
package align

import (
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/align/crosswalk"
)

// View is what the renderers show.
type View = crosswalk.View

// Options are the choices: the markets that are compared, and the day.
type Options = crosswalk.Options

// Build makes the view. It is a pure function of its arguments.
func Build(set *regime.Set, cat *catalog.Catalog, o Options) *View {
	return crosswalk.Build(set, cat, o)
}
