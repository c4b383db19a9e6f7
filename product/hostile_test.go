package product

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestFilesLeaveTheFolder(t *testing.T) {
	cat := load(t)
	out := folder(t, map[string]string{"secret": "outside-secret"})
	dir := folder(t, map[string]string{FileName: ""})
	if err := os.Symlink(filepath.Join(out, "secret"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../x", "a/../../x", "/etc/passwd", `a\b`, `C:/x`, "link", ".", "missing"} {
		for _, form := range []string{"  firmware: ['%s']\n", "  device: {state: factory, passwords: {admin: '@%s'}}\n"} {
			src := minimal + "targets:\n" + fmt.Sprintf(form, path)
			if err := os.WriteFile(filepath.Join(dir, FileName), []byte(src), 0o600); err != nil {
				t.Fatal(err)
			}
			p, ps, err := Load(dir, cat, Options{})
			if err != nil || len(ps.Errors()) != 1 {
				t.Errorf("%s: got %v and %v, want one error", src, err, ps.Errors())
				continue
			}
			if len(p.Targets.Firmware) > 0 || len(p.Targets.Devices) > 0 && p.Targets.Devices[0].Passwords["admin"].Known() {
				t.Errorf("%q was accepted", path)
			}
			if strings.Contains(string(p.Canonical()), "passwd") || strings.Contains(ps.String(), out) {
				t.Errorf("%q: a path of the machine is told", path)
			}
		}
	}
}

func TestSecretNeverPrinted(t *testing.T) {
	const value = "hunter2"
	p, ps := Parse("p", []byte(minimal+"targets:\n  devices: [{state: factory, passwords: {admin: hunter2, root: \"${env:PW}\"}, prots: 1}]\n"),
		load(t), Options{LookupEnv: env(map[string]string{"PW": value})})
	if got := p.Targets.Devices[0].Passwords["root"].Reveal(); got != value {
		t.Fatalf("got %q", got)
	}
	s := p.Targets.Devices[0].Passwords["admin"]
	type wrapper struct{ hidden Secret }
	js, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{
		"json": string(js), "canonical": string(p.Canonical()), "problems": ps.String(), "problems %+v": fmt.Sprintf("%+v", ps), "string": s.String(),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		outputs["secret "+verb] = fmt.Sprintf(verb, s)
		outputs["pointer "+verb] = fmt.Sprintf(verb, &s)
		outputs["unexported "+verb] = fmt.Sprintf(verb, wrapper{s})
		outputs["product "+verb] = fmt.Sprintf(verb, p)
	}
	if text, err := yaml.Marshal(p); err == nil {
		outputs["yaml"] = string(text)
	}
	for how, out := range outputs {
		if strings.Contains(out, value) || strings.Contains(out, fmt.Sprintf("%x", value)) {
			t.Errorf("%s tells the secret: %s", how, out)
		}
	}
	if got := fmt.Sprintf("%v", s); got != "[secret]" {
		t.Errorf("got %q", got)
	}
}

func TestUnsetVariable(t *testing.T) {
	src := []byte(minimal + "targets: {device: {state: factory, passwords: {admin: \"${env:NOT_SET}\"}}}\n")
	_, ps := Parse("p", src, load(t), Options{LookupEnv: env(nil)})
	if e := ps.Errors(); len(e) != 1 || !strings.Contains(e[0].Message, "NOT_SET") {
		t.Errorf("got %v", e)
	}
	p, ps := Parse("p", src, load(t), Options{LookupEnv: env(nil), SkipSecrets: true})
	if e := ps.Errors(); len(e) != 0 || p.Targets.Devices[0].Passwords["admin"].Known() {
		t.Errorf("got %v although secrets are skipped", e)
	}
}

// TestBounded shows that 100 MB, and files made to be slow, cost little.
func TestBounded(t *testing.T) {
	cat := load(t)
	dir := folder(t, map[string]string{FileName: ""})
	if err := os.Truncate(filepath.Join(dir, FileName), 100<<20); err != nil {
		t.Fatal(err)
	}
	var from, to runtime.MemStats
	runtime.ReadMemStats(&from)
	_, ps, err := Load(dir, cat, Options{})
	runtime.ReadMemStats(&to)
	if err != nil || len(ps) != 1 || !strings.Contains(ps[0].Message, "1 MiB") {
		t.Errorf("got %v and %v", err, ps)
	}
	if used := to.TotalAlloc - from.TotalAlloc; used > 20<<20 {
		t.Errorf("reading 100 MB allocated %d bytes", used)
	}
	// The first few at full size; the others show that no shape is slow by nature.
	for i, unit := range []string{"a: b\n", "[", "a: |\n", "{", "- ", "? ", "{a: ", "!a ", "&a ", "-\n ", "\"x\",", "'", "# x\n", "\t", "\r", "a:\n ", "- x #y\n", "*a ", "[],", "a: [b]\n"} {
		size := 1 << 20
		if i > 2 {
			size = 1 << 16
		}
		start := time.Now()
		_, ps := Parse("p", bytes.Repeat([]byte(unit), size/len(unit)), cat, Options{})
		if len(ps.Errors()) == 0 || len(ps) > 501 {
			t.Errorf("%q: got %d problems", unit, len(ps))
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%q took %s", unit, took)
		}
	}
}

func TestStatIsRooted(t *testing.T) {
	var asked []string
	opts := Options{
		LookupEnv: env(nil),
		Stat: func(path string) (fs.FileInfo, error) {
			asked = append(asked, path)
			return nil, fs.ErrNotExist
		},
	}
	Parse("p", []byte(minimal+"targets: {firmware: [../a, /b, 'c\\d', ok.bin]}\n"), load(t), opts)
	if !slices.Equal(asked, []string{"ok.bin"}) {
		t.Errorf("asked for %q, want only ok.bin", asked)
	}
}
