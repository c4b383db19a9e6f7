package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Prove makes the check of a label's proof from two files of a site: the entry of the
// log and its proof (C2SP tlog-proof). The entry must issue exactly this token. That
// its approvals are good is for those who read the whole log; the signed log vouches
// that they can.
func Prove(statement, proof []byte) verify.Proof {
	return func(_ context.Context, t label.Token, s *label.Scheme) (verify.Inclusion, error) {
		p, err := policy.Parse(s.LogPolicy)
		if err != nil {
			return verify.Inclusion{}, fmt.Errorf("the policy of %s for its log: %w", s.Code, err)
		}
		in, err := tlog.CheckProof(proof, statement, s.LogOrigin, p)
		if err != nil {
			return verify.Inclusion{}, err
		}
		e, err := scheme.ReadEntry(statement)
		if err != nil {
			return verify.Inclusion{}, fmt.Errorf("reading the entry of the log: %w", err)
		}
		if e.Decision.Kind != scheme.KindGrant || !bytes.Equal(e.Token, t.Bytes()) {
			return verify.Inclusion{}, errors.New("the entry of the log is about another label")
		}
		return verify.Inclusion{Origin: in.Origin, Index: in.Index}, nil
	}
}
