package tlsserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// flight is what was read of a server's first flight.
type flight struct {
	hello         bool // a ServerHello came
	version       Version
	suite         SuiteID
	compression   byte
	renegotiation bool
	group         string
	chain         [][]byte // DER, leaf first
	alert         int      // description of the alert that came instead; -1: none
}

var (
	errNotTLS = errors.New("the server does not speak TLS")
	errShort  = errors.New("the message ends early")
)

const (
	recordCap = 1<<14 + 2048 // RFC 5246, 6.2.3
	flightCap = 256 << 10    // bytes of one first flight
	chainCap  = 32           // certificates of one chain
)

// readFlight reads records until ServerHelloDone, an alert, or, in TLS 1.3,
// the ServerHello, after which everything is encrypted. A flight that ends
// after the ServerHello is no error.
func readFlight(r io.Reader) (flight, error) {
	f := flight{alert: -1}
	var pending []byte
	total := 0
	for {
		kind, body, err := readRecord(r)
		if err != nil {
			if f.hello && !errors.Is(err, errNotTLS) {
				return f, nil
			}
			return f, err
		}
		if total += len(body); total > flightCap {
			return f, fmt.Errorf("the server's first flight is longer than %d bytes", flightCap)
		}
		switch kind {
		case recordAlert:
			if len(body) >= 2 && !f.hello {
				f.alert = int(body[1])
			}
			return f, nil
		case recordHandshake:
			pending = append(pending, body...)
		default:
			return f, nil // encrypted from here
		}
		done := false
		if pending, done, err = f.messages(pending); err != nil || done {
			return f, err
		}
	}
}

func readRecord(r io.Reader) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, fmt.Errorf("reading a record: %w", err)
	}
	n := int(binary.BigEndian.Uint16(head[3:]))
	if head[0] < 20 || head[0] > 24 || head[1] != 3 || n > recordCap {
		return 0, nil, errNotTLS
	}
	body = make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, fmt.Errorf("reading a record: %w", err)
	}
	return head[0], body, nil
}

// messages takes whole handshake messages off b and returns the rest.
func (f *flight) messages(b []byte) (rest []byte, done bool, err error) {
	for len(b) >= 4 {
		n := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if n > flightCap {
			return b, false, fmt.Errorf("a handshake message of %d bytes", n)
		}
		if len(b) < 4+n {
			return b, false, nil
		}
		body := b[4 : 4+n]
		switch b[0] {
		case 2:
			err = f.serverHello(body)
			done = f.version == TLS13
		case 11:
			err = f.certificate(body)
		case 12:
			f.group = keyExchange(f.suite, body)
		case 14:
			done = true
		}
		if err != nil || done {
			return nil, done, err
		}
		b = b[4+n:]
	}
	return b, false, nil
}

// cursor takes length-prefixed parts off a message.
type cursor struct {
	b  []byte
	ok bool
}

func (c *cursor) take(n int) []byte {
	if !c.ok || n > len(c.b) {
		c.ok = false
		return nil
	}
	part := c.b[:n]
	c.b = c.b[n:]
	return part
}

// num reads a big-endian number of n bytes.
func (c *cursor) num(n int) int {
	v := 0
	for _, x := range c.take(n) {
		v = v<<8 | int(x)
	}
	return v
}

func (c *cursor) vec(n int) []byte { return c.take(c.num(n)) }

func (f *flight) serverHello(b []byte) error {
	c := &cursor{b, true}
	f.version = Version(c.num(2))
	c.take(32)
	c.vec(1)
	f.suite = SuiteID(c.num(2))
	f.compression = byte(c.num(1))
	if !c.ok {
		return fmt.Errorf("reading ServerHello: %w", errShort)
	}
	f.hello = true
	if len(c.b) == 0 {
		return nil
	}
	exts := &cursor{c.vec(2), c.ok}
	for exts.ok && len(exts.b) > 0 {
		id, body := exts.num(2), exts.vec(2)
		if !exts.ok {
			break
		}
		switch {
		case id == 0xff01:
			f.renegotiation = true
		case id == 43 && len(body) == 2:
			f.version = Version(binary.BigEndian.Uint16(body))
		case id == 51 && len(body) >= 2:
			f.group = groupName(binary.BigEndian.Uint16(body))
		}
	}
	return nil
}

func (f *flight) certificate(b []byte) error {
	c := &cursor{b, true}
	list := &cursor{c.vec(3), c.ok}
	for list.ok && len(list.b) > 0 && len(f.chain) < chainCap {
		if der := list.vec(3); list.ok {
			f.chain = append(f.chain, der)
		}
	}
	if !c.ok || !list.ok {
		return fmt.Errorf("reading Certificate: %w", errShort)
	}
	return nil
}

// keyExchange names the group of a ServerKeyExchange. Only suites whose message
// starts with the parameters are read: a PSK suite's starts with a hint.
func keyExchange(id SuiteID, b []byte) string {
	name := id.Name()
	c := &cursor{b, true}
	if part("_PSK_")(name) {
		c.vec(2)
	}
	switch {
	case part("_ECDHE_", "_ECDH_anon_")(name):
		if kind := c.num(1); kind != 3 { // named_curve, RFC 8422, 5.4
			return "explicit curve"
		}
		g := c.num(2)
		if !c.ok {
			return ""
		}
		return groupName(uint16(g))
	case part("_DHE_", "_DH_anon_")(name):
		p := c.vec(2)
		if !c.ok || len(p) == 0 {
			return ""
		}
		for len(p) > 1 && p[0] == 0 {
			p = p[1:]
		}
		return fmt.Sprintf("dh-%d", (len(p)-1)*8+bits.Len8(p[0]))
	}
	return ""
}

var groupNames = map[uint16]string{
	1: "sect163k1", 3: "sect163r2", 6: "sect233k1", 7: "sect233r1", 9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1",
	18: "secp192k1", 19: "secp192r1", 20: "secp224k1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1",
	26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
}

func groupName(g uint16) string {
	if n, ok := groupNames[g]; ok {
		return n
	}
	return fmt.Sprintf("group-%d", g)
}
