package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Page is a page beside the report: one file that needs nothing else, in the same
// style and under the same policy. Body, Style and Script are part of the program
// or come from its templates; texts from outside MUST be escaped in them.
type Page struct {
	Title  string
	About  string // beside the brand
	Links  []Link // to parts of the page
	Body   template.HTML
	Style  string // added to the style of the report
	Script string // may be empty
	Footer []string
}

// Link is a link to a part of the page.
type Link struct{ To, Text string }

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	css, err := assets.ReadFile("assets/report.css")
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	symbols, err := assets.ReadFile("assets/symbols.svg")
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	style := string(css) + p.Style
	policy := "default-src 'none'; style-src " + hash([]byte(style)) + "; img-src data:; base-uri 'none'; form-action 'none'"
	if p.Script != "" {
		policy += "; script-src " + hash([]byte(p.Script))
	}
	t, err := template.ParseFS(assets, "assets/page.html.tmpl")
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{
		"Page": p, "Policy": policy, "Symbols": template.HTML(symbols), "Style": template.HTML("<style>" + style + "</style>"),
		"Script": template.HTML("<script>" + p.Script + "</script>"),
	})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return writeAll(w, b.String())
}

// Section is a part of the report that another room writes: an HTML fragment below
// a heading. Body MUST be escaped; it has no style or script of its own.
type Section struct {
	ID, Title string // ID is that of the heading, for links
	Body      template.HTML
}

// Wrap breaks a text into lines of at most w columns of a terminal.
func Wrap(s string, w int) []string { return wrap(s, w) }

// Pad shortens or fills a text to exactly w columns of a terminal.
func Pad(s string, w int) string { return pad(s, w) }
