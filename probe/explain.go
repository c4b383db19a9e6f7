package probe

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/product/blank"
)

// Seen is the subject of a discovered thing that no declared row explains.
func Seen(network string, port uint16, protocol string) string {
	if protocol == "" {
		protocol = "unknown"
	}
	return fmt.Sprintf("%s%s/%d/%s", plimsoll.SeenPrefix, network, port, protocol)
}

// RowAt returns the declared row of a table that names a port of a transport. A
// row that a draft has only observed explains nothing.
func RowAt(p *product.Product, t plimsoll.TableID, network string, port uint16) (product.Row, bool) {
	for _, r := range p.Rows(t) {
		if r.Observed == "" && namesPort(r, network, port) {
			return r, true
		}
	}
	return product.Row{}, false
}

func namesPort(r product.Row, network string, port uint16) bool {
	if t := r.Text("transport"); t != "" && t != network {
		return false
	}
	if n, ok := r.Int("port"); ok && n == int(port) {
		return true
	}
	ranges, ok := blank.ParsePorts(r.Text("ports"))
	return ok && slices.ContainsFunc(ranges, func(g blank.Range) bool { return g.Contains(port) })
}

// PasswordAt returns the declared mechanism that explains a password login: a password
// or a PIN on its port. A row with another factor explains no password.
func PasswordAt(p *product.Product, l evidence.Login) (product.Row, bool) {
	for _, r := range LoginsAt(p, l.Port, l.Path) {
		if f := r.Text("factor"); f == "" || f == "password" || f == "pin" {
			return r, true
		}
	}
	return product.Row{}, false
}

// LoginsAt returns the declared authentication mechanisms on a TCP port, those
// with the given path first.
func LoginsAt(p *product.Product, port uint16, path string) []product.Row {
	var out []product.Row
	for _, r := range p.Rows("AuthMech") {
		if n, ok := r.Int("surface.port"); !ok || n != int(port) || r.Observed != "" {
			continue
		}
		if path != "" && strings.TrimRight(r.Text("surface.path"), "/") == strings.TrimRight(path, "/") {
			out = slices.Insert(out, 0, r)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// FullRange reports whether the declared ports of a device are all of them.
func FullRange(d product.Device) bool {
	for _, r := range d.Ports {
		if r.First <= 1 && r.Last == 65535 {
			return true
		}
	}
	return false
}

// PaceEstimate is how long a number of connections to the devices takes at the
// gentle pace. Loopback is not paced.
func PaceEstimate(devices []product.Device, connections int) time.Duration {
	for _, d := range devices {
		if a, err := netip.ParseAddr(d.Address); err == nil && !a.Unmap().IsLoopback() {
			return time.Duration(connections) * time.Second / gentleRate
		}
	}
	return time.Duration(connections) * time.Second / loopbackRate
}

// Address joins an address of a device and a port.
func Address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
