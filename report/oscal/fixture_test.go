package oscal

import (
	"flag"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var stamp = Stamp{Tool: plimsoll.Tool{Name: "plimsoll", Version: "0.1.0"}, At: time.Date(2026, 5, 20, 10, 30, 0, 0, time.UTC)}

// law has one level, an "any" over every kind of atom, recognition, and a gap.
func law() *regime.Regime {
	ask := &regime.AskAtom{Regime: "xx-law", ID: "price-page", Question: "Does the period stand beside the price?", Nearest: "5.3-13"}
	return &regime.Regime{
		ID: "xx-law", Title: "Law of X on products", Authority: "Office of X", Jurisdiction: []string{"XX"}, Markets: []string{"xx"},
		Instrument: regime.Law, Edition: "2024", Standard: plimsoll.EditionV2, Confidence: regime.High,
		Events: []regime.Event{
			{Date: "2023-09-14", State: regime.Announced, What: "made", Cite: "Act 1, s. 1"},
			{Date: "2024-04-29", State: regime.InForce, What: "in force"},
		},
		Levels: []*regime.Level{{ID: "single", Name: "no tiers", Route: "self-declaration", Cite: "s. 2"}},
		Documents: []*regime.Document{{
			ID: "statement", Title: "Statement of X", Languages: []string{"en"}, Retention: "10y", Cite: "Sch. 4",
			Fields: []regime.DocumentField{{ID: "product", Text: "type and batch", Required: true}, {ID: "place", Text: "place and date"}},
		}},
		Requirements: []*regime.Requirement{
			{
				ID: "para 1", Title: "No <password> that is the same on each product", Cite: "Sch. 1 para 1", By: regime.Official, Confidence: regime.High,
				Obligation: regime.Mandatory, Exact: true, Addresses: []string{"manufacturer"},
				Rule: &regime.Rule{All: []regime.Rule{
					{Provision: &regime.ProvisionAtom{ID: "5.1-1", Edition: plimsoll.EditionV2}},
					{Unit: &regime.UnitAtom{ID: "5.1-2-1/a", Edition: plimsoll.EditionV2}},
				}},
				Maps: []regime.Mapping{
					{Provision: "5.1-1", Edition: plimsoll.EditionV2, Relation: regime.Equal, By: regime.Official, Cite: "Sch. 2 para 1", Confidence: regime.High},
					{Provision: "5.1-2", Edition: plimsoll.EditionV2, Relation: regime.SupersetOf, By: regime.Ours, Cite: "own *comparison* of [both]", Confidence: regime.Medium},
				},
			},
			{
				ID: "para/2", Title: "The support period is published", Cite: "Sch. 1 para 3", By: regime.Ours, Confidence: regime.Low,
				Obligation: regime.Mandatory, From: "2025-01-01",
				Applies: &regime.Rule{Fact: &regime.FactAtom{ID: "updates.possible", Is: true}},
				Rule: &regime.Rule{Any: []regime.Rule{
					{Fact: &regime.FactAtom{ID: "support.until", AtLeast: "placed+5y", AtMost: "2040-01-01"}},
					{Fact: &regime.FactAtom{ID: "support.kind", In: []string{"fixed", "open"}}},
					{Label: &regime.LabelAtom{Scheme: "yy-label", Level: "2"}},
					{Ask: &regime.AskRef{Ask: ask, Is: true}},
					{Requirement: &regime.RequirementAtom{Regime: "yy-label"}},
				}},
				Maps: []regime.Mapping{
					{Provision: "5.3-13", Edition: plimsoll.EditionV3, Relation: regime.Intersects, By: regime.ThirdParty, Cite: "https://example.com/map_of_x", Confidence: regime.Low},
					{Guideline: 3, Edition: plimsoll.EditionV3, Relation: regime.SubsetOf, By: regime.Ours, Cite: "guideline 3", Confidence: regime.Low},
				},
				Note: "1. the period never gets shorter",
			},
			{
				ID: "para-3", Title: "Incidents are reported within 24 h", Cite: "s. 14", By: regime.Official, Confidence: regime.High,
				Rule: &regime.Rule{Fact: &regime.FactAtom{ID: "reporting.ready", Is: true}},
				Maps: []regime.Mapping{{Edition: plimsoll.EditionV2, Relation: regime.NoRelation, By: regime.Ours, Cite: "no *such* provision", Confidence: regime.High}},
			},
		},
		Recognises: []*regime.Edge{{From: "yy-label", FromLevels: []string{"2"}, Since: "2025-12-04", Condition: "while valid", Cite: "SI 2", Confidence: regime.High, Signed: true}},
		Sources:    []string{"https://example.com/law"}, Uncertain: []string{"the date of para 3"},
	}
}

// label has levels that include each other.
func label() *regime.Regime {
	q := func(id string, levels ...string) *regime.Requirement {
		return &regime.Requirement{
			ID: id, Title: "Requirement " + id, Cite: "c. " + id, By: regime.Official, Confidence: regime.Medium, Levels: levels,
			Maps: []regime.Mapping{{Provision: "5.4-1", Edition: plimsoll.EditionV3, Relation: regime.NoRelation, By: regime.Ours, Cite: "c", Confidence: regime.Low}},
		}
	}
	return &regime.Regime{
		ID: "yy-label", Title: "Label of Y", Authority: "Agency of Y", Markets: []string{"yy", "xx"}, Instrument: regime.Label, Edition: "1.4",
		Levels: []*regime.Level{
			{ID: "1", Name: "one star", Route: "self-declaration", Validity: "3y", Fee: "YYD 50"},
			{ID: "2", Name: "two stars", Includes: "1"},
			{ID: "3", Name: "three stars", Includes: "2", Route: "laboratory"},
		},
		Requirements: []*regime.Requirement{q("A", "1"), q("B", "2"), q("C", "2", "3"), q("D", "3"), q("E")},
	}
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}
