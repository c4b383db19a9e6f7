package label_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

func (m *maker) statuses(t testing.TB) {
	es := issue(t, plug(), m.es)
	hour := now.Add(-time.Hour)
	r := func(st label.Standing) string {
		return m.rangeOf(t, "range-"+st.String(), hour, entry(es, st, 41))
	}
	l := func(st label.Standing) string {
		return m.listOf(t, "list-"+st.String(), now.Add(-30*time.Minute), map[label.Number]label.Standing{1420: st})
	}
	late := at("2026-11-24T12:00:00Z")
	for _, st := range []struct {
		standing label.Standing
		want     verify.Outcome
		oldWant  verify.Outcome // in mode private, by a status out of date
	}{{label.Revoked, verify.Revoked, verify.Revoked}, {label.Suspended, verify.Suspended, verify.Stale}, {label.SupportEnded, verify.SupportEnded, verify.SupportEnded}} {
		n := st.standing.String()
		m.add(n+"-by-range", url(es), st.want, private, with(r(st.standing), ""))
		m.add(n+"-by-range-offline", url(es), st.want, with("range-"+n, ""))
		m.add(n+"-by-list", url(es), st.want, private, with("", l(st.standing)))
		m.add(n+"-by-list-offline", url(es), st.want, with("", "list-"+n))
		m.add(n+"-list-worse-than-range", url(es), st.want, private, with("range", "list-"+n))
		m.add(n+"-range-worse-than-list", url(es), st.want, private, with("range-"+n, "list"))
		m.add(n+"-old-range", url(es), st.oldWant, private, with("range-"+n, ""), late)
		m.add(n+"-old-range-offline", url(es), st.want, with("range-"+n, ""), late)
		m.add(n+"-old-list-offline", url(es), st.want, with("", "list-"+n), late)
	}
	m.rangeOf(t, "range-later", now.Add(47*time.Hour), entry(es, label.Valid, 41))
	m.add("live-lifted-after-old-list", url(es), verify.Live, private, with("range-later", "list-suspended"), late)
	m.add("suspended-old-list-old-range-offline", url(es), verify.Suspended, with("range", "list-suspended"), late)
	m.add("live-list-of-other-scheme", url(es), verify.Live, private, with("range", m.listBy(t, "list-quay-revoked", m.scheme(t, "QUAY"), m.otherSt, hour, map[label.Number]label.Standing{1420: label.Revoked})))
	m.add("revoked-old-list-fresh-range", url(es), verify.Revoked, private, with("range-later", "list-revoked"), late)
	m.add("suspended-by-list-revoked-by-range", url(es), verify.Revoked, private, with("range-revoked", "list-suspended"))
	m.add("revoked-and-expired", url(es), verify.Revoked, with("range-revoked", ""), at("2028-06-01T00:00:00Z"), trusting("trust-late"))
	m.add("revoked-behind-wrong-host", es.URL("evil.example"), verify.WrongHost, with("range-revoked", ""))
	m.add("stale-status-old", url(es), verify.Stale, private, with("range", "list"), at("2026-11-23T11:00:00Z"))
	m.add("live-status-last-second", url(es), verify.Live, private, with("range", "list"), at("2026-11-23T10:59:59Z"))
	m.add("signed-offline-status-old", url(es), verify.Signed, with("range", "list"), at("2026-11-25T12:00:00Z"))
	m.add("stale-status-from-the-future", url(es), verify.Stale, private, with("range", ""), at("2026-11-22T10:54:59Z"))
	m.add("live-clock-five-minutes-slow", url(es), verify.Live, private, with("range", ""), at("2026-11-22T10:55:00Z"))
	m.add("stale-range-rolled-back", url(es), verify.Stale, private, with("range", ""), func(v *vectors.Vector) { v.StatusSeen = hour.Add(time.Second) })
	m.add("live-range-seen-again", url(es), verify.Live, private, with("range", ""), func(v *vectors.Vector) { v.StatusSeen = hour })
	m.add("signed-list-rolled-back", url(es), verify.Signed, with("", "list-revoked"), func(v *vectors.Vector) { v.StatusSeen = now })
	gone := m.rangeOf(t, "range-support-over", hour, label.Issued{Digest: es.Digest(), LogIndex: 41, SupportEnd: day("2026-11-21")})
	m.add("support-ended-by-day-in-range", url(es), verify.SupportEnded, private, with(gone, ""))
	far := plug()
	far.Number = 131072 + 1420
	m.add("signed-list-of-another-chunk", url(issue(t, far, m.es)), verify.Signed, with("", "list-revoked"))
}

// statusFiles: files that must not open, or do not speak of the label.
func (m *maker) statusFiles(t testing.TB) {
	es := issue(t, plug(), m.es)
	hour := now.Add(-time.Hour)
	ok := entry(es, label.Valid, 41)
	harb, quay := m.scheme(t, "HARB"), m.scheme(t, "QUAY")
	prefix := label.RangePrefix(es.Digest(), 8)
	m.add("live-bucket-of-8-bits", url(es), verify.Live, private, with(m.rangeBy(t, "range-8", harb, m.status, 8, prefix, hour, ok), ""))
	m.add("not-issued-empty-bucket", url(es), verify.NotIssued, private, with(m.rangeBy(t, "range-8-empty", harb, m.status, 8, prefix, hour), ""))
	m.add("stale-other-bucket", url(es), verify.Stale, private, with(m.rangeBy(t, "range-8-other", harb, m.status, 8, prefix^1, hour), ""))
	m.add("stale-range-of-other-scheme", url(es), verify.Stale, private, with(m.rangeBy(t, "range-other-scheme", quay, m.otherSt, 0, 0, hour, ok), ""))
	m.add("stale-range-by-other-scheme", url(es), verify.Stale, private, with(m.rangeBy(t, "range-by-other-scheme", harb, m.otherSt, 0, 0, hour, ok), ""))
	m.add("stale-range-by-label-key", url(es), verify.Stale, private, with(m.rangeBy(t, "range-by-label-key", harb, m.es, 0, 0, hour, ok), ""))
	m.add("stale-range-by-thief", url(es), verify.Stale, private, with(m.rangeBy(t, "range-by-thief", harb, m.thief, 0, 0, hour, ok), ""))
	// The days on which a status key may sign are those of the trust list.
	open := plug()
	open.From = time.Time{}
	young := issue(t, open, m.es)
	first, last := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	m.add("live-first-day-of-status-key", url(young), verify.Live, private, trusting("trust-2025"), at("2026-01-01T12:00:00Z"),
		with(m.rangeOf(t, "range-first-day", first, entry(young, label.Valid, 1)), ""))
	m.add("live-last-day-of-status-key", url(es), verify.Live, private, at("2027-01-01T12:00:00Z"), with(m.rangeOf(t, "range-last-day", last, ok), ""))
	m.add("stale-after-last-day-of-status-key", url(es), verify.Stale, private, at("2027-01-01T12:00:00Z"),
		with(m.rangeOf(t, "range-after-last-day", last.Add(time.Hour), ok), ""))
	bad := bytes.Clone(m.file.Files["range-revoked"])
	digest := es.Digest()
	i := bytes.Index(bad, digest[16:]) + 16
	if bad[i] != byte(label.Revoked) {
		t.Fatal("the record is not where it should be")
	}
	bad[i] = byte(label.Valid)
	m.file.Files["range-tampered"] = bad
	m.add("stale-range-tampered", url(es), verify.Stale, private, with("range-tampered", ""))
	m.file.Files["range-truncated"] = m.file.Files["range"][:100]
	m.add("stale-range-truncated", url(es), verify.Stale, private, with("range-truncated", ""))
	m.add("stale-list-in-place-of-range", url(es), verify.Stale, private, with("list", ""))
	m.add("signed-range-in-place-of-list", url(es), verify.Signed, with("", "range-revoked"))
	m.crafted(t, es, hour)
}

// crafted: signed by the status key, but not what SignRange or SignStatusList
// writes.
func (m *maker) crafted(t testing.TB, es label.Token, hour time.Time) {
	digest := es.Digest()
	rec := append(append([]byte(nil), digest[16:]...), 0, 0, 0, 0, 0, 41, 0x57, 0x16)
	unix := uint64(hour.Unix())
	rangeMap := func(iat, exp uint64, bits, prefix int, recs []byte) map[any]any {
		return map[any]any{1: "HARB", 4: exp, 6: iat, -65537: map[any]any{0: bits, 1: prefix, 2: recs}}
	}
	put := func(id, typ string, body []byte, isList bool) {
		m.file.Files[id] = rawCose{tag: 18, protected: en(t, map[int]any{1: -7, 4: hint(t, m.status), 16: typ}), payload: body, signer: m.status}.bytes(t)
		if isList {
			m.add("signed-"+id, url(es), verify.Signed, with("", id))
		} else {
			m.add("stale-"+id, url(es), verify.Stale, private, with(id, ""))
		}
	}
	day := uint64(86400)
	up, low := append([]byte(nil), rec...), append([]byte(nil), rec...)
	up[0], low[0] = 0xff, 0x00
	standing4, noEnd := append([]byte(nil), rec...), append([]byte(nil), rec...)
	standing4[16], noEnd[22], noEnd[23] = 4, 0, 0
	for _, c := range []struct {
		id   string
		body map[any]any
	}{
		{"range-of-two-days", rangeMap(unix, unix+2*day, 0, 0, rec)},
		{"range-without-issue", rangeMap(0, day, 0, 0, rec)},
		{"range-ends-before-issue", rangeMap(unix, unix, 0, 0, rec)},
		{"range-of-25-bits", rangeMap(unix, unix+day, 25, 0, rec)},
		{"range-prefix-too-large", rangeMap(unix, unix+day, 0, 1, rec)},
		{"range-half-a-record", rangeMap(unix, unix+day, 0, 0, rec[:23])},
		{"range-unsorted", rangeMap(unix, unix+day, 0, 0, append(up, append(rec, low...)...))},
		{"range-record-twice", rangeMap(unix, unix+day, 0, 0, append(append([]byte(nil), rec...), rec...))},
		{"range-unknown-standing", rangeMap(unix, unix+day, 0, 0, standing4)},
		{"range-no-end-of-support", rangeMap(unix, unix+day, 0, 0, noEnd)},
		{"range-before-key", rangeMap(1000, 1000+day, 0, 0, rec)},
		{"range-with-another-claim", map[any]any{1: "HARB", 4: unix + day, 6: unix, 7: []byte("id"), -65537: map[any]any{0: 0, 1: 0, 2: rec}}},
		{"range-unknown-scheme", map[any]any{1: "NOBODY", 4: unix + day, 6: unix, -65537: map[any]any{0: 0, 1: 0, 2: rec}}},
	} {
		put(c.id, label.RangeType, en(t, c.body), false)
	}
	put("range-of-status-type", label.StatusType, en(t, rangeMap(unix, unix+day, 0, 0, rec)), false)
	lst := inner(t, m.file.Files["list-revoked"])
	list := func(change func(map[any]any)) []byte {
		c := map[any]any{2: "https://label.example/s/0", 4: unix + day, 6: unix, 65533: map[string]any{"bits": 2, "lst": lst}, 65534: 3600, -65537: "HARB"}
		change(c)
		return en(t, c)
	}
	for _, c := range []struct {
		id     string
		change func(map[any]any)
	}{
		{"list-of-other-site", func(c map[any]any) { c[2] = "https://quay.example/s/0" }},
		{"list-with-another-claim", func(c map[any]any) { c[1] = "HARB" }},
		{"list-of-unknown-scheme", func(c map[any]any) { c[-65537] = "NOBODY" }},
		{"list-without-address", func(c map[any]any) { c[2] = "0" }},
		{"list-of-chunk-2-to-the-32", func(c map[any]any) { c[2] = "https://label.example/s/4294967296" }},
		{"list-odd-address", func(c map[any]any) { c[2] = "https://label.example/s/00" }},
		{"list-of-two-days", func(c map[any]any) { c[4] = unix + 2*day }},
		{"list-of-1-bit", func(c map[any]any) { c[65533] = map[string]any{"bits": 1, "lst": lst} }},
		{"list-not-packed", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": []byte("no")} }},
		{"list-cut", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": lst[:20]} }},
		{"list-bytes-behind", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": append(lst[:len(lst):len(lst)], 0)} }},
		{"list-too-short", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": deflate(t, 32767)} }},
		{"list-too-long", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": deflate(t, 32769)} }},
		{"list-bomb", func(c map[any]any) { c[65533] = map[string]any{"bits": 2, "lst": deflate(t, 8<<20)} }},
	} {
		put(c.id, label.StatusType, list(c.change), true)
	}
	put("list-of-range-type", label.RangeType, list(func(map[any]any) {}), true)
}

// stolenKey: a thief has a label key of the scheme and signs perfect tokens.
func (m *maker) stolenKey(t testing.TB) {
	hour := now.Add(-time.Hour)
	fake := plug()
	fake.Number, fake.Model = 777, "Cheap Plug"
	forged := issue(t, fake, m.es)
	m.add("not-issued-stolen-key", url(forged), verify.NotIssued, private, with("range", "list"))
	m.add("not-issued-stolen-key-number-copied", url(issue(t, func() label.Claims { c := plug(); c.Model = "Cheap Plug"; return c }(), m.es)), verify.NotIssued, private, with("range", "list"))
	m.add("revoked-or-never-issued-by-list", url(forged), verify.Revoked, with("", "list"))
	m.add("signed-stolen-key-offline", url(forged), verify.Signed)
	expired := fake
	expired.Until = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m.add("not-issued-before-expired", url(issue(t, expired, m.es)), verify.NotIssued, private, with("range", ""))

	before, after := plug(), plug()
	before.Number, after.Number = 10, 11
	a, b := issue(t, before, m.stolen), issue(t, after, m.stolen)
	r := m.rangeOf(t, "range-stolen", hour, entry(a, label.Valid, 99), entry(b, label.Valid, 100))
	m.add("live-stolen-key-from-before", url(a), verify.Live, private, with(r, ""))
	m.add("key-distrusted", url(b), verify.KeyDistrusted, private, with(r, ""))
	m.add("key-distrusted-offline", url(b), verify.KeyDistrusted, with(r, ""))
	m.add("stale-stolen-key-offline", url(a), verify.Stale)
	m.add("signed-stolen-key-old-range", url(a), verify.Signed, with(r, ""), at("2026-11-25T12:00:00Z"))
	m.add("not-issued-stolen-key-not-in-range", url(b), verify.NotIssued, private, with("range", ""))
	// The thief has the status key as well; it is distrusted.
	n := uint64(50)
	m.signTrust(t, "trust-status-key-stolen", func(l *label.TrustList) {
		s := l.Schemes[0]
		s.Keys = append([]label.Key(nil), s.Keys...)
		s.Keys[len(s.Keys)-1].DistrustFrom = &n
		l.Schemes[0] = s
	}, m.root[0], m.root[1])
	m.add("stale-status-key-stolen", url(issue(t, plug(), m.es)), verify.Stale, private, with("range", "list"), trusting("trust-status-key-stolen"))
}

func (m *maker) proofs(t testing.TB) {
	es := issue(t, plug(), m.es)
	const log = "label.example/log"
	m.add("live-full", url(es), verify.Live, full, with("range", ""), proof(true, log, 41))
	m.add("stale-full-without-proof", url(es), verify.Stale, full, with("range", ""))
	m.add("stale-full-without-status", url(es), verify.Stale, full, proof(true, log, 41))
	m.add("not-issued-proof-does-not-fit", url(es), verify.NotIssued, full, with("range", ""), proof(false, "", 0))
	m.add("not-issued-proof-of-other-log", url(es), verify.NotIssued, full, with("range", ""), proof(true, "quay.example/log", 41))
	m.add("not-issued-proof-of-other-entry", url(es), verify.NotIssued, full, with("range", ""), proof(true, log, 42))
	m.add("revoked-full", url(es), verify.Revoked, full, with("range-revoked", ""), proof(true, log, 41))
	m.add("signed-offline-with-proof", url(es), verify.Signed, proof(true, log, 41))
	b := plug()
	b.Number = 11
	m.add("key-distrusted-by-proof", url(issue(t, b, m.stolen)), verify.KeyDistrusted, proof(true, log, 100))
	m.add("signed-stolen-key-proof-from-before", url(issue(t, b, m.stolen)), verify.Signed, proof(true, log, 99))
}
