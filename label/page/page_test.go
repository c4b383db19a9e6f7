package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestSize: all assets together are below 60 KB, as a server would pack each.
func TestSize(t *testing.T) {
	f := vectors.Read(t, vectorsPath)
	made, err := page.Site(config(f))
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, b := range made {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sum += z.Len()
	}
	t.Logf("%d files, %d bytes packed", len(made), sum)
	if sum == 0 || sum >= 60_000 {
		t.Errorf("%d bytes packed, want less than 60,000", sum)
	}
}

// TestSite: the same bytes for the same config; every asset pinned by its hash in the
// page and in the worker; a policy that allows the site alone.
func TestSite(t *testing.T) {
	f := vectors.Read(t, vectorsPath)
	made, err := page.Site(config(f))
	if err != nil {
		t.Fatal(err)
	}
	again, err := page.Site(config(f))
	if err != nil {
		t.Fatal(err)
	}
	index, worker := html.UnescapeString(string(made["index.html"])), string(made["sw.js"])
	for name, b := range made {
		if !bytes.Equal(b, again[name]) {
			t.Errorf("%s differs from run to run", name)
		}
		sum := sha512.Sum384(b)
		pin := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
		if name != "sw.js" && !strings.Contains(worker, pin) {
			t.Errorf("the worker does not pin %s", name)
		}
		if ext := filepath.Ext(name); (ext == ".js" || ext == ".css") && name != "sw.js" && !strings.Contains(index, pin) {
			t.Errorf("the page does not pin %s", name)
		}
		if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|localStorage|\.cookie`).Find(b); m != nil {
			t.Errorf("%s uses %s", name, m)
		}
	}
	early := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindStringSubmatch(string(made["index.html"]))
	if early == nil {
		t.Fatal("the script of the head is missing")
	}
	sum := sha256.Sum256([]byte(early[1]))
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(index)
	want := "default-src 'none'; script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types plimsoll"
	if policy == nil || policy[1] != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
	for _, k := range f.Roots.Keys {
		if !strings.Contains(index, base64.StdEncoding.EncodeToString(k)) {
			t.Error("a root is not pinned in the page")
		}
	}
}

func TestConfig(t *testing.T) {
	f := vectors.Read(t, vectorsPath)
	for name, c := range map[string]struct {
		change func(*page.Config)
		want   string
	}{
		"no_roots":  {func(c *page.Config) { c.Roots = label.Roots{} }, "roots: 0 of 0"},
		"threshold": {func(c *page.Config) { c.Roots.Threshold = 9 }, "roots: 9 of 3"},
		"root":      {func(c *page.Config) { c.Roots.Keys = [][]byte{{1}}; c.Roots.Threshold = 1 }, "root 1"},
		"code":      {func(c *page.Config) { c.Code = "harb" }, "code"},
		"name":      {func(c *page.Config) { c.Name = " " }, "name"},
		"host":      {func(c *page.Config) { c.Host = "label.example/x" }, "host"},
		"host_port": {func(c *page.Config) { c.Host = "label.example:8443" }, "host"},
		"home":      {func(c *page.Config) { c.Home = "javascript:alert(1)" }, "home"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(f)
			c.change(&cfg)
			if _, err := page.Site(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// TestWords: each language has every text with the same values in it, each outcome has
// its own sentence, and the English ones are those of package verify.
func TestWords(t *testing.T) {
	words := map[string]map[string]string{}
	for _, lang := range []string{"en", "de", "fr", "ja"} {
		b, err := os.ReadFile("words/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var w map[string]string
		if err := json.Unmarshal(b, &w); err != nil {
			t.Fatal(err)
		}
		words[lang] = w
	}
	values := regexp.MustCompile(`\{\w+\}`)
	uses := func(s string) []string {
		v := values.FindAllString(s, -1)
		slices.Sort(v)
		return slices.Compact(v)
	}
	for lang, w := range words {
		for key, en := range words["en"] {
			if w[key] == "" || !slices.Equal(uses(w[key]), uses(en)) {
				t.Errorf("%s %s: %q, want the values of %q", lang, key, w[key], en)
			}
		}
		if len(w) != len(words["en"]) {
			t.Errorf("%s has %d texts, en has %d", lang, len(w), len(words["en"]))
		}
		said := map[string]bool{}
		for _, o := range verify.Outcomes() {
			say := w["outcome."+o.String()+".say"]
			if said[say] || w["outcome."+o.String()+".head"] == "" || w["outcome."+o.String()+".do"] == "" {
				t.Errorf("%s %s: want a headline, advice, and a sentence of its own: %q", lang, o, say)
			}
			said[say] = true
		}
		for _, a := range []label.Assurance{label.SelfDeclared, label.LabTested, label.AuthorityChecked} {
			if w["assurance."+a.String()+".name"] == "" || w["assurance."+a.String()+".say"] == "" {
				t.Errorf("%s: no words for %s", lang, a)
			}
		}
		for _, k := range page.ContactKinds() {
			if w["contact."+k] == "" {
				t.Errorf("%s: no words for the contact %s", lang, k)
			}
		}
	}
	for _, o := range verify.Outcomes() {
		if got := words["en"]["outcome."+o.String()+".say"]; got != o.Sentence() {
			t.Errorf("%s: %q, want the sentence of package verify, %q", o, got, o.Sentence())
		}
	}
	checkReasons(t, words["en"])
}

// checkReasons: every reason and trouble that the script gives has words, and the
// other way round.
func checkReasons(t *testing.T, en map[string]string) {
	t.Helper()
	given := map[string]bool{"why.page-error": true}
	src := func(name string) string {
		b, err := os.ReadFile("site/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	verify, files := src("verify.js"), src("files.js")
	for _, m := range regexp.MustCompile(`\["(?:stale|revoked|support-ended)", (?:r\.found \? "" : )?"([a-z-]+)"|r\.old = "([a-z-]+)"|return "(status-old)"|\? "(clock)"|: "(never-issued)"`).FindAllStringSubmatch(verify, -1) {
		given["why."+strings.Join(m[1:], "")] = true
	}
	for _, m := range regexp.MustCompile(`trouble\.add\("([a-z-]+)"\)|"([a-z]+-rolled-back)"`).FindAllStringSubmatch(files, -1) {
		given["trouble."+m[1]+m[2]] = true
	}
	for key := range en {
		if (strings.HasPrefix(key, "why.") || strings.HasPrefix(key, "trouble.")) && !given[key] {
			t.Errorf("nothing gives %s", key)
		}
	}
	for key := range given {
		if en[key] == "" {
			t.Errorf("no words for %s", key)
		}
	}
}

// TestRecordJSON: a record comes back as it was written, and one that says what its
// token does not is refused.
func TestRecordJSON(t *testing.T) {
	r := record(t)
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := page.ParseRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(r) {
		t.Errorf("got  %v\nwant %v", got, r)
	}
	for name, c := range map[string]struct {
		change func(*page.Record)
		want   string
	}{
		"token":     {func(r *page.Record) { r.Token = r.Token[:100] }, "token"},
		"schema":    {func(r *page.Record) { r.Schema = "x/1" }, "schema"},
		"brand":     {func(r *page.Record) { r.Brand = "Other" }, "differs from its token"},
		"number":    {func(r *page.Record) { r.Number = "HARB-0000-0015" }, "differs from its token"},
		"level":     {func(r *page.Record) { r.Levels = 0 }, "level 1 of 0"},
		"standing":  {func(r *page.Record) { r.Standing = "good" }, `standing "good"`},
		"written":   {func(r *page.Record) { r.Written = time.Time{} }, "written"},
		"direction": {func(r *page.Record) { r.Sheet["en"][0].Heading = "a\u202eb" }, "marks of direction"},
		"kind":      {func(r *page.Record) { r.Contacts[0].Kind = "buy" }, `contact "buy"`},
		"script":    {func(r *page.Record) { r.Contacts[0].URL = "javascript:alert(1)" }, "want https, mailto or tel"},
		"plain":     {func(r *page.Record) { r.Contacts[0].URL = "http://harbour.example/" }, "want https, mailto or tel"},
		"long":      {func(r *page.Record) { r.Sheet["en"][0].Lines[0] = strings.Repeat("x", 70000) }, "shorten the sheet"},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t)
			c.change(&r)
			if _, err := r.JSON(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	for name, b := range map[string][]byte{
		"unknown_field": bytes.Replace(b, []byte(`"number"`), []byte(`"extra": 1, "number"`), 1),
		"two_values":    append(bytes.Clone(b), '1'), "large": append(bytes.Clone(b), make([]byte, 64<<10)...), "empty": nil,
	} {
		if _, err := page.ParseRecord(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzParseRecord: what is read can be written, and each page of it made.
func FuzzParseRecord(f *testing.F) {
	r := record(f)
	b, err := r.JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"schema":"plimsoll.label-record/1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := page.ParseRecord(b)
		if err != nil {
			return
		}
		if _, err := page.Write(r, "ja"); err != nil {
			t.Errorf("a record that was read cannot be shown: %v", err)
		}
	})
}

// TestWrite: the page says what the record says, in each state and language, and
// nothing of a record becomes markup.
func TestWrite(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*page.Record)
		lang   string
		want   []string
	}{
		"valid":     {func(*page.Record) {}, "en", []string{"On record as valid", "22 November 2026, 11:00 UTC", "Issued by Harbour Mark (label.example)", "Not a CE or government mark", "Level 1 of 3: Basics", `href="/#5530300074316995442850244502397698027723485737`, "15 January 2031"}},
		"german":    {func(*page.Record) {}, "de", []string{"Als gültig geführt", "Stufe 1 von 3: Grundschutz", "Licht rot blinkt", `<html lang="de">`}},
		"french":    {func(r *page.Record) { r.Written = time.Date(2026, 12, 1, 9, 5, 0, 0, time.UTC) }, "fr", []string{"1er décembre 2026, 09:05 UTC", `<div lang="en">`, "Hold the button", `<span lang="en">Niveau 1 sur 3`}},
		"revoked":   {func(r *page.Record) { r.Standing = "revoked" }, "ja", []string{"取り消されています", "2026年11月22日 11:00 UTC"}},
		"suspended": {func(r *page.Record) { r.Standing, r.Written = "suspended", r.Until }, "en", []string{"had suspended the label"}},
		"expired":   {func(r *page.Record) { r.Written = r.Until }, "en", []string{"the label had expired"}},
		"early":     {func(r *page.Record) { r.Written = r.From.Add(-time.Second) }, "en", []string{"was not valid yet"}},
		"last_day":  {func(r *page.Record) { r.SupportEnd = label.DayOf(r.Written) }, "en", []string{"On record as valid"}},
		"ended":     {func(r *page.Record) { r.SupportEnd = label.DayOf(r.Written) - 1 }, "en", []string{"security updates for this product had ended", "21 November 2026</dd>"}},
		"stopped":   {func(r *page.Record) { r.Standing = "support-ended" }, "en", []string{"had ended", "<s>15 January 2031</s> Support ended earlier"}},
		"law":       {func(r *page.Record) { r.Mark = "Quayside Act, section 3" }, "en", []string{"Official label: Quayside Act, section 3"}},
		"markup":    {func(r *page.Record) { r.Sheet["en"][0].Lines[0] = "<img src=x>" }, "en", []string{"&lt;img src=x&gt;"}},
		"no_sheet":  {func(r *page.Record) { r.Sheet, r.Contacts = nil, nil }, "en", []string{"The scheme has no sheet"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t)
			c.change(&r)
			b, err := page.Write(r, c.lang)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(c.want, "default-src 'none'", `href="/l/HARB-0000-1CC4/ja/"`) {
				if !strings.Contains(strings.ReplaceAll(string(b), "&#39;", "'"), want) {
					t.Errorf("%q is missing in\n%s", want, b)
				}
			}
			if bytes.Contains(b, []byte("<script")) || bytes.Contains(b, []byte("ZgotmplZ")) {
				t.Error("a script, or a value that the template refused")
			}
		})
	}
	if _, err := page.Write(record(t), "it"); err == nil || !strings.Contains(err.Error(), "want en, de, fr or ja") {
		t.Errorf("another language: %v", err)
	}
}
