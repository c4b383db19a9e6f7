package header

import (
	"errors"
	"fmt"
	"strings"
)

// The upgrade file format of the Zigbee cluster library: a header, then elements of tag and length.
const (
	zigbeeMagic     = 0x0beef11e
	zigbeeMinHeader = 56
	zigbeeMaxHeader = 69     // all optional fields present
	zigbeeImage     = 0x0000 // element: the upgrade image
)

var zigbeeTags = map[uint16]string{
	zigbeeImage: "upgrade image", 1: "ECDSA signature", 2: "ECDSA certificate", 3: "image integrity code",
	4: "picture data", 5: "ECDSA signature (curve 2)", 6: "ECDSA certificate (curve 2)",
}

// Zigbee reads an over-the-air upgrade file. Elements with vendor tags count as payload too.
func Zigbee(data []byte) (Info, error) {
	if len(data) < zigbeeMinHeader || le.Uint32(data) != zigbeeMagic {
		return Info{}, errNot
	}
	head, total := int64(le.Uint16(data[6:])), int64(le.Uint32(data[52:]))
	n := int64(len(data))
	if le.Uint16(data[4:]) != 0x0100 || le.Uint16(data[8:]) > 7 {
		return Info{}, errNot
	}
	if head < zigbeeMinHeader || head > zigbeeMaxHeader || head > n {
		return Info{}, errors.New("reading Zigbee upgrade file: header length is not possible")
	}
	in := Info{Header: head, Claimed: total, Size: min(total, n)}
	in.Note = fmt.Sprintf("manufacturer %04x, image type %04x, version %08x, %s",
		le.Uint16(data[10:]), le.Uint16(data[12:]), le.Uint32(data[14:]), text(data[20:52]))
	if total < head { // seen in the field: some writers leave the total empty
		in.Size = n
	}
	signed := false
	at := head
	for at+6 <= in.Size {
		tag, size := le.Uint16(data[at:]), int64(le.Uint32(data[at+2:]))
		name, known := zigbeeTags[tag]
		signed = signed || tag == 1 || tag == 5
		if !known {
			name = fmt.Sprintf("element %04x", tag)
		}
		from := at + 6
		if from+size > in.Size {
			in.Note += "; element longer than the file"
			in.Payloads = append(in.Payloads, span(name, from, in.Size, data))
			break
		}
		if tag == zigbeeImage || !known {
			in.Payloads = append(in.Payloads, span(name, from, from+size, data))
		}
		at = from + size
	}
	if signed {
		in.Note += "; signed"
	}
	return in, nil
}

// Tags of Silicon Labs upgrade images (GBL version 3).
const (
	gblHeader    = 0x03a617eb
	gblEnd       = 0xfc0404fc
	gblEncInit   = 0xfa0606fa
	gblEncData   = 0xf90707f9
	gblProg      = 0xfe0101fe
	gblMeta      = 0xf60808f6
	gblSignature = 0xf70a0af7
)

// GBL reads a Silicon Labs upgrade image, tag by tag to its end tag.
func GBL(data []byte) (Info, error) {
	if len(data) < 16 || le.Uint32(data) != gblHeader || le.Uint32(data[4:]) != 8 {
		return Info{}, errNot
	}
	in := Info{Header: 16}
	var notes []string
	if le.Uint32(data[12:])&0xff == 1 || data[12] == 1 {
		in.Encrypted = true
	}
	at := int64(0)
	n := int64(len(data))
	for at+8 <= n {
		tag, size := le.Uint32(data[at:]), int64(le.Uint32(data[at+4:]))
		next := at + 8 + size
		switch tag {
		case gblEncInit, gblEncData:
			in.Encrypted = true
		case gblSignature:
			notes = append(notes, "signed")
		case gblProg, gblMeta:
			in.Payloads = append(in.Payloads, span("data", at+8, next, data))
		}
		if next > n {
			notes = append(notes, "cut")
			in.Size, in.Claimed = n, next
			break
		}
		at = next
		if tag == gblEnd {
			in.Size, in.Claimed = at, at
			break
		}
	}
	if in.Size == 0 {
		in.Size = n
	}
	if in.Encrypted {
		notes = append(notes, "AES-CTR payload declared")
		in.Payloads = nil
	}
	in.Note = strings.Join(notes, ", ")
	return in, nil
}
