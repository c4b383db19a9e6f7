// Package scheme is a labelling scheme as a folder of files: its keys, the decisions
// that two people have signed, the transparency log that holds them, and what
// follows from the log.
//
//	trust.cose    the trust list in force, signed by the roots
//	roots.json    the roots, to be given to readers once, by a way of their own
//	keys/         private keys of the scheme; the root keys belong elsewhere
//	pending/      decisions that wait for their second approver
//	outbox/       decisions that are made and on their way into the log
//	private/      the lock, and the bundles that were granted from
//	log/          the log (C2SP tlog-tiles)
//	site/         the static site that any web server can serve
//
// The state is what State makes of the log's entries; every rule of the state
// machine is checked there, by the scheme itself and by everybody who reads the
// log. The package must never put a decision into the log that two people of the
// scheme have not signed, never sign what the rules refuse, and never change or
// leave out an entry.
package scheme

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
)

// Schema is the identifier of the format of an entry of the log.
const Schema = "plimsoll.scheme-entry/1"

// DecisionType is what approvers sign: the JSON of a Decision under this type.
const DecisionType = "application/vnd.plimsoll.decision+json"

// EntryType is the media type of an entry's payload.
const EntryType = "application/vnd.plimsoll.scheme-entry+json"

// Kind is what a decision does.
type Kind string

// The kinds of decisions.
const (
	KindPolicy       Kind = "policy"        // who decides, by which regime; the first entry
	KindTrust        Kind = "trust"         // a trust list that the roots have signed
	KindGrant        Kind = "grant"         // a label is issued
	KindSuspend      Kind = "suspend"       // a label does not count for now
	KindLift         Kind = "lift"          // a suspension ends
	KindRevoke       Kind = "revoke"        // a label ends for good
	KindSupportEnded Kind = "support-ended" // security updates end early; nothing was found
)

// Reasons are the codes that a change of a label's standing must give.
var Reasons = map[string]string{
	"vulnerability":  "a vulnerability that is not mended",
	"non-conformity": "the product does not meet the level",
	"false-evidence": "the evidence or the declaration was wrong",
	"misuse":         "the label stands on a product that it was not granted for",
	"key-compromise": "a key of the scheme was stolen",
	"request":        "the manufacturer asked for it",
	"mended":         "what led to the suspension is mended",
	"support-ended":  "the manufacturer has ended support",
	"granted-wrong":  "the scheme's own mistake",
}

// Decision is what two people sign: its JSON, to the byte.
type Decision struct {
	Kind   Kind         `json:"kind"`
	Scheme string       `json:"scheme"`
	At     time.Time    `json:"at"`               // when it was proposed, whole seconds in UTC
	Number label.Number `json:"number,omitempty"` // of the label, in all but policy and trust
	Reason string       `json:"reason,omitempty"` // a code of Reasons
	Note   string       `json:"note,omitempty"`   // public
	Grant  *Grant       `json:"grant,omitempty"`
	Policy *Policy      `json:"policy,omitempty"`
	Trust  []byte       `json:"trust,omitempty"` // the signed trust list
}

// Grant is the public record of why a label was issued.
type Grant struct {
	Claims     label.Claims      `json:"claims"`
	Replaces   label.Number      `json:"replaces,omitempty"` // the label that this one renews
	Regime     plimsoll.RegimeID `json:"regime"`
	Level      string            `json:"level"` // of the regime
	Standard   plimsoll.Edition  `json:"standard"`
	Method     string            `json:"method"`
	Tool       plimsoll.Tool     `json:"tool"`
	Category   string            `json:"category,omitempty"`
	Bundle     plimsoll.Digest   `json:"bundle"`     // SHA-256 of the bundle file, which stays private
	Assessment plimsoll.Digest   `json:"assessment"` // SHA-256 of assessment.json
	BundleKey  string            `json:"bundle_key"` // id of the key that signed the bundle
	Accepted   []Accepted        `json:"accepted,omitempty"`
	// Sheet is rights and responsibilities in plain words, by language.
	Sheet    map[string][]page.Section `json:"sheet,omitempty"`
	Contacts []page.Contact            `json:"contacts,omitempty"`
}

// Accepted is a waiver or an overruled FAIL that the approvers have seen and let
// stand: neither carries a grant without them saying so in the log.
type Accepted struct {
	What    string          `json:"what"` // waiver or overrule
	Unit    plimsoll.UnitID `json:"unit"`
	Subject string          `json:"subject,omitempty"`
	Reason  string          `json:"reason"`
}

// Policy says who decides and by what. It is the first entry of the log.
type Policy struct {
	Regime     plimsoll.RegimeID `json:"regime"`
	Levels     []string          `json:"levels"` // of the regime; label level n is the n-th
	Approvers  []Person          `json:"approvers"`
	Bodies     []Body            `json:"bodies,omitempty"`
	Statement  string            `json:"statement"`    // public key that signs the entries
	MaxAgeDays int               `json:"max_age_days"` // of an assessment that a label is granted from
}

// Person is an approver.
type Person struct {
	Name string `json:"name"` // or a role: it is public
	Key  string `json:"key"`  // public key, as key.EncodePublic writes it
}

// Body is a laboratory or an authority whose bundles count as such.
type Body struct {
	Name string        `json:"name"`
	Role plimsoll.Role `json:"role"` // laboratory or authority
	Key  string        `json:"key"`  // public key
}

// Approval is one person's signature under the bytes of a decision.
type Approval struct {
	Key       string    `json:"key"` // key id
	At        time.Time `json:"at"`
	Machine   string    `json:"machine,omitempty"` // a salted name of the machine, told by the program there
	Signature []byte    `json:"signature"`         // of key.Message(DecisionType, the decision's JSON)
}

// Entry is what the log holds, in a signed statement.
type Entry struct {
	Schema    string     `json:"schema"`
	At        time.Time  `json:"at"` // when it was made, whole seconds in UTC
	Decision  Decision   `json:"decision"`
	Approvals []Approval `json:"approvals"` // none for a trust list: the roots have signed it
	Token     []byte     `json:"token,omitempty"`
}

// Bytes are what the approvers sign.
func (d *Decision) Bytes() ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing a decision: %w", err)
	}
	return b, nil
}

// Digest names a decision: the SHA-256 of its bytes.
func (d *Decision) Digest() (plimsoll.Digest, error) {
	b, err := d.Bytes()
	if err != nil {
		return "", err
	}
	return digestOf(b), nil
}

// Subject is what the decision is about, for the header of its statement.
func (d *Decision) Subject() string {
	if d.Kind == KindPolicy || d.Kind == KindTrust {
		return string(d.Kind)
	}
	return label.NumberText(d.Scheme, d.Number)
}

// strict reads JSON into v, a pointer, and demands that v written again gives b:
// what was signed has one spelling.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	again, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errors.New("not the one spelling that the program writes")
	}
	return nil
}

// keysOf reads the public keys of persons by key id.
func keysOf(persons []Person) (map[string]Person, error) {
	out := map[string]Person{}
	for _, p := range persons {
		pub, err := key.ParsePublic(p.Key)
		if err != nil {
			return nil, fmt.Errorf("key of %q: %w", p.Name, err)
		}
		id, err := key.ID(pub)
		if err != nil {
			return nil, fmt.Errorf("key of %q: %w", p.Name, err)
		}
		if _, ok := out[id]; ok {
			return nil, fmt.Errorf("key of %q: is the key of somebody else too", p.Name)
		}
		out[id] = p
	}
	return out, nil
}
