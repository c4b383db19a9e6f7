package report

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// hostile are texts that a device, a page or a declaration could send.
var hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	"\x1b[2J\x1b[31mPASS\x1b[0m",
	"abc\u202Egnp.exe\u2066",
	"javascript:alert(1)",
	`' onmouseover='alert(1)`,
	"</style><style>*{display:none}</style>",
	"line\nbreak\r\x00\x07\u0085\u2028end",
	"\xff\xfe broken",
	"\U000E0041\U000E0042tags",
	"{{.Verdict}} ${7*7} %s%n",
	"a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308 pile",
}

func loaded(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func digest(s string) plimsoll.Digest {
	return plimsoll.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(s))))
}

// maker builds an assessment of all provisions of V2.1.1 from the catalog.
type maker struct {
	cat *catalog.Catalog
	a   *plimsoll.Assessment
}

var at = time.Date(2026, 5, 20, 10, 30, 0, 0, time.UTC)

// camera is a realistic assessment: every state, evidence against, persons,
// waivers, a contradicted declaration.
func camera(cat *catalog.Catalog) *plimsoll.Assessment {
	m := &maker{cat: cat, a: &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, Tool: plimsoll.Tool{Name: "plimsoll", Version: "0.1.0"}, At: at,
		Product: plimsoll.ProductIdentity{
			Manufacturer: "Harbour Lights Ltd", Name: "Harbour Cam 2", Model: "HC-2", TradeNames: []string{"HarbourCam"},
			Hardware: "rev C", Firmware: "2.4.1", Category: "ip-camera", SupportUntil: "2031-01-15", Digest: digest("product"),
		},
		Assessor: plimsoll.Assessor{Role: plimsoll.RoleFirstParty, Name: "Ann Example", Organisation: "Harbour Lights Ltd"},
		Edition:  plimsoll.EditionInfo{Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701},
		Bundle:   digest("bundle"), Verdict: plimsoll.Fail,
		ICS: plimsoll.ICSResult{Verdict: plimsoll.Fail},
	}}
	for i, p := range cat.Edition(plimsoll.EditionV2) {
		m.provision(i, p)
	}
	m.known()
	m.rest()
	return m.a
}

// provision gives each provision a claim and each unit a state, in turn.
func (m *maker) provision(i int, p *catalog.Provision) {
	r := plimsoll.ProvisionResult{
		ID: p.ID, Title: p.Title, Status: p.Status[plimsoll.EditionV2].Code, Support: plimsoll.SupportYes,
		Applies: plimsoll.AppliesYes, Why: "unconditional", Against: []plimsoll.Against{},
	}
	switch {
	case i%11 == 10:
		r.Support, r.Applies, r.Why = plimsoll.SupportNA, plimsoll.AppliesNo, "claimed not applicable: the device has no such function"
	case i%13 == 12 && !p.Status[plimsoll.EditionV2].Mandatory:
		r.Support, r.Declined, r.Why = plimsoll.SupportNo, true, "declined: planned for the next hardware revision"
	case i%17 == 16:
		r.Support = ""
		m.a.ICS.Problems = append(m.a.ICS.Problems, plimsoll.ICSProblem{
			Provision: p.ID, Verdict: plimsoll.Inconclusive, Reason: "the ICS does not state it",
			Remedy: fmt.Sprintf("write ics.%s: {support: yes|no|n/a, reason: …}", p.ID),
		})
	}
	var cases []plimsoll.Verdict
	for _, c := range m.cat.CasesUnder(plimsoll.EditionV2, p.ID) {
		cr := plimsoll.CaseResult{ID: c.ID, Kind: c.Kind}
		var units []plimsoll.Verdict
		for j, u := range c.Units {
			ur := m.unit(i, j, u)
			m.count(r, ur)
			cr.Units = append(cr.Units, ur)
			units = append(units, ur.Verdict)
		}
		cr.Verdict = plimsoll.All(units...)
		cases = append(cases, cr.Verdict)
		r.Cases = append(r.Cases, cr)
	}
	if r.Support != plimsoll.SupportNA && !r.Declined {
		r.Verdict = plimsoll.All(cases...)
	}
	m.a.Provisions = append(m.a.Provisions, r)
}

// unit makes one in three provisions pass and leaves the others to persons.
func (m *maker) unit(i, j int, u *catalog.Unit) plimsoll.UnitResult {
	subject := "product"
	if u.Where.Table != "" {
		subject = string(u.Where.Table) + "-1"
	}
	r := plimsoll.UnitResult{ID: u.ID, Title: u.Text, Decider: u.Decider, Verdict: plimsoll.Pass, Cover: u.Cover, Filter: u.Where.Text}
	f := plimsoll.Finding{
		By: "rule-passwords@1", Basis: plimsoll.BasisRule, Subject: subject, Verdict: plimsoll.Pass,
		Reason: "the declared row answers it: " + subject, Digest: digest(string(u.ID)),
	}
	s := plimsoll.SubjectResult{ID: subject, Verdict: plimsoll.Pass, Reason: f.Reason}
	person := u.Decider == plimsoll.DeciderAssessor || u.Decider == plimsoll.DeciderOperator
	switch {
	case u.Apply != nil:
		r.Applied = u.Apply.Case
		if i%3 != 0 {
			r.Verdict, s.Verdict, s.Reason = plimsoll.Inconclusive, plimsoll.Inconclusive, "a person has yet to decide"
		}
	case u.Decider == plimsoll.DeciderStep && i%3 == 0:
		r.Step = "done"
	case person && i%3 == 0:
		f.By, f.Basis, f.Reason = "person:ab12", plimsoll.BasisPerson, "read the design document, section 4"
	case person:
		r.Verdict, r.Open, s.Verdict = plimsoll.Inconclusive, true, plimsoll.Inconclusive
		s.Reason = "a person has yet to decide"
		f.Proposal, f.Reason = true, "nothing in the declared row speaks against it"
	case i%7 == 4:
		r.Verdict, s.Verdict, f.Verdict = plimsoll.Inconclusive, plimsoll.Inconclusive, plimsoll.Inconclusive
		f.Reason, f.Remedy = "the row does not say how many guesses are allowed", "declare "+subject+".rate_limit"
		s.Reason, s.Missing, r.Missing = f.Reason, u.Cover, u.Cover
	}
	r.Subjects = []plimsoll.SubjectResult{s}
	if u.Apply == nil && !(r.Open && (i+j)%2 == 0) {
		r.Findings = []plimsoll.Finding{f}
	}
	return r
}

func (m *maker) count(p plimsoll.ProvisionResult, u plimsoll.UnitResult) {
	c := &m.a.Coverage
	c.Units++
	if p.Support != plimsoll.SupportYes {
		return
	}
	c.Applicable++
	switch {
	case u.Verdict == plimsoll.Inconclusive && view.Proposed(u) != "":
		c.Proposed++
	case u.Verdict == plimsoll.Inconclusive:
		c.Open++
	case u.Decider == plimsoll.DeciderApply:
		c.Applied++
	case u.Decider == plimsoll.DeciderSoftware:
		c.Software++
	default:
		c.Person++
	}
}

// fail makes a unit fail with findings, and its case and provision with it.
func (m *maker) fail(id plimsoll.UnitID, fs ...plimsoll.Finding) {
	m.each(func(p *plimsoll.ProvisionResult, c *plimsoll.CaseResult, u *plimsoll.UnitResult) {
		if u.ID != id {
			return
		}
		u.Verdict, u.Open, u.Subjects, u.Findings = plimsoll.Fail, false, nil, nil
		for _, f := range fs {
			f.Verdict, f.Basis, f.Digest = plimsoll.Fail, plimsoll.BasisProbe, digest(f.Reason)
			f.State, f.Sample = plimsoll.StateInitialized, "A1"
			f.Evidence = []plimsoll.Digest{digest("e1" + f.Reason), digest("e2" + f.Reason)}
			f.Unconfirmed = u.Decider == plimsoll.DeciderAssessor
			f.Coverage = plimsoll.Coverage{Looked: []string{"tcp", "ipv6"}, Missing: []string{"udp"}}
			u.Findings = append(u.Findings, f)
			u.Subjects = append(u.Subjects, plimsoll.SubjectResult{ID: f.Subject, Verdict: plimsoll.Fail, Reason: f.Reason, Unconfirmed: f.Unconfirmed})
		}
		c.Verdict = plimsoll.Fail
		p.Support, p.Declined, p.Verdict = plimsoll.SupportYes, false, plimsoll.Fail
	})
}

func (m *maker) each(do func(*plimsoll.ProvisionResult, *plimsoll.CaseResult, *plimsoll.UnitResult)) {
	for i := range m.a.Provisions {
		p := &m.a.Provisions[i]
		for j := range p.Cases {
			c := &p.Cases[j]
			for k := range c.Units {
				do(p, c, &c.Units[k])
			}
		}
	}
}

// known puts in what a flawed camera shows.
func (m *maker) known() {
	m.fail("5.1-1-2/c", plimsoll.Finding{
		By: "default-passwords@1", Subject: "AuthMech-1",
		Reason: `"admin" with password "1234" opened the admin page at http://192.0.2.10:8080/login; a wrong password did not`,
		Remedy: "let the user choose a password before first use, or give each unit its own",
	}, plimsoll.Finding{
		By: "default-passwords@1", Subject: "seen:tcp/2323/telnet",
		Reason: `"root" without a password opened a shell at telnet 192.0.2.10:2323`,
		Remedy: "remove the Telnet service from the production image",
	})
	m.fail("5.6-1-2/a", plimsoll.Finding{
		By: "declared-versus-discovered@1", Subject: "seen:tcp/2323/telnet",
		Reason: "a Telnet service answers on TCP port 2323 and no row of Intf or SoftServ explains it",
		Remedy: "remove the Telnet service from the production image",
	}, plimsoll.Finding{
		By: "declared-versus-discovered@1", Subject: "seen:udp/3702/ws-discovery",
		Reason: "WS-Discovery answers on UDP port 3702 and no row of Intf or SoftServ explains it",
		Remedy: "declare the service in ixit.SoftServ, or switch it off",
	})
	m.fail("5.4-3-2/a", plimsoll.Finding{
		By: "private-keys@1", Subject: "seen:file:/etc/ssl/private/server.key",
		Reason: "an RSA private key that parses stands in the firmware image at /etc/ssl/private/server.key, the same in versions 2.4.0 and 2.4.1",
		Remedy: "make the key on each unit at first start, and withdraw this one",
	})
	m.against("5.5-1", "5.5-1-1/c", "ComMech-2", "tls-server@1", "TLS 1.0 was accepted at 192.0.2.10:8443 with TLS_RSA_WITH_3DES_EDE_CBC_SHA",
		"accept TLS 1.2 and newer only")
	m.against("5.3-16", "5.3-16-1/a", "product", "model-designation@1", "the device page names itself HC-2b; HC-2 is declared",
		"show the declared designation, or declare the shown one")
	m.a.Waivers = []plimsoll.Waiver{{
		Unit: "5.6-1-2/a", Subject: "seen:udp/3702/ws-discovery", Owner: "Ann Example", Until: "2026-12-31",
		Reason: "needed by a retailer's installer until the autumn update", Live: true,
	}}
	m.a.Coverage.Overruled = 1
	m.each(func(p *plimsoll.ProvisionResult, _ *plimsoll.CaseResult, u *plimsoll.UnitResult) {
		if u.ID == "5.2-1-2/a" {
			u.Findings = append(u.Findings, plimsoll.Finding{
				By: "disclosure-policy@1", Basis: plimsoll.BasisProbe, Subject: "product", Verdict: plimsoll.Fail, Overruled: true,
				Reason: "no time for an acknowledgement was read on https://example.com/security", Digest: digest("overruled"),
				Evidence: []plimsoll.Digest{digest("page")},
			})
		}
	})
}

func (m *maker) against(p plimsoll.ProvisionID, u plimsoll.UnitID, subject, by, reason, remedy string) {
	for i := range m.a.Provisions {
		if r := &m.a.Provisions[i]; r.ID == p {
			r.Support, r.Declined = plimsoll.SupportYes, false
			r.Against = append(r.Against, plimsoll.Against{
				Unit: u, Subject: subject, By: by, Reason: reason, Remedy: remedy, Evidence: []plimsoll.Digest{digest(reason)},
			})
			if r.Verdict == "" {
				r.Verdict = plimsoll.Inconclusive
			}
		}
	}
	table, _ := m.cat.Unit(u)
	m.a.DeclarationFindings = append(m.a.DeclarationFindings, plimsoll.DeclarationFinding{
		Table: table.Where.Table, Subject: subject, Unit: u, By: by, Reason: reason,
		Remedy: "fix the device or fix the declaration: " + remedy, Evidence: []plimsoll.Digest{digest(reason)},
	})
	m.each(func(_ *plimsoll.ProvisionResult, c *plimsoll.CaseResult, r *plimsoll.UnitResult) {
		if r.ID == u {
			r.Verdict, r.Open = plimsoll.Inconclusive, true
			r.Subjects = []plimsoll.SubjectResult{{
				ID: subject, Verdict: plimsoll.Inconclusive, Contradicted: true, Reason: "an observation contradicts the declaration: " + reason,
			}}
			r.Findings = []plimsoll.Finding{{
				By: by, Basis: plimsoll.BasisProbe, Subject: subject, Verdict: plimsoll.Fail, Proposal: true, Unconfirmed: true,
				Reason: reason, Remedy: remedy, Digest: digest(by + reason), Evidence: []plimsoll.Digest{digest(reason)},
			}}
		}
	})
}

// rest fills what follows from the provisions, and the record.
func (m *maker) rest() {
	a := m.a
	verdicts, against := map[int][]plimsoll.Verdict{}, map[int]int{}
	for _, p := range a.Provisions {
		cp, _ := m.cat.Provision(p.ID)
		switch view.ProvisionState(p) {
		case view.Pass:
			a.Counts.Pass++
		case view.Fail:
			a.Counts.Fail++
		case view.NotApplicable:
			a.Counts.NotApplicable++
		case view.Declined:
			a.Counts.Declined++
		case view.Unstated:
			a.Counts.Unstated++
		default:
			a.Counts.Inconclusive++
		}
		if p.Support == plimsoll.SupportYes {
			verdicts[cp.Guideline] = append(verdicts[cp.Guideline], p.Verdict)
			against[cp.Guideline] += len(p.Against)
		}
		m.open(p)
	}
	for n := 0; n <= 14; n++ {
		g := plimsoll.GuidelineResult{N: n, Title: map[int]string{0: "Reporting implementation", 14: "Data protection"}[n], Against: against[n]}
		if cg, ok := m.cat.Guideline(n); ok {
			g.Title = cg.Title
		}
		if vs := verdicts[n]; len(vs) > 0 {
			g.Verdict = plimsoll.All(vs...)
		}
		a.Guidelines = append(a.Guidelines, g)
	}
	a.ICS.Problems = append(a.ICS.Problems, plimsoll.ICSProblem{
		Provision: "5.4-2", Verdict: plimsoll.Fail, Remedy: "claim n/a with the reason, or correct the declaration",
		Reason: "claimed as supported, but there are signs against its condition 10: a hard-coded per-unit identity serves a security purpose",
		Facts:  []plimsoll.FactID{"identity.hard_coded"},
	})
	a.Facts = []plimsoll.Fact{
		{ID: "device.constrained", Value: false, Source: plimsoll.SourceDeclared, By: "declaration"},
		{ID: "telnet.reachable", Subject: "tcp/2323", Value: true, Source: plimsoll.SourceObserved, By: "open-ports@1", Evidence: []plimsoll.Digest{digest("ports")}},
		{ID: "tls.min_version_seen", Value: "1.0", Source: plimsoll.SourceObserved, By: "tls-server@1"},
		{ID: "support.until", Value: "2031-01-15", Source: plimsoll.SourceDeclared, By: "declaration"},
	}
	a.Persons = []plimsoll.Person{{KeyID: "ab12", Name: "Ben Assessor", Role: "assessor", Date: "2026-05-19"}}
	a.Runs = []plimsoll.Run{{
		ID: "20260520T101500Z-1", Start: at.Add(-15 * time.Minute), End: at.Add(-9 * time.Minute), Complete: true,
		Tool: a.Tool, Product: "Harbour Cam 2", Firmware: "2.4.1",
	}}
	a.Feeds = []plimsoll.Feed{{Name: "nvd", Date: "2026-05-19", Count: 251234, Digest: digest("nvd")}}
	a.Labels = []plimsoll.HeldLabel{{Scheme: "sg-cls", Level: "2", ID: "CSA/000/2026", Until: "2028-03-31", Basis: "claimed"}}
	a.Incidents = []plimsoll.Incident{{Run: a.Runs[0].ID, At: at.Add(-12 * time.Minute), Target: "192.0.2.10", During: "open-ports@1", Recovered: true, Seconds: 8.4}}
	a.Skipped = []plimsoll.Skipped{
		{Probe: "security-txt", Needs: "web", Hint: "name the public pages under targets.web in product.yaml: {security_txt: https://…}"},
		{Probe: "support-period", Needs: "web", Hint: "name the public pages under targets.web in product.yaml: {security_txt: https://…}"},
	}
}

func (m *maker) open(p plimsoll.ProvisionResult) {
	for _, c := range p.Cases {
		for _, u := range c.Units {
			cu, _ := m.cat.Unit(u.ID)
			if !u.Open || p.Support != plimsoll.SupportYes {
				continue
			}
			o := plimsoll.OpenUnit{Unit: u.ID, Subject: u.Subjects[0].ID, Question: cu.Question, Hint: cu.Hint, Seen: digest("seen" + string(u.ID))}
			if view.Proposed(u) != "" {
				o.Proposal = &plimsoll.Proposal{Verdict: view.Proposed(u), Reason: u.Findings[0].Reason, By: u.Findings[0].By}
			}
			m.a.Open = append(m.a.Open, o)
		}
	}
}

// items is the map that a command would compute for the camera.
func items() []MapItem {
	return []MapItem{
		{Label: "Wi-Fi", Medium: "wifi", Declared: true, Seen: true, Note: "Intf-1"},
		{Label: "Bluetooth LE", Medium: "ble", Declared: true, Note: "Intf-2, used in initialization"},
		{Label: "Serial console", Medium: "uart", Declared: true, Note: "Intf-3, on the board"},
		{Label: "admin page", Medium: "tcp", Port: 8080, Declared: true, Seen: true, Note: "SoftServ-1"},
		{Label: "admin page over TLS", Medium: "tcp", Port: 8443, Declared: true, Seen: true, Note: "SoftServ-2"},
		{Label: "telnet", Medium: "tcp", Port: 2323, Seen: true, Note: "BusyBox login"},
		{Label: "ws-discovery", Medium: "udp", Port: 3702, Seen: true},
		{Label: "RTSP video", Medium: "tcp", Port: 554, Declared: true, Note: "SoftServ-3"},
	}
}

// poisoned is the camera with hostile texts wherever the outside has a say.
func poisoned(cat *catalog.Catalog) *plimsoll.Assessment {
	n := 0
	ours := map[string]bool{}
	a := camera(cat)
	for _, v := range []string{
		"PASS", "FAIL", "INCONCLUSIVE", "yes", "no", "n/a", "", string(plimsoll.EditionV2), plimsoll.MethodTS103701,
		"software", "operator", "assessor", "step", "apply", "done", "rule", "probe", "person", "initialized", "declared", "observed",
		"first-party", plimsoll.AssessmentSchema, "conceptual", "functional", "conceptual/functional",
	} {
		ours[v] = true
	}
	for _, id := range cat.IDs() {
		ours[id] = true
	}
	for _, p := range a.Provisions {
		ours[p.Title] = true
	}
	return view.Remade(a, func(s string) string {
		if ours[s] || len(s) == 71 {
			return s
		}
		n++
		return s + " " + hostile[n%len(hostile)]
	})
}
