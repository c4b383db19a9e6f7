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
		"1": {"de": "Stufe 1: die drei Grundlagen", "fr": "Niveau 1 : les trois bases", "ja": "レベル1：三つの基本"},
		"2": {"de": "Stufe 2: alle Pflichten der Norm", "fr": "Niveau 2 : toutes les obligations de la norme", "ja": "レベル2：規格の必須事項すべて"},
		"3": {"de": "Stufe 3: alle Pflichten und Empfehlungen", "fr": "Niveau 3 : obligations et recommandations", "ja": "レベル3：必須事項と推奨事項すべて"},
	}
}
