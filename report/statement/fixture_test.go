package statement

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

var (
	day         = time.Date(2026, 12, 1, 15, 4, 5, 0, time.UTC)
	loadCatalog = sync.OnceValues(catalog.Load)
)

const (
	ack     = "We acknowledge every report within 3 working days."
	updates = "We send you a status update every 14 days until the matter is resolved."
)

// camera is a whole declaration: every form is filled from it and from given.
const camera = `schema: plimsoll.product/1
product:
  manufacturer: {name: Harbour Lights Ltd, address: "1 Quay Street, Bristol BS1 4XX, United Kingdom", email: hello@harbour.example, telephone: "+44 117 496 0000"}
  name: Harbour Cam 2
  model: HC-2
  trade_names: [HarbourCam]
  hardware: rev C
  runtime: Linux 5.10
  firmware_version: 2.4.1
  factory_firmware: 2.4.0
  services: [{name: Harbour Cloud, release: 2026-05}]
  contact: {name: Ann Example, email: ann@harbour.example}
  category: ip-camera
  support: {from: 2026-01-15, until: 2031-01-15, url: "https://harbour.example/support"}
  place_on_market: 2026-12-01
standard: en303645-2.1.1
assessor: {role: first-party, name: Ann Example, organisation: Harbour Lights Ltd}
targets:
  web: {disclosure_policy: "https://harbour.example/security", security_txt: "https://harbour.example/.well-known/security.txt", support: "https://harbour.example/support", privacy: "https://harbour.example/privacy"}
ixit:
  UserInfo:
    documentation_of_change_mechanisms: {text: "User guide, page 4", url: "https://harbour.example/guide"}
    documentation_of_secure_setup: {where: "quick guide, page 2", url: "https://harbour.example/setup"}
    documentation_of_personal_data: {text: "Video is kept for 7 days in Harbour Cloud."}
    documentation_of_deletion: {text: "Hold the button for 10 seconds until the light turns red."}
    model_designation: {text: on the label below the camera, value: HC-2}
    support_period: {text: "Security updates until 15 January 2031.", until: 2031-01-15}
    publication_of_support_period: {text: on our page, url: "https://harbour.example/support"}
    publication_of_vulnerability_disclosure_policy:
      text: on our page
      url: https://harbour.example/security
      contact: security@harbour.example
      acknowledgement: "` + ack + `"
      updates: "` + updates + `"
  UpdMech:
  - {id: UpdMech-1, description: Signed image over TLS, automatic: yes, initiation_and_interaction: "The camera looks for updates every night and installs them by itself.", configuration: "Settings, Updates, Automatic: off"}
  DelFunc:
  - {id: DelFunc-1, description: Factory reset, target: [device]}
  SecParam:
  - {id: SecParam-1, description: device key, type: critical}
  PersData:
  - {id: PersData-1, description: video}
  Intf:
  - {id: Intf-1, description: Wi-Fi, type: network, status: on}
`

func parse(t testing.TB, src string) *product.Product {
	t.Helper()
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	p, problems := product.Parse("product.yaml", []byte(src), cat, product.Options{})
	if errs := problems.Errors(); len(errs) > 0 {
		t.Fatalf("the declaration of the test is wrong:\n%s", errs)
	}
	return p
}

// swap replaces a part of the declaration that must be there.
func swap(t testing.TB, src, old, by string) string {
	t.Helper()
	if !strings.Contains(src, old) {
		t.Fatalf("the declaration does not hold %q", old)
	}
	return strings.Replace(src, old, by, 1)
}

// passing is an assessment in which all provisions pass.
func passing(t testing.TB, p *product.Product) *plimsoll.Assessment {
	t.Helper()
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, Tool: plimsoll.Tool{Name: "plimsoll", Version: "0.1.0"}, At: day.AddDate(0, 0, -2),
		Product: p.Identity(), Assessor: p.Assessor, Edition: plimsoll.EditionInfo{Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701},
		Bundle: "sha256:0123", Verdict: plimsoll.Pass, ICS: plimsoll.ICSResult{Verdict: plimsoll.Pass},
		Runs: []plimsoll.Run{{ID: "r1", Start: day, End: day.Add(time.Minute), Complete: true, Firmware: "2.4.1"}},
	}
	for _, x := range cat.Edition(plimsoll.EditionV2) {
		a.Provisions = append(a.Provisions, plimsoll.ProvisionResult{
			ID: x.ID, Title: x.Title, Support: plimsoll.SupportYes, Applies: plimsoll.AppliesYes, Verdict: plimsoll.Pass,
		})
	}
	return a
}

// requirementIDs are what the answer of the test holds, for each regime.
var requirementIDs = map[plimsoll.RegimeID][]string{
	"uk-psti": {"sch1.1.2", "sch1.2.2a", "sch1.3.2", "s9", "r8"},
	"sg-cls":  {"EN-5.1-1", "CK-LP-01", "CK-LP-08"},
}

// satisfied is an answer in which every requirement holds.
func satisfied(id plimsoll.RegimeID) (*regime.Regime, *answer.Answer) {
	r := &regime.Regime{ID: id, Title: string(id), Instrument: regime.Law, Levels: []*regime.Level{
		{ID: "1"}, {ID: "2", Includes: "1"}, {ID: "3", Includes: "2"}, {ID: "STAR-1"},
	}}
	a := &answer.Answer{Schema: answer.Schema, Regime: id, Title: r.Title, Day: day.Format(time.DateOnly), State: regime.InForce, Status: answer.Satisfied}
	a.Scope.In = "yes"
	ids := requirementIDs[id]
	if ids == nil {
		ids = []string{"R1", "R2"}
	}
	for _, q := range ids {
		a.Requirements = append(a.Requirements, answer.RequirementAnswer{
			ID: q, Title: "Requirement " + q, Cite: "c", Obligation: regime.Mandatory, Status: answer.Supported, Why: "the rule holds",
			Trace: &answer.Trace{Atom: "all", Truth: "true", Parts: []*answer.Trace{
				{Atom: "unit 5.1-1-1/a of en303645-2.1.1", Truth: "true", Units: []plimsoll.UnitID{"5.1-1-1/a"}, Evidence: []plimsoll.Digest{"sha256:aa"}},
				{Atom: "ask " + string(id) + "." + q, Truth: "true"},
			}},
		})
	}
	return r, a
}

// whole gives every value that a form can take.
func whole(t testing.TB, info Info) Input {
	t.Helper()
	p := parse(t, camera)
	in := Input{Product: p, Assessment: passing(t, p), Document: info.ID, Day: day, Given: map[string]string{}}
	if info.Regimes[0] != anyRegime {
		in.Regime, in.Answer = satisfied(info.Regimes[0])
	}
	for _, name := range info.Given {
		in.Given[name] = "given " + strings.ReplaceAll(name, "_", " ")
	}
	for name, v := range map[string]string{
		"route": "schedule-2", "level": "2", "declaration_url": "https://harbour.example/doc", "expires": "2027-10-01T00:00:00Z",
		"encryption": "https://harbour.example/key.asc", "acknowledgments": "https://harbour.example/thanks", "preferred_languages": "en, de",
	} {
		if _, ok := in.Given[name]; ok {
			in.Given[name] = v
		}
	}
	return in
}

func infos(t testing.TB) []Info {
	t.Helper()
	all, err := List("")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 18 {
		t.Fatalf("got %d documents", len(all))
	}
	return all
}

func made(t testing.TB, in Input) *Document {
	t.Helper()
	d, err := Make(in)
	if err != nil {
		t.Fatalf("%s: %v", in.Document, err)
	}
	return d
}

func html(t testing.TB, d *Document) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
