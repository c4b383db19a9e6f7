package banner_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/banner"
)

func TestRealServices(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t)
	l.Telnetd(t, "127.0.0.1:23", `printf 'HC-2 S/N: HL20260001 BusyBox v1.19.2\r\n'; exec busybox login`)
	l.HTTPD(t, "127.0.0.1:80", "HC-2", "admin", "x")
	l.Dropbear(t, "127.0.0.1:22")
	l.VSFTPD(t, "127.0.0.1:21", "")
	key, cert := l.SelfSigned(t, "ec", "sha256", 300, "/CN=HC-2/serialNumber=HL20260001")
	servers := ""
	for port, tokens := range map[string]string{"443": "on", "8443": "off"} {
		servers += `server { listen 127.0.0.1:` + port + ` ssl; server_tokens ` + tokens + `; ssl_certificate ` + cert + `; ssl_certificate_key ` + key + `; location = / { return 200 "<title>Login</title>"; } }
`
	}
	l.Nginx(t, "443", servers)
	tests := []struct {
		name string
		port uint16
		want []string
	}{
		{"telnet", 23, []string{"serial HL20260001 telnet greeting", "model HC-2 telnet greeting", "product-version BusyBox v1.19.2 telnet greeting"}},
		{"ssh", 22, []string{"product-version dropbear_2022.83 ssh version"}},
		{"ftp", 21, []string{"product-version vsFTPd 3.0.3 ftp greeting"}},
		{"http", 80, []string{"model HC-2 http realm"}},
		{"https", 443, []string{"serial HL20260001 tls subject", "model HC-2 tls subject", "serial HL20260001 tls issuer", "model HC-2 tls issuer", "product-version nginx/1.22.1 http Server", "product-version nginx/1.22.1 http error page"}},
		{"https", 8443, []string{"serial HL20260001 tls subject", "model HC-2 tls subject", "serial HL20260001 tls issuer", "model HC-2 tls issuer"}},
	}
	for _, tt := range tests {
		r := banner.Collect(t.Context(), l.Dial, wire.Service{Network: "tcp", Host: "127.0.0.1", Port: tt.port, Name: tt.name}, banner.Options{Models: []string{"HC-2"}})
		var got []string
		for _, it := range r.Items {
			got = append(got, fmt.Sprintf("%s %s %s", it.Class, it.Value, it.Where))
		}
		if len(r.Errors) != 0 || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %d: got %q, want %q\n%+v", tt.name, tt.port, got, tt.want, r)
		}
	}
	r := banner.Collect(t.Context(), l.Dial, wire.Service{Network: "tcp", Host: "127.0.0.1", Port: 9, Name: "ssh"}, banner.Options{})
	if len(r.Errors) != 1 {
		t.Errorf("closed port: got %+v", r)
	}
	udp := banner.Collect(t.Context(), l.Dial, wire.Service{Network: "udp", Port: 161, Name: "snmp", Product: "Linux cam 3.10.14 #1"}, banner.Options{})
	if len(udp.Items) != 1 || udp.Items[0].Class != banner.Kernel || udp.Items[0].Where != "snmp sysDescr" {
		t.Errorf("snmp: got %+v", udp)
	}
}
