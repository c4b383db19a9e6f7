// Package accounts looks for the passwords that a firmware image brings to every
// device.
//
// EN 303 645, 5.1-1 and 5.4-3, in our words: no password is the same in all units,
// and no secret in use is part of the software. TS 103 701, 5.4-3-2/a; evidence
// against 5.1-1-1/a; storage, 5.4-1-2/a, where a declared parameter names the file.
//
// The package must never keep a stored password that is not public, never try a
// password on a device, and never take a locked account for a login.
package accounts

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Probe is the probe accounts.
var Probe = &probe.Probe{
	Name:    "accounts",
	Version: 1,
	Doc: `whether the firmware image brings passwords that all units share
It reads the account files of every file system of the image (passwd, shadow, htpasswd
and their kin) and tries the shipped list of published passwords on what is stored. It
cannot tell whether a stored password is replaced before use, and says so.`,
	Needs:   probe.NeedsFirmware,
	Reads:   []string{evidence.Images.Name},
	Makes:   []string{kind.Name},
	Decides: decides,
	Facts:   []plimsoll.FactID{"accounts.password_known", "passwords.used", "authentication.cryptographic", "parameters.persistent"},
	Collect: collect,
	Judge:   judge,
}

// The units that it speaks to.
const (
	unitProvisioning plimsoll.UnitID = "5.4-3-2/a"
	unitUniversal    plimsoll.UnitID = "5.1-1-1/a" // judged on the design: evidence against
	unitStorage      plimsoll.UnitID = "5.4-1-2/a" // for the files that SecParam names
)

var decides = []plimsoll.UnitID{unitProvisioning, unitUniversal}

// found is what stands in one image.
type found struct {
	Image    plimsoll.Digest `json:"image"`
	Accounts []account       `json:"accounts"`
	Unread   []string        `json:"unread,omitempty"` // account files whose bytes could not be had
	Left     int             `json:"left,omitempty"`   // accounts beyond the limit
}

// account is one row of an account file. The stored password itself is not in it.
type account struct {
	passwd.Account
	Part     int    `json:"part"`            // of the image, whose tree holds the file
	Mode     string `json:"mode,omitempty"`  // permissions of the file, octal
	Token    string `json:"token,omitempty"` // stands for the stored field: equal tokens, equal fields
	Cracked  bool   `json:"cracked,omitempty"`
	Password string `json:"password,omitempty"`  // when it stands on the shipped list
	FromName bool   `json:"from_name,omitempty"` // it follows from the user name
	Tried    int    `json:"tried,omitempty"`
	Why      string `json:"why,omitempty"` // when not all of the list was tried
}

var kind = evidence.Kind[found]{Name: "accounts", Version: 1}

// Bounds of the search in one image.
const (
	maxAccounts = 500
	crackTime   = time.Minute
	crackers    = 2
)

func collect(ctx context.Context, s *probe.Session) error {
	return s.EachImage(ctx, func(img *firmware.Image, m probe.Meta) error {
		v := found{Image: m.Input, Accounts: []account{}}
		if img != nil {
			v.look(ctx, s, img)
			if ctx.Err() != nil {
				m.Note = "the run was interrupted before every stored password was tried"
			}
		}
		return probe.Keep(s, kind, m, v)
	})
}

// look reads the accounts of every tree and tries the list on them.
func (v *found) look(ctx context.Context, s *probe.Session, img *firmware.Image) {
	var rows []passwd.Account
	for _, t := range img.Trees {
		for _, f := range t.Files() {
			if !f.IsRegular() || f.Size == 0 || !passwd.IsAccountFile(f.Path) {
				continue
			}
			if _, err := f.Read(); err != nil {
				v.Unread = append(v.Unread, f.Path)
			}
		}
		for _, a := range passwd.Accounts(t.Tree) {
			if len(rows) == maxAccounts {
				v.Left++
				continue
			}
			rows = append(rows, a)
			v.Accounts = append(v.Accounts, account{Account: a, Part: t.Part, Mode: mode(t.Tree, a.File)})
		}
	}
	bounded, cancel := context.WithTimeout(ctx, crackTime)
	defer cancel()
	words := passwd.Words()
	for i, r := range passwd.CrackAll(bounded, rows, words, crackers) {
		a := &v.Accounts[i]
		a.Tried, a.Why, a.Cracked = r.Tried, r.Why, r.Found
		switch {
		case r.Found && slices.Contains(words, r.Password):
			a.Password = s.Secret("password", r.Password)
		case r.Found:
			a.FromName = true
		}
		switch {
		case a.Empty || a.Locked:
		case a.Scheme == passwd.Plain:
			a.Token = s.Secret("password", a.Hash)
		default:
			a.Token = s.Secret("password-hash", a.Hash)
		}
	}
}

func mode(t *firmware.Tree, file string) string {
	f, err := t.Lookup(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%04o", f.Mode&fs.ModePerm)
}
