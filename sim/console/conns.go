// Package console serves the text consoles of a simulated device: Telnet, SSH and a factory line protocol, with a tiny
// shell that answers from a table. It must NEVER run what a client sends.
package console

import (
	"net"
	"sync"
	"time"
)

// Try says whether a name and password open the console; wait is how long a lock still refuses everyone.
type Try func(user, password string) (ok bool, wait time.Duration)

// Bounds of one raw service: a client that does nothing is dropped, and no more than a handful are served at once.
const (
	idleLimit = 60 * time.Second
	MaxConns  = 64
)

// Serve accepts connections and hands each to handle in a goroutine of its own. The function it returns closes the
// listener and every open connection, and waits for the handlers.
func Serve(ln net.Listener, handle func(net.Conn)) func() {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		open = map[net.Conn]bool{} // nil once stopped
	)
	enter := func(c net.Conn) bool {
		mu.Lock()
		defer mu.Unlock()
		if open == nil || len(open) >= MaxConns {
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

// ServeFactory is a forgotten line protocol of the production line.
func ServeFactory(ln net.Listener) func() {
	return Serve(ln, func(conn net.Conn) {
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
	})
}
