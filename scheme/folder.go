package scheme

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Names in the folder of a scheme.
const (
	trustFile  = "trust.cose"
	rootsFile  = "roots.json"
	keysDir    = "keys"
	pendingDir = "pending"
	outboxDir  = "outbox"
	logDir     = "log"
	SiteDir    = "site"
)

// Opening says who opens a scheme and where its keys are.
type Opening struct {
	Holder     evidence.Holder
	Wait       time.Duration // for another command on the same scheme
	Passphrase key.Passphrase
	Agent      string // socket of an ssh-agent; "": none
	Now        func() time.Time
	Machine    string // what names this machine; kept salted and shortened
}

// Folder is an opened scheme, held by this process alone. Close lets others in.
type Folder struct {
	Dir   string
	State State

	o      Opening
	log    *tlog.Log
	unlock func() error
}

// Open takes a scheme for this command alone, reads its log from the first entry,
// and carries on with what an earlier command could not end: a decision in the
// outbox goes into the log, unless it stands there already.
func Open(ctx context.Context, dir string, o Opening) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(dir, trustFile)); err != nil {
		return nil, fmt.Errorf("opening the scheme %q: %w", dir, err)
	}
	unlock, err := evidence.Lock(ctx, dir, o.Holder, o.Wait)
	if err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir, o: o, unlock: unlock}
	if err := f.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the scheme %q: %w", dir, err), f.Close())
	}
	return f, nil
}

// Close ends the work on the log and lets other commands in.
func (f *Folder) Close() error {
	var err error
	if f.log != nil {
		ctx, stop := context.WithTimeout(context.Background(), closing)
		defer stop()
		err = f.log.Close(ctx)
	}
	return errors.Join(err, f.unlock())
}

// closing bounds the time that Close waits for the log to come to rest.
const closing = 10 * time.Second

// start opens the log with what the trust list says of it, folds it and empties the
// outbox.
func (f *Folder) start(ctx context.Context) error {
	signed, err := os.ReadFile(f.path(trustFile))
	if err != nil {
		return err
	}
	l, err := label.PeekTrust(signed)
	if err != nil {
		return err
	}
	if len(l.Schemes) == 0 {
		return errors.New("the trust list names no scheme")
	}
	own := &l.Schemes[0]
	if err := f.openLog(ctx, own); err != nil {
		return err
	}
	if err := f.fold(ctx); err != nil {
		return err
	}
	return f.recover(ctx)
}

// openLog opens the log that the policy in a trust list describes.
func (f *Folder) openLog(ctx context.Context, sc *label.Scheme) error {
	p, err := policy.Parse(sc.LogPolicy)
	if err != nil {
		return err
	}
	signer, err := f.find(ctx, func(pub crypto.PublicKey) bool {
		vkey, err := policy.LogKey(sc.LogOrigin, pub)
		return err == nil && slices.ContainsFunc(p.Logs(), func(l policy.Party) bool { return l.VKey == vkey })
	})
	if err != nil {
		return fmt.Errorf("the key of the log: %w", err)
	}
	f.log, err = tlog.Open(ctx, f.path(logDir), tlog.Options{Origin: sc.LogOrigin, Signer: signer, Policy: p})
	return err
}

// fold reads the entries that the state does not have yet.
func (f *Folder) fold(ctx context.Context) error {
	return f.log.Entries(ctx, f.State.Size, f.State.Apply)
}

// recover puts into the log what stands in the outbox and not yet there. After a
// crash an entry can stand in both: the log is asked first, so each decision gets
// there once.
func (f *Folder) recover(ctx context.Context) error {
	for _, dir := range []string{outboxDir, pendingDir} {
		if err := evidence.Sweep(f.path(dir)); err != nil {
			return err
		}
	}
	names, err := filepath.Glob(f.path(outboxDir, "*.cose"))
	if err != nil {
		return err
	}
	for _, name := range names {
		statement, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := f.deliver(ctx, name, statement); err != nil {
			return fmt.Errorf("delivering %q: %w", filepath.Base(name), err)
		}
	}
	return nil
}

// deliver brings one entry of the outbox into the log, waits until the log is
// published with it, and takes it out of the outbox.
func (f *Folder) deliver(ctx context.Context, name string, statement []byte) error {
	e, err := f.State.open(statement)
	if err != nil {
		return err
	}
	digest, err := e.Decision.Digest()
	if err != nil {
		return err
	}
	index, made := f.State.Made(digest)
	if !made {
		if _, err := f.State.Check(e); err != nil {
			return err
		}
		if index, err = f.log.Append(ctx, statement); err != nil {
			return err
		}
	}
	if err := f.log.Published(ctx, index); err != nil {
		return err
	}
	if err := f.fold(ctx); err != nil {
		return err
	}
	if e.Decision.Kind == KindTrust {
		if err := f.takeTrust(ctx); err != nil {
			return err
		}
	}
	if err := f.forget(pendingName(digest)); err != nil {
		return err
	}
	return os.Remove(name)
}

// takeTrust puts a new trust list into force. The log goes on under its policy: when
// other witnesses are asked for, the checkpoint is cosigned again.
func (f *Folder) takeTrust(ctx context.Context) error {
	if err := evidence.WriteFile(f.path(trustFile), f.State.Signed, 0o644); err != nil {
		return err
	}
	sc, err := f.State.Scheme()
	if err != nil {
		return err
	}
	if err := f.log.Close(ctx); err != nil {
		return err
	}
	return f.openLog(ctx, sc)
}

func (f *Folder) forget(pending string) error {
	err := os.Remove(f.path(pendingDir, pending))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f *Folder) path(parts ...string) string {
	return filepath.Join(append([]string{f.Dir}, parts...)...)
}

// Now is the moment of a decision that is made now: whole seconds in UTC.
func (f *Folder) Now() time.Time { return f.o.Now().UTC().Truncate(time.Second) }

// Log is the log of the scheme, for proofs.
func (f *Folder) Log() *tlog.Log { return f.log }

// LogDir is the folder of the log: what C2SP tlog-tiles serves stands in it.
func (f *Folder) LogDir() string { return f.path(logDir) }

// errStop ends a walk through the log.
var errStop = errors.New("stop")

// Statement is the entry of the log at an index.
func (f *Folder) Statement(ctx context.Context, index uint64) ([]byte, error) {
	var out []byte
	err := f.log.Entries(ctx, index, func(i uint64, entry []byte) error {
		out = bytes.Clone(entry)
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	if out == nil {
		return nil, fmt.Errorf("the log has no entry %d", index)
	}
	return out, nil
}

// Signer finds the private half of a key of the scheme: in the folder keys, else in
// the ssh-agent.
func (f *Folder) Signer(ctx context.Context, pub crypto.PublicKey) (key.Signer, error) {
	id, err := key.ID(pub)
	if err != nil {
		return nil, err
	}
	s, err := f.find(ctx, func(pub crypto.PublicKey) bool {
		got, err := key.ID(pub)
		return err == nil && got == id
	})
	if err != nil {
		return nil, fmt.Errorf("the private half of %s: %w", id, err)
	}
	return s, nil
}

// find looks for a key that fits.
func (f *Folder) find(ctx context.Context, fits func(crypto.PublicKey) bool) (key.Signer, error) {
	names, err := filepath.Glob(f.path(keysDir, "*.pub"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		pub, err := key.ParsePublic(strings.TrimSpace(string(b)))
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", name, err)
		}
		private := strings.TrimSuffix(name, ".pub") + ".pem"
		if _, err := os.Stat(private); err == nil && fits(pub) {
			return key.Load(private, f.o.Passphrase)
		}
	}
	if f.o.Agent == "" {
		return nil, fmt.Errorf("it is not in %s, and there is no ssh-agent", f.path(keysDir))
	}
	agent, err := key.AgentKeys(ctx, f.o.Agent)
	if err != nil {
		return nil, err
	}
	for _, k := range agent {
		if fits(k.Public()) {
			return k, nil
		}
	}
	return nil, fmt.Errorf("it is neither in %s nor in the ssh-agent", f.path(keysDir))
}

// SignerFor finds the newest key of the scheme with a use that may sign today.
func (f *Folder) SignerFor(ctx context.Context, use label.Use) (key.Signer, error) {
	sc, err := f.State.Scheme()
	if err != nil {
		return nil, err
	}
	today := label.DayOf(f.Now())
	fit := slices.DeleteFunc(slices.Clone(sc.Keys), func(k label.Key) bool {
		return k.Use != use || k.DistrustFrom != nil || today < k.SignFrom || today > k.SignUntil
	})
	if len(fit) == 0 {
		return nil, fmt.Errorf("no %s key of the scheme may sign on %s: plimsoll scheme trust DIR --new-key %s", use, today, use)
	}
	newest := slices.MaxFunc(fit, func(a, b label.Key) int { return int(a.SignFrom) - int(b.SignFrom) })
	pub, err := label.PublicKey(newest.Public)
	if err != nil {
		return nil, err
	}
	return f.Signer(ctx, pub)
}

// machine is the salted name of this machine: it can be compared within a scheme
// and tells nothing else.
func (f *Folder) machine(code string) string {
	if f.o.Machine == "" {
		return ""
	}
	return strings.TrimPrefix(string(digestOf([]byte("plimsoll machine\x00"+code+"\x00"+f.o.Machine))), "sha256:")[:16]
}

func writeJSON(path string, v any, mode fs.FileMode) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return evidence.WriteFile(path, append(b, '\n'), mode)
}
