package strict

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	lower := func(s string) bool { return s == strings.ToLower(s) }
	for _, tt := range []struct {
		name, in string
		allowed  func(string) bool
		want     string // in the error; "": none
	}{
		{"an object", `{"a": 1, "b": {"a": [{"a": 2}, {"a": "a"}]}}`, lower, ""},
		{"no object", `"a"`, lower, ""},
		{"twice", `{"a": 1, "a": 2}`, lower, `the key "a" stands twice in one object, before byte 12`},
		{"twice after an inner object", `{"a": {"b": 1}, "a": 2}`, lower, `"a" stands twice`},
		{"twice in a list's object", `[1, {"b": [], "b": 2}]`, lower, `"b" stands twice`},
		{"twice by an escape", `{"a": 1, "\u0061": 2}`, lower, `"a" stands twice`},
		{"a value is no key", `{"a": "b", "b": "a"}`, lower, ""},
		{"not allowed", `{"a": {"B": 1}}`, lower, `the key "B" before byte 10 is none of OSCAL`},
		{"allowed", `{"B": 1}`, nil, ""},
		{"long and hostile", `{"` + strings.Repeat("x", 500) + `\u001b": 1}`, func(string) bool { return false }, `x…" before byte`},
		{"no JSON", `{"a": }`, lower, "invalid character"},
	} {
		err := Keys([]byte(tt.in), "OSCAL", tt.allowed)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// FuzzKeys: what is taken reads the same with the first and with the last of two
// equal keys, since there are none.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"a": [{"b": 1}, {"b": 2}], "c": null}`))
	f.Add([]byte(`{"a": 1, "a": 2}`))
	f.Add([]byte(`[}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Keys(b, "", nil) != nil || !json.Valid(b) {
			return
		}
		keys := 0
		if err := Keys(b, "", func(string) bool { keys++; return true }); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err == nil && count(v) != keys {
			t.Errorf("%d keys were seen, %d stand in the value", keys, count(v))
		}
	})
}

func count(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += 1 + count(x)
		}
	case []any:
		for _, x := range v {
			n += count(x)
		}
	}
	return n
}
