package sim

import (
	"crypto/subtle"
	"sync"
	"time"

	"github.com/plimsoll-iot/plimsoll/sim/console"
)

// The brute-force defence that the declaration describes: after guardAttempts wrong guesses within guardWindow the service
// refuses every login, right or wrong, for guardLock.
const (
	guardAttempts = 5
	guardWindow   = time.Minute
	guardLock     = 30 * time.Second
)

// guard counts wrong guesses of one service.
type guard struct {
	now    func() time.Time
	mu     sync.Mutex
	wrong  []time.Time
	locked time.Time // until when
}

// try runs check unless the service is locked, and counts a wrong guess. wait is how long the lock still holds.
func (g *guard) try(check func() bool) (ok bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if left := g.locked.Sub(now); left > 0 {
		return false, left
	}
	if check() {
		g.wrong = nil
		return true, 0
	}
	var recent []time.Time
	for _, t := range g.wrong {
		if now.Sub(t) < guardWindow {
			recent = append(recent, t)
		}
	}
	g.wrong = append(recent, now)
	if len(g.wrong) >= guardAttempts {
		g.wrong, g.locked = nil, now.Add(guardLock)
	}
	return false, 0
}

// credential is a pair that a service accepts.
type credential struct{ user, password string }

// accept compares with all pairs, without stopping at the first, so that timing tells nothing.
func accept(pairs []credential, user, password string) bool {
	found := 0
	for _, p := range pairs {
		found |= subtle.ConstantTimeCompare([]byte(p.user), []byte(user)) & subtle.ConstantTimeCompare([]byte(p.password), []byte(password))
	}
	return found == 1
}

// adminPairs open the administration page.
func (u *unit) adminPairs() []credential {
	pairs := []credential{{"admin", u.model.Password}}
	if u.has("default-password") {
		pairs = append(pairs, credential{"admin", "admin"})
	}
	return pairs
}

// checkAdmin says whether the administration page lets the pair in.
func (u *unit) checkAdmin(user, password string) bool {
	if u.has("any-password") {
		return password != ""
	}
	return accept(u.adminPairs(), user, password)
}

// shellPairs open Telnet.
func (u *unit) shellPairs() []credential {
	pairs := []credential{{"root", u.model.Password}}
	if u.has("default-password") {
		pairs = append(pairs, credential{"root", "xc3511"})
	}
	return pairs
}

// try is the login of a console under the guard of its service.
func (u *unit) try(service string, pairs []credential) console.Try {
	return func(user, password string) (bool, time.Duration) {
		return u.guard[service].try(func() bool { return accept(pairs, user, password) })
	}
}
