package plimsoll

// Basis says what a finding rests on.
type Basis string

// The bases of a finding.
const (
	BasisRule     Basis = "rule"     // the declaration alone
	BasisProbe    Basis = "probe"    // an observation
	BasisPerson   Basis = "person"   // a signed attestation
	BasisExternal Basis = "external" // accepted external evidence (TS 103 701, 4.7)
)

// SeenPrefix begins the subject of a thing that was discovered and that no
// declared row explains, such as "seen:tcp/2323/telnet". It can FAIL, never PASS.
const SeenPrefix = "seen:"

// Finding is one statement about one subject of one unit: what was seen, by whom,
// and what of the unit's cover was looked at.
type Finding struct {
	Unit        UnitID   `json:"-"`
	By          string   `json:"by"` // probe@version or person:<key id>
	Basis       Basis    `json:"basis"`
	Subject     string   `json:"subject"`
	State       State    `json:"state,omitempty"`
	Sample      string   `json:"sample,omitempty"`
	Verdict     Verdict  `json:"verdict"`
	Proposal    bool     `json:"proposal,omitempty"`    // does not close the unit
	Unconfirmed bool     `json:"unconfirmed,omitempty"` // a FAIL that a person has yet to confirm
	Vacuous     bool     `json:"vacuous,omitempty"`     // PASS because there is nothing to judge
	Mismatch    bool     `json:"mismatch,omitempty"`    // what was seen does not fit the declared row: one of them is to be mended
	Reason      string   `json:"reason"`
	Remedy      string   `json:"remedy,omitempty"`
	Coverage    Coverage `json:"coverage"`
	Digest      Digest   `json:"digest"`              // names this finding, for the person who confirms or overrules it
	Overrules   Digest   `json:"overrules,omitempty"` // the finding that this one sets aside
	Overruled   bool     `json:"overruled,omitempty"` // a person set this finding aside
	Ignored     string   `json:"ignored,omitempty"`   // why the finding does not count for this unit
	Evidence    []Digest `json:"evidence,omitempty"`
}

// Coverage says what a finding looked at, in the words of the unit's cover
// ("tcp", "udp", "ipv6", "radio:ble", "manual", "state:initialized"), and what
// it knows to be missing.
type Coverage struct {
	Looked  []string `json:"looked,omitempty"`
	Missing []string `json:"missing,omitempty"`
}

// Source says where a fact comes from.
type Source string

// The sources of a fact.
const (
	SourceDeclared Source = "declared"
	SourceObserved Source = "observed"
	SourcePerson   Source = "person"
)

// Fact is a statement about the product that conditions and regimes ask for. Its
// value is a bool, a string or a float64; dates are strings in the form 2006-01-02.
type Fact struct {
	ID       FactID   `json:"id"`
	Subject  string   `json:"subject,omitempty"`
	Value    any      `json:"value"`
	Source   Source   `json:"source"`
	By       string   `json:"by"`
	Evidence []Digest `json:"evidence,omitempty"`
	// Model and Firmware are those that the person who stated the fact had before them.
	Model    string `json:"model,omitempty"`
	Firmware string `json:"firmware_version,omitempty"`
}
