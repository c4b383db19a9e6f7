package tlsserver

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21300

func rehearse(t *testing.T, cfg sim.Config) probe.Result {
	t.Helper()
	cfg.Base = testBase
	d, p := probetest.Start(t, cfg)
	defer d.Close()
	v, again := probetest.Look(t, Probe, p, nil), probetest.Look(t, Probe, p, nil)
	if a, b := probe.Items(v, Servers), probe.Items(again, Servers); len(a) != 1 || len(b) != 1 || a[0].Digest != b[0].Digest {
		t.Error("two looks at one device differ")
	}
	return Probe.Judge(v)
}

// flawed gives what each flaw must show; the design is contradicted for both TLS
// services of the device, the admin page and MQTT, unless the flaw is in one.
func TestTwins(t *testing.T) {
	against := []string{"5.1-3-1/c AuthMech-1", "5.5-1-1/c ComMech-1", "5.5-1-1/c ComMech-2"}
	flawed := map[string][]string{
		"":             {},
		"tls10":        {"5.1-3-1/c AuthMech-1", "5.1-3-2/a AuthMech-1", "5.5-1-1/c ComMech-1", "5.5-1-2/a ComMech-1"},
		"weak-key":     slices.Concat(against, []string{"5.5-1-2/a ComMech-1", "5.5-1-2/a ComMech-2"}),
		"expired-cert": against,
		"sha1-cert":    against,
	}
	for _, f := range sim.Flaws() {
		if _, ok := flawed[f.Name]; f.Probe == Probe.Name && !ok {
			t.Errorf("flaw %q has no test", f.Name)
		}
	}
	for _, kind := range sim.Kinds() {
		for flaw, want := range flawed {
			t.Run(kind+"/"+flaw, func(t *testing.T) {
				r := rehearse(t, sim.Config{Kind: kind, Flaws: probetest.Flaws(flaw)})
				passes := []string{}
				for _, f := range r.Findings {
					if f.Verdict == plimsoll.Pass {
						passes = append(passes, string(f.Unit)+" "+f.Subject)
					}
				}
				if got := slices.Compact(probetest.Fails(r)); !slices.Equal(got, want) {
					t.Errorf("FAILs: got %q, want %q", got, want)
				}
				if good := "5.5-1-2/a ComMech-1 5.1-3-2/a AuthMech-1 5.5-1-2/a ComMech-2"; flaw == "" && strings.Join(passes, " ") != good {
					t.Errorf("PASSes: got %q, want %q", passes, good)
				}
			})
		}
	}
}
