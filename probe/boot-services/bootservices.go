// Package bootservices tells which services for remote shells, file transfer and
// debugging the start of the device reaches.
//
// EN 303 645, 5.6-5 and 5.6-4, in our words: nothing runs that the device does not
// need, and a debug port is shut by software. TS 103 701: evidence against 5.6-5-1/a
// and 5.6-4-1/a, which are judged on the design.
//
// The package must never take a program that lies in the image for one that runs,
// and never an image for proof of an open port.
package bootservices

import (
	"context"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/boot"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Probe is the probe boot-services.
var Probe = &probe.Probe{
	Name:    "boot-services",
	Version: 1,
	Doc: `whether the start scripts reach Telnet, FTP or debug services
It follows init through inittab, start scripts, systemd units and super servers, without
running them; what is commented out or never called does not count. It cannot decide
conditions that only the device knows, nor follow scripts of other partitions, and names both.`,
	Needs:   probe.NeedsFirmware,
	Reads:   []string{evidence.Images.Name},
	Makes:   []string{kind.Name},
	Decides: []plimsoll.UnitID{unitServices},
	Facts:   []plimsoll.FactID{"services.remote_shell_at_boot", "debug.exists", "updates.exist", "update.mechanism_seen"},
	Collect: collect,
	Judge:   judge,
}

// The units that it speaks to, both judged on the design.
const (
	unitServices plimsoll.UnitID = "5.6-5-1/a"
	unitConsole  plimsoll.UnitID = "5.6-4-1/a"
)

// found is what the start of one image reaches.
type found struct {
	Image plimsoll.Digest `json:"image"`
	Boots []reading       `json:"boots"` // of the trees that have an init
}

// reading is the start of one tree. Of the programs only those are kept that the
// probe judges: arguments of others may hold secrets.
type reading struct {
	Part      int            `json:"part"` // of the image, whose tree it is
	Init      string         `json:"init"`
	Reached   int            `json:"reached"` // programs in all
	Services  []boot.Service `json:"services"`
	Elsewhere []string       `json:"elsewhere,omitempty"` // scripts and programs that are started but lie outside the tree
	Unread    []string       `json:"unread,omitempty"`    // started files whose bytes could not be had
	Notes     []string       `json:"notes,omitempty"`     // what could not be followed
	Partial   bool           `json:"partial,omitempty"`
}

var kind = evidence.Kind[found]{Name: "boot-services", Version: 1}

func collect(ctx context.Context, s *probe.Session) error {
	return s.EachImage(ctx, func(img *firmware.Image, m probe.Meta) error {
		v := found{Image: m.Input, Boots: []reading{}}
		if img != nil {
			v.look(ctx, img)
			if ctx.Err() != nil {
				m.Note = "the run was interrupted before every start script was read"
			}
		}
		return probe.Keep(s, kind, m, v)
	})
}

// look follows the init of every tree. An error can only be that of an ended context,
// which the caller sees itself.
func (v *found) look(ctx context.Context, img *firmware.Image) {
	for _, t := range img.Trees {
		r, err := boot.Read(ctx, t.Tree)
		if err != nil {
			return
		}
		if r.Init == "" && len(r.Services) == 0 {
			continue
		}
		out := reading{
			Part: t.Part, Init: r.Init, Reached: len(r.Services), Services: []boot.Service{},
			Notes: r.Notes, Partial: r.Partial,
		}
		for _, s := range r.Services {
			out.sort(t.Tree, s)
		}
		v.Boots = append(v.Boots, out)
	}
}

// maxNamed bounds the files that one reading names.
const maxNamed = 50

// sort files a reached program under what is to be said of it. A script of another
// partition is not followed, also when that partition was opened.
func (r *reading) sort(t *firmware.Tree, s boot.Service) {
	if _, ok := watched[watchName(s)]; ok || console(s) || updaters[s.Name] {
		r.Services = append(r.Services, s)
	}
	switch {
	case s.Binary != "":
		f, err := t.Lookup(s.Binary)
		if err != nil || !f.IsRegular() {
			return // a link of the running system, such as one into another partition
		}
		if _, err := f.Read(); err != nil && len(r.Unread) < maxNamed {
			r.Unread = append(r.Unread, s.Binary)
		}
	case strings.Contains(s.Command, "/") && len(r.Elsewhere) < maxNamed:
		r.Elsewhere = append(r.Elsewhere, fmt.Sprintf("%q, started by %q line %d", s.Command, s.File, s.Line))
	}
}
