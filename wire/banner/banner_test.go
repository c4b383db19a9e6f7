package banner

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	tests := []struct {
		text string
		want []string // class name version | class value
	}{
		{"nginx/1.22.1", []string{"product-version nginx 1.22.1"}},
		{"nginx", nil},
		{"SSH-2.0-dropbear_2022.83", []string{"product-version dropbear 2022.83"}},
		{"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", []string{"product-version OpenSSH 9.2p1"}},
		{"220 (vsFTPd 3.0.3)", []string{"product-version vsFTPd 3.0.3"}},
		{"Linux/3.10.14 UPnP/1.0 GUPnP/1.0.2 DLNADOC/1.50", []string{"kernel Linux 3.10.14", "product-version GUPnP 1.0.2"}},
		{"Debian/12 UPnP/1.1 MiniUPnPd/2.3.1", []string{"product-version MiniUPnPd 2.3.1", "product-version Debian 12"}},
		{"Linux cam 5.10.0-rc1 #1 SMP armv7l", []string{"kernel Linux 5.10.0-rc1"}},
		{"GoAhead-Webs", nil},
		{"Server: mini_httpd/1.19 19dec2003", []string{"product-version mini_httpd 1.19"}},
		{"Apache/2.4.57 (Debian) OpenSSL/3.0.9 PHP/8.2.7", []string{"product-version Apache 2.4.57", "product-version OpenSSL 3.0.9", "product-version PHP 8.2.7"}},
		{"HTTP/1.1 RTSP/1.0", nil},
		{`Basic realm="HC-2 (00:12:16:ec:72:d6)"`, []string{"mac 00:12:16:ec:72:d6", "model HC-2"}},
		{"MAC: 001216EC72D6", []string{"mac 001216EC72D6"}},
		{"CN=HC-2,O=Harbour Lights,serial number: HL20260001", []string{"serial HL20260001", "model HC-2"}},
		{"Serial connection", nil},
		{"Model: DCS-930L", []string{"model DCS-930L"}},
		{"Harbour Cam login", nil},
		{"http://192.0.2.1/", nil},
		{"BusyBox v1.19.2 built-in shell", []string{"product-version BusyBox 1.19.2"}},
		{"", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, it := range Classify(tt.text, []string{"HC-2"}) {
			s := string(it.Class) + " "
			if it.Version != "" {
				s += it.Name + " " + it.Version
			} else {
				s += it.Value
			}
			got = append(got, s)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestRead(t *testing.T) {
	title, generator, text := read([]byte(`<html><head><title> IP Camera </title><meta name="Generator" content="Boa 0.94"><script>var x="no"</script></head><body><h1>404</h1><hr>nginx/1.22.1</body>`))
	if got := fmt.Sprint(title, "|", generator, "|", text); got != "IP Camera|Boa 0.94|404 nginx/1.22.1 " {
		t.Errorf("got %q", got)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("Linux/3.10.14 UPnP/1.0 x/1.2", "HC-2")
	f.Add("SN: 12345 00-11-22-33-44-55", "İ")
	f.Add("1DR\xa023\xe8\x03 00-11-22-33-44-55", "\xe8\x03")
	f.Add("upnp/1.0 a", " ; ")
	f.Fuzz(func(t *testing.T, text, model string) {
		for _, it := range Classify(text, []string{model}) {
			if it.Class == "" || !strings.Contains(text, it.Value) {
				t.Errorf("%q: got %+v", text, it)
			}
		}
		read([]byte(text))
	})
}
