package defaultpasswords

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/weblogin"
)

// pathsCap is how many pages of one service are looked at.
const pathsCap = 8

// errElsewhere says that a page led to another port: what is there is looked at in
// its own right.
var errElsewhere = errors.New("the page leads to another service")

// samePort keeps redirects and forms on one port.
func samePort(dial wire.Dialer, port uint16) wire.Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, p, err := net.SplitHostPort(address); err != nil || p != fmt.Sprint(port) {
			return nil, errElsewhere
		}
		return dial(ctx, network, address)
	}
}

// web finds the logins of a web server: on its first page, where that leads, and
// at the declared paths.
func (c *collection) web(ctx context.Context, svc service) []place {
	base := svc.Name + "://" + svc.Address()
	dial := samePort(c.dial, svc.Port)
	paths := append([]string{"/"}, c.declaredPaths(svc.Port)...)
	var out []place
	seen := map[string]bool{}
	for i := 0; i < len(paths) && i < pathsCap; i++ {
		site, err := weblogin.New(dial, base+paths[i], weblogin.Options{})
		if err != nil {
			c.note("the declared path %q is none of a web page", paths[i])
			continue
		}
		way, look, err := site.Look(ctx)
		switch {
		case errors.Is(err, errElsewhere):
			continue
		case err != nil:
			c.note("%s port %d, %s: %s", svc.Name, svc.Port, paths[i], broke(err))
			continue
		}
		if look.Status == http.StatusTooManyRequests || look.Status == http.StatusLocked {
			c.note("%s port %d, %s: locked (%d)", svc.Name, svc.Port, paths[i], look.Status)
		}
		if p := nextPath(paths[i], look.Script); p != "" && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
		pl, ok := c.page(site, svc, way, look)
		if key := pl.login.Protocol + look.Path; ok && !seen[key] {
			seen[key] = true
			out = append(out, pl)
		}
	}
	return out
}

func (c *collection) declaredPaths(port uint16) []string {
	var out []string
	add := func(p string) {
		if strings.HasPrefix(p, "/") && !slices.Contains(out, p) && p != "/" {
			out = append(out, p)
		}
	}
	for _, r := range c.s.Product.Rows("AuthMech") {
		if n, ok := r.Int("surface.port"); !ok || n == int(port) {
			add(r.Text("surface.path"))
		}
	}
	for _, r := range c.s.Product.Rows("UserIntf") {
		if n, ok := r.Int("port"); ok && n == int(port) {
			add(r.Text("path"))
		}
	}
	return out
}

// nextPath is where a script of the page sends the browser, on the same service.
func nextPath(at, script string) string {
	from, err := url.Parse(at)
	if err != nil || script == "" {
		return ""
	}
	to, err := from.Parse(script)
	if err != nil || to.Host != "" || !strings.HasPrefix(to.Path, "/") {
		return ""
	}
	return to.Path
}

// page makes a place of a page that asks for a password.
func (c *collection) page(site *weblogin.Site, svc service, way weblogin.Way, look weblogin.Trace) (place, bool) {
	pl := place{hints: []string{look.Title, look.Challenge}, login: evidence.Login{
		Protocol: "http-" + string(way), Address: svc.Host, Port: svc.Port, Path: look.Path,
		TLS: svc.Name == "https", Asks: true,
	}}
	switch way {
	case weblogin.Basic, weblogin.Digest:
		t := &webTry{site: site, way: way, look: look}
		pl.try = t.login
	case weblogin.Form:
		t := &webTry{site: site, way: way, look: look}
		pl.try, pl.doubt = t.login, func() bool { return t.doubt }
	case weblogin.Other:
		return pl, look.Password || look.Status == http.StatusUnauthorized
	default:
		return pl, false
	}
	return pl, true
}

// webTry is a login page under trial, by one goroutine.
type webTry struct {
	site  *weblogin.Site
	way   weblogin.Way
	look  weblogin.Trace
	wrong *weblogin.Trace // of the first login, which is certainly wrong
	doubt bool            // a wrong password and none at all gave the same page, which asks for nothing
}

var webAnswers = map[weblogin.Outcome]creds.Answer{
	weblogin.Accepted: creds.Accepted, weblogin.Refused: creds.Refused,
	weblogin.Locked: creds.Locked, weblogin.NoLogin: creds.NoPassword,
}

func (t *webTry) login(ctx context.Context, p *creds.Pair) (creds.Reply, error) {
	if p == nil { // the first look has shown that it asks
		return creds.Reply{Answer: creds.Refused, Detail: shown(t.look)}, nil
	}
	got, err := t.site.Try(ctx, t.way, p.User, p.Password)
	if err != nil {
		return creds.Reply{Answer: creds.Unclear}, errors.New(broke(err))
	}
	var out weblogin.Outcome
	if t.wrong == nil {
		t.wrong = &got
		if out, err = t.first(ctx, got); err != nil {
			return creds.Reply{Answer: creds.Unclear}, errors.New(broke(err))
		}
	} else {
		out = weblogin.Judge(t.way, t.look, *t.wrong, got)
	}
	r := creds.Reply{Answer: creds.Unclear, Detail: shown(got)}
	if a, ok := webAnswers[out]; ok {
		r.Answer = a
	}
	if r.Answer == creds.Accepted {
		r.Proof = "the page behind the login: " + shown(got)
	}
	return r, nil
}

// first judges the certainly wrong login. On a form a page that asks no more may be
// a refusal without words: only when an empty login is treated otherwise has the
// wrong one been let in.
func (t *webTry) first(ctx context.Context, got weblogin.Trace) (weblogin.Outcome, error) {
	out := weblogin.Judge(t.way, t.look, t.look, got)
	if t.way != weblogin.Form || out != weblogin.Accepted {
		return out, nil
	}
	empty, err := t.site.Try(ctx, t.way, "", "")
	if err != nil {
		return out, err
	}
	asksAgain := empty.Password || empty.Status == http.StatusUnauthorized || empty.Status == http.StatusForbidden
	if asksAgain && weblogin.Judge(t.way, t.look, empty, got) == weblogin.Accepted {
		return weblogin.Accepted, nil
	}
	t.doubt = true
	return weblogin.Refused, nil
}

// shown says in words that stay the same what a page was.
func shown(t weblogin.Trace) string {
	s := fmt.Sprintf("%d %s", t.Status, t.Path)
	if t.Title != "" {
		s += fmt.Sprintf(", title %q", t.Title)
	}
	if len(t.Cookies) > 0 {
		s += ", sets " + strings.Join(t.Cookies, " ")
	}
	return s
}

// broke says why there was no answer, without the port numbers of one connection.
func broke(err error) string {
	switch {
	case errors.Is(err, errElsewhere):
		return errElsewhere.Error()
	case errors.Is(err, probe.ErrOutOfScope):
		return "it leads to an address outside the declared targets"
	case wire.TimedOut(err):
		return "no answer in time"
	case wire.Refused(err):
		return "the connection was refused or reset"
	}
	return "the connection broke off"
}
