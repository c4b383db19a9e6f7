package modeldesignation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

const (
	titleEntry  = "UserInfo: {model_designation: {text: title, value: HC-2, read: http-title, port: 443, path: /login}}"
	bodyEntry   = "UserInfo: {model_designation: {text: page, value: HC-2, read: http-body, port: 443}}"
	headerEntry = "UserInfo: {model_designation: {text: header, value: HC-2, read: http-header, port: 443}}"
)

func TestJudge(t *testing.T) {
	page := func(title, text string, headers ...string) *Reading {
		return &Reading{URL: "https://127.0.0.1:443/login", Status: 200, Title: title, Text: text, Headers: append([]string{}, headers...)}
	}
	tests := []struct {
		name, entry string
		r           *Reading
		way, text   plimsoll.Verdict
	}{
		{"not collected", titleEntry, nil, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"title", titleEntry, page("Harbour Cam 2 · HC-2", ""), plimsoll.Pass, plimsoll.Pass},
		{"another model", titleEntry, page("Harbour Cam 2 · HC-20", ""), plimsoll.Pass, plimsoll.Fail},
		{"in the text only", titleEntry, page("Login", "HC-2"), plimsoll.Pass, plimsoll.Fail},
		{"no title", titleEntry, page("", "HC-2"), plimsoll.Fail, plimsoll.Fail},
		{"not found", titleEntry, &Reading{URL: "https://127.0.0.1:443/login", Status: 404, Title: "Not found", Headers: []string{}}, plimsoll.Fail, plimsoll.Fail},
		{"body", bodyEntry, page("Login", "Model HC-2, sign in"), plimsoll.Pass, plimsoll.Pass},
		{"header", headerEntry, page("", "", "X-Model: HC-2"), plimsoll.Pass, plimsoll.Pass},
		{"no header", headerEntry, page("HC-2", "HC-2"), plimsoll.Fail, plimsoll.Fail},
		{"no answer", titleEntry, &Reading{URL: "https://127.0.0.1:443/login", Headers: []string{}, Error: "no answer in time"}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"broken server", titleEntry, &Reading{URL: "https://127.0.0.1:443/login", Status: 503, Title: "Down", Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"label", "UserInfo: {model_designation: {text: label, value: HC-2, read: label}}", &Reading{Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"mdns", "UserInfo: {model_designation: {text: name, value: HC-2, read: mdns}}", &Reading{Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"no way", "UserInfo: {model_designation: {text: somewhere, value: HC-2}}", &Reading{Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"no value", "UserInfo: {model_designation: {text: title, read: http-title, port: 443}}", page("HC-2", ""), plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"no port", "UserInfo: {model_designation: {text: title, value: HC-2, read: http-title}}", &Reading{Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
		{"no table", "AuthMech: []", &Reading{Headers: []string{}}, plimsoll.Inconclusive, plimsoll.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := probetest.Declare(t, "127.0.0.1", "1-65535", tt.entry)
			var values []probe.MemoryValue
			if tt.r != nil {
				values = append(values, probetest.Value(p, Readings, *tt.r, ""))
			}
			r := Probe.Judge(probetest.View(t, p, values...))
			got := map[plimsoll.UnitID]plimsoll.Verdict{}
			for _, f := range r.Findings {
				got[f.Unit] = f.Verdict
				if f.Reason == "" || f.Subject != table || f.Verdict != plimsoll.Pass && f.Remedy == "" {
					t.Errorf("incomplete: %+v", f)
				}
			}
			if len(r.Findings) != 2 || got[unitWay] != tt.way || got[unitText] != tt.text {
				t.Errorf("got %v, want %s and %s", got, tt.way, tt.text)
			}
			if readable := len(r.Facts) == 1; readable != (tt.text == plimsoll.Pass) {
				t.Errorf("facts: %+v", r.Facts)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"HC-2", true},
		{"Model HC-2.", true},
		{"(HC-2)", true},
		{"HC-20", false},
		{"XHC-2", false},
		{"hc-2", false},
		{"HC-2-EU", false},
		{"HC-20 HC-2", true},
		{"", false},
	} {
		if got := holds(tt.text, "HC-2"); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.text, got, tt.want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte("<html><title>HC-2</title><p>Model HC-2<script>x</script>"))
	f.Add([]byte("<title>\xff\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		title, text := words(b)
		if len(title) > titleCap || len(text) > textCap || !utf8.ValidString(title) || !utf8.ValidString(text) {
			t.Errorf("title %d bytes, text %d bytes", len(title), len(text))
		}
		holds(text, "HC-2")
	})
}

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21500

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		for _, flaw := range []string{"", "model-hidden"} {
			t.Run(kind+"/"+flaw, func(t *testing.T) {
				want := plimsoll.Pass
				if flaw != "" {
					want = plimsoll.Fail
				}
				cfg := sim.Config{Kind: kind, Base: testBase, Dir: t.TempDir(), Flaws: probetest.Flaws(flaw)}
				var digests []plimsoll.Digest
				for range 2 {
					v := probetest.Twin(t, Probe, cfg)
					for _, it := range probe.Items(v, Readings) {
						digests = append(digests, it.Digest)
					}
					for _, f := range Probe.Judge(v).Findings {
						if f.Unit == unitText && f.Verdict != want {
							t.Errorf("got %s, want %s: %s", f.Verdict, want, f.Reason)
						}
						if f.Unit == unitWay && f.Verdict != plimsoll.Pass {
							t.Errorf("the way: %s: %s", f.Verdict, f.Reason)
						}
					}
				}
				if len(digests) != 2 || digests[0] != digests[1] {
					t.Errorf("two looks at one device: %v", digests)
				}
			})
		}
	}
}

// TestPageSeen: what a reason quotes is short.
func TestPageSeen(t *testing.T) {
	if got := short(strings.Repeat("ä", 500)); len([]rune(got)) != 121 {
		t.Errorf("got %d runes", len([]rune(got)))
	}
	if got := fmt.Sprint(headers(map[string][]string{"Date": {"now"}, "X-Model": {"HC-2"}, "Server": {"x"}})); got != "[Server: x X-Model: HC-2]" || !slices.Contains(changing, "Date") {
		t.Errorf("got %s", got)
	}
}
