package evidence

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
)

// BundleSchema is the identifier of the bundle format.
const BundleSchema = "plimsoll.bundle/1"

// The files of a bundle. attestations.yaml and assessment.json are there when there
// is such a thing; blobs stand under blobs/sha256/ab/ab…, artefacts under
// artefacts/sha256/ab….
const (
	fileAssessment   = "assessment.json"
	fileAttestations = "attestations.yaml"
	fileDeclaration  = "declaration.json"
	fileIndex        = "index.jsonl"
	fileRuns         = "runs.jsonl"
	fileStatement    = "statement.dsse.json"
	dirBlobs         = "blobs/sha256/"
	dirArtefacts     = "artefacts/sha256/"
)

// Artefact is an input file, such as a firmware image, that travels with a bundle
// when the user asks for it. Name is its name in the product folder.
type Artefact struct {
	Name string
	Data []byte
}

// PackInput is what goes into a bundle.
type PackInput struct {
	Tool         plimsoll.Tool
	Declaration  []byte // redacted, as canonical JSON
	Attestations []byte // attestations.yaml as it stands, or nil
	Assessment   []byte // assessment.json as it stands, or nil
	Records      []Record
	Runs         []plimsoll.Run
	// Blob gives an open blob, as (*Store).Blob does. Withheld ones are never asked for.
	Blob      func(plimsoll.Digest) ([]byte, error)
	Artefacts []Artefact
	Signer    key.Signer
}

// Pack writes the signed bundle. With a signer that repeats its signatures, as file
// keys do, the same input gives the same bytes. It MUST be given nothing that holds
// secrets but, on the user's word, Artefacts.
func Pack(ctx context.Context, w io.Writer, in PackInput) error {
	p, err := contents(ctx, in)
	if err != nil {
		return fmt.Errorf("packing the bundle: %w", err)
	}
	p.statement, err = sealStatement(ctx, p, in)
	if err != nil {
		return fmt.Errorf("packing the bundle: %w", err)
	}
	if err := p.write(ctx, w); err != nil {
		return fmt.Errorf("packing the bundle: %w", err)
	}
	return nil
}

// contents brings the input into the form that is packed.
func contents(ctx context.Context, in PackInput) (*parts, error) {
	p := &parts{
		declaration: in.Declaration, attestations: in.Attestations, assessment: in.Assessment,
		records: in.Records, runs: in.Runs, blobs: map[plimsoll.Digest][]byte{}, artefacts: map[plimsoll.Digest][]byte{},
	}
	if in.Signer == nil {
		return nil, errors.New("no key to sign it with")
	}
	if !json.Valid(in.Declaration) {
		return nil, errors.New("the declaration is not JSON")
	}
	for _, r := range in.Records {
		line, err := json.Marshal(r)
		if err == nil {
			_, err = parseRecord(line)
		}
		if err != nil {
			return nil, fmt.Errorf("evidence of kind %q: %w", r.Kind, err)
		}
	}
	for _, d := range packed(in.Records) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := in.Blob(d)
		if err != nil {
			return nil, err
		}
		if DigestOf(b) != d {
			return nil, fmt.Errorf("blob %s: %w", d, ErrTampered)
		}
		p.blobs[d] = b
	}
	for _, a := range in.Artefacts {
		d := DigestOf(a.Data)
		p.artefacts[d] = a.Data
		p.names = append(p.names, namedDigest{a.Name, d})
	}
	slices.SortFunc(p.names, func(a, b namedDigest) int { return strings.Compare(a.Name, b.Name) })
	return p, checkNames(p, p.names)
}

// packed are the digests of the blobs that belong into a bundle of these records:
// every typed value and every open attachment, but no attachment that some record
// withholds.
func packed(records []Record) []plimsoll.Digest {
	withheld, want := map[plimsoll.Digest]bool{}, map[plimsoll.Digest]bool{}
	for _, r := range records {
		for _, a := range r.Attached {
			withheld[a.Digest] = withheld[a.Digest] || a.Protection != Open
		}
	}
	for _, r := range records {
		want[r.Digest] = true
		for _, a := range r.Attached {
			if !withheld[a.Digest] {
				want[a.Digest] = true
			}
		}
	}
	out := make([]plimsoll.Digest, 0, len(want))
	for d := range want {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// Bundle is a bundle that was read and verified. It is safe for concurrent use.
type Bundle struct {
	parts *parts
	claim predicate
	keyID string
	pub   crypto.PublicKey
}

// Records returns the index in the order of writing.
func (b *Bundle) Records() []Record { return slices.Clone(b.parts.records) }

// Runs returns the runs in the order of the bundle.
func (b *Bundle) Runs() []plimsoll.Run { return slices.Clone(b.parts.runs) }

// ErrWithheld says that the bytes of an attachment stayed with the one who packed
// the bundle. A verdict that needs them cannot be replayed here.
var ErrWithheld = errors.New("not replayable here: bytes withheld")

// Blob returns the bytes of a blob. The caller MUST NOT change them.
func (b *Bundle) Blob(d plimsoll.Digest) ([]byte, error) {
	if blob, ok := b.parts.blobs[d]; ok {
		return blob, nil
	}
	for _, r := range b.parts.records {
		for _, a := range r.Attached {
			if a.Digest == d {
				return nil, fmt.Errorf("evidence %s (%s): %w", d, a.Name, ErrWithheld)
			}
		}
	}
	return nil, fmt.Errorf("evidence %s: not in the bundle", d)
}

// Declaration is the redacted declaration as canonical JSON.
func (b *Bundle) Declaration() []byte { return bytes.Clone(b.parts.declaration) }

// Product is the product digest: that of the declaration.
func (b *Bundle) Product() plimsoll.Digest { return b.claim.Product }

// Attestations are the bytes of attestations.yaml; nil when there is none. They are
// not verified here.
func (b *Bundle) Attestations() []byte { return bytes.Clone(b.parts.attestations) }

// Assessment are the bytes of assessment.json; nil when there is none.
func (b *Bundle) Assessment() []byte { return bytes.Clone(b.parts.assessment) }

// Artefacts are the input files that travel with the bundle, sorted by name. The
// caller MUST NOT change their bytes.
func (b *Bundle) Artefacts() []Artefact {
	var out []Artefact
	for _, n := range b.parts.names {
		out = append(out, Artefact{n.Name, b.parts.artefacts[n.Digest]})
	}
	return out
}

// Tool is the program that packed the bundle, as the signer says.
func (b *Bundle) Tool() plimsoll.Tool { return b.claim.Tool }

// KeyID names the key that signed the bundle.
func (b *Bundle) KeyID() string { return b.keyID }

// PublicKey is the key that signed the bundle. It travels in the bundle: that the
// signature fits says only that nobody else changed it since.
func (b *Bundle) PublicKey() crypto.PublicKey { return b.pub }

// Trusted tells whose key signed the bundle, when the user knows it. A caller who
// shows the signature MUST say so when the answer is no.
func (b *Bundle) Trusted(t *key.Trust) (key.Trusted, bool) { return t.Known(b.keyID) }
