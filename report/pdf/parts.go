package pdf

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

func productName(v *view.View) string {
	return cmp.Or(view.Joined(" ", v.Product.Manufacturer, v.Product.Name, v.Product.Model), "a product without a name")
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// notGlyphs says what the document cannot show.
func notGlyphs(n int) string {
	return fmt.Sprintf("%s of another script than %s cannot be shown here and stand as %c: read the HTML report, which shows every script",
		view.Some(n, "different character"), Scripts, paper.Box)
}

// cover is the first page.
func (d *document) cover() {
	d.AddPage()
	d.Fill(accent)
	d.Rect(0, 0, pageWidth, 7, "F")
	d.mark(pageWidth-right-9, 27)
	d.SetXY(left, 20)
	d.Flow(paper.Font("text", "B", 10, accent), "Assessment report", left, width)
	d.Gap(1)
	d.title(paper.Font("text", "B", 24, ink), cmp.Or(view.Joined(" ", d.v.Product.Name, d.v.Product.Model), "A product without a name"), 4)
	d.title(paper.Font("text", "", 13, grey), cmp.Or(d.v.Product.Manufacturer, "manufacturer not stated"), 3)
	d.Gap(6)
	d.verdict()
	d.caveats()
	d.Gap(4)
	d.facts()
	d.contents()
	d.meaning()
}

// title is a text beside the mark, of a few lines at most.
func (d *document) title(st paper.Style, text string, most int) {
	const w = width - 26
	lines := d.Lines(st, text, w)
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = d.OneLine(lines[most-1]+" …", w)
		d.cut = true
	}
	for _, l := range lines {
		d.SetX(left)
		d.CellFormat(w, st.Leading(), l, "", 2, "L", false, 0, "")
	}
}

// mark is the load line of a ship: the disc with the line through it.
func (d *document) mark(x, y float64) {
	d.Stroke(accent)
	d.SetLineWidth(1.1)
	d.Circle(x, y, 5, "D")
	d.Line(x-9, y, x+9, y)
}

// verdict is the verdict with its method, and on whose word.
func (d *document) verdict() {
	v := d.v
	c := stateColours[view.VerdictState(v.Verdict).Key]
	headline := d.Lines(paper.Font("text", "", 11, ink), sentence(v.Headline()), width-14)
	method := d.Lines(body.In(grey), sentence(v.Standard()+", by the method of "+v.Method())+" "+sentence(v.By()+": "+v.Role().Meaning), width-14)
	const most = 8 // a name without end must not push the box off the page
	if len(method) > most {
		method = method[:most]
		method[most-1] = d.OneLine(method[most-1]+" …", width-14)
	}
	h := 17 + float64(len(headline))*5.3 + float64(len(method))*body.Leading()
	y := d.GetY()
	d.Fill(shade)
	d.Rect(left, y, width, h, "F")
	d.Fill(c)
	d.Rect(left, y, 3, h, "F")
	d.SetY(y + 4)
	d.Flow(paper.Font("text", "B", 20, c), cmp.Or(string(v.Verdict), "no verdict"), left+8, width-14)
	for _, l := range headline {
		d.Use(paper.Font("text", "", 11, ink))
		d.SetX(left + 8)
		d.CellFormat(width-14, 5.3, l, "", 2, "L", false, 0, "")
	}
	for _, l := range method {
		d.Use(body.In(grey))
		d.SetX(left + 8)
		d.CellFormat(width-14, body.Leading(), l, "", 2, "L", false, 0, "")
	}
	d.SetXY(left, y+h)
}

// sentence gives a text a capital and a full stop.
func sentence(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:] + "."
}

// caveats are what a reader of the first page must not miss.
func (d *document) caveats() {
	list := d.v.Caveats()
	if n := d.Known().Missing; n > 0 {
		list = append(list, notGlyphs(n))
	}
	if len(list) == 0 {
		return
	}
	d.Gap(4)
	d.Flow(strong, "To be read with it", left, width)
	d.Gap(0.8)
	const most = 8
	for i, c := range list {
		if i == most && len(list) > most+1 {
			d.bullet(body, fmt.Sprintf("and %d more, in the record at the end", len(list)-most))
			break
		}
		d.bullet(body, c)
	}
}

func (d *document) bullet(st paper.Style, text string) {
	d.Need(st.Leading())
	y, page := d.GetY(), d.PageNo()
	d.Use(st)
	d.SetXY(left+1, y)
	d.CellFormat(3, st.Leading(), "•", "", 0, "L", false, 0, "")
	d.SetXY(left, y)
	d.Flow(st, text, left+5, width-5)
	if d.PageNo() == page {
		d.SetY(d.GetY() + 0.6)
	}
}

// facts are the identity of the product and of the assessment.
func (d *document) facts() {
	v := d.v
	whole := ""
	if d.cut {
		whole = productName(v)
	}
	for _, f := range [][2]string{
		{"Product", whole},
		{"Model", view.Joined(", ", v.Product.Model, v.Product.Hardware)},
		{"Also sold as", strings.Join(v.Product.TradeNames, ", ")},
		{"Firmware version", v.Product.Firmware},
		{"Category", v.Product.Category},
		{"Supported until", v.Product.SupportUntil},
		{"Judged", instant(v.At) + " by " + view.Joined(" ", v.Tool.Name, v.Tool.Version)},
		{"Provisions", view.CountsSentence(v.Counts)},
		{"Test units", view.CoverageSentence(v.Coverage)},
		{"Declaration", string(v.Product.Digest)},
		{"Evidence index", cmp.Or(string(v.Bundle), "none")},
	} {
		if f[1] == "" {
			continue
		}
		st := body
		if strings.HasPrefix(f[1], "sha256:") {
			st = digest
		}
		d.pair(f[0], f[1], st)
	}
}

// pair is a name with its value.
func (d *document) pair(name, value string, st paper.Style) {
	d.Need(body.Leading())
	y := d.GetY()
	d.Use(label)
	d.SetXY(left, y)
	d.CellFormat(34, body.Leading(), name, "", 0, "L", false, 0, "")
	d.SetXY(left, y)
	d.Flow(st, value, left+34, width-34)
	d.SetY(d.GetY() + 0.7)
}

// contents are the sections with their pages, from the pass before.
func (d *document) contents() {
	if len(d.Known().Sections) == 0 {
		return
	}
	const line = 4.8
	d.Gap(4)
	d.Need(line * float64(len(d.Known().Sections)+1))
	d.Flow(strong, "Contents", left, width)
	for _, s := range d.Known().Sections {
		d.Use(body)
		y := d.GetY()
		link := d.AddLink()
		d.SetLink(link, 0, s.Page)
		d.SetXY(left, y)
		d.CellFormat(width-15, line, s.Title, "", 0, "L", false, link, "")
		d.CellFormat(15, line, strconv.Itoa(s.Page), "", 0, "R", false, link, "")
		d.SetXY(left, y+line)
	}
}

// meaning says what the words of the document mean and what it is not.
func (d *document) meaning() {
	d.Gap(4)
	const text = "PASS: what was asked for was found. FAIL: something was found that speaks against it. INCONCLUSIVE: it could not be decided; " +
		"silence, a time-out or something not looked at never gives PASS. Where only a person may decide, software can propose and no more. " +
		"This report shows evidence and its judgement; it is no certificate, and no authority has confirmed it unless it says so above. " +
		"Whoever holds the evidence can judge it again: the digests in the index name it."
	d.Need(float64(len(d.Lines(small, text, width))) * small.Leading())
	d.Flow(small, text, left, width)
}

// guidelines is the table of the thirteen guidelines and the two clauses beside them.
func (d *document) guidelines() {
	d.Section("Guidelines")
	cols := []paper.Column{
		paper.Col("clause", 15, body),
		paper.Col("guideline", 75, strong),
		paper.Col("verdict", 32, strong),
		paper.Number("pass", 11, body),
		paper.Number("fail", 11, body),
		paper.Number("open", 11, body),
		paper.Number("n/a", 15, body),
	}
	var rows [][]string
	var states []view.State
	for _, h := range d.headings {
		n := map[string]int{}
		for _, r := range h.Rows {
			n[r.State.Key]++
		}
		word := h.State.Word
		if h.Against > 0 {
			word += fmt.Sprintf(", %d against", h.Against)
		}
		rows = append(rows, []string{
			h.Clause, h.Title, word, strconv.Itoa(n["pass"]), strconv.Itoa(n["fail"]), strconv.Itoa(n["inc"]),
			strconv.Itoa(n["na"] + n["declined"] + n["unstated"]),
		})
		states = append(states, h.State)
	}
	d.Table(cols, rows, func(row, col int) (paper.Style, bool) {
		return strong.In(stateColours[states[row].Key]), col == 2
	})
	d.Gap(3)
	d.Flow(small, "Provisions are counted. \"n/a\" takes in what is not applicable, declined or not stated by the supplier; the next part tells them apart. "+
		"\"against\" counts observations that speak against a claim and that its verdict may not use.", left, width)
	d.next()
}

// next are the steps that help most.
func (d *document) next() {
	steps := d.v.Steps(d.headings)
	if len(steps) == 0 {
		return
	}
	d.Sub("What to do next", 8)
	for i, s := range steps {
		text := fmt.Sprintf("%s: %s", s.Do, strings.TrimSuffix(s.What, " (see above)"))
		if len(s.Where) > 0 {
			text += " [" + view.Places(s.Where) + "]"
		}
		d.Need(body.Leading())
		y := d.GetY()
		d.Use(strong)
		d.SetXY(left, y)
		d.CellFormat(6, body.Leading(), strconv.Itoa(i+1)+".", "", 0, "L", false, 0, "")
		d.SetXY(left, y)
		d.Flow(body, text, left+7, width-7)
		d.SetY(d.GetY() + 0.8)
	}
}

// statement is the conformance statement and what does not fit it.
func (d *document) statement() {
	d.Section("Conformance statement (ICS)")
	st := view.VerdictState(d.v.ICS.Verdict)
	d.badge(st, left, d.GetY(), 32)
	d.SetXY(left, d.GetY()+6.5)
	groups := d.v.ICSGroups()
	if len(groups) == 0 {
		d.Flow(body, "No problem was found in what the supplier claims.", left, width)
	}
	for _, g := range groups {
		d.item(g.State.Word, stateColours[g.State.Key], view.Trouble{Text: strings.Join(g.IDs, ", ") + ": " + g.Reason, Remedy: g.Remedy})
	}
	if len(d.v.DeclarationFindings) == 0 {
		return
	}
	d.Sub("Declared and observed differ", 12)
	for _, f := range d.v.DeclarationFindings {
		d.item("differs", stateColours["inc"], view.Trouble{
			Units: []plimsoll.UnitID{f.Unit}, Subject: view.Joined(" ", string(f.Table), f.Subject), Text: f.Reason, By: d.v.Who(f.By),
			Remedy: f.Remedy, Evidence: f.Evidence,
		})
	}
}

// questions are what a person has yet to answer.
func (d *document) questions() {
	d.Section("Open questions")
	if len(d.v.Open) == 0 {
		d.Flow(body, "No question to a person is open.", left, width)
		return
	}
	d.Flow(body, fmt.Sprintf("%s that only a person can answer. A proposal of software is an opinion and decides nothing.", view.Some(len(d.v.Open), "question")), left, width)
	d.Gap(3)
	var rows [][]string
	for _, o := range d.v.Open {
		about := o.Subject
		if about == "product" {
			about = ""
		}
		question := o.Question
		if o.Why != "" && o.Why != nobodyYet && (o.Proposal == nil || o.Why != o.Proposal.Reason) {
			question += " Open because: " + o.Why
		}
		rows = append(rows, []string{view.Joined(" ", string(o.Unit), about), question, d.proposal(o.Proposal)})
	}
	s := paper.Font("text", "", 8.5, ink)
	d.Table([]paper.Column{paper.Col("unit, subject", 36, s), paper.Col("question", 70, s), paper.Col("proposal by software", 64, s.In(grey))}, rows, nil)
}

// nobodyYet is the reason of every question that was never answered.
const nobodyYet = "a person has yet to decide"

// proposal is the opinion of software.
func (d *document) proposal(p *plimsoll.Proposal) string {
	if p == nil {
		return "none"
	}
	word := view.FindingWord(plimsoll.Finding{Verdict: p.Verdict, Proposal: true})
	return view.Joined("; ", word+": "+strings.TrimPrefix(p.Reason, word+": "), d.refs(p.Evidence))
}

// slicesOf makes rows of a table.
func slicesOf[T any](list []T, row func(T) []string) [][]string {
	var out [][]string
	for _, x := range list {
		out = append(out, row(x))
	}
	return slices.Clip(out)
}
