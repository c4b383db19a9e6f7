package regime

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// Markets lists the names of the markets.
func Markets() []string {
	return []string{"uk", "eu", "us", "sg", "jp", "au", "de", "kr", "in", "br", "ca", "fi", "world"}
}

// routes lists the ways to show that a level is met, the cheapest first.
var routes = []string{
	"none", "self-declaration", "module-a", "authority", "laboratory", "notified-body", "certificate",
}

// addressees lists whom a requirement may address.
var addressees = []string{
	"manufacturer", "service_provider", "app_developer", "retailer", "importer", "distributor", "authorised_representative",
}

var (
	idForm           = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	askForm          = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	itemForm         = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._()/-]*$`)
	jurisdictionForm = regexp.MustCompile(`^[A-Z]{2,3}$`)
	languageForm     = regexp.MustCompile(`^[a-z]{2}$`)
	feeForm          = regexp.MustCompile(`^[A-Z]{3} [0-9]+(-[0-9]+)?( .+)?$`)
)

// regime reads one regime.yaml.
func (l *loader) regime(folder string, o *strictyaml.Object) {
	strictyaml.OneOf(o.Need("schema"), SchemaID)
	id := o.Need("id")
	r := &Regime{ID: plimsoll.RegimeID(id.Text())}
	l.r, l.cites = r, map[string]string{}
	if string(r.ID) != folder || !idForm.MatchString(folder) {
		l.At(id.At, "id %q is not the name of the folder %q in lower case with dashes", r.ID, folder)
	}
	l.head(r, o)
	l.texts(o.Get("cites"), func(key string, v strictyaml.Value) { l.cites[key] = v.Text() })
	r.Placed = l.placed(o.Get("placed"))
	for _, v := range o.Get("asks").List() {
		l.ask(v.Object())
	}
	l.events(r, o.Need("events"))
	l.scope(r, o.Get("scope"))
	l.levels(r, o.Get("levels"))
	l.routeRules(r, o.Get("routes"))
	l.documents(r, o.Get("documents"))
	l.duties(r, o)
	l.requirements(r, o.Need("requirements"))
	for _, v := range o.Get("recognises").List() {
		l.edge(r, v.Object())
	}
	r.Sources = strictyaml.Texts[string](o.Need("sources"))
	r.Uncertain = strictyaml.Texts[string](o.Get("uncertain"))
	o.Done()
	l.set.Regimes = append(l.set.Regimes, r)
	l.set.byID[r.ID] = r
}

func (l *loader) head(r *Regime, o *strictyaml.Object) {
	r.Title = o.Need("title").Text()
	r.Authority = o.Need("authority").Text()
	r.Instrument = strictyaml.OneOf(o.Need("instrument"), Law, Label, Standard, Guidance)
	r.Edition = o.Need("edition").Text()
	r.Standard = strictyaml.OneOf(o.Get("standard"), plimsoll.EditionV2, plimsoll.EditionV3)
	r.Indicates = o.Get("indicates").Bool()
	r.Confidence = strictyaml.OneOf(o.Need("confidence"), High, Medium, Low)
	j, m := o.Get("jurisdiction"), o.Get("markets")
	r.Jurisdiction = strictyaml.Texts[string](j)
	for _, s := range r.Jurisdiction {
		if !jurisdictionForm.MatchString(s) {
			l.At(j.At, "jurisdiction %q is not a code such as GB or EEA", s)
		}
	}
	r.Markets = strictyaml.Texts[string](m)
	l.known(m.At, "market", r.Markets, Markets())
	if r.Indicates && r.Instrument == Law {
		l.At(o.Get("indicates").At, "a law does not only indicate")
	}
}

// texts reads a mapping whose keys are the author's.
func (l *loader) texts(v strictyaml.Value, each func(string, strictyaml.Value)) {
	if v.Absent() {
		return
	}
	o := v.Object()
	for _, name := range o.Names() {
		each(name, o.Need(name))
	}
	o.Done()
}

// known complains of names that are not in a list.
func (l *loader) known(at strictyaml.Place, what string, names, all []string) {
	for _, n := range names {
		if !slices.Contains(all, n) {
			l.At(at, "unknown %s %q (known: %s)", what, n, strings.Join(all, ", "))
		}
	}
}

// cite reads the citation of o, which may be a name of the list of cites: "$own".
func (l *loader) cite(o *strictyaml.Object) string {
	v := o.Need("cite")
	s := v.Text()
	if name, short := strings.CutPrefix(s, "$"); short {
		full, ok := l.cites[name]
		if !ok {
			l.At(v.At, "cite %q is not in the list of cites", s)
		}
		s = full
	}
	return s
}

// date reads a date that may be known to the month or year only.
func (l *loader) date(v strictyaml.Value) string {
	s := v.Text()
	if v.Absent() {
		return ""
	}
	if strings.Contains(s, "memory") {
		l.At(v.At, "date %q is from memory: leave it out and write it into uncertain", s)
	} else if _, err := startOf(s); err != nil {
		l.At(v.At, "%v", err)
	}
	return s
}

// span reads two dates of which the second must come later.
func (l *loader) span(o *strictyaml.Object, first, second string) (from, until string) {
	from, until = l.date(o.Get(first)), l.date(o.Get(second))
	a, errA := startOf(from)
	b, errB := startOf(until)
	if errA == nil && errB == nil && !a.Before(b) {
		l.At(o.At, "%s %s is not before %s %s", first, from, second, until)
	}
	return from, until
}

func (l *loader) period(v strictyaml.Value) Period {
	p := Period(v.Text())
	if v.Absent() {
		return ""
	}
	if err := p.check(); err != nil {
		l.At(v.At, "%v", err)
	}
	return p
}

func (l *loader) placed(v strictyaml.Value) Placed {
	if v.Absent() {
		return Placed{}
	}
	o := v.Object()
	from, before := l.span(o, "from", "before")
	o.Done()
	if from == "" && before == "" {
		l.At(o.At, "neither from nor before is given")
	}
	return Placed{from, before}
}

func (l *loader) events(r *Regime, v strictyaml.Value) {
	states := 0
	for _, e := range v.List() {
		o := e.Object()
		ev := Event{
			Date:  l.date(o.Need("date")),
			State: strictyaml.OneOf(o.Get("state"), Announced, InForce, Open, ClosedToNew, Suspended, Repealed),
			What:  o.Need("what").Text(),
			Cite:  l.cite(o),
		}
		o.Done()
		if n := len(r.Events); n > 0 {
			last, errA := startOf(r.Events[n-1].Date)
			now, errB := startOf(ev.Date)
			if errA == nil && errB == nil && now.Before(last) {
				l.At(o.At, "event of %s stands after that of %s", ev.Date, r.Events[n-1].Date)
			}
		}
		if ev.State != "" {
			states++
		}
		r.Events = append(r.Events, ev)
	}
	if states == 0 && !v.Absent() {
		l.At(v.At, "no event has a state")
	}
}

func (l *loader) scope(r *Regime, v strictyaml.Value) {
	if v.Absent() {
		return
	}
	o := v.Object()
	r.Scope = Scope{In: l.clauses(o.Get("in")), Out: l.clauses(o.Get("out")), Must: l.clauses(o.Get("must"))}
	if len(r.Scope.Must) > 0 && r.Instrument == Law {
		l.At(o.Get("must").At, "a law is a duty for all it catches: must is for labels and standards")
	}
	o.Done()
}

func (l *loader) clauses(v strictyaml.Value) []Clause {
	var out []Clause
	for _, e := range v.List() {
		o := e.Object()
		c := Clause{What: o.Need("what").Text(), Cite: l.cite(o)}
		c.From, c.Until = l.span(o, "from", "until")
		c.Rule = l.condition(o.Need("rule"))
		o.Done()
		out = append(out, c)
	}
	return out
}

func (l *loader) levels(r *Regime, v strictyaml.Value) {
	for _, e := range v.List() {
		o := e.Object()
		lv := &Level{
			ID:       o.Need("id").Text(),
			Name:     o.Need("name").Text(),
			Includes: o.Get("includes").Text(),
			When:     l.optionalCondition(o.Get("when")),
			From:     l.date(o.Get("from")),
			Route:    o.Need("route").Text(),
			Validity: l.period(o.Get("validity")),
			Fee:      o.Get("fee").Text(),
			Days:     o.Get("days").Int(),
			Cite:     l.cite(o),
		}
		l.known(o.At, "route", []string{lv.Route}, routes)
		if lv.Fee != "" && !feeForm.MatchString(lv.Fee) {
			l.At(o.Get("fee").At, "fee %q is not a currency and an amount, such as JPY 198000 with tax", lv.Fee)
		}
		if _, twice := r.Level(lv.ID); twice {
			l.At(o.At, "level %q stands twice", lv.ID)
		}
		r.Levels = append(r.Levels, lv)
		l.afterwards(func() {
			if _, ok := r.Level(lv.Includes); lv.Includes != "" && !ok {
				l.At(o.At, "level %q includes the unknown level %q", lv.ID, lv.Includes)
			}
			if below := r.Below(lv); lv.Includes != "" && slices.Contains(below[1:], lv.ID) {
				l.At(o.At, "level %q includes itself through %s", lv.ID, strings.Join(below[1:], ", "))
			}
		})
		o.Done()
	}
}

// levelNames reads a list of levels of the regime being read.
func (l *loader) levelNames(r *Regime, v strictyaml.Value) []string {
	names := strictyaml.Texts[string](v)
	for _, n := range names {
		if _, ok := r.Level(n); !ok {
			l.At(v.At, "unknown level %q of %s", n, r.ID)
		}
	}
	return names
}
