package statement

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"
)

// HTML writes the document as one file that needs nothing else: no request leaves
// it and no script runs in it. It prints on A4 and reads on a telephone.
func HTML(w io.Writer, d *Document) error {
	p, err := newSheet(d)
	if err != nil {
		return fmt.Errorf("writing %s as HTML: %w", d.ID, err)
	}
	t, err := template.New("statement.html.tmpl").Funcs(template.FuncMap{
		"ui":     func(key string) string { return d.msg.texts["ui."+key] },
		"pieces": pieces,
	}).ParseFS(embedded, "assets/statement.html.tmpl")
	if err != nil {
		return fmt.Errorf("writing %s as HTML: %w", d.ID, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("writing %s as HTML: %w", d.ID, err)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// sheet is what the template shows.
type sheet struct {
	*Document
	Dir, Policy, Made, Signer string
	Style                     template.HTML
	IsText                    bool
	Plain                     string
	ShowNotes                 bool
}

func newSheet(d *Document) (*sheet, error) {
	if d.msg == nil {
		return nil, errors.New("the document was not made by Make")
	}
	style, err := embedded.ReadFile("assets/statement.css")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(style)
	s := &sheet{
		Document: d, Dir: d.msg.dir, Style: template.HTML("<style>" + string(style) + "</style>"),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Signer: d.signer, IsText: d.layout == LayoutText,
		// What is handed to the public carries no notes to its maker; its draft does.
		ShowNotes: d.layout != LayoutPage || d.Draft,
	}
	if s.ShowNotes { // nor a second date, which a reader could take for the end of support
		s.Made = strings.ReplaceAll(d.msg.texts["ui.made"], "{day}", d.msg.long(d.Day))
	}
	if s.IsText {
		s.Plain = plain(d)
	}
	return s, nil
}

// piece is a part of a text; Link is set for an address that can be followed.
type piece struct{ Text, Link string }

// addresses finds what may become a link: https addresses and mail addresses. No
// other scheme does, whatever a value holds.
var addresses = regexp.MustCompile(`https://[^\s<>"'\\{}|^` + "`" + `]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+`)

func pieces(s string) []piece {
	var out []piece
	at := 0
	for _, m := range addresses.FindAllStringIndex(s, -1) {
		text := strings.TrimRight(s[m[0]:m[1]], ".,;:!?)")
		link := text
		if !strings.HasPrefix(text, "https://") {
			link = "mailto:" + text
		}
		if at < m[0] {
			out = append(out, piece{Text: s[at:m[0]]})
		}
		out = append(out, piece{text, link})
		at = m[0] + len(text)
	}
	if at < len(s) {
		out = append(out, piece{Text: s[at:]})
	}
	return out
}

// JSON writes the document as data. A document whose form is data has a flat
// record beside it, in which a missing or unstated value is null.
func JSON(w io.Writer, d *Document) error {
	out := struct {
		*Document
		Record map[string]*string `json:"record,omitempty"`
	}{Document: d}
	if d.data {
		out.Record = map[string]*string{}
		for _, s := range d.Sections {
			for _, f := range s.Fields {
				out.Record[f.ID] = nil
				if t := f.Text(); t != "" {
					out.Record[f.ID] = &t
				}
			}
		}
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s as JSON: %w", d.ID, err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Text writes a document of lines, such as security.txt, as the file that it is.
// Others have no such form.
func Text(w io.Writer, d *Document) error {
	if d.layout != LayoutText {
		return fmt.Errorf("document %s is no text file: write it as HTML, PDF or JSON", d.ID)
	}
	_, err := io.WriteString(w, plain(d))
	return err
}

// plain is the file: a field a line. What is missing stands as a comment, so that
// a reader of the file finds it wanting and never takes a mark for a value.
func plain(d *Document) string {
	var b strings.Builder
	if d.Draft {
		b.WriteString("# DRAFT: do not publish\n")
		for _, why := range d.DraftBecause {
			fmt.Fprintf(&b, "# %s\n", why)
		}
	}
	for _, s := range d.Sections {
		for _, f := range s.Fields {
			switch f.State {
			case Filled:
				for _, l := range f.Lines {
					fmt.Fprintf(&b, "%s: %s\n", f.ID, l)
				}
			case Missing:
				fmt.Fprintf(&b, "# %s: missing\n", f.ID)
			}
		}
	}
	return b.String()
}
