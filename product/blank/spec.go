// Package blank describes the blank form of product.yaml: every key, the kind of
// its value, and what it is for. The tables of the IXIT and the ids of the ICS come
// from the catalog.
//
// It must never read a file, a variable or a secret itself: it is handed the
// functions that do.
package blank

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// SchemaID is the identifier of the declaration format.
const SchemaID = "plimsoll.product/1"

// Keys of the IXIT that the standard does not have.
const (
	ObservedKey = "observed" // of a row that a draft proposed
	TextKey     = "text"     // of an entry of a list-form table
)

// categories are the kinds of products, for the scope rules of regimes.
var categories = [...]string{
	"ip-camera", "smart-plug", "hub", "router", "speaker", "toy", "lock", "baby-monitor", "doorbell", "thermostat",
	"light", "sensor", "appliance", "wearable", "tv", "smoke-detector", "alarm", "other",
}

func mapping(keys ...form.Key) *form.Spec { return &form.Spec{Keys: keys} }

func scalar(s *form.Scalar) *form.Spec { return &form.Spec{Scalar: s} }

func list(item *form.Spec) *form.Spec { return &form.Spec{Item: item} }

func key(name, doc string, s *form.Spec) form.Key {
	c := *s
	c.Doc = doc
	return form.Key{Name: name, Spec: &c}
}

func required(k form.Key) form.Key {
	k.Required = true
	return k
}

func text(name, doc string) form.Key { return key(name, doc, scalar(form.Text())) }

func date(name, doc string) form.Key { return key(name, doc, scalar(form.Date())) }

func bare(s *form.Spec) *form.Spec {
	s.Bare = true
	return s
}

func short(k string, s *form.Spec) *form.Spec {
	s.Short = k
	return s
}

// Form describes product.yaml.
func Form(cat *catalog.Catalog, k *Kinds) *form.Spec {
	unit := form.OneOf("the id of a test unit, such as 5.6-2-2/a", unitIDs(cat))
	s := mapping(
		required(key("schema", "format of this file", scalar(form.Enum(SchemaID)))),
		required(key("product", "what the product is: the DUT form of TS 103 701", productSpec(k))),
		required(key("standard", "edition to assess under", scalar(form.Enum(string(plimsoll.EditionV2), string(plimsoll.EditionV3))))),
		key("assessor", "on whose behalf the assessment is made", mapping(
			required(key("role", "role of the assessor", scalar(form.Enum(string(plimsoll.RoleFirstParty), string(plimsoll.RoleLaboratory), string(plimsoll.RoleResearcher), string(plimsoll.RoleAuthority))))),
			text("name", "name of the assessor"),
			text("organisation", "organisation of the assessor"),
		)),
		key("targets", "what the assessor may reach", targetsSpec(k)),
		key("ics", "what is claimed of each provision", icsSpec(cat, k)),
		key("ixit", "how the product is built: the tables of TS 103 701", ixitSpec(cat, k)),
		key("labels", "labels the product holds", list(mapping(
			required(text("scheme", "id of the scheme, such as sg-cls")),
			text("level", "level of the label"),
			text("id", "number of the label"),
			date("until", "last day of the label"),
			key("basis", "what the label rests on", scalar(form.Enum("claimed", "documented", "verified"))),
		))),
		key("waivers", "failures that someone answers for until a day", list(mapping(
			required(key("unit", "test unit", scalar(unit))),
			text("subject", "row or thing the waiver is about"),
			required(text("owner", "who answers for it")),
			required(date("until", "last day of the waiver")),
			required(text("reason", "why it can wait")),
		))),
		key("policy", "how the assessment is run", mapping(
			key("feed_max_age", "oldest vulnerability data that may be used", scalar(form.Duration())),
			key("countersign", "units that two persons decide", list(scalar(unit))),
		)),
	)
	s.Doc = "Declaration of a product for Plimsoll"
	return s
}

func productSpec(k *Kinds) *form.Spec {
	url := scalar(k.url())
	return mapping(
		key("manufacturer", "who makes it", mapping(
			text("name", "name of the supplier organisation"), text("address", "postal address"),
			text("email", "e-mail address"), text("telephone", "telephone number"))),
		text("name", "name of the product"),
		text("model", "model designation"),
		key("trade_names", "brand or trade names", list(scalar(form.Text()))),
		text("hardware", "hardware configuration: release"),
		text("runtime", "runtime environment or operating system"),
		text("firmware_version", "the firmware version assessed"),
		text("factory_firmware", "the firmware version it ships with"),
		key("services", "associated services the product needs", list(short("name", mapping(
			required(text("name", "name of the service")), text("release", "release of the service"), key("url", "its address", url))))),
		key("contact", "whom to ask about this declaration", mapping(
			text("name", "name"), text("telephone", "telephone number"), text("email", "e-mail address"), text("address", "postal address"))),
		key("category", "kind of product", scalar(form.Enum(categories[:]...))),
		key("support", "period of security updates", mapping(
			date("from", "first day"), date("until", "last day"), key("url", "where the period is published", url))),
		date("place_on_market", "day on which the product is placed on the market"),
		key("constrained", "is it a constrained device", mapping(
			required(key("is", "yes or no", scalar(form.Bool()))), text("justification", "why, if it is"))),
		date("date", "day on which this form was filled in"),
	)
}

func targetsSpec(k *Kinds) *form.Spec {
	ports, file, url := bare(list(scalar(k.ports()))), scalar(k.file()), scalar(k.url())
	device := mapping(
		text("serial", "serial number of the sample"),
		key("mac", "hardware address", scalar(k.mac())),
		key("address", "IPv4 address", scalar(k.address("an IPv4 address such as 192.0.2.10", 4))),
		key("address6", "IPv6 address", scalar(k.address("an IPv6 address such as 2001:db8::10", 6))),
		key("wan", "address of the side that faces the Internet", scalar(k.address("an IP address such as 198.51.100.10", 0))),
		key("ports", "TCP ports that may be touched", ports),
		key("udp_ports", "UDP ports that may be touched", ports),
		key("state", "state the sample is in", scalar(form.Enum(string(plimsoll.StateFactory), string(plimsoll.StateInitialization), string(plimsoll.StateInitialized)))),
		text("authorised_by", "who allows tests of this sample: name, date"),
		key("passwords", "user name: secret", &form.Spec{Dict: scalar(k.secret())}),
	)
	return mapping(
		key("devices", "samples on the bench", list(device)),
		key("device", "short for one device", device),
		key("firmware", "firmware images", list(short("file", mapping(
			required(key("file", "file in the product folder", file)), text("version", "version of the image"), date("released", "day of release"))))),
		key("captures", "recorded traffic", list(short("file", mapping(
			required(key("file", "file in the product folder", file)), text("device", "hardware address or serial of the device"), text("phase", "what happened meanwhile, such as setup"))))),
		key("app", "mobile apps", bare(list(file))),
		key("web", "pages the manufacturer publishes", mapping(
			key("disclosure_policy", "vulnerability disclosure policy", url), key("security_txt", "security.txt (RFC 9116)", url),
			key("support", "support period", url), key("privacy", "privacy policy", url),
			key("roots", "PEM file with further trust anchors", file))),
		key("documents", "name: file in the product folder", &form.Spec{Dict: file}),
	)
}

func icsSpec(cat *catalog.Catalog, k *Kinds) *form.Spec {
	claim := mapping(
		required(key("support", "is the provision implemented", scalar(form.Enum(string(plimsoll.SupportYes), string(plimsoll.SupportNo), string(plimsoll.SupportNA))))),
		text("reason", "why not, or why it does not apply"),
		key("external", "external evidence for the test group", mapping(
			required(key("document", "file in the product folder", scalar(k.file()))), required(text("scope", "what it covers")),
			required(text("issuer", "who issued it")), date("until", "last day it is valid"))),
	)
	s := mapping()
	for _, p := range cat.Provisions {
		s.Keys = append(s.Keys, key(string(p.ID), p.Title, claim))
	}
	return s
}

func ixitSpec(cat *catalog.Catalog, k *Kinds) *form.Spec {
	s := mapping()
	for _, t := range cat.Tables {
		build := rowSpec
		if t.List {
			build = entriesSpec
		}
		s.Keys = append(s.Keys, key(string(t.ID), t.Name+": "+t.Meaning, build(t, k)))
	}
	return s
}

var rowID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// rowSpec describes a table with rows. A typed field that has the name of a field
// of the standard is that field.
func rowSpec(t *catalog.Table, k *Kinds) *form.Spec {
	row := mapping(
		required(key("id", "unique identifier within the table", scalar(form.Pattern("an id such as "+string(t.ID)+"-1", rowID)))),
		text(ObservedKey, "where a draft saw this; delete the key to declare the row"),
	)
	for _, f := range t.Typed {
		place(row, strings.Split(f.Name, "."), f.Meaning, k.typed(f))
	}
	for _, f := range t.Fields {
		if !row.Has(f.Key) {
			row.Keys = append(row.Keys, text(f.Key, f.Name+": "+f.Meaning))
		}
	}
	return list(row)
}

// entriesSpec describes a list-form table: each field is a text or a mapping.
func entriesSpec(t *catalog.Table, k *Kinds) *form.Spec {
	s := mapping(text(ObservedKey, "where a draft saw this; delete the key to declare the table"))
	for _, f := range t.Fields {
		entry := short(TextKey, mapping(text(TextKey, f.Name+": "+f.Meaning)))
		for _, typed := range t.Typed {
			head, tail, _ := strings.Cut(typed.Name, ".")
			if (head == f.Key || head == "*") && !entry.Has(tail) {
				place(entry, strings.Split(tail, "."), typed.Meaning, k.typed(typed))
			}
		}
		s.Keys = append(s.Keys, key(f.Key, f.Name+": "+f.Meaning, entry))
	}
	return s
}

// place puts a spec under a dotted name.
func place(s *form.Spec, path []string, doc string, leaf *form.Spec) {
	if len(path) == 1 {
		s.Keys = append(s.Keys, key(path[0], doc, leaf))
		return
	}
	i := slices.IndexFunc(s.Keys, func(k form.Key) bool { return k.Name == path[0] })
	if i < 0 {
		i = len(s.Keys)
		s.Keys = append(s.Keys, form.Key{Name: path[0], Spec: mapping()})
	}
	place(s.Keys[i].Spec, path[1:], doc, leaf)
}

func unitIDs(cat *catalog.Catalog) []string {
	var out []string
	for _, u := range cat.Units() {
		out = append(out, string(u.ID))
	}
	for _, p := range cat.Edition(plimsoll.EditionV3) {
		for _, c := range cat.CasesUnder(plimsoll.EditionV3, p.ID) {
			for _, u := range c.Units {
				if strings.HasPrefix(string(u.ID), "v3:") {
					out = append(out, string(u.ID))
				}
			}
		}
	}
	return out
}

// Schema returns the JSON Schema 2020-12 of product.yaml.
func Schema(cat *catalog.Catalog) []byte {
	return form.JSONSchema(Form(cat, &Kinds{}), "urn:"+SchemaID, "product.yaml")
}
