// Package regimetest makes assessments out of a few lines of YAML, so that a test
// of a regime says which provisions hold, which facts are known, which labels are
// held, and nothing else.
//
// It is for tests alone: it judges nothing, and a program must never import it.
package regimetest

import (
	"fmt"
	"slices"
	"testing/fstest"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// Evidence is the digest that every finding of a made assessment rests on.
const Evidence = plimsoll.Digest("sha256:0000000000000000000000000000000000000000000000000000000000000001")

// Parse reads a product:
//
//	day: 2026-11-22
//	placed: 2026-12-01
//	editions:
//	  en303645-2.1.1:
//	    ics: PASS                    # the default
//	    rest: open                   # pass, fail, open, na, declined, unstated: every other provision; absent: not in the assessment
//	    pass: [5.1-1]                # lists of provisions; also fail, open, na, declined, unstated, against
//	    units: {5.2-1-2/b: FAIL}     # verdicts of single units
//	facts: {support.until: 2031-01-15}         # declared
//	observed: {policy.published: true}
//	asks: {xx-label.sbom: true}                # answered by a person
//	asked: {model: X, firmware: 2.4.0}         # for what, when not for this product: model X, firmware 2.4.1
//	labels: [{scheme: sg-cls, level: "2", id: A, until: 2028-03-31, basis: verified}]
func Parse(cat *catalog.Catalog, name string, src []byte) (answer.Input, error) {
	var ps strictyaml.Problems
	o := strictyaml.Read(fstest.MapFS{name: {Data: src}}, name, &ps)
	in := answer.Input{Assessments: map[plimsoll.Edition]*plimsoll.Assessment{}, Placed: o.Get("placed").Text()}
	day := o.Need("day")
	var err error
	if in.Day, err = time.Parse("2006-01-02", day.Text()); err != nil {
		ps.At(day.At, "%q is not a day", day.Text())
	}
	facts := readFacts(&ps, cat, o)
	var labels []plimsoll.HeldLabel
	for _, v := range o.Get("labels").List() {
		l := v.Object()
		labels = append(labels, plimsoll.HeldLabel{
			Scheme: l.Need("scheme").Text(), Level: l.Get("level").Text(), ID: l.Get("id").Text(),
			Until: l.Get("until").Text(), Basis: l.Get("basis").Text(),
		})
		l.Done()
	}
	if v := o.Get("editions"); !v.Absent() {
		es := v.Object()
		for _, e := range es.Names() {
			a := New(cat, plimsoll.Edition(e), in.Day)
			readEdition(&ps, cat, a, es.Need(e).Object())
			in.Assessments[plimsoll.Edition(e)] = a
		}
	}
	o.Done()
	if len(in.Assessments) == 0 {
		in.Assessments[plimsoll.EditionV2] = New(cat, plimsoll.EditionV2, in.Day)
	}
	for _, a := range in.Assessments {
		a.Facts, a.Labels = facts, labels
	}
	return in, ps.Err()
}

// The product of every made assessment.
const model, firmware = "X", "2.4.1"

// New makes an assessment without any provision.
func New(_ *catalog.Catalog, e plimsoll.Edition, at time.Time) *plimsoll.Assessment {
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, At: at, Product: plimsoll.ProductIdentity{Manufacturer: "M", Name: "N", Model: model, Firmware: firmware},
		Edition: plimsoll.EditionInfo{Standard: e, Method: plimsoll.MethodTS103701}, ICS: plimsoll.ICSResult{Verdict: plimsoll.Pass},
	}
	if e == plimsoll.EditionV3 {
		a.Edition.Method = plimsoll.MethodProvisional
	}
	return a
}

func readFacts(ps *strictyaml.Problems, cat *catalog.Catalog, o *strictyaml.Object) []plimsoll.Fact {
	askedModel, askedFirmware := model, firmware
	if v := o.Get("asked"); !v.Absent() {
		a := v.Object()
		askedModel, askedFirmware = a.Need("model").Text(), a.Get("firmware").Text()
		a.Done()
	}
	var out []plimsoll.Fact
	for _, kind := range []struct {
		key, prefix, by string
		source          plimsoll.Source
	}{
		{"facts", "", "declaration", plimsoll.SourceDeclared},
		{"observed", "", "probe@1", plimsoll.SourceObserved},
		{"asks", "ask.", "person:k", plimsoll.SourcePerson},
	} {
		v := o.Get(kind.key)
		if v.Absent() {
			continue
		}
		fs := v.Object()
		for _, name := range fs.Names() {
			f := plimsoll.Fact{ID: plimsoll.FactID(kind.prefix + name), Value: fs.Need(name).Scalar(), Source: kind.source, By: kind.by}
			if _, known := cat.Fact(f.ID); !known && kind.prefix == "" {
				ps.At(fs.At, "unknown fact %q", f.ID)
			}
			if kind.source == plimsoll.SourcePerson {
				f.Model, f.Firmware = askedModel, askedFirmware
			}
			out = append(out, f)
		}
		fs.Done()
	}
	return out
}

// Kinds of results of a provision, by the key of their list.
var kinds = []string{"pass", "fail", "open", "na", "declined", "unstated", "against"}

func readEdition(ps *strictyaml.Problems, cat *catalog.Catalog, a *plimsoll.Assessment, o *strictyaml.Object) {
	if v := strictyaml.OneOf(o.Get("ics"), plimsoll.Pass, plimsoll.Fail, plimsoll.Inconclusive); v != "" {
		a.ICS.Verdict = v
	}
	kind := map[plimsoll.ProvisionID]string{}
	for _, k := range kinds {
		for _, v := range o.Get(k).List() {
			id := plimsoll.ProvisionID(v.Text())
			if p, ok := cat.Provision(id); !ok || p.Status[a.Edition.Standard].Code == "" {
				ps.At(v.At, "unknown provision %q of %s", id, a.Edition.Standard)
			}
			if kind[id] != "" {
				ps.At(v.At, "provision %q stands twice", id)
			}
			kind[id] = k
		}
	}
	rest := strictyaml.OneOf(o.Get("rest"), kinds...)
	for _, p := range cat.Edition(a.Edition.Standard) {
		k := kind[p.ID]
		if k == "" {
			k = rest
		}
		if k != "" {
			a.Provisions = append(a.Provisions, Provision(cat, a.Edition.Standard, p, k))
		}
	}
	if v := o.Get("units"); !v.Absent() {
		us := v.Object()
		for _, id := range us.Names() {
			if !setUnit(a, plimsoll.UnitID(id), plimsoll.Verdict(us.Need(id).Text())) {
				ps.At(us.At, "unit %q is not in the assessment: name its provision first", id)
			}
		}
		us.Done()
	}
	o.Done()
}

// Provision makes the result of a provision, of one of the kinds pass, fail, open,
// na, declined, unstated, against, with all its units alike.
func Provision(cat *catalog.Catalog, e plimsoll.Edition, p *catalog.Provision, kind string) plimsoll.ProvisionResult {
	r := plimsoll.ProvisionResult{
		ID: p.ID, Title: p.Title, Status: p.Status[e].Code, Support: plimsoll.SupportYes, Applies: plimsoll.AppliesYes,
		Provisional: e == plimsoll.EditionV3 && p.V3Units != catalog.V3Same,
	}
	v := map[string]plimsoll.Verdict{"pass": plimsoll.Pass, "against": plimsoll.Pass, "fail": plimsoll.Fail}[kind]
	if v == "" {
		v = plimsoll.Inconclusive
	}
	for _, c := range cat.CasesUnder(e, p.ID) {
		cr := plimsoll.CaseResult{ID: c.ID, Kind: c.Kind, Verdict: v}
		for _, u := range c.Units {
			cr.Units = append(cr.Units, plimsoll.UnitResult{ID: u.ID, Title: u.Text, Decider: u.Decider, Verdict: v, Open: v == plimsoll.Inconclusive, Findings: []plimsoll.Finding{{
				By: "probe@1", Basis: plimsoll.BasisProbe, Verdict: v, Reason: "seen", Remedy: "mend " + string(u.ID),
				Digest: plimsoll.Digest("sha256:" + fmt.Sprintf("%064x", []byte(u.ID))[:64]), Evidence: []plimsoll.Digest{Evidence},
			}}})
		}
		r.Cases = append(r.Cases, cr)
	}
	r.Verdict = v
	switch kind {
	case "na":
		r.Support, r.Applies, r.Verdict, r.Why = plimsoll.SupportNA, plimsoll.AppliesNo, "", "claimed not applicable: reason"
	case "declined":
		r.Support, r.Declined, r.Verdict, r.Why = plimsoll.SupportNo, true, "", "declined: reason"
	case "unstated":
		r.Support = ""
	case "against":
		r.Against = []plimsoll.Against{{Unit: "u", Subject: "s", By: "probe@1", Reason: "seen against", Remedy: "mend it", Evidence: []plimsoll.Digest{Evidence}}}
	}
	return r
}

// setUnit changes the verdict of one unit, and of its case and provision with it.
func setUnit(a *plimsoll.Assessment, id plimsoll.UnitID, v plimsoll.Verdict) bool {
	found := false
	for i := range a.Provisions {
		p := &a.Provisions[i]
		var all []plimsoll.Verdict
		here := false
		for j := range p.Cases {
			var vs []plimsoll.Verdict
			for k := range p.Cases[j].Units {
				u := &p.Cases[j].Units[k]
				if u.ID == id {
					u.Verdict, u.Open, here = v, v == plimsoll.Inconclusive, true
					for n := range u.Findings {
						u.Findings[n].Verdict = v
					}
				}
				vs = append(vs, u.Verdict)
			}
			p.Cases[j].Verdict = plimsoll.All(vs...)
			all = append(all, vs...)
		}
		if here && slices.Contains([]plimsoll.Support{plimsoll.SupportYes, ""}, p.Support) {
			p.Verdict, found = plimsoll.All(all...), true
		}
	}
	return found
}
