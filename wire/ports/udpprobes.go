package ports

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// A Probe is one question in the protocol of a UDP service.
type Probe struct {
	Name    string
	Port    uint16
	Payload []byte
	// Match says whether an answer is in the protocol and what product it names.
	Match func(reply []byte) (product string, ok bool)
	// Elsewhere: the protocol allows the answer to come from another port.
	Elsewhere bool
}

// Probes returns the UDP questions, each written from its specification. The
// list is new on every call; payloads must not be changed.
func Probes() []Probe { return slices.Clone(udpProbes) }

var udpProbes = []Probe{
	{Name: "dns", Port: 53, Payload: dnsQuestion, Match: dnsAnswer},
	{Name: "tftp", Port: 69, Payload: []byte("\x00\x01plimsoll-no-such-file\x00octet\x00"), Match: tftpAnswer, Elsewhere: true},
	{Name: "ntp", Port: 123, Payload: append([]byte{0x23}, make([]byte, 47)...), Match: ntpAnswer},
	{Name: "netbios", Port: 137, Payload: netbiosStatus, Match: netbiosAnswer},
	{Name: "snmp", Port: 161, Payload: snmpGet(1), Match: snmpAnswer},
	{Name: "snmp", Port: 161, Payload: snmpGet(0), Match: snmpAnswer},
	{Name: "snmp", Port: 161, Payload: snmpDiscovery, Match: snmpAnswer},
	{Name: "ssdp", Port: 1900, Payload: ssdpSearch, Match: ssdpAnswer, Elsewhere: true},
	{Name: "stun", Port: 3478, Payload: append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, []byte("plimsoll-udp")...), Match: stunAnswer},
	{Name: "ws-discovery", Port: 3702, Payload: wsProbe, Match: wsAnswer, Elsewhere: true},
	{Name: "sip", Port: 5060, Payload: sipOptions, Match: prefixed("SIP/2.0 ")},
	{Name: "nat-pmp", Port: 5351, Payload: []byte{0, 0}, Match: natPMPAnswer},
	{Name: "pcp", Port: 5351, Payload: append([]byte{2, 0}, make([]byte, 22)...), Match: pcpAnswer},
	{Name: "mdns", Port: 5353, Payload: mdnsBrowse, Match: dnsAnswer},
	{Name: "coap", Port: 5683, Payload: coapGet, Match: coapAnswer},
	{Name: "coaps", Port: 5684, Payload: dtlsHello, Match: dtlsAnswer},
	{Name: "bacnet", Port: 47808, Payload: []byte{0x81, 0x0a, 0, 8, 1, 0, 0x10, 8}, Match: bacnetAnswer},
	{Name: "lifx", Port: 56700, Payload: lifxGetService, Match: lifxAnswer},
}

func prefixed(p string) func([]byte) (string, bool) {
	return func(b []byte) (string, bool) { return "", bytes.HasPrefix(b, []byte(p)) }
}

// dnsAnswer: RFC 1035, 4.1.1; our id or, for multicast DNS, zero, and QR set.
// The product is the first text of the answer.
func dnsAnswer(b []byte) (string, bool) {
	if len(b) < 12 || b[2]&0x80 == 0 || !bytes.Equal(b[:2], dnsQuestion[:2]) && (b[0] != 0 || b[1] != 0) {
		return "", false
	}
	var m dnsmessage.Message
	if m.Unpack(b) != nil || len(m.Answers) == 0 {
		return "", true
	}
	if txt, ok := m.Answers[0].Body.(*dnsmessage.TXTResource); ok && len(txt.TXT) > 0 {
		return wire.Printable([]byte(txt.TXT[0]), bannerCap), true
	}
	return "", true
}

// mdnsBrowse asks for the list of service types (RFC 6763, 9), with the bit
// that asks for a unicast answer (RFC 6762, 5.4).
var mdnsBrowse = func() []byte {
	b := []byte{0x50, 0x4c, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range strings.SplitSeq("_services._dns-sd._udp.local", ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 12, 0x80, 1)
}()

// tftpAnswer: RFC 1350, 5; DATA, ERROR or OACK.
func tftpAnswer(b []byte) (string, bool) {
	return "", len(b) >= 4 && b[0] == 0 && (b[1] == 3 || b[1] == 5 || b[1] == 6)
}

// ntpAnswer: RFC 5905, 7.3; mode 4 (server), version 3 or 4.
func ntpAnswer(b []byte) (string, bool) {
	return "", len(b) >= 48 && b[0]&7 == 4 && (b[0]>>3&7 == 3 || b[0]>>3&7 == 4)
}

// netbiosStatus asks for the node status of the name "*" (RFC 1002, 4.2.17).
var netbiosStatus = []byte("\x50\x4c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x20CK" + strings.Repeat("A", 30) + "\x00\x00\x21\x00\x01")

func netbiosAnswer(b []byte) (string, bool) {
	if len(b) < 57+16 || b[0] != 0x50 || b[1] != 0x4c || b[2]&0x80 == 0 {
		return "", false
	}
	return wire.Printable(bytes.TrimRight(b[57:57+15], " \x00"), 16), true
}

// tlv writes a BER element with a short length.
func tlv(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append([]byte{tag, byte(len(body))}, body...)
}

// snmpGet asks the community "public" for sysDescr.0 (RFC 1157; RFC 3416).
// version is 0 for SNMPv1 and 1 for SNMPv2c.
func snmpGet(version byte) []byte {
	sysDescr := tlv(6, []byte{0x2b, 6, 1, 2, 1, 1, 1, 0})
	bindings := tlv(0x30, tlv(0x30, sysDescr, []byte{5, 0}))
	pdu := tlv(0xa0, tlv(2, []byte{0x50, 0x4c}), tlv(2, []byte{0}), tlv(2, []byte{0}), bindings)
	return tlv(0x30, tlv(2, []byte{version}), tlv(4, []byte("public")), pdu)
}

// snmpDiscovery asks an SNMPv3 engine for its id (RFC 3414, 4): no name, no
// authentication, reportable.
var snmpDiscovery = func() []byte {
	header := tlv(0x30, tlv(2, []byte{0x50, 0x4c}), tlv(2, []byte{0, 0xff, 0xe3}), tlv(4, []byte{4}), tlv(2, []byte{3}))
	usm := tlv(0x30, []byte{4, 0}, []byte{2, 1, 0}, []byte{2, 1, 0}, []byte{4, 0}, []byte{4, 0}, []byte{4, 0})
	pdu := tlv(0xa0, tlv(2, []byte{0x50, 0x4c}), tlv(2, []byte{0}), tlv(2, []byte{0}), tlv(0x30))
	return tlv(0x30, tlv(2, []byte{3}), header, tlv(4, usm), tlv(0x30, []byte{4, 0}, []byte{4, 0}, pdu))
}()

var snmpOID = []byte{6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0}

// snmpAnswer recognises a BER sequence that starts with a version, and takes
// the string that follows sysDescr.0.
func snmpAnswer(b []byte) (string, bool) {
	body, ok := berBody(b, 0x30)
	if !ok || len(body) < 3 || body[0] != 2 || body[1] != 1 || body[2] > 3 {
		return "", false
	}
	if i := bytes.Index(body, snmpOID); i >= 0 {
		if descr, ok := berBody(body[i+len(snmpOID):], 4); ok {
			return wire.Printable(descr, bannerCap), true
		}
	}
	return "", true
}

// berBody returns the content of the element at the start of b, cut to what is
// there; lengths of up to two bytes are read.
func berBody(b []byte, tag byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, false
	}
	n, head := int(b[1]), 2
	switch {
	case b[1] == 0x81 && len(b) >= 3:
		n, head = int(b[2]), 3
	case b[1] == 0x82 && len(b) >= 4:
		n, head = int(binary.BigEndian.Uint16(b[2:])), 4
	case b[1] >= 0x80:
		return nil, false
	}
	return b[head:min(len(b), head+n)], true
}

var ssdpSearch = []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\nUSER-AGENT: plimsoll\r\n\r\n")

var ssdpServer = regexp.MustCompile(`(?i)\r\nSERVER:[ \t]*([^\r\n]*)`)

func ssdpAnswer(b []byte) (string, bool) {
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 200")) && !bytes.HasPrefix(b, []byte("NOTIFY * HTTP/1.1")) {
		return "", false
	}
	if m := ssdpServer.FindSubmatch(b); m != nil {
		return wire.Printable(m[1], bannerCap), true
	}
	return "", true
}

// stunAnswer: RFC 8489, 5; a response with the magic cookie.
func stunAnswer(b []byte) (string, bool) {
	return "", len(b) >= 20 && b[0] == 1 && binary.BigEndian.Uint32(b[4:]) == 0x2112a442
}

var wsProbe = []byte(`<?xml version="1.0" encoding="utf-8"?>` +
	`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">` +
	`<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:7b1f0c7e-6f3a-4a53-9d52-706c696d736f</a:MessageID>` +
	`<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>`)

func wsAnswer(b []byte) (string, bool) {
	return "", bytes.Contains(b, []byte("ProbeMatch")) || bytes.Contains(b, []byte("schemas.xmlsoap.org/ws/2005/04/discovery"))
}

// natPMPAnswer: RFC 6886, 3.2; a PCP server answers with its own version.
func natPMPAnswer(b []byte) (string, bool) {
	return "", len(b) >= 8 && b[0] == 0 && b[1] == 0x80
}

// pcpAnswer: RFC 6887, 7.2; version 2 (or 0 from a NAT-PMP server), R bit set.
func pcpAnswer(b []byte) (string, bool) {
	return "", len(b) >= 8 && b[0] <= 2 && b[1]&0x80 != 0
}

// coapGet is a confirmable GET of /.well-known/core (RFC 7252, 3; RFC 6690).
var coapGet = slices.Concat([]byte{0x41, 0x01, 0x50, 0x4c, 0x77, 0xbb}, []byte(".well-known"), []byte{0x04}, []byte("core"))

// coapAnswer: version 1, our message id or our token.
func coapAnswer(b []byte) (string, bool) {
	if len(b) < 4 || b[0]>>6 != 1 || b[1] != 0 && b[1]>>5 < 2 {
		return "", false
	}
	mine := b[2] == 0x50 && b[3] == 0x4c || b[0]&0x0f == 1 && len(b) > 4 && b[4] == 0x77
	if !mine {
		return "", false
	}
	if i := bytes.IndexByte(b, 0xff); i > 0 {
		return wire.Printable(b[i+1:], bannerCap), true
	}
	return "", true
}

// dtlsHello is a DTLS 1.2 ClientHello (RFC 6347, 4.2) with the suites that
// RFC 7925 names and a few that servers without CCM speak.
var dtlsHello = func() []byte {
	hello := append([]byte{0xfe, 0xfd}, []byte("plimsoll looks for a dtls server")...)
	hello = append(hello, 0, 0) // session, cookie
	suites := []byte{0xc0, 0xae, 0xc0, 0xa8, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0xac, 0x00, 0xa8, 0x00, 0xae, 0x00, 0x8c, 0x00, 0x2f, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0xff}
	hello = append(append(hello, 0, byte(len(suites))), suites...)
	hello = append(hello, 1, 0)
	ext := slices.Concat(
		[]byte{0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24},            // groups
		[]byte{0, 11, 0, 2, 1, 0},                                 // point formats
		[]byte{0, 13, 0, 12, 0, 10, 4, 3, 4, 1, 5, 3, 5, 1, 2, 1}, // signature algorithms
	)
	hello = append(append(hello, 0, byte(len(ext))), ext...)
	n := byte(len(hello))
	handshake := append([]byte{1, 0, 0, n, 0, 0, 0, 0, 0, 0, 0, n}, hello...)
	return append([]byte{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(len(handshake))}, handshake...)
}()

func dtlsAnswer(b []byte) (string, bool) {
	return "", len(b) >= 13 && (b[0] == 22 || b[0] == 21) && b[1] == 0xfe && (b[2] == 0xff || b[2] == 0xfd)
}

func bacnetAnswer(b []byte) (string, bool) {
	return "", len(b) >= 8 && b[0] == 0x81 && int(binary.BigEndian.Uint16(b[2:])) == len(b)
}

// lifxGetService is message 2 of the LIFX LAN protocol: 36 bytes of header.
var lifxGetService = func() []byte {
	b := make([]byte, 36)
	b[0], b[3], b[32] = 36, 0x34, 2
	copy(b[4:], "plim")
	return b
}()

func lifxAnswer(b []byte) (string, bool) {
	return "", len(b) >= 36 && int(binary.LittleEndian.Uint16(b)) == len(b) && binary.LittleEndian.Uint16(b[32:]) == 3
}
