package tlsserver

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// old is a scripted server: it chooses the first offered suite that it has, in
// its own order, in one version, and sends a ServerHello and a done message.
type old struct {
	version  Version
	suites   []SuiteID
	compress bool
	after    []byte // messages after the ServerHello
}

func (s old) dial(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	go func() {
		defer b.Close()
		s.serve(b)
	}()
	return a, nil
}

func (s old) serve(conn net.Conn) {
	_, body, err := readRecord(conn)
	if err != nil || len(body) < 40 {
		return
	}
	c := &cursor{body[4:], true}
	version := Version(c.num(2))
	c.take(32)
	c.vec(1)
	offered, methods := c.vec(2), c.vec(1)
	for _, id := range s.suites {
		for i := 0; i+1 < len(offered); i += 2 {
			if version < s.version || SuiteID(binary.BigEndian.Uint16(offered[i:])) != id {
				continue
			}
			conn.Write(s.hello(id, s.compress && bytes.IndexByte(methods, 1) >= 0))
			return
		}
	}
	conn.Write([]byte{recordAlert, 3, 0, 0, 2, 2, 40})
}

func (s old) hello(id SuiteID, deflate bool) []byte {
	var b buf
	b.u8(recordHandshake)
	b.u16(uint16(s.version))
	b.vec16(func(b *buf) {
		b.u8(2)
		b.vec24(func(b *buf) {
			b.u16(uint16(s.version))
			b.u8(make([]byte, 33)...)
			b.u16(uint16(id))
			if deflate {
				b.u8(1)
			} else {
				b.u8(0)
			}
		})
		b.u8(s.after...)
		b.u8(14, 0, 0, 0)
	})
	return b
}

// TestOldSuites: versions and suites that no library at hand speaks.
func TestOldSuites(t *testing.T) {
	dh512 := []byte{12, 0, 0, 70, 0, 64, 0x80}
	dh512 = append(dh512, make([]byte, 67)...)
	tests := []struct {
		name   string
		server old
		want   map[SuiteID][]string // suite: traits
	}{
		{"export over SSL 3.0", old{version: SSL30, suites: []SuiteID{0x0003, 0x0008, 0x0014, 0x0019}, after: dh512}, map[SuiteID][]string{
			0x0003: {"export", "rc4", "md5", "no-forward-secrecy"}, 0x0008: {"export", "des", "cbc", "no-forward-secrecy"},
			0x0014: {"export", "des", "cbc"}, 0x0019: {"anon", "export", "des", "cbc"},
		}},
		{"null and rc4 over TLS 1.0", old{version: TLS10, suites: []SuiteID{0x0001, 0x0002, 0x0005, 0x000a, 0xc010}}, map[SuiteID][]string{
			0x0001: {"null", "md5", "no-forward-secrecy"}, 0x0002: {"null", "no-forward-secrecy"}, 0x0005: {"rc4", "no-forward-secrecy"},
			0x000a: {"3des", "cbc", "no-forward-secrecy"}, 0xc010: {"null"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := Look(t.Context(), tt.server.dial, "192.0.2.1:443", Options{Versions: []Version{SSL30, TLS10, TLS11, TLS12}})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range res.Offers {
				if o.Accepted != (o.Version == tt.server.version) || o.Incomplete {
					t.Errorf("%s: got %+v", o.Version, o)
				}
			}
			o, _ := res.Offer(tt.server.version)
			got := map[SuiteID][]string{}
			for _, s := range o.Suites {
				got[s.ID] = s.Traits
				if s.ID == 0x0014 && s.Group != "dh-512" {
					t.Errorf("%s: group %q, want dh-512", s.Name, s.Group)
				}
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
			if !o.ServerOrder || o.SecureRenegotiation || o.Compression {
				t.Errorf("got %+v", o)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	s := old{version: TLS10, suites: []SuiteID{0x0005}, compress: true}
	res, err := Look(t.Context(), s.dial, "192.0.2.1:443", Options{Versions: []Version{TLS10}})
	if o, _ := res.Offer(TLS10); err != nil || !o.Compression {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestSilenceIsIncomplete(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		a, b := net.Pipe()
		go io.Copy(io.Discard, b)
		return a, nil
	}
	res, err := Look(t.Context(), dial, "192.0.2.1:443", Options{Versions: []Version{TLS12}, Limit: 50 * time.Millisecond})
	if o, _ := res.Offer(TLS12); err != nil || !res.Incomplete || o.Accepted || o.Error == "" {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestUnreachable(t *testing.T) {
	down := errors.New("connection refused")
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, down }
	if _, err := Look(t.Context(), dial, "192.0.2.1:443", Options{}); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	// One that dies in the middle has not refused the rest.
	n := 0
	s := old{version: TLS12, suites: []SuiteID{0x0005, 0x002f}}
	dying := func(ctx context.Context, network, address string) (net.Conn, error) {
		if n++; n > 2 {
			return nil, down
		}
		return s.dial(ctx, network, address)
	}
	res, err := Look(t.Context(), dying, "192.0.2.1:443", Options{Versions: []Version{TLS12}})
	if err != nil || !res.Incomplete {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestNotTLS(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		a, b := net.Pipe()
		go func() {
			defer b.Close()
			b.Read(make([]byte, 4096))
			b.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}()
		return a, nil
	}
	res, err := Look(t.Context(), dial, "192.0.2.1:80", Options{})
	if err != nil || !res.NotTLS || res.Handshakes > 3 {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestSuites(t *testing.T) {
	if n := len(suitesFor(TLS12)); n < 340 {
		t.Errorf("%d suites", n)
	}
	for _, id := range suitesFor(TLS12) {
		if slices.Contains(suites13, id) {
			t.Errorf("%s is offered in TLS 1.2", id.Name())
		}
	}
	if !slices.IsSorted(suites().ids) {
		t.Error("suites.tsv is not sorted")
	}
	for id, want := range map[SuiteID]string{0x0000: "TLS_NULL_WITH_NULL_NULL", 0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0x1301: "TLS_AES_128_GCM_SHA256", 0x0018: "TLS_DH_anon_WITH_RC4_128_MD5", 0xabcd: "0xabcd"} {
		if got := id.Name(); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestResultJSON(t *testing.T) {
	r := Result{Address: "a", Offers: []Offer{{Version: TLS12, Accepted: true, Suites: []Suite{{ID: 0x2f, Name: "x"}}}}, Certificates: []Certificate{}, Took: wire.Elapsed(time.Second)}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("got %+v, %v\nfrom %s", back, err, b)
	}
	d := json.NewDecoder(strings.NewReader(`{"address":"a","newer":1}`))
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Errorf("a field of a newer program: %v", err)
	}
}

func FuzzFlight(f *testing.F) {
	f.Add(old{version: TLS12}.hello(0xc02f, false))
	f.Add(old{version: SSL30, after: []byte{11, 0, 0, 6, 0, 0, 3, 0, 0, 0, 12, 0, 0, 4, 3, 0, 29, 0}}.hello(0x14, true))
	f.Add([]byte{21, 3, 1, 0, 2, 2, 40})
	f.Fuzz(func(t *testing.T, b []byte) {
		fl, err := readFlight(bytes.NewReader(b))
		if err == nil && !fl.hello && len(fl.chain) > chainCap {
			t.Errorf("got %+v", fl)
		}
		if len(fl.chain) > 0 {
			Describe(fl.chain)
		}
		keyExchange(0x0014, b)
		keyExchange(0xc02f, b)
		Describe([][]byte{b})
	})
}
