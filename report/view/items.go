package view

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// Item is an interface or a service of the device: declared, seen, or both.
type Item struct {
	Label    string
	Medium   string // tcp, udp, ble, wifi, ethernet, usb …
	Port     int    // 0: none
	Declared bool
	Off      bool // declared as off
	Seen     bool
	Note     string
}

// The states of an interface or service; shape and word tell them apart.
var (
	itemBoth     = State{"declared and seen", "both"}
	itemDeclared = State{"declared, not seen", "declared"}
	itemSeen     = State{"seen, not declared", "seen"}
	itemWrongOn  = State{"declared off, seen on", "seen"}
	itemOff      = State{"declared off, not seen", "declared"}
)

// State tells what was declared from what was seen.
func (i Item) State() State {
	switch {
	case i.Declared && i.Off && i.Seen:
		return itemWrongOn
	case i.Declared && i.Off:
		return itemOff
	case i.Declared && i.Seen:
		return itemBoth
	case i.Declared:
		return itemDeclared
	}
	return itemSeen
}

// Place is the medium with the port, such as "tcp 8080".
func (i Item) Place() string {
	if i.Port == 0 {
		return i.Medium
	}
	return i.Medium + " " + strconv.Itoa(i.Port)
}

// Items are the interfaces and services, what nobody declared first. Without a
// list from the caller they are read from the subjects of the assessment: rows of
// the tables of interfaces and services, and discovered things.
func (v *View) Items(given []Item) []Item {
	var out []Item
	for _, i := range given {
		i.Label, i.Medium, i.Note = Clean(i.Label), Clean(i.Medium), Clean(i.Note)
		out = append(out, i)
	}
	if given == nil {
		out = v.subjects()
	}
	rank := map[State]int{itemSeen: 0, itemBoth: 1, itemDeclared: 2}
	sort.SliceStable(out, func(a, b int) bool {
		x, y := out[a], out[b]
		return cmp.Or(cmp.Compare(rank[x.State()], rank[y.State()]), cmp.Compare(x.Medium, y.Medium), cmp.Compare(x.Port, y.Port),
			cmp.Compare(x.Label, y.Label)) < 0
	})
	return out
}

// shownTables are the tables whose rows stand on the map.
var shownTables = []plimsoll.TableID{"Intf", "SoftServ"}

func (v *View) subjects() []Item {
	var out []Item
	at := map[string]int{}
	for _, p := range v.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				cu, known := v.Catalog.Unit(u.ID)
				for _, s := range u.Subjects {
					item, ok := seenItem(s.ID)
					if !ok && !(known && slices.Contains(shownTables, cu.Where.Table) && isRow(s, cu.Where.Table)) {
						continue
					}
					if _, twice := at[s.ID]; !twice {
						if !ok {
							item = Item{Label: s.ID, Declared: true}
						}
						at[s.ID] = len(out)
						out = append(out, item)
					}
					i := &out[at[s.ID]]
					i.Seen = i.Seen || slices.ContainsFunc(u.Findings, func(f plimsoll.Finding) bool {
						return f.Subject == s.ID && f.Basis == plimsoll.BasisProbe && f.Verdict != plimsoll.Inconclusive
					})
				}
			}
		}
	}
	return out
}

// isRow reports whether a subject is a declared row: neither a discovered thing nor
// the whole table.
func isRow(s plimsoll.SubjectResult, table plimsoll.TableID) bool {
	return !strings.HasPrefix(s.ID, plimsoll.SeenPrefix) && s.ID != string(table) && !s.Vacuous
}

// seenItem reads a discovered thing such as "seen:tcp/2323/telnet". Things that
// are no interface, such as files, do not stand on the map.
func seenItem(id string) (Item, bool) {
	rest, ok := strings.CutPrefix(id, plimsoll.SeenPrefix)
	if !ok {
		return Item{}, false
	}
	parts := strings.SplitN(rest, "/", 3)
	if len(parts) < 2 {
		return Item{}, false
	}
	port, err := strconv.Atoi(parts[1])
	if err != nil {
		return Item{}, false
	}
	i := Item{Medium: parts[0], Port: port, Label: "service", Seen: true}
	if len(parts) == 3 {
		i.Label = parts[2]
	}
	return i, true
}
