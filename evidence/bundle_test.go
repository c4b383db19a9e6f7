package evidence

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
)

var ctx = context.Background()

func newKey(t testing.TB, alg key.Algorithm) *key.FileKey {
	t.Helper()
	k, err := key.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// input is a small store with open and withheld evidence, ready to be packed.
func input(t testing.TB, s key.Signer) PackInput {
	t.Helper()
	st := mustOpen(t, t.TempDir())
	if err := st.PutRun(plimsoll.Run{ID: "r1", Start: when, Complete: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Put(record(1), map[string]int{"port": 23}, Raw{Name: "banner", Data: []byte("login:")}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Put(record(2), "x", Raw{Name: "shadow", Data: []byte("root:verysecret"), Private: true}); err != nil {
		t.Fatal(err)
	}
	return PackInput{
		Tool: plimsoll.Tool{Name: "plimsoll", Version: "1.0"}, Declaration: []byte(`{"product":{"name":"Cam"}}`),
		Attestations: []byte("schema: plimsoll.attestations/1\n"), Assessment: []byte("{}\n"),
		Records: st.Records(), Runs: st.Runs(), Blob: st.Blob, Signer: s,
	}
}

func pack(t testing.TB, in PackInput) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Pack(ctx, &b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (*Bundle, error) { return Read(ctx, bytes.NewReader(b), Limits{}) }

func TestPackRead(t *testing.T) {
	for _, alg := range []key.Algorithm{key.Ed25519, key.P256} {
		k := newKey(t, alg)
		in := input(t, k)
		in.Artefacts = []Artefact{{"firmware/gerät.bin", []byte("image")}, {"firmware/copy.bin", []byte("image")}}
		raw := pack(t, in)
		if !bytes.Equal(raw, pack(t, in)) {
			t.Error("packed twice, the bytes differ")
		}
		if bytes.Contains(raw, []byte("verysecret")) {
			t.Error("withheld bytes are in the bundle")
		}
		b, err := read(raw)
		if err != nil {
			t.Fatal(err)
		}
		if IndexDigest(b.Records()) != IndexDigest(in.Records) || len(b.Runs()) != 1 || b.Runs()[0].ID != "r1" || !b.Runs()[0].Complete {
			t.Errorf("records or runs differ: %+v %+v", b.Records(), b.Runs())
		}
		if !bytes.Equal(b.Declaration(), in.Declaration) || b.Product() != DigestOf(in.Declaration) || !bytes.Equal(b.Attestations(), in.Attestations) || !bytes.Equal(b.Assessment(), in.Assessment) {
			t.Error("declaration, attestations or assessment differ")
		}
		if b.KeyID() != k.KeyID() || b.Tool() != in.Tool {
			t.Errorf("key %q, tool %v", b.KeyID(), b.Tool())
		}
		if a := b.Artefacts(); len(a) != 2 || a[0].Name != "firmware/copy.bin" || a[1].Name != "firmware/gerät.bin" || string(a[1].Data) != "image" {
			t.Errorf("artefacts %v", a)
		}
		if blob, err := b.Blob(in.Records[0].Digest); err != nil || string(blob) != `{"port":23}` {
			t.Errorf("blob %q, %v", blob, err)
		}
		if _, err := b.Blob(in.Records[1].Attached[0].Digest); !errors.Is(err, ErrWithheld) {
			t.Errorf("withheld: got %v", err)
		}
		if _, err := b.Blob(DigestOf([]byte("other"))); err == nil || errors.Is(err, ErrWithheld) {
			t.Errorf("unknown: got %v", err)
		}
		if _, ok := b.Trusted(nil); ok {
			t.Error("trusted without a trust file")
		}
		tr, err := key.ParseTrust("t", fmt.Appendf(nil, "schema: %s\nkeys:\n  - {id: %q, name: Jane}\n", key.TrustSchema, k.KeyID()))
		if err != nil {
			t.Fatal(err)
		}
		if who, ok := b.Trusted(tr); !ok || who.Name != "Jane" {
			t.Errorf("trusted: %v %v", who, ok)
		}
	}
}

// TestGNUTarListsIt opens the bundle with the system's tar.
func TestGNUTarListsIt(t *testing.T) {
	cmd := exec.Command("tar", "-tvf", "-", "--utc", "--numeric-owner")
	cmd.Stdin = bytes.NewReader(pack(t, input(t, newKey(t, key.Ed25519))))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("install tar: apt-get install tar: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 9 {
		t.Errorf("%d files, want 9:\n%s", len(lines), out)
	}
	var names []string
	for _, l := range lines {
		f := strings.Fields(l)
		if f[0] != "-rw-r--r--" || f[1] != "0/0" || f[3] != "1970-01-01" {
			t.Errorf("line %q", l)
		}
		names = append(names, f[5])
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
}

// TestEveryOffset changes a bit of every byte of a bundle: contents, headers, padding
// and the end of the archive.
func TestEveryOffset(t *testing.T) {
	for alg, step := range map[key.Algorithm]int{key.Ed25519: 1, key.P256: 7} {
		raw := pack(t, input(t, newKey(t, alg)))
		if _, err := read(raw); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(raw); i += step {
			flip := byte(1) << (i % 8)
			raw[i] ^= flip
			if _, err := read(raw); !errors.Is(err, ErrTampered) {
				t.Fatalf("%s: byte %d of %d changed by %#x: got %v", alg, i, len(raw), flip, err)
			}
			raw[i] ^= flip
		}
		for n := 0; n < len(raw); n += 64 {
			if _, err := read(raw[:n]); !errors.Is(err, ErrTampered) {
				t.Fatalf("cut to %d bytes: got %v", n, err)
			}
		}
		for _, tail := range [][]byte{{0}, {1}, make([]byte, 512), make([]byte, 4096), raw} {
			if _, err := read(append(bytes.Clone(raw), tail...)); !errors.Is(err, ErrTampered) {
				t.Fatalf("%d bytes added: got %v", len(tail), err)
			}
		}
	}
}

// remake writes the archive again after f has changed its files.
func remake(t testing.TB, raw []byte, f func([]*tar.Header, [][]byte) ([]*tar.Header, [][]byte)) []byte {
	t.Helper()
	var hs []*tar.Header
	var data [][]byte
	r := tar.NewReader(bytes.NewReader(raw))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		hs, data = append(hs, h), append(data, b)
	}
	hs, data = f(hs, data)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i, h := range hs {
		h.Size = int64(len(data[i]))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data[i]); err != nil && h.Typeflag == tar.TypeReg {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func index(hs []*tar.Header, name string) int {
	return slices.IndexFunc(hs, func(h *tar.Header) bool { return h.Name == name })
}

func TestChangedBundles(t *testing.T) {
	in := input(t, newKey(t, key.Ed25519))
	raw := pack(t, in)
	type files func([]*tar.Header, [][]byte) ([]*tar.Header, [][]byte)
	change := func(name string, to []byte) files {
		return func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			d[index(h, name)] = to
			return h, d
		}
	}
	drop := func(name string) files {
		return func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			i := index(h, name)
			return slices.Delete(h, i, i+1), slices.Delete(d, i, i+1)
		}
	}
	add := func(at int, h tar.Header, data string) files {
		return func(hs []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			h.Mode = 0o644
			return slices.Insert(hs, at, &h), slices.Insert(d, at, []byte(data))
		}
	}
	hex := strings.TrimPrefix(string(DigestOf([]byte("new"))), "sha256:")
	blob := dirBlobs + hex[:2] + "/" + hex
	for name, c := range map[string]struct {
		f    files
		want string
	}{
		"assessment":   {change(fileAssessment, []byte(`{"verdict":"PASS"}`)), "assessment.json was changed"},
		"declaration":  {change(fileDeclaration, []byte(`{}`)), "declaration.json was changed"},
		"attestations": {change(fileAttestations, nil), "attestations.yaml was changed"},
		"runs":         {change(fileRuns, nil), "runs.jsonl was changed"},
		"index":        {change(fileIndex, []byte("garbage\n")), "index.jsonl:1"},
		"removed":      {drop(fileAssessment), "\"assessment.json\" was removed"},
		"no statement": {drop(fileStatement), "statement.dsse.json is missing"},
		"no index":     {drop(fileIndex), "index.jsonl is missing"},
		"statement":    {change(fileStatement, []byte("{}\n")), "parsing the envelope"},
		"extra blob":   {add(0, tar.Header{Name: "artefacts/sha256/" + hex}, "new"), "artefacts have no name"},
		"order":        {add(8, tar.Header{Name: blob}, "new"), "out of order or twice"},
		"twice":        {add(0, tar.Header{Name: fileAssessment}, "{}\n"), "out of order or twice"},
		"dots":         {add(0, tar.Header{Name: "../evil"}, "x"), "no name of a file in a bundle"},
		"inside dots":  {add(0, tar.Header{Name: "artefacts/sha256/../../x"}, "x"), "no name of a file in a bundle"},
		"absolute":     {add(0, tar.Header{Name: "/etc/passwd"}, "x"), "no name of a file in a bundle"},
		"private":      {add(7, tar.Header{Name: "private/sha256/x"}, "x"), "no name of a file in a bundle"},
		"link":         {add(0, tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""), "not a plain USTAR file"},
		"hard link":    {add(0, tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: fileIndex}, ""), "not a plain USTAR file"},
		"folder":       {add(0, tar.Header{Name: "a/", Typeflag: tar.TypeDir}, ""), "not a plain USTAR file"},
		"device":       {add(0, tar.Header{Name: "a", Typeflag: tar.TypeChar}, ""), "not a plain USTAR file"},
		"pax":          {add(0, tar.Header{Name: "a", PAXRecords: map[string]string{"PLIMSOLL.x": "y"}}, ""), "not a plain USTAR file"},
		"time": {func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			h[0].ModTime = when
			return h, d
		}, "packed again, it differs from byte"},
		"blob": {func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			i := slices.IndexFunc(h, func(h *tar.Header) bool { return strings.HasPrefix(h.Name, dirBlobs) })
			d[i] = []byte("forged")
			return h, d
		}, "was changed"},
		"blob gone": {func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			i := slices.IndexFunc(h, func(h *tar.Header) bool { return strings.HasPrefix(h.Name, dirBlobs) })
			return slices.Delete(h, i, i+1), slices.Delete(d, i, i+1)
		}, "is missing"},
		"blob added": {func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
			i := slices.IndexFunc(h, func(h *tar.Header) bool { return h.Name > blob })
			return add(i, tar.Header{Name: blob}, "new")(h, d)
		}, "1 blobs that no record names"},
	} {
		_, err := read(remake(t, raw, c.f))
		if !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestSignedBySomeoneElse: whoever packs changed contents anew signs with another
// key, and the bundle says so.
func TestSignedBySomeoneElse(t *testing.T) {
	honest, other := newKey(t, key.Ed25519), newKey(t, key.Ed25519)
	in := input(t, honest)
	raw := pack(t, in)
	in.Signer = liar{other, honest.KeyID()}
	var b bytes.Buffer
	if err := Pack(ctx, &b, in); err != nil {
		t.Fatal(err)
	}
	if _, err := read(b.Bytes()); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), "signed as") {
		t.Errorf("a false key id: got %v", err)
	}
	in.Signer = other
	got, err := read(pack(t, in))
	if err != nil || got.KeyID() == honest.KeyID() {
		t.Errorf("another key: %v", err)
	}
	// The statement of one bundle does not fit another.
	in.Assessment = []byte(`{"verdict":"PASS"}`)
	forged := remake(t, pack(t, in), func(h []*tar.Header, d [][]byte) ([]*tar.Header, [][]byte) {
		_ = remake(t, raw, func(h2 []*tar.Header, d2 [][]byte) ([]*tar.Header, [][]byte) {
			d[index(h, fileStatement)] = d2[index(h2, fileStatement)]
			return h2, d2
		})
		return h, d
	})
	if _, err := read(forged); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), "assessment.json was changed") {
		t.Errorf("borrowed statement: got %v", err)
	}
}

// liar signs under the id of another key.
type liar struct {
	key.Signer
	id string
}

func (l liar) KeyID() string { return l.id }

func TestPackRefuses(t *testing.T) {
	good := input(t, newKey(t, key.Ed25519))
	for name, c := range map[string]struct {
		f    func(*PackInput)
		want string
	}{
		"no key":        {func(in *PackInput) { in.Signer = nil }, "no key"},
		"declaration":   {func(in *PackInput) { in.Declaration = nil }, "not JSON"},
		"blob":          {func(in *PackInput) { in.Blob = func(plimsoll.Digest) ([]byte, error) { return []byte("other"), nil } }, "do not match"},
		"blob gone":     {func(in *PackInput) { in.Blob = func(plimsoll.Digest) ([]byte, error) { return nil, io.EOF } }, "EOF"},
		"record":        {func(in *PackInput) { in.Records = []Record{{Kind: "a/1"}} }, "digest"},
		"artefact path": {func(in *PackInput) { in.Artefacts = []Artefact{{"../x", nil}} }, "below the product folder"},
		"artefact back": {func(in *PackInput) { in.Artefacts = []Artefact{{`a\..\x`, nil}} }, "below the product folder"},
		"same names":    {func(in *PackInput) { in.Artefacts = []Artefact{{"x", nil}, {"x", []byte("y")}} }, "twice"},
	} {
		in := good
		c.f(&in)
		var b bytes.Buffer
		if err := Pack(ctx, &b, in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestWithheldWins: bytes that one record withholds are not packed for another.
func TestWithheldWins(t *testing.T) {
	st := mustOpen(t, t.TempDir())
	mustPut(t, st, 1, 1, Raw{Name: "a", Data: []byte("two-faced")})
	mustPut(t, st, 2, 2, Raw{Name: "b", Data: []byte("two-faced"), Private: true})
	in := input(t, newKey(t, key.Ed25519))
	in.Records, in.Blob = st.Records(), st.Blob
	raw := pack(t, in)
	if bytes.Contains(raw, []byte("two-faced")) {
		t.Error("withheld bytes are in the bundle")
	}
	if _, err := read(raw); err != nil {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	raw := pack(t, input(t, newKey(t, key.Ed25519)))
	for name, l := range map[string]Limits{"bytes": {Bytes: int64(len(raw)) - 1}, "entries": {Entries: 8}} {
		if _, err := Read(ctx, bytes.NewReader(raw), l); err == nil || errors.Is(err, ErrTampered) {
			t.Errorf("%s: got %v, want an error that is not ErrTampered", name, err)
		}
	}
	if _, err := Read(ctx, bytes.NewReader(raw), Limits{Bytes: int64(len(raw)), Entries: 9}); err != nil {
		t.Error(err)
	}
	cancelled, stop := context.WithCancel(ctx)
	stop()
	if _, err := Read(cancelled, bytes.NewReader(raw), Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := Pack(cancelled, io.Discard, input(t, newKey(t, key.Ed25519))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, b := range [][]byte{nil, []byte("PK\x03\x04"), bytes.Repeat([]byte{0}, 1024), bytes.Repeat([]byte{0xff}, 2048)} {
		if _, err := read(b); !errors.Is(err, ErrTampered) {
			t.Errorf("%.8q: got %v", b, err)
		}
	}
	if _, err := Read(ctx, io.LimitReader(brokenReader{}, 10), Limits{}); err == nil || errors.Is(err, ErrTampered) {
		t.Errorf("failing reader: got %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestEmptyBundle(t *testing.T) {
	in := PackInput{Declaration: []byte("{}"), Signer: newKey(t, key.Ed25519)}
	b, err := read(pack(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if b.Assessment() != nil || b.Attestations() != nil || len(b.Records()) != 0 {
		t.Error("something came out of nothing")
	}
}

// FuzzRead: what Read accepts is exactly what Pack would write.
func FuzzRead(f *testing.F) {
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		f.Fatal(err)
	}
	in := input(f, k)
	f.Add(pack(f, in))
	f.Add(pack(f, PackInput{Declaration: []byte("{}"), Signer: k}))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0}, 1024))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Read(ctx, bytes.NewReader(raw), Limits{Bytes: 1 << 20, Entries: 100})
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := b.parts.write(ctx, &again); err != nil || !bytes.Equal(again.Bytes(), raw) {
			t.Errorf("accepted what Pack does not write: %v", err)
		}
	})
}

// FuzzIndexLine: a line that is read is written again as it was meant.
func FuzzIndexLine(f *testing.F) {
	f.Add([]byte(`{"digest":"` + string(DigestOf(nil)) + `","kind":"a/1"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := parseRecord(line)
		if err != nil {
			return
		}
		if !ValidDigest(r.Digest) || r.Kind == "" || filepath.IsAbs(string(r.Digest)) {
			t.Errorf("accepted %+v", r)
		}
	})
}

// FuzzStatement: anyone can sign anything, so the statement is hostile behind a
// signature that fits.
func FuzzStatement(f *testing.F) {
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		f.Fatal(err)
	}
	p, err := contents(ctx, PackInput{Declaration: []byte("{}"), Signer: k})
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := sealStatement(ctx, p, PackInput{Signer: k})
	if err != nil {
		f.Fatal(err)
	}
	e, err := key.ParseEnvelope(sealed, statementBody)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Body)
	f.Add([]byte(`{"predicate":{"artefacts":[{"name":"../x"}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		q := *p
		q.names = nil
		if q.statement, err = key.Seal(ctx, k, statementBody, body); err != nil {
			t.Fatal(err)
		}
		b, err := openStatement(ctx, &q)
		if err == nil && (b.KeyID() != k.KeyID() || b.Product() != DigestOf(p.declaration)) {
			t.Errorf("accepted %q", body)
		}
	})
}
