package probe_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

var (
	day    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	target = evidence.Target{Kind: evidence.TargetDevice, Name: "192.0.2.10"}
	number = evidence.Kind[int]{Name: "number", Version: 1}
)

// shelf is an evidence folder in memory: each value in a run of its own.
type shelf struct {
	records []evidence.Record
	runs    []plimsoll.Run
	blobs   map[plimsoll.Digest][]byte
}

func (s *shelf) put(id, of, firmware string, at time.Time, value string, change ...func(*evidence.Record)) {
	d := evidence.DigestOf([]byte(value))
	s.blobs[d] = []byte(value)
	r := evidence.Record{Digest: d, Kind: number.ID(), Run: id, Probe: "counter@1", Target: target, Time: at}
	for _, c := range change {
		c(&r)
	}
	s.records = append(s.records, r)
	s.runs = append(s.runs, plimsoll.Run{ID: id, Start: at, End: at, Complete: true, Product: of, Firmware: firmware})
}

func TestView(t *testing.T) {
	state := func(st plimsoll.State) func(*evidence.Record) {
		return func(r *evidence.Record) { r.State = st }
	}
	tests := []struct {
		name    string
		fill    func(*shelf)
		want    []int
		foreign []string
	}{
		{"the newest counts", func(s *shelf) {
			s.put("1", "Cam HC-2", "2.4.1", day.Add(-2*time.Hour), "1")
			s.put("2", "Cam HC-2", "2.4.1", day.Add(-time.Hour), "2")
		}, []int{2}, nil},
		{"a later day is not seen yet", func(s *shelf) {
			s.put("1", "Cam HC-2", "2.4.1", day.Add(-2*time.Hour), "1")
			s.put("2", "Cam HC-2", "2.4.1", day.Add(time.Hour), "2")
		}, []int{1}, nil},
		{"each state for itself", func(s *shelf) {
			s.put("1", "Cam HC-2", "2.4.1", day.Add(-2*time.Hour), "1", state(plimsoll.StateFactory))
			s.put("2", "Cam HC-2", "2.4.1", day.Add(-time.Hour), "2", state(plimsoll.StateInitialized))
		}, []int{1, 2}, nil},
		{"another firmware version", func(s *shelf) {
			s.put("1", "Cam HC-2", "2.4.0", day.Add(-time.Hour), "1")
		}, nil, []string{`evidence of firmware version "2.4.0" is not judged: the declaration says "2.4.1"`}},
		{"another product in a copied folder", func(s *shelf) {
			s.put("1", "Cam HC-1", "2.4.1", day.Add(-time.Hour), "1")
		}, nil, []string{`evidence of another product, "Cam HC-1", is not judged`}},
		{"kept before the product had a name", func(s *shelf) {
			s.put("1", " ", "2.4.1", day.Add(-time.Hour), "1")
		}, []int{1}, nil},
	}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	src := "schema: plimsoll.product/1\nproduct: {name: Cam, model: HC-2, firmware_version: 2.4.1}\nstandard: en303645-2.1.1\ntargets: {device: {address: 192.0.2.10, ports: 1-65535}}\n"
	p, problems := product.Parse("product.yaml", []byte(src), cat, product.Options{})
	if bad := problems.Blocking(); len(bad) > 0 {
		t.Fatal(bad)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{blobs: map[plimsoll.Digest][]byte{}}
			tt.fill(s)
			v := probe.NewView(p, cat, day, s.records, s.runs, func(d plimsoll.Digest) ([]byte, error) { return s.blobs[d], nil })
			var got []int
			for _, it := range probe.Items(v, number) {
				got = append(got, it.Value)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if !slices.Equal(v.Foreign, tt.foreign) {
				t.Errorf("foreign: got %q, want %q", v.Foreign, tt.foreign)
			}
		})
	}
}

// TestOrderOfRecords: what several runs kept with the same bytes stands in one order.
func TestOrderOfRecords(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := product.Parse("product.yaml", []byte("schema: plimsoll.product/1\nproduct: {name: Cam}\nstandard: en303645-2.1.1\n"), cat, product.Options{})
	s := &shelf{blobs: map[plimsoll.Digest][]byte{}}
	for i := range 12 {
		s.put(string(rune('a'+i)), "Cam", "", day.Add(time.Duration(i-20)*time.Hour), "[]", func(r *evidence.Record) {
			r.Kind, r.Target = evidence.Attempts.ID(), evidence.Target{Kind: evidence.TargetProduct, Name: "run"}
		})
	}
	for range 20 {
		got := ""
		for _, r := range probe.NewView(p, cat, day, s.records, s.runs, func(d plimsoll.Digest) ([]byte, error) { return s.blobs[d], nil }).Records() {
			got += r.Run
		}
		if want := "abcdefghijkl"; got != want {
			t.Fatalf("got runs %s, want %s", got, want)
		}
	}
}

// TestHowToRun: what the last skip asked for counts before the words for the need.
func TestHowToRun(t *testing.T) {
	v := &probe.View{Skipped: []evidence.Attempt{{Probe: "tls-server", Hint: "name the device"}}}
	for _, tt := range []struct {
		probe string
		need  probe.Need
		want  string
	}{
		{"tls-server", probe.NeedsDevice, "name the device"},
		{"open-ports", probe.NeedsDevice, "run `plimsoll assess` with the device on the network"},
		{"security-txt", probe.NeedsWeb, "run `plimsoll assess` with access to the web"},
		{"open-image", probe.NeedsFirmware, "run `plimsoll assess`"},
	} {
		if got := v.HowToRun(tt.probe, tt.need); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.probe, got, tt.want)
		}
	}
}

// TestGap: a finding rests on its item and says what its note lacks.
func TestGap(t *testing.T) {
	it := probe.Item[int]{Digest: "sha256:ab", State: plimsoll.StateInitialized, Sample: "A1", Note: "no answer"}
	base := plimsoll.Finding{State: plimsoll.StateInitialized, Sample: "A1", Evidence: []plimsoll.Digest{"sha256:ab"}}
	if got := it.Finding(); !reflect.DeepEqual(got, base) {
		t.Errorf("got %+v, want %+v", got, base)
	}
	base.Reason, base.Remedy = "not all was seen: no answer", "see that the device answers and run `plimsoll assess` again"
	base.Coverage.Missing = []string{"no answer"}
	if got := it.Gap("not all was seen"); !reflect.DeepEqual(got, base) {
		t.Errorf("got %+v, want %+v", got, base)
	}
}
