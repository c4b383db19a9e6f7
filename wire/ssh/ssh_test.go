package ssh

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
)

// message builds a version line and a KEXINIT with the given lists.
func message(lists ...string) []byte {
	p := append([]byte{kexInit}, make([]byte, 16)...)
	for _, l := range lists {
		p = binary.BigEndian.AppendUint32(p, uint32(len(l)))
		p = append(p, l...)
	}
	p = append(p, 0, 0, 0, 0, 0)
	out := []byte("hello\r\nSSH-2.0-dropbear_2012.55\r\n")
	out = binary.BigEndian.AppendUint32(out, uint32(len(p)+1+4))
	out = append(append(out, 4), p...)
	return append(out, 0, 0, 0, 0)
}

func TestReadOffer(t *testing.T) {
	b := message("diffie-hellman-group1-sha1", "ssh-rsa,ssh-dss", "3des-cbc", "3des-cbc", "hmac-md5", "hmac-md5", "none", "none", "", "")
	got, err := readOffer(bufio.NewReaderSize(bytes.NewReader(b), lineCap))
	if err != nil {
		t.Fatal(err)
	}
	if got.Software != "dropbear_2012.55" || !reflect.DeepEqual(got.HostKeys, []string{"ssh-rsa", "ssh-dss"}) || !reflect.DeepEqual(got.MACsToClient, []string{"hmac-md5"}) {
		t.Errorf("got %+v", got)
	}
	for cut := range len(b) - 5 {
		if _, err := readOffer(bufio.NewReaderSize(bytes.NewReader(b[:cut]), lineCap)); err == nil {
			t.Fatalf("cut at %d: no error", cut)
		}
	}
}

func TestNotSSH(t *testing.T) {
	for _, s := range []string{"", "HTTP/1.0 400\r\n", strings.Repeat("x\r\n", 100), strings.Repeat("x", 5000), "SSH-2.0-x\r\n\xff\xff\xff\xff\x00", "SSH-2.0-x\r\n\x00\x00\x00\x04\x08\x14\x00\x00"} {
		if o, err := readOffer(bufio.NewReaderSize(strings.NewReader(s), lineCap)); err == nil {
			t.Errorf("%.20q: got %+v", s, o)
		}
	}
	a, b := net.Pipe()
	go func() {
		io.CopyN(io.Discard, b, 10)
		b.Close()
	}()
	if l := Try(t.Context(), a, "root", "root", Options{}); l.Outcome != Closed {
		t.Errorf("closing server: got %+v", l)
	}
}

func FuzzOffer(f *testing.F) {
	f.Add(message("a,b", "c", "", "", "", "", "", ""))
	f.Add([]byte("SSH-2.0-x\r\n\x00\x00\x00\x04\x08\x14\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := readOffer(bufio.NewReaderSize(bytes.NewReader(b), lineCap))
		if err == nil && !strings.HasPrefix(o.Server, "SSH-") {
			t.Errorf("got %+v", o)
		}
	})
}
