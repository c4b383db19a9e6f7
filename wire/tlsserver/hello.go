package tlsserver

import (
	"crypto/rand"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

//go:embed suites.tsv
var suitesTSV string

type suiteTable struct {
	ids   []SuiteID // in the order of the file: ascending
	names map[SuiteID]string
}

// suites parses the embedded table once. A broken table panics: it is part of
// the program.
var suites = sync.OnceValue(func() suiteTable {
	t := suiteTable{names: map[SuiteID]string{}}
	for line := range strings.Lines(suitesTSV) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		num, name, _ := strings.Cut(line, "\t")
		n, err := strconv.ParseUint(num, 16, 16)
		if err != nil || name == "" {
			panic(fmt.Sprintf("embedded cipher suites: line %q", line))
		}
		t.ids = append(t.ids, SuiteID(n))
		t.names[SuiteID(n)] = name
	}
	return t
})

// Name is the suite's registered name, or its number.
func (id SuiteID) Name() string {
	if n, ok := suites().names[id]; ok {
		return n
	}
	return id.String()
}

// suites13 are those of TLS 1.3 (RFC 8446, B.4; RFC 8998); no other version has
// them.
var suites13 = []SuiteID{0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00c6, 0x00c7}

// suitesFor are the suites that are offered in a version.
func suitesFor(v Version) []SuiteID {
	if v == TLS13 {
		return suites13
	}
	var ids []SuiteID
	for _, id := range suites().ids {
		if id == 0 || strings.HasPrefix(id.Name(), "TLS_AES_") || strings.HasPrefix(id.Name(), "TLS_SM4_") || id == 0x1303 {
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

// hello is a ClientHello.
type hello struct {
	version  Version
	suites   []SuiteID
	name     string
	compress bool
}

// buf builds length-prefixed TLS structures.
type buf []byte

func (b *buf) u8(v ...byte) { *b = append(*b, v...) }

func (b *buf) u16(v ...uint16) {
	for _, x := range v {
		*b = binary.BigEndian.AppendUint16(*b, x)
	}
}

// vec8, vec16 and vec24 write what f writes behind its length.
func (b *buf) vec8(f func(*buf)) {
	at := len(*b)
	b.u8(0)
	f(b)
	(*b)[at] = byte(len(*b) - at - 1)
}

func (b *buf) vec16(f func(*buf)) {
	at := len(*b)
	b.u16(0)
	f(b)
	binary.BigEndian.PutUint16((*b)[at:], uint16(len(*b)-at-2))
}

func (b *buf) vec24(f func(*buf)) {
	at := len(*b)
	b.u8(0, 0, 0)
	f(b)
	n := len(*b) - at - 3
	(*b)[at], (*b)[at+1], (*b)[at+2] = byte(n>>16), byte(n>>8), byte(n)
}

const (
	recordAlert     = 21
	recordHandshake = 22
	emptyReneg      = 0x00ff // TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746
)

// marshal writes the record. r is for the random of the hello; nil: crypto/rand.
func (h hello) marshal(r io.Reader) ([]byte, error) {
	if r == nil {
		r = rand.Reader
	}
	var random [96]byte
	if _, err := io.ReadFull(r, random[:]); err != nil {
		return nil, fmt.Errorf("making a ClientHello: %w", err)
	}
	// TLS 1.3 looks like TLS 1.2 with a session id (RFC 8446, 4.1.2 and D.4).
	legacy, session := h.version, 0
	if h.version == TLS13 {
		legacy, session = TLS12, 32
	}
	record := min(legacy, TLS10)
	var b buf
	b.u8(recordHandshake)
	b.u16(uint16(record))
	b.vec16(func(b *buf) {
		b.u8(1) // client_hello
		b.vec24(func(b *buf) {
			b.u16(uint16(legacy))
			b.u8(random[:32]...)
			b.vec8(func(b *buf) { b.u8(random[32 : 32+session]...) })
			b.vec16(func(b *buf) {
				for _, id := range h.suites {
					b.u16(uint16(id))
				}
				if h.version != TLS13 {
					b.u16(emptyReneg)
				}
			})
			b.vec8(func(b *buf) {
				if h.compress {
					b.u8(1) // DEFLATE, RFC 3749
				}
				b.u8(0)
			})
			if h.version != SSL30 {
				b.vec16(func(b *buf) { h.extensions(b, random[64:]) })
			}
		})
	})
	return b, nil
}

// groups that are offered: elliptic curves, finite fields of RFC 7919, and the
// small curves that old servers still choose. TLS 1.3 ends at 0x0100-0x0104.
var groups = []uint16{29, 23, 24, 25, 30, 256, 257, 258, 259, 260}

var oldGroups = []uint16{26, 27, 28, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}

// signatures are all hash and signature pairs of TLS 1.2 and the schemes of
// TLS 1.3, with MD5 and SHA-1 so that servers that have nothing better answer.
var signatures = []uint16{
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
	0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202, 0x0101,
	0x0708, 0x081a, 0x081b, 0x081c,
}

func (h hello) extensions(b *buf, share []byte) {
	ext := func(id uint16, f func(*buf)) {
		b.u16(id)
		b.vec16(f)
	}
	list16 := func(vs ...[]uint16) func(*buf) {
		return func(b *buf) {
			b.vec16(func(b *buf) {
				for _, v := range vs {
					b.u16(v...)
				}
			})
		}
	}
	if h.name != "" {
		ext(0, func(b *buf) {
			b.vec16(func(b *buf) {
				b.u8(0)
				b.vec16(func(b *buf) { b.u8([]byte(h.name)...) })
			})
		})
	}
	if h.version == TLS13 {
		ext(10, list16(groups))
		ext(13, list16(signatures))
		ext(43, func(b *buf) { b.vec8(func(b *buf) { b.u16(uint16(TLS13)) }) })
		// Any 32 bytes are an X25519 share; a server that wants another group
		// asks for it, which is an answer too.
		ext(51, func(b *buf) {
			b.vec16(func(b *buf) {
				b.u16(29)
				b.vec16(func(b *buf) { b.u8(share[:32]...) })
			})
		})
		ext(45, func(b *buf) { b.vec8(func(b *buf) { b.u8(1) }) })
		return
	}
	ext(10, list16(groups, oldGroups))
	ext(11, func(b *buf) { b.vec8(func(b *buf) { b.u8(0, 1, 2) }) })
	if h.version >= TLS12 {
		ext(13, list16(signatures))
	}
}
