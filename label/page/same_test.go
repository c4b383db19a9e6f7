package page_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/code"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestSameText: the script lets a character into a name exactly when the Go code does,
// for every code point that there is: between letters and, if it may stand there, first
// and three in a row.
func TestSameText(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	var got string
	p.eval(`import("/page.js").then(({ token: { checkText }, cbor: { Refused } }) => {
		Error.stackTraceLimit = 0; // a million refusals
		const good = (s) => { try { checkText(s, 40); return 1; } catch (e) { if (e instanceof Refused) return 0; throw e; } };
		let out = "";
		for (let c = 0; c <= 0x10ffff; c++) {
			if (c >= 0xd800 && c <= 0xdfff) { out += "0"; continue; }
			const s = String.fromCodePoint(c), one = good("x" + s + "x");
			out += one && one + 2 * good(s + "x") + 4 * good("x" + s + s + s);
		}
		return out;
	})`, &got)
	if len(got) != utf8.MaxRune+1 {
		t.Fatalf("%d answers", len(got))
	}
	c := label.Claims{Issuer: "HARB", Level: 1, Assurance: label.LabTested, SupportEnd: 1, Model: "m", Version: "v", Until: now}
	good := func(brand string) byte {
		c.Brand = brand
		if c.Check() != nil {
			return 0
		}
		return 1
	}
	differ, taken := 0, 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		want := byte('0')
		if utf8.ValidRune(r) {
			x := string(r)
			if one := good("x" + x + "x"); one == 1 {
				want += one + 2*good(x+"x") + 4*good("x"+x+x+x)
			}
		}
		if want != '0' {
			taken++
		}
		if got[r] != want {
			if differ++; differ < 10 {
				t.Errorf("%U: the script says %c, Go %c", r, got[r], want)
			}
		}
	}
	if taken < 100_000 {
		t.Errorf("%d characters are taken: the test checked nothing", taken)
	}
}

// TestSameInput: the script reads what people type as the Go code does: numbers with
// one or two characters changed, addresses, and odd characters.
func TestSameInput(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	inputs := oddInputs(s.f.Digits(t, "live-es256"))
	var got []string
	p.eval(`import("/page.js").then(({ token: { parseInput, numberText } }) => Promise.all(`+mustJSON(t, inputs)+`.map(async (s) => {
		const i = await parseInput(s);
		return i.problem !== undefined ? "" : i.host + " " + (i.token ? numberText(i.token.claims.issuer, i.token.claims.number) : numberText(i.issuer, i.number));
	})))`, &got)
	read := 0
	for i, in := range inputs {
		want := ""
		if g := verify.ParseInput(in); g.Problem == nil {
			read++
			want = g.Host + " "
			if g.Typed {
				want += label.NumberText(g.Issuer, g.Number)
			} else {
				want += g.Token.NumberText()
			}
		}
		if got[i] != want {
			t.Errorf("%q: the script reads %q, Go %q", in, got[i], want)
		}
	}
	if read < 100 || read > len(inputs)-100 {
		t.Errorf("%d of %d were read: the test checked little", read, len(inputs))
	}
}

func oddInputs(digits string) []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := []string{"", " ", "https://", "HTTPS://LABEL.EXAMPLE#" + digits, "httpſ://label.example/#" + digits, "https://İ.example/#" + digits, "https://K.example/#" + digits, "\ufeff" + digits, "\u0085" + digits + "\u3000", digits + "\u200b", "https://h/l/HARB-0000-1CC4/", "https://h/l/harb-0000-1cc4", "ﬁRB-0000-1CC4", "ſARB-0000-1CC4", strings.Repeat(" ", 60) + "HARB-0000-1CC4"}
	const typed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabilou- ıſßé"
	letters := []rune(typed)
	for n := range 1500 {
		s := []rune(label.NumberText([]string{"HARB", "Q-1", "GB-OLIVE", "UL1O"}[n%4], label.Number(r.Uint32())))
		for range r.IntN(3) {
			switch i := r.IntN(len(s)); r.IntN(4) {
			case 0:
				s[i] = letters[r.IntN(len(letters))]
			case 1:
				j := r.IntN(len(s))
				s[i], s[j] = s[j], s[i]
			case 2:
				s = append(s[:i:i], append([]rune{letters[r.IntN(len(letters))]}, s[i:]...)...)
			default:
				s = append(s[:i:i], s[i+1:]...)
			}
		}
		prefix := []string{"", " ", "https://label.example/l/", "https://Label.Example:1/l/", "http://label.example/l/", "https://label.example/x/"}[r.IntN(6)]
		out = append(out, prefix+string(s))
	}
	return out
}

// TestSameReserved: the codes that no scheme may take are the same.
func TestSameReserved(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	countries, words := code.ReservedCodes()
	const alphabet = "AZ019-ILOU"
	codes := append(append([]string(nil), countries...), words...)
	for _, w := range words {
		codes = append(codes, w+"-1", "MY-"+w, w+"X", strings.NewReplacer("I", "1", "O", "0").Replace(w))
	}
	for i := range 10_000 {
		code := ""
		for n := i; n > 0 || len(code) < 2; n /= 10 {
			code += string(alphabet[n%10])
		}
		codes = append(codes, code)
	}
	var got []bool
	p.eval(`import("/page.js").then(({ trust: { reserved } }) => `+mustJSON(t, codes)+`.map(reserved))`, &got)
	taken := 0
	for i, c := range codes {
		want := code.Reserved(c) != ""
		if want {
			taken++
		}
		if got[i] != want {
			t.Errorf("%s: the script says %v, Go %v", c, got[i], want)
		}
	}
	if taken < 300 || taken == len(codes) {
		t.Errorf("%d of %d are reserved: the test checked little", taken, len(codes))
	}
}

// TestSameTokens: each bit of a token and of the status files turned over gives the
// same outcome in the script and in Go.
func TestSameTokens(t *testing.T) {
	s := newSite(t)
	p := newBrowser(t, s).tab(t, now, "en")
	p.open("https://label.example/")
	tok, err := label.ParseDigits(s.f.Digits(t, "live-gtin-japanese-lab-tested"))
	if err != nil {
		t.Fatal(err)
	}
	raw := tok.Bytes()
	var got []string
	p.eval(fmt.Sprintf(`import("/page.js").then(async ({ token: { parseToken }, verify: { judge }, trust: { openTrust }, files: { rootsOf }, status: { openRange } }) => {
		const f = await (await fetch("/vectors.json")).json(), bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0)), raw = bytes(%q), out = [];
		const trust = await openTrust(bytes(f.files.trust), rootsOf(f.roots), 7), range = await openRange(bytes(f.files.range), trust);
		for (let i = 0; i < raw.length * 8; i++) {
			const b = raw.slice();
			b[i >> 3] ^= 1 << (i & 7);
			let input;
			try { input = { host: "", token: await parseToken(b) }; } catch (e) { input = { host: "", problem: e.message }; }
			out.push((await judge(input, trust, { range }, null, %d, "private")).outcome);
		}
		return out;
	})`, mustBase64(t, raw), now.Unix()), &got)
	trust, err := label.OpenTrust(s.f.Files["trust"], s.f.Roots, 7)
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := label.OpenRange(s.f.Files["range"], trust, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i := range len(raw) * 8 {
		raw[i>>3] ^= 1 << (i & 7)
		in := verify.Input{}
		in.Token, in.Problem = label.Parse(raw)
		raw[i>>3] ^= 1 << (i & 7)
		want := verify.Label(t.Context(), in, trust, verify.Status{Range: bucket}, nil, now, verify.Private).Outcome.String()
		if got[i] != want {
			t.Errorf("bit %d: the script says %s, Go %s", i, got[i], want)
		}
		seen[want]++
	}
	if seen["bad-signature"] < 100 || seen["malformed"] < 100 || seen["live"] > 0 {
		t.Errorf("outcomes %v", seen)
	}
}

// mustBase64 is how JSON writes bytes, without the quotes.
func mustBase64(t testing.TB, b []byte) string {
	t.Helper()
	return strings.Trim(mustJSON(t, b), `"`)
}
