// Package view turns an assessment into what a person is shown: headings and rows
// with the decisive fact, what fails, what speaks against a claim, what is missing,
// and what to do next, in words that stay within what was found.
//
// Every text it gives away is cleaned; renderers still escape for their format. It
// must never judge, never say "compliant" or give a percentage, and never let
// software's proposal read like a verdict.
package view

import (
	"cmp"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

// View is an assessment made safe to show, with the lookups that all renderers
// share.
type View struct {
	*plimsoll.Assessment
	Catalog *catalog.Catalog
	folder  string
	persons map[string]plimsoll.Person
}

// New makes a view of an assessment, which it leaves as it is. The folder is the
// product folder, for the commands that are suggested.
func New(a *plimsoll.Assessment, cat *catalog.Catalog, folder string) *View {
	v := &View{Assessment: Remade(a, Clean), Catalog: cat, folder: Clean(cmp.Or(folder, "DIR"))}
	v.persons = map[string]plimsoll.Person{}
	for _, p := range v.Persons {
		v.persons[p.KeyID] = p
	}
	return v
}

// Who names the author of a finding: the probe, or the person behind a key.
func (v *View) Who(by string) string {
	key, person := strings.CutPrefix(by, "person:")
	if !person {
		return by
	}
	if p, ok := v.persons[key]; ok && p.Name != "" {
		return p.Name
	}
	return "person " + key
}
