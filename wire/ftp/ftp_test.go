package ftp

import (
	"bufio"
	"net"
	"strings"
	"testing"
)

func TestReadReply(t *testing.T) {
	tests := []struct {
		raw  string
		code int
		text string
		bad  bool
	}{
		{"220 (vsFTPd 3.0.3)\r\n", 220, "220 (vsFTPd 3.0.3)", false},
		{"230-Welcome\r\n to the camera\r\n230 Login successful.\r\n", 230, "230-Welcome  to the camera 230 Login successful.", false},
		{"220-a\r\n220-b\r\n220 c\r\n", 220, "220-a 220-b 220 c", false},
		{"220\n", 220, "220", false},
		{"SSH-2.0-x\r\n", 0, "", true},
		{"22\r\n", 0, "", true},
		{"-12 x\r\n", 0, "", true},
		{"220-" + strings.Repeat("x", 2000) + "\r\n", 0, "", true},
		{"220-a\r\n" + strings.Repeat("x\r\n", 200), 0, "", true},
		{"", 0, "", true},
	}
	for _, tt := range tests {
		got, err := readReply(bufio.NewReaderSize(strings.NewReader(tt.raw), lineCap))
		if (err != nil) != tt.bad || got.code != tt.code || got.text != tt.text {
			t.Errorf("%.40q: got %d %q, %v", tt.raw, got.code, got.text, err)
		}
	}
}

// TestScripted: servers that no daemon at hand plays.
func TestScripted(t *testing.T) {
	tests := []struct {
		name    string
		replies []string // greeting, then to each command
		want    Outcome
	}{
		{"no password needed", []string{"220 hi", "230 in", `257 "/"`, "221 bye"}, Accepted},
		{"yes without a proof", []string{"220 hi", "331 pw", "230 in", "530 log in first"}, Unknown},
		{"busy", []string{"421 too many users"}, Locked},
		{"locked", []string{"220 hi", "331 pw", "530 Too many failures, locked"}, Locked},
		{"needs tls", []string{"220 hi", "530 Non-anonymous sessions must use encryption."}, TLSOnly},
		{"smtp", []string{"220 cam ESMTP", "502 no such command"}, Unknown},
		{"closes", []string{"220 hi"}, Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := net.Pipe()
			defer a.Close()
			go func() {
				defer b.Close()
				r := bufio.NewReader(b)
				for i, line := range tt.replies {
					if i > 0 {
						if _, err := r.ReadString('\n'); err != nil {
							return
						}
					}
					if _, err := b.Write([]byte(line + "\r\n")); err != nil {
						return
					}
				}
			}()
			if got, err := Try(t.Context(), a, "admin", "admin"); got.Outcome != tt.want {
				t.Errorf("got %+v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestNoInjection(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	go func() {
		b.Write([]byte("220 hi\r\n"))
		b.Close()
	}()
	if _, err := Try(t.Context(), a, "x\r\nDELE y", "z"); err == nil || !strings.Contains(err.Error(), "line end") {
		t.Errorf("got %v", err)
	}
}

func FuzzReply(f *testing.F) {
	f.Add("220-a\r\n220 b\r\n")
	f.Add("230-\r\n-\r\n230-\n230\n")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := readReply(bufio.NewReaderSize(strings.NewReader(s), lineCap))
		if err == nil && (r.code < 0 || r.code > 999 || len(r.text) > 5*textCap) {
			t.Errorf("got %+v", r)
		}
	})
}
