package defaultpasswords

import (
	"slices"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// real runs the probe on the daemons of a lab, at all ports of its loopback.
func real(t *testing.T, l *lab.Lab, ixit string) (*probe.View, probe.Result) {
	t.Helper()
	v := probetest.Look(t, Probe, declare(t, ixit), l.Dial)
	return v, Probe.Judge(v)
}

func verdicts(v *probe.View) map[string]creds.Verdict {
	out := map[string]creds.Verdict{}
	for _, it := range probe.Items(v, evidence.Logins) {
		for _, l := range it.Value {
			out[l.Protocol] = l.Result.Verdict
		}
	}
	return out
}

// anyPassword is a login program that lets everybody in.
const anyPassword = `printf 'cam login: '; read u; printf 'Password: '; read p; echo; exec sh -i`

// TestTelnetd: busybox telnetd with a published default; and nothing said of the
// password when none is asked, any works, or it is uncommon.
func TestTelnetd(t *testing.T) {
	tests := []struct {
		name, password, program string
		fails                   []string
		verdict                 creds.Verdict
	}{
		{"default", "xc3511", "", []string{"5.1-1-2/c seen:tcp/23/telnet"}, creds.Works},
		{"no password asked", "xc3511", "exec sh -i", []string{"5.5-4-2/a seen:tcp/23/telnet"}, creds.NoPasswordAsked},
		{"any password works", "xc3511", anyPassword, []string{"5.5-4-2/a seen:tcp/23/telnet"}, creds.AnyPasswordWorks},
		{"uncommon password", "Kelp7-lantern-Mo42", "", []string{}, creds.PairRefused},
		{"prompt in the banner", "Kelp7-lantern-Mo42", `printf 'BusyBox # $ > \r\n'; exec busybox login`, []string{}, creds.PairRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t)
			l.Accounts(t, lab.Account{User: "root", Password: tt.password})
			l.Telnetd(t, "127.0.0.1:23", tt.program)
			v, r := real(t, l, "AuthMech: []\nSoftServ: []")
			if got := fails(r); !slices.Equal(got, tt.fails) {
				t.Errorf("FAILs: got %q, want %q", got, tt.fails)
			}
			if got := verdicts(v)["telnet"]; got != tt.verdict {
				t.Errorf("got %s, want %s", got, tt.verdict)
			}
			if got, want := fact(r, "default_password.works"), tt.verdict == creds.Works; got != want {
				t.Errorf("fact default_password.works: got %v, want %v", got, want)
			}
		})
	}
}

// TestCamera: one host with the default logins of the reference camera.
func TestCamera(t *testing.T) {
	t.Parallel()
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"}, lab.Account{User: "user", Password: "user", UID: 1000})
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "admin", "admin")
	l.Dropbear(t, "127.0.0.1:22")
	l.VSFTPD(t, "127.0.0.1:21", "anonymous_enable=NO\nuserlist_enable=NO\nmax_login_fails=3")
	key, cert := l.SelfSigned(t, "rsa:1024", "sha1", 7300, "/CN=cam")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "sslVersionMin = TLSv1\nciphers = ALL:@SECLEVEL=0")
	_, r := real(t, l, `AuthMech:
  - {id: AuthMech-1, factor: password, user: human, set_by: user, surface: {protocol: https, port: 443}}`)
	want := []string{"5.1-1-2/c AuthMech-1", "5.1-1-2/c seen:tcp/21/ftp", "5.1-1-2/c seen:tcp/22/ssh", "5.1-1-2/c seen:tcp/80/http-basic"}
	if got := fails(r); !slices.Equal(got, want) {
		t.Errorf("FAILs: got %q, want %q", got, want)
	}
}

// TestNothing: services without a password to try, and the throttled login of the
// well-built plug, give no FAIL.
func TestNothing(t *testing.T) {
	t.Parallel()
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"})
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "", "")
	l.Dropbear(t, "127.0.0.1:22", "-s") // no passwords
	l.VSFTPD(t, "127.0.0.1:21", "anonymous_enable=NO\nuserlist_enable=NO")
	users := l.Write(t, "users", "admin:{PLAIN}Kelp7-lantern-Mo42\n", 0o644)
	key, cert := l.SelfSigned(t, "ec", "sha256", 30, "/CN=plug")
	l.Nginx(t, "443", `limit_req_zone $binary_remote_addr zone=z:1m rate=6r/m; limit_req_status 429;
server { listen 127.0.0.1:443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; limit_req zone=z burst=5 nodelay;
 auth_basic "plug"; auth_basic_user_file `+users+`; location / { root /; } }
server { listen 127.0.0.1:8080; return 301 https://127.0.0.1/; }`)
	v, r := real(t, l, "AuthMech: []\nSoftServ: []")
	if got := fails(r); len(got) > 0 {
		t.Errorf("FAILs: %q", got)
	}
	got := verdicts(v)
	if len(got) != 2 || got["ftp"] != creds.PairRefused || got["http-basic"] != creds.LockedOut {
		t.Errorf("got %v", got)
	}
	for _, f := range r.Findings {
		if f.Verdict == plimsoll.Inconclusive && f.Remedy == "" {
			t.Errorf("no remedy: %s", f.Reason)
		}
	}
}
