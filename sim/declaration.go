package sim

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"text/template"
)

//go:embed declaration/*.yaml.tmpl
var declarationFiles embed.FS

// declared is what the templates of the declaration may use: the words of the pages and the places of the services, so
// that the declaration of the well-built device is true of it.
type declared struct {
	model
	Site, Policy, Security, Support, Privacy, Guide string
	Ack, Updates, SupportSentence, Contact          string
	AdminPath                                       string
	Image, Root, Password                           string
	HTTPS, HTTP, MQTT, Telnet, SSH, Last            int
	Base                                            int
	SSHOn                                           bool // ssh-default-password: SSH is declared on, with a password that the user sets
	NoPasswords                                     bool // ics-contradiction: the declaration says that no passwords are used
}

// Declaration returns the product.yaml of the device that Start runs with the same configuration. Only flaws that are flaws
// of the declaration, or of a service the well-built device does not offer, change it. Only Kind, Flaws and Base count.
func Declaration(cfg Config) ([]byte, error) {
	m, err := modelOf(cfg.Kind)
	if err != nil {
		return nil, err
	}
	flaws, err := flawSet(cfg.Kind, cfg.Flaws)
	if err != nil {
		return nil, err
	}
	base := cfg.Base
	if base == 0 {
		base = DefaultBase
	}
	u := &unit{Config: Config{Base: base}, model: m}
	site := u.siteURL()
	d := declared{
		model: m,
		Site:  site, Policy: site + pathPolicy, Security: site + pathSecurity, Support: site + pathSupport,
		Privacy: site + pathPrivacy, Guide: site + pathGuide,
		Ack: sentenceAck, Updates: sentenceUpdates, SupportSentence: m.supportSentence(m.UntilText, m.Until), Contact: m.contact(),
		AdminPath: "/login",
		Image:     m.imagePath(), Root: RootFile, Password: PasswordFile,
		HTTPS: base + portHTTPS, HTTP: base + portHTTP, MQTT: base + portMQTT, Telnet: base + portTelnet, SSH: base + portSSH,
		Base: base, Last: base + devicePorts - 1,
		SSHOn:       flaws["ssh-default-password"],
		NoPasswords: flaws["ics-contradiction"],
	}
	if m.Basic {
		d.AdminPath = "/"
	}
	t, err := template.New("declaration").Funcs(template.FuncMap{"q": strconv.QuoteToGraphic}).ParseFS(declarationFiles, "declaration/*.yaml.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded declaration: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "product.yaml.tmpl", d); err != nil {
		return nil, fmt.Errorf("writing the declaration of the simulated %s: %w", cfg.Kind, err)
	}
	return b.Bytes(), nil
}
