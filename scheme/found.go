package scheme

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/code"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Times of the keys of a scheme (notes on the label, 1.5): a key signs for a year
// and can be verified for three more, as no label lasts longer.
const (
	signDays   = 365
	verifyDays = signDays + 3*366
	trustDays  = 90
	maxAgeDays = 180
)

// Founding is what a new scheme is made from.
type Founding struct {
	Code, Name, Host string
	Regime           *regime.Regime
	Names            map[string]map[string]string // of the regime's levels, by level and language; "en" is the regime's own
	Approvers        []Person
	Bodies           []Body
	Roots            int // offline root keys
	Threshold        int // of them must sign a trust list
	Say              func(step string)
	// Given are keys by use (label, status, statement) that stay where they are, such
	// as behind an ssh-agent; the others are made in the folder keys.
	Given map[string]key.Signer
}

// Found makes a scheme in an empty folder: its keys, the log, the policy and the
// first trust list, telling each step. What cannot stand is refused before anything
// is written; a folder in which it was interrupted holds nothing that was granted and
// can be thrown away.
func Found(ctx context.Context, dir string, o Opening, fd Founding) (*Folder, error) {
	f := &Folder{Dir: dir, o: o}
	c, err := f.prepare(ctx, fd)
	if err != nil {
		return nil, fmt.Errorf("founding the scheme: %w", err)
	}
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return nil, fmt.Errorf("founding the scheme: %q is not empty", dir)
	}
	if f.unlock, err = evidence.Lock(ctx, dir, o.Holder, o.Wait); err != nil {
		return nil, err
	}
	if err := f.found(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("founding the scheme: %w", err), f.Close())
	}
	return f, nil
}

// ceremony is a scheme that is made up to the writing.
type ceremony struct {
	Founding
	roots  []*key.FileKey
	keys   []made
	list   label.TrustList
	policy *Policy
}

// made is a key with a use.
type made struct {
	use, name, what string
	alg             key.Algorithm
	signer          key.Signer
	file            *key.FileKey // nil: it stays where it is
}

// prepare makes everything in memory and holds it against all rules.
func (f *Folder) prepare(ctx context.Context, fd Founding) (*ceremony, error) {
	if err := fd.check(); err != nil {
		return nil, err
	}
	c := &ceremony{Founding: fd}
	for range fd.Roots {
		k, err := key.Generate(key.P256)
		if err != nil {
			return nil, err
		}
		c.roots = append(c.roots, k)
	}
	year := f.Now().Format("2006")
	c.keys = []made{
		{use: "label", name: "label-" + year, what: "signs labels", alg: key.P256},
		{use: "status", name: "status-" + year, what: "signs status lists and range files", alg: key.P256},
		{use: "log", name: "log", what: "signs the checkpoints of the log", alg: key.Ed25519},
		{use: "statement", name: "statement", what: "signs the entries of the log", alg: key.P256},
	}
	for i := range c.keys {
		k := &c.keys[i]
		if k.signer = fd.Given[k.use]; k.signer != nil {
			continue
		}
		var err error
		if k.file, err = key.Generate(k.alg); err != nil {
			return nil, err
		}
		k.signer = k.file
	}
	if err := f.first(c); err != nil {
		return nil, err
	}
	if _, err := label.AddSignature(ctx, c.list, nil, c.roots[0]); err != nil {
		return nil, err
	}
	_, err := (&State{}).Terms(&Decision{Kind: KindPolicy, Scheme: fd.Code, At: f.Now(), Policy: c.policy})
	return c, err
}

func (fd *Founding) check() error {
	switch {
	case fd.Regime == nil || len(fd.levels()) == 0:
		return errors.New("the regime has no levels that a label could show")
	case fd.Threshold < 1 || fd.Threshold > fd.Roots || fd.Roots > 16:
		return fmt.Errorf("%d of %d root keys: want at least one and at most all of up to 16", fd.Threshold, fd.Roots)
	}
	if why := code.Reserved(fd.Code); why != "" {
		return fmt.Errorf("the code %q is reserved: %s", fd.Code, why)
	}
	return nil
}

// levels are the tiers of the regime, lowest first: those that can be reached.
func (fd *Founding) levels() []*regime.Level {
	var out []*regime.Level
	for _, l := range fd.Regime.Levels {
		if l.When == nil && len(out) < label.MaxLevel {
			out = append(out, l)
		}
	}
	return out
}

// found writes the scheme, step by step.
func (f *Folder) found(ctx context.Context, c *ceremony) error {
	step := 0
	say := func(format string, args ...any) {
		step++
		c.Say(fmt.Sprintf("%d. ", step) + fmt.Sprintf(format, args...))
	}
	for i, k := range c.roots {
		if err := f.saveKey(k, fmt.Sprintf("root-%d", i+1)); err != nil {
			return err
		}
		say("root key %d of %d is made: %s", i+1, len(c.roots), k.KeyID())
	}
	for _, k := range c.keys {
		if k.file == nil {
			say("the key that %s stays where it is: %s", k.what, k.signer.KeyID())
			continue
		}
		if err := f.saveKey(k.file, k.name); err != nil {
			return err
		}
		say("the key %s, which %s, is made: %s", k.name, k.what, k.file.KeyID())
	}
	sc := &c.list.Schemes[0]
	if err := f.openLog(ctx, sc); err != nil {
		return err
	}
	f.State.Code = c.Code
	if _, err := f.Commit(ctx, &Pending{Schema: PendingSchema, Decision: Decision{Kind: KindPolicy, Scheme: c.Code, At: f.Now(), Policy: c.policy}}); err != nil {
		return err
	}
	say("the log %s is open; its first entry says who decides: %s; two of them must sign", sc.LogOrigin, names(c.policy.Approvers))
	c.Say("   what its witnesses need: " + strings.TrimPrefix(strings.SplitN(sc.LogPolicy, "\n", 2)[0], "log "))
	var signers []key.Signer
	for _, k := range c.roots[:c.Threshold] {
		signers = append(signers, k)
	}
	if _, err := f.IssueTrust(ctx, c.list, signers); err != nil {
		return err
	}
	say("trust list 1 is signed by %d root keys, stands in the log, and ends on %s", c.Threshold, c.list.Expires)
	return writeJSON(f.path(rootsFile), c.list.Roots, 0o644)
}

func (f *Folder) saveKey(k *key.FileKey, name string) error {
	var pass []byte
	if f.o.Passphrase != nil {
		var err error
		if pass, err = f.o.Passphrase(); err != nil {
			return err
		}
	}
	return k.Save(f.path(keysDir), name, pass)
}

// first makes the first trust list and the first policy.
func (f *Folder) first(c *ceremony) error {
	today := label.DayOf(f.Now())
	roots := label.Roots{Threshold: uint8(c.Threshold)}
	for _, k := range c.roots {
		der, err := label.EncodeKey(k.Public())
		if err != nil {
			return err
		}
		roots.Keys = append(roots.Keys, der)
	}
	sc := label.Scheme{Code: c.Code, Name: c.Name, Hosts: []string{c.Host}, LogOrigin: c.Host + "/log"}
	c.policy = &Policy{Regime: c.Regime.ID, Approvers: c.Approvers, Bodies: c.Bodies, MaxAgeDays: maxAgeDays}
	for _, l := range c.levels() {
		c.policy.Levels = append(c.policy.Levels, l.ID)
		n := map[string]string{"en": l.Name}
		for lang, name := range c.Names[l.ID] {
			n[lang] = name
		}
		sc.Levels = append(sc.Levels, label.Level{Names: n})
	}
	for _, k := range c.keys {
		var err error
		switch use := label.Use(k.use); k.use {
		case "label", "status":
			var e label.Key
			e, err = keyEntry(use, k.signer, today)
			sc.Keys = append(sc.Keys, e)
		case "log":
			var vkey string
			vkey, err = policy.LogKey(sc.LogOrigin, k.signer.Public())
			sc.LogPolicy = "log " + vkey + "\nquorum none\n"
		case "statement":
			c.policy.Statement, err = key.EncodePublic(k.signer.Public())
		}
		if err != nil {
			return err
		}
	}
	c.list = label.TrustList{Version: 1, Issued: today, Expires: today + trustDays, Roots: roots, Schemes: []label.Scheme{sc}}
	return nil
}

func keyEntry(use label.Use, k key.Signer, from label.Day) (label.Key, error) {
	der, err := label.EncodeKey(k.Public())
	return label.Key{Use: use, Public: der, SignFrom: from, SignUntil: from + signDays, VerifyUntil: from + verifyDays}, err
}

// TrustChange is what the next trust list changes besides its dates.
type TrustChange struct {
	NewKey   label.Use  // a key of this use may sign from today
	Key      key.Signer // it, when it exists, as behind an ssh-agent; nil: it is made
	Distrust string     // id of a key that was stolen
	FromSize uint64     // labels that stand in the log before this size stay good
	// Witnesses are the witness, group and quorum lines of a C2SP tlog-policy that
	// replace those of the list; "": they stay.
	Witnesses string
}

// NextTrust is the list that follows the one in force: the same with new dates and
// the change.
func (f *Folder) NextTrust(ch TrustChange) (label.TrustList, error) {
	if f.State.Trust == nil {
		return label.TrustList{}, errors.New("the log holds no trust list yet")
	}
	l, err := label.PeekTrust(f.State.Signed)
	if err != nil {
		return l, err
	}
	today := label.DayOf(f.Now())
	l.Version, l.Issued, l.Expires = l.Version+1, today, today+trustDays
	for i := range l.Schemes {
		if l.Schemes[i].Code == f.State.Code {
			return l, f.change(&l.Schemes[i], ch, today)
		}
	}
	return l, fmt.Errorf("the trust list does not name the scheme %q", f.State.Code)
}

func (f *Folder) change(sc *label.Scheme, ch TrustChange, today label.Day) error {
	if ch.Distrust != "" {
		if err := distrust(sc, ch); err != nil {
			return err
		}
	}
	if ch.Witnesses != "" {
		line, _, _ := strings.Cut(sc.LogPolicy, "\n") // the log's own
		sc.LogPolicy = line + "\n" + strings.TrimRight(ch.Witnesses, "\n") + "\n"
		if _, err := policy.Parse(sc.LogPolicy); err != nil {
			return err
		}
	}
	if ch.NewKey == "" {
		return nil
	}
	k := ch.Key
	if k == nil {
		file, err := key.Generate(key.P256)
		if err != nil {
			return err
		}
		if err := f.saveKey(file, string(ch.NewKey)+"-"+f.Now().Format("20060102-150405")); err != nil {
			return err
		}
		k = file
	}
	e, err := keyEntry(ch.NewKey, k, today)
	sc.Keys = append(sc.Keys, e)
	return err
}

func distrust(sc *label.Scheme, ch TrustChange) error {
	for i := range sc.Keys {
		pub, err := label.PublicKey(sc.Keys[i].Public)
		if err != nil {
			return err
		}
		id, err := key.ID(pub)
		if err != nil {
			return err
		}
		if id == ch.Distrust {
			size := ch.FromSize
			sc.Keys[i].DistrustFrom = &size
			return nil
		}
	}
	return fmt.Errorf("no key of the scheme is %s", ch.Distrust)
}

// waitingTrust is the name of a trust list that too few roots have signed yet.
const waitingTrust = "trust-next.cose"

// WaitingTrust is the trust list that waits for more roots, or nil.
func (f *Folder) WaitingTrust() (*label.TrustList, error) {
	b, err := os.ReadFile(f.path(pendingDir, waitingTrust))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := label.PeekTrust(b)
	return &l, err
}

// IssueTrust signs a trust list with the roots that are here. When enough have
// signed, it goes into the log and into force; else it waits, and signed is false.
func (f *Folder) IssueTrust(ctx context.Context, l label.TrustList, roots []key.Signer) (signed bool, err error) {
	name := f.path(pendingDir, waitingTrust)
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if len(b) == 0 {
		b = nil
	}
	for _, r := range roots {
		if b, err = label.AddSignature(ctx, l, b, r); err != nil {
			return false, err
		}
	}
	d := Decision{Kind: KindTrust, Scheme: f.State.Code, At: f.Now(), Trust: b}
	if _, err := f.State.Terms(&d); errors.Is(err, key.ErrSignature) {
		if b == nil {
			return false, errors.New("no root key was given")
		}
		return false, evidence.WriteFile(name, b, 0o600)
	} else if err != nil {
		return false, err
	}
	if _, err := f.Commit(ctx, &Pending{Schema: PendingSchema, Decision: d}); err != nil {
		return false, err
	}
	return true, f.forget(filepath.Base(name))
}
