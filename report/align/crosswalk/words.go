package crosswalk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// RelationWord says how a requirement stands to a provision.
func RelationWord(r regime.Relation) string { return relationWords[r] }

// ByWord says who says something.
func ByWord(b regime.By) string { return byWords[b] }

// Also lists the regimes that ask the same.
func (b *Beyond) Also() string {
	var out []string
	for _, id := range b.Shared {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// MarketNames lists markets for people.
func MarketNames(ids []string) string { return and(names(ids)) }

// Common reports whether every compared market asks for the provision.
func (v *View) Common(p *Provision) bool {
	return len(v.Markets) > 1 && len(p.Markets) == len(v.Markets)
}

// relationWords say how a requirement stands to a provision.
var relationWords = map[regime.Relation]string{
	regime.Equal:      "asks the same",
	regime.SubsetOf:   "asks a part of it",
	regime.SupersetOf: "asks it and more",
	regime.Intersects: "overlaps",
	regime.NoRelation: "no relation",
}

var byWords = map[regime.By]string{
	regime.Official: "official", regime.ThirdParty: "third party", regime.Ours: "ours",
}

// marketWords name the markets.
var marketWords = map[string]string{
	"uk": "UK", "eu": "EU", "us": "US", "sg": "Singapore", "jp": "Japan", "au": "Australia", "de": "Germany", "kr": "Korea",
	"in": "India", "br": "Brazil", "ca": "Canada", "fi": "Finland", "world": "world",
}

// MarketName is the name of a market for people.
func MarketName(id string) string {
	if s, ok := marketWords[id]; ok {
		return s
	}
	return id
}

func marketList(ms []*Market) string {
	var out []string
	for _, m := range ms {
		out = append(out, MarketName(m.Name))
	}
	return and(out)
}

func and(ss []string) string {
	if len(ss) < 2 {
		return strings.Join(ss, "")
	}
	return strings.Join(ss[:len(ss)-1], ", ") + " and " + ss[len(ss)-1]
}

// Headline is the finding in one line.
func (v *View) Headline() string {
	if len(v.Markets) < 2 {
		return "Too few markets to compare"
	}
	return fmt.Sprintf("%s agree on %d of %s", view.Some(len(v.Markets), "market"), len(v.Shared), view.Some(len(v.Provisions), "provision"))
}

// Subline is what the headline leaves out.
func (v *View) Subline() string {
	if len(v.Markets) == 0 {
		return "None of the markets asked for has a law or a label in the data."
	}
	var shared []string
	for _, p := range v.Shared {
		shared = append(shared, fmt.Sprintf("%s (%s)", p.ID, lower(p.Title)))
	}
	s := fmt.Sprintf("The laws and labels of %s all ask for %s", marketList(v.Markets), pick(len(shared) == 0, "nothing in common", and(shared)))
	s += fmt.Sprintf(". %d of the provisions of EN 303 645 V3.1.3 are asked for in one of these markets at least, %d in none.", len(v.Provisions)-len(v.Unasked), len(v.Unasked))
	if len(v.Absent) > 0 {
		s += fmt.Sprintf(" Without data: %s.", and(names(v.Absent)))
	}
	return s
}

func names(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, MarketName(id))
	}
	return out
}

func lower(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// Described is the drawing in words, for those who do not see it.
func (v *View) Described() string {
	return fmt.Sprintf("%s A column for each of the %s, a bar above it for the number of markets that ask for it, and below it a row for each of the %s. "+
		"The table on the page says the same.", v.Subline(), view.Some(len(v.Provisions), "provision"), view.Some(len(v.Regimes), "regime"))
}

// Says is a row in words: what, who says so, how sure.
func (r *Row) Says() string {
	s := fmt.Sprintf("%s; %s; %s confidence", relationWords[r.Relation], byWords[r.By], r.Confidence)
	if r.Source == FromRule {
		s += "; from its rule"
	}
	if r.Via != "" {
		s += "; through " + r.Via
	}
	if r.Written != r.Provision && r.Written != "" {
		s += fmt.Sprintf("; written as %s of V2.1.1", r.Written)
	}
	if !r.Counted {
		s += "; " + r.why()
	}
	return s
}

// why says why a row does not count at the entry.
func (r *Row) why() string {
	switch {
	case r.Requirement.Obligation != regime.Mandatory:
		return string(r.Requirement.Obligation)
	case len(r.Requirement.Levels) > 0:
		return "only at " + strings.Join(r.Requirement.Levels, ", ")
	}
	return "ended"
}

// Method says how the figures come about.
func (v *View) Method() []string {
	return []string{
		"The rows are the 78 provisions of EN 303 645 V3.1.3 under the thirteen guidelines of the Code of Practice, with the reporting clause and clause 6. What a source says of V2.1.1 stands where V3.1.3 continues it; where a provision was divided, what equalled the whole is shown as asking the half and more.",
		"A regime touches a provision when one of its requirements is mapped to it, by the authority itself, by a third party or by us, or when the rule by which this program answers the requirement names the provision or one of its test units, or leads to a requirement of another regime that does. Mappings that say “no relation” touch nothing.",
		"The relation is that of the requirement to the provision, in the terms of NIST IR 8477. Asks the same: a pass answers it. Asks a part of it: a pass answers it, a failure may not matter. Asks it and more: a pass answers some. Overlaps: a hint, which answers nothing.",
		"“Official” says that an authority published the pair; hardly any authority publishes the relation, so the relation of such a pair is our reading too. “Ours” rests on our reading alone. A cell shows one mapping as it is: one that counts before one that does not, then the best source, then the closest relation; it never joins the relation of one with the source of another.",
		"A market asks for a provision when one of its laws or labels does: in a mandatory requirement that is owed at the entry, that is at every level that builds on no other. Higher levels and recommendations are drawn narrow and do not count. Labels count whether they are a duty or not. Standards and guidance count only where a law or a label leads to them. What is announced counts; what is repealed does not.",
		"That two regimes touch the same provision does not make their texts the same, nor what satisfies one satisfy the other: `plimsoll answer` decides that, from rules over facts and test units.",
		"Beyond the standard are the requirements that touch no provision and no guideline. “Nobody else” says that no other regime of the data asks the same question or rests on the same fact; it says nothing about texts that are not in the data.",
	}
}

// IDs lists the ids of provisions.
func IDs(ps []*Provision) string {
	var out []string
	for _, p := range ps {
		out = append(out, string(p.ID))
	}
	return strings.Join(out, ", ")
}

// Only lists the requirements beyond the standard that nobody else asks for.
func (c *Column) Only() []*Beyond {
	return slices.DeleteFunc(slices.Clone(c.Beyond), func(b *Beyond) bool { return len(b.Shared) > 0 })
}
