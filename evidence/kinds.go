package evidence

import (
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

// Logins is made by the probe default-passwords: every login of a device.
var Logins = Kind[[]Login]{Name: "logins", Version: 1}
