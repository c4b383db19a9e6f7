package market

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/market"
	"github.com/plimsoll-iot/plimsoll/report/answers"
)

// doDelta tells what the markets with a plus cost beyond the others:
// answer DIR --delta uk,eu +sg.
func (o *asking) doDelta(ctx context.Context, w cli.World, open Opener, set *regime.Set, dir string, args []string) error {
	if len(o.markets) > 0 || o.all || o.plan {
		return cli.Usage(cli.Hint(errors.New("--delta stands alone: without --market, --all and --plan"), "plimsoll answer DIR --delta uk,eu +sg"))
	}
	if err := o.textOrJSON(); err != nil {
		return err
	}
	var want []string
	for _, a := range args {
		plus, ok := strings.CutPrefix(a, "+")
		if !ok || plus == "" {
			return cli.Usage(cli.Hint(errors.New("--delta takes the markets that are served already, and with a plus those to add"), "plimsoll answer DIR --delta uk,eu +sg"))
		}
		want = append(want, strings.Split(plus, ",")...)
	}
	if len(want) == 0 {
		return cli.Usage(cli.Hint(errors.New("--delta needs a market to add"), "plimsoll answer DIR --delta uk,eu +sg"))
	}
	in, err := o.input(ctx, w, open, dir)
	if err != nil {
		return err
	}
	have, err := ofMarkets(set, in, o.delta)
	if err != nil {
		return err
	}
	added, err := ofMarkets(set, in, want)
	if err != nil {
		return err
	}
	d := market.Compare(have, added)
	if o.format == "json" {
		return cli.JSON(w, d)
	}
	return answers.Delta(w.Out, d, o.delta, want, answers.Options{Verbose: o.verbose})
}

// textOrJSON refuses the formats that only an answer has.
func (o *asking) textOrJSON() error {
	if o.format != "text" && o.format != "json" {
		return cli.Usage(fmt.Errorf("--format %q: want text or json with --plan and --delta", o.format))
	}
	return nil
}

func ofMarkets(set *regime.Set, in answer.Input, markets []string) ([]*answer.Answer, error) {
	ids, err := (&asking{markets: markets}).choose(set, nil)
	if err != nil {
		return nil, err
	}
	return answersOf(set, in, ids)
}

func answersOf(set *regime.Set, in answer.Input, ids []plimsoll.RegimeID) ([]*answer.Answer, error) {
	var out []*answer.Answer
	for _, id := range ids {
		a, err := answer.For(set, id, in)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// doPlan tells the cheapest set of labels that reaches the markets.
func (o *asking) doPlan(ctx context.Context, w cli.World, open Opener, set *regime.Set, dir string, ids []string) error {
	if len(ids) > 0 || o.all {
		return cli.Usage(cli.Hint(errors.New("--plan takes markets, not regimes"), "plimsoll answer DIR --plan --market uk,sg,kr,de"))
	}
	if err := o.textOrJSON(); err != nil {
		return err
	}
	if len(o.markets) == 0 {
		return cli.Usage(cli.Hint(errors.New("--plan needs the markets that are wanted"), "plimsoll answer DIR --plan --market uk,sg,kr,de"))
	}
	if _, err := o.choose(set, nil); err != nil {
		return err
	}
	in, err := o.input(ctx, w, open, dir)
	if err != nil {
		return err
	}
	p, err := market.Find(set, in, o.markets)
	if err != nil {
		return err
	}
	if o.format == "json" {
		return cli.JSON(w, p)
	}
	return answers.Plan(w.Out, p, answers.Options{Verbose: o.verbose})
}
