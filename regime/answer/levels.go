package answer

import (
	"cmp"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// LevelAnswer is what is answered of one tier, part or class.
type LevelAnswer struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Applies  string            `json:"applies,omitempty"` // of a part or a class: yes, no, open
	Reached  string            `json:"reached"`           // yes, no, open, not applicable; "unknown requirements" where the data names none
	Missing  []string          `json:"missing"`           // the mandatory requirements that do not hold
	Steps    []Step            `json:"steps"`
	Route    string            `json:"route"`
	RouteWhy string            `json:"route_why,omitempty"`
	RouteIf  []RouteNote       `json:"route_if"`       // routes that open questions could still force
	Via      plimsoll.RegimeID `json:"via,omitempty"`  // the scheme whose label gives it
	Fee      string            `json:"fee"`            // "not published" when it is not
	Days     int               `json:"days,omitempty"` // 0: not published
	Validity regime.Period     `json:"validity,omitempty"`
	Cite     string            `json:"cite"`

	applies plimsoll.Truth
	reached plimsoll.Truth
	tier    bool
}

// RouteNote is a route that an open question could force.
type RouteNote struct {
	Route string `json:"route"`
	What  string `json:"what"`
	Cite  string `json:"cite"`
	Steps []Step `json:"steps"`
}

// What stands in place of what nobody published, or what the data does not hold.
const (
	NotPublished        = "not published"
	UnknownRequirements = "unknown requirements"
)

// levels answers tiers, parts and classes, and says which tier is reached.
func (rd *reading) levels(r *regime.Regime, a *Answer) {
	height := 0
	for _, lv := range r.Levels {
		la := rd.level(r, lv, a)
		a.Levels = append(a.Levels, la)
		if h := len(r.Below(lv)); la.tier && la.reached == plimsoll.True && h > height {
			height, a.Level = h, lv.ID
		}
	}
	if a.Scope.is != plimsoll.True {
		a.Level = ""
	}
	a.NextLevel = next(r, a.Level, a.Levels)
}

// next is the tier above a level; of none, the lowest.
func next(r *regime.Regime, level string, levels []LevelAnswer) string {
	for i, lv := range r.Levels {
		if levels[i].tier && lv.Includes == level && lv.ID != level && levels[i].Reached != UnknownRequirements {
			return lv.ID
		}
	}
	return ""
}

func (rd *reading) level(r *regime.Regime, lv *regime.Level, a *Answer) LevelAnswer {
	out := LevelAnswer{
		ID: lv.ID, Name: lv.Name, Missing: []string{}, Steps: []Step{}, Fee: cmp.Or(lv.Fee, NotPublished), Days: lv.Days,
		Validity: lv.Validity, Cite: lv.Cite, applies: plimsoll.True, tier: lv.When == nil, RouteIf: []RouteNote{},
	}
	if lv.When != nil {
		t := rd.rule(lv.When)
		out.applies, out.Applies = t.is, yesNo(t.is)
		if t.is == plimsoll.Unknown {
			out.Steps = Merge(out.Steps, t.steps())
		}
	}
	rd.route(r, lv, &out)
	below := r.Below(lv)
	own := len(r.Levels) == 1 || lv.When != nil
	truths := []plimsoll.Truth{}
	for i := range a.Requirements {
		q := &a.Requirements[i]
		own = own || slices.Contains(q.Levels, lv.ID)
		in := len(q.Levels) == 0 || slices.ContainsFunc(q.Levels, func(l string) bool { return slices.Contains(below, l) })
		if !in || q.Obligation != regime.Mandatory || q.Status == Upcoming || q.Status == Ended {
			continue
		}
		truths = append(truths, q.truth)
		if q.truth != plimsoll.True {
			out.Missing = append(out.Missing, q.ID)
			out.Steps = Merge(out.Steps, q.Steps)
		}
	}
	out.reached = plimsoll.And(append(truths, out.applies, plimsoll.TruthOf(regime.Begun(lv.From, rd.day)))...)
	out.Reached = yesNo(out.reached)
	via := given(r, lv, a)
	switch {
	case out.applies == plimsoll.False:
		out.reached, out.Reached = plimsoll.False, string(NotApplicable)
		out.Missing, out.Steps = []string{}, []Step{}
	case via != "" && out.applies == plimsoll.True:
		out.Via, out.reached, out.Reached = via, plimsoll.True, "yes"
		out.Missing, out.Steps = []string{}, []Step{}
	case !own || len(truths) == 0:
		out.reached, out.Reached = plimsoll.Unknown, UnknownRequirements
	}
	return out
}

// given is the scheme whose label is recognised as the level, or one above it.
func given(r *regime.Regime, lv *regime.Level, a *Answer) plimsoll.RegimeID {
	for _, e := range a.Recognised {
		if e.is == plimsoll.True && e.ToLevel != "" && len(e.edge.Requirements) == 0 && r.AtLeast(e.ToLevel, []string{lv.ID}) {
			return e.From
		}
	}
	return ""
}

// route is the route of a level: the first rule that holds overrides it, and one
// that is open is told.
func (rd *reading) route(r *regime.Regime, lv *regime.Level, out *LevelAnswer) {
	out.Route = lv.Route
	for i := range r.Routes {
		rr := &r.Routes[i]
		if len(rr.Levels) > 0 && !slices.Contains(rr.Levels, lv.ID) {
			continue
		}
		t := rd.rule(&rr.When)
		switch t.is {
		case plimsoll.True:
			out.Route, out.RouteWhy = rr.Route, rr.What+" ("+rr.Cite+")"
			return
		case plimsoll.Unknown:
			out.RouteIf = append(out.RouteIf, RouteNote{rr.Route, rr.What, rr.Cite, t.steps()})
		}
	}
}
