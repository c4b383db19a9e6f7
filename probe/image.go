package probe

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/product"
)

// imageCache holds the images that a run has opened, so that the probes that look
// into one share the work. The oldest give way when their bytes add up to more than
// one artefact may have.
type imageCache struct {
	mu     sync.Mutex
	opened []cachedImage
}

type cachedImage struct {
	digest plimsoll.Digest
	image  *firmware.Image
}

// open returns the opened image with these bytes. An interrupted opening is not kept.
func (c *imageCache) open(ctx context.Context, d plimsoll.Digest, data []byte) (*firmware.Image, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := int64(len(data))
	for _, x := range c.opened {
		if x.digest == d {
			return x.image, nil
		}
		total += x.image.Size
	}
	for len(c.opened) > 0 && total > maxArtefact {
		total -= c.opened[0].image.Size
		c.opened = slices.Delete(c.opened, 0, 1)
	}
	img, err := firmware.Open(ctx, data, firmware.Limits{})
	if err != nil {
		return nil, err
	}
	c.opened = append(c.opened, cachedImage{d, img})
	return img, nil
}

// Image returns a firmware image of the product folder, opened once per run, and the
// digest of the file. The digest is given also when only the opening failed.
func (s *Session) Image(ctx context.Context, file string) (*firmware.Image, plimsoll.Digest, error) {
	b, err := s.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	d := evidence.DigestOf(b)
	img, err := s.shared.images.open(ctx, d, b)
	return img, d, err
}

// EachImage calls look for every declared image, once per file. The image is nil
// where there was nothing to open; the Note of the Meta then says why. look keeps one
// value in any case, so that an older observation does not stand in for this one.
func (s *Session) EachImage(ctx context.Context, look func(*firmware.Image, Meta) error) error {
	files := imageFiles(s.Product)
	for i, f := range files {
		s.Progress(i, len(files), "images")
		img, d, err := s.Image(ctx, f.File)
		m := Meta{Target: FirmwareTarget(f), Input: d}
		switch {
		case ctx.Err() != nil:
			img, m.Note = nil, "the run was interrupted before the image was looked at"
		case err != nil:
			m.Note = err.Error()
		case img.Partial:
			m.Note = "the image could not be read whole"
		}
		if err := look(img, m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// KeepImages keeps how far each declared image was opened: the collection of
// open-image, and in tests what the probes that read it find beforehand.
func KeepImages(ctx context.Context, s *Session) error {
	return s.EachImage(ctx, func(img *firmware.Image, m Meta) error {
		if img == nil {
			return Keep(s, evidence.Images, m, evidence.Image{Unopened: m.Note})
		}
		v := evidence.Image{Summary: img.Summary()}
		for _, t := range img.Trees {
			for _, f := range t.Files() {
				if f.IsRegular() && f.Size > 0 {
					v.Files++
				}
			}
		}
		return Keep(s, evidence.Images, m, v)
	})
}

// FirmwareTarget is the evidence target of a declared image.
func FirmwareTarget(f product.Firmware) evidence.Target {
	return evidence.Target{Kind: evidence.TargetFirmware, Name: f.File}
}

// imageFiles lists the declared images, each file once.
func imageFiles(p *product.Product) []product.Firmware {
	var out []product.Firmware
	for _, f := range p.Targets.Firmware {
		if !slices.ContainsFunc(out, func(o product.Firmware) bool { return o.File == f.File }) {
			out = append(out, f)
		}
	}
	return out
}

// Opening is how far a declared image of the assessed version was opened.
type Opening struct {
	File    product.Firmware
	Digest  plimsoll.Digest // of the evidence; empty when there is none
	Image   evidence.Image
	Missing []string // what of it was not seen; a PASS needs that this is empty
	Remedy  string   // of what is missing
}

// Openings tells for each declared image of the assessed firmware version how far it
// was opened. Images of other versions serve comparison only: what stood in an older
// version is no fault of this one.
func Openings(v *View) []Opening {
	items := map[evidence.Target]Item[evidence.Image]{}
	for _, it := range Items(v, evidence.Images) {
		items[it.Target] = it
	}
	var out []Opening
	for _, f := range imageFiles(v.Product) {
		if want := v.Product.Info.FirmwareVersion; f.Version != "" && want != "" && f.Version != want {
			continue
		}
		it, ok := items[FirmwareTarget(f)]
		o := Opening{File: f, Digest: it.Digest, Image: it.Value}
		if ok {
			o.missing(it.Note)
		} else {
			o.Missing, o.Remedy = []string{"it was not opened"}, v.HowToRun("open-image", NeedsFirmware)
		}
		out = append(out, o)
	}
	return out
}

// NoImage says why there is no image to judge, and what to declare.
func NoImage(v *View) (reason, remedy string) {
	if len(v.Product.Targets.Firmware) == 0 {
		return "no firmware image is declared", NeedsFirmware.Hint()
	}
	return fmt.Sprintf("no image of the assessed version %q is declared", v.Product.Info.FirmwareVersion),
		"name the image of product.firmware_version under targets.firmware in product.yaml"
}

// Bytes of an image that no known format explains: fewer are taken for headers,
// signatures and a boot loader.
const (
	strayBytes = 4096 // bytes
	strayShare = 20   // one part in so many
)

// mostNamed is how many regions, parts or notes are named before they are only counted.
const mostNamed = 3

func (o *Opening) missing(note string) {
	s := o.Image.Summary
	switch {
	case o.Image.Unopened != "":
		o.Missing, o.Remedy = []string{o.Image.Unopened}, "see that targets.firmware names a whole firmware image and run `plimsoll assess` again"
		return
	case s.Encrypted:
		o.Missing, o.Remedy = []string{"encrypted: supply the plain image (" + s.Why + ")"}, "supply the plain image under targets.firmware: the maker has it from before it was encrypted"
		return
	}
	o.Remedy = "supply the parts as plain images under targets.firmware, each with its version, and run `plimsoll assess` again"
	if o.Image.Files == 0 {
		o.Missing = append(o.Missing, "no file system with files was opened in it")
	}
	var parts, regions []string
	for _, p := range s.Parts {
		if p.Unread || p.Encrypted {
			parts = append(parts, fmt.Sprintf("%s at %#x is not read (%s)", p.Format, p.Offset, p.Note))
		}
	}
	for _, r := range s.Opaque {
		regions = append(regions, fmt.Sprintf("%d bytes at %#x look random and carry no known format", r.Size, r.Offset))
	}
	o.Missing = append(append(o.Missing, named(parts, "parts")...), named(regions, "regions")...)
	if s.Partial {
		o.Missing = append(append(o.Missing, "cut, damaged or beyond a limit"), named(s.Notes, "notes")...)
	}
	if rest := s.Size - s.Explained; rest > strayBytes && rest > s.Size/strayShare {
		o.Missing = append(o.Missing, fmt.Sprintf("%d of %d bytes are explained by no known format", rest, s.Size))
	}
	if len(o.Missing) == 0 {
		o.Missing = append(o.Missing, named(s.Unseen, "reasons")...)
	}
	if len(o.Missing) == 0 && note != "" {
		o.Missing = []string{note}
	}
}

func named(all []string, what string) []string {
	if n := len(all) - mostNamed; n > 0 {
		return append(slices.Clone(all[:mostNamed]), fmt.Sprintf("%d more %s", n, what))
	}
	return all
}

// Lacking adds what a probe itself could not look at in the image.
func (o Opening) Lacking(remedy string, what ...string) Opening {
	if len(what) > 0 {
		if len(o.Missing) == 0 {
			o.Remedy = remedy
		}
		o.Missing = append(slices.Clone(o.Missing), named(what, "more")...)
	}
	return o
}

// Whole reports whether all of the image was looked at.
func (o Opening) Whole() bool { return len(o.Missing) == 0 }

// Open is the INCONCLUSIVE finding of an image that was not looked at whole. What
// says what therefore stays unknown.
func (o Opening) Open(u plimsoll.UnitID, what string, ev ...plimsoll.Digest) plimsoll.Finding {
	return plimsoll.Finding{
		Unit: u, Verdict: plimsoll.Inconclusive, Evidence: o.Evidence(ev...),
		Reason: fmt.Sprintf("%q: %s; %s", o.File.File, strings.Join(o.Missing, "; "), what),
		Remedy: o.Remedy, Coverage: plimsoll.Coverage{Missing: o.Missing},
	}
}

// Evidence lists the evidence of the opening and what rests on it.
func (o Opening) Evidence(more ...plimsoll.Digest) []plimsoll.Digest {
	var out []plimsoll.Digest
	for _, d := range append([]plimsoll.Digest{o.Digest}, more...) {
		if d != "" {
			out = append(out, d)
		}
	}
	return out
}

// Is reports whether what a probe kept is about the same bytes that were opened.
func (o Opening) Is(input plimsoll.Digest) bool {
	return input != "" && input == plimsoll.Digest("sha256:"+o.Image.Summary.SHA256)
}

// Where names a place in the tree of a part: the file, the containers with their
// offsets from the inside out, and the place itself.
func (o Opening) Where(part int, inside string) string {
	var chain []string
	parts := o.Image.Summary.Parts
	for id := part; id >= 0 && id < len(parts) && len(chain) <= len(parts); id = parts[id].Layer {
		p := parts[id]
		name := fmt.Sprintf("%s at %#x", p.Format, p.Offset)
		if p.File != "" {
			name += fmt.Sprintf(" of %q", p.File)
		}
		chain = append(chain, name)
	}
	if len(chain) == 0 {
		return fmt.Sprintf("%q, %s", o.File.File, inside)
	}
	return fmt.Sprintf("%q, %s, %s", o.File.File, strings.Join(chain, " in "), inside)
}

// RowOfFile returns the declared row of a table that names a file of the device.
func RowOfFile(p *product.Product, t plimsoll.TableID, file string) (product.Row, bool) {
	for _, r := range p.Rows(t) {
		if f := r.Text("file"); f != "" && r.Observed == "" && path.Clean(f) == path.Clean(file) {
			return r, true
		}
	}
	return product.Row{}, false
}

// SeenIn is the subject of a thing in an image that no declared row explains.
func SeenIn(place string) string {
	q := strconv.QuoteToGraphic(place)
	return plimsoll.SeenPrefix + q[1:len(q)-1]
}

// NoContrary proposes PASS for every declared row that a unit speaks of.
func NoContrary(v *View, unit plimsoll.UnitID, reason string, ev []plimsoll.Digest) []plimsoll.Finding {
	u, ok := v.Catalog.Unit(unit)
	if !ok {
		return nil
	}
	var out []plimsoll.Finding
	for _, r := range v.Product.Select(u.Where).Matches {
		out = append(out, plimsoll.Finding{Unit: unit, Subject: r.ID, Verdict: plimsoll.Pass, Reason: reason, Evidence: ev})
	}
	return out
}
