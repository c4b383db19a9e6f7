// Package privatekeys looks for private keys that a firmware image brings to every
// device.
//
// EN 303 645, 5.4-3 and 5.4-4, in our words: no secret in use is part of the
// software, and what protects updates and the talk with services is each unit's own.
// TS 103 701, 5.4-3-2/a; evidence against 5.4-4-1/b.
//
// The package must never keep, show or log private material, and never call a key
// what does not parse as one.
package privatekeys

import (
	"context"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/keys"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Probe is the probe private-keys.
var Probe = &probe.Probe{
	Name:    "private-keys",
	Version: 1,
	Doc: `whether the firmware image holds private keys that all units share
It looks through every file of the image for keys in PEM, DER, OpenSSH and dropbear
form; one counts only if it parses and its public half follows. Test keys of libraries
are listed, not held against the device. It sees no symmetric keys, and none in programs
that hide theirs.`,
	Needs:   probe.NeedsFirmware,
	Reads:   []string{evidence.Images.Name},
	Makes:   []string{kind.Name},
	Decides: decides,
	Facts:   []plimsoll.FactID{"secret.private_key_found", "secret.shared_key_found", "parameters.persistent", "parameters.critical"},
	Collect: collect,
	Judge:   judge,
}

// The units that it speaks to.
const (
	unitProvisioning plimsoll.UnitID = "5.4-3-2/a"
	unitGeneration   plimsoll.UnitID = "5.4-4-1/b" // judged on the design: evidence against
)

var decides = []plimsoll.UnitID{unitProvisioning, unitGeneration}

// found is what stands in one image.
type found struct {
	Image  plimsoll.Digest `json:"image"`
	Keys   []key           `json:"keys"`
	Unread []string        `json:"unread,omitempty"` // files whose bytes could not be had
	Left   int             `json:"left,omitempty"`   // keys beyond the limit
}

// key is a private key by its place and its public half; nothing private is in it.
type key struct {
	keys.Key
	Part int `json:"part"` // of the image, whose tree holds the file
}

var kind = evidence.Kind[found]{Name: "private-keys", Version: 1}

// Bounds of what is kept of one image.
const (
	maxKeys   = 1000
	maxUnread = 100
)

func collect(ctx context.Context, s *probe.Session) error {
	return s.EachImage(ctx, func(img *firmware.Image, m probe.Meta) error {
		v := found{Image: m.Input, Keys: []key{}}
		if img != nil {
			v.look(ctx, img)
			if ctx.Err() != nil {
				m.Note = "the run was interrupted before every file was looked through"
			}
		}
		return probe.Keep(s, kind, m, v)
	})
}

// look searches every tree. An error can only be that of an ended context, which the
// caller sees itself.
func (v *found) look(ctx context.Context, img *firmware.Image) {
	for _, t := range img.Trees {
		ks, unread, _ := keys.InTree(ctx, t.Tree)
		v.Unread = append(v.Unread, unread...)
		for _, k := range ks {
			if len(v.Keys) == maxKeys {
				v.Left++
				continue
			}
			v.Keys = append(v.Keys, key{Key: k, Part: t.Part})
		}
	}
	if len(v.Unread) > maxUnread {
		v.Unread = append(v.Unread[:maxUnread:maxUnread], "and further files")
	}
}
