package report

import (
	"cmp"
	"fmt"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// meter is the bar that says who decided the units.
type meter struct {
	Total int
	Parts []part
}

// part is a piece of the bar, in units.
type part struct {
	Key, Word string
	From, N   int
}

func newMeter(c plimsoll.UnitCoverage) meter {
	m := meter{Total: max(1, c.Units)}
	at := 0
	for _, p := range []part{
		{Key: "software", Word: "by software", N: c.Software},
		{Key: "person", Word: "by a person", N: c.Person},
		{Key: "applied", Word: "applied from another case", N: c.Applied},
		{Key: "proposed", Word: "proposed, a person decides", N: c.Proposed},
		{Key: "open", Word: "open", N: c.Open},
		{Key: "unclaimed", Word: "of provisions not claimed", N: c.Units - c.Applicable},
	} {
		p.From = at
		at += p.N
		m.Parts = append(m.Parts, p)
	}
	return m
}

// drawing is the map for one width of screen.
type drawing struct {
	Key           string
	Width, Height int
	Device        box
	Nodes         []node
	More          int // items that only the list shows
}

type box struct {
	X, Y, W, H int
	Text       string
}

// node is an item on the map: its box, the line from the device, its texts.
type node struct {
	box
	State   view.State
	Path    string
	Sub     string
	Full    string
	SX, SY  int // of the mark of its state
	Outline string
}

// Sizes of the map, in its own units. A label of 15 units high fits about 24 columns
// into a box.
const (
	nodeW, nodeH, nodeGap  = 270, 58, 14
	mostNodes, nodeColumns = 24, 24
)

func shown(items []view.Item) ([]view.Item, int) {
	n := min(len(items), mostNodes)
	return items[:n], len(items) - n
}

// wideMap has the device in the middle and the items to its left and right.
func wideMap(name string, items []view.Item) drawing {
	items, more := shown(items)
	rows := (len(items) + 1) / 2
	height := max(rows*(nodeH+nodeGap)+nodeGap, 180)
	d := drawing{Key: "wide", Width: 920, Height: height, More: more}
	d.Device = box{X: 370, Y: height/2 - 55, W: 180, H: 110, Text: cut(name, 20)}
	for i, it := range items {
		n := len(items) / 2
		x, edge, end := 920-nodeW-1, 550, 920-nodeW-1
		row, count := i/2, n
		if i%2 == 0 {
			x, edge, end = 1, 370, nodeW+1
			count = len(items) - n
		}
		top := (height - count*(nodeH+nodeGap) + nodeGap) / 2
		y := top + row*(nodeH+nodeGap)
		mid := y + nodeH/2
		start, bend := height/2+(mid-height/2)/max(6, rows), (edge+end)/2
		d.Nodes = append(d.Nodes, newNode(it, x, y,
			fmt.Sprintf("M%d %dC%d %d %d %d %d %d", edge, start, bend, start, bend, mid, end, mid)))
	}
	return d
}

// narrowMap has the device on top and the items below it, for phones.
func narrowMap(name string, items []view.Item) drawing {
	items, more := shown(items)
	const top, left = 88, 46
	d := drawing{Key: "narrow", Width: left + nodeW + 4, Height: top + len(items)*(nodeH+nodeGap) + nodeGap, More: more}
	d.Device = box{X: 4, Y: 4, W: 180, H: 64, Text: cut(name, 20)}
	for i, it := range items {
		y := top + i*(nodeH+nodeGap)
		d.Nodes = append(d.Nodes, newNode(it, left, y, fmt.Sprintf("M22 68V%dH%d", y+nodeH/2, left)))
	}
	return d
}

func newNode(it view.Item, x, y int, path string) node {
	n := node{
		box: box{X: x, Y: y, W: nodeW, H: nodeH, Text: cut(cmp.Or(it.Label, it.Place()), nodeColumns)}, State: it.State(), Path: path,
		Sub: cut(view.Joined(": ", it.Place(), it.State().Word), nodeColumns+8), SX: x + 22, SY: y + nodeH/2,
		Full: view.Joined(", ", it.Label, it.Place(), it.State().Word, it.Note),
	}
	// What nobody declared has cut corners, so that shape tells it as well.
	const c = 12
	n.Outline = fmt.Sprintf("M%d %dh%dl%d %dv%dl%d %dh%dl%d %dv%dz", x+c, y, nodeW-2*c, c, c, nodeH-2*c, -c, c, -(nodeW - 2*c), -c, -c, -(nodeH - 2*c))
	return n
}
