package label_test

import (
	"context"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
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
	check := func(ctx context.Context, s string) (verify.Result, error) {
		in, err := verify.Resolve(ctx, verify.ParseInput(s), w.trust, records)
		if err != nil {
			return verify.Result{}, err
		}
		return verify.Label(ctx, in, w.trust, verify.Status{Range: r}, nil, now, verify.Private), nil
	}
	fake := plug()
	fake.Brand = "-Fake"
	in := "\ufeffsku,Label ,note\n1," + url(es) + ",=1+1\n2," + es.NumberText() + ",\n3," + url(issue(t, fake, w.es)) + ",x\n4,,@y\n5,HARB-0000-0000,\n"
	var out strings.Builder
	if _, err := verify.Bulk(context.Background(), strings.NewReader("a,b\n1,2\n"), &out, check); err == nil || !strings.Contains(err.Error(), `"label"`) {
		t.Errorf("without the column: %v", err)
	}
	out.Reset()
	counts, err := verify.Bulk(context.Background(), strings.NewReader(in), &out, check)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
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
	if counts[verify.Live] != 2 || counts[verify.Malformed] != 2 || counts[verify.NotIssued] != 1 {
		t.Errorf("counts %v", counts)
	}
	if got := strings.Join(rows[4][5:], ""); got != "" || rows[1][13] != "2026-11-22T12:00:00Z" {
		t.Errorf("cells %q %q", rows[4], rows[1])
	}
	if rows[1][2] != "'=1+1" || rows[4][2] != "'@y" || rows[3][6] != "'-Fake" || rows[1][5] != "self-declared" || rows[1][12] != es.NumberText() {
		t.Errorf("cells %q %q %q", rows[1], rows[3], rows[4])
	}
}

// TestBulkForms: files as spreadsheets of several countries write them come back in
// the same form; what is no such file is told apart.
func TestBulkForms(t *testing.T) {
	check := func(context.Context, string) (verify.Result, error) {
		return verify.Result{Outcome: verify.Malformed}, nil
	}
	bulk := func(in string) (string, error) {
		var out strings.Builder
		_, err := verify.Bulk(context.Background(), strings.NewReader(in), &out, check)
		return out.String(), err
	}
	for in, want := range map[string]string{
		"sku,label\n1,x\n":                         "sku,label,label_outcome,label_why,",
		"sku;label\r\n1;x,y\r\n":                   "sku;label;label_outcome;label_why;",
		"label\tsku\nx\t1\n":                       "label\tsku\tlabel_outcome\tlabel_why\t",
		"\ufeff\"label\";\"sku\"\n\"x\";\"1;2\"\n": "\ufefflabel;sku;label_outcome;label_why;",
		"label":              "label,label_outcome,",
		"a;b,label\n1;2,x\n": "a;b,label,label_outcome,",
	} {
		if got, err := bulk(in); err != nil || !strings.HasPrefix(got, want) || strings.Count(got, "\n") != max(1, strings.Count(in, "\n")) {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"":                                 "the file is empty",
		"\ufeff":                           "the file is empty",
		"sku;code\n1;x\n":                  `no column is named "label"; the first line has ["sku;code"]`,
		"\xff\xfes\x00k\x00u\x00":          "save it as CSV UTF-8",
		"\"sku":                            "header",
		strings.Repeat("a,", 70) + "label": "71 columns",
	} {
		if _, err := bulk(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", in, err, want)
		}
	}
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	es := issue(t, plug(), w.es)
	gone := errors.New("no connection")
	find := func(tok label.Token, ok bool, err error) verify.Find {
		return func(context.Context, *label.Scheme, label.Number) (label.Token, bool, error) { return tok, ok, err }
	}
	typed := verify.ParseInput("harb 0000 1cc4")
	if typed.Problem != nil {
		t.Fatal(typed.Problem)
	}
	in, err := verify.Resolve(context.Background(), typed, w.trust, find(es, true, nil))
	if err != nil || in.Token.Digest() != es.Digest() {
		t.Errorf("found: %v", err)
	}
	if in, err = verify.Resolve(context.Background(), typed, w.trust, find(label.Token{}, false, nil)); err != nil || !in.Token.Zero() {
		t.Errorf("not found: %v", err)
	}
	if _, err = verify.Resolve(context.Background(), typed, w.trust, find(label.Token{}, false, gone)); !errors.Is(err, gone) {
		t.Errorf("error: %v", err)
	}
	other := plug()
	other.Number++
	if _, err = verify.Resolve(context.Background(), typed, w.trust, find(issue(t, other, w.es), true, nil)); err == nil {
		t.Error("the record of another label was taken")
	}
	foreign := plug()
	foreign.Issuer = "QUAY"
	if _, err = verify.Resolve(context.Background(), typed, w.trust, find(issue(t, foreign, w.es), true, nil)); err == nil {
		t.Error("the record of another scheme was taken")
	}
	for name, in := range map[string]verify.Input{"token": {Token: es}, "unknown scheme": verify.ParseInput(label.NumberText("NOBODY", 1))} {
		if got, err := verify.Resolve(context.Background(), in, w.trust, find(es, true, gone)); err != nil || got.Number != in.Number {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := verify.Resolve(context.Background(), typed, nil, find(es, true, gone)); err != nil {
		t.Errorf("no trust list: %v", err)
	}
	if _, err := verify.Resolve(context.Background(), typed, w.trust, nil); err != nil {
		t.Errorf("no records: %v", err)
	}
	// A number whose page is at another host is not made good by its record.
	page := verify.ParseInput("https://evil.example/l/" + es.NumberText())
	page, err = verify.Resolve(context.Background(), page, w.trust, find(es, true, nil))
	if err != nil {
		t.Fatal(err)
	}
	if r := verify.Label(context.Background(), page, w.trust, verify.Status{}, nil, now, verify.Offline); r.Outcome != verify.WrongHost {
		t.Errorf("got %s", r.Outcome)
	}
}
