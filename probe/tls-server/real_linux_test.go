package tlsserver

import (
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
)

// TestCameraAndPlug: stunnel as on the reference camera, with every weakness that
// its OpenSSL still has, and nginx as on the well-built plug.
func TestCameraAndPlug(t *testing.T) {
	l := lab.New(t)
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "admin", "admin")
	key, cert := l.SelfSigned(t, "rsa:1024", "sha1", 7300, "/CN=cam")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "sslVersionMin = TLSv1\nciphers = ALL:@SECLEVEL=0")
	key, cert = l.SelfSigned(t, "ec", "sha256", 7300, "/CN=plug")
	l.Nginx(t, "8443", `server { listen 127.0.0.1:8443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; ssl_protocols TLSv1.2 TLSv1.3;
 ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; location / { return 200 ok; } }`)
	p := probetest.Declare(t, "127.0.0.1", "80,443,8443", `AuthMech: []
ComMech:
  - {id: ComMech-1, transport: tcp, port: 8443, security: tls, min_version: TLS1.2}`)
	r := Probe.Judge(probetest.Look(t, Probe, p, l.Dial))
	var camera plimsoll.Finding
	for _, f := range r.Findings {
		switch {
		case f.Subject == "seen:tcp/443/tls":
			camera = f
		case f.Verdict == plimsoll.Fail:
			t.Errorf("the plug: %s %s: %s", f.Unit, f.Subject, f.Reason)
		case f.Unit == unitLink && f.Verdict != plimsoll.Pass:
			t.Errorf("the plug: %s: %s", f.Verdict, f.Reason)
		}
	}
	if camera.Verdict != plimsoll.Fail {
		t.Fatalf("the camera: got %+v", camera)
	}
	for _, want := range []string{"TLS1.0 is accepted", "TLS1.1 is accepted", "anonymous suites", "RSA key of 1024 bits", "SHA1-RSA"} {
		if !strings.Contains(camera.Reason, want) {
			t.Errorf("%q is missing: %s", want, camera.Reason)
		}
	}
	if len(r.Facts) != 1 || r.Facts[0].Value != "TLS1.0" {
		t.Errorf("facts: %+v", r.Facts)
	}
}
