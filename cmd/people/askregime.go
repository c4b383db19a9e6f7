package people

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/market"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// regimeQuestions asks what only a person can say for a regime: its own questions,
// answered with yes or no and signed.
func (o *asking) regimeQuestions(ctx context.Context, w cli.World, f *desk.Folder, k key.Signer, in *bufio.Scanner) (int, error) {
	steps, err := market.Questions(f, w.Now(), plimsoll.RegimeID(o.regime))
	if err != nil {
		return 0, err
	}
	given := 0
	for i, s := range steps {
		fmt.Fprintf(w.Out, "\n%d of %d  %s\n  %s\n", i+1, len(steps), s.ID, s.What)
		if s.Hint != "" {
			fmt.Fprintf(w.Out, "  how: %s\n", s.Hint)
		}
		at, ok, err := o.yesOrNo(w, in, s)
		switch {
		case errors.Is(err, io.EOF):
			return given, nil
		case err != nil:
			return given, err
		case !ok:
			continue
		}
		at.Date, at.Fact.Model, at.Fact.Firmware = w.Now().UTC(), f.Product.Info.Model, f.Product.Info.FirmwareVersion
		if _, err := attest.Append(ctx, filepath.Join(f.Dir, desk.AttestationsFile), at, k); err != nil {
			return given, err
		}
		given++
	}
	return given, nil
}

func (o *asking) yesOrNo(w cli.World, in *bufio.Scanner, s answer.Step) (attest.Attestation, bool, error) {
	at := attest.Attestation{Person: o.who}
	for {
		a, err := prompt(w, in, "[y]es, [n]o, [s]kip, [q]uit: ")
		if err != nil {
			return at, false, err
		}
		switch strings.ToLower(a) {
		case "q":
			return at, false, io.EOF
		case "", "s":
			return at, false, nil
		case "y", "yes", "n", "no":
			at.Fact = &attest.Fact{ID: plimsoll.FactID(s.ID), Value: strings.HasPrefix(strings.ToLower(a), "y")}
			at.Note, err = prompt(w, in, "Note (what you rest on): ")
			return at, err == nil, err
		}
	}
}
