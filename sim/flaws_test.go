package sim

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/sim/image"
)

func itoa(n int) string { return strconv.Itoa(n) }

// observation is what a plain client can see of a device.
type observation struct {
	t     *testing.T
	d     *Device
	kind  string
	flaws []string
}

// seen says for each flaw whether a plain client sees it.
var seen = map[string]func(o observation) bool{
	"default-password": func(o observation) bool {
		return letIn(o.t, o.d, o.kind, "admin", "admin") && strings.Contains(telnetShell(o.t, "root", "xc3511", "echo $((6*7))"), "42\r\n")
	},
	"any-password": func(o observation) bool { return letIn(o.t, o.d, o.kind, "nobody", "no-such-password") },
	"no-password":  func(o observation) bool { return strings.Contains(telnetShell(o.t, "", "", "id"), "uid=0(root)") },
	"ssh-default-password": func(o observation) bool {
		out, err := sshExec(o.t, "root", "root", "echo $((7*8)); id")
		return err == nil && out == "56\nuid=0(root) gid=0(root) groups=0(root)\n"
	},
	"login-in-clear": func(o observation) bool {
		a := get(o.t, "http://127.0.0.1:"+itoa(testBase+portHTTP)+adminPath(o.kind))
		return a.status == http.StatusOK && strings.Contains(a.body, `type="password"`) || a.header.Get("WWW-Authenticate") != ""
	},
	"telnet-open":       func(o observation) bool { return answers(portTelnet) },
	"mqtt-anonymous":    func(observation) bool { return plainMQTT() == nil },
	"undeclared-port":   func(observation) bool { return answers(portFactory) },
	"declared-port-off": func(observation) bool { return !answers(portMQTT) },
	"banner-leak":       func(o observation) bool { return get(o.t, o.d.AdminURL).header.Get("Server") != "" },
	"model-hidden": func(o observation) bool {
		return !strings.Contains(get(o.t, o.d.AdminURL+strings.TrimPrefix(adminPath(o.kind), "/")).body, modelName(o.kind))
	},
	"tls10": func(o observation) bool {
		c, err := tls.Dial("tcp", addr(o.t, o.d, "admin-https"), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10})
		if err != nil {
			return false
		}
		defer c.Close()
		return c.ConnectionState().Version == tls.VersionTLS10
	},
	"weak-key": func(o observation) bool {
		key, ok := leaf(o.t).PublicKey.(*rsa.PublicKey)
		return ok && key.N.BitLen() == 1024
	},
	"expired-cert": func(o observation) bool { return time.Now().After(leaf(o.t).NotAfter) },
	"sha1-cert":    func(o observation) bool { return leaf(o.t).SignatureAlgorithm == x509.ECDSAWithSHA1 },
	"no-security-txt": func(o observation) bool {
		return get(o.t, o.d.SiteURL+pathSecurity).status == http.StatusNotFound
	},
	"security-txt-expired": func(o observation) bool {
		for _, line := range strings.Split(get(o.t, o.d.SiteURL+pathSecurity).body, "\r\n") {
			if v, ok := strings.CutPrefix(line, "Expires: "); ok {
				when, err := time.Parse(time.RFC3339, v)
				return err != nil || when.Before(time.Now())
			}
		}
		return false // no file: another flaw
	},
	"policy-missing": func(o observation) bool {
		return get(o.t, o.d.SiteURL+pathPolicy).status == http.StatusNotFound
	},
	"policy-behind-login": func(o observation) bool {
		a := get(o.t, o.d.SiteURL+pathPolicy)
		return a.status == http.StatusFound && strings.Contains(get(o.t, o.d.SiteURL+"account/login").body, `type="password"`)
	},
	"policy-without-timelines": func(o observation) bool {
		b := get(o.t, o.d.SiteURL+pathPolicy).body
		return !strings.Contains(b, sentenceAck) && !strings.Contains(b, sentenceUpdates)
	},
	"no-support-period": func(o observation) bool { return !strings.Contains(get(o.t, o.d.SiteURL+pathSupport).body, " until ") },
	"support-differs": func(o observation) bool {
		return strings.Contains(get(o.t, o.d.SiteURL+pathSupport).body, shorterUntil)
	},
	"shadow-default": func(o observation) bool {
		return strings.Contains(file(o.t, o.kind, o.flaws, "etc/shadow"), "root:"+image.RootDefault+":")
	},
	"empty-root-password": func(o observation) bool {
		return strings.Contains(file(o.t, o.kind, o.flaws, "etc/shadow"), "root::")
	},
	"hardcoded-key": func(o observation) bool {
		return strings.Contains(file(o.t, o.kind, o.flaws, "etc/ssl/private/server.key"), "BEGIN RSA PRIVATE KEY")
	},
	"telnetd-at-boot": func(o observation) bool {
		return strings.Contains(file(o.t, o.kind, o.flaws, "etc/init.d/rcS"), "\n/usr/sbin/telnetd")
	},
	"ics-contradiction": func(o observation) bool {
		text, err := Declaration(Config{Kind: o.kind, Flaws: o.flaws})
		if err != nil {
			o.t.Fatal(err)
		}
		return strings.Contains(string(text), "5.1-1: {support: n/a") && letIn(o.t, o.d, o.kind, "admin", secret(o.kind))
	},
}

// alsoShown are flaws that another flaw brings with it, as a plain client sees them.
var alsoShown = map[string][]string{
	"default-password":    {"telnet-open"},
	"no-password":         {"telnet-open"},
	"policy-missing":      {"policy-without-timelines"},
	"policy-behind-login": {"policy-without-timelines"},
}

func adminPath(kind string) string {
	if kind == "plug" {
		return "/"
	}
	return "/login"
}

func modelName(kind string) string { m, _ := modelOf(kind); return m.Model }
func secret(kind string) string    { m, _ := modelOf(kind); return m.Password }

func plainMQTT() error {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+portMQTTPlain)), time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	return mqttConnect(c, "", "")
}

func TestFlaws(t *testing.T) {
	if got := len(Flaws()); got < 16 {
		t.Errorf("got %d flaws, want at least 16", got)
	}
	for _, f := range Flaws() {
		if seen[f.Name] == nil {
			t.Errorf("flaw %q: no test observes it", f.Name)
			continue
		}
		if f.What == "" || f.Probe == "" || len(f.Units) == 0 || len(f.Kinds) == 0 {
			t.Errorf("flaw %q: incomplete: %+v", f.Name, f)
		}
		for _, kind := range f.Kinds {
			t.Run(kind+"/"+f.Name, func(t *testing.T) { observe(t, kind, []string{f.Name}) })
		}
	}
	for _, kind := range Kinds() {
		t.Run(kind+"/well-built", func(t *testing.T) { observe(t, kind, nil) })
	}
}

// observe checks that exactly the flaws asked for, and what they bring with them, are seen.
func observe(t *testing.T, kind string, flaws []string) {
	want := slices.Clone(flaws)
	for _, f := range flaws {
		want = append(want, alsoShown[f]...)
	}
	d := start(t, Config{Kind: kind, Flaws: flaws})
	for _, f := range Flaws() {
		got := seen[f.Name](observation{t, d, kind, flaws})
		if got != slices.Contains(want, f.Name) {
			t.Errorf("%s with %v: flaw %q seen: got %v, want %v", kind, flaws, f.Name, got, !got)
		}
	}
}

func TestBanners(t *testing.T) {
	for _, test := range []struct {
		flaws       []string
		telnet, ssh string
	}{
		{[]string{"telnet-open", "ssh-default-password"}, "", "SSH-2.0-device"},
		{[]string{"telnet-open", "ssh-default-password", "banner-leak"}, "BusyBox v1.19.2", "SSH-2.0-dropbear_2012.55"},
	} {
		d := start(t, Config{Kind: "camera", Flaws: test.flaws})
		banner := dialTelnet(t).until("login: ")
		if !strings.Contains(banner, test.telnet) || test.telnet == "" && strings.Contains(banner, "Linux") {
			t.Errorf("%v: telnet banner %q, want %q", test.flaws, banner, test.telnet)
		}
		c, err := net.Dial("tcp", addr(t, d, "ssh"))
		if err != nil {
			t.Fatal(err)
		}
		if got := (&talk{t, c, nil}).firstLine(); got != test.ssh {
			t.Errorf("%v: ssh banner %q, want %q", test.flaws, got, test.ssh)
		}
		d.Close()
	}
}

func (k *talk) firstLine() string {
	defer k.c.Close()
	b := make([]byte, 64)
	n, err := k.c.Read(b)
	if err != nil {
		k.t.Fatal(err)
	}
	return strings.TrimSpace(string(b[:n]))
}

func TestFlawNames(t *testing.T) {
	for _, test := range []struct {
		kind  string
		flaws []string
		want  string
	}{
		{"toaster", nil, "choose one of camera, plug"},
		{"camera", []string{"default-pasword"}, "choose from default-password"},
		{"camera", []string{"weak-key", "sha1-cert"}, "exclude each other"},
	} {
		_, err := Start(t.Context(), Config{Kind: test.kind, Flaws: test.flaws, Base: testBase})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %v: got %v, want %q", test.kind, test.flaws, err, test.want)
		}
	}
}
