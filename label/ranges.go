package label

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
)

// RangeType is the type in the header of a range file.
const RangeType = "application/plimsoll-range+cwt"

// Range files hold every label that was issued, in buckets by the first bits of
// the token's digest. A reader fetches a whole bucket, so that the server learns
// one of at least BucketMin labels; and what is in no bucket was not issued, even
// if a stolen key has signed it.
const (
	// BucketMin is how many labels a bucket holds at least, on average, once there
	// are that many.
	BucketMin    = 200
	maxRangeBits = 24
	maxRangeFile = 256 << 10
	// recordSize: 16 bytes of digest, 1 of standing, 5 of log index, 2 of day.
	recordSize = 24
	restSize   = 16
)

// Issued is one label of a range file.
type Issued struct {
	Digest     [sha256.Size]byte // of the token; from a range file only the last 16 bytes are known
	Standing   Standing
	LogIndex   uint64 // in the transparency log
	SupportEnd Day
}

// RangeBits is how many bits of the digest choose the bucket when there are n
// labels: as many as leave BucketMin in one.
func RangeBits(n int) uint8 {
	b := uint8(0)
	for b < maxRangeBits && n>>(b+1) >= BucketMin {
		b++
	}
	return b
}

// RangePrefix is the bucket of a digest.
func RangePrefix(digest [sha256.Size]byte, bits uint8) uint32 {
	return uint32(uint64(binary.BigEndian.Uint32(digest[:])) >> (32 - bits))
}

// RangeName is the path of a bucket below the folder r/ of the site, such as
// "12/4f0": the bits, and the prefix in hexadecimal.
func RangeName(prefix uint32, bits uint8) string { return fmt.Sprintf("%d/%x", bits, prefix) }

// RangeFile is a verified bucket.
type RangeFile struct {
	Scheme  string
	Bits    uint8
	Prefix  uint32
	Issued  time.Time
	Expires time.Time
	records []byte
}

// Find looks a token's digest up. held says whether the digest belongs into this
// bucket at all; found, whether it stands there.
func (f *RangeFile) Find(digest [sha256.Size]byte) (e Issued, held, found bool) {
	if RangePrefix(digest, f.Bits) != f.Prefix {
		return Issued{}, false, false
	}
	rest := digest[sha256.Size-restSize:]
	i := sort.Search(f.Len(), func(i int) bool { return bytes.Compare(f.rest(i), rest) >= 0 })
	if i == f.Len() || !bytes.Equal(f.rest(i), rest) {
		return Issued{}, true, false
	}
	return f.at(i), true, true
}

// Len is how many labels the bucket holds.
func (f *RangeFile) Len() int { return len(f.records) / recordSize }

func (f *RangeFile) rest(i int) []byte { return f.records[i*recordSize:][:restSize] }

func (f *RangeFile) at(i int) Issued {
	r := f.records[i*recordSize:][:recordSize]
	e := Issued{Standing: Standing(r[restSize]), SupportEnd: Day(binary.BigEndian.Uint16(r[restSize+6:]))}
	copy(e.Digest[sha256.Size-restSize:], r)
	for _, c := range r[restSize+1 : restSize+6] {
		e.LogIndex = e.LogIndex<<8 | uint64(c)
	}
	return e
}

type wireRange struct {
	Issuer string      `cbor:"1,keyasint"`
	Exp    uint64      `cbor:"4,keyasint"`
	Iat    uint64      `cbor:"6,keyasint"`
	Range  wireRecords `cbor:"-65537,keyasint"`
}

type wireRecords struct {
	Bits    uint8  `cbor:"0,keyasint"`
	Prefix  uint32 `cbor:"1,keyasint"`
	Records []byte `cbor:"2,keyasint"`
}

// SignRange writes one bucket; the labels are those of the scheme that belong into
// it, in any order.
func SignRange(ctx context.Context, s *Scheme, bits uint8, prefix uint32, labels []Issued, at time.Time, signer key.Signer) ([]byte, error) {
	recs := make([][]byte, len(labels))
	for i, l := range labels {
		if RangePrefix(l.Digest, bits) != prefix || l.LogIndex >= 1<<40 {
			return nil, fmt.Errorf("range %s: label %x with log index %d does not belong there", RangeName(prefix, bits), l.Digest[:4], l.LogIndex)
		}
		r := make([]byte, 0, recordSize)
		r = append(r, l.Digest[sha256.Size-restSize:]...)
		r = append(r, byte(l.Standing), byte(l.LogIndex>>32))
		r = binary.BigEndian.AppendUint32(r, uint32(l.LogIndex))
		recs[i] = binary.BigEndian.AppendUint16(r, uint16(l.SupportEnd))
	}
	slices.SortFunc(recs, bytes.Compare)
	body, err := encoding.Marshal(wireRange{
		Issuer: s.Code, Iat: uint64(at.Unix()), Exp: uint64(at.Add(StatusLife).Unix()),
		Range: wireRecords{Bits: bits, Prefix: prefix, Records: bytes.Join(recs, nil)},
	})
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", RangeName(prefix, bits), err)
	}
	if err := checkRecords(bytes.Join(recs, nil)); err != nil {
		return nil, fmt.Errorf("range %s: %w", RangeName(prefix, bits), err)
	}
	b, err := sign1(ctx, signer, RangeType, body)
	if err != nil {
		return nil, fmt.Errorf("range %s: %w", RangeName(prefix, bits), err)
	}
	return b, nil
}

// OpenRange reads a range file and verifies that a status key of the scheme it
// names signed it. One issued before notBefore, the newest one seen of that
// bucket, is ErrRolledBack.
func OpenRange(b []byte, trust *TrustList, notBefore time.Time) (*RangeFile, error) {
	f, err := openRange(b, trust)
	if err != nil {
		return nil, fmt.Errorf("opening the range file: %w", err)
	}
	if f.Issued.Before(notBefore) {
		return nil, fmt.Errorf("opening the range file: %w: of %s, seen %s", ErrRolledBack, f.Issued.Format(time.RFC3339), notBefore.Format(time.RFC3339))
	}
	return f, nil
}

func openRange(b []byte, trust *TrustList) (*RangeFile, error) {
	if len(b) > maxRangeFile {
		return nil, fmt.Errorf("longer than %d bytes", maxRangeFile)
	}
	m, hint, err := parse1(b, RangeType)
	if err != nil {
		return nil, err
	}
	var w wireRange
	if err := unmarshal(m.Payload, &w); err != nil {
		return nil, err
	}
	s, err := statusSigner(trust, w.Issuer, m, hint, w.Iat)
	if err != nil {
		return nil, err
	}
	if err := checkLife(w.Iat, w.Exp); err != nil {
		return nil, err
	}
	if w.Range.Bits > maxRangeBits || uint64(w.Range.Prefix)>>w.Range.Bits != 0 {
		return nil, fmt.Errorf("bucket %s: want at most %d bits", RangeName(w.Range.Prefix, w.Range.Bits), maxRangeBits)
	}
	if err := checkRecords(w.Range.Records); err != nil {
		return nil, err
	}
	return &RangeFile{
		Scheme: s.Code, Bits: w.Range.Bits, Prefix: w.Range.Prefix,
		Issued: moment(w.Iat), Expires: moment(w.Exp), records: w.Range.Records,
	}, nil
}

// checkRecords: whole records, each label once, in order, with a known standing.
func checkRecords(b []byte) error {
	if len(b)%recordSize != 0 {
		return fmt.Errorf("%d bytes of records, want a multiple of %d", len(b), recordSize)
	}
	f := RangeFile{records: b}
	for i := range f.Len() {
		if e := f.at(i); e.Standing > SupportEnded || e.SupportEnd == 0 {
			return fmt.Errorf("record %d: unknown standing %d, or no end of support", i, e.Standing)
		}
		if i > 0 && bytes.Compare(f.rest(i-1), f.rest(i)) >= 0 {
			return fmt.Errorf("record %d: not in order, or there twice", i)
		}
	}
	return nil
}
