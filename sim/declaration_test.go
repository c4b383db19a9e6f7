package sim

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

type catalogTables struct {
	Tables []struct {
		Short, Form string
		Fields      []struct{ Name, Key string }
		Typed       []struct {
			Name, Type string
			Values     []string
		}
	}
}

type catalogProvisions struct {
	Provisions []struct {
		ID string
		V2 string `yaml:"v2"` // level and conditions of V2.1.1, such as M C(8); empty for a provision of V3.1.3 only
	}
}

func load(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

type declarationFile struct {
	ICS  map[string]struct{ Support, Reason string } `yaml:"ics"`
	IXIT map[string]any                              `yaml:"ixit"`
}

// declarations returns the declaration of each kind and each flaw that may change it.
func declarations(t *testing.T) map[string]declarationFile {
	t.Helper()
	out := map[string]declarationFile{}
	for _, kind := range Kinds() {
		for _, flaws := range [][]string{nil, {"ics-contradiction"}, {"ssh-default-password"}} {
			text, err := Declaration(Config{Kind: kind, Flaws: flaws})
			if err != nil {
				t.Fatal(err)
			}
			var d declarationFile
			if err := yaml.Unmarshal(text, &d); err != nil {
				t.Fatalf("%s %v: %v", kind, flaws, err)
			}
			out[kind+" "+strings.Join(flaws, ",")] = d
		}
	}
	return out
}

// TestICS checks that every provision is answered, that mandatory unconditional ones are claimed, and that reasons are given.
func TestICS(t *testing.T) {
	var catalog catalogProvisions
	load(t, "../catalog/data/en303645.yaml", &catalog)
	for name, d := range declarations(t) {
		known := 0
		for _, p := range catalog.Provisions {
			if p.V2 == "" {
				continue
			}
			known++
			got := d.ICS[p.ID]
			switch {
			case got.Support == "":
				t.Errorf("%s: %s is not answered", name, p.ID)
			case got.Support != "yes" && got.Reason == "":
				t.Errorf("%s: %s is %s without a reason", name, p.ID, got.Support)
			case got.Support == "n/a" && !strings.Contains(p.V2, "C("):
				t.Errorf("%s: %s has no condition and cannot be n/a", name, p.ID)
			case got.Support == "no" && strings.HasPrefix(p.V2, "M"):
				t.Errorf("%s: %s is mandatory and answered no", name, p.ID)
			}
		}
		if known != 68 || len(d.ICS) != known {
			t.Errorf("%s: %d answers for %d provisions, want 68", name, len(d.ICS), known)
		}
	}
}

// TestIXIT checks shape, keys, values and references against the tables of the catalog.
func TestIXIT(t *testing.T) {
	var catalog catalogTables
	load(t, "../catalog/data/ixit.yaml", &catalog)
	for name, d := range declarations(t) {
		if len(d.IXIT) != 29 || len(catalog.Tables) != 29 {
			t.Errorf("%s: %d tables of %d, want 29", name, len(d.IXIT), len(catalog.Tables))
		}
		ids := rowIDs(d)
		for _, table := range catalog.Tables {
			types := map[string]string{}
			values := map[string][]string{}
			for _, f := range table.Fields {
				types[f.Key] = "text"
			}
			for _, f := range table.Typed {
				types[f.Name], values[f.Name] = f.Type, f.Values
			}
			rows := []any{d.IXIT[table.Short]}
			if table.Form == "table" {
				var ok bool
				if rows, ok = d.IXIT[table.Short].([]any); !ok {
					t.Errorf("%s: %s is no list", name, table.Short)
				}
			}
			for _, row := range rows {
				fields := map[string]any{}
				flatten("", row, fields)
				for key, value := range fields {
					checkField(t, name+" "+table.Short+"."+key, key, value, types, values, ids)
				}
				if table.Form == "table" {
					for _, f := range table.Fields {
						if f.Key == "id" && fields["id"] == nil || f.Key == "description" && fields["description"] == nil {
							t.Errorf("%s: a row of %s without %s", name, table.Short, f.Key)
						}
					}
				}
			}
		}
	}
}

func rowIDs(d declarationFile) map[string]bool {
	ids := map[string]bool{}
	for _, table := range d.IXIT {
		rows, _ := table.([]any)
		for _, row := range rows {
			m, _ := row.(map[string]any)
			id, _ := m["id"].(string)
			ids[id] = true
		}
	}
	return ids
}

// flatten turns nested mappings into dotted keys.
func flatten(prefix string, v any, into map[string]any) {
	m, ok := v.(map[string]any)
	if !ok {
		into[prefix] = v
		return
	}
	for key, value := range m {
		if prefix != "" {
			key = prefix + "." + key
		}
		flatten(key, value, into)
	}
}

func checkField(t *testing.T, where, key string, value any, types map[string]string, values map[string][]string, ids map[string]bool) {
	t.Helper()
	kind, ok := types[key]
	if head, tail, dotted := strings.Cut(key, "."); !ok && dotted && types[head] != "" {
		if kind, ok = types["*."+tail]; !ok && tail == "text" {
			kind, ok = "text", true
		}
	}
	if !ok {
		t.Errorf("%s: unknown field", where)
		return
	}
	items, isList := value.([]any)
	if !isList {
		items = []any{value}
	}
	for _, item := range items {
		text, _ := item.(string)
		switch kind {
		case "enum":
			if !slices.Contains(values[key], text) {
				t.Errorf("%s: got %v, want one of %v", where, item, values[key])
			}
		case "list":
			if len(values[key]) > 0 && !slices.Contains(values[key], text) {
				t.Errorf("%s: got %v, want some of %v", where, item, values[key])
			}
		case "refs":
			if !ids[text] {
				t.Errorf("%s: no row %q", where, text)
			}
		case "bool":
			if text != "yes" && text != "no" {
				t.Errorf("%s: got %v, want yes or no", where, item)
			}
		case "port", "int":
			if n, err := strconv.Atoi(toText(item)); err != nil || n < 1 || n > 65535 {
				t.Errorf("%s: got %v, want a number", where, item)
			}
		}
	}
}

func toText(v any) string {
	if n, ok := v.(uint64); ok {
		return strconv.FormatUint(n, 10)
	}
	s, _ := v.(string)
	return s
}

// TestDeclarationIsTrue compares what the declaration says of ports with the well-built device.
func TestDeclarationIsTrue(t *testing.T) {
	for _, kind := range Kinds() {
		d := start(t, Config{Kind: kind})
		text, err := Declaration(Config{Kind: kind, Base: testBase})
		if err != nil {
			t.Fatal(err)
		}
		var file declarationFile
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		var on []int
		for _, row := range file.IXIT["Intf"].([]any) {
			m := row.(map[string]any)
			port, logical := m["port"].(uint64)
			if logical && m["status"] == "on" {
				on = append(on, int(port))
			}
		}
		if !slices.Equal(sorted(on), d.Ports) {
			t.Errorf("%s: declared ports %v, open ports %v", kind, sorted(on), d.Ports)
		}
		support := get(t, d.SiteURL+pathSupport).body
		policy := get(t, d.SiteURL+pathPolicy).body
		m, _ := modelOf(kind)
		for _, quote := range []struct{ page, text string }{
			{support, m.supportSentence(m.UntilText, m.Until)}, {policy, sentenceAck}, {policy, sentenceUpdates}, {policy, m.contact()},
		} {
			if !strings.Contains(quote.page, quote.text) || !strings.Contains(string(text), quote.text) {
				t.Errorf("%s: %q does not stand on the page and in the declaration", kind, quote.text)
			}
		}
		guide := get(t, d.SiteURL+pathGuide).body + get(t, d.SiteURL+pathPrivacy).body
		for _, anchor := range []string{"password", "sensors", "setup", "check", "deletion", "data", "telemetry"} {
			if !strings.Contains(guide, `id="`+anchor+`"`) {
				t.Errorf("%s: no part %q in guide and privacy page", kind, anchor)
			}
		}
		d.Close()
	}
}
