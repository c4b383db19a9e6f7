package securitytxt

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	at    = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	place = "https://example.com/.well-known/security.txt"
	fine  = Origin{URL: place, FinalURL: place, ContentType: "text/plain; charset=utf-8", Status: 200, At: at}
)

const (
	minimal = "Contact: mailto:security@example.com\nExpires: 2027-06-30T18:37:07Z\n"
	pgp     = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + "Canonical: https://example.com/.well-known/security.txt\n" + minimal +
		"-----BEGIN PGP SIGNATURE-----\nVersion: x\n\niQ==\n-----END PGP SIGNATURE-----\n"
)

// TestVectors lists each problem as "line code"; warnings carry a question mark.
func TestVectors(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string
	}{
		{"minimal", minimal, nil},
		{"carriage returns", strings.ReplaceAll(minimal, "\n", "\r\n"), nil},
		{"all fields", "# our file\n\nContact: https://example.com/report\nContact: tel:+1-201-555-0123\nCONTACT: mailto:a@example.com?subject=x\nExpires: 2027-01-01T00:00:00+01:00\n" +
			"Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f\nEncryption: dns:5d2d3ceb._openpgpkey.example.com?type=OPENPGPKEY\nAcknowledgments: https://example.com/thanks\n" +
			"Preferred-Languages: en, de-CH, zh-Hant\nCanonical: " + place + "\nPolicy: https://example.com/policy\nHiring: https://example.com/jobs\nCSAF: https://example.com/csaf\nX-Own: anything\n", nil},
		{"signed", pgp, nil},
		{"signed with carriage returns", strings.ReplaceAll(pgp, "\n", "\r\n"), nil},
		{"empty", "", []string{"0 contact-missing", "0 expires-missing"}},
		{"only a comment", "# x\n", []string{"0 contact-missing", "0 expires-missing"}},
		{"no expires", "Contact: mailto:a@example.com\n", []string{"0 expires-missing"}},
		{"expires twice", minimal + "Expires: 2027-06-30T18:37:07Z\n", []string{"3 expires-twice"}},
		{"stale", "Contact: mailto:a@example.com\nExpires: 2021-01-01T00:00:00Z\n", []string{"2 expires-past"}},
		{"stale this second", "Contact: mailto:a@example.com\nExpires: 2026-11-22T00:00:00Z\n", []string{"2 expires-past"}},
		{"far", "Contact: mailto:a@example.com\nExpires: 2030-01-01T00:00:00Z\n", []string{"2 expires-far?"}},
		{"date only", "Contact: mailto:a@example.com\nExpires: 2027-01-01\n", []string{"2 expires-format"}},
		{"date of RFC 822", "Contact: mailto:a@example.com\nExpires: Thu, 31 Dec 2026 18:37:07 -0800\n", []string{"2 expires-format"}},
		{"bare mail", "Contact: a@example.com\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 contact-scheme"}},
		{"bare phone", "Contact: +1-201-555-0123\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 contact-scheme"}},
		{"empty mailto", "Contact: mailto:\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 contact-mail"}},
		{"bad tel", "Contact: tel:call us\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 contact-phone"}},
		{"http contact", "Contact: http://example.com/report\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 http"}},
		{"relative policy", minimal + "Policy: /policy\n", []string{"3 not-a-uri"}},
		{"https without a host", minimal + "Policy: https:policy\n", []string{"3 not-a-uri"}},
		{"http encryption", minimal + "Encryption: http://example.com/key\n", []string{"3 http"}},
		{"languages twice", minimal + "Preferred-Languages: en\nPreferred-Languages: de\n", []string{"4 preferred-languages-twice"}},
		{"bad languages", minimal + "Preferred-Languages: english please, en_GB\n", []string{"3 language", "3 language"}},
		{"empty language", minimal + "Preferred-Languages: en,\n", []string{"3 language"}},
		{"canonical elsewhere", minimal + "Canonical: https://example.org/.well-known/security.txt\n", []string{"0 canonical-other"}},
		{"no space", "Contact:mailto:a@example.com\nExpires: 2027-06-30T18:37:07Z\n", []string{"1 space"}},
		{"empty value", minimal + "Policy: \n", []string{"3 empty"}},
		{"prose", "Please write to us\n" + minimal, []string{"1 syntax"}},
		{"no line end", strings.TrimSuffix(minimal, "\n"), []string{"2 no-line-end"}},
		{"old line ends", strings.ReplaceAll(minimal, "\n", "\r"), []string{"0 expires-missing", "1 no-line-end", "1 line-end", "1 contact-mail"}},
		{"byte order mark", "\xef\xbb\xbf" + minimal, []string{"1 bom"}},
		{"not utf-8", "# \xff\n" + minimal, []string{"0 utf-8"}},
		{"web page", "\n<!DOCTYPE html><html><body>Not found</body></html>\n", []string{"1 html"}},
		{"signed without canonical", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + minimal + "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n", []string{"0 canonical-missing?"}},
		{"lines after the signature", pgp + "Contact: mailto:evil@example.com\n", []string{"12 frame-after"}},
		{"lines before the signature", "# x\n" + pgp, []string{"2 frame-before"}},
		{"open frame", strings.TrimSuffix(pgp, "-----END PGP SIGNATURE-----\n"), []string{"10 frame-open"}},
		{"escaped dash", strings.Replace(pgp, "Contact", "- # - x\nContact", 1), nil},
		{"unescaped dash", strings.Replace(pgp, "Contact", "-x: y\nContact", 1), []string{"5 frame-dash"}},
		{"too long", minimal + strings.Repeat("#"+strings.Repeat("x", 98)+"\n", 400), []string{"0 too-long"}},
		{"too many lines", minimal + strings.Repeat("\n", 2000), []string{"1001 too-many-lines"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := codes(Check([]byte(tt.body), fine)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func codes(f File) []string {
	var out []string
	for _, p := range f.Problems {
		mark := ""
		if p.Severity == Warning {
			mark = "?"
		}
		out = append(out, fmt.Sprintf("%d %s%s", p.Line, p.Code, mark))
	}
	return out
}

func TestOrigin(t *testing.T) {
	tests := []struct {
		name string
		o    Origin
		want []string
	}{
		{"nothing known", Origin{}, nil},
		{"fine", fine, nil},
		{"http", Origin{URL: "http://example.com/.well-known/security.txt", FinalURL: place}, []string{"0 not-https"}},
		{"legacy", Origin{URL: place, FinalURL: "https://example.com/security.txt"}, []string{"0 legacy-path?"}},
		{"elsewhere", Origin{URL: "https://example.com/about/security"}, []string{"0 path"}},
		{"404", Origin{URL: place, Status: 404}, []string{"0 status"}},
		{"html type", Origin{URL: place, ContentType: "text/html; charset=utf-8"}, []string{"0 content-type"}},
		{"no charset", Origin{URL: place, ContentType: "text/plain"}, []string{"0 charset-missing?"}},
		{"latin-1", Origin{URL: place, ContentType: "text/plain; charset=ISO-8859-1"}, []string{"0 charset"}},
		{"garbage type", Origin{URL: place, ContentType: ";;"}, []string{"0 content-type"}},
	}
	for _, tt := range tests {
		if got := codes(Check([]byte(minimal), tt.o)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestFile(t *testing.T) {
	f := Check([]byte(minimal), fine)
	exp, ok := f.Expires()
	if !f.Valid() || !ok || exp.Year() != 2027 || f.Get("contact")[0] != "mailto:security@example.com" || f.Signed {
		t.Errorf("got %+v", f)
	}
	if f := Check([]byte(pgp), fine); !f.Signed || len(f.Fields) != 3 {
		t.Errorf("signed: got %+v", f)
	}
	if f := Check([]byte("x"), fine); f.Valid() {
		t.Error("garbage is valid")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(pgp))
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\r\n- \r\n:\r\n"))
	f.Add([]byte(strings.Repeat("\n", 2*lineCap) + "x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file := Check(b, fine)
		if file.Valid() {
			if _, ok := file.Expires(); !ok || len(file.Get("Contact")) == 0 {
				t.Errorf("%q is valid without Contact or Expires", b)
			}
		}
		for _, p := range file.Problems {
			if p.Line < 0 || p.Line > bytes.Count(b, []byte("\n"))+1 || p.Code == "" || p.Clause == "" || len(p.Text) > 1000 {
				t.Errorf("got %+v", p)
			}
		}
	})
}
