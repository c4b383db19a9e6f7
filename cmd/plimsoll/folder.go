package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/report"
)

// lockWait is how long a command waits for another one on the same folder.
const lockWait = 10 * time.Second

func tools(w cli.World) desk.Tools { return desk.Tools{Probes: probes(), Tool: tool(), Now: w.Now} }

// openFolder opens a product folder for this command alone. Problems of the
// declaration are printed and end it.
func openFolder(ctx context.Context, w cli.World, dir, command string) (*desk.Folder, error) {
	o := desk.Opening{Tools: tools(w), LookupEnv: w.Env, Command: command, Wait: w.Wait}
	if o.Wait == 0 {
		o.Wait = lockWait
	}
	f, err := desk.Open(ctx, dir, o)
	return f, told(w, dir, err)
}

// told shows the details of an error of the folder and adds what to type next.
func told(w cli.World, dir string, err error) error {
	var d *desk.DeclarationError
	var a *desk.AttestationError
	switch {
	case errors.As(err, &d):
		fmt.Fprint(w.Err, d.Problems)
		return cli.Hint(err, "plimsoll check "+dir)
	case errors.As(err, &a):
		for _, p := range a.Problems {
			fmt.Fprintln(w.Err, p)
		}
		return cli.Hint(err, "every answer is signed and chained: put the file back as it was, and give answers with `plimsoll ask`")
	case errors.Is(err, evidence.ErrHeld):
		return cli.Hint(err, "wait for it to end, or stop it")
	case errors.Is(err, desk.ErrOutOfDate):
		return cli.Hint(err, "plimsoll judge "+dir)
	case errors.Is(err, fs.ErrPermission):
		return cli.Hint(err, fmt.Sprintf("make %q writable, or copy it to a place that is", dir))
	case errors.Is(err, evidence.ErrStore):
		return cli.Hint(err, fmt.Sprintf("make room for %q or make it writable, and run the command again: what was kept before is safe", dir))
	}
	return err
}

// readAssessment reads assessment.json of a product folder, or a file.
func readAssessment(path string) (*plimsoll.Assessment, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		path = filepath.Join(path, desk.AssessmentFile)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(fmt.Errorf("no assessment at %q", path), "plimsoll assess DIR")
	}
	if err != nil {
		return nil, err
	}
	a, err := report.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	return a, nil
}
