package privatekeys

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

func judge(v *probe.View) probe.Result {
	j := &judging{v: v, looks: probe.ByTarget(v, kind), closed: true}
	openings := probe.Openings(v)
	for _, o := range openings {
		j.image(o)
	}
	reason := fmt.Sprintf("no private key that parses stands in the opened image, %d test keys of libraries aside; other secrets than private keys are not recognised here", j.harmless)
	switch {
	case len(openings) == 0:
		reason, remedy := probe.NoImage(v)
		j.res.Open(decides, plimsoll.Finding{Reason: reason, Remedy: remedy})
	case j.closed && j.problems == 0:
		for _, u := range decides {
			j.res.Findings = append(j.res.Findings, probe.NoContrary(v, u, reason, j.evidence)...)
		}
	}
	j.silent(reason)
	return j.res
}

// judging is the judgement of all images.
type judging struct {
	v        *probe.View
	res      probe.Result
	looks    map[string]probe.Item[found] // by file
	evidence []plimsoll.Digest
	harmless int
	problems int
	closed   bool // everything was looked at
}

// silent gives a unit its finding of which no key spoke.
func (j *judging) silent(reason string) {
	f := plimsoll.Finding{Verdict: plimsoll.Pass, Reason: reason, Evidence: j.evidence}
	if j.problems > 0 {
		f.Verdict = plimsoll.Inconclusive
		f.Reason, f.Remedy = "private keys stand in the image whose use is not known, or is another than this", explain
	}
	j.res.Rest(decides, f)
}

func (j *judging) image(o probe.Opening) {
	it, ok := j.looks[o.File.File]
	switch {
	case !ok || o.Image.Unopened == "" && !o.Is(it.Value.Image):
		o = o.Lacking("run `plimsoll assess` again", "it was not searched for private keys")
	default:
		o = o.Lacking("run `plimsoll assess` again", it.Value.gaps(it.Note)...)
	}
	j.evidence = append(j.evidence, o.Evidence(it.Digest)...)
	if !o.Whole() {
		j.closed = false
		j.res.Open(decides, o.Open(unitProvisioning, "private keys in it that all units share stay unseen", it.Digest))
	}
	if !ok {
		return
	}
	for _, k := range it.Value.Keys {
		j.key(o, it.Digest, k)
	}
}

// gaps lists what was not looked through.
func (f found) gaps(note string) []string {
	var out []string
	for _, p := range f.Unread {
		out = append(out, fmt.Sprintf("%q could not be read", p))
	}
	if f.Left > 0 {
		out = append(out, fmt.Sprintf("%d keys beyond the first %d", f.Left, maxKeys))
	}
	if strings.Contains(note, "interrupted") {
		out = append(out, note)
	}
	return out
}

const (
	remove  = "remove the key from the image and let each unit make its own at first start, or bring one in per unit in production; take the old key out of use everywhere, since everyone who has the image has it"
	explain = "remove the key from the image, or declare in ixit.SecParam (file, purpose, provisioning) what it is for"
)

// samples are the places of keys that documentation and tests of software bring along.
var samples = regexp.MustCompile(`(?i)/(examples?|samples?|tests?|testdata|doc|docs|demos?)/`)

// classes say what a key amounts to; the first that fits counts. An empty verdict
// holds nothing against the device.
var classes = []struct {
	is      func(key) bool
	verdict plimsoll.Verdict
	what    string
	remedy  string
}{
	{is: func(k key) bool { return k.TestKey != "" }},
	{is: func(k key) bool { return k.Embedded && k.Encrypted }}, // as libraries carry them for their own tests
	{
		func(k key) bool { return k.Embedded },
		plimsoll.Inconclusive, "is built into a program: whether it is in use or a test vector, the image does not say", explain,
	},
	{
		func(k key) bool { return samples.MatchString(k.File) },
		plimsoll.Inconclusive, "lies among examples or tests: say whether anything uses it", explain,
	},
	{
		func(k key) bool { return k.Encrypted },
		plimsoll.Inconclusive, "is under a passphrase, which every unit must know as well: say where that comes from", explain,
	},
	{
		func(key) bool { return true },
		plimsoll.Fail, "is part of the software, so that every unit that runs it has the same key and whoever has the image can pose as any of them (EN 303 645, 5.4-3)", remove,
	},
}

func (j *judging) key(o probe.Opening, d plimsoll.Digest, k key) {
	for _, c := range classes {
		if !c.is(k) {
			continue
		}
		if c.verdict == "" {
			j.harmless++
			return
		}
		j.problems++
		f := plimsoll.Finding{
			Unit: unitProvisioning, Verdict: c.verdict, Remedy: c.remedy, Evidence: o.Evidence(d),
			Reason: fmt.Sprintf("%s: %s %s%s", o.Where(k.Part, fmt.Sprintf("%q offset %d", k.File, k.Offset)), k.describe(), c.what, j.elsewhere(o, k)),
		}
		row, declared := probe.RowOfFile(j.v.Product, "SecParam", k.File)
		f.Subject = row.ID
		if !declared {
			f.Subject = probe.SeenIn(k.File)
		}
		j.res.Add(f)
		if c.verdict == plimsoll.Fail && (!declared || protects(row)) {
			f.Unit = unitGeneration
			f.Reason += "; what protects updates or the communication with services must be each unit's own (5.4-4), and nothing declares that this key serves other ends"
			j.res.Add(f)
		}
		j.facts(o, d, k, c.verdict)
		return
	}
}

// protects reports whether a declared parameter may serve updates or services: an
// undeclared purpose may.
func protects(r product.Row) bool {
	for _, p := range r.Values["purpose"].List {
		if p == "updates" || p == "service-communication" {
			return true
		}
	}
	return len(r.Values["purpose"].List) == 0
}

// describe names the key by its public side.
func (k key) describe() string {
	s := "a private key"
	if k.Algorithm != "" {
		s = fmt.Sprintf("a private %s key", k.Algorithm)
	}
	if k.Bits > 0 {
		s = fmt.Sprintf("a private %s key of %d bits", k.Algorithm, k.Bits)
	}
	s += " (" + k.Format
	if k.SPKI != "" {
		s += ", SHA-256 of its public half " + k.SPKI
	}
	s += ")"
	if k.Known != "" {
		s += ", which anyone can download (" + k.Known + "),"
	}
	return s
}

// elsewhere says in which other images the same key stands.
func (j *judging) elsewhere(o probe.Opening, k key) string {
	if k.SPKI == "" {
		return ""
	}
	var in []string
	for _, f := range j.v.Product.Targets.Firmware {
		it, ok := j.looks[f.File]
		if !ok || f.File == o.File.File || it.Value.Image == j.looks[o.File.File].Value.Image {
			continue
		}
		if slices.ContainsFunc(it.Value.Keys, func(b key) bool { return b.SPKI == k.SPKI }) {
			in = append(in, fmt.Sprintf("%q (version %q)", f.File, f.Version))
		}
	}
	if len(in) == 0 {
		return ""
	}
	return "; the same key stands in " + strings.Join(in, " and ")
}

// facts states what the key is a sign of.
func (j *judging) facts(o probe.Opening, d plimsoll.Digest, k key, v plimsoll.Verdict) {
	at := o.File.File + ":" + k.File
	if !k.Encrypted {
		j.res.Fact("secret.private_key_found", at, true, d)
	}
	if k.Known != "" {
		j.res.Fact("secret.shared_key_found", at, true, d)
	}
	if v == plimsoll.Fail {
		j.res.Fact("parameters.persistent", at, true, d)
		j.res.Fact("parameters.critical", at, true, d)
	}
}
