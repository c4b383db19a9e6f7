package sim

import (
	"fmt"
	"slices"
	"strings"
)

// Flaw is one named defect. A device with it differs from the well-built one in nothing else.
type Flaw struct {
	Name  string
	What  string   // what is wrong, one line
	Kinds []string // devices that can have it
	Probe string   // the probe that should catch it
	Units []string // test units of TS 103 701 V1.1.1 that it speaks to
}

// Flaws returns every flaw, by subject: passwords, surface, communication, disclosure, support, image, declaration.
func Flaws() []Flaw {
	all := Kinds()
	return []Flaw{
		{"default-password", "the admin page also takes admin/admin, and Telnet is open to root/xc3511", all, "default-passwords", []string{"5.1-1-2/c"}},
		{"any-password", "the admin page takes any password that is not empty", all, "default-passwords", []string{"5.5-4-2/a"}},
		{"no-password", "Telnet gives a root shell without asking", all, "declared-versus-discovered", []string{"5.6-1-2/a", "5.5-4-2/a"}},
		{"ssh-default-password", "SSH is offered and lets root/root in", all, "default-passwords", []string{"5.1-1-2/c"}},
		{"login-in-clear", "the admin page is served over plain HTTP too, instead of a redirect", all, "login-in-clear", []string{"5.1-3-2/a", "5.5-1-1/a"}},

		{"telnet-open", "a Telnet login answers, although it is declared off", all, "declared-versus-discovered", []string{"5.6-1-2/a"}},
		{"mqtt-anonymous", "a second, undeclared MQTT port in clear takes anyone", all, "declared-versus-discovered", []string{"5.6-1-2/b", "5.5-5-2/b"}},
		{"undeclared-port", "a factory test service answers that nothing declares", all, "declared-versus-discovered", []string{"5.6-1-2/b"}},
		{"declared-port-off", "the MQTT port that is declared on does not answer", all, "declared-versus-discovered", []string{"5.6-1-2/a"}},
		{"banner-leak", "HTTP, Telnet and SSH greet with product and version of their software", all, "banner-disclosure", []string{"5.6-2-2/a"}},
		{"model-hidden", "the pages show no model designation", all, "model-designation", []string{"5.3-16-2/b"}},

		{"tls10", "the admin page speaks TLS 1.0 with CBC suites", all, "tls-server", []string{"5.5-1-2/a", "5.1-3-2/a"}},
		{"weak-key", "the certificate of the device has a 1024-bit RSA key", all, "tls-server", []string{"5.5-1-2/a", "5.5-1-1/c"}},
		{"expired-cert", "the certificate of the device has expired", all, "tls-server", []string{"5.5-1-1/c", "5.1-3-1/c"}},
		{"sha1-cert", "the certificate of the device is signed with SHA-1", all, "tls-server", []string{"5.5-1-1/c", "5.1-3-1/c"}},

		{"no-security-txt", "the web site has no security.txt", all, "security-txt", []string{"5.2-1-2/a"}},
		{"security-txt-expired", "security.txt has passed its Expires date", all, "security-txt", []string{"5.2-1-2/a"}},
		{"policy-missing", "the page of the disclosure policy is not found", all, "disclosure-policy", []string{"5.2-1-2/a"}},
		{"policy-behind-login", "the disclosure policy asks for an account", all, "disclosure-policy", []string{"5.2-1-2/a"}},
		{"policy-without-timelines", "the disclosure policy promises no times", all, "disclosure-policy", []string{"5.2-1-2/b"}},
		{"no-support-period", "the support page names no end date", all, "support-period", []string{"5.3-13-2/c"}},
		{"support-differs", "the support page names an earlier end date than the declaration", all, "support-period", []string{"5.3-13-2/c"}},

		{"shadow-default", "the image ships root with a published default password", all, "accounts", []string{"5.1-1-1/a", "5.4-3-2/a"}},
		{"empty-root-password", "the image ships root with an empty password", all, "accounts", []string{"5.1-1-1/a", "5.4-3-2/a"}},
		{"hardcoded-key", "the image holds an RSA private key", all, "private-keys", []string{"5.4-3-2/a"}},
		{"telnetd-at-boot", "the start script of the image runs telnetd", all, "boot-services", []string{"5.6-5-1/a"}},

		{"ics-contradiction", "the declaration says that no passwords are used, yet the device asks for one", all, "default-passwords", []string{"5.1-1-2/a"}},
	}
}

// flawSet checks the names and returns them as a set.
func flawSet(kind string, names []string) (map[string]bool, error) {
	set := make(map[string]bool, len(names))
	known := Flaws()
	for _, name := range names {
		i := slices.IndexFunc(known, func(f Flaw) bool { return f.Name == name })
		if i < 0 {
			all := make([]string, len(known))
			for j, f := range known {
				all[j] = f.Name
			}
			return nil, fmt.Errorf("flaw %q: choose from %s", name, strings.Join(all, ", "))
		}
		if !slices.Contains(known[i].Kinds, kind) {
			return nil, fmt.Errorf("flaw %q: a %s cannot have it, only %s", name, kind, strings.Join(known[i].Kinds, ", "))
		}
		set[name] = true
	}
	for _, pair := range exclusive {
		if set[pair[0]] && set[pair[1]] {
			return nil, fmt.Errorf("flaws %q and %q exclude each other: leave one out", pair[0], pair[1])
		}
	}
	return set, nil
}

// exclusive pairs would hide one another.
var exclusive = [][2]string{
	{"weak-key", "sha1-cert"},
	{"no-security-txt", "security-txt-expired"},
	{"policy-missing", "policy-behind-login"},
	{"policy-missing", "policy-without-timelines"},
	{"policy-behind-login", "policy-without-timelines"},
	{"no-support-period", "support-differs"},
	{"shadow-default", "empty-root-password"},
	{"any-password", "default-password"},
	{"no-password", "default-password"},
	{"no-password", "telnet-open"},
}
