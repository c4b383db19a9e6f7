package sim

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// testBase keeps these tests away from the ports of the demo, which other packages' tests may be running.
const testBase = 21000

func start(t *testing.T, cfg Config) *Device {
	t.Helper()
	if cfg.Base == 0 {
		cfg.Base = testBase
	}
	d, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func addr(t *testing.T, d *Device, name string) string {
	t.Helper()
	for _, s := range d.Services {
		if s.Name == name {
			return s.Addr
		}
	}
	t.Fatalf("no service %q", name)
	return ""
}

type answer struct {
	status int
	header http.Header
	body   string
}

func client(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: roots, InsecureSkipVerify: roots == nil},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func send(t *testing.T, c *http.Client, req *http.Request) answer {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func get(t *testing.T, url string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, client(nil), req)
}

// signIn tries a pair on the admin page and returns the answer, whatever the way of asking.
func signIn(t *testing.T, d *Device, kind, user, password string) answer {
	t.Helper()
	var req *http.Request
	var err error
	if kind == "plug" {
		req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, d.AdminURL, nil)
		if err == nil {
			req.SetBasicAuth(user, password)
		}
	} else {
		form := url.Values{"username": {user}, "password": {password}}
		req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, d.AdminURL+"login", strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return send(t, client(nil), req)
}

// letIn says whether the admin page lets the pair in.
func letIn(t *testing.T, d *Device, kind, user, password string) bool {
	a := signIn(t, d, kind, user, password)
	return a.status == http.StatusOK || a.status == http.StatusSeeOther && a.header.Get("Set-Cookie") != ""
}

// answers says whether anything accepts connections at offset.
func answers(offset int) bool {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+offset)), time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// leaf is the certificate of the admin page.
func leaf(t *testing.T) *x509.Certificate {
	t.Helper()
	c, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+portHTTPS)), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// talk is a raw dialogue: it waits for each expected text and then sends the next line.
type talk struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func dialTelnet(t *testing.T) *talk {
	t.Helper()
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+portTelnet)), time.Second)
	if err != nil {
		return nil
	}
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &talk{t, c, bufio.NewReader(c)}
}

// until reads up to the first of the texts and returns all that was read.
func (k *talk) until(texts ...string) string {
	var got []byte
	for {
		b, err := k.r.ReadByte()
		if err != nil {
			return string(got)
		}
		got = append(got, b)
		if slices.ContainsFunc(texts, func(s string) bool { return bytes.HasSuffix(got, []byte(s)) }) {
			return string(got)
		}
	}
}

func (k *talk) line(s string) {
	k.t.Helper()
	if _, err := io.WriteString(k.c, s+"\r\n"); err != nil {
		k.t.Fatal(err)
	}
}

// shell logs in and returns the answer to cmd; "" when there is no shell. user "" expects a shell without login.
func telnetShell(t *testing.T, user, password, cmd string) string {
	t.Helper()
	k := dialTelnet(t)
	if k == nil {
		return ""
	}
	if strings.HasSuffix(k.until("login: ", "# "), "# ") {
		if user != "" {
			return ""
		}
	} else {
		if user == "" {
			return ""
		}
		k.line(user)
		k.until("Password: ")
		k.line(password)
		if !strings.HasSuffix(k.until("# ", "login: "), "# ") {
			return ""
		}
	}
	k.line(cmd)
	return k.until("# ")
}

func sshExec(t *testing.T, user, password, cmd string) (string, error) {
	t.Helper()
	c, err := ssh.Dial("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+portSSH)), &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 3 * time.Second,
	})
	if err != nil {
		return "", err
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		return "", err
	}
	defer s.Close()
	out, err := s.Output(cmd)
	return string(out), err
}

var errRefusedConnect = errors.New("connect refused by the broker")

// mqttConnect sends a CONNECT of MQTT 3.1.1 and reads the CONNACK.
func mqttConnect(c net.Conn, user, password string) error {
	field := func(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }
	flags := byte(0x02)
	payload := field("test")
	if user != "" {
		flags |= 0xc0
		payload = append(append(payload, field(user)...), field(password)...)
	}
	body := append(append(field("MQTT"), 4, flags, 0, 30), payload...)
	if err := c.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write(append([]byte{0x10, byte(len(body))}, body...)); err != nil {
		return err
	}
	var ack [4]byte
	if _, err := io.ReadFull(c, ack[:]); err != nil {
		return err
	}
	if ack[0] != 0x20 || ack[3] != 0 {
		return errRefusedConnect
	}
	return nil
}
