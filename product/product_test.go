package product

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
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

// wholeProduct reads the declaration whole, with the files it names.
func wholeProduct(t *testing.T) *Product {
	t.Helper()
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
	p, ps, err := Load(dir, load(t), Options{LookupEnv: env(map[string]string{"A1_PW": "from-env"})})
	if err != nil {
		t.Fatal(err)
	}
	if e := ps.Errors(); len(e) > 0 {
		t.Fatal(e)
	}
	return p
}

func TestWhole(t *testing.T) {
	p := wholeProduct(t)
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
}

func TestRows(t *testing.T) {
	p := wholeProduct(t)
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
