// Package regime answers what a law, a label or a standard asks of a product,
// from its assessment. Each regime is data in a folder of its own below this one:
// its state with dates, its scope, its requirements as rules with a citation each.
//
// It reads and checks the data; the room answer evaluates it. It must never judge a
// product, look at a clock, or let data pass that names what is not there.
package regime

import "github.com/plimsoll-iot/plimsoll"

// SchemaID is the identifier of the format of regime.yaml.
const SchemaID = "plimsoll.regime/1"

// Regime is what one authority asks.
type Regime struct {
	ID           plimsoll.RegimeID
	Title        string
	Authority    string
	Jurisdiction []string // ISO 3166 codes, EU, EEA; none: everywhere
	Markets      []string // the names --market takes, of Markets
	Instrument   Instrument
	Edition      string           // of the regime's own text
	Standard     plimsoll.Edition // edition of EN 303 645 that its rules speak of
	Indicates    bool             // guidance: its mappings only indicate, nothing is answered
	Confidence   Confidence
	Placed       Placed  // default of the requirements
	Events       []Event // its states and changes, in order of date
	Scope        Scope
	Levels       []*Level
	Routes       []RouteRule // what overrides the route of a level
	Documents    []*Document
	Reports      []Report // what must be told to an authority, and how fast
	Roles        []Role   // whom a supplier needs: an agent, a representative
	Asks         []*AskAtom
	Requirements []*Requirement
	Recognises   []*Edge // labels of others that it accepts
	Sources      []string
	Uncertain    []string // what nobody could check
}

// Requirement finds a requirement by its id.
func (r *Regime) Requirement(id string) (*Requirement, bool) {
	for _, q := range r.Requirements {
		if q.ID == id {
			return q, true
		}
	}
	return nil, false
}

// Level finds a level by its id.
func (r *Regime) Level(id string) (*Level, bool) {
	for _, l := range r.Levels {
		if l.ID == id {
			return l, true
		}
	}
	return nil, false
}

// Document finds a document by its id.
func (r *Regime) Document(id string) (*Document, bool) {
	for _, d := range r.Documents {
		if d.ID == id {
			return d, true
		}
	}
	return nil, false
}

// Instrument is the kind of a regime.
type Instrument string

// The instruments. Only a label can be held.
const (
	Law      Instrument = "law"
	Label    Instrument = "label"
	Standard Instrument = "standard"
	Guidance Instrument = "guidance"
)

// Confidence is how sure the data is of what it says.
type Confidence string

// The grades of confidence.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

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
	Date  string `json:"date"`            // 2006-01-02; "2024-12" when only the month is known
	State State  `json:"state,omitempty"` // the state from this day on; "" when it does not change
	What  string `json:"what"`
	Cite  string `json:"cite,omitempty"`
}

// Scope says which products a regime catches.
type Scope struct {
	In   []Clause // one must hold; none: every consumer IoT product
	Out  []Clause // one suffices to leave the scope
	Must []Clause // of a label or a standard: one suffices to make it a duty for the product
}

// Clause is one scope rule with its citation.
type Clause struct {
	What  string // in own words
	Cite  string
	From  string // the day since which the clause stands; "" always
	Until string
	Rule  Rule // over facts of the product; a clause that needs judgement is an ask
}

// Level is a tier of a label, a part of a standard or a class of products.
type Level struct {
	ID       string
	Name     string
	Includes string // the level below, whose requirements hold as well
	When     *Rule  // of a class or a part: the products it is for; nil: a tier, or every product
	From     string // the day since which it can be had
	Route    string // of Routes
	Validity Period // of the label
	Fee      string // as published, "JPY 198000 …"; "" not published
	Days     int    // published duration in days; 0 not published
	Cite     string
}

// RouteRule overrides the route of the levels: the first that holds wins.
type RouteRule struct {
	What   string
	Route  string
	Levels []string // empty: all
	When   Rule
	Cite   string
}

// Document is a paper that a regime asks for.
type Document struct {
	ID        string
	Title     string
	Levels    []string // empty: all
	For       []string // the requirements that it serves: owed while one of them is; empty: with the regime
	From      string   // the day since which it is asked for, when not with the regime
	Placed    Placed   // for which units, by the day they are placed on the market
	Languages []string // ISO 639
	Retention Period
	Cite      string
	Fields    []DocumentField
}

// DocumentField is one thing that a document must state.
type DocumentField struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Required bool   `json:"required"`
	If       string `json:"if,omitempty"` // when it is required, in words
	Cite     string `json:"cite"`
}

// Report is a duty to tell somebody within a time.
type Report struct {
	What    string `json:"what"`
	Trigger string `json:"trigger"`
	To      string `json:"to"`
	Within  string `json:"within"` // "24h", "72h", "14d", "1m"
	From    string `json:"from,omitempty"`
	Cite    string `json:"cite"`
}

// Role is somebody whom the supplier of a product needs, or what one of its hats
// must do.
type Role struct {
	ID   string `json:"id"`
	What string `json:"what"`
	Cite string `json:"cite"`
}

// By says who asserts that a rule or a mapping holds.
type By string

// Who asserts.
const (
	Official   By = "official"
	ThirdParty By = "third-party"
	Ours       By = "ours"
)

// Obligation is how strongly a regime asks.
type Obligation string

// The obligations. Only a mandatory requirement bears on a level.
const (
	Mandatory   Obligation = "mandatory"
	Recommended Obligation = "recommended"
	Informative Obligation = "informative"
)

// Requirement is one thing that a regime asks.
type Requirement struct {
	ID         string
	Title      string // own words
	Cite       string
	By         By
	Confidence Confidence
	Obligation Obligation
	// Exact: the rule is the legal condition itself; otherwise "supported (our reading)".
	Exact bool
	// Against: a failure is evidence against and never "not satisfied" (CRA Annex I
	// Part I (2), which applies by risk assessment).
	Against   bool
	Levels    []string // empty: all
	Addresses []string // of Addressees
	From      string   // 2006-01-02, when not with the regime
	Until     string   // the first day on which it is no longer owed
	Placed    Placed   // which units owe it, by the day they are placed on the market
	Applies   *Rule    // over facts; nil: always
	Rule      *Rule    // nil only where the regime indicates
	Maps      []Mapping
	Note      string
}

// Placed bounds the day of placing on the market: From is the first day, Before
// the first day that no longer counts.
type Placed struct {
	From   string
	Before string
}

// Mapping relates a requirement to a provision of EN 303 645, or to a guideline
// of the Code of Practice.
type Mapping struct {
	Provision  plimsoll.ProvisionID
	Guideline  int // 0 unless the source speaks of a whole guideline
	Edition    plimsoll.Edition
	Relation   Relation
	By         By
	Cite       string
	Confidence Confidence
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
	From         plimsoll.RegimeID
	FromLevels   []string // exactly these; empty: any
	When         *Rule    // the products that the recognition is for; nil: all
	ToLevel      string   // "" the whole regime
	Requirements []string // the requirements it stands for; empty: all of the level
	Effect       string
	Since        string // 2006-01-02 or 2006-01 or 2006
	Condition    string
	Cite         string
	By           By
	Confidence   Confidence
	Exact        bool // the law itself deems: what it covers is satisfied, not only supported
	Signed       bool // false: talked about, not in force; never used for an answer
}
