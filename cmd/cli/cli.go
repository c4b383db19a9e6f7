// Package cli is what the commands share: the world a command may touch, exit
// codes, and errors that say what to type next.
//
// It must never read a product folder or decide what a command does.
package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/evidence"
)

// The exit codes of every command.
const (
	ExitPass         = 0
	ExitCannot       = 1
	ExitUsage        = 2
	ExitFail         = 3
	ExitInconclusive = 4
	ExitTampered     = 5
)

const ExitHelp = `
Exit codes: 0 PASS, 1 could not run, 2 usage, 3 some FAIL or evidence against,
4 no FAIL but some INCONCLUSIVE, 5 not authentic.`

// World is what a command may touch besides its arguments.
type World struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) (string, bool)
	Now      func() time.Time
	Terminal func(any) bool
	Wait     time.Duration // for another command on the same folder; 0: the command's own
	Recovery time.Duration // for a device that stopped answering; 0 means a minute
}

// Color reports whether the output may be coloured.
func (w World) Color() bool {
	_, no := w.Env("NO_COLOR")
	return !no && w.Terminal(w.Out)
}

// JSON writes a value as indented JSON.
func JSON(w World, v any) error {
	e := json.NewEncoder(w.Out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Exit is an error that only carries an exit code: everything was already said.
type Exit int

// Error names the code.
func (e Exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint adds what to type next to an error.
func Hint(err error, hint string) error { return hinted{err, hint} }

type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// Usage marks an error as a mistake in the command line.
func Usage(err error) error { return usage{err} }

// Args checks the number of arguments and says what is wanted.
func Args(least, most int, want string) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		if len(got) < least || len(got) > most {
			return Usage(Hint(fmt.Errorf("%s takes %s, not %d arguments", c.CommandPath(), want, len(got)), c.CommandPath()+" --help"))
		}
		return nil
	}
}

// Code tells an error on standard error and turns it into an exit code.
func Code(w World, err error) int {
	var code Exit
	switch {
	case err == nil:
		return ExitPass
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(w.Err, "plimsoll: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	var h hinted
	if errors.As(err, &h) && h.hint != "" {
		fmt.Fprintf(w.Err, "hint: %s\n", h.hint)
	}
	var u usage
	switch {
	case errors.As(err, &u), strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "unknown flag"), strings.HasPrefix(err.Error(), "required flag"):
		return ExitUsage
	case errors.Is(err, evidence.ErrTampered):
		return ExitTampered
	}
	return ExitCannot
}

// Moment reads the value of --at: a day or a moment in RFC 3339; "" is now.
func Moment(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if layout == time.DateOnly {
				t = t.Add(24*time.Hour - time.Second) // the whole day counts
			}
			return t, nil
		}
	}
	return now, Usage(fmt.Errorf("reading --at %q: want a day such as 2026-11-22 or a moment such as 2026-11-22T10:00:00Z", s))
}
