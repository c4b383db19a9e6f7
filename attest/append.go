package attest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/plimsoll-iot/plimsoll/key"
)

// Append signs an answer and adds it to the end of the file at path, which it makes
// when there is none. What stood there before is not touched: a crash leaves the old
// file or the new one. Two that append at once wait for each other. It sets KeyID,
// Previous and Digest and returns the answer with them. The caller sets Date.
func Append(ctx context.Context, path string, a Attestation, s key.Signer) (Attestation, error) {
	l := flock.New(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return a, fmt.Errorf("waiting for another command to finish with the attestations: %w", err)
	}
	a, err := appendLocked(ctx, path, a, s)
	return a, errors.Join(err, l.Unlock())
}

func appendLocked(ctx context.Context, path string, a Attestation, s key.Signer) (Attestation, error) {
	old, err := read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a, fmt.Errorf("reading the attestations: %w", err)
	}
	if len(old) == 0 {
		old = []byte(header)
	}
	before, problems := Parse(filepath.Base(path), old)
	if len(problems) >= maxProblems || len(before) == 0 && len(problems) > 0 {
		return a, fmt.Errorf("adding to the attestations: put the file right first: %s", problems[0])
	}
	if len(before) > 0 {
		a.Previous = before[len(before)-1].Digest
	} else {
		a.Previous = ""
	}
	a.KeyID = s.KeyID()
	if a, err = normal(a); err != nil {
		return a, fmt.Errorf("adding to the attestations: %w", err)
	}
	if err := check(a); err != nil {
		return a, fmt.Errorf("adding to the attestations: %w", err)
	}
	text, err := sign(ctx, &a, s, before)
	if err != nil {
		return a, fmt.Errorf("adding to the attestations: %w", err)
	}
	if old[len(old)-1] != '\n' {
		old = append(old, '\n')
	}
	b := append(old, text...)
	after, _ := Parse(filepath.Base(path), b)
	if len(after) != len(before)+1 || after[len(before)].Digest != a.Digest {
		return a, fmt.Errorf("adding to the attestations: the file would not verify (%d entries, limit %d MiB)", len(after), maxFile>>20)
	}
	if err := replace(path, b); err != nil {
		return a, fmt.Errorf("writing the attestations: %w", err)
	}
	return a, nil
}

// sign returns the text of the entry for a and sets its digest. The first entry of a
// key carries the public key.
func sign(ctx context.Context, a *Attestation, s key.Signer, before []Attestation) (string, error) {
	canon, err := Canonical(*a)
	if err != nil {
		return "", err
	}
	if len(canon) > maxEntry {
		return "", fmt.Errorf("the answer is longer than %d KiB", maxEntry>>10)
	}
	sig, err := s.Sign(ctx, key.Message(BodyType, canon))
	if err != nil {
		return "", err
	}
	a.Digest = digest(canon)
	e := entry{Attestation: *a, Signature: base64.StdEncoding.EncodeToString(sig)}
	known := false
	for _, b := range before {
		known = known || b.KeyID == a.KeyID
	}
	if !known {
		if e.PublicKey, err = key.EncodePublic(s.Public()); err != nil {
			return "", err
		}
	}
	return render(e)
}

// replace puts b in place of the file in one step.
func replace(path string, b []byte) error {
	mode := fs.FileMode(0o600)
	if st, err := os.Stat(path); err == nil {
		mode = st.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
