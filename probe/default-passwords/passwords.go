// Package defaultpasswords tries published default passwords on the logins of a
// device.
//
// EN 303 645, 5.1-1, in our words: a password that works on a device in use is
// either the user's own or one that no other unit has. TS 103 701, 5.1-1-2/c and,
// for logins that let everybody in, 5.5-4-2/a.
//
// The package must never try more than the declared lock-out leaves room for, and
// never call a pair working on the word of a single answer.
package defaultpasswords

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

// Probe is the probe default-passwords.
var Probe = &probe.Probe{
	Name:    "default-passwords",
	Version: 1,
	Doc: `whether a published default password opens the device
It finds the logins over HTTP, Telnet, SSH and FTP and tries pairs from the shipped
list, each between certainly wrong ones, within the declared lock-out. It cannot try
logins that only a script performs, and knows no password that was never published.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name},
	Makes:   []string{evidence.Logins.Name},
	Decides: decides,
	Facts: []plimsoll.FactID{
		"passwords.used", "users.authenticate", "authentication.cryptographic", "authentication.network",
		"login.password_seen", "default_password.works", "functions.network_reachable",
		"configuration.network", "telnet.reachable", "input.user_interface",
	},
	Collect: collect,
	Judge:   judge,
}

// The units that it decides.
const (
	unitPassword plimsoll.UnitID = "5.1-1-2/c"
	unitAccess   plimsoll.UnitID = "5.5-4-2/a"
)

var decides = []plimsoll.UnitID{unitPassword, unitAccess}

func collect(ctx context.Context, s *probe.Session) error {
	for _, d := range s.Devices() {
		c := &collection{s: s, device: d, dial: s.Dialer(d)}
		c.run(ctx, services(s.View(), d))
		m := probe.OfDevice(d)
		if ctx.Err() != nil {
			c.note("the run was interrupted before every login was tried")
		}
		sort.Strings(c.notes)
		m.Note = strings.Join(c.notes, "; ")
		logins, raws := c.result()
		if err := probe.Keep(s, evidence.Logins, m, logins, raws...); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// service is an open port that may ask for a password.
type service struct {
	wire.Service
	declared bool // a row of AuthMech names the port
}

// finders look for the logins of a service, by its protocol.
var finders = map[string]func(*collection, context.Context, service) []place{
	"http": (*collection).web, "https": (*collection).web,
	"telnet": (*collection).telnet, "ssh": (*collection).ssh, "ftp": (*collection).ftp,
}

// services lists the open ports of a device that may ask for a password, each
// port once, declared logins first.
func services(v *probe.View, d product.Device) []service {
	var out []service
	seen := map[uint16]bool{}
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		if it.Target != probe.DeviceTarget(d) || it.State != d.State || it.Sample != d.Serial {
			continue
		}
		for _, r := range it.Value {
			for _, p := range r.Open {
				if r.Network != "tcp" || finders[p.Service.Name] == nil || seen[p.Port] {
					continue
				}
				seen[p.Port] = true
				out = append(out, service{p.Service, len(probe.LoginsAt(v.Product, p.Port, "")) > 0})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b service) int {
		if a.declared != b.declared {
			return map[bool]int{true: -1, false: 1}[a.declared]
		}
		return int(a.Port) - int(b.Port)
	})
	return out
}

// place is a login that was found, ready to be tried.
type place struct {
	login    evidence.Login
	try      creds.Login // nil: software cannot try it
	doubt    func() bool // after the tries: a refusal does not differ from a login
	hints    []string    // words of the service that may name the maker
	nameless bool        // it asks for a password and no name
}

// collection is the work on one device. Its methods may be called by several
// goroutines.
type collection struct {
	s      *probe.Session
	device product.Device
	dial   wire.Dialer

	mu     sync.Mutex
	notes  []string
	logins []evidence.Login
	raws   []evidence.Raw
	web1   *budget // web logins share one account base and so one budget
	done   int
}

func (c *collection) note(format string, a ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes = append(c.notes, fmt.Sprintf(format, a...))
}

// run tries all services, some at once: each has its own pace. The web logins of a
// device come one after the other, because one lock-out may count for all.
func (c *collection) run(ctx context.Context, all []service) {
	var pages []service
	var wg sync.WaitGroup
	room := make(chan struct{}, 4)
	for _, svc := range all {
		if strings.HasPrefix(svc.Name, "http") {
			pages = append(pages, svc)
			continue
		}
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			c.service(ctx, svc, len(all))
		})
	}
	wg.Go(func() {
		for _, svc := range pages {
			c.service(ctx, svc, len(all))
		}
	})
	wg.Wait()
}

func (c *collection) service(ctx context.Context, svc service, total int) {
	if ctx.Err() == nil {
		for _, pl := range finders[svc.Name](c, ctx, svc) {
			c.ask(ctx, svc, pl)
		}
	}
	c.mu.Lock()
	c.done++
	done := c.done
	c.mu.Unlock()
	c.s.Progress(done, total, "services of "+c.device.Address)
}

// ask tries the candidates on one login and keeps what came of it.
func (c *collection) ask(ctx context.Context, svc service, pl place) {
	l := pl.login
	if pl.try == nil {
		l.Result = creds.Result{Verdict: creds.NotTried, Candidates: []creds.Tried{}, Attempts: []creds.Attempt{}, Incomplete: true}
		c.keep(l, l.Result)
		return
	}
	b := c.budgetOf(l)
	list := c.candidates(svc, pl, b)
	res := creds.Ask(ctx, b.counted(pl.try), list, creds.Options{
		Pace: func(ctx context.Context) error {
			if err := b.afford(); err != nil {
				return err
			}
			return c.s.PaceLogin(ctx, svc.Address())
		},
		PerAccount: perAccount(c.s.Safety),
	})
	res.Incomplete = res.Incomplete || len(list) == 0
	if pl.doubt != nil && pl.doubt() && res.Verdict == creds.PairRefused {
		res.Verdict = creds.Unstable
	}
	l.Result = plain(res)
	c.keep(l, res)
}

// keep files a login with the raw record of the tries.
func (c *collection) keep(l evidence.Login, res creds.Result) {
	raw, err := json.MarshalIndent(struct {
		evidence.Login
		Result creds.Result `json:"result"`
	}{l, res}, "", " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logins = append(c.logins, l)
	if err == nil {
		name := fmt.Sprintf("login-%d-%s%s.json", l.Port, l.Protocol, strings.ReplaceAll(l.Path, "/", "-"))
		c.raws = append(c.raws, evidence.Raw{Name: name, Media: "application/json", Data: raw})
	}
}

// result returns what was found, in the order of ports.
func (c *collection) result() ([]evidence.Login, []evidence.Raw) {
	logins := append([]evidence.Login{}, c.logins...)
	slices.SortFunc(logins, func(a, b evidence.Login) int {
		if a.Port != b.Port {
			return int(a.Port) - int(b.Port)
		}
		return strings.Compare(a.Protocol+a.Path, b.Protocol+b.Path)
	})
	slices.SortFunc(c.raws, func(a, b evidence.Raw) int { return strings.Compare(a.Name, b.Name) })
	return logins, c.raws
}

// random stands for the names and passwords that were made up for one try.
const random = "(random)"

// plain leaves out what differs between two looks at one device: made-up names and
// passwords. The raw record keeps them.
func plain(res creds.Result) creds.Result {
	res.Attempts = slices.Clone(res.Attempts)
	for i := range res.Attempts {
		a := &res.Attempts[i]
		if a.Role == creds.WrongBefore || a.Role == creds.WrongAfter {
			a.Password = random
			if strings.HasPrefix(a.User, "nobody-") {
				a.User = random
			}
		}
		a.Reply.Detail, _, _ = strings.Cut(a.Reply.Detail, "\n")
	}
	return res
}
