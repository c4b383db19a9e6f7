package tlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Tessera has a client of tlog-witness too. It is not used: it lets two witnesses
// that lag behind by different sizes write to one map at once, which ends the
// process, and it reads answers without a bound.

// asked is a witness that the log asks for cosignatures.
type asked struct {
	policy.Party
	client *http.Client
	size   uint64 // what it is thought to have cosigned last
}

// askable lists the witnesses of the policy that have a URL, and checks that they
// can make the quorum.
func (l *Log) askable() ([]*asked, error) {
	c := l.o.Client
	if c == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		l.end = append(l.end, t.CloseIdleConnections)
		c = &http.Client{Transport: t}
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var out []*asked
	var could []policy.Party
	for _, w := range l.o.Policy.Witnesses() {
		if w.URL != "" {
			out = append(out, &asked{Party: w, client: &own})
			could = append(could, w)
		}
	}
	if !l.o.Policy.Enough(could) {
		return nil, errors.New("the witnesses of the policy that have a URL cannot make its quorum: add the URLs to their lines")
	}
	return out, nil
}

// conflict is a witness's answer that it has cosigned another size than it was told.
type conflict struct{ size uint64 }

func (c conflict) Error() string { return fmt.Sprintf("it has cosigned %d entries", c.size) }

// add sends a checkpoint with the proof that it continues the tree of old, and
// returns the signature lines of the answer (tlog-witness, "add-checkpoint").
func (w *asked) add(ctx context.Context, old uint64, path [][]byte, signed []byte) ([]byte, error) {
	b := fmt.Appendf(nil, "old %d\n", old)
	for _, h := range path {
		b = append(base64.StdEncoding.AppendEncode(b, h), '\n')
	}
	b = append(append(b, '\n'), signed...)
	status, kind, answer, err := w.do(ctx, http.MethodPost, "/add-checkpoint", b)
	if err != nil {
		return nil, err
	}
	switch {
	case status == http.StatusOK:
		return answer, nil
	case status == http.StatusConflict && kind == "text/x.tlog.size":
		if n, ok := decimal(bytes.CutSuffix(answer, []byte("\n"))); ok {
			return nil, conflict{n}
		}
	}
	return nil, fmt.Errorf("it answers %d %s: %.200q", status, http.StatusText(status), answer)
}

func (w *asked) do(ctx context.Context, method, path string, body []byte) (status int, kind string, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(w.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", nil, err
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, policy.MaxCheckpoint))
	return resp.StatusCode, resp.Header.Get("Content-Type"), answer, err
}

// cosign collects cosignatures on a signed checkpoint until the policy accepts it.
func (l *Log) cosign(ctx context.Context, head policy.Head, signed []byte) (*policy.Checkpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, l.o.WitnessTimeout)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel() // before the wait
	type answer struct {
		line []byte
		err  error
	}
	answers, bare := make(chan answer, len(l.asked)), signed // signed grows below
	for _, w := range l.asked {
		wg.Go(func() {
			line, err := l.cosignature(ctx, w, head, bare)
			if err != nil {
				err = fmt.Errorf("witness %q: %w", w.Name, err)
			}
			answers <- answer{line, err}
		})
	}
	c, err := l.o.Policy.Open(signed, l.o.Origin)
	var problems []error
	for range l.asked {
		if err == nil {
			break
		}
		a := <-answers
		if a.err != nil {
			problems = append(problems, a.err)
			continue
		}
		signed = append(bytes.Clone(signed), a.line...)
		c, err = l.o.Policy.Open(signed, l.o.Origin)
	}
	if err != nil {
		return nil, errors.Join(append([]error{err}, problems...)...)
	}
	return c, nil
}

// rounds bounds how often one witness may answer that it stands elsewhere.
const rounds = 3

// cosignature asks one witness and returns its signature line, verified.
func (l *Log) cosignature(ctx context.Context, w *asked, head policy.Head, signed []byte) ([]byte, error) {
	w.size = min(w.size, head.Size)
	for range rounds {
		path, err := l.consistency(ctx, w.size, head.Size)
		if err != nil {
			return nil, err
		}
		lines, err := w.add(ctx, w.size, path, signed)
		if at := (conflict{}); errors.As(err, &at) {
			if at.size > head.Size {
				return nil, fmt.Errorf("%w: %w, the log has %d", ErrRolledBack, err, head.Size)
			}
			w.size = at.size
			continue
		}
		if err != nil {
			return nil, err
		}
		n, err := note.Open(append(bytes.Clone(signed), lines...), note.VerifierList(w.Verifier))
		if err != nil {
			return nil, fmt.Errorf("its cosignature: %w", err)
		}
		w.size = head.Size
		return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
	}
	return nil, errors.New("it names another size each time it is asked")
}

// checkWitnesses asks every witness what it has seen of the log, of which size
// entries are on disk. A witness that cannot be reached, or that shows what the
// key of the log has not signed, is passed over: it cannot cosign either.
func (l *Log) checkWitnesses(ctx context.Context, size uint64) error {
	ctx, cancel := context.WithTimeout(ctx, l.o.WitnessTimeout)
	defer cancel()
	errs := make([]error, len(l.asked))
	var wg sync.WaitGroup
	for i, w := range l.asked {
		wg.Go(func() { errs[i] = l.checkWitness(ctx, w, size) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *Log) checkWitness(ctx context.Context, w *asked, size uint64) error {
	var now []byte
	if l.published != nil {
		now = l.published.Note
	}
	seen, err := l.seenBy(ctx, w)
	switch {
	case err != nil:
		l.o.Logger.Warn("a witness does not show what it has seen", "witness", w.Name, "reason", err)
	case seen.Size > size:
		return diverges(fmt.Errorf("%w: the folder has %d entries, witness %q has cosigned %d", ErrRolledBack, size, w.Name, seen.Size), seen.Note, now)
	default:
		root, err := l.root(ctx, seen.Size, size)
		if err != nil {
			return err
		}
		if root != seen.Root {
			return diverges(fmt.Errorf("%w: two roots for its first %d entries, here and at witness %q", ErrForked, seen.Size, w.Name), seen.Note, now)
		}
	}
	if now == nil {
		return nil // publishing the first checkpoint will ask
	}
	// What a witness shows may be an hour old. What it answers to a checkpoint is not;
	// this one was published before, so nothing new is signed.
	at := conflict{}
	if _, err := w.add(ctx, 0, nil, now); errors.As(err, &at) && at.size > size {
		return fmt.Errorf("%w: the folder has %d entries, witness %q says that it has cosigned %d and shows no proof; if it lies, take it out of the policy", ErrRolledBack, size, w.Name, at.size)
	}
	return nil
}

// seenBy fetches what a witness has cosigned last (tlog-witness, "Monitor Retrieval
// Mechanism"). It must bear the signature of the log.
func (l *Log) seenBy(ctx context.Context, w *asked) (*policy.Checkpoint, error) {
	hash := sha256.Sum256([]byte(l.o.Origin))
	status, _, b, err := w.do(ctx, http.MethodGet, "/"+hex.EncodeToString(hash[:])+"/checkpoint", nil)
	if err != nil {
		return nil, err
	}
	if status == http.StatusNotFound {
		return &policy.Checkpoint{Head: policy.Head{Origin: l.o.Origin, Root: sha256.Sum256(nil)}}, nil
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("it answers %d %s", status, http.StatusText(status))
	}
	_, head, err := policy.OpenWith(b, l.o.Origin, l.own)
	if err != nil {
		return nil, err
	}
	return &policy.Checkpoint{Head: head, Note: b}, nil
}
