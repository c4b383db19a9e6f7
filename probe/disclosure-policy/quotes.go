package disclosurepolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// quote is one of the three statements of a policy: its key in the declaration, its
// name for people, what its sentence is about, and the fact it makes.
type quote struct {
	key, name string
	fact      plimsoll.FactID
	about     *regexp.Regexp
	timed     bool // the sentence must name a time
}

var quotes = []quote{
	{key: "contact", name: "contact", fact: "policy.contact", about: address},
	{key: "acknowledgement", name: "acknowledgement", fact: "policy.acknowledgement", timed: true, about: regexp.MustCompile(
		`(?i)acknowledg|confirm\pL*|receipt|receiv|respon[ds]|repl(y|ies)|get back to|first answer|answer|bestätig|eingang|antwort|rückmeld|melden uns|accus|réception|répon`)},
	{key: "updates", name: "status updates", fact: "policy.updates", timed: true, about: regexp.MustCompile(
		`(?i)updat|progress|status|inform|keep you|aktualisier|fortschritt|stand der|auf dem laufenden|unterricht|avancement|mise à jour|tiendrons|suivi`)},
}

// address finds something by which one can be reached.
var address = regexp.MustCompile(`(?i)[^\s@<>]+(@|\s?[\[(]at[\])]\s?)[^\s@<>]+|https?://\S+|\+?\d[\d ()/-]{6,}\d`)

// mail finds a mail address on a page.
var mail = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)

// answer is the verdict on one statement.
type answer struct {
	verdict        plimsoll.Verdict
	reason, remedy string
}

// find looks for a quoted statement; a contact may stand behind a link.
func (q quote) find(p page.Page, text string) (page.Quote, bool) {
	found, ok := p.Find(text)
	if !ok && !q.timed && text != "" && slices.ContainsFunc(p.Contacts, func(c string) bool { return strings.EqualFold(c, strings.TrimSpace(text)) }) {
		return page.Quote{Sentence: text, Whole: true}, true
	}
	return found, ok
}

const ask = "read the page and answer with `plimsoll ask`"

// judge decides one statement: the quoted sentence must stand on the page.
func (q quote) judge(p page.Page, text string) answer {
	if strings.TrimSpace(text) == "" {
		return q.propose(p)
	}
	found, ok := q.find(p, text)
	switch {
	case !ok && p.Cut:
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the declared sentence %q is not on the part of the page that was read", text), ask}
	case !ok:
		return answer{
			plimsoll.Fail, fmt.Sprintf("the declared sentence is not on the page: %q", text),
			"publish the sentence on the page, or declare the sentence that stands there" + q.instead(p),
		}
	case !q.timed:
		if !q.about.MatchString(text) {
			return answer{plimsoll.Inconclusive, fmt.Sprintf("the declared words stand on the page, but software sees no address in them: %q", text), "quote the mail address, the web address or the telephone number, or " + ask}
		}
		return answer{plimsoll.Pass, fmt.Sprintf("the page names %q", text), ""}
	}
	return q.sentence(p, text, found)
}

// sentence judges a quoted sentence that stands on the page.
func (q quote) sentence(p page.Page, text string, found page.Quote) answer {
	measured, vaguely := page.Timed(text)
	switch {
	case !found.Whole:
		return answer{plimsoll.Inconclusive, fmt.Sprintf("only a part of a sentence is quoted; the whole is %q", found.Sentence), q.write(found.Sentence)}
	case !measured && vaguely:
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the sentence names a time without a measure: %q", text), "name a number of hours, days or weeks on the page, or " + ask}
	case !measured && !timedAnywhere(p) && p.Readable():
		return answer{plimsoll.Fail, fmt.Sprintf("no time is named, neither in the quoted sentence %q nor anywhere on the page", text), "say on the page within which time it happens, and quote that sentence"}
	case !measured:
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the sentence stands on the page, but software reads no time in it: %q", text), "quote the sentence that names the time, or " + ask}
	case page.Negated(text):
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the sentence stands on the page, but it denies something: %q", text), ask}
	case !q.about.MatchString(text):
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the sentence stands on the page and names a time, but software does not see that it speaks of the %s: %q", q.name, text), ask}
	}
	return answer{plimsoll.Pass, fmt.Sprintf("the page says %q", text), ""}
}

// propose is the answer when nothing is quoted: what the page seems to say.
func (q quote) propose(p page.Page) answer {
	if own := q.read(p); own != "" {
		return answer{plimsoll.Inconclusive, fmt.Sprintf("the declaration quotes nothing; the page seems to say %q", own), q.write(own)}
	}
	if q.timed && !timedAnywhere(p) && !vagueAnywhere(p) && p.Readable() && !p.Cut {
		return answer{plimsoll.Fail, "no time is named anywhere on the page, and the declaration quotes none", "say on the page within which time it happens, and quote the sentence: " + q.line("…")}
	}
	return answer{plimsoll.Inconclusive, "the declaration quotes nothing, and software does not find it on the page", "quote the sentence that stands on the page: " + q.line("…")}
}

// read is the parser's own reading: a mail address, or the first sentence about the
// matter that names a measured time.
func (q quote) read(p page.Page) string {
	if !q.timed {
		if m := mail.FindString(p.Text); m != "" {
			return m
		}
		if len(p.Contacts) > 0 {
			return p.Contacts[0]
		}
		return ""
	}
	for _, s := range p.Sentences() {
		if measured, _ := page.Timed(s); measured && q.about.MatchString(s) && len(s) < 600 {
			return s
		}
	}
	return ""
}

func (q quote) instead(p page.Page) string {
	if own := q.read(p); own != "" {
		return ", such as " + q.line(own)
	}
	return ""
}

func (q quote) line(text string) string { return fmt.Sprintf("%s: %q", q.key, text) }

func (q quote) write(text string) string {
	return "if that is what the maker promises, write under ixit.UserInfo." + field + " in product.yaml: " + q.line(text)
}

func timedAnywhere(p page.Page) bool {
	measured, _ := page.Timed(p.Text)
	return measured
}

func vagueAnywhere(p page.Page) bool {
	_, vaguely := page.Timed(p.Text)
	return vaguely
}
