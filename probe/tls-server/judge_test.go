package tlsserver

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/tlsserver"
)

var day = probetest.Day()

// server is a result with the versions and suites given, and a good certificate
// that change may spoil.
func server(port int, versions, suites []string, change ...func(*tlsserver.Certificate)) tlsserver.Result {
	c := tlsserver.Certificate{
		Chain: [][]byte{{1}}, Fingerprint: strings.Repeat("ab", 32), KeyType: "ECDSA", Bits: 256, Signature: "ECDSA-SHA256", Names: []string{},
		NotBefore: day.AddDate(-15, 0, 0), NotAfter: day.AddDate(15, 0, 0), SelfSigned: true,
	}
	for _, f := range change {
		f(&c)
	}
	r := tlsserver.Result{Address: fmt.Sprintf("127.0.0.1:%d", port), Certificates: []tlsserver.Certificate{c}}
	for _, v := range tlsserver.Versions() {
		o := tlsserver.Offer{Version: v, Accepted: slices.Contains(versions, v.String()), Suites: []tlsserver.Suite{}}
		if o.Accepted {
			for _, name := range suites {
				trait := []string{}
				for _, w := range []string{"RC4", "anon", "NULL", "3DES", "CBC", "PSK"} {
					if strings.Contains(name, w) {
						trait = append(trait, strings.ToLower(w))
					}
				}
				o.Suites = append(o.Suites, tlsserver.Suite{Name: name, Traits: trait})
			}
		}
		r.Offers = append(r.Offers, o)
	}
	return r
}

const (
	gcm = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
	ccm = "TLS_PSK_WITH_AES_128_CCM_8"
	rc4 = "TLS_RSA_WITH_RC4_128_SHA"
)

func TestJudge(t *testing.T) {
	const rows = `AuthMech:
  - {id: AuthMech-1, user: human, surface: {protocol: https, port: 443}, crypto: [TLS1.2, TLS1.3]}
  - {id: AuthMech-2, user: machine, surface: {protocol: mqtts, port: 8883}}
  - {id: AuthMech-3, user: human, surface: {protocol: https, port: 9443}}
ComMech:
  - {id: ComMech-1, transport: tcp, port: 443, security: tls, min_version: TLS1.2, suites: [` + gcm + `]}
  - {id: ComMech-2, transport: tcp, port: 8883, security: tls}
  - {id: ComMech-3, transport: tcp, port: 8443, security: tls, min_version: TLS1.0}
  - {id: ComMech-4, transport: tcp, port: 9443, security: tls, min_version: TLS1.2}
  - {id: ComMech-5, transport: tcp, port: 80, security: none}`
	good, old := []string{"TLSv1.2", "TLSv1.3"}, []string{"TLSv1.0", "TLSv1.2"}
	rsa := func(c *tlsserver.Certificate) { c.KeyType, c.Bits = "RSA", 1024 }
	sha1 := func(c *tlsserver.Certificate) { c.Signature = "ECDSA-SHA1" }
	past := func(c *tlsserver.Certificate) { c.NotAfter = day.AddDate(0, 0, -1) }
	soon := func(c *tlsserver.Certificate) { c.NotBefore = day.AddDate(0, 0, 1) }
	notTLS := tlsserver.Result{Address: "127.0.0.1:8443", NotTLS: true, Offers: []tlsserver.Offer{}}
	silent := server(8443, good, []string{gcm})
	silent.Incomplete = true
	const machine = "5.1-3-2/a INCONCLUSIVE" // no login of a person was seen
	tests := []struct {
		name string
		r    []tlsserver.Result
		want []string
	}{
		{"not collected", nil, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"nothing there", []tlsserver.Result{}, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"as declared", []tlsserver.Result{server(443, good, []string{gcm})}, []string{"5.1-3-2/a AuthMech-1 PASS", "5.5-1-2/a ComMech-1 PASS"}},
		{"old version", []tlsserver.Result{server(443, old, []string{gcm})}, []string{"5.1-3-1/c AuthMech-1 FAIL", "5.1-3-2/a AuthMech-1 FAIL", "5.5-1-1/c ComMech-1 FAIL", "5.5-1-2/a ComMech-1 FAIL"}},
		{"other suite", []tlsserver.Result{server(443, good, []string{gcm, ccm})}, []string{"5.1-3-2/a AuthMech-1 PASS", "5.5-1-2/a ComMech-1 FAIL"}},
		{"weak suite", []tlsserver.Result{server(8883, good, []string{rc4})}, []string{machine, "5.5-1-1/c ComMech-2 FAIL", "5.5-1-2/a ComMech-2 INCONCLUSIVE"}},
		{"weak and declared so", []tlsserver.Result{server(8443, old, []string{gcm})}, []string{machine, "5.5-1-1/c ComMech-3 FAIL", "5.5-1-2/a ComMech-3 PASS"}},
		{"says no version", []tlsserver.Result{server(8883, good, []string{gcm})}, []string{machine, "5.5-1-2/a ComMech-2 INCONCLUSIVE"}},
		{"login without cryptography", []tlsserver.Result{server(9443, old, []string{gcm})}, []string{"5.1-3-1/c AuthMech-3 FAIL", "5.1-3-2/a AuthMech-3 FAIL", "5.5-1-1/c ComMech-4 FAIL", "5.5-1-2/a ComMech-4 FAIL"}},
		{"short key", []tlsserver.Result{server(9443, good, []string{gcm}, rsa)}, []string{"5.1-3-1/c AuthMech-3 FAIL", "5.1-3-2/a AuthMech-3 PASS", "5.5-1-1/c ComMech-4 FAIL", "5.5-1-2/a ComMech-4 PASS"}},
		{"SHA-1", []tlsserver.Result{server(8443, good, []string{gcm}, sha1)}, []string{machine, "5.5-1-1/c ComMech-3 FAIL", "5.5-1-2/a ComMech-3 PASS"}},
		{"expired", []tlsserver.Result{server(8443, good, []string{gcm}, past)}, []string{machine, "5.5-1-1/c ComMech-3 FAIL", "5.5-1-2/a ComMech-3 PASS"}},
		{"not yet valid", []tlsserver.Result{server(8443, good, []string{gcm}, soon)}, []string{machine, "5.5-1-1/c ComMech-3 FAIL", "5.5-1-2/a ComMech-3 PASS"}},
		{"for small devices", []tlsserver.Result{server(8443, good, []string{ccm, "TLS_RSA_WITH_AES_128_CBC_SHA"})}, []string{machine, "5.5-1-2/a ComMech-3 PASS"}},
		{"undeclared and weak", []tlsserver.Result{server(10443, old, []string{"TLS_DH_anon_WITH_AES_128_CBC_SHA"}, rsa, sha1)}, []string{machine, "5.5-1-2/a seen:tcp/10443/tls FAIL"}},
		{"undeclared", []tlsserver.Result{server(10443, good, []string{gcm})}, []string{machine, "5.5-1-2/a seen:tcp/10443/tls INCONCLUSIVE"}},
		{"not TLS", []tlsserver.Result{notTLS}, []string{machine, "5.5-1-2/a ComMech-3 FAIL"}},
		{"declared none", []tlsserver.Result{server(80, good, []string{gcm})}, []string{machine, "5.5-1-2/a ComMech-5 INCONCLUSIVE"}},
		{"incomplete", []tlsserver.Result{silent}, []string{machine, "5.5-1-2/a ComMech-3 INCONCLUSIVE"}},
	}
	p := probetest.Declare(t, "127.0.0.1", "1-65535", rows)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var values []probe.MemoryValue
			if tt.r != nil {
				values = append(values, probetest.Value(p, Servers, tt.r, ""))
			}
			r := Probe.Judge(probetest.View(t, p, values...))
			if got := slices.Compact(probetest.Seen(r)); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			probetest.Complete(t, Probe, r)
		})
	}
}

func TestFact(t *testing.T) {
	p := probetest.Declare(t, "127.0.0.1", "1-65535", "ComMech: []")
	v := probetest.View(t, p, probetest.Value(p, Servers, []tlsserver.Result{
		server(443, []string{"TLSv1.2"}, []string{gcm}), server(444, []string{"TLSv1.1", "TLSv1.2"}, []string{gcm}),
	}, ""))
	if fs := Probe.Judge(v).Facts; len(fs) != 1 || fs[0].ID != "tls.min_version_seen" || fs[0].Value != "TLS1.1" {
		t.Errorf("got %+v", fs)
	}
}
