// Package policy says which checkpoints of transparency logs to believe: who must
// have signed and who must have cosigned. The texts are those of C2SP tlog-policy,
// tlog-checkpoint, tlog-cosignature and signed-note.
//
// It reads nothing but its arguments, and they are hostile and bounded. It must never
// give out a checkpoint whose signatures it has not verified, and never count a
// witness twice.
package policy

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Bounds of a policy. tlog-policy asks for at least 32 logs, witnesses and groups.
const (
	maxPolicy = 64 << 10 // bytes
	maxParts  = 64       // logs, witnesses, groups: of each
)

// Policy says which checkpoints to believe: which logs sign them and which
// witnesses must have cosigned them (C2SP tlog-policy).
type Policy struct {
	logs      []Party
	witnesses []Party
	quorum    *quorum                   // nil: none needed
	known     map[string]note.Verifiers // by origin: its log keys, and the witnesses
}

// Party is a log or a witness of a policy.
type Party struct {
	Name string // of a witness: its name in the policy; of a log: its origin
	VKey string // the verifier key (C2SP signed-note)
	URL  string // where it answers; may be empty

	Verifier note.Verifier // of its signatures
}

// quorum is a witness, or a group of which at least k members must have cosigned.
type quorum struct {
	witness *Party
	k       int
	members []*quorum
}

// satisfied reports whether the witnesses with these key names and hashes are
// enough.
func (q *quorum) satisfied(cosigned map[nameHash]bool) bool {
	if q == nil {
		return true
	}
	if q.witness != nil {
		return cosigned[keyOf(q.witness.Verifier)]
	}
	n := 0
	for _, m := range q.members {
		if m.satisfied(cosigned) {
			n++
		}
	}
	return n >= q.k
}

type nameHash struct {
	name string
	hash uint32
}

func keyOf(v note.Verifier) nameHash { return nameHash{v.Name(), v.KeyHash()} }

// Logs lists the logs of the policy in their order.
func (p *Policy) Logs() []Party { return append([]Party(nil), p.logs...) }

// Witnesses lists the witnesses of the policy in their order, those outside the
// quorum too.
func (p *Policy) Witnesses() []Party { return append([]Party(nil), p.witnesses...) }

// Enough reports whether the cosignatures of these witnesses would make the quorum.
func (p *Policy) Enough(of []Party) bool {
	have := map[nameHash]bool{}
	for _, w := range of {
		have[keyOf(w.Verifier)] = true
	}
	return p.quorum.satisfied(have)
}

// Knows reports whether the key of a log stands in the policy.
func (p *Policy) Knows(log note.Verifier) bool {
	return p.isLog(log.Name(), log.Name(), log.KeyHash())
}

// reader holds what the lines of a policy have named so far.
type reader struct {
	Policy
	parts  map[string]*quorum // witnesses and groups by name
	member map[string]string  // who is in a group already: in which
	keys   map[string]string  // public keys that a line has: "log" or "witness" and the key
	groups int
	named  bool // a quorum line was read
}

// Parse reads a policy in the text form of C2SP tlog-policy. The error names
// every problem with its line. Ed25519 keys only: a policy with another kind of key
// is refused.
func Parse(text string) (*Policy, error) {
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("log policy: longer than %d bytes", maxPolicy)
	}
	r := &reader{parts: map[string]*quorum{}, member: map[string]string{}, keys: map[string]string{}}
	var problems []error
	n := 0
	for line := range strings.Lines(text) {
		n++
		if err := r.line(strings.TrimSuffix(line, "\n")); err != nil {
			problems = append(problems, fmt.Errorf("log policy, line %d: %w", n, err))
		}
	}
	if !r.named {
		problems = append(problems, errors.New("log policy: there is no quorum line; without witnesses write: quorum none"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	r.known = map[string]note.Verifiers{}
	for _, l := range r.logs {
		var vs []note.Verifier
		for _, other := range r.logs {
			if other.Name == l.Name {
				vs = append(vs, other.Verifier)
			}
		}
		for _, w := range r.witnesses {
			vs = append(vs, w.Verifier)
		}
		r.known[l.Name] = note.VerifierList(vs...)
	}
	return &r.Policy, nil
}

func (r *reader) line(line string) error {
	if i := strings.IndexFunc(line, func(c rune) bool { return c < 0x20 && c != '\t' || c == 0x7f }); i >= 0 {
		return fmt.Errorf("control character %q", line[i])
	}
	f := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
	if len(f) == 0 || strings.HasPrefix(f[0], "#") {
		return nil
	}
	switch f[0] {
	case "log":
		return r.log(f[1:])
	case "witness":
		return r.witness(f[1:])
	case "group":
		return r.group(f[1:])
	case "quorum":
		return r.setQuorum(f[1:])
	}
	return fmt.Errorf("unknown word %q: want log, witness, group or quorum", f[0])
}

// party reads a key and the URL that may follow it. The same public key may not
// stand in two lines of one kind.
func (r *reader) party(kind string, f []string) (Party, []byte, error) {
	name, alg, pub, err := parseKey(f[0])
	if err != nil {
		return Party{}, nil, err
	}
	p := Party{Name: name, VKey: f[0]}
	if len(f) > 1 {
		u, err := url.Parse(f[1])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return Party{}, nil, fmt.Errorf("URL %q: want http:// or https:// and a host", f[1])
		}
		p.URL = f[1]
	}
	id := kind + string(pub)
	if other, ok := r.keys[id]; ok {
		return Party{}, nil, fmt.Errorf("the key of %s %q is that of %q again", kind, name, other)
	}
	r.keys[id] = name
	return p, append([]byte{alg}, pub...), nil
}

func (r *reader) log(f []string) error {
	if len(f) < 1 || len(f) > 2 {
		return errors.New("want: log VKEY [URL]")
	}
	p, k, err := r.party("log", f)
	switch {
	case err != nil:
		return err
	case k[0] != algEd25519:
		return fmt.Errorf("key of log %q: signature type %d is not supported, want %d (Ed25519)", p.Name, k[0], algEd25519)
	case len(r.logs) == maxParts:
		return fmt.Errorf("more than %d logs", maxParts)
	}
	if p.Verifier, err = note.NewVerifier(p.VKey); err != nil {
		return fmt.Errorf("key of log %q: %w", p.Name, err)
	}
	r.logs = append(r.logs, p)
	return nil
}

func (r *reader) witness(f []string) error {
	if len(f) < 2 || len(f) > 3 {
		return errors.New("want: witness NAME VKEY [URL]")
	}
	p, k, err := r.party("witness", f[1:])
	switch {
	case err != nil:
		return err
	case k[0] != algCosignature:
		return fmt.Errorf("key of witness %q: signature type %d is not supported, want %d (Ed25519 cosignature)", f[0], k[0], algCosignature)
	case len(r.witnesses) == maxParts:
		return fmt.Errorf("more than %d witnesses", maxParts)
	}
	p.Name = f[0]
	if p.Verifier, err = cosignature.NewVerifierForCosignatureV1(p.VKey); err != nil {
		return fmt.Errorf("key of witness %q: %w", p.Name, err)
	}
	if err := r.define(p.Name, &quorum{witness: &p}); err != nil {
		return err
	}
	r.witnesses = append(r.witnesses, p)
	return nil
}

func (r *reader) define(name string, q *quorum) error {
	if name == "none" {
		return errors.New("the name none is taken: it stands for no quorum")
	}
	if r.parts[name] != nil {
		return fmt.Errorf("the name %q is taken by an earlier line", name)
	}
	r.parts[name] = q
	return nil
}

func (r *reader) group(f []string) error {
	if len(f) < 3 {
		return errors.New("want: group NAME all|any|K MEMBER, and more members")
	}
	g, members := &quorum{}, f[2:]
	switch f[1] {
	case "all":
		g.k = len(members)
	case "any":
		g.k = 1
	default:
		k, err := strconv.Atoi(f[1])
		if err != nil || k < 1 || k > len(members) || strconv.Itoa(k) != f[1] {
			return fmt.Errorf("group %q: %q of %d members: want all, any or a number from 1 to %d", f[0], f[1], len(members), len(members))
		}
		g.k = k
	}
	for _, m := range members {
		q := r.parts[m]
		if q == nil {
			return fmt.Errorf("group %q: no earlier line names %q", f[0], m)
		}
		if in, ok := r.member[m]; ok {
			return fmt.Errorf("group %q: %q is a member of %q already", f[0], m, in)
		}
		r.member[m] = f[0]
		g.members = append(g.members, q)
	}
	if r.groups++; r.groups > maxParts {
		return fmt.Errorf("more than %d groups", maxParts)
	}
	return r.define(f[0], g)
}

func (r *reader) setQuorum(f []string) error {
	if len(f) != 1 {
		return errors.New("want: quorum NAME, or quorum none")
	}
	if r.named {
		return errors.New("a second quorum line")
	}
	r.named = true
	if f[0] == "none" {
		return nil
	}
	if r.quorum = r.parts[f[0]]; r.quorum == nil {
		return fmt.Errorf("quorum: no earlier line names %q", f[0])
	}
	return nil
}

// The signature types of signed-note and tlog-cosignature.
const (
	algEd25519     = 0x01
	algCosignature = 0x04
)

// LogKey is the verifier key (vkey of C2SP signed-note) of a log: what stands in a
// log line. The origin of a log is the name of its key. pub is an Ed25519 key.
func LogKey(origin string, pub crypto.PublicKey) (string, error) {
	return vkey(origin, algEd25519, pub)
}

// WitnessKey is the verifier key of a witness, for its Ed25519 cosignatures: what
// stands in a witness line.
func WitnessKey(name string, pub crypto.PublicKey) (string, error) {
	return vkey(name, algCosignature, pub)
}

func vkey(name string, alg byte, pub crypto.PublicKey) (string, error) {
	p, ok := pub.(ed25519.PublicKey)
	if !ok || len(p) != ed25519.PublicKeySize {
		return "", fmt.Errorf("key of %q: want an Ed25519 key, not %T", name, pub)
	}
	if !validName(name) {
		return "", fmt.Errorf("key name %q: want a name without spaces and plus signs, such as example.com/log", name)
	}
	return formatKey(name, append([]byte{alg}, p...)), nil
}

// parseKey reads a verifier key: NAME+HASH+base64(type, key). It accepts one
// spelling of a key only, and 32-byte keys only.
func parseKey(s string) (name string, alg byte, pub ed25519.PublicKey, err error) {
	name, rest, _ := strings.Cut(s, "+")
	_, b64, ok := strings.Cut(rest, "+")
	k, err := base64.StdEncoding.Strict().DecodeString(b64)
	switch {
	case !ok || err != nil || len(k) < 1 || !validName(name):
		return "", 0, nil, fmt.Errorf("key %q: want NAME+HASH+KEY, as plimsoll prints it", s)
	case len(k) != 1+ed25519.PublicKeySize:
		return "", 0, nil, fmt.Errorf("key of %q: signature type %d with %d bytes of key is not supported", name, k[0], len(k)-1)
	case formatKey(name, k) != s:
		return "", 0, nil, fmt.Errorf("key of %q: the hash in it is not that of its name and key", name)
	}
	return name, k[0], ed25519.PublicKey(k[1:]), nil
}

// formatKey writes a verifier key; k is the type and the public key.
func formatKey(name string, k []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, k), base64.StdEncoding.EncodeToString(k))
}

// keyHash is the key id of signed-note: the first four bytes of a SHA-256.
func keyHash(name string, k []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), k...))
	return binary.BigEndian.Uint32(sum[:])
}

// validName reports whether name can be the name of a key (signed-note, "Format").
func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+") &&
		strings.IndexFunc(name, func(c rune) bool { return c < 0x20 || c == 0x7f }) < 0
}
