package policy_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	cosignature "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

const origin = "label.example/log"

// peer is a key made by the note libraries and not by this program.
type peer struct {
	signer note.Signer
	vkey   string
}

func newPeer(tb testing.TB, name string, cosigner bool) peer {
	tb.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		tb.Fatal(err)
	}
	if !cosigner {
		s, err := note.NewSigner(skey)
		if err != nil {
			tb.Fatal(err)
		}
		return peer{s, vkey}
	}
	s, err := cosignature.NewSignerForCosignatureV1(skey)
	if err != nil {
		tb.Fatal(err)
	}
	if vkey, err = cosignature.VKeyToCosignatureV1(vkey); err != nil {
		tb.Fatal(err)
	}
	return peer{s, vkey}
}

const someText = origin + "\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

// TestPolicyAgainstTessera: random policies and random sets of cosigners, judged by
// Tessera's reading of the same text.
func TestPolicyAgainstTessera(t *testing.T) {
	log := newPeer(t, origin, false)
	const n = 6
	var ws [n]peer
	for i := range ws {
		ws[i] = newPeer(t, fmt.Sprintf("witness%d.example", i), true)
	}
	yes, no := 0, 0
	for range 300 {
		lines := []string{"# a policy", "log " + log.vkey}
		free := []string{}
		for i, w := range ws {
			lines = append(lines, fmt.Sprintf("witness w%d %s https://w%d.example/", i, w.vkey, i))
			free = append(free, fmt.Sprintf("w%d", i))
		}
		for g := 0; len(free) > 1 && rand.IntN(5) > 0; g++ {
			rand.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
			m := 1 + rand.IntN(len(free))
			k := []string{"any", "all", fmt.Sprint(1 + rand.IntN(m))}[rand.IntN(3)]
			lines = append(lines, fmt.Sprintf("group g%d %s %s", g, k, strings.Join(free[:m], "\t")))
			free = append([]string{fmt.Sprintf("g%d", g)}, free[m:]...)
		}
		lines = append(lines, "quorum "+append(free, "none")[0])
		text := strings.Join(lines, "\n") + "\n"
		want, err := tessera.NewWitnessGroupFromPolicy([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		signers := []note.Signer{log.signer}
		for _, w := range ws {
			if rand.IntN(2) == 0 {
				signers = append(signers, w.signer)
			}
		}
		signed, err := note.Sign(&note.Note{Text: someText}, signers...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Open(signed, origin)
		if got := err == nil; got != want.Satisfied(signed) {
			t.Fatalf("got %v (%v), Tessera says %v\n%s%s", got, err, !got, text, signed)
		}
		if err == nil {
			yes++
			if len(c.Cosignatures) != len(signers)-1 || c.Size != 7 || c.Origin != origin {
				t.Errorf("%+v with %d cosigners", c, len(signers)-1)
			}
		} else if no++; !errors.Is(err, policy.ErrUnwitnessed) {
			t.Error(err)
		}
	}
	if yes < 30 || no < 30 {
		t.Errorf("%d satisfied, %d not: too one-sided to show anything", yes, no)
	}
}

func TestPolicyText(t *testing.T) {
	l, l2 := newPeer(t, origin, false), newPeer(t, "other.example/log", false)
	w, v := newPeer(t, "w.example", true), newPeer(t, "v.example", true)
	log, wit, wit2 := "log "+l.vkey+"\n", "witness w "+w.vkey+"\n", "witness v "+v.vkey+"\n"
	pub, err := base64.StdEncoding.DecodeString(strings.SplitN(w.vkey, "+", 3)[2])
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.WitnessKey("alias.example", ed25519.PublicKey(pub[1:]))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		log + "quorum none\n": "",
		log + "quorum none":   "",
		"quorum none\n":       "",
		" \t# none\n\n" + log + "\tquorum \t none  \n":                                     "",
		"# caf\xe9 \xff\n" + log + "quorum none\n":                                         "",
		log + "log " + l2.vkey + " https://other.example/\nquorum none\n":                  "",
		log + wit + "quorum w\n":                                                           "",
		log + "witness b\xffd#1 " + w.vkey + " http://w.example:8080/x\nquorum b\xffd#1\n": "",
		log + wit + wit2 + "group g 2 w v\nquorum g\n":                                     "",
		log + wit + wit2 + "group g any w\ngroup h all g v\nquorum h\n":                    "",
		"":                                                        "no quorum line",
		log:                                                       "no quorum line",
		log + "quorum w\n":                                        `line 2: quorum: no earlier line names "w"`,
		log + "quorum none\nquorum none\n":                        "line 3: a second quorum line",
		log + "quorum\n":                                          "line 2: want: quorum NAME",
		log + "quorum none none\n":                                "line 2: want: quorum NAME",
		log + "quorum w\n" + wit:                                  "line 2: quorum: no earlier",
		log + "Quorum none\n":                                     `line 2: unknown word "Quorum"`,
		log + "quorum none\r\n":                                   `line 2: control character '\r'`,
		"log\nquorum none\n":                                      "line 1: want: log VKEY",
		"log a b c\nquorum none\n":                                "line 1: want: log VKEY",
		"log a\nquorum none\n":                                    "line 1: key \"a\": want NAME+HASH+KEY",
		log + log + "quorum none\n":                               "line 2: the key of log \"" + origin + "\" is that of",
		"log " + w.vkey + "\nquorum none\n":                       "signature type 4 is not supported",
		"witness w " + l.vkey + "\nquorum w\n":                    "signature type 1 is not supported",
		"witness w\nquorum none\n":                                "line 1: want: witness NAME VKEY",
		"witness none " + w.vkey + "\nquorum none\n":              "the name none is taken",
		wit + "witness w " + v.vkey + "\nquorum w\n":              `line 2: the name "w" is taken`,
		wit + "witness u " + again + "\nquorum w\n":               "line 2: the key of witness \"alias.example\" is that of \"w.example\" again",
		wit + "group g any\nquorum w\n":                           "line 2: want: group NAME",
		wit + "group w any w\nquorum w\n":                         `line 2: the name "w" is taken`,
		wit + "group g 0 w\nquorum w\n":                           "want all, any or a number from 1 to 1",
		wit + "group g 2 w\nquorum w\n":                           "want all, any or a number from 1 to 1",
		wit + "group g 01 w\nquorum w\n":                          "want all, any or a number from 1 to 1",
		wit + "group g any g\nquorum w\n":                         `no earlier line names "g"`,
		wit + "group g any w w\nquorum g\n":                       `"w" is a member of "g" already`,
		wit + wit2 + "group g any w\ngroup h any w v\nquorum h\n": `"w" is a member of "g" already`,
		wit + "group g any none\nquorum g\n":                      `no earlier line names "none"`,
		"witness w " + w.vkey + " ftp://w.example/\nquorum w\n":   "want http:// or https://",
		"witness w " + w.vkey + " w.example\nquorum w\n":          "want http:// or https://",
		"log " + strings.Replace(l.vkey, origin, "x", 1) + "\nquorum none\n": "the hash in it is not that of its name and key",
		"log " + l.vkey[:len(l.vkey)-4] + "\nquorum none\n":                  "bytes of key is not supported",
		strings.Repeat("#", 1<<16) + "\nquorum none\n":                       "longer than",
		"log a\nwitness b\nquorum none\n":                                    "line 2: want: witness",
		strings.Repeat("group g all x\n", 3) + "quorum none\n":               "line 3: group \"g\": no earlier",
	} {
		_, err := policy.Parse(text)
		switch {
		case want == "" && err != nil:
			t.Errorf("%.200q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.200q: got %v, want %q", text, err, want)
		}
	}
	p := trust.Policy(t, log+"log "+l2.vkey+" https://other.example/", wit+"witness v "+v.vkey+" https://v.example/x", "quorum none")
	if ls, ws := p.Logs(), p.Witnesses(); len(ls) != 2 || ls[0].Name != origin || ls[1].URL != "https://other.example/" ||
		len(ws) != 2 || ws[0].Name != "w" || ws[0].VKey != w.vkey || ws[1].URL != "https://v.example/x" {
		t.Errorf("logs %+v, witnesses %+v", ls, ws)
	}
}

// TestPolicyLimits: what tlog-policy recommends at least is taken, endless lists are not.
func TestPolicyLimits(t *testing.T) {
	many := func(n int) string {
		b := &strings.Builder{}
		for i := range n {
			fmt.Fprintf(b, "log %s\nwitness w%d %s\ngroup g%d any w%d\n", newPeer(t, fmt.Sprintf("log%d", i), false).vkey, i, newPeer(t, fmt.Sprintf("w%d", i), true).vkey, i, i)
		}
		return b.String() + "quorum g0\n"
	}
	if _, err := policy.Parse(many(32)); err != nil {
		t.Error(err)
	}
	_, err := policy.Parse(many(65))
	for _, want := range []string{"more than 64 logs", "more than 64 witnesses"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	chain := "witness g0 " + newPeer(t, "w", true).vkey + "\n"
	for i := range 65 { // each group holds the one before it
		chain += fmt.Sprintf("group g%d any g%d\n", i+1, i)
	}
	if _, err := policy.Parse(chain + "quorum g64\n"); err == nil || err.Error() != "log policy, line 66: more than 64 groups" {
		t.Errorf("got %v", err)
	}
}

// TestKeys: our verifier keys are those of the note libraries.
func TestKeys(t *testing.T) {
	k := trust.Key(t)
	pub := k.Public().(ed25519.PublicKey)
	want, err := note.NewEd25519VerifierKey(origin, pub)
	if got, err2 := policy.LogKey(origin, pub); err != nil || err2 != nil || got != want {
		t.Errorf("log key %q, want %q (%v, %v)", got, want, err, err2)
	}
	want, err = cosignature.VKeyToCosignatureV1(want)
	if got, err2 := policy.WitnessKey(origin, pub); err != nil || err2 != nil || got != want {
		t.Errorf("witness key %q, want %q (%v, %v)", got, want, err, err2)
	}
	for _, bad := range []string{"", "a b", "a+b", "a\u00a0b", "a\nb", "\xff"} {
		if _, err := policy.LogKey(bad, pub); err == nil {
			t.Errorf("the name %q is taken", bad)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	w := newPeer(f, "w.example", true)
	f.Add("log " + newPeer(f, origin, false).vkey + "\nwitness w " + w.vkey + " https://w.example/\ngroup g any w\nquorum g\n")
	f.Add("witness x " + w.vkey + "\ngroup g 1 x\ngroup h all g\nquorum h")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := policy.Parse(text)
		if err != nil {
			return
		}
		// What stands in the parts is a policy again.
		var lines []string
		for _, l := range p.Logs() {
			lines = append(lines, "log "+l.VKey+" "+l.URL)
		}
		for _, w := range p.Witnesses() {
			lines = append(lines, "witness "+w.Name+" "+w.VKey+" "+w.URL)
		}
		if _, err := policy.Parse(strings.Join(append(lines, "quorum none"), "\n")); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
