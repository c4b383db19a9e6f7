package catalog

import (
	"net/url"
	"regexp"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// Risk is something bad that happens to people through connected products, and
// the provisions that hold it off. It has no weight: how likely and how bad it is
// depends on the product and on those who live with it.
type Risk struct {
	ID          string
	Title       string
	What        string // what happens
	Who         string // who is harmed, and how
	Beyond      string // what no provision holds off
	Sources     []RiskSource
	Mitigations []Mitigation // in clause order
}

// RiskSource is a public account of the risk having come true.
type RiskSource struct {
	What string
	URL  string
}

// Mitigation says how a provision makes a risk smaller. The provision is one of
// V3.1.3; Provision.Replaces leads to that of V2.1.1.
type Mitigation struct {
	Provision plimsoll.ProvisionID
	How       string
}

var riskForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// risks reads risks.yaml.
func (l *loader) risks(o *strictyaml.Object) {
	for _, v := range o.Need("risks").List() {
		e := v.Object()
		r := &Risk{
			ID:     e.Need("id").Text(),
			Title:  e.Need("title").Text(),
			What:   e.Need("what").Text(),
			Who:    e.Need("who").Text(),
			Beyond: e.Need("beyond").Text(),
		}
		if !riskForm.MatchString(r.ID) {
			l.At(e.At, "risk id %q is malformed", r.ID)
		}
		if slices.ContainsFunc(l.c.Risks, func(other *Risk) bool { return other.ID == r.ID }) {
			l.At(e.At, "risk %q stands twice", r.ID)
		}
		for _, s := range e.Need("sources").List() {
			r.Sources = append(r.Sources, l.riskSource(s.Object()))
		}
		for _, m := range e.Need("mitigations").List() {
			l.mitigation(r, m.Object())
		}
		if len(r.Sources) == 0 || len(r.Mitigations) == 0 {
			l.At(e.At, "risk %q needs a source and a mitigation", r.ID)
		}
		e.Done()
		l.c.Risks = append(l.c.Risks, r)
	}
}

func (l *loader) riskSource(o *strictyaml.Object) RiskSource {
	s := RiskSource{What: o.Need("what").Text(), URL: o.Need("url").Text()}
	if u, err := url.Parse(s.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		l.At(o.At, "source %q is not the address of a page", s.URL)
	}
	o.Done()
	return s
}

func (l *loader) mitigation(r *Risk, o *strictyaml.Object) {
	m := Mitigation{Provision: plimsoll.ProvisionID(o.Need("provision").Text()), How: o.Need("how").Text()}
	o.Done()
	at := slices.IndexFunc(l.c.Edition(plimsoll.EditionV3), func(p *Provision) bool { return p.ID == m.Provision })
	if at < 0 {
		l.At(o.At, "provision %q is not in V3.1.3", m.Provision)
	}
	if n := len(r.Mitigations); n > 0 {
		last := r.Mitigations[n-1].Provision
		before := slices.IndexFunc(l.c.Edition(plimsoll.EditionV3), func(p *Provision) bool { return p.ID == last })
		if at >= 0 && at <= before {
			l.At(o.At, "provision %q does not stand after %q, in clause order", m.Provision, last)
		}
	}
	r.Mitigations = append(r.Mitigations, m)
}
