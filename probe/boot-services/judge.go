package bootservices

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/firmware/boot"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

func judge(v *probe.View) probe.Result {
	j := &judging{v: v, looks: probe.ByTarget(v, kind), closed: true}
	openings := probe.Openings(v)
	for _, o := range openings {
		j.image(o)
	}
	switch {
	case len(openings) == 0:
		reason, remedy := probe.NoImage(v)
		j.res.Add(plimsoll.Finding{Unit: unitServices, Verdict: plimsoll.Inconclusive, Reason: reason, Remedy: remedy})
	case j.boots == 0 && j.closed:
		j.res.Add(plimsoll.Finding{
			Unit: unitServices, Verdict: plimsoll.Inconclusive, Evidence: j.evidence,
			Reason: "no start configuration was found in the image: what the device starts is unknown",
			Remedy: "supply the image that holds the root file system under targets.firmware",
		})
	case j.closed && j.problems == 0:
		reason := fmt.Sprintf("the start of the image reaches %d programs, and no Telnet, FTP, TFTP, remote shell or debug service that is undeclared or declared off; whether this service is needed is for a person to say", j.reached)
		j.res.Findings = append(j.res.Findings, probe.NoContrary(v, unitServices, reason, j.evidence)...)
	}
	j.res.Rest([]plimsoll.UnitID{unitServices}, plimsoll.Finding{
		Verdict: plimsoll.Pass, Evidence: j.evidence,
		Reason: "no Telnet, FTP, TFTP, remote shell or debug service is started that is undeclared or declared off",
	})
	return j.res
}

// judging is the judgement of all images.
type judging struct {
	v        *probe.View
	res      probe.Result
	looks    map[string]probe.Item[found] // by file
	evidence []plimsoll.Digest
	boots    int
	reached  int
	problems int
	closed   bool // everything was looked at and could be followed
}

func (j *judging) image(o probe.Opening) {
	const again = "run `plimsoll assess` again"
	it, ok := j.looks[o.File.File]
	switch {
	case !ok || o.Image.Unopened == "" && !o.Is(it.Value.Image):
		o = o.Lacking(again, "its start scripts were not read")
	case strings.Contains(it.Note, "interrupted"):
		o = o.Lacking(again, it.Note)
	}
	for _, r := range it.Value.Boots {
		o = o.Lacking("supply the other partitions under targets.firmware, or answer with `plimsoll ask`", r.gaps()...)
	}
	j.evidence = append(j.evidence, o.Evidence(it.Digest)...)
	if !o.Whole() {
		j.closed = false
		j.res.Add(o.Open(unitServices, "what it may start stays unseen", it.Digest))
	}
	for _, r := range it.Value.Boots {
		j.boots++
		j.reached += r.Reached
		for _, s := range r.Services {
			j.service(o, it.Digest, r, s)
		}
	}
}

// gaps lists what the reading could not follow.
func (r reading) gaps() []string {
	var out []string
	for _, e := range r.Elsewhere {
		out = append(out, e+", lies outside the file system that starts it and was not followed")
	}
	for _, u := range r.Unread {
		out = append(out, fmt.Sprintf("%q could not be read", u))
	}
	for _, n := range r.Notes {
		out = append(out, fmt.Sprintf("start script not followed: %q", n))
	}
	if r.Partial && len(r.Notes) == 0 {
		out = append(out, "the start scripts were not followed to their end")
	}
	return out
}

func (j *judging) service(o probe.Opening, d plimsoll.Digest, r reading, s boot.Service) {
	place := o.Where(r.Part, fmt.Sprintf("%q line %d", s.File, s.Line))
	certain := s.Condition == "" && s.Binary != ""
	w, ok := watched[watchName(s)]
	if certain {
		j.facts(o, d, s, w, ok)
	}
	switch {
	case ok:
		j.watched(o, d, s, w, place)
	case console(s):
		j.console(o, d, s, place)
	}
}

// watched judges a service that a finished device seldom needs.
func (j *judging) watched(o probe.Opening, d plimsoll.Digest, s boot.Service, w watch, place string) {
	row, declared := j.row(s, w)
	f := plimsoll.Finding{Unit: unitServices, Subject: row.ID, Verdict: plimsoll.Fail, Evidence: o.Evidence(d)}
	why := "it is declared off"
	switch status := row.Text("status"); {
	case declared && status == "on":
		return // whether it is needed is for a person
	case declared && status == "":
		f.Verdict, why = plimsoll.Inconclusive, "it is not declared whether it is on"
	case !declared:
		f.Subject, why = probe.SeenIn(fmt.Sprintf("%s@%s:%d", s.Name, s.File, s.Line)), "no row of ixit.SoftServ declares it"
	}
	j.problems++
	f.Reason = fmt.Sprintf("%s: the start of the device runs %q (%s%s), and %s. A service that nobody needs is a way in (EN 303 645, 5.6-5)", place, command(s), w.what, open(s), why)
	f.Remedy = fmt.Sprintf("remove the line, and %q from the image; or declare the service in ixit.SoftServ (process: %s, status: on, justification)", s.Name, s.Name)
	switch {
	case s.Condition != "":
		f.Verdict = plimsoll.Inconclusive
		f.Reason = fmt.Sprintf("%s: %q (%s%s) is started when %q holds, and %s", place, command(s), w.what, open(s), s.Condition, why)
		f.Remedy = "say in ixit.SoftServ when the condition holds on a sold device, or " + f.Remedy
	case s.Binary == "":
		f.Verdict = plimsoll.Inconclusive
		f.Reason += "; the program itself is not in that file system"
		f.Remedy = "supply the partition that holds the program under targets.firmware, or " + f.Remedy
	}
	j.res.Add(f)
}

// row is the declared service that explains a program: by its process, else by its port.
func (j *judging) row(s boot.Service, w watch) (product.Row, bool) {
	for _, r := range j.v.Product.Rows("SoftServ") {
		if p := r.Text("process"); p != "" && r.Observed == "" && path.Base(p) == s.Name {
			return r, true
		}
	}
	if port := w.at(s); port > 0 {
		return probe.RowAt(j.v.Product, "SoftServ", w.network, port)
	}
	return product.Row{}, false
}

func open(s boot.Service) string {
	if s.NoLogin {
		return ", a shell without any login"
	}
	return ""
}

func command(s boot.Service) string { return strings.Join(append([]string{s.Command}, s.Args...), " ") }

// console compares a login on a serial line with the declared physical interfaces.
func (j *judging) console(o probe.Opening, d plimsoll.Digest, s boot.Service, place string) {
	f := plimsoll.Finding{Unit: unitConsole, Verdict: plimsoll.Inconclusive, Evidence: o.Evidence(d)}
	f.Remedy = "take the line out of the start configuration, or declare the port in ixit.Intf (type: physical, medium: serial, debug, accessible, status)"
	what := "a login"
	if s.NoLogin {
		what = "a shell without any login"
	}
	f.Reason = fmt.Sprintf("%s: the start of the device opens %s on the serial line %q", place, what, line(s))
	if s.Condition != "" {
		f.Reason += fmt.Sprintf(" when %q holds", s.Condition)
	}
	ports := j.serialPorts()
	for _, r := range ports {
		if s.Condition != "" || s.Binary == "" || !shut(r) {
			continue
		}
		g := f
		g.Subject, g.Verdict = r.ID, plimsoll.Fail
		g.Reason += ", yet the port is declared off. Whoever reaches it with a cable can try to take over the device (EN 303 645, 5.6-4)"
		j.res.Add(g)
	}
	if len(ports) == 0 && s.NoLogin {
		f.Reason += "; whether the line can be reached with an ordinary cable is not declared"
		j.res.Add(f)
	}
}

// serialPorts are the declared serial ports.
func (j *judging) serialPorts() []product.Row {
	var out []product.Row
	for _, r := range j.v.Product.Rows("Intf") {
		if r.Text("type") == "physical" && r.Text("medium") == "serial" && r.Observed == "" {
			out = append(out, r)
		}
	}
	return out
}

// shut reports whether a port is declared to be off.
func shut(r product.Row) bool {
	return r.Text("status") == "off" || r.Bool("disabled_by_software") == plimsoll.True || r.Bool("permanently_disabled") == plimsoll.True
}

// facts states what a program that boot reaches for certain is a sign of.
func (j *judging) facts(o probe.Opening, d plimsoll.Digest, s boot.Service, w watch, isWatched bool) {
	at := fmt.Sprintf("%s:%s:%d", o.File.File, s.File, s.Line)
	if isWatched {
		j.res.Fact("services.remote_shell_at_boot", at, true, d)
	}
	if isWatched && w.debug || s.NoLogin && console(s) {
		j.res.Fact("debug.exists", at, true, d)
	}
	if updaters[s.Name] {
		j.res.Fact("updates.exist", at, true, d)
		j.res.Fact("update.mechanism_seen", at, true, d)
	}
}
