// Package attest holds the answers of persons: signed, dated, bound to the digest
// of what the person had before them, and stale as soon as that changes.
//
// It decides nothing: what an answer does to a verdict is for the judge. It must
// never accept an answer whose signature does not fit.
package attest

import (
	"time"

	"github.com/plimsoll-iot/plimsoll"
)

// Step says whether an action was carried out.
type Step string

// The outcomes of a step. It never fails: an action that could not be done leaves
// its unit INCONCLUSIVE.
const (
	StepDone     Step = "done"
	StepCouldNot Step = "could-not"
)

// Attestation is one signed answer. Exactly one of Unit, External, Fact and
// Countersigns says what it is about.
type Attestation struct {
	Unit    plimsoll.UnitID  `json:"unit,omitempty" yaml:"unit,omitempty"`
	Subject string           `json:"subject,omitempty" yaml:"subject,omitempty"`
	Verdict plimsoll.Verdict `json:"verdict,omitempty" yaml:"verdict,omitempty"`
	Step    Step             `json:"step,omitempty" yaml:"step,omitempty"`
	Note    string           `json:"note,omitempty" yaml:"note,omitempty"`
	Looked  []string         `json:"looked,omitempty" yaml:"looked,omitempty"` // what of the unit's cover the person looked at
	Seen    plimsoll.Digest  `json:"seen,omitempty" yaml:"seen,omitempty"`     // SubjectResult.Seen at the time
	// Evidence are files that the person added and rests on.
	Evidence []plimsoll.Digest `json:"evidence,omitempty" yaml:"evidence,omitempty"`
	// Confirms and Overrules name a finding of software by its digest.
	Confirms  plimsoll.Digest `json:"confirms,omitempty" yaml:"confirms,omitempty"`
	Overrules plimsoll.Digest `json:"overrules,omitempty" yaml:"overrules,omitempty"`
	// External accepts the external evidence that the ICS names for a provision:
	// its scope, purposes and depth (TS 103 701, 4.7).
	External plimsoll.ProvisionID `json:"external,omitempty" yaml:"external,omitempty"`
	// Fact states a fact that no software can observe.
	Fact *Fact `json:"fact,omitempty" yaml:"fact,omitempty"`
	// Countersigns is the second signature under another person's attestation.
	Countersigns plimsoll.Digest `json:"countersigns,omitempty" yaml:"countersigns,omitempty"`

	// Previous is the digest of the answer that stood last in the file when this one
	// was added; only the first answer of a file has none. Append sets it.
	Previous plimsoll.Digest `json:"previous,omitempty" yaml:"previous,omitempty"`

	Person Person    `json:"person" yaml:"person"`
	Date   time.Time `json:"date" yaml:"date"`
	KeyID  string    `json:"key" yaml:"key"`

	// Digest names the attestation: the SHA-256 of the canonical form of all fields
	// above. Append and Parse compute it.
	Digest plimsoll.Digest `json:"-" yaml:"-"`
}

// Person is who answers.
type Person struct {
	Name         string `json:"name" yaml:"name"`
	Role         string `json:"role" yaml:"role"`
	Organisation string `json:"organisation,omitempty" yaml:"organisation,omitempty"`
}

// Fact is a statement of a person about the product. Its value is a bool, a string
// or a float64.
type Fact struct {
	ID      plimsoll.FactID `json:"id" yaml:"id"`
	Subject string          `json:"subject,omitempty" yaml:"subject,omitempty"`
	Value   any             `json:"value" yaml:"value"`
	// Model and Firmware are what the person had before them. Whether the statement
	// holds for another model or version is for whoever uses it.
	Model    string `json:"model,omitempty" yaml:"model,omitempty"`
	Firmware string `json:"firmware_version,omitempty" yaml:"firmware_version,omitempty"`
}
