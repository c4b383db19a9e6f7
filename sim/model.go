package sim

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll/sim/image"
)

// model is what distinguishes the simulated products. Everything the pages, the image and the declaration have in common
// stands here, so that they cannot contradict each other by accident.
type model struct {
	Kind      string
	Category  string
	Maker     string
	Domain    string // reserved for examples, RFC 2606
	Name      string
	Model     string
	Hardware  string
	Version   string
	Released  string
	Serial    string
	MAC       string
	Basic     bool   // HTTP Basic instead of a form
	Password  string // set by the user of this unit
	Token     string // 192 bits, made when the hub was paired
	From      string
	Until     string
	UntilText string
	Placed    string
	Does      string // what the device does, for its pages
	Net       string // network interface of the system
}

var models = []model{
	{
		Kind: "camera", Category: "ip-camera", Maker: "Harbour Lights Ltd", Domain: "harbour-lights.example",
		Name: "Harbour Cam 2", Model: "HC-2", Hardware: "rev C", Version: "2.4.1", Released: "2026-05-02",
		Serial: "A1", MAC: "02:00:5e:10:00:01", Password: "Kelp7-lantern-Mo42-skiff", Token: "Vb3kq0Zc8nYt5LxW2sRf7HdPjG9mAeUo",
		From: "2026-01-15", Until: "2031-01-15", UntilText: "15 January 2031", Placed: "2026-12-01",
		Does: "Indoor camera with night view and local recording.", Net: "eth0",
	},
	{
		Kind: "plug", Category: "smart-plug", Maker: "Quayside Electric Ltd", Domain: "quayside-electric.example",
		Name: "Quay Plug", Model: "QP-1", Hardware: "rev B", Version: "1.7.0", Released: "2026-04-20",
		Serial: "B1", MAC: "02:00:5e:10:00:02", Basic: true, Password: "Moor3-signal-Ty91-capstan", Token: "n7QxJf4TzD1uCw8pKaE5rYh2GbSv6LmX",
		From: "2026-03-01", Until: "2032-03-01", UntilText: "1 March 2032", Placed: "2026-12-01",
		Does: "Switched mains socket with energy metering.", Net: "wlan0",
	},
}

// Kinds returns the names of the simulated devices.
func Kinds() []string {
	names := make([]string, len(models))
	for i, m := range models {
		names[i] = m.Kind
	}
	return names
}

func modelOf(kind string) (model, error) {
	for _, m := range models {
		if m.Kind == kind {
			return m, nil
		}
	}
	return model{}, fmt.Errorf("simulated device %q: choose one of %s", kind, strings.Join(Kinds(), ", "))
}

// imagePath is where the image stands in the product folder.
func (m model) imagePath() string {
	return "firmware/" + strings.ToLower(m.Model) + "-" + m.Version + ".bin"
}

// Image builds the firmware image of a device: the same kind and flaws always give the same bytes.
func Image(kind string, flaws []string) ([]byte, error) {
	m, err := modelOf(kind)
	if err != nil {
		return nil, err
	}
	set, err := flawSet(kind, flaws)
	if err != nil {
		return nil, err
	}
	spec := image.Spec{
		Kind: m.Kind, Maker: m.Maker, Domain: m.Domain, Name: m.Name, Model: m.Model, Version: m.Version, Released: m.Released, Net: m.Net,
		Root: image.RootLocked, Telnetd: set["telnetd-at-boot"], PrivateKey: set["hardcoded-key"],
	}
	switch {
	case set["shadow-default"]:
		spec.Root = image.RootDefault
	case set["empty-root-password"]:
		spec.Root = ""
	}
	return image.Build(spec)
}
