package ssh

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// An Offer is the key exchange message of a server (RFC 4253, 7.1), in its
// order of preference.
type Offer struct {
	Server           string   `json:"server"` // identification string, "SSH-2.0-…"
	Software         string   `json:"software"`
	KeyExchanges     []string `json:"key_exchanges"`
	HostKeys         []string `json:"host_keys"`
	CiphersToServer  []string `json:"ciphers_to_server"`
	CiphersToClient  []string `json:"ciphers_to_client"`
	MACsToServer     []string `json:"macs_to_server"`
	MACsToClient     []string `json:"macs_to_client"`
	CompressToServer []string `json:"compress_to_server"`
	CompressToClient []string `json:"compress_to_client"`
}

const (
	lineCap   = 1024  // RFC 4253, 4.2 allows 255 for the version, other lines may be longer
	linesCap  = 50    // lines before the version
	packetCap = 35000 // RFC 4253, 6.1
	kexInit   = 20    // SSH_MSG_KEXINIT
)

// Look exchanges versions and reads the server's offer. The caller closes conn.
func Look(ctx context.Context, conn net.Conn) (Offer, error) {
	release, err := wire.Guard(ctx, conn, Limit)
	if err != nil {
		return Offer{}, err
	}
	defer release()
	if _, err := io.WriteString(conn, "SSH-2.0-plimsoll\r\n"); err != nil {
		return Offer{}, fmt.Errorf("sending a version: %w", err)
	}
	return readOffer(bufio.NewReaderSize(conn, lineCap))
}

func readOffer(r *bufio.Reader) (Offer, error) {
	var o Offer
	for range linesCap {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return o, fmt.Errorf("reading the server's version: %w", err)
		}
		if text := strings.TrimRight(string(line), "\r\n"); strings.HasPrefix(text, "SSH-") {
			o.Server = wire.Printable([]byte(text), 255)
			break
		}
	}
	if o.Server == "" {
		return o, errors.New("reading the server's version: none sent")
	}
	if parts := strings.SplitN(o.Server, "-", 3); len(parts) == 3 {
		o.Software = parts[2]
	}
	payload, err := readPacket(r)
	if err != nil {
		return o, fmt.Errorf("reading the key exchange message: %w", err)
	}
	if err := o.parse(payload); err != nil {
		return o, fmt.Errorf("reading the key exchange message: %w", err)
	}
	return o, nil
}

// readPacket reads an unencrypted packet (RFC 4253, 6) and returns its payload.
func readPacket(r io.Reader) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size, padding := binary.BigEndian.Uint32(head[:4]), uint32(head[4])
	if size > packetCap || size < padding+2 {
		return nil, fmt.Errorf("a packet of %d bytes with %d of padding", size, padding)
	}
	b := make([]byte, size-1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b[:size-1-padding], nil
}

func (o *Offer) parse(b []byte) error {
	if len(b) < 17 || b[0] != kexInit {
		return errors.New("it is another message")
	}
	b = b[17:] // type and cookie
	for _, list := range []*[]string{
		&o.KeyExchanges, &o.HostKeys, &o.CiphersToServer, &o.CiphersToClient,
		&o.MACsToServer, &o.MACsToClient, &o.CompressToServer, &o.CompressToClient,
	} {
		if len(b) < 4 {
			return errors.New("a name list is missing")
		}
		n := binary.BigEndian.Uint32(b)
		b = b[4:]
		if uint64(n) > uint64(len(b)) {
			return errors.New("a name list is longer than the message")
		}
		*list = []string{}
		for name := range strings.SplitSeq(string(b[:n]), ",") {
			if name != "" {
				*list = append(*list, wire.Printable([]byte(name), 80))
			}
		}
		b = b[n:]
	}
	return nil
}
