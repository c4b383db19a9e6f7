// Package modeldesignation reads the model designation of a device in the way that
// its maker declares.
//
// EN 303 645, 5.3-16, in our words: a user can read the model designation plainly
// on the device or through an interface of it. TS 103 701, 5.3-16-2/a: the declared
// way works; 5.3-16-2/b: what is read is the declared designation.
//
// The package must never log in, and never call a label read that nobody looked at.
package modeldesignation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/fetch"
)

// Reading is what the declared page of a device showed to a stranger.
type Reading struct {
	URL     string   `json:"url"` // empty when the declaration names no page
	Status  int      `json:"status"`
	Title   string   `json:"title"`
	Text    string   `json:"text"`    // visible words of the page, capped
	Headers []string `json:"headers"` // "Name: value", without what changes by itself
	Error   string   `json:"error,omitempty"`
}

// Readings is made by this probe.
var Readings = evidence.Kind[Reading]{Name: "model-designation", Version: 1}

// Probe is the probe model-designation.
var Probe = &probe.Probe{
	Name:    "model-designation",
	Version: 1,
	Doc: `whether the device shows its model designation as declared
It fetches the declared page without logging in and looks for the designation in its
title, text or headers. It cannot read a label or a display, and does not listen for
announcements on the local network.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name},
	Makes:   []string{Readings.Name},
	Decides: decides,
	Facts:   []plimsoll.FactID{"model.readable"},
	Collect: collect,
	Judge:   judge,
}

const (
	unitWay  plimsoll.UnitID = "5.3-16-2/a"
	unitText plimsoll.UnitID = "5.3-16-2/b"
)

var decides = []plimsoll.UnitID{unitWay, unitText}

// table is the list-form table that holds the declaration of the designation.
const table = "UserInfo"

// way is the declared way of reading the designation.
type way struct {
	value, read, path string
	port              int
}

// wayOf reads the declaration; ok is false when it does not say.
func wayOf(p *product.Product) (w way, ok bool) {
	row, found := p.Row(table, table)
	if !found || row.Observed != "" {
		return way{}, false
	}
	const at = "model_designation."
	w = way{value: row.Text(at + "value"), read: row.Text(at + "read"), path: row.Text(at + "path")}
	w.port, _ = row.Int(at + "port")
	if !strings.HasPrefix(w.path, "/") {
		w.path = "/" + w.path
	}
	return w, true
}

func (w way) web() bool { return strings.HasPrefix(w.read, "http-") }

func collect(ctx context.Context, s *probe.Session) error {
	w, _ := wayOf(s.Product)
	for _, d := range s.Devices() {
		r, raws := Reading{Headers: []string{}}, []evidence.Raw{}
		if w.web() && w.port > 0 {
			r.URL = fmt.Sprintf("%s://%s%s", scheme(s.View(), d, w.port), probe.Address(host(d), w.port), w.path)
			r, raws = read(ctx, s, d, r)
		}
		m := probe.OfDevice(d)
		if ctx.Err() != nil {
			m.Note = "the run was interrupted"
		}
		if err := probe.Keep(s, Readings, m, r, raws...); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func host(d product.Device) string {
	if d.Address != "" {
		return d.Address
	}
	return d.Address6
}

// scheme is what the scan found at the port.
func scheme(v *probe.View, d product.Device, port int) string {
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		for _, r := range it.Value {
			for _, p := range r.Open {
				if it.Target == probe.DeviceTarget(d) && r.Network == "tcp" && int(p.Port) == port && p.Service.Name == "http" {
					return "http"
				}
			}
		}
	}
	return "https"
}

// changing are headers whose value differs between two looks at one page.
var changing = []string{"Date", "Expires", "Set-Cookie", "Last-Modified", "Etag", "Age", "Content-Length"}

func read(ctx context.Context, s *probe.Session, d product.Device, r Reading) (Reading, []evidence.Raw) {
	page, err := fetch.Get(ctx, wire.Dialer(s.Dialer(d)), r.URL, fetch.Options{BodyCap: 512 << 10, Now: s.Now})
	r.Status = page.Status
	if err != nil {
		r.Error = failure(err)
		return r, nil
	}
	r.Title, r.Text = words(page.Body)
	r.Headers = headers(page.Header)
	return r, []evidence.Raw{{Name: "page.html", Media: "text/html", Data: page.Body}}
}

func headers(h http.Header) []string {
	out := []string{}
	for name, values := range h {
		if slices.Contains(changing, name) {
			continue
		}
		for _, v := range values[:min(len(values), 10)] {
			out = append(out, wire.Printable([]byte(name+": "+v), 300))
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 100)]
}

// failure says why there is no page, without the port numbers of one connection.
func failure(err error) string {
	switch {
	case errors.Is(err, probe.ErrOutOfScope):
		return "the page leads to an address outside the declared targets"
	case errors.Is(err, fetch.ErrRedirects):
		return "the page leads in a circle"
	case wire.TimedOut(err):
		return "no answer in time"
	case wire.Refused(err):
		return "the connection was refused or reset"
	}
	return "the connection broke off"
}
