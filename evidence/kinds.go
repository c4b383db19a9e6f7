package evidence

import "github.com/plimsoll-iot/plimsoll/wire/ports"

// OpenPorts is made by the probe open-ports: one scan result per address and
// network of a device.
var OpenPorts = Kind[[]ports.Result]{Name: "open-ports", Version: 1}
