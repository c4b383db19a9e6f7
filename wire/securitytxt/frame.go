package securitytxt

import "strings"

const (
	beginMessage   = "-----BEGIN PGP SIGNED MESSAGE-----"
	beginSignature = "-----BEGIN PGP SIGNATURE-----"
	endSignature   = "-----END PGP SIGNATURE-----"
)

// frame follows the cleartext signature frame (RFC 9116, 2.3; RFC 4880, 7).
type frame struct {
	c     *checker
	state frameState
	seen  bool // a line with content came before
}

type frameState uint8

const (
	noFrame frameState = iota
	inHeaders
	inText
	inSignature
	afterSignature
)

func newFrame(c *checker) *frame { return &frame{c: c} }

// content returns the line of the file that a line stands for, if any.
func (f *frame) content(line string, n int) (string, bool) {
	switch f.state {
	case noFrame:
		return f.outside(line, n)
	case inHeaders:
		switch {
		case line == "":
			f.state = inText
		case !strings.HasPrefix(line, "Hash: "):
			f.c.problem(n, Error, "frame-header", "2.3", "only Hash may stand in the header of a signed file, not %q", show(line))
		}
	case inText:
		return f.inside(line, n)
	case inSignature:
		if line == endSignature {
			f.state = afterSignature
		}
	case afterSignature:
		if line != "" {
			f.c.problem(n, Error, "frame-after", "2.3", "%q stands after the signature and is not covered by it", show(line))
		}
	}
	return "", false
}

func (f *frame) outside(line string, n int) (string, bool) {
	switch {
	case line == beginMessage:
		if f.seen {
			f.c.problem(n, Error, "frame-before", "2.3", "the signed part starts after other lines")
		}
		f.state, f.c.file.Signed = inHeaders, true
		return "", false
	case strings.HasPrefix(line, "-----BEGIN PGP"):
		f.c.problem(n, Error, "frame", "2.3", "%q without a signed message before it", show(line))
		f.state = inSignature
		return "", false
	}
	f.seen = f.seen || line != ""
	return line, true
}

func (f *frame) inside(line string, n int) (string, bool) {
	switch {
	case line == beginSignature:
		f.state = inSignature
		return "", false
	case strings.HasPrefix(line, "- "):
		return line[2:], true
	case strings.HasPrefix(line, "-"):
		f.c.problem(n, Error, "frame-dash", "2.3", "a line of a signed file that starts with a dash must be escaped")
	}
	return line, true
}

// end says what is missing after the last line.
func (f *frame) end(lines int) {
	if f.state != noFrame && f.state != afterSignature {
		f.c.problem(lines, Error, "frame-open", "2.3", "the signature frame is not closed")
	}
}
