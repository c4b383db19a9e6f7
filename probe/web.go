package probe

import (
	"context"
	"fmt"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// OfPage is the Meta of an observation of a declared public page.
func OfPage(address string) Meta {
	return Meta{Target: evidence.Target{Kind: evidence.TargetWeb, Name: address}}
}

// Pages fetches public pages with the roots of targets.web.roots, and returns the
// snapshot and the body of each. It ends with the context, and keeps nothing.
func (s *Session) Pages(ctx context.Context, addresses ...string) ([]page.Snapshot, [][]byte, error) {
	opt := page.Options{Now: s.Now}
	if file := s.Product.Targets.Web.Roots; file != "" {
		b, err := s.ReadFile(file)
		if err == nil {
			opt.Roots, err = page.Certificates(b)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading targets.web.roots: %w", err)
		}
	}
	var shots []page.Snapshot
	var bodies [][]byte
	for _, a := range addresses {
		dial, err := s.WebDialer(a)
		if err != nil {
			return nil, nil, err
		}
		shot, body := page.Take(ctx, dial, a, opt)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		shots, bodies = append(shots, shot), append(bodies, body)
	}
	return shots, bodies, nil
}

// KeepPages fetches the addresses at which a page is declared, and keeps the
// snapshots and the bodies under the target that targets.web names.
func KeepPages(ctx context.Context, s *Session, k evidence.Kind[[]page.Snapshot], target string, addresses []string) error {
	shots, bodies, err := s.Pages(ctx, addresses...)
	if err != nil {
		return err
	}
	var raws []evidence.Raw
	for i, b := range bodies {
		raws = append(raws, evidence.Raw{Name: fmt.Sprintf("page-%d", i+1), Media: shots[i].ContentType, Data: b})
	}
	return Keep(s, k, OfPage(target), shots, raws...)
}

// PagesAt returns what KeepPages kept of these addresses, in their order, and the
// evidence; nothing when one of them was not fetched.
func PagesAt(v *View, k evidence.Kind[[]page.Snapshot], target string, addresses []string) ([]page.Snapshot, []plimsoll.Digest) {
	var out []page.Snapshot
	var ev []plimsoll.Digest
	for _, a := range addresses {
		for _, it := range Items(v, k) {
			for _, s := range it.Value {
				if s.URL == a && it.Target.Name == target {
					out = append(out, s)
					ev = []plimsoll.Digest{it.Digest}
				}
			}
		}
	}
	if target == "" || len(out) != len(addresses) {
		return nil, nil
	}
	return out, ev
}
