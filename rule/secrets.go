package rule

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 4, clause 5.4. Security parameters are stored safely and none is left
// out of the declaration (5.4-1), hard-coded identities resist tampering (5.4-2),
// no hard-coded critical value is used in operation (5.4-3), and values for updates
// and services are the unit's own (5.4-4).
func secrets() *probe.Probe {
	return rule("secrets", `declared security parameters
Looks at table SecParam for shared and hard-coded critical values, and in the
other tables for keys that it leaves out. It cannot judge protection schemes.`,
		check{unit: "5.4-1-1/b", row: prose("security_guarantees")},
		check{unit: "5.4-1-1/c", row: prose("protection_scheme")},
		check{unit: "5.4-1-1/d", whole: noneMissing},
		check{unit: "5.4-2-1/a", row: identity},
		check{unit: "5.4-3-1/a", row: hardCoded},
		check{unit: "5.4-3-1/b", row: mustNot("hard_coded_in_software", "give the parameter its operational value at production, first start or set-up, not in the software")},
		check{unit: "5.4-4-1/a", row: generation},
		check{unit: "5.4-4-1/b", row: must("unique_per_unit", "generate the parameter for each unit by itself")},
	)
}

// identity judges 5.4-2-1/a: a hard-coded identity is declared as one, and nothing
// else in its row says otherwise.
func identity(_ *probe.View, r product.Row) answer {
	const id, unique, provisioning = "hard_coded_identity", "unique_per_unit", "provisioning"
	switch {
	case r.Bool(unique) == plimsoll.False:
		return contradiction(r, id, unique)
	case slices.Contains([]string{"first-boot", "user", "service"}, r.Text(provisioning)):
		return contradiction(r, id, provisioning)
	}
	return pass("%s", says(r, id))
}

// contradiction leaves a row open whose fields cannot all be true.
func contradiction(r product.Row, fields ...string) answer {
	return open("%s, which contradict each other", says(r, fields...)).with("correct one of %s", strings.Join(fields, ", "))
}

// hardCoded judges 5.4-3-1/a: the row says that the value is hard-coded, and whether
// it stands in the software.
func hardCoded(_ *probe.View, r product.Row) answer {
	const field = "hard_coded_in_software"
	if r.Bool(field) == plimsoll.Unknown {
		return declare(r, field)
	}
	return pass("%s", says(r, "provisioning", field))
}

// generation judges 5.4-4-1/a: the way such a parameter is generated is declared.
func generation(_ *probe.View, r product.Row) answer {
	const field = "generation_mechanism"
	if l := lacking(r, field); len(l) > 0 {
		return declare(r, l...)
	}
	return pass("%s, and %s is declared", says(r, "purpose"), field)
}

// hint is what a row of another table says of a stored parameter.
type hint struct {
	table  plimsoll.TableID
	needs  string   // what must be stored
	fields []string // that say so
	shows  func(product.Row) plimsoll.Truth
	// serves says whether a row of SecParam can be that parameter, by fits.
	serves func(product.Row) plimsoll.Truth
	fits   string
	// volatile: the parameter may be made anew at each start and never stored.
	volatile bool
}

func hints() []hint {
	return []hint{
		{
			table: "UpdMech", needs: "a key that checks updates", fields: []string{"authenticity_verified_by", "trust"},
			shows: func(r product.Row) plimsoll.Truth {
				return plimsoll.And(is(r, "authenticity_verified_by", "device"), lists(r, "trust", "signature"))
			},
			serves: func(s product.Row) plimsoll.Truth {
				return plimsoll.Or(lists(s, "purpose", "updates"), lists(s, "purpose", "other"))
			},
			fits: "purpose",
		},
		{
			table: "AuthMech", needs: "what the password is compared with", fields: []string{"factor", "set_by"},
			shows: func(r product.Row) plimsoll.Truth {
				return plimsoll.And(plimsoll.Or(is(r, "factor", "password"), is(r, "factor", "pin")), is(r, "set_by", "user"))
			},
			// Some call it a matter of storage: any stated purpose will do.
			serves: func(s product.Row) plimsoll.Truth {
				if !s.Has("purpose") {
					return plimsoll.Unknown
				}
				return plimsoll.True
			},
			fits: "purpose",
		},
		{
			table: "ComMech", needs: "the private key of a service", fields: []string{"security", "direction"},
			shows: func(r product.Row) plimsoll.Truth {
				return plimsoll.And(
					plimsoll.Or(is(r, "security", "tls"), is(r, "security", "dtls"), is(r, "security", "ssh")),
					plimsoll.Or(is(r, "direction", "listens"), is(r, "direction", "both")))
			},
			serves:   func(s product.Row) plimsoll.Truth { return is(s, "type", "critical") },
			fits:     "type",
			volatile: true,
		},
	}
}

// lists reports whether a list has a value.
func lists(r product.Row, field, want string) plimsoll.Truth {
	l, given := r.List(field)
	if !given {
		return plimsoll.Unknown
	}
	return plimsoll.TruthOf(slices.Contains(l, want))
}

// noneMissing judges 5.4-1-1/d: no row of another table needs a parameter that no
// row of SecParam can be.
func noneMissing(v *probe.View) answer {
	if a, yes := tablesMissing(v, "SecParam", "AuthMech", "ComMech", "UpdMech"); yes {
		return a
	}
	params := v.Product.Rows("SecParam")
	unsure := answer{}
	for _, h := range hints() {
		for _, r := range v.Product.Rows(h.table) {
			a := h.judge(r, params)
			if a.verdict == plimsoll.Fail {
				return a
			}
			if a.verdict != "" {
				unsure = a
			}
		}
	}
	if unsure.verdict != "" {
		return unsure
	}
	return pass("no row of AuthMech, ComMech or UpdMech needs a key that the %d rows of SecParam leave out", len(params))
}

// judge compares one row with the declared parameters.
func (h hint) judge(r product.Row, params []product.Row) answer {
	shows, served := h.shows(r), plimsoll.False
	unsaid := answer{}
	for _, s := range params {
		t := h.serves(s)
		served = plimsoll.Or(served, t)
		if t == plimsoll.Unknown {
			unsaid = declare(s, h.fits)
		}
	}
	switch {
	case shows == plimsoll.False || served == plimsoll.True:
		return answer{}
	case shows == plimsoll.Unknown:
		return declare(r, lacking(r, h.fields...)...)
	case served == plimsoll.Unknown:
		return unsaid
	}
	said := says(r, h.fields...) + ", which needs " + h.needs
	if h.volatile {
		return open("%s, and no row of SecParam can be that", said).
			with("declare the parameter in ixit.SecParam, or let a person confirm that it is never stored")
	}
	return fail("%s, and no row of SecParam can be that", said).with("declare the parameter in ixit.SecParam")
}
