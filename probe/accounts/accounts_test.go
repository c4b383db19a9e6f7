package accounts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
	"github.com/plimsoll-iot/plimsoll/lab/imagebench"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

const rows = `SecParam:
  - {id: SecParam-1, type: critical, file: /mnt/data/users}
  - {id: SecParam-2, type: critical, file: /etc/htpasswd}
  - {id: SecParam-3, type: critical, file: /etc/shadow, observed: the image}
AuthMech:
  - {id: AuthMech-1, factor: password, user: human, set_by: factory, used_in: [initialized]}`

var bench = imagebench.Bench{Probe: Probe, Rows: rows}

func TestDark(t *testing.T) { bench.Dark(t) }

func TestEncrypted(t *testing.T) { bench.Encrypted(t) }

// whole is an opened image named file, and found what stands in it.
func whole(file string, as ...account) []probe.MemoryValue {
	image, digest := imagebench.Opened(file)
	return []probe.MemoryValue{
		image,
		{Kind: kind.ID(), Target: image.Target, Value: found{Image: digest, Accounts: append([]account{}, as...)}},
	}
}

func unix(user string, a account) account {
	a.User, a.File, a.Line = user, "/etc/shadow", 1
	if a.Shell == "" {
		a.Shell = "/bin/sh"
	}
	return a
}

func TestJudge(t *testing.T) {
	hashed := passwd.Account{Scheme: passwd.DES}
	cracked := account{Account: hashed, Cracked: true, Password: "1234", Tried: 6, Token: "secret:password-hash:1"}
	unknown := account{Account: hashed, Tried: 249, Token: "secret:password-hash:2"}
	locked := account{Account: passwd.Account{Locked: true}}
	empty := account{Account: passwd.Account{Empty: true}}
	web := func(a account) account {
		a.User, a.File, a.Line, a.UID = "joe", "/etc/htpasswd", 2, -1
		return a
	}
	plain := web(account{Account: passwd.Account{Scheme: passwd.Plain}, Mode: "0644", Token: "secret:password:3"})
	noShell := func(a account) account {
		a.Shell = "/bin/false"
		return a
	}
	orphan := unix("root", empty)
	orphan.UID, orphan.Shell = -1, ""
	named := cracked
	named.Password, named.FromName = "", true
	clear := []string{"5.1-1-1/a AuthMech-1 PASS", "5.4-3-2/a SecParam-1 PASS", "5.4-3-2/a SecParam-2 PASS"}
	bad := []string{"5.1-1-1/a seen:/etc/shadow/root FAIL", "5.4-3-2/a seen:/etc/shadow/root FAIL"}
	dark := []string{"5.1-1-1/a INCONCLUSIVE", "5.4-3-2/a INCONCLUSIVE"}
	open := []string{"5.1-1-1/a INCONCLUSIVE", "5.4-3-2/a seen:/etc/shadow/root INCONCLUSIVE"}
	tests := []struct {
		name   string
		values []probe.MemoryValue
		want   []string
		says   string
	}{
		{"not collected", nil, dark, "not opened"},
		{"not looked for", whole("x.bin")[:1], dark, "its accounts were not looked for"},
		{"another image was looked into", []probe.MemoryValue{whole("x.bin")[0], {Kind: kind.ID(), Target: whole("x.bin")[0].Target, Value: whole("other.bin")[1].Value}}, dark, "not looked for"},
		{"no accounts", whole("x.bin"), clear, ""},
		{"locked", whole("x.bin", unix("root", locked)), clear, "of 1 accounts"},
		{"published", whole("x.bin", unix("root", cracked)), bad, `the password is "1234"`},
		{"where", whole("x.bin", unix("root", cracked)), bad, `"x.bin", squashfs at 0x40, "/etc/shadow" line 1, user "root"`},
		{"from the name", whole("x.bin", unix("root", named)), bad, "follows from the user name"},
		{"empty", whole("x.bin", unix("root", empty)), bad, "needs no password"},
		{"empty without shell", whole("x.bin", noShell(unix("root", empty))), clear, ""},
		{"empty, shell unknown", whole("x.bin", orphan), open, "whether a login takes that"},
		{"published without shell", whole("x.bin", noShell(unix("root", cracked))), open, "another service"},
		{"unknown hash", whole("x.bin", unix("root", unknown)), open, "say how it is replaced"},
		{"in the clear", whole("x.bin", plain), []string{"5.1-1-1/a seen:/etc/htpasswd/joe FAIL", "5.4-1-2/a SecParam-2 FAIL", "5.4-3-2/a SecParam-2 FAIL"}, "in the clear (withheld here)"},
		{"declared and readable", whole("x.bin", web(account{Account: passwd.Account{Scheme: passwd.SHA512}, Mode: "0644", Token: "t", Tried: 9})), []string{"5.1-1-1/a INCONCLUSIVE", "5.4-1-2/a SecParam-2 FAIL", "5.4-3-2/a SecParam-2 INCONCLUSIVE"}, "every process can read"},
		{"declared and kept well", whole("x.bin", web(account{Account: passwd.Account{Scheme: passwd.SHA512}, Mode: "0600", Token: "t", Tried: 9})), []string{"5.1-1-1/a INCONCLUSIVE", "5.4-1-2/a SecParam-2 PASS", "5.4-3-2/a SecParam-2 INCONCLUSIVE"}, "mode 0600"},
		{"two images", slices.Concat(whole("x.bin", unix("root", unknown)), whole("older.bin", unix("root", unknown))), open, `the same stored value stands in "older.bin" (version "1")`},
		{"older image alone is bad", slices.Concat(whole("x.bin"), whole("older.bin", unix("root", cracked))), clear, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bench.Judge(t, imagebench.Declare(t, `{file: x.bin, version: "2"}, {file: older.bin, version: "1"}`, rows), tt.values...)
			imagebench.Expect(t, r, tt.want, tt.says)
		})
	}
}

// TestGaps: what could not be read leaves the units open, also beside locked accounts.
func TestGaps(t *testing.T) {
	for _, change := range []func(*found, *probe.MemoryValue){
		func(f *found, _ *probe.MemoryValue) { f.Unread = []string{"/etc/shadow"} },
		func(f *found, _ *probe.MemoryValue) { f.Left = 1 },
		func(_ *found, m *probe.MemoryValue) { m.Note = "the run was interrupted" },
	} {
		vals := whole("x.bin")
		f := vals[1].Value.(found)
		change(&f, &vals[1])
		vals[1].Value = f
		if r := bench.Judge(t, imagebench.Declare(t, "x.bin", rows), vals...); len(imagebench.Only(r, plimsoll.Pass)) > 0 || len(imagebench.Only(r, plimsoll.Inconclusive)) != 2 {
			t.Errorf("got %q", imagebench.Seen(r))
		}
	}
}

func TestNoImage(t *testing.T) {
	for _, images := range []string{"", `{file: old.bin, version: "1"}`} {
		r := bench.Judge(t, imagebench.Declare(t, images, rows))
		if got := imagebench.Seen(r); !slices.Equal(got, []string{"5.1-1-1/a INCONCLUSIVE", "5.4-3-2/a INCONCLUSIVE"}) {
			t.Errorf("%q: got %q", images, got)
		}
	}
}

// TestUnread: an account file whose bytes cannot be had is named.
func TestUnread(t *testing.T) {
	tr := tree.New("test", 10)
	for name, err := range map[string]error{"/etc/shadow": errors.New("damaged"), "/etc/passwd": nil} {
		data := []byte("root:x:0:0:root:/:/bin/sh\n")
		if err := tr.Add(&tree.File{Path: name, Mode: 0o644, Size: int64(len(data)), Load: func() ([]byte, error) { return data, err }}); err != nil {
			t.Fatal(err)
		}
	}
	var f found
	f.look(t.Context(), nil, &firmware.Image{Trees: []firmware.TreeRef{{Tree: tr.Seal()}}})
	if !slices.Equal(f.Unread, []string{"/etc/shadow"}) || len(f.Accounts) != 1 || f.Accounts[0].Mode != "0644" {
		t.Errorf("got %+v", f)
	}
}

func TestTwins(t *testing.T) {
	tests := []struct {
		flaws []string
		want  []string
		facts []string
	}{
		{nil, []string{}, []string{}},
		{[]string{"hardcoded-key", "telnetd-at-boot"}, []string{}, []string{}},
		{
			[]string{"shadow-default"},
			[]string{"5.1-1-1/a seen:/etc/shadow/root FAIL", "5.4-3-2/a seen:/etc/shadow/root FAIL"},
			[]string{"accounts.password_known", "authentication.cryptographic", "parameters.persistent", "passwords.used"},
		},
		{
			[]string{"empty-root-password"},
			[]string{"5.1-1-1/a seen:/etc/shadow/root FAIL", "5.4-3-2/a seen:/etc/shadow/root FAIL"},
			[]string{"accounts.password_known"},
		},
	}
	for _, k := range sim.Kinds() {
		for _, tt := range tests {
			t.Run(k+"/"+strings.Join(tt.flaws, "+"), func(t *testing.T) {
				_, r := bench.Simulated(t, k, tt.flaws...)
				bench.Complete(t, r)
				if got := imagebench.Only(r, plimsoll.Fail); !slices.Equal(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				if got := probetest.Facts(r); !slices.Equal(got, tt.facts) {
					t.Errorf("facts: got %q, want %q", got, tt.facts)
				}
				if len(tt.want) == 0 && len(imagebench.Only(r, plimsoll.Pass)) == 0 {
					t.Errorf("nothing is proposed for the good image: %q", imagebench.Seen(r))
				}
				for _, f := range tt.flaws {
					i := slices.IndexFunc(sim.Flaws(), func(x sim.Flaw) bool { return x.Name == f && x.Probe == Probe.Name })
					if i < 0 {
						continue
					}
					for _, u := range sim.Flaws()[i].Units {
						if !strings.Contains(strings.Join(imagebench.Only(r, plimsoll.Fail), "\n"), u+" ") {
							t.Errorf("the flaw %s is said to speak to %s: got %q", f, u, imagebench.Seen(r))
						}
					}
				}
			})
		}
	}
}

// TestSecrets: neither an uncommon hash nor a password in the clear reaches the
// evidence folder; a published password is shown.
func TestSecrets(t *testing.T) {
	const hash, clear = "$1$abcdefgh$uncommonuncommonunco01", "correct-horse-battery"
	img := imagebench.Newc(map[string]string{
		"etc/passwd": "root:x:0:0:root:/:/bin/sh\nadmin:x:0:0::/:/bin/sh\n", "etc/shadow": "root:" + hash + ":1::::::\nadmin:$1$$iC.dUsGpxNNJGeOm1dFio/:1::::::\n",
		"etc/lighttpd.user": "joe:" + clear + "\n",
	})
	p := imagebench.Declare(t, "a.cpio", rows)
	v, r := bench.Rehearse(t, p, map[string][]byte{"a.cpio": img})
	if got := imagebench.Reasons(r, plimsoll.Fail); !strings.Contains(got, `"1234"`) {
		t.Errorf("got %q", got)
	}
	if n := len(probe.Items(v, kind)[0].Value.Accounts); n != 3 {
		t.Errorf("%d accounts, want 3", n)
	}
	err := filepath.WalkDir(filepath.Join(p.Dir, "evidence"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range []string{hash, clear} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds the secret %q", path, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTime: an image full of costly hashes ends in bounded time.
func TestTime(t *testing.T) {
	var shadow strings.Builder
	for i := range 2000 {
		shadow.WriteString("u" + strings.Repeat("x", i%20) + string(rune('a'+i%26)) + ":*:1::::::\n")
	}
	start := time.Now()
	p := imagebench.Declare(t, "a.cpio", rows)
	_, r := bench.Rehearse(t, p, map[string][]byte{"a.cpio": imagebench.Newc(map[string]string{"etc/shadow": shadow.String()})})
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
	if got := imagebench.Reasons(r, plimsoll.Inconclusive); !strings.Contains(got, "1500 accounts beyond the first 500") || len(imagebench.Only(r, plimsoll.Pass)) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestCorpus(t *testing.T) {
	tests := []struct {
		image string
		want  []string // FAILs on 5.4-3-2/a
		says  []string
	}{
		{"router/tplink-wr841n-v14-eu.bin", []string{"seen:/etc/passwd.bak/admin"}, []string{`"/etc/passwd.bak" line 1, user "admin": the password is "1234"`, "squashfs at 0x100200"}},
		{"camera/escam-g02-rootfs.sqfs", []string{"seen:/etc/shadow/admin", "seen:/etc/shadow/default", "seen:/etc/shadow/root"}, []string{
			`user "root": the password is "hichiphx"`, `user "admin": the password is "2601hx"`, `user "default": a login needs no password`,
		}},
		{"camera/spycam-rootfs.sqfs", []string{"seen:/etc/shadow/root"}, []string{`user "root": a login needs no password`}},
		{"camera/wyze-v2-rootfs.sqfs", []string{"seen:/etc/shadow/root"}, []string{`user "root": the password is "ismart12"`}},
		{"router/lede-17.01.4-wr841v11-factory.bin", []string{"seen:/etc/shadow/root"}, []string{`user "root": a login needs no password`}},
	}
	for _, tt := range tests {
		t.Run(tt.image, func(t *testing.T) {
			_, r := bench.Real(t, tt.image)
			bench.Complete(t, r)
			var got []string
			for _, f := range r.Findings {
				if f.Unit == unitProvisioning && f.Verdict == plimsoll.Fail {
					got = append(got, f.Subject)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, s := range tt.says {
				if !strings.Contains(imagebench.Reasons(r, plimsoll.Fail), s) {
					t.Errorf("got %q, want %q in it", imagebench.Reasons(r, plimsoll.Fail), s)
				}
			}
		})
	}
}
