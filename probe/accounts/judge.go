package accounts

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/probe"
)

func judge(v *probe.View) probe.Result {
	j := &judging{v: v, looks: probe.ByTarget(v, kind), closed: true}
	openings := probe.Openings(v)
	for _, o := range openings {
		j.image(o)
	}
	switch {
	case len(openings) == 0:
		reason, remedy := probe.NoImage(v)
		j.res.Open(decides, plimsoll.Finding{Reason: reason, Remedy: remedy})
	case j.closed && j.problems == 0:
		reason := fmt.Sprintf("no password stands in the opened image: of %d accounts in its account files all are locked or refuse a login", j.accounts)
		for _, u := range decides {
			j.res.Findings = append(j.res.Findings, probe.NoContrary(v, u, reason, j.evidence)...)
		}
	}
	j.silent()
	return j.res
}

// judging is the judgement of all images.
type judging struct {
	v        *probe.View
	res      probe.Result
	looks    map[string]probe.Item[found] // by file
	evidence []plimsoll.Digest
	accounts int
	problems int
	closed   bool // everything was looked at
}

// silent gives a unit its finding of which no account spoke.
func (j *judging) silent() {
	f := plimsoll.Finding{Verdict: plimsoll.Pass, Reason: "no password that all units share was found in the image", Evidence: j.evidence}
	if j.problems > 0 {
		f.Verdict = plimsoll.Inconclusive
		f.Reason, f.Remedy = "stored passwords stand in the image of which it is not known who knows them", explain
	}
	j.res.Rest(decides, f)
}

func (j *judging) image(o probe.Opening) {
	it, ok := j.looks[o.File.File]
	switch {
	case !ok || o.Image.Unopened == "" && !o.Is(it.Value.Image):
		o = o.Lacking("run `plimsoll assess` again", "its accounts were not looked for")
	default:
		o = o.Lacking("run `plimsoll assess` again", it.Value.gaps(it.Note)...)
	}
	j.evidence = append(j.evidence, o.Evidence(it.Digest)...)
	if !o.Whole() {
		j.closed = false
		j.res.Open(decides, o.Open(unitProvisioning, "passwords in it that all units share stay unseen", it.Digest))
	}
	if !ok {
		return
	}
	for _, a := range it.Value.Accounts {
		j.accounts++
		j.account(o, it, a)
	}
}

// gaps lists what of the account files was not looked at.
func (f found) gaps(note string) []string {
	var out []string
	for _, p := range f.Unread {
		out = append(out, fmt.Sprintf("%q could not be read", p))
	}
	if f.Left > 0 {
		out = append(out, fmt.Sprintf("%d accounts beyond the first %d", f.Left, maxAccounts))
	}
	if strings.Contains(note, "interrupted") {
		out = append(out, note)
	}
	return out
}

// class is what a stored password amounts to.
type class struct {
	is      func(account) bool
	verdict plimsoll.Verdict // empty: nothing to say
	shared  bool             // anyone who has the image knows the password
	what    func(account) string
	remedy  string
}

const (
	replace = "ship the account locked (*) or without a login shell, and have its password set by the user before first use or made for each unit"
	explain = "ship the account locked (*), or declare in ixit.SecParam (file, provisioning) how the stored password is replaced before use"
)

func say(s string) func(account) string { return func(account) string { return s } }

// classes holds for each account in this order; the first that fits counts.
var classes = []class{
	{is: func(a account) bool { return a.Locked }},
	{is: func(a account) bool { return a.Empty && a.NoLogin() }},
	{
		is: func(a account) bool { return a.Empty && a.unix() && a.UID >= 0 }, verdict: plimsoll.Fail, shared: true,
		what: say("a login needs no password: the stored field is empty"), remedy: replace,
	},
	{
		is: func(a account) bool { return a.Empty }, verdict: plimsoll.Inconclusive,
		what: say("the stored field is empty, and the image does not say whether a login takes that"), remedy: explain,
	},
	{
		is: func(a account) bool { return a.Cracked && a.NoLogin() }, verdict: plimsoll.Inconclusive,
		what: func(a account) string {
			return a.known() + "; its shell refuses a login, but another service may take the password"
		},
		remedy: explain,
	},
	{
		is: func(a account) bool { return a.Cracked }, verdict: plimsoll.Fail, shared: true,
		what: account.known, remedy: replace,
	},
	{
		is: func(a account) bool { return a.Scheme == passwd.Plain }, verdict: plimsoll.Fail, shared: true,
		what: say("the password stands there in the clear (withheld here), for everyone who has the image"), remedy: replace,
	},
	{
		is: func(account) bool { return true }, verdict: plimsoll.Inconclusive,
		what: func(a account) string {
			s := fmt.Sprintf("a password hash (%s) stands in the image; the %d published passwords that were tried do not fit it", a.Scheme, a.Tried)
			if a.Why != "" {
				s += " (" + a.Why + ")"
			}
			return s + ": say how it is replaced"
		},
		remedy: explain,
	},
}

// known tells the password that was found.
func (a account) known() string {
	if a.FromName {
		return fmt.Sprintf("the password (%s) follows from the user name, so that anyone guesses it", a.Scheme)
	}
	return fmt.Sprintf("the password is %q, published long since (%s)", a.Password, a.Scheme)
}

// unix reports whether the row is of the system's own accounts.
func (a account) unix() bool {
	return a.UID >= 0 || strings.Contains(path.Base(a.File), "shadow")
}

func (j *judging) account(o probe.Opening, it probe.Item[found], a account) {
	place := o.Where(a.Part, fmt.Sprintf("%q line %d, user %q", a.File, a.Line, a.User))
	j.facts(o, it.Digest, a)
	j.storage(o, it, a, place)
	for _, c := range classes {
		if !c.is(a) {
			continue
		}
		if c.verdict == "" {
			return
		}
		j.problems++
		f := plimsoll.Finding{
			Unit: unitProvisioning, Subject: j.subject(a), Verdict: c.verdict, Remedy: c.remedy, Evidence: o.Evidence(it.Digest),
			Reason: fmt.Sprintf("%s: %s%s. What stands in the software is the same in every unit that runs it (EN 303 645, 5.4-3)", place, c.what(a), j.elsewhere(o, a)),
		}
		j.res.Add(f)
		if c.shared {
			f.Unit, f.Subject = unitUniversal, probe.SeenIn(a.File+"/"+a.User)
			f.Reason = fmt.Sprintf("%s: universal default password: %s%s. One value opens all units (EN 303 645, 5.1-1); whether a login of the device takes it, default-passwords tries on the network", place, c.what(a), j.elsewhere(o, a))
			j.res.Add(f)
		}
		return
	}
}

// subject is the declared parameter that names the file, or the account itself.
func (j *judging) subject(a account) string {
	if r, ok := probe.RowOfFile(j.v.Product, "SecParam", a.File); ok {
		return r.ID
	}
	return probe.SeenIn(a.File + "/" + a.User)
}

// elsewhere says in which other images the same stored field stands.
func (j *judging) elsewhere(o probe.Opening, a account) string {
	if a.Token == "" {
		return ""
	}
	var in []string
	for _, f := range j.v.Product.Targets.Firmware {
		it, ok := j.looks[f.File]
		if !ok || f.File == o.File.File || it.Value.Image == j.looks[o.File.File].Value.Image {
			continue
		}
		for _, b := range it.Value.Accounts {
			if b.Token == a.Token {
				in = append(in, fmt.Sprintf("%q (version %q)", f.File, f.Version))
				break
			}
		}
	}
	if len(in) == 0 {
		return ""
	}
	return "; the same stored value stands in " + strings.Join(in, " and ")
}

// storage looks at a file that a critical parameter names as its place.
func (j *judging) storage(o probe.Opening, it probe.Item[found], a account, place string) {
	r, ok := probe.RowOfFile(j.v.Product, "SecParam", a.File)
	if !ok || a.Token == "" || r.Text("type") == "public" {
		return
	}
	f := plimsoll.Finding{
		Unit: unitStorage, Subject: r.ID, Verdict: plimsoll.Fail, Evidence: o.Evidence(it.Digest),
		Remedy: "keep passwords as salted hashes of a slow scheme in a file that only root can read (mode 0600), or correct " + r.ID,
	}
	switch world := len(a.Mode) == 4 && a.Mode[3] >= '4'; {
	case a.Scheme == passwd.Plain:
		f.Reason = fmt.Sprintf("%s: the password is stored in the clear", place)
	case world:
		f.Reason = fmt.Sprintf("%s: every process can read the file with the password hash (mode %s)", place, a.Mode)
	default:
		f.Verdict, f.Remedy = plimsoll.Pass, ""
		f.Reason = fmt.Sprintf("%s: stored as %s in a file of mode %s", place, a.Scheme, a.Mode)
	}
	j.res.Add(f)
}

// facts states what the account is a sign of.
func (j *judging) facts(o probe.Opening, d plimsoll.Digest, a account) {
	if a.Locked || a.NoLogin() {
		return
	}
	at := o.File.File + ":" + a.File + "/" + a.User
	if a.Empty && a.unix() && a.UID >= 0 || a.Cracked {
		j.res.Fact("accounts.password_known", at, true, d)
	}
	if !a.Empty {
		j.res.Fact("passwords.used", at, true, d)
		j.res.Fact("authentication.cryptographic", at, true, d)
		j.res.Fact("parameters.persistent", at, true, d)
	}
}
