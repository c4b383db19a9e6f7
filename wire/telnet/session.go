package telnet

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Commands and options (RFC 854, 855, 857, 858, 1073, 1091).
const (
	se   = 240
	sb   = 250
	will = 251
	wont = 252
	do   = 253
	dont = 254
	iac  = 255

	optEcho = 1
	optSGA  = 3
	optType = 24
)

var (
	errClosed = errors.New("the far end closed the connection")
	errFlood  = errors.New("the far end said more than is read")
)

// session is one conversation. It is used by one goroutine.
type session struct {
	conn     net.Conn
	opt      Options
	deadline time.Time
	release  func()
	ended    func() error
	dec      decoder
	password string

	received []byte // capped
	last     string // said since our last line
	total    int
	sent     []string
	proof    string
}

func newSession(ctx context.Context, conn net.Conn, opt Options, password string) *session {
	s := &session{conn: conn, opt: opt, password: password}
	s.deadline, _ = ctx.Deadline()
	// A past deadline would be overwritten by the next wait, so the end of the
	// context closes the connection.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	s.release = func() { stop() }
	s.ended = ctx.Err
	return s
}

func (s *session) close() { s.release() }

func (s *session) transcript() Transcript {
	text := wire.Printable(s.received, receiveCap)
	if s.password != "" && len(s.password) >= 3 {
		// Some servers echo what is typed at the password prompt.
		text = strings.ReplaceAll(text, s.password, "<PASSWORD>")
	}
	return Transcript{Sent: s.sent, Received: text, Proof: s.proof}
}

// write sends one line; shown is what the transcript says.
func (s *session) write(line, shown string) error {
	s.sent = append(s.sent, shown)
	s.last = ""
	raw := strings.ReplaceAll(line, "\xff", "\xff\xff") + "\r\n"
	if err := s.conn.SetWriteDeadline(s.deadline); err != nil {
		return err
	}
	if _, err := s.conn.Write([]byte(raw)); err != nil {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	return nil
}

// listen collects what the far end says until it has been quiet for a while.
// A prompt that is recognised ends the wait sooner.
func (s *session) listen() (string, error) {
	_, said, err := s.collect(func(said string) bool {
		m := judge(said)
		return m == wantsUser || m == wantsPassword
	})
	return said, err
}

// waitFor collects until what was said holds the word, not as a part of a
// longer number.
func (s *session) waitFor(word string) (bool, string, error) {
	return s.collect(func(said string) bool { return standsAlone(said, word) })
}

func standsAlone(said, word string) bool {
	for rest := said; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		before := i == 0 || !isDigit(rest[i-1])
		after := i+len(word) == len(rest) || !isDigit(rest[i+len(word)])
		if before && after {
			return true
		}
		rest = rest[i+1:]
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// settle is how long a recognised prompt must stand as the last thing said.
const settle = 120 * time.Millisecond

// collect reads until done says so and nothing follows, or silence. Silence is
// no error: what was said is returned, which may be nothing.
func (s *session) collect(done func(string) bool) (bool, string, error) {
	buf := make([]byte, 2048)
	for {
		wait := s.opt.Quiet
		if done(s.last) {
			wait = min(settle, wait)
		} else if s.pending() {
			wait = 4 * s.opt.Quiet
		}
		at := time.Now().Add(wait)
		if at.After(s.deadline) {
			at = s.deadline
		}
		if err := s.conn.SetReadDeadline(at); err != nil {
			if s.ended() == nil { // a pipe says so here that the far end has closed
				err = fmt.Errorf("%w: %w", errClosed, err)
			}
			return false, s.last, err
		}
		n, err := s.conn.Read(buf)
		if err := s.take(buf[:n]); err != nil {
			return false, s.last, err
		}
		switch {
		case err == nil:
		case s.ended() != nil:
			return done(s.last), s.last, s.ended()
		case wire.TimedOut(err):
			if !time.Now().Before(s.deadline) {
				return done(s.last), s.last, err
			}
			return done(s.last), s.last, nil
		default:
			return done(s.last), s.last, fmt.Errorf("%w: %w", errClosed, err)
		}
	}
}

// pending says that an answer to a password is still owed: servers wait some
// seconds before they say no, and say nothing in the meantime.
func (s *session) pending() bool {
	return len(s.sent) > 0 && s.sent[len(s.sent)-1] == "<PASSWORD>" && strings.TrimSpace(s.last) == ""
}

// take decodes raw bytes, answers negotiation and keeps the text.
func (s *session) take(raw []byte) error {
	if s.total += len(raw); s.total > floodCap {
		return errFlood
	}
	text, reply := s.dec.decode(raw)
	if room := receiveCap - len(s.received); room > 0 {
		s.received = append(s.received, text[:min(room, len(text))]...)
	}
	s.last += string(text)
	if len(s.last) > receiveCap {
		s.last = s.last[len(s.last)-receiveCap:]
	}
	if len(reply) == 0 {
		return nil
	}
	if err := s.conn.SetWriteDeadline(s.deadline); err != nil {
		return err
	}
	if _, err := s.conn.Write(reply); err != nil {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	return nil
}

// numbers makes two numbers of six and seven digits.
func (s *session) numbers() (a, b int, err error) {
	r := s.opt.Rand
	if r == nil {
		r = rand.Reader
	}
	var raw [8]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return 0, 0, fmt.Errorf("making a proof: %w", err)
	}
	a = 100_000 + int(binary.BigEndian.Uint32(raw[:4])%900_000)
	b = 1_000_000 + int(binary.BigEndian.Uint32(raw[4:])%9_000_000)
	return a, b, nil
}

// decoder separates text from commands. A command may be split over reads.
type decoder struct {
	state    decoderState
	verb     byte
	sub      []byte // of a subnegotiation, capped
	answered [256][2]bool
}

type decoderState uint8

const (
	inText decoderState = iota
	inCommand
	inOption
	inSub
	inSubCommand
)

// subCap is how much of a subnegotiation is kept.
const subCap = 64

// decode returns the text and what to reply. Each option is answered at most
// once per direction, so that two sides cannot chatter for ever (RFC 854).
func (d *decoder) decode(raw []byte) (text, reply []byte) {
	for _, c := range raw {
		switch d.state {
		case inText:
			if c == iac {
				d.state = inCommand
			} else if c != 0 {
				text = append(text, c)
			}
		case inCommand:
			text = d.command(c, text)
		case inOption:
			d.state = inText
			reply = d.option(c, reply)
		case inSub:
			if c == iac {
				d.state = inSubCommand
			} else if len(d.sub) < subCap {
				d.sub = append(d.sub, c)
			}
		case inSubCommand:
			if c != se {
				d.state = inSub
				continue
			}
			d.state = inText
			if len(d.sub) >= 2 && d.sub[0] == optType && d.sub[1] == 1 {
				reply = append(reply, iac, sb, optType, 0, 'd', 'u', 'm', 'b', iac, se)
			}
		}
	}
	return text, reply
}

func (d *decoder) command(c byte, text []byte) []byte {
	d.state = inText
	switch c {
	case iac:
		return append(text, c)
	case will, wont, do, dont:
		d.verb, d.state = c, inOption
	case sb:
		d.sub, d.state = d.sub[:0], inSub
	}
	return text
}

// option answers: the server may echo and suppress go-ahead, we suppress
// go-ahead and name a terminal that needs no escapes; everything else is no.
func (d *decoder) option(opt byte, reply []byte) []byte {
	var yes bool
	var ours [2]byte // our words for yes and no
	var side int
	switch d.verb {
	case will:
		yes, ours, side = opt == optEcho || opt == optSGA, [2]byte{do, dont}, 0
	case do:
		yes, ours, side = opt == optSGA || opt == optType, [2]byte{will, wont}, 1
	default:
		return reply // WONT and DONT need no answer: nothing was on
	}
	if d.answered[opt][side] {
		return reply
	}
	d.answered[opt][side] = true
	if yes {
		return append(reply, iac, ours[0], opt)
	}
	return append(reply, iac, ours[1], opt)
}
