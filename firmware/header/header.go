// Package header reads the vendor and boot-loader headers that wrap kernels, file systems and microcontroller code.
//
// It tells where the wrapped bytes lie and whether the header itself declares them encrypted. It must never
// decompress, never judge, and never read beyond the bytes it is given.
package header

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

var errNot = errors.New("no such header")

// Info is what a header says about the bytes it starts.
type Info struct {
	Size      int64  // of header and payload as claimed, cut to the input; 0 when the header does not say
	Header    int64  // bytes of the header alone
	Claimed   int64  // size as claimed, before cutting
	Note      string // name, version, kind: as stored, made printable
	Encrypted bool   // the header declares the payload encrypted
	Payloads  []Span // wrapped bytes, in order; none means "scan what follows"
}

// A Span is a stretch of the input.
type Span struct {
	Name     string
	From, To int64
}

// A Parser reads the header at the start of data.
type Parser func(data []byte) (Info, error)

// text makes a stored string printable and cuts it at the first NUL.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, string(b)))
}

func span(name string, from, to int64, data []byte) Span {
	n := int64(len(data))
	from = min(max(from, 0), n)
	return Span{Name: name, From: from, To: min(max(to, from), n)}
}

var uimageTypes = map[byte]string{2: "kernel", 3: "ramdisk", 4: "multi", 5: "firmware", 6: "script", 7: "filesystem"}

// UImage reads the 64-byte legacy header of U-Boot (big endian); its checksum must hold.
func UImage(data []byte) (Info, error) {
	if len(data) < 64 || be.Uint32(data) != 0x27051956 {
		return Info{}, errNot
	}
	h := bytes.Clone(data[:64])
	clear(h[4:8])
	if crc32.ChecksumIEEE(h) != be.Uint32(data[4:]) {
		return Info{}, errors.New("reading uImage: header checksum does not hold")
	}
	size := int64(be.Uint32(data[12:]))
	in := Info{Header: 64, Claimed: 64 + size, Size: min(64+size, int64(len(data)))}
	in.Note = strings.TrimSpace(uimageTypes[data[30]] + " " + text(data[32:64]))
	body := data[64:in.Size]
	if in.Claimed <= int64(len(data)) && crc32.ChecksumIEEE(body) != be.Uint32(data[24:]) {
		in.Note += "; data checksum does not hold"
	}
	in.Payloads = []Span{span("data", 64, in.Size, data)}
	return in, nil
}

// TPLink reads the 512-byte header of TP-Link router images: version 1 (and 2 of the same layout), or version 3, whose
// strings start four bytes later. It is told by version word, padding and the board id.
func TPLink(data []byte) (Info, error) {
	if len(data) < 512 {
		return Info{}, errNot
	}
	v := be.Uint32(data)
	in := Info{Header: 512}
	switch v {
	case 0x01000000, 0x02000000:
		total := int64(be.Uint32(data[0x7c:]))
		if be.Uint32(data[0x40:])>>24 == 0 || total < 512 || total > 256<<20 {
			return Info{}, errNot
		}
		in.Claimed = total
		in.Note = fmt.Sprintf("version %d, board %08x, %s", v>>24, be.Uint32(data[0x40:]), text(data[4:0x1c]))
	case 0x03000000:
		if !bytes.HasPrefix(data[4:], []byte("ver. ")) {
			return Info{}, errNot
		}
		in.Note = fmt.Sprintf("version 3, board %08x, %s", be.Uint32(data[0x34:]), text(bytes.Trim(data[4:0x18], "\xff")))
	default:
		return Info{}, errNot
	}
	return in, nil
}

// TRX reads the Broadcom header: length, inverted CRC-32 over all behind the checksum, up to four partitions.
func TRX(data []byte) (Info, error) {
	if len(data) < 28 || string(data[:4]) != "HDR0" {
		return Info{}, errNot
	}
	size, first := int64(le.Uint32(data[4:])), int64(le.Uint32(data[16:]))
	if v := le.Uint16(data[14:]); size < 28 || first < 28 || first >= size || v == 0 || v > 2 {
		return Info{}, errNot
	}
	in := Info{Header: 28, Claimed: size}
	if size <= int64(len(data)) && ^crc32.ChecksumIEEE(data[12:size]) != le.Uint32(data[8:]) {
		in.Note = "checksum does not hold"
	}
	return in, nil
}

// ZImage finds the compressed kernel in an ARM zImage (magic at 0x24) by the extent the header gives.
func ZImage(data []byte) (Info, error) {
	if len(data) < 0x34 {
		return Info{}, errNot
	}
	order := binary.ByteOrder(le)
	if be.Uint32(data[0x24:]) == 0x016f2818 {
		order = be
	}
	if order.Uint32(data[0x24:]) != 0x016f2818 {
		return Info{}, errNot
	}
	nop := []byte{0x00, 0x00, 0xa0, 0xe1} // mov r0, r0: seven or eight of them come first
	if order == binary.ByteOrder(be) {
		nop = []byte{0xe1, 0xa0, 0x00, 0x00}
	}
	for i := 0; i < 28; i += 4 {
		if !bytes.Equal(data[i:i+4], nop) {
			return Info{}, errNot
		}
	}
	start, end := int64(order.Uint32(data[0x28:])), int64(order.Uint32(data[0x2c:]))
	size := end - start
	if size < 0x34 {
		return Info{}, errors.New("reading zImage: end lies before start")
	}
	in := Info{Header: 0x34, Claimed: size, Size: min(size, int64(len(data)))}
	in.Payloads = []Span{span("kernel", 0x34, in.Size, data)}
	return in, nil
}

// BzImage finds the payload of an x86 kernel (boot protocol 2.08 and later give offset and length).
func BzImage(data []byte) (Info, error) {
	if len(data) < 0x260 || string(data[0x202:0x206]) != "HdrS" || le.Uint16(data[0x1fe:]) != 0xaa55 {
		return Info{}, errNot
	}
	setup := int64(data[0x1f1])
	if setup == 0 {
		setup = 4
	}
	code := (setup + 1) * 512
	size := code + int64(le.Uint32(data[0x1f4:]))*16
	in := Info{Header: code, Claimed: size, Size: min(size, int64(len(data)))}
	in.Note = "boot protocol " + fmt.Sprintf("%d.%02d", data[0x207], data[0x206])
	if le.Uint16(data[0x206:]) >= 0x208 {
		from := code + int64(le.Uint32(data[0x248:]))
		in.Payloads = []Span{span("kernel", from, from+int64(le.Uint32(data[0x24c:])), data)}
	}
	return in, nil
}

// ESP reads an Espressif application image: up to 16 segments, then a checksum byte at the end of a 16-byte line.
func ESP(data []byte) (Info, error) {
	if len(data) < 24 || data[0] != 0xe9 || data[1] == 0 || data[1] > 16 || data[2] > 5 {
		return Info{}, errNot
	}
	for _, head := range []int64{24, 8} { // the ESP8266 has no extended header
		at := head
		ok := true
		for range int(data[1]) {
			if at+8 > int64(len(data)) {
				ok = false
				break
			}
			n := int64(le.Uint32(data[at+4:]))
			if n > 16<<20 || n == 0 || le.Uint32(data[at:]) < 0x3c000000 {
				ok = false
				break
			}
			at += 8 + n
		}
		if ok && at <= int64(len(data)) {
			size := (at + 16) &^ 15
			return Info{Header: head, Claimed: size, Size: min(size, int64(len(data))), Note: fmt.Sprintf("%d segments", data[1])}, nil
		}
	}
	return Info{}, fmt.Errorf("reading ESP image: segments do not fit: %w", io.ErrUnexpectedEOF)
}

// OpenSSL reads the mark of "openssl enc": eight bytes of text, eight of salt, then ciphertext to the end.
func OpenSSL(data []byte) (Info, error) {
	if len(data) < 32 || string(data[:8]) != "Salted__" {
		return Info{}, errNot
	}
	n := int64(len(data))
	return Info{Header: 16, Size: n, Claimed: n, Encrypted: true, Note: "written by openssl enc"}, nil
}

// TuyaUG reads the header of Tuya upgrade files: two marks 55AA55AA, AA55AA55 around version and length.
func TuyaUG(data []byte) (Info, error) {
	if len(data) < 32 || be.Uint32(data) != 0x55aa55aa {
		return Info{}, errNot
	}
	end := bytes.Index(data[16:min(len(data), 64)], []byte{0xaa, 0x55, 0xaa, 0x55})
	if end < 0 {
		return Info{}, errNot
	}
	return Info{Header: int64(16 + end + 4), Note: "version " + text(data[4:16])}, nil
}

// NGIS reads the signed container of IKEA gateways and lamps: header, signature block, payload.
func NGIS(data []byte) (Info, error) {
	if len(data) < 32 || string(data[:4]) != "NGIS" {
		return Info{}, errNot
	}
	from, size := int64(le.Uint32(data[16:])), int64(le.Uint32(data[20:]))
	if from < 16 || from > int64(len(data)) {
		return Info{}, errors.New("reading NGIS: payload lies outside")
	}
	n := int64(len(data))
	in := Info{Header: from, Size: n, Claimed: int64(le.Uint32(data[24:])), Note: "signed container"}
	in.Payloads = []Span{span("payload", from, from+size, data)}
	return in, nil
}
