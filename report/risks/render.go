package risks

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

//go:embed section.html.tmpl
var templates embed.FS

// JSON writes the view as JSON, indented, with a line feed at its end.
func JSON(w io.Writer, v *View) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing the risks as JSON: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// keys are the styles of the leads.
var keys = map[Lead]string{
	LeadFail: view.Fail.Key, LeadAgainst: "against", LeadOpen: view.Open.Key, LeadPass: view.Pass.Key, LeadNothing: view.NotApplicable.Key,
}

// word is the lead in few words. It counts provisions: the risk itself has no verdict.
func word(r *Risk) string {
	switch r.Lead {
	case LeadFail:
		return fmt.Sprintf("%d FAIL", r.Counts.Fail)
	case LeadAgainst:
		return fmt.Sprintf("%d against", r.Counts.Against)
	case LeadOpen:
		return fmt.Sprintf("%d open", r.Counts.Open)
	case LeadPass:
		return fmt.Sprintf("%d PASS", r.Counts.Pass)
	}
	return "nothing to go by"
}

// Section writes the view as a fragment for report.HTMLOptions.Sections: it uses the
// style of the report, and its provisions link into it.
func Section(w io.Writer, v *View) error { return section(w, v, true) }

func section(w io.Writer, v *View, linked bool) error {
	funcs := template.FuncMap{
		"key":    func(l Lead) string { return keys[l] },
		"word":   word,
		"style":  func(l *Line) string { return l.key },
		"marked": func(l *Line) bool { return l.against },
		"linked": func(l *Line) bool { return linked && l.State != notAsked && l.State != notAssessed },
		"more":   more,
		"troubled": func(r *Risk) bool {
			return slices.ContainsFunc(r.Lines, func(l *Line) bool { return len(l.Troubles) > 0 })
		},
	}
	t, err := template.New("section.html.tmpl").Funcs(funcs).ParseFS(templates, "section.html.tmpl")
	if err != nil {
		return fmt.Errorf("writing the risks as HTML: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("writing the risks as HTML: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// more says how many troubles the one that is shown stands for.
func more(ts []Trouble) string {
	if len(ts) < 2 {
		return ""
	}
	return fmt.Sprintf("and %d more", len(ts)-1)
}

// HTML writes the view as a page of its own.
func HTML(w io.Writer, v *View) error {
	var body strings.Builder
	fmt.Fprintf(&body, "<section class=\"risks\" aria-labelledby=\"risks\">\n<p class=\"eyebrow\">%s</p>\n<h1 id=\"risks\">%s: the risks</h1>\n<p class=\"lead\">%s</p>\n",
		template.HTMLEscapeString(v.Product.Manufacturer), template.HTMLEscapeString(v.Product.Name), template.HTMLEscapeString(v.head()))
	if err := section(&body, v, false); err != nil {
		return err
	}
	body.WriteString("</section>")
	return report.Page{
		Title: v.Product.Name + ": the risks", About: "risks of a connected product", Body: template.HTML(body.String()),
		Footer: []string{fmt.Sprintf("Made by %s %s from the assessment of %s.", v.Tool.Name, v.Tool.Version, v.At.Format("2 January 2006"))},
	}.Write(w)
}

// head says what was assessed, on whose word and when.
func (v *View) head() string {
	p := view.Joined(", ", view.Joined(" ", v.Product.Model, v.Product.Hardware), prefixed("firmware ", v.Product.Firmware))
	return fmt.Sprintf("%s; %s, %s, on %s", p, v.standard, v.by, v.At.Format("2006-01-02"))
}

// TextOptions are the choices for text. The zero value gives 100 columns.
type TextOptions struct {
	Width int // columns; less than 60 is 60
}

// Text writes the view for a terminal: each risk with what fails, what speaks
// against and what is open, and the rest as lists of ids.
func Text(w io.Writer, v *View, o TextOptions) error {
	t := text{w: 100}
	if o.Width > 0 {
		t.w = max(60, o.Width)
	}
	t.hang("", v.Product.Manufacturer+", "+v.Product.Name)
	t.hang("", v.head())
	t.b.WriteByte('\n')
	t.hang("", v.Reading)
	for _, c := range v.Caveats {
		t.hang("! ", c)
	}
	for _, r := range v.Risks {
		t.risk(r)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type text struct {
	b strings.Builder
	w int
}

func (t *text) hang(label, s string) {
	for i, l := range report.Wrap(s, t.w-len(label)) {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		t.b.WriteString(label + l + "\n")
	}
}

func (t *text) risk(r *Risk) {
	t.b.WriteByte('\n')
	t.hang("", r.Title)
	t.hang("  ", r.What)
	t.hang("  = ", r.Says)
	for _, l := range r.Lines {
		switch {
		case len(l.Troubles) > 0:
			t.troubles(l)
		case l.key == view.Open.Key || l.key == view.Unstated.Key:
			t.hang(fmt.Sprintf("  ? %-7s ", l.Provision), l.Title+": "+l.State+prefixed(", ", l.Fact))
		}
	}
	for _, s := range []struct{ label, state string }{
		{"PASS", view.Pass.Word}, {"claimed not to apply", view.NotApplicable.Word}, {"declined", view.Declined.Word}, {notAsked, notAsked},
	} {
		if ids := r.with(s.state); ids != "" {
			t.hang("  - ", s.label+": "+ids)
		}
	}
}

// few is the number of troubles of a provision that the text shows.
const few = 2

func (t *text) troubles(l *Line) {
	label := fmt.Sprintf("  %s %-7s ", map[bool]string{true: "!", false: "x"}[l.key != view.Fail.Key], l.Provision)
	t.hang(label, l.Title+": "+l.State+"; why it matters: "+l.How)
	indent := strings.Repeat(" ", len(label))
	for i, x := range l.Troubles {
		if i == few {
			t.hang(indent, fmt.Sprintf("and %d more", len(l.Troubles)-few))
			return
		}
		kind := ""
		if x.Against {
			kind = "against: "
		}
		t.hang(indent, kind+x.Text+x.Source)
		if x.Remedy != "" {
			t.hang(indent+"mend: ", x.Remedy)
		}
	}
}
