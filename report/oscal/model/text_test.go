package model

import (
	"strings"
	"testing"
)

func TestMarkup(t *testing.T) {
	for _, x := range []struct{ in, want string }{
		{"plain text, with commas.", "plain text, with commas."},
		{"TLS_RSA_WITH_3DES", "TLS_RSA_WITH_3DES"},
		{"_emphasis_", `\_emphasis\_`},
		{"**bold**", `\*\*bold\*\*`},
		{"[x](javascript:1)", `\[x\](javascript:1)`},
		{"<script>", `\<script\>`},
		{"&lt;b&gt;", `\&lt;b\&gt;`},
		{"{{ insert: param, x }}", `\{\{ insert: param, x \}\}`},
		{"# title", `\# title`},
		{"- item", `\- item`},
		{"12. item", `12\. item`},
		{"5.1-1 is", `5\.1-1 is`},
		{"a\nb\x1b", "a b<U+001B>"},
		{"", "not stated"},
	} {
		got := Markup(x.in)
		if x.in == "a\nb\x1b" {
			x.want = `a b\<U+001B\>`
		}
		if got != x.want {
			t.Errorf("Markup(%q): got %q, want %q", x.in, got, x.want)
		}
		if back := Plain(got); x.in != "" && !strings.Contains(x.in, "\n") && back != x.in {
			t.Errorf("Plain(%q): got %q, want %q", got, back, x.in)
		}
	}
}

func TestToken(t *testing.T) {
	for in, want := range map[string]string{
		"en303645.5.1-1": "en303645.5.1-1", "5.1-1-2/c": "_5.1-1-2.c", "v3:5.1/a": "v3.5.1.a", "a b": "a.b", "": "_", "Änder_ung": "Änder_ung", "~": "_.",
	} {
		if got := Token(in); got != want {
			t.Errorf("Token(%q): got %q, want %q", in, got, want)
		}
	}
}
