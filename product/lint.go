package product

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// linter looks for what is wrong between places of a declaration that are each
// well formed.
type linter struct {
	doc  *form.Document
	root *form.Node
	p    *Product
	cat  *catalog.Catalog
}

func (l *linter) run() {
	for _, check := range []func(){
		l.dutForm, l.dates, l.devices,
		l.claims, l.unanswered, l.contradictions,
		l.tables, l.references, l.neededTables,
	} {
		check()
	}
}

// dutFields are the fields of the DUT form that a declaration should fill.
var dutFields = [...]string{
	"manufacturer.name", "manufacturer.address", "manufacturer.email", "manufacturer.telephone",
	"contact.name", "contact.email", "name", "model", "hardware", "runtime", "firmware_version", "factory_firmware",
	"category", "support.until", "constrained.is", "date",
}

// dutForm names what of the DUT form is still empty: each empty line where it
// stands, what is not written in one list.
func (l *linter) dutForm() {
	block := l.root.Get("product")
	if block == nil {
		return
	}
	var absent []string
	for _, f := range dutFields {
		at, state := block.Find(strings.Split(f, ".")...)
		switch state {
		case form.Empty:
			l.doc.Warn(at, fmt.Sprintf("product.%s is still to fill in", f), "write it here: the DUT form of TS 103 701 asks for it")
		case form.Absent:
			absent = append(absent, f)
		}
	}
	if len(absent) > 0 {
		l.doc.Warn(l.root.At("product"), "the DUT form of TS 103 701 asks for more of the product", "write under product: "+strings.Join(absent, ", "))
	}
	if c := l.p.Info.Constrained; c != nil && c.Is && c.Justification == "" {
		l.doc.Warn(block.At("constrained"), "a constrained device needs a justification", "write constrained: {is: yes, justification: …}: which physical limit of its use rules out what")
	}
}

func (l *linter) dates() {
	s := l.p.Info.Support
	if s.From != "" && s.Until != "" && s.Until < s.From {
		l.doc.Report(l.root.Get("product", "support").At("until"), fmt.Sprintf("the support period ends on %s, before it begins on %s", s.Until, s.From), "write a later day")
	}
	if m := l.p.Info.PlaceOnMarket; m != "" && s.Until != "" && s.Until < m {
		l.doc.Warn(l.root.Get("product", "support").At("until"), fmt.Sprintf("support ends on %s, before the product is placed on the market on %s", s.Until, m), "check both days")
	}
}

func (l *linter) devices() {
	t := l.root.Get("targets")
	one, many := t.At("device"), t.Get("devices")
	if one != nil && many != nil {
		l.doc.Report(one, "device and devices are both written", "move it into the list under devices")
	}
	nodes := many.List()
	if d := t.Get("device"); d != nil {
		nodes = append(nodes, d)
	}
	for _, d := range nodes {
		if d.Get("state") == nil && !d.Refused("state") && len(d.Map()) > 0 {
			l.doc.Warn(d, "nobody says in which state this sample is", "write state: initialized, factory or initialization: without it nothing can be judged of default passwords")
		}
	}
}

// references looks for rows with the same id and for references to no row.
func (l *linter) references() {
	for _, e := range l.root.Get("ixit").Map() {
		tab := l.p.IXIT[plimsoll.TableID(e.Key)]
		if tab == nil {
			continue
		}
		first := map[string]int{}
		if tab.Def.List {
			l.proposal(tab.Rows[0], e.Value)
			continue
		}
		for i, n := range e.Value.Items {
			r := tab.Rows[i]
			l.proposal(r, n)
			if line, twice := first[r.ID]; twice {
				l.doc.Report(n.Get("id"), fmt.Sprintf("the id %q stands here a second time; first in line %d", r.ID, line), "give each row of the table its own id")
			} else {
				first[r.ID] = r.Line
			}
			l.rowReferences(tab.Def, n)
		}
	}
}

func (l *linter) proposal(r Row, n *form.Node) {
	if r.Observed != "" {
		l.doc.Warn(n.At(blank.ObservedKey), fmt.Sprintf("%s is a proposal and not a declaration yet", r.ID), "check what it says, then delete the key observed")
	}
}

func (l *linter) rowReferences(def *catalog.Table, row *form.Node) {
	for _, f := range def.Typed {
		if f.Type != "refs" {
			continue
		}
		to := plimsoll.TableID(f.Values[0])
		for _, item := range row.Get(strings.Split(f.Name, ".")...).List() {
			if _, ok := l.p.Row(to, item.Text); ok {
				continue
			}
			var ids []string
			for _, r := range l.p.Rows(to) {
				ids = append(ids, r.ID)
			}
			remedy := fmt.Sprintf("add that row to ixit.%s, or write the id of one that is there", to)
			if near := form.Nearest(item.Text, ids); near != "" {
				remedy = fmt.Sprintf("did you mean %q?", near)
			}
			l.doc.Report(item, fmt.Sprintf("%q is no row of %s", item.Text, to), remedy)
		}
	}
}

// tables names the tables that are written but say nothing.
func (l *linter) tables() {
	n := l.root.Get("ixit")
	if n == nil {
		return
	}
	for _, e := range n.Entries {
		def, ok := l.cat.Table(plimsoll.TableID(e.Key))
		if !ok || e.Value.Kind != form.Null || n.Refused(e.Key) {
			continue
		}
		none := "[]"
		if def.List {
			none = "{}"
		}
		l.doc.Warn(e.At, fmt.Sprintf("the table %s is still to fill in", def.ID), fmt.Sprintf("write its rows, or %s: %s when the product has none", def.ID, none))
	}
}

// neededTables names the tables that the claimed provisions are judged on and
// that are absent.
func (l *linter) neededTables() {
	needed := map[plimsoll.TableID][]string{}
	for _, prov := range l.cat.Edition(l.p.Standard) {
		if l.p.ICS[prov.ID].Support != plimsoll.SupportYes {
			continue
		}
		for _, c := range l.cat.CasesUnder(l.p.Standard, prov.ID) {
			for _, u := range c.Units {
				for _, t := range u.Tables {
					if !slices.Contains(needed[t], string(prov.ID)) {
						needed[t] = append(needed[t], string(prov.ID))
					}
				}
			}
		}
	}
	block := l.root.Get("ixit")
	at := l.root.At("ixit")
	if at == nil {
		at = l.root
	}
	for _, t := range l.cat.Tables {
		if len(needed[t.ID]) == 0 || l.p.Declared(t.ID) || block.At(string(t.ID)) != nil {
			continue
		}
		l.doc.Warn(at, fmt.Sprintf("the table %s (%s) is absent, and these claimed provisions are judged on it: %s", t.ID, t.Name, strings.Join(needed[t.ID], ", ")),
			fmt.Sprintf("add ixit.%s: one row for each, or [] when there is none", t.ID))
	}
}
