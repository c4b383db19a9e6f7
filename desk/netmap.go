package desk

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/report"
)

// NetworkMap lists the interfaces and services of the device as of an assessment:
// declared, seen, or both.
func (f *Folder) NetworkMap(a *plimsoll.Assessment) []report.MapItem {
	items, taken := f.declaredInterfaces()
	for _, e := range probe.Items(f.View(a.At), evidence.OpenPorts) {
		for _, res := range e.Value {
			for _, p := range res.Open {
				k := place{res.Network, int(p.Port)}
				if i, ok := taken[k]; ok {
					items[i].Seen = true
					continue
				}
				taken[k] = len(items)
				items = append(items, report.MapItem{Label: p.Service.Name, Medium: k.transport, Port: k.port, Seen: true})
			}
		}
	}
	slices.SortStableFunc(items, func(a, b report.MapItem) int {
		if a.Medium != b.Medium {
			return strings.Compare(a.Medium, b.Medium)
		}
		return a.Port - b.Port
	})
	return items
}

type place struct {
	transport string
	port      int
}

func (f *Folder) declaredInterfaces() ([]report.MapItem, map[place]int) {
	var items []report.MapItem
	taken := map[place]int{}
	for _, r := range f.Product.Rows("Intf") {
		port, _ := r.Int("port")
		it := report.MapItem{Label: r.Text("description"), Medium: r.Text("medium"), Port: port, Declared: true}
		if it.Label == "" {
			it.Label = r.ID
		}
		if port > 0 {
			it.Medium = r.Text("transport")
			taken[place{it.Medium, port}] = len(items)
		}
		it.Off = r.Text("status") == "off"
		items = append(items, it)
	}
	return items, taken
}
