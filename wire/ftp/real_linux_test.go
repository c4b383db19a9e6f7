package ftp_test

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/ftp"
)

func TestVSFTPD(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "cam", Password: "cam123", UID: 1000})
	l.VSFTPD(t, "127.0.0.1:21", "anonymous_enable=NO\nuserlist_enable=NO")
	l.VSFTPD(t, "127.0.0.1:2121", "anonymous_enable=YES\nanon_root=/")
	tests := []struct {
		address, user, password string
		want                    ftp.Outcome
	}{
		{"127.0.0.1:21", "cam", "cam123", ftp.Accepted},
		{"127.0.0.1:21", "cam", "wrong", ftp.Refused},
		{"127.0.0.1:21", "nobody-here", "cam123", ftp.Refused},
		{"127.0.0.1:21", "anonymous", "x@example.invalid", ftp.Refused},
		{"127.0.0.1:2121", "anonymous", "x@example.invalid", ftp.Accepted},
	}
	for _, tt := range tests {
		conn, err := l.Dial(t.Context(), "tcp", tt.address)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ftp.Try(t.Context(), conn, tt.user, tt.password)
		conn.Close()
		if err != nil || got.Outcome != tt.want || got.Greeting != "220 (vsFTPd 3.0.3)" || (got.Proof != "") != (tt.want == ftp.Accepted) {
			t.Errorf("%s %s/%s: got %+v, %v, want %s", tt.address, tt.user, tt.password, got, err, tt.want)
		}
	}
	conn, err := l.Dial(t.Context(), "tcp", "127.0.0.1:21")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := ftp.None(t.Context(), conn); err != nil || got.Outcome != ftp.Refused {
		t.Errorf("without a login: got %+v, %v", got, err)
	}
}
