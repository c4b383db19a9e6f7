package ports

import (
	"bytes"
	"encoding/binary"
)

// Opening words of binary protocols, written from their specifications. None
// changes anything at the far end.

// mqttConnect is an MQTT 3.1.1 CONNECT with a clean session, keep-alive 10 s,
// no will, no name and no password.
var mqttConnect = func() []byte {
	id := "plimsoll-look"
	body := append([]byte{0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 10, 0, byte(len(id))}, id...)
	return append([]byte{0x10, byte(len(body))}, body...)
}()

// adbConnect is the CNXN message of the Android debug bridge: command,
// protocol version, largest payload, payload length, sum, inverted command.
var adbConnect = func() []byte {
	payload := []byte("host::\x00")
	sum := uint32(0)
	for _, c := range payload {
		sum += uint32(c)
	}
	const cnxn = 0x4e584e43
	var b []byte
	for _, v := range []uint32{cnxn, 0x01000000, 4096, uint32(len(payload)), sum, cnxn ^ 0xffffffff} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return append(b, payload...)
}()

// dnsQuestion asks a name server for its version: TXT version.bind, class CH.
// Every server answers it by itself, some with a refusal.
var dnsQuestion = []byte("\x50\x4c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03")

// smbNegotiate offers the SMB 1 dialect "NT LM 0.12" and the two words with
// which SMB 2 is asked for.
var smbNegotiate = func() []byte {
	dialects := []byte("\x02NT LM 0.12\x00\x02SMB 2.002\x00\x02SMB 2.???\x00")
	body := append([]byte("\xffSMB\x72"), make([]byte, 27)...)
	body = append(body, 0)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(dialects)))
	body = append(body, dialects...)
	return append([]byte{0, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}()

var sipOptions = []byte("OPTIONS sip:plimsoll.invalid SIP/2.0\r\nVia: SIP/2.0/UDP plimsoll.invalid;branch=z9hG4bKlook;rport\r\n" +
	"Max-Forwards: 1\r\nFrom: <sip:look@plimsoll.invalid>;tag=look\r\nTo: <sip:plimsoll.invalid>\r\n" +
	"Call-ID: look@plimsoll.invalid\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")

// binarySigns are answers that no regular expression describes well.
var binarySigns = []struct {
	name string
	fits func([]byte) bool
}{
	{"dns", func(b []byte) bool { return len(b) >= 14 && bytes.Equal(b[2:4], dnsQuestion[:2]) && b[4]&0x80 != 0 }},
	{"coap", coapTCP},
	{"mysql", func(b []byte) bool { return len(b) > 6 && int(b[0]) == len(b)-4 && b[3] == 0 && b[4] == 10 }},
}

// coapTCP recognises a CSM message, code 7.01 (RFC 8323, 5.3): the first thing
// that both sides send. Its length is below 13 or one extension byte follows.
func coapTCP(b []byte) bool {
	if len(b) < 2 || b[0]&0x0f != 0 {
		return false
	}
	n, code := int(b[0]>>4), 1
	if n == 13 {
		n, code = int(b[1])+13, 2
	}
	return n < 64 && len(b) > code && b[code] == 0xe1 && len(b) >= code+1+n
}
