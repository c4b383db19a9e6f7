package telnet_test

import (
	"context"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/telnet"
)

// anyPassword is a login program that lets everybody in.
const anyPassword = `printf 'cam login: '; read u; printf 'Password: '; read p; echo; exec sh -i`

func TestBusyboxTelnetd(t *testing.T) {
	tests := []struct {
		name, program, user, password string
		want                          telnet.Outcome
	}{
		{"right pair", "", "root", "xc3511", telnet.Accepted},
		{"wrong password", "", "root", "wrong", telnet.Refused},
		{"no such user", "", "nobody-here", "xc3511", telnet.Refused},
		{"no password set", "", "guest", "", telnet.Accepted},
		{"shell at once", "exec sh -i", "root", "xc3511", telnet.NoLogin},
		{"shell without a prompt", "exec sh", "root", "xc3511", telnet.NoLogin},
		{"any password", anyPassword, "x", "y", telnet.Accepted},
		{"ends at once", "exit 0", "root", "xc3511", telnet.Closed},
		{"a menu", `while read l; do echo "1) reboot 2) status"; done`, "root", "xc3511", telnet.Unknown},
	}
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"}, lab.Account{User: "guest", UID: 1000})
	for i, tt := range tests {
		address := "127.0.0.1:" + string(rune('1'+i)) + "023"
		l.Telnetd(t, address, tt.program)
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			got, tr, err := telnet.Dial(ctx, l.Dial, address, tt.user, tt.password, telnet.Options{})
			if err != nil || got != tt.want {
				t.Errorf("got %s, %v, want %s\n%+v", got, err, tt.want, tr)
			}
			if (got == telnet.Accepted || got == telnet.NoLogin) != (tr.Proof != "") {
				t.Errorf("%s with proof %q", got, tr.Proof)
			}
		})
	}
}

func TestKnock(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t)
	l.Telnetd(t, "127.0.0.1:23", "")
	l.Telnetd(t, "127.0.0.1:24", "exec sh -i")
	for address, want := range map[string]telnet.Outcome{"127.0.0.1:23": telnet.Prompted, "127.0.0.1:24": telnet.NoLogin} {
		conn, err := l.Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got, tr := telnet.Knock(t.Context(), conn, telnet.Options{}); got != want {
			t.Errorf("%s: got %s, want %s: %+v", address, got, want, tr)
		}
	}
}

func TestCancel(t *testing.T) {
	l := lab.New(t)
	ln, err := l.Listen(t.Context(), "tcp", "127.0.0.1:23")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	got, _, err := telnet.Dial(ctx, l.Dial, "127.0.0.1:23", "root", "root", telnet.Options{Quiet: 20 * time.Second})
	if err != nil || got != telnet.Unknown || time.Since(start) > time.Second {
		t.Errorf("got %s, %v after %v", got, err, time.Since(start))
	}
}
