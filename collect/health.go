package collect

import (
	"context"
	"fmt"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

const (
	defaultRecovery = 60 * time.Second
	healthEvery     = 2 * time.Second
)

// health remembers which devices stopped answering for good.
type health struct {
	down map[string]string // address → why
}

// checkHealth makes sure, between probes, that every device which had open ports
// still answers on one of them. When one does not, the run pauses, records an
// incident and waits for recovery; a device that stays away is left alone. It
// returns why device probes cannot go on, when no device answers any more.
func (r *run) checkHealth(ctx context.Context, before string) (string, error) {
	if r.health.down == nil {
		r.health.down = map[string]string{}
	}
	view := r.session.View()
	alive := 0
	for _, d := range r.p.Targets.Devices {
		t := probe.DeviceTarget(d)
		if why := r.health.down[t.Name]; why != "" {
			continue
		}
		addrs := openOf(view, t)
		if len(addrs) == 0 || r.answers(ctx, d, addrs) {
			alive++
			continue
		}
		back, err := r.await(ctx, d, t.Name, addrs, before)
		if err != nil {
			return "", err
		}
		if back {
			alive++
		} else {
			r.health.down[t.Name] = "the device stopped answering"
		}
	}
	if alive == 0 && len(r.health.down) > 0 {
		return "the device stopped answering: switch it on again and run `plimsoll assess` once more", nil
	}
	return "", nil
}

func openOf(v *probe.View, t evidence.Target) []string {
	var out []string
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		if it.Target != t {
			continue
		}
		for _, res := range it.Value {
			for _, p := range res.Open {
				if res.Network == "tcp" {
					out = append(out, probe.Address(res.Address, int(p.Port)))
				}
			}
		}
	}
	return out
}

// answers reports whether one of the ports accepts a connection.
func (r *run) answers(ctx context.Context, d product.Device, addrs []string) bool {
	dial := r.session.Dialer(d)
	for i, a := range addrs {
		if i == 3 {
			break
		}
		c, err := dial(ctx, "tcp", a)
		if err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}

func (r *run) await(ctx context.Context, d product.Device, host string, addrs []string, during string) (bool, error) {
	limit := r.Recovery
	if limit == 0 {
		limit = defaultRecovery
	}
	start := r.Now()
	r.Report(Event{Kind: Paused, Probe: during, Text: fmt.Sprintf("%s does not answer any more; waiting up to %s", host, limit)})
	back := false
	tick := time.NewTicker(min(healthEvery, limit))
	defer tick.Stop()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
wait:
	for !back {
		select {
		case <-ctx.Done():
			break wait
		case <-deadline.C:
			break wait
		case <-tick.C:
			back = r.answers(ctx, d, addrs)
		}
	}
	if back {
		r.Report(Event{Kind: Resumed, Probe: during, Text: host + " answers again"})
	}
	m := probe.OfDevice(d)
	return back, probe.Keep(r.session, evidence.Incidents, m, evidence.Incident{
		Target: host, During: during, At: start.UTC(), Recovered: back, Seconds: r.Now().Sub(start).Round(time.Millisecond).Seconds(),
	})
}
