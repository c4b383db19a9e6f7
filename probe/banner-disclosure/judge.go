package bannerdisclosure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/banner"
)

// class says what a kind of item is called, by which words a declaration may name
// it, and whether it is of use to an attacker.
type class struct {
	name     string
	words    []string // as in Intf.discloses, any one fits
	relevant bool
	why      string
	remedy   string
}

var classes = map[banner.Class]class{
	banner.ProductVersion: {
		"the version of its software",
		[]string{"version", "firmware", "software", "banner", "server"},
		true,
		"with a version anybody can look up the known weaknesses", "take product and version out of greeting, header and error page",
	},
	banner.Kernel: {
		"its operating system and version",
		[]string{"kernel", "operating-system", "os-version", "version", "banner"},
		true,
		"with a version anybody can look up the known weaknesses", "take the name and version of the system out of the greeting",
	},
	banner.Serial: {
		"its serial number",
		[]string{"serial"},
		true,
		"a serial number identifies the unit and often its owner's account", "leave the serial number out of what is shown before login",
	},
	banner.MAC: {
		"its hardware address",
		[]string{"mac"},
		true,
		"passwords and network names are derived from it, and it follows the unit", "leave the hardware address out of what is shown before login",
	},
	banner.Model: {"its model", []string{"model", "name", "designation"}, false, "", "declare model in discloses"},
}

// declared reports whether a row says that it tells such an item.
func (c class) declared(r product.Row) bool {
	list, _ := r.List("discloses")
	return slices.ContainsFunc(list, func(s string) bool {
		s = strings.ToLower(s)
		return slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(s, w) })
	})
}

func judge(v *probe.View) probe.Result {
	var res probe.Result
	items := probe.Items(v, Banners)
	if len(items) == 0 {
		res.Add(plimsoll.Finding{Unit: unitSeen, Verdict: plimsoll.Inconclusive, Reason: "no service was asked what it tells", Remedy: v.HowToRun("banner-disclosure", probe.NeedsDevice)})
		return res
	}
	for _, it := range items {
		base := it.Finding()
		said := 0
		if it.Note != "" {
			res.Open([]plimsoll.UnitID{unitSeen}, it.Gap("not every service could be asked"))
			said++
		}
		for _, r := range it.Value {
			j := judging{v: v, r: r, base: base, res: &res}
			j.service()
			said++
			if r.Service.Name == "telnet" {
				res.Fact("telnet.reachable", j.subject(), true, it.Digest)
			}
		}
		if said == 0 {
			f := base
			f.Unit, f.Verdict, f.Reason = unitSeen, plimsoll.Inconclusive, "no service answered, so none told anything"
			f.Remedy = "see that the device is on and targets.device.ports holds its ports, and run `plimsoll assess` again"
			res.Add(f)
		}
	}
	return res
}

// judging is the judgement of one service.
type judging struct {
	v    *probe.View
	r    banner.Report
	base plimsoll.Finding
	res  *probe.Result
}

func (j *judging) row() (product.Row, bool) {
	return probe.RowAt(j.v.Product, "Intf", j.r.Service.Network, j.r.Service.Port)
}

func (j *judging) subject() string {
	if r, ok := j.row(); ok {
		return r.ID
	}
	return probe.Seen(j.r.Service.Network, j.r.Service.Port, j.r.Service.Name)
}

func (j *judging) add(u plimsoll.UnitID, verdict plimsoll.Verdict, mismatch bool, reason, remedy string) {
	f := j.base
	f.Unit, f.Subject, f.Verdict, f.Mismatch, f.Reason, f.Remedy = u, j.subject(), verdict, mismatch, reason, remedy
	j.res.Add(f)
}

// service judges what one service told: what is of use to an attacker and not
// declared fails; what is declared as harmless and is of use contradicts the row.
func (j *judging) service() {
	row, known := j.row()
	_, lists := row.List("discloses")
	failed, told := false, []string{}
	for _, g := range j.groups() {
		c := classes[g.class]
		told = append(told, c.name)
		if !c.relevant {
			continue
		}
		where := fmt.Sprintf("%s at %s port %d tells %s before login: %s", j.r.Service.Name, j.r.Service.Network, j.r.Service.Port, c.name, strings.Join(g.seen, ", "))
		if !known || !c.declared(row) {
			failed = true
			declares := "no row of ixit.Intf declares the interface"
			if known {
				declares = row.ID + ".discloses does not name it"
			}
			j.add(unitSeen, plimsoll.Fail, known, fmt.Sprintf("%s; %s; %s", where, declares, c.why), c.remedy)
		}
		if known && row.Bool("discloses_security_relevant") == plimsoll.False {
			j.add(unitDesign, plimsoll.Fail, false, fmt.Sprintf("%s; %s declares that nothing it tells is security-relevant; %s", where, row.ID, c.why),
				c.remedy+", or declare discloses_security_relevant: yes and why it is needed")
		}
	}
	switch {
	case failed:
	case len(j.r.Errors) > 0:
		j.add(unitSeen, plimsoll.Inconclusive, false, "it did not answer every question", "see that the service answers and run `plimsoll assess` again")
	case !known:
		j.add(unitSeen, plimsoll.Inconclusive, false, "it told nothing of use to an attacker, and no row of ixit.Intf declares it", "declare it in ixit.Intf (type: logical, transport, port, discloses), or close it")
	case !lists:
		j.add(unitSeen, plimsoll.Inconclusive, false, "what it may tell is not declared; seen: "+orNothing(told), "declare "+row.ID+".discloses (an empty list says that it tells nothing)")
	default:
		j.add(unitSeen, plimsoll.Pass, false, "before login it tells "+orNothing(told)+", nothing of use to an attacker beyond its row", "")
	}
}

func orNothing(told []string) string {
	if len(told) == 0 {
		return "nothing that was recognised"
	}
	return strings.Join(told, ", ")
}

// group is what was told of one class.
type group struct {
	class banner.Class
	seen  []string
}

// groups gathers the items of a service by class, in the order in which they came.
func (j *judging) groups() []group {
	var out []group
	for _, it := range j.r.Items {
		if _, ok := classes[it.Class]; !ok {
			continue
		}
		text := fmt.Sprintf("%q (%s)", it.Value, it.Where)
		i := slices.IndexFunc(out, func(g group) bool { return g.class == it.Class })
		if i < 0 {
			out = append(out, group{it.Class, []string{text}})
		} else if !slices.Contains(out[i].seen, text) {
			out[i].seen = append(out[i].seen, text)
		}
	}
	return out
}
