package main

import (
	"fmt"
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/collect"
)

// progress shows a run on standard error: bars on a terminal, plain lines
// otherwise.
type progress struct {
	out  io.Writer
	bars *mpb.Progress
	bar  *mpb.Bar
	text string // unit of the current bar
}

func newProgress(w cli.World) *progress {
	p := &progress{out: w.Err}
	if w.Terminal(w.Err) {
		p.bars = mpb.New(mpb.WithOutput(w.Err), mpb.WithWidth(40))
		p.out = p.bars
	}
	return p
}

func (p *progress) event(e collect.Event) {
	switch e.Kind {
	case collect.Estimate:
		p.line("plimsoll: %s", e.Text)
	case collect.Started:
		p.start(e.Probe)
	case collect.Progress:
		p.advance(e)
	case collect.Finished:
		p.finish()
		p.line("  done     %s", e.Probe)
	case collect.Reused:
		p.line("  reused   %s: %s", e.Probe, e.Text)
	case collect.Skipped:
		p.finish()
		p.line("  skipped  %s\n           hint: %s", e.Probe, e.Text)
	case collect.Broken:
		p.finish()
		p.line("  broken   %s: %s", e.Probe, e.Text)
	case collect.Paused, collect.Resumed:
		p.line("  %-8s %s", e.Kind, e.Text)
	}
}

func (p *progress) line(format string, a ...any) { fmt.Fprintf(p.out, format+"\n", a...) }

func (p *progress) start(name string) {
	if p.bars == nil {
		return
	}
	p.bar = p.bars.AddBar(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("  "+name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.CountersNoUnit("%d/%d"), decor.Any(func(decor.Statistics) string { return " " + p.text })),
	)
}

func (p *progress) advance(e collect.Event) {
	if p.bar == nil {
		return
	}
	p.text = e.Text
	p.bar.SetTotal(int64(e.Total), false)
	p.bar.SetCurrent(int64(e.Done))
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bar = nil
	}
}

func (p *progress) close() {
	p.finish()
	if p.bars != nil {
		p.bars.Wait()
	}
}
