// Package regimes holds the levels of a scheme that has none of its own: the load
// line, three levels on EN 303 645, of which the first is no universal default
// passwords, a way to report vulnerabilities and a stated support period.
//
// It is data. It must never stand among the laws and labels of the world that
// package regime answers for: nobody but a scheme of one's own asks for it.
package regimes

import (
	"embed"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// LoadLine is the id of the default regime of a scheme.
const LoadLine plimsoll.RegimeID = "load-line"

//go:embed load-line/regime.yaml
var files embed.FS

// Load reads the set that holds a regime: the load line, or those of the world.
func Load(id plimsoll.RegimeID, cat *catalog.Catalog) (*regime.Set, error) {
	if id == LoadLine {
		return regime.LoadFS(files, cat)
	}
	return regime.Load(cat)
}

// Names are the names of the load line's levels in other languages than English.
func Names() map[string]map[string]string {
	return map[string]map[string]string{
		"1": {"de": "die drei Grundlagen", "fr": "les trois bases", "ja": "三つの基本"},
		"2": {"de": "alle Pflichten der Norm", "fr": "toutes les obligations de la norme", "ja": "規格の必須事項すべて"},
		"3": {"de": "alle Pflichten und Empfehlungen", "fr": "obligations et recommandations", "ja": "必須事項と推奨事項すべて"},
	}
}
