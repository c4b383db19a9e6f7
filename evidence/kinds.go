package evidence

import (
	"fmt"

	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// OpenPorts is made by the probe open-ports: one scan result per address and
// network of a device.
var OpenPorts = Kind[[]ports.Result]{Name: "open-ports", Version: 1}

// Login is a place that asks for a password, or lets anyone in where one should
// be asked for, and what was tried there.
type Login struct {
	Protocol string       `json:"protocol"` // http-basic, http-digest, http-form, ssh, telnet, ftp
	Address  string       `json:"address"`
	Port     uint16       `json:"port"`
	Path     string       `json:"path,omitempty"` // of a web login
	TLS      bool         `json:"tls"`
	Asks     bool         `json:"asks"` // it asked for a password
	Result   creds.Result `json:"result"`
}

// Where names the place of the login for people.
func (l Login) Where() string {
	s := fmt.Sprintf("%s at tcp port %d of %s", l.Protocol, l.Port, l.Address)
	if l.Path != "" {
		s += ", page " + l.Path
	}
	return s
}

// Logins is made by the probe default-passwords: every login of a device.
var Logins = Kind[[]Login]{Name: "logins", Version: 1}

// Image says how far a firmware image was opened. What stands in it is in the
// evidence of the probes that looked.
type Image struct {
	Unopened string           `json:"unopened,omitempty"` // why nothing could be looked at
	Files    int              `json:"files"`              // that hold something, in all its file systems
	Summary  firmware.Summary `json:"summary"`
}

// Images is made by the probe open-image: one value per declared image.
var Images = Kind[Image]{Name: "images", Version: 1}
