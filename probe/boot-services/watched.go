package bootservices

import (
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/boot"
)

// watch is a service that a finished device seldom needs.
type watch struct {
	what    string
	network string
	port    uint16 // where it listens unless told otherwise
	debug   bool
}

// watched lists them by the name of the program.
var watched = byName(map[string]watch{
	"telnetd utelnetd in.telnetd":                              {"Telnet", "tcp", 23, false},
	"ftpd vsftpd proftpd pure-ftpd bftpd uftpd in.ftpd tnftpd": {"FTP", "tcp", 21, false},
	"tftpd in.tftpd atftpd utftpd":                             {"TFTP", "udp", 69, false},
	"rshd in.rshd":                                             {"remote shell", "tcp", 514, false},
	"rlogind in.rlogind":                                       {"remote login", "tcp", 513, false},
	"rexecd in.rexecd":                                         {"remote execution", "tcp", 512, false},
	"adbd":                                                     {"Android debug bridge", "tcp", 5555, true},
	"gdbserver":                                                {"remote debugger", "tcp", 0, true},
	"tcf-agent":                                                {"remote debugger", "tcp", 1534, true},
	netcatShell:                                                {"shell behind netcat", "tcp", 0, true},
})

// netcatShell stands for netcat that listens and hands what comes to a program.
const netcatShell = "netcat with a program"

// updaters are programs that fetch or take updates.
var updaters = map[string]bool{
	"swupdate": true, "rauc": true, "mender": true, "mender-client": true, "mender-update": true, "hawkbit-updater": true,
}

func byName(in map[string]watch) map[string]watch {
	out := map[string]watch{}
	for names, w := range in {
		if names == netcatShell {
			out[names] = w
			continue
		}
		for _, n := range strings.Fields(names) {
			out[n] = w
		}
	}
	return out
}

// watchName is the name under which a service is watched.
func watchName(s boot.Service) string {
	if s.Name != "nc" && s.Name != "netcat" && s.Name != "ncat" {
		return s.Name
	}
	listens, program := false, false
	for _, a := range s.Args {
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") {
			listens = listens || strings.Contains(a, "l")
			program = program || strings.ContainsAny(a, "ec")
		}
	}
	if listens && program {
		return netcatShell
	}
	return s.Name
}

// port is where the service listens: the number behind -p, or the usual one.
func (w watch) at(s boot.Service) uint16 {
	for i, a := range s.Args {
		rest, ok := strings.CutPrefix(a, "-p")
		if !ok {
			continue
		}
		if rest == "" && i+1 < len(s.Args) {
			rest = s.Args[i+1]
		}
		if n, err := strconv.ParseUint(rest, 10, 16); err == nil && n > 0 {
			return uint16(n)
		}
	}
	return w.port
}

// consoles are the programs that offer a login on a line.
var consoles = map[string]bool{"getty": true, "agetty": true, "mgetty": true}

// console reports whether a program offers a login or a shell on a serial line.
func console(s boot.Service) bool {
	if _, ok := watched[watchName(s)]; ok || !consoles[s.Name] && !s.NoLogin {
		return false
	}
	return line(s) != ""
}

// serialLines begin the names of serial devices; a virtual terminal is none.
var serialLines = []string{"ttyS", "ttyAMA", "ttyO", "ttymxc", "ttyUSB", "ttyACM", "ttyGS", "ttyPS", "console", "ttyMSM", "ttyHS", "ttyAM"}

// line is the serial device of a console, in the words of the start script. Without
// a name it is the console of the kernel.
func line(s boot.Service) string {
	named := ""
	for _, a := range s.Args {
		a = strings.TrimPrefix(a, "/dev/")
		for _, p := range serialLines {
			if strings.HasPrefix(a, p) {
				return a
			}
		}
		if strings.HasPrefix(a, "tty") && named == "" {
			named = a
		}
	}
	if named != "" {
		return ""
	}
	return "console"
}
