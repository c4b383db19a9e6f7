package evidence

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
)

var when = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func record(n int) Record {
	return Record{
		Kind: "test/1", Run: "r1", Probe: "test@1", Target: Target{TargetDevice, "192.0.2.10"},
		Time: when.Add(time.Duration(n) * time.Second),
	}
}

func mustPut(t testing.TB, s *Store, n int, value any, raws ...Raw) Record {
	t.Helper()
	r, err := s.Put(record(n), value, raws...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPutAndOpenAgain(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	run := plimsoll.Run{ID: "r1", Start: when}
	if err := s.PutRun(run); err != nil {
		t.Fatal(err)
	}
	want := mustPut(t, s, 1, map[string]int{"port": 23}, Raw{Name: "page", Media: "text/html", Data: []byte("<html>")}, Raw{Name: "shadow", Data: []byte("root:x"), Private: true})
	run.End, run.Complete = when.Add(time.Minute), true
	if err := s.PutRun(run); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	got := s.Records()
	if len(got) != 1 || got[0].Digest != want.Digest || IndexDigest(got) != IndexDigest([]Record{want}) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	if runs := s.Runs(); len(runs) != 1 || !runs[0].Complete {
		t.Errorf("runs %+v", runs)
	}
	if b, err := s.Blob(want.Digest); err != nil || string(b) != `{"port":23}` {
		t.Errorf("value %q, %v", b, err)
	}
	if b, err := s.Blob(want.Attached[0].Digest); err != nil || string(b) != "<html>" {
		t.Errorf("open attachment %q, %v", b, err)
	}
	if _, err := s.Blob(want.Attached[1].Digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("withheld attachment among the open blobs: %v", err)
	}
	if b, err := s.PrivateBlob(want.Attached[1].Digest); err != nil || string(b) != "root:x" {
		t.Errorf("withheld attachment %q, %v", b, err)
	}
}

func TestCutLastLine(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, 1, 1)
	mustPut(t, s, 2, 2)
	index := filepath.Join(dir, "index.jsonl")
	whole, _ := os.ReadFile(index)
	first := bytes.IndexByte(whole, '\n') + 1
	for cut := first; cut < len(whole); cut++ {
		if err := os.WriteFile(index, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, dir)
		if n := len(s.Records()); n != 1 {
			t.Fatalf("cut at %d: %d records, want 1", cut, n)
		}
		// Opening changes nothing: another process may be writing.
		if now, _ := os.ReadFile(index); len(now) != cut {
			t.Fatalf("cut at %d: opening changed the file", cut)
		}
	}
	s = mustOpen(t, dir)
	mustPut(t, s, 3, 3)
	if n := len(mustOpen(t, dir).Records()); n != 2 {
		t.Errorf("%d records after mending, want 2", n)
	}
}

func TestBadIndex(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"garbage":  {"\x00\x01 not json", "index.jsonl:2"},
		"empty":    {"", "index.jsonl:2: an empty line"},
		"two":      {"{} {}", "index.jsonl:2"},
		"list":     {"[]", "index.jsonl:2"},
		"no kind":  {`{"digest":"` + string(DigestOf(nil)) + `"}`, "index.jsonl:2: a record without a kind"},
		"digest":   {`{"digest":"sha256:../../../../etc/passwd","kind":"a/1"}`, "index.jsonl:2: digest"},
		"unknown":  {`{"digest":"` + string(DigestOf(nil)) + `","kind":"a/1","mood":1}`, "index.jsonl:2: json: unknown field \"mood\""},
		"too long": {`{"kind":"` + strings.Repeat("x", maxLine) + `"}`, "index.jsonl:2"},
	} {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		mustPut(t, s, 1, 1)
		mustPut(t, s, 2, 2)
		index := filepath.Join(dir, "index.jsonl")
		b, _ := os.ReadFile(index)
		first := bytes.IndexByte(b, '\n') + 1
		bad := append(append(bytes.Clone(b[:first]), c.line+"\n"...), b[first:]...)
		if err := os.WriteFile(index, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenStore(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTamperedBlob(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	r := mustPut(t, s, 1, "honest")
	path, err := s.blobPath("blobs", r.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`"forged"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Blob(r.Digest); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), string(r.Digest)) {
		t.Errorf("got %v, want ErrTampered with the digest", err)
	}
	if _, err := s.Put(record(2), "honest"); !errors.Is(err, ErrTampered) {
		t.Errorf("keeping the same again: got %v, want ErrTampered", err)
	}
	for _, d := range []plimsoll.Digest{"", "sha256:", "sha256:../../x", plimsoll.Digest("md5:" + strings.Repeat("a", 64))} {
		if _, err := s.Blob(d); err == nil {
			t.Errorf("digest %q is accepted", d)
		}
	}
}

func TestDamagedTokenKey(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	for _, b := range [][]byte{nil, make([]byte, 31), make([]byte, 33)} {
		if err := os.WriteFile(filepath.Join(dir, "private", "token.key"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenStore(dir); err == nil || !strings.Contains(err.Error(), "token.key") {
			t.Errorf("key of %d bytes: got %v", len(b), err)
		}
	}
}

func TestLineTooLong(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustPut(t, s, 1, 1)
	r := record(2)
	r.Note = strings.Repeat("x", maxLine)
	if _, err := s.Put(r, 2); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("got %v", err)
	}
	mustPut(t, s, 3, 3)
	if n := len(mustOpen(t, dir).Records()); n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}

func TestEightWriters(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			s.Redactor().Add("password", fmt.Sprintf("secret-of-%d", w))
			for i := range 20 {
				if _, err := s.Put(record(i), []int{w % 4, i}, Raw{Name: "same", Data: []byte("the same bytes")}); err != nil {
					t.Error(err)
				}
				_, _ = s.Records(), s.Runs()
			}
			if err := s.PutRun(plimsoll.Run{ID: fmt.Sprint(w), Start: when}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s = mustOpen(t, dir)
	if n, m := len(s.Records()), len(s.Runs()); n != 160 || m != 8 {
		t.Errorf("%d records and %d runs, want 160 and 8", n, m)
	}
	for _, r := range s.Records() {
		if _, err := s.Blob(r.Digest); err != nil {
			t.Error(err)
		}
	}
}

// TestNoSecretOutsidePrivate writes secrets in every form and searches the folder.
func TestNoSecretOutsidePrivate(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	secrets := []string{"hunter2&<\"é/\\", "pl@in pass+word", "1f2e3d4c5b"}
	for _, v := range secrets {
		s.Redactor().Add("password", v)
	}
	type value struct {
		Text  string            `json:"text"`
		Bytes []byte            `json:"bytes"`
		Map   map[string]string `json:"map"`
	}
	var needles [][]byte
	for i, v := range secrets {
		esc, _ := json.Marshal(v)
		forms := []string{
			v, url.QueryEscape(v), url.PathEscape(v), hex.EncodeToString([]byte(v)), string(esc[1 : len(esc)-1]), html.EscapeString(v),
			base64.StdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
			base64.StdEncoding.EncodeToString([]byte("admin:" + v)),
		}
		var raw bytes.Buffer
		for _, f := range forms {
			needles = append(needles, []byte(f))
			fmt.Fprintf(&raw, "\x00\xff\x01%s\x00\xfe", f)
		}
		fmt.Fprintf(&raw, "Authorization: Basic %s\r\nauthorization: basic %s\r\n", base64.StdEncoding.EncodeToString([]byte("admin:"+v)), base64.RawStdEncoding.EncodeToString([]byte("root:"+v)))
		needles = append(needles, []byte(base64.RawStdEncoding.EncodeToString([]byte("root:"+v))))
		r := record(i)
		r.Note, r.Options, r.Target.Name = "login with "+v, "pw="+v, "http://admin:"+url.PathEscape(v)+"@192.0.2.10/"
		val := value{"a " + v + " b", raw.Bytes(), map[string]string{v: v, "k": raw.String()}}
		if _, err := s.Put(r, val, Raw{Name: "log of " + v, Data: raw.Bytes()}, Raw{Name: "raw", Data: raw.Bytes(), Private: true}); err != nil {
			t.Fatal(err)
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "private" {
				return fs.SkipDir
			}
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, n := range needles {
			if bytes.Contains(b, n) {
				t.Errorf("%s holds %q", d.Name(), n)
			}
		}
		return searchDecoded(t, b, secrets)
	})
	if err != nil || files < 7 {
		t.Fatalf("searched %d files: %v", files, err)
	}
	// What was redacted is still of its kind.
	for _, r := range s.Records() {
		b, err := s.Blob(r.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Kind[value]{"test", 1}).Decode(b); err != nil {
			t.Error(err)
		}
	}
}

// searchDecoded looks into the base64 of the bytes of a typed value.
func searchDecoded(t *testing.T, b []byte, secrets []string) error {
	var v struct{ Bytes []byte }
	if json.Unmarshal(b, &v) != nil {
		return nil
	}
	for _, s := range secrets {
		if bytes.Contains(v.Bytes, []byte(s)) {
			t.Errorf("decoded bytes hold %q", s)
		}
	}
	return nil
}

func TestLockNamesTheHolder(t *testing.T) {
	dir := t.TempDir()
	me := Holder{PID: 4711, Command: "plimsoll assess camera", Since: when}
	free, err := Lock(context.Background(), dir, me, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(context.Background(), dir, Holder{PID: 1}, 100*time.Millisecond)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "plimsoll assess camera, process 4711, since 2026-11-22T12:00:00Z") {
		t.Errorf("got %v", err)
	}
	cancelled, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Lock(cancelled, dir, me, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	time.AfterFunc(200*time.Millisecond, func() { _ = free() })
	free2, err := Lock(context.Background(), dir, me, 10*time.Second)
	if err != nil {
		t.Fatalf("the second does not get it after the first: %v", err)
	}
	if err := free2(); err != nil {
		t.Error(err)
	}
}
