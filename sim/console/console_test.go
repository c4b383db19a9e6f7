package console

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for _, test := range []struct {
		name, in string
		iac      bool
		want     []string
	}{
		{"line ends", "a\r\nb\nc\r\x00d\r\n", false, []string{"a", "b", "c", "d"}},
		{"negotiation", "ro\xff\xfd\x01ot\r\n", true, []string{"root"}},
		{"subnegotiation", "\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0id\r\n", true, []string{"id"}},
		{"escaped 255", "a\xff\xffb\r\n", true, []string{"a\xffb"}},
		{"rubout", "roox\x7ft\r\n", false, []string{"root"}},
		{"too long", strings.Repeat("x", maxLine+1) + "\r\n", false, nil},
		{"endless subnegotiation", "\xff\xfa" + strings.Repeat("x", maxLine+1) + "\xff\xf0a\r\n", true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newLineReader(strings.NewReader(test.in), test.iac)
			var got []string
			for {
				line, err := r.read()
				if err != nil {
					break
				}
				got = append(got, line)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestShell(t *testing.T) {
	for _, test := range []struct {
		line, want string
		more       bool
	}{
		{"echo $((123*456))", "56088\n", true},
		{`echo "a  $(( 7 - 9 ))"; id`, "a -2\nuid=0(root) gid=0(root) groups=0(root)\n", true},
		{"uname", "Linux\n", true},
		{"cat /etc/passwd", "-sh: cat: not found\n", true},
		{"echo $((999999999*999999999))", "999999998000000001\n", true},
		{"echo a; exit; echo b", "a\n", false},
		{"  ", "", true},
	} {
		got, more := runShell(test.line)
		if got != test.want || more != test.more {
			t.Errorf("%q: got %q %v, want %q %v", test.line, got, more, test.want, test.more)
		}
	}
}

// FuzzTelnet feeds what a client may send: lines stay bounded and the shell always answers.
func FuzzTelnet(f *testing.F) {
	for _, s := range []string{"root\r\nxc3511\r\nid\r\n", "\xff\xfd\x01\xff\xfa\x1f\x00\xff\xf0a\r\n", "\xff", "\xff\xfa", "echo $((1*2));;\r\n", "\x7f\x7f\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := newLineReader(bytes.NewReader(in), true)
		r.echo = io.Discard
		for {
			line, err := r.read()
			if err != nil {
				return
			}
			if len(line) > maxLine {
				t.Fatalf("line of %d bytes", len(line))
			}
			runShell(line)
		}
	})
}
