// Package passwd reads the account files of a device's file system and tries a short list of publicly known passwords
// against what it finds.
//
// It must never try anything but its own list and the words it is given, never reach a live device, and never spend
// unbounded work on a hash whose cost the file decides.
package passwd

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// maxFile bounds an account file in bytes; a longer one is no account file.
const maxFile = 1 << 20

// A Scheme names how a password is stored.
type Scheme string

// The schemes that are told apart. Those without a verifier are named only.
const (
	None        Scheme = ""         // no password stored: the account is empty or locked
	DES         Scheme = "des"      // traditional crypt, 13 characters
	BSDi        Scheme = "bsdi"     // extended DES, starts with _
	MD5         Scheme = "md5crypt" // $1$
	APR1        Scheme = "apr1"     // $apr1$
	SHA256      Scheme = "sha256crypt"
	SHA512      Scheme = "sha512crypt"
	Bcrypt      Scheme = "bcrypt"
	Yescrypt    Scheme = "yescrypt"
	SHA1        Scheme = "{SHA}"
	Digest      Scheme = "htdigest"         // MD5 of user:realm:password
	MosquittoV1 Scheme = "mosquitto-sha512" // $6$ with base64 salt
	MosquittoV2 Scheme = "mosquitto-pbkdf2" // $7$
	Plain       Scheme = "plain"
	Unknown     Scheme = "unknown"
)

// An Account is one row of an account file.
type Account struct {
	User   string `json:"user"`
	UID    int    `json:"uid"` // -1 when no file tells
	Scheme Scheme `json:"scheme"`
	Hash   string `json:"-"`                // the stored field; a secret until it is known to be public
	Realm  string `json:"realm,omitempty"`  // htdigest only
	Empty  bool   `json:"empty,omitempty"`  // no password is needed
	Locked bool   `json:"locked,omitempty"` // no password can match
	Shell  string `json:"shell,omitempty"`
	File   string `json:"file"`
	Line   int    `json:"line"`
}

// NoLogin tells whether the shell refuses every login.
func (a Account) NoLogin() bool {
	b := path.Base(a.Shell)
	return b == "nologin" || b == "false"
}

// kinds maps file names to how their rows are read; the first match wins.
var kinds = []struct {
	match *regexp.Regexp
	row   func(fields []string) (Account, bool)
}{
	{regexp.MustCompile(`^\.?(shadow|gshadow)$`), shadowRow},
	{regexp.MustCompile(`^shadow([-_.~].*)?$`), shadowRow},
	{regexp.MustCompile(`^(master\.)?passwd([-_.~].*)?$`), passwdRow},
	{regexp.MustCompile(`^(.*[-_.])?passwd([-_.](bak|default|orig|save|old))?$`), passwdRow},
	{regexp.MustCompile(`^\.?htdigest.*|.*\.htdigest$`), digestRow},
	{regexp.MustCompile(`^\.?htpasswd.*|.*\.htpasswd$`), pairRow},
	{regexp.MustCompile(`^(lighttpd.*\.(user|users|userfile|passwd)|.*\.userfile|userfile)$`), pairRow},
	{regexp.MustCompile(`^(pwfile|passwordfile|password_file|mosquitto[-_.]?(pw|passwd|password).*|.*\.pwfile)$`), pairRow},
}

// skipDirs are places whose files of these names are programs and documents.
var skipDirs = regexp.MustCompile(`/(bin|sbin|pam\.d|bash-completion|completions|doc|man[0-9]?|i18n|init\.d)/`)

// IsAccountFile tells whether the name at p is one that Parse understands.
func IsAccountFile(p string) bool {
	if skipDirs.MatchString(p) {
		return false
	}
	for _, k := range kinds {
		if k.match.MatchString(path.Base(p)) {
			return path.Base(p) != "gshadow"
		}
	}
	return false
}

var (
	userName = regexp.MustCompile(`^[A-Za-z0-9_.@$][A-Za-z0-9_.@$ -]{0,63}$`)
	desField = regexp.MustCompile(`^[./0-9A-Za-z]{13}$`)
	bsdField = regexp.MustCompile(`^_[./0-9A-Za-z]{19}$`)
	md5Hex   = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
)

// Parse reads the rows of the account file named file. Rows that are none are passed over; bytes that are no text give nothing.
func Parse(file string, data []byte) []Account {
	if len(data) > maxFile || strings.IndexByte(string(data), 0) >= 0 {
		return nil
	}
	var row func([]string) (Account, bool)
	for _, k := range kinds {
		if k.match.MatchString(path.Base(file)) {
			row = k.row
			break
		}
	}
	if row == nil {
		return nil
	}
	var out []Account
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" || line[0] == '#' || line[0] == '+' || line[0] == '-' {
			continue
		}
		a, ok := row(strings.Split(line, ":"))
		if !ok || !userName.MatchString(a.User) {
			continue
		}
		a.File, a.Line = file, i+1
		out = append(out, a)
	}
	return out
}

// passwdRow reads name:password:uid:gid:gecos:home:shell. Mosquitto keeps its own rows in files called passwd, too.
func passwdRow(f []string) (Account, bool) {
	if len(f) == 2 {
		a, ok := pairRow(f)
		return a, ok && a.Scheme != Plain && a.Scheme != Unknown && !a.Empty
	}
	if len(f) < 6 || len(f) > 10 {
		return Account{}, false
	}
	uid, err := strconv.Atoi(f[2])
	if err != nil {
		return Account{}, false
	}
	if _, err := strconv.Atoi(f[3]); err != nil {
		return Account{}, false
	}
	for _, p := range f[max(5, len(f)-2):] { // home and shell are paths; without this an IPv6 address reads as a row
		if p != "" && p[0] != '/' {
			return Account{}, false
		}
	}
	a := classify(f[1])
	a.User, a.UID, a.Shell = f[0], uid, f[len(f)-1]
	if f[1] == "x" {
		a.Scheme, a.Empty, a.Locked = None, false, true
	}
	return a, true
}

// shadowRow reads name:password:dates….
func shadowRow(f []string) (Account, bool) {
	if len(f) < 2 || len(f) > 10 {
		return Account{}, false
	}
	for _, d := range f[2:] {
		if _, err := strconv.Atoi(d); d != "" && err != nil {
			return Account{}, false
		}
	}
	a := classify(f[1])
	a.User, a.UID = f[0], -1
	if f[1] == "x" {
		a.Scheme, a.Locked = None, true
	}
	return a, true
}

// pairRow reads name:password of web servers and brokers.
func pairRow(f []string) (Account, bool) {
	if len(f) != 2 || f[0] == "" {
		return Account{}, false
	}
	a := classify(f[1])
	a.User, a.UID = f[0], -1
	if a.Scheme == Unknown || a.Locked {
		a.Scheme, a.Locked = Plain, false
	}
	return a, true
}

// digestRow reads name:realm:md5.
func digestRow(f []string) (Account, bool) {
	if len(f) != 3 || !md5Hex.MatchString(f[2]) {
		return Account{}, false
	}
	return Account{User: f[0], UID: -1, Realm: f[1], Hash: strings.ToLower(f[2]), Scheme: Digest}, true
}

// prefixes maps the beginning of a stored field to its scheme.
var prefixes = []struct {
	prefix string
	scheme Scheme
}{
	{"$1$", MD5},
	{"$apr1$", APR1},
	{"$5$", SHA256},
	{"$6$", SHA512},
	{"$7$", MosquittoV2},
	{"$2", Bcrypt},
	{"$y$", Yescrypt},
	{"{SHA}", SHA1},
}

// classify reads a stored password field.
func classify(field string) Account {
	a := Account{Hash: field, Scheme: Unknown}
	switch {
	case field == "":
		return Account{Empty: true}
	case field[0] == '!' || field[0] == '*' || field == "NP" || field == "LK":
		return Account{Hash: field, Locked: true}
	case desField.MatchString(field):
		a.Scheme = DES
	case bsdField.MatchString(field):
		a.Scheme = BSDi
	}
	for _, p := range prefixes {
		if strings.HasPrefix(field, p.prefix) {
			a.Scheme = p.scheme
			break
		}
	}
	if a.Scheme == SHA512 && isMosquitto(field) {
		a.Scheme = MosquittoV1
	}
	return a
}

// Accounts reads every account file of t and joins passwd rows with the shadow rows beside them: a row that says "x" and has
// a shadow row gives way to it, which takes over UID and shell. Order is by file, then line.
func Accounts(t *tree.Tree) []Account {
	var rows []Account
	for _, f := range t.Files() {
		if !f.IsRegular() || f.Size == 0 || f.Size > maxFile || !IsAccountFile(f.Path) {
			continue
		}
		b, err := f.Read()
		if err != nil {
			continue
		}
		rows = append(rows, Parse(f.Path, b)...)
	}
	type key struct{ dir, user string }
	known := map[key]Account{}
	shadowed := map[key]bool{}
	for _, a := range rows {
		k := key{path.Dir(a.File), a.User}
		if strings.Contains(path.Base(a.File), "shadow") {
			shadowed[k] = true
		} else if _, ok := known[k]; !ok && a.UID >= 0 {
			known[k] = a
		}
	}
	out := rows[:0]
	for _, a := range rows {
		k := key{path.Dir(a.File), a.User}
		if strings.Contains(path.Base(a.File), "shadow") {
			if p, ok := known[k]; ok {
				a.UID, a.Shell = p.UID, p.Shell
			}
		} else if a.Hash == "x" && shadowed[k] {
			continue
		}
		out = append(out, a)
	}
	return out
}
