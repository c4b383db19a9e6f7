// Package telnet logs in to a Telnet server and proves that a shell answers.
//
// A login counts only with a proof: after it, the far end must compute the sum
// of two random numbers that never stood next to each other on the wire. Prompt
// characters in a banner prove nothing, and a server that echoes what is typed
// proves nothing either. The package must never send anything else to a shell
// than that sum and "exit", and never negotiate an option beyond what a login
// needs.
package telnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Outcome is how a login ended.
type Outcome string

const (
	NoLogin  Outcome = "no-login" // a shell answered without asking for anything
	Prompted Outcome = "prompted" // it asks for a name or a password; nothing was tried
	Accepted Outcome = "accepted" // a shell answered after the login
	Refused  Outcome = "refused"  // it said no or asked again
	Closed   Outcome = "closed"   // it ended the connection without a word on the login
	Unknown  Outcome = "unknown"  // silence or something that is no login
)

// Options bound a login. The zero value works.
type Options struct {
	// Quiet is how long the far end must be silent before what it has said
	// counts as all it has to say; 0: 1.5 s.
	Quiet time.Duration
	// Limit is for the whole login; 0: 25 s. Some servers wait several seconds
	// before they say no.
	Limit time.Duration
	// Rand makes the numbers of the proof; nil: crypto/rand.
	Rand io.Reader
}

// A Transcript is what both sides said after option negotiation. Password is
// not in it: it is written as the word PASSWORD in angle brackets.
type Transcript struct {
	Sent     []string `json:"sent"`
	Received string   `json:"received"` // printable, at most 16 KiB
	// Proof is the answer that proved a shell, "" without one.
	Proof string `json:"proof,omitempty"`
}

const (
	receiveCap = 16 << 10 // bytes kept of what the far end says
	floodCap   = 1 << 20  // bytes read of it
)

// Knock waits for the first prompt and says what the server wants: NoLogin,
// Prompted, Closed or Unknown.
func Knock(ctx context.Context, conn net.Conn, opt Options) (Outcome, Transcript) {
	return run(ctx, conn, opt, "", "", false)
}

// Login tries one name and password. The caller closes conn; the end of the
// context or of opt.Limit closes it too. The result is
// NoLogin when a shell answers before anything was asked.
func Login(ctx context.Context, conn net.Conn, user, password string, opt Options) (Outcome, Transcript) {
	return run(ctx, conn, opt, user, password, true)
}

func run(ctx context.Context, conn net.Conn, opt Options, user, password string, try bool) (Outcome, Transcript) {
	if opt.Quiet <= 0 {
		opt.Quiet = 1500 * time.Millisecond
	}
	if opt.Limit <= 0 {
		opt.Limit = 25 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, opt.Limit)
	defer cancel()
	s := newSession(ctx, conn, opt, password)
	defer s.close()
	out, err := s.login(user, password, try)
	if err != nil && out == "" {
		out = failure(err)
	}
	return out, s.transcript()
}

func failure(err error) Outcome {
	if errors.Is(err, io.EOF) || errors.Is(err, errClosed) {
		return Closed
	}
	return Unknown
}

// A mood is what the last words of the far end ask for.
type mood int

const (
	other mood = iota
	wantsUser
	wantsPassword
	saysNo
	maybeShell
)

// moods are tried in order on what was said since our last line.
var moods = []struct {
	mood mood
	re   *regexp.Regexp
}{
	{wantsPassword, regexp.MustCompile(`(?i)(password|passwd|passcode|passwort|pass ?phrase)[^\r\n]{0,40}[:>]\s*$`)},
	{wantsUser, regexp.MustCompile(`(?i)(login|user ?name|user|account|userid|benutzer)[^\r\n]{0,40}:\s*$`)},
	{maybeShell, regexp.MustCompile(`[#$>%][^\S\r\n]*(\x1b\[[0-9;?]*[a-zA-Z])*\s*$`)},
	{saysNo, regexp.MustCompile(`(?i)(incorrect|invalid|denied|fail(ed|ure)|bad (password|login|user)|wrong|not allowed|locked|too many)`)},
}

var terminal = regexp.MustCompile(`\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9A-B]|[=>78])`)

// judge reads the mood of what was said.
func judge(said string) mood {
	said = terminal.ReplaceAllString(said, "")
	for _, m := range moods {
		if m.re.MatchString(said) {
			return m.mood
		}
	}
	return other
}

// turns bounds how often the far end may ask before a login is given up.
const turns = 4

func (s *session) login(user, password string, try bool) (Outcome, error) {
	said, err := s.listen()
	if err != nil {
		return "", err
	}
	m := judge(said)
	switch {
	case m == wantsUser || m == wantsPassword:
		if !try {
			return Prompted, nil
		}
	case m == saysNo:
		return Refused, nil
	default:
		// Silence, a shell prompt or a menu: only a proof tells. A shell that
		// prints no prompt is asked as well.
		ok, again, err := s.prove()
		if ok {
			return NoLogin, nil
		}
		if err != nil {
			return "", err
		}
		// The line may have been taken as the name at a prompt that was not
		// recognised; then the server asks on.
		if m = judge(again); m != wantsUser && m != wantsPassword {
			return Unknown, nil
		}
		if !try {
			return Prompted, nil
		}
		if m == wantsPassword {
			// Not our name: let that attempt run out.
			if m, err = s.say("", ""); err != nil {
				return "", err
			}
			if m != wantsUser {
				return Unknown, nil
			}
		}
	}
	return s.answer(m, user, password)
}

// answer gives the name and the password as they are asked for, each once.
func (s *session) answer(m mood, user, password string) (Outcome, error) {
	var gaveUser, gavePassword bool
	var err error
	for range turns {
		switch {
		case m == wantsUser && !gaveUser && !gavePassword:
			gaveUser = true
			m, err = s.say(user, user)
		case m == wantsPassword && !gavePassword:
			gavePassword = true
			m, err = s.say(password, "<PASSWORD>")
		case m == wantsUser || m == wantsPassword || m == saysNo:
			return Refused, nil
		default:
			return s.decide()
		}
		if err != nil {
			if gavePassword && errors.Is(err, errClosed) && judge(s.last) == saysNo {
				return Refused, nil
			}
			return "", err
		}
	}
	return Refused, nil
}

// decide asks for the proof after the login.
func (s *session) decide() (Outcome, error) {
	ok, again, err := s.prove()
	switch {
	case ok:
		_, _ = s.say("exit", "exit") // a courtesy; the caller closes anyway
		return Accepted, nil
	case judge(again) == wantsUser || judge(again) == wantsPassword || judge(again) == saysNo:
		return Refused, nil
	case err != nil:
		return "", err
	}
	return Unknown, nil
}

// proofs are lines whose answer does not stand in them: a sum, and for shells
// without arithmetic two numbers joined by the removal of quotes.
var proofs = []struct {
	line   string
	answer func(a, b int) string
}{
	{"echo $((%d+%d))", func(a, b int) string { return fmt.Sprint(a + b) }},
	{`echo %d""%d`, func(a, b int) string { return fmt.Sprint(a) + fmt.Sprint(b) }},
}

// prove asks for each proof until one is given. What was said to the first is
// returned: later ones may meet a changed state.
func (s *session) prove() (ok bool, said string, err error) {
	for i, p := range proofs {
		a, b, err := s.numbers()
		if err != nil {
			return false, said, err
		}
		line := fmt.Sprintf(p.line, a, b)
		if err := s.write(line, line); err != nil {
			return false, said, err
		}
		found, heard, err := s.waitFor(p.answer(a, b))
		if found {
			s.proof = p.answer(a, b)
			return true, heard, nil
		}
		if i == 0 {
			said = heard
		}
		if err != nil || judge(heard) != maybeShell {
			return false, said, err
		}
	}
	return false, said, nil
}

// say sends a line and judges what comes back.
func (s *session) say(line, shown string) (mood, error) {
	if err := s.write(line, shown); err != nil {
		return other, err
	}
	said, err := s.listen()
	if err != nil {
		return other, err
	}
	return judge(strings.TrimPrefix(said, line)), nil
}

// Dial is Login over a new connection of a Dialer; an error means that there
// was no connection.
func Dial(ctx context.Context, dial wire.Dialer, address, user, password string, opt Options) (Outcome, Transcript, error) {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return Unknown, Transcript{}, fmt.Errorf("connecting to %q: %w", address, err)
	}
	defer conn.Close()
	out, tr := Login(ctx, conn, user, password, opt)
	return out, tr, nil
}
