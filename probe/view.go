package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/product"
)

// View is all that judging may read: the declaration, the catalog, the day, and
// for each kind, target, state and sample the newest evidence at or before that
// day for the declared firmware version.
type View struct {
	Product *product.Product
	Catalog *catalog.Catalog
	At      time.Time
	Skipped []evidence.Attempt // probes that did not run when they were last asked for, sorted

	// Foreign says why evidence of the folder is not judged: it is of another product
	// or of another firmware version. Sorted.
	Foreign []string

	records []evidence.Record
	blob    func(plimsoll.Digest) ([]byte, error)
	broken  map[plimsoll.Digest]error
}

// Item is one piece of evidence, decoded.
type Item[T any] struct {
	Value  T
	Digest plimsoll.Digest
	Run    string
	Target evidence.Target
	State  plimsoll.State
	Sample string
	Time   time.Time
	Note   string // why the observation is incomplete; empty when it is whole
}

// Finding begins a finding that rests on the item.
func (it Item[T]) Finding() plimsoll.Finding {
	return plimsoll.Finding{State: it.State, Sample: it.Sample, Evidence: []plimsoll.Digest{it.Digest}}
}

// Gap is the finding of an observation of a device that is not whole; what says which.
func (it Item[T]) Gap(what string) plimsoll.Finding {
	f := it.Finding()
	f.Reason, f.Remedy = what+": "+it.Note, "see that the device answers and run `plimsoll assess` again"
	f.Coverage.Missing = []string{it.Note}
	return f
}

// NewView selects from records what is to be judged. Runs are needed to know the
// product and the firmware version that each record belongs to.
func NewView(p *product.Product, c *catalog.Catalog, at time.Time, records []evidence.Record, runs []plimsoll.Run, blob func(plimsoll.Digest) ([]byte, error)) *View {
	v := &View{Product: p, Catalog: c, At: at, blob: blob, broken: map[plimsoll.Digest]error{}}
	of := map[string]plimsoll.Run{}
	for _, r := range runs {
		of[r.ID] = r
	}
	declared := declaredTargets(p)
	newest := map[string]evidence.Record{}
	for _, r := range records {
		run, known := of[r.Run]
		if !known || r.Time.After(at) {
			continue
		}
		if why := foreign(p, run); why != "" {
			v.addForeign(why)
			continue
		}
		switch {
		case !declared[r.Target] && r.Target.Kind != evidence.TargetProduct:
			continue
		}
		key := fmt.Sprintf("%s|%s|%s|%s|%s", r.Kind, r.Target.Kind, r.Target.Name, r.State, r.Sample)
		if everyOneCounts[r.Kind] {
			key += "|" + r.Run + "|" + string(r.Digest)
		}
		if old, ok := newest[key]; !ok || !r.Time.Before(old.Time) {
			newest[key] = r
		}
	}
	for _, r := range newest {
		v.records = append(v.records, r)
	}
	sort.Slice(v.records, func(i, j int) bool {
		a, b := v.records[i], v.records[j]
		if ka, kb := sortKey(a), sortKey(b); ka != kb {
			return ka < kb
		}
		if a.Digest != b.Digest {
			return a.Digest < b.Digest
		}
		if !a.Time.Equal(b.Time) {
			return a.Time.Before(b.Time)
		}
		return a.Run < b.Run // several runs may have kept the same bytes
	})
	v.Skipped = v.skips()
	return v
}

// foreign says why the evidence of a run is not of the declared product. What was
// kept before the product had a name is taken for its own.
func foreign(p *product.Product, r plimsoll.Run) string {
	name := strings.TrimSpace(r.Product)
	switch {
	case name != "" && name != p.FullName():
		return fmt.Sprintf("evidence of another product, %q, is not judged", name)
	case r.Firmware != p.Info.FirmwareVersion:
		return fmt.Sprintf("evidence of firmware version %q is not judged: the declaration says %q", r.Firmware, p.Info.FirmwareVersion)
	}
	return ""
}

func (v *View) addForeign(why string) {
	if i, there := slices.BinarySearch(v.Foreign, why); !there {
		v.Foreign = slices.Insert(v.Foreign, i, why)
	}
}

// everyOneCounts lists the kinds of which newer evidence does not replace older.
var everyOneCounts = map[string]bool{
	evidence.Incidents.ID(): true, evidence.Outside.ID(): true, evidence.Attempts.ID(): true,
}

func sortKey(r evidence.Record) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s", r.Kind, r.Target.Kind, r.Target.Name, r.State, r.Sample)
}

func declaredTargets(p *product.Product) map[evidence.Target]bool {
	m := map[evidence.Target]bool{}
	for _, d := range p.Targets.Devices {
		m[DeviceTarget(d)] = true
	}
	for _, f := range p.Targets.Firmware {
		m[evidence.Target{Kind: evidence.TargetFirmware, Name: f.File}] = true
	}
	for _, c := range p.Targets.Captures {
		m[evidence.Target{Kind: evidence.TargetCapture, Name: c.File}] = true
	}
	for _, a := range p.Targets.App {
		m[evidence.Target{Kind: evidence.TargetApp, Name: a}] = true
	}
	w := p.Targets.Web
	for _, u := range []string{w.DisclosurePolicy, w.SecurityTxt, w.Support, w.Privacy} {
		if u != "" {
			m[evidence.Target{Kind: evidence.TargetWeb, Name: u}] = true
		}
	}
	return m
}

// DeviceTarget is the evidence target of a declared device.
func DeviceTarget(d product.Device) evidence.Target {
	name := d.Address
	if name == "" {
		name = d.Address6
	}
	return evidence.Target{Kind: evidence.TargetDevice, Name: name}
}

func (v *View) skips() []evidence.Attempt {
	items := Items(v, evidence.Attempts)
	sort.SliceStable(items, func(i, j int) bool { return items[i].Time.Before(items[j].Time) })
	last := map[string]evidence.Attempt{}
	for _, it := range items {
		for _, a := range it.Value {
			last[a.Probe] = a
		}
	}
	var out []evidence.Attempt
	for _, a := range last {
		if !a.Ran {
			out = append(out, a)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Probe < out[j].Probe })
	return out
}

// SkippedWhy says why a probe did not run, "" when it did.
func (v *View) SkippedWhy(name string) string {
	for _, s := range v.Skipped {
		if s.Probe == name {
			return s.Hint
		}
	}
	return ""
}

// HowToRun says what to do so that a probe which needs this runs, as its last skip
// asked for.
func (v *View) HowToRun(name string, n Need) string {
	if hint := v.SkippedWhy(name); hint != "" {
		return hint
	}
	return "run `plimsoll assess`" + map[Need]string{NeedsDevice: " with the device on the network", NeedsWeb: " with access to the web"}[n]
}

// Items returns the evidence of a kind, in a stable order. Evidence whose bytes
// cannot be had or do not decode is left out and listed by Broken.
func Items[T any](v *View, k evidence.Kind[T]) []Item[T] {
	var out []Item[T]
	for _, r := range v.records {
		if r.Kind != k.ID() {
			continue
		}
		b, err := v.blob(r.Digest)
		var val T
		if err == nil {
			val, err = k.Decode(b)
		}
		if err != nil {
			v.broken[r.Digest] = err
			continue
		}
		out = append(out, Item[T]{
			Value: val, Digest: r.Digest, Run: r.Run, Target: r.Target, State: r.State,
			Sample: r.Sample, Time: r.Time, Note: r.Note,
		})
	}
	return out
}

// ByTarget returns the evidence of a kind by the name of its target, of several the
// last in the order of Items.
func ByTarget[T any](v *View, k evidence.Kind[T]) map[string]Item[T] {
	out := map[string]Item[T]{}
	for _, it := range Items(v, k) {
		out[it.Target.Name] = it
	}
	return out
}

// Broken lists the evidence that could not be read while judging, sorted.
func (v *View) Broken() []string {
	var out []string
	for d, why := range v.broken {
		out = append(out, fmt.Sprintf("%s: %s", d, why))
	}
	sort.Strings(out)
	return out
}

// Tampered returns an error when evidence that was judged does not have the bytes
// that its digest names. An assessment made from such a view must not be used.
func (v *View) Tampered() error {
	for _, why := range v.Broken() {
		for _, err := range v.broken {
			if errors.Is(err, evidence.ErrTampered) {
				return fmt.Errorf("%w (%s)", evidence.ErrTampered, why)
			}
		}
	}
	return nil
}

// Records returns the evidence records in view, in a stable order.
func (v *View) Records() []evidence.Record { return append([]evidence.Record(nil), v.records...) }

// MemoryView builds a view over values held in memory: for tests of Judge.
func MemoryView(p *product.Product, c *catalog.Catalog, at time.Time, values ...MemoryValue) (*View, error) {
	blobs := map[plimsoll.Digest][]byte{}
	run := plimsoll.Run{ID: "memory", Start: at, End: at, Complete: true, Firmware: p.Info.FirmwareVersion}
	var recs []evidence.Record
	for _, m := range values {
		b, err := json.Marshal(m.Value)
		if err != nil {
			return nil, fmt.Errorf("encoding evidence of kind %q: %w", m.Kind, err)
		}
		d := evidence.DigestOf(b)
		blobs[d] = b
		recs = append(recs, evidence.Record{
			Digest: d, Kind: m.Kind, Run: run.ID, Target: m.Target, State: m.State,
			Sample: m.Sample, Time: at, Note: m.Note,
		})
	}
	return NewView(p, c, at, recs, []plimsoll.Run{run}, func(d plimsoll.Digest) ([]byte, error) {
		b, ok := blobs[d]
		if !ok {
			return nil, fmt.Errorf("no evidence %s", d)
		}
		return b, nil
	}), nil
}

// MemoryValue is one piece of evidence for MemoryView.
type MemoryValue struct {
	Kind   string // kind id, as Kind.ID gives it
	Value  any
	Target evidence.Target
	State  plimsoll.State
	Sample string
	Note   string
}
