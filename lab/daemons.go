//go:build linux

package lab

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An Account exists for the daemons of one lab only. A zero UID is root's, an
// empty Shell is /bin/sh, an empty Password allows a login without one.
type Account struct {
	User, Password string
	UID            int
	Shell          string
}

// Accounts replaces passwd, shadow and group of the machine for the lab.
func (l *Lab) Accounts(t testing.TB, accounts ...Account) {
	t.Helper()
	passwd := "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nftp:x:64000:65534::/srv:/usr/sbin/nologin\n"
	group := "root:x:0:\nnogroup:x:65534:\nshadow:x:42:\ntty:x:5:\n"
	var shadow strings.Builder
	for _, a := range accounts {
		shell := a.Shell
		if shell == "" {
			shell = "/bin/sh"
		}
		passwd += fmt.Sprintf("%s:x:%d:%d::/tmp:%s\n", a.User, a.UID, a.UID, shell)
		if a.UID != 0 {
			group += fmt.Sprintf("%s:x:%d:\n", a.User, a.UID)
		}
		hash := ""
		if a.Password != "" {
			hash = strings.TrimSpace(l.Output(t, Tool(t, "openssl", "openssl"), "passwd", "-6", "-salt", "lab", a.Password))
		}
		fmt.Fprintf(&shadow, "%s:%s:19000:0:99999:7:::\n", a.User, hash)
	}
	if !strings.HasPrefix(passwd, "root:") && !strings.Contains(passwd, "\nroot:") {
		passwd += "root:x:0:0::/root:/bin/sh\n"
		shadow.WriteString("root:*:19000:0:99999:7:::\n")
	}
	l.File(t, "/etc/passwd", passwd, 0o644)
	l.File(t, "/etc/shadow", shadow.String(), 0o600)
	l.File(t, "/etc/group", group, 0o644)
}

// Telnetd runs busybox telnetd. program is a shell script that serves each
// session; "" is busybox login, which asks the lab's Accounts.
func (l *Lab) Telnetd(t testing.TB, address, program string) *Daemon {
	t.Helper()
	bb := Tool(t, "busybox", "busybox-static")
	if program == "" {
		program = "exec " + bb + " login"
	}
	script := l.Write(t, "session", "#!/bin/sh\n"+program+"\n", 0o755)
	host, port := split(t, address)
	return l.Start(t, "tcp/"+port, bb, "telnetd", "-F", "-b", host, "-p", port, "-l", script)
}

// HTTPD runs busybox httpd with Basic authentication, open when user is "".
func (l *Lab) HTTPD(t testing.TB, address, realm, user, password string) *Daemon {
	t.Helper()
	bb := Tool(t, "busybox", "busybox-static")
	index := l.Write(t, "index.html", "<html><head><title>"+realm+"</title></head><body>Live view</body></html>\n", 0o644)
	conf := ""
	if user != "" {
		conf = "/:" + user + ":" + password + "\n"
	}
	_, port := split(t, address)
	return l.Start(t, "tcp/"+port, bb, "httpd", "-f", "-p", address, "-h", filepath.Dir(index),
		"-c", l.Write(t, "httpd.conf", conf, 0o644), "-r", realm)
}

// Dropbear runs an SSH server for the lab's Accounts.
func (l *Lab) Dropbear(t testing.TB, address string, extra ...string) *Daemon {
	t.Helper()
	key := filepath.Join(filepath.Dir(l.Write(t, "keydir", "", 0o644)), "hostkey")
	l.Output(t, Tool(t, "dropbearkey", "dropbear-bin"), "-t", "ecdsa", "-f", key)
	_, port := split(t, address)
	args := append([]string{Tool(t, "dropbear", "dropbear-bin"), "-F", "-E", "-r", key, "-p", address}, extra...)
	return l.Start(t, "tcp/"+port, args...)
}

// VSFTPD runs an FTP server for the lab's Accounts; conf is appended to its
// configuration, for example "anonymous_enable=YES".
func (l *Lab) VSFTPD(t testing.TB, address, conf string) *Daemon {
	t.Helper()
	empty := filepath.Join(l.dir, "vsftpd-empty")
	if err := os.MkdirAll(empty, 0o555); err != nil {
		t.Fatal(err)
	}
	host, port := split(t, address)
	path := l.Write(t, "vsftpd.conf", fmt.Sprintf(`listen=YES
listen_address=%s
listen_port=%s
background=NO
local_enable=YES
secure_chroot_dir=%s
pam_service_name=vsftpd
seccomp_sandbox=NO
isolate_network=NO
%s
`, host, port, empty, conf), 0o644)
	return l.Start(t, "tcp/"+port, Tool(t, "vsftpd", "vsftpd"), path)
}

// SelfSigned makes a key and a self-signed certificate with openssl and
// returns their files. newkey is openssl's word, "rsa:1024" or "ec".
func (l *Lab) SelfSigned(t testing.TB, newkey, digest string, days int, subject string) (key, cert string) {
	t.Helper()
	dir := filepath.Dir(l.Write(t, "certdir", "", 0o644))
	key, cert = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	args := []string{
		Tool(t, "openssl", "openssl"), "req", "-x509", "-nodes", "-newkey", newkey, "-" + digest,
		"-days", fmt.Sprint(days), "-subj", subject, "-keyout", key, "-out", cert,
	}
	if newkey == "ec" {
		args = append(args, "-pkeyopt", "ec_paramgen_curve:P-256")
	}
	l.Output(t, args...)
	return key, cert
}

// Stunnel runs a TLS terminator in front of backend; conf is appended to its
// service section, for example "sslVersionMin = TLSv1".
func (l *Lab) Stunnel(t testing.TB, address, backend, key, cert, conf string) *Daemon {
	t.Helper()
	path := l.Write(t, "stunnel.conf", fmt.Sprintf(`foreground = yes
pid =
syslog = no
[s]
accept = %s
connect = %s
key = %s
cert = %s
%s
`, address, backend, key, cert, conf), 0o600)
	_, port := split(t, address)
	return l.Start(t, "tcp/"+port, Tool(t, "stunnel4", "stunnel4"), path)
}

// Nginx runs nginx with the given server blocks; port is the one to wait for.
func (l *Lab) Nginx(t testing.TB, port, servers string) *Daemon {
	t.Helper()
	work := filepath.Join(filepath.Dir(l.Write(t, "nginxdir", "", 0o644)), "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	var temp strings.Builder
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", what, work, what)
	}
	path := l.Write(t, "nginx.conf", fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid %s/pid;
error_log %s/error.log;
events {}
http {
access_log off;
default_type text/html;
%s%s
}
`, work, work, temp.String(), servers), 0o644)
	return l.Start(t, "tcp/"+port, Tool(t, "nginx", "nginx-light"), "-c", path, "-e", work+"/error.log")
}

func split(t testing.TB, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
