// Package market holds the commands about regimes: what each asks, what it answers
// for a product, where they agree, and the papers that it wants.
//
// It must never judge evidence in another way than the product folder does, and
// never send anything.
package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/report/answers"
)

// Opener opens a product folder for one command.
type Opener func(ctx context.Context, w cli.World, dir, command string) (*desk.Folder, error)

// Commands are the commands about regimes.
func Commands(w cli.World, tool plimsoll.Tool, open Opener) []*cobra.Command {
	list := regimesCommand(w)
	list.AddCommand(exportCommand(w, tool), importCommand(w))
	return []*cobra.Command{list, answerCommand(w, open), statementCommand(w, open), risksCommand(w, open), alignCommand(w)}
}

func loadSet() (*regime.Set, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	return regime.Load(cat)
}

// day reads the value of --at: a day, or today.
func day(w cli.World, s string) (time.Time, error) {
	if s == "" {
		return w.Now().UTC().Truncate(24 * time.Hour), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, cli.Usage(fmt.Errorf("reading the day %q: want a day such as 2026-11-22", s))
	}
	return t, nil
}

func regimesCommand(w cli.World) *cobra.Command {
	var at, format string
	c := &cobra.Command{
		Use: "regimes", Short: "List the regimes with their state on a day",
		Example: "  plimsoll regimes\n  plimsoll regimes --at 2027-12-11",
		Args:    cli.Args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			set, err := loadSet()
			if err != nil {
				return err
			}
			on, err := day(w, at)
			if err != nil {
				return err
			}
			rows := []answers.Row{}
			for _, r := range set.Regimes {
				rows = append(rows, row(r, on))
			}
			switch format {
			case "text":
				return answers.Regimes(w.Out, rows)
			case "json":
				return cli.JSON(w, rows)
			}
			return cli.Usage(fmt.Errorf("--format %q: want text or json", format))
		},
	}
	c.Flags().StringVar(&at, "at", "", "the day that is asked about (default today)")
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func row(r *regime.Regime, on time.Time) answers.Row {
	out := answers.Row{
		ID: string(r.ID), Title: r.Title, Authority: r.Authority, Instrument: r.Instrument, Markets: r.Markets,
		Confidence: r.Confidence, Standard: string(r.Standard), Upcoming: []regime.Event{}, Asks: len(r.Requirements),
	}
	var since regime.Event
	out.State, since = r.StateOn(on)
	out.Since = since.Date
	for _, e := range r.Events {
		if !regime.Begun(e.Date, on) {
			out.Upcoming = append(out.Upcoming, e)
		}
	}
	return out
}

// asking holds the flags of answer.
type asking struct {
	markets    []string
	all        bool
	at, placed string
	format     string
	verbose    bool
	delta      []string
	plan       bool
}

func answerCommand(w cli.World, open Opener) *cobra.Command {
	var o asking
	c := &cobra.Command{
		Use:   "answer DIR [REGIME…]",
		Short: "What each regime says of the product, what is missing, by when",
		Long: `Answer judges the evidence of the product folder and says for each regime whether
the product is in scope, by which route, what is satisfied, supported by our reading,
not satisfied or open, the shortest list of what would satisfy it, the papers it
wants and the days that matter. "Satisfied" stands only where the rule is the legal
condition itself.

Exit codes: 0 nothing that is owed is missing, 1 could not run, 2 usage,
3 something is not satisfied, 4 something is open.`,
		Example: "  plimsoll answer camera uk-psti\n  plimsoll answer camera --market uk,eu,sg --at 2027-12-11\n  plimsoll answer camera --delta uk,eu +sg\n  plimsoll answer camera --plan --market uk,sg,kr,de",
		Args:    cli.Args(1, 100, "the product folder and regimes"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, open, a[0], a[1:]) },
	}
	f := c.Flags()
	f.StringSliceVar(&o.markets, "market", nil, "all regimes of these markets: "+strings.Join(regime.Markets(), ", "))
	f.BoolVar(&o.all, "all", false, "all regimes")
	f.StringVar(&o.at, "at", "", "answer for this day (default today)")
	f.StringVar(&o.placed, "place-on-market", "", "the day of placing on the market (default: the declared one)")
	f.StringVar(&o.format, "format", "text", "text, summary or json")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "every requirement with how it was answered")
	f.StringSliceVar(&o.delta, "delta", nil, "markets that are served already; what the markets after + add: --delta uk,eu +sg")
	f.BoolVar(&o.plan, "plan", false, "the cheapest set of labels and recognitions that reaches the markets of --market")
	return c
}

func (o *asking) run(ctx context.Context, w cli.World, open Opener, dir string, ids []string) error {
	set, err := loadSet()
	if err != nil {
		return err
	}
	switch {
	case len(o.delta) > 0:
		return o.doDelta(ctx, w, open, set, dir, ids)
	case o.plan:
		return o.doPlan(ctx, w, open, set, dir, ids)
	}
	chosen, err := o.choose(set, ids)
	if err != nil {
		return err
	}
	in, err := o.input(ctx, w, open, dir)
	if err != nil {
		return err
	}
	as, err := answersOf(set, in, chosen)
	if err != nil {
		return err
	}
	switch o.format {
	case "text":
		err = answers.Text(w.Out, as, answers.Options{Verbose: o.verbose})
	case "summary":
		err = answers.Summary(w.Out, as)
	case "json":
		err = cli.JSON(w, as)
	default:
		err = cli.Usage(fmt.Errorf("--format %q: want text, summary or json", o.format))
	}
	if err != nil {
		return err
	}
	return end(as)
}

// choose lists the regimes that are asked about, in order of their ids.
func (o *asking) choose(set *regime.Set, ids []string) ([]plimsoll.RegimeID, error) {
	var out []plimsoll.RegimeID
	add := func(id plimsoll.RegimeID) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	var known []string
	for _, r := range set.Regimes {
		known = append(known, string(r.ID))
		if o.all {
			add(r.ID)
		}
	}
	for _, id := range ids {
		if _, ok := set.Regime(plimsoll.RegimeID(id)); !ok {
			return nil, cli.Usage(cli.Hint(fmt.Errorf("unknown regime %q", id), "the regimes are "+strings.Join(known, ", ")))
		}
		add(plimsoll.RegimeID(id))
	}
	for _, m := range o.markets {
		if !slices.Contains(regime.Markets(), m) {
			return nil, cli.Usage(cli.Hint(fmt.Errorf("unknown market %q", m), "the markets are "+strings.Join(regime.Markets(), ", ")+"; --all answers every regime"))
		}
		for _, r := range set.Market(m) {
			add(r.ID)
		}
	}
	if len(out) == 0 && len(o.markets) == 0 {
		return nil, cli.Usage(cli.Hint(errors.New("answer needs regimes, --market or --all"), "plimsoll regimes lists them"))
	}
	return out, nil
}

// input judges the evidence under both editions, as of the day: regimes pin the
// edition that they speak of.
func (o *asking) input(ctx context.Context, w cli.World, open Opener, dir string) (answer.Input, error) {
	on, err := day(w, o.at)
	if err != nil {
		return answer.Input{}, err
	}
	if o.placed != "" {
		if _, err := day(w, o.placed); err != nil {
			return answer.Input{}, err
		}
	}
	f, err := open(ctx, w, dir, "answer "+dir)
	if err != nil {
		return answer.Input{}, err
	}
	defer func() { _ = f.Close() }()
	return Input(f, w.Now(), on, o.placed)
}

// Input judges a folder under both editions as of now, and asks for a day.
func Input(f *desk.Folder, now, on time.Time, placed string) (answer.Input, error) {
	in := answer.Input{Assessments: map[plimsoll.Edition]*plimsoll.Assessment{}, Day: on, Placed: placed}
	for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		a, err := f.JudgeUnder(e, now)
		if err != nil {
			return in, err
		}
		in.Assessments[e] = a
	}
	return in, nil
}

// Questions lists what a regime asks that only a person can say: of the scope and its
// exclusions, of the class, of the route, and of the requirements.
func Questions(f *desk.Folder, now time.Time, id plimsoll.RegimeID) ([]answer.Step, error) {
	set, err := loadSet()
	if err != nil {
		return nil, err
	}
	if _, err := (&asking{}).choose(set, []string{string(id)}); err != nil {
		return nil, err
	}
	in, err := Input(f, now, now, "")
	if err != nil {
		return nil, err
	}
	a, err := answer.For(set, id, in)
	if err != nil {
		return nil, err
	}
	all := append([]answer.Step{}, a.Scope.Steps...)
	for _, n := range a.Scope.Unless {
		all = answer.Merge(all, n.Steps)
	}
	for _, l := range a.Levels {
		all = answer.Merge(all, l.Steps)
		for _, n := range l.RouteIf {
			all = answer.Merge(all, n.Steps)
		}
	}
	for _, q := range a.Requirements {
		all = answer.Merge(all, q.Steps)
	}
	return slices.DeleteFunc(all, func(s answer.Step) bool { return s.Kind != answer.StepAsk }), nil
}

// end turns answers into the exit code: what is owed and fails comes first.
func end(as []*answer.Answer) error {
	open := false
	for _, a := range as {
		switch a.Status {
		case answer.NotSatisfied:
			return cli.Exit(cli.ExitFail)
		case answer.Undecided, answer.EvidenceAgainst:
			open = true
		}
	}
	if open {
		return cli.Exit(cli.ExitInconclusive)
	}
	return nil
}
