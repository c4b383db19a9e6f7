package sim

import (
	"net"

	"github.com/plimsoll-iot/plimsoll/sim/console"
)

// What banner-leak sends.
const (
	leakyServer = "BusyBox httpd 1.19.2"
	leakyKernel = "Linux 3.0.8 (none) armv5tejl, BusyBox v1.19.2\r\n"
	leakySSH    = "SSH-2.0-dropbear_2012.55"
)

// Offsets of the ports from Config.Base. Telnet and SSH are declared as disabled, so they have a fixed place too.
const (
	portSSH       = 22
	portTelnet    = 23
	portFactory   = 37
	portHTTPS     = 43
	portHTTP      = 80
	portMQTT      = 83
	portMQTTPlain = 18
	portSite      = 90
)

// service is one listener that a device may have. serve must not block; the function it returns closes the listener
// and returns when all its goroutines have ended.
type service struct {
	name, proto string
	offset      int
	on          func(*unit) bool
	serve       func(*unit, net.Listener) (func(), error)
}

// services in ascending order of ports.
var services = []service{
	{"mqtt-plain", "mqtt", portMQTTPlain, withFlaw("mqtt-anonymous"), serveMQTTPlain},
	{"ssh", "ssh", portSSH, withFlaw("ssh-default-password"), serveSSH},
	{"telnet", "telnet", portTelnet, withFlaw("telnet-open", "default-password", "no-password"), serveTelnet},
	{"factory-test", "tcp", portFactory, withFlaw("undeclared-port"), serveFactory},
	{"admin-https", "https", portHTTPS, always, serveAdminTLS},
	{"admin-http", "http", portHTTP, always, serveAdminPlain},
	{"mqtt", "mqtts", portMQTT, withoutFlaw("declared-port-off"), serveMQTT},
	{"site", "https", portSite, always, serveSite},
}

func always(*unit) bool { return true }

func withFlaw(names ...string) func(*unit) bool {
	return func(u *unit) bool {
		for _, n := range names {
			if u.has(n) {
				return true
			}
		}
		return false
	}
}

func withoutFlaw(name string) func(*unit) bool {
	return func(u *unit) bool { return !u.has(name) }
}

// serveTelnet is off on the well-built device.
func serveTelnet(u *unit, ln net.Listener) (func(), error) {
	cfg := console.Telnet{Open: u.has("no-password"), Try: u.try("telnet", u.shellPairs())}
	if u.has("banner-leak") {
		cfg.Banner = leakyKernel
	}
	return cfg.Serve(ln), nil
}

// serveSSH offers a root shell to a published default pair. The well-built device has SSH off.
func serveSSH(u *unit, ln net.Listener) (func(), error) {
	cfg := console.SSH{Version: "SSH-2.0-device", Rand: u.Rand, Try: u.try("ssh", []credential{{"root", "root"}})}
	if u.has("banner-leak") {
		cfg.Version = leakySSH
	}
	return cfg.Serve(ln)
}

// serveFactory is a forgotten line protocol of the production line.
func serveFactory(_ *unit, ln net.Listener) (func(), error) {
	return console.ServeFactory(ln), nil
}
