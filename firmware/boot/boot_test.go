package boot

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// image builds a tree from path to content; "-> x" makes a symbolic link, a path that ends in / a directory.
func image(t testing.TB, files map[string]string) *tree.Tree {
	t.Helper()
	tr := tree.New("test", 10000)
	for p, text := range files {
		f := &tree.File{Path: p, Mode: 0o755, Size: int64(len(text)), Load: func() ([]byte, error) { return []byte(text), nil }}
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			f.Mode, f.Target = fs.ModeSymlink|0o777, to
		}
		if strings.HasSuffix(p, "/") {
			f.Mode = fs.ModeDir | 0o755
		}
		if err := tr.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return tr.Seal()
}

const inittab = "::sysinit:/etc/init.d/rcS\n"

// reached writes what was found of the daemons as "name if condition".
func reached(r *Report) []string {
	var out []string
	for _, s := range r.Named("telnetd", "utelnetd", "ftpd", "tftpd", "adbd", "gdbserver", "dropbear", "sshd", "tcpsvd", "inetd", "xinetd") {
		text := s.Name
		if s.Condition != "" {
			text += " if " + s.Condition
		}
		out = append(out, text)
	}
	return out
}

func TestScripts(t *testing.T) {
	tests := []struct {
		name, rcS string
		more      map[string]string
		want      []string
	}{
		{"plain", "telnetd", nil, []string{"telnetd"}},
		{"background", "telnetd -p 23 &\nftpd\n", nil, []string{"telnetd", "ftpd"}},
		{"comment", "# telnetd\n#telnetd &\n  # /usr/sbin/telnetd\necho telnetd # telnetd\n", nil, nil},
		{"in_a_string", "echo 'start telnetd'\nx=\"telnetd\"\nprintf \"telnetd\\n\" > /etc/x\n", nil, nil},
		{"heredoc", "cat > /tmp/x <<EOF\ntelnetd\nEOF\nftpd\n", nil, []string{"ftpd"}},
		{"heredoc_quoted_tabs", "cat <<-'E O'\n\ttelnetd\n\tE O\nftpd", nil, []string{"ftpd"}},
		{"flag", "[ -f /mnt/debug ] && telnetd", nil, []string{"telnetd if [ -f /mnt/debug ]"}},
		{"or", "grep -q x /proc/cmdline || telnetd", nil, []string{"telnetd if not (grep -q x /proc/cmdline)"}},
		{"if", "if [ -e /mnt/d ]; then\n telnetd\nelif foo; then ftpd\nelse tftpd\nfi", nil, []string{
			"telnetd if [ -e /mnt/d ]", "ftpd if not ([ -e /mnt/d ]) && foo", "tftpd if not ([ -e /mnt/d ]) && not (foo)",
		}},
		{"constant_false", "if false; then telnetd; fi\nif [ 1 = 0 ]; then telnetd; fi\nfalse && telnetd\n[ 0 -eq 1 ] && telnetd\ntest -n '' && telnetd\nwhile false; do telnetd; done", nil, nil},
		{"constant_true", "if true; then telnetd; else ftpd; fi\n: && tftpd\n[ 1 -ne 0 ] || adbd", nil, []string{"telnetd", "tftpd"}},
		{"variable", "T=telnetd\nD=/usr/sbin\n$D/$T -l /bin/sh", nil, []string{"telnetd"}},
		{"variable_flag", "TELNET=0\nif [ \"$TELNET\" = 1 ]; then telnetd; fi\n[ $TELNET -eq 0 ] && ftpd", nil, []string{"ftpd"}},
		{"unknown_variable", "[ \"$(nvram get telnet)\" = 1 ] && telnetd", nil, []string{`telnetd if [ "$(nvram get telnet)" = 1 ]`}},
		{"function_not_called", "start() {\n telnetd\n}\nother () { ftpd; }\nother", nil, []string{"ftpd"}},
		{"function_argument", "run() { $1 & }\nrun telnetd", nil, []string{"telnetd"}},
		{"case_known", "set -- start\ncase \"$1\" in\n start|boot) telnetd ;;\n stop) ftpd ;;\n *) tftpd ;;\nesac", nil, []string{"telnetd"}},
		{"case_unknown", "case $(cat /proc/x) in\n a) telnetd ;;\nesac", nil, []string{"telnetd if $(cat /proc/x) is a"}},
		{"exit_before", "exit 0\ntelnetd", nil, nil},
		{"exit_under_condition", "[ -f /mnt/off ] && exit 0\ntelnetd", nil, []string{"telnetd if not ([ -f /mnt/off ])"}},
		{"return_in_function", "f() { return; telnetd; }\nf\nftpd", nil, []string{"ftpd"}},
		{"endless_loop", "while true; do sleep 1; done\ntelnetd", nil, nil},
		{"endless_loop_behind", "(while true; do sleep 1; done) &\ntelnetd", nil, []string{"telnetd"}},
		{"source", ". /etc/lib.sh\nstart_it", map[string]string{"/etc/lib.sh": "start_it() { telnetd; }"}, []string{"telnetd"}},
		{"sh_file", "sh /etc/go.sh a", map[string]string{"/etc/go.sh": "[ $1 = a ] && telnetd"}, []string{"telnetd"}},
		{"sh_c", "sh -c 'telnetd -l /bin/sh'", nil, []string{"telnetd"}},
		{"exec", "exec telnetd\nftpd", nil, []string{"telnetd"}},
		{"run_a_script", "/etc/go.sh", map[string]string{"/etc/go.sh": "#!/bin/sh\ntelnetd\n"}, []string{"telnetd"}},
		{"never_started", "true", map[string]string{"/etc/init.d/S50telnet": "telnetd", "/usr/sbin/telnetd": "-> ../../bin/busybox"}, nil},
		{"glob_loop", "for i in /etc/init.d/S??*; do [ ! -f $i ] && continue\ncase $i in *.sh) . $i ;; *) $i start ;; esac\ndone", map[string]string{
			"/etc/init.d/S50telnet": "case $1 in start) telnetd ;; esac", "/etc/init.d/S60x.sh": "ftpd", "/etc/init.d/K70y": "tftpd", "/etc/init.d/S5": "adbd",
		}, []string{"telnetd", "ftpd"}},
		{"busybox", "/bin/busybox telnetd -F\nbusybox --install", nil, []string{"telnetd"}},
		{"wrappers", "nohup telnetd &\nnice -n 5 ftpd\nenv A=1 tftpd\nsetsid sshd", nil, []string{"telnetd", "ftpd", "tftpd", "sshd"}},
		{"start_stop_daemon", "start-stop-daemon -S -b -m -p /var/run/t.pid -x /usr/sbin/telnetd -- -l /bin/sh\nstart-stop-daemon -K -x /usr/sbin/ftpd", nil, []string{"telnetd"}},
		{"tcpsvd", "tcpsvd -vE 0.0.0.0 21 ftpd -w /", nil, []string{"tcpsvd", "ftpd"}},
		{"inetd", "inetd", map[string]string{"/etc/inetd.conf": "#x stream tcp nowait root /bin/tftpd\ntelnet stream tcp nowait root /usr/sbin/telnetd telnetd -i\n"}, []string{"inetd", "telnetd"}},
		{"xinetd", "xinetd", map[string]string{
			"/etc/xinetd.d/a": "service telnet\n{\n disable = no\n server = /usr/sbin/telnetd\n}\n", "/etc/xinetd.d/b": "service ftp\n{\n disable = yes\n server = /ftpd\n}",
		}, []string{"xinetd", "telnetd"}},
		{"circle", "/etc/init.d/rcS\n. /etc/init.d/rcS\nf() { f; }\nf\ntelnetd", nil, []string{"telnetd"}},
		{"forgotten_branch", "if foo; then X=telnetd; fi\n$X", nil, nil},
		{"stray_words", "done\nfi\n)\n}\ntelnetd", nil, []string{"telnetd"}},
		{"continuation", "telnetd \\\n  -l \\\n  /bin/sh", nil, []string{"telnetd"}},
		{"redirection", "telnetd >/dev/null 2>&1 </dev/null &", nil, []string{"telnetd"}},
		{"runlevel", "exec /etc/init.d/rc S", map[string]string{"/etc/init.d/rc": "#!/bin/sh\nfoo", "/etc/rcS.d/S20t": "-> ../init.d/t", "/etc/init.d/t": "[ \"$1\" = start ] && telnetd"}, []string{"telnetd"}},
		{"existing_file", "[ -x /usr/sbin/telnetd ] && telnetd", map[string]string{"/usr/sbin/telnetd": "-> ../../bin/busybox", "/bin/busybox": "\x7fELF"}, []string{"telnetd"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"/etc/inittab": inittab, "/etc/init.d/rcS": "#!/bin/sh\n" + tt.rcS}
			for k, v := range tt.more {
				files[k] = v
			}
			r, err := Read(context.Background(), image(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if got := reached(r); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %q\nwant %q\nnotes %q", got, tt.want, r.Notes)
			}
		})
	}
}

func TestInits(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		init  string
		want  []string
	}{
		{"openwrt", map[string]string{
			"/etc/inittab":        "::sysinit:/etc/init.d/rcS S boot\n",
			"/etc/rc.d/S50telnet": "-> ../init.d/telnet", "/etc/rc.d/K50telnet": "-> ../init.d/telnet",
			"/etc/init.d/telnet":  "#!/bin/sh /etc/rc.common\nSTART=50\nUSE_PROCD=1\nPROG=/usr/sbin/telnetd\nstart_service() {\n procd_open_instance\n procd_set_param command $PROG -F\n procd_close_instance\n}\nstop_service() { ftpd; }\n",
			"/etc/init.d/ftp":     "#!/bin/sh /etc/rc.common\nstart() { ftpd; }\n",
			"/etc/rc.d/S60db":     "-> ../init.d/db",
			"/etc/init.d/db":      "#!/bin/sh /etc/rc.common\nboot() { start; }\nstart() { dropbear; }\n",
			"/etc/rc.d/S70shared": "-> /etc/init.d/shared", "/etc/init.d/shared": "#!/bin/sh /etc/rc.common\nUSE_PROCD=1\none() { procd_set_param command sshd; }\nstart_service() { config_foreach one sshd; }\n",
		}, "inittab", []string{"telnetd", "dropbear", "sshd if configuration has a section of type sshd"}},
		{"sysv_runlevel", map[string]string{
			"/etc/inittab":   "id:3:initdefault:\nsi::sysinit:/etc/init.d/boot\nl2:2:wait:ftpd\nl3:3:wait:/etc/init.d/rc 3\nx:3:off:tftpd\n#y:3:respawn:adbd\nca::ctrlaltdel:gdbserver\n",
			"/etc/init.d/rc": "#!/bin/sh\n", "/etc/rc3.d/S10t": "telnetd $1", "/etc/rc3.d/K10t": "ftpd", "/etc/rc2.d/S10t": "ftpd",
		}, "inittab", []string{"telnetd"}},
		{"busybox_default", map[string]string{"/etc/init.d/rcS": "telnetd"}, "script", []string{"telnetd"}},
		{"initramfs", map[string]string{"/init": "#!/bin/sh\nmount x\ntelnetd\nexec /sbin/init"}, "script", []string{"telnetd"}},
		{"systemd", map[string]string{
			"/lib/systemd/systemd": "\x7fELF", "/etc/systemd/system/default.target": "-> /lib/systemd/system/multi-user.target",
			"/lib/systemd/system/multi-user.target":                      "[Unit]\nRequires=basic.target\n",
			"/etc/systemd/system/multi-user.target.wants/ssh.service":    "-> /lib/systemd/system/ssh.service",
			"/lib/systemd/system/ssh.service":                            "[Unit]\nConditionPathExists=!/etc/ssh/off\n[Service]\nExecStartPre=/usr/sbin/sshd -t\nExecStart=-/usr/sbin/sshd \\\n  -D $OPTS\n",
			"/lib/systemd/system/telnet.service":                         "[Service]\nExecStart=/usr/sbin/telnetd\n",
			"/etc/systemd/system/multi-user.target.wants/masked.service": "-> /lib/systemd/system/masked.service",
			"/etc/systemd/system/masked.service":                         "-> /dev/null", "/lib/systemd/system/masked.service": "[Service]\nExecStart=ftpd",
			"/etc/systemd/system/sockets.target.wants/tftp.socket": "-> /lib/systemd/system/tftp.socket",
			"/lib/systemd/system/basic.target":                     "[Unit]\nWants=sockets.target\n",
			"/lib/systemd/system/tftp.socket":                      "[Socket]\nListenDatagram=69\n", "/lib/systemd/system/tftp.service": "[Service]\nExecStart=/usr/sbin/tftpd\n",
		}, "systemd", []string{"sshd if ConditionPathExists=!/etc/ssh/off", "sshd if ConditionPathExists=!/etc/ssh/off", "tftpd"}},
		{"android", map[string]string{"/init.rc": "service adbd /sbin/adbd\n    class core\nservice telnetd /sbin/telnetd\n    disabled\n\non boot\n    disabled\n"}, "android", []string{
			"adbd", "telnetd if service telnetd is started by name: it is marked disabled",
		}},
		{"nothing", map[string]string{"/usr/sbin/telnetd": "x"}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Read(context.Background(), image(t, tt.files))
			if err != nil {
				t.Fatal(err)
			}
			if got := reached(r); !reflect.DeepEqual(got, tt.want) || r.Init != tt.init {
				t.Errorf("init %q, want %q\ngot  %q\nwant %q\nnotes %q", r.Init, tt.init, got, tt.want, r.Notes)
			}
		})
	}
}

func TestNoLogin(t *testing.T) {
	r, err := Read(context.Background(), image(t, map[string]string{
		"/etc/inittab": "ttyS0::askfirst:-/bin/sh\nttyS1::respawn:/sbin/getty -n -l /bin/sh 115200 ttyS1\nttyS2::respawn:/sbin/getty 115200 ttyS2\n" +
			"::respawn:telnetd -l/bin/sh\n::respawn:telnetd\n::sysinit:/bin/sh\n::askfirst:/bin/login\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range r.Services {
		got = append(got, fmt.Sprintf("%s:%d %v", s.Name, s.Line, s.NoLogin))
	}
	want := []string{"sh:1 true", "getty:2 true", "getty:3 false", "telnetd:4 true", "telnetd:5 false", "sh:6 false", "login:7 false"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChain(t *testing.T) {
	r, err := Read(context.Background(), image(t, map[string]string{
		"/etc/inittab": "# x\n" + inittab, "/etc/init.d/rcS": "#!/bin/sh\n. /etc/lib\n\nrun\n", "/etc/lib": "run() {\n\n/etc/go a\n}", "/etc/go": "\n\ntelnetd -p 1\n",
		"/usr/sbin/telnetd": "-> /bin/busybox",
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := r.Named("telnetd")
	want := []Service{{
		Name: "telnetd", Command: "telnetd", Args: []string{"-p", "1"}, Binary: "/usr/sbin/telnetd", File: "/etc/go", Line: 3,
		Chain: []string{"/etc/inittab:2", "/etc/lib:3", "/etc/go:3"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// TestHostileScripts must end whatever the script says: in about a second, but the race detector on a busy machine is slow.
func TestHostileScripts(t *testing.T) {
	many := "f0() { telnetd; }\n"
	for i := 1; i < 30; i++ {
		many += fmt.Sprintf("f%d() { f%d 1; f%d 2; }\n", i, i-1, i-1)
	}
	scripts := map[string]string{
		"doubling": many + "f29\n",
		"loops":    strings.Repeat("for a in 1 2 3 4 5 6 7 8 9; do ", 12) + "foo $a" + strings.Repeat("; done", 12),
		"nest":     strings.Repeat("if a; then ", 5000),
		"parens":   strings.Repeat("(", 100000),
		"quotes":   strings.Repeat("\"$(", 50000),
		"braces":   strings.Repeat("${a:-", 50000),
		"conds":    strings.Repeat("a && ", 50000) + "b",
		"growing":  "x=aaaaaaaaaa\n" + strings.Repeat("x=$x$x$x\n", 40) + "$x",
		"self":     strings.Repeat("/etc/init.d/rcS $RANDOM x$1\n", 50),
		"heredoc":  "cat <<EOF\n" + strings.Repeat("x\n", 1000),
	}
	for name, s := range scripts {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Read(context.Background(), image(t, map[string]string{"/etc/inittab": inittab, "/etc/init.d/rcS": s}))
			if d := time.Since(start); d > 90*time.Second {
				t.Errorf("took %v", d)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzBootScript(f *testing.F) {
	for _, s := range []string{
		"telnetd &\n", "if [ -f x ]; then a; elif b; then c; else d; fi", "case $1 in a|b) x;; *) y;; esac", "for i in a b; do $i; done",
		"f() { a; }\nf", "cat <<E\nx\nE\n", "a && b || c | d", "while :; do x; break; done", "${a:-b} $(c) `d` \"$@\" '$x'", "[[ a == b && -f c ]] && d", "set -- a b; shift; $1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<14 {
			return
		}
		r, err := Read(context.Background(), image(t, map[string]string{"/etc/inittab": inittab, "/etc/init.d/rcS": s, "/etc/x": "telnetd"}))
		if err != nil || r == nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
