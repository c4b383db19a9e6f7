package tlsserver_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/tlsserver"
)

// servers starts a badly and a well configured real server.
func servers(t *testing.T) *lab.Lab {
	t.Helper()
	l := lab.New(t)
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "", "")
	key, cert := l.SelfSigned(t, "rsa:1024", "sha1", 7300, "/CN=ipcam/O=Shenzhen")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "sslVersionMin = TLSv1\nciphers = ALL:@SECLEVEL=0")
	key, cert = l.SelfSigned(t, "ec", "sha256", 300, "/CN=plug.local")
	l.Nginx(t, "8443", `server { listen 127.0.0.1:8443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`;
ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; return 200 "plug"; }`)
	return l
}

func ours(t *testing.T, l *lab.Lab, address string) (tlsserver.Result, map[string][]string) {
	t.Helper()
	res, err := tlsserver.Look(t.Context(), l.Dial, address, tlsserver.Options{})
	if err != nil || res.Incomplete || res.NotTLS {
		t.Fatalf("got %+v, %v", res, err)
	}
	got := map[string][]string{}
	for _, o := range res.Offers {
		for _, s := range o.Suites {
			got[o.Version.String()] = append(got[o.Version.String()], s.Name)
		}
	}
	return res, got
}

var (
	nmapVersion = regexp.MustCompile(`^\|\s+(SSLv3|TLSv1\.\d):`)
	nmapSuite   = regexp.MustCompile(`^\|\s+((?:TLS|SSL)_[A-Za-z0-9_]+)`)
)

// nmap reads the versions and suites of ssl-enum-ciphers.
func nmap(t *testing.T, l *lab.Lab, port string) map[string][]string {
	t.Helper()
	out := l.Output(t, lab.Tool(t, "nmap", "nmap"), "-n", "-Pn", "--script", "ssl-enum-ciphers", "-p", port, "127.0.0.1")
	got := map[string][]string{}
	version := ""
	for line := range strings.Lines(out) {
		if m := nmapVersion.FindStringSubmatch(line); m != nil {
			version = m[1]
		} else if m := nmapSuite.FindStringSubmatch(line); m != nil {
			got[version] = append(got[version], strings.Replace(m[1], "TLS_AKE_WITH_", "TLS_", 1))
		}
	}
	return got
}

// sslscan reads versions and suites, whose names openssl translates.
func sslscan(t *testing.T, l *lab.Lab, address string) map[string][]string {
	t.Helper()
	names := map[string]string{}
	for line := range strings.Lines(l.Output(t, lab.Tool(t, "openssl", "openssl"), "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")) {
		if f := strings.Fields(line); len(f) > 4 {
			names[f[4]] = f[2]
		}
	}
	got := map[string][]string{}
	re := regexp.MustCompile(`^(?:Preferred|Accepted)\s+(SSLv3|TLSv1\.\d)\s+\d+ bits\s+(\S+)`)
	for line := range strings.Lines(l.Output(t, lab.Tool(t, "sslscan", "sslscan"), "--no-colour", address)) {
		if m := re.FindStringSubmatch(line); m != nil {
			name := m[2]
			if n, ok := names[name]; ok {
				name = n
			}
			got[m[1]] = append(got[m[1]], name)
		}
	}
	return got
}

func same(t *testing.T, peer string, got, want map[string][]string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("%s found nothing", peer)
	}
	for _, v := range []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"} {
		a, b := slices.Clone(got[v]), slices.Clone(want[v])
		slices.Sort(a)
		slices.Sort(b)
		b = slices.Compact(b)
		for _, s := range a {
			if !slices.Contains(b, s) {
				t.Errorf("%s %s: only we found %s", peer, v, s)
			}
		}
		for _, s := range b {
			if !slices.Contains(a, s) {
				t.Errorf("%s %s: only the peer found %s", peer, v, s)
			}
		}
	}
}

func TestAgainstPeers(t *testing.T) {
	l := servers(t)
	for _, port := range []string{"443", "8443"} {
		res, got := ours(t, l, "127.0.0.1:"+port)
		n := 0
		for _, s := range got {
			n += len(s)
		}
		t.Logf("port %s: %d suites with %d handshakes in %v", port, n, res.Handshakes, res.Took)
		same(t, "nmap on "+port, got, nmap(t, l, port))
		same(t, "sslscan on "+port, got, sslscan(t, l, "127.0.0.1:"+port))
	}
}

func TestFacts(t *testing.T) {
	l := servers(t)
	cam, _ := ours(t, l, "127.0.0.1:443")
	if len(cam.Certificates) != 1 {
		t.Fatalf("camera: got %d certificates", len(cam.Certificates))
	}
	c := cam.Certificates[0]
	if c.KeyType != "RSA" || c.Bits != 1024 || c.Signature != "SHA1-RSA" || !c.SelfSigned || c.Subject != "CN=ipcam,O=Shenzhen" || c.NotAfter.Sub(c.NotBefore).Hours() != 7300*24 || len(c.Names) != 0 {
		t.Errorf("camera: got %+v", c)
	}
	if o, _ := cam.Offer(tlsserver.TLS10); !o.Accepted || !o.SecureRenegotiation || o.Compression {
		t.Errorf("camera TLS 1.0: got %+v", o)
	}
	anon, group := false, false
	o, _ := cam.Offer(tlsserver.TLS12)
	for _, s := range o.Suites {
		anon = anon || slices.Contains(s.Traits, "anon")
		group = group || strings.HasPrefix(s.Group, "dh-") || s.Group == "x25519"
	}
	if !anon || !group {
		t.Errorf("camera TLS 1.2: anonymous suites %v, groups %v", anon, group)
	}
	plug, _ := ours(t, l, "127.0.0.1:8443")
	if len(plug.Certificates) != 1 || plug.Certificates[0].KeyType != "ECDSA" || plug.Certificates[0].Curve != "P-256" {
		t.Fatalf("plug: got %+v", plug.Certificates)
	}
	for _, v := range []tlsserver.Version{tlsserver.SSL30, tlsserver.TLS10, tlsserver.TLS11} {
		if o, ok := plug.Offer(v); !ok || o.Accepted {
			t.Errorf("plug %s: got %+v", v, o)
		}
	}
}

// TestOnlyTLS13: the certificate of such a server is never seen in clear.
func TestOnlyTLS13(t *testing.T) {
	l := lab.New(t)
	key, cert := l.SelfSigned(t, "ec", "sha256", 300, "/CN=plug.local")
	l.Nginx(t, "443", `server { listen 127.0.0.1:443 ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`; ssl_protocols TLSv1.3; return 200 "plug"; }`)
	res, got := ours(t, l, "127.0.0.1:443")
	if len(got) != 1 || len(got["TLSv1.3"]) != 3 || len(res.Certificates) != 1 || res.Certificates[0].Subject != "CN=plug.local" {
		t.Errorf("got %v, %+v", got, res.Certificates)
	}
}
