package supportperiod

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// answer is the verdict on the published period. read is the last day that the page
// gives beyond doubt, "" when it gives none.
type answer struct {
	verdict        plimsoll.Verdict
	reason, remedy string
	read           string
}

// What turns the meaning of a date or a period in a sentence.
var (
	warranty = regexp.MustCompile(`(?i)warrant|guarantee|garantie|gewährleist`)
	purchase = regexp.MustCompile(`(?i)purchase|bought|you buy|activation|registration|gekauft|\bkauf|erwerb|achat|acheté`)
	launch   = regexp.MustCompile(`(?i)(from|after|since|following|ab|nach|seit|à partir d\pL*|dès|depuis|après)\PL+(\pL+\PL+){0,4}(launch|release|introduction|market|sale|markteinführung|verkaufsstart|erscheinen|lancement|marché|commercialisation)`)
	ending   = regexp.MustCompile(`(?i)(^|[^\pL])(until|till|through|to|ends?( on)?|ending|by|bis( zum)?|endet( am)?|jusqu'(au|en|à)|au|-|–|before|vor)\s*(the\s+)?(end of\s+|ende\s+|fin\s+)?$`)
	begin    = regexp.MustCompile(`(?i)(^|[^\pL])(from|since|starting( on)?|beginning( on)?|as of|ab( dem)?|vom|seit( dem)?|à partir du|dès le|depuis le|du)\s*(the\s+)?$`)
)

const ask = "read the page and answer with `plimsoll ask`"

// named says whether a text names the product.
func (d declared) named(text string) bool {
	return slices.ContainsFunc(d.names, func(n string) bool {
		_, ok := page.Page{Text: text}.Find(n)
		return ok
	})
}

func (d declared) line(sentence string) string {
	return fmt.Sprintf("if that is what the maker promises, write under ixit.UserInfo.%s in product.yaml: quote: %q", field, sentence)
}

// quoted judges the sentence that the declaration quotes.
func (d declared) quoted(p page.Page) answer {
	found, ok := p.Find(d.quote)
	open := func(format, remedy string) answer {
		return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf(format, d.quote), remedy: remedy}
	}
	switch {
	case !ok && p.Cut:
		return open("the declared sentence %q is not on the part of the page that was read", ask)
	case !ok:
		return d.notThere(p)
	case !found.Whole:
		return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf("only a part of a sentence is quoted; the whole is %q", found.Sentence), remedy: d.line(found.Sentence)}
	case warranty.MatchString(d.quote):
		return open("the sentence %q speaks of a warranty, which is not the support period", "quote the sentence about updates, or "+ask)
	case page.Negated(d.quote):
		return open("the sentence %q stands on the page, but it denies something", ask)
	case !topic.MatchString(d.quote) && !topic.MatchString(p.Text):
		return open("the sentence %q stands on the page, but software does not see that it speaks of updates", ask)
	case !d.named(d.quote) && !d.named(p.Text):
		return open("the sentence %q stands on the page, but the page does not name the product ("+strings.Join(d.names, ", ")+")", "name the model on the page, or "+ask)
	}
	a := d.compare(found.Sentence)
	if a.verdict == plimsoll.Pass && !d.named(d.quote) {
		if other := d.others(p, a.read); other != "" {
			return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf("the sentence %q names no product, and the page gives other dates too: %s", d.quote, other), remedy: "quote the sentence that names the model, or " + ask}
		}
	}
	return a
}

// notThere is the answer when the quoted sentence is not on the page.
func (d declared) notThere(p page.Page) answer {
	a := answer{
		verdict: plimsoll.Fail,
		reason:  fmt.Sprintf("the declared sentence is not on the page: %q", d.quote),
		remedy:  "publish the sentence on the page, or correct ixit.UserInfo." + field + ".quote and the declared end of support",
	}
	c := d.candidates(p)
	switch len(c) {
	case 0:
		a.reason += "; the page names no end of support"
	case 1:
		a.reason += fmt.Sprintf("; it says %q", c[0].sentence)
	}
	return a
}

// compare compares what a sentence gives with the declared end.
func (d declared) compare(sentence string) answer {
	until := d.until[0]
	days, doubt := d.read(sentence)
	switch {
	case doubt != "":
		return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf("%q: %s", sentence, doubt), remedy: "name the last day on the page as in 15 January 2031, or " + ask}
	case slices.Contains(days, until):
		return answer{verdict: plimsoll.Pass, reason: fmt.Sprintf("the page says %q, which is the declared end, %s", sentence, until), read: until}
	}
	return answer{
		verdict: plimsoll.Fail, read: days[0],
		reason: fmt.Sprintf("the page says %q, which is %s; declared is %s", sentence, days[0], until),
		remedy: "publish the declared end of support, or declare the published one",
	}
}

// read returns the last day that a sentence gives. A period gives two, because its
// last day is counted in two ways. doubt says why a person must read it.
func (d declared) read(sentence string) (days []string, doubt string) {
	dates := d.ends(sentence)
	if len(dates) == 0 {
		return d.counted(sentence)
	}
	if len(dates) > 1 {
		return nil, "it names several dates"
	}
	e := dates[0]
	switch {
	case e.Or != "":
		return nil, fmt.Sprintf("%q can be %s or %s", e.Text, e.Day, e.Or)
	case e.Precision != "day" && e.Day != d.until[0]:
		return nil, fmt.Sprintf("%q names no day", e.Text)
	}
	return []string{e.Day}, ""
}

// ends lists the dates of a sentence that may be the end of support, each day once:
// not the begin, and of several only those behind a word that says until.
func (d declared) ends(sentence string) []page.Date {
	var all, marked []page.Date
	for _, x := range page.Dates(sentence) {
		same := func(y page.Date) bool { return y.Day == x.Day && y.Or == x.Or }
		if d.beginsAt(sentence, x) || slices.ContainsFunc(all, same) {
			continue
		}
		all = append(all, x)
		if ending.MatchString(before(sentence, x)) {
			marked = append(marked, x)
		}
	}
	if len(all) > 1 && len(marked) > 0 {
		return marked
	}
	return all
}

// beginsAt says that a date is the begin of a period, not its end.
func (d declared) beginsAt(sentence string, x page.Date) bool {
	return begin.MatchString(before(sentence, x)) || slices.Contains(d.begins, x.Day) && x.Day != d.until[0]
}

// before is what stands before a date, of which the last words count.
func before(sentence string, x page.Date) string {
	from := min(x.From, len(sentence))
	return strings.ToValidUTF8(sentence[max(0, from-40):from], "")
}

// counted reads a period in years or months from a begin that the sentence gives.
func (d declared) counted(sentence string) (days []string, doubt string) {
	var periods []page.Time
	for _, t := range page.Times(sentence) {
		if t.Years+t.Months > 0 {
			periods = append(periods, t)
		}
	}
	begins, dated := d.begins, false
	for _, x := range page.Dates(sentence) {
		begins, dated = []string{x.Day}, x.Or == "" && x.Precision == "day"
	}
	switch {
	case len(periods) == 0:
		return nil, "software reads no date and no period in it"
	case len(periods) > 1:
		return nil, "it names several periods"
	case purchase.MatchString(sentence):
		return nil, fmt.Sprintf("%q is counted from the purchase, which gives each user another day", periods[0].Text)
	case !dated && len(page.Dates(sentence)) > 0:
		return nil, fmt.Sprintf("it does not name the day from which %q is counted", periods[0].Text)
	case len(begins) == 0:
		return nil, fmt.Sprintf("%q is counted from a day that is not declared (product.support.from, product.place_on_market)", periods[0].Text)
	case !dated && !launch.MatchString(sentence):
		return nil, fmt.Sprintf("it does not say from when %q is counted", periods[0].Text)
	}
	for _, b := range begins {
		if same, last, ok := periods[0].After(b); ok {
			days = append(days, same, last)
		}
	}
	if len(days) == 0 {
		return nil, "the declared begin is no date"
	}
	return days, ""
}

// candidate is a sentence of the page that may give the end of support.
type candidate struct {
	sentence, day string
	clear         bool // it names the product, speaks of updates and says until
}

// candidates are the parser's own reading: the sentences about support with a date,
// one for each day.
func (d declared) candidates(p page.Page) []candidate {
	var out []candidate
	for _, s := range p.Sentences() {
		if len(s) > 600 || !topic.MatchString(s) && !d.named(s) || warranty.MatchString(s) {
			continue
		}
		for _, x := range d.ends(s) {
			if x.Precision == "year" && !ending.MatchString(before(s, x)) {
				continue // a year alone is seldom a date: © 2026
			}
			if slices.ContainsFunc(out, func(c candidate) bool { return c.day == x.Day }) {
				continue
			}
			out = append(out, candidate{s, x.Day, x.Or == "" && x.Precision == "day" && d.named(s) && topic.MatchString(s) &&
				!page.Negated(s) && ending.MatchString(before(s, x))})
		}
	}
	return out
}

// others lists the days of the page other than one.
func (d declared) others(p page.Page, day string) string {
	var out []string
	for _, c := range d.candidates(p) {
		if c.day != day {
			out = append(out, c.day)
		}
	}
	return strings.Join(out, ", ")
}

// propose is the answer when nothing is quoted. The parser's reading decides nothing,
// except that a clear sentence for this product with another date contradicts the
// declaration, and that a page without any date or period publishes none.
func (d declared) propose(p page.Page) answer {
	c := d.candidates(p)
	switch {
	case len(c) == 1 && c[0].clear && c[0].day != d.until[0]:
		return answer{
			verdict: plimsoll.Fail,
			reason:  fmt.Sprintf("the page says %q, which is %s; declared is %s", c[0].sentence, c[0].day, d.until[0]),
			remedy:  "publish the declared end of support, or declare the published one and quote its sentence",
		}
	case len(c) == 1:
		return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf("the declaration quotes no sentence; the page seems to say %q", c[0].sentence), remedy: d.line(c[0].sentence)}
	case len(c) > 1:
		var lines []string
		for _, x := range c {
			lines = append(lines, fmt.Sprintf("%q", x.sentence))
		}
		return answer{verdict: plimsoll.Inconclusive, reason: "the declaration quotes no sentence, and the page names several dates: " + strings.Join(lines, ", "), remedy: "choose the sentence of this model; " + d.line(c[0].sentence)}
	case len(page.Dates(p.Text)) == 0 && !periodAnywhere(p) && p.Readable() && !p.Cut && topic.MatchString(p.Text):
		return answer{verdict: plimsoll.Fail, reason: "the page names no date and no period, and the declaration quotes no sentence", remedy: "publish the last day of security updates on the page, and quote the sentence: quote: \"…\""}
	}
	return answer{verdict: plimsoll.Inconclusive, reason: "the declaration quotes no sentence, and software finds no end of support on the page", remedy: "quote the sentence that gives it, under ixit.UserInfo." + field + " in product.yaml: quote: \"…\""}
}

func periodAnywhere(p page.Page) bool {
	return slices.ContainsFunc(page.Times(p.Text), func(t page.Time) bool { return t.Years+t.Months > 0 })
}
