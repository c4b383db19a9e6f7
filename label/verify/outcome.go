package verify

import "fmt"

// Outcome is the answer to "what about this label?". It is the same set in the
// command line, the API and the verifier page. The zero value is Stale: nothing
// is known.
type Outcome uint8

// The outcomes. Only Live says that a label is good now; Signed says that it is
// genuine and in date, and that nobody looked at its status.
const (
	Stale         Outcome = iota // no answer: something that must be looked at is missing or out of date
	Live                         // genuine, in date, and good by a fresh status
	Signed                       // offline: genuine and in date, status not looked at or old
	SupportEnded                 // genuine, but security updates have ended
	Expired                      // genuine, but past its end
	NotYetValid                  // genuine, but before its start
	Suspended                    // genuine, but suspended by the scheme
	Revoked                      // genuine, but revoked by the scheme
	NotIssued                    // well signed, but the scheme has not issued it: a stolen key
	KeyDistrusted                // signed by a key that was stolen, and not from before that
	BadSignature                 // no key of the scheme signed this
	WrongHost                    // a good token behind an address that is not the scheme's
	UnknownScheme                // the trust list names no such scheme
	Malformed                    // not a label
)

// outcomes: the name in files, and a sentence for people.
var outcomes = [...]struct{ name, sentence string }{
	Stale:         {"stale", "No answer: what is needed to answer is missing or out of date."},
	Live:          {"live", "Genuine, and the scheme says that it is valid."},
	Signed:        {"signed", "Genuine and in date. Its status was not checked now: it may have been revoked since."},
	SupportEnded:  {"support-ended", "Genuine, but security updates for this product have ended."},
	Expired:       {"expired", "Genuine, but the label has expired."},
	NotYetValid:   {"not-yet-valid", "Genuine, but the label is not valid yet."},
	Suspended:     {"suspended", "The scheme has suspended this label."},
	Revoked:       {"revoked", "The scheme has revoked this label."},
	NotIssued:     {"not-issued", "The scheme has not issued this label. It is forged."},
	KeyDistrusted: {"key-distrusted", "This label was made with a stolen key. It is forged."},
	BadSignature:  {"bad-signature", "No key of the scheme has signed this. It is forged or damaged."},
	WrongHost:     {"wrong-host", "The code leads to an address that is not the scheme's. Do not trust that page."},
	UnknownScheme: {"unknown-scheme", "Nobody on the trust list issues labels under this name."},
	Malformed:     {"malformed", "This is not a label, or it was not read completely."},
}

// String names the outcome, such as "support-ended".
func (o Outcome) String() string {
	if int(o) >= len(outcomes) {
		o = Stale
	}
	return outcomes[o].name
}

// Sentence is the outcome for people, in English.
func (o Outcome) Sentence() string {
	if int(o) >= len(outcomes) {
		o = Stale
	}
	return outcomes[o].sentence
}

// Genuine reports whether the signature was found good and the label is the
// scheme's own.
func (o Outcome) Genuine() bool { return o >= Live && o <= Revoked }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i := range outcomes {
		if outcomes[i].name == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("outcome %q is not known", b)
}

// Outcomes lists all of them.
func Outcomes() []Outcome {
	all := make([]Outcome, len(outcomes))
	for i := range all {
		all[i] = Outcome(i)
	}
	return all
}

// Mode says how much must be looked at before a label is called Live.
type Mode uint8

// The modes.
const (
	Offline Mode = iota // the token and a trust list; a status when there is one
	Private             // and a fresh range file: the server learns a bucket
	Full                // and the proof that the label stands in the log
)

var modes = [...]string{Offline: "offline", Private: "private", Full: "full"}

// String names the mode.
func (m Mode) String() string {
	if int(m) >= len(modes) {
		m = Full
	}
	return modes[m]
}

// MarshalText writes the name.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the name.
func (m *Mode) UnmarshalText(b []byte) error {
	for i, s := range modes {
		if s == string(b) {
			*m = Mode(i)
			return nil
		}
	}
	return fmt.Errorf("mode %q: want offline, private or full", b)
}
