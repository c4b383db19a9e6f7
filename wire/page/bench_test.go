package page

import (
	"strings"
	"testing"
)

// hostile texts make each reader work as much as it can.
var hostile = map[string]string{
	"digits":      strings.Repeat("1", textCap),
	"dates":       strings.Repeat("15 January 2031 ", textCap/16),
	"half dates":  strings.Repeat("15 January ", textCap/11),
	"letters":     strings.Repeat("january ", textCap/8),
	"numbers":     strings.Repeat("one two (three ", textCap/15),
	"adjectives":  "3 " + strings.Repeat("working ", textCap/8),
	"times":       strings.Repeat("3 working days. ", textCap/16),
	"stops":       strings.Repeat("A. ", textCap/3),
	"one word":    strings.Repeat("ſ", textCap/2),
	"combining":   "e" + strings.Repeat("\u0301", textCap/2),
	"many quotes": strings.Repeat("a b ", textCap/4),
}

func BenchmarkHostile(b *testing.B) {
	for name, s := range hostile {
		for what, f := range map[string]func(){
			"times":     func() { Times(s) },
			"dates":     func() { Dates(s) },
			"sentences": func() { Page{Text: s}.Sentences() },
			"find":      func() { Page{Text: s}.Find("a b a c") },
			"negated":   func() { Negated(s) },
			"read":      func() { _, _ = Read([]byte("<p>"+strings.Repeat(s, 3)), "text/html") },
		} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					f()
				}
			})
		}
	}
}
