package defaultpasswords

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// Bounds where the declaration names no lock-out.
const (
	accountLogins = 10 // on one account
	gentlePairs   = 12 // on one service; --thorough tries the whole list
	controls      = 2  // certainly wrong logins, before and after
)

func perAccount(s probe.Safety) int {
	if s >= probe.Disruptive {
		return -1
	}
	return accountLogins
}

var errBudget = errors.New("another wrong login may lock the owner out")

// budget counts the wrong logins that a lock-out leaves room for.
type budget struct {
	mu   sync.Mutex
	max  int // 0: nothing is known of a lock-out
	used int
}

func (b *budget) afford() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.max > 0 && b.used >= b.max {
		return errBudget
	}
	return nil
}

func (b *budget) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, b.max-b.used)
}

// counted books every login that was not accepted.
func (b *budget) counted(try creds.Login) creds.Login {
	return func(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
		r, err := try(ctx, p)
		if p != nil && r.Answer != creds.Accepted {
			b.mu.Lock()
			b.used++
			b.mu.Unlock()
		}
		return r, err
	}
}

// budgetOf takes the lock-out of the row on the login's port. A login without one
// is taken to have the strictest that the declaration names, for accounts are
// often shared; the web logins of a device share one budget for the same reason.
func (c *collection) budgetOf(l evidence.Login) *budget {
	limit := 0
	rows := probe.LoginsAt(c.s.Product, l.Port, l.Path)
	if len(rows) == 0 {
		rows = c.s.Product.Rows("AuthMech")
	}
	for _, r := range rows {
		n, ok := r.Int("rate_limit.attempts")
		if a := r.Text("rate_limit.action"); ok && n > 0 && a != "none" && (limit == 0 || n < limit) {
			limit = n
		}
	}
	if limit == 0 || c.s.Safety >= probe.Disruptive {
		return &budget{}
	}
	b := &budget{max: max(1, limit-1)} // the owner keeps one try
	if !strings.HasPrefix(l.Protocol, "http") {
		return b
	}
	if c.web1 == nil {
		c.web1 = b
	}
	return c.web1
}

// candidates chooses the pairs to try, the likeliest first: of the maker or kind of
// the device, generic ones, and those of other makers by turns, so that a short
// list holds some of each.
func (c *collection) candidates(svc service, pl place, b *budget) []creds.Pair {
	n := gentlePairs
	switch {
	case b.max > 0:
		n = b.left() - controls
	case c.s.Safety >= probe.Thorough:
		n = len(creds.Defaults())
	}
	i := c.s.Product.Info
	hints := append([]string{i.Manufacturer.Name, i.Name, i.Model, i.Category, i.Runtime, svc.Product, svc.Banner}, i.TradeNames...)
	list := byTurns(creds.Order(creds.Defaults(), append(hints, pl.hints...)...), usualName(pl.login.Protocol))
	if pl.nameless {
		list = withoutNames(list)
	}
	return list[:max(0, min(n, len(list)))]
}

// usualName is the account that devices of this kind of login mostly have.
func usualName(protocol string) string {
	switch {
	case protocol == "telnet" || protocol == "ssh":
		return "root"
	case strings.HasPrefix(protocol, "http"):
		return "admin"
	}
	return ""
}

// turn is the order in which groups are dealt: of the device, generic, of others.
var turn = [4]int{0, 1, 2, 1}

// byTurns takes an ordered list, which has the device's own pairs before the
// generic ones and those of other makers after them, and deals from the three.
// Pairs of the usual account come first in each.
func byTurns(ordered []creds.Pair, usual string) []creds.Pair {
	var groups [3][]creds.Pair
	at := 0
	for _, p := range ordered {
		switch {
		case p.Kind == "":
			at = 2
			groups[1] = append(groups[1], p)
		default:
			groups[at] = append(groups[at], p)
		}
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b creds.Pair) int {
			return rank(a.User, usual) - rank(b.User, usual)
		})
	}
	out := make([]creds.Pair, 0, len(ordered))
	for len(out) < len(ordered) {
		for _, g := range turn {
			if len(groups[g]) > 0 {
				out = append(out, groups[g][0])
				groups[g] = groups[g][1:]
			}
		}
	}
	return out
}

func rank(user, usual string) int {
	if user == usual {
		return 0
	}
	return 1
}

// withoutNames keeps each password once, for a login that asks for no name.
func withoutNames(list []creds.Pair) []creds.Pair {
	var out []creds.Pair
	seen := map[string]bool{}
	for _, p := range list {
		if !seen[p.Password] {
			seen[p.Password] = true
			p.User = ""
			out = append(out, p)
		}
	}
	return out
}
