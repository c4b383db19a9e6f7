// Package boot tells which programs a device starts at boot, by reading its init configuration and scripts.
//
// It reads scripts, it does not run them: a small reader of the shell language follows what init would follow, keeps the
// conditions it cannot decide, and leaves out what is commented out or never called. A program that merely lies in the
// image is not reported. The package must never execute anything and must end on every input.
package boot

import (
	"context"

	"github.com/plimsoll-iot/plimsoll/firmware/follow"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// maxFile bounds one file of init's configuration, in bytes.
const maxFile = 1 << 20

// A Service is a program that boot reaches.
type Service = follow.Service

// A Report is what boot of one tree reaches.
type Report struct {
	Init     string    `json:"init"` // "inittab", "systemd", "script", "android", or "" when no init was found
	Services []Service `json:"services"`
	Notes    []string  `json:"notes,omitempty"` // what could not be followed
	Partial  bool      `json:"partial,omitempty"`
}

// Named returns the services with one of the names, in order of discovery.
func (r *Report) Named(names ...string) []Service {
	var out []Service
	for _, s := range r.Services {
		for _, n := range names {
			if s.Name == n {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// Read follows the init of t. Each kind of init that t has is followed: some devices carry two.
func Read(ctx context.Context, t *tree.Tree) (*Report, error) {
	r := &reader{ctx: ctx, tree: t, m: follow.New(ctx, t)}
	kind := ""
	for _, s := range []struct {
		kind string
		run  func() bool
	}{
		{"inittab", r.inittab}, {"systemd", r.systemd}, {"android", r.android}, {"script", func() bool { return r.initScript(kind) }},
	} {
		if s.run() && kind == "" {
			kind = s.kind
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return &Report{Init: kind, Services: r.m.Services, Notes: r.m.Notes, Partial: r.m.Partial}, nil
}

type reader struct {
	ctx  context.Context // of one Read
	tree *tree.Tree
	m    *follow.Machine
}
