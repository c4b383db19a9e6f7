package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

const vectorsPath = "../testdata/vectors.json"

// now is the moment of most vectors.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func config(f *vectors.File) page.Config {
	return page.Config{Roots: f.Roots, Code: "HARB", Name: "Harbour Mark", Host: "label.example", Home: "https://label.example/about"}
}

// site is the static site of a scheme on loopback; its files can be changed.
type site struct {
	*httptest.Server
	f *vectors.File

	mu    sync.Mutex
	files map[string][]byte
	asked []string
}

// newSite serves the verifier page with the good files of the vectors.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{files: map[string][]byte{}}
	s.f = vectors.Read(t, vectorsPath)
	made, err := page.Site(config(s.f))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range made {
		s.files["/"+strings.TrimSuffix(name, "index.html")] = b
	}
	raw, err := os.ReadFile(vectorsPath)
	if err != nil {
		t.Fatal(err)
	}
	s.put("/vectors.json", raw)
	s.serve("trust", "range", "list")
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers hang up on half-open connections
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// serve puts files of the vectors where the page looks for them; "" takes one away.
func (s *site) serve(trust, bucket, list string) {
	s.put("/trust.cose", s.f.Files[trust])
	s.put("/r/bits", []byte("0\n"))
	s.put("/r/0/0", s.f.Files[bucket])
	s.put("/s/0", s.f.Files[list])
	s.put("/s/1", s.f.Files["list"]) // for another chunk it tells nothing
}

func (s *site) put(path string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b == nil {
		delete(s.files, path)
	} else {
		s.files[path] = b
	}
}

// took gives the paths that were asked for since the last call, each once, sorted.
func (s *site) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.asked = nil }()
	seen := map[string]bool{}
	for _, p := range s.asked {
		seen[p] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

var kinds = map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json", "/": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8"}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	b, ok := s.files[r.URL.Path]
	s.asked = append(s.asked, r.Host+r.URL.RequestURI())
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	if i := strings.LastIndexAny(r.URL.Path, "./"); kinds[r.URL.Path[i:]] != "" {
		w.Header().Set("Content-Type", kinds[r.URL.Path[i:]])
	}
	_, _ = w.Write(b)
}

// record is the record of the label of vector live-es256.
func record(t testing.TB) page.Record {
	t.Helper()
	f := vectors.Read(t, vectorsPath)
	trust, err := label.OpenTrust(f.Files["trust"], f.Roots, 7)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := label.ParseDigits(f.Digits(t, "live-es256"))
	if err != nil {
		t.Fatal(err)
	}
	harb, _ := trust.Scheme("HARB")
	r, err := page.NewRecord(tok, harb, label.Issued{LogIndex: 41, SupportEnd: tok.Claims().SupportEnd}, now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	sections := func(lines ...string) []page.Section {
		return []page.Section{
			{Heading: lines[0], Lines: []string{lines[1], "security@harbour.example"}},
			{Heading: lines[2], Lines: []string{lines[3]}},
		}
	}
	r.Sheet = map[string][]page.Section{
		"en": sections("Report a fault", "Harbour Lights Ltd answers within seven days.", "Erase your data", "Hold the button for ten seconds until the light blinks red."),
		"de": sections("Einen Fehler melden", "Harbour Lights Ltd antwortet binnen sieben Tagen.", "Ihre Daten löschen", "Halten Sie den Knopf zehn Sekunden, bis das Licht rot blinkt."),
	}
	r.Contacts = []page.Contact{
		{Kind: "report", URL: "https://harbour.example/security"}, {Kind: "complain", URL: "mailto:care@harbour.example"}, {Kind: "support", URL: "tel:+442079460000"},
	}
	return r
}

// putRecord serves a record and its pages.
func (s *site) putRecord(t testing.TB, r page.Record) {
	t.Helper()
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	s.put("/l/"+r.Number+"/record.json", b)
	for _, lang := range []string{"en", "de", "fr", "ja"} {
		b, err := page.Write(r, lang)
		if err != nil {
			t.Fatal(err)
		}
		s.put("/l/"+r.Number+"/"+strings.TrimPrefix(lang+"/", "en/"), b)
	}
}

// canonical writes JSON with sorted keys, without the field why.
func canonical(t testing.TB, b []byte) string {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	delete(v, "why")
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// judged is what the Go code says of an input with the files of the site at now.
func (s *site) judged(t testing.TB, input string, mode verify.Mode) verify.Result {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	trust, err := label.OpenTrust(s.files["/trust.cose"], s.f.Roots, 0)
	if err != nil {
		trust = nil
	}
	var st verify.Status
	if l, err := label.OpenStatusList(s.files["/s/0"], trust, time.Time{}); err == nil {
		st.List = l
	}
	if r, err := label.OpenRange(s.files["/r/0/0"], trust, time.Time{}); err == nil {
		st.Range = r
	}
	return verify.Label(context.Background(), verify.ParseInput(input), trust, st, nil, now, mode)
}

// checkOf is the last character of the number of label 9 of QUAY.
func checkOf(t testing.TB) string {
	t.Helper()
	n := label.NumberText("QUAY", 9)
	return n[len(n)-1:]
}
