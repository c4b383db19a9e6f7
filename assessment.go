package plimsoll

import "time"

// AssessmentSchema is the identifier of the assessment format.
const AssessmentSchema = "plimsoll.assessment/1"

// Methods of an assessment. The provisional one marks editions whose test units
// are not public here.
const (
	MethodTS103701    = "ts103701-1.1.1"
	MethodProvisional = "plimsoll-provisional"
)

// Assessment is the result of judging, and the contract for everything that
// follows: reports, answers to regimes, labels. The same view, attestations, tool
// version and time give the same bytes.
type Assessment struct {
	Schema              string               `json:"schema"`
	Tool                Tool                 `json:"tool"`
	At                  time.Time            `json:"at"`
	Product             ProductIdentity      `json:"product"`
	Assessor            Assessor             `json:"assessor"`
	Edition             EditionInfo          `json:"edition"`
	Bundle              Digest               `json:"bundle,omitempty"` // digest of the evidence index that was judged
	Verdict             Verdict              `json:"verdict"`
	ICS                 ICSResult            `json:"ics"`
	Counts              Counts               `json:"counts"`
	Coverage            UnitCoverage         `json:"coverage"`
	Guidelines          []GuidelineResult    `json:"guidelines"`
	Provisions          []ProvisionResult    `json:"provisions"`
	DeclarationFindings []DeclarationFinding `json:"declaration_findings"`
	Facts               []Fact               `json:"facts"`
	Persons             []Person             `json:"persons"`
	Runs                []Run                `json:"runs"`
	Feeds               []Feed               `json:"feeds"`
	Labels              []HeldLabel          `json:"labels"`
	Waivers             []Waiver             `json:"waivers"`
	Incidents           []Incident           `json:"incidents"`
	Skipped             []Skipped            `json:"skipped"`
	Open                []OpenUnit           `json:"open"`
}

// Tool is the program that made something.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ProductIdentity says which product was assessed. Digest is the SHA-256 of the
// redacted declaration as canonical JSON.
type ProductIdentity struct {
	Manufacturer string   `json:"manufacturer"`
	Name         string   `json:"name"`
	Model        string   `json:"model"`
	TradeNames   []string `json:"trade_names,omitempty"`
	Hardware     string   `json:"hardware,omitempty"`
	Firmware     string   `json:"firmware_version,omitempty"`
	Category     string   `json:"category,omitempty"`
	SupportUntil string   `json:"support_until,omitempty"`
	Digest       Digest   `json:"digest"`
}

// Assessor says on whose behalf the assessment was made.
type Assessor struct {
	Role         Role   `json:"role"`
	Name         string `json:"name,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// EditionInfo names the edition judged and the method of judging.
type EditionInfo struct {
	Standard Edition `json:"standard"`
	Method   string  `json:"method"`
}

// ICSResult is the verdict on the implementation conformance statement.
type ICSResult struct {
	Verdict  Verdict      `json:"verdict"`
	Problems []ICSProblem `json:"problems"`
}

// ICSProblem is one reason why the ICS is invalid or incomplete.
type ICSProblem struct {
	Provision ProvisionID `json:"provision"`
	Verdict   Verdict     `json:"verdict"` // FAIL invalid, INCONCLUSIVE incomplete
	Reason    string      `json:"reason"`
	Remedy    string      `json:"remedy,omitempty"`
	Facts     []FactID    `json:"facts,omitempty"`
}

// Counts counts provisions; they add up to the number of provisions.
type Counts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Inconclusive  int `json:"inconclusive"`
	NotApplicable int `json:"not_applicable"`
	Declined      int `json:"declined"`
	Unstated      int `json:"unstated"`
}

// UnitCoverage counts the units of the claimed groups and by whom they were
// decided. Software, Person, Applied, Proposed and Open add up to Applicable.
type UnitCoverage struct {
	Units      int `json:"units"`
	Applicable int `json:"applicable"`
	Software   int `json:"software"`
	Person     int `json:"person"`
	Applied    int `json:"applied"`
	Proposed   int `json:"proposed"`
	Open       int `json:"open"`
	Overruled  int `json:"overruled"`
}

// GuidelineResult is the state of one of the thirteen guidelines of the Code of
// Practice, which are the clauses 5.1 to 5.13 of EN 303 645; 0 and 14 stand for
// the reporting clause and for the data protection provisions.
type GuidelineResult struct {
	N       int     `json:"n"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	Against int     `json:"against"` // pieces of evidence against claimed provisions
}

// Support is what the ICS claims of a provision.
type Support string

// The claims. An empty Support means that the ICS does not mention the provision.
const (
	SupportYes Support = "yes"
	SupportNo  Support = "no"
	SupportNA  Support = "n/a"
)

// Applies says whether a provision applies to the product, from its conditions.
type Applies string

// The answers to "does it apply".
const (
	AppliesYes     Applies = "yes"
	AppliesNo      Applies = "no"
	AppliesUnknown Applies = "unknown"
)

// ProvisionResult is the judgement of one provision. Verdict is empty where none
// is given: not applicable, declined.
type ProvisionResult struct {
	ID          ProvisionID  `json:"id"`
	Title       string       `json:"title"`
	Status      string       `json:"status"` // M, R, M C(1), R F(a) …
	Support     Support      `json:"support"`
	Applies     Applies      `json:"applies"`
	Why         string       `json:"why"`
	Verdict     Verdict      `json:"verdict"`
	Declined    bool         `json:"declined,omitempty"`
	External    string       `json:"external,omitempty"`    // "by external evidence: …"
	Provisional bool         `json:"provisional,omitempty"` // no public units for this edition
	Against     []Against    `json:"against"`
	Cases       []CaseResult `json:"cases"`
}

// Against is an observation that speaks against a claim, shown beside a verdict
// that may not use it.
type Against struct {
	Unit     UnitID   `json:"unit"`
	Subject  string   `json:"subject"`
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
	Remedy   string   `json:"remedy,omitempty"`
	Evidence []Digest `json:"evidence,omitempty"`
}

// CaseResult is the judgement of one test case.
type CaseResult struct {
	ID      CaseID       `json:"id"`
	Kind    CaseKind     `json:"kind"`
	Verdict Verdict      `json:"verdict"`
	Units   []UnitResult `json:"units"`
}

// UnitResult is the judgement of one test unit.
type UnitResult struct {
	ID       UnitID          `json:"id"`
	Title    string          `json:"title"`
	Decider  Decider         `json:"decider"`
	Step     string          `json:"step,omitempty"` // done | could-not, for steps
	Verdict  Verdict         `json:"verdict"`
	Open     bool            `json:"open,omitempty"` // a person has yet to decide
	Cover    []string        `json:"cover,omitempty"`
	Missing  []string        `json:"missing,omitempty"`
	Filter   string          `json:"filter,omitempty"`  // the rows the unit speaks of
	Applied  CaseID          `json:"applied,omitempty"` // the case whose units this one takes over
	Subjects []SubjectResult `json:"subjects"`
	Findings []Finding       `json:"findings"`
}

// SubjectResult is the verdict of a unit for one subject.
type SubjectResult struct {
	ID           string   `json:"id"`
	Verdict      Verdict  `json:"verdict"`
	Contradicted bool     `json:"contradicted,omitempty"` // an observation contradicts the row
	Vacuous      bool     `json:"vacuous,omitempty"`
	Unconfirmed  bool     `json:"unconfirmed,omitempty"`
	Missing      []string `json:"missing,omitempty"`
	Reason       string   `json:"reason,omitempty"`
	Seen         Digest   `json:"seen,omitempty"` // what a person who decides it has before them
}

// DeclarationFinding is an observation that does not fit a declared row: fix the
// device or fix the declaration.
type DeclarationFinding struct {
	Table    TableID  `json:"table,omitempty"`
	Subject  string   `json:"subject"`
	Unit     UnitID   `json:"unit"`
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
	Remedy   string   `json:"remedy"`
	Evidence []Digest `json:"evidence,omitempty"`
}

// Person is a human whose attestations were judged.
type Person struct {
	KeyID string `json:"key_id"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Date  string `json:"date"`
}

// Run is one collection of evidence.
type Run struct {
	ID       string    `json:"id"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Complete bool      `json:"complete"`
	Tool     Tool      `json:"tool"`
	Product  string    `json:"product"`
	Firmware string    `json:"firmware_version,omitempty"`
	Only     []string  `json:"only,omitempty"`
}

// Feed is dated vulnerability data that a collection used.
type Feed struct {
	Name   string `json:"name"`
	Date   string `json:"date"`
	Count  int    `json:"count"`
	Digest Digest `json:"digest"`
}

// HeldLabel is a label of some scheme that the manufacturer says the product has.
type HeldLabel struct {
	Scheme string `json:"scheme"`
	Level  string `json:"level,omitempty"`
	ID     string `json:"id,omitempty"`
	Until  string `json:"until,omitempty"`
	Basis  string `json:"basis,omitempty"`
}

// Waiver stands beside a failure and never hides it.
type Waiver struct {
	Unit    UnitID `json:"unit"`
	Subject string `json:"subject,omitempty"`
	Owner   string `json:"owner"`
	Until   string `json:"until"`
	Reason  string `json:"reason"`
	Live    bool   `json:"live"` // not yet ended at the time of judging
}

// Incident is a moment at which the device under test stopped answering.
type Incident struct {
	Run       string    `json:"run"`
	At        time.Time `json:"at"`
	Target    string    `json:"target"`
	During    string    `json:"during"`
	Recovered bool      `json:"recovered"`
	Seconds   float64   `json:"seconds"`
}

// Skipped is a probe that did not run and what it needs.
type Skipped struct {
	Probe string `json:"probe"`
	Needs string `json:"needs"`
	Hint  string `json:"hint"`
}

// OpenUnit is a question that a person has yet to answer.
type OpenUnit struct {
	Unit     UnitID    `json:"unit"`
	Subject  string    `json:"subject"`
	Question string    `json:"question"`
	Hint     string    `json:"hint,omitempty"`
	Why      string    `json:"why,omitempty"` // why it is open, when it was answered before
	Seen     Digest    `json:"seen"`
	Missing  []string  `json:"missing,omitempty"`
	Proposal *Proposal `json:"proposal,omitempty"`
}

// Proposal is what software thinks of a question that it may not decide.
type Proposal struct {
	Verdict  Verdict  `json:"verdict"`
	Reason   string   `json:"reason"`
	By       string   `json:"by"`
	Digest   Digest   `json:"digest"` // of the finding, to confirm or overrule
	Evidence []Digest `json:"evidence,omitempty"`
}
