// Package ports finds the open TCP and UDP ports of one address and says what
// speaks there.
//
// TCP ports are opened with a plain connect over the caller's Dialer, UDP ports
// are asked in their own protocol (a UDP service that is not asked correctly
// does not answer). It must never claim that a silent port is closed, never send
// more than a protocol's harmless opening words, and never wait without a
// deadline.
package ports

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// A Range is an inclusive range of ports. Its text is "22" or "1-1024".
type Range struct {
	First, Last uint16
}

// All is every port that can be connected to.
var All = Range{1, 65535}

func (r Range) String() string {
	if r.First == r.Last {
		return strconv.Itoa(int(r.First))
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// MarshalText gives String.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Range) UnmarshalText(b []byte) error {
	first, last, isRange := strings.Cut(string(b), "-")
	if !isRange {
		last = first
	}
	a, err1 := strconv.ParseUint(first, 10, 16)
	z, err2 := strconv.ParseUint(last, 10, 16)
	if err1 != nil || err2 != nil || a == 0 || a > z {
		return fmt.Errorf("reading port range %q: want PORT or FIRST-LAST within 1-65535", b)
	}
	r.First, r.Last = uint16(a), uint16(z)
	return nil
}

// Parse reads a list such as "22,80,8000-8100".
func Parse(list string) ([]Range, error) {
	var rs []Range
	for part := range strings.SplitSeq(list, ",") {
		var r Range
		if err := r.UnmarshalText([]byte(strings.TrimSpace(part))); err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return Merge(rs), nil
}

// Merge sorts ranges and joins those that touch or overlap.
func Merge(rs []Range) []Range {
	rs = slices.Clone(rs)
	slices.SortFunc(rs, func(a, b Range) int { return int(a.First) - int(b.First) })
	var out []Range
	for _, r := range rs {
		if n := len(out); n > 0 && int(r.First) <= int(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// each lists the ports of ranges in ascending order, each once.
func each(rs []Range) []uint16 {
	var ports []uint16
	for _, r := range Merge(rs) {
		for p := int(r.First); p <= int(r.Last); p++ {
			if p != 0 {
				ports = append(ports, uint16(p))
			}
		}
	}
	return ports
}

// A Port is an open port and what speaks there.
type Port struct {
	Port    uint16       `json:"port"`
	Service wire.Service `json:"service"`
}

// A Result is what one scan of one address over one network saw. Every port of
// Scanned is open, closed, filtered (TCP) or silent (UDP), or an error.
type Result struct {
	Address  string  `json:"address"`
	Family   string  `json:"family"`  // ipv4 or ipv6
	Network  string  `json:"network"` // tcp or udp
	Scanned  []Range `json:"scanned"` // ports for which there is an answer or a lasting silence
	Open     []Port  `json:"open"`    // ascending
	Closed   int     `json:"closed"`  // the address itself refused
	Filtered int     `json:"filtered"`
	// Silent are UDP ports that neither answered nor were refused: open or
	// filtered, nobody can tell.
	Silent     []uint16     `json:"silent,omitempty"`
	Errors     int          `json:"errors"`
	FirstError string       `json:"first_error,omitempty"`
	Incomplete bool         `json:"incomplete"` // cancelled: Scanned is less than what was asked
	Took       wire.Elapsed `json:"took_ms"`
}

// MarshalJSON writes lists as [] when empty.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	if r.Scanned == nil {
		r.Scanned = []Range{}
	}
	if r.Open == nil {
		r.Open = []Port{}
	}
	return json.Marshal(plain(r))
}

// UnmarshalJSON reads what MarshalJSON wrote, and passes over fields that it does not
// know.
func (r *Result) UnmarshalJSON(b []byte) error {
	type plain Result
	return json.Unmarshal(b, (*plain)(r))
}

func newResult(ip netip.Addr, network string) Result {
	family := "ipv6"
	if ip.Unmap().Is4() {
		family = "ipv4"
	}
	return Result{Address: ip.String(), Family: family, Network: network}
}

// scanned turns an ascending list of ports into ranges.
func scanned(ports []uint16) []Range {
	var rs []Range
	for _, p := range ports {
		if n := len(rs); n > 0 && rs[n-1].Last+1 == p {
			rs[n-1].Last = p
			continue
		}
		rs = append(rs, Range{p, p})
	}
	return rs
}
