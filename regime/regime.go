// Package regime answers what a law, a label or a standard asks of a product,
// from its assessment. Each regime is data in a folder of its own below this one:
// its state with dates, its scope, its requirements as rules with a citation each.
//
// An answer is a pure function of the assessment, the regimes and the day. The
// package must never look at the product folder, the evidence or a clock, never
// say "compliant", and never call a requirement satisfied where its rule is only
// our reading of it.
package regime

import "github.com/plimsoll-iot/plimsoll"

// Regime is what one authority asks.
type Regime struct {
	ID           plimsoll.RegimeID
	Title        string
	Authority    string
	Jurisdiction []string         // ISO 3166 codes, "EU", "EEA"; "" for everywhere
	Markets      []string         // the names --market takes: uk, eu, us, sg, jp, au, de, kr, in, br, ca, fi
	Instrument   string           // law, label, standard, guidance
	Edition      string           // of the regime's own text
	Standard     plimsoll.Edition // edition of EN 303 645 that it pins; "" when none
	Indicates    bool             // guidance: its mappings only indicate, nothing is answered
	Events       []Event          // its states, in order of date
	Scope        Scope
	Levels       []Level
	Documents    []Document
	Requirements []*Requirement
	Recognises   []Edge // labels of others that it accepts
	Sources      []string
	Uncertain    []string // what nobody could check
}

// State is where a regime stands on a day.
type State string

// The states of a regime.
const (
	Announced   State = "announced"
	InForce     State = "in-force"
	Open        State = "open"          // a label that can be applied for
	ClosedToNew State = "closed-to-new" // labels run out, none is issued
	Suspended   State = "suspended"
	Repealed    State = "repealed"
)

// Event is a change of the state or of the duties of a regime.
type Event struct {
	Date  string // 2006-01-02; "2024-12" when only the month is known
	State State  // the state from this day on; "" when it does not change
	What  string
	Cite  string
}

// Scope says which products a regime catches.
type Scope struct {
	In  []Clause // one must hold; none: every consumer IoT product
	Out []Clause // one suffices to leave the scope
}

// Clause is one scope rule with its citation.
type Clause struct {
	What string // in own words
	Cite string
	Rule Rule // over facts of the product; a clause that needs judgement is an ask
}

// Level is a tier of a label, or the one level of a law.
type Level struct {
	ID       string
	Name     string
	Includes string // the level below, whose requirements hold as well
	Route    string // self-declaration, laboratory, notified-body, authority, module-a …
	Validity string // such as "3y", "support"
	Fee      string // as published, with its currency
	Days     int    // published or typical duration; 0 unknown
	Cite     string
}

// Document is a paper that a regime asks for.
type Document struct {
	ID        string
	Title     string
	Languages []string // ISO 639
	Retention string   // "10y", "max(10y,support)"
	Cite      string
	Fields    []DocumentField
}

// DocumentField is one thing that a document must state.
type DocumentField struct {
	ID       string
	Text     string
	Required bool
	Cite     string
}

// By says who asserts that a rule or a mapping holds.
type By string

// Who asserts.
const (
	Official   By = "official"
	ThirdParty By = "third-party"
	Ours       By = "ours"
)

// Requirement is one thing that a regime asks.
type Requirement struct {
	ID         string
	Title      string // own words
	Cite       string
	By         By
	Confidence string // high, medium, low
	Exact      bool   // the rule is the legal condition itself; otherwise "supported (our reading)"
	Levels     []string
	Addresses  []string // manufacturer, service_provider, app_developer, retailer, importer, distributor
	From       string   // 2006-01-02, when not with the regime
	Until      string
	Placed     Placed // which units owe it, by the day they are placed on the market
	Applies    *Rule  // over facts; nil: always
	Rule       Rule
	Maps       []Mapping
	Note       string
}

// Placed bounds the day of placing on the market.
type Placed struct {
	From   string
	Before string
}

// Rule is a boolean expression: exactly one of its parts is set.
type Rule struct {
	All       []Rule
	Any       []Rule
	Provision *ProvisionAtom
	Unit      *UnitAtom
	Fact      *FactAtom
	Label     *LabelAtom
	Ask       *AskAtom
}

// ProvisionAtom holds when the provision has PASS in the pinned edition, or does
// not apply under a valid ICS.
type ProvisionAtom struct {
	ID      plimsoll.ProvisionID
	Edition plimsoll.Edition
	// Against: a failure is evidence against and never "not satisfied" (CRA Annex I
	// Part I (2), which applies by risk assessment).
	Against bool
}

// UnitAtom holds when the test unit has PASS in the pinned edition.
type UnitAtom struct {
	ID      plimsoll.UnitID
	Edition plimsoll.Edition
}

// FactAtom compares a fact: exactly one of Is, AtLeast, AtMost is set. Dates
// compare as dates; AtLeast on a date may be relative to the day of placing on the
// market, as "+5y".
type FactAtom struct {
	ID      plimsoll.FactID
	Is      any
	AtLeast string
	AtMost  string
}

// LabelAtom holds when the product holds a label of the scheme at least at the
// level, valid on the day.
type LabelAtom struct {
	Scheme plimsoll.RegimeID
	Level  string // "" any
}

// AskAtom is a question of the regime's own that a person answers and signs: the
// answer is the fact "ask.<regime>.<id>".
type AskAtom struct {
	ID       string
	Question string
	Hint     string
	Nearest  plimsoll.ProvisionID
}

// Mapping relates a requirement to a provision of EN 303 645.
type Mapping struct {
	Provision  plimsoll.ProvisionID // V3.1.3 ids unless Edition says otherwise
	Edition    plimsoll.Edition
	Relation   Relation
	By         By
	Cite       string
	Confidence string
}

// Relation is one of the set relations of NIST IR 8477: how the requirement
// stands to the provision.
type Relation string

// The relations.
const (
	Equal      Relation = "equal"
	SubsetOf   Relation = "subset-of"
	SupersetOf Relation = "superset-of"
	Intersects Relation = "intersects-with"
	NoRelation Relation = "no-relationship"
)

// Edge says that the holder of a label of From at one of the levels is treated as
// meeting this regime, or one of its levels.
type Edge struct {
	From       plimsoll.RegimeID
	FromLevels []string // empty: any
	ToLevel    string   // "" the whole regime
	Effect     string
	Since      string // 2006-01-02 or 2006-01 or 2006
	Condition  string
	Cite       string
	Confidence string
	Signed     bool // false: talked about, not in force; never used for an answer
}
