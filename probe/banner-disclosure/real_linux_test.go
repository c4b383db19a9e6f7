package bannerdisclosure

import (
	"slices"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
)

// TestRealServices: what Debian's daemons tell, and nginx as on the well-built plug.
func TestRealServices(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t)
	l.Telnetd(t, "127.0.0.1:23", `printf 'S/N: HL20260001 BusyBox v1.19.2\r\n'; exec busybox login`)
	l.Dropbear(t, "127.0.0.1:22")
	l.VSFTPD(t, "127.0.0.1:21", "")
	key, cert := l.SelfSigned(t, "ec", "sha256", 300, "/CN=device.local")
	l.Nginx(t, "8443", `server { listen 127.0.0.1:443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; location = / { return 200 "<title>Login</title>"; } }
server { listen 127.0.0.1:8443 ssl; server_tokens off; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; location = / { return 200 "<title>Login</title>"; } }`)
	p := probetest.Declare(t, "127.0.0.1", "21-23,443,8443", `Intf:
  - {id: Intf-1, type: logical, transport: tcp, port: 8443, discloses: [], discloses_security_relevant: no}
  - {id: Intf-2, type: logical, transport: tcp, port: 443, discloses: [], discloses_security_relevant: no}`)
	r := Probe.Judge(probetest.Look(t, Probe, p, l.Dial))
	for _, f := range r.Findings {
		if f.Subject == "Intf-1" && f.Verdict != plimsoll.Pass {
			t.Errorf("the plug: %s: %s", f.Verdict, f.Reason)
		}
	}
	fails := slices.Compact(probetest.Fails(r))
	want := []string{"5.6-2-1/a Intf-2", "5.6-2-2/a Intf-2", "5.6-2-2/a seen:tcp/21/ftp", "5.6-2-2/a seen:tcp/22/ssh", "5.6-2-2/a seen:tcp/23/telnet"}
	if !slices.Equal(fails, want) {
		t.Errorf("FAILs: got %q, want %q", fails, want)
	}
	if len(r.Facts) != 1 || r.Facts[0].ID != "telnet.reachable" {
		t.Errorf("facts: %+v", r.Facts)
	}
}
