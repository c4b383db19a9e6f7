package telnet

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	tests := []struct {
		said string
		want mood
	}{
		{"\r\ncam login: ", wantsUser},
		{"Username:", wantsUser},
		{"### welcome ###\r\n> $ #\r\nlogin: ", wantsUser},
		{"Password: ", wantsPassword},
		{"\r\nLogin incorrect\r\ncam login: ", wantsUser},
		{"\r\nLogin incorrect\r\n", saysNo},
		{"Access denied", saysNo},
		{"1 failed login since Tuesday\r\n~ # ", maybeShell},
		{"\x1b[6n\x1b[1;32m/ # \x1b[0m", maybeShell},
		{"Last login: Tue Nov 10 09:00:00 on pts/0\r\n$ ", maybeShell},
		{"hello", other},
		{"", other},
	}
	for _, tt := range tests {
		if got := judge(tt.said); got != tt.want {
			t.Errorf("judge(%q): got %d, want %d", tt.said, got, tt.want)
		}
	}
}

func TestDecoder(t *testing.T) {
	tests := []struct{ name, raw, text, reply string }{
		{"text", "login: ", "login: ", ""},
		{"echo", "\xff\xfb\x01a", "a", "\xff\xfd\x01"},
		{"window size is refused", "\xff\xfd\x1f", "", "\xff\xfc\x1f"},
		{"terminal type", "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", "", "\xff\xfb\x18\xff\xfa\x18\x00dumb\xff\xf0"},
		{"escaped", "a\xff\xffb", "a\xffb", ""},
		{"answered once", "\xff\xfb\x01\xff\xfb\x01", "", "\xff\xfd\x01"},
		{"nul", "a\x00b", "ab", ""},
		{"open subnegotiation", "a\xff\xfa\x18" + strings.Repeat("x", 5000), "a", ""},
	}
	for _, tt := range tests {
		var whole, split decoder
		text, reply := whole.decode([]byte(tt.raw))
		if string(text) != tt.text || string(reply) != tt.reply {
			t.Errorf("%s: got %q %q, want %q %q", tt.name, text, reply, tt.text, tt.reply)
		}
		var text2, reply2 []byte
		for _, c := range []byte(tt.raw) {
			a, b := split.decode([]byte{c})
			text2, reply2 = append(text2, a...), append(reply2, b...)
		}
		if !bytes.Equal(text, text2) || !bytes.Equal(reply, reply2) {
			t.Errorf("%s byte by byte: got %q %q", tt.name, text2, reply2)
		}
	}
}

func TestStandsAlone(t *testing.T) {
	for said, want := range map[string]bool{"x 1234 y": true, "1234": true, "91234 12345": false, "12345 1234\r\n": true, "": false} {
		if got := standsAlone(said, "1234"); got != want {
			t.Errorf("%q: got %v", said, got)
		}
	}
}

// quick keeps scripted conversations short.
var quick = Options{Quiet: 60 * time.Millisecond, Limit: 3 * time.Second}

// TestLiars are servers that look like a shell and are none.
func TestLiars(t *testing.T) {
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  Outcome
	}{
		{"echo", func(c net.Conn) { io.Copy(c, c) }, Unknown},
		{"prompt for everything", func(c net.Conn) {
			b := make([]byte, 512)
			for {
				if _, err := c.Write([]byte("\r\n~ # ")); err != nil {
					return
				}
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}, Unknown},
		{"echo and prompt", func(c net.Conn) {
			b := make([]byte, 512)
			for {
				n, err := c.Read(b)
				if err != nil {
					return
				}
				c.Write(append(b[:n], "\r\n/ # "...))
			}
		}, Unknown},
		{"prompt in the banner", func(c net.Conn) {
			c.Write([]byte("BusyBox v1.20 built-in shell (ash)\r\n# \r\nlogin: "))
			b := make([]byte, 512)
			c.Read(b)
			c.Write([]byte("Password: "))
			c.Read(b)
			c.Write([]byte("Login incorrect\r\n# login: "))
			c.Read(b)
		}, Refused},
		{"closes", func(c net.Conn) { c.Write([]byte("bye\r\n")) }, Closed},
		{"silent", func(c net.Conn) { io.Copy(io.Discard, c) }, Unknown},
		{"flood", func(c net.Conn) {
			for {
				if _, err := c.Write(bytes.Repeat([]byte("# "), 1000)); err != nil {
					return
				}
			}
		}, Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := net.Pipe()
			go func() {
				defer b.Close()
				tt.serve(b)
			}()
			defer a.Close()
			got, tr := Login(t.Context(), a, "root", "root", quick)
			if got != tt.want {
				t.Errorf("got %s, want %s: %+v", got, tt.want, tr)
			}
		})
	}
}

func TestTranscriptHidesThePassword(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	go func() {
		defer b.Close()
		buf := make([]byte, 512)
		b.Write([]byte("login: "))
		b.Read(buf)
		b.Write([]byte("Password: "))
		n, _ := b.Read(buf)
		b.Write(append(buf[:n], "login: "...))
	}()
	_, tr := Login(t.Context(), a, "root", "tr0ub4dor", quick)
	if strings.Contains(tr.Received+strings.Join(tr.Sent, " "), "tr0ub4dor") {
		t.Errorf("got %+v", tr)
	}
}

func FuzzLogin(f *testing.F) {
	f.Add([]byte("\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03\r\ncam login: "), []byte("Password: "), []byte("\r\n~ # "))
	f.Add([]byte("\xff\xfa\x18"), []byte("\xff\xff\xff"), []byte("Login incorrect"))
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		var d decoder
		for _, b := range [][]byte{first, second, third} {
			text, reply := d.decode(b)
			if len(text) > len(b) || len(reply) > 11*len(b) {
				t.Errorf("%q: %d bytes of text, %d of reply", b, len(text), len(reply))
			}
			judge(string(text))
			standsAlone(string(text), "1234567")
		}
	})
}
