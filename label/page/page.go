// Package page writes the verifier page of a scheme and the pages of its labels.
//
// The verifier page is static: a script in the reader's browser judges the label in
// the fragment of the address, which no server ever sees, and gives the outcomes of
// package verify. The page of a label reads without a script and says as of when.
//
// The package reads no clock and no network and keeps no file. It must never write a
// page that loads anything from another host, keeps a cookie, or lets the text of a
// label become markup; and the script must never call good what package verify would
// not.
package page

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label"
)

//go:embed site words
var files embed.FS

// Config is what a site is made for.
type Config struct {
	Roots label.Roots // pinned in the page
	Code  string      // of the scheme whose labels the site holds
	Name  string      // of that scheme, for people
	Host  string      // under which the site is served, such as label.example
	Home  string      // where the scheme presents itself (https); empty: nowhere
}

func (c Config) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if n := len(c.Roots.Keys); n == 0 || c.Roots.Threshold == 0 || int(c.Roots.Threshold) > n {
		bad("roots: %d of %d keys: want at least one and at most all", c.Roots.Threshold, n)
	}
	for i, k := range c.Roots.Keys {
		if _, err := label.PublicKey(k); err != nil {
			bad("root %d: %w", i+1, err)
		}
	}
	if _, _, err := label.ParseNumber(label.NumberText(c.Code, 0)); err != nil || c.Code != strings.ToUpper(c.Code) {
		bad("code %q: want 2 to 8 capital letters, digits and inner dashes", c.Code)
	}
	if strings.TrimSpace(c.Name) == "" {
		bad("name: missing")
	}
	if u, err := url.Parse("https://" + c.Host); err != nil || c.Host == "" || u.Host != c.Host || u.Port() != "" || c.Host != strings.ToLower(c.Host) {
		bad("host %q: want a host name in lower case", c.Host)
	}
	if c.Home != "" && !reachable(c.Home, "https") {
		bad("home %q: want an https address", c.Home)
	}
	return errors.Join(errs...)
}

// reachable reports whether s is a whole address of one of the schemes.
func reachable(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Opaque != "" && u.Scheme != "https") && u.User == nil && !strings.ContainsFunc(s, invisible)
}

func invisible(r rune) bool { return r <= ' ' || !visible(r) }

// Site writes the verifier page: the contents of files by their path in the root of
// the site. The same Config gives the same bytes.
func Site(c Config) (map[string][]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("writing the verifier page: %w", err)
	}
	out := map[string][]byte{}
	for _, name := range []string{"page.css", "icon.svg"} {
		b, err := files.ReadFile("site/" + name)
		if err != nil {
			return nil, fmt.Errorf("writing the verifier page: %w", err)
		}
		out[name] = b
	}
	var err error
	if out["page.js"], err = script(); err != nil {
		return nil, fmt.Errorf("writing the verifier page: %w", err)
	}
	if out["index.html"], err = index(c, out); err != nil {
		return nil, fmt.Errorf("writing the verifier page: %w", err)
	}
	if out["sw.js"], err = worker(out); err != nil {
		return nil, fmt.Errorf("writing the verifier page: %w", err)
	}
	return out, nil
}

// integrity is the SRI value of a file (W3C Subresource Integrity).
func integrity(b []byte) string {
	sum := sha512.Sum384(b)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// index fills the page, which pins the style and the script by their hashes.
func index(c Config, assets map[string][]byte) ([]byte, error) {
	early, err := files.ReadFile("site/early.js")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(early)
	data := struct {
		Config
		Early         template.JS
		EarlyHash     string
		Words         map[string]string
		Languages     []language
		Example       string
		Style, Script string // their hashes
		Pinned        map[string]any
	}{
		Config: c, Words: words["en"], Languages: languages, Example: label.NumberText(c.Code, exampleNumber),
		Early: template.JS(early), EarlyHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), // our own, embedded
		Style: integrity(assets["page.css"]), Script: integrity(assets["page.js"]),
		Pinned: map[string]any{"roots": c.Roots, "code": c.Code, "name": c.Name, "host": c.Host, "home": c.Home},
	}
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "index.html.tmpl", data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// exampleNumber is that of the example in the texts.
const exampleNumber = 1420

// worker puts the list of assets with their hashes before the service worker, so
// that one changed byte is a new release, taken whole or not at all.
func worker(assets map[string][]byte) ([]byte, error) {
	src, err := files.ReadFile("site/sw.js")
	if err != nil {
		return nil, err
	}
	pins, all := map[string]string{}, sha256.New()
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		path := "/" + strings.TrimSuffix(name, "index.html")
		pins[path] = integrity(assets[name])
		fmt.Fprintf(all, "%s %s\n", path, pins[path])
	}
	release, err := json.Marshal(map[string]any{"name": fmt.Sprintf("plimsoll-page-%x", all.Sum(nil)[:8]), "assets": pins})
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte("const release = "), release, []byte(";\n\n"), src), nil
}
