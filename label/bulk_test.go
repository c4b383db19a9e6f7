package label_test

import (
	"context"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/label"
)

func TestBulk(t *testing.T) {
	w := newWorld(t)
	m := newMaker(t)
	es := issue(t, plug(), w.es)
	m.rangeOf(t, "r", now, entry(es, label.Valid, 1))
	r, err := label.OpenRange(m.file.Files["r"], w.trust, now)
	if err != nil {
		t.Fatal(err)
	}
	records := func(_ context.Context, s *label.Scheme, n label.Number) (label.Token, bool, error) {
		if s.Code == "HARB" && n == 1420 {
			return es, true, nil
		}
		return label.Token{}, false, nil
	}
	check := func(ctx context.Context, s string) (label.Result, error) {
		in, err := label.Resolve(ctx, label.ParseInput(s), w.trust, records)
		if err != nil {
			return label.Result{}, err
		}
		return label.Verify(ctx, in, w.trust, label.Status{Range: r}, nil, now, label.Private), nil
	}
	fake := plug()
	fake.Brand = "-Fake"
	in := "\ufeffsku,Label ,note\n1," + url(es) + ",=1+1\n2," + es.NumberText() + ",\n3," + url(issue(t, fake, w.es)) + ",x\n4,,@y\n5,HARB-0000-0000,\n"
	var out strings.Builder
	if _, err := label.Bulk(context.Background(), strings.NewReader("a,b\n1,2\n"), &out, check); err == nil || !strings.Contains(err.Error(), `"label"`) {
		t.Errorf("without the column: %v", err)
	}
	out.Reset()
	counts, err := label.Bulk(context.Background(), strings.NewReader(in), &out, check)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows[1:] {
		got = append(got, r[3])
	}
	if want := "live live not-issued malformed malformed"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s\n%s", got, want, out.String())
	}
	if counts[label.Live] != 2 || counts[label.Malformed] != 2 || counts[label.NotIssued] != 1 {
		t.Errorf("counts %v", counts)
	}
	if rows[1][2] != "'=1+1" || rows[4][2] != "'@y" || rows[3][6] != "'-Fake" || rows[1][5] != "self-declared" || rows[1][12] != es.NumberText() {
		t.Errorf("cells %q %q %q", rows[1], rows[3], rows[4])
	}
}

func TestBulkFaults(t *testing.T) {
	ok := func(context.Context, string) (label.Result, error) { return label.Result{}, nil }
	for name, in := range map[string]string{
		"empty": "", "wide": strings.Repeat("a,", 64) + "label\n", "ragged": "label\na\nb,c\n", "quote": "label\n\"a\n",
	} {
		if _, err := label.Bulk(context.Background(), strings.NewReader(in), &strings.Builder{}, ok); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := label.Bulk(ctx, strings.NewReader("label\na\n"), &strings.Builder{}, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	gone := errors.New("the disk is gone")
	if _, err := label.Bulk(context.Background(), strings.NewReader("label\na\n"), &strings.Builder{}, func(context.Context, string) (label.Result, error) { return label.Result{}, gone }); !errors.Is(err, gone) {
		t.Errorf("check fails: %v", err)
	}
	if _, err := label.Bulk(context.Background(), strings.NewReader("label\n"+strings.Repeat("a\n", 1_000_001)), &strings.Builder{}, ok); err == nil || !strings.Contains(err.Error(), "rows") {
		t.Errorf("a million and one rows: %v", err)
	}
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	es := issue(t, plug(), w.es)
	gone := errors.New("no connection")
	find := func(tok label.Token, ok bool, err error) label.Find {
		return func(context.Context, *label.Scheme, label.Number) (label.Token, bool, error) { return tok, ok, err }
	}
	typed := label.ParseInput("harb 0000 1cc4")
	if typed.Problem != nil {
		t.Fatal(typed.Problem)
	}
	in, err := label.Resolve(context.Background(), typed, w.trust, find(es, true, nil))
	if err != nil || in.Token.Digest() != es.Digest() {
		t.Errorf("found: %v", err)
	}
	if in, err = label.Resolve(context.Background(), typed, w.trust, find(label.Token{}, false, nil)); err != nil || !in.Token.Zero() {
		t.Errorf("not found: %v", err)
	}
	if _, err = label.Resolve(context.Background(), typed, w.trust, find(label.Token{}, false, gone)); !errors.Is(err, gone) {
		t.Errorf("error: %v", err)
	}
	other := plug()
	other.Number++
	if _, err = label.Resolve(context.Background(), typed, w.trust, find(issue(t, other, w.es), true, nil)); err == nil {
		t.Error("the record of another label was taken")
	}
	foreign := plug()
	foreign.Issuer = "QUAY"
	if _, err = label.Resolve(context.Background(), typed, w.trust, find(issue(t, foreign, w.es), true, nil)); err == nil {
		t.Error("the record of another scheme was taken")
	}
	for name, in := range map[string]label.Input{"token": {Token: es}, "unknown scheme": label.ParseInput(label.NumberText("NOBODY", 1))} {
		if got, err := label.Resolve(context.Background(), in, w.trust, find(es, true, gone)); err != nil || got.Number != in.Number {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := label.Resolve(context.Background(), typed, nil, find(es, true, gone)); err != nil {
		t.Errorf("no trust list: %v", err)
	}
	if _, err := label.Resolve(context.Background(), typed, w.trust, nil); err != nil {
		t.Errorf("no records: %v", err)
	}
	// A number whose page is at another host is not made good by its record.
	page := label.ParseInput("https://evil.example/l/" + es.NumberText())
	page, err = label.Resolve(context.Background(), page, w.trust, find(es, true, nil))
	if err != nil {
		t.Fatal(err)
	}
	if r := label.Verify(context.Background(), page, w.trust, label.Status{}, nil, now, label.Offline); r.Outcome != label.WrongHost {
		t.Errorf("got %s", r.Outcome)
	}
}
