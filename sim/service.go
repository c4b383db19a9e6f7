package sim

import (
	"net"
	"sync"
	"time"
)

// Offsets of the ports from Config.Base. Telnet and SSH are declared as disabled, so they have a fixed place too.
const (
	portSSH       = 22
	portTelnet    = 23
	portFactory   = 37
	portHTTPS     = 43
	portHTTP      = 80
	portMQTT      = 83
	portMQTTPlain = 18
	portSite      = 90
)

// service is one listener that a device may have. serve must not block; the function it returns closes the listener
// and returns when all its goroutines have ended.
type service struct {
	name, proto string
	offset      int
	on          func(*unit) bool
	serve       func(*unit, net.Listener) (func(), error)
}

// services in ascending order of ports.
var services = []service{
	{"mqtt-plain", "mqtt", portMQTTPlain, withFlaw("mqtt-anonymous"), serveMQTTPlain},
	{"ssh", "ssh", portSSH, withFlaw("ssh-default-password"), serveSSH},
	{"telnet", "telnet", portTelnet, withFlaw("telnet-open", "default-password", "no-password"), serveTelnet},
	{"factory-test", "tcp", portFactory, withFlaw("undeclared-port"), serveFactory},
	{"admin-https", "https", portHTTPS, always, serveAdminTLS},
	{"admin-http", "http", portHTTP, always, serveAdminPlain},
	{"mqtt", "mqtts", portMQTT, withoutFlaw("declared-port-off"), serveMQTT},
	{"site", "https", portSite, always, serveSite},
}

func always(*unit) bool { return true }

func withFlaw(names ...string) func(*unit) bool {
	return func(u *unit) bool {
		for _, n := range names {
			if u.has(n) {
				return true
			}
		}
		return false
	}
}

func withoutFlaw(name string) func(*unit) bool {
	return func(u *unit) bool { return !u.has(name) }
}

// Bounds of one raw service: a client that does nothing is dropped, and no more than a handful are served at once.
const (
	idleLimit = 60 * time.Second
	maxConns  = 64
)

// serveConns accepts connections and hands each to handle in a goroutine of its own. The function it returns closes the
// listener and every open connection, and waits for the handlers.
func serveConns(ln net.Listener, handle func(net.Conn)) func() {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		open = map[net.Conn]bool{} // nil once stopped
	)
	enter := func(c net.Conn) bool {
		mu.Lock()
		defer mu.Unlock()
		if open == nil || len(open) >= maxConns {
			return false
		}
		open[c] = true
		return true
	}
	leave := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		delete(open, c)
	}
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if !enter(c) {
				c.Close()
				continue
			}
			wg.Go(func() {
				defer leave(c)
				defer c.Close()
				handle(c)
			})
		}
	})
	return func() {
		ln.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		open = nil
		mu.Unlock()
		wg.Wait()
	}
}

// idleConn moves the deadline forward with every read and write.
type idleConn struct{ net.Conn }

func (c idleConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(idleLimit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c idleConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(idleLimit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// serveFactory is a forgotten line protocol of the production line.
func serveFactory(_ *unit, ln net.Listener) (func(), error) {
	return serveConns(ln, func(conn net.Conn) {
		c := idleConn{conn}
		lines := newLineReader(c, false)
		for {
			if _, err := c.Write([]byte("FT> ")); err != nil {
				return
			}
			line, err := lines.read()
			if err != nil {
				return
			}
			reply := "ERR\r\n"
			if line == "PING" {
				reply = "OK\r\n"
			}
			if _, err := c.Write([]byte(reply)); err != nil {
				return
			}
		}
	}), nil
}
