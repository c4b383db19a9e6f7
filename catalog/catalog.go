// Package catalog holds what the standards ask, in our own words and with their
// ids: the guidelines of the Code of Practice, the provisions of both editions of
// EN 303 645, the test groups, cases and units of TS 103 701 V1.1.1, its IXIT
// tables, and the facts that conditions and regimes speak of.
//
// It knows no probe and no regime, judges nothing, and must never read anything
// but its embedded data. Its text is ours: no sentence of a standard stands here.
package catalog

import "github.com/plimsoll-iot/plimsoll"

// Catalog is the loaded data. It is read-only and safe for concurrent use.
type Catalog struct {
	Guidelines []*Guideline
	Provisions []*Provision // the 85 rows of both editions, in clause order
	Groups     []*Group     // the 68 test groups of TS 103 701 V1.1.1
	Tables     []*Table     // the 29 IXIT tables, in order
	Facts      []*Fact      // facts.yaml, in order
	Risks      []*Risk      // risks.yaml, in order

	index index
}

// Guideline is one of the thirteen guidelines of the Code of Practice.
type Guideline struct {
	N         int
	ID        string // cop-1
	Title     string
	Summary   string
	AppliesTo []string // device_manufacturer, iot_service_provider, mobile_app_developer, retailer
	Clause    string   // of EN 303 645, such as "5.1"
}

// Provision is one row of EN 303 645, in one edition or in both.
type Provision struct {
	ID         plimsoll.ProvisionID
	Group      string // clause, such as "5.1"; "4" and "6" for clauses 4 and 6
	Guideline  int    // 1..13; 0 for clause 4 / 5.0, 14 for clause 6
	Title      string
	Summary    map[plimsoll.Edition]string
	Status     map[plimsoll.Edition]Status // V2.1.1 is that of TS 103 701 Table A.1
	Change     string                      // from V2.1.1 to V3.1.3
	V3Units    string                      // "same": the V1.1.1 units are re-used under V3.1.3; "new": provisional; "" when not in V3.1.3
	Replaces   []plimsoll.ProvisionID
	ReplacedBy []plimsoll.ProvisionID
	Guidance   string // how to satisfy it, in our own words
	Why        string // why it matters to the person who owns the device
	Automation Automation
}

// Status is what an edition says of a provision.
type Status struct {
	Code       string // M, R, M C(1), R F(a) …
	Mandatory  bool
	Conditions []Condition // all must hold for the provision to apply
}

// Condition is a numbered condition (C) or a lettered feature (F) on which a
// provision depends.
type Condition struct {
	Ref  string // "1", "a"
	Text string
	Rule Predicate
}

// Predicate is a statement over facts: exactly one of Fact, All and Any is set.
type Predicate struct {
	Fact plimsoll.FactID
	Is   any // bool, string or float64; the value that makes it true
	All  []Predicate
	Any  []Predicate
}

// Automation says how far a machine can decide a provision.
type Automation struct {
	Class    string   // A software decides … D a person decides
	Modes    []string // NET, FW, WEB …
	Software string
	Person   string
}

// Group is a test group: the cases that answer one provision.
type Group struct {
	Provision plimsoll.ProvisionID
	Scope     string // what the group leaves out or counts in
	States    []plimsoll.State
	Fields    []FieldRef // IXIT fields the group needs (TS 103 701, annex B)
	Cases     []*Case
}

// Functional reports whether the group has a case that looks at the device. What
// is observed for a group without one is evidence against, never its verdict.
func (g *Group) Functional() bool {
	for _, c := range g.Cases {
		if c.Kind != plimsoll.Conceptual {
			return true
		}
	}
	return false
}

// Case is a test case with the expression over its units that gives its verdict.
type Case struct {
	ID      plimsoll.CaseID
	Kind    plimsoll.CaseKind
	Purpose string
	Verdict Expr
	Units   []*Unit
}

// Expr is a verdict expression: exactly one of Unit, All and Some is set. The
// default of a case is All over its units.
type Expr struct {
	Unit string // letter
	All  []Expr
	Some []Expr
}

// Unit is a test unit.
type Unit struct {
	ID        plimsoll.UnitID
	Case      *Case
	Provision plimsoll.ProvisionID
	Letter    string
	Text      string // what is judged
	Question  string // what a person is asked
	Hint      string // how to find the answer
	Verb      string
	Decider   plimsoll.Decider
	Where     Selector
	Quantifier
	Cover        []string         // what must have been looked at; "radios" stands for every declared radio medium
	States       []plimsoll.State // the device states it speaks of; empty: any
	Tables       []plimsoll.TableID
	Fields       []FieldRef // the IXIT fields it reads
	Completeness bool       // "look for undeclared …"
	Prose        string     // who reads prose, when prose must be read
	Apply        *Apply
	Provisional  bool            // made for V3.1.3, whose own units are not public here
	Like         plimsoll.UnitID // of a provisional unit: the unit of V1.1.1 that it is modelled on
}

// Conceptual reports whether the unit is judged on the declared design only. In a
// mixed case the completeness units look at the device.
func (u *Unit) Conceptual() bool {
	return u.Case.Kind == plimsoll.Conceptual || (u.Case.Kind == plimsoll.Both && !u.Completeness)
}

// FieldRef names a field of an IXIT table by its key.
type FieldRef struct {
	Table plimsoll.TableID
	Key   string
}

// Quantifier says how the verdicts of a unit's subjects make the unit's.
type Quantifier struct {
	Some bool // one subject must hold; otherwise each
	// Over groups the subjects: for each row of the table Over that the field Via
	// of which refers to subjects, some referred subject must hold ("each
	// component, some mechanism"). Subjects are then the rows of Over, which Where
	// selects.
	Over plimsoll.TableID
	Via  string
}

// Selector says which declared rows are the subjects of a unit.
type Selector struct {
	Table      plimsoll.TableID // empty: the product as a whole is the one subject
	Filter     []Clause         // joined by "and"
	ReferredBy *Reference       // only rows that these rows refer to
	Required   bool             // a declared table without a matching row is no vacuous PASS: what is asked for would not exist
	Text       string           // the filter as written, for people
}

// Reference selects rows by the references to them.
type Reference struct {
	Table  plimsoll.TableID
	Field  string // a refs field of Table
	Filter []Clause
}

// Clause is one comparison over a typed field: the value of Field is one of In
// (for a list: has one of In). The value "none" also matches a list that is
// declared and empty, such as the update mechanisms of a fixed component.
type Clause struct {
	Field string
	In    []string // booleans as "yes" and "no"
}

// Apply says which units of another case a unit of decider "apply" takes over,
// for its own subjects and with its own quantifier.
type Apply struct {
	Case  plimsoll.CaseID
	Units []string // letters; empty: all
}

// Table is an IXIT table.
type Table struct {
	N       int
	ID      plimsoll.TableID
	Name    string
	List    bool // one value per field instead of rows
	Meaning string
	Fields  []Field
	Typed   []TypedField
}

// Field is a field of the standard, kept as text.
type Field struct {
	Name    string
	Key     string
	Meaning string
}

// TypedField is a value that software can compare with observation. Its name is
// dotted for nested keys; "*" stands for any key of a list-form table.
type TypedField struct {
	Name    string
	Type    string // bool, int, port, duration, date, url, text, enum, list, refs
	Values  []string
	Meaning string
}

// Fact is the definition of a fact.
type Fact struct {
	ID       plimsoll.FactID
	Type     string // bool, string, number, date
	Meaning  string
	Makers   []string // who makes it: declaration, probe names, person
	Declared *DeclaredFact
}

// DeclaredFact says how the declaration gives a fact: true when a row of Table
// matches, false when the table is declared and no row can, else unknown; or the
// value of a key of the product block. With ReferredBy only rows count that a row
// of that table refers to; the fact is then also false when that table is declared
// and no row of it can match.
type DeclaredFact struct {
	Table      plimsoll.TableID
	Filter     []Clause
	ReferredBy *Reference
	Text       string // the filter as written
	Product    string // dotted key of the product block, such as "constrained.is"
}
