package ssh_test

import (
	"slices"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/ssh"
)

func TestDropbear(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"}, lab.Account{User: "ftp-only", Password: "x", UID: 1000, Shell: "/usr/sbin/nologin"})
	l.Dropbear(t, "127.0.0.1:22")
	l.Dropbear(t, "127.0.0.1:2222", "-s") // no passwords
	tests := []struct {
		address, user, password string
		want                    ssh.Outcome
		proof                   bool
	}{
		{"127.0.0.1:22", "root", "xc3511", ssh.Accepted, true},
		{"127.0.0.1:22", "root", "wrong", ssh.Refused, false},
		{"127.0.0.1:22", "nobody-here", "xc3511", ssh.Refused, false},
		{"127.0.0.1:2222", "root", "xc3511", ssh.Refused, false},
	}
	for _, tt := range tests {
		conn, err := l.Dial(t.Context(), "tcp", tt.address)
		if err != nil {
			t.Fatal(err)
		}
		got := ssh.Try(t.Context(), conn, tt.user, tt.password, ssh.Options{})
		if got.Outcome != tt.want || (got.Proof != "") != tt.proof || got.Server != "SSH-2.0-dropbear_2022.83" || got.HostKey == nil || got.HostKey.Type != "ecdsa-sha2-nistp256" {
			t.Errorf("%s %s/%s: got %+v, want %s", tt.address, tt.user, tt.password, got, tt.want)
		}
		if wantPassword := tt.address == "127.0.0.1:22"; slices.Contains(got.Methods, "password") != wantPassword {
			t.Errorf("%s: methods %v", tt.address, got.Methods)
		}
	}
	conn, err := l.Dial(t.Context(), "tcp", "127.0.0.1:22")
	if err != nil {
		t.Fatal(err)
	}
	if got := ssh.None(t.Context(), conn, "root", ssh.Options{}); got.Outcome != ssh.Refused || !slices.Equal(got.Tried, []string{"none"}) {
		t.Errorf("none: got %+v", got)
	}
	if conn, err = l.Dial(t.Context(), "tcp", "127.0.0.1:22"); err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	offer, err := ssh.Look(t.Context(), conn)
	if err != nil || offer.Software != "dropbear_2022.83" || !slices.Contains(offer.HostKeys, "ecdsa-sha2-nistp256") || len(offer.KeyExchanges) < 3 {
		t.Errorf("offer: got %+v, %v", offer, err)
	}
}
