package statement

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/statement/trace"
)

// source is where a value comes from, and how to supply it when it is not there.
type source struct {
	get    func(*filler) string
	remedy string
}

func declared(get func(product.Info) string, key string) source {
	return source{func(fl *filler) string { return get(fl.in.Product.Info) }, "write product." + key + " in product.yaml"}
}

const policyEntry = "publication_of_vulnerability_disclosure_policy"

// values are the sources by the path that forms use. Namespaces stand in spaces.
var values = map[string]source{
	"product.name":                   declared(func(i product.Info) string { return i.Name }, "name"),
	"product.model":                  declared(func(i product.Info) string { return i.Model }, "model"),
	"product.trade_names":            declared(func(i product.Info) string { return strings.Join(i.TradeNames, ", ") }, "trade_names"),
	"product.hardware":               declared(func(i product.Info) string { return i.Hardware }, "hardware"),
	"product.runtime":                declared(func(i product.Info) string { return i.Runtime }, "runtime"),
	"product.firmware":               declared(func(i product.Info) string { return i.FirmwareVersion }, "firmware_version"),
	"product.factory_firmware":       declared(func(i product.Info) string { return i.FactoryFirmware }, "factory_firmware"),
	"product.category":               declared(func(i product.Info) string { return i.Category }, "category"),
	"product.services":               declared(services, "services"),
	"product.manufacturer.name":      declared(func(i product.Info) string { return i.Manufacturer.Name }, "manufacturer.name"),
	"product.manufacturer.address":   declared(func(i product.Info) string { return i.Manufacturer.Address }, "manufacturer.address"),
	"product.manufacturer.email":     declared(func(i product.Info) string { return i.Manufacturer.Email }, "manufacturer.email"),
	"product.manufacturer.telephone": declared(func(i product.Info) string { return i.Manufacturer.Telephone }, "manufacturer.telephone"),
	"product.contact.name":           declared(func(i product.Info) string { return i.Contact.Name }, "contact.name"),
	"product.contact.email":          declared(func(i product.Info) string { return i.Contact.Email }, "contact.email"),

	"support.until":      {supportUntil, "write product.support.until in product.yaml"},
	"support.until.long": {func(fl *filler) string { return fl.msg.long(supportUntil(fl)) }, "write product.support.until in product.yaml"},
	"support.from.long":  declaredLong(func(i product.Info) string { return i.Support.From }, "support.from"),
	"support.url":        {supportURL, "write product.support.url in product.yaml"},
	"support.sentence":   {supportSentence, "write product.support.until in product.yaml"},

	"vdp.url":             {policyURL, "write targets.web.disclosure_policy in product.yaml"},
	"vdp.contact":         user(policyEntry + ".contact"),
	"vdp.contact.uri":     {contactURI, "write ixit.UserInfo." + policyEntry + ".contact in product.yaml: a mail address, an https address or a telephone number"},
	"vdp.acknowledgement": user(policyEntry + ".acknowledgement"),
	"vdp.updates":         user(policyEntry + ".updates"),

	"web.security_txt": {func(fl *filler) string { return fl.in.Product.Targets.Web.SecurityTxt }, "write targets.web.security_txt in product.yaml"},
	"web.privacy":      {func(fl *filler) string { return fl.in.Product.Targets.Web.Privacy }, "write targets.web.privacy in product.yaml"},

	"calc.route":             {route, "choose with --set route=schedule-1 or --set route=schedule-2"},
	"calc.deemed":            {deemedBy, "name the standard with --set standards=…: number, version, date of issue"},
	"calc.standard":          {standard, "write standard in product.yaml"},
	"calc.assessed":          {assessed, "run plimsoll assess"},
	"calc.expires":           {expires, "give --set expires=2027-06-30T00:00:00Z, a time of RFC 3339 after the day"},
	"calc.law":               {law, "name a regime"},
	"calc.password_fixed":    {passwordFixed, "declare AuthMech.changeable in product.yaml"},
	"calc.updates_automatic": {updatesAutomatic, "declare UpdMech.automatic in product.yaml"},

	"assessment.bundle":   {bundle, "run plimsoll assess"},
	"assessment.assessor": {assessor, "write assessor.name and assessor.organisation in product.yaml"},
}

// spaces are the sources with a free second part.
var spaces = map[string]struct {
	get    func(*filler, string) string
	remedy string
}{
	"given":     {func(fl *filler, name string) string { return fl.in.Given[name] }, "give it with --set %s=…"},
	"user":      {userInfo, "write ixit.UserInfo.%s in product.yaml"},
	"rows":      {rows, "write ixit.%s in product.yaml"},
	"documents": {func(fl *filler, name string) string { return fl.in.Product.Targets.Documents[name] }, "name the file under targets.documents.%s in product.yaml"},
}

// value is the value behind a path; known is false for a path that no source has.
func (fl *filler) value(path string) (v string, known bool) {
	if s, ok := values[path]; ok {
		return clean(s.get(fl)), true
	}
	space, rest, _ := strings.Cut(path, ".")
	if s, ok := spaces[space]; ok && rest != "" {
		return clean(s.get(fl, rest)), true
	}
	return "", false
}

func known(path string) bool {
	if _, ok := values[path]; ok {
		return true
	}
	space, rest, _ := strings.Cut(path, ".")
	_, ok := spaces[space]
	return ok && rest != ""
}

func remedy(path string) string {
	if s, ok := values[path]; ok {
		return s.remedy
	}
	space, rest, _ := strings.Cut(path, ".")
	return fmt.Sprintf(spaces[space].remedy, rest)
}

func declaredLong(get func(product.Info) string, key string) source {
	return source{func(fl *filler) string { return fl.msg.long(get(fl.in.Product.Info)) }, "write product." + key + " in product.yaml"}
}

func user(entry string) source {
	return source{func(fl *filler) string { return fl.entry(entry) }, "write ixit.UserInfo." + entry + " in product.yaml"}
}

// entry is a text of the table of user information, "" while it is only a proposal.
func (fl *filler) entry(key string) string {
	row, ok := fl.in.Product.Row("UserInfo", "UserInfo")
	if !ok || row.Observed != "" {
		return ""
	}
	return row.Text(key)
}

// userInfo is all that an entry says: its text, where it stands, its address.
func userInfo(fl *filler, entry string) string {
	var out []string
	for _, key := range []string{entry, entry + ".value", entry + ".where", entry + ".url"} {
		if v := fl.entry(key); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return strings.Join(out, ", ")
}

// rows joins a field of the declared rows of a table; proposals are left out.
func rows(fl *filler, path string) string {
	table, key, _ := strings.Cut(path, ".")
	var out []string
	for _, r := range fl.in.Product.Rows(plimsoll.TableID(table)) {
		if v := r.Text(key); r.Observed == "" && v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return strings.Join(out, "; ")
}

func services(i product.Info) string {
	var out []string
	for _, s := range i.Services {
		out = append(out, strings.TrimSpace(s.Name+" "+s.Release))
	}
	return strings.Join(out, ", ")
}

func policyURL(fl *filler) string {
	if u := fl.entry(policyEntry + ".url"); u != "" {
		return u
	}
	return fl.in.Product.Targets.Web.DisclosurePolicy
}

var (
	mail  = regexp.MustCompile(`^[^@\s:/<>"]+@[^@\s:/<>"]+\.[^@\s:/<>"]+$`)
	phone = regexp.MustCompile(`^\+[0-9][0-9 ()./-]{4,30}$`)
)

// contactURI is the declared contact as a URI, "" when it is not one of the kinds
// that RFC 9116, 2.5.3 names.
func contactURI(fl *filler) string {
	c := strings.TrimSpace(fl.entry(policyEntry + ".contact"))
	u, err := url.Parse(c)
	switch {
	case mail.MatchString(c):
		return "mailto:" + c
	case phone.MatchString(c):
		return "tel:" + strings.ReplaceAll(c, " ", "-")
	case err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(c, " \t\r\n<>\""):
		return c
	}
	return ""
}

// expiry keeps the file within the year that RFC 9116, 2.5.5 recommends.
const expiry = 330 * 24 * time.Hour

// expires is the given time, or the day and expiry. A time that cannot be read is
// missing rather than replaced.
func expires(fl *filler) string {
	if g := fl.in.Given["expires"]; g != "" {
		if t, err := time.Parse(time.RFC3339, g); err != nil || !t.After(fl.in.Day) {
			return ""
		}
		return g
	}
	return fl.in.Day.UTC().Truncate(24 * time.Hour).Add(expiry).Format(time.RFC3339)
}

// standards are the editions as the Regulations, or ETSI, name them.
var standards = map[plimsoll.Edition]string{
	plimsoll.EditionV2: "ETSI EN 303 645 V2.1.1 (19th June 2020)", // SI 2023/1007, reg. 2
	plimsoll.EditionV3: "ETSI EN 303 645 V3.1.3 (2024-09)",
}

func standard(fl *filler) string {
	if a := fl.in.Assessment; a != nil {
		return standards[a.Edition.Standard]
	}
	return standards[fl.in.Product.Standard]
}

// deemed are the provisions on which deemed compliance rests: SI 2023/1007, Sch. 2
// paras 1 to 3, condition A.
var deemed = [...]plimsoll.ProvisionID{"5.1-1", "5.1-2", "5.2-1", "5.3-13"}

// route is the declaration that the manufacturer makes: the given one, or Schedule
// 2 where a standard or labels carry it.
func route(fl *filler) string {
	if r := fl.in.Given["route"]; r != "" {
		return r
	}
	if byStandard(fl) || len(byLabels(fl)) > 0 {
		return "schedule-2"
	}
	return ""
}

// byStandard says that the assessment under the pinned edition has every provision
// that deemed compliance names.
func byStandard(fl *filler) bool {
	a := fl.in.Assessment
	return a != nil && a.Edition.Standard == plimsoll.EditionV2 && !slices.ContainsFunc(deemed[:], func(id plimsoll.ProvisionID) bool { return provision(a, id) != "" })
}

// byLabels lists the labels that stand for every requirement the document rests on;
// none where one of them rests on anything else.
func byLabels(fl *filler) []string {
	if fl.in.Answer == nil {
		return nil
	}
	var out []string
	for _, q := range fl.in.Answer.Requirements {
		switch {
		case q.Obligation != regime.Mandatory || slices.Contains(fl.form.depends.except, q.ID):
		case q.Via == nil:
			return nil
		default:
			out = trace.AppendNew(out, trace.Via(q.Via))
		}
	}
	return out
}

// deemedBy is what deemed compliance rests on: the standard, or labels, which are no
// standard.
func deemedBy(fl *filler) string {
	if byStandard(fl) {
		return standard(fl)
	}
	if l := byLabels(fl); len(l) > 0 {
		return "No standard: the conditions rest on the label " + strings.Join(l, ", ")
	}
	return ""
}

// law is what the law of a regime gives the buyer, in plain words; most regimes have
// no such text.
func law(fl *filler) string {
	if fl.in.Regime == nil {
		return ""
	}
	return fl.msg.texts["law."+string(fl.in.Regime.ID)]
}

func assessed(fl *filler) string {
	if a := fl.in.Assessment; a != nil {
		return a.At.UTC().Format(time.DateOnly)
	}
	return ""
}

func bundle(fl *filler) string {
	if a := fl.in.Assessment; a != nil {
		return string(a.Bundle)
	}
	return ""
}

func assessor(fl *filler) string {
	x := fl.in.Product.Assessor
	who := strings.Trim(x.Name+", "+x.Organisation, ", ")
	if who == "" {
		return ""
	}
	return fmt.Sprintf("%s (%s)", who, x.Role)
}

// passwordFixed says that no declared password can be changed, which the registry
// has to say; it says nothing where one can, or nobody declared it.
func passwordFixed(fl *filler) string {
	all := fl.in.Product.Rows("AuthMech")
	for _, r := range all {
		if r.Observed != "" || r.Text("factor") != "password" || r.Bool("changeable") != plimsoll.False {
			return ""
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "The default password cannot be changed."
}

// updatesAutomatic says how updates arrive, where every declared row agrees.
func updatesAutomatic(fl *filler) string {
	out := plimsoll.Unknown
	for i, r := range fl.in.Product.Rows("UpdMech") {
		t := r.Bool("automatic")
		if r.Observed != "" || t == plimsoll.Unknown || i > 0 && t != out {
			return ""
		}
		out = t
	}
	return [...]string{"", "Updates are not installed automatically.", "Updates are installed automatically."}[out]
}
