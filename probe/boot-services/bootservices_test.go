package bootservices

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/boot"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
	"github.com/plimsoll-iot/plimsoll/lab/imagebench"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

const rows = `SoftServ:
  - {id: SoftServ-1, status: on, protocol: https, port: 443, process: webd}
  - {id: SoftServ-2, status: off, protocol: telnet, port: 2323, process: telnetd}
  - {id: SoftServ-3, status: on, protocol: tftp, port: 69, process: tftpd}
  - {id: SoftServ-4, status: off, protocol: ftp, port: 2121}
  - {id: SoftServ-5, protocol: adb, port: 5555, process: adbd}`

var bench = imagebench.Bench{Probe: Probe, Rows: rows}

func TestDark(t *testing.T) { bench.Dark(t) }

func TestEncrypted(t *testing.T) { bench.Encrypted(t) }

const serialOff = rows + `
Intf:
  - {id: Intf-1, type: physical, medium: serial, debug: yes, accessible: yes, status: off}`

// whole is an opened image named file, and found what its start reaches.
func whole(change func(*reading), ss ...boot.Service) []probe.MemoryValue {
	image, digest := imagebench.Opened("x.bin")
	r := reading{Init: "inittab", Reached: 5, Services: append([]boot.Service{}, ss...)}
	if change != nil {
		change(&r)
	}
	return []probe.MemoryValue{
		image,
		{Kind: kind.ID(), Target: image.Target, Value: found{Image: digest, Boots: []reading{r}}},
	}
}

func service(command string, change ...func(*boot.Service)) boot.Service {
	words := strings.Fields(command)
	s := boot.Service{Name: words[0], Command: words[0], Args: words[1:], Binary: "/usr/sbin/" + words[0], File: "/etc/init.d/rcS", Line: 9}
	for _, f := range change {
		f(&s)
	}
	return s
}

func when(cond string) func(*boot.Service) { return func(s *boot.Service) { s.Condition = cond } }
func noLogin(s *boot.Service)              { s.NoLogin = true }
func absent(s *boot.Service)               { s.Binary = "" }

func TestJudge(t *testing.T) {
	clear := []string{"5.6-5-1/a SoftServ-1 PASS", "5.6-5-1/a SoftServ-3 PASS"}
	dark := []string{"5.6-5-1/a INCONCLUSIVE"}
	shell := []string{"services.remote_shell_at_boot"}
	tests := []struct {
		name, ixit string
		values     []probe.MemoryValue
		want       []string
		facts      []string
		says       string
	}{
		{"not collected", rows, nil, dark, nil, "not opened"},
		{"not read", rows, whole(nil)[:1], dark, nil, "its start scripts were not read"},
		{"nothing of the kind", rows, whole(nil, service("webd")), clear, nil, "reaches 5 programs"},
		{"no start configuration", rows, func() []probe.MemoryValue {
			vs := whole(nil)
			f := vs[1].Value.(found)
			f.Boots = []reading{}
			vs[1].Value = f
			return vs
		}(), dark, nil, "no start configuration"},
		{"declared off by its process", rows, whole(nil, service("telnetd")), []string{"5.6-5-1/a SoftServ-2 FAIL"}, shell, `"x.bin", squashfs at 0x40, "/etc/init.d/rcS" line 9: the start of the device runs "telnetd" (Telnet), and it is declared off`},
		{"declared off by its port", rows, whole(nil, service("ftpd -p 2121")), []string{"5.6-5-1/a SoftServ-4 FAIL"}, shell, "it is declared off"},
		{"undeclared", rows, whole(nil, service("vsftpd")), []string{"5.6-5-1/a seen:vsftpd@/etc/init.d/rcS:9 FAIL"}, shell, "no row of ixit.SoftServ declares it"},
		{"no table", "", whole(nil, service("utelnetd -l /bin/sh", noLogin)), []string{"5.6-5-1/a seen:utelnetd@/etc/init.d/rcS:9 FAIL"}, shell, "a shell without any login"},
		{"declared on", rows, whole(nil, service("tftpd")), clear, shell, ""},
		{"status unsaid", rows, whole(nil, service("adbd")), []string{"5.6-5-1/a SoftServ-5 INCONCLUSIVE"}, []string{"debug.exists", "services.remote_shell_at_boot"}, "not declared whether it is on"},
		{"debugger", rows, whole(nil, service("gdbserver :1234 /bin/x")), []string{"5.6-5-1/a seen:gdbserver@/etc/init.d/rcS:9 FAIL"}, []string{"debug.exists", "services.remote_shell_at_boot"}, "remote debugger"},
		{"netcat with a shell", rows, whole(nil, service("nc -ll -p 4444 -e /bin/sh")), []string{"5.6-5-1/a seen:nc@/etc/init.d/rcS:9 FAIL"}, []string{"debug.exists", "services.remote_shell_at_boot"}, "netcat"},
		{"netcat as client", rows, whole(nil, service("nc host 80")), clear, nil, ""},
		{"on a condition", rows, whole(nil, service("telnetd", when("[ -f /mnt/debug ]"))), []string{"5.6-5-1/a SoftServ-2 INCONCLUSIVE"}, nil, `when "[ -f /mnt/debug ]" holds`},
		{"program elsewhere", rows, whole(nil, service("telnetd", absent)), []string{"5.6-5-1/a SoftServ-2 INCONCLUSIVE"}, nil, "not in that file system"},
		{"script of another partition", rows, whole(func(r *reading) { r.Elsewhere = []string{"\"/mnt/run\", started by \"/etc/rc\" line 5"} }), dark, nil, "lies outside the file system"},
		{"script unread", rows, whole(func(r *reading) { r.Unread = []string{"/etc/rc"} }), dark, nil, `"/etc/rc" could not be read`},
		{"not followed", rows, whole(func(r *reading) { r.Notes = []string{"which program is only the device knows"} }), dark, nil, "not followed"},
		{"partial", rows, whole(func(r *reading) { r.Partial = true }), dark, nil, "not followed to their end"},
		{"updater", rows, whole(nil, service("swupdate -w")), clear, []string{"update.mechanism_seen", "updates.exist"}, ""},
		{"serial shell, port undeclared", rows, whole(nil, service("sh", noLogin)), append([]string{"5.6-4-1/a INCONCLUSIVE"}, clear...), []string{"debug.exists"}, "a shell without any login on the serial line"},
		{"serial login, port declared off", serialOff, whole(nil, service("getty -L ttyS0 115200 vt100")), append([]string{"5.6-4-1/a Intf-1 FAIL"}, clear...), nil, `on the serial line "ttyS0", yet the port is declared off`},
		{"serial login on a condition", serialOff, whole(nil, service("getty -L ttyS0 115200", when("x"))), clear, nil, ""},
		{"serial login, nothing declared", rows, whole(nil, service("getty -L ttyS0 115200 vt100")), clear, nil, ""},
		{"login on a screen", serialOff, whole(nil, service("getty 38400 tty1")), clear, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bench.Judge(t, imagebench.Declare(t, "x.bin", tt.ixit), tt.values...)
			if got := probetest.Facts(r); !slices.Equal(got, tt.facts) && len(got)+len(tt.facts) > 0 {
				t.Errorf("facts: got %q, want %q", got, tt.facts)
			}
			imagebench.Expect(t, r, tt.want, tt.says)
		})
	}
}

func TestInterrupted(t *testing.T) {
	vals := whole(nil)
	vals[1].Note = "the run was interrupted before every start script was read"
	if got := imagebench.Seen(bench.Judge(t, imagebench.Declare(t, "x.bin", rows), vals...)); !slices.Equal(got, []string{"5.6-5-1/a INCONCLUSIVE"}) {
		t.Errorf("got %q", got)
	}
}

func TestNoImage(t *testing.T) {
	r := bench.Judge(t, imagebench.Declare(t, "", rows))
	if got := imagebench.Seen(r); !slices.Equal(got, []string{"5.6-5-1/a INCONCLUSIVE"}) {
		t.Errorf("got %q", got)
	}
}

// TestLook: what is started and cannot be read or followed is named, and nothing is
// kept of programs that the probe does not judge.
func TestLook(t *testing.T) {
	tr := tree.New("test", 20)
	for name, text := range map[string]string{
		"/etc/inittab": "::sysinit:/etc/rc\n", "/etc/rc": "#!/bin/sh\n/sbin/deviced --password geheim\n/mnt/run &\ntelnetd\n# ftpd\n",
		"/sbin/deviced": "\x7fELF", "/usr/sbin/telnetd": "\x7fELF", "/usr/sbin/ftpd": "\x7fELF",
	} {
		f := &tree.File{Path: name, Mode: 0o755, Size: int64(len(text)), Load: func() ([]byte, error) { return []byte(text), nil }}
		if name == "/sbin/deviced" {
			f.Load = func() ([]byte, error) { return nil, errors.New("damaged") }
		}
		if err := tr.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	var v found
	v.look(t.Context(), &firmware.Image{Trees: []firmware.TreeRef{{Tree: tr.Seal(), Part: 3}}})
	if len(v.Boots) != 1 {
		t.Fatalf("got %+v", v)
	}
	r := v.Boots[0]
	if len(r.Services) != 1 || r.Services[0].Name != "telnetd" || r.Part != 3 || !slices.Equal(r.Unread, []string{"/sbin/deviced"}) ||
		!slices.Equal(r.Elsewhere, []string{`"/mnt/run", started by "/etc/rc" line 3`}) {
		t.Errorf("got %+v", r)
	}
}

func TestTwins(t *testing.T) {
	for _, k := range sim.Kinds() {
		_, good := bench.Simulated(t, k, "shadow-default", "hardcoded-key")
		bench.Complete(t, good)
		if len(imagebench.Only(good, plimsoll.Fail))+len(imagebench.Only(good, plimsoll.Inconclusive))+len(probetest.Facts(good)) > 0 || len(imagebench.Only(good, plimsoll.Pass)) == 0 {
			t.Errorf("good %s: got %q, %q: %s", k, imagebench.Seen(good), probetest.Facts(good), imagebench.Reasons(good, plimsoll.Inconclusive))
		}
		_, bad := bench.Simulated(t, k, "telnetd-at-boot")
		bench.Complete(t, bad)
		if got := imagebench.Seen(bad); !slices.Equal(got, []string{"5.6-5-1/a SoftServ-4 FAIL"}) || !slices.Equal(probetest.Facts(bad), []string{"services.remote_shell_at_boot"}) {
			t.Errorf("bad %s: got %q, %q", k, got, probetest.Facts(bad))
		}
		if got := imagebench.Reasons(bad, plimsoll.Fail); !strings.Contains(got, `"/etc/init.d/rcS" line 9: the start of the device runs "/usr/sbin/telnetd -l /bin/login" (Telnet)`) {
			t.Errorf("got %q", got)
		}
	}
}

func TestCorpus(t *testing.T) {
	tests := []struct {
		image string
		want  []string
		says  string
	}{
		{"camera/spycam-rootfs.sqfs", []string{"5.6-5-1/a seen:telnetd@/etc/init.d/rcS:21 FAIL"}, `"/etc/init.d/rcS" line 21`},
		{"camera/wyze-v2-rootfs.sqfs", []string{"5.6-5-1/a seen:telnetd@/etc/init.d/rcS:22 FAIL"}, `"/etc/init.d/rcS" line 22`},
		{"camera/escam-g02-rootfs.sqfs", []string{}, ""},
		{"router/tplink-wr841n-v14-eu.bin", []string{}, ""},
		{"router/lede-17.01.4-wr841v11-factory.bin", []string{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.image, func(t *testing.T) {
			_, r := bench.Real(t, tt.image)
			bench.Complete(t, r)
			if got := imagebench.Only(r, plimsoll.Fail); !slices.Equal(got, tt.want) || !strings.Contains(imagebench.Reasons(r, plimsoll.Fail), tt.says) {
				t.Errorf("got %q, want %q: %s", got, tt.want, imagebench.Reasons(r, plimsoll.Fail))
			}
		})
	}
}
