package statement

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

//go:embed forms/*.yaml lang/*.yaml assets
var embedded embed.FS

// anyRegime marks a document that is not of one regime.
const anyRegime plimsoll.RegimeID = "any"

// library is the embedded forms and languages.
type library struct {
	forms []*form // as order says
	lang  map[string]*messages
}

// order is the order in which documents are listed; the first of a regime is its
// own when none is named. A form that is not in it stands at the end, by name.
var order = [...]string{
	"uk-statement", "au-statement", "eu-doc-red", "eu-doc-red-simplified", "en18031-report",
	"eu-doc-cra", "eu-doc-cra-simplified", "cra-user-information", "cra-technical-documentation",
	"sg-cls-declaration", "sg-cls-checklist", "jp-jcstar-checklist", "us-registry-record", "us-application-declaration", "de-bsi-declaration",
	"disclosure-policy", "support-period", "security-txt", "consumer-sheet",
}

// form is a document as data.
type form struct {
	id, title, subtitle string // a text that begins with "@" is a key of the languages
	regimes             []plimsoll.RegimeID
	document            string // what the regime calls it
	languages           []string
	layout              Layout
	data                bool
	depends             depends
	cites, notes        []string
	sections            []formSection
	given               []string // the names of given.* that it uses
}

// depends says what must hold before the document is no draft any more.
type depends struct {
	answer     bool
	level      string   // the tier whose requirements count: an id, or given.level
	only       string   // only requirements with this prefix
	except     []string // requirements that the document itself meets
	provisions []plimsoll.ProvisionID
}

type formSection struct {
	id, title string
	text      []string
	fields    []formField
	table     *formTable
}

type formField struct {
	id, label, cite                      string
	verbatim, required, plain, statement bool
	signature                            bool
	lines                                []string
	covers                               []string // further fields of the regime's document that it states
	by                                   string   // the path that chooses one of the options
	options                              []option
	when                                 string // path=value
	otherwise                            string
}

type option struct{ is, line string }

type formTable struct {
	of, only, without string
	trace             bool
}

// load reads the forms and languages once. An error means that the program was
// built with broken data.
var load = sync.OnceValues(func() (*library, error) { return loadFrom(embedded) })

func loadFrom(fsys fs.FS) (*library, error) {
	lib := &library{lang: map[string]*messages{}}
	p := &strictyaml.Problems{}
	langs, err := fs.Glob(fsys, "lang/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the languages: %w", err)
	}
	for _, name := range langs {
		m := readMessages(strictyaml.Read(fsys, name, p))
		lib.lang[m.language] = m
	}
	names, err := fs.Glob(fsys, "forms/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the forms: %w", err)
	}
	for _, name := range names {
		o := strictyaml.Read(fsys, name, p)
		f := readForm(o)
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); f.id != want {
			p.At(o.At, "the id is %q, the file is called %q", f.id, want)
		}
		lib.checkForm(f, func(format string, args ...any) { p.At(o.At, format, args...) })
		lib.forms = append(lib.forms, f)
	}
	slices.SortStableFunc(lib.forms, func(a, b *form) int { return rank(a.id) - rank(b.id) })
	if len(lib.forms) == 0 || lib.lang["en"] == nil {
		return nil, errors.New("reading the forms: there is no form, or no English")
	}
	if err := p.Err(); err != nil {
		return nil, fmt.Errorf("reading the forms: %w", err)
	}
	return lib, nil
}

func rank(id string) int {
	if i := slices.Index(order[:], id); i >= 0 {
		return i
	}
	return len(order)
}

// pick finds the form that is asked for.
func (l *library) pick(in Input) (*form, error) {
	var of []string
	id := plimsoll.RegimeID("")
	if in.Regime != nil {
		id = in.Regime.ID
	}
	for _, f := range l.forms {
		own := slices.Contains(f.regimes, id)
		if !own && !slices.Contains(f.regimes, anyRegime) {
			continue
		}
		if f.id == in.Document || own && (in.Document == "" || in.Document == f.document) {
			return f, nil
		}
		of = append(of, f.id)
	}
	if in.Document == "" {
		return nil, fmt.Errorf("no document of %q is laid out here; there are %s", id, strings.Join(of, ", "))
	}
	return nil, fmt.Errorf("%q has no document %q; there are %s", id, in.Document, strings.Join(of, ", "))
}

func readForm(o *strictyaml.Object) *form {
	f := &form{
		id: o.Need("id").Text(), title: o.Need("title").Text(), subtitle: o.Get("subtitle").Text(),
		regimes: strictyaml.Texts[plimsoll.RegimeID](o.Need("regimes")), document: o.Get("document").Text(), languages: strictyaml.Texts[string](o.Need("languages")),
		layout: strictyaml.OneOf(o.Need("layout"), LayoutForm, LayoutPage, LayoutText), data: o.Get("data").Bool(),
		cites: strictyaml.Texts[string](o.Need("cites")), notes: strictyaml.Texts[string](o.Need("notes")),
	}
	dep := o.Need("depends").Object()
	f.depends = depends{
		answer: dep.Need("answer").Bool(), level: dep.Get("level").Text(), only: dep.Get("only").Text(),
		except: strictyaml.Texts[string](dep.Get("except")), provisions: strictyaml.Texts[plimsoll.ProvisionID](dep.Get("provisions")),
	}
	dep.Done()
	for _, v := range o.Need("sections").List() {
		s := v.Object()
		sec := formSection{id: s.Need("id").Text(), title: s.Get("title").Text(), text: strictyaml.Texts[string](s.Get("text"))}
		for _, fv := range s.Get("fields").List() {
			sec.fields = append(sec.fields, readField(fv.Object()))
		}
		if t := s.Get("table"); !t.Absent() {
			to := t.Object()
			sec.table = &formTable{of: to.Need("of").Text(), only: to.Get("only").Text(), without: to.Get("without").Text(), trace: to.Get("trace").Bool()}
			to.Done()
		}
		s.Done()
		f.sections = append(f.sections, sec)
	}
	o.Done()
	return f
}

func readField(o *strictyaml.Object) formField {
	f := formField{
		id: o.Need("id").Text(), label: o.Need("label").Text(), cite: o.Get("cite").Text(),
		verbatim: o.Get("verbatim").Bool(), required: o.Get("required").Bool(), plain: o.Get("plain").Bool(),
		statement: o.Get("statement").Bool(), signature: o.Get("signature").Bool(),
		lines: strictyaml.Texts[string](o.Get("lines")), covers: strictyaml.Texts[string](o.Get("covers")), by: o.Get("by").Text(),
		when: o.Get("when").Text(), otherwise: o.Get("otherwise").Text(),
	}
	for _, v := range o.Get("options").List() {
		x := v.Object()
		f.options = append(f.options, option{is: x.Need("is").Text(), line: x.Need("line").Text()})
		x.Done()
	}
	o.Done()
	return f
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// checkForm refuses what could not be filled in: unknown paths, keys and tables,
// a field without anything, verbatim words without a citation.
func (l *library) checkForm(f *form, bad func(string, ...any)) {
	if len(f.languages) == 0 || len(f.cites) == 0 {
		bad("no language, or no citation")
		f.languages = append(f.languages, "en")
	}
	texts := append([]string{f.title, f.subtitle}, f.notes...)
	seen := map[string]bool{}
	for _, s := range f.sections {
		texts = append(append(texts, s.title), s.text...)
		if s.table != nil && tables[s.table.of] == nil {
			bad("unknown table %q", s.table.of)
		}
		for _, x := range s.fields {
			if seen[x.id] {
				bad("field %q stands twice", x.id)
			}
			seen[x.id] = true
			if x.verbatim && x.cite == "" {
				bad("field %q is verbatim without a citation", x.id)
			}
			if len(x.lines) == 0 && len(x.options) == 0 && !x.signature && !x.statement || len(x.options) > 0 && x.by == "" {
				bad("field %q has nothing to show", x.id)
			}
			texts = append(texts, x.lines...)
			for _, opt := range x.options {
				texts = append(texts, opt.line)
			}
			path, _, _ := strings.Cut(x.when, "=")
			for _, p := range []string{x.by, path} {
				if p != "" {
					texts = append(texts, "{"+p+"?}")
				}
			}
		}
	}
	if f.depends.level != "" && strings.HasPrefix(f.depends.level, "given.") {
		texts = append(texts, "{"+f.depends.level+"}")
	}
	for _, lang := range f.languages {
		m := l.lang[lang]
		if m == nil {
			bad("unknown language %q", lang)
			continue
		}
		for _, t := range texts {
			l.checkText(f, m, t, bad)
		}
	}
	slices.Sort(f.given)
}

func (l *library) checkText(f *form, m *messages, t string, bad func(string, ...any)) {
	if key, ok := strings.CutPrefix(t, "@"); ok && m.texts[key] == "" {
		bad("%s has no text %q", m.language, key)
	}
	for _, g := range placeholder.FindAllStringSubmatch(m.text(t), -1) {
		for p := range strings.SplitSeq(strings.TrimSuffix(g[1], "?"), "|") {
			if !known(p) {
				bad("unknown path %q", p)
			}
			for _, name := range givenBy(p) {
				if !slices.Contains(f.given, name) {
					f.given = append(f.given, name)
				}
			}
		}
	}
}

// calculatedOr are the calculated values that a person may give instead.
var calculatedOr = map[string]bool{"route": true, "expires": true}

// givenBy lists the values that a person may give where a path is used.
func givenBy(p string) []string {
	if name, ok := strings.CutPrefix(p, "given."); ok {
		return []string{name}
	}
	if name, ok := strings.CutPrefix(p, "calc."); ok && calculatedOr[name] {
		return []string{name}
	}
	return nil
}
