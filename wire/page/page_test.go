package page

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const htmlType = "text/html; charset=utf-8"

func TestText(t *testing.T) {
	for _, c := range []struct{ name, body, kind, want string }{
		{"blocks and spaces", "<h1>A &amp;  B</h1><p>one\n two<br>three <b>four</b></p><ul><li>x<li>y</ul>", htmlType, "A & B\none two\nthree four\nx\ny"},
		{"script, style, template, noscript", "<p>a</p><script>var until='2031-01-15'</script><style>b</style><template>c</template><noscript>d</noscript>", htmlType, "a"},
		{"comments", "a<!-- 15 January 2031 -->b", htmlType, "ab"},
		{"hidden", `<p hidden>a</p><p style="DISPLAY : none">b</p><div style="visibility:hidden"><p>c</p></div><dialog>d</dialog><p>e</p>`, htmlType, "e"},
		{"hidden by an unclosed element", `<p hidden>a<p>b`, htmlType, "b"},
		{"struck out", "until <del>2027</del> <s>2028</s> <ins>2031</ins>", htmlType, "until 2031"},
		{"table", "<table><tr><th>Model<th>Until<tr><td>HC-2<td>15 January 2031</table>", htmlType, "Model Until\nHC-2 15 January 2031"},
		{"invisible characters", "sup\u00adport \u200buntil\u00a02031", htmlType, "support until 2031"},
		{"entities", "Schwachstellen &uuml;ber &lt;security&#64;x.example&gt;", htmlType, "Schwachstellen über <security@x.example>"},
		{"latin-1 by header", "f\xfcr", "text/html; charset=iso-8859-1", "für"},
		{"latin-1 by meta", "<meta charset=windows-1252>f\xfcr \x96 x", "text/html", "für – x"},
		{"utf-16", "\xff\xfea\x00b\x00", "text/html", "ab"},
		{"no type", "<!DOCTYPE html><p>a", "", "a"},
		{"no type, no markup", "a\nb", "", "a b"},
		{"plain wraps lines", "We answer\nwithin 3 days.\n\n- one\n- two\n", "text/plain", "We answer within 3 days.\n- one\n- two"},
		{"protected mail", `<a href="/cdn-cgi/l/email-protection#x"><span data-cfemail="422102306c27">[email&#160;protected]</span></a>`, htmlType, "c@r.e"},
		{"empty", "", htmlType, ""},
		{"broken markup", "<p <b>>x</i></div><table><p>y", htmlType, ">x\ny"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Read([]byte(c.body), c.kind)
			if err != nil || p.Text != c.want {
				t.Errorf("got %q, %v; want %q", p.Text, err, c.want)
			}
			if !strings.HasPrefix(p.Digest, "sha256:") {
				t.Errorf("digest %q", p.Digest)
			}
		})
	}
}

func TestRead(t *testing.T) {
	p, err := Read([]byte(`<html lang=de><head><title> Sicherheit
 bei uns </title></head><form><input type=PassWord></form><a href="mailto:sec@x.example?subject=a">Mail</a><a href="tel:+49 1">x</a>`), htmlType)
	want := Page{Title: "Sicherheit bei uns", Lang: "de", Text: "Mailx", Contacts: []string{"sec@x.example", "+49 1"}, Password: true, Digest: p.Digest}
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v, %v; want %+v", p, err, want)
	}
	if p, _ := Read([]byte(`<div hidden><input type=password></div>`), htmlType); p.Password {
		t.Error("a hidden field asks for nothing")
	}
	for _, c := range []struct{ body, kind string }{
		{"%PDF-1.7", "application/pdf"},
		{"{}", "application/json"},
		{"x", "; ;"},
		{strings.Repeat("<div>", 600), htmlType},
	} {
		if _, err := Read([]byte(c.body), c.kind); !errors.Is(err, ErrFormat) {
			t.Errorf("%q as %q: got %v, want ErrFormat", clip(c.body, 20), c.kind, err)
		}
	}
	if p, err := Read([]byte(strings.Repeat("x y ", 1<<20)), htmlType); err != nil || !p.Cut || len(p.Text) > textCap {
		t.Errorf("a long page: cut %v, %d bytes, %v", p.Cut, len(p.Text), err)
	}
}

func TestFind(t *testing.T) {
	p := Page{Text: "Reports\n1. We acknowledge every report within 3 working days. We don’t promise an answer within 14 days.\n" +
		"• Updates: every 114 days\nAb dem 15. Januar 2026 gilt: approx. 5 years"}
	for _, c := range []struct {
		quote    string
		sentence string // "" for not found
		whole    bool
	}{
		{"We acknowledge every report within 3 working days.", "We acknowledge every report within 3 working days.", true},
		{"We acknowledge every report\n  within 3 working days", "We acknowledge every report within 3 working days.", true},
		{"within 3 working days", "We acknowledge every report within 3 working days.", false},
		{"an answer within 14 days", "We don't promise an answer within 14 days.", false},
		{"We don't promise an answer within 14 days.", "We don't promise an answer within 14 days.", true},
		{"14 days", "We don't promise an answer within 14 days.", false},
		{"Updates: every 114 days", "• Updates: every 114 days", true},
		{"Updates: every 14 days", "", false},
		{"every 114 day", "", false},
		{"Ab dem 15. Januar 2026 gilt: approx. 5 years", "Ab dem 15. Januar 2026 gilt: approx. 5 years", true},
		{"we acknowledge every report within 3 working days.", "", false},
		{"Reports 1. We acknowledge every report within 3 working days.", "Reports 1. We acknowledge every report within 3 working days.", true},
		{"", "", false},
		{" \n", "", false},
	} {
		q, ok := p.Find(c.quote)
		if ok != (c.sentence != "") || q.Sentence != c.sentence || q.Whole != c.whole {
			t.Errorf("%q: got %v %+v; want %q whole %v", c.quote, ok, q, c.sentence, c.whole)
		}
	}
	twice := Page{Text: "No update until 2031 is sure. Update until 2031."}
	if q, _ := twice.Find("Update until 2031"); !q.Whole {
		t.Errorf("of two places the whole one: got %+v", q)
	}
}

func TestSentences(t *testing.T) {
	p := Page{Text: "Title\nOne, e.g. this. Am 15. Januar. (Two!) \"Three?\" Version 1.2 ends.\nfour"}
	want := []string{"Title", "One, e.g. this.", "Am 15. Januar.", "(Two!)", `"Three?"`, "Version 1.2 ends.", "four"}
	if got := p.Sentences(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestNegated(t *testing.T) {
	for s, want := range map[string]bool{
		"We do not acknowledge reports within 3 days.":   true,
		"We can’t promise an answer within 3 days":       true,
		"Wir antworten nicht innerhalb von 3 Tagen.":     true,
		"Es gibt keine Frist von 3 Tagen.":               true,
		"Nous ne répondons pas sous 3 jours.":            true,
		"We answer no later than 3 days after a report.": false,
		"Wir antworten nicht später als nach 3 Tagen.":   false,
		"We answer within 3 days.":                       false,
		"A notice follows within 3 days.":                false,
	} {
		if got := Negated(s); got != want {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

func TestReadable(t *testing.T) {
	for s, want := range map[string]bool{
		"Anyone may report a security problem in the camera or in any other product of ours. We read every report.": true,
		"Wir lesen jede Meldung und antworten so schnell wie möglich, und wir danken für die Hilfe bei uns.":        true,
		"Nous lisons chaque rapport et vous remercions de votre aide pour la sécurité de nos produits.":             true,
		"脆弱性 の 報告 は こちら まで お願い し ます どうぞ よろしく":                                                                       false,
		"Raportoi haavoittuvuus meille sähköpostitse niin vastaamme sinulle mahdollisimman pian kiitos":             false,
		"Short": false,
	} {
		if got := (Page{Text: s}).Readable(); got != want {
			t.Errorf("%q: got %v", s, got)
		}
	}
}
