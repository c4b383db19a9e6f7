// Package statement fills in the documents that a regime asks for: statements and
// declarations, checklists, registry records, the pages and files that a maker
// publishes, and the sheet for the person who buys the product. Each document is
// data, a form below forms/; its values come from the declaration, the assessment
// and the answer of the regime.
//
// What is missing is marked where it belongs and listed; one value is the same in
// every document, and sources that contradict one another are an error. The
// package must never invent a value, never sign, never leave out that a document
// is a DRAFT while anything it depends on is open or failing, and never show a
// sentence as prescribed that does not stand in the law.
package statement

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
)

// Schema is the identifier of the JSON of a document.
const Schema = "plimsoll.statement/1"

// Input is what a document is made from.
type Input struct {
	Product    *product.Product
	Assessment *plimsoll.Assessment // nil: nothing was judged, which leaves a DRAFT
	Answer     *answer.Answer       // of Regime on Day; nil leaves a DRAFT where the document rests on it
	Regime     *regime.Regime       // nil for the documents of no regime
	Document   string               // an ID of List, or the regime's own id for it; "" the first of the regime
	Language   string               // ISO 639; "" the first of the document
	Day        time.Time
	Given      map[string]string // what a person adds, by the names that Info.Given lists
}

// Document is a form with its values.
type Document struct {
	Schema       string            `json:"schema"`
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Subtitle     string            `json:"subtitle,omitempty"`
	Regime       plimsoll.RegimeID `json:"regime,omitempty"`
	Language     string            `json:"language"`
	Day          string            `json:"day"`
	Product      string            `json:"product"`
	Draft        bool              `json:"draft"`
	DraftBecause []string          `json:"draft_because"`
	Sections     []Section         `json:"sections"`
	Missing      []Gap             `json:"missing"`
	Notes        []string          `json:"notes"`
	Cites        []string          `json:"cites"`

	layout Layout
	data   bool
	signer string // on whose behalf it is signed
	msg    *messages
}

// Layout is how a document is laid out.
type Layout string

// The layouts.
const (
	LayoutForm Layout = "form" // numbered fields with their citations
	LayoutPage Layout = "page" // running text for people
	LayoutText Layout = "text" // a file of lines, such as security.txt
)

// Layout says how the document is laid out.
func (d *Document) Layout() Layout { return d.layout }

// Section is a part of a document.
type Section struct {
	ID     string  `json:"id"`
	Title  string  `json:"title,omitempty"`
	Text   []Line  `json:"text,omitempty"`
	Fields []Field `json:"fields,omitempty"`
	Table  *Table  `json:"table,omitempty"`
}

// empty sections are left out: all they could say is optional and not there.
func (s Section) empty() bool { return len(s.Text) == 0 && len(s.Fields) == 0 && s.Table == nil }

// FieldState says how a field stands.
type FieldState string

// The states of a field.
const (
	Filled        FieldState = "filled"
	Missing       FieldState = "missing"        // at least one value of it is
	NotStated     FieldState = "not stated"     // nothing to say, and nothing required
	NotApplicable FieldState = "not applicable" // what it depends on does not hold
	ToSign        FieldState = "to sign"        // left to the signatory
)

// Field is one thing that a document states.
type Field struct {
	ID       string     `json:"id"`
	Label    string     `json:"label"`
	Verbatim bool       `json:"verbatim,omitempty"` // the label, or with Plain the lines, are the words of Cite
	Plain    bool       `json:"plain,omitempty"`
	Cite     string     `json:"cite,omitempty"`
	Required bool       `json:"required,omitempty"`
	State    FieldState `json:"state"`
	Lines    []Line     `json:"lines,omitempty"`
}

// Text is the value of the field without marks, "" when anything of it is missing.
func (f Field) Text() string {
	if f.State != Filled {
		return ""
	}
	out := make([]string, len(f.Lines))
	for i, l := range f.Lines {
		out[i] = l.String()
	}
	return strings.Join(out, "; ")
}

// Line is a line of text in which missing values are marked.
type Line []Run

// Run is a piece of a line.
type Run = paper.Run

func (l Line) String() string {
	var b strings.Builder
	for _, r := range l {
		b.WriteString(r.Text)
	}
	return b.String()
}

func (l Line) missing() bool { return slices.ContainsFunc(l, func(r Run) bool { return r.Missing }) }

// Table lists things, such as the requirements that were answered.
type Table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// Gap is a value that no source gives.
type Gap struct {
	Where  string `json:"where"`  // the field or section
	Path   string `json:"path"`   // what was looked for
	Remedy string `json:"remedy"` // how to supply it
}

func (g Gap) String() string { return fmt.Sprintf("%s: %s: %s", g.Where, g.Path, g.Remedy) }

// Info tells of a document without making it.
type Info struct {
	ID, Title string
	Regimes   []plimsoll.RegimeID // "any": every regime
	Document  string              // the id that the regime itself gives it, "" none
	Languages []string
	Layout    Layout
	Data      bool     // its JSON has a flat record
	Given     []string // the values that a person may add
}

// List lists the documents of a regime, those of every regime last; of all
// regimes when id is "".
func List(id plimsoll.RegimeID) ([]Info, error) {
	lib, err := load()
	if err != nil {
		return nil, err
	}
	var out, shared []Info
	for _, f := range lib.forms {
		info := Info{
			ID: f.id, Title: lib.lang[f.languages[0]].text(f.title), Regimes: f.regimes, Document: f.document,
			Languages: f.languages, Layout: f.layout, Data: f.data, Given: f.given,
		}
		switch {
		case id == "" || slices.Contains(f.regimes, id):
			out = append(out, info)
		case slices.Contains(f.regimes, anyRegime):
			shared = append(shared, info)
		}
	}
	return append(out, shared...), nil
}

// Make fills in a document. It refuses an input whose parts do not belong
// together, and sources that contradict one another (Contradiction).
func Make(in Input) (*Document, error) {
	lib, err := load()
	if err != nil {
		return nil, err
	}
	if err := check(in); err != nil {
		return nil, fmt.Errorf("making a statement: %w", err)
	}
	f, err := lib.pick(in)
	if err != nil {
		return nil, err
	}
	lang := in.Language
	if lang == "" {
		lang = f.languages[0]
	}
	if !slices.Contains(f.languages, lang) {
		return nil, fmt.Errorf("document %s is not there in %q, only in %s", f.id, lang, strings.Join(f.languages, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(in.Given)) {
		if !slices.Contains(f.given, name) {
			return nil, fmt.Errorf("document %s takes no value %q, only %s", f.id, name, strings.Join(f.given, ", "))
		}
	}
	if err := agree(in); err != nil {
		return nil, err
	}
	fl := &filler{in: in, form: f, msg: lib.lang[lang]}
	return fl.document()
}

// check reports parts that do not belong together.
func check(in Input) error {
	switch {
	case in.Product == nil:
		return errors.New("no declaration")
	case in.Day.IsZero():
		return errors.New("no day")
	}
	if a := in.Assessment; a != nil {
		want := in.Product.Identity()
		if got := a.Product; got.Manufacturer != want.Manufacturer || got.Name != want.Name || got.Model != want.Model {
			return fmt.Errorf("the assessment is of %q %q by %q, the declaration of %q %q by %q", got.Name, got.Model, got.Manufacturer, want.Name, want.Model, want.Manufacturer)
		}
	}
	if a := in.Answer; a != nil {
		day := in.Day.UTC().Format(time.DateOnly)
		switch {
		case in.Regime == nil:
			return fmt.Errorf("an answer of %s without its regime", a.Regime)
		case a.Regime != in.Regime.ID:
			return fmt.Errorf("the answer is of %s, the regime is %s", a.Regime, in.Regime.ID)
		case a.Day != day:
			return fmt.Errorf("the answer is for %s, the document for %s", a.Day, day)
		}
	}
	return nil
}

func (fl *filler) document() (*Document, error) {
	f, in := fl.form, fl.in
	d := &Document{
		Schema: Schema, ID: f.id, Language: fl.msg.language, Day: in.Day.UTC().Format(time.DateOnly),
		Product:      clean(in.Product.Info.Name + " " + in.Product.Info.Model),
		DraftBecause: []string{}, Sections: []Section{}, Missing: []Gap{}, Notes: []string{}, Cites: f.cites,
		layout: f.layout, data: f.data, signer: clean(in.Product.Info.Manufacturer.Name), msg: fl.msg,
	}
	if in.Regime != nil && !slices.Contains(f.regimes, anyRegime) {
		d.Regime = in.Regime.ID
	}
	fl.where = f.id
	d.Title = fl.line(f.title).String()
	d.Subtitle = fl.line(f.subtitle).String()
	for _, n := range f.notes {
		d.Notes = append(d.Notes, fl.msg.text(n))
	}
	for _, s := range f.sections {
		sec, err := fl.section(s)
		if err != nil {
			return nil, err
		}
		if !sec.empty() {
			d.Sections = append(d.Sections, sec)
		}
	}
	if len(fl.gaps) > 0 {
		d.Missing = fl.gaps
	}
	d.DraftBecause = append(append(d.DraftBecause, fl.because()...), fl.invalid(d)...)
	d.Draft = len(d.DraftBecause) > 0
	return d, nil
}
