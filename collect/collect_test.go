package collect_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/collect"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

var (
	doors  = evidence.Kind[int]{Name: "doors", Version: 1}
	locks  = evidence.Kind[int]{Name: "locks", Version: 1}
	pages  = evidence.Kind[int]{Name: "pages", Version: 1}
	images = evidence.Kind[int]{Name: "images", Version: 1}
	boots  = evidence.Kind[int]{Name: "boots", Version: 1}
)

// bench is a product folder with invented probes, and what they did.
type bench struct {
	t      *testing.T
	dir    string
	now    time.Time
	state  string
	v      map[string]int // version of a probe, 1 if not set
	faults map[string]func() error
	ran    []string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), state: "initialized", v: map[string]int{}, faults: map[string]func() error{}}
	b.image("first")
	return b
}

func (b *bench) image(bytes string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, "image.bin"), []byte(bytes), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) probe(name string, needs probe.Need, makes evidence.Kind[int], reads ...string) *probe.Probe {
	p := &probe.Probe{Name: name, Version: max(1, b.v[name]), Needs: needs, Makes: []string{makes.Name}, Reads: reads}
	p.Collect = func(_ context.Context, s *probe.Session) error {
		b.ran = append(b.ran, name)
		if f := b.faults[name]; f != nil {
			if err := f(); err != nil {
				return err
			}
		}
		m := probe.Meta{Target: evidence.Target{Kind: evidence.TargetWeb, Name: "https://policy.example/"}}
		switch needs {
		case probe.NeedsDevice:
			m = probe.OfDevice(s.Devices()[0])
		case probe.NeedsFirmware:
			f, err := s.ReadFile("image.bin")
			if err != nil {
				return err
			}
			m = probe.Meta{Target: probe.FirmwareTarget(s.Product.Targets.Firmware[0]), Input: evidence.DigestOf(f)}
		}
		return probe.Keep(s, makes, m, 1)
	}
	return p
}

// assess runs the probes and returns the names of those that looked.
func (b *bench) assess(ctx context.Context, o collect.Options) ([]string, *probe.View, error) {
	b.t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		b.t.Fatal(err)
	}
	src := fmt.Sprintf(`schema: plimsoll.product/1
product: {name: Cam, model: HC-2, firmware_version: 2.4.1}
standard: en303645-2.1.1
targets:
  device: {serial: A1, address: 127.0.0.1, ports: 20000-20099, state: %s}
  firmware: [image.bin]
  web: {disclosure_policy: "https://policy.example/", security_txt: "https://policy.example/.well-known/security.txt"}
`, b.state)
	if err := os.WriteFile(filepath.Join(b.dir, product.FileName), []byte(src), 0o600); err != nil {
		b.t.Fatal(err)
	}
	p, problems, err := product.Load(b.dir, cat, product.Options{})
	if bad := problems.Blocking(); err != nil || len(bad) > 0 {
		b.t.Fatal(err, bad)
	}
	store, err := evidence.OpenStore(filepath.Join(b.dir, "evidence"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.ran = nil
	b.now = b.now.Add(time.Hour)
	o.Now = func() time.Time { return b.now }
	o.NewRunID = func() string { return b.now.Format(time.RFC3339) }
	o.Probes = []*probe.Probe{
		b.probe("locks", probe.NeedsDevice, locks, doors.Name), b.probe("doors", probe.NeedsDevice, doors),
		b.probe("pages", probe.NeedsWeb, pages),
		b.probe("boots", probe.NeedsFirmware, boots, images.Name), b.probe("images", probe.NeedsFirmware, images),
	}
	_, err = collect.Run(ctx, p, cat, store, o)
	return b.ran, probe.NewView(p, cat, b.now, store.Records(), store.Runs(), store.Blob), err
}

func TestReuse(t *testing.T) {
	day := collect.Options{Reuse: 24 * time.Hour}
	for _, tt := range []struct {
		name   string
		change func(*bench)
		o      collect.Options
		want   []string
	}{
		{"files always", func(*bench) {}, collect.Options{}, []string{"doors", "locks", "pages"}},
		{"all that is young", func(*bench) {}, day, nil},
		{"too old", func(*bench) {}, collect.Options{Reuse: time.Minute}, []string{"doors", "locks", "pages"}},
		{"another image", func(b *bench) { b.image("second") }, day, []string{"images", "boots"}},
		{"another version of a maker", func(b *bench) { b.v["images"] = 2 }, day, []string{"images", "boots"}},
		{"another version of a reader", func(b *bench) { b.v["locks"] = 2 }, day, []string{"locks"}},
		{"another version of what others build on", func(b *bench) { b.v["doors"] = 2 }, day, []string{"doors", "locks"}},
		{"the device in another state", func(b *bench) { b.state = "factory" }, day, []string{"doors", "locks"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			if ran, _, err := b.assess(t.Context(), collect.Options{}); err != nil || len(ran) != 5 {
				t.Fatalf("first run: %v, %v", ran, err)
			}
			tt.change(b)
			if ran, _, err := b.assess(t.Context(), tt.o); err != nil || !slices.Equal(ran, tt.want) {
				t.Errorf("looked: %v, %v; want %v", ran, err, tt.want)
			}
		})
	}
}

// TestOneProbeBreaks: an error or a panic costs that probe only, and shows with a hint.
func TestOneProbeBreaks(t *testing.T) {
	for name, fault := range map[string]func() error{
		"error": func() error { return errors.New("the page is upside down") },
		"panic": func() error { panic("the page is upside down") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.faults["pages"] = fault
			ran, v, err := b.assess(t.Context(), collect.Options{})
			if err != nil || len(ran) != 5 {
				t.Fatalf("looked: %v, %v", ran, err)
			}
			if len(v.Skipped) != 1 || v.Skipped[0].Probe != "pages" || v.Skipped[0].Hint == "" {
				t.Errorf("skipped: %+v", v.Skipped)
			}
		})
	}
}

// TestOnly: what is asked for runs with the makers of what it reads; the rest keeps
// its evidence.
func TestOnly(t *testing.T) {
	b := newBench(t)
	if _, _, err := b.assess(t.Context(), collect.Options{}); err != nil {
		t.Fatal(err)
	}
	ran, v, err := b.assess(t.Context(), collect.Options{Only: []string{"lock*"}})
	if want := []string{"doors", "locks"}; err != nil || !slices.Equal(ran, want) {
		t.Errorf("looked: %v, %v; want %v", ran, err, want)
	}
	if it := probe.Items(v, pages); len(it) != 1 {
		t.Errorf("%d pages kept, want 1", len(it))
	}
	if _, _, err := b.assess(t.Context(), collect.Options{Only: []string{"window*"}}); err == nil {
		t.Error("a glob that fits no probe was taken")
	}
}

// TestInterrupted: a run that is stopped keeps what it has, and says what it lacks.
func TestInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.faults["pages"] = func() error { cancel(); return ctx.Err() }
	_, v, err := b.assess(ctx, collect.Options{})
	if !errors.Is(err, collect.ErrInterrupted) {
		t.Fatalf("got %v, want %v", err, collect.ErrInterrupted)
	}
	if len(probe.Items(v, doors)) != 1 || len(probe.Items(v, pages)) != 0 {
		t.Error("what was observed before the interruption is not what was kept")
	}
	if !slices.ContainsFunc(v.Skipped, func(a evidence.Attempt) bool { return a.Probe == "pages" }) {
		t.Errorf("skipped: %+v", v.Skipped)
	}
}

// TestOffline sends nothing and says why.
func TestOffline(t *testing.T) {
	b := newBench(t)
	ran, v, err := b.assess(t.Context(), collect.Options{Offline: true})
	if want := []string{"images", "boots"}; err != nil || !slices.Equal(ran, want) {
		t.Errorf("looked: %v, %v; want %v", ran, err, want)
	}
	if len(v.Skipped) != 3 {
		t.Errorf("skipped: %+v", v.Skipped)
	}
}
