package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

// BenchmarkVersion runs `plimsoll version` as a process: it must parse no data.
func BenchmarkVersion(b *testing.B) {
	bin := b.TempDir() + "/plimsoll"
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	for b.Loop() {
		if err := exec.Command(bin, "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/run")
}

// BenchmarkDemo is the whole demonstration: device, collection, judgement, report.
func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		var errs bytes.Buffer
		code := run(b.Context(), []string{"demo", b.TempDir() + "/camera"}, cli.World{
			In: strings.NewReader(""), Out: io.Discard, Err: &errs, Now: time.Now,
			Terminal: func(any) bool { return false }, Env: os.LookupEnv,
		})
		if code != cli.ExitFail {
			b.Fatalf("exit code %d\n%s", code, &errs)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-from-system")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/demo")
}

// BenchmarkJudge judges the evidence of the demonstration, catalog and folder
// already open.
func BenchmarkJudge(b *testing.B) {
	dir := b.TempDir() + "/camera"
	w := cli.World{
		In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Now: time.Now,
		Terminal: func(any) bool { return false }, Env: os.LookupEnv,
	}
	if code := run(b.Context(), []string{"demo", dir}, w); code != cli.ExitFail {
		b.Fatalf("the demonstration ended with %d", code)
	}
	f, err := openFolder(b.Context(), w, dir, "judge")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if _, err := f.Judge(w.Now()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/judge")
}
