package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// readMe stands in every result: what the words of the format mean here.
const readMe = "OSCAL knows \"satisfied\" and \"not-satisfied\" only. Here the first stands for the verdict PASS and the second for everything else; " +
	"the property \"verdict\" has the verdict, and INCONCLUSIVE means that it could not be decided. An observation is a finding of Plimsoll " +
	"about one subject of one test unit; \"collected\" is the time of judging, and the times of collection stand in the evidence itself."

// AssessmentResults writes what came out: each finding about a subject as an
// observation with its evidence, each test unit and each provision as a finding,
// what fails and what speaks against a claim as a risk with its remedy. Provisions
// that are not applicable or declined have observations and no finding.
func AssessmentResults(a *plimsoll.Assessment, cat *catalog.Catalog) ([]byte, error) {
	b, err := newAbout(a, cat)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL assessment results: %w", err)
	}
	v := b.v
	rb := &resultBuilder{about: b, lines: map[*plimsoll.UnitResult][]view.Line{}, numbers: map[string]int{}}
	for _, l := range b.lines {
		rb.lines[l.Unit] = append(rb.lines[l.Unit], l)
	}
	for i := range v.Provisions {
		rb.provision(&v.Provisions[i])
	}
	r := rb.result()
	r.UUID = newID("result", b.key, b.at, string(v.Bundle))
	r.Title = model.Markup("Assessment of " + b.productName())
	r.Description = model.Markup(fmt.Sprintf("%s: %s. %s, method %s. %s.", cmp.Or(string(v.Verdict), "no verdict"), v.Headline(), v.Standard(), v.Method(), v.By()))
	r.Start, r.End = rb.start(), b.at
	r.Props = props(
		"verdict", string(v.Verdict), "ics-verdict", string(v.ICS.Verdict), "standard", string(v.Edition.Standard), "method", v.Edition.Method,
		"counts", view.CountsSentence(v.Counts), "units", view.CoverageSentence(v.Coverage), "evidence-index", string(v.Bundle),
	)
	for _, c := range v.Caveats() {
		r.Props = append(r.Props, props("caveat", c)...)
	}
	for _, p := range v.ICS.Problems {
		r.Props = append(r.Props, props("ics-problem", fmt.Sprintf("%s %s: %s", p.Provision, p.Verdict, p.Reason))...)
	}
	for _, s := range v.Skipped {
		r.Props = append(r.Props, props("skipped", fmt.Sprintf("%s needs %s", s.Probe, s.Needs))...)
	}
	r.Remarks = model.Markup(readMe)
	d := &model.ResultsDoc{Plan: model.Reference{Href: PlanFile}, Results: []model.Result{r}}
	d.Metadata = b.heading("Assessment results")
	if len(b.evidence) > 0 {
		d.BackMatter = &model.BackMatter{Resources: b.evidence}
	}
	return finish("assessment-results", &d.UUID, d)
}

// resultBuilder collects the one result.
type resultBuilder struct {
	*about
	lines        map[*plimsoll.UnitResult][]view.Line
	observations []model.Observation
	risks        []model.Risk
	findings     []model.Finding
	numbers      map[string]int // how often a name was asked for an identifier
}

// named makes an identifier; things of one name are numbered.
func (rb *resultBuilder) named(names ...string) string {
	key := strings.Join(names, "\x00")
	rb.numbers[key]++
	return newID(rb.key, rb.at, key, strconv.Itoa(rb.numbers[key]))
}

func (rb *resultBuilder) result() model.Result {
	return model.Result{
		Local:    model.ResultDefinitions{Components: []model.Component{rb.product}, Items: rb.items, Assets: rb.assets()},
		Reviewed: rb.reviewed(), Log: rb.log(), Observations: rb.observations, Risks: rb.risks, Findings: rb.findings,
	}
}

// provision writes the units of a provision, then the provision itself.
func (rb *resultBuilder) provision(p *plimsoll.ProvisionResult) {
	var related []model.RelatedToResult
	var risks []model.RelatedRisk
	for j := range p.Cases {
		for k := range p.Cases[j].Units {
			rb.unit(p, &p.Cases[j].Units[k])
		}
	}
	for _, x := range p.Against {
		o, r := rb.against(p, x)
		related = append(related, model.RelatedToResult{Observation: o, Remarks: "Evidence against the claim, which this verdict may not use."})
		risks = append(risks, model.RelatedRisk{Risk: r})
	}
	if !judged(p) || p.Verdict == "" {
		return
	}
	f := model.Finding{
		UUID: rb.named("finding", string(p.ID)), Title: model.Markup(fmt.Sprintf("%s %s", p.ID, p.Title)), Related: related, Risks: risks,
		Description: model.Markup(fmt.Sprintf("%s. %s", view.ProvisionState(*p).Word, p.Why)),
		Props: props(
			"verdict", string(p.Verdict), "claim", cmp.Or(string(p.Support), "not stated"), "status", p.Status,
			"evidence-against", number(len(p.Against)), "external-evidence", p.External, "provisional", yes(p.Provisional),
		),
		Target: model.Target{Type: "statement-id", ID: statementID(provisionID(p.ID)), Status: status(p.Verdict)},
	}
	rb.findings = append(rb.findings, f)
}

// number is a count as the value of a property; none is no property.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// status puts a verdict into the words of the format.
func status(v plimsoll.Verdict) model.State {
	switch v {
	case plimsoll.Pass:
		return model.State{State: "satisfied", Reason: "pass"}
	case plimsoll.Fail:
		return model.State{State: "not-satisfied", Reason: "fail"}
	}
	return model.State{State: "not-satisfied", Reason: "other", Remarks: "INCONCLUSIVE: not decided, which is neither PASS nor FAIL."}
}

func (rb *resultBuilder) unit(p *plimsoll.ProvisionResult, u *plimsoll.UnitResult) {
	lines := rb.lines[u]
	var related []model.RelatedToResult
	var risks []model.RelatedRisk
	for _, f := range u.Findings {
		o := rb.observation(p, u, f)
		rb.observations = append(rb.observations, o)
		related = append(related, model.RelatedToResult{Observation: o.UUID})
		if l := failing(lines, f); l != nil {
			r := rb.risk(string(p.ID), f.Reason, f.Remedy, o)
			if l.Waiver != nil {
				r.Props = props("waiver", view.WaiverNote(*l.Waiver))
			}
			rb.risks = append(rb.risks, r)
			risks = append(risks, model.RelatedRisk{Risk: r.UUID})
		}
	}
	if !judged(p) {
		return
	}
	var says []string
	for _, l := range lines {
		s := fmt.Sprintf("%s: %s: %s", cmp.Or(l.Subject.ID, "product"), l.Word(), l.Says[0].Text)
		if r := l.Says[0].Remedy; r != "" {
			s += " To do: " + r
		}
		says = append(says, model.Markup(s))
	}
	f := model.Finding{
		UUID: rb.named("finding", string(u.ID)), Title: model.Markup(fmt.Sprintf("%s %s", u.ID, u.Title)), Description: paragraphs(says...),
		Props: props(
			"verdict", cmp.Or(string(u.Verdict), "none"), "state", view.UnitState(*u).Word, "decider", string(u.Decider), "step", u.Step,
			"open", yes(u.Open), "filter", u.Filter, "cover", strings.Join(u.Cover, " "), "missing", strings.Join(u.Missing, " "), "applies-case", string(u.Applied),
		),
		Target:  model.Target{Type: "objective-id", ID: objectiveID(string(u.ID)), Status: status(u.Verdict)},
		Related: related, Risks: risks,
	}
	rb.findings = append(rb.findings, f)
}

// failing finds the judged line that a finding makes fail.
func failing(lines []view.Line, f plimsoll.Finding) *view.Line {
	if f.Verdict != plimsoll.Fail || f.Ignored != "" || f.Overruled {
		return nil
	}
	i := slices.IndexFunc(lines, func(l view.Line) bool {
		return l.Judged && l.Subject.Verdict == plimsoll.Fail && (f.Subject == "" || f.Subject == l.Subject.ID)
	})
	if i < 0 {
		return nil
	}
	return &lines[i]
}

// methods says how a finding was made. A person examines; nobody is interviewed.
var methods = map[plimsoll.Basis]string{
	plimsoll.BasisRule: "EXAMINE", plimsoll.BasisProbe: "TEST", plimsoll.BasisPerson: "EXAMINE", plimsoll.BasisExternal: "EXAMINE",
}

func (rb *resultBuilder) observation(p *plimsoll.ProvisionResult, u *plimsoll.UnitResult, f plimsoll.Finding) model.Observation {
	ref := rb.subject(f.Subject)
	kind := "control-objective"
	if f.Verdict == plimsoll.Fail {
		kind = "finding"
	}
	return model.Observation{
		UUID:        rb.named("observation", string(p.ID), string(u.ID), f.By, f.Subject, string(f.Digest), f.Reason),
		Title:       model.Markup(fmt.Sprintf("%s, %s: %s", u.ID, cmp.Or(f.Subject, "product"), view.FindingWord(f))),
		Description: paragraphs(model.Markup(f.Reason), remedy(f.Remedy)),
		Props: props(
			"unit", string(u.ID), "verdict", string(f.Verdict), "word", view.FindingWord(f), "basis", string(f.Basis), "by", rb.v.Who(f.By),
			"state", string(f.State), "sample", f.Sample, "proposal", yes(f.Proposal), "unconfirmed", yes(f.Unconfirmed),
			"vacuous", yes(f.Vacuous), "mismatch", yes(f.Mismatch), "overruled", yes(f.Overruled), "overrules", string(f.Overrules),
			"ignored", f.Ignored, "looked", strings.Join(f.Coverage.Looked, " "), "missing", strings.Join(f.Coverage.Missing, " "), "digest", string(f.Digest),
		),
		Methods: []string{cmp.Or(methods[f.Basis], "UNKNOWN")}, Types: []string{kind},
		Origins:  []model.Origin{{Actors: []model.Actor{rb.actor(f.By)}}},
		Subjects: []model.SubjectRef{ref}, Evidence: rb.relevant(f.Evidence), Collected: rb.at,
	}
}

func remedy(s string) string {
	if s == "" {
		return ""
	}
	return model.Markup("To do: " + s)
}

// against writes a piece of evidence against a claim, and its risk.
func (rb *resultBuilder) against(p *plimsoll.ProvisionResult, x plimsoll.Against) (observationID, riskID string) {
	o := model.Observation{
		UUID:        rb.named("against", string(p.ID), string(x.Unit), x.Subject, x.By, x.Reason),
		Title:       model.Markup(fmt.Sprintf("Evidence against %s, %s: %s", p.ID, x.Unit, cmp.Or(x.Subject, "product"))),
		Description: paragraphs(model.Markup(x.Reason), remedy(x.Remedy)),
		Props:       props("unit", string(x.Unit), "against", string(p.ID), "by", rb.v.Who(x.By)),
		Methods:     []string{"TEST"}, Types: []string{"finding"},
		Origins:  []model.Origin{{Actors: []model.Actor{rb.actor(x.By)}}},
		Subjects: []model.SubjectRef{rb.subject(x.Subject)}, Evidence: rb.relevant(x.Evidence), Collected: rb.at,
	}
	r := rb.risk(string(p.ID), x.Reason, x.Remedy, o)
	rb.observations = append(rb.observations, o)
	rb.risks = append(rb.risks, r)
	return o.UUID, r.UUID
}

// risk is what fails or speaks against a claim, open until it is mended: no waiver
// closes it.
func (rb *resultBuilder) risk(provision, reason, todo string, o model.Observation) model.Risk {
	r := model.Risk{
		UUID: rb.named("risk", o.UUID), Title: o.Title, Description: model.Markup(reason), Status: "open",
		Statement: model.Markup("Speaks against provision " + provision + "."), Related: []model.RelatedToResult{{Observation: o.UUID}},
	}
	if p, ok := rb.cat.Provision(plimsoll.ProvisionID(provision)); ok && p.Why != "" {
		r.Statement = model.Markup(p.Why)
	}
	if todo != "" {
		r.Remediations = []model.Remediation{{
			UUID: rb.named("remedy", o.UUID), Lifecycle: "recommendation", Title: "Remedy", Description: model.Markup(todo),
		}}
	}
	return r
}

// start is the begin of the first run that was judged; without one, the judging.
func (rb *resultBuilder) start() string {
	first := rb.at
	for _, run := range rb.v.Runs {
		if t, err := instant(run.Start); err == nil && run.Start.Before(rb.v.At) && t < first {
			first = t
		}
	}
	return first
}

// log lists the runs, and the moments at which the device stopped answering.
func (rb *resultBuilder) log() *model.Log {
	var out model.Log
	for _, run := range rb.v.Runs {
		start, err := instant(run.Start)
		if err != nil {
			continue
		}
		e := model.Entry{
			UUID: rb.named("run", run.ID), Title: model.Markup("Run " + run.ID), Start: start,
			Props: props("tool", view.Joined(" ", run.Tool.Name, run.Tool.Version), "firmware-version", run.Firmware,
				"complete", map[bool]string{true: "yes", false: "no"}[run.Complete], "only", strings.Join(run.Only, " ")),
		}
		if end, err := instant(run.End); err == nil {
			e.End = end
		}
		out.Entries = append(out.Entries, e)
	}
	for _, i := range rb.v.Incidents {
		at, err := instant(i.At)
		if err != nil {
			continue
		}
		after := "It did not come back."
		if i.Recovered {
			after = fmt.Sprintf("It came back after %.0f s.", i.Seconds)
		}
		out.Entries = append(out.Entries, model.Entry{
			UUID: rb.named("incident", i.Run, i.Target), Title: model.Markup("Incident at " + i.Target), Start: at,
			Description: model.Markup(fmt.Sprintf("%s stopped answering during %s. %s", i.Target, i.During, after)), Props: props("run", i.Run),
		})
	}
	if len(out.Entries) == 0 {
		return nil
	}
	return &out
}
