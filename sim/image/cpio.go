package image

import (
	"bytes"
	"fmt"
	"strings"
)

// Modes of cpio entries: file type and permissions as in stat(2).
const (
	cpioDir  = 0o040000
	cpioFile = 0o100000
	cpioLink = 0o120000
)

// cpioEntry is one entry of an archive; data of a symbolic link is its target. All belong to root.
type cpioEntry struct {
	name string
	mode uint32
	data []byte
}

// writeCPIO writes an archive in the format newc (SVR4 without checksum), which Linux takes as root file system.
// All times are mtime seconds since 1970, so that the same entries give the same bytes.
func writeCPIO(entries []cpioEntry, mtime int64) []byte {
	var b bytes.Buffer
	for i, e := range entries {
		writeCPIOEntry(&b, i+1, e, mtime)
	}
	writeCPIOEntry(&b, 0, cpioEntry{name: "TRAILER!!!"}, 0)
	pad(&b, 512)
	return b.Bytes()
}

func writeCPIOEntry(b *bytes.Buffer, ino int, e cpioEntry, mtime int64) {
	links := 1
	if e.mode&0o170000 == cpioDir {
		links = 2
	}
	b.WriteString("070701")
	for _, v := range []int64{
		int64(ino), int64(e.mode), 0, 0, int64(links), mtime, int64(len(e.data)),
		0, 0, 0, 0, int64(len(e.name) + 1), 0,
	} {
		fmt.Fprintf(b, "%08x", v)
	}
	b.WriteString(e.name)
	b.WriteByte(0)
	pad(b, 4)
	b.Write(e.data)
	pad(b, 4)
}

func pad(b *bytes.Buffer, to int) {
	if n := b.Len() % to; n != 0 {
		b.WriteString(strings.Repeat("\x00", to-n))
	}
}
