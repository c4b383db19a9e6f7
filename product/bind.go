package product

import (
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// bind makes the product from what the form accepted.
func bind(n *form.Node, cat *catalog.Catalog, opts Options) *Product {
	p := &Product{
		Schema:   n.Str("schema"),
		Info:     infoOf(n.Get("product")),
		Standard: plimsoll.Edition(n.Str("standard")),
		Assessor: plimsoll.Assessor{
			Role:         plimsoll.Role(n.Str("assessor", "role")),
			Name:         n.Str("assessor", "name"),
			Organisation: n.Str("assessor", "organisation"),
		},
		Targets: targetsOf(n.Get("targets"), opts),
		ICS:     map[plimsoll.ProvisionID]Claim{},
		IXIT:    map[plimsoll.TableID]*Table{},
		keys:    map[string]Value{},
	}
	if b := n.Get("product"); b != nil {
		collect(p.keys, "", b)
	}
	for _, e := range n.Get("ics").Map() {
		p.ICS[plimsoll.ProvisionID(e.Key)] = claimOf(e)
	}
	for _, e := range n.Get("ixit").Map() {
		if def, ok := cat.Table(plimsoll.TableID(e.Key)); ok {
			p.IXIT[def.ID] = &Table{Def: def, Rows: rowsOf(def, e.Value)}
		}
	}
	for _, l := range n.Get("labels").List() {
		p.Labels = append(p.Labels, plimsoll.HeldLabel{Scheme: l.Str("scheme"), Level: l.Str("level"), ID: l.Str("id"), Until: l.Str("until"), Basis: l.Str("basis")})
	}
	for _, w := range n.Get("waivers").List() {
		p.Waivers = append(p.Waivers, plimsoll.Waiver{Unit: plimsoll.UnitID(w.Str("unit")), Subject: w.Str("subject"), Owner: w.Str("owner"), Until: w.Str("until"), Reason: w.Str("reason")})
	}
	p.Policy.FeedMaxAge, _ = form.ParseDuration(n.Str("policy", "feed_max_age"))
	for _, u := range n.Strs("policy", "countersign") {
		p.Policy.Countersign = append(p.Policy.Countersign, plimsoll.UnitID(u))
	}
	return p
}

func contactOf(n *form.Node) Contact {
	return Contact{Name: n.Str("name"), Address: n.Str("address"), Email: n.Str("email"), Telephone: n.Str("telephone")}
}

func infoOf(n *form.Node) Info {
	i := Info{
		Manufacturer:    contactOf(n.Get("manufacturer")),
		Name:            n.Str("name"),
		Model:           n.Str("model"),
		TradeNames:      n.Strs("trade_names"),
		Hardware:        n.Str("hardware"),
		Runtime:         n.Str("runtime"),
		FirmwareVersion: n.Str("firmware_version"),
		FactoryFirmware: n.Str("factory_firmware"),
		Contact:         contactOf(n.Get("contact")),
		Category:        n.Str("category"),
		Support:         Support{From: n.Str("support", "from"), Until: n.Str("support", "until"), URL: n.Str("support", "url")},
		PlaceOnMarket:   n.Str("place_on_market"),
		Date:            n.Str("date"),
	}
	for _, s := range n.Get("services").List() {
		i.Services = append(i.Services, Service{Name: shortStr(s, "name"), Release: s.Str("release"), URL: s.Str("url")})
	}
	if is, ok := form.ParseBool(n.Str("constrained", "is")); ok {
		i.Constrained = &Constrained{Is: is, Justification: n.Str("constrained", "justification")}
	}
	return i
}

// shortStr reads a key of a mapping that may be written as its bare value.
func shortStr(n *form.Node, key string) string {
	if n.Kind == form.Scalars {
		return n.Text
	}
	return n.Str(key)
}

func targetsOf(n *form.Node, opts Options) Targets {
	t := Targets{
		App: n.Strs("app"),
		Web: Web{
			DisclosurePolicy: n.Str("web", "disclosure_policy"),
			SecurityTxt:      n.Str("web", "security_txt"),
			Support:          n.Str("web", "support"),
			Privacy:          n.Str("web", "privacy"),
			Roots:            n.Str("web", "roots"),
		},
	}
	devices := n.Get("devices").List()
	if d := n.Get("device"); d != nil {
		devices = append([]*form.Node{d}, devices...)
	}
	for _, d := range devices {
		t.Devices = append(t.Devices, deviceOf(d, opts))
	}
	for _, f := range n.Get("firmware").List() {
		if file := shortStr(f, "file"); file != "" {
			t.Firmware = append(t.Firmware, Firmware{File: file, Version: f.Str("version"), Released: f.Str("released")})
		}
	}
	for _, c := range n.Get("captures").List() {
		if file := shortStr(c, "file"); file != "" {
			t.Captures = append(t.Captures, Capture{File: file, Device: c.Str("device"), Phase: c.Str("phase")})
		}
	}
	for _, e := range n.Get("documents").Map() {
		if t.Documents == nil {
			t.Documents = map[string]string{}
		}
		t.Documents[e.Key] = e.Value.Text
	}
	return t
}

func deviceOf(n *form.Node, opts Options) Device {
	d := Device{
		Serial:       n.Str("serial"),
		MAC:          strings.ToLower(n.Str("mac")),
		Address:      n.Str("address"),
		Address6:     n.Str("address6"),
		WAN:          n.Str("wan"),
		Ports:        portsOf(n.Strs("ports")),
		UDPPorts:     portsOf(n.Strs("udp_ports")),
		State:        plimsoll.State(n.Str("state")),
		AuthorisedBy: n.Str("authorised_by"),
	}
	for _, e := range n.Get("passwords").Map() {
		if d.Passwords == nil {
			d.Passwords = map[string]Secret{}
		}
		d.Passwords[e.Key] = Secret{}
		if !opts.SkipSecrets {
			d.Passwords[e.Key], _ = opts.secret(e.Value.Text)
		}
	}
	return d
}

func portsOf(texts []string) []PortRange {
	var out []PortRange
	for _, t := range texts {
		ports, _ := blank.ParsePorts(t)
		out = append(out, ports...)
	}
	return out
}

func claimOf(e form.Entry) Claim {
	n := e.Value
	c := Claim{Support: plimsoll.Support(n.Str("support")), Reason: n.Str("reason"), Line: e.At.Line}
	if x := n.Get("external"); x != nil {
		c.External = &External{Document: x.Str("document"), Scope: x.Str("scope"), Issuer: x.Str("issuer"), Until: x.Str("until")}
	}
	return c
}
