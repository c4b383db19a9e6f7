// Package sim runs simulated consumer devices on loopback: a camera and a smart plug with real listeners, the web site of
// their maker, and a firmware image, either well built or with named flaws. They are the twins that probes are tested on.
//
// It must NEVER listen on anything but 127.0.0.1, reach out to any other host, execute what a client sends, or write
// outside the folder it was given; and nothing but cmd may import it, so that no probe can know what it is looking at.
package sim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// DefaultBase is the first port of the hundred that a simulated device may use.
const DefaultBase = 20000

// The device has the first ninety ports of its hundred; the last ten are its maker's web site, which is not part of
// the device and must not be taken for an undeclared port of it.
const (
	devicePorts = 90
	allPorts    = 100
)

// Paths below Config.Dir of what Start writes there.
const (
	RootFile     = "site-root.pem"          // root certificate of the maker's web site
	PasswordFile = "secrets/admin-password" // the password that the user set on this unit
	TokenFile    = "secrets/hub-token"      // the MQTT token that pairing made on this unit
)

// Config says which device to run. The zero value of every field but Kind works.
type Config struct {
	Kind  string   // camera or plug
	Flaws []string // names from Flaws
	Dir   string   // product folder to write the image, the root certificate and the secrets to; empty writes nothing
	Base  int      // first of a hundred ports; 0 means DefaultBase
	Log   *slog.Logger
	Now   func() time.Time // clock of lock-outs, certificates and expiry dates; nil means time.Now
	Rand  io.Reader        // for tokens and serial numbers; nil means crypto/rand
}

// Service is one listener of a running device.
type Service struct {
	Name  string // admin-https, telnet, …
	Addr  string // host:port
	Port  int
	Proto string // http, https, telnet, ssh, mqtt, mqtts or tcp
}

// Device is a running simulated device. It stops when its context ends or Close is called.
type Device struct {
	Services []Service
	Ports    []int  // ports of the device itself, ascending, without those of the web site
	AdminURL string // the administration page
	SiteURL  string // the maker's web site
	Image    string // where the firmware image was written; empty without Config.Dir

	once  sync.Once
	stops []func()
	off   func() bool
}

// Start opens every listener of the device that cfg names. When it returns an error nothing is left open.
func Start(ctx context.Context, cfg Config) (*Device, error) {
	u, err := newUnit(cfg)
	if err != nil {
		return nil, err
	}
	if err := u.writeFolder(); err != nil {
		return nil, err
	}
	d := &Device{
		AdminURL: u.adminURL(),
		SiteURL:  u.siteURL(),
	}
	if u.Dir != "" {
		d.Image = filepath.Join(u.Dir, filepath.FromSlash(u.model.imagePath()))
	}
	for _, s := range services {
		if !s.on(u) {
			continue
		}
		if err := d.open(ctx, u, s); err != nil {
			d.Close()
			return nil, err
		}
	}
	d.off = context.AfterFunc(ctx, d.stop)
	return d, nil
}

func (d *Device) open(ctx context.Context, u *unit, s service) error {
	port := u.Base + s.offset
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp4", addr)
	if err != nil {
		return fmt.Errorf("opening port %d for %s: %w; if another program or simulated device holds port %d, stop it and start again", port, s.name, err, port)
	}
	stop, err := s.serve(u, ln)
	if err != nil {
		return errors.Join(fmt.Errorf("starting %s on port %d: %w", s.name, port, err), ln.Close())
	}
	d.stops = append(d.stops, stop)
	d.Services = append(d.Services, Service{Name: s.name, Addr: addr, Port: port, Proto: s.proto})
	if s.offset < devicePorts {
		d.Ports = append(d.Ports, port)
	}
	u.Log.Debug("simulated service is up", "service", s.name, "address", addr)
	return nil
}

// Close stops every listener and connection and returns when no goroutine of the device is left. It may be called more than once.
func (d *Device) Close() {
	if d.off != nil {
		d.off()
	}
	d.stop()
}

func (d *Device) stop() {
	d.once.Do(func() {
		for _, stop := range d.stops {
			stop()
		}
	})
}

// unit is one simulated device: its configuration and everything its services share.
type unit struct {
	Config
	model model
	flaws map[string]bool
	certs certs
	guard map[string]*guard // by service name
}

func newUnit(cfg Config) (*unit, error) {
	m, err := modelOf(cfg.Kind)
	if err != nil {
		return nil, err
	}
	flaws, err := flawSet(cfg.Kind, cfg.Flaws)
	if err != nil {
		return nil, err
	}
	if cfg.Base == 0 {
		cfg.Base = DefaultBase
	}
	if cfg.Base < 1024 || cfg.Base+allPorts > 65536 {
		return nil, fmt.Errorf("base port %d: choose one from 1024 to %d", cfg.Base, 65536-allPorts)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	u := &unit{Config: cfg, model: m, flaws: flaws, guard: map[string]*guard{}}
	for _, s := range services {
		u.guard[s.name] = &guard{now: cfg.Now}
	}
	if u.certs, err = makeCerts(u); err != nil {
		return nil, fmt.Errorf("making certificates of the simulated %s: %w", cfg.Kind, err)
	}
	return u, nil
}

func (u *unit) has(flaw string) bool { return u.flaws[flaw] }

func (u *unit) adminURL() string { return "https://127.0.0.1:" + strconv.Itoa(u.Base+portHTTPS) + "/" }

func (u *unit) siteURL() string { return "https://127.0.0.1:" + strconv.Itoa(u.Base+portSite) + "/" }

// writeFolder writes what the declaration refers to. Files of an earlier run are replaced.
func (u *unit) writeFolder() error {
	if u.Dir == "" {
		return nil
	}
	img, err := Image(u.Kind, u.Flaws)
	if err != nil {
		return err
	}
	files := []struct {
		path string
		data []byte
		mode os.FileMode
	}{
		{u.model.imagePath(), img, 0o644},
		{RootFile, u.certs.root, 0o644},
		{PasswordFile, []byte(u.model.Password + "\n"), 0o600},
		{TokenFile, []byte(u.model.Token + "\n"), 0o600},
	}
	for _, f := range files {
		path := filepath.Join(u.Dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing %q: %w", path, err)
		}
		if err := os.WriteFile(path, f.data, f.mode); err != nil {
			return fmt.Errorf("writing %q: %w", path, err)
		}
	}
	return nil
}
