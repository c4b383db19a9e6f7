package modeldesignation

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
)

func judge(v *probe.View) probe.Result {
	var res probe.Result
	w, ok := wayOf(v.Product)
	if reason, remedy := undecidable(w, ok); reason != "" {
		res.Open(decides, plimsoll.Finding{Subject: table, Reason: reason, Remedy: remedy})
		return res
	}
	items := probe.Items(v, Readings)
	if len(items) == 0 {
		res.Open(decides, plimsoll.Finding{Subject: table, Reason: "the declared page was not fetched", Remedy: v.HowToRun("model-designation", probe.NeedsDevice)})
		return res
	}
	for _, it := range items {
		base := it.Finding()
		base.Subject = table
		if it.Note != "" || it.Value.Error != "" || it.Value.URL == "" || it.Value.Status >= 500 {
			base.Reason = fmt.Sprintf("%s gave no page (status %d): %s", w.place(), it.Value.Status, strings.TrimSpace(it.Value.Error+" "+it.Note))
			base.Remedy = "see that the page answers, or correct UserInfo.model_designation (read, port, path), and run `plimsoll assess` again"
			res.Open(decides, base)
			continue
		}
		if page(w, it.Value, base, &res) {
			res.Fact("model.readable", it.Target.Name, true, it.Digest)
		}
	}
	return res
}

func (w way) place() string { return fmt.Sprintf("port %d, page %s", w.port, w.path) }

// undecidable says why software cannot read the designation, "" when it can.
func undecidable(w way, declared bool) (reason, remedy string) {
	switch {
	case !declared:
		return "how the model designation is read is not declared", "declare ixit.UserInfo.model_designation: {value, read, port, path}"
	case w.value == "":
		return "the model designation itself is not declared", "declare UserInfo.model_designation.value"
	case w.read == "":
		return "the way to read the model designation is not declared", "declare UserInfo.model_designation.read: http-title, http-body, http-header, label, display …"
	case w.read == "label" || w.read == "display":
		return "the designation stands on the " + w.read + ", which a person has to look at", "read the " + w.read + " of the sample, compare it letter by letter with \"" + w.value + "\" and answer with `plimsoll ask`"
	case !w.web():
		return "the designation is announced over " + w.read + ", which this probe does not listen to", "read it with a browser for " + w.read + ", add the record with `plimsoll evidence add` and answer with `plimsoll ask`"
	case w.port == 0:
		return "the port that shows the model designation is not declared", "declare UserInfo.model_designation.port"
	}
	return "", ""
}

// shown is the part of the page where the designation should stand.
func shown(w way, r Reading) (what, text string) {
	switch w.read {
	case "http-title":
		return "title", r.Title
	case "http-header":
		return "headers", strings.Join(r.Headers, "\n")
	}
	return "text", r.Title + " " + r.Text
}

// page judges what a page showed and says whether the designation could be read.
func page(w way, r Reading, base plimsoll.Finding, res *probe.Result) bool {
	what, text := shown(w, r)
	add := func(u plimsoll.UnitID, v plimsoll.Verdict, reason, remedy string) {
		f := base
		f.Unit, f.Verdict, f.Reason, f.Remedy = u, v, reason, remedy
		res.Add(f)
	}
	const remedy = "show the designation there before login, or declare where it is shown"
	at := fmt.Sprintf("the %s of %s (status %d)", what, r.URL, r.Status)
	found := holds(text, w.value)
	switch {
	case found:
		add(unitWay, plimsoll.Pass, at+" can be read without logging in", "")
		add(unitText, plimsoll.Pass, fmt.Sprintf("%s shows %q in plain text", at, w.value), "")
	case strings.TrimSpace(text) == "" || r.Status == 404:
		add(unitWay, plimsoll.Fail, at+" shows nothing", remedy)
		add(unitText, plimsoll.Fail, fmt.Sprintf("%s shows nothing; declared is %q", at, w.value), remedy)
	default:
		add(unitWay, plimsoll.Pass, at+" can be read without logging in", "")
		add(unitText, plimsoll.Fail, fmt.Sprintf("%s shows %q, not the declared %q", at, short(text), w.value), remedy)
	}
	return found
}

func short(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}
