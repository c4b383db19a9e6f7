package report

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

//go:embed assets/report.html.tmpl assets/page.html.tmpl assets/report.css assets/report.js assets/symbols.svg
var assets embed.FS

// HTML writes the assessment as one file that needs nothing else: no request
// leaves it, its content policy allows only the style and the script that stand in
// it, and without script everything can still be read.
func HTML(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, o HTMLOptions) error {
	p, err := newPage(view.New(a, cat, o.Folder), o)
	if err != nil {
		return fmt.Errorf("writing the report as HTML: %w", err)
	}
	t, err := template.New("report.html.tmpl").Funcs(p.funcs()).ParseFS(assets, "assets/report.html.tmpl")
	if err != nil {
		return fmt.Errorf("writing the report as HTML: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the report as HTML: %w", err)
	}
	return writeAll(w, b.String())
}

// page is what the template shows.
type page struct {
	*view.View
	Policy         string
	Style, Script  template.HTML
	Symbols        template.HTML
	State          view.State
	Headline       string
	Caveats        []string
	Headings       []view.Heading
	Filters        []filter
	Meter          meter
	Maps           []drawing
	Items          []MapItem
	Steps          []view.Step
	ICSGroups      []view.ICSGroup
	Sections       []Section
	Counts, Covers string
}

// filter is a button that shows the provisions of one state.
type filter struct {
	State view.State
	Count int
}

func newPage(v *view.View, o HTMLOptions) (*page, error) {
	p := &page{
		View: v, State: view.VerdictState(v.Verdict), Headline: v.Headline(), Caveats: v.Caveats(), Headings: v.Headings(),
		ICSGroups: v.ICSGroups(), Counts: view.CountsSentence(v.Assessment.Counts), Covers: view.CoverageSentence(v.Coverage),
		Meter: newMeter(v.Coverage), Items: v.Items(o.Map), Sections: o.Sections,
	}
	p.Steps = v.Steps(p.Headings)
	p.Maps = []drawing{wideMap(v.Product.Name, p.Items), narrowMap(v.Product.Name, p.Items)}
	p.Filters = p.filters()
	style, err := assets.ReadFile("assets/report.css")
	if err != nil {
		return nil, err
	}
	script, err := assets.ReadFile("assets/report.js")
	if err != nil {
		return nil, err
	}
	symbols, err := assets.ReadFile("assets/symbols.svg")
	if err != nil {
		return nil, err
	}
	p.Style = template.HTML("<style>" + string(style) + "</style>")
	p.Script = template.HTML("<script>" + string(script) + "</script>")
	p.Symbols = template.HTML(symbols)
	p.Policy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	return p, nil
}

// hash is the source expression of a content policy for exactly these bytes.
func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// filters counts the provisions of each state, and those with evidence against
// and with questions to persons, which cut across the states.
func (p *page) filters() []filter {
	n := map[string]int{}
	for _, h := range p.Headings {
		for _, r := range h.Rows {
			n["all"]++
			for _, k := range strings.Fields(keysOf(r)) {
				n[k]++
			}
		}
	}
	out := []filter{{view.State{Word: "All", Key: "all"}, n["all"]}}
	add := func(ss ...view.State) {
		for _, s := range ss {
			if n[s.Key] > 0 {
				out = append(out, filter{s, n[s.Key]})
			}
		}
	}
	add(view.Fail, view.State{Word: "evidence against", Key: "against"}, view.Open, view.State{Word: "asks a person", Key: "ask"}, view.Pass)
	add(view.NotApplicable, view.Declined, view.Unstated)
	return out
}

// keysOf lists the filters that show a provision.
func keysOf(r *view.Row) string {
	keys := r.State.Key
	if len(r.Against) > 0 {
		keys += " against"
	}
	for _, g := range r.Gaps {
		if g.Person {
			return keys + " ask"
		}
	}
	return keys
}

func (p *page) funcs() template.FuncMap {
	return template.FuncMap{
		"anchor":   func(kind string, id any) string { return anchor(kind, fmt.Sprint(id)) },
		"short":    short,
		"who":      p.Who,
		"some":     view.Some,
		"places":   view.Places,
		"keys":     keysOf,
		"state":    view.VerdictState,
		"unit":     view.UnitState,
		"finding":  view.FindingWord,
		"findKey":  findingKey,
		"basis":    func(b plimsoll.Basis) string { return cmp.Or(view.Bases[b], string(b)) },
		"decider":  func(d plimsoll.Decider) string { return cmp.Or(view.Deciders[d], string(d)) },
		"question": p.question,
		"about":    p.about,
		"asks":     p.asks,
		"purpose":  p.purpose,
		"value":    func(x any) string { return view.Clean(fmt.Sprint(x)) },
		"list":     func(ss []string) string { return strings.Join(ss, ", ") },
		"where":    where,
	}
}

// anchor is the id of an element: the kind of thing and its id, without what does
// not belong into an id.
func anchor(kind, id string) string {
	return kind + "-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '/', r == ':':
			return r
		}
		return '_'
	}, id)
}

// short is the beginning of a digest, enough to find it again.
func short(d plimsoll.Digest) string {
	const most = len("sha256:") + 12
	if len(d) <= most {
		return string(d)
	}
	return string(d[:most]) + "…"
}

func findingKey(f plimsoll.Finding) string {
	switch {
	case f.Ignored != "" || f.Overruled:
		return "na"
	case f.Proposal && f.Verdict == plimsoll.Pass:
		return "inc"
	case f.Proposal:
		return "against"
	}
	return view.VerdictState(f.Verdict).Key
}

// where says in which state and on which sample something was seen.
func where(f plimsoll.Finding) string {
	s := ""
	if f.State != "" {
		s = "state " + string(f.State)
	}
	if f.Sample != "" {
		s = view.Joined(", ", s, "sample "+f.Sample)
	}
	return s
}

func (p *page) question(id plimsoll.UnitID) *catalog.Unit {
	u, ok := p.Catalog.Unit(id)
	if !ok {
		return &catalog.Unit{}
	}
	return u
}

func (p *page) about(id plimsoll.ProvisionID) *catalog.Provision {
	cp, ok := p.Catalog.Provision(id)
	if !ok {
		return &catalog.Provision{}
	}
	return cp
}

// asks is what the edition asks of a provision.
func (p *page) asks(id plimsoll.ProvisionID) string { return p.about(id).Summary[p.Edition.Standard] }

func (p *page) purpose(id plimsoll.CaseID) string {
	if c, ok := p.Catalog.Case(id); ok {
		return c.Purpose
	}
	return ""
}
