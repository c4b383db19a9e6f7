package product

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/goccy/go-yaml"
)

var update = flag.Bool("update", false, "write the golden files")

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// env is an environment of the test's own.
func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// folder writes a product folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestProblems holds what is said of each file of testdata/problems to its golden.
func TestProblems(t *testing.T) {
	cat := load(t)
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("got %d files and %v, want at least 15", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := folder(t, map[string]string{FileName: string(src), "firmware/image.bin": "x", "documents/guide.pdf": "x", "secrets/pw": "golden-secret-file\n"})
			opts := Options{LookupEnv: env(map[string]string{"SET_PW": "golden-secret-env"})}
			_, ps, err := Load(dir, cat, opts)
			if err != nil {
				t.Fatal(err)
			}
			got := ps.String()
			for _, secret := range []string{"golden-secret", "hunter2"} {
				if strings.Contains(got, secret) {
					t.Errorf("the problems tell a secret:\n%s", got)
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			_, again, _ := Load(dir, cat, opts)
			if again.String() != got {
				t.Error("a second reading gives other problems")
			}
		})
	}
}

const minimal = `schema: plimsoll.product/1
product: {name: Cam}
standard: en303645-2.1.1
`

func TestSourceText(t *testing.T) {
	p, ps := Parse("p", []byte(`schema: plimsoll.product/1
product:
  name: yes
  model: 007
  firmware_version: 2.10
  factory_firmware: 1_000
  hardware: 0x1F
  runtime: .inf
  trade_names: [on, 1e3, 2026-01-02, "a: b"]
standard: en303645-2.1.1
`), load(t), Options{})
	if e := ps.Errors(); len(e) > 0 {
		t.Fatal(e)
	}
	i := p.Info
	got := append([]string{i.Name, i.Model, i.FirmwareVersion, i.FactoryFirmware, i.Hardware, i.Runtime}, i.TradeNames...)
	want := []string{"yes", "007", "2.10", "1_000", "0x1F", ".inf", "on", "1e3", "2026-01-02", "a: b"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if c := string(p.Canonical()); !strings.Contains(c, `"firmware_version":"2.10"`) || !strings.Contains(c, `"model":"007"`) {
		t.Errorf("the canonical form changed the texts: %s", c)
	}
}

func TestWhole(t *testing.T) {
	dir := folder(t, map[string]string{
		FileName:             whole,
		"firmware/a.bin":     "x",
		"firmware/b.bin":     "x",
		"captures/s.pcapng":  "x",
		"app/h.apk":          "x",
		"roots.pem":          "x",
		"documents/g.pdf":    "x",
		"documents/cert.pdf": "x",
		"secrets/pw":         "from-file\r\n",
	})
	cat := load(t)
	p, ps, err := Load(dir, cat, Options{LookupEnv: env(map[string]string{"A1_PW": "from-env"})})
	if err != nil {
		t.Fatal(err)
	}
	if e := ps.Errors(); len(e) > 0 {
		t.Fatal(e)
	}
	d := p.Targets.Devices[0]
	checks := []struct{ got, want any }{
		{p.Info.Manufacturer.Name, "Harbour Lights Ltd"},
		{p.Info.Services, []Service{{Name: "Harbour Cloud", Release: "2026-05", URL: "https://cloud.example.com"}, {Name: "Time"}}},
		{*p.Info.Constrained, Constrained{Is: false}},
		{d.Ports, []PortRange{{First: 1, Last: 65535}}},
		{d.UDPPorts, []PortRange{{First: 53, Last: 53}, {First: 67, Last: 68}, {First: 5353, Last: 5353}}},
		{d.State, plimsoll.StateInitialized},
		{d.Passwords["admin"].Reveal(), "from-env"},
		{d.Passwords["user"].Reveal(), "from-file"},
		{d.Passwords["root"].Reveal(), ""},
		{p.Targets.Firmware, []Firmware{{File: "firmware/a.bin", Version: "2.4.1", Released: "2026-05-02"}, {File: "firmware/b.bin"}}},
		{p.Targets.Captures, []Capture{{File: "captures/s.pcapng", Device: "02:00:5e:10:00:01", Phase: "setup"}}},
		{p.Targets.App, []string{"app/h.apk"}},
		{p.Targets.Web.Roots, "roots.pem"},
		{p.Targets.Documents, map[string]string{"user_guide": "documents/g.pdf"}},
		{p.ICS["5.1-2"], Claim{Support: plimsoll.SupportNA, Reason: "no pre-installed passwords", Line: 36}},
		{p.ICS["5.5-1"].External, &External{Document: "documents/cert.pdf", Scope: "all", Issuer: "Lab", Until: "2030-01-01"}},
		{p.Labels, []plimsoll.HeldLabel{{Scheme: "sg-cls", Level: "2", ID: "CSA/1", Until: "2028-03-31"}}},
		{p.Waivers, []plimsoll.Waiver{{Unit: "5.6-2-2/a", Subject: "Intf-2", Owner: "A", Until: "2026-12-31", Reason: "later"}}},
		{p.Policy, Policy{FeedMaxAge: 7 * 24 * time.Hour, Countersign: []plimsoll.UnitID{"5.4-1-2/a"}}},
		{p.Identity().SupportUntil, "2031-01-15"},
	}
	for i, c := range checks {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%d: got %+v, want %+v", i, c.got, c.want)
		}
	}
	r, _ := p.Row("AuthMech", "AuthMech-1")
	if n, ok := r.Int("rate_limit.attempts"); !ok || n != 5 {
		t.Errorf("got %d attempts", n)
	}
	if w, ok := r.Duration("rate_limit.window"); !ok || w != 5*time.Minute {
		t.Errorf("got a window of %s", w)
	}
	if r.Bool("network") != plimsoll.True || r.Bool("changeable") != plimsoll.Unknown || r.Bool("unique_per_unit") != plimsoll.False {
		t.Error("the booleans of AuthMech-1 are wrong")
	}
	u := p.Rows("UserInfo")[0]
	if u.ID != "UserInfo" || u.Text("model_designation") != "HC-2" || !u.Has("support_period") || u.Text("support_period.until") != "2031-01-15" || u.Text("support_period") != "" {
		t.Errorf("got the user information %+v", u)
	}
	if l, ok := p.Rows("SoftServ")[0].List("authentication"); !ok || l == nil || len(l) != 0 {
		t.Error("an empty list is not read as one")
	}
	if !p.Declared("TelData") || len(p.Rows("TelData")) != 0 || p.Declared("ExtSens") {
		t.Error("an empty table is declared, an absent one is not")
	}
}

const whole = `schema: plimsoll.product/1
product:
  manufacturer: {name: Harbour Lights Ltd, address: Quay 1, email: a@example.com, telephone: "+44"}
  name: Harbour Cam 2
  model: HC-2
  services: [{name: Harbour Cloud, release: 2026-05, url: https://cloud.example.com}, Time]
  category: ip-camera
  support: {from: 2026-01-15, until: 2031-01-15, url: https://example.com/support}
  constrained: {is: no}
standard: en303645-2.1.1
assessor: {role: first-party}
targets:
  device:
    serial: A1
    mac: 02:00:5E:10:00:01
    address: 192.0.2.10
    address6: 2001:db8::10
    wan: 198.51.100.10
    ports: 1-65535
    udp_ports: [53, 67-68, 5353]
    state: initialized
    passwords:
      admin: "${env:A1_PW}"
      user: "@secrets/pw"
      root: ""
  firmware: [{file: firmware/a.bin, version: 2.4.1, released: 2026-05-02}, firmware/b.bin]
  captures: [{file: captures/s.pcapng, device: 02:00:5e:10:00:01, phase: setup}]
  app: [app/h.apk]
  web:
    disclosure_policy: https://example.com/policy
    roots: roots.pem
  documents: {user_guide: documents/g.pdf}
ics:
  5.1-1:
    support: yes
  5.1-2: {support: n/a, reason: no pre-installed passwords}
  5.5-1: {support: yes, external: {document: documents/cert.pdf, scope: all, issuer: Lab, until: 2030-01-01}}
ixit:
  AuthMech:
    - id: AuthMech-1
      factor: password
      network: yes
      unique_per_unit: false
      rate_limit: {attempts: 5, window: 5m, action: lockout}
  UserInfo:
    model_designation: HC-2
    support_period: {until: 2031-01-15}
  SoftServ:
    - {id: SoftServ-1, authentication: []}
  TelData: []
labels: [{scheme: sg-cls, level: "2", id: CSA/1, until: 2028-03-31}]
waivers: [{unit: 5.6-2-2/a, subject: Intf-2, owner: A, until: 2026-12-31, reason: later}]
policy: {feed_max_age: 7d, countersign: [5.4-1-2/a]}
`

func TestLoadErrors(t *testing.T) {
	cat := load(t)
	cases := []struct {
		name string
		dir  func(t *testing.T) string
		want string
	}{
		{"no folder", func(t *testing.T) string { return filepath.Join(t.TempDir(), "camera") }, "plimsoll init"},
		{"no file", func(t *testing.T) string { return t.TempDir() }, "no product.yaml in"},
		{"folder as file", func(t *testing.T) string {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, FileName), 0o755); err != nil {
				t.Fatal(err)
			}
			return dir
		}, "product.yaml is a folder, not a file"},
		{"file as folder", func(t *testing.T) string { return filepath.Join(folder(t, map[string]string{"a": ""}), "a") }, "not a directory"},
		{"link out of the folder", func(t *testing.T) string {
			out, dir := folder(t, map[string]string{FileName: minimal}), t.TempDir()
			if err := os.Symlink(filepath.Join(out, FileName), filepath.Join(dir, FileName)); err != nil {
				t.Fatal(err)
			}
			return dir
		}, "path escapes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, _, err := Load(c.dir(t), cat, Options{})
			if p != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

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
	for _, unit := range []string{"[", "{", "- ", "? ", "{a: ", "a: b\n", "a: |\n", "!a ", "&a ", "-\n ", "\"x\",", "'", "# x\n", "\t", "\r", "a:\n ", "- x #y\n", "*a ", "[],", "a: [b]\n"} {
		start := time.Now()
		_, ps := Parse("p", bytes.Repeat([]byte(unit), (1<<20)/len(unit)), cat, Options{})
		if len(ps.Errors()) == 0 || len(ps) > 501 {
			t.Errorf("%q: got %d problems", unit, len(ps))
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q took %s", unit, took)
		}
	}
}

func TestSchemaHoldsTemplates(t *testing.T) {
	cat := load(t)
	js := Schema(cat)
	if !bytes.Equal(js, Schema(cat)) {
		t.Error("the schema differs from call to call")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:"+SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("urn:" + SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(src []byte) error {
		js, err := yaml.YAMLToJSON(src)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	if len(Categories()) < 8 {
		t.Fatalf("got the categories %v", Categories())
	}
	for _, category := range Categories() {
		src, ok := Template(category)
		if !ok {
			t.Fatalf("no template %q", category)
		}
		if err := validate(src); err != nil {
			t.Errorf("%s: %v", category, err)
		}
	}
	if err := validate([]byte(whole)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		minimal + "colour: blue\n", "schema: plimsoll.product/1\n", minimal + "ics: {5.1-1: {support: maybe}}\n",
		minimal + "ixit: {AuthMech: [{factor: password}]}\n", minimal + "targets: {device: {ports: 70000}}\n", minimal + "ixit: {Conf: {x: y}}\n",
	} {
		if validate([]byte(bad)) == nil {
			t.Errorf("the schema takes\n%s", bad)
		}
	}
}

// TestTemplates: a template has no error, claims nothing, declares no row, and
// answers every provision with a place to fill in.
func TestTemplates(t *testing.T) {
	cat := load(t)
	for _, category := range Categories() {
		t.Run(category, func(t *testing.T) {
			src, _ := Template(category)
			p, ps := Parse(FileName, src, cat, Options{})
			if e := ps.Errors(); len(e) > 0 {
				t.Errorf("got errors:\n%s", e)
			}
			for _, w := range ps {
				if w.Remedy == "" || w.Line == 0 {
					t.Errorf("no remedy or place: %v", w)
				}
			}
			if len(ps) == 0 || p.Info.Category != category || len(p.ICS) > 0 {
				t.Errorf("got %d problems, category %q, %d claims", len(ps), p.Info.Category, len(p.ICS))
			}
			for _, f := range p.Facts(cat) {
				if f.ID != "product.category" {
					t.Errorf("an untouched template states the fact %s = %v", f.ID, f.Value)
				}
			}
			for _, prov := range cat.Edition(plimsoll.EditionV2) {
				if !bytes.Contains(src, []byte("\n  "+string(prov.ID)+":")) {
					t.Errorf("no line for %s", prov.ID)
				}
			}
			for _, tab := range cat.Tables {
				if !bytes.Contains(src, []byte("\n  "+string(tab.ID)+":")) {
					t.Errorf("no table %s", tab.ID)
				}
			}
			confirmed := regexpObserved.ReplaceAll(src, nil)
			if _, ps := Parse(FileName, confirmed, cat, Options{}); len(ps.Errors()) > 0 {
				t.Errorf("with its proposals confirmed:\n%s", ps.Errors())
			}
		})
	}
	if _, ok := Template("../templates/toy"); ok {
		t.Error("a path is taken for a category")
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
