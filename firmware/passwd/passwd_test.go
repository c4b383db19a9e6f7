package passwd

import (
	"bytes"
	"context"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Vectors come from libxcrypt (crypt(3)), OpenSSL's passwd and mosquitto_passwd.
var vectors = []struct{ name, field, word string }{
	{"des", "F0pCSaZ.P1Rrc", "hichiphx"},
	{"des_camera", "rJ0FHsG0ZbyZo", "ismart12"},
	{"des_second", "RdQhwfYI/a1kQ", "2601hx"},
	{"bsdi_long", "_J9..abcd0iHacu2EIVQ", "longpassword123"},
	{"md5_empty_salt", "$1$$whuMjZj.HMFoaTaZRRtkO0", "test"},
	{"md5_router", "$1$$iC.dUsGpxNNJGeOm1dFio/", "1234"},
	{"md5", "$1$abcd$11OYoCLR7K3x9aWi6RV4D1", "1234"},
	{"apr1", "$apr1$abcdefgh$mMZnMi5KMcUTRCidnJ3Px0", "admin"},
	{"sha512_rounds", "$6$rounds=1000$saltsalt$/P1WCVaM8pp5FZxHmOOtBsT19vxcDX6OE.6omlO4UZ4mvzeRfa4ngRUxwi93yFLd7rxb1uJiaTyCGVDLIRsce0", "admin"},
	{"sha256", "$5$saltsalt$ajilCybiF3oQBEfeTHO1rkbsmz9HcJplt.gHWXkRfD4", "admin"},
	{"yescrypt", "$y$j9T$abcdefgh$y7YixSZSrQy8hU6ORzd2u2Wa2NMN3ZDzpKLLnB2kgT9", "admin"},
	{"bcrypt", "$2b$05$abcdefghijklmnopqrstuu/ETYr/khvH.poOJBsjjZk.DM9FaNihe", "admin"},
	{"sha1", "{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "admin"},
}

func TestVerify(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			a := classify(v.field)
			got := Crack(context.Background(), a, []string{"wrong", v.word})
			if !got.Found || got.Password != v.word {
				t.Errorf("Crack(%q) = %+v, want %q", v.field, got, v.word)
			}
			if bad := Crack(context.Background(), a, []string{"wrong", v.word + "x"}); bad.Found && v.name != "des" && v.name != "des_camera" {
				t.Errorf("Crack(%q) found %q with a wrong word", v.field, bad.Password)
			}
		})
	}
}

// TestVerifyAgainstTools makes hashes with the system's own tools, so that our code is not its own judge.
func TestVerifyAgainstTools(t *testing.T) {
	perl := func(setting string) []string {
		return []string{"perl", "-e", "print crypt($ARGV[0],$ARGV[1])", "W", setting}
	}
	tools := map[string][]string{
		"des":         perl("zz"),
		"bsdi":        perl("_/...Zxyz"),
		"md5_empty":   perl("$1$$"),
		"sha256":      perl("$5$rounds=1234$aVeryLongSaltOver16chars$"),
		"sha512":      perl("$6$s$"),
		"yescrypt":    perl("$y$j75$abcd$"),
		"openssl_1":   {"openssl", "passwd", "-1", "-salt", "xy", "W"},
		"openssl_apr": {"openssl", "passwd", "-apr1", "-salt", "xyzxyzxy", "W"},
		"openssl_5":   {"openssl", "passwd", "-5", "-salt", "xy", "W"},
		"openssl_6":   {"openssl", "passwd", "-6", "-salt", "xy", "W"},
	}
	for name, args := range tools {
		for _, word := range []string{"a", "admin", "sixteencharslong", "a much longer pass phrase than 64 bytes of text, to cross every block border"} {
			t.Run(name, func(t *testing.T) {
				call := append([]string(nil), args...)
				for i := range call {
					if call[i] == "W" {
						call[i] = word
					}
				}
				out, err := exec.Command(call[0], call[1:]...).Output()
				if err != nil {
					t.Fatalf("%v: %v\ninstall %s: apt-get install %s", call, err, call[0], call[0])
				}
				field := strings.TrimSpace(string(out))
				if got := Crack(context.Background(), classify(field), []string{word}); !got.Found {
					t.Errorf("%q of %q: %+v", field, word, got)
				}
			})
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, file, data string
		want             []Account
	}{
		{"passwd", "/etc/passwd", "# c\nroot::0:0:root:/:/bin/sh\nbin:*:1:1:bin:/:/bin/false\nadm:x:3:4::/:\n", []Account{
			{User: "root", UID: 0, Empty: true, Shell: "/bin/sh", File: "/etc/passwd", Line: 2},
			{User: "bin", UID: 1, Locked: true, Hash: "*", Shell: "/bin/false", File: "/etc/passwd", Line: 3},
			{User: "adm", UID: 3, Locked: true, Hash: "x", File: "/etc/passwd", Line: 4},
		}},
		{"shadow", "/etc/shadow-", "root:F0pCSaZ.P1Rrc:1:0:99999:7:::\nx:!F0pCSaZ.P1Rrc:1::::::\n", []Account{
			{User: "root", UID: -1, Scheme: DES, Hash: "F0pCSaZ.P1Rrc", File: "/etc/shadow-", Line: 1},
			{User: "x", UID: -1, Locked: true, Hash: "!F0pCSaZ.P1Rrc", File: "/etc/shadow-", Line: 2},
		}},
		{"ipv6_is_no_row", "/etc/passwd", "fe80::1:2:3:4:5\nnameserver 1\n", nil},
		{"program", "/etc/passwd", "\x7fELF\x00root::0:0:::\n", nil},
		{"htpasswd", "/www/.htpasswd", "joe:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=\n", []Account{
			{User: "joe", UID: -1, Scheme: SHA1, Hash: "{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", File: "/www/.htpasswd", Line: 1},
		}},
		{"lighttpd", "/etc/lighttpd.user", "joe:hello\n", []Account{
			{User: "joe", UID: -1, Scheme: Plain, Hash: "hello", File: "/etc/lighttpd.user", Line: 1},
		}},
		{"digest", "/etc/lighttpd/x.htdigest", "joe:realm:0123456789abcdef0123456789abcdef\n", []Account{
			{User: "joe", UID: -1, Scheme: Digest, Realm: "realm", Hash: "0123456789abcdef0123456789abcdef", File: "/etc/lighttpd/x.htdigest", Line: 1},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Parse(tt.file, []byte(tt.data))
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("row %d: got %+v, want %+v", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestMosquitto(t *testing.T) {
	// mosquitto_passwd 2.0 and 1.6 of the word "mqttpass".
	v2 := classify("$7$101$c2FsdHNhbHRzYWx0$" + base64.StdEncoding.EncodeToString(pbkdf2Block("mqttpass", []byte("saltsaltsalt"), 101)))
	if v2.Scheme != MosquittoV2 || !Crack(context.Background(), v2, []string{"mqttpass"}).Found {
		t.Errorf("got %+v", v2)
	}
	if a := Parse("/etc/mosquitto/passwd", []byte("joe:"+v2.Hash+"\n")); len(a) != 1 || a[0].User != "joe" {
		t.Errorf("row of a broker: got %+v", a)
	}
}

func TestBounds(t *testing.T) {
	for _, field := range []string{
		"$6$rounds=999999999$salt$x", "$2b$31$abcdefghijklmnopqrstuu/ETYr/khvH.poOJBsjjZk.DM9FaNihe",
		"$y$jzz$abcdefgh$x", "$7$999999999$c2FsdA==$eA==", "_zzzzabcd0iHacu2EIVQ", "$7$$$", "$y$", "$2", "$6$", "$1$", "$5$rounds=x$a$b",
	} {
		start := time.Now()
		r := Crack(context.Background(), classify(field), Words())
		if d := time.Since(start); d > 3*time.Second || r.Found {
			t.Errorf("%q: %+v after %v", field, r, d)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := Crack(ctx, classify("$6$s$x"), Words()); r.Tried != 0 || r.Why == "" {
		t.Errorf("ended context: %+v", r)
	}
}

func TestWords(t *testing.T) {
	w := Words()
	if len(w) < 100 || len(w) > 500 {
		t.Errorf("%d words, want 100 to 500", len(w))
	}
	all := "\n" + strings.Join(w, "\n") + "\n"
	for _, must := range []string{"hichiphx", "2601hx", "ismart12", "1234", "admin", "root", "xc3511"} {
		if !strings.Contains(all, "\n"+must+"\n") {
			t.Errorf("%q is missing", must)
		}
	}
	group := false
	for i, l := range strings.Split(strings.TrimSpace(wordList), "\n") {
		group = group || strings.HasPrefix(l, "# Group: ")
		if !strings.HasPrefix(l, "# ") && !group {
			t.Errorf("line %d has no group", i+1)
		}
	}
}

func TestCrackTypicalFile(t *testing.T) {
	file := "root:$1$$iC.dUsGpxNNJGeOm1dFio/:0:0:::\na:uncommonxxxxx:0:0:::\nadmin:$1$abcd$uncommonuncommonunco01:0:0:::\n"
	start := time.Now()
	got := CrackAll(context.Background(), Parse("/etc/shadow", []byte(file)), Words(), 2)
	if len(got) != 3 || !got[0].Found || got[1].Found || got[2].Found {
		t.Errorf("got %+v", got)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("took %v, want < 1 s", d)
	}
}

func FuzzPasswd(f *testing.F) {
	for _, v := range vectors {
		f.Add("/etc/shadow", []byte("root:"+v.field+":1:0:99999:7:::\n"))
		f.Add("/etc/passwd", []byte("root:"+v.field+":0:0:root:/:/bin/sh\n"))
	}
	f.Add("/a/htpasswd", []byte("a:b\n"))
	f.Fuzz(func(t *testing.T, file string, data []byte) {
		for i, a := range Parse(file, data) {
			if a.Line < 1 || a.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Errorf("line %d", a.Line)
			}
			if i < 3 && cost(a) < 20000 {
				Crack(context.Background(), a, []string{"x"})
			}
		}
	})
}

func BenchmarkCrack(b *testing.B) {
	words := Words()
	for _, v := range []struct{ name, field string }{
		{"des", "zzuncommonxxx"}, {"md5crypt", "$1$abcd$x"}, {"sha512crypt", "$6$s$x"}, {"yescrypt", "$y$j9T$abcdefgh$x"}, {"bcrypt10", "$2b$10$abcdefghijklmnopqrstuu/ETYr/khvH.poOJBsjjZk.DM9FaNihe"},
	} {
		b.Run(v.name, func(b *testing.B) {
			for b.Loop() {
				r := Crack(context.Background(), classify(v.field), words)
				b.ReportMetric(float64(r.Tried), "words")
			}
		})
	}
}
