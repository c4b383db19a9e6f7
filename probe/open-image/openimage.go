// Package openimage opens the declared firmware images in memory and tells how far
// it came.
//
// EN 303 645 asks nothing of an image as such; what stands in one speaks to 5.1-1,
// 5.4-3, 5.4-4 and 5.6-5, in our words: no password or secret is common to all units,
// and nothing runs that is not needed. The package must never give PASS, and never
// pass over bytes that it could not explain.
package openimage

import (
	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Probe is the probe open-image.
var Probe = &probe.Probe{
	Name:    "open-image",
	Version: 1,
	Doc: `how far the firmware images can be opened, and what stays dark
It looks for containers and file systems anywhere in each image and opens them in
memory; nothing is written or run. It cannot open what is encrypted, and names every
stretch that no known format explains. The other firmware probes look into what it opened.`,
	Needs:   probe.NeedsFirmware,
	Makes:   []string{evidence.Images.Name},
	Facts:   []plimsoll.FactID{"image.opened", "image.encrypted"},
	Collect: probe.KeepImages,
	Judge:   judge,
}

// served lists the units that the probes speak to which look into opened images.
var served = []plimsoll.UnitID{"5.1-1-1/a", "5.4-3-2/a", "5.4-4-1/b", "5.6-5-1/a"}

func judge(v *probe.View) probe.Result {
	var res probe.Result
	for _, o := range probe.Openings(v) {
		if o.Digest == "" {
			continue // the readers of the image say so
		}
		if o.Image.Files > 0 {
			res.Fact("image.opened", o.File.File, true, o.Digest)
		}
		if o.Image.Summary.Encrypted {
			res.Fact("image.encrypted", o.File.File, true, o.Digest)
		}
		if o.Whole() {
			continue
		}
		for _, u := range served {
			res.Add(o.Open(u, "what it hides is unknown"))
		}
	}
	return res
}
