// Package collect runs probes: it orders them by the kinds they read, gives each a
// session, keeps going when one breaks, watches that the device still answers,
// and records the run.
//
// It judges nothing, and it must never lose what was already observed: an
// interrupted or broken run keeps all its evidence.
package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Options say what to collect and how gently.
type Options struct {
	Probes      []*probe.Probe
	Only        []string          // globs over probe names; empty: all
	Units       []plimsoll.UnitID // only probes that decide one of these
	Offline     bool              // no network
	Safety      probe.Safety
	AllowPublic bool
	Reuse       time.Duration // live observations younger than this are used again
	Tool        plimsoll.Tool
	Now         func() time.Time
	NewRunID    func() string
	Log         *slog.Logger
	Report      func(Event) // progress; may be nil
	// PublicSecret reports whether a credential is on the shipped public list.
	PublicSecret func(string) bool
	// Recovery bounds the wait for a device that stopped answering; 0 means 60 s.
	Recovery time.Duration
}

// Event is a step of a run, for showing progress.
type Event struct {
	Kind  EventKind
	Probe string
	Done  int
	Total int
	Text  string // unit of progress, reason of a skip, error
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	Estimate EventKind = "estimate"
	Started  EventKind = "started"
	Progress EventKind = "progress"
	Finished EventKind = "finished"
	Reused   EventKind = "reused"
	Skipped  EventKind = "skipped"
	Broken   EventKind = "broken"
	Paused   EventKind = "paused"
	Resumed  EventKind = "resumed"
)

// ErrInterrupted says that the run was stopped before its end. What it had seen is
// kept; the caller may judge it and should say that the run is not complete.
var ErrInterrupted = errors.New("interrupted: what was observed so far is kept")

// ErrChoice says that no probe is what was asked for. The caller should take it for a
// mistake in the command line.
var ErrChoice = errors.New("no probe")

// run is one collection under way.
type run struct {
	Options
	p        *product.Product
	cat      *catalog.Catalog
	store    *evidence.Store
	session  *probe.Session
	rec      plimsoll.Run
	attempts []evidence.Attempt
	fresh    map[string]bool // kinds that a probe has made in this run
	health   health
}

// Run collects evidence for the product into the store.
func Run(ctx context.Context, p *product.Product, cat *catalog.Catalog, store *evidence.Store, o Options) (plimsoll.Run, error) {
	ordered, err := probe.Order(o.Probes)
	if err != nil {
		return plimsoll.Run{}, err
	}
	chosen, err := o.choose(ordered)
	if err != nil {
		return plimsoll.Run{}, err
	}
	r := &run{Options: o, p: p, cat: cat, store: store, fresh: map[string]bool{}}
	if r.Report == nil {
		r.Report = func(Event) {}
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.rec = plimsoll.Run{
		ID: o.NewRunID(), Start: o.Now().UTC(), Tool: o.Tool,
		Product: p.FullName(), Firmware: p.Info.FirmwareVersion, Only: o.Only,
	}
	if err := store.PutRun(r.rec); err != nil {
		return r.rec, err
	}
	r.session = probe.NewSession(probe.Config{
		Product: p, Catalog: cat, Store: store, Run: r.rec.ID, Safety: o.Safety,
		AllowPublic: o.AllowPublic, Now: o.Now, Log: r.Log, PublicSecret: o.PublicSecret,
	})
	stop := context.AfterFunc(ctx, r.session.Interrupt)
	defer stop()
	return r.finish(ctx, r.all(ctx, chosen))
}

// choose picks the probes that are asked for and the makers of what they read.
func (o Options) choose(ordered []*probe.Probe) ([]*probe.Probe, error) {
	if len(o.Only) == 0 && len(o.Units) == 0 {
		return ordered, nil
	}
	want := map[string]bool{}
	for _, p := range ordered {
		for _, g := range o.Only {
			ok, err := path.Match(g, p.Name)
			if err != nil {
				return nil, fmt.Errorf("%w: reading the glob %q: %w", ErrChoice, g, err)
			}
			want[p.Name] = want[p.Name] || ok
		}
		for _, u := range o.Units {
			want[p.Name] = want[p.Name] || slices.Contains(p.Decides, u)
		}
	}
	if !slices.ContainsFunc(ordered, func(p *probe.Probe) bool { return want[p.Name] }) {
		var names []string
		for _, p := range ordered {
			names = append(names, p.Name)
		}
		return nil, fmt.Errorf("%w fits %s: the probes are %s", ErrChoice, strings.Join(append(slices.Clone(o.Only), unitNames(o.Units)...), " "), strings.Join(names, ", "))
	}
	for i := len(ordered) - 1; i >= 0; i-- { // readers stand after makers
		if !want[ordered[i].Name] {
			continue
		}
		for _, m := range ordered[:i] {
			for _, k := range m.Makes {
				want[m.Name] = want[m.Name] || slices.Contains(ordered[i].Reads, k)
			}
		}
	}
	var out []*probe.Probe
	for _, p := range ordered {
		if want[p.Name] {
			out = append(out, p)
		}
	}
	return out, nil
}

func unitNames(us []plimsoll.UnitID) []string {
	var out []string
	for _, u := range us {
		out = append(out, string(u))
	}
	return out
}

func (r *run) all(ctx context.Context, ps []*probe.Probe) error {
	r.Report(Event{Kind: Estimate, Text: estimate(r.p, ps, r.Offline)})
	for i, p := range ps {
		if p.Collect == nil {
			continue
		}
		if ctx.Err() != nil {
			r.attempt(p, "interrupted", "run `plimsoll assess` again: the run was stopped before this probe")
			continue
		}
		if need, hint := r.missing(p); need != "" {
			r.Report(Event{Kind: Skipped, Probe: p.Name, Text: hint, Done: i, Total: len(ps)})
			r.attempt(p, need, hint)
			continue
		}
		if r.canReuse(p) {
			why := "the same bytes were looked at before"
			if p.Needs.Network() {
				why = fmt.Sprintf("it was looked at less than %s ago", r.Reuse)
			}
			r.Report(Event{Kind: Reused, Probe: p.Name, Text: why, Done: i, Total: len(ps)})
			r.attempts = append(r.attempts, evidence.Attempt{Probe: p.Name, Ran: true})
			continue
		}
		if err := r.one(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// one runs a probe. Only a fault of the store ends the run; a fault of the probe
// costs that probe.
func (r *run) one(ctx context.Context, p *probe.Probe) error {
	if p.Needs == probe.NeedsDevice {
		if down, err := r.checkHealth(ctx, p.Name); err != nil {
			return err
		} else if down != "" {
			r.Report(Event{Kind: Skipped, Probe: p.Name, Text: down})
			r.attempt(p, "a device that answers", down)
			return nil
		}
	}
	r.Report(Event{Kind: Started, Probe: p.Name})
	for _, kind := range p.Makes {
		r.fresh[kind] = true
	}
	s := r.session.For(p, func(done, total int, what string) {
		r.Report(Event{Kind: Progress, Probe: p.Name, Done: done, Total: total, Text: what})
	})
	err := safely(ctx, p, s)
	switch {
	case ctx.Err() != nil:
		r.attempt(p, "time", "the run was interrupted while this probe ran: run `plimsoll assess` again")
		return nil
	case errors.Is(err, evidence.ErrStore):
		return err
	case err != nil:
		r.Log.Warn("probe broke", "probe", p.Name, "error", err)
		r.Report(Event{Kind: Broken, Probe: p.Name, Text: err.Error()})
		r.attempt(p, "to run without an error", err.Error())
		return nil
	}
	r.Report(Event{Kind: Finished, Probe: p.Name})
	r.attempts = append(r.attempts, evidence.Attempt{Probe: p.Name, Ran: true})
	return nil
}

func safely(ctx context.Context, p *probe.Probe, s *probe.Session) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.Log.Error("probe panicked", "probe", p.Name, "value", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("probe %q panicked: %v; please report it", p.Name, v)
		}
	}()
	return p.Collect(ctx, s)
}

func (r *run) attempt(p *probe.Probe, needs, hint string) {
	r.attempts = append(r.attempts, evidence.Attempt{Probe: p.Name, Needs: needs, Hint: hint})
}

// missing says what a probe lacks to run, with the hint for the user.
func (r *run) missing(p *probe.Probe) (need, hint string) {
	has := map[probe.Need]bool{
		probe.NeedsNothing:  true,
		probe.NeedsDevice:   len(r.p.Targets.Devices) > 0,
		probe.NeedsFirmware: len(r.p.Targets.Firmware) > 0,
		probe.NeedsWeb:      r.p.Targets.Web.DisclosurePolicy+r.p.Targets.Web.SecurityTxt+r.p.Targets.Web.Support+r.p.Targets.Web.Privacy != "",
	}
	switch {
	case !has[p.Needs]:
		return string(p.Needs), p.Needs.Hint()
	case r.Offline && p.Needs.Network():
		return "network", "run without --offline"
	case p.Safety > r.Safety && p.Safety == probe.Disruptive:
		return "permission", "run with --allow disruptive: it may lock out or disturb the device"
	case p.Safety > r.Safety:
		return "permission", "run with --thorough"
	}
	return "", ""
}

// finish records how the run ended.
func (r *run) finish(ctx context.Context, err error) (plimsoll.Run, error) {
	if err == nil {
		err = probe.Keep(r.session, evidence.Attempts, probe.Meta{
			Target: evidence.Target{Kind: evidence.TargetProduct, Name: "run"},
		}, r.attempts)
	}
	r.rec.End = r.Now().UTC()
	r.rec.Complete = err == nil && ctx.Err() == nil
	if perr := r.store.PutRun(r.rec); err == nil {
		err = perr
	}
	if serr := r.store.Seal(); err == nil {
		err = serr
	}
	if err == nil && ctx.Err() != nil {
		err = ErrInterrupted
	}
	return r.rec, err
}
