package ports

import "testing"

func FuzzClassify(f *testing.F) {
	for _, s := range []string{
		"SSH-2.0-dropbear_2022.83\r\n", "220 (vsFTPd 3.0.3)\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "\xff\xfd\x01\xff\xfb\x03",
		" \x02\x00\x00", "CNXN\x00\x00\x00\x01", "\x50\x4c\x80\x00", "\x30\x26\x02\x01\x01", "\xd0\x01\xe1", "\x60\x45PL\xff<a>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		classify(b)
		for _, p := range udpProbes {
			if product, ok := p.Match(b); !ok && product != "" {
				t.Errorf("%s: product %q without a match", p.Name, product)
			}
		}
	})
}

func TestClassify(t *testing.T) {
	tests := []struct{ reply, name, product string }{
		{"SSH-2.0-dropbear_2022.83\r\n", "ssh", "dropbear_2022.83"},
		{"220 (vsFTPd 3.0.3)\r\n", "ftp", "(vsFTPd 3.0.3)"},
		{"220 cam ESMTP Postfix\r\n", "smtp", ""},
		{"220 ready\r\n", greeting220, ""},
		{"RTSP/1.0 400 Bad Request\r\n", "rtsp", ""},
		{"HTTP/1.1 401 Unauthorized\r\nDate: x\r\nServer: GoAhead-Webs\r\n\r\n", "http", "GoAhead-Webs"},
		{"HTTP/1.0 404 Not Found\r\n\r\n", "http", ""},
		{"\xff\xfd\x01\xff\xfd\x1f", "telnet", ""},
		{"\r\ncamera login: ", "telnet", ""},
		{"welcome # to the shop\n", "", ""},
		{"CNXN\x00\x00\x00\x01\x00\x10\x00\x00", "adb", ""},
		{"AUTH\x01\x00\x00\x00", "adb", ""},
		{" \x02\x00\x05", "mqtt", ""},
		{"", "", ""},
		{"\x15\x03\x01\x00\x02\x02\x28", "", ""},
	}
	for _, tt := range tests {
		if name, product := classify([]byte(tt.reply)); name != tt.name || product != tt.product {
			t.Errorf("%q: got %q %q, want %q %q", tt.reply, name, product, tt.name, tt.product)
		}
	}
}
