package console

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// Telnet commands and options, RFC 854, 857 and 858.
const (
	telSE   = 240
	telSB   = 250
	telWILL = 251
	telDONT = 254
	telIAC  = 255
	optEcho = 1
	optSGA  = 3
)

const (
	maxLine     = 512
	loginTries  = 3
	wrongPause  = 200 * time.Millisecond // what a real login costs at the least
	refusedLine = "\r\nToo many attempts, try again later\r\n"
)

var errLongLine = errors.New("line too long")

// lineReader reads lines from a terminal-like stream. With iac set it takes Telnet commands out of the stream.
type lineReader struct {
	r    *bufio.Reader
	iac  bool
	echo io.Writer // where typed characters go back to; nil for none
	cr   bool      // the last byte was CR, so a LF or NUL belongs to it
}

func newLineReader(r io.Reader, iac bool) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, maxLine), iac: iac}
}

// read returns the next line without its end.
func (l *lineReader) read() (string, error) {
	var line []byte
	for {
		b, err := l.r.ReadByte()
		if err != nil {
			return "", err
		}
		if l.iac && b == telIAC {
			if b, err = l.command(); err != nil {
				return "", err
			}
			if b != telIAC {
				continue
			}
		}
		after := l.cr
		l.cr = b == '\r'
		switch {
		case after && (b == '\n' || b == 0):
			continue
		case b == '\r' || b == '\n':
			return string(line), l.typed("\r\n")
		case b == 0x7f || b == '\b':
			line = line[:max(0, len(line)-1)]
			continue
		}
		if line = append(line, b); len(line) > maxLine {
			return "", errLongLine
		}
		if err := l.typed(string(b)); err != nil {
			return "", err
		}
	}
}

func (l *lineReader) typed(s string) error {
	if l.echo == nil {
		return nil
	}
	_, err := io.WriteString(l.echo, s)
	return err
}

// command reads what follows IAC and returns IAC when it was an escaped data byte.
func (l *lineReader) command() (byte, error) {
	b, err := l.r.ReadByte()
	switch {
	case err != nil:
		return 0, err
	case b == telIAC:
		return telIAC, nil
	case b >= telWILL && b <= telDONT:
		_, err = l.r.ReadByte()
		return 0, err
	case b != telSB:
		return 0, nil
	}
	for prev, n := byte(0), 0; n < maxLine; n++ {
		if b, err = l.r.ReadByte(); err != nil {
			return 0, err
		}
		if prev == telIAC && b == telSE {
			return 0, nil
		}
		prev = b
	}
	return 0, errLongLine
}

// Telnet is a Telnet server with a login.
type Telnet struct {
	Banner string // sent before the prompt
	Open   bool   // give a shell without asking
	Try    Try
}

// Serve answers on ln until the returned function is called, which waits for every connection to end.
func (s Telnet) Serve(ln net.Listener) (stop func()) {
	done := make(chan struct{})
	end := Serve(ln, func(c net.Conn) { s.talk(idleConn{c}, done) })
	return func() { close(done); end() }
}

func (s Telnet) talk(c net.Conn, done <-chan struct{}) {
	greeting := string([]byte{telIAC, telWILL, optEcho, telIAC, telWILL, optSGA}) + s.Banner
	if _, err := io.WriteString(c, greeting); err != nil {
		return
	}
	lines := newLineReader(c, true)
	lines.echo = c
	if s.Open || s.login(c, lines, done) {
		interact(c, lines.read)
	}
}

// login asks for a name and a password and says whether the client may go on.
func (s Telnet) login(c io.Writer, lines *lineReader, done <-chan struct{}) bool {
	for range loginTries {
		user, err := ask(c, lines, "login: ", true)
		if err != nil {
			return false
		}
		password, err := ask(c, lines, "Password: ", false)
		if err != nil {
			return false
		}
		ok, wait := s.Try(strings.TrimSpace(user), password)
		if ok {
			_, err := io.WriteString(c, "\r\n")
			return err == nil
		}
		if wait > 0 {
			_, _ = io.WriteString(c, refusedLine) // the connection ends either way
			return false
		}
		select {
		case <-time.After(wrongPause):
		case <-done:
			return false
		}
		if _, err := io.WriteString(c, "\r\nLogin incorrect\r\n"); err != nil {
			return false
		}
	}
	return false
}

func ask(c io.Writer, lines *lineReader, prompt string, echo bool) (string, error) {
	if _, err := io.WriteString(c, prompt); err != nil {
		return "", err
	}
	if lines.echo = nil; echo {
		lines.echo = c
	}
	s, err := lines.read()
	lines.echo = c
	return s, err
}
