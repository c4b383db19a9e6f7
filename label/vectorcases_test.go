package label_test

import (
	"bytes"
	"context"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// maker makes the vectors.
type maker struct {
	*world
	file vectors.File
}

func newMaker(t testing.TB) *maker {
	t.Helper()
	m := &maker{world: newWorld(t)}
	m.file = vectors.File{
		Schema: "plimsoll.label-vectors/1",
		About: []string{
			"Labels, good and bad, with the answer that a verifier must give.",
			"The keys are made from a public text: they protect nothing.",
			"A file that does not open under the trust list of its vector, or is older than its seen value, counts as missing.",
			"Compare every field of want but why.",
		},
		Roots: m.list.Roots, Files: map[string][]byte{"trust": m.signedTrust},
	}
	return m
}

// add appends a vector; change makes it differ from: offline, by the good trust list, now.
func (m *maker) add(id string, input string, want verify.Outcome, change ...func(*vectors.Vector)) {
	v := vectors.Vector{ID: id, Input: input, At: now, Trust: "trust", TrustSeen: 7, Mode: verify.Offline, Want: verify.Result{Outcome: want}}
	for _, c := range change {
		c(&v)
	}
	m.file.Vectors = append(m.file.Vectors, v)
}

func at(s string) func(*vectors.Vector) {
	return func(v *vectors.Vector) {
		v.At, _ = time.Parse(time.RFC3339, s)
	}
}

func private(v *vectors.Vector) { v.Mode = verify.Private }
func full(v *vectors.Vector)    { v.Mode = verify.Full }

func with(rangeFile, list string) func(*vectors.Vector) {
	return func(v *vectors.Vector) { v.Range, v.List = rangeFile, list }
}

func trusting(name string) func(*vectors.Vector) { return func(v *vectors.Vector) { v.Trust = name } }

func proof(fits bool, origin string, index uint64) func(*vectors.Vector) {
	return func(v *vectors.Vector) { v.Proof = &vectors.Proof{Fits: fits, Origin: origin, Index: index} }
}

func url(t label.Token) string { return t.URL("label.example") }

func (m *maker) all(t testing.TB) {
	m.good(t)
	m.inputs(t)
	m.frames(t)
	m.contents(t)
	m.signatures(t)
	m.times(t)
	m.trusts(t)
	m.statuses(t)
	m.statusFiles(t)
	m.stolenKey(t)
	m.proofs(t)
}

// rangeOf signs the one bucket of a small scheme.
func (m *maker) rangeOf(t testing.TB, name string, when time.Time, entries ...label.Issued) string {
	t.Helper()
	return m.rangeBy(t, name, m.scheme(t, "HARB"), m.status, 0, 0, when, entries...)
}

func (m *maker) rangeBy(t testing.TB, name string, s *label.Scheme, by key.Signer, bits uint8, prefix uint32, when time.Time, entries ...label.Issued) string {
	t.Helper()
	b, err := label.SignRange(context.Background(), s, bits, prefix, entries, when, by)
	if err != nil {
		t.Fatal(err)
	}
	m.file.Files[name] = b
	return name
}

func (m *maker) listOf(t testing.TB, name string, when time.Time, st map[label.Number]label.Standing) string {
	t.Helper()
	return m.listBy(t, name, m.scheme(t, "HARB"), m.status, when, st)
}

func (m *maker) listBy(t testing.TB, name string, s *label.Scheme, by key.Signer, when time.Time, st map[label.Number]label.Standing) string {
	t.Helper()
	b, err := label.SignStatusList(context.Background(), s, 0, st, when, by)
	if err != nil {
		t.Fatal(err)
	}
	m.file.Files[name] = b
	return name
}

func entry(t label.Token, st label.Standing, index uint64) label.Issued {
	return label.Issued{Digest: t.Digest(), Standing: st, LogIndex: index, SupportEnd: t.Claims().SupportEnd}
}

func (m *maker) good(t testing.TB) {
	es, ed := issue(t, plug(), m.es), issue(t, plug(), m.ed)
	gtin := plug()
	gtin.GTIN, gtin.Model, gtin.Level, gtin.Assurance, gtin.Number = 4006381333931, "カメラ", 3, label.LabTested, 131073
	gtin.From = time.Time{}
	wide := issue(t, gtin, m.es)
	auth := issue(t, label.Claims{
		Issuer: "QUAY", Number: 9, Level: 1, Assurance: label.AuthorityChecked, SupportEnd: day("2030-01-01"),
		Brand: "Q&A", Model: "<b>Lamp</b>", Version: "1", Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	}, m.other)
	r := m.rangeOf(t, "range", now.Add(-time.Hour), entry(es, label.Valid, 41), entry(ed, label.Valid, 42), entry(wide, label.Valid, 43))
	m.listOf(t, "list", now.Add(-30*time.Minute), map[label.Number]label.Standing{1420: label.Valid})
	q := m.rangeBy(t, "range-quay", m.scheme(t, "QUAY"), m.otherSt, 0, 0, now.Add(-time.Hour), entry(auth, label.Valid, 3))
	m.add("live-es256", url(es), verify.Live, private, with(r, ""))
	m.add("live-eddsa", url(ed), verify.Live, private, with(r, ""))
	m.add("live-with-status-list", url(es), verify.Live, private, with(r, "list"))
	m.add("live-gtin-japanese-lab-tested", url(wide), verify.Live, private, with(r, "list"))
	m.add("live-official-scheme", auth.URL("quay.example"), verify.Live, private, with(q, ""))
	m.add("live-offline-with-fresh-status", url(es), verify.Live, with(r, ""))
	m.add("signed-offline", url(es), verify.Signed)
	m.add("signed-offline-eddsa", url(ed), verify.Signed)
	m.add("signed-offline-list-alone", url(es), verify.Signed, with("", "list"))
	m.add("stale-private-without-status", url(es), verify.Stale, private)
	m.add("stale-private-list-alone", url(es), verify.Stale, private, with("", "list"))
	// The range file moves the end of support.
	e := entry(es, label.Valid, 41)
	e.SupportEnd = day("2033-01-01")
	m.add("live-support-extended", url(es), verify.Live, private, with(m.rangeOf(t, "range-extended", now.Add(-time.Hour), e), ""), at("2026-11-22T12:00:00Z"))
}

func (m *maker) inputs(t testing.TB) {
	es := issue(t, plug(), m.es)
	d := es.Digits()
	m.add("digits-alone", d, verify.Signed)
	m.add("second-host", es.URL("harbour.example"), verify.Signed)
	m.add("url-in-capitals-and-spaces", " HTTPS://LABEL.EXAMPLE/#"+d+"\n", verify.Signed)
	m.add("url-without-slash", "https://label.example#"+d, verify.Signed)
	m.add("wrong-host", es.URL("label-example.com"), verify.WrongHost)
	m.add("wrong-host-other-scheme", es.URL("quay.example"), verify.WrongHost)
	m.add("wrong-host-port", es.URL("label.example:8443"), verify.WrongHost)
	m.add("wrong-host-user", es.URL("label.example@evil.example"), verify.WrongHost)
	m.add("wrong-host-backslash", es.URL(`evil.example\.label.example`), verify.WrongHost)
	m.add("wrong-host-subdomain", es.URL("label.example.evil.example"), verify.WrongHost)
	m.add("number", es.NumberText(), verify.Stale)
	m.add("number-page", "https://label.example/l/"+es.NumberText(), verify.Stale)
	m.add("number-sloppy", " harb 0000 "+es.NumberText()[10:], verify.Stale)
	m.add("number-unknown-scheme", label.NumberText("NOBODY", 5), verify.UnknownScheme)
	m.add("number-check-character", "HARB-0000-1CC0", verify.Malformed)
	for id, s := range map[string]string{
		"empty": "", "word": "hello", "http": "http://label.example/#" + d, "no-fragment": "https://label.example/", "no-path": "https://label.example", "no-host": "https:///#" + d,
		"other-path": "https://label.example/x#" + d, "truncated": url(es)[:200], "truncated-by-one": d[:len(d)-1], "digit-changed-first": "9" + d[1:],
		"digit-more": d + "0", "leading-zero": "0" + d, "letter-inside": d[:100] + "x" + d[101:], "minus": "-" + d, "oversized-digits": strings.Repeat("9", 373),
		"oversized-input": strings.Repeat(" ", 10) + strings.Repeat("1", 2050), "arabic-digits": "٣٤٥",
	} {
		m.add("malformed-"+id, s, verify.Malformed)
	}
	m.sortTail(17)
}

// sortTail puts the last n vectors, made from a map, into order.
func (m *maker) sortTail(n int) {
	tail := m.file.Vectors[len(m.file.Vectors)-n:]
	for i := range tail {
		for j := i; j > 0 && tail[j].ID < tail[j-1].ID; j-- {
			tail[j], tail[j-1] = tail[j-1], tail[j]
		}
	}
}

// frames: the COSE structure around the claims.
func (m *maker) frames(t testing.TB) {
	body := en(t, claimsMap())
	prot := header(t, -7, m.es)
	h := hint(t, m.es)
	for _, c := range []struct {
		id  string
		tok []byte
	}{
		{"version-2", rawCose{otherFirst: 2, protected: prot, payload: body, signer: m.es}.token(t)},
		{"tagged", rawCose{tag: 18, protected: prot, payload: body, signer: m.es}.token(t)},
		{"trailing-byte", append(rawCose{protected: prot, payload: body, signer: m.es}.token(t), 0)},
		{"unprotected-algorithm", rawCose{protected: en(t, map[int]any{4: h}), unprotect: map[int]int{1: -7}, payload: body, signer: m.es}.token(t)},
		{"unprotected-something", rawCose{protected: prot, unprotect: map[int]int{5: 1}, payload: body, signer: m.es}.token(t)},
		{"no-algorithm", rawCose{protected: en(t, map[int]any{4: h}), payload: body, signer: m.es}.token(t)},
		{"no-key-hint", rawCose{protected: en(t, map[int]any{1: -7}), payload: body, signer: m.es}.token(t)},
		{"hint-of-8-bytes", rawCose{protected: en(t, map[int]any{1: -7, 4: append(h, h...)}), payload: body, signer: m.es}.token(t)},
		{"algorithm-es384", rawCose{protected: en(t, map[int]any{1: -35, 4: h}), payload: body, signer: m.es}.token(t)},
		{"algorithm-hmac", rawCose{protected: en(t, map[int]any{1: 5, 4: h}), payload: body, signer: m.es}.token(t)},
		{"algorithm-none", rawCose{protected: en(t, map[int]any{1: 0, 4: h}), payload: body, signer: m.es}.token(t)},
		{"algorithm-as-text", rawCose{protected: en(t, map[int]any{1: "ES256", 4: h}), payload: body, signer: m.es}.token(t)},
		{"critical-header", rawCose{protected: en(t, map[int]any{1: -7, 2: []int{1}, 4: h}), payload: body, signer: m.es}.token(t)},
		{"header-repeats-a-key", rawCose{protected: bytes.Join([][]byte{{0xa3, 1, 0x26, 1, 0x26, 4, 0x44}, h}, nil), payload: body, signer: m.es}.token(t)},
		{"header-unsorted", rawCose{protected: bytes.Join([][]byte{{0xa2, 4, 0x44}, h, {1, 0x26}}, nil), payload: body, signer: m.es}.token(t)},
		{"header-wide-integer", rawCose{protected: bytes.Join([][]byte{{0xa2, 1, 0x38, 6, 4, 0x44}, h}, nil), payload: body, signer: m.es}.token(t)},
		{"header-indefinite", rawCose{protected: bytes.Join([][]byte{{0xbf, 1, 0x26, 4, 0x44}, h, {0xff}}, nil), payload: body, signer: m.es}.token(t)},
		{"no-payload", rawCose{protected: prot, payload: nil, signature: make([]byte, 64)}.token(t)},
		{"empty-signature", rawCose{protected: prot, payload: body, signature: []byte{}}.token(t)},
		{"short-signature", rawCose{protected: prot, payload: body, signature: make([]byte, 63)}.token(t)},
		{"asn1-signature", rawCose{protected: prot, payload: body, signature: asn1Of(t, m.es)}.token(t)},
		{"array-indefinite", indefiniteArray(rawCose{protected: prot, payload: body, signer: m.es}.token(t))},
		{"length-of-payload-wide", widePayload(rawCose{protected: prot, payload: body, signer: m.es}.token(t))},
		{"status-token", append([]byte{1}, rawCose{protected: en(t, map[int]any{1: -7, 4: h, 16: 60}), payload: body, signer: m.es}.bytes(t)...)},
		{"array-of-5", append([]byte{1}, en(t, []any{prot, map[int]int{}, body, make([]byte, 64), 0})...)},
		{"map", append([]byte{1}, en(t, longClaims())...)},
		{"oversized", rawCose{protected: prot, payload: en(t, longClaims()), signer: m.es}.token(t)},
	} {
		m.add("malformed-frame-"+c.id, digitsOf(c.tok), verify.Malformed)
	}
}

func longClaims() map[any]any {
	c := claimsMap()
	c[-65537].(map[any]any)[4] = strings.Repeat("x", 40)
	return c
}

func asn1Of(t testing.TB, s key.Signer) []byte {
	b, err := s.Sign(context.Background(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func indefiniteArray(b []byte) []byte {
	b = bytes.Clone(b)
	b[1] = 0x9f
	return append(b, 0xff)
}

// widePayload writes the length of the payload in two bytes, where one is enough.
func widePayload(b []byte) []byte {
	i := 1 + 1 + 10 + 1 // version, array, header, map
	return bytes.Join([][]byte{b[:i], {0x59, 0, b[i+1]}, b[i+2:]}, nil)
}

// contents: well signed, but not what Issue would write.
func (m *maker) contents(t testing.TB) {
	prot := header(t, -7, m.es)
	sign := func(payload []byte) string {
		return digitsOf(rawCose{protected: prot, payload: payload, signer: m.es}.token(t))
	}
	top := func(k, v any) []byte {
		c := claimsMap()
		if v == nil {
			delete(c, k)
		} else {
			c[k] = v
		}
		return en(t, c)
	}
	in := func(k, v any) []byte {
		c := claimsMap()
		i := c[-65537].(map[any]any)
		if v == nil {
			delete(i, k)
		} else {
			i[k] = v
		}
		return en(t, c)
	}
	good := en(t, claimsMap())
	for _, c := range []struct {
		id      string
		payload []byte
	}{
		{"repeated-claim", bytes.Join([][]byte{{0xa5}, good[1:7], good[1:]}, nil)},
		{"repeated-level", bytes.Replace(good, []byte{0xa7, 0x00}, []byte{0xa8, 0x01, 0x01, 0x00}, 1)},
		{"repeated-level-adjacent", bytes.Replace(bytes.Replace(good, []byte{0xa7, 0x00}, []byte{0xa8, 0x00}, 1), []byte{0x01, 0x01, 0x02}, []byte{0x01, 0x01, 0x01, 0x03, 0x02}, 1)},
		{"indefinite-map", append(append([]byte{0xbf}, good[1:]...), 0xff)},
		{"indefinite-text", bytes.Replace(good, []byte("\x67Harbour\x04"), []byte("\x7f\x67Harbour\xff\x04"), 1)},
		{"wide-integer", bytes.Replace(good, []byte{0x01, 0x01, 0x02}, []byte{0x01, 0x18, 0x01, 0x02}, 1)},
		{"wide-length", bytes.Replace(good, []byte("\x67Harbour\x04"), []byte("\x78\x07Harbour\x04"), 1)},
		{"unsorted", bytes.Join([][]byte{{0xa4}, good[7:13], good[1:7], good[13:]}, nil)},
		{"trailing", append(bytes.Clone(good), 0)},
		{"unknown-claim", top(3, "audience")},
		{"unknown-field", in(9, 1)},
		{"field-kept-free", in(6, []byte("0123"))},
		{"no-issuer", top(1, nil)},
		{"no-expiry", top(4, nil)},
		{"no-label", top(-65537, nil)},
		{"no-number", in(0, nil)},
		{"no-brand", in(3, nil)},
		{"no-assurance", in(7, nil)},
		{"expiry-as-float", top(4, 1843430400.5)},
		{"expiry-as-text", top(4, "2028-06-01")},
		{"expiry-tagged", top(4, cbor.Tag{Number: 1, Content: uint64(1843430400)})},
		{"expiry-negative", top(4, -5)},
		{"expiry-enormous", top(4, uint64(1)<<63)},
		{"expiry-before-start", top(4, uint64(1780272000))},
		{"from-zero", top(5, 0)},
		{"from-enormous", top(5, ^uint64(0))},
		{"number-of-33-bits", in(0, uint64(1)<<32)},
		{"level-0", in(1, 0)},
		{"level-10", in(1, 10)},
		{"level-300", in(1, 300)},
		{"support-0", in(2, 0)},
		{"support-of-17-bits", in(2, 65536)},
		{"assurance-0", in(7, 0)},
		{"assurance-4", in(7, 4)},
		{"gtin-0", in(5, 0)},
		{"gtin-check-digit", in(5, uint64(4006381333932))},
		{"issuer-in-small-letters", top(1, "harb")},
		{"issuer-null", top(1, cbor.RawMessage{0xf6})},
		{"brand-as-bytes", in(3, []byte("Harbour"))},
		{"brand-not-utf8", bytes.Replace(good, []byte("Harbour\x04"), []byte("Harbo\xff\xfe\x04"), 1)},
		{"brand-form-d", in(3, "Cafe\u0301")},
		{"model-right-to-left", in(4, "Plug\u202e2")},
		{"model-zero-width", in(4, "Plug\u200b2")},
		{"model-newline", in(4, "Plug\n2")},
		{"model-space-behind", in(4, "Plug 2 ")},
		{"version-17-bytes", in(8, "1.2.3.4.5.6.7.8.9")},
		{"array", en(t, []any{1, "HARB", 2, 3, 4, 5, 6, 7, 8, 9, "enough to be long"})},
	} {
		if bytes.Equal(c.payload, good) {
			t.Fatalf("%s: nothing was changed", c.id)
		}
		m.add("malformed-claims-"+c.id, sign(c.payload), verify.Malformed)
	}
	m.add("stale-level-not-on-the-list", sign(in(1, 4)), verify.Stale)
	m.add("unknown-scheme", sign(top(1, "NOBODY")), verify.UnknownScheme)
	m.add("unknown-scheme-lookalike", sign(top(1, "HARB0UR")), verify.UnknownScheme)
}

func (m *maker) signatures(t testing.TB) {
	es, ed := issue(t, plug(), m.es), issue(t, plug(), m.ed)
	raw := func(b []byte) string { return "https://label.example/#" + digitsOf(b) }
	flip := func(tok label.Token, i int, bit byte) string {
		b := tok.Bytes()
		b[i] ^= bit
		return raw(b)
	}
	n := len(es.Bytes())
	model := bytes.Index(es.Bytes(), []byte("Plug"))
	m.add("bad-signature-model-changed", flip(es, model, 1), verify.BadSignature)
	m.add("bad-signature-model-changed-eddsa", flip(ed, model, 1), verify.BadSignature)
	m.add("bad-signature-number-changed", flip(es, bytes.Index(es.Bytes(), []byte{0x00, 0x19, 0x05})+3, 1), verify.BadSignature)
	m.add("bad-signature-last-bit", flip(es, n-1, 1), verify.BadSignature)
	m.add("bad-signature-last-bit-eddsa", flip(ed, n-1, 1), verify.BadSignature)
	m.add("bad-signature-first-bit", flip(es, n-64, 0x80), verify.BadSignature)
	m.add("bad-signature-hint-changed", flip(es, 8, 1), verify.BadSignature)
	body := en(t, claimsMap())
	prot := header(t, -7, m.es)
	m.add("bad-signature-zero", raw(rawCose{protected: prot, payload: body, signature: make([]byte, 64)}.token(t)), verify.BadSignature)
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	m.add("bad-signature-order", raw(rawCose{protected: prot, payload: body, signature: append(order.Bytes(), order.Bytes()...)}.token(t)), verify.BadSignature)
	m.add("bad-signature-resigned-hint-kept", raw(rawCose{protected: prot, payload: body, signer: m.thief}.token(t)), verify.BadSignature)
	m.add("bad-signature-resigned", raw(issue(t, plug(), m.thief).Bytes()), verify.BadSignature)
	m.add("bad-signature-by-status-key", raw(issue(t, plug(), m.status).Bytes()), verify.BadSignature)
	m.add("bad-signature-by-root", raw(issue(t, plug(), m.root[0]).Bytes()), verify.BadSignature)
	m.add("bad-signature-by-other-scheme", raw(issue(t, plug(), m.other).Bytes()), verify.BadSignature)
	quay := plug()
	quay.Issuer = "QUAY"
	m.add("bad-signature-issuer-transplanted", issue(t, quay, m.es).URL("quay.example"), verify.BadSignature)
	m.add("bad-signature-algorithm-eddsa-key-p256", raw(rawCose{protected: en(t, map[int]any{1: -8, 4: hint(t, m.es)}), payload: body, signer: m.es}.token(t)), verify.BadSignature)
	m.add("bad-signature-algorithm-es256-key-ed25519", raw(rawCose{protected: en(t, map[int]any{1: -7, 4: hint(t, m.ed)}), payload: body, signer: m.ed}.token(t)), verify.BadSignature)
	// A signature (r, -s) fits as well as (r, s): only the range file knows better.
	mal := es.Bytes()
	s := new(big.Int).SetBytes(mal[n-32:])
	new(big.Int).Sub(order, s).FillBytes(mal[n-32:])
	m.add("signed-other-s", raw(mal), verify.Signed)
	m.add("not-issued-other-s", raw(mal), verify.NotIssued, private, with("range", ""))
}

func (m *maker) times(t testing.TB) {
	es := issue(t, plug(), m.es)
	m.add("not-yet-valid", url(es), verify.NotYetValid, at("2026-05-31T23:59:59Z"), trusting("trust-early"))
	m.add("signed-first-second", url(es), verify.Signed, at("2026-06-01T00:00:00Z"), trusting("trust-early"))
	m.add("signed-last-second", url(es), verify.Signed, at("2028-05-31T23:59:59Z"), trusting("trust-late"))
	m.add("expired", url(es), verify.Expired, at("2028-06-01T00:00:00Z"), trusting("trust-late"))
	m.add("expired-private-without-status", url(es), verify.Expired, at("2028-06-01T00:00:00Z"), trusting("trust-late"), private)
	short := plug()
	short.SupportEnd = day("2026-11-22")
	m.add("signed-last-day-of-support", url(issue(t, short, m.es)), verify.Signed)
	m.add("support-ended-next-day", url(issue(t, short, m.es)), verify.SupportEnded, at("2026-11-23T00:00:00Z"))
	open := plug()
	open.From = time.Time{}
	oldTok := plug()
	oldTok.From = time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC)
	m.add("signed-old-key-last-day", url(issue(t, oldTok, m.old)), verify.Signed, at("2026-11-21T23:59:59Z"))
	m.add("bad-signature-key-no-longer-good", url(issue(t, oldTok, m.old)), verify.BadSignature)
	m.add("bad-signature-dated-behind-key", url(issue(t, plug(), m.old)), verify.BadSignature, at("2026-11-21T12:00:00Z"))
	m.add("bad-signature-dated-before-key", url(issue(t, oldTok, m.es)), verify.BadSignature)
	m.add("signed-without-start", url(issue(t, open, m.es)), verify.Signed)
	m.add("signed-first-day-of-key", url(issue(t, open, m.es)), verify.Signed, at("2026-01-01T00:00:00Z"), trusting("trust-2025"))
	first, last := plug(), plug()
	first.From, last.From = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	m.add("signed-dated-first-day-of-key", url(issue(t, first, m.es)), verify.Signed)
	m.add("not-yet-valid-dated-last-day-of-key", url(issue(t, last, m.es)), verify.NotYetValid)
	m.add("bad-signature-key-not-yet", url(issue(t, open, m.es)), verify.BadSignature, at("2025-12-31T12:00:00Z"), trusting("trust-2025"))
}

// signTrust puts another trust list among the files.
func (m *maker) signTrust(t testing.TB, name string, change func(*label.TrustList), by ...key.Signer) {
	t.Helper()
	l := m.list
	l.Schemes = append([]label.Scheme(nil), l.Schemes...)
	change(&l)
	m.file.Files[name] = m.sign(t, l, by...)
}

func (m *maker) trusts(t testing.TB) {
	es := issue(t, plug(), m.es)
	a, b := m.root[0], m.root[1]
	span := func(from, to string) func(*label.TrustList) {
		return func(l *label.TrustList) { l.Issued, l.Expires = day(from), day(to) }
	}
	m.signTrust(t, "trust-early", span("2026-05-01", "2026-07-01"), a, b)
	m.signTrust(t, "trust-late", span("2028-05-01", "2028-07-01"), a, b)
	m.signTrust(t, "trust-2025", span("2025-12-01", "2026-01-31"), a, b)
	m.signTrust(t, "trust-one-signature", func(*label.TrustList) {}, a)
	m.signTrust(t, "trust-same-root-twice", func(*label.TrustList) {}, a, a)
	m.signTrust(t, "trust-thief", func(*label.TrustList) {}, m.thief, m.other)
	rotate := func(l *label.TrustList) {
		l.Version, l.Roots = 8, label.Roots{Threshold: 2, Keys: [][]byte{public(t, m.newRoot[0]), public(t, m.newRoot[1]), public(t, m.newRoot[2])}}
	}
	m.signTrust(t, "trust-new-roots", rotate, a, b, m.newRoot[0], m.newRoot[2])
	m.signTrust(t, "trust-new-roots-old-only", rotate, a, b)
	m.signTrust(t, "trust-new-roots-new-only", rotate, m.newRoot[0], m.newRoot[1])
	m.add("stale-no-trust-list", url(es), verify.Stale, trusting(""))
	m.add("stale-trust-expired", url(es), verify.Stale, at("2027-01-31T00:00:00Z"))
	m.add("signed-trust-last-day", url(es), verify.Signed, at("2027-01-30T23:59:59Z"))
	m.add("stale-trust-from-the-future", url(es), verify.Stale, at("2026-10-31T23:54:59Z"))
	m.add("signed-clock-five-minutes-slow", url(es), verify.Signed, at("2026-10-31T23:55:00Z"))
	m.add("stale-trust-rolled-back", url(es), verify.Stale, func(v *vectors.Vector) { v.TrustSeen = 8 })
	for _, n := range []string{"trust-one-signature", "trust-same-root-twice", "trust-thief", "trust-new-roots-old-only", "trust-new-roots-new-only"} {
		m.add("stale-"+n, url(es), verify.Stale, trusting(n))
	}
	m.add("signed-trust-new-roots", url(es), verify.Signed, trusting("trust-new-roots"))
	m.craftedTrusts(t, es)
}

// craftedTrusts: two roots have signed what AddSignature would refuse to.
func (m *maker) craftedTrusts(t testing.TB, es label.Token) {
	craft := func(name string, change func(l *label.TrustList), prot map[int]any) {
		l := m.list
		l.Schemes = append([]label.Scheme(nil), l.Schemes...)
		change(&l)
		m.file.Files[name] = rawTrust(t, en(t, l), en(t, prot), m.root[0], m.root[1])
		m.add("stale-"+name, url(es), verify.Stale, trusting(name))
	}
	typ := map[int]any{16: label.TrustType}
	craft("trust-reserved-code", func(l *label.TrustList) { l.Schemes[1].Code, l.Schemes[1].Official = "SG-CLS", "" }, typ)
	craft("trust-one-key-two-uses", func(l *label.TrustList) { l.Schemes[1].Keys = l.Schemes[0].Keys[:1] }, typ)
	craft("trust-120-days", func(l *label.TrustList) { l.Expires = l.Issued + 120 }, typ)
	craft("trust-other-type", func(*label.TrustList) {}, map[int]any{16: label.StatusType})
	good := bytes.Clone(m.signedTrust)
	good[bytes.Index(good, []byte("Harbour Mark"))]++
	m.file.Files["trust-tampered"] = good
	m.add("stale-trust-tampered", url(es), verify.Stale, trusting("trust-tampered"))
}

func rawTrust(t testing.TB, body, prot []byte, by ...key.Signer) []byte {
	t.Helper()
	var sigs []any
	for _, k := range by {
		h := header(t, -7, k)
		sigs = append(sigs, []any{h, map[int]int{}, rawSign(t, k, en(t, []any{"Signature", prot, h, []byte{}, body}))})
	}
	return en(t, cbor.Tag{Number: 98, Content: []any{prot, map[int]int{}, body, sigs}})
}
