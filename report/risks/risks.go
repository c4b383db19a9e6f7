// Package risks shows an assessment from the side of the people who live with the
// product: for each key risk of the catalog, what was found about the provisions
// that hold it off.
//
// It says which of them pass, fail, have evidence against them, are open, do not
// apply or were declined, and never how likely or how bad a risk is: it must never
// give a score, a rank or a percentage, never say that a risk is gone, and never
// let silence look like a PASS.
package risks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Schema is the identifier of the JSON form.
const Schema = "plimsoll.risks/1"

// View is what the renderers show. Every text from outside in it is cleaned.
type View struct {
	Schema  string                   `json:"schema"`
	Tool    plimsoll.Tool            `json:"tool"`
	At      time.Time                `json:"at"`
	Product plimsoll.ProductIdentity `json:"product"`
	Edition plimsoll.EditionInfo     `json:"edition"`
	Bundle  plimsoll.Digest          `json:"bundle,omitempty"`
	Reading string                   `json:"reading"` // how to read it
	Caveats []string                 `json:"caveats"` // what stands beside every verdict of the assessment
	Risks   []*Risk                  `json:"risks"`

	standard string
	by       string
}

// Risk is one risk and the state of what holds it off.
type Risk struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	What    string   `json:"what"`
	Who     string   `json:"who"`
	Beyond  string   `json:"beyond"` // what no provision reaches
	Sources []Source `json:"sources"`
	Lead    Lead     `json:"lead"`
	Says    string   `json:"says"` // the lead in words
	Counts  Counts   `json:"counts"`
	Lines   []*Line  `json:"provisions"`
}

// Source is a public account of the risk having come true.
type Source struct {
	What string `json:"what"`
	URL  string `json:"url"`
}

// Lead is the gravest thing that was found among the provisions of a risk. It is
// about the findings and no measure of the risk.
type Lead string

// The leads, the gravest first.
const (
	LeadFail    Lead = "fail"
	LeadAgainst Lead = "evidence-against"
	LeadOpen    Lead = "open"
	LeadNothing Lead = "nothing-to-go-by" // no provision is both asked and claimed
	LeadPass    Lead = "no-contrary-indication"
)

// Counts counts the lines of a risk by state; they add up, but for Against, which
// counts the lines with evidence against them whatever their state.
type Counts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Open          int `json:"open"` // INCONCLUSIVE, not stated, or not in the assessment
	NotApplicable int `json:"not_applicable"`
	Declined      int `json:"declined"`
	NotAsked      int `json:"not_asked"` // the edition has no such provision
	Against       int `json:"against"`
}

// Line is one provision that holds the risk off.
type Line struct {
	Provision plimsoll.ProvisionID `json:"provision"`
	Title     string               `json:"title"`
	How       string               `json:"how"`
	State     string               `json:"state"`
	Fact      string               `json:"fact,omitempty"` // what the state rests on
	By        string               `json:"by,omitempty"`
	Troubles  []Trouble            `json:"troubles,omitempty"` // what fails or speaks against it

	key     string // of the style
	against bool
	count   func(*Counts) *int
}

// Trouble is one thing that fails or speaks against a claim.
type Trouble struct {
	Against  bool              `json:"against,omitempty"`
	Text     string            `json:"text"`
	Source   string            `json:"source,omitempty"`
	Remedy   string            `json:"remedy,omitempty"`
	Evidence []plimsoll.Digest `json:"evidence,omitempty"`
}

const reading = "Each risk is shown with what was found about the provisions that hold it off. A provision that passes makes a risk smaller and does not " +
	"end it; one that fails does not mean that the harm has happened. How likely and how bad a risk is depends on the product and on the people " +
	"who live with it, and no number here says it."

// States of a line beside those of a provision.
const (
	notAsked    = "not in this edition"
	notAssessed = "not assessed"
	notJudged   = "not judged"
)

// counters says where each state is counted. What is not listed is open: silence is
// never counted as anything else.
var counters = map[view.State]func(*Counts) *int{
	view.Pass:          func(c *Counts) *int { return &c.Pass },
	view.Fail:          func(c *Counts) *int { return &c.Fail },
	view.NotApplicable: func(c *Counts) *int { return &c.NotApplicable },
	view.Declined:      func(c *Counts) *int { return &c.Declined },
}

func open(c *Counts) *int { return &c.Open }

// Build makes the view. It is a pure function of its arguments, which it leaves as
// they are.
func Build(a *plimsoll.Assessment, cat *catalog.Catalog) *View {
	v := view.New(a, cat, "")
	out := &View{
		Schema: Schema, Tool: v.Tool, At: v.At, Product: v.Product, Edition: v.Edition, Bundle: v.Bundle, Reading: reading,
		Caveats: v.Caveats(), Risks: []*Risk{}, standard: v.Standard(), by: v.By(),
	}
	if out.Caveats == nil {
		out.Caveats = []string{}
	}
	b := builder{cat: cat, edition: v.Edition.Standard, rows: map[plimsoll.ProvisionID]*view.Row{}, ics: v.ICS.Problems}
	for _, h := range v.Headings() {
		for _, r := range h.Rows {
			b.rows[r.ID] = r
		}
	}
	for _, r := range cat.Risks {
		out.Risks = append(out.Risks, b.risk(r))
	}
	return out
}

type builder struct {
	cat     *catalog.Catalog
	edition plimsoll.Edition
	rows    map[plimsoll.ProvisionID]*view.Row
	ics     []plimsoll.ICSProblem
}

func (b *builder) risk(r *catalog.Risk) *Risk {
	out := &Risk{ID: r.ID, Title: r.Title, What: r.What, Who: r.Who, Beyond: r.Beyond, Lines: []*Line{}}
	for _, s := range r.Sources {
		out.Sources = append(out.Sources, Source(s))
	}
	for _, m := range r.Mitigations {
		for _, l := range b.lines(m) {
			// Two provisions of V3.1.3 may be one of V2.1.1.
			if i := slices.IndexFunc(out.Lines, func(o *Line) bool { return o.Provision == l.Provision }); i >= 0 {
				out.Lines[i].How += "; " + l.How
				continue
			}
			out.Lines = append(out.Lines, l)
		}
	}
	for _, l := range out.Lines {
		out.Counts.add(l)
	}
	out.Lead, out.Says = out.Counts.lead()
	return out
}

// lines are the provisions of the edition that stand for one of V3.1.3.
func (b *builder) lines(m catalog.Mitigation) []*Line {
	p, ok := b.cat.Provision(m.Provision)
	if !ok {
		return nil
	}
	ids := []plimsoll.ProvisionID{p.ID}
	if _, in := p.Status[b.edition]; !in && b.edition != "" {
		ids = slices.DeleteFunc(slices.Clone(p.Replaces), func(id plimsoll.ProvisionID) bool {
			o, ok := b.cat.Provision(id)
			return !ok || o.Status[b.edition].Code == ""
		})
	}
	if len(ids) == 0 {
		return []*Line{{Provision: p.ID, Title: p.Title, How: m.How, State: notAsked, key: view.NotApplicable.Key, count: func(c *Counts) *int { return &c.NotAsked }}}
	}
	var out []*Line
	for _, id := range ids {
		out = append(out, b.line(id, m.How))
	}
	return out
}

func (b *builder) line(id plimsoll.ProvisionID, how string) *Line {
	l := &Line{Provision: id, How: how, count: open}
	if p, ok := b.cat.Provision(id); ok {
		l.Title = p.Title
	}
	r, ok := b.rows[id]
	if !ok {
		l.State, l.key, l.Fact = notAssessed, view.Unstated.Key, "the assessment does not speak of it"
		return l
	}
	l.State, l.key, l.Fact, l.By = r.State.Word, r.State.Key, r.Fact, r.By
	if c, ok := counters[r.State]; ok {
		l.count = c
	} else if r.State != view.Open && r.State != view.Unstated {
		l.State, l.key = notJudged, view.Open.Key
	}
	for _, t := range r.Fails {
		l.Troubles = append(l.Troubles, trouble(t, false))
	}
	for _, t := range r.Marks {
		l.Troubles = append(l.Troubles, trouble(t, true))
	}
	l.against = len(r.Marks) > 0
	if r.State == view.NotApplicable || r.State == view.Declined {
		b.doubted(l)
	}
	return l
}

// doubted looks for what the verdict on the ICS says against "does not apply" or
// "not done": such a claim must not end a question.
func (b *builder) doubted(l *Line) {
	for _, p := range b.ics {
		if p.Provision != l.Provision {
			continue
		}
		l.Troubles = append(l.Troubles, Trouble{Against: true, Text: p.Reason, Source: " [conformance statement]", Remedy: p.Remedy})
		if p.Verdict == plimsoll.Fail {
			l.against = true
		} else {
			l.State, l.key, l.count = l.State+", in doubt", view.Open.Key, open
		}
	}
}

func trouble(t view.Trouble, against bool) Trouble {
	return Trouble{Against: against, Text: t.Text, Source: t.Source(), Remedy: t.Remedy, Evidence: t.Evidence}
}

func (c *Counts) add(l *Line) {
	*l.count(c)++
	if l.against {
		c.Against++
	}
}

// asked is the number of provisions that the edition has.
func (c *Counts) asked() int { return c.Pass + c.Fail + c.Open + c.NotApplicable + c.Declined }

// lead says what is gravest, then the rest. Evidence against a provision comes
// before open questions; PASS is said only when nothing else is left to say.
func (c *Counts) lead() (Lead, string) {
	of := fmt.Sprintf("of %s that hold it off", view.Some(c.asked(), "provision"))
	rest := c.rest()
	switch {
	case c.Fail > 0:
		return LeadFail, fmt.Sprintf("%d %s %s", c.Fail, of, join(verb(c.Fail, "fails", "fail"), c.marked(), rest))
	case c.Against > 0:
		return LeadAgainst, fmt.Sprintf("evidence speaks against %d %s", c.Against, join(of, "none fails", rest))
	case c.Open > 0:
		return LeadOpen, fmt.Sprintf("%d %s cannot be decided yet", c.Open, of) + prefixed("; ", join("none fails", c.without(c.Open)))
	case c.Pass > 0:
		return LeadPass, join(fmt.Sprintf("no contrary indication: %d %s %s", c.Pass, of, verb(c.Pass, "passes", "pass")), c.without(0))
	}
	return LeadNothing, join("nothing to go by", rest)
}

func (c *Counts) marked() string {
	if c.Against == 0 {
		return ""
	}
	return fmt.Sprintf("evidence speaks against %d", c.Against)
}

// rest names the other states.
func (c *Counts) rest() string {
	open, pass := "", ""
	if c.Open > 0 {
		open = fmt.Sprintf("%d cannot be decided yet", c.Open)
	}
	if c.Pass > 0 {
		pass = fmt.Sprintf("%d %s", c.Pass, verb(c.Pass, "passes", "pass"))
	}
	return join(open, pass, c.unclaimed())
}

// without is the rest without what the lead has said already.
func (c *Counts) without(open int) string {
	if open > 0 && c.Pass > 0 {
		return join(fmt.Sprintf("%d %s", c.Pass, verb(c.Pass, "passes", "pass")), c.unclaimed())
	}
	return c.unclaimed()
}

func (c *Counts) unclaimed() string {
	na, declined := "", ""
	if c.NotApplicable > 0 {
		na = fmt.Sprintf("%d claimed not to apply", c.NotApplicable)
	}
	if c.Declined > 0 {
		declined = fmt.Sprintf("%d declined by the maker", c.Declined)
	}
	return join(na, declined)
}

func join(ss ...string) string { return view.Joined("; ", ss...) }

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// with lists the provisions of a risk in a state, for the short form.
func (r *Risk) with(words ...string) string {
	var ids []string
	for _, l := range r.Lines {
		if slices.Contains(words, l.State) && len(l.Troubles) == 0 {
			ids = append(ids, string(l.Provision))
		}
	}
	return strings.Join(ids, ", ")
}
