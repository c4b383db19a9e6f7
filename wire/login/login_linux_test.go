package login_test

import (
	"slices"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/login"
	"github.com/plimsoll-iot/plimsoll/wire/telnet"
)

// short is a list with the device's own pair in the middle.
var short = []creds.Pair{{User: "admin", Password: "admin"}, {User: "root", Password: "xc3511"}, {User: "user", Password: "user"}}

// TestOracleOnTelnetd: the four faces of a real busybox telnetd.
func TestOracleOnTelnetd(t *testing.T) {
	tests := []struct {
		name, password, program string
		want                    creds.Verdict
		hits                    []string
	}{
		{"default password", "xc3511", "", creds.Works, []string{"root/xc3511"}},
		{"uncommon password", "v9fQx-71", "", creds.PairRefused, nil},
		{"no password asked", "v9fQx-71", "exec sh -i", creds.NoPasswordAsked, nil},
		{"any password works", "v9fQx-71", `printf 'cam login: '; read u; printf 'Password: '; read p; echo; exec sh -i`, creds.AnyPasswordWorks, nil},
		{"prompt in the banner", "v9fQx-71", `printf 'BusyBox # $ > \r\n'; exec busybox login`, creds.PairRefused, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t)
			l.Accounts(t, lab.Account{User: "root", Password: tt.password})
			l.Telnetd(t, "127.0.0.1:23", tt.program)
			got := creds.Ask(t.Context(), login.Telnet(l.Dial, "127.0.0.1:23", telnet.Options{}), short, creds.Options{})
			check(t, got, tt.want, tt.hits)
		})
	}
}

func check(t *testing.T, got creds.Result, want creds.Verdict, hits []string) {
	t.Helper()
	var found []string
	for _, h := range got.Hits() {
		found = append(found, h.User+"/"+h.Password)
		if h.Proof == "" {
			t.Errorf("%s/%s has no proof", h.User, h.Password)
		}
	}
	if got.Verdict != want || !slices.Equal(found, hits) {
		t.Errorf("got %s %v, want %s %v\n%+v", got.Verdict, found, want, hits, got.Attempts)
	}
}

// TestOracleOnCamera: SSH, FTP, and Basic over HTTP and HTTPS.
func TestOracleOnCamera(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"}, lab.Account{User: "user", Password: "user", UID: 1000})
	l.Dropbear(t, "127.0.0.1:22")
	l.VSFTPD(t, "127.0.0.1:21", "anonymous_enable=YES\nanon_root=/")
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "admin", "admin")
	l.HTTPD(t, "127.0.0.1:81", "IP Camera", "admin", "v9fQx-71")
	l.HTTPD(t, "127.0.0.1:82", "IP Camera", "", "")
	key, cert := l.SelfSigned(t, "rsa:2048", "sha256", 365, "/CN=cam")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "")
	tests := []struct {
		name    string
		service string
		port    uint16
		want    creds.Verdict
		hits    []string
	}{
		{"ssh", "ssh", 22, creds.Works, []string{"root/xc3511", "user/user"}},
		{"ftp", "ftp", 21, creds.Works, []string{"user/user"}},
		{"http", "http", 80, creds.Works, []string{"admin/admin"}},
		{"http with an own password", "http", 81, creds.PairRefused, nil},
		{"http without a password", "http", 82, creds.NoPasswordAsked, nil},
		{"https", "https", 443, creds.Works, []string{"admin/admin"}},
		{"nothing there", "ssh", 24, creds.Unreachable, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, ok, err := login.For(l.Dial, wire.Service{Network: "tcp", Host: "127.0.0.1", Port: tt.port, Name: tt.service})
			if !ok || err != nil {
				t.Fatalf("got %v, %v", ok, err)
			}
			check(t, creds.Ask(t.Context(), f, short, creds.Options{}), tt.want, tt.hits)
		})
	}
	anonymous := creds.Ask(t.Context(), login.FTP(l.Dial, "127.0.0.1:21"), []creds.Pair{{User: "anonymous", Password: "x"}}, creds.Options{})
	if anonymous.Verdict != creds.AnyPasswordWorks {
		t.Errorf("anonymous ftp: got %s", anonymous.Verdict)
	}
}

// TestNoDefaultOnThePlug: the whole shipped list against a device that throttles.
func TestNoDefaultOnThePlug(t *testing.T) {
	l := lab.New(t)
	users := l.Write(t, "users", "admin:{PLAIN}v9fQx-71\n", 0o644)
	l.Nginx(t, "80", `limit_req_zone $binary_remote_addr zone=z:1m rate=6r/m; limit_req_status 429;
server { listen 127.0.0.1:80; limit_req zone=z burst=5 nodelay; auth_basic "plug"; auth_basic_user_file `+users+`; location / { root /; } }`)
	f, _, err := login.For(l.Dial, wire.Service{Network: "tcp", Host: "127.0.0.1", Port: 80, Name: "http"})
	if err != nil {
		t.Fatal(err)
	}
	check(t, creds.Ask(t.Context(), f, creds.Order(creds.Defaults(), "smart plug"), creds.Options{}), creds.LockedOut, nil)
}

// TestSilentServer: a service that never answers costs no more than its limit.
func TestSilentServer(t *testing.T) {
	l := lab.New(t)
	ln, err := l.Listen(t.Context(), "tcp", "127.0.0.1:23")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	start := time.Now()
	f := login.Telnet(l.Dial, "127.0.0.1:23", telnet.Options{Quiet: 200 * time.Millisecond, Limit: 2 * time.Second})
	check(t, creds.Ask(t.Context(), f, short, creds.Options{}), creds.Unstable, nil)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
