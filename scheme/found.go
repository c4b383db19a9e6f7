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
// first trust list, telling each step. A folder in which it was interrupted holds
// nothing that was granted and can be thrown away.
func Found(ctx context.Context, dir string, o Opening, fd Founding) (*Folder, error) {
	if err := fd.check(); err != nil {
		return nil, fmt.Errorf("founding the scheme: %w", err)
	}
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return nil, fmt.Errorf("founding the scheme: %q is not empty", dir)
	}
	f, err := hold(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	if err := f.found(ctx, fd); err != nil {
		return nil, errors.Join(fmt.Errorf("founding the scheme: %w", err), f.Close())
	}
	return f, nil
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

func (f *Folder) found(ctx context.Context, fd Founding) error {
	made := map[string]key.Signer{}
	step := 0
	say := func(format string, args ...any) {
		step++
		fd.Say(fmt.Sprintf("%d. ", step) + fmt.Sprintf(format, args...))
	}
	var roots label.Roots
	for i := range fd.Roots {
		k, err := f.newKey(fmt.Sprintf("root-%d", i+1), key.P256)
		if err != nil {
			return err
		}
		made[fmt.Sprintf("root-%d", i+1)] = k
		der, err := label.EncodeKey(k.Public())
		if err != nil {
			return err
		}
		roots.Keys = append(roots.Keys, der)
		say("root key %d of %d is made: %s", i+1, fd.Roots, k.KeyID())
	}
	roots.Threshold = uint8(fd.Threshold)
	year := f.Now().Format("2006")
	for _, k := range []struct {
		use, name, what string
		alg             key.Algorithm
	}{
		{"label", "label-" + year, "signs labels", key.P256},
		{"status", "status-" + year, "signs status lists and range files", key.P256},
		{"log", "log", "signs the checkpoints of the log", key.Ed25519},
		{"statement", "statement", "signs the entries of the log", key.P256},
	} {
		if given := fd.Given[k.use]; given != nil {
			made[k.use] = given
			say("the key that %s stays where it is: %s", k.what, given.KeyID())
			continue
		}
		got, err := f.newKey(k.name, k.alg)
		if err != nil {
			return err
		}
		made[k.use] = got
		say("the key %s, which %s, is made: %s", k.name, k.what, got.KeyID())
	}
	list, policy, err := f.first(fd, made, roots)
	if err != nil {
		return err
	}
	sc := &list.Schemes[0]
	if err := f.openLog(ctx, sc); err != nil {
		return err
	}
	f.State.Code = fd.Code
	if _, err := f.Commit(ctx, &Pending{Schema: PendingSchema, Decision: Decision{Kind: KindPolicy, Scheme: fd.Code, At: f.Now(), Policy: policy}}); err != nil {
		return err
	}
	say("the log %s is open; its first entry says who decides: %s; two of them must sign", sc.LogOrigin, names(policy.Approvers))
	fd.Say("   what its witnesses need: " + strings.TrimPrefix(strings.SplitN(sc.LogPolicy, "\n", 2)[0], "log "))
	var signers []key.Signer
	for i := range fd.Threshold {
		signers = append(signers, made[fmt.Sprintf("root-%d", i+1)])
	}
	if _, err := f.IssueTrust(ctx, list, signers); err != nil {
		return err
	}
	say("trust list 1 is signed by %d root keys, stands in the log, and ends on %s", fd.Threshold, list.Expires)
	return writeJSON(f.path(rootsFile), roots, 0o644)
}

func (f *Folder) newKey(name string, alg key.Algorithm) (*key.FileKey, error) {
	k, err := key.Generate(alg)
	if err != nil {
		return nil, err
	}
	var pass []byte
	if f.o.Passphrase != nil {
		if pass, err = f.o.Passphrase(); err != nil {
			return nil, err
		}
	}
	return k, k.Save(f.path(keysDir), name, pass)
}

// first is the first trust list and the first policy.
func (f *Folder) first(fd Founding, made map[string]key.Signer, roots label.Roots) (label.TrustList, *Policy, error) {
	today := label.DayOf(f.Now())
	origin := fd.Host + "/" + "log"
	vkey, err := policy.LogKey(origin, made["log"].Public())
	if err != nil {
		return label.TrustList{}, nil, err
	}
	sc := label.Scheme{Code: fd.Code, Name: fd.Name, Hosts: []string{fd.Host}, LogOrigin: origin, LogPolicy: "log " + vkey + "\nquorum none\n"}
	policy := &Policy{Regime: fd.Regime.ID, Approvers: fd.Approvers, Bodies: fd.Bodies, MaxAgeDays: maxAgeDays}
	for _, l := range fd.levels() {
		policy.Levels = append(policy.Levels, l.ID)
		n := map[string]string{"en": l.Name}
		for lang, name := range fd.Names[l.ID] {
			n[lang] = name
		}
		sc.Levels = append(sc.Levels, label.Level{Names: n})
	}
	for _, use := range []label.Use{label.UseLabel, label.UseStatus} {
		k, err := keyEntry(use, made[string(use)], today)
		if err != nil {
			return label.TrustList{}, nil, err
		}
		sc.Keys = append(sc.Keys, k)
	}
	policy.Statement, err = key.EncodePublic(made["statement"].Public())
	return label.TrustList{Version: 1, Issued: today, Expires: today + trustDays, Roots: roots, Schemes: []label.Scheme{sc}}, policy, err
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
		var err error
		if k, err = f.newKey(string(ch.NewKey)+"-"+f.Now().Format("20060102-150405"), key.P256); err != nil {
			return err
		}
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
