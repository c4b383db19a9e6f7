package catalog

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// copyData gives the embedded data as a file system that a test may change.
func copyData(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(embedded, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(embedded, name)
		out[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lineOf is the line, from 1, on which the nth occurrence of a text begins.
func lineOf(text, what string) int {
	return 1 + strings.Count(text[:strings.Index(text, what)], "\n")
}

func TestLoadRefuses(t *testing.T) {
	const (
		ts    = "data/ts103701.yaml"
		en    = "data/en303645.yaml"
		facts = "data/facts.yaml"
		ixit  = "data/ixit.yaml"
		v3    = "data/v3.yaml"
	)
	firstQuestion := "      question: 'Does every recommendation that the ICS answers with \"no\" or \"n/a\" carry a reason?'\n"
	tests := []struct {
		name, file, old, new string
		at                   string // text on the line that the error must name, after the change; @file for any line of another file
		want                 string
	}{
		{"unknown key", ts, "      verb: check\n", "      verbs: check\n", "verbs: check", `unknown key "verbs"`},
		{"missing question", ts, firstQuestion, "", "unit: a", `"question" is missing`},
		{"empty question", ts, firstQuestion, "      question: ''\n", "question: ''", `"question" is empty`},
		{"missing hint", ts, "      hint: 'Ask for the generator''s description", "      prose: 'Ask for the generator''s description", "unit: a\n      text: generator yields no obvious", `"hint" is missing`},
		{"question twice", ts, "question: Could you replace the hardware as described?", "question: Could you isolate the product as described?", "", "the same question stands already at data/ts103701.yaml:"},
		{"unknown provision", ts, "- provision: 5.1-2\n", "- provision: 5.1-9\n", "- provision: 5.1-9", `provision "5.1-9" is not in V2.1.1`},
		{"case of another provision", ts, "  - id: 5.1-2-1\n", "  - id: 5.1-3-9\n", "- id: 5.1-3-9", `is not one of provision "5.1-2"`},
		{"id twice", ts, "  - id: 5.1-2-2\n", "  - id: 5.1-2-1\n", "", `id "5.1-2-1" stands already at data/ts103701.yaml:`},
		{"unknown table", ts, "where: {table: UpdMech, filter: 'automatic=yes and configurable=yes'}", "where: {table: UpdMec, filter: 'automatic=yes and configurable=yes'}", "table: UpdMec,", `unknown table "UpdMec"`},
		{"unknown typed field", ts, "filter: 'automatic=yes and configurable=yes'", "filter: 'automatik=yes and configurable=yes'", "automatik", `table "UpdMech" has no typed field "automatik"`},
		{"value that never is", ts, "filter: 'factor in password,pin and set_by=user'", "filter: 'factor in password,pin and set_by=usr'", "set_by=usr", `field "set_by" of table "AuthMech" never has the value "usr"`},
		{"bool written otherwise", ts, "filter: 'network=yes'", "filter: 'network=true'", "network=true", `field "network" of table "AuthMech" never has the value "true"`},
		{"refs compared with a row", ts, "filter: 'update=none'", "filter: 'update=UpdMech-1'", "update=UpdMech-1", `never has the value "UpdMech-1"`},
		{"malformed filter", ts, "filter: 'factor in password,pin and set_by=user'", "filter: 'factor in password,pin or set_by=user'", "pin or set_by", "is not a value"},
		{"wrong reference", ts, "referred_by: {table: SoftComp, field: update}", "referred_by: {table: SoftComp, field: name}", "field: name", `field "name" of table "SoftComp" does not refer to table "UpdMech"`},
		{"wrong quantifier", ts, "quantifier: {over: SoftComp, via: update}", "quantifier: {over: SoftComp, via: version}", "via: version", `field "version" of table "SoftComp" refers to no table`},
		{"subjects of another table", ts, "quantifier: {over: SoftComp, via: update}", "quantifier: {over: SecParam, via: communication}", "over: SecParam", `the subjects of unit "5.3-3-1/a" are rows of "SoftComp" and not of "SecParam"`},
		{"unknown applied case", ts, "apply: {case: 5.3-2-1}", "apply: {case: 5.3-2-9}", "case: 5.3-2-9", `applies the unknown case "5.3-2-9"`},
		{"unknown applied unit", ts, "apply: {case: 5.3-9-1, units: [a, b]}", "apply: {case: 5.3-9-1, units: [a, e]}", "units: [a, e]", `applies the unknown unit "e"`},
		{"apply to other rows", ts, "referred_by: {table: PersData, field: communication}}\n      apply: {case: 5.5-1-1}", "referred_by: {table: PersData, field: communication}}\n      apply: {case: 5.3-2-1}", "@data/ts103701.yaml", `unit "5.8-1-1/a" speaks of rows of "ComMech" and applies "5.3-2-1/a"`},
		{"apply without decider", ts, "      apply: {case: 5.3-2-1}\n", "", "", `decider "apply" and the key "apply" go together`},
		{"unknown decider", ts, "decider: operator", "decider: machine", "decider: machine", `"machine" is not one of`},
		{"unknown cover", ts, "cover: [state:initialization]", "cover: [state:asleep]", "state:asleep", `"state:asleep" is not one of`},
		{"cover of a conceptual unit", ts, "      where: {table: AuthMech, filter: 'factor in password,pin and pre_installed=yes'}\n", "      cover: [tcp]\n", "unit: a\n      text: generator yields no obvious", "judged on the declared design"},
		{"completeness with subjects", ts, "      completeness: true\n", "      completeness: true\n      where: {table: AuthMech}\n", "unit: a\n      text: look for password logins", "speaks of the whole product"},
		{"table outside the group", ts, "      ixit: [UpdProc]\n", "      ixit: [Intf]\n", "ixit: [Intf]", `reads table "Intf", which its group does not need`},
		{"unknown IXIT field", ts, "ixit: {AuthMech: [id, description, brute_force_prevention]}", "ixit: {AuthMech: [id, description, brute_force]}", "brute_force]", `table "AuthMech" has no field "brute_force"`},
		{"unknown fact", en, "rule: passwords.used}", "rule: passwords.use}", "passwords.use}", `unknown fact "passwords.use"`},
		{"condition without rule", en, ", rule: passwords.used}", "}", "ref: '1'", `"rule" is missing`},
		{"fact of another type", en, "{fact: device.constrained, is: false}", "{fact: device.constrained, is: 3}", "is: 3", `is a bool and never equals 3`},
		{"unknown condition", en, "v2: M C(13)", "v2: M C(99)", "C(99)", `unknown condition "99"`},
		{"malformed status", en, "v2: M C(13)", "v2: must", "v2: must", "is not of the form"},
		{"dangling replacement", en, "replaced_by: ['5.3-4A', '5.3-4B']", "replaced_by: ['5.3-4A', '5.3-4C']", "", `provision "5.3-4" names the unknown provision "5.3-4C"`},
		{"missing guidance", en, "  guidance: 'Ask few questions", "  advice: 'Ask few questions", "advice:", `unknown key "advice"`},
		{"provision lost", en, "- id: 5.12-2\n", "- id: 5.12-9\n", "@data/ts103701.yaml", `provision "5.12-2" is not in V2.1.1`},
		{"fact twice", facts, "- {id: passwords.pre_installed,", "- {id: passwords.used,", "", `id "passwords.used" stands already`},
		{"declared without maker", facts, "makers: [declaration], declared: {product: category}", "makers: [person], declared: {product: category}", "declared: {product: category}", "go together"},
		{"list for a scalar", facts, "type: bool, meaning: 'a login was seen", "type: [bool], meaning: 'a login was seen", "type: [bool]", "want text"},
		{"table out of order", ixit, "- n: 2\n", "- n: 7\n", "n: 7", `table "UserInfo" is number 7 and stands at place 2`},
		{"refs to no table", ixit, "type: refs, values: [UpdMech]", "type: refs, values: [UpdMechs]", "UpdMechs", `unknown table "UpdMechs"`},
		{"provisional units lost", v3, "- provision: 6-8\n", "- provision: 6-9\n", "- provision: 6-9", `provision "6-9" is not one that V3.1.3 needs new units for`},
		{"unknown model", v3, "like: 5.1-1-1\n", "like: 5.1-1-7\n", "like: 5.1-1-7", `like the unknown case "5.1-1-7"`},
		{"nothing to leave out", v3, "without: [e]", "without: [x]", "without: [x]", `has no unit "x" to leave out`},
		{"not YAML", ixit, "tables:\n", "tables: [\n", "", "parsing:"},
		{"alias", facts, "facts:\n", "x: &x [1]\nfacts:\n", "x: &x", `unknown key "x"`},
		{"no value", en, "  v3: M F(q)\n", "  v3:\n", "", `key "v3" has no value`},
	}
	for _, x := range tests {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			data := copyData(t)
			text := string(data[x.file].Data)
			if !strings.Contains(text, x.old) {
				t.Fatalf("the data no longer has %q", x.old)
			}
			text = strings.Replace(text, x.old, x.new, 1)
			data[x.file].Data = []byte(text)
			c, err := load(data)
			if err == nil || c != nil {
				t.Fatal("got no error")
			}
			place := x.file + ":"
			if other, ok := strings.CutPrefix(x.at, "@"); ok {
				place = other + ":"
			} else if x.at != "" {
				place = fmt.Sprintf("%s:%d: ", x.file, lineOf(text, x.at))
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if strings.Contains(line, place) && strings.Contains(line, x.want) {
					return
				}
			}
			t.Errorf("got %v\nwant a line with %q and %q", err, place, x.want)
		})
	}
}

func TestLoadReportsAllProblems(t *testing.T) {
	data := copyData(t)
	for _, name := range []string{"data/facts.yaml", "data/cop.yaml"} {
		data[name].Data = append(data[name].Data, "\nnonsense: yes\n"...)
	}
	_, err := load(data)
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"data/facts.yaml:", "data/cop.yaml:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a problem in %s", err, want)
		}
	}
	delete(data, "data/v3.yaml")
	if _, err := load(data); err == nil || !strings.Contains(err.Error(), "data/v3.yaml:1: reading") {
		t.Errorf("a missing file: got %v", err)
	}
}
