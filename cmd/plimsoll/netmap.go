package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/report"
)

// networkMap lists the interfaces and services of the device: declared, seen, or
// both, as of the assessment.
func (f *folder) networkMap(a *plimsoll.Assessment) []report.MapItem {
	view := probe.NewView(f.p, f.cat, a.At, f.store.Records(), f.store.Runs(), f.store.Blob)
	var items []report.MapItem
	taken := map[string]int{} // transport and port → item
	key := func(transport string, port int) string { return fmt.Sprintf("%s/%d", transport, port) }
	for _, r := range f.p.Rows("Intf") {
		port, _ := r.Int("port")
		it := report.MapItem{Label: r.Text("description"), Medium: r.Text("medium"), Port: port, Declared: true}
		if it.Label == "" {
			it.Label = r.ID
		}
		if port > 0 {
			it.Medium = r.Text("transport")
			taken[key(it.Medium, port)] = len(items)
		}
		if s := r.Text("status"); s != "" {
			it.Note = "declared " + s
		}
		items = append(items, it)
	}
	for _, e := range probe.Items(view, evidence.OpenPorts) {
		for _, res := range e.Value {
			for _, p := range res.Open {
				if i, ok := taken[key(res.Network, int(p.Port))]; ok {
					items[i].Seen = true
					continue
				}
				taken[key(res.Network, int(p.Port))] = len(items)
				items = append(items, report.MapItem{
					Label: p.Service.Name, Medium: res.Network, Port: int(p.Port), Seen: true, Note: "seen, not declared as an interface",
				})
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
