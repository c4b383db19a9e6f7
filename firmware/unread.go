package firmware

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// unread makes a format that is named but not opened, for magics of five bytes and more.
func unread(note string) func(*opener, []byte) (found, error) {
	return func(_ *opener, in []byte) (found, error) {
		return found{within: true, unread: true, cover: min(int64(len(in)), 64), note: note}, nil
	}
}

func unreadSquashfs(_ *opener, in []byte) (found, error) {
	if len(in) < 96 {
		return found{}, errors.New("too short")
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if in[0] == 's' && in[1] == 'q' || in[0] == 'q' {
		order = binary.BigEndian
	}
	v := order.Uint16(in[28:])
	if v == 0 || v > 4 {
		return found{}, errors.New("no version")
	}
	n := int64(len(in))
	return found{size: n, unread: true, note: fmt.Sprintf("version %d in a form that is not read", v)}, nil
}

func unreadCramfs(_ *opener, in []byte) (found, error) {
	if len(in) < 76 || string(in[16:32]) != "Compressed ROMFS" {
		return found{}, errors.New("no signature")
	}
	size := int64(binary.LittleEndian.Uint32(in[4:]))
	return found{size: min(size, int64(len(in))), unread: true, note: "cramfs is not read"}, nil
}

func unreadRomfs(_ *opener, in []byte) (found, error) {
	if len(in) < 16 {
		return found{}, errors.New("too short")
	}
	var sum uint32 // the first 512 bytes, or fewer, add up to zero
	size := int64(binary.BigEndian.Uint32(in[8:]))
	head := in[:min(size, 512, int64(len(in)))]
	for i := 0; i+4 <= len(head); i += 4 {
		sum += binary.BigEndian.Uint32(head[i:])
	}
	if sum != 0 || size < 32 {
		return found{}, errors.New("checksum does not hold")
	}
	return found{size: min(size, int64(len(in))), unread: true, note: "romfs is not read"}, nil
}

// unreadUBIFS recognises the superblock node of a UBIFS volume by its type, length and checksum.
func unreadUBIFS(_ *opener, in []byte) (found, error) {
	const size, super = 4096, 6
	if len(in) < size || in[20] != super || binary.LittleEndian.Uint32(in[16:]) != size {
		return found{}, errors.New("no superblock node")
	}
	if ^crc32.ChecksumIEEE(in[8:size]) != binary.LittleEndian.Uint32(in[4:]) {
		return found{}, errors.New("checksum does not hold")
	}
	return found{within: true, unread: true, cover: size, note: "UBIFS is not read"}, nil
}

// unreadUBI recognises the header of an erase block by its checksum and counts the erase blocks that follow.
func unreadUBI(_ *opener, in []byte) (found, error) {
	if !ubiHeader(in) {
		return found{}, errors.New("checksum does not hold")
	}
	step := 0
	for s := 1 << 10; s <= 4<<20 && s < len(in); s <<= 1 { // size of an erase block: the nearest power of two with a header
		if ubiHeader(in[s:]) {
			step = s
			break
		}
	}
	end := len(in)
	if step > 0 {
		for end = step; end < len(in) && ubiHeader(in[end:]); {
			end += step
		}
	}
	return found{size: int64(min(end, len(in))), unread: true, note: fmt.Sprintf("UBI, erase blocks of %d bytes, is not read", step)}, nil
}

func ubiHeader(in []byte) bool {
	return len(in) >= 64 && string(in[:4]) == "UBI#" && ^crc32.ChecksumIEEE(in[:60]) == binary.BigEndian.Uint32(in[60:])
}

// unreadLzop recognises a stream by the checksum-free part of its header: version and method.
func unreadLzop(_ *opener, in []byte) (found, error) {
	if len(in) < 34 || in[9] > 0x20 || in[15] < 1 || in[15] > 3 {
		return found{}, errors.New("no header")
	}
	return found{within: true, unread: true, cover: 34, note: "lzop streams are not read"}, nil
}

// jffs2Types are the node types that start a file system worth naming.
var jffs2Types = map[uint16]bool{0xe001: true, 0xe002: true, 0x2003: true, 0x2004: true, 0x2006: true, 0xe008: true, 0xe009: true}

// jffs2Gap is how far to look for the next node behind damage or a used-up erase block, in bytes.
const jffs2Gap = 256 << 10

// unreadJFFS2 recognises a JFFS2 node by its header checksum and follows the nodes to see how far the file system
// reaches. It is named, not opened.
func unreadJFFS2(order binary.ByteOrder) func(*opener, []byte) (found, error) {
	return func(o *opener, in []byte) (found, error) {
		end, at := 0, 0
		for at+12 <= len(in) && at-end <= jffs2Gap && o.ctx.Err() == nil {
			if n, ok := jffs2Node(order, in[at:]); ok {
				at += (n + 3) &^ 3
				end = at
				continue
			}
			if at == 0 {
				return found{}, errors.New("no node")
			}
			at += 4
		}
		return found{size: int64(min(end, len(in))), unread: true, note: "JFFS2 is not read"}, nil
	}
}

// jffs2Node returns the length of the node at the start of in when its header holds.
func jffs2Node(order binary.ByteOrder, in []byte) (int, bool) {
	if len(in) < 12 || order.Uint16(in) != 0x1985 || !jffs2Types[order.Uint16(in[2:])] {
		return 0, false
	}
	n := order.Uint32(in[4:])
	if n < 12 || n > 1<<20 || ^jffs2CRC(in[:8]) != ^order.Uint32(in[8:]) {
		return 0, false
	}
	return min(int(n), len(in)), true
}

// jffs2CRC is CRC-32 with a zero start and no final inversion.
func jffs2CRC(b []byte) uint32 {
	return ^crc32.Update(^uint32(0), crc32.IEEETable, b)
}
