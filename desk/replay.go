package desk

import (
	"bytes"
	"fmt"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

// Replay is a bundle judged again.
type Replay struct {
	Claimed *plimsoll.Assessment
	Now     *plimsoll.Assessment
	// Product is the redacted declaration of the bundle.
	Product *product.Product
	// Same: the assessment is the same to the byte.
	Same bool
	// Differences are the verdicts that changed. Between versions of the tool they
	// are judged differently; within one version they are tampering.
	Differences []Difference
}

// Again judges the evidence of a bundle as of the moment of its assessment and
// compares. A different result of the same version of the tool is
// evidence.ErrTampered, and the Replay says where. A bundle without an assessment
// gives nil.
func Again(b *evidence.Bundle, t Tools) (*Replay, error) {
	if len(b.Assessment()) == 0 {
		return nil, nil
	}
	claimed, err := report.Parse(b.Assessment())
	if err != nil {
		return nil, fmt.Errorf("reading the assessment of the bundle: %w", err)
	}
	p, now, err := judgeBundle(b, claimed, t)
	if err != nil {
		return nil, err
	}
	var again bytes.Buffer
	if err := report.JSON(&again, now); err != nil {
		return nil, err
	}
	r := &Replay{Claimed: claimed, Now: now, Product: p, Same: bytes.Equal(again.Bytes(), b.Assessment()), Differences: Compare(claimed, now)}
	if claimed.Tool == t.Tool && !r.Same {
		return r, fmt.Errorf("the assessment is not what this evidence gives: %w", evidence.ErrTampered)
	}
	return r, nil
}

func judgeBundle(b *evidence.Bundle, claimed *plimsoll.Assessment, t Tools) (*product.Product, *plimsoll.Assessment, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, nil, err
	}
	p, err := readCanonical(b.Declaration(), cat)
	if err != nil {
		return nil, nil, err
	}
	if d := p.Identity().Digest; d != b.Product() {
		return nil, nil, fmt.Errorf("the declaration of the bundle is read as %s: %w", d, evidence.ErrTampered)
	}
	var atts []attest.Attestation
	if raw := b.Attestations(); len(raw) > 0 {
		var bad []attest.Problem
		if atts, bad = attest.Parse(AttestationsFile, raw); len(bad) > 0 {
			return nil, nil, &AttestationError{bad}
		}
	}
	v := probe.NewView(p, cat, claimed.At, b.Records(), b.Runs(), b.Blob)
	a := judge.Judge(judge.Input{View: v, Probes: t.Probes, Attestations: atts, Runs: b.Runs(), Tool: t.Tool})
	return p, a, v.Tampered()
}
