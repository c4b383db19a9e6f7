package statement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/report/view"
)

// filler fills one form.
type filler struct {
	in    Input
	form  *form
	msg   *messages
	where string // the field or section being filled, for the list of gaps
	gaps  []Gap
}

// clean makes a text from outside fit to be shown: one line, no control or hidden
// characters.
func clean(s string) string { return view.Clean(s) }

func (fl *filler) section(s formSection) (Section, error) {
	fl.where = s.id
	out := Section{ID: s.id, Title: strings.TrimSpace(fl.line(s.title).String())}
	for _, t := range s.text {
		if l, ok := fl.lineOf(t); ok {
			out.Text = append(out.Text, l)
		}
	}
	for _, x := range s.fields {
		f, err := fl.field(x)
		if err != nil {
			return out, err
		}
		out.Fields = append(out.Fields, f)
	}
	if s.table != nil {
		out.Table = tables[s.table.of](fl, s.table)
	}
	return out, nil
}

func (fl *filler) field(x formField) (Field, error) {
	fl.where = x.id
	out := Field{ID: x.id, Label: x.label, Verbatim: x.verbatim, Plain: x.plain, Cite: x.cite, Required: x.required, State: Filled}
	if path, want, ok := strings.Cut(x.when, "="); ok {
		if got, _ := fl.value(path); got != want {
			out.State = NotApplicable
			if got == "" { // open, and listed where it is chosen
				out.State, out.Lines = Missing, []Line{{fl.mark(path)}}
				return out, nil
			}
			out.Lines = []Line{{{Text: x.otherwise}}}
			return out, nil
		}
	}
	switch {
	case x.signature:
		out.State = ToSign
		return out, nil
	case x.statement:
		return out, nil
	case len(x.options) > 0:
		return fl.choose(x, out)
	}
	for _, t := range x.lines {
		if l, ok := fl.lineOf(t); ok {
			out.Lines = append(out.Lines, l)
		}
	}
	switch {
	case slices.ContainsFunc(out.Lines, Line.missing):
		out.State = Missing
	case len(out.Lines) == 0 && x.required:
		out.State, out.Lines = Missing, []Line{{fl.mark(x.id)}}
		fl.gap(x.id, "fill in "+x.label)
	case len(out.Lines) == 0:
		out.State = NotStated
	}
	return out, nil
}

// choose shows the option that a path names, or all of them, unticked.
func (fl *filler) choose(x formField, out Field) (Field, error) {
	got, _ := fl.value(x.by)
	var names []string
	for _, o := range x.options {
		names = append(names, o.is)
		if o.is == got {
			l, _ := fl.lineOf("☒ " + o.line)
			out.Lines = []Line{l}
			return out, nil
		}
	}
	if got != "" {
		return out, fmt.Errorf("field %s: %q is none of %s", x.id, got, strings.Join(names, ", "))
	}
	for _, o := range x.options {
		l, _ := fl.lineOf("☐ " + o.line)
		out.Lines = append(out.Lines, l)
	}
	out.Lines = append(out.Lines, Line{fl.mark(x.by)})
	out.State = Missing
	fl.gap(x.by, remedy(x.by))
	return out, nil
}

func (fl *filler) line(t string) Line {
	l, _ := fl.lineOf(t)
	return l
}

// lineOf fills a template. A line is left out when all its values are optional and
// none is there.
func (fl *filler) lineOf(template string) (Line, bool) {
	t := fl.msg.text(template)
	var out Line
	at, optional, filled := 0, 0, 0
	add := func(r Run) {
		if r.Text != "" {
			out = append(out, r)
		}
	}
	for _, m := range placeholder.FindAllStringSubmatchIndex(t, -1) {
		add(Run{Text: t[at:m[0]]})
		at = m[1]
		path, opt := strings.CutSuffix(t[m[2]:m[3]], "?")
		v := fl.first(path)
		switch {
		case v != "":
			filled++
			add(Run{Text: v})
		case opt:
			optional++
		default:
			filled++
			fl.gap(path, remedy(strings.Split(path, "|")[0]))
			add(fl.mark(path))
		}
	}
	add(Run{Text: t[at:]})
	return out, len(out) > 0 && (optional == 0 || filled > 0)
}

// first is the value of the first of several paths that has one.
func (fl *filler) first(paths string) string {
	for p := range strings.SplitSeq(paths, "|") {
		if v, _ := fl.value(p); v != "" {
			return v
		}
	}
	return ""
}

// shortened are the spaces whose name tells a reader nothing.
var shortened = map[string]bool{"given": true, "calc": true, "user": true}

// mark stands where a value is missing.
func (fl *filler) mark(paths string) Run {
	names := strings.Split(paths, "|")
	for i, n := range names {
		if space, rest, _ := strings.Cut(n, "."); shortened[space] {
			names[i] = strings.ReplaceAll(rest, "_", " ")
		}
	}
	what := strings.Join(names, ", ")
	return Run{Text: "[" + strings.ReplaceAll(fl.msg.texts["ui.missing"], "{what}", what) + "]", Missing: true}
}

func (fl *filler) gap(path, remedy string) {
	g := Gap{Where: fl.where, Path: path, Remedy: remedy}
	if !slices.Contains(fl.gaps, g) {
		fl.gaps = append(fl.gaps, g)
	}
}
