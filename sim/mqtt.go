package sim

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/plimsoll-iot/plimsoll/sim/console"
)

// hubUser is the name under which a paired hub reads events.
const hubUser = "hub"

// serveMQTT is the event feed for a paired hub: TLS, and a token that pairing made.
func serveMQTT(u *unit, ln net.Listener) (func(), error) {
	return serveBroker(u, tls.NewListener(ln, u.deviceTLS()), &tokenHook{unit: u, pairs: []credential{{hubUser, u.model.Token}}})
}

// serveMQTTPlain is the flaw: clear text, anyone, everything.
func serveMQTTPlain(u *unit, ln net.Listener) (func(), error) {
	return serveBroker(u, ln, &tokenHook{unit: u, anyone: true})
}

// serveBroker feeds connections to the broker itself, so that a client that never says CONNECT is closed like any other.
func serveBroker(u *unit, ln net.Listener, hook *tokenHook) (func(), error) {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumPacketSize = 64 << 10
	caps.MaximumClients = console.MaxConns
	server := mqtt.New(&mqtt.Options{Logger: u.Log, Capabilities: caps})
	if err := server.AddHook(hook, nil); err != nil {
		return nil, fmt.Errorf("adding the login of the broker: %w", err)
	}
	if err := server.Serve(); err != nil {
		return nil, fmt.Errorf("starting the broker: %w", err)
	}
	stop := console.Serve(ln, func(c net.Conn) {
		if err := server.EstablishConnection("device", c); err != nil {
			u.Log.Debug("mqtt client left", "error", plain(err.Error()))
		}
	})
	return func() {
		stop()
		if err := server.Close(); err != nil {
			u.Log.Debug("stopping the broker", "error", err)
		}
	}, nil
}

// tokenHook decides who may connect and what they may do: read events, publish nothing.
type tokenHook struct {
	mqtt.HookBase
	unit   *unit
	pairs  []credential
	anyone bool
}

// ID names the hook in the broker's log.
func (h *tokenHook) ID() string { return "device-login" }

// Provides tells the broker which calls this hook answers.
func (h *tokenHook) Provides(b byte) bool {
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck}, []byte{b})
}

// OnConnectAuthenticate checks name and token of a CONNECT.
func (h *tokenHook) OnConnectAuthenticate(_ *mqtt.Client, pk packets.Packet) bool {
	if h.anyone {
		return true
	}
	ok, _ := h.unit.guard["mqtt"].try(func() bool {
		return accept(h.pairs, string(pk.Connect.Username), string(pk.Connect.Password))
	})
	return ok
}

// OnACLCheck lets a paired hub read and nobody write; the flawed port lets anyone do anything.
func (h *tokenHook) OnACLCheck(_ *mqtt.Client, _ string, write bool) bool {
	return h.anyone || !write
}

// plain is s without line ends, for what comes from a client and goes to a log.
func plain(s string) string { return strings.Map(printable, s) }

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
