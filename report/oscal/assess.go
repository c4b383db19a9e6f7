package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// errNotAssessed is for an assessment that has no provision to write about.
var errNotAssessed = errors.New("the assessment has no provision")

// about is what the three documents about an assessment share: who took part and
// what was looked at.
type about struct {
	v     *view.View
	cat   *catalog.Catalog
	at    string
	key   string // names the product in identifiers
	lines []view.Line

	product model.Component
	parties []model.Party
	roles   []model.Role
	respons []model.Responsible
	persons map[string]string // key id → party

	tools     []model.Component
	toolIDs   map[string]string
	items     []model.Item
	itemIDs   map[string]string
	evidence  []model.Resource
	resources map[plimsoll.Digest]string
}

func newAbout(a *plimsoll.Assessment, cat *catalog.Catalog) (*about, error) {
	at, err := instant(a.At)
	if err != nil {
		return nil, err
	}
	if len(a.Provisions) == 0 {
		return nil, errNotAssessed
	}
	v := view.New(a, cat, "")
	b := &about{
		v: v, cat: cat, at: at, key: strings.Join([]string{v.Product.Manufacturer, v.Product.Name, v.Product.Model}, "\x00"), lines: v.Lines(),
		persons: map[string]string{}, toolIDs: map[string]string{}, itemIDs: map[string]string{}, resources: map[plimsoll.Digest]string{},
	}
	b.product = model.Component{
		UUID: newID("product", b.key), Type: "system", Title: model.Markup(b.productName()),
		Description: model.Markup(view.Joined(" ", "Consumer IoT product, category", cmp.Or(v.Product.Category, "not stated"))),
		Props: props(
			"manufacturer", v.Product.Manufacturer, "model", v.Product.Model, "hardware", v.Product.Hardware,
			"firmware-version", v.Product.Firmware, "category", v.Product.Category, "support-until", v.Product.SupportUntil,
			"declaration-digest", string(v.Product.Digest),
		),
		Status: model.State{State: "operational"},
	}
	b.people()
	return b, nil
}

func (b *about) productName() string {
	return cmp.Or(view.Joined(" ", b.v.Product.Manufacturer, b.v.Product.Name, b.v.Product.Model), "product without a name")
}

// people files the manufacturer, the assessor and the persons who answered.
func (b *about) people() {
	v := b.v
	take := func(kind, name, roleID, roleTitle, key string, ps []model.Property) string {
		id := newID("party", roleID, name, key)
		b.parties = append(b.parties, model.Party{UUID: id, Type: kind, Name: model.Line(name), Props: ps})
		for i := range b.respons {
			if b.respons[i].RoleID == roleID {
				b.respons[i].Parties = append(b.respons[i].Parties, id)
				return id
			}
		}
		b.roles = append(b.roles, model.Role{ID: roleID, Title: roleTitle})
		b.respons = append(b.respons, model.Responsible{RoleID: roleID, Parties: []string{id}})
		return id
	}
	if v.Product.Manufacturer != "" {
		take("organization", v.Product.Manufacturer, "manufacturer", "Manufacturer", "", nil)
	}
	ps := props("role", string(v.Assessor.Role), "standing", v.Role().Name)
	switch {
	case v.Assessor.Name != "":
		take("person", v.Assessor.Name, "assessor", "Assessor", v.Assessor.Organisation, append(ps, props("organisation", v.Assessor.Organisation)...))
	case v.Assessor.Organisation != "":
		take("organization", v.Assessor.Organisation, "assessor", "Assessor", "", ps)
	}
	for _, p := range v.Persons {
		b.persons[p.KeyID] = take("person", p.Name, "attestor", "Person who decided test units", p.KeyID,
			props("key-id", p.KeyID, "role", p.Role, "date", p.Date))
	}
}

// heading makes the metadata of a document about the assessment.
func (b *about) heading(title string) model.Metadata {
	v := b.v
	return model.Metadata{
		Title: model.Markup(title + ": " + b.productName()), LastModified: b.at, OSCALVersion: oscalVersion,
		Version: model.Line(cmp.Or(v.Product.Firmware, "not stated")),
		Props:   props("tool", view.Joined(" ", v.Tool.Name, v.Tool.Version), "standard", v.Standard(), "method", v.Method()),
		Roles:   b.roles, Parties: b.parties, Responsible: b.respons,
	}
}

// actor is who made a finding: a person, or a tool that is filed when it is first
// named.
func (b *about) actor(by string) model.Actor {
	if key, ok := strings.CutPrefix(by, "person:"); ok {
		id, known := b.persons[key]
		if !known {
			id = newID("party", "attestor", "", key)
			b.persons[key] = id
			b.parties = append(b.parties, model.Party{UUID: id, Type: "person", Name: model.Line("person " + key), Props: props("key-id", key)})
		}
		return model.Actor{Type: "party", UUID: id}
	}
	by = cmp.Or(by, "plimsoll")
	id, known := b.toolIDs[by]
	if !known {
		id = newID("tool", by)
		b.toolIDs[by] = id
		b.tools = append(b.tools, model.Component{
			UUID: id, Type: "software", Title: model.Markup(by), Description: model.Markup("Probe or rule " + by), Status: model.State{State: "operational"},
		})
	}
	return model.Actor{Type: "tool", UUID: id}
}

// subject refers to what a finding is about: the product, or a declared row or
// discovered thing, which is filed when it is first named.
func (b *about) subject(id string) model.SubjectRef {
	if id == "" || id == "product" {
		return model.SubjectRef{UUID: b.product.UUID, Type: "component", Title: b.product.Title}
	}
	u, known := b.itemIDs[id]
	if !known {
		u = newID("subject", b.key, id)
		b.itemIDs[id] = u
		kind := "declared"
		if strings.HasPrefix(id, plimsoll.SeenPrefix) {
			kind = "discovered"
		}
		b.items = append(b.items, model.Item{UUID: u, Description: model.Markup(id), Props: props("subject", id, "known", kind)})
	}
	return model.SubjectRef{UUID: u, Type: "inventory-item", Title: model.Markup(id)}
}

// relevant refers to evidence by its digest.
func (b *about) relevant(ds []plimsoll.Digest) []model.Relevant {
	var out []model.Relevant
	for _, d := range ds {
		out = append(out, model.Relevant{Href: "#" + b.blob(d), Description: model.Markup(string(d))})
	}
	return out
}

// blob files a piece of evidence under its place in the product folder. Evidence may
// be withheld; its digest stands all the same.
func (b *about) blob(d plimsoll.Digest) string {
	id, known := b.resources[d]
	if known {
		return id
	}
	id = newID("evidence", string(d))
	b.resources[d] = id
	r := model.Resource{UUID: id, Title: model.Markup("Evidence " + string(d)), Props: props("digest", string(d))}
	if h, ok := strings.CutPrefix(string(d), "sha256:"); ok && len(h) == 64 && strings.Trim(h, "0123456789abcdef") == "" {
		r.Rlinks = []model.Rlink{{Href: "evidence/blobs/sha256/" + h[:2] + "/" + h, Hashes: []model.Hash{{Algorithm: "SHA-256", Value: h}}}}
	}
	b.evidence = append(b.evidence, r)
	return id
}

// assets are the tools that took part.
func (b *about) assets() model.Assets {
	p := model.Platform{
		UUID: newID("platform", b.v.Tool.Name, b.v.Tool.Version), Title: model.Markup(cmp.Or(view.Joined(" ", b.v.Tool.Name, b.v.Tool.Version), "plimsoll")),
	}
	for _, t := range b.tools {
		p.Uses = append(p.Uses, model.UsesComponent{UUID: t.UUID})
	}
	return model.Assets{Components: b.tools, Platforms: []model.Platform{p}}
}

// judged reports whether the units of a provision count.
func judged(p *plimsoll.ProvisionResult) bool { return p.Support != plimsoll.SupportNA && !p.Declined }

// reviewed names the provisions that are judged, and tells why others are not.
func (b *about) reviewed() model.Reviewed {
	var r model.Reviewed
	var sel model.ControlSelection
	var objectives []model.ObjectiveByID
	var left []string
	for i := range b.v.Provisions {
		p := &b.v.Provisions[i]
		if !judged(p) {
			left = append(left, model.Markup(fmt.Sprintf("%s is %s: %s", p.ID, view.ProvisionState(*p).Word, p.Why)))
			continue
		}
		sel.Include = append(sel.Include, model.ControlByID{ID: provisionID(p.ID)})
		for _, c := range p.Cases {
			for _, u := range c.Units {
				objectives = append(objectives, model.ObjectiveByID{ID: objectiveID(string(u.ID))})
			}
		}
	}
	if len(sel.Include) == 0 { // the format wants a selection: all, and none of them
		sel.All = &struct{}{}
		for _, p := range b.v.Provisions {
			sel.Exclude = append(sel.Exclude, model.ControlByID{ID: provisionID(p.ID)})
		}
	}
	r.Description = model.Markup(fmt.Sprintf("The provisions of %s that the supplier does not claim to be not applicable and does not decline; method %s.",
		b.v.Standard(), b.v.Method()))
	r.Controls = []model.ControlSelection{sel}
	if len(objectives) > 0 {
		r.Objectives = []model.ObjectiveSelection{{Include: objectives}}
	}
	r.Remarks = paragraphs(left...)
	return r
}

// Component writes what the supplier claims of the product (the ICS) as a component
// definition. A claim is a claim: what came of it stands in the assessment results.
func Component(a *plimsoll.Assessment, cat *catalog.Catalog) ([]byte, error) {
	b, err := newAbout(a, cat)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL component definition: %w", err)
	}
	d := &model.ComponentDoc{Metadata: b.heading("Claims of the supplier")}
	c := model.DefinedComponent{
		UUID: b.product.UUID, Type: "hardware", Title: b.product.Title, Description: b.product.Description, Props: b.product.Props,
	}
	var reqs []model.Implemented
	for _, p := range b.v.Provisions {
		if p.Support == "" {
			continue
		}
		reqs = append(reqs, model.Implemented{
			UUID: newID("claim", b.key, string(p.ID)), ControlID: provisionID(p.ID),
			Description: model.Markup(fmt.Sprintf("The supplier claims: %s. %s", p.Support, p.Why)),
			Props:       props("claim", string(p.Support), "applies", string(p.Applies), "status", p.Status, "declined", yes(p.Declined)),
		})
	}
	if len(reqs) > 0 {
		c.Implementations = []model.Implementation{{
			UUID: newID("claims", b.key, string(b.v.Edition.Standard)), Source: StandardFile(b.v.Edition.Standard),
			Description: model.Markup("What the implementation conformance statement (ICS) claims; nothing here has been judged."), Requirements: reqs,
		}}
	}
	d.Components = []model.DefinedComponent{c}
	return finish("component-definition", &d.UUID, d)
}

// Plan writes what is tested as an assessment plan: a test case is an activity, a
// test unit a step.
func Plan(a *plimsoll.Assessment, cat *catalog.Catalog) ([]byte, error) {
	b, err := newAbout(a, cat)
	if err != nil {
		return nil, fmt.Errorf("writing OSCAL assessment plan: %w", err)
	}
	d := &model.PlanDoc{
		Metadata: b.heading("Assessment plan"),
		SSP:      model.Reference{Href: ComponentFile, Remarks: "A consumer product has no system security plan; the claims of its supplier stand in its place."},
		Reviewed: b.reviewed(), Local: &model.PlanDefinitions{Components: []model.Component{b.product}},
	}
	d.Subjects = []model.PlanSubject{{Type: "component", Include: []model.SubjectSelect{{UUID: b.product.UUID, Type: "component"}}}}
	t := model.Task{UUID: newID("task", b.key), Type: "action", Title: model.Markup("Judge the claimed provisions by " + b.v.Method())}
	for i := range b.v.Provisions {
		p := &b.v.Provisions[i]
		if !judged(p) {
			continue
		}
		for _, c := range p.Cases {
			act := b.activity(p, c)
			d.Local.Activities = append(d.Local.Activities, act)
			t.Activities = append(t.Activities, model.Associated{Activity: act.UUID, Subjects: d.Subjects})
		}
	}
	d.Tasks = []model.Task{t}
	d.Assets = b.assets()
	return finish("assessment-plan", &d.UUID, d)
}

func (b *about) activity(p *plimsoll.ProvisionResult, c plimsoll.CaseResult) model.Activity {
	act := model.Activity{
		UUID: newID("activity", string(c.ID)), Title: model.Markup("Test case " + string(c.ID)), Description: model.Markup(p.Title),
		Props:   append([]model.Property{{Name: "method", Value: methodOfCase(c.Kind)}}, props("kind", string(c.Kind))...),
		Related: &model.Reviewed{Controls: []model.ControlSelection{{Include: []model.ControlByID{{ID: provisionID(p.ID)}}}}},
	}
	if cc, ok := b.cat.Case(c.ID); ok {
		act.Description = model.Markup(cc.Purpose)
	}
	for _, u := range c.Units {
		s := model.Step{
			UUID: newID("step", string(u.ID)), Title: model.Markup(string(u.ID)), Description: model.Markup(u.Title),
			Props: props("decider", string(u.Decider), "filter", u.Filter, "cover", strings.Join(u.Cover, " ")),
		}
		if cu, ok := b.cat.Unit(u.ID); ok {
			s.Remarks = model.Markup(cu.Question)
		}
		act.Steps = append(act.Steps, s)
	}
	return act
}

func methodOfCase(k plimsoll.CaseKind) string {
	if k == plimsoll.Conceptual {
		return "EXAMINE"
	}
	return "TEST"
}
