package catalog

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseFilter(t *testing.T) {
	tests := []struct {
		in   string
		want []Clause
		err  string
	}{
		{in: "", want: nil},
		{in: "  ", want: nil},
		{in: "network=yes", want: []Clause{{"network", []string{"yes"}}}},
		{in: "set_by in factory,derived", want: []Clause{{"set_by", []string{"factory", "derived"}}}},
		{in: "set_by in factory, derived", want: []Clause{{"set_by", []string{"factory", "derived"}}}},
		{
			in:   "factor in password,pin  and user = human and rate_limit.action=none",
			want: []Clause{{"factor", []string{"password", "pin"}}, {"user", []string{"human"}}, {"rate_limit.action", []string{"none"}}},
		},
		{in: "medium=brand", want: []Clause{{"medium", []string{"brand"}}}},
		{in: "network", err: `"network" has neither = nor in`},
		{in: "a=b or c=d", err: `"b or c=d" is not a value`},
		{in: "a=", err: `"" is not a value`},
		{in: "a in b,,c", err: `"" is not a value`},
		{in: "a=b and ", err: `"" has neither = nor in`},
		{in: "and", err: "neither"},
		{in: "A=b", err: `"A" is not the name of a field`},
		{in: "a=b and a=c", err: `field "a" stands twice`},
		{in: "a!=b", err: `"a!" is not the name of a field`},
		{in: "a=b=c", err: `"b=c" is not a value`},
	}
	for _, x := range tests {
		got, err := ParseFilter(x.in)
		if (err != nil) != (x.err != "") || (err != nil && !strings.Contains(err.Error(), x.err)) {
			t.Errorf("ParseFilter(%q): got error %v, want %q", x.in, err, x.err)
		}
		if !reflect.DeepEqual(got, x.want) {
			t.Errorf("ParseFilter(%q): got %v, want %v", x.in, got, x.want)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"", "a=b", "factor in password,pin and user=human", "a in b,", "and and and", "a=b and b in c,d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cs, err := ParseFilter(s)
		if err != nil {
			return
		}
		var parts []string
		for _, c := range cs {
			parts = append(parts, c.Field+" in "+strings.Join(c.In, ","))
		}
		again, err := ParseFilter(strings.Join(parts, " and "))
		if err != nil || !reflect.DeepEqual(cs, again) {
			t.Errorf("%q reads as %v and again as %v, %v", s, cs, again, err)
		}
	})
}
