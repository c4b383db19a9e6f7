// Package suite is the dated cryptography catalogue: which protocol versions,
// cipher suites, keys and hashes are no longer good practice, since when, and who
// says so.
//
// It knows words and numbers only. It must never look at a device, decide a
// verdict, or hold a rule without a source and the date of that source.
//
// Left out on purpose, because on a device in a home they are no weakness by
// themselves: certificates of a private authority or self-signed ones, long
// validity, no revocation or transparency, a name that does not fit an address,
// CCM_8 suites and pre-shared keys (RFC 7925).
package suite

import "strings"

// ID names this edition of the catalogue.
const ID = "plimsoll-suite-2026-11"

// Date is the day on which the sources were last read.
const Date = "2026-11-22"

// A Rule says that something is no longer good practice.
type Rule struct {
	ID     string
	What   string // the thing, for people
	Why    string // in our own words
	Source string // document and clause
	Date   string // of the document, 2006-01 or 2006-01-02
}

// document is a source with its date.
type document struct{ name, date string }

var (
	bcp195   = document{"RFC 9325 (BCP 195)", "2022-11"}
	oldTLS   = document{"RFC 8996 (BCP 195)", "2021-03"}
	oldSSL   = document{"RFC 7568", "2015-06"}
	tls12    = document{"RFC 5246", "2008-08"}
	md5      = document{"RFC 6151", "2011-03"}
	x509     = document{"RFC 5280", "2008-05"}
	versions = map[string]Rule{
		"SSLv3":  rule("version-ssl3", "SSL 3.0", "its padding lets an attacker read what is sent", oldSSL, "3"),
		"TLS1.0": rule("version-tls1.0", "TLS 1.0", "it is retired, and lacks today's authenticated encryption", oldTLS, "4"),
		"TLS1.1": rule("version-tls1.1", "TLS 1.1", "it is retired, and lacks today's authenticated encryption", oldTLS, "5"),
	}
	// traits are what the name of a cipher suite says of it.
	traits = map[string]Rule{
		"null":   rule("suite-null", "suites without encryption", "everybody on the way can read", bcp195, "4.1"),
		"anon":   rule("suite-anon", "anonymous suites", "nobody proves an identity, so that anybody can stand in between", tls12, "A.5"),
		"export": rule("suite-export", "export suites", "keys of 40 or 56 bits are found by trying", bcp195, "4.1"),
		"des":    rule("suite-des", "DES suites", "keys of 56 bits are found by trying", bcp195, "4.1"),
		"rc2":    rule("suite-rc2", "RC2 suites", "keys of 40 bits are found by trying", bcp195, "4.1"),
		"rc4":    rule("suite-rc4", "RC4 suites", "its key stream is biased, which gives content away", bcp195, "4.1"),
		"3des":   rule("suite-3des", "3DES suites", "its strength is below 128 bits and its blocks repeat in long sessions", bcp195, "4.1 (should not)"),
		"md5":    rule("suite-md5", "suites with MD5", "MD5 is broken and serves no new use", md5, "2"),
	}
	shortRSA = rule("key-rsa-2048", "RSA keys below 2048 bits", "they can be factored with enough effort", bcp195, "4.5")
	shortEC  = rule("key-ec-224", "elliptic-curve keys below 224 bits", "they give less than 112 bits of security", bcp195, "4.1 (our reading: a curve gives half its size)")
	shortDSA = rule("key-dsa-2048", "DSA keys below 2048 bits", "they give less than 112 bits of security", bcp195, "4.1 (our reading)")
	weakSHA1 = rule("signature-sha1", "certificates signed with SHA-1", "two certificates with one signature can be made", bcp195, "4.5")
	weakMD5  = rule("signature-md5", "certificates signed with MD5", "two certificates with one signature can be made", bcp195, "4.5")
	expired  = rule("validity-expired", "certificates past their end", "nobody vouches for the key any more, and clients learn to look away", x509, "4.1.2.5")
	early    = rule("validity-early", "certificates before their start", "nobody vouches for the key yet, or the clock is wrong", x509, "4.1.2.5")
)

func rule(id, what, why string, d document, clause string) Rule {
	return Rule{ID: id, What: what, Why: why, Source: d.name + ", " + clause, Date: d.date}
}

// Version returns the rule against a protocol version, named as in a declaration:
// SSLv3, TLS1.0 …
func Version(name string) (Rule, bool) {
	r, ok := versions[name]
	return r, ok
}

// Trait returns the rule against a trait of a cipher suite: null, anon, rc4 …
func Trait(name string) (Rule, bool) {
	r, ok := traits[name]
	return r, ok
}

// Key returns the rule against a key of a certificate by its type and size.
func Key(kind string, bits int) (Rule, bool) {
	switch {
	case kind == "RSA" && bits < 2048:
		return shortRSA, true
	case kind == "ECDSA" && bits < 224:
		return shortEC, true
	case kind == "DSA" && bits < 2048:
		return shortDSA, true
	}
	return Rule{}, false
}

// Signature returns the rule against a signature algorithm, such as SHA1-RSA.
func Signature(algorithm string) (Rule, bool) {
	a := strings.ToUpper(algorithm)
	switch {
	case strings.Contains(a, "SHA1"):
		return weakSHA1, true
	case strings.Contains(a, "MD5"), strings.Contains(a, "MD2"):
		return weakMD5, true
	}
	return Rule{}, false
}

// Expired and Early are the rules about the validity of a certificate.
func Expired() Rule { return expired }

// Early is the rule against a certificate before its start.
func Early() Rule { return early }

// Rules lists the whole catalogue, by kind and then in a fixed order.
func Rules() []Rule {
	out := []Rule{versions["SSLv3"], versions["TLS1.0"], versions["TLS1.1"]}
	for _, t := range []string{"null", "anon", "export", "des", "rc2", "rc4", "3des", "md5"} {
		out = append(out, traits[t])
	}
	return append(out, shortRSA, shortEC, shortDSA, weakSHA1, weakMD5, expired, early)
}
