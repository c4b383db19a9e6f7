// Package plimsoll is the vocabulary: the identifiers, verdicts, findings and
// the assessment that every other room speaks of. One word stands for one thing
// (doc/design.md lists them).
//
// It imports the standard library only, holds no behaviour beyond the algebra of
// verdicts, and must never read a file, a clock or a network.
package plimsoll

// ProvisionID names a provision of EN 303 645, such as "5.1-1". Ids of both
// editions share this type: "5.3-4" exists in V2.1.1 only, "5.3-4A" in V3.1.3.
type ProvisionID string

// CaseID names a test case of TS 103 701 V1.1.1, such as "5.1-1-2".
type CaseID string

// UnitID names a test unit of TS 103 701 V1.1.1, such as "5.1-1-2/c". Units that
// only V3.1.3 has carry the prefix "v3:".
type UnitID string

// TableID is the short name of an IXIT table of TS 103 701, such as "AuthMech".
type TableID string

// FactID names a fact of the catalog, such as "passwords.used".
type FactID string

// RegimeID names a regime, such as "uk-psti".
type RegimeID string

// Digest is a content address: "sha256:" and 64 lower-case hexadecimal digits.
type Digest string

// Edition is the edition of the standard an assessment is made under, in the
// form the declaration writes it.
type Edition string

// The editions of EN 303 645 that can be assessed.
const (
	EditionV2 Edition = "en303645-2.1.1"
	EditionV3 Edition = "en303645-3.1.3"
)

// State is the state of the device during an observation (TS 103 701, 4.5).
type State string

// The device states. The empty State means that nobody said.
const (
	StateFactory        State = "factory"
	StateInitialization State = "initialization"
	StateInitialized    State = "initialized"
)

// Decider says who may decide a test unit.
type Decider string

// The deciders. Software decides only units that are a plain check it can
// observe; for the others its PASS is a proposal.
const (
	DeciderSoftware Decider = "software"
	DeciderOperator Decider = "operator"
	DeciderAssessor Decider = "assessor"
	DeciderStep     Decider = "step"
	DeciderApply    Decider = "apply"
)

// Role says on whose behalf an assessment is made.
type Role string

// The roles of an assessor.
const (
	RoleFirstParty Role = "first-party"
	RoleLaboratory Role = "laboratory"
	RoleResearcher Role = "researcher"
	RoleAuthority  Role = "authority"
)

// NeedsConfirmation reports whether a FAIL by software on a person's unit fails
// the group only after a person has confirmed it.
func (r Role) NeedsConfirmation() bool { return r == RoleLaboratory || r == RoleAuthority }

// Kind of a test case: judged on the declared design, on the device, or on both.
type CaseKind string

// The kinds of test cases (TS 103 701, 4.3).
const (
	Conceptual CaseKind = "conceptual"
	Functional CaseKind = "functional"
	Both       CaseKind = "conceptual/functional"
)
