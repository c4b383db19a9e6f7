package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
)

// The types of the statement: in-toto Statement v1 in a DSSE envelope.
const (
	statementBody = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://github.com/plimsoll-iot/plimsoll/bundle/v1"
)

// statement says which files a bundle has, by digest.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string `json:"name"`
	Digest struct {
		SHA256 string `json:"sha256"`
	} `json:"digest"`
}

// predicate carries the public key, so that anyone can verify the signature; whether
// the key is known is the reader's to say.
type predicate struct {
	Schema    string          `json:"schema"`
	Product   plimsoll.Digest `json:"product"` // of declaration.json
	Index     plimsoll.Digest `json:"index"`   // IndexDigest of the records
	Tool      plimsoll.Tool   `json:"tool"`
	PublicKey string          `json:"public_key"` // base64 of its SubjectPublicKeyInfo
	Artefacts []namedDigest   `json:"artefacts,omitempty"`
}

type namedDigest struct {
	Name   string          `json:"name"`
	Digest plimsoll.Digest `json:"digest"`
}

func subjects(p *parts) ([]subject, error) {
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	var out []subject
	for _, f := range files {
		if f.name == fileStatement {
			continue
		}
		s := subject{Name: f.name}
		s.Digest.SHA256 = strings.TrimPrefix(string(DigestOf(f.data)), "sha256:")
		out = append(out, s)
	}
	return out, nil
}

func sealStatement(ctx context.Context, p *parts, in PackInput) ([]byte, error) {
	subs, err := subjects(p)
	if err != nil {
		return nil, err
	}
	pub, err := key.EncodePublic(in.Signer.Public())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(statement{
		Type: statementType, Subject: subs, PredicateType: predicateType,
		Predicate: predicate{
			Schema: BundleSchema, Product: DigestOf(p.declaration), Index: IndexDigest(p.records),
			Tool: in.Tool, PublicKey: pub, Artefacts: p.names,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("encoding the statement: %w", err)
	}
	return key.Seal(ctx, in.Signer, statementBody, body)
}

// openStatement verifies the signature and then every subject. Each error names what
// differs.
func openStatement(ctx context.Context, p *parts) (*Bundle, error) {
	e, err := key.ParseEnvelope(p.statement, statementBody)
	if err != nil {
		return nil, err
	}
	var s statement
	if err := strictJSON(e.Body, &s); err != nil {
		return nil, fmt.Errorf("the statement: %w", err)
	}
	pub, err := key.ParsePublic(s.Predicate.PublicKey)
	if err != nil {
		return nil, err
	}
	if err := e.Verify(ctx, pub); err != nil {
		return nil, err
	}
	if again, err := json.Marshal(s); err != nil || !bytes.Equal(again, e.Body) {
		return nil, errors.New("the statement is not in the form in which it is written")
	}
	if s.Type != statementType || s.PredicateType != predicateType || s.Predicate.Schema != BundleSchema {
		return nil, fmt.Errorf("the statement is of type %q, %q, %q: want %q", s.Type, s.PredicateType, s.Predicate.Schema, BundleSchema)
	}
	if err := checkNames(p, s.Predicate.Artefacts); err != nil {
		return nil, err
	}
	p.names = s.Predicate.Artefacts
	if err := checkSubjects(p, s.Subject); err != nil {
		return nil, err
	}
	if s.Predicate.Product != DigestOf(p.declaration) {
		return nil, errors.New("the product digest is not that of declaration.json")
	}
	if s.Predicate.Index != IndexDigest(p.records) {
		return nil, errors.New("the index digest is not that of index.jsonl")
	}
	return &Bundle{parts: p, claim: s.Predicate, keyID: e.KeyID, pub: pub}, nil
}

// checkNames demands that the names cover the artefacts, sorted, and that none leads
// out of the product folder.
func checkNames(p *parts, names []namedDigest) error {
	have := map[plimsoll.Digest]bool{}
	for i, n := range names {
		if i > 0 && n.Name <= names[i-1].Name {
			return fmt.Errorf("artefact %q: out of order or twice", n.Name)
		}
		if !fs.ValidPath(n.Name) || strings.ContainsAny(n.Name, "\\:\x00") {
			return fmt.Errorf("artefact %q: want a name below the product folder, with slashes", n.Name)
		}
		if _, ok := p.artefacts[n.Digest]; !ok {
			return fmt.Errorf("artefact %q is missing", n.Name)
		}
		have[n.Digest] = true
	}
	if len(have) != len(p.artefacts) {
		return fmt.Errorf("%d artefacts have no name", len(p.artefacts)-len(have))
	}
	return nil
}

func checkSubjects(p *parts, want []subject) error {
	have, err := subjects(p)
	if err != nil {
		return err
	}
	signed := map[string]string{}
	for _, s := range want {
		signed[s.Name] = s.Digest.SHA256
	}
	var errs []error
	for _, s := range have {
		switch d, ok := signed[s.Name]; {
		case !ok:
			errs = append(errs, fmt.Errorf("%s was added", s.Name))
		case d != s.Digest.SHA256:
			errs = append(errs, fmt.Errorf("%s was changed", s.Name))
		}
		delete(signed, s.Name)
	}
	for name := range signed {
		errs = append(errs, fmt.Errorf("%q was removed", name))
	}
	if len(errs) == 0 && len(have) != len(want) {
		errs = append(errs, errors.New("the statement names a file twice"))
	}
	return errors.Join(errs...)
}
