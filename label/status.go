package label

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/veraison/go-cose"

	"github.com/plimsoll-iot/plimsoll/key"
)

// Standing is what the scheme says of a label today: the 2-bit values of the IETF
// Token Status List.
type Standing uint8

// The standings.
const (
	Valid        Standing = iota
	Revoked               // INVALID; in a status list also: never issued
	Suspended             // SUSPENDED
	SupportEnded          // application-specific: support ended early, nothing was found against it
)

var standings = [...]string{Valid: "valid", Revoked: "revoked", Suspended: "suspended", SupportEnded: "support-ended"}

// String names the standing.
func (s Standing) String() string { return standings[s&3] }

// StatusType is the type in the header of a status list token.
const StatusType = "application/statuslist+cwt"

// ChunkSize is how many labels one status list holds.
const ChunkSize = 1 << 17

// Bounds and times of status lists and range files.
const (
	statusBits    = 2
	statusBytes   = ChunkSize * statusBits / 8
	maxStatusFile = 64 << 10
	statusTTL     = 3600 // seconds
	// StatusLife is how long a status list or a range file may be used.
	StatusLife = 24 * time.Hour
)

// Chunk is the status list that holds a label, and its place there.
func (n Number) Chunk() (chunk uint32, index int) {
	return uint32(n) / ChunkSize, int(uint32(n) % ChunkSize)
}

// StatusURI names a status list; it stands in its claim sub.
func StatusURI(host string, chunk uint32) string { return fmt.Sprintf("https://%s/s/%d", host, chunk) }

// StatusList is a verified status list of one scheme.
type StatusList struct {
	Scheme  string
	Chunk   uint32
	Issued  time.Time
	Expires time.Time
	bits    []byte
}

// At is the standing of the label at index of the chunk.
func (l *StatusList) At(index int) Standing {
	return Standing(l.bits[index/4] >> (index % 4 * statusBits) & 3)
}

type wireStatus struct {
	Sub    string   `cbor:"2,keyasint"`
	Exp    uint64   `cbor:"4,keyasint"`
	Iat    uint64   `cbor:"6,keyasint"`
	List   wireBits `cbor:"65533,keyasint"`
	TTL    uint64   `cbor:"65534,keyasint"`
	Status string   `cbor:"-65537,keyasint"` // code of the scheme
}

type wireBits struct {
	Bits uint8  `cbor:"bits"`
	List []byte `cbor:"lst"`
}

// SignStatusList writes a status list token. The standings are those of the labels
// of the chunk that were issued; every other index becomes INVALID.
func SignStatusList(ctx context.Context, s *Scheme, chunk uint32, issued map[Number]Standing, at time.Time, signer key.Signer) ([]byte, error) {
	bits := bytes.Repeat([]byte{0x55}, statusBytes) // INVALID everywhere
	for n, st := range issued {
		c, i := n.Chunk()
		if c != chunk || st > SupportEnded {
			return nil, fmt.Errorf("status list %d: label %d with standing %d does not belong there", chunk, n, st)
		}
		shift := i % 4 * statusBits
		bits[i/4] = bits[i/4]&^(3<<shift) | byte(st)<<shift
	}
	var z bytes.Buffer
	w, err := zlib.NewWriterLevel(&z, zlib.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("status list %d: %w", chunk, err)
	}
	if _, err := w.Write(bits); err != nil {
		return nil, fmt.Errorf("status list %d: %w", chunk, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("status list %d: %w", chunk, err)
	}
	body, err := encoding.Marshal(wireStatus{
		Sub: StatusURI(s.Hosts[0], chunk), Iat: uint64(at.Unix()), Exp: uint64(at.Add(StatusLife).Unix()), TTL: statusTTL,
		List: wireBits{Bits: statusBits, List: z.Bytes()}, Status: s.Code,
	})
	if err != nil {
		return nil, fmt.Errorf("status list %d: %w", chunk, err)
	}
	b, err := sign1(ctx, signer, StatusType, body)
	if err != nil {
		return nil, fmt.Errorf("status list %d: %w", chunk, err)
	}
	return b, nil
}

// OpenStatusList reads a status list token and verifies that a status key of the
// scheme it names signed it, for that scheme's own address. A list issued before
// notBefore, the newest one seen, is ErrRolledBack.
func OpenStatusList(b []byte, trust *TrustList, notBefore time.Time) (*StatusList, error) {
	l, err := openStatusList(b, trust)
	if err != nil {
		return nil, fmt.Errorf("opening the status list: %w", err)
	}
	if l.Issued.Before(notBefore) {
		return nil, fmt.Errorf("opening the status list: %w: of %s, seen %s", ErrRolledBack, l.Issued.Format(time.RFC3339), notBefore.Format(time.RFC3339))
	}
	return l, nil
}

func openStatusList(b []byte, trust *TrustList) (*StatusList, error) {
	if len(b) > maxStatusFile {
		return nil, fmt.Errorf("longer than %d bytes", maxStatusFile)
	}
	m, hint, err := parse1(b, StatusType)
	if err != nil {
		return nil, err
	}
	var w wireStatus
	if err := unmarshal(m.Payload, &w); err != nil {
		return nil, err
	}
	s, err := statusSigner(trust, w.Status, m, hint, w.Iat)
	if err != nil {
		return nil, err
	}
	l := &StatusList{Scheme: s.Code, Issued: moment(w.Iat), Expires: moment(w.Exp)}
	chunk, err := strconv.ParseUint(w.Sub[strings.LastIndexByte(w.Sub, '/')+1:], 10, 32)
	if l.Chunk = uint32(chunk); err != nil || StatusURI(s.Hosts[0], l.Chunk) != w.Sub {
		return nil, fmt.Errorf("it speaks for %q, not for %s", w.Sub, s.Code)
	}
	if err := checkLife(w.Iat, w.Exp); err != nil {
		return nil, err
	}
	if w.List.Bits != statusBits {
		return nil, fmt.Errorf("%d bits a label, want %d", w.List.Bits, statusBits)
	}
	l.bits, err = inflate(w.List.List)
	return l, err
}

// inflate unpacks exactly one chunk; what would unpack to more is refused without
// being unpacked.
func inflate(b []byte) ([]byte, error) {
	in := bytes.NewReader(b)
	r, err := zlib.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(r, statusBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("unpacking: %w", err)
	case len(out) != statusBytes || in.Len() != 0:
		return nil, fmt.Errorf("unpacking: want %d bytes and nothing behind them", statusBytes)
	}
	return out, nil
}

// checkLife refuses what claims to be good for longer than StatusLife: it would
// keep a revoked label alive.
func checkLife(iat, exp uint64) error {
	if exp <= iat || exp-iat > uint64(StatusLife/time.Second) {
		return fmt.Errorf("dates: want an expiry within %s of the issue", StatusLife)
	}
	return nil
}

// statusSigner finds the scheme and checks that one of its status keys, in its
// time, signed m.
func statusSigner(trust *TrustList, code string, m *cose.Sign1Message, hint KeyHint, iat uint64) (*Scheme, error) {
	if trust == nil {
		return nil, errors.New("no trust list")
	}
	s, ok := trust.Scheme(code)
	if !ok {
		return nil, fmt.Errorf("the trust list names no scheme %q", code)
	}
	k, err := trust.signer(code, UseStatus, hint, func(v cose.Verifier) error { return m.Verify(nil, v) })
	if err != nil {
		return nil, err
	}
	if d := DayOf(moment(iat)); d < k.SignFrom || d > k.SignUntil || k.DistrustFrom != nil {
		return nil, errors.New("the key was not to sign on that day, or is distrusted")
	}
	return s, nil
}
