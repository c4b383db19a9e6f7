package disclosurepolicy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/lab/webbench"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// on declares an address of the lab as that of the policy.
func on(t *testing.T, address, more string) *product.Product {
	t.Helper()
	p := webbench.Product(t, "", "targets: {web: {disclosure_policy: "+address+more+"}}\nixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: {text: x"+quotes3+"}}}\n")
	p.Dir = t.TempDir()
	return p
}

// TestNginx fetches pages of a real server through a session.
func TestNginx(t *testing.T) {
	l := lab.New(t)
	html := l.Write(t, "policy.html", "<h1>Vulnerability disclosure</h1><p>"+intro+"<p>"+ack+"<p>"+state, 0o644)
	l.Nginx(t, "22080", `server { listen 127.0.0.1:22080; root `+filepath.Dir(html)+`;
location = / { return 301 /policy.html; }
location = /old { return 301 http://127.0.0.1:22080/gone; }
location = /member { auth_basic "members only"; auth_basic_user_file `+l.Write(t, "nobody.htpasswd", "", 0o644)+`; }
location = /down { return 503; } location = /reset { return 444; }
location = /other-port { return 302 http://127.0.0.1:22081/policy.html; } }
server { listen 127.0.0.1:22081; root `+filepath.Dir(html)+`; }`)
	for _, c := range []struct {
		path               string
		published, content plimsoll.Verdict
		reason             string
	}{
		{"/policy.html", pass, pass, "without any login"},
		{"/", pass, pass, "redirected to http://127.0.0.1:22080/policy.html"},
		{"/old", fail, open, "status 404"},
		{"/member", fail, open, "status 401"},
		{"/down", open, open, "status 503"},
		{"/reset", open, open, "could not be fetched"},
		{"/other-port", open, open, "another port"},
	} {
		t.Run(strings.Trim(c.path, "/"), func(t *testing.T) {
			res := Probe.Judge(probetest.Look(t, Probe, on(t, "http://127.0.0.1:22080"+c.path, ""), l.Dial))
			a, b := probetest.Of(res, unitPublished), probetest.Of(res, unitContent)
			if len(a) != 1 || a[0].Verdict != c.published || !strings.Contains(a[0].Reason, c.reason) || len(b) != 1 || b[0].Verdict != c.content {
				t.Errorf("got %+v", res.Findings)
			}
		})
	}
}

// TestRoots: a file of roots that cannot be read costs the collection, before any
// page is fetched.
func TestRoots(t *testing.T) {
	for name, content := range map[string]string{"missing.pem": "", "garbage.pem": "no certificate"} {
		p := on(t, "https://127.0.0.1:1/", ", roots: "+name)
		if content != "" {
			if err := os.WriteFile(filepath.Join(p.Dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := probe.Rehearse(t.Context(), probe.Config{Product: p, Catalog: probetest.Catalog(t), Now: time.Now}, t.TempDir(), Probe)
		if err == nil || !strings.Contains(err.Error(), "targets.web.roots") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
