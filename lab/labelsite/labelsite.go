// Package labelsite makes the static site of a labelling scheme for the tests of its
// readers: signed by keys of the test with the functions that schemes use. Only tests
// import it; it must never be part of a program.
package labelsite

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
)

// Site is a scheme with its labels. Change what it says and Write it again.
type Site struct {
	Dir    string
	List   label.TrustList
	Bits   uint8
	Labels []Label

	root, newRoot, sign, status *key.FileKey
}

// Label is an issued label and what the scheme says of it.
type Label struct {
	label.Token
	Standing label.Standing
	Hidden   bool // it is not among the issued ones
}

// Code is that of the scheme, Host its address.
const (
	Code = "HARB"
	Host = "label.example"
)

// New makes a scheme whose keys are good at a moment.
func New(dir string, at time.Time) (*Site, error) {
	s := &Site{Dir: dir}
	for _, k := range []**key.FileKey{&s.root, &s.newRoot, &s.sign, &s.status} {
		var err error
		if *k, err = key.Generate(key.P256); err != nil {
			return nil, err
		}
	}
	day := label.DayOf(at)
	s.List = label.TrustList{Version: 7, Issued: day - 10, Expires: day + 60, Schemes: []label.Scheme{{
		Code: Code, Name: "Harbour Mark", Hosts: []string{Host}, LogOrigin: Host + "/log",
		Levels: []label.Level{{Names: map[string]string{"en": "Basics", "de": "Grundschutz", "ja": "基本"}}, {Names: map[string]string{"en": "Extended"}}},
	}}}
	for use, k := range map[label.Use]*key.FileKey{label.UseLabel: s.sign, label.UseStatus: s.status} {
		pub, err := label.EncodeKey(k.Public())
		if err != nil {
			return nil, err
		}
		s.List.Schemes[0].Keys = append(s.List.Schemes[0].Keys, label.Key{Use: use, Public: pub, SignFrom: day - 300, SignUntil: day + 60, VerifyUntil: day + 1200})
	}
	var err error
	s.List.Roots, err = rootsOf(s.root)
	return s, err
}

func rootsOf(k *key.FileKey) (label.Roots, error) {
	pub, err := label.EncodeKey(k.Public())
	return label.Roots{Threshold: 1, Keys: [][]byte{pub}}, err
}

// Rotate makes the list of the next version, which names new roots; both sign it.
// After Retire the old ones sign no more.
func (s *Site) Rotate() (err error) {
	s.List.Version++
	s.List.Roots, err = rootsOf(s.newRoot)
	return err
}

// Retire makes the list of the next version, which only the new roots sign.
func (s *Site) Retire() {
	s.List.Version++
	s.root = s.newRoot
}

// Plug is a label as it should be.
func Plug(at time.Time) label.Claims {
	from := at.AddDate(0, -2, 0).Truncate(24 * time.Hour)
	return label.Claims{
		Issuer: Code, Number: 1420, Level: 1, Assurance: label.LabTested, SupportEnd: label.DayOf(at.AddDate(4, 0, 0)),
		Brand: "Harbour", Model: "Plug 2", Version: "2.4.1", From: from, Until: from.AddDate(2, 0, 0),
	}
}

// Issue adds a label.
func (s *Site) Issue(c label.Claims) (label.Token, error) {
	t, err := label.Issue(context.Background(), c, s.sign)
	if err == nil {
		s.Labels = append(s.Labels, Label{Token: t})
	}
	return t, err
}

// Write writes the whole site as of a moment, and beside it, in DIR.roots, the roots
// of the list.
func (s *Site) Write(at time.Time) error {
	ctx := context.Background()
	var trust []byte
	for _, k := range []*key.FileKey{s.root, s.newRoot} {
		var err error
		if trust, err = label.AddSignature(ctx, s.List, trust, k); err != nil {
			return err
		}
		if s.root == s.newRoot {
			break
		}
	}
	scheme := &s.List.Schemes[0]
	standing := map[label.Number]label.Standing{}
	buckets := map[uint32][]label.Issued{}
	files := map[string][]byte{"trust.cose": trust, "r/bits": fmt.Appendf(nil, "%d\n", s.Bits)}
	for p := range uint32(1) << s.Bits {
		buckets[p] = nil
	}
	for i, l := range s.Labels {
		c := l.Claims()
		about := label.Issued{Digest: l.Digest(), Standing: l.Standing, LogIndex: uint64(i), SupportEnd: c.SupportEnd}
		if !l.Hidden {
			p := label.RangePrefix(l.Digest(), s.Bits)
			buckets[p] = append(buckets[p], about)
			standing[c.Number] = l.Standing
		}
		record, err := page.NewRecord(l.Token, scheme, about, at)
		if err != nil {
			return err
		}
		rec, err := json.Marshal(record)
		if err != nil {
			return err
		}
		folder := "l/" + l.NumberText() + "/"
		files[folder+"record.json"] = rec
		files[folder+"statement.cose"] = l.Bytes()
		files[folder+"proof.tlog-proof"] = fmt.Appendf(nil, "proof of %x at %d\n", l.Digest(), i)
	}
	var err error
	if files["s/0"], err = label.SignStatusList(ctx, scheme, 0, standing, at, s.status); err != nil {
		return err
	}
	for p, all := range buckets {
		if files["r/"+label.RangeName(p, s.Bits)], err = label.SignRange(ctx, scheme, s.Bits, p, all, at, s.status); err != nil {
			return err
		}
	}
	for name, b := range files {
		path := filepath.Join(s.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	roots, err := json.Marshal(s.List.Roots)
	if err != nil {
		return err
	}
	return os.WriteFile(s.Dir+".roots", roots, 0o644)
}
