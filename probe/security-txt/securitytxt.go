// Package securitytxt fetches the declared security.txt file and judges it by
// RFC 9116, strictly.
//
// EN 303 645, 5.2-1, in our words: the way to report a vulnerability is published as
// declared. No unit asks for a security.txt file; whoever declares one publishes it
// as declared or not. The package must never say anything about a product that
// declares no file, and never call the signature of a file good.
package securitytxt

import (
	"context"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/page"
	"github.com/plimsoll-iot/plimsoll/wire/securitytxt"
)

// Observation is the file as it was fetched and read on the day of the fetch.
type Observation struct {
	Snapshot page.Snapshot    `json:"snapshot"`
	File     securitytxt.File `json:"file"`
}

// Files is the evidence of the probe.
var Files = evidence.Kind[Observation]{Name: "security-txt", Version: 1}

// Probe is the probe security-txt. It decides no unit by itself: a product without a
// declared file must not be left open for it.
var Probe = &probe.Probe{
	Name:    "security-txt",
	Version: 1,
	Doc: `whether the declared security.txt file is there and keeps to RFC 9116
It fetches the file that targets.web.security_txt names without login or cookie, and
lists everything that is wrong, with its line. What it finds counts for 5.2-1-2/a: a
declared file that is missing, invalid or out of date is not published as declared. It
cannot tell whether anybody answers at the contact, or whether a signature verifies.`,
	Needs:   probe.NeedsWeb,
	Makes:   []string{Files.Name},
	Facts:   []plimsoll.FactID{"security_txt.valid", "security_txt.expires"},
	Collect: collect,
	Judge:   judge,
}

func collect(ctx context.Context, s *probe.Session) error {
	address := s.Product.Targets.Web.SecurityTxt
	if address == "" {
		return nil
	}
	shots, bodies, err := s.Pages(ctx, address)
	if err != nil {
		return err
	}
	shot, body := shots[0], bodies[0]
	o := Observation{Snapshot: shot, File: securitytxt.Check(body, securitytxt.Origin{
		URL: shot.URL, FinalURL: shot.FinalURL, ContentType: shot.ContentType, Status: shot.Status, At: s.Now(),
	})}
	return probe.Keep(s, Files, probe.OfPage(address), o, evidence.Raw{Name: "security.txt", Media: shot.ContentType, Data: body})
}
