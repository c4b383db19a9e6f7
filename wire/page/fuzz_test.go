package page

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"<html lang=de><title>a</title><p hidden>b<p>c &amp; d<a href=mailto:x@y.z>e</a><input type=password>",
		"<table><td><b><i></b></i><select><option>a</table>", "\xff\xfea\x00", "<meta charset=utf-16>x", "<svg><style>a</style><text>b",
		`<span data-cfemail="422102306c27">x</span>`, "<p style='display:none'><frameset>", "plain\n- list\n",
	} {
		f.Add([]byte(s), "text/html")
		f.Add([]byte(s), "text/plain; charset=iso-2022-jp")
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		p, err := Read(body, kind)
		if err != nil {
			return
		}
		if !utf8.ValidString(p.Text) || len(p.Text) > textCap || strings.Contains(p.Text, "  ") || strings.HasPrefix(p.Text, "\n") || len(p.Contacts) > linkCap {
			t.Errorf("got %q", clip(p.Text, 200))
		}
		again, err := Read(body, kind)
		if err != nil || again.Digest != p.Digest {
			t.Errorf("read again: %v, %s and %s", err, again.Digest, p.Digest)
		}
		for _, s := range p.Sentences() {
			if _, ok := (Page{Text: s}).Find(s); !ok && strings.ContainsFunc(s, word) {
				t.Errorf("the sentence %q is not found in itself", s)
			}
		}
	})
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{
		"until 15 January 2031 (2031-01-15).", "Jan. 15th, 2031", "15. 1. 2031", "1er mars 2032", "03/04/2031", "Ende 2031", "within three (3) business days",
		"30 February 2031", "2031-13-41", "in 1-2 days, 24h", "umgehend", "5 years from launch", "\xff2031", "İ 15 JANUARY 2031",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		folded := fold(s)
		for _, d := range Dates(s) {
			day, err := time.Parse(time.DateOnly, d.Day)
			if err != nil || day.Year() < 1990 || day.Year() > 2199 || d.From < last || d.To <= d.From || d.To > len(folded) || folded[d.From:d.To] != d.Text {
				t.Errorf("%q: got %+v, %v", s, d, err)
			}
			if _, err := time.Parse(time.DateOnly, d.Or); d.Or != "" && (err != nil || d.Or == d.Day) {
				t.Errorf("%q: got %+v", s, d)
			}
			last = d.To
		}
		for _, x := range Times(s) {
			if x.Text == "" || x.Years < 0 || x.Months < 0 || x.Years > 999 {
				t.Errorf("%q: got %+v", s, x)
			}
			if _, _, ok := x.After("2026-01-15"); ok != (x.Years+x.Months > 0) {
				t.Errorf("%q: got %v", x.Text, ok)
			}
		}
		_ = Negated(s)
	})
}
