package modeldesignation

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
)

// TestNginx: the header, the title behind a redirect, and a page that is missing,
// from a real server.
func TestNginx(t *testing.T) {
	l := lab.New(t)
	key, cert := l.SelfSigned(t, "ec", "sha256", 300, "/CN=plug")
	l.Nginx(t, "443", `server { listen 127.0.0.1:80; return 301 https://127.0.0.1:443$request_uri; }
server { listen 127.0.0.1:443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; add_header X-Model "QP-1"; location = / { return 200 "<title>Quay Plug QP-1</title>"; } }`)
	for _, tt := range []struct {
		entry string
		want  plimsoll.Verdict
	}{
		{"{text: x, value: QP-1, read: http-header, port: 443}", plimsoll.Pass},
		{"{text: x, value: QP-1, read: http-title, port: 80}", plimsoll.Pass},
		{"{text: x, value: QP-2, read: http-title, port: 443}", plimsoll.Fail},
		{"{text: x, value: QP-1, read: http-body, port: 443, path: /none}", plimsoll.Fail},
		{"{text: x, value: QP-1, read: http-body, port: 81}", plimsoll.Inconclusive},
	} {
		p := probetest.Declare(t, "127.0.0.1", "80-81,443", "UserInfo: {model_designation: "+tt.entry+"}")
		v := probetest.Look(t, Probe, p, l.Dial)
		for _, f := range Probe.Judge(v).Findings {
			if f.Unit == unitText && f.Verdict != tt.want {
				t.Errorf("%s: got %s, want %s: %s", tt.entry, f.Verdict, tt.want, f.Reason)
			}
		}
	}
}
